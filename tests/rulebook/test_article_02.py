"""Article 2: three categories, and what a green manufacturing unit is."""

import pytest

from greenmfg.rulebook import Category, Level, article, is_green_unit

pytestmark = pytest.mark.article(2)


def test_three_categories_in_the_order_of_the_article() -> None:
    assert Category.choices() == [
        ("green_factory", "绿色工厂"),
        ("green_supply_chain", "绿色供应链管理企业"),
        ("green_park", "绿色工业园区"),
    ]
    assert "、".join(category.label for category in Category) in article(2).lead


def test_a_stored_code_reads_back() -> None:
    assert Category("green_park") is Category.GREEN_PARK
    assert f"{Category.GREEN_PARK}" == "green_park"


@pytest.mark.parametrize(
    ("level", "answer"),
    [(None, False), (Level.POOL, False), (Level.MUNICIPAL, True), (Level.NATIONAL, True)],
)
def test_the_pool_does_not_make_a_green_unit(level: Level | None, answer: bool) -> None:
    assert is_green_unit(level) is answer
