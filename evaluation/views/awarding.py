"""确认级别: the units of a round under the bands of the edition in force, confirmed many at once (Article 7)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property

from evaluation import rounds
from evaluation.models import Grading
from evaluation.views.rounds import RoundPage, pair_of
from greenmfg import clock
from greenmfg.rulebook import Edition
from registry import names
from registry.casework import new_op, perform_each
from registry.models import District
from registry.models.editions import edition_on
from registry.roles import OFFICER
from registry.views.site import filters, paged, select

PER_PAGE = 300  # a round's units on one page, as a rule; what is more comes on the next


class ConfirmGrades(RoundPage):
    """One column for each band and one for those without; POST confirms those that are ticked."""

    tab = "confirm"

    @cached_property
    def edition(self) -> Edition:
        return edition_on(clock.today())

    def filtered(self) -> QuerySet[Grading]:
        get = self.request.GET
        states = [get["state"]] if get.get("state") in Grading.FILED else sorted(Grading.FILED)
        rows = Grading.objects.visible_to(self.user).filter(round=self.round, state__in=states)
        if needle := get.get("q", "").strip():
            rows = rows.filter(unit__entity__search__contains=names.fold(needle))
        if district := get.get("district"):
            rows = rows.filter(district_id=district)
        related = rows.select_related("unit__entity", "district", "scheme")
        return related.order_by("state", "district__order", "unit__entity__folded", "pk")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.user.plays(OFFICER):
            raise PermissionDenied("您没有办理“确认级别”的权限（第七条）")
        seen = dict(pair for value in request.POST.getlist("case")[:PER_PAGE] if (pair := pair_of(value)))
        gradings = Grading.objects.visible_to(self.user).filter(round=self.round, pk__in=seen)
        cases = list(gradings.select_related("unit__entity").order_by("pk"))
        if not cases:
            return self.show(errors=[{"text": "请至少选择一家单位"}], status=422)
        op = request.POST.get("op", "")[:40] or new_op()
        now = clock.now()
        done, left = perform_each(
            [(case, seen[case.pk]) for case in cases], "award", by=self.user, at=now, op=op
        )
        called = {case.pk: case.unit.name for case in cases if case.unit}
        grades = {grade.case_id: str(grade) for grade in rounds.grades_of(done)}
        context = self.head() | {
            "done": [
                {"name": called[case.pk], "no": case.no, "url": case.get_absolute_url(),
                 "score": case.final_score, "grade": grades[case.pk]}
                for case in done
            ],
            "left": [
                {"name": called[out.case.pk], "no": out.case.no, "url": out.case.get_absolute_url(),
                 "why": rounds.why(out.refusal)}
                for out in left
            ],
        }  # fmt: skip
        return render(request, "evaluation/rounds/confirmed.html", context)

    def show(self, *, errors: Any = None, status: int = 200) -> HttpResponse:
        found, pager = paged(self.request, self.filtered(), size=PER_PAGE, measure="家")
        points = rounds.standpoints(found, edition=self.edition, on=clock.today())
        ticked = set(self.request.POST.getlist("case"))
        districts = District.objects.values_list("code", "short")
        states = [("concluded", "待确认"), ("graded", "已定级")]
        selects = [
            select(self.request, "district", "区", districts),
            select(self.request, "state", "办理", states),
        ]
        waiting = sum(1 for point in points if not point.graded)
        context = self.head() | {
            "edition": self.edition,
            "columns": self.columns(points, ticked),
            "waiting": waiting,
            "confirmed": len(points) - waiting,
            "pager": pager,
            "filters": filters(self.request, selects),
            "query": self.request.GET.urlencode(),
            "errors": errors,
            "op": new_op(),
        }
        return render(self.request, "evaluation/rounds/confirm.html", context, status=status)

    def columns(self, points: list[rounds.Standpoint], ticked: set[str]) -> list[dict[str, Any]]:
        """As many as the edition has bands, from low to high, and those without; each with its duties and cards."""
        bands = self.edition.bands
        bounds = [band.lower for band in bands]
        found = []
        for band, above in zip(bands, [*bounds[1:], None], strict=True):
            words = f"{band.lower} 分（含）以上" if above is None else f"{band.lower}（含）–{above} 分"
            words = words if band.lower else f"不足 {above} 分"
            found.append({"code": band.code, "title": band.title, "bounds": words, "duties": band.duties})
        words = "不符合绿色工厂评价要求" + (f"，或者不足 {bounds[0]} 分" if bounds[0] else "")
        found.append({"code": "", "title": "无相应级别", "bounds": words, "duties": ""})
        known = {column["code"] for column in found}
        for column in found:
            column["cards"] = [_card(p, ticked) for p in points if p.band == column["code"]]
        if others := [_card(p, ticked) for p in points if p.band not in known]:
            words = {"title": "按其他版本定级", "bounds": "级别不在现行版本之列", "duties": ""}
            found.append({"code": "other", "cards": others, **words})
        return found


def _card(point: rounds.Standpoint, ticked: set[str]) -> dict[str, Any]:
    case, before = point.case, point.before
    value = f"{case.pk}:{case.version}"
    return {
        "name": case.unit.name if case.unit else case.no,
        "no": case.no,
        "url": case.get_absolute_url(),
        "district": case.district.short if case.district else "待定区",
        "score": point.score,
        "graded": point.graded,
        "title": point.title if point.graded else "",
        "move": {"label": point.move.label, "icon": point.move.icon, "tone": point.move.tone},
        "before": f"{before.year} 年度{before}" if before else "",
        "gap": point.gap,
        "revised": len(case.revised),
        "value": value,
        "ticked": value in ticked,
    }


__all__ = ["ConfirmGrades"]
