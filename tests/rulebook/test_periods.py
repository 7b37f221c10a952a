"""Counting days as the Civil Code does (民法典 第二百条至第二百零四条)."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenmfg.periods import (
    Calendar,
    add_days,
    add_working_days,
    add_years,
    chinese_date,
    days_between,
    working_days_between,
)

DAY = timedelta(days=1)
# Across the last published plan, so that known and unknown years are both met.
dates = st.dates(date(2004, 1, 1), date(2028, 12, 31))
lengths = st.integers(1, 120)
quick = settings(deadline=None)


@pytest.mark.parametrize(
    ("start", "nominal", "due"),
    [
        pytest.param(
            date(2025, 9, 1), date(2025, 10, 1), date(2025, 10, 9), id="national-day-and-mid-autumn"
        ),
        pytest.param(date(2025, 9, 8), date(2025, 10, 8), date(2025, 10, 9), id="last-day-of-the-holiday"),
        pytest.param(
            date(2026, 1, 15), date(2026, 2, 14), date(2026, 2, 14), id="swap-saturday-does-not-roll"
        ),
        pytest.param(date(2026, 1, 16), date(2026, 2, 15), date(2026, 2, 24), id="spring-festival"),
        pytest.param(date(2026, 1, 29), date(2026, 2, 28), date(2026, 2, 28), id="swap-saturday-after-it"),
        pytest.param(date(2026, 2, 13), date(2026, 3, 15), date(2026, 3, 16), id="plain-sunday"),
        pytest.param(date(2026, 4, 2), date(2026, 5, 2), date(2026, 5, 6), id="labour-day"),
        pytest.param(date(2026, 6, 10), date(2026, 7, 10), date(2026, 7, 10), id="plain-friday"),
    ],
)
def test_thirty_days(calendar: Calendar, start: date, nominal: date, due: date) -> None:
    assert start + 30 * DAY == nominal
    answer = add_days(start, 30, calendar=calendar)
    assert (answer.on, answer.provisional) == (due, False)


def test_the_sum_is_told_in_chinese(calendar: Calendar) -> None:
    rolled = add_days(date(2026, 1, 16), 30, calendar=calendar)
    assert rolled.explanation == (
        "自2026年1月16日起，次日计第1日；第30日为2026年2月15日（星期日，法定休假日）；顺延至2026年2月24日"
    )
    swap = add_days(date(2026, 1, 15), 30, calendar=calendar)
    assert swap.why[1:] == ("第30日为2026年2月14日（星期六，调休上班日）",)
    plain = add_days(date(2026, 6, 10), 30, calendar=calendar)
    assert plain.why[1:] == ("第30日为2026年7月10日（星期五）",)
    notice = add_working_days(date(2026, 2, 13), 6, calendar=calendar)
    assert notice.why == (
        "自2026年2月13日起，次日起计工作日",
        "第6个工作日为2026年2月28日（星期六，调休上班日）",
    )


def test_a_year_without_data_is_provisional_and_says_so(calendar: Calendar) -> None:
    answer = add_days(date(2026, 12, 10), 30, calendar=calendar)
    assert (answer.on, answer.provisional) == (date(2027, 1, 11), True)  # the 9th is a Saturday
    assert answer.why[-1] == "2027年节假日安排尚未录入，本日期为暂定"


def test_an_unknown_year_matters_only_where_it_decides(calendar: Calendar) -> None:
    # Calendar days: only the last day and the roll are looked at. 31 December 2026 is a plain Thursday.
    assert add_days(date(2026, 12, 1), 30, calendar=calendar).provisional is False
    gap = Calendar(off=frozenset(), working=frozenset(), years=frozenset({2026, 2028}))
    assert add_days(date(2026, 12, 31), 400, calendar=gap).provisional is False
    # Working days: each day in between is looked at.
    assert add_working_days(date(2026, 12, 31), 300, calendar=gap).provisional is True


def test_a_roll_into_an_unknown_year_is_provisional() -> None:
    eve = Calendar(off=frozenset({date(2026, 12, 31)}), working=frozenset(), years=frozenset({2026}))
    answer = add_days(date(2026, 12, 1), 30, calendar=eve)
    assert (answer.on, answer.provisional) == (date(2027, 1, 1), True)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        pytest.param(date(2026, 3, 9), 5, date(2026, 3, 16), id="monday-over-a-weekend"),
        pytest.param(date(2026, 3, 13), 1, date(2026, 3, 16), id="friday-to-monday"),
        pytest.param(date(2026, 2, 13), 1, date(2026, 2, 14), id="swap-saturday-counts"),
        pytest.param(date(2026, 2, 14), 1, date(2026, 2, 24), id="over-the-spring-festival"),
        pytest.param(date(2025, 9, 26), 5, date(2025, 10, 10), id="swap-sunday-then-national-day"),
    ],
)
def test_working_days(calendar: Calendar, start: date, days: int, due: date) -> None:
    assert add_working_days(start, days, calendar=calendar).on == due


@pytest.mark.parametrize(
    ("start", "years", "last"),
    [
        pytest.param(date(2025, 5, 1), 3, date(2028, 5, 1), id="corresponding-day-a-holiday"),
        pytest.param(date(2024, 2, 29), 3, date(2027, 2, 28), id="leap-day-without-counterpart"),
        pytest.param(date(2024, 2, 29), 4, date(2028, 2, 29), id="leap-day-with-counterpart"),
        pytest.param(date(2025, 2, 28), 3, date(2028, 2, 28), id="not-stretched-to-the-leap-day"),
        pytest.param(date(2025, 12, 31), 1, date(2026, 12, 31), id="last-day-of-a-year"),
    ],
)
def test_years_end_on_the_corresponding_day(start: date, years: int, last: date) -> None:
    answer = add_years(start, years, calendar=None)
    assert (answer.on, answer.provisional) == (last, False)


def test_years_explain_a_missing_day() -> None:
    assert add_years(date(2024, 2, 29), 3, calendar=None).explanation == (
        "自2024年2月29日起3年；无对应日，以月末日为2027年2月28日（星期日）"
    )


def test_years_roll_only_with_a_calendar(calendar: Calendar) -> None:
    assert add_years(date(2023, 5, 1), 3, calendar=calendar).on == date(2026, 5, 6)
    assert add_years(date(2023, 5, 1), 3, calendar=None).on == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("today", "due", "left"),
    [
        pytest.param(date(2026, 3, 18), date(2026, 3, 18), 0, id="today"),
        pytest.param(date(2026, 3, 18), date(2026, 3, 19), 1, id="tomorrow"),
        pytest.param(date(2026, 3, 20), date(2026, 3, 23), 1, id="friday-to-monday"),
        pytest.param(date(2026, 2, 14), date(2026, 2, 24), 1, id="over-the-spring-festival"),
        pytest.param(date(2026, 3, 19), date(2026, 3, 18), -1, id="yesterday"),
        pytest.param(date(2026, 3, 22), date(2026, 3, 20), 0, id="friday-seen-on-sunday"),
    ],
)
def test_working_days_left(calendar: Calendar, today: date, due: date, left: int) -> None:
    assert working_days_between(today, due, calendar=calendar) == left


def test_days_between_is_the_n_of_day_n() -> None:
    assert days_between(date(2026, 1, 16), date(2026, 1, 17)) == 1
    assert days_between(date(2026, 1, 17), date(2026, 1, 16)) == -1
    assert days_between(date(2024, 2, 28), date(2024, 3, 1)) == 2


def test_dates_are_written_without_leading_zeros() -> None:
    assert chinese_date(date(2026, 3, 8)) == "2026年3月8日"


def test_a_moment_is_not_a_date(calendar: Calendar) -> None:
    late_evening_in_london = datetime(2026, 3, 1, 20, tzinfo=UTC)  # already the 2nd in Beijing
    with pytest.raises(TypeError):
        add_days(late_evening_in_london, 30, calendar=calendar)
    with pytest.raises(TypeError):
        days_between(date(2026, 3, 1), late_evening_in_london)


@pytest.mark.parametrize("length", [0, -1])
def test_a_period_has_a_length(calendar: Calendar, length: int) -> None:
    with pytest.raises(ValueError, match="期间至少为 1"):
        add_days(date(2026, 3, 1), length, calendar=calendar)
    with pytest.raises(ValueError, match="期间至少为 1"):
        add_working_days(date(2026, 3, 1), length, calendar=calendar)
    with pytest.raises(ValueError, match="期间至少为 1"):
        add_years(date(2026, 3, 1), length, calendar=None)


def test_a_day_cannot_be_both_off_and_working() -> None:
    day = frozenset({date(2026, 2, 14)})
    with pytest.raises(ValueError, match="2026年2月14日"):
        Calendar(off=day, working=day, years=frozenset({2026}))


@quick
@given(day=st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_the_calendar_agrees_with_the_published_library(calendar: Calendar, day: date) -> None:
    assert calendar.is_off(day) == chinese_calendar.is_holiday(day)


@quick
@given(start=dates, days=lengths)
def test_a_due_day_is_the_first_working_day_from_day_n(calendar: Calendar, start: date, days: int) -> None:
    due, nominal = add_days(start, days, calendar=calendar), start + days * DAY
    assert due.on >= nominal
    assert not calendar.is_off(due.on)
    assert all(calendar.is_off(nominal + n * DAY) for n in range((due.on - nominal).days))
    assert due.provisional == (not calendar.knows(due.on) or not calendar.knows(nominal))


@quick
@given(start=dates, later=st.integers(0, 60), days=lengths, more=st.integers(0, 60))
def test_later_or_longer_is_never_due_sooner(
    calendar: Calendar, start: date, later: int, days: int, more: int
) -> None:
    base = add_days(start, days, calendar=calendar).on
    assert add_days(start + later * DAY, days, calendar=calendar).on >= base
    assert add_days(start, days + more, calendar=calendar).on >= base


@quick
@given(start=dates, days=lengths)
def test_working_days_count_back(calendar: Calendar, start: date, days: int) -> None:
    due = add_working_days(start, days, calendar=calendar).on
    assert not calendar.is_off(due)
    assert working_days_between(start, due, calendar=calendar) == days
    assert working_days_between(due, start, calendar=calendar) == -days


@quick
@given(start=dates, days=st.integers(2, 60))
def test_working_days_add_up(calendar: Calendar, start: date, days: int) -> None:
    step = add_working_days(start, 1, calendar=calendar).on
    assert (
        add_working_days(step, days - 1, calendar=calendar).on
        == add_working_days(start, days, calendar=calendar).on
    )


@quick
@given(start=dates, years=st.integers(1, 10))
def test_years_keep_month_and_day(start: date, years: int) -> None:
    last = add_years(start, years, calendar=None).on
    assert last.year == start.year + years
    assert last.month == start.month
    assert last.day == start.day or (start.day == 29 and last.day == 28 and last.month == 2)
