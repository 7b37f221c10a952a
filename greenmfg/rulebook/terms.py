"""The words of the measure, and `Finding`: the rulebook's answer when something is amiss."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """The Chinese numeral of 1–99, as articles are numbered: 8 → 八, 10 → 十, 16 → 十六. Else ValueError."""
    if not 1 <= number <= 99:
        raise ValueError(f"no article is numbered {number}")
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return head + (_DIGITS[ones] if ones else "")


def cite(number: int, *, item: int | None = None) -> str:
    """第八条; with an item 第十条第（一）项."""
    return f"第{numeral(number)}条" + (f"第（{numeral(item)}）项" if item else "")


@dataclass(frozen=True)
class Finding:
    """One thing that the measure finds amiss.

    article  the article that says so
    message  one Chinese sentence without its full stop: what is missing, against which number or date
    binding  True stops the act; False (原则上, lateness) lets it pass with a written reason
    """

    article: int
    message: str
    binding: bool = True

    @property
    def source(self) -> str:
        """The article as it is cited: 第八条."""
        return cite(self.article)

    def __str__(self) -> str:
        return f"{self.message}（{self.source}）"


class Labelled(StrEnum):
    """A code that is stored, with the Chinese label that is shown."""

    label: str

    # The default serves type checkers only: Category("green_park") reads a stored code back, without a label.
    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(code, label) pairs in the order of the measure, for form and model fields."""
        return [(member.value, member.label) for member in cls]


class Category(Labelled):
    """Article 2: what a green manufacturing unit can be."""

    GREEN_FACTORY = "green_factory", "绿色工厂"
    GREEN_SUPPLY_CHAIN = "green_supply_chain", "绿色供应链管理企业"
    GREEN_PARK = "green_park", "绿色工业园区"


class Level(Labelled):
    """The level of a Standing. The pool (Article 4) prepares for the lists and is none (Article 2)."""

    POOL = "pool", "培育库"
    MUNICIPAL = "municipal", "市级"
    NATIONAL = "national", "国家级"


class Material(Labelled):
    """Article 5: what an application to the pool is made of; then what other papers lie with cases."""

    DIAGNOSIS_REPORT = "diagnosis_report", "绿色诊断评估报告"
    EVALUATION_DOSSIER = "evaluation_dossier", "评价材料"
    RECOMMENDATION = "recommendation", "推荐意见"
    EVIDENCE = "evidence", "佐证材料"
    AUTHORISATION = "authorisation", "授权书"
    EVALUATION_REPORT = "evaluation_report", "第三方评价报告"
    OBJECTION = "objection", "异议材料"
    CHECK_RECORD = "check_record", "核查记录"


class Ground(Labelled):
    """Article 10: the seven grounds on which the bureau asks the ministry to revoke."""

    ABSENT = "absent", "未按规定参加复审的"
    FAILED = "failed", "复审评价结果不合格的"
    DISSOLVED = "dissolved", "所在单位被依法终止的"
    FALSE_DATA = "false_data", "提供虚假复审材料和数据的"
    OWN_REQUEST = "own_request", "所在单位自行要求撤销其绿色制造单位的"
    ACCIDENT = "accident", "所在单位发生重大安全、环境、质量等事故，被列入失信黑名单的"
    OTHER = "other", "其他体现绿色发展水平不符合绿色制造单位要求的情况"

    @property
    def number(self) -> int:
        """1–7, as the article counts them."""
        return list(type(self)).index(self) + 1

    @property
    def source(self) -> str:
        """第十条第（一）项."""
        return cite(10, item=self.number)


class OpenedBecause(Labelled):
    """Articles 10, 11 and 13: what a Review was opened for. Article 12 turns on it."""

    CYCLE = "cycle", "到期复审"
    MAJOR_CHANGE = "major_change", "发生重大调整"
    REPORT = "report", "区级工业主管部门报告"


class ChangeKind(Labelled):
    """Article 11: what a unit reports of itself."""

    RENAME = "rename", "更名"
    RESTRUCTURING = "restructuring", "重组"
    MAIN_BUSINESS = "main_business", "主营业务变更"
    RELOCATION = "relocation", "厂区迁址"

    @property
    def is_major(self) -> bool:
        """Whether it is a 重大调整, which leads to a Review; a rename leads to a change of name."""
        return self is not ChangeKind.RENAME

    @property
    def asks_for(self) -> str:
        """What is applied for: 名称变更 or 复审."""
        return "复审" if self.is_major else "名称变更"


class ReportKind(Labelled):
    """Article 13: what a district reports. The article ends its five in 等, hence the last."""

    ABNORMAL_OPERATION = "abnormal_operation", "经营异常"
    DISHONESTY = "dishonesty", "严重失信记录"
    RENAME = "rename", "名称变更"
    ENTITY_CHANGE = "entity_change", "法人主体变更"
    BUSINESS_CHANGE = "business_change", "主营业务变动较大"
    OTHER = "other", "其他情形"


class RosterSource(Labelled):
    """Article 14: the three things that an updated list joins."""

    DYNAMIC_MANAGEMENT = "dynamic_management", "动态管理"
    GRADING = "grading", "分级评价"
    REVIEW = "review", "复审评价"

    @property
    def article(self) -> int:
        """The article that this part of a list comes from."""
        return {RosterSource.DYNAMIC_MANAGEMENT: 9, RosterSource.GRADING: 7, RosterSource.REVIEW: 10}[self]


class Support(Labelled):
    """Article 15: where a green manufacturing unit comes first."""

    PROJECT = "project", "项目申报"
    TALENT = "talent", "人才激励"
    GREEN_FINANCE = "green_finance", "绿色金融"
    INDUSTRY_FUND = "industry_fund", "高精尖资金优先支持"
    DISTRICT = "district", "区级政策支持"
