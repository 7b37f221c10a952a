"""Article 16: editions and the day from which they hold; national rules prevail."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from greenmfg.rulebook import (
    DRAFT_2023,
    Band,
    Bar,
    Clock,
    Edition,
    IncompleteEdition,
    NoEdition,
    edition_called,
    edition_of_period,
    edition_on,
    grade,
    may_apply_again,
    national_bar,
)

pytestmark = pytest.mark.article(16)

LATER = replace(DRAFT_2023, code="2027", in_force_from=date(2027, 1, 1), change_days=20)
BOTH = (LATER, DRAFT_2023)  # the order they come in does not matter


def four_levels(*lower: int | None, in_force_from: date | None = None) -> Edition:
    """An edition with the levels 一级–四级, as the practice since 2024 has them."""
    return replace(
        DRAFT_2023,
        code="four",
        in_force_from=in_force_from,
        bands=tuple(
            Band(f"l{n}", name, f"绿色评价{name}", None if bound is None else Decimal(bound), "")
            for n, (name, bound) in enumerate(zip(("一级", "二级", "三级", "四级"), lower, strict=True))
        ),
    )


@pytest.mark.parametrize(
    ("day", "code"),
    [
        pytest.param(date(2023, 9, 11), "2023-draft", id="first-day"),
        pytest.param(date(2026, 12, 31), "2023-draft", id="the-last-day-before"),
        pytest.param(date(2027, 1, 1), "2027", id="the-later-ones-first-day"),
    ],
)
def test_the_edition_of_the_day(day: date, code: str) -> None:
    assert edition_on(day, editions=BOTH).code == code


def test_no_edition_before_the_first() -> None:
    with pytest.raises(NoEdition):
        edition_on(date(2023, 9, 10))


def test_one_in_preparation_is_passed_over() -> None:
    coming = four_levels(None, None, None, None)
    assert edition_on(date(2026, 3, 18), editions=(coming, DRAFT_2023)) is DRAFT_2023
    with pytest.raises(NoEdition):
        edition_of_period(date(2026, 3, 18), editions=(coming,))


def test_two_cannot_begin_on_one_day() -> None:
    twin = replace(DRAFT_2023, code="twin")
    with pytest.raises(ValueError, match="两个版本同日施行：2023-draft、twin"):
        edition_on(date(2026, 3, 18), editions=(DRAFT_2023, twin))


@pytest.mark.parametrize(
    ("began_on", "code"),
    [
        pytest.param(date(2019, 1, 1), "2023-draft", id="older-than-all"),
        pytest.param(date(2026, 12, 31), "2023-draft", id="runs-on-under-the-old-one"),
        pytest.param(date(2027, 1, 1), "2027", id="begun-under-the-new-one"),
    ],
)
def test_a_period_keeps_the_edition_it_began_under(began_on: date, code: str) -> None:
    assert edition_of_period(began_on, editions=BOTH).code == code


def test_a_decision_is_explained_by_its_own_edition() -> None:
    assert edition_called("2023-draft", editions=BOTH) is DRAFT_2023
    assert DRAFT_2023.band("leading").name == "领军"
    with pytest.raises(NoEdition):
        edition_called("1999", editions=BOTH)
    with pytest.raises(NoEdition):
        DRAFT_2023.band("l4")


def test_unset_bounds_can_wait_but_neither_hold_nor_grade() -> None:
    waiting = four_levels(0, 50, None, None)
    assert not waiting.is_complete
    with pytest.raises(IncompleteEdition, match="不能用于分级"):
        grade(Decimal(80), meets_requirements=True, edition=waiting)
    with pytest.raises(IncompleteEdition, match="不能施行"):
        replace(waiting, in_force_from=date(2027, 1, 1))


def test_a_complete_one_grades_and_may_leave_out_the_bottom() -> None:
    level = four_levels(40, 60, 75, 90, in_force_from=date(2027, 1, 1))
    top = grade(Decimal(90), meets_requirements=True, edition=level)
    assert top is not None
    assert top.title == "绿色评价四级"
    assert grade(Decimal("39.99"), meets_requirements=True, edition=level) is None


@pytest.mark.parametrize(
    "lower", [(60, 60, 80, 90), (0, 80, 60, 90), (-1, 60, 80, 90), (0, 60, 80, 101)], ids=str
)
def test_bounds_are_in_order_and_in_range(lower: tuple[int, ...]) -> None:
    with pytest.raises(IncompleteEdition):
        four_levels(*lower)


def test_periods_have_a_length() -> None:
    with pytest.raises(IncompleteEdition, match="至少为 1"):
        replace(DRAFT_2023, change_days=0)
    with pytest.raises(IncompleteEdition, match="至少为 1"):
        replace(DRAFT_2023, bar_years=0)


def test_thresholds_bands_and_codes_are_real() -> None:
    with pytest.raises(IncompleteEdition):
        replace(DRAFT_2023, pool_threshold=Decimal("NaN"))
    with pytest.raises(IncompleteEdition):
        replace(DRAFT_2023, bands=())
    with pytest.raises(IncompleteEdition, match="重复"):
        replace(DRAFT_2023, bands=(DRAFT_2023.bands[0], replace(DRAFT_2023.bands[1], code="compliant")))


def test_the_draft_says_that_it_is_one() -> None:
    assert "征求意见稿" in DRAFT_2023.title
    assert "未见正式发布" in DRAFT_2023.note


def test_the_national_clock_runs_apart_and_does_not_bind() -> None:
    city = Bar(Clock.CITY, date(2025, 5, 1), date(2028, 5, 1), "因复审不通过于2025年5月1日被撤销称号")
    national = national_bar(date(2026, 1, 1))
    assert (national.since, national.until) == (date(2026, 1, 1), date(2029, 1, 1))

    both = may_apply_again([national, city], on=date(2026, 3, 18))
    assert [(f.article, f.binding) for f in both] == [(12, True), (16, False)]
    [left] = may_apply_again([national, city], on=date(2028, 5, 2))
    assert left.message == (
        "国家限制期：于2026年1月1日被动态调整出国家名单，至2029年1月1日（含当日）不予列入国家名单，"
        "依据《绿色工厂梯度培育及管理暂行办法》（工信部节〔2024〕13号），继续办理须说明理由"
    )
