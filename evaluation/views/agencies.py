"""第三方评价机构: the register for the bureau with load and figures, and 本机构 for an agency's own people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from evaluation import agencies
from evaluation.agencies import Gap, Tally, tallies, together
from evaluation.forms import AgencyForm, SuspensionForm
from evaluation.models import projects
from greenmfg import clock
from registry import names
from registry.models import Case, EvaluatorAgency, Setting
from registry.models.log import values
from registry.roles import CHIEF, EVALUATOR, OFFICER
from registry.views import present
from registry.views.cases import RoleRequired
from registry.views.exports import ExportingRows, Shown
from registry.views.site import filters, paged, select
from registry.views.upkeep import history, tried
from registry.views.wordings import mark

PER_PAGE = 50
CASES = 50  # of one agency, the latest ones
LABELS = {f.name: str(f.verbose_name) for f in EvaluatorAgency._meta.concrete_fields}
BUREAU = (OFFICER, CHIEF)
STATES = {"open": "可委托", "suspended": "暂停委托"}


def cap_of_today() -> int | None:
    """How many projects one legal representative may take in a year; None as long as the cap is off."""
    today = clock.today()
    on = Setting.number("agency_cap_on", on=today)
    return Setting.number("agency_cap", on=today) if on else None


def cap_words(taken: int, cap: int | None) -> str:
    return f"{taken} 项（上限未启用）" if cap is None else f"{taken} / {cap} 项"


def rate_words(tally: Tally) -> str:
    if tally.return_rate is None:
        return "—"
    return f"{tally.return_rate}%（{tally.returned} / {tally.concluded}）"


def gap_words(gap: Gap) -> str:
    if gap.mean is None:
        return "—"
    return f"平均差 {_signed(gap.mean)}，平均绝对差 {gap.mean_size}（{gap.n} 件）"


def _signed(number: Decimal) -> str:
    return f"{number:+.2f}".replace("-", "−") if number else "0.00"


def figures(tally: Tally) -> dict[str, Any]:
    """A tally in words."""
    return {
        "projects": tally.projects,
        "open": tally.open,
        "concluded": tally.concluded,
        "rate": rate_words(tally),
        "own_gap": gap_words(tally.own),
        "final_gap": gap_words(tally.final),
    }


class AgencyList(ExportingRows, RoleRequired, View):
    """评价机构: who they are, how much they have in hand, how their scores stood."""

    roles = BUREAU
    title = "第三方评价机构"
    measure = "家"
    shown = (
        Shown(
            heading="机构",
            parts=(("机构", "name", 50), ("统一社会信用代码", "code", 40), ("委托状态", "state", 18)),
        ),
        Shown(heading="法定代表人", key="representative", width=20),
        Shown(heading="账号", key="people", width=12),
        Shown(heading="在办任务", key="open", width=14),
        Shown(heading="本年度项目", key="projects", width=16),
        Shown(heading="同一法定代表人本年度项目", key="load", width=30),
        Shown(heading="退回率", key="rate", width=24),
        Shown(heading="评价得分与自评得分之差", key="own_gap", width=44),
        Shown(heading="确认得分与评价得分之差", key="final_gap", width=44),
    )

    def filtered(self) -> QuerySet[EvaluatorAgency]:
        people = Count("user", filter=Q(user__role=EVALUATOR.code, user__is_active=True))
        rows = EvaluatorAgency.objects.annotate(people=people).order_by("name", "pk")
        if needle := self.request.GET.get("q", "").strip():
            found = Q(name__icontains=needle) | Q(legal_representative__icontains=needle)
            rows = rows.filter(found | Q(credit_code__contains=names.clean_code(needle)))
        state = self.request.GET.get("state", "")
        if state in STATES:
            rows = (
                rows.exclude(suspended_because="")
                if state == "suspended"
                else rows.filter(suspended_because="")
            )
        return rows

    def selects(self) -> list[dict[str, Any]]:
        return [select(self.request, "state", "委托状态", STATES.items())]

    def rows(self, listed: Sequence[Any]) -> list[Mapping[str, Any]]:
        """These agencies with their figures. The number of queries does not grow with them."""
        year = clock.today().year
        done, load, cap = tallies(listed), projects(listed, year=year), cap_of_today()
        return [
            {
                "url": f"/agencies/{one.pk}/",
                "name": one.name,
                "code": one.credit_code or "未登记代码",
                "representative": one.legal_representative or "未登记",
                "people": one.people,
                "suspended": bool(one.suspended_because),
                "state": STATES["suspended" if one.suspended_because else "open"],
                **figures(together(done[one.pk])),
                "projects": done[one.pk].get(year, Tally()).projects,
                "load": cap_words(load.get(one.pk, 0), cap),
            }
            for one in listed
        ]

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        rows = self.filtered()
        count = rows.count()
        return count, self.rows(list(rows)) if count <= most else []

    def show(self, *, status: int = 200) -> HttpResponse:
        listed, pager = paged(self.request, self.filtered(), size=PER_PAGE, measure=self.measure)
        context = {
            "heads": [one.heading for one in self.shown],
            "rows": self.rows(listed),
            "pager": pager,
            "filters": filters(self.request, self.selects()),
            "exports": self.exports() if listed else [],
            "may_write": self.user.plays(OFFICER),
        }
        return render(self.request, "evaluation/agencies/list.html", context, status=status)


class AgencyShown(RoleRequired, View):
    """What the page of an agency shows to the bureau, and to its own people of themselves."""

    def shown(self, agency: EvaluatorAgency) -> dict[str, Any]:
        years = tallies([agency])[agency.pk]
        cases = Case.objects.visible_to(self.user).filter(kind__in=agencies.KINDS, agency=agency)
        load = projects([agency], year=clock.today().year).get(agency.pk, 0)
        return {
            "agency": agency,
            "facts": [
                {"label": "统一社会信用代码", "value": agency.credit_code},
                *(
                    [{"label": LABELS["code_evidence"], "value": agency.code_evidence}]
                    if agency.code_evidence
                    else []
                ),
                {"label": "法定代表人", "value": agency.legal_representative},
                {"label": "联系人", "value": agency.contact},
                {"label": "联系电话", "value": agency.phone},
                {"label": "同一法定代表人本年度项目", "value": cap_words(load, cap_of_today())},
            ],
            "people": agency.user_set.filter(role=EVALUATOR.code).order_by("-is_active", "pk"),
            "years": [{"year": f"{year}年", **figures(years[year])} for year in sorted(years, reverse=True)],
            "all": figures(together(years)),
            "cases": [
                {
                    "no": case.no,
                    "url": case.get_absolute_url(),
                    "label": Case.kinds[case.kind].LABEL,
                    "unit": case.unit.name if case.unit else "",
                    "opened": present.moment(case.opened_at),
                    "tag": present.tag(case),
                }
                for case in cases.select_related("unit__entity").order_by("-pk")[:CASES]
            ],
            "most": CASES,
        }


class AgencyPage(AgencyShown):
    """One agency for the bureau. POST suspends it, or takes the suspension back."""

    roles = BUREAU

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.agency(pk), SuspensionForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.user.plays(OFFICER):
            self.refuse_role()
        agency, now = self.agency(pk), clock.now()
        resuming = "resume" in request.POST
        form = SuspensionForm({"reason": "恢复委托"} if resuming else request.POST)
        if not form.is_valid():
            return self.show(agency, form, status=422)
        reason = form.cleaned_data["reason"]
        done, status = tried(
            form,
            lambda: (
                agencies.resume(agency, by=self.user, at=now)
                if resuming
                else agencies.suspend(agency, reason, by=self.user, at=now)
            ),
        )
        if done is None:
            return self.show(self.agency(pk), form, status=status)
        messages.success(request, f"已{'恢复' if resuming else '暂停'}委托{done.name}")
        return redirect(f"/agencies/{done.pk}/")

    def agency(self, pk: int) -> EvaluatorAgency:
        return get_object_or_404(EvaluatorAgency, pk=pk)

    def show(self, agency: EvaluatorAgency, form: SuspensionForm, *, status: int = 200) -> HttpResponse:
        context = self.shown(agency) | {
            "bureau": True,
            "form": form,
            "may_write": self.user.plays(OFFICER),
            "history": history(agencies.LEDGER, str(agency.pk), labels=LABELS),
        }
        return render(self.request, "evaluation/agencies/agency.html", context, status=status)


class OwnAgency(AgencyShown):
    """本机构: its people, its tasks and its own figures; nothing of others."""

    roles = (EVALUATOR,)

    def get(self, request: HttpRequest) -> HttpResponse:
        agency = self.user.agency
        if agency is None:
            raise PermissionDenied("您的账号未关联评价机构")
        context = self.shown(agency) | {"bureau": False, "may_write": False}
        return render(request, "evaluation/agencies/agency.html", context)


class AgencyEditor(RoleRequired, View):
    """登记 or 修改 an agency."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        agency = self.agency(pk)
        return self.show(agency, AgencyForm(instance=agency))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        stood = self.agency(pk)
        before = values(stood) if pk else {}
        form = AgencyForm(request.POST, instance=self.agency(pk))
        if not form.is_valid():
            return self.show(stood, form, status=422)
        # What stood there when the form was opened, by its mark; else somebody else's words would be lost.
        seen = before if request.POST.get("seen", "") == mark(before) else {"": None}
        done, status = tried(
            form,
            lambda: agencies.write(stood, form.cleaned_data, seen=seen, by=self.user, at=clock.now()),
        )
        if done is None:
            return self.show(stood, form, status=status)
        messages.success(request, f"已保存{done.name}的信息")
        return redirect(f"/agencies/{done.pk}/")

    def agency(self, pk: int | None) -> EvaluatorAgency:
        return get_object_or_404(EvaluatorAgency, pk=pk) if pk else EvaluatorAgency()

    def show(self, agency: EvaluatorAgency, form: AgencyForm, *, status: int = 200) -> HttpResponse:
        context = {
            "agency": agency,
            "form": form,
            "seen": self.request.POST.get("seen") or mark(values(agency) if agency.pk else {}),
            "back": f"/agencies/{agency.pk}/" if agency.pk else "/agencies/",
        }
        return render(self.request, "evaluation/agencies/edit.html", context, status=status)
