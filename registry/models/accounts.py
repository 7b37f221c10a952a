"""企业注册 and 成员: how an enterprise comes to its account, and who else acts for it (Article 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Finding, Material
from registry import names
from registry.acts import BEGIN, GIVEN, AgainstRule, Desk, Edit, NotNow, act
from registry.models.case import Case
from registry.models.files import Document
from registry.models.people import User
from registry.models.rosters import RosterLine
from registry.models.units import LegalEntity, Unit
from registry.roles import CHIEF, DISTRICT, OFFICER, REGISTRANT, UNIT


class Registration(Case):
    """企业注册: an enterprise says who it is, its district confirms which entity on the books that is, or a new one."""

    KIND = "registration"
    LABEL = "企业注册"
    PREFIX = "ZC"
    RANK = 5
    CLOSED = frozenset({"confirmed", "declined", "lapsed", "withdrawn"})
    SEEN_BY = (REGISTRANT, UNIT, DISTRICT, OFFICER, CHIEF)
    URL = "registrations"

    class State(models.TextChoices):
        FILED = "filed", "待区级核验"
        RETURNED = "returned", "退回补正"
        CONFIRMED = "confirmed", "已核验"
        DECLINED = "declined", "不予核验"
        LAPSED = "lapsed", "不再受理"
        WITHDRAWN = "withdrawn", "已撤回"

    TONES = {"filed": "blue", "returned": "orange", "confirmed": "green", "declined": "red"}
    # What the enterprise fills in, besides its district and its sealed authorisation.
    FILLED = (
        "credit_code",
        "code_evidence",
        "name",
        "category",
        "site",
        "address",
        "industry",
        "contact",
        "phone",
        "email",
    )

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    code_evidence = models.CharField("代码校验未通过的佐证说明", max_length=200, blank=True)
    name = models.CharField("企业名称", max_length=120)
    category = models.CharField("类型", max_length=20, choices=Category.choices())
    site = models.CharField("厂区", max_length=80, blank=True)
    address = models.CharField("地址", max_length=200)
    industry = models.CharField("行业", max_length=60)
    contact = models.CharField("联系人", max_length=40)
    phone = models.CharField("联系电话", max_length=40)
    email = models.EmailField("电子邮箱")
    demands = models.JSONField("补正事项", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "企业注册"
        constraints = [
            models.CheckConstraint(
                name="registration_code_has_18_signs",
                condition=models.Q(credit_code__regex=r"^[0-9A-Z]{18}$"),
            )
        ]

    # fmt: off
    @act("提交注册", article=3, source=BEGIN, target="filed", by=REGISTRANT,
         tells=[DISTRICT], due="register_days", submits=True)
    def register(self, *, by: Any, at: datetime, reason: str, document: Document, **filled: Any) -> list[Edit]:
        self._fill(filled, document, by=by, at=at)
        return [Edit(by, "提交企业注册", registration=self.no)]

    @act("补正后提交", article=3, source="returned", target="filed", by=REGISTRANT,
         tells=[DISTRICT], due="register_days", submits=True)
    def refile(self, *, by: Any, at: datetime, reason: str, document: Document | None = None, **filled: Any) -> None:
        self._fill(filled, document, by=by, at=at)

    @act("确认", article=3, source="filed", target="confirmed", by=DISTRICT, tells=[REGISTRANT])
    def confirm(
        self, *, by: Any, at: datetime, reason: str, entity: int | None, people: int = 0, units: list[int], **data: Any
    ) -> list[Edit]:
        """`entity` is the id of the entity claimed, None for a new one; `people` how many act for it as the page
        showed; `units` the ids of its units without a district that lie in this one."""
        self._still_waiting()
        whole = self._new_entity(reason) if entity is None else self._claimed(entity, people, reason)
        self.unit, edits = self._place(whole, units)
        changes = self._code_of(whole) if entity is not None else {}
        return [
            Edit(whole, "企业注册核验", changes=changes, internal=False, member=self.contact, registration=self.no),
            *edits,
            Edit(self.opened_by, "成为企业经办", changes={"role": UNIT.code, "entity": whole}, registration=self.no),
        ]

    @act("退回补正", article=3, source="filed", target="returned", by=DISTRICT,
         tells=[REGISTRANT], due=GIVEN, undo=True)
    def send_back(self, *, by: Any, at: datetime, demands: list[dict[str, Any]], **data: Any) -> None:
        self.demands = demands

    @act("不予核验", article=3, source="filed", target="declined", by=DISTRICT,
         tells=[REGISTRANT], needs_reason=True)
    def decline(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("不再受理", article=3, source="returned", target="lapsed", by=DISTRICT,
         tells=[REGISTRANT], desk=Desk.AFTER_DUE)
    def lapse(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("撤回注册", article=None, source=["filed", "returned"], target="withdrawn", by=REGISTRANT,
         tells=[DISTRICT], desk=Desk.NEVER)
    def withdraw(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    # fmt: on
    def findings(self, act: str, at: datetime) -> list[Finding]:
        if act == "lapse" and self.due_on and localdate(at) <= self.due_on:
            return [Finding(3, f"补正期限至{chinese_date(self.due_on)}，尚未届满")]
        return []

    def _fill(self, filled: dict[str, Any], document: Document | None, *, by: Any, at: datetime) -> None:
        self.district = filled["district"]
        for name in self.FILLED:
            setattr(self, name, filled[name])
        if document is None:
            return
        earlier = self.documents.filter(kind=Material.AUTHORISATION)
        document.version = earlier.count() + 1
        earlier.current().update(superseded_at=at)
        document.case_id, document.kind = self.pk, Material.AUTHORISATION
        document.uploaded_by, document.uploaded_at = by, at
        document.save()

    # --- what it is confirmed as

    def _still_waiting(self) -> None:
        person = self.opened_by
        if person is None or not REGISTRANT.held_by(person):
            raise NotNow("注册账号已停用或已另有身份，不能核验", case=self)

    def _refuse(self, words: str) -> AgainstRule:
        return AgainstRule(words, findings=[Finding(3, words)], case=self)

    def _ask(self, doubts: list[str], reason: str) -> None:
        """Doubts are shown and need words."""
        if doubts and not reason.strip():
            found = [Finding(3, words, binding=False) for words in doubts]
            raise AgainstRule("请写明理由后继续", findings=found, case=self, needs_reason=True)

    def _new_entity(self, reason: str) -> LegalEntity:
        if LegalEntity.objects.filter(credit_code=self.credit_code).exists():
            raise self._refuse("该统一社会信用代码已登记在册，请认领该法人主体")
        folded = names.fold(self.name)
        if LegalEntity.objects.in_use().filter(folded=folded).exists():
            self._ask(["名册中已有同名法人主体，另立新主体须说明理由"], reason)
        entity = LegalEntity(credit_code=self.credit_code, code_evidence=self.code_evidence)
        entity.call(self.name)
        entity.save()
        return entity

    def _claimed(self, pk: int, people: int, reason: str) -> LegalEntity:
        """The entity, locked, if this registration may claim it."""
        entity = LegalEntity.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if entity is None or entity.merged_into_id:
            raise NotNow("所选法人主体已并入其他主体，请刷新后重新选择", case=self)
        if entity.credit_code and entity.credit_code != self.credit_code:
            raise self._refuse(f"所选法人主体已登记统一社会信用代码 {entity.credit_code}，与注册填报的不同")
        owner = LegalEntity.objects.filter(credit_code=self.credit_code).exclude(pk=pk).first()
        if owner:
            raise self._refuse(f"该统一社会信用代码属于“{owner}”，请认领该法人主体")
        if entity.people.filter(is_active=True).count() != people:
            raise NotNow("该法人主体的经办人刚有变化，请核对后重新办理", case=self)
        doubts = []
        if people:
            doubts.append(f"该法人主体已有 {people} 名经办人，一般应由其邀请成员")
        if names.fold(self.name) not in names_of(entity):
            doubts.append(f"填报名称与名册中的“{entity}”不同，名册名称不因注册而改变")
        self._ask(doubts, reason)
        return entity

    def _code_of(self, entity: LegalEntity) -> dict[str, Any]:
        """What an entity without a code gains by being claimed."""
        if entity.credit_code:
            return {}
        search = names.search_text(entity.name, *entity.names_before(), code=self.credit_code)
        return {"credit_code": self.credit_code, "code_evidence": self.code_evidence, "search": search}

    def _place(self, entity: LegalEntity, ticked: list[int]) -> tuple[Unit, list[Edit]]:
        """The unit that registers, found or made, and the entries of all units that get this district."""
        there = list(Unit.objects.select_for_update(no_key=True).filter(entity=entity).order_by("pk"))
        here = [unit for unit in there if unit.pk in ticked and unit.district_id is None]
        own = self._own(there, here)
        facts = {name: getattr(self, name) for name in ("address", "industry", "contact", "phone")}
        if own is None:
            own = Unit.objects.create(
                entity=entity,
                category=self.category,
                site=self.site,
                district_id=self.district_id,
                **facts,
            )
            made = Edit(own, "企业注册登记单位", registration=self.no)
        else:
            blank = {name: value for name, value in facts.items() if value and not getattr(own, name)}
            made = Edit(own, "企业注册核验", changes=blank | self._here(own), registration=self.no)
        others = [
            Edit(unit, "确定所在区", changes=self._here(unit), registration=self.no)
            for unit in here
            if unit.pk != own.pk
        ]
        return own, [made, *others]

    def _here(self, unit: Unit) -> dict[str, Any]:
        return {} if unit.district_id else {"district": self.district}

    def _own(self, there: list[Unit], here: list[Unit]) -> Unit | None:
        """Among an entity's units: that of this category at this site, else the one ticked of this category."""
        same = [unit for unit in there if unit.category == self.category]
        exact = [unit for unit in same if names.fold(unit.site) == names.fold(self.site)]
        found = exact or [unit for unit in same if unit in here]
        if len(found) > 1:
            raise self._refuse("该法人主体有多个同类型单位，请退回企业写明厂区")
        unit = found[0] if found else None
        if unit and unit.district_id not in {None, self.district_id}:
            raise self._refuse(f"该单位已登记在{unit.district}，不在本区；另有厂区的，请退回企业写明厂区")
        return unit


def names_of(entity: LegalEntity) -> set[str]:
    """The folded names that an entity bears, bore, or was published under."""
    published = RosterLine.objects.filter(unit__entity=entity).values_list("name", flat=True)
    return {names.fold(name) for name in (entity.name, *entity.names_before(), *published)}


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations as they stand at a moment."""

    def open_at(self, now: datetime) -> InvitationQuerySet:
        """Those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)


class Invitation(models.Model):
    """邀请: a member of an enterprise asks somebody to act for it too. The link is known to those two alone: here lies
    its digest."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="invitations")
    name = models.CharField("姓名", max_length=40)
    email = models.EmailField("电子邮箱")
    phone = models.CharField("联系电话", max_length=40, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField("有效期至")
    accepted_by = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, now: datetime) -> bool:
        """Can it still be accepted?"""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
