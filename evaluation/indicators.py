"""What an indicator is: how it is answered, measured, and what it can earn. Plain frozen values; pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from greenmfg.rulebook.terms import Labelled


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
