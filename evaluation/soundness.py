"""What in an indicator contradicts itself, and where. Values that are not known yet are no contradiction. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from evaluation.indicators import Better, Gauge, Item, Kind, Waiver

FULL = Decimal(100)
_CENT = Decimal("0.01")
_PRODUCTS = 9

# Where in an item something stands: its attributes and the places in its tuples, as ("gauges", 0, "steps", 2, "bound").
Where = tuple[str | int, ...]


def contradiction(item: Item) -> str:
    """What in an item contradicts itself, in Chinese; empty for a sound one. Values not known yet are no contradiction."""
    return next((words for _, words in contradictions(item)), "")


def contradictions(item: Item) -> Iterator[tuple[Where, str]]:
    """All that contradicts itself in an item: where it stands, and Chinese words."""
    if not item.code or not item.name:
        yield ("code" if not item.code else "name",), "编号和名称不能为空"
    if item.kind is Kind.VETO:
        if item.points or item.gauges:
            yield ("points",) if item.points else ("gauges", 0, "item"), "基本要求不计分"
        if item.waiver is not Waiver.NONE:
            yield ("waiver",), "基本要求不能选择不适用"
        return
    if not 0 < item.points <= FULL or item.points != round(item.points, 2):
        yield ("points",), "满分应大于 0、不超过 100，最多 2 位小数"
    if item.kind is Kind.QUALITATIVE:
        if not _divides(item.step, item.points):
            yield ("step",), "评分步长应大于 0，最多 2 位小数，且能整除满分"
        if item.gauges:
            yield ("gauges", 0, "item"), "定性指标不设计量方法"
        return
    if not item.gauges:
        yield ("kind",), "缺少计量方法"
    yield from _between_gauges(item)
    for n, gauge in enumerate(item.gauges):
        for where, wrong in _stepped(gauge, item) if item.kind is Kind.STEPPED else _linear(gauge):
            yield ("gauges", n, *where), wrong


def _divides(step: Decimal | None, points: Decimal) -> bool:
    """Is this a step in which points of a judged item can be given?"""
    return step is not None and step >= _CENT and step == round(step, 2) and not points % step


def _between_gauges(item: Item) -> Iterator[tuple[Where, str]]:
    codes = [gauge.code for gauge in item.gauges]
    for n, gauge in enumerate(item.gauges):
        if gauge.code in codes[:n]:
            yield ("gauges", n, "code"), "各计量方法的编号重复"
        if not (gauge.code and gauge.name):
            yield ("gauges", n, "name" if gauge.code else "code"), "计量方法的编号和名称不能为空"


def _stepped(gauge: Gauge, item: Item) -> Iterator[tuple[Where, str]]:
    up = gauge.better is Better.HIGHER
    for n, (low, high) in enumerate(pairwise(gauge.steps), start=1):
        if (low.bound >= high.bound) if up else (low.bound <= high.bound):
            yield ("steps", n, "bound"), "各档界限应由差到好排列"
        if low.points >= high.points:
            yield ("steps", n, "points"), "各档得分应随界限递增"
    for n, step in enumerate(gauge.steps):
        if not 0 <= step.points <= item.points or step.points != round(step.points, 2):
            yield ("steps", n, "points"), "各档得分应在 0 与满分之间，最多 2 位小数"
    if (
        (gauge.base, gauge.lead) != (None, None)
        or gauge.brackets
        or gauge.size
        or gauge.given
        or gauge.products
    ):
        yield _set_here(gauge), "分档指标不设基准值和引领值"


def _linear(gauge: Gauge) -> Iterator[tuple[Where, str]]:
    if gauge.steps:
        yield ("steps", 0, "bound"), "定量指标不设档次"
    for n, (small, large) in enumerate(pairwise(gauge.brackets), start=1):
        if small.least >= large.least:
            yield ("brackets", n, "least"), "各规模档应由小到大排列"
    if bool(gauge.brackets) != bool(gauge.size):
        yield ("size",), "设规模档的，须写明按什么分档"
    if gauge.brackets and (gauge.base, gauge.lead) != (None, None):
        yield ("base" if gauge.base is not None else "lead",), "设规模档的，基准值和引领值写在各规模档中"
    if gauge.products and not (2 <= gauge.products <= _PRODUCTS and gauge.weigh):
        wrong = "weigh" if 2 <= gauge.products <= _PRODUCTS else "products"
        yield (wrong,), f"按多个产品加权的，产品数应为 2–{_PRODUCTS}，并写明权重"
    if gauge.given and gauge.limits != [(None, None)]:
        yield _set_here(gauge), "随答案填写基准值和引领值的，指标体系中不再设定"
    for n, (base, lead) in enumerate(gauge.limits):
        if words := crossed(gauge.better, base, lead):
            yield (("brackets", n) if gauge.brackets else ()) + ("lead",), words


def _set_here(gauge: Gauge) -> Where:
    """Where a gauge sets limits of its own."""
    if gauge.brackets:
        return ("brackets", 0, "least")
    set_ = next(
        (name for name in ("base", "lead", "given", "products", "size") if getattr(gauge, name)), "base"
    )
    return (set_,)


def crossed(better: Better, base: Decimal | None, lead: Decimal | None) -> str:
    """Whether base and lead stand the wrong way round, in Chinese; empty if not, or if one is not known."""
    if base is None or lead is None:
        return ""
    if base == lead:
        return "基准值与引领值不能相同"
    if (lead > base) is not (better is Better.HIGHER):
        return f"引领值应{'大于' if better is Better.HIGHER else '小于'}基准值"
    return ""
