"""第三方评价: an agency checks what a unit says of itself, on the bureau's commission (Articles 3, 7, 8)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from greenmfg import rulebook
from greenmfg.rulebook import Finding
from registry.acts import BEGIN, Desk, Then, act
from registry.models import Case, Diagnosis
from registry.roles import CHIEF, EVALUATOR, OFFICER


class Evaluation(Case):
    """委托评价. Its agency sees the case that it checks for as long as it checks it, and nothing else."""

    KIND = "evaluation"
    LABEL = "第三方评价"
    PREFIX = "PJ"
    RANK = 25
    EDITABLE = frozenset({"scoring"})
    CLOSED = frozenset({"recused", "confirmed", "void"})
    SEEN_BY = (EVALUATOR, OFFICER, CHIEF)
    URL = "eval"

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
    score = models.DecimalField("综合得分", max_digits=5, decimal_places=2, null=True, blank=True)
    meets_requirements = models.BooleanField("符合评价要求", null=True, blank=True)
    conclusion = models.TextField("评价结论", max_length=4000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "第三方评价"
        constraints = [
            models.CheckConstraint(
                name="evaluation_score_within_0_100",
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
            )
        ]

    # fmt: off
    @act("委托评价", article=3, source=BEGIN, target="assigned", by=OFFICER, tells=[EVALUATOR], due="recheck_days")
    def commission(self, *, by: Any, at: datetime, reason: str, task: str = "", **data: Any) -> list[Then]:
        self.task = task
        self.unit_id, self.district_id = self.target.unit_id, self.target.district_id
        return [Then(self.target, "recheck", agency_id=self.agency_id)]

    @act("回避", article=3, source=["assigned", "scoring"], target="recused", by=EVALUATOR,
         tells=[OFFICER], desk=Desk.NEVER, needs_reason=True)
    def recuse(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck")]

    @act("开始评价", article=3, source="assigned", target="scoring", by=EVALUATOR, due="recheck_days")
    def begin(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("提交结论", article=8, source="scoring", target="concluded", by=EVALUATOR,
         tells=[OFFICER], due="bureau_days", submits=True)
    def conclude(
        self, *, by: Any, at: datetime, meets_requirements: bool, conclusion: str, score: Decimal | None = None,
        **data: Any,
    ) -> None:
        self.score = None if score is None else rulebook.checked_score(score)
        self.meets_requirements, self.conclusion = meets_requirements, conclusion

    @act("确认", article=8, source="concluded", target="confirmed", by=OFFICER, tells=[EVALUATOR])
    def confirm(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        words = {"score": self.score, "meets_requirements": bool(self.meets_requirements)}
        return [Then(self.target, "take_score", score_source=f"{self.agency} 第三方评价（{self.no}）", **words)]

    @act("退回重评", article=8, source="concluded", target="scoring", by=OFFICER,
         tells=[EVALUATOR], due="recheck_days", needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("作废", article=3, source=["assigned", "scoring", "concluded"], target="void", by=OFFICER,
         tells=[EVALUATOR], desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck")]

    # fmt: on
    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "commission":
            return self._conflicts() + (
                []
                if self.target.could("recheck")
                else [Finding(3, f"{self.target.no} 现为“{self.target.state_label}”，不能委托第三方评价")]
            )
        return []

    def _conflicts(self) -> list[Finding]:
        """Whoever diagnosed a unit does not also evaluate it (Article 3; independence, domain notes 2.3)."""
        years = Diagnosis.objects.filter(unit=self.target.unit_id, agency=self.agency_id).values_list(
            "year", flat=True
        )
        return [
            Finding(3, f"{self.agency}承担过该单位 {year} 年度绿色诊断，应当回避，请另行委托")
            for year in sorted(years)
        ]
