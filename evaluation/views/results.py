"""分级评价结果: what its grade means to a unit, explained to its own people and to nobody else (Articles 7, 8)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from evaluation import results
from evaluation.models import Evaluation, Grading
from greenmfg import clock
from greenmfg.periods import chinese_date
from registry.models import Grade, Holiday, PoolApplication, Setting, Unit, User
from registry.models.editions import edition_called, edition_on
from registry.roles import UNIT
from registry.views import drawing, present
from registry.views.cases import RoleRequired, number
from registry.views.checks import ruler_at
from registry.views.figures import bands
from registry.views.onward import Link

STEP = 5  # points of one class of a distribution


class MyGrades(RoleRequired, View):
    """分级评价 of one's factories: a list where there are several, else straight to the one."""

    roles = (UNIT,)

    def get(self, request: HttpRequest) -> HttpResponse:
        units = list(results.factories_of(self.user))
        if len(units) == 1:
            return redirect(f"/my/grade/{units[0].pk}/")
        latest = Grade.objects.filter(unit__in=units).order_by("unit", "-decided_on", "-pk").distinct("unit")
        grades = {grade.unit_id: grade for grade in latest}
        rows = [{"unit": unit, "grade": grades.get(unit.pk)} for unit in units]
        context = {"rows": rows, "edition": edition_on(clock.today())}
        return render(request, "evaluation/results/units.html", context)


class MyGrade(RoleRequired, View):
    """One factory: the result of a year explained, the way to the next grade, five years, and its place among its like."""

    roles = (UNIT,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        unit = get_object_or_404(results.factories_of(self.user), pk=pk)
        grades = list(unit.grades.all())
        wanted = request.GET.get("year", "")
        grade = next((g for g in grades if not wanted or g.year == number(wanted)), None)
        if grade is None and wanted:
            raise Http404(wanted)
        context = {
            "unit": unit,
            "running": running(unit),
            "edition": edition_on(clock.today()),
            "checks": [
                {"url": address(one), "no": one.target.no, "score": one.final_score}
                for one in results.checks_of(self.user, unit=unit)
            ],
            "printed": chinese_date(clock.today()),
        }
        if grade is not None:
            grade.unit = unit
            context |= shown(grade, among=grades)
        return render(request, "evaluation/results/grade.html", context)


class ApplicationScore(RoleRequired, View):
    """The confirmed check of an own application, explained once the application is decided on (Article 8)."""

    roles = (UNIT,)

    def refuse_role(self) -> None:
        raise Http404(self.request.path)

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = results.checks_of(self.user, target__no=no).first()
        if case is None:
            raise Http404(no)
        assert case.closed_at is not None
        edition = edition_on(case.closed_at.astimezone(clock.BEIJING).date())
        context = {"case": case, "unit": case.unit, "printed": chinese_date(clock.today())}
        return render(request, "evaluation/results/application.html", context | of_case(case, edition))


def shown(grade: Grade, *, among: list[Grade]) -> dict[str, Any]:
    """What the page of a unit shows of one of its grades."""
    case = Grading.objects.select_related("scheme", "agency").get(pk=grade.case_id)
    edition = edition_called(grade.edition)
    least = Setting.number("distribution_least", on=clock.today())
    five = results.years(grade.unit, until=max(one.year for one in among))
    years = sorted({one.year for one in among}, reverse=True)
    return of_case(case, edition) | {
        "grade": grade,
        "band": grade.as_band(),
        "edition": edition,
        "decided": chinese_date(grade.decided_on),
        "years": [
            {"label": f"{year} 年", "url": f"?year={year}", "current": year == grade.year} for year in years
        ]
        if len(years) > 1
        else [],
        "five": [{"year": year, "grade": one} for year, one in five],
        "line": drawing.trend([(year, one and float(one.score)) for year, one in five], bands(edition)),
        "groups": [
            {
                "group": group,
                "hist": drawing.histogram(
                    [float(points) for points in group.scores],
                    bands(edition),
                    start=max(0, min(45, int(group.scores[0] // STEP) * STEP)),
                    step=STEP,
                    mine=float(grade.score),
                )
                if group.scores
                else None,
            }
            for group in results.distribution(grade, least=least)
        ],
    }


def of_case(case: Grading | Evaluation, edition: Any) -> dict[str, Any]:
    """What a confirmed case explains: its lines, the ruler, the way to the next grade. Without a scheme only the ruler."""
    assert case.unit is not None
    lines = list(case.score_lines.all())
    found: dict[str, Any] = {"case": case, "lines": results.explained(lines) if lines else None}
    if case.final_score is not None and case.is_scored:
        found["ruler"] = ruler_at(
            case.final_score, meets_requirements=bool(case.final_meets), edition=edition
        )
    if lines and case.unit.category == "green_factory":
        found["ahead"] = results.ahead(results.stored(case, lines), edition)
    return found


def running(unit: Unit) -> dict[str, Any]:
    """The grading of this unit that is under way: where it is, and until when; empty if there is none."""
    case = Grading.objects.filter(unit=unit, closed_at__isnull=True).select_related("round").first()
    if case is None:
        return {}
    today = clock.today()
    due = present.due(case.due_on, today=today, calendar=Holiday.calendar_around(today))
    return {"case": case, "tag": present.tag(case), "url": case.get_absolute_url(), **due}


def address(case: Evaluation) -> str:
    """Where its unit reads the check of an application."""
    return f"/applications/{case.target.no}/score/"


def links(case: PoolApplication, user: User) -> list[Link]:
    """得分说明 on the page of an application that was decided on, for its own people."""
    found = results.checks_of(user, target=case.pk).first()
    return [Link("得分说明", address(found))] if found else []
