"""第三方评价: an agency checks what a unit says of itself, on the bureau's commission (Articles 3, 7, 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from evaluation.models.independence import standing_aside
from evaluation.models.sheets import Scored, points_within
from greenmfg.rulebook import Finding
from registry.acts import BEGIN, Desk, Then, act
from registry.models import Case, PoolApplication
from registry.roles import CHIEF, EVALUATOR, OFFICER


class Evaluation(Scored):
    """委托评价. Its agency sees the case that it checks for as long as it checks it, and nothing else."""

    KIND = "evaluation"
    LABEL = "第三方评价"
    PREFIX = "PJ"
    RANK = 25
    EDITABLE = frozenset({"scoring"})
    CLOSED = frozenset({"recused", "confirmed", "void"})
    SEEN_BY = (EVALUATOR, OFFICER, CHIEF)
    URL = "eval"
    FILED = frozenset({"concluded", "confirmed"})

    class State(models.TextChoices):
        ASSIGNED = "assigned", "待评价"
        RECUSED = "recused", "已回避"
        SCORING = "scoring", "评价中"
        CONCLUDED = "concluded", "已提交结论"
        CONFIRMED = "confirmed", "已确认"
        VOID = "void", "作废"

    TONES = {
        "assigned": "blue",
        "recused": "orange",
        "scoring": "blue",
        "concluded": "violet",
        "confirmed": "green",
    }

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    target = models.ForeignKey(Case, models.PROTECT, related_name="evaluations", verbose_name="所评事项")
    task = models.TextField("委托内容", max_length=2000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "第三方评价"
        constraints = points_within("evaluation_score_within_0_100")

    # fmt: off
    @act("委托评价", article=3, source=BEGIN, target="assigned", by=OFFICER, tells=[EVALUATOR], due="recheck_days")
    def commission(self, *, by: Any, at: datetime, task: str = "", **data: Any) -> list[Then]:
        self.task = task
        self.unit_id, self.district_id = self.target.unit_id, self.target.district_id
        self._take_own()
        return [Then(self.target, "recheck", agency_id=self.agency_id, reason="")]

    # What the two sides write to each other stays on the evaluation: the application goes back without a reason.
    @act("回避", article=3, source=["assigned", "scoring"], target="recused", by=EVALUATOR,
         tells=[OFFICER], desk=Desk.NEVER, needs_reason=True)
    def recuse(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck", reason="")]

    @act("确认", article=8, source="concluded", target="confirmed", by=OFFICER, tells=[EVALUATOR])
    def confirm(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        self.settle()
        # Two events: everybody concerned sees that the application has come back, the bureau alone with which score.
        words = {"score": self.final_score, "meets_requirements": bool(self.final_meets)}
        taken = Then(self.target, "take_score", score_source=self.source_words, reason="", **words)
        return [Then(self.target, "end_recheck", reason=""), taken]

    @act("作废", article=3, source=["assigned", "scoring", "concluded"], target="void", by=OFFICER,
         tells=[EVALUATOR], desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck", reason="")]

    # fmt: on
    def _take_own(self) -> None:
        """Lay the unit's own sheet beside the agency's, as it was filed and if it answers the same scheme."""
        own = (
            PoolApplication.objects.filter(pk=self.target_id).values_list("self_sheet", "self_score").first()
        )
        if own is None:
            return
        filed, self.own_score = own
        if self.scheme is not None and filed.get("scheme") == self.scheme.code:
            self.own = filed["answers"]

    def evidence_home(self) -> int:
        """What is checked brings the material."""
        return self.target_id

    @property
    def source_words(self) -> str:
        """Where a score from here comes from, as the application keeps it."""
        revised = f"，市局修改 {len(self.revised)} 项" if self.revised else ""
        return f"{self.agency}第三方评价（{self.no}{revised}）"

    # --- model and law

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "commission":
            if self.agency is None:
                return []
            target = self.target
            return standing_aside([self.agency], unit=target.unit_id, case=target, at=at).get(
                self.agency.pk, []
            )
        return super().findings(act, at)
