"""纳入单位: which factories are still outside of a round, the proposal who evaluates whom, and what came of it."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property

from evaluation import rounds
from evaluation.forms import agencies
from evaluation.views.rounds import RoundPage, pair_of
from greenmfg import clock
from registry import names
from registry.casework import new_op
from registry.models import District, EvaluatorAgency, Unit
from registry.models.editions import edition_on
from registry.roles import OFFICER
from registry.views.cases import number
from registry.views.site import filters, paged, select

PER_PAGE = 50
AT_ONCE = 200  # units that are taken in with one step, so that it does not outlast a request
AUTOMATIC, NONE = "auto", "none"


class Including(RoundPage):
    """What looking at the units and taking them in share: the filters of the address."""

    tab = "units"

    def filtered(self) -> QuerySet[Unit]:
        get, rows = self.request.GET, rounds.to_include(self.round)
        if needle := get.get("q", "").strip():
            rows = rows.filter(entity__search__contains=names.fold(needle))
        if district := get.get("district"):
            rows = rows.filter(district=None) if district == "none" else rows.filter(district_id=district)
        if last := get.get("last"):
            if last == "first":
                rows = rows.filter(last_year__isnull=True)
            else:
                rows = rows.filter(last_year__isnull=False, last_band="" if last == NONE else last)
        order = F("district__order").asc(nulls_first=True)
        return rows.select_related("entity", "district").order_by(order, "entity__folded", "site", "pk")

    @cached_property
    def agencies(self) -> list[EvaluatorAgency]:
        """Those that can be given work: with people here, and not suspended."""
        return [one for one in agencies() if one.people and not one.suspended_because]

    def show_units(self, *, errors: Any = None, status: int = 200) -> HttpResponse:
        rows, pager = paged(self.request, self.filtered(), size=PER_PAGE, measure="家")
        bands = [(band.code, band.name) for band in edition_on(clock.today()).bands]
        selects = [
            select(
                self.request,
                "district",
                "区",
                [*District.objects.values_list("code", "short"), (NONE, "待定区")],
            ),
            select(self.request, "last", "上次级别", [*bands, (NONE, "无相应级别"), ("first", "未评过")]),
        ]
        ticked = set(self.request.POST.getlist("unit"))
        context = self.head() | {
            "rows": [_row(unit, ticked=ticked) for unit in rows],
            "pager": pager,
            "filters": filters(self.request, selects),
            "agencies": self.agencies,
            "agency": self.request.POST.get("agency", AUTOMATIC),
            "query": self.request.GET.urlencode(),
            "errors": errors,
            "at_once": AT_ONCE,
        }
        return render(self.request, "evaluation/rounds/units.html", context, status=status)


class RoundUnits(Including):
    """Those on the national list that are not in this round."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show_units()


class IncludeUnits(Including):
    """POST with units proposes who evaluates whom; POST with the proposal does it, and tells what came of it."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(f"{self.round.get_absolute_url()}units/")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.round.ended_at and not request.POST.get("op"):
            return self.show_units(errors=[{"text": f"{self.round}已结束，不能再纳入单位"}], status=409)
        return self.carry_out() if request.POST.get("op") else self.propose()

    def propose(self) -> HttpResponse:
        post = self.request.POST
        rows = self.filtered().filter(busy=False)
        if not post.get("all"):
            rows = rows.filter(pk__in=[number(key) for key in post.getlist("unit")])
        units = list(rows[: AT_ONCE + 1])
        if not units:
            words = "没有可以纳入的单位" if post.get("all") else "请至少选择一家单位"
            return self.show_units(errors=[{"text": words}], status=422)
        asked = post.get("agency", "")
        chosen = next((one for one in self.agencies if str(one.pk) == asked), None)
        if chosen is None and asked != AUTOMATIC:
            words = "请从所列评价机构中选择，或者选自动分配"
            return self.show_units(errors=[{"text": words, "url": "#id_agency"}], status=422)
        proposal = rounds.propose(units[:AT_ONCE], self.agencies, agency=chosen, at=clock.now())
        return self.show_proposal(proposal, more=len(units) > AT_ONCE)

    def show_proposal(self, proposal: rounds.Proposal, *, more: bool) -> HttpResponse:
        against = sum(1 for row in proposal.rows if row.agency and row.agency.pk in row.aside)
        context = self.head() | {
            "rows": [self.proposed(row) for row in proposal.rows],
            "loads": [{"name": one.name, "now": now, "then": then} for one, now, then in proposal.loads],
            "without": sum(1 for row in proposal.rows if row.agency is None),
            "against_words": f"其中 {against} 家所选的评价机构应当回避或者达到上限，请更换机构或者写明理由"
            if against
            else "",
            "more_words": f"一次最多纳入 {AT_ONCE} 家，以下为前 {AT_ONCE} 家，其余的办理后再选"
            if more
            else "",
            "op": new_op(),
            "back": f"{self.round.get_absolute_url()}units/?{self.request.GET.urlencode()}",
        }
        return render(self.request, "evaluation/rounds/proposal.html", context)

    def proposed(self, row: rounds.Proposed) -> dict[str, Any]:
        key = row.unit.pk
        against = row.aside.get(row.agency.pk, []) if row.agency else []
        options = [
            {
                "value": f"{key}:{one.pk}",
                "label": f"{one.name}（有回避或者上限情形）" if one.pk in row.aside else one.name,
                "selected": one == row.agency,
            }
            for one in self.agencies
        ]
        none = {"value": f"{key}:", "label": "请选择评价机构", "selected": row.agency is None}
        return {
            **_row(row.unit),
            "options": [none, *options, {"value": "", "label": "不纳入本批次", "selected": False}],
            "against": [finding.message for finding in against],
        }

    def carry_out(self) -> HttpResponse:
        post = self.request.POST
        wanted = dict(pair for value in post.getlist("assign")[:AT_ONCE] if (pair := pair_of(value)))
        units = Unit.objects.visible_to(self.user).filter(pk__in=wanted).select_related("entity", "district")
        by_key = {one.pk: one for one in EvaluatorAgency.objects.filter(pk__in=wanted.values())}
        pairs = [
            (unit, by_key.get(wanted[unit.pk]))
            for unit in units.order_by("district__order", "entity__folded", "pk")
        ]
        if not pairs:
            return self.show_units(errors=[{"text": "请至少选择一家单位"}], status=422)
        done, left = rounds.include_each(
            self.round,
            pairs,
            by=self.user,
            at=clock.now(),
            op=post["op"][:40],
            reason=post.get("reason", "").strip()[:2000],
        )
        context = self.head() | {
            "done": [
                {"name": case.unit.name, "no": case.no, "url": case.get_absolute_url(), "agency": case.agency}
                for case in done
                if case.unit
            ],
            "left": [{"name": unit.name, "url": f"/units/{unit.pk}/", "why": why} for unit, why in left],
            "back": f"{self.round.get_absolute_url()}units/",
        }
        return render(self.request, "evaluation/rounds/included.html", context)


def _row(unit: Any, *, ticked: set[str] | None = None) -> dict[str, Any]:
    """One unit of the list or of the proposal."""
    last = f"{unit.last_title or '无相应级别'}（{unit.last_year} 年度）" if unit.last_year else "未评过"
    return {
        "pk": unit.pk,
        "name": unit.name,
        "url": f"/units/{unit.pk}/",
        "district": unit.district.short if unit.district else "待定区",
        "last": last,
        "busy": unit.busy,
        "ticked": str(unit.pk) in (ticked or ()),
    }


__all__ = ["IncludeUnits", "RoundUnits"]
