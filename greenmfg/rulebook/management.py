"""Chapter 4, 动态管理: what a listed unit owes, and how it can lose its standing (Articles 9–14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from greenmfg.periods import Calendar, Due, add_days, add_years, chinese_date, days_between
from greenmfg.rulebook.editions import DRAFT_2023, Edition
from greenmfg.rulebook.general import is_green_unit
from greenmfg.rulebook.pool import notice_findings
from greenmfg.rulebook.terms import (
    Category,
    ChangeKind,
    Finding,
    Ground,
    Labelled,
    Level,
    OpenedBecause,
    ReportKind,
    cite,
)


def owes_annual_data(level: Level | None) -> bool:
    """Article 9: dynamic management covers existing green manufacturing units, not the pool."""
    return is_green_unit(level)


def standing_kept(
    *, passed: bool, notice_closed: bool, notice_ends_on: date | None, on: date, open_objections: int
) -> list[Finding]:
    """Article 10: standing is kept after a passed review 并经公示无异议. The rest as in `pool_admission`."""
    failed = [] if passed else [Finding(10, "复审评价未合格，不能保留资格")]
    return failed + notice_findings(
        10,
        outcome="保留资格",
        notice_closed=notice_closed,
        notice_ends_on=notice_ends_on,
        on=on,
        open_objections=open_objections,
    )


def revocation(ground: Ground, *, words: str) -> list[Finding]:
    """Article 10: one of seven grounds is needed; the last is a catch-all and must be put in words."""
    if ground is Ground.OTHER and not words.strip():
        return [Finding(10, "以第（七）项为由报请撤销的，须写明具体情况")]
    return []


def report_due(done_on: date, *, calendar: Calendar, edition: Edition = DRAFT_2023) -> Due:
    """Article 11: the last day to report a change whose formalities were done on `done_on`.

    Pass the edition of that day (`edition_of_period`): a later one does not shorten a period that runs.
    """
    return add_days(done_on, edition.change_days, calendar=calendar)


def lateness(
    kind: ChangeKind,
    *,
    category: Category,
    done_on: date,
    filed_on: date,
    calendar: Calendar,
    edition: Edition = DRAFT_2023,
) -> list[Finding]:
    """Article 11: whether a change was reported too late. Never binding: a late report still has to be made.

    done_on, filed_on  days of Beijing: formalities done, application first submitted
    edition            that of the day `done_on`
    Only for factories, which the article names; nothing for a formality older than the edition, for there was
    no duty then.
    """
    if category is not Category.GREEN_FACTORY:
        return []
    if edition.in_force_from is not None and done_on < edition.in_force_from:
        return []
    due = report_due(done_on, calendar=calendar, edition=edition)
    if filed_on <= due.on:
        return []
    last = chinese_date(due.on) + ("（暂定）" if due.provisional else "")
    message = (
        f"已超过办理相关手续后 {edition.change_days} 日：应不迟于{last}申请{kind.asks_for}，"
        f"实际于{chinese_date(filed_on)}申请，逾期 {days_between(due.on, filed_on)} 日，须说明理由"
    )
    return [Finding(11, message, binding=False)]


def change_cited_as(category: Category) -> str:
    """第十一条 for a factory; 参照第十一条 for the other two, which the article does not name."""
    return cite(11) if category is Category.GREEN_FACTORY else f"参照{cite(11)}"


class BarOutcome(Labelled):
    """Article 12: what a revocation means for applying again."""

    BARRED = "barred", "限制期内不得重新申报"
    FREE = "free", "可重新申报"
    NEEDS_DECISION = "needs_decision", "由市经济和信息化局决定"


@dataclass(frozen=True)
class BarRuling:
    """The answer of `bar_until`. `until` is the last barred day, set exactly when the outcome is BARRED."""

    outcome: BarOutcome
    until: date | None
    why: str


class Clock(Labelled):
    """Whose rule a bar comes from. The two run apart: one may have ended while the other has not."""

    CITY = "city", "本市"
    NATIONAL = "national", "国家"


@dataclass(frozen=True)
class Bar:
    """A time in which an entity may not apply in any category: from `since` to `until`, both included."""

    clock: Clock
    since: date
    until: date
    why: str

    def runs_on(self, day: date) -> bool:
        """Whether the bar holds on `day`. The day after `until` is free."""
        return self.since <= day <= self.until


NATIONAL_BAR_YEARS = 3
NATIONAL_BAR_BASIS = "《绿色工厂梯度培育及管理暂行办法》（工信部节〔2024〕13号）"


def bar_until(
    ground: Ground, *, opened_because: OpenedBecause | None, decided_on: date, edition: Edition = DRAFT_2023
) -> BarRuling:
    """Article 12: whether, and until when, the entity may not apply again after a revocation.

    ground          the ground of Article 10 that the ministry decided on
    opened_because  what the failed review was opened for; None when there was none or nobody knows
    decided_on      the day of the ministry's decision, from which the years count
    The bar is not rolled to a working day: nobody has to do anything on its last day. The article is silent
    on the other six grounds, so the bureau decides and says why.
    """
    if ground is not Ground.FAILED:
        return BarRuling(
            BarOutcome.NEEDS_DECISION, None, f"{cite(12)}未规定因{ground.source}被撤销后的限制期"
        )
    if opened_because is OpenedBecause.MAJOR_CHANGE:
        return BarRuling(BarOutcome.FREE, None, "因发生重大调整被撤销称号的，可重新申报")
    until = add_years(decided_on, edition.bar_years, calendar=None).on
    why = f"因复审不通过于{chinese_date(decided_on)}被撤销称号"
    return BarRuling(BarOutcome.BARRED, until, why)


def national_bar(left_on: date) -> Bar:
    """The national clock: three years from leaving a national list, whatever the ground.

    Not of this measure but of the ministry's negative list, which Article 16 lets prevail
    (国家另有规定的，从其规定).
    """
    until = add_years(left_on, NATIONAL_BAR_YEARS, calendar=None).on
    return Bar(Clock.NATIONAL, left_on, until, f"于{chinese_date(left_on)}被动态调整出国家名单")


def clock_says(bar: Bar, *, on: date) -> str:
    """Articles 12 and 16: what a clock means on the day `on`, in words: until when it runs, or that it is over."""
    consequence = "不得重新申报绿色制造单位" if bar.clock is Clock.CITY else "不予列入国家名单"
    if bar.runs_on(on):
        return f"{bar.why}，至{chinese_date(bar.until)}（含当日）{consequence}"
    return f"{bar.why}，限制期已于{chinese_date(bar.until)}届满"


def may_apply_again(bars: Iterable[Bar], *, on: date) -> list[Finding]:
    """Articles 12 and 16: the bars that run on the day `on`.

    The city's clock binds. The national one does not: it is the ministry that refuses, so it is shown and
    needs a reason, and a unit revoked after a restructuring can come back into the pool as Article 12 lets
    it.
    """
    findings = []
    running = [bar for bar in bars if bar.runs_on(on)]
    for bar in sorted(running, key=lambda bar: (bar.clock is Clock.NATIONAL, bar.until)):
        period = f"{bar.clock.label}限制期：{bar.why}，至{chinese_date(bar.until)}（含当日）"
        if bar.clock is Clock.CITY:
            findings.append(Finding(12, f"{period}不得重新申报绿色制造单位"))
        else:
            message = f"{period}不予列入国家名单，依据{NATIONAL_BAR_BASIS}，继续办理须说明理由"
            findings.append(Finding(16, message, binding=False))
    return findings


def district_report(kind: ReportKind, *, words: str) -> list[Finding]:
    """Article 13: a district reports one of five situations, or another one (等), which it must describe."""
    if kind is ReportKind.OTHER and not words.strip():
        return [Finding(13, "选择“其他情形”的，须写明具体情况")]
    return []


def is_listed(*, since: date, until: date | None, as_of: date) -> bool:
    """Article 14: whether a Standing stands on the list as of a day.

    `since` belongs to it, `until` (the day it ended; None while it lasts) does not: a unit revoked today is
    off today's list.
    """
    return since <= as_of and (until is None or as_of < until)
