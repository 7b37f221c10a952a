"""Editions: the measure's numbers with the day from which they hold (Article 16).

The draft of 2023 is code; a later edition is loaded from rows into the same dataclass. There is no second
place for a threshold. The edition of the day of decision applies; a period follows the edition of the day it
began.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise


class IncompleteEdition(ValueError):
    """An edition was put in force, or graded with, before all its numbers were known or in order."""


class NoEdition(LookupError):
    """No edition was in force on that day, or none has that code."""


@dataclass(frozen=True)
class Band:
    """One grade (Article 7).

    code    what is stored; name is the short form shown (优质), title the full one (绿色工厂优质企业)
    lower   the lowest total, in points of 100, that belongs to the band; None while it is not fixed
    duties  what the article asks of a unit in this band
    """

    code: str
    name: str
    title: str
    lower: Decimal | None
    duties: str


@dataclass(frozen=True)
class Edition:
    """The numbers of the measure as they stand from a day on.

    in_force_from   first day; None for an edition in preparation
    basis, note     the document that fixes the numbers, and what a reader must know about it
    bands           from low to high (Article 7)
    pool_threshold  points that a factory in principle needs for the pool (Article 8)
    change_days     calendar days to report a change (Article 11)
    bar_years       years without re-application after a failed review (Article 12)
    Raises IncompleteEdition when numbers are out of order, or when it is in force with a band not fixed.
    """

    code: str
    title: str
    in_force_from: date | None
    basis: str
    bands: tuple[Band, ...]
    pool_threshold: Decimal
    change_days: int
    bar_years: int
    note: str = ""

    def __post_init__(self) -> None:
        known = [band.lower for band in self.bands if band.lower is not None]
        if not all(bound.is_finite() and 0 <= bound <= 100 for bound in [*known, self.pool_threshold]):
            raise IncompleteEdition(f"版本 {self.code} 的分数界限应在 0–100 之间")
        if not all(low < high for low, high in pairwise(known)):
            raise IncompleteEdition(f"版本 {self.code} 的级别应由低至高排列")
        if len({band.code for band in self.bands}) < len(self.bands):
            raise IncompleteEdition(f"版本 {self.code} 的级别代码重复")
        if self.change_days < 1 or self.bar_years < 1:
            raise IncompleteEdition(f"版本 {self.code} 的期限至少为 1")
        if self.in_force_from is not None and not self.is_complete:
            raise IncompleteEdition(f"版本 {self.code} 的级别界限尚未确定，不能施行")

    @property
    def is_complete(self) -> bool:
        """Whether every band has its bound, so that the edition can grade and be put in force."""
        return bool(self.bands) and all(band.lower is not None for band in self.bands)

    def band(self, code: str) -> Band:
        """The band with this code, for a Grade that was stored. Raises NoEdition when it has none."""
        for band in self.bands:
            if band.code == code:
                return band
        raise NoEdition(f"版本 {self.code} 没有级别 {code}")


DRAFT_2023 = Edition(
    code="2023-draft",
    title="北京市绿色制造单位管理暂行办法（征求意见稿）",
    in_force_from=date(2023, 9, 11),
    basis="北京市经济和信息化局2023年9月11日公开征求意见的文本",
    note="本版本为征求意见稿，未见正式发布的文本；施行日期取征求意见稿公布之日，供本系统适用",
    bands=(
        Band(
            code="compliant",
            name="达标",
            title="绿色工厂达标企业",
            lower=Decimal(0),
            duties="应进行绿色诊断，针对性实施绿色化改造提升，并结合国家有关要求，适时开展绿色工厂复审评价。",
        ),
        Band(
            code="good",
            name="优质",
            title="绿色工厂优质企业",
            lower=Decimal(60),
            duties="应对标先进，适时开展绿色诊断，进一步挖掘绿色提升空间。",
        ),
        Band(
            code="benchmark",
            name="标杆",
            title="绿色工厂标杆企业",
            lower=Decimal(80),
            duties="应积极应用先进适用绿色低碳技术，持续保持绿色发展水平，力争进一步提升。",
        ),
        Band(
            code="leading",
            name="领军",
            title="绿色工厂领军企业",
            lower=Decimal(90),
            duties="应在绿色化、智能化、数字化等方面保持领先水平，争做全国先进示范。",
        ),
    ),
    pool_threshold=Decimal(60),
    change_days=30,
    bar_years=3,
)

EDITIONS: tuple[Edition, ...] = (DRAFT_2023,)


def edition_on(day: date, *, editions: Iterable[Edition] = EDITIONS) -> Edition:
    """The edition in force on `day`, the day of decision (Article 16).

    Editions in preparation are passed over. Raises NoEdition before the first one, ValueError when two begin
    on one day, for then nobody can tell which holds.
    """
    begun = [(e.in_force_from, e) for e in editions if e.in_force_from is not None and e.in_force_from <= day]
    if not begun:
        raise NoEdition(f"{day.isoformat()} 尚无施行的版本")
    latest = max(since for since, _ in begun)
    newest = [edition for since, edition in begun if since == latest]
    if len(newest) > 1:
        raise ValueError(f"两个版本同日施行：{'、'.join(edition.code for edition in newest)}")
    return newest[0]


def edition_of_period(began_on: date, *, editions: Iterable[Edition] = EDITIONS) -> Edition:
    """The edition under which a period that began on `began_on` runs (Article 11): that of the day it began.

    A formality older than every edition falls to the oldest, so that a page has a rule to show; `lateness`
    finds nothing then, for there was no duty yet. Raises NoEdition when none is in force at all.
    """
    known = tuple(editions)
    begins = [edition.in_force_from for edition in known if edition.in_force_from is not None]
    if not begins:
        raise NoEdition("没有施行的版本")
    return edition_on(max(began_on, min(begins)), editions=known)


def edition_called(code: str, *, editions: Iterable[Edition] = EDITIONS) -> Edition:
    """The edition with this code, to explain a decision by the one stored on its event. Raises NoEdition."""
    for edition in editions:
        if edition.code == code:
            return edition
    raise NoEdition(f"没有版本 {code}")
