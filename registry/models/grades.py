"""级别: the grade that a listed factory was given, year by year (Article 7). Written by the room above, never changed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate

from greenmfg import rulebook
from greenmfg.rulebook import Band, Edition, NoEdition
from registry.models.case import Case
from registry.models.editions import edition_called
from registry.models.units import Unit


class Grade(models.Model):
    """One confirmed grade. `band` is its code in the edition; empty where the requirements are not met: no grade."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="grades", verbose_name="单位")
    band = models.CharField("级别代码", max_length=20, blank=True)
    title = models.CharField("级别", max_length=40, blank=True)
    edition = models.CharField("版本", max_length=20)
    score = models.DecimalField("得分", max_digits=5, decimal_places=2)
    meets_requirements = models.BooleanField("符合评价要求")
    year = models.PositiveSmallIntegerField("评价年度")
    decided_on = models.DateField("确认日期")
    case = models.OneToOneField(Case, models.PROTECT, related_name="grade", verbose_name="依据的评价")

    class Meta:
        verbose_name = verbose_name_plural = "级别"
        ordering = ["-decided_on", "-pk"]
        indexes = [models.Index(fields=["unit", "-decided_on"], name="grade_unit_latest")]
        constraints = [
            models.CheckConstraint(
                name="grade_score_within_0_100", condition=Q(score__gte=0, score__lte=100)
            ),
            # Every band begins with meeting the requirements (Article 7).
            models.CheckConstraint(
                name="grade_only_with_requirements_met", condition=Q(band="") | Q(meets_requirements=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title or "无相应级别"

    @classmethod
    def write(
        cls,
        unit: Unit,
        *,
        score: Decimal,
        meets_requirements: bool,
        edition: Edition,
        year: int,
        at: datetime,
        case: Case,
    ) -> Grade:
        """Store what the edition of the day makes of a confirmed score. Raises IncompleteEdition, NotAScore."""
        band = rulebook.grade(score, meets_requirements=meets_requirements, edition=edition)
        return cls.objects.create(
            unit=unit,
            band=band.code if band else "",
            title=band.title if band else "",
            edition=edition.code,
            score=score,
            meets_requirements=meets_requirements,
            year=year,
            decided_on=localdate(at),
            case_id=case.pk,
        )

    def as_band(self) -> Band | None:
        """The band with its duties, from the edition under which it was given; None without a grade."""
        try:
            return edition_called(self.edition).band(self.band) if self.band else None
        except NoEdition:
            return None
