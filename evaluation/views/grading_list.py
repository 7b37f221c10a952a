"""分级评价任务 for evaluators, 分级评价 for bureau and districts: one list of gradings, each sees its own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from evaluation import rounds
from evaluation.models import Grading
from greenmfg import clock
from registry.models import EvaluatorAgency
from registry.roles import CHIEF, DISTRICT, EVALUATOR, OFFICER
from registry.views.case_lists import DUE, NAME, STATE, CaseList
from registry.views.cases import number
from registry.views.exports import Shown

ROUND = Shown(heading="批次", key="round__name", width=50)
POINTS = Shown(heading="得分", key="points", look="num", width=18)
BAND = Shown(heading="级别", key="band", width=40)
AGENCY = Shown(heading="评价机构", key="agency__name", width=50)
OWN = (NAME, ROUND, POINTS, STATE, DUE)


class GradingList(CaseList):
    """Gradings by state, soonest due first."""

    roles = (EVALUATOR, DISTRICT, OFFICER, CHIEF)
    model = Grading
    path = "/gradings/"
    shown: ClassVar[Any] = (NAME, ROUND, AGENCY, POINTS, BAND, STATE, DUE)
    columns = ("round__name", "agency__name", "score", "final_score", "case_ptr__grade__title")
    kept = ("tab", "sort", "late")
    tab_states: ClassVar[Any] = tuple(
        (str(value), str(label), (str(value),)) for value, label in Grading.State.choices
    )

    @property
    def is_mine(self) -> bool:
        """Does an agency look at its own, where the others look at those of many?"""
        return self.user.plays(EVALUATOR)

    @property
    def title(self) -> str:  # type: ignore[override]
        return "我的分级评价任务" if self.is_mine else "分级评价单位"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated and self.is_mine:
            self.shown = OWN  # type: ignore[misc]

    def filtered(self) -> QuerySet[Any]:
        rows, get = super().filtered(), self.request.GET
        if round := number(get.get("round")):
            rows = rows.filter(round=round)
        if get.get("agency") == "none":
            rows = rows.filter(agency=None)
        elif agency := number(get.get("agency")):
            rows = rows.filter(agency=agency)
        if get.get("late") == "yes":
            rows = rows.filter(Q(due_on__lt=clock.today()), closed_at__isnull=True)
        return rows

    def selects(self) -> list[dict[str, Any]]:
        among = rounds.seen_by(self.user).values_list("pk", "name")
        found = [*super().selects(), _select("round", "批次", among)]
        if self.user.plays(OFFICER, CHIEF):
            agencies = EvaluatorAgency.objects.order_by("name").values_list("pk", "name")
            found.append(_select("agency", "评价机构", [*agencies, ("none", "未指派")]))
        return [*found, _select("late", "时限", [("yes", "已逾期")])]

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        found = super().row(row, today=today, calendar=calendar)
        graded = row["state"] == "graded"
        # What is only concluded is between the agency and the bureau.
        concluded = row["score"] if row["state"] in Grading.FILED and not self.user.plays(DISTRICT) else None
        return found | {
            "points": row["final_score"] if graded else concluded,
            "band": (row["case_ptr__grade__title"] or "无相应级别") if graded else "",
            "agency__name": row["agency__name"] or "未指派",
        }

    def page(self) -> dict[str, Any]:
        mine = self.is_mine
        return super().page() | {
            "empty_title": "暂无分派给贵机构的任务" if mine else "没有分级评价",
            "empty_text": "市经济和信息化局指派后，在此列出" if mine else "单位纳入分级评价批次后，在此列出",
        }


def _select(name: str, label: str, options: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [{"value": str(value), "label": words} for value, words in options],
    }
