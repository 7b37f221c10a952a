"""A scheme in words: what an item is, how it is measured and what its values are, for pages and the ledger. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from evaluation.scheme import Better, Gauge, Item, Kind, Waiver

UNKNOWN = "尚未确定"


@dataclass(frozen=True)
class Value:
    """One value of a gauge with its name; `is_open` where nobody knows it yet."""

    name: str
    text: str
    is_open: bool = False


def _limit(name: str, value: Decimal | None) -> Value:
    return Value(name, UNKNOWN if value is None else f"{value:f}", value is None)


def values_of(gauge: Gauge, kind: Kind) -> list[Value]:
    """What decides the points of a value, in the order in which one reads it."""
    if kind is Kind.STEPPED:
        sign = "≥" if gauge.better is Better.HIGHER else "≤"
        steps = [Value(f"{sign} {step.bound:f}", f"{step.points:f} 分") for step in gauge.steps]
        return steps or [Value("档次", UNKNOWN, is_open=True)]
    if gauge.given:
        return [Value("基准值、引领值", "按所适用的标准随答案填写")]
    if not gauge.brackets:
        return [_limit("基准值", gauge.base), _limit("引领值", gauge.lead)]
    return [
        value
        for one in gauge.brackets
        for value in (
            _limit(f"{gauge.size} ≥ {one.least:f}，基准值", one.base),
            _limit(f"{gauge.size} ≥ {one.least:f}，引领值", one.lead),
        )
    ]


def measured_by(gauge: Gauge) -> str:
    """The gauge itself in one line: name, unit, direction, how many products and how they are weighed."""
    parts = [f"{gauge.name}（{gauge.unit}）" if gauge.unit else gauge.name, gauge.better.label]
    if gauge.products:
        parts.append(f"最多 {gauge.products} 个产品，按{gauge.weigh}加权")
    if gauge.formula:
        parts.append(f"计算式：{gauge.formula}")
    return "，".join(parts)


def in_words(item: Item) -> str:
    """All that an item says, one thing a line, equal only for equal items."""
    lines = [f"{item.name}，{item.kind.label}" + (f"，满分 {item.points:f}" if item.is_scored else "")]
    if item.step is not None:
        lines.append(f"评分步长：{item.step:f}")
    for gauge in item.gauges:
        lines.append(f"计量方法 {gauge.code}：{measured_by(gauge)}")
        lines += [f"{value.name}：{value.text}" for value in values_of(gauge, item.kind)]
    if item.waiver is not Waiver.NONE:
        lines.append(f"不适用时：{item.waiver.label}")
    named = (("证明材料", item.evidence), ("填报说明", item.guide), ("待核", item.doubt))
    return "\n".join([*lines, *(f"{name}：{text}" for name, text in named if text)])


__all__ = ["UNKNOWN", "Value", "in_words", "measured_by", "values_of"]
