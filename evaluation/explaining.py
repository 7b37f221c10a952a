"""A result in words: why a line earns what it earns, and what would lead to the next grade (Article 7). Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from evaluation.scheme import Better, Item, Kind, crossed, plain
from evaluation.scoring import EXACT, ZERO, Answer, Line, Result, points_of, reached
from greenmfg import rulebook
from greenmfg.rulebook import Band, Edition


def why(line: Line) -> str:
    """One Chinese sentence without its full stop: how the line's points follow from its answer."""
    item, answer = line.item, line.answer
    if answer.na:
        return f"不适用（{item.waiver.label}）"
    if line.points is None:
        return "尚未填写" if answer.is_empty else lacks(line)
    moved = (
        "" if line.weight == item.points else f"，权重由 {plain(item.points):f} 调整为 {plain(line.weight):f}"
    )
    if item.kind is Kind.QUALITATIVE:
        return f"评定 {plain(answer.value or ZERO):f} 分（满分 {plain(item.points):f}）{moved}"
    gauge = item.gauge(answer.gauge)
    assert gauge is not None
    unit = f" {gauge.unit}" if gauge.unit else ""
    if answer.products and gauge.products:
        parts = "、".join(f"{p.name} {p.value:f}（权重 {p.weight:f}）" for p in answer.products)
        return f"{gauge.name}：{parts}，按权重加权{moved}"
    assert answer.value is not None
    value = f"{gauge.name} {answer.value:f}{unit}"
    if item.kind is Kind.STEPPED:
        step = reached(gauge, answer.value)
        sign = "≥" if gauge.better is Better.HIGHER else "≤"
        return f"{value}，{f'达到 {sign} {step.bound:f} 一档' if step else '未达到最低一档'}{moved}"
    base, lead = (answer.base, answer.lead) if gauge.given else gauge.bounds(answer.size)
    assert base is not None
    assert lead is not None
    up = gauge.better is Better.HIGHER
    if answer.value >= lead if up else answer.value <= lead:
        place = "达到引领值，得满分"
    elif answer.value <= base if up else answer.value >= base:
        place = "未优于基准值，不得分"
    else:
        place = "在两者之间按线性计分"
    by = f"（{answer.source}）" if gauge.given and answer.source else ""
    return f"{value}，基准值 {base:f}、引领值 {lead:f}{by}，{place}{moved}"


def lacks(line: Line) -> str:
    """What an answer that was begun still lacks."""
    gauge = line.item.gauge(line.answer.gauge)
    if line.answer.value is None and not (gauge and gauge.products and line.answer.products):
        return "尚未填写"
    if gauge and gauge.brackets and line.answer.size is None:
        return f"请填写{gauge.size}"
    if (
        gauge
        and gauge.brackets
        and line.answer.size is not None
        and line.answer.size < gauge.brackets[0].least
    ):
        return f"{gauge.size} {line.answer.size:f} 低于最小一档 {gauge.brackets[0].least:f}，不能计分"
    if gauge and gauge.given:
        return "请填写所适用标准的基准值和引领值"
    return "基准值、引领值尚未确定，不能计分"


@dataclass(frozen=True)
class Closer:
    """An item that would lead to the next grade by itself: to these points at least, and for a value to which."""

    line: Line
    points: Decimal
    value: Decimal | None

    @property
    def gain(self) -> Decimal:
        return self.points - (self.line.points or ZERO)


@dataclass(frozen=True)
class Outlook:
    """Where a result stands under an edition, and what is missing to the next grade.

    distance   points to the next band's lower bound; None at the top or where there is no next one
    closers    items that would close it by themselves, the one with most to gain in front
    together   otherwise the fewest items that would close it if they earned all they can; empty when even all do not
    """

    band: Band | None
    above: Band | None
    distance: Decimal | None
    closers: tuple[Closer, ...]
    together: tuple[Line, ...]


def outlook(result: Result, edition: Edition, *, meets: bool | None = None) -> Outlook:
    """Article 7: the band of a result, the next one, and the items that would close the distance.

    What is not answered yet counts as nothing earned and can still be earned. `meets` is the verdict where the scheme
    asks for no basic requirements and an agency gives it. Raises IncompleteEdition when the edition's bounds are not
    fixed, and NotAScore for a total above 100, which only a scheme in preparation can come to.
    """
    verdict = meets if result.meets is None and not result.scheme.has_requirements else result.meets
    band = rulebook.grade(result.total, meets_requirements=bool(verdict), edition=edition)
    above = rulebook.next_band(result.total, edition=edition)
    if above is None or above.lower is None:
        return Outlook(band, None, None, (), ())
    distance = above.lower - result.total
    gains = {line.item.code: gain for line in result.lines if (gain := _gain(line)) > 0}
    open_lines = sorted(
        (line for line in result.lines if line.item.code in gains),
        key=lambda line: (-gains[line.item.code], line.item.code),
    )
    closers = tuple(_closer(line, distance) for line in open_lines if gains[line.item.code] >= distance)
    together: list[Line] = []
    if not closers:
        gained = ZERO
        for line in open_lines:
            together.append(line)
            gained += gains[line.item.code]
            if gained >= distance:
                break
        together = together if gained >= distance else []
    return Outlook(band, above, distance, closers, tuple(together))


def _gain(line: Line) -> Decimal:
    """The most that the line can still earn: up to its weight, or to the highest step where that is less."""
    if line.answer.na:
        return ZERO
    gauge = line.item.gauge(line.answer.gauge)
    if line.item.kind is not Kind.STEPPED or gauge is None or not gauge.steps:
        return line.lost
    best = points_of(line.item, line.answer._replace(value=gauge.steps[-1].bound), line.weight) or ZERO
    return best - (line.points or ZERO)


def _closer(line: Line, distance: Decimal) -> Closer:
    return Closer(line, *_cheapest(line, (line.points or ZERO) + distance))


def _cheapest(line: Line, wanted: Decimal) -> tuple[Decimal, Decimal | None]:
    """The least points of at least `wanted` that the item can be given, and the value that earns them if one does."""
    item, answer = line.item, line.answer
    gauge = item.gauge(answer.gauge)
    with localcontext(EXACT):
        if item.kind is Kind.QUALITATIVE:
            assert item.step is not None
            scale = line.weight / item.points
            steps = (wanted / scale / item.step).to_integral_value(ROUND_FLOOR)
            value = min(item.points, steps * item.step)
            return _first(item, answer, line.weight, wanted, [value, min(item.points, value + item.step)])
        if gauge is None or (gauge.products and answer.products):
            return line.weight, None
        if item.kind is Kind.STEPPED:
            return _first(item, answer, line.weight, wanted, [step.bound for step in gauge.steps])
        base, lead = (answer.base, answer.lead) if gauge.given else gauge.bounds(answer.size)
        if base is None or lead is None or crossed(gauge.better, base, lead):
            return line.weight, None
        up = gauge.better is Better.HIGHER
        exact = base + (lead - base) * wanted / line.weight
        # In figures that somebody would plan with: as few decimals as still reach it without passing the lead value.
        for places in range(0, 7):
            near = exact.quantize(Decimal(1).scaleb(-places), ROUND_CEILING if up else ROUND_FLOOR)
            if (near <= lead) if up else (near >= lead):
                span = abs(near - exact)
                if places == 6 or span * 50 <= abs(lead - base):
                    return _first(item, answer, line.weight, wanted, [near, lead])
        return _first(item, answer, line.weight, wanted, [lead])


def _first(
    item: Item, answer: Answer, weight: Decimal, wanted: Decimal, values: list[Decimal]
) -> tuple[Decimal, Decimal | None]:
    for value in values:
        points = points_of(item, answer._replace(value=value), weight)
        if points is not None and points >= wanted:
            return points, plain(value)
    return weight, None


__all__ = ["Closer", "Outlook", "outlook", "why"]
