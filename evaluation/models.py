"""第三方评价: an agency checks what a unit says of itself, on the bureau's commission (Articles 3, 7, 8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from greenmfg import rulebook
from greenmfg.rulebook import Category, Finding, Material
from registry import names
from registry.acts import BEGIN, KEEP, Desk, Then, act
from registry.models import Case, Diagnosis, EvaluatorAgency, PoolApplication
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
    FILED = frozenset(
        {"concluded", "confirmed"}
    )  # its conclusion is the agency's word; before, it is a draft
    VERDICTS: ClassVar[dict[bool | None, str]] = {True: "符合", False: "不符合"}

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
    def commission(self, *, by: Any, at: datetime, task: str = "", **data: Any) -> list[Then]:
        self.task = task
        self.unit_id, self.district_id = self.target.unit_id, self.target.district_id
        return [Then(self.target, "recheck", agency_id=self.agency_id, reason="")]

    # What the two sides write to each other stays on the evaluation: the application goes back without a reason.
    @act("回避", article=3, source=["assigned", "scoring"], target="recused", by=EVALUATOR,
         tells=[OFFICER], desk=Desk.NEVER, needs_reason=True)
    def recuse(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck", reason="")]

    @act("开始评价", article=3, source="assigned", target="scoring", by=EVALUATOR, due=KEEP)
    def begin(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("提交结论", article=8, source="scoring", target="concluded", by=EVALUATOR,
         tells=[OFFICER], due="bureau_days", submits=True)
    def conclude(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("确认", article=8, source="concluded", target="confirmed", by=OFFICER, tells=[EVALUATOR])
    def confirm(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        # Two events: everybody concerned sees that the application has come back, the bureau alone with which score.
        words = {"score": self.score, "meets_requirements": bool(self.meets_requirements)}
        taken = Then(self.target, "take_score", score_source=self.source_words, reason="", **words)
        return [Then(self.target, "end_recheck", reason=""), taken]

    @act("退回重评", article=8, source="concluded", target="scoring", by=OFFICER,
         tells=[EVALUATOR], due="recheck_days", needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("作废", article=3, source=["assigned", "scoring", "concluded"], target="void", by=OFFICER,
         tells=[EVALUATOR], desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.target, "end_recheck", reason="")]

    # fmt: on
    # --- small readings

    @property
    def category(self) -> Category:
        assert self.unit is not None
        return Category(self.unit.category)

    @property
    def is_scored(self) -> bool:
        """Is this unit given points? Article 8 names factories alone."""
        return self.category is Category.GREEN_FACTORY

    @property
    def source_words(self) -> str:
        """Where a score from here comes from, as the application keeps it."""
        return f"{self.agency}第三方评价（{self.no}）"

    @property
    def verdict(self) -> str:
        """符合, 不符合, or empty as long as nobody has said."""
        return self.VERDICTS.get(self.meets_requirements, "")

    @property
    def is_filed(self) -> bool:
        """Is what stands here the agency's conclusion, and not a draft of it?"""
        return self.state in self.FILED

    # --- model and law

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "commission":
            found = conflicts(self.target, [self.agency]) if self.agency else {}
            return found.get(self.agency_id, [])
        if act == "conclude":
            report = self.documents.current().filter(kind=Material.EVALUATION_REPORT)
            return rulebook.third_party_conclusion(
                self.category,
                score=self.score,
                meets_requirements=self.meets_requirements,
                conclusion=self.conclusion,
                report_filed=report.exists(),
            )
        return []


def conflicts(target: Case, agencies: Collection[EvaluatorAgency]) -> dict[int | None, list[Finding]]:
    """Agency → why it must not check this case; agencies without a reason are left out. Three queries for all.

    Whoever diagnosed a unit does not also evaluate it (Article 3: an agency assists the bureau; independence,
    domain notes 2.3). Known from the register's diagnoses, from what the application says of its report, and from
    the agency itself, when it has stepped aside from this case before.
    """
    called = {agency.pk: agency.name for agency in agencies}
    found: dict[int | None, list[Finding]] = {}

    def aside(agency: int | None, words: str) -> None:
        found.setdefault(agency, []).append(Finding(3, f"{words}，应当回避，请另行委托"))

    diagnosed = Diagnosis.objects.filter(unit=target.unit_id, agency__in=called).order_by("year")
    for agency, year in diagnosed.values_list("agency", "year"):
        aside(agency, f"{called[agency]}承担过该单位 {year} 年度绿色诊断")
    stated = PoolApplication.objects.filter(pk=target.pk).values_list("report_agency", flat=True).first()
    written = names.fold(stated or "")
    for agency, name in called.items():
        if names.fold(name) in written and agency not in found:
            aside(agency, f"该单位所附绿色诊断评估报告由{name}出具")
    recused = Evaluation.objects.filter(target=target.pk, state="recused", agency__in=called)
    for agency in sorted(set(recused.values_list("agency", flat=True))):
        aside(agency, f"{called[agency]}已就本申请办理过回避")
    return found
