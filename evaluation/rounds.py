"""The grading round: planning it, taking units in, how far it has come, what would move, ending it (Article 7).

A round is no case: it has no states that an act moves. Its history is written by `record`, in its own stream; the units
in it are cases, each with its own life.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.timezone import localdate

from evaluation.models import Grading, GradingRound, projects, schemes_on, standing_aside_of
from evaluation.models.independence import Reasons
from greenmfg import rulebook
from greenmfg.rulebook import Category, Edition, Finding, Level
from registry.acts import AgainstRule, NotNow, Refused
from registry.casework import perform, record
from registry.models import EvaluatorAgency, Grade, Setting, Standing, Unit, User
from registry.roles import CHIEF, OFFICER
from registry.upkeep import stand_in

FIELDS = ("name", "year", "scheme", "own_due_on", "text")
AHEAD = timedelta(days=366)  # a deadline further off than this is a slip of the hand


# --- the round itself


def plan(*, by: User, at: datetime, fields: Mapping[str, Any]) -> GradingRound:
    """新建分级评价批次 (Article 7). Raises NotYours, ValidationError by field."""
    stand_in(OFFICER, by, "新建分级评价批次")
    today = localdate(at)
    wrong: dict[str, str] = {}
    if fields["scheme"] not in schemes_on(today, category=Category.GREEN_FACTORY):
        wrong["scheme"] = "请选择施行中的绿色工厂指标体系"
    if not today < fields["own_due_on"] <= today + AHEAD:
        wrong["own_due_on"] = "自评截止日应晚于今天，且在一年以内"
    if not today.year - 1 <= fields["year"] <= today.year + 1:
        wrong["year"] = f"评价年度应在 {today.year - 1}–{today.year + 1} 年之间"
    if wrong:
        raise ValidationError(wrong)
    try:
        with transaction.atomic():
            round = GradingRound.objects.create(**{name: fields[name] for name in FIELDS})
            plain = {name: str(fields[name]) for name in FIELDS}
            return record(round, "新建分级评价批次", by=by, at=at, changes={}, article=7, fields=plain)
    except IntegrityError as error:
        raise ValidationError({"name": "该名称已被使用，请更换"}) from error


def standing_open(round: GradingRound) -> list[Finding]:
    """What must be over before a round can be ended."""
    gradings = Grading.objects.filter(round=round)
    if left := gradings.filter(closed_at__isnull=True).count():
        return [Finding(7, f"还有 {left} 家单位的分级评价没有办结")]
    return [] if gradings.exists() else [Finding(7, f"{round}尚未纳入单位")]


def end(round: GradingRound, *, by: User, at: datetime, seen: int, reason: str = "") -> GradingRound:
    """结束批次: every unit in it has its grade. Raises NotYours, NotNow, AgainstRule while a grading is open."""
    stand_in(OFFICER, by, "结束批次")
    with transaction.atomic():
        fresh = GradingRound.objects.select_for_update(no_key=True).get(pk=round.pk)
        if fresh.ended_at:
            raise NotNow(f"{fresh}已结束")
        if fresh.head_seq != seen:
            raise NotNow(f"{fresh}已被他人更新，请核对后重新办理")
        if against := standing_open(fresh):
            raise AgainstRule("；".join(finding.message for finding in against), findings=against)
        return record(fresh, "结束批次", by=by, at=at, changes={"ended_at": at}, article=7, reason=reason)


def seen_by(user: User) -> QuerySet[GradingRound]:
    """The rounds that this person sees: the bureau all of them, others those with a grading that they see."""
    rounds = GradingRound.objects.select_related("scheme")
    if user.plays(OFFICER, CHIEF):
        return rounds
    theirs = Grading.objects.visible_to(user).filter(round=OuterRef("pk"))
    return rounds.filter(Exists(theirs))


# --- who is in it


def to_include(round: GradingRound) -> QuerySet[Unit]:
    """The factories on the national list that are not in this round, each with its last grade and whether another
    grading of it is open (`last_band`, `last_title`, `last_year`, `busy`)."""
    national = Standing.objects.filter(unit=OuterRef("pk"), until__isnull=True, level=Level.NATIONAL)
    own = Grading.objects.filter(unit=OuterRef("pk"))
    last = Grade.objects.filter(unit=OuterRef("pk")).order_by("-decided_on", "-pk")
    units = Unit.objects.in_use().filter(Exists(national), category=Category.GREEN_FACTORY)
    return units.filter(~Exists(own.filter(round=round).exclude(state="void"))).annotate(
        last_band=Subquery(last.values("band")[:1]),
        last_title=Subquery(last.values("title")[:1]),
        last_year=Subquery(last.values("year")[:1]),
        busy=Exists(own.filter(closed_at__isnull=True)),
    )


@dataclass(frozen=True)
class Proposed:
    """A unit with the agency that is proposed for it, if there is one, and what stands against each agency."""

    unit: Unit
    agency: EvaluatorAgency | None
    aside: Reasons


@dataclass(frozen=True)
class Proposal:
    """Who would be taken in with which agency, and the agencies with what they have this year: now, and then."""

    rows: list[Proposed]
    loads: list[tuple[EvaluatorAgency, int, int]]


def propose(
    units: Iterable[Unit],
    agencies: Collection[EvaluatorAgency],
    *,
    agency: EvaluatorAgency | None,
    at: datetime,
) -> Proposal:
    """This agency for all; without one, for each unit one with nothing against it, the loads balanced.

    Nothing is written. `agencies` are those that can be given work.
    """
    among = {unit.pk: unit for unit in units}
    aside = standing_aside_of(agencies, units=among, at=at)
    year = localdate(at).year
    loads = projects(agencies, year=year)
    by_key = {one.pk: one for one in agencies}
    chosen: dict[int, int | None] = dict.fromkeys(among, agency and agency.pk)
    if agency is None:
        free = {unit: [one.pk for one in agencies if one.pk not in aside[unit]] for unit in among}
        chosen = balanced(free, loads=loads, together=_together(agencies), cap=_cap(localdate(at)))
    given = Counter(chosen.values())
    return Proposal(
        rows=[Proposed(unit, by_key.get(chosen[key] or 0), aside[key]) for key, unit in among.items()],
        loads=[(one, loads[one.pk], loads[one.pk] + given[one.pk]) for one in agencies],
    )


def balanced(
    free: Mapping[int, Collection[int]],
    *,
    loads: Mapping[int, int],
    together: Mapping[int, Collection[int]],
    cap: int | None = None,
) -> dict[int, int | None]:
    """Unit id → agency id, the least loaded of those that are free for it; None where there is none.

    `together`: agency → all agencies under its legal representative, whose projects count as one number. Units with
    the least choice choose first. With a `cap` nobody is given more.
    """
    load = dict(loads)
    found: dict[int, int | None] = dict.fromkeys(free)
    for unit in sorted(free, key=lambda unit: len(free[unit])):
        open_to_it = [key for key in free[unit] if cap is None or load[key] < cap]
        if open_to_it:
            best = min(open_to_it, key=lambda key: (load[key], key))
            found[unit] = best
            for key in together[best]:
                load[key] += 1
    return found


def _together(agencies: Collection[EvaluatorAgency]) -> dict[int, list[int]]:
    found = {}
    for one in agencies:
        who = one.legal_representative.strip()
        same = [two.pk for two in agencies if who and two.legal_representative.strip() == who]
        found[one.pk] = same or [one.pk]
    return found


def _cap(day: date) -> int | None:
    if not Setting.number("agency_cap_on", on=day):
        return None
    return Setting.number("agency_cap", on=day)


def include_each(
    round: GradingRound,
    pairs: Iterable[tuple[Unit, EvaluatorAgency | None]],
    *,
    by: User,
    at: datetime,
    op: str,
    reason: str = "",
) -> tuple[list[Grading], list[tuple[Unit, str]]]:
    """纳入: opens a grading for each unit with its agency, each in its own transaction: (opened, left out with why).

    Each unit's operation id is `op:unit id`, so a resend repeats nothing. `reason` goes with those whose agency should
    in principle stand aside, and with no other.
    """
    pairs = list(pairs)
    agencies = list({agency.pk: agency for _, agency in pairs if agency}.values())
    aside = standing_aside_of(agencies, units=[unit.pk for unit, _ in pairs], at=at)
    done: list[Grading] = []
    left: list[tuple[Unit, str]] = []
    for unit, agency in pairs:
        against = aside[unit.pk].get(agency.pk) if agency else None
        try:
            case = perform(
                Grading(unit=unit, round=round, agency=agency),
                "include",
                by=by,
                at=at,
                seen=0,
                op=f"{op}:{unit.pk}",
                bulk=op[:40],
                reason=reason if against else "",
            )
        except Refused as refusal:
            left.append((unit, why(refusal)))
        else:
            case.unit, case.agency = unit, agency
            done.append(case)
    return done, left


def why(refusal: Refused) -> str:
    """A refusal in one line: what the measure says against it, or its own words."""
    findings = refusal.findings if isinstance(refusal, AgainstRule) else []
    return "；".join(finding.message for finding in findings) or refusal.message


# --- how far it has come

Counts = tuple[Counter[str], int]  # gradings by state, and how many of them are overdue


class Progress:
    """The numbers of one round at one moment, as far as this person sees them; one query."""

    def __init__(self, round: GradingRound, *, user: User, on: date) -> None:
        late = Count("pk", filter=Q(due_on__lt=on, closed_at__isnull=True))
        gradings = Grading.objects.visible_to(user).filter(round=round).order_by()
        rows = gradings.values_list("state", "district_id", "agency_id").annotate(n=Count("pk"), late=late)
        self.by_state: Counter[str] = Counter()
        self.late = 0
        self.by_district: dict[str | None, Counter[str]] = defaultdict(Counter)
        self.by_agency: dict[int | None, Counter[str]] = defaultdict(Counter)
        for state, district, agency, n, overdue in rows:
            self.late += overdue
            self.by_state[state] += n
            for counter in (self.by_district[district], self.by_agency[agency]):
                counter[state] += n
                counter["late"] += overdue

    @property
    def total(self) -> int:
        """Gradings that count: without those that were voided."""
        return counted(self.by_state)


def counted(states: Mapping[str, int]) -> int:
    """How many gradings of a round these are, without those that were voided."""
    return sum(n for state, n in states.items() if state not in {"void", "late"})


# --- what would move


class Move(Enum):
    """A grade beside the unit's one before: (word, icon, tone)."""

    UP = ("上升", "arrow-up", "green")
    DOWN = ("下降", "arrow-down", "red")
    SAME = ("持平", "arrow-right", "grey")
    FIRST = ("首次", "star", "blue")
    OTHER = ("级别设置不同，不作比较", "info-circle", "grey")

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def icon(self) -> str:
        return self.value[1]

    @property
    def tone(self) -> str:
        return self.value[2]


def move(band: str, *, before: Grade | None, edition: Edition) -> Move:
    """From the grade before to this band (empty: no grade, below all), by the order of the edition's bands."""
    if before is None:
        return Move.FIRST
    order = ["", *(one.code for one in edition.bands)]
    if band not in order or before.band not in order:
        return Move.OTHER
    step = order.index(band) - order.index(before.band)
    return Move.UP if step > 0 else Move.DOWN if step < 0 else Move.SAME


@dataclass(frozen=True)
class Standpoint:
    """One concluded or graded unit of a round: where it stands or would stand."""

    case: Grading
    score: Decimal
    band: str  # code in the edition; empty without a grade
    title: str
    graded: bool
    move: Move
    before: Grade | None
    gap: Decimal | None  # own score against the agency's, where they differ much

    @property
    def is_elsewhere(self) -> bool:
        """Was it graded under an edition with other bands?"""
        return self.move is Move.OTHER and self.graded


def standpoints(cases: Collection[Grading], *, edition: Edition, on: date) -> list[Standpoint]:
    """Concluded and graded cases, in their order, with what an award today would make of them. Two queries.

    A grade that was given is as it was given; of the others the score counts with the bureau's revisions.
    """
    grades: dict[int, list[Grade]] = defaultdict(list)
    for grade in Grade.objects.filter(unit__in=[case.unit_id for case in cases]):  # the latest in front
        grades[grade.unit_id].append(grade)
    least = Setting.number("score_gap", on=on)
    found = []
    for case in cases:
        all_of_unit = grades[case.unit_id or 0]
        given = next((grade for grade in all_of_unit if grade.case_id == case.pk), None)
        before = next(
            (
                grade
                for grade in all_of_unit
                if given is None or (grade.decided_on, grade.pk) < (given.decided_on, given.pk)
            ),
            None,
        )
        if given:
            score, band, title = given.score, given.band, given.title
        else:
            total, meets = case.concluded_score()
            assert total is not None  # a conclusion has its score
            reached = rulebook.grade(total, meets_requirements=bool(meets), edition=edition)
            score, band, title = total, reached.code if reached else "", reached.title if reached else ""
        apart = None if case.own_score is None or case.score is None else abs(case.own_score - case.score)
        found.append(
            Standpoint(
                case=case,
                score=score,
                band=band,
                title=title,
                graded=given is not None,
                move=move(band, before=before, edition=edition),
                before=before,
                gap=apart if apart is not None and apart >= least else None,
            )
        )
    return found


def grades_of(cases: Collection[Grading]) -> QuerySet[Grade]:
    """The grades that these cases were given."""
    return Grade.objects.filter(case__in=[case.pk for case in cases])
