"""指标体系: what is asked of a unit and what each answer is worth, as plain frozen values.

Pure Python. A scheme is data (Article 7: 根据分级评价指标及评分标准): it is kept as one document of plain values, read by
`Scheme.load`, written by `dump`, judged by `problems`, and put to work by scoring.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from evaluation.indicators import Better, Bracket, Gauge, Item, Kind, Section, Step, Waiver
from evaluation.plainly import NotAScheme, chosen, flag, groups, maybe, number, plain, words
from evaluation.soundness import FULL, contradiction, contradictions, crossed
from greenmfg.rulebook import Category


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


@dataclass(frozen=True)
class Scheme:
    """A whole scheme. Codes of items are unique in it; points of scored items add up to 100 when it is complete."""

    code: str
    category: Category
    title: str
    basis: str
    note: str = ""
    sections: tuple[Section, ...] = field(default=())
    # What scoring works out about it once, for all the sheets that are put to it.
    kept: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in their order, the basic requirements among them."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    @cached_property
    def section_of(self) -> dict[str, Section]:
        """Item code → its section."""
        return {item.code: section for section in self.sections for item in section.items}

    @cached_property
    def has_requirements(self) -> bool:
        """Does it ask for basic requirements, so that its answers say whether they are met?"""
        return bool(self.requirements)

    @cached_property
    def requirements(self) -> tuple[Item, ...]:
        """The basic requirements."""
        return tuple(item for item in self.items if not item.is_scored)

    @cached_property
    def scored(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.is_scored)

    @property
    def doubts(self) -> list[Item]:
        """What is 待核: nobody has compared it with its source yet."""
        return [item for item in self.items if item.doubt]

    def problems(self) -> list[tuple[str, str]]:
        """Why it cannot be put in force yet: (code of the item or section, or "", Chinese words)."""
        return [*self.sums(), *self._open(), *((i.code, f"待核：{i.doubt}") for i in self.doubts)]

    def sums(self) -> Iterator[tuple[str, str]]:
        """Points that do not add up: (code of the section, or "" for the whole, Chinese words)."""
        for section in self.sections:
            sum_ = sum((item.points for item in section.items), Decimal(0))
            if sum_ != section.points:
                yield section.code, f"各项满分合计 {plain(sum_):f}，与本级满分 {section.points:f} 不符"
        whole = sum((item.points for item in self.items), Decimal(0))
        if whole != FULL:
            yield "", f"各项满分合计 {plain(whole):f}，应为 100"

    def _open(self) -> Iterator[tuple[str, str]]:
        for item in self.items:
            if item.is_open:
                yield item.code, "基准值、引领值或档次尚未确定"

    # --- to and from plain values

    @classmethod
    def load(cls, document: Mapping[str, Any]) -> Scheme:
        """From the plain values that `dump` gives (numbers as text). Raises NotAScheme: what cannot be read or contradicts itself."""
        if not isinstance(document, Mapping):
            raise NotAScheme("指标体系不能读取")
        if "sections" not in document:
            raise NotAScheme("缺少 sections")
        scheme = cls(
            code=words(document, "code"),
            category=chosen(Category, document, "category"),
            title=words(document, "title"),
            basis=words(document, "basis"),
            note=words(document, "note", ""),
            sections=tuple(map(_section, groups(document, "sections"))),
        )
        _unique([section.code for section in scheme.sections], "一级指标")
        _unique([item.code for item in scheme.items], "指标")
        return scheme

    def dump(self) -> dict[str, Any]:
        """As plain values, numbers as text; what is empty is left out. `load` reads the same scheme back."""
        return {
            "code": self.code,
            "category": str(self.category),
            "title": self.title,
            "basis": self.basis,
            **({"note": self.note} if self.note else {}),
            "sections": [_plain_section(section) for section in self.sections],
        }


def _unique(codes: list[str], what: str) -> None:
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise NotAScheme(f"{what}编号重复：{'、'.join(sorted(twice))}")


def _section(one: Mapping[str, Any]) -> Section:
    code, name = words(one, "code"), words(one, "name")
    if not code or not name:
        raise NotAScheme("一级指标的编号和名称不能为空")
    if "items" not in one:
        raise NotAScheme(f"{code} 缺少 items")
    points = number(one.get("points"), name=f"{code} 满分")
    if points < 0:
        raise NotAScheme(f"{code} 满分不能小于 0")
    return Section(code, name, points, tuple(map(_item, groups(one, "items"))))


def _item(one: Mapping[str, Any]) -> Item:
    code = words(one, "code")
    item = Item(
        code=code,
        name=words(one, "name"),
        kind=chosen(Kind, one, "kind"),
        points=number(one.get("points", 0), name=f"{code} 满分"),
        gauges=tuple(_gauge(gauge, code) for gauge in groups(one, "gauges")),
        step=maybe(one.get("step"), name=f"{code} 评分步长"),
        waiver=chosen(Waiver, one, "waiver", Waiver.NONE),
        evidence=words(one, "evidence", ""),
        guide=words(one, "guide", ""),
        doubt=words(one, "doubt", ""),
    )
    if found := contradiction(item):
        raise NotAScheme(f"{code} {found}")
    return item


def _gauge(one: Mapping[str, Any], item: str) -> Gauge:
    def value(name: str, label: str) -> Decimal | None:
        return maybe(one.get(name), name=f"{item} {label}")

    products = number(one.get("products", 0), name=f"{item} 产品数")
    if products != int(products):
        raise NotAScheme(f"{item} 产品数应为整数")
    return Gauge(
        code=words(one, "code", "a"),
        name=words(one, "name"),
        unit=words(one, "unit", ""),
        better=chosen(Better, one, "better", Better.HIGHER),
        base=value("base", "基准值"),
        lead=value("lead", "引领值"),
        given=flag(one, "given"),
        size=words(one, "size", ""),
        brackets=tuple(
            Bracket(
                number(b.get("least"), name=f"{item} 规模下限"),
                maybe(b.get("base"), name=f"{item} 基准值"),
                maybe(b.get("lead"), name=f"{item} 引领值"),
            )
            for b in groups(one, "brackets")
        ),
        steps=tuple(
            Step(
                number(s.get("bound"), name=f"{item} 档次界限"),
                number(s.get("points"), name=f"{item} 档次得分"),
            )
            for s in groups(one, "steps")
        ),
        products=int(products),
        weigh=words(one, "weigh", ""),
        formula=words(one, "formula", ""),
    )


def _plain_section(section: Section) -> dict[str, Any]:
    return {
        "code": section.code,
        "name": section.name,
        "points": _text(section.points),
        "items": [_plain_item(item) for item in section.items],
    }


def _plain_item(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {"code": item.code, "name": item.name, "kind": str(item.kind)}
    if item.is_scored:
        found["points"] = _text(item.points)
    if item.gauges:
        found["gauges"] = [_plain_gauge(gauge) for gauge in item.gauges]
    if item.step is not None:
        found["step"] = _text(item.step)
    if item.waiver is not Waiver.NONE:
        found["waiver"] = str(item.waiver)
    return found | {name: value for name in ("evidence", "guide", "doubt") if (value := getattr(item, name))}


def _plain_gauge(gauge: Gauge) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": gauge.code,
        "name": gauge.name,
        "unit": gauge.unit,
        "better": str(gauge.better),
        "base": _text(gauge.base),
        "lead": _text(gauge.lead),
        "given": gauge.given,
        "size": gauge.size,
        "brackets": [
            {"least": _text(b.least), "base": _text(b.base), "lead": _text(b.lead)} for b in gauge.brackets
        ],
        "steps": [{"bound": _text(s.bound), "points": _text(s.points)} for s in gauge.steps],
        "products": gauge.products,
        "weigh": gauge.weigh,
        "formula": gauge.formula,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], 0, False)}


__all__: Sequence[str] = [
    "FULL", "Better", "Bracket", "Gauge", "Item", "Kind", "NotAScheme", "Scheme", "Section", "Step", "Waiver",
    "contradiction", "crossed", "number", "plain",
]  # fmt: skip


__all__ = [
    "Better", "Bracket", "Gauge", "Item", "Kind", "NotAScheme", "Scheme", "Section", "Step", "Waiver",
    "contradictions", "crossed", "number", "plain",
]  # fmt: skip
