"""委托评价: the officer sends an application to a third party (Article 3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from evaluation.forms import agencies
from evaluation.models import Evaluation, SchemeVersion, schemes_on, standing_aside
from greenmfg import clock, periods
from registry.acts import Act, NotNow
from registry.forms import ActForm
from registry.models import Case, EvaluatorAgency, PoolApplication, Setting
from registry.models.editions import edition_on
from registry.roles import OFFICER
from registry.views import checks, present
from registry.views.cases import OpenView, number


class NewEvaluation(OpenView):
    """From the review page of the application, which the address names (?case=)."""

    roles = (OFFICER,)
    model = Evaluation
    act = "commission"
    template_name = "evaluation/new.html"

    @cached_property
    def target(self) -> PoolApplication:
        seen = PoolApplication.objects.visible_to(self.user)
        related = seen.select_related("unit__entity", "unit__district", "district", "batch")
        found: PoolApplication = get_object_or_404(related, no=self.request.GET.get("case", ""))
        return found

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return self.astray() or self.too_late() or super().get(request, act, **kwargs)

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return self.astray() or super().post(request, act, **kwargs)

    def astray(self) -> HttpResponse | None:
        if self.request.GET.get("case"):
            return None
        messages.info(self.request, "请先打开一件待市级审核的申请，再选“转第三方复核”")
        return redirect("/applications/?tab=examining")

    def too_late(self) -> HttpResponse | None:
        if self.target.could("recheck"):
            return None
        case, row = self.start(self.act)
        words = f"{self.target.no} 现为“{self.target.state_label}”，不能委托第三方评价"
        return self.refuse(case, row, None, NotNow(words, case=case))

    def new_case(self) -> Evaluation:
        """With the agency that was chosen, for the rule asks whether it must step aside."""
        asked = number(self.request.POST.get("agency"))
        agency = EvaluatorAgency.objects.filter(pk=asked).first() if asked else None
        return Evaluation(target=self.target, unit=self.target.unit, agency=agency, scheme=self.scheme)

    @cached_property
    def schemes(self) -> list[SchemeVersion]:
        """Those in force for this category; the one that the applicant answered, else the latest, in front."""
        rows = schemes_on(clock.today(), category=self.target.category)
        return sorted(rows, key=lambda row: row.code != self.target.self_sheet.get("scheme"))

    @property
    def scheme(self) -> SchemeVersion | None:
        """The one chosen, else the first; none where none is in force: the score is typed then."""
        asked = self.request.POST.get("scheme", "")
        return next((row for row in self.schemes if row.code == asked), next(iter(self.schemes), None))

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        """What is in doubt about the material is what a third party is asked to look at. Never the bureau's score."""
        today = clock.today()
        points = checks.points(self.target, today=today, edition=edition_on(today), bars=self.target.bars())
        doubts = [p["text"] for p in points if not p["ok"] and p["article"] in {5, 6}]
        lines = [f"{n}. {text}" for n, text in enumerate(doubts, start=1)]
        return {"task": "\n".join(["请对照国家相关评价要求，复核申报材料和数据。", *lines])}

    def page(self, case: Any, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        rows = agencies()
        apart = standing_aside(rows, unit=self.target.unit_id, case=self.target, at=clock.now())
        chosen = number(self.request.POST.get("agency"))
        choices = []
        for agency in rows:
            against = apart.get(agency.pk, [])
            words = [finding.message for finding in against]
            note = "；".join(words) if words else f"在办 {agency.tasks} 件"
            choices.append(
                {
                    "value": agency.pk,
                    "label": agency.name,
                    "note": note if against or agency.people else "尚无评价人员账号，不能委托",
                    "article": against[0].article if against else None,
                    "disabled": any(finding.binding for finding in against) or not agency.people,
                    "checked": agency.pk == chosen,
                }
            )
        return super().page(case, row, form) | {
            "choices": choices,
            "schemes": self.schemes,
            "scheme": self.scheme,
            "choosable": any(not choice["disabled"] for choice in choices),
            "target": self.target,
            "target_tag": present.tag(self.target),
            "back": f"{self.target.get_absolute_url()}review/",
        }

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        today = clock.today()
        days = Setting.number("recheck_days", on=today)
        due = periods.add_working_days(today, days, calendar=self.calendar).on
        return [
            {"label": "评价期限", "value": f"{periods.chinese_date(due)}前提交结论（{days} 个工作日）"},
            {
                "label": "入库申请",
                "value": f"{self.target.no} 转为“第三方复核中”，该机构在复核期间可见申请和材料",
            },
            {"label": "将通知", "value": "第三方评价人员、企业经办、区级经办"},
        ]
