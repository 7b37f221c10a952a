"""Values in, points out (Articles 7, 8). Pure Python, Decimal throughout.

Every line is rounded once, to 0.01, half up; the total is the exact sum of the rounded lines; bands compare the total
(`rulebook.grade`). What the lines mean in words stands in explaining.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cached_property
from typing import Any, NamedTuple

from evaluation.scheme import Better, Gauge, Item, Kind, Scheme, Section, Step, Waiver, crossed, number

# Products and quotients of entries of 18 digits, exact or far beyond the half cent that decides a rounding.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
CENT = Decimal("0.01")
ZERO = Decimal(0)


class NotAnAnswer(ValueError):
    """An entry that no item can be answered with; `item` is its code, the message Chinese and fit to stand beside it."""

    def __init__(self, item: str, message: str) -> None:
        super().__init__(message)
        self.item, self.message = item, message


class Product(NamedTuple):
    """One of several products: its value and weight; base and lead where its own standard sets them."""

    name: str
    value: Decimal
    weight: Decimal
    base: Decimal | None = None
    lead: Decimal | None = None


class Answer(NamedTuple):
    """What was entered for one item.

    value       of a measured item, in its gauge's unit; the points of a judged one
    met         of a basic requirement
    na          不适用
    gauge       which of several ways it was measured by; empty for the first
    size        by which the bracket is found
    base, lead  with `source`, where the scheme leaves them to a standard of the unit's own products
    words       what the person who entered it wrote beside it
    pages       evidence: (id of the document, page from 1)
    """

    value: Decimal | None = None
    met: bool | None = None
    na: bool = False
    gauge: str = ""
    size: Decimal | None = None
    products: tuple[Product, ...] = ()
    base: Decimal | None = None
    lead: Decimal | None = None
    source: str = ""
    words: str = ""
    pages: tuple[tuple[int, int], ...] = ()

    @classmethod
    def load(cls, plain: Mapping[str, Any]) -> Answer:
        """From the plain values that `dump` gives. Raises NotAScheme for what is no number."""

        def maybe(source: Mapping[str, Any], name: str) -> Decimal | None:
            return None if source.get(name) is None else number(source[name])

        return cls(
            value=maybe(plain, "value"),
            met=plain.get("met"),
            na=plain.get("na", False),
            gauge=plain.get("gauge", ""),
            size=maybe(plain, "size"),
            products=tuple(
                Product(
                    p["name"], number(p["value"]), number(p["weight"]), maybe(p, "base"), maybe(p, "lead")
                )
                for p in plain.get("products", ())
            ),
            base=maybe(plain, "base"),
            lead=maybe(plain, "lead"),
            source=plain.get("source", ""),
            words=plain.get("words", ""),
            pages=tuple((int(document), int(page)) for document, page in plain.get("pages", ())),
        )

    def dump(self) -> dict[str, Any]:
        """As plain values, numbers as text; what is empty is left out."""
        found: dict[str, Any] = {
            name: f"{value:f}"
            for name in ("value", "size", "base", "lead")
            if (value := getattr(self, name)) is not None
        }
        found |= {name: value for name in ("gauge", "source", "words") if (value := getattr(self, name))}
        if self.met is not None:
            found["met"] = self.met
        if self.na:
            found["na"] = True
        if self.products:
            found["products"] = [_plain_product(product) for product in self.products]
        if self.pages:
            found["pages"] = [list(pair) for pair in self.pages]
        return found

    @property
    def is_empty(self) -> bool:
        """Does it say nothing that a score could rest on?"""
        return self.value is None and self.met is None and not self.na and not self.products


NOTHING = Answer()


def _plain_product(product: Product) -> dict[str, str]:
    numbers = {name: getattr(product, name) for name in ("value", "weight", "base", "lead")}
    return {"name": product.name} | {name: f"{v:f}" for name, v in numbers.items() if v is not None}


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

    Raises NotAnAnswer for an entry outside of what its item can be answered with, and for an unknown item.
    """
    with localcontext(EXACT):
        waived = [code for code, answer in answers.items() if answer.na]
        weights = weights_of(scheme, waived) if waived else None
        lines = []
        total = ZERO
        # A scheme without basic requirements says nothing on whether they are met.
        meets: bool | None = True if scheme.has_requirements else None
        known = 0
        for item in scheme.items:
            answer = answers.get(item.code, NOTHING)
            known += answer is not NOTHING
            if item.kind is Kind.VETO:
                if answer.met is False:
                    meets = False
                elif answer.met is None and meets:
                    meets = None
                continue
            weight = item.points if weights is None else weights[item.code]
            points = points_of(item, answer, weight)
            if points is not None:
                total += points
            lines.append(Line(item, answer, weight, points))
    if known < len(answers):
        stray = next(code for code in answers if code not in scheme.by_code)
        raise NotAnAnswer(stray, f"指标体系中没有编号为 {stray} 的指标")
    return Result(scheme, answers, tuple(lines), total, meets)


def points_of(item: Item, answer: Answer, weight: Decimal) -> Decimal | None:
    """The rounded points of one line, of `weight` at most; None while the answer is not complete. Inside EXACT.

    Raises NotAnAnswer.
    """
    if answer.na:
        return na_points(item, weight)
    full = item.points
    raw: Decimal | None
    if item.kind is Kind.QUALITATIVE:
        raw = answer.value
        if raw is not None and not (
            raw.is_finite() and 0 <= raw <= full and item.step and not raw % item.step
        ):
            raise NotAnAnswer(item.code, f"得分应为 0–{full:f} 之间、{item.step:f} 的倍数")
    else:
        raw = _measured(item, answer)
    if raw is None:
        return None
    if weight != full:
        raw = raw * weight / full
    return raw.quantize(CENT)


def na_points(item: Item, weight: Decimal) -> Decimal:
    """The points of an item that does not apply: all of them where the scheme credits it, else none."""
    if item.waiver is Waiver.NONE:
        raise NotAnAnswer(item.code, "该指标必须评价，不能选择不适用")
    return weight.quantize(CENT) if item.waiver is Waiver.CREDIT else ZERO


def _measured(item: Item, answer: Answer) -> Decimal | None:
    """The unrounded points of a measured item before its weight is changed; None while something is missing."""
    gauge = item.gauges[0] if not answer.gauge else item.gauge(answer.gauge)
    if gauge is None:
        raise NotAnAnswer(item.code, "请选择计算方法")
    if gauge.products and answer.products:
        return _weighted(item, gauge, answer)
    value = answer.value
    if value is None:
        return None
    if not value.is_finite():
        raise NotAnAnswer(item.code, "请填写数字")
    if item.kind is Kind.STEPPED:
        step = reached(gauge, value)
        return step.points if step else ZERO
    base, lead = (answer.base, answer.lead) if gauge.given else gauge.bounds(answer.size)
    if base is None or lead is None:
        return None
    return linear(item, gauge, value, base, lead)


def reached(gauge: Gauge, value: Decimal) -> Step | None:
    """The best step whose threshold this value meets."""
    up = gauge.better is Better.HIGHER
    return next((s for s in reversed(gauge.steps) if (value >= s.bound if up else value <= s.bound)), None)


def linear(item: Item, gauge: Gauge, value: Decimal, base: Decimal, lead: Decimal) -> Decimal:
    """Points between base (none) and lead (all), clamped. Raises NotAnAnswer when the two stand the wrong way round."""
    full = item.points
    if lead > base:
        if value >= lead:
            earned = full
        elif value <= base:
            earned = ZERO
        else:
            earned = (value - base) * full / (lead - base)
    elif value <= lead:
        earned = full
    elif value >= base:
        earned = ZERO
    else:
        earned = (base - value) * full / (base - lead)
    # The scheme's own pairs were judged when it was read.
    if gauge.given and (words := crossed(gauge.better, base, lead)):
        raise NotAnAnswer(item.code, words)
    return earned


def _weighted(item: Item, gauge: Gauge, answer: Answer) -> Decimal | None:
    """The mean of the products' points, by their weights."""
    if len(answer.products) > gauge.products:
        raise NotAnAnswer(item.code, f"最多填写 {gauge.products} 个产品")
    whole, sum_ = ZERO, ZERO
    for product in answer.products:
        if not (product.value.is_finite() and product.weight.is_finite()) or product.weight <= 0:
            raise NotAnAnswer(item.code, f"产品“{product.name}”的数值和权重应为数字，权重大于 0")
        base, lead = (product.base, product.lead) if gauge.given else gauge.bounds(answer.size)
        if base is None or lead is None:
            return None
        whole += product.weight
        sum_ += product.weight * linear(item, gauge, product.value, base, lead)
    return sum_ / whole


def weights_of(scheme: Scheme, waived: Iterable[str]) -> dict[str, Decimal]:
    """What each scored item can earn when the items in `waived` do not apply (item code → points; exact sum kept).

    A waived item's points go to the others of its section or of the whole scheme in proportion to their own, in whole
    cents by largest remainder, so that the weights still add up. Where a section has nothing left, to the whole scheme.
    """
    own = {item.code: item.points for item in scheme.scored}
    gone = {code for code in waived if code in own and _moves(scheme.by_code[code])}
    weights = {code: ZERO if code in gone else points for code, points in own.items()}
    left = ZERO
    for section in scheme.sections:
        freed = [i for i in section.items if i.code in gone]
        within = sum((i.points for i in freed if i.waiver is Waiver.SECTION), ZERO)
        takers = {i.code: i.points for i in section.items if i.is_scored and i.code not in gone}
        left += sum((i.points for i in freed if i.waiver is Waiver.SCHEME), ZERO)
        if takers:
            for code, more in shared(within, takers).items():
                weights[code] += more
        else:
            left += within
    takers = {code: points for code, points in own.items() if code not in gone}
    if takers:
        for code, more in shared(left, takers).items():
            weights[code] += more
    return weights


def _moves(item: Item) -> bool:
    return item.waiver in {Waiver.SECTION, Waiver.SCHEME}


def shared(amount: Decimal, by: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """`amount`, in whole cents, in proportion to the values of `by`: largest remainder, ties in the order of the codes."""
    whole = sum(by.values(), ZERO)
    exact = {code: amount * part / whole for code, part in by.items()}
    given = {code: part.quantize(CENT, ROUND_DOWN) for code, part in exact.items()}
    cents = int((amount - sum(given.values(), ZERO)) / CENT)
    for code in sorted(by, key=lambda code: (given[code] - exact[code], code))[:cents]:
        given[code] += CENT
    return given


def answers_from(plain: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    """Stored answers (item code → plain values) as they are scored."""
    return {code: Answer.load(one) for code, one in plain.items()}


def plain_answers(answers: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """Answers as they are stored; those that say nothing are left out."""
    dumped = {code: answer.dump() for code, answer in answers.items()}
    return {code: one for code, one in dumped.items() if one}


def overlaid(answers: Mapping[str, Answer], revised: Mapping[str, Answer]) -> dict[str, Answer]:
    """The agency's answers with those that the bureau revised in their place."""
    return {**answers, **revised}


__all__: Sequence[str] = [
    "CENT", "EXACT", "NOTHING", "Answer", "Line", "NotAnAnswer", "Product", "Result", "answers_from", "overlaid",
    "plain_answers", "reached", "score", "shared", "weights_of",
]  # fmt: skip
