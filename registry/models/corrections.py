"""更正公告: what a notice that is out says wrongly, and what is right. The notice itself stays as it was signed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models

from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Finding
from registry.acts import BEGIN, Then, act
from registry.models.case import Case
from registry.models.gazette import NoticeLine, Publicity
from registry.roles import CHIEF, OFFICER


class Correction(Case):
    """更正公告: drawn up by one, signed by another, then public beside the notice."""

    KIND = "correction"
    LABEL = "更正公告"
    PREFIX = "GZ"
    RANK = 15
    EDITABLE = frozenset({"sent_back"})
    CLOSED = frozenset({"published", "void"})
    PUBLIC = frozenset({"published"})
    SEEN_BY = (OFFICER, CHIEF)
    URL = "corrections"

    class State(models.TextChoices):
        DRAFTED = "drafted", "待签发"
        SENT_BACK = "sent_back", "退回修改"
        PUBLISHED = "published", "已公布"
        VOID = "void", "作废"

    TONES = {"drafted": "blue", "sent_back": "orange", "published": "green"}

    class Place(models.TextChoices):
        """Where the notice is wrong: in its own words, or in what a line says."""

        TITLE = "title", "公示标题"
        TEXT = "text", "公示正文"
        NAME = "name", "单位名称"
        CATEGORY = "category", "类型"
        DISTRICT = "district", "所在区"

    OF_LINES = (Place.NAME, Place.CATEGORY, Place.DISTRICT)

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    publicity = models.ForeignKey(
        Publicity, models.PROTECT, related_name="corrections", verbose_name="所属公示"
    )
    line = models.ForeignKey(
        NoticeLine, models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="所涉单位"
    )
    place = models.CharField("更正处", max_length=10, choices=Place.choices)
    said = models.TextField("原文")
    right = models.TextField("更正为")
    why = models.TextField("更正原因")
    extended_to = models.DateField("公示期延长至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "更正公告"
        constraints = [
            models.CheckConstraint(
                name="correction_of_a_line_names_it",
                condition=models.Q(line__isnull=False, place__in=["name", "category", "district"])
                | models.Q(line__isnull=True, place__in=["title", "text"]),
            )
        ]

    # fmt: off
    @act("拟更正", article=6, source=BEGIN, target="drafted", by=OFFICER, tells=[CHIEF], due="signing_days")
    def draw_up(self, *, by: Any, at: datetime, reason: str, **words: Any) -> None:
        self._write(**words)

    @act("重新拟定", article=6, source="sent_back", target="drafted", by=OFFICER,
         tells=[CHIEF], due="signing_days")
    def redraw(self, *, by: Any, at: datetime, reason: str, **words: Any) -> None:
        self._write(**words)

    @act("签发", article=6, source="drafted", target="published", by=CHIEF,
         tells=[OFFICER], apart_from=["draw_up", "redraw"])
    def sign(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        return [Then(self.publicity, "extend", extended_to=self.extended_to)] if self.extended_to else []

    @act("退回修改", article=6, source="drafted", target="sent_back", by=CHIEF,
         tells=[OFFICER], needs_reason=True)
    def send_back(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("作废", article=6, source=["drafted", "sent_back"], target="void", by=OFFICER, needs_reason=True)
    def void(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    # fmt: on
    def _write(self, *, place: str, line: int | None, right: str, why: str, extended_to: date | None,
               said: str = "") -> None:  # fmt: skip
        self.place, self.line_id, self.right, self.why = place, line, right, why
        self.extended_to = extended_to
        self.said = self.stands(said)

    def stands(self, quoted: str) -> str:
        """The words to correct: of a line as it stands there, of title and text as quoted."""
        return self.shown(getattr(self.line, self.place)) if self.line else quoted

    def shown(self, value: str) -> str:
        """A line's value in the words of the page."""
        return Category(value).label if self.place == self.Place.CATEGORY else value

    def lock_before(self, act: str) -> None:
        # The notice must not close while a correction lengthens it.
        if act == "sign":
            Case.objects.select_for_update(no_key=True).get(pk=self.publicity_id)
            self.publicity.refresh_from_db()

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act not in {"draw_up", "sign"}:
            return []
        notice = self.publicity
        if notice.state not in notice.PUBLIC:
            return [Finding(6, "公示签发以后才能更正；尚未签发的，请退回修改")]
        if act == "sign" and self.extended_to:
            return late_end(notice, self.extended_to)
        return []


def late_end(notice: Publicity, day: date) -> list[Finding]:
    """Whether the notice may be made longer, to that day (Article 6: it is admitted 经公示无异议, so after it)."""
    if notice.state != "running":
        return [Finding(6, "公示已经办理结束，不能延长公示期；错误影响公示效果的，请重新公示")]
    if day <= notice.open_until:
        return [Finding(6, f"公示期现至{chinese_date(notice.open_until)}，延长后的截止日应晚于该日")]
    return []
