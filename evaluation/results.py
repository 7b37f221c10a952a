"""What a confirmed result means to those it is about: explained line by line, over the years, among its like (Articles 7, 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from evaluation.explaining import Outlook, outlook
from evaluation.models import Evaluation, Grading, ScoreLine
from evaluation.scheme import Kind
from evaluation.scoring import Result, answers_from, score
from greenmfg.rulebook import Category, Edition
from registry.models import Grade, PoolApplication, Unit, User
from registry.roles import UNIT

YEARS = 5
# An application that was decided on; one withdrawn or lapsed was not.
DECIDED = ("admitted", "pool_left", "refused")


# --- one result


def explained(lines: Sequence[ScoreLine]) -> dict[str, Any]:
    """The rows of templates/evaluation/results/explained.html, which documents them, from the lines of one case."""
    scored = [line for line in lines if line.points is not None]
    sections = [
        {**_sums(rows := list(found)), "name": name, "rows": [_row(line) for line in rows]}
        for name, found in groupby(scored, key=lambda line: line.section)
    ]
    return {
        "sections": sections,
        "requirements": [_row(line) for line in lines if line.points is None],
        "total": _sums(scored),
        "has_own": any(line.own_points is not None for line in scored),
    }


def _row(line: ScoreLine) -> dict[str, Any]:
    names = ("code", "name", "weight", "points", "why", "revised_because")
    found = {name: getattr(line, name) for name in names}
    found |= {"own": line.own_points, "agency": line.agency_points}
    return found | {"lost": line.weight - line.points if line.points is not None else None}


def _sums(lines: Iterable[ScoreLine]) -> dict[str, Any]:
    """Sums of lines as the totals of a table; None where no line has such points."""
    lines = list(lines)

    def total(values: Iterable[Decimal | None]) -> Decimal | None:
        known = [value for value in values if value is not None]
        return sum(known, Decimal(0)) if known else None

    weight, points = total(line.weight for line in lines), total(line.points for line in lines)
    return {
        "weight": weight,
        "points": points,
        "own": total(line.own_points for line in lines),
        "agency": total(line.agency_points for line in lines),
        "lost": weight - points if weight is not None and points is not None else None,
    }


def stored(case: Grading | Evaluation, lines: Sequence[ScoreLine]) -> Result:
    """A confirmed result computed anew from its frozen lines: their sum to the last digit."""
    return score(case.loaded_scheme, answers_from({line.code: line.answer for line in lines if line.answer}))


def ahead(result: Result, edition: Edition) -> dict[str, Any]:
    """The way to the next grade, as ahead.html shows it: from `explaining.outlook`, in plain words."""
    found: Outlook = outlook(result, edition)
    return {
        "band": found.band,
        "above": found.above,
        "distance": found.distance,
        "closers": [
            {
                "code": one.line.item.code,
                "name": one.line.item.name,
                "points": one.line.points,
                "wanted": one.points,
                "gain": one.gain,
                # The points of a judged item are its value; a measured one has a unit.
                "value": None if one.line.item.kind is Kind.QUALITATIVE else one.value,
                "unit": _unit_of(one.line),
            }
            for one in found.closers
        ],
        "together": [
            {"code": line.item.code, "name": line.item.name, "gain": line.lost} for line in found.together
        ],
    }


def _unit_of(line: Any) -> str:
    gauge = line.item.gauge(line.answer.gauge)
    return gauge.unit if gauge else ""


# --- whose results a person may read


def factories_of(user: User) -> QuerySet[Unit]:
    """The factories of an enterprise's person, whose results it may read; of anybody else none."""
    if not UNIT.held_by(user) or user.entity_id is None:
        return Unit.objects.none()
    own = Unit.objects.in_use().filter(entity_id=user.entity_id, category=Category.GREEN_FACTORY)
    return own.select_related("entity", "district").order_by("site", "pk")


def checks_of(user: User, **which: Any) -> QuerySet[Evaluation]:
    """The confirmed checks of this person's own applications that were decided on.

    Before the decision a unit must not see what the agency or the bureau gave. `which` narrows by fields.
    """
    if not UNIT.held_by(user) or user.entity_id is None:
        return Evaluation.objects.none()
    decided = PoolApplication.objects.filter(
        unit__entity_id=user.entity_id, state__in=DECIDED, closed_at__isnull=False
    )
    found = Evaluation.objects.filter(target__in=decided.values("pk"), state="confirmed", **which)
    return found.select_related("scheme", "unit__entity", "agency", "target").order_by("-closed_at", "-pk")


# --- over the years


def years(unit: Unit, *, until: int) -> list[tuple[int, Grade | None]]:
    """The five years that end with `until`, oldest first, each with the unit's last grade of it."""
    given: dict[int, Grade] = {}
    rows = unit.grades.filter(year__gt=until - YEARS, year__lte=until)
    for grade in rows.order_by("decided_on", "pk"):
        given[grade.year] = grade
    return [(year, given.get(year)) for year in range(until - YEARS + 1, until + 1)]


# --- among its like


@dataclass(frozen=True)
class Group:
    """The confirmed scores of one group in one year, without names. `scores` is empty where it is `hidden`, with the reason."""

    title: str
    count: int
    scores: tuple[Decimal, ...]
    hidden: str = ""


def distribution(grade: Grade, *, least: int) -> list[Group]:
    """The scores of the unit's trade, of its district and of the city in the year of this grade.

    A group with fewer than `least` units is not shown, nor one that leaves fewer than that to the rest of the city:
    what is left when the smaller is taken from the larger would be somebody's score.
    """
    unit = grade.unit
    latest = Grade.objects.filter(year=grade.year).order_by("unit", "-decided_on", "-pk").distinct("unit")
    rows = list(latest.values_list("score", "unit__industry", "unit__district_id"))
    city = [points for points, *_ in rows]
    trade = [points for points, industry, _ in rows if industry == unit.industry] if unit.industry else []
    place = [points for points, _, district in rows if district == unit.district_id]
    title = unit.district.name if unit.district else ""
    found = []
    if trade:
        found.append(_group(f"本行业（{unit.industry}）", trade, whole=len(city), least=least))
    if title:
        found.append(_group(f"本区（{title}）", place, whole=len(city), least=least))
    return [*found, _group("全市", city, whole=len(city), least=least)]


def _group(title: str, scores: list[Decimal], *, whole: int, least: int) -> Group:
    n, rest = len(scores), whole - len(scores)
    if n < least:
        return Group(title, n, (), f"本组当年定级单位不足 {least} 家，不显示分布")
    if 0 < rest < least:
        return Group(title, n, (), f"本组以外的当年定级单位不足 {least} 家，不显示分布")
    return Group(title, n, tuple(sorted(scores)))


__all__ = [
    "Group", "ahead", "checks_of", "distribution", "explained", "factories_of", "stored", "years",
]  # fmt: skip
