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
    register_doubts,
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


REGISTER = {2024: "甲中心", 2025: "示例诊断（北京）机构"}


@DIAGNOSED
@pytest.mark.parametrize(
    ("year", "agency"),
    [
        pytest.param(2025, "示例诊断（北京）机构", id="same"),
        pytest.param(2025, " 示例诊断(北京) 机构", id="written-otherwise"),
        pytest.param(2024, "甲中心", id="another-year-on-record"),
        pytest.param(None, "", id="not-stated-yet"),
    ],
)
def test_a_report_as_registered_raises_no_doubt(category: Category, year: int | None, agency: str) -> None:
    assert register_doubts(category, report_year=year, report_agency=agency, on_record=REGISTER) == []


@DIAGNOSED
def test_a_report_made_without_the_register_is_as_good(category: Category) -> None:
    assert register_doubts(category, report_year=2026, report_agency="乙", on_record={}) == []


@DIAGNOSED
def test_another_agency_or_year_is_a_doubt_and_no_bar(category: Category) -> None:
    assert register_doubts(category, report_year=2025, report_agency="乙", on_record=REGISTER) == [
        Finding(
            5,
            "所填诊断机构“乙”与 2025 年度绿色诊断登记的“示例诊断（北京）机构”不一致，请核对报告",
            binding=False,
        )
    ]
    assert register_doubts(category, report_year=2026, report_agency="甲中心", on_record=REGISTER) == [
        Finding(
            5, "绿色诊断登记中没有该单位 2026 年度的诊断（登记有 2024、2025 年度），请核对报告", binding=False
        )
    ]


def test_a_supply_chain_is_not_asked_for_diagnoses() -> None:
    supply_chain = Category.GREEN_SUPPLY_CHAIN
    assert register_doubts(supply_chain, report_year=2025, report_agency="乙", on_record=REGISTER) == []
