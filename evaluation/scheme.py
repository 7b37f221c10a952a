"""指标体系: what is asked of a unit and what each answer is worth, as plain frozen values.

Pure Python. A scheme is data (Article 7: 根据分级评价指标及评分标准): it is kept as one document of plain values, read by
`Scheme.load`, written by `dump`, judged by `problems`, and put to work by scoring.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from evaluation.plainly import NotAScheme, chosen, flag, groups, maybe, number, plain, words
from greenmfg.rulebook import Category
from greenmfg.rulebook.terms import Labelled

FULL = Decimal(100)
_CENT = Decimal("0.01")
_PRODUCTS = 9


class Kind(Labelled):
    """How an item is answered, and so how it earns its points."""

    VETO = "veto", "基本要求"  # met or not; unscored, and without it there is no grade (Article 7)
    QUALITATIVE = "qualitative", "定性"  # points by judgement, in steps
    QUANTITATIVE = "quantitative", "定量"  # linear from the base value to the lead value
    STEPPED = "stepped", "分档"  # points by thresholds


class Better(Labelled):
    """In which direction a value improves."""

    HIGHER = "higher", "越高越好"
    LOWER = "lower", "越低越好"


class Waiver(Labelled):
    """What becomes of an item's points where it does not apply to a unit (不适用)."""

    NONE = "none", "必须评价"
    ZERO = "zero", "不得分"
    CREDIT = "credit", "按满分计"
    SECTION = "section", "权重分给同一级指标"
    SCHEME = "scheme", "权重分给全部指标"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


@dataclass(frozen=True, slots=True)
class Bracket:
    """Base and lead for units from this size on (`least` belongs to it)."""

    least: Decimal
    base: Decimal | None
    lead: Decimal | None


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold that belongs to its step, and the points it earns."""

    bound: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Gauge:
    """One way to measure an item. An item with several is answered by one of them (A 或 B).

    base, lead   no points at base or worse, full points at lead or better; None while the value is not known
    given        base and lead come with the answer, with their source (a product's own limit standard)
    size         by what the brackets go, with its unit; empty without brackets
    steps        thresholds of a stepped item
    products     up to how many products are weighted into one; 0 for a single value
    weigh        by what they are weighted, with its unit
    """

    code: str
    name: str
    unit: str = ""
    better: Better = Better.HIGHER
    base: Decimal | None = None
    lead: Decimal | None = None
    given: bool = False
    size: str = ""
    brackets: tuple[Bracket, ...] = ()
    steps: tuple[Step, ...] = ()
    products: int = 0
    weigh: str = ""
    formula: str = ""

    def bounds(self, size: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
        """Base and lead for a unit of this size; (None, None) below the smallest bracket."""
        if not self.brackets:
            return self.base, self.lead
        fit = [one for one in self.brackets if size is not None and one.least <= size]
        return (fit[-1].base, fit[-1].lead) if fit else (None, None)

    @property
    def limits(self) -> list[tuple[Decimal | None, Decimal | None]]:
        """All pairs of base and lead that the scheme itself sets."""
        return [(b.base, b.lead) for b in self.brackets] if self.brackets else [(self.base, self.lead)]


@dataclass(frozen=True, slots=True)
class Item:
    """二级指标, or one of the basic requirements.

    points  the most it can earn; 0 for a veto item
    step    the smallest difference that a judgement may make (0.5: half points); None unless it is judged
    waiver  what happens where it does not apply
    doubt   why it is 待核; empty for what was read in its source
    """

    code: str
    name: str
    kind: Kind
    points: Decimal
    gauges: tuple[Gauge, ...] = ()
    step: Decimal | None = None
    waiver: Waiver = Waiver.NONE
    evidence: str = ""
    guide: str = ""
    doubt: str = ""

    def gauge(self, code: str = "") -> Gauge | None:
        """The gauge with this code; the first without one; None if there is none."""
        return next((g for g in self.gauges if not code or g.code == code), None)

    @property
    def is_scored(self) -> bool:
        return self.kind is not Kind.VETO

    @property
    def is_measured(self) -> bool:
        """Is it answered by a value, and not by a judgement?"""
        return self.kind in {Kind.QUANTITATIVE, Kind.STEPPED}

    @property
    def is_open(self) -> bool:
        """Does it miss a value without which it cannot be scored?"""
        if self.kind is Kind.STEPPED:
            return any(not gauge.steps for gauge in self.gauges)
        return self.kind is Kind.QUANTITATIVE and any(
            not gauge.given and None in pair for gauge in self.gauges for pair in gauge.limits
        )


@dataclass(frozen=True, slots=True)
class Section:
    """一级指标: its items share its points."""

    code: str
    name: str
    points: Decimal
    items: tuple[Item, ...] = ()


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
