"""异议: raised in writing and in real name while a notice is out (Article 6)."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg import rulebook
from greenmfg.rulebook import Finding
from registry.acts import BEGIN, AgainstRule, NotNow, Then, act
from registry.models.case import Case
from registry.models.files import Document
from registry.models.gazette import Publicity
from registry.models.terms import Setting
from registry.roles import CHIEF, OFFICER, PUBLIC


class TooMany(NotNow):
    """More than one reader is expected to send. The words never tell whether somebody else has sent anything."""

    status = 429

    def __init__(self, case: Any = None) -> None:
        super().__init__("提交次数已达上限，请稍后再试，或者以书面形式寄送", case=case)


def phone_digits(phone: str) -> str:
    """What of a telephone number is compared: its digits, without the country code."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", phone))
    return (
        digits.removeprefix("0086") if digits.startswith("0086") else re.sub(r"^86(?=1\d{10}$)", "", digits)
    )


class Objection(Case):
    """异议: holds only its unit. Who raised it is known to those who handle it and to nobody else."""

    KIND = "objection"
    LABEL = "异议"
    PREFIX = "YY"
    RANK = 10
    CLOSED = frozenset({"turned_away", "upheld", "dismissed"})
    SEEN_BY = (OFFICER, CHIEF)
    CONFIDENTIAL = frozenset({"objector", "phone", "facts", "name"})
    URL = "objections"

    class State(models.TextChoices):
        RECEIVED = "received", "待受理"
        CHECKING = "checking", "核查中"
        TURNED_AWAY = "turned_away", "不予受理"
        UPHELD = "upheld", "异议成立"
        DISMISSED = "dismissed", "异议不成立"

    TONES = {"received": "blue", "checking": "orange", "upheld": "red"}

    class Capacity(models.TextChoices):
        """身份: in whose name it is raised."""

        BODY = "body", "单位"
        PERSON = "person", "个人"

    class Because(models.TextChoices):
        """Why an objection is turned away."""

        ANONYMOUS = "anonymous", "匿名，或者未提供真实身份"
        UNSIGNED = "unsigned", "未加盖公章，或者未手写签名"
        ELSEWHERE = "elsewhere", "所反映的事项与本次公示无关"
        LATE = "late", "不是在公示期内提出"
        OTHER = "other", "其他情形"

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    publicity = models.ForeignKey(Publicity, models.PROTECT, related_name="raised", verbose_name="公示")
    target = models.ForeignKey(Case, models.PROTECT, related_name="objections", verbose_name="所涉事项")
    capacity = models.CharField(
        "反映人身份", max_length=10, choices=Capacity.choices, default=Capacity.PERSON
    )
    objector = models.CharField("反映人（实名）", max_length=80)
    phone = models.CharField("联系电话", max_length=40)
    received_on = models.DateField("收到日期")
    facts = models.TextField("反映的事实")
    because = models.CharField("不予受理的原因", max_length=10, choices=Because.choices, blank=True)
    answer = models.TextField("答复", blank=True)
    # Of the 受理查询码 only this; empty where an officer registered a letter.
    code_digest = models.CharField("查询码摘要", max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        constraints = [
            models.UniqueConstraint(
                fields=["code_digest"], condition=~models.Q(code_digest=""), name="objection_code_once"
            )
        ]

    # fmt: off
    @act("登记异议", article=6, source=BEGIN, target="received", by=OFFICER, tells=[CHIEF],
         due="objection_accept_days", internal=True)
    def receive(self, *, by: Any, at: datetime, reason: str, **data: Any) -> None:
        for name, value in data.items():
            setattr(self, name, value)
        self._take_in()

    @act("提出异议", article=6, source=BEGIN, target="received", by=PUBLIC, tells=[OFFICER, CHIEF],
         due="objection_accept_days", internal=True)
    def file(self, *, by: Any, at: datetime, reason: str, files: list[dict[str, Any]], **data: Any) -> None:
        for name, value in data.items():
            setattr(self, name, value)
        self.received_on = localdate(at)
        self._take_in()
        self._not_too_many()
        Document.objects.bulk_create(Document(case_id=self.pk, uploaded_at=at, **file) for file in files)

    @act("受理", article=6, source="received", target="checking", by=OFFICER,
         due="objection_days", internal=True)
    def accept(self, *, by: Any, at: datetime, **data: Any) -> list[Then]:
        # The unit hears it in its own case's timeline and messages, without a word of who objected.
        return [Then(self.target, "hold", reason="")] if self.target.could("hold") else []

    @act("不予受理", article=6, source="received", target="turned_away", by=OFFICER, internal=True)
    def turn_away(self, *, by: Any, at: datetime, reason: str, because: str, answer: str = "") -> None:
        self.because, self.answer = because, answer

    @act("异议成立", article=6, source="checking", target="upheld", by=OFFICER,
         tells=[CHIEF], internal=True, needs_reason=True)
    def uphold(self, *, by: Any, at: datetime, reason: str, answer: str = "") -> list[Then]:
        self.answer = answer
        # A second objection may be right about a case that the first one has already sent back. What was found
        # stays in the bureau: the unit hears the outcome here, and the particulars when its case is examined.
        words = "公示期间的异议经核查成立"
        return [Then(self.target, "uphold", reason=words)] if self.target.could("uphold") else []

    @act("异议不成立", article=6, source="checking", target="dismissed", by=OFFICER,
         tells=[CHIEF], internal=True, needs_reason=True)
    def dismiss(self, *, by: Any, at: datetime, reason: str, answer: str = "") -> list[Then]:
        self.answer = answer
        return [Then(self.target, "release", reason="")] if self.target.could("release") else []

    # fmt: on
    def _take_in(self) -> None:
        """Whose unit it is about, and whether it came in time. Raises AgainstRule."""
        self.unit_id = self.target.unit_id
        self.district_id = self.target.district_id
        published = self.publicity.published_on()
        assert published is not None  # it runs
        found = rulebook.objection_window(
            published_on=published, last_day=self.publicity.open_until, received_on=self.received_on
        )
        if found:
            raise AgainstRule("；".join(finding.message for finding in found), findings=found, case=self)

    def _not_too_many(self) -> None:
        """Raises TooMany when this telephone number has enough open objections to the notice."""
        waiting = Objection.objects.filter(publicity=self.publicity_id, closed_at__isnull=True)
        mine = phone_digits(self.phone)
        same = sum(phone_digits(phone) == mine for phone in waiting.values_list("phone", flat=True))
        if same >= Setting.number("objections_per_phone", on=self.received_on):
            raise TooMany(self)

    def lock_before(self, act: str) -> None:
        # A notice must not close, nor its case enter the pool, between our look at them and the objection's row.
        if act in {"receive", "file"}:
            Case.objects.select_for_update(no_key=True).get(pk=self.publicity_id)
            self.publicity.refresh_from_db()
            if self.target_id:
                self.target = Case.objects.select_for_update(no_key=True).get(pk=self.target_id)

    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act not in {"receive", "file"}:
            return []
        if self.publicity.state != "running":
            return [Finding(6, "只有公示中的公示可以登记异议")]
        if not self.publicity.lines.filter(case=self.target_id).exists():
            return [Finding(6, "所涉事项不在该公示的名单内")]
        if self.target.is_closed:  # by a later notice of its own
            return [Finding(6, "所涉事项已经办结")]
        return []
