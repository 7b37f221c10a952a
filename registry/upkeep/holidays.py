"""The table of holidays and swap workdays: days to come are entered, alone or a year at once.

A due date that has been given stays as it was given (docs/decisions/0011-settings-by-date.md): what would be counted otherwise is shown to
whoever changes a day, before it is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate

from greenmfg import periods
from greenmfg.periods import Calendar, chinese_date
from registry.acts import KEEP, NotYours
from registry.models import Case, Event, Holiday, Publicity, User
from registry.models.terms import KNOWN, Setting
from registry.roles import ADMIN, OFFICER
from registry.upkeep import FIRST_WORDS, enter

LEDGER = "holiday"
SHOWN = 100  # open deadlines named at most
SATURDAY = 5


@dataclass(frozen=True)
class Plan:
    """What one day shall be: off, worked in exchange, or (`off` None) again what its weekday says."""

    day: date
    off: bool | None
    name: str = ""


@dataclass(frozen=True)
class Moved:
    """An open deadline that would be counted otherwise: the date that was given, and the one counted anew."""

    case: Case
    given: date
    counted: date


def problem(plan: Plan, *, today: date) -> str:
    """Why this day cannot be entered so, in Chinese; empty when it can."""
    if plan.day <= today:
        return "只能更改今天以后的日期"
    if plan.day.year > today.year + 3:
        return "日期超出三年，请核对年份"
    weekend = plan.day.weekday() >= SATURDAY
    if plan.off is False and not weekend:
        return "工作日本就上班，不必登记为“班”"
    if plan.off is True and not plan.name.strip():
        return "请填写节假日名称"
    return ""


def changes(plans: Sequence[Plan]) -> list[Plan]:
    """Those of the plans that differ from the table."""
    there = Holiday.objects.in_bulk([plan.day for plan in plans])
    return [plan for plan in plans if _stands(there.get(plan.day)) != _stands(plan)]


def save(plans: Sequence[Plan], *, basis: str, by: User, at: datetime) -> list[Plan]:
    """Enter these days; returns those that changed anything. One event holds them all.

    Raises NotYours, and ValidationError: `basis` when there is none, `day` for the first day that cannot be entered so.
    """
    if not (ADMIN.held_by(by) or OFFICER.held_by(by)):
        raise NotYours(f"休假日历由{OFFICER.label}、{ADMIN.label}维护")
    if not basis.strip():
        raise ValidationError({"basis": FIRST_WORDS})
    today = localdate(at)
    for plan in plans:
        if words := problem(plan, today=today):
            raise ValidationError({"day": f"{chinese_date(plan.day)}：{words}"})
    with transaction.atomic():
        there = Holiday.objects.select_for_update().in_bulk([plan.day for plan in plans])
        moved = [plan for plan in plans if _stands(there.get(plan.day)) != _stands(plan)]
        if not moved:
            return []
        for plan in moved:
            if plan.off is None:
                Holiday.objects.filter(day=plan.day).delete()
            else:
                Holiday.objects.update_or_create(
                    day=plan.day,
                    defaults={"off": plan.off, "name": plan.name.strip(), "basis": basis.strip()},
                )
        fields = {f"{plan.day}": [_words(there.get(plan.day)), _words(plan)] for plan in moved}
        fields["basis"] = [None, basis.strip()]
        days = sorted(plan.day for plan in moved)
        item = chinese_date(days[0]) if len(days) == 1 else f"{days[0].year}年共 {len(days)} 天"
        enter(LEDGER, "更改休假日历", by=by, at=at, item=item, key=f"{days[0]}", fields=fields)
    return moved


def with_plans(calendar: Calendar, plans: Sequence[Plan]) -> Calendar:
    """The calendar as it would be."""
    days = {plan.day for plan in plans}
    return Calendar(
        off=(calendar.off - days) | {p.day for p in plans if p.off is True},
        working=(calendar.working - days) | {p.day for p in plans if p.off is False},
        years=calendar.years | {p.day.year for p in plans if p.off is not None},
    )


def moved_by(plans: Sequence[Plan], *, today: date) -> list[Moved]:
    """The open deadlines that would be counted otherwise with these days, soonest first, at most SHOWN.

    A deadline of working days is counted anew from the act that set it, by the length of that day; a notice from its
    first day. A date that somebody fixed is named when it falls on a day that becomes off.
    """
    if not plans:
        return []
    first = min(plan.day for plan in plans)
    cases = list(
        Case.objects.filter(closed_at__isnull=True, due_on__gte=first)
        .select_related("unit__entity")
        .order_by("due_on", "pk")[:1000]
    )
    before = Holiday.calendar(range(today.year - 2, today.year + 6))
    after = with_plans(before, plans)
    starts = _starts(cases)
    found = []
    for case in cases:
        assert case.due_on is not None
        if (start := starts.get(case.pk)) is None:
            counted = case.due_on
            while after.is_off(counted) and not before.is_off(case.due_on):
                counted += timedelta(days=1)
        else:
            since, days = start
            old, new = (periods.add_working_days(since, days, calendar=c).on for c in (before, after))
            counted = case.due_on if old == new else new
        if counted != case.due_on:
            found.append(Moved(case, case.due_on, counted))
    return found[:SHOWN]


def _starts(cases: Sequence[Case]) -> dict[int, tuple[date, int]]:
    """Case id → the day from which its running term of working days counts, and its length."""
    keys = [case.pk for case in cases]
    lengths: dict[date, dict[str, int]] = {}
    numbers = [key for key, known in KNOWN.items() if known.kind == "number"]
    found: dict[int, tuple[date, int]] = {}
    kinds = {case.pk: case.kind for case in cases}
    dated: dict[int, tuple[str, date]] = {}  # the act that gave the date, and when: the last that gave any
    for case_id, act, at in (
        Event.objects.filter(case__in=keys).order_by("pk").values_list("case", "act", "at")
    ):
        row = Case.kinds[kinds[case_id]].acts().get(act)
        if row is not None and row.due != KEEP:
            dated[case_id] = (row.due or "", localdate(at))
    for case_id, (due, day) in dated.items():
        if due not in KNOWN:
            continue
        if day not in lengths:
            lengths[day] = {key: int(term.value) for key, term in Setting.terms(*numbers, on=day).items()}
        found[case_id] = (day, lengths[day][due])
    notices = Publicity.objects.filter(pk__in=keys, state="running").values_list("pk", "starts_on", "days")
    return found | {pk: (starts_on - timedelta(days=1), days) for pk, starts_on, days in notices}


def _stands(row: Holiday | Plan | None) -> tuple[bool, str] | None:
    return None if row is None or row.off is None else (row.off, row.name.strip())


def _words(row: Holiday | Plan | None) -> str | None:
    stands = _stands(row)
    return None if stands is None else f"{'休' if stands[0] else '班'} {stands[1]}".strip()
