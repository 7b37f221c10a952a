"""What every scored case has: three sheets of answers side by side, and the points that follow from them.

The unit's own answers, the agency's, and the bureau's where it revised one. They are plain documents on the case, so
that a draft keeps itself, a submission freezes them and an event shows what changed; the rows that statistics need
(`ScoreLine`) are written once, with the confirmation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from evaluation.models.lines import ScoreLine
from evaluation.models.schemes import SchemeVersion
from evaluation.scheme import NotAScheme, Scheme
from evaluation.scoring import Answer, NotAnAnswer, Result, answers_from, overlaid, plain_answers, score
from greenmfg import rulebook
from greenmfg.rulebook import Category, Finding, Material
from registry.acts import KEEP, AgainstRule, act
from registry.models import Case, Document
from registry.roles import EVALUATOR, OFFICER

POINTS: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "null": True, "blank": True}


def points_within(name: str) -> list[models.CheckConstraint]:
    """The constraint that all scores of a table lie within 0–100."""
    where = Q()
    for field in ("own_score", "score", "final_score"):
        where &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 100})
    return [models.CheckConstraint(name=name, condition=where)]


class Scored(Case):
    """A case in which an agency scores a unit and the bureau confirms. Abstract; the kinds add how it begins and ends."""

    # Its conclusion is the agency's word from here on; before, it is a draft.
    FILED: ClassVar[frozenset[str]] = frozenset()
    WRITTEN = {"scoring": frozenset({"sheet", "score", "meets_requirements", "conclusion"})}
    VERDICTS: ClassVar[dict[bool | None, str]] = {True: "符合", False: "不符合"}

    scheme = models.ForeignKey(
        SchemeVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name="指标体系",
    )
    own = models.JSONField("自评明细", default=dict, blank=True)
    own_score = models.DecimalField("自评得分", **POINTS)
    sheet = models.JSONField("第三方评价明细", default=dict, blank=True)
    score = models.DecimalField("综合得分", **POINTS)
    meets_requirements = models.BooleanField("符合评价要求", null=True, blank=True)
    conclusion = models.TextField("评价结论", max_length=4000, blank=True)
    # Item code → the bureau's answer, with `reason` and `by` (a name): the agency's own stays in `sheet`.
    revised = models.JSONField("市局修改", default=dict, blank=True)
    final_score = models.DecimalField("确认得分", **POINTS)
    final_meets = models.BooleanField("确认符合评价要求", null=True, blank=True)

    class Meta:
        abstract = True

    # fmt: off
    @act("开始评价", article=3, source="assigned", target="scoring", by=EVALUATOR, due=KEEP)
    def begin(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("提交结论", article=7, source="scoring", target="concluded", by=EVALUATOR,
         tells=[OFFICER], due="bureau_days", submits=True)
    def conclude(self, *, by: Any, at: datetime, **data: Any) -> None:
        # What is filed is what the answers come to, whatever the draft said last.
        for name, value in self.scored(self.answers).items():
            setattr(self, name, value)

    @act("退回重评", article=7, source="concluded", target="scoring", by=OFFICER,
         tells=[EVALUATOR], due="recheck_days", needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        self.revised = {}  # the agency answers anew; what was revised stands in the events

    @act("修改得分", article=7, source="concluded", target="concluded", by=OFFICER, due=KEEP,
         internal=True, needs_reason=True)
    def revise(self, *, by: Any, at: datetime, reason: str, item: str, answer: Mapping[str, Any], **data: Any) -> None:
        """Another answer for one item; the agency's own again takes the revision back."""
        others = {code: one for code, one in self.revised.items() if code != item}
        try:
            given = Answer.load(answer)
            lacking = self.result({**self.final_answers, item: given}).missing
        except (NotAnAnswer, NotAScheme) as error:
            raise AgainstRule(str(error), findings=[Finding(7, str(error))], case=self) from error
        if lacking:  # what was complete when it was concluded stays complete
            raise AgainstRule("请填写该项指标", findings=[Finding(7, "请填写该项指标")], case=self)
        if _says(given) != _says(self.answers.get(item, Answer())):
            others[item] = {**given.dump(), "reason": reason, "by": str(by)}
        self.revised = others

    # fmt: on
    # --- small readings

    @property
    def category(self) -> Category:
        assert self.unit is not None
        return Category(self.unit.category)

    @property
    def is_scored(self) -> bool:
        """Is this unit given points? A factory always (Articles 7, 8), the other two where a scheme lays them down."""
        return self.scheme_id is not None or self.category is Category.GREEN_FACTORY

    @property
    def verdict(self) -> str:
        """符合, 不符合, or empty as long as nobody has said."""
        return self.VERDICTS.get(self.meets_requirements, "")

    @property
    def is_filed(self) -> bool:
        """Is what stands here the agency's conclusion, and not a draft of it?"""
        return self.state in self.FILED

    def evidence_documents(self) -> models.QuerySet[Document]:
        """The material in force that answers may point to, in the order in which it is numbered."""
        here = Document.objects.filter(case=self.evidence_home(), superseded_at__isnull=True)
        return here.filed().exclude(kind=Material.EVALUATION_REPORT)

    def evidence_home(self) -> int:
        """The case whose material it is: this one, unless a kind says otherwise."""
        return self.pk

    # --- answers and what they come to

    @property
    def loaded_scheme(self) -> Scheme:
        assert self.scheme is not None
        return self.scheme.loaded()

    @property
    def own_answers(self) -> dict[str, Answer]:
        return answers_from(self.own)

    @property
    def answers(self) -> dict[str, Answer]:
        """The agency's."""
        return answers_from(self.sheet)

    @property
    def final_answers(self) -> dict[str, Answer]:
        """The agency's with the bureau's in their place."""
        return overlaid(self.answers, answers_from({code: bare(one) for code, one in self.revised.items()}))

    def result(self, answers: Mapping[str, Answer]) -> Result:
        """What these answers come to under the case's scheme. Raises NotAnAnswer."""
        return score(self.loaded_scheme, answers)

    def scored(self, answers: Mapping[str, Answer]) -> dict[str, Any]:
        """The fields that keep the agency's answers: `sheet`, `score`, and the verdict where the scheme gives one.

        `score` is None as long as nothing is answered. Empty without a scheme: the score is typed then.
        """
        if self.scheme_id is None:
            return {}
        result = self.result(answers)
        fields: dict[str, Any] = {"sheet": plain_answers(answers), "score": _begun(result)}
        if self.loaded_scheme.has_requirements:
            fields["meets_requirements"] = result.meets
        return fields

    def own_scored(self, answers: Mapping[str, Answer]) -> dict[str, Any]:
        """The fields that keep the unit's own answers."""
        return {"own": plain_answers(answers), "own_score": _begun(self.result(answers))}

    def concluded_score(self) -> tuple[Decimal | None, bool | None]:
        """(score, verdict) as the bureau would confirm them now: with its revisions."""
        if self.scheme_id is None:
            return self.score, self.meets_requirements
        result = self.result(self.final_answers)
        return result.total, result.meets if self.loaded_scheme.has_requirements else self.meets_requirements

    def settle(self) -> None:
        """Write the confirmed score and its lines: the last thing before the case closes."""
        self.final_score, self.final_meets = self.concluded_score()
        if self.scheme_id is not None:
            ScoreLine.objects.bulk_create(ScoreLine.of(self))

    # --- model and law

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "conclude":
            report = self.documents.current().filter(kind=Material.EVALUATION_REPORT)
            found = self._sheet_findings()
            return found or rulebook.third_party_conclusion(
                scored=self.is_scored,
                score=self.score,
                meets_requirements=self.meets_requirements,
                conclusion=self.conclusion,
                report_filed=report.exists(),
            )
        if act == "revise" and self.scheme_id is None:
            return [Finding(7, "本事项没有指标体系，不能逐项修改；如有异议，请退回重评")]
        return []

    def _sheet_findings(self) -> list[Finding]:
        """What the agency's sheet still lacks (Article 7: 根据分级评价指标及评分标准)."""
        if self.scheme_id is None:
            return []
        return sheet_findings(self.loaded_scheme, self.sheet)


def sheet_findings(scheme: Scheme, sheet: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """What a sheet of answers lacks, or what in it cannot be scored, as binding findings under Article 7."""
    try:
        result = score(scheme, answers_from(sheet))
    except (NotAnAnswer, NotAScheme) as error:
        code = getattr(error, "item", "")
        return [Finding(7, f"{scheme.by_code[code].name if code in scheme.by_code else code}：{error}")]
    if not result.missing:
        return []
    names = "、".join(item.name for item in result.missing[:5])
    more = "等" if len(result.missing) > 5 else ""
    return [Finding(7, f"还有 {len(result.missing)} 项指标未填写：{names}{more}")]


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without who revised it and why."""
    return {name: value for name, value in answer.items() if name not in {"reason", "by"}}


def _says(answer: Answer) -> Answer:
    """An answer as it is scored: without words and evidence."""
    return answer._replace(words="", pages=())


def _begun(result: Result) -> Decimal | None:
    return result.total if any(line.points is not None for line in result.lines) else None
