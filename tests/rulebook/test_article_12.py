"""Article 12: who may not apply again, and until when."""

from dataclasses import replace
from datetime import date

import pytest

from greenmfg.rulebook import (
    DRAFT_2023,
    Bar,
    BarOutcome,
    Clock,
    Finding,
    Ground,
    OpenedBecause,
    bar_until,
    clock_says,
    may_apply_again,
    national_bar,
)

pytestmark = pytest.mark.article(12)

DECIDED = date(2025, 5, 1)
UNTIL = date(2028, 5, 1)
CITY = Bar(Clock.CITY, DECIDED, UNTIL, "因复审不通过于2025年5月1日被撤销称号")


@pytest.mark.parametrize("opened_because", [OpenedBecause.CYCLE, OpenedBecause.REPORT, None])
def test_a_failed_review_bars_three_years(opened_because: OpenedBecause | None) -> None:
    ruling = bar_until(Ground.FAILED, opened_because=opened_because, decided_on=DECIDED)
    assert (ruling.outcome, ruling.until, ruling.why) == (BarOutcome.BARRED, UNTIL, CITY.why)


def test_a_review_after_a_major_change_bars_nobody() -> None:
    ruling = bar_until(Ground.FAILED, opened_because=OpenedBecause.MAJOR_CHANGE, decided_on=DECIDED)
    assert (ruling.outcome, ruling.until) == (BarOutcome.FREE, None)


@pytest.mark.parametrize("opened_because", [None, *OpenedBecause])
@pytest.mark.parametrize("ground", [ground for ground in Ground if ground is not Ground.FAILED])
def test_the_bureau_decides_on_every_other_ground(
    ground: Ground, opened_because: OpenedBecause | None
) -> None:
    ruling = bar_until(ground, opened_because=opened_because, decided_on=DECIDED)
    assert (ruling.outcome, ruling.until) == (BarOutcome.NEEDS_DECISION, None)
    assert ruling.why == f"第十二条未规定因{ground.source}被撤销后的限制期"


@pytest.mark.parametrize(
    ("decided_on", "until"),
    [
        pytest.param(date(2024, 2, 29), date(2027, 2, 28), id="leap-day"),
        pytest.param(date(2025, 2, 28), date(2028, 2, 28), id="into-a-leap-year"),
        pytest.param(date(2023, 5, 1), date(2026, 5, 1), id="last-day-a-holiday-does-not-roll"),
    ],
)
def test_the_last_barred_day(decided_on: date, until: date) -> None:
    assert bar_until(Ground.FAILED, opened_because=OpenedBecause.CYCLE, decided_on=decided_on).until == until


def test_the_years_are_the_editions() -> None:
    longer = replace(DRAFT_2023, code="longer", bar_years=5)
    ruling = bar_until(Ground.FAILED, opened_because=None, decided_on=DECIDED, edition=longer)
    assert ruling.until == date(2030, 5, 1)
    # The label must be true under every edition, so it names no number of years.
    assert ruling.outcome.label == "限制期内不得重新申报"


@pytest.mark.parametrize("on", [DECIDED, date(2026, 3, 18), UNTIL])
def test_barred_from_the_first_day_to_the_last(on: date) -> None:
    assert may_apply_again([CITY], on=on) == [
        Finding(
            12,
            "本市限制期：因复审不通过于2025年5月1日被撤销称号，至2028年5月1日（含当日）不得重新申报绿色制造单位",
        )
    ]


@pytest.mark.parametrize("on", [date(2025, 4, 30), date(2028, 5, 2)])
def test_free_outside_the_bar(on: date) -> None:
    assert may_apply_again([CITY], on=on) == []


def test_without_bars_anybody_may_apply() -> None:
    assert may_apply_again([], on=DECIDED) == []


@pytest.mark.parametrize(
    ("bar", "on", "words"),
    [
        (
            CITY,
            UNTIL,
            "因复审不通过于2025年5月1日被撤销称号，至2028年5月1日（含当日）不得重新申报绿色制造单位",
        ),
        (CITY, date(2028, 5, 2), "因复审不通过于2025年5月1日被撤销称号，限制期已于2028年5月1日届满"),
        (
            national_bar(DECIDED),
            UNTIL,
            "于2025年5月1日被动态调整出国家名单，至2028年5月1日（含当日）不予列入国家名单",
        ),
        (
            national_bar(DECIDED),
            date(2028, 5, 2),
            "于2025年5月1日被动态调整出国家名单，限制期已于2028年5月1日届满",
        ),
    ],
)
def test_each_clock_says_until_when_it_runs_or_that_it_is_over(bar: Bar, on: date, words: str) -> None:
    assert clock_says(bar, on=on) == words
