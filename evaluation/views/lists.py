"""我的评价任务 for evaluators, 第三方评价 for the bureau: one list, each sees its own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from evaluation.models import Evaluation
from greenmfg.rulebook import Category
from registry import names
from registry.models import EvaluatorAgency
from registry.roles import CHIEF, EVALUATOR, OFFICER
from registry.views.case_lists import CaseList


class EvaluationList(CaseList):
    """Evaluations by state, soonest due first."""

    roles = (EVALUATOR, OFFICER, CHIEF)
    model = Evaluation
    template_name = "evaluation/list.html"
    path = "/eval/"
    columns = ("agency__name", "target__no", "score", "meets_requirements")
    tab_states: ClassVar[Any] = (
        ("assigned", "待评价", ("assigned",)),
        ("scoring", "评价中", ("scoring",)),
        ("concluded", "已提交", ("concluded",)),
        ("closed", "已完结", ("confirmed", "recused", "void")),
    )

    @property
    def is_mine(self) -> bool:
        """Does an agency look at its own, where the bureau looks at those of all?"""
        return self.user.plays(EVALUATOR)

    @property
    def title(self) -> str:  # type: ignore[override]
        return "我的评价任务" if self.is_mine else "第三方评价"

    def filtered(self) -> QuerySet[Any]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            unit = Q(unit__entity__search__contains=names.fold(needle))
            rows = rows.filter(Q(no__iexact=needle) | Q(target__no__iexact=needle) | unit)
        if district := get.get("district"):
            rows = rows.filter(district_id=district)
        agency = get.get("agency", "")
        return rows.filter(agency_id=int(agency)) if agency.isdecimal() and len(agency) < 10 else rows

    def selects(self) -> list[dict[str, Any]]:
        if self.is_mine:
            return super().selects()
        agencies = EvaluatorAgency.objects.order_by("name").values_list("pk", "name")
        options = [{"value": str(pk), "label": name} for pk, name in agencies]
        return [*super().selects(), {"name": "agency", "label": "评价机构", "options": options}]

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        filed = row["state"] in Evaluation.FILED
        verdict = Evaluation.VERDICTS.get(row["meets_requirements"], "")
        second = (
            ("类型", Category(row["unit__category"]).label)
            if self.is_mine
            else ("评价机构", row["agency__name"])
        )
        return super().row(row, today=today, calendar=calendar) | {
            "score": row["score"] if filed else None,
            "verdict": verdict if filed else "",
            "second_label": second[0],
            "second": second[1],
        }

    def page(self) -> dict[str, Any]:
        mine = self.is_mine
        return super().page() | {
            "row_template": "evaluation/row.html",
            "mine": mine,
            "empty_title": "暂无分派给贵机构的任务" if mine else "没有第三方评价",
            "empty_text": "市经济和信息化局委托评价后，在此列出"
            if mine
            else "在入库申请的审核页选“转第三方复核”，即可委托评价机构",
        }
