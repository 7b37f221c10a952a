"""People and the bodies they act for: districts, evaluator agencies, users."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from registry import roles
from registry.models.log import Chained


class District(models.Model):
    """A recommending body on the district level: 16 districts and the Economic-Technological Area."""

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=30, unique=True)
    short = models.CharField("简称", max_length=10, unique=True)
    office = models.CharField("主管部门", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    order = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "区"
        ordering = ["order"]

    def __str__(self) -> str:
        return self.short


class EvaluatorAgency(models.Model):
    """A third-party evaluator (Article 3)."""

    name = models.CharField("名称", max_length=100, unique=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    code_evidence = models.CharField("代码校验未通过的佐证说明", max_length=200, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=40, blank=True)
    qualifications = models.TextField("资质和能力", max_length=2000, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    suspended_because = models.CharField("暂停委托的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "第三方评价机构"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser, Chained):
    """A person with one role, and the body that the role binds them to."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=40)
    role = models.CharField("角色", max_length=12, choices=[(r.code, r.label) for r in roles.ROLES])
    phone = models.CharField("联系电话", max_length=40, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, verbose_name="区")
    entity = models.ForeignKey(
        "registry.LegalEntity",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name="法人主体",
    )
    agency = models.ForeignKey(
        EvaluatorAgency, models.PROTECT, null=True, blank=True, verbose_name="第三方评价机构"
    )
    keys_on = models.BooleanField("启用单键快捷键", default=True)

    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            # A role without the body that it is bound to would see nothing, or worse.
            models.CheckConstraint(
                name="user_role_has_its_body",
                condition=(
                    Q(role="unit", entity__isnull=False)
                    | Q(role="district", district__isnull=False)
                    | Q(role="evaluator", agency__isnull=False)
                    | Q(role__in=["registrant", "officer", "chief", "admin", "security", "auditor"])
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def plays(self, *wanted: roles.Role) -> bool:
        """Does this user hold one of these roles?"""
        return any(role.held_by(self) for role in wanted)

    @property
    def sees_internal(self) -> bool:
        """Does this user see what is kept inside the bureau?"""
        return self.plays(roles.OFFICER, roles.CHIEF, roles.AUDITOR)

    @property
    def office(self) -> str:
        """The body this person acts for, as shown under the name."""
        body: Any = {
            "unit": self.entity,
            "district": self.district and (self.district.office or self.district.name),
            "evaluator": self.agency,
        }.get(self.role)
        return str(body) if body else self.get_role_display()
