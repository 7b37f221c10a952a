"""Article 5: who may come into the pool, with which paper."""

from datetime import date

import pytest

from greenmfg.rulebook import (
    Category,
    Finding,
    Material,
    may_self_nominate,
    missing_documents,
    missing_recommendation,
)

pytestmark = pytest.mark.article(5)

REPORT = {Material.DIAGNOSIS_REPORT}
DIAGNOSED = pytest.mark.parametrize("category", [Category.GREEN_FACTORY, Category.GREEN_PARK])


@DIAGNOSED
@pytest.mark.parametrize(
    ("year", "on"),
    [
        pytest.param(2026, date(2026, 3, 18), id="this-year"),
        pytest.param(2025, date(2026, 3, 18), id="last-year"),
        pytest.param(2025, date(2026, 12, 31), id="last-year-on-new-years-eve"),
        pytest.param(2026, date(2027, 1, 1), id="one-year-older-on-new-years-day"),
    ],
)
def test_a_report_of_this_or_last_year_suffices(category: Category, year: int, on: date) -> None:
    assert missing_documents(category, materials=REPORT, report_year=year, on=on) == []


@DIAGNOSED
@pytest.mark.parametrize(
    ("year", "on", "this", "last"),
    [
        pytest.param(2023, date(2026, 3, 18), 2026, 2025, id="too-old"),
        pytest.param(2025, date(2027, 1, 1), 2027, 2026, id="too-old-since-new-years-day"),
        pytest.param(2027, date(2026, 12, 31), 2026, 2025, id="of-next-year"),
    ],
)
def test_a_report_of_another_year_does_not(
    category: Category, year: int, on: date, this: int, last: int
) -> None:
    assert missing_documents(category, materials=REPORT, report_year=year, on=on) == [
        Finding(5, f"绿色诊断评估报告为 {year} 年度，须为本年度（{this}）或上一年度（{last}）")
    ]


@DIAGNOSED
def test_no_report(category: Category) -> None:
    assert missing_documents(
        category, materials={Material.EVIDENCE}, report_year=2026, on=date(2026, 3, 18)
    ) == [Finding(5, "缺少本年度或上一年度绿色诊断评估报告")]


@DIAGNOSED
def test_a_report_whose_year_nobody_stated(category: Category) -> None:
    assert missing_documents(category, materials=REPORT, report_year=None, on=date(2026, 3, 18)) == [
        Finding(5, "未填写绿色诊断评估报告的所属年度，须为本年度（2026）或上一年度（2025）")
    ]


def test_a_supply_chain_files_its_evaluation_and_no_diagnosis() -> None:
    supply_chain, on = Category.GREEN_SUPPLY_CHAIN, date(2026, 3, 18)
    dossier = {Material.EVALUATION_DOSSIER}
    assert missing_documents(supply_chain, materials=dossier, report_year=None, on=on) == []
    assert missing_documents(supply_chain, materials=REPORT, report_year=2026, on=on) == [
        Finding(5, "缺少对照国家相关评价要求形成的评价材料")
    ]


@DIAGNOSED
@pytest.mark.parametrize("recommended", [True, False])
def test_factories_and_parks_come_either_way(category: Category, recommended: bool) -> None:
    assert may_self_nominate(category) == []
    assert missing_recommendation(category, recommended=recommended) == []


def test_a_supply_chain_needs_its_district() -> None:
    supply_chain = Category.GREEN_SUPPLY_CHAIN
    assert may_self_nominate(supply_chain) == [
        Finding(5, "绿色供应链管理企业应获得区级工业主管部门推荐，不能自荐")
    ]
    assert missing_recommendation(supply_chain, recommended=False) == [
        Finding(5, "缺少区级工业主管部门推荐意见")
    ]
    assert missing_recommendation(supply_chain, recommended=True) == []
