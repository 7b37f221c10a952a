"""What the measure does not fix: settings with their basis, and the table of holidays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models

from greenmfg import periods


@dataclass(frozen=True)
class Known:
    """A setting that the portal reads: its label, default, unit, and where the default comes from."""

    label: str
    default: str
    unit: str
    basis: str


WORKING_DAYS = "个工作日"
PRACTICE = "办法未作规定；按本市征集通知惯例设定，可由市局调整"

KNOWN: dict[str, Known] = {
    "district_days": Known("区级推荐办理期限", "5", WORKING_DAYS, PRACTICE),
    "bureau_days": Known("市级审核办理期限", "10", WORKING_DAYS, PRACTICE),
    "recheck_days": Known("第三方复核期限", "15", WORKING_DAYS, PRACTICE),
    "correction_days": Known("补正期限（默认）", "5", WORKING_DAYS, PRACTICE),
    "signing_days": Known("签发办理期限", "3", WORKING_DAYS, PRACTICE),
    "objection_days": Known("异议核查期限", "10", WORKING_DAYS, PRACTICE),
    "notice_days": Known("公示期", "5", WORKING_DAYS, "办法未规定公示时长；参照本局专精特新公示惯例"),
    "undo_seconds": Known("撤回本次决定的时限", "30", "秒", "办法未作规定；系统设定"),
    "upload_mb": Known("单个文件大小上限", "200", "MB", "办法未作规定；系统设定"),
    "export_rows": Known("单次导出行数上限", "5000", "行", "办法未作规定；系统设定"),
    "notice_phone": Known("公示联系电话", "010-55578377", "", "征求意见稿公布的联系方式"),
    "notice_mail": Known("公示联系邮箱", "jnc@jxj.beijing.gov.cn", "", "征求意见稿公布的联系方式"),
    "notice_address": Known("公示联系地址", "北京市通州区运河东大街57号", "", "征求意见稿公布的联系方式"),
}


class Setting(models.Model):
    """A setting that differs from its default, with the basis of the change."""

    key = models.CharField(
        "设置项", max_length=40, primary_key=True, choices=[(k, v.label) for k, v in KNOWN.items()]
    )
    value = models.CharField("值", max_length=200)
    basis = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "设置"

    def __str__(self) -> str:
        return KNOWN[self.key].label if self.key in KNOWN else self.key

    def clean(self) -> None:
        if KNOWN[self.key].unit and not self.value.isdecimal():
            raise ValidationError({"value": "请填写不小于 0 的整数"})

    @classmethod
    def text(cls, key: str) -> str:
        """The value in force of a known setting."""
        known = KNOWN[key]
        row = cls.objects.filter(key=key).values_list("value", flat=True).first()
        return known.default if row is None else row

    @classmethod
    def number(cls, key: str) -> int:
        """The value in force as a whole number."""
        return int(cls.text(key))


class Wording(models.Model):
    """常用文书用语: words that officers choose and then edit, each with the article it stands on."""

    class Kind(models.TextChoices):
        RETURN = "return", "退回补正事项"
        REFUSE = "refuse", "不予入库理由"
        NOTICE = "notice", "公示正文"
        ANSWER = "answer", "异议答复"

    code = models.CharField("编号", max_length=10, unique=True)
    kind = models.CharField("用途", max_length=10, choices=Kind.choices)
    label = models.CharField("名称", max_length=30)
    where = models.CharField("位置", max_length=60, blank=True)
    text = models.TextField("用语", max_length=2000)
    article = models.PositiveSmallIntegerField("依据条号", null=True, blank=True)
    order = models.PositiveSmallIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "文书用语"
        ordering = ["kind", "order", "code"]
        constraints = [
            models.CheckConstraint(
                name="wording_cites_an_article",
                condition=models.Q(article__isnull=True) | models.Q(article__gte=1, article__lte=16),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class Holiday(models.Model):
    """A day whose kind differs from its weekday: a holiday, or a weekend day worked in exchange."""

    day = models.DateField("日期", primary_key=True)
    off = models.BooleanField("休息")
    name = models.CharField("名称", max_length=40, blank=True)
    basis = models.CharField("依据", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "法定休假日与调休"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'休' if self.off else '班'}"

    @classmethod
    def calendar(cls, years: Iterable[int]) -> periods.Calendar:
        """The calendar of these years; a year counts as known when it has any row."""
        wanted = sorted(years)
        span = (date(wanted[0], 1, 1), date(wanted[-1], 12, 31))
        found = cls.objects.filter(day__range=span).values_list("day", "off")
        rows = [(day, off) for day, off in found if day.year in wanted]
        return periods.Calendar(
            off=frozenset(day for day, off in rows if off),
            working=frozenset(day for day, off in rows if not off),
            years=frozenset(day.year for day, _ in rows),
        )

    @classmethod
    def calendar_around(cls, day: date) -> periods.Calendar:
        """The calendar for periods that start about that day."""
        return cls.calendar(range(day.year - 1, day.year + 4))
