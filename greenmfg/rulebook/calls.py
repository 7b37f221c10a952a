"""征集 (Article 6): when a call takes an application, whose, by which way, and how often a district may recommend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from greenmfg.periods import chinese_date
from greenmfg.rulebook.terms import Category, Finding, Labelled


class Route(Labelled):
    """Article 5: the two ways in."""

    SELF = "self", "自荐"
    DISTRICT = "district", "区级推荐"


@dataclass(frozen=True)
class Call:
    """One call for entries (征集, Article 6) as the law looks at it. Moments are of Beijing.

    opens       the first moment
    closes      the first moment at which it is over: 17:00 closes the door at 17时, midnight ends a whole day
    categories  what it takes; routes which ways in; districts (their codes) that may recommend, empty: all
    """

    name: str
    opens: datetime
    closes: datetime
    categories: frozenset[str] = frozenset(Category)
    routes: frozenset[str] = frozenset(Route)
    districts: frozenset[str] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Whether a first submission counts at that moment."""
        return self.opens <= at < self.closes

    @property
    def opening(self) -> str:
        """2026年3月1日, with the time of day unless the day is whole: 2026年3月1日9时."""
        return _words(self.opens)

    @property
    def closing(self) -> str:
        """As `opening`; midnight is the end of the day before, which is then named alone."""
        return (
            _words(self.closes) if self.closes.time() > time.min else _words(self.closes - timedelta(days=1))
        )


def _words(moment: datetime) -> str:
    if moment.time() == time.min:
        return chinese_date(moment.date())
    return f"{chinese_date(moment.date())}{moment.hour}时" + (f"{moment.minute}分" if moment.minute else "")


def call_open(call: Call | None, *, at: datetime) -> list[Finding]:
    """Article 6: units come in through the bureau's calls (征集). `call` is None when there is none.

    Asked at the first submission alone: corrections have a date of their own.
    """
    if call is None:
        return [Finding(6, "目前没有开放的征集批次")]
    if at < call.opens:
        return [Finding(6, f"{call.name}征集自{call.opening}起，尚未开始")]
    if at >= call.closes:
        words = f"{call.name}征集已于{call.closing}截止，草稿已保留，可用于下一批"
        return [Finding(6, words)]
    return []


def call_takes(
    call: Call, *, category: Category, route: str | None = None, district: str | None = None, place: str = ""
) -> list[Finding]:
    """Article 6: what a call does not take: another category, another way in, another district's word.

    route     None while nobody has chosen one
    district  code of the applicant's district, None when unknown; `place` is its name for the words
    """
    found = []
    if category not in call.categories:
        found.append(Finding(6, f"{call.name}不征集{category.label}"))
    if route is None:
        return found
    if route not in call.routes:
        other = "、".join(way.label for way in Route if way in call.routes)
        found.append(Finding(6, f"{call.name}不接受{Route(route).label}，可采用的方式为{other}"))
    elif route == Route.DISTRICT and call.districts and district not in call.districts:
        found.append(Finding(6, f"{call.name}的推荐区不含{place or '该区'}"))
    return found


def quota_left(*, call: str, place: str, places: int | None, used: int) -> list[Finding]:
    """Article 6: whether a district may recommend one more in this call.

    places  the district's quota, None when the call sets none for it
    used    its recommendations in this call that hold a place now
    """
    if places is None or used < places:
        return []
    return [Finding(6, f"{call}{place}名额 {places} 个，已推荐 {used} 个，不能再推荐")]


def asked_materials(*, call: str, missing: Iterable[str]) -> list[Finding]:
    """Article 6: what else a call asks for and has not been filed, one finding each."""
    return [Finding(6, f"{call}要求提交“{name}”，尚未上传") for name in missing]


def told_at_once(*, returns: int) -> list[Finding]:
    """Article 6: the examiner tells at once what is to be corrected (一次性告知, interface practice).

    returns  how often the same examiner has returned the application before
    Not binding: what the correction itself brings to light cannot have been told before; but it is said why.
    """
    if not returns:
        return []
    message = f"本申请已退回补正 {returns} 次，补正事项应一次性告知，再次退回须说明新增事项上次未告知的原因"
    return [Finding(6, message, binding=False)]
