"""Later editions of the measure's numbers (Article 16): rows, loaded into the rulebook's own dataclass.

The draft of 2023 is code; there is no second place for a threshold. Whoever decides asks `edition_on` here, which
joins code and rows in one query; whoever decides on many reads the edition once and hands it on.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import models

from greenmfg import rulebook
from greenmfg.rulebook import DRAFT_2023, Band, Edition

if TYPE_CHECKING:
    from collections.abc import Iterable

POINTS = {"max_digits": 5, "decimal_places": 2}


class LaterEdition(models.Model):
    """An edition after the draft of 2023: in preparation until it has a day from which it is in force.

    Drawn up by officers, put in force by a chief who had no part in drawing it up. With its day come it is frozen;
    before, it can only be taken back whole (guards.py).
    """

    code = models.CharField("版本号", max_length=20, unique=True)
    title = models.CharField("名称", max_length=120)
    basis = models.CharField("依据", max_length=300)
    note = models.CharField("说明", max_length=500, blank=True)
    pool_threshold = models.DecimalField("入库得分（原则上）", **POINTS)  # type: ignore[arg-type]
    change_days = models.PositiveSmallIntegerField("变更报告期限（日）")
    bar_years = models.PositiveSmallIntegerField("不得重新申报的期限（年）")
    in_force_from = models.DateField("施行日期", null=True, blank=True, unique=True)
    drafters = models.ManyToManyField("registry.User", related_name="+", verbose_name="起草人")
    put_by = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="施行人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "办法版本"
        ordering = ["-in_force_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="edition_after_the_first",
                condition=models.Q(in_force_from__isnull=True)
                | models.Q(in_force_from__gt=DRAFT_2023.in_force_from),
            ),
            models.CheckConstraint(name="edition_has_a_basis", condition=~models.Q(basis="")),
            models.CheckConstraint(
                name="edition_is_put_in_force_by_somebody",
                condition=models.Q(in_force_from__isnull=True) | models.Q(put_by__isnull=False),
            ),
            models.CheckConstraint(
                name="edition_threshold_0_100",
                condition=models.Q(pool_threshold__gte=0, pool_threshold__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return f"/manage/rules/editions/{self.code}/"

    def loaded(self, bands: Iterable[LaterBand] | None = None, *, on: date | None = None) -> Edition:
        """As the rulebook reads it; with `on`, as if it were in force from that day.

        Raises IncompleteEdition when numbers are out of order, or in force with a bound not fixed.
        """
        rows = self.bands.all() if bands is None else bands
        return Edition(
            code=self.code,
            title=self.title,
            in_force_from=on or self.in_force_from,
            basis=self.basis,
            note=self.note,
            bands=tuple(row.loaded() for row in rows),
            pool_threshold=plain(self.pool_threshold),
            change_days=self.change_days,
            bar_years=self.bar_years,
        )


class LaterBand(models.Model):
    """One grade of a later edition (Article 7), from low to high."""

    edition = models.ForeignKey(LaterEdition, models.CASCADE, related_name="bands", verbose_name="版本")
    n = models.PositiveSmallIntegerField("序号")
    code = models.CharField("代码", max_length=20)
    name = models.CharField("简称", max_length=10)
    title = models.CharField("级别", max_length=40)
    lower = models.DecimalField("得分下限（含）", null=True, blank=True, **POINTS)  # type: ignore[arg-type]
    duties = models.CharField("要求", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "级别"
        ordering = ["edition", "n"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "n"], name="band_place_once"),
            models.UniqueConstraint(fields=["edition", "code"], name="band_code_once"),
            models.CheckConstraint(
                name="band_bound_0_100",
                condition=models.Q(lower__isnull=True) | models.Q(lower__gte=0, lower__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition.code} {self.title}"

    def loaded(self) -> Band:
        """As the rulebook reads it."""
        lower = None if self.lower is None else plain(self.lower)
        return Band(code=self.code, name=self.name, title=self.title, lower=lower, duties=self.duties)


def plain(points: Decimal) -> Decimal:
    """Points as the code writes them: 65 for 65.00, 62.5 for 62.50."""
    return points.quantize(Decimal(1)) if points == points.to_integral_value() else points.normalize()


def editions() -> tuple[Edition, ...]:
    """All editions that are or will be in force: the code's, then the rows' by their day. One query."""
    bands = LaterBand.objects.filter(edition__in_force_from__isnull=False).select_related("edition")
    ordered = bands.order_by("edition__in_force_from", "n")
    later = [edition.loaded(list(rows)) for edition, rows in groupby(ordered, key=lambda band: band.edition)]
    return (*rulebook.EDITIONS, *later)


def edition_on(day: date) -> Edition:
    """The edition in force on `day`, the day of decision (Article 16). Raises NoEdition before the first one."""
    return rulebook.edition_on(day, editions=editions())


def edition_of_period(began_on: date) -> Edition:
    """The edition under which a period that began on that day runs (Article 11)."""
    return rulebook.edition_of_period(began_on, editions=editions())


def edition_called(code: str) -> Edition:
    """The edition with this code, to explain a decision made under it. Raises NoEdition."""
    return rulebook.edition_called(code, editions=editions())
