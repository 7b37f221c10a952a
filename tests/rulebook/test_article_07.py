"""Article 7: four bands, all of which ask that the evaluation requirements are met."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenmfg.rulebook import (
    DRAFT_2023,
    Category,
    Finding,
    Level,
    NotAScore,
    article,
    grade,
    may_be_graded,
    next_band,
)

pytestmark = pytest.mark.article(7)

scores = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("score", "name"),
    [
        ("0", "达标"),
        ("59.99", "达标"),
        ("60", "优质"),
        ("79.99", "优质"),
        ("80", "标杆"),
        ("89.99", "标杆"),
        ("90", "领军"),
        ("100", "领军"),
    ],
)
def test_bands(score: str, name: str) -> None:
    band = grade(Decimal(score), meets_requirements=True)
    assert band is not None
    assert band.name == name
    assert band.title == f"绿色工厂{name}企业"


@pytest.mark.parametrize(
    ("score", "name"),
    [
        ("0", "优质"),
        ("59.99", "优质"),
        ("60", "标杆"),
        ("79.99", "标杆"),
        ("80", "领军"),
        ("89.99", "领军"),
        ("90", None),
        ("100", None),
    ],
)
def test_the_next_band(score: str, name: str | None) -> None:
    band = next_band(Decimal(score))
    assert (band and band.name) == name


@pytest.mark.parametrize("score", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "100.01", "59.995"])
def test_what_is_no_score_has_no_next_band(score: str) -> None:
    with pytest.raises(NotAScore):
        next_band(Decimal(score))


@pytest.mark.parametrize("score", ["0", "59.99", "60", "80", "90", "100"])
def test_no_grade_without_the_requirements(score: str) -> None:
    assert grade(Decimal(score), meets_requirements=False) is None


@pytest.mark.parametrize("meets_requirements", [True, False])
@pytest.mark.parametrize("score", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "100.01", "59.995"])
def test_what_is_no_score_has_no_grade(score: str, meets_requirements: bool) -> None:
    with pytest.raises(NotAScore):
        grade(Decimal(score), meets_requirements=meets_requirements)


def test_duties_are_the_words_of_the_article() -> None:
    items = article(7).items
    assert len(items) == len(DRAFT_2023.bands)
    for band, item in zip(DRAFT_2023.bands, items, strict=True):
        assert band.title in item
        assert item.endswith(f"该类企业{band.duties}")


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("level", [None, *Level])
def test_grades_are_for_national_factories(category: Category, level: Level | None) -> None:
    allowed = category is Category.GREEN_FACTORY and level is Level.NATIONAL
    expected = [] if allowed else [Finding(7, "分级评价的对象为已入围国家级的绿色工厂，该单位不在此列")]
    assert may_be_graded(category, level=level) == expected


@settings(deadline=None)
@given(low=scores, high=scores)
def test_a_better_score_never_gives_a_lower_grade(low: Decimal, high: Decimal) -> None:
    low, high = sorted((low, high))
    lower, higher = grade(low, meets_requirements=True), grade(high, meets_requirements=True)
    assert lower is not None
    assert higher is not None
    assert DRAFT_2023.bands.index(lower) <= DRAFT_2023.bands.index(higher)


@settings(deadline=None)
@given(score=scores)
def test_a_band_holds_its_scores(score: Decimal) -> None:
    band = grade(score, meets_requirements=True)
    assert band is not None
    bounds = {"达标": (0, 60), "优质": (60, 80), "标杆": (80, 90), "领军": (90, 101)}
    low, high = bounds[band.name]
    assert low <= score < high
