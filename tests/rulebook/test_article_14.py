"""Article 14: what an updated list joins, and who stands on it."""

from datetime import date

import pytest

from greenmfg.rulebook import RosterSource, article, is_listed

pytestmark = pytest.mark.article(14)

SINCE, UNTIL = date(2023, 3, 1), date(2026, 3, 1)


def test_a_list_joins_three_things() -> None:
    assert [(source.label, source.article) for source in RosterSource] == [
        ("动态管理", 9),
        ("分级评价", 7),
        ("复审评价", 10),
    ]
    assert "动态管理、分级评价及复审评价情况" in article(14).lead


@pytest.mark.parametrize(
    ("until", "as_of", "listed"),
    [
        pytest.param(UNTIL, date(2023, 2, 28), False, id="the-day-before"),
        pytest.param(UNTIL, SINCE, True, id="its-first-day"),
        pytest.param(UNTIL, date(2026, 2, 28), True, id="its-last-day"),
        pytest.param(UNTIL, UNTIL, False, id="the-day-it-ended"),
        pytest.param(None, date(2030, 1, 1), True, id="while-it-lasts"),
    ],
)
def test_who_stands_on_the_list_of_a_day(until: date | None, as_of: date, listed: bool) -> None:
    assert is_listed(since=SINCE, until=until, as_of=as_of) is listed
