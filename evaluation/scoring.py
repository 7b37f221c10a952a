"""Values in, points out (Articles 7, 8). Pure Python, Decimal throughout.

Every line is rounded once, to 0.01, half up; the total is the exact sum of the rounded lines; bands compare the total
(`rulebook.grade`). What the lines mean in words stands in explaining.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import NamedTuple

from evaluation.answers import (
    NOTHING,
    Answer,
    NotAnAnswer,
    Product,
    answers_from,
    overlaid,
    plain_answers,
)  # fmt: skip
from evaluation.scheme import Better, Gauge, Item, Kind, Scheme, Section, Step, Waiver, crossed

# Products and quotients of entries of 18 digits, exact or far beyond the half cent that decides a rounding.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
CENT = Decimal("0.01")
ZERO = Decimal(0)
NIL = Decimal("0.00")  # no points

Bounds = tuple[Decimal | None, Decimal | None]


class Line(NamedTuple):
    """One scored item: what it could earn here (`weight`, after 不适用) and what it earns; None while it is not answered."""

    item: Item
    answer: Answer
    weight: Decimal
    points: Decimal | None

    @property
    def lost(self) -> Decimal:
        """Points that could still be earned."""
        return self.weight - (self.points or ZERO)


@dataclass(frozen=True)
class Result:
    """What a set of answers comes to under a scheme.

    total   exact sum of the lines that have points
    meets   whether all basic requirements are met; None while one is not answered
    """

    scheme: Scheme
    answers: Mapping[str, Answer]
    lines: tuple[Line, ...]
    total: Decimal
    meets: bool | None

    @cached_property
    def missing(self) -> list[Item]:
        """Items without an answer that a score or verdict could rest on, in their order."""
        open_lines = {line.item.code for line in self.lines if line.points is None}
        unsaid = {i.code for i in self.scheme.items if not i.is_scored and self._met(i) is None}
        return [item for item in self.scheme.items if item.code in open_lines | unsaid]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def unmet(self) -> list[Item]:
        """Basic requirements that are answered with no."""
        return [item for item in self.scheme.items if not item.is_scored and self._met(item) is False]

    def of(self, section: Section) -> tuple[Decimal, Decimal | None]:
        """(weight, points) of a section; points None as long as nothing in it is answered."""
        codes = {item.code for item in section.items}
        lines = [line for line in self.lines if line.item.code in codes]
        known = [line.points for line in lines if line.points is not None]
        return sum((line.weight for line in lines), ZERO), sum(known, ZERO) if known else None

    @cached_property
    def by_code(self) -> dict[str, Line]:
        return {line.item.code: line for line in self.lines}

    def _met(self, item: Item) -> bool | None:
        return self.answers.get(item.code, NOTHING).met


def score(scheme: Scheme, answers: Mapping[str, Answer]) -> Result:
    """The result of these answers (item code → answer); items without one count nothing yet.

    Raises NotAnAnswer for an entry outside of what its item can be answered with, for an unknown item, for a basic
    requirement said not to apply, and where no scored item at all applies: nobody is graded on nothing.
    """
    for code in answers.keys() - scheme.by_code.keys():
        raise NotAnAnswer(code, f"指标体系中没有编号为 {code} 的指标")
    waived = [code for code, answer in answers.items() if answer.na]
    weights = _moved(scheme, waived) if waived else None
    plan: list[_Rule] = scheme.kept.get("plan") or scheme.kept.setdefault("plan", _plan(scheme))
    lines = []
    total = NIL
    points: Decimal | None
    answer_to = answers.get
    with localcontext(EXACT):
        for code, item, full, ways in plan:
            answer = answer_to(code, NOTHING)
            weight = full if weights is None else weights[code]
            if answer.na:
                points = na_points(item, weight)
            elif answer.gauge in ways:
                points = ways[answer.gauge](answer, weight)
            else:
                raise NotAnAnswer(code, "请选择计量方法")
            if points is not None:
                total += points
            lines.append(Line(item, answer, weight, points))
    return Result(scheme, answers, tuple(lines), total, _meets(scheme, answers))


def _meets(scheme: Scheme, answers: Mapping[str, Answer]) -> bool | None:
    """Are the basic requirements met? None while one is open, and where the scheme asks for none."""
    said = [answers.get(item.code, NOTHING).met for item in scheme.requirements]
    return False if False in said else None if None in said or not said else True


def _moved(scheme: Scheme, waived: Collection[str]) -> dict[str, Decimal]:
    """`weights_of` for answers: raises NotAnAnswer for a waiver that is not to be had."""
    for code in waived:
        if not scheme.by_code[code].is_scored:
            raise NotAnAnswer(code, "基本要求不能选择不适用")
    if len(waived) == len(scheme.scored):
        raise NotAnAnswer(scheme.scored[-1].code, "不能全部指标都选择不适用，请至少评价一项")
    return weights_of(scheme, waived)


def points_of(item: Item, answer: Answer, weight: Decimal) -> Decimal | None:
    """The rounded points of one line, of `weight` at most; None while the answer is not complete.

    Raises NotAnAnswer.
    """
    if answer.na:
        return na_points(item, weight)
    ways = _ways(item)
    if answer.gauge not in ways:
        raise NotAnAnswer(item.code, "请选择计量方法")
    with localcontext(EXACT):
        return ways[answer.gauge](answer, weight)


# What an answer earns, of a weight. One is made for each way to answer an item, with all that the scheme settles.
_Way = Callable[[Answer, Decimal], Decimal | None]
_Rule = tuple[str, Item, Decimal, dict[str, _Way]]


def _plan(scheme: Scheme) -> list[_Rule]:
    """The scored items, ready to be put to any number of sheets."""
    return [(item.code, item, item.points, _ways(item)) for item in scheme.scored]


def _ways(item: Item) -> dict[str, _Way]:
    """Code of the gauge → what an answer by it earns; under the empty code the first."""
    if item.kind is Kind.QUALITATIVE:
        return {"": _judged(item)}
    make = _stepped if item.kind is Kind.STEPPED else _measured
    ways = {gauge.code: make(item, gauge) for gauge in item.gauges}
    return {"": next(iter(ways.values())), **ways}


def na_points(item: Item, weight: Decimal) -> Decimal:
    """The points of an item that does not apply: all of them where the scheme credits it, else none."""
    if item.waiver is Waiver.NONE:
        raise NotAnAnswer(item.code, "该指标必须评价，不能选择不适用")
    return weight.quantize(CENT) if item.waiver is Waiver.CREDIT else NIL


def _judged(item: Item) -> _Way:
    full, step = item.points, item.step

    def earn(answer: Answer, weight: Decimal) -> Decimal | None:
        value = answer.value
        if value is None:
            return None
        if not (value.is_finite() and step and ZERO <= value <= full) or value % step:
            raise NotAnAnswer(item.code, f"得分应为 0–{full:f} 之间、{step or full:f} 的倍数")
        if not value:
            return NIL  # a minus zero would be printed with its sign
        return (value if weight is full else value * weight / full).quantize(CENT)

    return earn


def _stepped(item: Item, gauge: Gauge) -> _Way:
    full = item.points

    def earn(answer: Answer, weight: Decimal) -> Decimal | None:
        value = answer.value
        if value is None:
            return None
        if not value.is_finite():
            raise NotAnAnswer(item.code, "请填写数字")
        step = reached(gauge, value)
        if step is None or not step.points:
            return NIL
        return (step.points if weight is full else step.points * weight / full).quantize(CENT)

    return earn


def _measured(item: Item, gauge: Gauge) -> _Way:
    if not (gauge.given or gauge.brackets or gauge.products):
        return _between(item, gauge, gauge.base, gauge.lead)

    def earn(answer: Answer, weight: Decimal) -> Decimal | None:
        if answer.products and gauge.products:
            return _weighted(item, gauge, answer, weight)
        if answer.value is None:
            return None
        return _between(item, gauge, *bounds_for(item, gauge, answer))(answer, weight)

    return earn


def _between(item: Item, gauge: Gauge, base: Decimal | None, lead: Decimal | None) -> _Way:
    """Linear from base (nothing) to lead (all), clamped: one division, so that there is one rounding to decide."""
    if base is None or lead is None:
        return lambda answer, weight: None
    up = gauge.better is Better.HIGHER
    with localcontext(EXACT):
        span = lead - base

    def earn(answer: Answer, weight: Decimal) -> Decimal | None:
        value = answer.value
        if value is None:
            return None
        if not value.is_finite():
            raise NotAnAnswer(item.code, "请填写数字")
        if value >= lead if up else value <= lead:
            return weight.quantize(CENT)
        if value <= base if up else value >= base:
            return NIL
        return ((value - base) * weight / span).quantize(CENT)

    return earn


def bounds_for(item: Item, gauge: Gauge, answer: Answer | Product, size: Decimal | None = None) -> Bounds:
    """Base and lead by which an answer, or one product, is measured; None where one is not known.

    Raises NotAnAnswer for a pair of the answer's own that stands the wrong way round.
    """
    if not gauge.given:
        size = answer.size if isinstance(answer, Answer) else size
        if size is not None and not size.is_finite():
            raise NotAnAnswer(item.code, f"{gauge.size}应为数字")
        return gauge.bounds(size)
    base, lead = answer.base, answer.lead
    if not all(one is None or one.is_finite() for one in (base, lead)):
        raise NotAnAnswer(item.code, "基准值和引领值应为数字")
    # The scheme's own pairs were judged when it was read.
    if words := crossed(gauge.better, base, lead):
        raise NotAnAnswer(item.code, words)
    return base, lead


def _weighted(item: Item, gauge: Gauge, answer: Answer, weight: Decimal) -> Decimal | None:
    """The mean of the products' points, by their weights.

    In fractions: thirds of several products add up to a half cent that no number of digits would show.
    """
    if len(answer.products) > gauge.products:
        raise NotAnAnswer(item.code, f"最多填写 {gauge.products} 个产品")
    whole = earned = Fraction(0)
    open_ = False
    for product in answer.products:
        if not (product.value.is_finite() and product.weight.is_finite()) or product.weight <= 0:
            raise NotAnAnswer(item.code, f"产品“{product.name}”的数值和权重应为数字，权重大于 0")
        base, lead = bounds_for(item, gauge, product, answer.size)
        if base is None or lead is None:
            open_ = True
            continue
        part = (Fraction(product.value) - Fraction(base)) / (Fraction(lead) - Fraction(base))
        whole += Fraction(product.weight)
        earned += Fraction(product.weight) * min(max(part, Fraction(0)), Fraction(1))
    if open_:
        return None
    cents = floor(Fraction(weight) * earned / whole * 100 + Fraction(1, 2))
    return Decimal(cents).scaleb(-2)


def reached(gauge: Gauge, value: Decimal) -> Step | None:
    """The best step whose threshold this value meets."""
    up = gauge.better is Better.HIGHER
    return next((s for s in reversed(gauge.steps) if (value >= s.bound if up else value <= s.bound)), None)


def weights_of(scheme: Scheme, waived: Iterable[str]) -> dict[str, Decimal]:
    """What each scored item can earn when the items in `waived` do not apply (item code → points; exact sum kept).

    A waived item's points go to those of its section, or of the whole scheme, that do apply, in proportion to their
    own, in whole cents by largest remainder, so that the weights still add up. Where none of a section applies they go
    to the whole scheme; where nothing at all applies nothing moves.
    """
    waived = set(waived)
    weights = {item.code: item.points for item in scheme.scored}
    # What is waived itself takes nothing, or 按满分计 would be a credit for another item too.
    applying = {code: points for code, points in weights.items() if code not in waived}
    if not applying:
        return weights
    left = ZERO
    for section in scheme.sections:
        gone = [i for i in section.items if i.code in waived and i.is_scored]
        takers = {i.code: applying[i.code] for i in section.items if i.code in applying}
        within = ZERO
        for item in gone:
            if item.waiver is Waiver.SECTION and takers:
                within += item.points
            elif item.waiver in {Waiver.SECTION, Waiver.SCHEME}:
                left += item.points
            else:
                continue
            weights[item.code] = NIL
        _add(weights, shared(within, takers))
    _add(weights, shared(left, applying))
    return weights


def _add(weights: dict[str, Decimal], more: Mapping[str, Decimal]) -> None:
    for code, points in more.items():
        weights[code] += points


def shared(amount: Decimal, by: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """`amount`, in whole cents, in proportion to the values of `by`: largest remainder, ties in the order of the codes."""
    if not amount:
        return {}
    with localcontext(EXACT):
        whole = sum(by.values(), ZERO)
        exact = {code: amount * part / whole for code, part in by.items()}
        given = {code: part.quantize(CENT, ROUND_DOWN) for code, part in exact.items()}
        cents = int((amount - sum(given.values(), ZERO)) / CENT)
        for code in sorted(by, key=lambda code: (given[code] - exact[code], code))[:cents]:
            given[code] += CENT
        return given


__all__: Sequence[str] = [
    "CENT", "EXACT", "NOTHING", "Answer", "Line", "NotAnAnswer", "Product", "Result", "answers_from", "overlaid",
    "plain_answers", "reached", "score", "shared", "weights_of",
]  # fmt: skip
