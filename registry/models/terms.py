"""What the measure does not fix: settings with their basis and day, words to choose from, and the table of holidays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from greenmfg import periods
from greenmfg.memo import once
from greenmfg.rulebook import DRAFT_2023
from registry.roles import ADMIN, OFFICER, Role

DEADLINES, NOTICES, CONTACTS, FILES, USE = "办理期限", "公示", "联系方式", "上传", "使用"
AGENCIES = "第三方评价"
NUMBER, PHONE, MAIL, TEXT = "number", "phone", "mail", "text"


@dataclass(frozen=True)
class Known:
    """A setting that the portal reads: its label, default, unit, and where the default comes from.

    group         under which heading it is shown
    kind          what may be entered: a whole number (whatever has a unit is one), a phone, an address of mail, a line
    least, most   bounds of a number, so that nonsense is refused at entry
    keeper        who enters it: the bureau's terms are the officer's, the technical ones the administrator's
    The default holds from `since` on.
    """

    label: str
    default: str
    unit: str
    basis: str
    group: str = DEADLINES
    kind: str = NUMBER
    least: int = 1
    most: int = 250
    keeper: Role = OFFICER
    since: date = DRAFT_2023.in_force_from or date.min

    def problem(self, value: str) -> str:
        """What is wrong with this value, in Chinese and fit to stand beside the field; empty when it fits."""
        if self.kind == NUMBER:
            fits = value.isascii() and value.isdecimal() and len(value) < 10
            if fits and self.least <= int(value) <= self.most:
                return ""
            return f"请填写 {self.least}–{self.most} 之间的整数"
        if not value.strip() or "\n" in value or len(value) > Setting.LONGEST:
            return f"请填写一行文字，不超过 {Setting.LONGEST} 字"
        if self.kind == PHONE and not re.fullmatch(r"\+?[0-9][0-9 -]{5,30}[0-9](转[0-9]{1,6})?", value):
            return "请填写电话号码，如 010-55578377"
        if self.kind == MAIL:
            try:
                validate_email(value)
            except ValidationError:
                return "请填写电子邮箱，如 name@example.org"
        return ""


WORKING_DAYS = "个工作日"
PRACTICE = "办法未作规定；按本市征集通知惯例设定，可由市局调整"
CONTACT = "征求意见稿公布的联系方式"
ANONYMOUS = "办法未作规定；为避免推知其他单位得分，系统设定，可由市局调整，不少于 3 家"
CAP = "办法未作规定；参照国家绿色制造第三方评价每年不超过 15 项的要求，市局启用后生效"

KNOWN: dict[str, Known] = {
    "district_days": Known("区级推荐办理期限", "5", WORKING_DAYS, PRACTICE),
    "bureau_days": Known("市级审核办理期限", "10", WORKING_DAYS, PRACTICE),
    "recheck_days": Known("第三方复核期限", "15", WORKING_DAYS, PRACTICE),
    "agency_cap_on": Known(
        "是否限制评价机构年度项目数", "0", "（0 不限制，1 限制）", CAP, AGENCIES, least=0, most=1
    ),
    "agency_cap": Known("同一法定代表人年度评价项目上限", "15", "项", CAP, AGENCIES, most=200),
    "distribution_least": Known("得分分布最少单位数", "5", "家", ANONYMOUS, AGENCIES, least=3, most=100),
    "score_gap": Known(
        "自评与第三方评价得分相差较大的提示值",
        "10",
        "分",
        "办法未作规定；由市局设定，供确认级别时参考",
        AGENCIES,
        most=100,
    ),
    "correction_days": Known("补正期限（默认）", "5", WORKING_DAYS, PRACTICE),
    "signing_days": Known("签发办理期限", "3", WORKING_DAYS, PRACTICE),
    "objection_days": Known("异议核查期限", "10", WORKING_DAYS, PRACTICE),
    "register_days": Known(
        "企业注册核验期限", "5", WORKING_DAYS, "办法未作规定；比照区级推荐办理期限设定，可由市局调整"
    ),
    "invite_days": Known("成员邀请有效期", "7", "日", "办法未作规定；系统设定", USE, most=60, keeper=ADMIN),
    "objection_accept_days": Known("异议受理期限", "3", WORKING_DAYS, PRACTICE, NOTICES),
    "objection_mb": Known(
        "异议材料单个文件大小上限",
        "45",
        "MB",
        "办法未作规定；系统设定，四个文件一次提交",
        FILES,
        most=100,
        keeper=ADMIN,
    ),
    "objections_per_phone": Known(
        "同一联系电话对一次公示的在办异议上限", "3", "件", "办法未作规定；系统设定", NOTICES, most=100
    ),
    "notice_days": Known(
        "公示期", "5", WORKING_DAYS, "办法未规定公示时长；参照本局专精特新公示惯例", NOTICES, most=60
    ),
    "undo_seconds": Known(
        "撤回本次决定的时限", "30", "秒", "办法未作规定；系统设定", USE, least=0, most=600, keeper=ADMIN
    ),
    "upload_mb": Known(
        "单个文件大小上限", "200", "MB", "办法未作规定；系统设定", FILES, most=200, keeper=ADMIN
    ),
    "export_rows": Known(
        "单次导出行数上限", "5000", "行", "办法未作规定；系统设定", FILES, most=20000, keeper=ADMIN
    ),
    "notice_phone": Known("公示联系电话", "010-55578377", "", CONTACT, CONTACTS, PHONE),
    "notice_mail": Known("公示联系邮箱", "jnc@jxj.beijing.gov.cn", "", CONTACT, CONTACTS, MAIL),
    "notice_address": Known("公示联系地址", "北京市通州区运河东大街57号", "", CONTACT, CONTACTS, TEXT),
}


@dataclass(frozen=True)
class Term:
    """The value of a setting on a day: what holds, on what basis, since when."""

    key: str
    value: str
    basis: str
    since: date

    @property
    def words(self) -> str:
        """5 个工作日."""
        return f"{self.value} {KNOWN[self.key].unit}".strip()


class Setting(models.Model):
    """A value of a setting from a day on, with its basis. Before the first row its default holds.

    Nothing goes once its day has come: a wrong value is superseded by a later one, so that an act of any day can be
    explained by the value of that day. The database refuses changes (guards.py).
    """

    LONGEST = 200

    key = models.CharField("设置项", max_length=40)
    value = models.CharField("值", max_length=LONGEST)
    basis = models.CharField("依据", max_length=200)
    in_force_from = models.DateField("施行日期")

    class Meta:
        verbose_name = verbose_name_plural = "设置"
        ordering = ["key", "in_force_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "in_force_from"], name="setting_one_value_a_day"),
            models.CheckConstraint(name="setting_has_a_basis", condition=~models.Q(basis="")),
        ]

    def __str__(self) -> str:
        return f"{KNOWN[self.key].label if self.key in KNOWN else self.key}（{self.in_force_from}）"

    @classmethod
    def terms(cls, *keys: str, on: date) -> dict[str, Term]:
        """The terms of these known settings on that day, of all of them without keys; one query, for a page altogether.

        KeyError for a setting that nobody declared.
        """
        held = once(("settings", on), lambda: cls._held(on))
        return {key: held[key] for key in keys or KNOWN}

    @classmethod
    def _held(cls, on: date) -> dict[str, Term]:
        """What holds on that day. All of it, few rows: whoever needs one on a page mostly needs another."""
        rows = cls.objects.filter(key__in=KNOWN, in_force_from__lte=on).order_by("key", "-in_force_from")
        found = {row.key: row for row in rows.distinct("key")}
        return {
            key: Term(key, found[key].value, found[key].basis, found[key].in_force_from)
            if key in found
            else Term(key, known.default, known.basis, known.since)
            for key, known in KNOWN.items()
        }

    @classmethod
    def term(cls, key: str, *, on: date) -> Term:
        """The term of one setting on that day."""
        return cls.terms(key, on=on)[key]

    @classmethod
    def text(cls, key: str, *, on: date) -> str:
        """The value of a known setting on that day."""
        return cls.term(key, on=on).value

    @classmethod
    def number(cls, key: str, *, on: date) -> int:
        """The value on that day as a whole number."""
        return int(cls.text(key, on=on))


# What a page can put into words that it offers, by use: a name in braces and what stands for it in a sample.
PLACEHOLDERS: dict[str, dict[str, str]] = {
    "return": {
        "单位名称": "示例机电有限公司",
        "不足得分": "58.20",
        "得分差": "7.80",
        "入库得分": "60",
        "本年度": "2026",
        "上年度": "2025",
    },
    "refuse": {"单位名称": "示例机电有限公司", "限制期至": "2028年5月1日"},
    "notice": {
        "办法": DRAFT_2023.title,
        "联系电话": "010-55578377",
        "联系邮箱": "jnc@jxj.beijing.gov.cn",
        "联系地址": "北京市通州区运河东大街57号",
    },
    "answer": {"单位名称": "示例机电有限公司", "反映人": "王某", "收到日期": "2026年3月18日"},
}
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


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

    @staticmethod
    def unknown(text: str, *, kind: str) -> str:
        """What stands in braces and no page of this use can fill, or a brace that is left over; empty when all is well."""
        for name in _IN_BRACES.findall(text):
            if name not in PLACEHOLDERS[kind]:
                return f"{{{name}}}"
        rest = _IN_BRACES.sub("", text)
        return next((sign for sign in rest if sign in "{}"), "")

    def filled(self, values: Mapping[str, object]) -> str | None:
        """The text with what is in braces replaced, word for word; None when a value is missing for it.

        What is put in is never read again: a unit's name may hold braces and is still only a name.
        """
        names = _IN_BRACES.findall(self.text)
        if any(values.get(name) in (None, "") for name in names):
            return None
        return _IN_BRACES.sub(lambda found: str(values[found[1]]), self.text)

    @classmethod
    def offered(cls, *kinds: str, values: Mapping[str, object]) -> dict[str, list[dict[str, object]]]:
        """By kind the words in use, in their order, filled with `values`: {label, text, where, article}; one query.

        Those that ask for what is not known here are left out.
        """
        found: dict[str, list[dict[str, object]]] = {kind: [] for kind in kinds}
        for row in cls.objects.filter(kind__in=kinds, active=True):
            text = row.filled(values)
            if text is not None:
                found[row.kind].append(
                    {"label": row.label, "text": text, "where": row.where, "article": row.article}
                )
        return found


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
        """The calendar of these years; a year counts as known when it has any row. Read once for a page."""
        wanted = tuple(sorted(years))
        return once(("calendar", wanted), lambda: cls._entered(wanted))

    @classmethod
    def _entered(cls, wanted: tuple[int, ...]) -> periods.Calendar:
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
