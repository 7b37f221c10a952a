"""公示 and 异议: public notices and the objections they may meet (Article 6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg import periods
from greenmfg.rulebook import Finding
from registry.acts import BEGIN, GIVEN, Desk, NotNow, Then, act
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

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            models.CheckConstraint(
                name="publicity_ends_after_it_starts",
                condition=models.Q(ends_on__gte=models.F("starts_on"), days__gte=1),
            )
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

    # fmt: on
    def due_given(self) -> date:
        """The deadline of the running notice is its last day."""
        return self.ends_on

    def findings(self, act: str, at: datetime) -> list[Finding]:
        today = localdate(at)
        if act == "sign" and self.starts_on < today:
            return [Finding(6, "公示起始日早于签发日，请退回修改后再签发")]
        if act == "sign" and not self.lines.exists():
            return [Finding(6, "公示没有任何单位，不能签发")]
        if act == "close" and today <= self.ends_on:
            return [Finding(6, f"公示期至{periods.chinese_date(self.ends_on)}24时，尚未届满")]
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


class Objection(Case):
    """异议: raised in writing and in real name during a notice; holds only its unit."""

    KIND = "objection"
    LABEL = "异议"
    PREFIX = "YY"
    RANK = 10
    CLOSED = frozenset({"upheld", "dismissed"})
    SEEN_BY = (OFFICER, CHIEF)
    URL = "objections"

    class State(models.TextChoices):
        RECEIVED = "received", "待受理"
        CHECKING = "checking", "核查中"
        UPHELD = "upheld", "异议成立"
        DISMISSED = "dismissed", "异议不成立"

    TONES = {"received": "blue", "checking": "orange", "upheld": "red"}

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    publicity = models.ForeignKey(Publicity, models.PROTECT, related_name="raised", verbose_name="公示")
    target = models.ForeignKey(Case, models.PROTECT, related_name="objections", verbose_name="所涉事项")
    objector = models.CharField("反映人（实名）", max_length=80)
    phone = models.CharField("联系电话", max_length=40)
    received_on = models.DateField("收到日期")
    facts = models.TextField("反映的事实")

    class Meta:
        verbose_name = verbose_name_plural = "异议"

    # fmt: off
    @act("登记异议", article=6, source=BEGIN, target="received", by=OFFICER, tells=[CHIEF],
         due="objection_days", internal=True)
    def receive(self, *, by: Any, at: datetime, reason: str, **data: Any) -> None:
        for name, value in data.items():
            setattr(self, name, value)
        self.unit_id = self.target.unit_id
        self.district_id = self.target.district_id

    @act("受理", article=6, source="received", target="checking", by=OFFICER,
         due="objection_days", internal=True)
    def accept(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("异议成立", article=6, source="checking", target="upheld", by=OFFICER,
         tells=[CHIEF], internal=True, needs_reason=True)
    def uphold(self, *, by: Any, at: datetime, reason: str, **data: Any) -> list[Then]:
        # A second objection may be right about a case that the first one has already sent back.
        return [Then(self.target, "uphold", reason=reason)] if self.target.could("uphold") else []

    @act("异议不成立", article=6, source="checking", target="dismissed", by=OFFICER,
         tells=[CHIEF], internal=True, needs_reason=True)
    def dismiss(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    # fmt: on
    def lock_before(self, act: str) -> None:
        # A notice must not close between our look at it and the objection's row.
        if act == "receive":
            Case.objects.select_for_update(no_key=True).get(pk=self.publicity_id)
            self.publicity.refresh_from_db()

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "receive" and self.publicity.state != "running":
            return [Finding(6, "只有公示中的公示可以登记异议")]
        if act == "receive" and not self.publicity.lines.filter(case=self.target_id).exists():
            return [Finding(6, "所涉事项不在该公示的名单内")]
        return []
