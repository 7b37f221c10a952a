"""我的评价任务 for evaluators, 第三方评价 for the bureau: one list, each sees its own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from evaluation.models import Evaluation
from greenmfg.rulebook import Category
from registry import names
from registry.models import EvaluatorAgency
from registry.roles import CHIEF, EVALUATOR, OFFICER
from registry.views.case_lists import DUE, NAME, STATE, CaseList
from registry.views.exports import Shown

WHAT = Shown(
    heading="单位 / 编号", look="main", sort="no", parts=(*NAME.parts, ("所评申请", "target__no", 34))
)
CONCLUSION = Shown(
    heading="评价结论",
    key="concluded",
    parts=(("综合得分", "score", 20), ("是否符合评价要求", "verdict", 30)),
)
GIVEN_ON = Shown(heading="委托日期", key="opened", sort="opened_at", parts=(("委托日期", "opened_day", 30),))
# An agency knows who it is, and wants to know what kind of unit it is given.
OWN = (WHAT, Shown(heading="类型", key="category", width=34), CONCLUSION, STATE, DUE, GIVEN_ON)


class EvaluationList(CaseList):
    """Evaluations by state, soonest due first."""

    roles = (EVALUATOR, OFFICER, CHIEF)
    model = Evaluation
    path = "/eval/"
    shown: ClassVar[Any] = (
        WHAT,
        Shown(heading="评价机构", key="agency__name", width=50),
        CONCLUSION,
        STATE,
        DUE,
        GIVEN_ON,
    )
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

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated and self.is_mine:
            self.shown = OWN  # type: ignore[misc]

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
        found = super().row(row, today=today, calendar=calendar)
        return found | {
            "sub": f"{found['sub']} · 申请 {row['target__no']}",
            "score": row["score"] if filed else None,
            "verdict": verdict if filed else "",
            "concluded": " ".join(str(part) for part in (row["score"], verdict) if part) if filed else "",
            "category": Category(row["unit__category"]).label,
        }

    def page(self) -> dict[str, Any]:
        mine = self.is_mine
        return super().page() | {
            "mine": mine,
            "empty_title": "暂无分派给贵机构的任务" if mine else "没有第三方评价",
            "empty_text": "市经济和信息化局委托评价后，在此列出"
            if mine
            else "在入库申请的审核页选“转第三方复核”，即可委托评价机构",
        }
