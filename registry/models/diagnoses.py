"""绿色诊断: who was diagnosed, by whom, what was found, and what became of it (Articles 4, 13)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from greenmfg.rulebook import Level
from registry.models.people import EvaluatorAgency
from registry.models.units import Standing, Unit


class DiagnosisQuerySet(models.QuerySet["Diagnosis"]):
    """Diagnoses as a person may see them."""

    def visible_to(self, user: Any) -> DiagnosisQuerySet:
        """Bureau: all. District: of the units in its area. Enterprise: its own. Nobody else."""
        role = getattr(user, "role", "") if getattr(user, "is_active", False) else ""
        if role in {"officer", "chief", "auditor"}:
            return self
        if role == "district":
            return self.filter(unit__district_id=user.district_id)
        return self.filter(unit__entity_id=user.entity_id) if role == "unit" else self.none()

    def potential(self) -> DiagnosisQuerySet:
        """潜力单位 (Article 4): diagnosed and not in the pool."""
        in_pool = Standing.objects.filter(level=Level.POOL, until__isnull=True).values("unit")
        return self.exclude(unit__in=in_pool)


class Diagnosis(models.Model):
    """One diagnosis of one unit. Its history stands in the unit's stream."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="diagnoses", verbose_name="单位")
    year = models.PositiveSmallIntegerField("诊断年度")
    agency = models.ForeignKey(
        EvaluatorAgency, models.PROTECT, related_name="diagnoses", verbose_name="诊断机构"
    )
    done_on = models.DateField("完成日期", null=True, blank=True)
    summary = models.TextField("诊断结论", max_length=2000, blank=True)
    invited_on = models.DateField("邀请申报日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = DiagnosisQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "绿色诊断"
        ordering = ["-year", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="diagnosis_once_a_year")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} 年度绿色诊断"


class Measure(models.Model):
    """改造措施: what a diagnosis found, what is to be done about it, and how far that is."""

    class Progress(models.TextChoices):
        PLANNED = "planned", "未开始"
        DOING = "doing", "实施中"
        DONE = "done", "已完成"
        DROPPED = "dropped", "不再实施"

    diagnosis = models.ForeignKey(Diagnosis, models.PROTECT, related_name="measures")
    n = models.PositiveSmallIntegerField("序号")
    finding = models.CharField("诊断发现", max_length=300)
    words = models.CharField("改造措施", max_length=300)
    saving_tce = models.DecimalField(
        "预计节能量（吨标准煤）", max_digits=12, decimal_places=2, null=True, blank=True
    )
    planned_on = models.DateField("计划完成日期", null=True, blank=True)
    progress = models.CharField("进展", max_length=10, choices=Progress.choices, default=Progress.PLANNED)
    note = models.CharField("进展说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "改造措施"
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["diagnosis", "n"], name="measure_once"),
            models.CheckConstraint(
                name="measure_saves_something", condition=Q(saving_tce__isnull=True) | Q(saving_tce__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.words
