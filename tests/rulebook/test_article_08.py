"""Article 8: scores, and the threshold that holds in principle."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenmfg.rulebook import (
    Category,
    Finding,
    NotAScore,
    checked_score,
    line,
    pool_score,
    third_party_conclusion,
    total,
)

pytestmark = pytest.mark.article(8)

raw = st.decimals(0, 100, allow_nan=False, allow_infinity=False)
few_lines = st.lists(st.decimals(0, 5, allow_nan=False, allow_infinity=False), max_size=20)


@pytest.mark.parametrize(
    ("score", "stored"),
    [("0", "0.00"), ("60", "60.00"), ("60.000", "60.00"), ("-0", "0.00"), ("100", "100.00")],
)
def test_a_score_has_two_decimals(score: str, stored: str) -> None:
    assert str(checked_score(Decimal(score))) == stored


@pytest.mark.parametrize(
    "score",
    ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "100.01", "1E+999", "59.995", "0.001", "1E-999"],
)
def test_what_is_no_score(score: str) -> None:
    with pytest.raises(NotAScore) as refused:
        checked_score(Decimal(score))
    assert str(refused.value) == "综合得分应为 0–100 之间的数字，最多 2 位小数"


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ("2.004", "2.00"),
        ("2.005", "2.01"),  # half to even would give 2.00
        ("2.015", "2.02"),
        ("2.0049999999999999999999999999999", "2.00"),  # one rounding, not one on top of another
        ("7", "7.00"),
    ],
)
def test_a_line_is_rounded_half_up(value: str, points: str) -> None:
    assert str(line(Decimal(value))) == points


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-0.001", "100.001"])
def test_what_is_no_line(value: str) -> None:
    with pytest.raises(NotAScore):
        line(Decimal(value))


def test_the_total_is_the_sum_of_what_is_printed() -> None:
    thirds = [line(Decimal(100) / 3)] * 3
    assert str(total(thirds)) == "99.99"
    assert str(total([])) == "0.00"


def test_a_total_refuses_what_was_not_rounded_and_what_passes_a_hundred() -> None:
    with pytest.raises(NotAScore):
        total([Decimal("33.333")])
    with pytest.raises(NotAScore):
        total([Decimal("60"), Decimal("40.01")])


@pytest.mark.parametrize("score", ["60", "60.01", "100"])
def test_a_factory_at_the_threshold_needs_no_reason(score: str) -> None:
    assert pool_score(Category.GREEN_FACTORY, Decimal(score)) == []


@pytest.mark.parametrize(("score", "shown"), [("59.99", "59.99"), ("0", "0.00"), ("58.4", "58.40")])
def test_a_factory_below_it_needs_one(score: str, shown: str) -> None:
    assert pool_score(Category.GREEN_FACTORY, Decimal(score)) == [
        Finding(8, f"分级评价得分为 {shown} 分，原则上应达到 60 分，同意入库须说明理由", binding=False)
    ]


def test_a_factory_without_a_score_stops() -> None:
    assert pool_score(Category.GREEN_FACTORY, None) == [
        Finding(8, "尚未参照分级评价标准进行综合评价，缺少得分")
    ]


def test_what_is_no_score_is_not_compared() -> None:
    with pytest.raises(NotAScore):
        pool_score(Category.GREEN_FACTORY, Decimal("NaN"))


@pytest.mark.parametrize(("score", "count"), [("59.99", 2), ("60", 1)])
def test_a_factory_that_misses_the_requirements_needs_a_reason_however_it_scores(
    score: str, count: int
) -> None:
    found = pool_score(Category.GREEN_FACTORY, Decimal(score), meets_requirements=False)
    assert found[0] == Finding(
        8, "不符合绿色工厂评价要求，参照第七条无相应级别，同意入库须说明理由", binding=False
    )
    assert len(found) == count
    assert pool_score(Category.GREEN_FACTORY, Decimal(score), meets_requirements=True) == found[1:]


@pytest.mark.parametrize("category", [Category.GREEN_PARK, Category.GREEN_SUPPLY_CHAIN])
@pytest.mark.parametrize("score", [None, Decimal("10")])
def test_the_others_need_no_score(category: Category, score: Decimal | None) -> None:
    assert pool_score(category, score) == []


@settings(deadline=None)
@given(value=raw)
def test_rounding_moves_a_line_by_half_a_cent_at_most(value: Decimal) -> None:
    points = line(value)
    assert checked_score(points) == points
    # Fractions, for a difference of Decimals is itself rounded.
    moved = Fraction(points) - Fraction(value)
    assert Fraction(-1, 200) < moved <= Fraction(1, 200)


@settings(deadline=None)
@given(values=few_lines)
def test_the_total_is_exact_and_does_not_mind_the_order(values: list[Decimal]) -> None:
    lines = [line(value) for value in values]
    cents = sum(int(points * 100) for points in lines)
    assert int(total(lines) * 100) == cents
    assert total(reversed(lines)) == total(lines)


def concluded(category: Category, **given: object) -> list[str]:
    whole = {"meets_requirements": True, "conclusion": "一致", "report_filed": True}
    score = Decimal("81.30") if category is Category.GREEN_FACTORY else None
    scored = category is Category.GREEN_FACTORY
    found = third_party_conclusion(**({"scored": scored, "score": score} | whole | given))  # type: ignore[arg-type]
    assert all(finding.article == 8 and finding.binding for finding in found)
    return [finding.message for finding in found]


@pytest.mark.parametrize("category", list(Category))
def test_a_third_party_says_whether_the_requirements_are_met_and_files_its_report(category: Category) -> None:
    assert concluded(category) == []
    assert concluded(category, meets_requirements=False) == []
    assert concluded(category, meets_requirements=None) == ["请选择是否符合评价要求"]
    assert concluded(category, conclusion=" \n") == ["请填写评价结论"]
    assert concluded(category, report_filed=False) == ["请上传第三方评价报告"]


def test_a_third_party_scores_factories_and_nobody_else() -> None:
    assert concluded(Category.GREEN_FACTORY, score=None) == ["请填写综合评价得分"]
    for category in (Category.GREEN_PARK, Category.GREEN_SUPPLY_CHAIN):
        assert len(concluded(category, score=Decimal(0))) == 1


def test_the_other_two_are_scored_where_a_scheme_lays_down_their_points() -> None:
    assert concluded(Category.GREEN_SUPPLY_CHAIN, scored=True) == ["请填写综合评价得分"]
    assert concluded(Category.GREEN_SUPPLY_CHAIN, scored=True, score=Decimal("77.50")) == []
