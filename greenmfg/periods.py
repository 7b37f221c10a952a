"""Counting 日, 工作日 and 年 as the Civil Code does (民法典 第二百条至第二百零四条).

The starting day does not count; a year ends on the corresponding day, or at the end of the month where there
is none; a last day that is a 法定休假日 gives way to the first day after the holiday; a period ends at 24:00
of its last day. Saturdays, Sundays and the State Council's holidays are off; swap workdays (调休上班日) are
not. Everything is a date of Beijing: whoever has a moment turns it into a date first. Our answers to what the
code leaves open stand in docs/decisions/0002-counting-days.md.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DAY = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Which days are off. Editable data: the State Council publishes each year's plan in the autumn before.

    off      weekdays that are holidays
    working  Saturdays and Sundays that are swap workdays
    years    the years whose plan is in `off` and `working`; in any other only weekends are off
    Raises ValueError when a day is both off and working.
    """

    off: frozenset[date]
    working: frozenset[date]
    years: frozenset[int]

    def __post_init__(self) -> None:
        if both := self.off & self.working:
            raise ValueError(f"同一日不能既是休假日又是上班日：{chinese_date(min(both))}")

    def is_off(self, day: date) -> bool:
        """Whether nobody works on `day`. In a year without data only Saturdays and Sundays are off."""
        return day not in self.working if day.weekday() >= _SATURDAY else day in self.off

    def knows(self, day: date) -> bool:
        """Whether the holiday plan of the year of `day` has been entered."""
        return day.year in self.years


@dataclass(frozen=True)
class Due:
    """The last day of a period.

    on           the day; the period ends at its 24:00
    provisional  a day that decided it lies in a year without holiday data, so it may still move
    why          the sum in Chinese, sentence by sentence
    """

    on: date
    provisional: bool
    why: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """The sum as one Chinese sentence, to stand behind the date on a page."""
        return "；".join(self.why)


def add_days(start: date, days: int, *, calendar: Calendar) -> Due:
    """The last day of a period of `days` (≥ 1) calendar days beginning by an event on `start`.

    民法典 第二百零一条 (the day itself does not count), 第二百零三条 (a last day that is off rolls forward).
    Raises ValueError when `days` < 1, TypeError for a datetime.
    """
    _must_be_dates(start)
    _must_be_positive(days)
    nominal = start + days * _DAY
    begin = (f"自{chinese_date(start)}起，次日计第1日", f"第{days}日为{_named(nominal, calendar)}")
    return _rolled(nominal, begin, calendar)


def add_working_days(start: date, days: int, *, calendar: Calendar) -> Due:
    """The `days`-th (≥ 1) working day after `start`, for periods fixed in 工作日 such as a notice's.

    `start` does not count, on the same ground as in `add_days`; the result is a working day by construction.
    Provisional as soon as one day in between lies in a year without data. Raises like `add_days`.
    """
    _must_be_dates(start)
    _must_be_positive(days)
    day, left, unknown = start, days, set[int]()
    while left:
        day += _DAY
        if not calendar.knows(day):
            unknown.add(day.year)
        if not calendar.is_off(day):
            left -= 1
    why = (f"自{chinese_date(start)}起，次日起计工作日", f"第{days}个工作日为{_named(day, calendar)}")
    return Due(on=day, provisional=bool(unknown), why=why + _caveats(unknown))


def add_years(start: date, years: int, *, calendar: Calendar | None) -> Due:
    """The last day of a period of `years` (≥ 1): the corresponding day, else the end of the month.

    民法典 第二百零二条: 2024-02-29 and three years end on 2027-02-28. With a calendar the last day rolls as
    in `add_days`. None means that it does not: right for a bar, which nobody has to meet on a working day and
    which rolling would lengthen. Raises like `add_days`.
    """
    _must_be_dates(start)
    _must_be_positive(years)
    year = start.year + years
    last = monthrange(year, start.month)[1]
    nominal = date(year, start.month, min(start.day, last))
    sort = "对应日" if nominal.day == start.day else "无对应日，以月末日"
    begin = (f"自{chinese_date(start)}起{years}年", f"{sort}为{_named(nominal, calendar)}")
    return (
        Due(on=nominal, provisional=False, why=begin)
        if calendar is None
        else _rolled(nominal, begin, calendar)
    )


def rolled(day: date, *, calendar: Calendar) -> Due:
    """A last day that was given as a date: as it is, or the next working day when it is off (第二百零三条)."""
    _must_be_dates(day)
    return _rolled(day, (chinese_date(day),), calendar)


def working_days_between(start: date, end: date, *, calendar: Calendar) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` is past.

    Made for 剩 n 个工作日: today and a due date of today give 0. A due date of Friday seen on Sunday gives 0
    too, for no working day has gone by: whether something is overdue is asked of `days_between`.
    """
    _must_be_dates(start, end)
    if end < start:
        return -working_days_between(end, start, calendar=calendar)
    return sum(not calendar.is_off(start + n * _DAY) for n in range(1, (end - start).days + 1))


def days_between(start: date, end: date) -> int:
    """How many calendar days lie after `start` up to and including `end` (第n日); negative when past."""
    _must_be_dates(start, end)
    return (end - start).days


def chinese_date(day: date) -> str:
    """2026年3月18日, without leading zeros (GB/T 9704-2012 writes 成文日期 so)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _rolled(nominal: date, begin: tuple[str, ...], calendar: Calendar) -> Due:
    day, unknown = nominal, set[int]()
    while True:
        if not calendar.knows(day):
            unknown.add(day.year)
        if not calendar.is_off(day):
            break
        day += _DAY
    roll = () if day == nominal else (f"顺延至{chinese_date(day)}",)
    return Due(on=day, provisional=bool(unknown), why=begin + roll + _caveats(unknown))


def _caveats(unknown: set[int]) -> tuple[str, ...]:
    return tuple(f"{year}年节假日安排尚未录入，本日期为暂定" for year in sorted(unknown))


def _named(day: date, calendar: Calendar | None) -> str:
    """The date with its weekday and, if that matters, why it is off or on."""
    weekday = f"星期{_WEEKDAYS[day.weekday()]}"
    if calendar is None:
        return f"{chinese_date(day)}（{weekday}）"
    if calendar.is_off(day):
        return f"{chinese_date(day)}（{weekday}，法定休假日）"
    if day.weekday() >= _SATURDAY:
        return f"{chinese_date(day)}（{weekday}，调休上班日）"
    return f"{chinese_date(day)}（{weekday}）"


def _must_be_dates(*days: date) -> None:
    # A datetime is a date to Python, and its day may be another one in Beijing than where it was written.
    if any(isinstance(day, datetime) for day in days):
        raise TypeError("periods are counted in dates of Beijing, not in moments")


def _must_be_positive(length: int) -> None:
    if length < 1:
        raise ValueError(f"期间至少为 1，收到 {length}")
