"""分级评价: the listed factories of a round, scored and given their grade (Article 7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from evaluation.models.independence import helped, standing_aside
from evaluation.models.schemes import SchemeVersion
from evaluation.models.sheets import Scored, points_within, sheet_findings
from greenmfg import rulebook
from greenmfg.rulebook import Finding, Level, Material
from registry.acts import BEGIN, GIVEN, AgainstRule, Desk, Edit, act
from registry.models import Case, Chained, EvaluatorAgency, Grade, Standing
from registry.models.editions import edition_on
from registry.roles import CHIEF, DISTRICT, EVALUATOR, OFFICER, UNIT


class GradingRound(Chained):
    """A batch of gradings: of which year, by which scheme, until when units evaluate themselves."""

    name = models.CharField("名称", max_length=60, unique=True)
    year = models.PositiveSmallIntegerField("评价年度")
    scheme = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", verbose_name="指标体系")
    own_due_on = models.DateField("自评截止日")
    text = models.TextField("说明", max_length=2000, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分级评价批次"
        ordering = ["-year", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        return f"round:{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/grading/{self.pk}/"


class Grading(Scored):
    """分级评价. The unit evaluates itself, its agency scores, the bureau confirms the grade."""

    KIND = "grading"
    LABEL = "分级评价"
    PREFIX = "FJ"
    RANK = 26
    EDITABLE = frozenset({"self_assessing", "scoring"})
    CLOSED = frozenset({"graded", "void"})
    SEEN_BY = (UNIT, DISTRICT, EVALUATOR, OFFICER, CHIEF)
    URL = "gradings"
    FILED = frozenset({"concluded", "graded"})
    WRITTEN = {**Scored.WRITTEN, "self_assessing": frozenset({"own", "own_score", "own_agency"})}

    class State(models.TextChoices):
        SELF_ASSESSING = "self_assessing", "待自评"
        ASSIGNED = "assigned", "待评价"
        TO_ASSIGN = "to_assign", "待指派机构"
        SCORING = "scoring", "评价中"
        CONCLUDED = "concluded", "已提交结论"
        GRADED = "graded", "已定级"
        VOID = "void", "作废"

    TONES = {
        "self_assessing": "orange",
        "assigned": "blue",
        "to_assign": "orange",
        "scoring": "blue",
        "concluded": "violet",
        "graded": "green",
    }

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    round = models.ForeignKey(GradingRound, models.PROTECT, related_name="gradings", verbose_name="批次")
    own_agency = models.CharField("自评协助机构", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分级评价"
        constraints = points_within("grading_score_within_0_100")

    # fmt: off
    @act("纳入分级评价", article=7, source=BEGIN, target="self_assessing", by=OFFICER,
         tells=[UNIT, DISTRICT], due=GIVEN)
    def include(self, *, by: Any, at: datetime, **data: Any) -> None:
        assert self.unit is not None
        self.scheme_id, self.district_id = self.round.scheme_id, self.unit.district_id

    @act("提交自评", article=7, source="self_assessing", target="assigned", by=UNIT,
         tells=[EVALUATOR], due="recheck_days", submits=True)
    def file_own(self, *, by: Any, at: datetime, **data: Any) -> None:
        self.own_score = self.own_scored(self.own_answers)["own_score"]

    @act("不再等待自评", article=7, source="self_assessing", target="assigned", by=OFFICER,
         tells=[UNIT, EVALUATOR], due="recheck_days", desk=Desk.AFTER_DUE)
    def go_on(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("指派评价机构", article=3, source="to_assign", target="assigned", by=OFFICER,
         tells=[EVALUATOR], due="recheck_days", internal=True)
    def assign(self, *, by: Any, at: datetime, agency: Any, reason: str, **data: Any) -> None:
        self._give_to(agency, reason, at)

    @act("改派评价机构", article=3, source="assigned", target="assigned", by=OFFICER,
         tells=[EVALUATOR], due="recheck_days", internal=True, desk=Desk.NEVER)
    def reassign(self, *, by: Any, at: datetime, agency: Any, reason: str, **data: Any) -> None:
        self._give_to(agency, reason, at)

    @act("回避", article=3, source=["assigned", "scoring"], target="to_assign", by=EVALUATOR,
         tells=[OFFICER], due="bureau_days", desk=Desk.NEVER, needs_reason=True, internal=True)
    def recuse(self, *, by: Any, at: datetime, **data: Any) -> None:
        # Whoever takes its place answers for itself, with a report of its own.
        self.documents.current().filter(kind=Material.EVALUATION_REPORT).update(superseded_at=at)
        self.agency, self.sheet, self.score, self.meets_requirements, self.conclusion = None, {}, None, None, ""

    @act("确认级别", article=7, source="concluded", target="graded", by=OFFICER, tells=[UNIT, DISTRICT, EVALUATOR])
    def award(self, *, by: Any, at: datetime, **data: Any) -> list[Edit]:
        self.settle()
        assert self.unit is not None
        assert self.final_score is not None
        grade = Grade.write(
            self.unit,
            score=self.final_score,
            meets_requirements=bool(self.final_meets),
            edition=edition_on(localdate(at)),
            year=self.round.year,
            at=at,
            case=self,
        )
        return [Edit(self.unit, f"分级评价：{grade.title or '无相应级别'}"[:40], article=7, source=self.no)]

    @act("作废", article=7, source=["self_assessing", "assigned", "to_assign", "scoring", "concluded"], target="void", by=OFFICER,
         tells=[UNIT, EVALUATOR], desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    # fmt: on
    def due_given(self) -> date:
        """Until when the unit evaluates itself."""
        return self.round.own_due_on

    # --- model and law

    def lock_before(self, act: str) -> None:
        """A round is not ended, nor is a unit taken in twice, while somebody takes one in."""
        if act == "include":
            self.round = GradingRound.objects.select_for_update(no_key=True).get(pk=self.round_id)

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "include":
            chosen = self._aside(self.agency, at) if self.agency else [Finding(3, "请先选定评价机构")]
            return [*self._open_to_it(), *self._gradable(), *chosen]
        if act == "award":
            # Who helped the unit to evaluate itself is known only since it has filed.
            return [*self._gradable(), *(f for _, f in helped([self.agency], unit=self.unit_id, case=self))]
        if act == "file_own":
            return sheet_findings(self.loaded_scheme, self.own)
        if act == "go_on" and self.due_on and localdate(at) <= self.due_on:
            return [Finding(7, "自评期限尚未届满，提前转评价须说明理由", binding=False)]
        return super().findings(act, at)

    def _open_to_it(self) -> list[Finding]:
        if self.round.ended_at:
            return [Finding(7, f"{self.round}已结束，不能再纳入单位")]
        if Grading.objects.filter(round=self.round_id, unit=self.unit_id).exclude(state="void").exists():
            return [Finding(7, f"该单位已纳入{self.round}")]
        return []

    def _give_to(self, agency: EvaluatorAgency, reason: str, at: datetime) -> None:
        """Hand the case to an agency that need not stand aside, or in words all the same. Raises AgainstRule."""
        found = self._aside(agency, at)
        barred = any(finding.binding for finding in found)
        if found and (barred or not reason.strip()):
            words = "；".join(finding.message for finding in found)
            raise AgainstRule(words, findings=found, case=self, needs_reason=not barred)
        self.agency = agency

    def _aside(self, agency: EvaluatorAgency, at: datetime) -> list[Finding]:
        return standing_aside([agency], unit=self.unit_id, case=self, at=at).get(agency.pk, [])

    def _gradable(self) -> list[Finding]:
        held = Standing.objects.filter(unit=self.unit_id, until__isnull=True, level=Level.NATIONAL)
        return rulebook.may_be_graded(self.category, level=Level.NATIONAL if held.exists() else None)
