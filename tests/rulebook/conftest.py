"""The holiday plans of 2004–2026, as the published library knows them."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from greenmfg.periods import Calendar

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """A calendar with every plan that has been published; 2027 and later are unknown to it."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return Calendar(
        off=frozenset(d for d in days if d.weekday() < 5 and chinese_calendar.is_holiday(d)),
        working=frozenset(d for d in days if d.weekday() >= 5 and chinese_calendar.is_workday(d)),
        years=frozenset(range(FIRST.year, LAST.year + 1)),
    )
