"""试算: a scheme or an edition put on what has been confirmed, to see who would change grade (Articles 7, 16).

Reads and computes; writes nothing. Three queries for the grades, their answers and the schemes of these, however many
units there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet

from evaluation.models import Grading, SchemeVersion, ScoreLine
from evaluation.scheme import Item, Kind, Scheme
from evaluation.scoring import Answer, NotAnAnswer, Result, score
from greenmfg import rulebook
from greenmfg.rulebook import Edition, IncompleteEdition
from registry.models import Grade, Unit

NO_BAND = "无相应级别"


class CannotBeTried(ValueError):
    """A scheme or an edition with which nothing can be computed yet; the message is Chinese."""


@dataclass(frozen=True)
class Tried:
    """One unit: what it was given, and what it would be given.

    before, after  the band's short name; `code_before`, `code_after` are empty without a band
    change         the new score minus the old one
    """

    unit: int
    name: str
    district: str
    case: str
    year: int
    score_before: Decimal
    before: str
    code_before: str
    score_after: Decimal
    after: str
    code_after: str

    @property
    def change(self) -> Decimal:
        return self.score_after - self.score_before

    @property
    def moves(self) -> bool:
        """Would it have another grade? Grades are told apart by their codes, not by what an edition calls them."""
        return self.code_before != self.code_after

    @property
    def move(self) -> str:
        return f"{self.before}→{self.after}"


@dataclass(frozen=True)
class Left:
    """A unit that cannot be compared, with the items of the scheme that its confirmed answers do not answer."""

    unit: int
    name: str
    district: str
    case: str
    year: int
    score_before: Decimal
    before: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """All units that hold a grade: those compared, and those that cannot be."""

    compared: tuple[Tried, ...]
    left: tuple[Left, ...]

    @property
    def moved(self) -> list[Tried]:
        """Who would change grade: by move, then district and name as the units came."""
        order = {move: n for n, (move, _) in enumerate(self.moves)}
        return sorted((one for one in self.compared if one.moves), key=lambda one: order[one.move])

    @property
    def moves(self) -> list[tuple[str, int]]:
        """(优质→标杆, how many), the most frequent in front."""
        counts = Counter(one.move for one in self.compared if one.moves)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def check(scheme: Scheme | None, edition: Edition) -> None:
    """Raises CannotBeTried for what nothing can be computed with: bounds not fixed, points that are not 100."""
    if not edition.is_complete:
        raise CannotBeTried(
            f"版本 {edition.code} 的级别界限尚未确定，不能试算；请先在该版本中填写各级别的得分下限"
        )
    if scheme is None:
        return
    wrong = [f"{code} {words}".strip() for code, words in scheme.sums()]
    if wrong:
        raise CannotBeTried(f"指标体系 {scheme.code} 的满分尚未平衡，不能试算：{'；'.join(wrong)}")


def trial(
    units: QuerySet[Unit],
    *,
    scheme: Scheme | None,
    edition: Edition,
    known: Iterable[Edition] = (),
) -> Trial:
    """The latest grade of each of these units, anew: by `scheme` (None: by the confirmed score) and under `edition`.

    `known` are the editions under which grades were given, for their bands' short names. Raises CannotBeTried.
    """
    check(scheme, edition)
    names = {one.code: {band.code: band.name for band in one.bands} for one in known}
    grades = list(_latest(units))
    answers = _answers([grade["case_id"] for grade in grades], scheme) if scheme else {}
    compared: list[Tried] = []
    left: list[Left] = []
    for grade in grades:
        heads: dict[str, Any] = {
            "unit": grade["unit_id"],
            "name": _name(grade),
            "district": grade["unit__district__short"] or "待定区",
            "case": grade["case__no"],
            "year": grade["year"],
            "score_before": grade["score"],
            "before": names.get(grade["edition"], {}).get(grade["band"]) or grade["title"] or NO_BAND,
        }
        total, meets = grade["score"], grade["meets_requirements"]
        if scheme is not None:
            found = _scored(scheme, answers.get(grade["case_id"], {}))
            if isinstance(found, tuple):
                left.append(Left(**heads, items=found))
                continue
            total, meets = found.total, found.meets if scheme.has_requirements else meets
        try:
            band = rulebook.grade(total, meets_requirements=bool(meets), edition=edition)
        except IncompleteEdition as error:
            raise CannotBeTried(str(error)) from error
        compared.append(
            Tried(
                **heads,
                code_before=grade["band"],
                score_after=total,
                after=band.name if band else NO_BAND,
                code_after=band.code if band else "",
            )
        )
    return Trial(tuple(compared), tuple(left))


def _latest(units: QuerySet[Unit]) -> Iterable[dict[str, Any]]:
    """The latest grade of each unit, by district and name."""
    latest = (
        Grade.objects.filter(unit__in=units.order_by().values("pk"))
        .order_by("unit_id", "-decided_on", "-pk")
        .distinct("unit_id")
    )
    rows = Grade.objects.filter(pk__in=latest.values("pk"))
    return rows.order_by("unit__district__order", "unit__entity__folded", "unit_id").values(
        "unit_id", "unit__entity__name", "unit__site", "unit__district__short", "case_id", "case__no",
        "year", "score", "band", "title", "edition", "meets_requirements",
    )  # fmt: skip


def _name(grade: Mapping[str, Any]) -> str:
    site = grade["unit__site"]
    return f"{grade['unit__entity__name']}（{site}）" if site else str(grade["unit__entity__name"])


def _answers(cases: list[int], scheme: Scheme) -> dict[int, dict[str, Answer]]:
    """Case → its confirmed answers as answers under `scheme`, without those that are another question there."""
    under = dict(Grading.objects.filter(pk__in=cases).values_list("pk", "scheme_id"))
    rows = SchemeVersion.objects.filter(pk__in={pk for pk in under.values() if pk})
    schemes = {row.pk: row.loaded() for row in rows}
    lines = ScoreLine.objects.filter(case_id__in=cases).values_list("case_id", "code", "answer")
    found: dict[int, dict[str, Answer]] = defaultdict(dict)
    for case, code, plain in lines.order_by().iterator(chunk_size=10_000):
        new, old = scheme.by_code.get(code), schemes[under[case]].by_code.get(code)
        if new and old and (answer := carried(Answer.load(plain), old, new)) is not None:
            found[case][code] = answer
    return found


def carried(answer: Answer, old: Item, new: Item) -> Answer | None:
    """An answer to `old` as an answer to `new`; None where that is another question: another name, another unit.

    A judgement keeps its share of the points where these are others, rounded to the step of the new item.
    """
    if old is new or old == new:
        return answer
    if new.name != old.name or old.is_measured is not new.is_measured or old.is_scored is not new.is_scored:
        return None
    if new.kind is Kind.QUALITATIVE and answer.value is not None and new.step:
        share = answer.value * new.points / old.points
        steps = (share / new.step).to_integral_value(ROUND_HALF_UP)
        return answer._replace(value=min(new.points, steps * new.step))
    if new.is_measured and not answer.na:
        was, now = old.gauge(answer.gauge), new.gauge(answer.gauge)
        if was is None or now is None or (was.name, was.unit, was.size) != (now.name, now.unit, now.size):
            return None
    return answer


def _scored(scheme: Scheme, given: dict[str, Answer]) -> Result | tuple[str, ...]:
    """The result of these answers; or the items for which there is none, in words."""
    try:
        result = score(scheme, given)
    except NotAnAnswer as error:
        return (_told(scheme.by_code[error.item]),)
    return tuple(_told(item) for item in result.missing) or result


def _told(item: Item) -> str:
    return f"{item.code} {item.name}"


__all__ = ["CannotBeTried", "Left", "Trial", "Tried", "carried", "check", "trial"]
