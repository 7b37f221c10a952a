"""绿色诊断: who was diagnosed, by whom, what was found, and what became of it (Articles 4, 13)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from greenmfg.rulebook import Category, Level
from registry.models.case import Case
from registry.models.people import EvaluatorAgency, User
from registry.models.units import Standing, Unit
from registry.roles import DISTRICT, OFFICER, UNIT


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

    def in_pool(self) -> DiagnosisQuerySet:
        """Of units that are in the pool now."""
        return self.filter(
            unit__in=Standing.objects.filter(level=Level.POOL, until__isnull=True).values("unit")
        )

    def applying(self) -> DiagnosisQuerySet:
        """Of units that have an application to the pool under way."""
        open_ones = Case.objects.filter(kind="pool", closed_at__isnull=True, unit__isnull=False)
        return self.filter(unit__in=open_ones.values("unit"))

    def potential(self) -> DiagnosisQuerySet:
        """潜力单位 (Article 4): diagnosed, not in the pool and not on the way there, so they can be invited."""
        taken = self.model.objects
        return self.exclude(pk__in=taken.in_pool().values("pk")).exclude(pk__in=taken.applying().values("pk"))

    def latest_for(self, unit: Unit, *, on: date) -> Diagnosis | None:
        """The one that an application of that day may stand on: of this or last year (Article 5), the newest."""
        if unit.category == Category.GREEN_SUPPLY_CHAIN:
            return None
        years = [on.year - 1, on.year]
        return self.filter(unit=unit, year__in=years).select_related("agency").order_by("-year").first()


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
    registered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="登记人"
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = DiagnosisQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "绿色诊断"
        ordering = ["-year", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="diagnosis_once_a_year")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} 年度绿色诊断"

    def get_absolute_url(self) -> str:
        return f"/diagnoses/{self.pk}/"

    @property
    def district_id(self) -> str | None:
        """The district that it belongs to, so that roles read it as they read a case."""
        return self.unit.district_id

    @property
    def is_own_word(self) -> bool:
        """Did the unit register it itself? Then it bears out nothing that the unit says elsewhere."""
        return self.registered_by is not None and UNIT.may(self, self.registered_by)

    def may_invite(self, user: Any) -> bool:
        """The bureau's officers and the unit's district (Articles 4, 13)."""
        return OFFICER.may(self, user) or DISTRICT.may(self, user)

    def may_edit(self, user: Any) -> bool:
        """Officials; the unit only what its own people registered."""
        return self.may_invite(user) or (UNIT.may(self, user) and self.is_own_word)

    def may_progress(self, user: Any) -> bool:
        """How far the measures are, the unit knows best; officials may say it too."""
        return self.may_invite(user) or UNIT.may(self, user)


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
