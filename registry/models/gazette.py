"""公示: public notices over cases (Article 6). What objections and corrections may follow stands beside this file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg import periods
from greenmfg.rulebook import Finding
from registry.acts import BEGIN, GIVEN, VIA, Desk, NotNow, Then, act
from registry.models.case import Case
from registry.models.terms import Holiday
from registry.roles import CHIEF, OFFICER


class Publicity(Case):
    """公示: a list of cases shown to the public for a period. Drawn up by one, signed by another."""

    KIND = "publicity"
    LABEL = "公示"
    PREFIX = "GS"
    RANK = 20
    EDITABLE = frozenset({"sent_back"})
    CLOSED = frozenset({"closed", "void"})
    PUBLIC = frozenset({"running", "closed"})
    SEEN_BY = (OFFICER, CHIEF)
    URL = "publicity"

    class State(models.TextChoices):
        DRAFTED = "drafted", "待签发"
        SENT_BACK = "sent_back", "退回修改"
        RUNNING = "running", "公示中"
        CLOSED = "closed", "已结束"
        VOID = "void", "作废"

    TONES = {"drafted": "blue", "sent_back": "orange", "running": "violet", "closed": "green"}

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    title = models.CharField("标题", max_length=120)
    text = models.TextField("正文")
    starts_on = models.DateField("公示起始日")
    days = models.PositiveSmallIntegerField("公示期（工作日）")
    ends_on = models.DateField("公示截止日")
    extended_to = models.DateField("延长至", null=True, blank=True)  # by a correction, later only

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            models.CheckConstraint(
                name="publicity_ends_after_it_starts",
                condition=models.Q(ends_on__gte=models.F("starts_on"), days__gte=1),
            ),
            models.CheckConstraint(
                name="publicity_extended_to_a_later_day",
                condition=models.Q(extended_to__isnull=True) | models.Q(extended_to__gt=models.F("ends_on")),
            ),
        ]

    @staticmethod
    def last_day(starts_on: date, *, days: int) -> periods.Due:
        """The last day of a notice of so many working days; its first day counts when it is worked."""
        day_before = starts_on - timedelta(days=1)
        return periods.add_working_days(day_before, days, calendar=Holiday.calendar_around(starts_on))

    def _write(self, *, title: str, text: str, starts_on: date, days: int) -> None:
        self.title, self.text, self.starts_on, self.days = title, text, starts_on, days
        self.ends_on = self.last_day(starts_on, days=days).on

    def _line(self, case: Case, *, n: int) -> NoticeLine:
        """A cleared case as it will be shown. Raises NotNow for any other."""
        unit = case.unit
        if unit is None or not case.could("announce"):
            raise NotNow(f"{case.no} 现为“{case.state_label}”，不能列入公示", case=self)
        district = unit.district.short if unit.district else ""
        return NoticeLine(
            publicity_id=self.pk, case=case, n=n, name=unit.name, category=unit.category, district=district
        )

    # fmt: off
    @act("拟公示", article=6, source=BEGIN, target="drafted", by=OFFICER, tells=[CHIEF], due="signing_days")
    def draw_up(self, *, by: Any, at: datetime, reason: str, cases: list[int], **text: Any) -> None:
        self._write(**text)
        ordered = Case.objects.filter(pk__in=cases).select_related("unit__entity", "unit__district").order_by("no")
        NoticeLine.objects.bulk_create(self._line(case, n=n) for n, case in enumerate(ordered, start=1))

    @act("重新拟定", article=6, source="sent_back", target="drafted", by=OFFICER,
         tells=[CHIEF], due="signing_days")
    def redraw(self, *, by: Any, at: datetime, reason: str, **text: Any) -> None:
        self._write(**text)

    @act("签发", article=6, source="drafted", target="running", by=CHIEF,
         tells=[OFFICER], due=GIVEN, apart_from=["draw_up", "redraw"])
    def sign(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        cases = Case.objects.filter(pk__in=self.lines.values("case")).order_by("pk")
        return [Then(case, "announce", due_on=self.ends_on) for case in cases]

    @act("退回修改", article=6, source="drafted", target="sent_back", by=CHIEF,
         tells=[OFFICER], needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("作废", article=6, source=["drafted", "sent_back"], target="void", by=OFFICER,
         desk=Desk.NEVER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("结束公示", article=6, source="running", target="closed", by=OFFICER,
         tells=[CHIEF], desk=Desk.AFTER_DUE)
    def close(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("延长公示期", article=6, source="running", target="running", by=VIA, tells=[OFFICER, CHIEF], due=GIVEN)
    def extend(self, *, by: Any, at: datetime, extended_to: date, **data: Any) -> list[Then]:
        self.extended_to = extended_to
        cases = Case.objects.filter(pk__in=self.lines.values("case")).order_by("pk")
        return [Then(case, "extend", due_on=extended_to) for case in cases if case.could("extend")]

    # fmt: on
    @property
    def open_until(self) -> date:
        """The last day in force: as printed, unless a correction named a later one."""
        return self.extended_to or self.ends_on

    def published_on(self) -> date | None:
        """The day of the signature, from which anybody could read the notice."""
        at = self.events.filter(act="sign").values_list("at", flat=True).last()
        return localdate(at) if at else None

    def due_given(self) -> date:
        """The deadline of the running notice is its last day."""
        return self.open_until

    def findings(self, act: str, at: datetime) -> list[Finding]:
        today = localdate(at)
        if act == "sign" and self.starts_on < today:
            return [Finding(6, "公示起始日早于签发日，请退回修改后再签发")]
        if act == "sign" and not self.lines.exists():
            return [Finding(6, "公示没有任何单位，不能签发")]
        if act == "close" and today <= self.open_until:
            return [Finding(6, f"公示期至{periods.chinese_date(self.open_until)}24时，尚未届满")]
        return []


class NoticeLine(models.Model):
    """One case on a notice, as it is shown. Frozen once the notice is signed."""

    publicity = models.ForeignKey(Publicity, models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, models.PROTECT, related_name="notice_lines")
    n = models.PositiveIntegerField("序号")
    name = models.CharField("单位名称", max_length=120)
    category = models.CharField("类型", max_length=20)
    district = models.CharField("区", max_length=10, blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["publicity", "case"], name="notice_line_once")]

    def __str__(self) -> str:
        return f"{self.n} {self.name}"
