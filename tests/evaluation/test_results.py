"""What a confirmed result means: its rows add up, its way to the next grade, five years, and a distribution without names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evaluation.models import ScoreLine
from evaluation.results import ahead, distribution, explained, stored, years
from evaluation.scoring import Answer
from greenmfg.rulebook import DRAFT_2023
from registry.models import Grade, Unit, User
from tests.evaluation.gradings import a_grading, a_round, listed
from tests.factories import NOW, a_unit
from tests.people import cast
from tests.registry.pages import enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def graded(people):
    """陈晨's factory, graded with 45.00 points in 2026 against 37.00 of its own."""
    return a_grading(people, "graded", G2=Answer(value=Decimal(2)))


def a_grade(people, unit, score: str, round) -> Grade:
    """A grade of this unit in that round; its case is the least that a grade can rest on."""
    case = a_grading(people, "void", unit=listed(unit), round=round)
    return Grade.write(
        unit, score=Decimal(score), meets_requirements=True, edition=DRAFT_2023, year=round.year, at=NOW, case=case
    )  # fmt: skip


def neighbours(people, round, count: int, district: str = "110115") -> None:
    """That many other graded factories of another trade, of 70 points each."""
    for _ in range(count):
        unit = a_unit(enterprise(User.objects.count()).entity, district)
        Unit.objects.filter(pk=unit.pk).update(industry="汽车制造业")
        a_grade(people, unit, "70.00", round)


def test_the_rows_add_up_section_by_section_to_the_confirmed_score(graded):
    found = explained(list(graded.score_lines.all()))
    names = ("name", "weight", "own", "agency", "points", "lost")
    numbers = [tuple(str(section[name]) for name in names) for section in found["sections"]]
    assert numbers == [
        ("能源低碳化", "60.00", "20.50", "20.50", "20.50", "39.50"),
        ("生产管理", "40.00", "17.50", "24.50", "24.50", "15.50"),
    ]
    total = found["total"]
    assert (total["own"], total["agency"], total["points"], total["lost"]) == (
        Decimal(38), Decimal(45), graded.final_score, Decimal(55),
    )  # fmt: skip
    assert [(row["code"], row["why"]) for row in found["requirements"]] == [("J1", "符合")]
    assert found["has_own"]


def test_each_row_says_why_and_what_the_bureau_changed():
    line = ScoreLine(
        n=1, code="G1", name="管理体系", section="生产管理", weight=Decimal(20), points=Decimal(10),
        agency_points=Decimal(12), why="评定 10 分（满分 20 分）", revised_because="证书已过期",
    )  # fmt: skip
    found = explained([line])
    assert found["sections"][0]["rows"] == [
        {
            "code": "G1", "name": "管理体系", "weight": 20, "own": None, "agency": 12, "points": 10, "lost": 10,
            "why": "评定 10 分（满分 20 分）", "revised_because": "证书已过期",
        }
    ]  # fmt: skip
    assert (found["has_own"], found["total"]["own"], found["requirements"]) == (False, None, [])


def test_nothing_is_explained_by_nothing():
    assert explained([]) == {
        "sections": [], "requirements": [], "has_own": False,
        "total": {"weight": None, "points": None, "own": None, "agency": None, "lost": None},
    }  # fmt: skip


def test_the_stored_lines_come_to_the_stored_score(graded):
    result = stored(graded, list(graded.score_lines.all()))
    assert (result.total, result.meets, result.is_complete) == (graded.final_score, True, True)


def test_the_way_to_the_next_grade_names_what_would_close_it(graded):
    found = ahead(stored(graded, list(graded.score_lines.all())), DRAFT_2023)
    assert (found["band"].code, found["above"].code, found["distance"]) == ("compliant", "good", Decimal(15))
    ways = [
        (one["code"], one["points"], one["wanted"], one["value"], one["unit"]) for one in found["closers"]
    ]
    assert ways == [
        ("N2", Decimal("7.00"), Decimal("22.00"), Decimal(22), "%"),
        ("N1", Decimal("13.50"), Decimal("28.50"), Decimal("1.1"), "tce/t"),
    ]
    assert found["together"] == []


def test_five_years_end_with_the_year_asked_for_and_leave_gaps(people, graded):
    round = a_round(people, name="2023年度", year=2023, scheme=graded.scheme)
    a_grade(people, graded.unit, "52.00", round)
    found = [(year, grade and grade.score) for year, grade in years(graded.unit, until=2026)]
    assert found == [(2022, None), (2023, Decimal(52)), (2024, None), (2025, None), (2026, Decimal(45))]
    assert [year for year, _ in years(graded.unit, until=2024)] == [2020, 2021, 2022, 2023, 2024]


def test_a_group_smaller_than_the_least_is_not_shown(graded):
    groups = distribution(graded.grade, least=5)
    assert [(one.title, one.count, one.scores) for one in groups] == [
        ("本行业（通用设备制造业）", 1, ()), ("本区（昌平区）", 1, ()), ("全市", 1, ()),
    ]  # fmt: skip
    assert {one.hidden for one in groups} == {"本组当年定级单位不足 5 家，不显示分布"}


def test_four_are_hidden_and_five_are_shown(people, graded):
    neighbours(people, graded.round, 3)
    assert distribution(graded.grade, least=5)[-1].scores == ()
    neighbours(people, graded.round, 1)
    city = distribution(graded.grade, least=5)[-1]
    assert (city.count, city.scores[0], city.hidden) == (5, Decimal(45), "")


def test_a_group_whose_rest_is_too_small_is_hidden_lest_the_rest_be_told_by_subtraction(people, graded):
    neighbours(people, graded.round, 4, district="110114")
    neighbours(people, graded.round, 1)
    _trade, place, city = distribution(graded.grade, least=5)
    assert (place.count, place.scores, place.hidden) == (
        5, (), "本组以外的当年定级单位不足 5 家，不显示分布",
    )  # fmt: skip
    assert (city.count, len(city.scores)) == (6, 6)


def test_only_the_same_year_is_compared_and_each_unit_once(people, graded):
    other = a_round(people, name="2025年度", year=2025, scheme=graded.scheme)
    neighbours(people, other, 3)
    again = a_round(people, name="2026年度第二批", scheme=graded.scheme)
    a_grade(people, graded.unit, "62.00", again)  # graded anew in the same year
    city = distribution(graded.grade, least=1)[-1]
    assert city.scores == (Decimal(62),)
