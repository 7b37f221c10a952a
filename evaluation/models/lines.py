"""得分明细: the confirmed lines of a scored case, written once and frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from evaluation.explaining import why
from evaluation.scoring import score
from registry.models import Case

if TYPE_CHECKING:
    from evaluation.models.sheets import Scored


class ScoreLine(models.Model):
    """One item of a confirmed result: the three sides' points, the answer that decided, and why it earned them.

    The sum of `points` over a case is its confirmed score, to the last digit.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="score_lines")
    n = models.PositiveSmallIntegerField("序号")
    code = models.CharField("编号", max_length=20)
    name = models.CharField("指标", max_length=80)
    section = models.CharField("一级指标", max_length=80)
    weight = models.DecimalField("满分", max_digits=5, decimal_places=2)
    points = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True)  # empty: 基本要求
    own_points = models.DecimalField("自评", max_digits=5, decimal_places=2, null=True)
    agency_points = models.DecimalField("第三方评价", max_digits=5, decimal_places=2, null=True)
    answer = models.JSONField("评价值", default=dict)
    why = models.CharField("计分说明", max_length=1000)
    revised_because = models.CharField("修改理由", max_length=2000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "得分明细"
        ordering = ["case", "n"]
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="score_line_once"),
            models.CheckConstraint(
                name="score_line_within_weight",
                condition=models.Q(points__isnull=True)
                | models.Q(points__gte=0, points__lte=models.F("weight")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @classmethod
    def of(cls, case: Scored) -> list[ScoreLine]:
        """The lines of a case as it stands, in the order of its scheme; unsaved."""
        scheme = case.loaded_scheme
        answers = case.final_answers
        final, agency = score(scheme, answers), score(scheme, case.answers)
        own = score(scheme, case.own_answers) if case.own else None
        found = []
        for n, item in enumerate(scheme.items, start=1):
            line = final.by_code.get(item.code)
            met: Any = answers[item.code].met if item.code in answers else None
            found.append(
                cls(
                    case_id=case.pk,
                    n=n,
                    code=item.code,
                    name=item.name,
                    section=scheme.section_of[item.code].name,
                    weight=line.weight if line else 0,
                    points=line.points if line else None,
                    own_points=own.by_code[item.code].points if own and line else None,
                    agency_points=agency.by_code[item.code].points if line else None,
                    answer=answers[item.code].dump() if item.code in answers else {},
                    why=(why(line) if line else "符合" if met else "不符合" if met is False else "未填写")[
                        :1000
                    ],
                    revised_because=case.revised.get(item.code, {}).get("reason", ""),
                )
            )
        return found
