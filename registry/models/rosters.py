"""名单: lists as drawn and published by us, and lists as published elsewhere and brought in (Article 14)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg.rulebook import Category, Finding, Level
from registry.acts import BEGIN, Desk, act
from registry.models.case import Case
from registry.models.grades import Grade
from registry.models.units import Standing
from registry.roles import CHIEF, OFFICER


class Roster(Case):
    """名单. Lines are frozen when drawn; a later list never edits an earlier one."""

    KIND = "roster"
    LABEL = "名单"
    PREFIX = "MD"
    RANK = 50
    CLOSED = frozenset({"published", "void", "imported"})
    PUBLIC = frozenset({"published", "imported"})
    SEEN_BY = (OFFICER, CHIEF)
    URL = "lists/edit"

    class State(models.TextChoices):
        DRAFTED = "drafted", "待签发"
        SENT_BACK = "sent_back", "退回修改"
        PUBLISHED = "published", "已发布"
        IMPORTED = "imported", "导入"
        VOID = "void", "作废"

    TONES = {"drafted": "blue", "sent_back": "orange", "published": "green", "imported": "grey"}

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    level = models.CharField("级别", max_length=10, choices=Level.choices())
    category = models.CharField(
        "类型", max_length=20, choices=Category.choices(), blank=True
    )  # empty: all three
    title = models.CharField("标题", max_length=120)
    text = models.TextField("正文", blank=True)
    doc_no = models.CharField("发文字号", max_length=40, blank=True)
    as_of = models.DateField("截至日期", null=True, blank=True)
    dated = models.DateField("成文日期", null=True, blank=True)
    batch = models.CharField("批次", max_length=40, blank=True)
    source_url = models.URLField("来源", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名单"
        constraints = [
            models.UniqueConstraint(
                fields=["doc_no"], condition=~models.Q(doc_no=""), name="roster_doc_no_once"
            )
        ]

    # fmt: off
    @act("拟名单", article=14, source=BEGIN, target="drafted", by=OFFICER, tells=[CHIEF], due="signing_days")
    def draw_up(self, *, by: Any, at: datetime, reason: str, **head: Any) -> None:
        self._head(**head)
        self.draw()

    @act("重新拟定", article=14, source="sent_back", target="drafted", by=OFFICER,
         tells=[CHIEF], due="signing_days")
    def redraw(self, *, by: Any, at: datetime, reason: str, **head: Any) -> None:
        self._head(**head)
        self.lines.all().delete()
        self.draw()

    @act("签发发布", article=14, source="drafted", target="published", by=CHIEF,
         tells=[OFFICER], apart_from=["draw_up", "redraw"])
    def publish(self, *, by: Any, at: datetime, **data: Any) -> None:
        self.dated = localdate(at)

    @act("退回修改", article=14, source="drafted", target="sent_back", by=CHIEF,
         tells=[OFFICER], needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("作废", article=14, source=["drafted", "sent_back"], target="void", by=OFFICER,
         desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("登记公布名单", article=14, source=BEGIN, target="imported", by=OFFICER)
    def bring_in(self, *, by: Any, at: datetime, reason: str, **head: Any) -> None:
        for name, value in head.items():
            setattr(self, name, value)

    # fmt: on
    def _head(self, *, level: str, category: str, title: str, text: str, doc_no: str, as_of: date) -> None:
        self.level, self.category, self.title, self.text = level, category, title, text
        self.doc_no, self.as_of = doc_no, as_of

    def draw(self) -> None:
        """Freeze the standings in force on `as_of` as lines, by district, then name (Article 14)."""
        assert self.as_of is not None
        held = (
            Standing.objects.filter(level=self.level)
            .filter(models.Q(since__isnull=True) | models.Q(since__lte=self.as_of))
            .filter(models.Q(until__isnull=True) | models.Q(until__gt=self.as_of))
            .select_related("unit__entity", "unit__district")
            .order_by(
                "unit__category",
                models.F("unit__district__order").asc(nulls_last=True),
                "unit__entity__folded",
                "pk",
            )
        )
        if self.category:
            held = held.filter(unit__category=self.category)
        grades = self._grades()
        RosterLine.objects.bulk_create(
            RosterLine(
                roster_id=self.pk,
                n=n,
                name=standing.unit.name,
                category=standing.unit.category,
                region="北京",
                district=standing.unit.district.short if standing.unit.district else "",
                industry=standing.unit.industry,
                grade=grades.get(standing.unit_id, ""),
                unit=standing.unit,
                standing=standing,
            )
            for n, standing in enumerate(held, start=1)
        )

    def _grades(self) -> dict[int, str]:
        """The grades that units had on `as_of` (unit id → title): those of listed factories, not of the pool (Article 7)."""
        if self.level == Level.POOL:
            return {}
        given = Grade.objects.filter(decided_on__lte=self.as_of, unit__category=Category.GREEN_FACTORY)
        latest = given.order_by("unit", "-decided_on", "-pk").distinct("unit")
        return dict(latest.values_list("unit_id", "title"))

    def previous(self) -> Roster | None:
        """The list of the same level and category that was the latest one when this one came out."""
        earlier = Roster.objects.filter(state="published", level=self.level, category=self.category)
        if self.closed_at:
            same_moment = models.Q(closed_at=self.closed_at, pk__lt=self.pk)
            earlier = earlier.filter(models.Q(closed_at__lt=self.closed_at) | same_moment)
        return earlier.exclude(pk=self.pk).order_by("-closed_at", "-pk").first()

    def difference(self) -> dict[str, list[Any]]:
        """Against the previous list: lines added, lines that left, and (old, new) lines of units renamed or graded anew."""
        earlier = self.previous()
        mine = {line.unit_id: line for line in self.lines.all()}
        theirs = {line.unit_id: line for line in earlier.lines.all()} if earlier else {}
        both = [(theirs[unit], line) for unit, line in mine.items() if unit in theirs]
        return {
            "added": [line for unit, line in mine.items() if unit not in theirs],
            "left": [line for unit, line in theirs.items() if unit not in mine],
            "renamed": [(old, new) for old, new in both if old.name != new.name],
            "regraded": [(old, new) for old, new in both if old.grade != new.grade],
        }

    @property
    def is_graded(self) -> bool:
        """Does any line have a grade, so that the list has a column for it?"""
        return self.lines.exclude(grade="").exists()

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "publish" and not self.lines.exists():
            return [Finding(14, "名单没有任何单位，不能发布")]
        return []


class RosterLine(models.Model):
    """One line of a list, as published."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="lines")
    n = models.PositiveIntegerField("序号")
    name = models.CharField("单位名称", max_length=120)
    category = models.CharField("类型", max_length=20)
    region = models.CharField("地区", max_length=20, blank=True)
    district = models.CharField("区", max_length=10, blank=True)
    industry = models.CharField("行业", max_length=60, blank=True)
    grade = models.CharField(
        "级别", max_length=40, blank=True
    )  # its title on the day of the list (Article 7)
    evaluator = models.CharField("第三方评价机构", max_length=100, blank=True)
    unit = models.ForeignKey(
        "registry.Unit", models.PROTECT, null=True, blank=True, related_name="roster_lines"
    )
    standing = models.ForeignKey(Standing, models.PROTECT, null=True, blank=True, related_name="roster_lines")

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["roster", "n", "name"], name="roster_line_once")]

    def __str__(self) -> str:
        return f"{self.n} {self.name}"


class RosterFile(models.Model):
    """A published list as a file. Made once; its hash is printed beside it."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="files")
    format = models.CharField(max_length=4, choices=[("pdf", "PDF"), ("xlsx", "Excel"), ("csv", "CSV")])
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster", "format"], name="roster_file_once")]

    def __str__(self) -> str:
        return f"{self.roster_id}.{self.format}"
