"""休假日历: a year in twelve months, a day changed alone, a year's plan brought in from a file."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date

from greenmfg import clock
from greenmfg.periods import chinese_date
from registry.forms import DayForm, YearForm
from registry.models import Case, Holiday
from registry.resources import days
from registry.resources.days import DayRow, Unreadable
from registry.roles import ADMIN, OFFICER
from registry.upkeep import holidays
from registry.upkeep.holidays import Plan
from registry.views.cases import number
from registry.views.upkeep import KeptPage, tried

FIRST_YEAR = 2017
WEEKDAYS = "一二三四五六日"
KINDS = {"off": True, "work": False, "plain": None}


class CalendarPage(KeptPage):
    """The year, and the form for one day. POST shows what would be counted otherwise; with `confirm` it saves."""

    roles = (OFFICER, ADMIN)

    def get(self, request: HttpRequest) -> HttpResponse:
        day = _day(request.GET.get("day", ""))
        row = Holiday.objects.filter(day=day).first() if day else None
        kind = "plain" if day is None or row is None else "off" if row.off else "work"
        initial = {"day": day, "kind": "off" if kind == "plain" else kind, "name": row.name if row else ""}
        return self.show(DayForm(initial=initial), year=day.year if day else None, opened=day is not None)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = DayForm(request.POST)
        if not form.is_valid():
            return self.show(form, opened=True, status=422)
        given = form.cleaned_data
        plan = Plan(given["day"], KINDS[given["kind"]], given["name"].strip())
        today, year = clock.today(), plan.day.year
        if words := holidays.problem(plan, today=today):
            form.add_error("day", words)
            return self.show(form, year=year, opened=True, status=422)
        if not holidays.changes([plan]):
            form.add_error("day", "该日已是如此登记，没有需要保存的更改")
            return self.show(form, year=year, opened=True, status=422)
        if "confirm" not in request.POST:
            return self.show(form, year=year, opened=True, effect=effect([plan], today=today))
        done, status = tried(
            form, lambda: holidays.save([plan], basis=given["basis"], by=self.user, at=clock.now())
        )
        if done is None:
            return self.show(form, year=year, opened=True, status=status)
        messages.success(request, f"已更改{chinese_date(plan.day)}")
        return redirect(f"/manage/calendar/?year={year}")

    def show(
        self, form: DayForm, *, year: int | None = None, opened: bool = False, status: int = 200, **extra: Any
    ) -> HttpResponse:
        today = clock.today()
        known = set(Holiday.objects.dates("day", "year").values_list("day__year", flat=True))
        years = range(min([FIRST_YEAR, *known]), today.year + 4)
        asked = year or number(self.request.GET.get("year")) or today.year
        year = asked if asked in years else today.year
        rows = {row.day: row for row in Holiday.objects.filter(day__year=year)}
        context = {
            "year": year,
            "years": [
                {"year": one, "current": one == year, "known": one in known}
                for one in years
                if abs(one - year) <= 3
            ],
            "months": [month(year, n, rows, today=today) for n in range(1, 13)],
            "marked": [
                {
                    "words": f"{chinese_date(row.day)} 星期{WEEKDAYS[row.day.weekday()]}",
                    "iso": row.day.isoformat(),
                    "kind": "休" if row.off else "班",
                    "tone": "red" if row.off else "blue",
                    "name": row.name,
                    "basis": row.basis,
                    "url": address(row.day) if row.day > today else "",
                }
                for row in rows.values()
            ],
            "missing": [one for one in (today.year, today.year + 1) if one not in known],
            "form": form,
            "opened": opened,
            "weekdays": WEEKDAYS,
        }
        return render(self.request, "registry/manage/calendar.html", context | extra, status=status)


class YearImport(KeptPage):
    """导入年度安排: a file or its rows as text; shown with what is wrong, and saved when nothing is and it is confirmed."""

    roles = (OFFICER, ADMIN)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(YearForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = YearForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, status=422)
        upload, basis = form.cleaned_data["file"], form.cleaned_data["basis"]
        try:
            # Nothing is kept of the file: its rows come back with the page as text.
            lines = (
                days.lines_in(upload.read(days.MAX_BYTES + 1))
                if upload
                else days.split(form.cleaned_data["rows"])
            )
            rows = days.read(lines)
        except Unreadable as error:
            form.add_error("file" if upload else "rows", str(error))
            return self.show(form, status=422)
        today = clock.today()
        shown, plans = judged(rows, today=today)
        form = YearForm({"basis": basis, "rows": days.as_text(rows)})
        form.is_valid()
        wrong = sum(bool(row["problem"]) for row in shown)
        if wrong or not plans:
            words = (
                f"有 {wrong} 行需要更正，没有写入任何内容" if wrong else "与现有日历相同，没有需要导入的日期"
            )
            form.add_error(None, words)
            return self.show(form, rows=shown, status=422)
        if "confirm" not in request.POST:
            return self.show(form, rows=shown, ready=len(plans), effect=effect(plans, today=today))
        done, status = tried(form, lambda: holidays.save(plans, basis=basis, by=self.user, at=clock.now()))
        if done is None:
            return self.show(form, rows=shown, status=status)
        messages.success(request, f"已导入 {len(done)} 天")
        return redirect(f"/manage/calendar/?year={plans[0].day.year}")

    def show(self, form: YearForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        return render(
            self.request, "registry/manage/calendar_import.html", {"form": form} | extra, status=status
        )


def judged(rows: Sequence[DayRow], *, today: date) -> tuple[list[dict[str, Any]], list[Plan]]:
    """The rows as shown, each with what is wrong or what comes of it, and the plans that change the table.

    A day that is over and stands as written is passed over: a year's plan is published whole.
    """
    plans = {row.day: Plan(row.day, row.off, row.name) for row in rows if row.day and not row.problem}
    changing = {plan.day for plan in holidays.changes(list(plans.values()))}
    shown = []
    for row in rows:
        words, outcome = row.problem, ""
        if not words and row.day is not None:
            plan = plans[row.day]
            weekend_off = plan.off is True and row.day.weekday() >= holidays.SATURDAY and not row.name
            if row.day not in changing or weekend_off:
                outcome = "周末，不必登记" if weekend_off else "已登记"
                plans.pop(row.day)
            else:
                words = holidays.problem(plan, today=today)
                outcome = "" if words else "新增或更改"
        shown.append({"line": row.line, "texts": row.texts, "problem": words, "outcome": outcome})
    return shown, sorted((plan for plan in plans.values()), key=lambda plan: plan.day)


def effect(plans: Sequence[Plan], *, today: date) -> dict[str, Any]:
    """Which open deadlines would be counted otherwise, for the page that asks to confirm."""
    return {
        "days": [
            {
                "words": f"{chinese_date(plan.day)} 星期{WEEKDAYS[plan.day.weekday()]}",
                "kind": {True: "休", False: "班", None: "按星期"}[plan.off],
                "name": plan.name,
            }
            for plan in plans
        ],
        "moved": [
            {
                "no": moved.case.no,
                "name": moved.case.unit.name if moved.case.unit else Case.kinds[moved.case.kind].LABEL,
                "url": moved.case.get_absolute_url(),
                "given": chinese_date(moved.given),
                "counted": chinese_date(moved.counted),
            }
            for moved in holidays.moved_by(plans, today=today)
        ],
    }


def month(year: int, n: int, rows: dict[date, Holiday], *, today: date) -> dict[str, Any]:
    """One month as weeks of cells: {n, mark, name, off, url, today}; empty cells outside the month."""
    weeks = [
        [_cell(day, rows.get(day), today=today) if day.month == n else {} for day in week]
        for week in Weeks().monthdatescalendar(year, n)
    ]
    return {"n": n, "weeks": weeks}


def address(day: date) -> str:
    return f"/manage/calendar/?day={day.isoformat()}#day"


def _cell(day: date, row: Holiday | None, *, today: date) -> dict[str, Any]:
    weekend = day.weekday() >= holidays.SATURDAY
    return {
        "n": day.day,
        "iso": day.isoformat(),
        "mark": "" if row is None else "休" if row.off else "班",
        "name": row.name if row else "",
        "off": row.off if row else weekend,
        "worked": row is not None and not row.off,
        "url": address(day) if day > today else "",
        "today": day == today,
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
