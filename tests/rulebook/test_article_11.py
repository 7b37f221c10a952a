"""Article 11: thirty days to report a change, counted as the Civil Code counts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenmfg.periods import Calendar
from greenmfg.rulebook import (
    DRAFT_2023,
    Category,
    ChangeKind,
    Finding,
    change_cited_as,
    lateness,
    report_due,
)

pytestmark = pytest.mark.article(11)

FACTORY = Category.GREEN_FACTORY


def test_a_rename_asks_for_a_name_and_the_rest_for_a_review() -> None:
    assert [(kind.label, kind.is_major, kind.asks_for) for kind in ChangeKind] == [
        ("更名", False, "名称变更"),
        ("重组", True, "复审"),
        ("主营业务变更", True, "复审"),
        ("厂区迁址", True, "复审"),
    ]


@pytest.mark.parametrize(
    ("filed_on", "late_by"),
    [
        pytest.param(date(2026, 7, 10), 0, id="day-30"),
        pytest.param(date(2026, 7, 11), 1, id="day-31"),
        pytest.param(date(2026, 8, 10), 31, id="a-month-on"),
    ],
)
def test_day_thirty_and_day_thirty_one(calendar: Calendar, filed_on: date, late_by: int) -> None:
    found = lateness(
        ChangeKind.RENAME,
        category=FACTORY,
        done_on=date(2026, 6, 10),
        filed_on=filed_on,
        calendar=calendar,
    )
    message = (
        "已超过办理相关手续后 30 日：应不迟于2026年7月10日申请名称变更，"
        f"实际于{filed_on.year}年{filed_on.month}月{filed_on.day}日申请，逾期 {late_by} 日，须说明理由"
    )
    assert found == ([Finding(11, message, binding=False)] if late_by else [])


@pytest.mark.parametrize(
    ("filed_on", "late"), [(date(2026, 2, 16), False), (date(2026, 2, 24), False), (date(2026, 2, 25), True)]
)
def test_a_holiday_moves_the_last_day(calendar: Calendar, filed_on: date, late: bool) -> None:
    """Day 30 is the first day of the Spring Festival."""
    found = lateness(
        ChangeKind.RELOCATION,
        category=FACTORY,
        done_on=date(2026, 1, 16),
        filed_on=filed_on,
        calendar=calendar,
    )
    assert bool(found) is late


def test_a_provisional_date_is_told(calendar: Calendar) -> None:
    [finding] = lateness(
        ChangeKind.RESTRUCTURING,
        category=FACTORY,
        done_on=date(2026, 12, 5),
        filed_on=date(2027, 1, 5),
        calendar=calendar,
    )
    assert "应不迟于2027年1月4日（暂定）申请复审" in finding.message


@pytest.mark.parametrize("category", [Category.GREEN_PARK, Category.GREEN_SUPPLY_CHAIN])
def test_the_others_use_the_form_and_are_never_late(calendar: Calendar, category: Category) -> None:
    assert change_cited_as(category) == "参照第十一条"
    assert change_cited_as(FACTORY) == "第十一条"
    found = lateness(
        ChangeKind.RENAME,
        category=category,
        done_on=date(2025, 1, 2),
        filed_on=date(2026, 1, 2),
        calendar=calendar,
    )
    assert found == []


@pytest.mark.parametrize(("done_on", "late"), [(date(2023, 9, 10), False), (date(2023, 9, 11), True)])
def test_no_duty_before_the_measure(calendar: Calendar, done_on: date, late: bool) -> None:
    found = lateness(
        ChangeKind.RENAME, category=FACTORY, done_on=done_on, filed_on=date(2026, 1, 5), calendar=calendar
    )
    assert bool(found) is late


def test_the_days_are_the_editions(calendar: Calendar) -> None:
    shorter = replace(DRAFT_2023, code="shorter", change_days=10)
    assert report_due(date(2026, 6, 10), calendar=calendar).on == date(2026, 7, 10)
    assert report_due(date(2026, 6, 10), calendar=calendar, edition=shorter).on == date(2026, 6, 22)


@settings(deadline=None)
@given(done_on=st.dates(date(2023, 9, 11), date(2028, 12, 31)), filed_after=st.integers(0, 60))
def test_late_is_after_the_due_day_and_never_within_thirty_days(
    calendar: Calendar, done_on: date, filed_after: int
) -> None:
    filed_on = done_on + timedelta(days=filed_after)
    due = report_due(done_on, calendar=calendar)
    found = lateness(
        ChangeKind.RENAME, category=FACTORY, done_on=done_on, filed_on=filed_on, calendar=calendar
    )
    assert bool(found) is (filed_on > due.on)
    assert filed_after > 30 or not found
    assert all(not finding.binding for finding in found)
