"""A district brings in who was diagnosed: two wrong cells are shown and marked, the right rows go in, the units are there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from registry.models import Diagnosis, EvaluatorAgency, Event
from registry.resources.diagnoses import Diagnoses
from tests.journeys.conftest import Visit, download
from tests.people import Cast
from tests.registry.damaged import table, xlsx

COMMON = {"类型": "绿色工厂", "诊断年度": "2025", "诊断机构": "示例评价中心", "完成日期": "2025-11-30"}
ROWS = (
    COMMON
    | {
        "单位名称": "昌平甲示例机械有限公司",
        "诊断发现": "空压机泄漏",
        "改造措施": "治漏",
        "预计节能量": "12.5",
    },
    COMMON | {"单位名称": "昌平乙示例食品有限公司", "诊断年度": "2052"},
    COMMON | {"单位名称": "昌平丙示例电子有限公司"},
    COMMON | {"单位名称": "昌平丁示例化工有限公司", "诊断机构": "示例评介中心"},
)


def file_in(folder: Path) -> Path:
    path = folder / "诊断.xlsx"
    path.write_bytes(xlsx(table(Diagnoses, *ROWS)))
    return path


def bring(page: Page, file: Path) -> None:
    page.goto("/imports/")
    page.get_by_role("main").get_by_role("link", name="绿色诊断").click()
    page.get_by_label("填好的文件").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对绿色诊断")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_wrong_cells_are_marked_and_the_right_rows_go_in(
    visit: Visit, people: Cast, tmp_path: Path, script: bool
) -> None:
    assert EvaluatorAgency.objects.get().name == "示例评价中心"
    page = visit("quju", java_script_enabled=script)
    bring(page, file_in(tmp_path))
    expect(page.get_by_role("heading", name="有 2 行有误")).to_be_visible()
    rows = page.locator("tr.row-bad")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("诊断年度")
    expect(rows.nth(0)).to_contain_text("2052")
    expect(rows.nth(1)).to_contain_text("是否为“示例评价中心”")
    assert Diagnosis.objects.count() == 0

    marked = load_workbook(io.BytesIO(download(page, "下载标注工作簿", tmp_path).read_bytes())).active
    commented = {cell.coordinate for row in marked.iter_rows() for cell in row if cell.comment}
    assert commented == {"F3", "G5"}

    page.get_by_role("button", name="只导入正确的 2 行").click()
    expect(page.get_by_text("已导入 2 行，略过有误的 2 行")).to_be_visible()
    found = Diagnosis.objects.values_list("unit__entity__name", "unit__district_id")
    assert set(found) == {("昌平甲示例机械有限公司", "110114"), ("昌平丙示例电子有限公司", "110114")}
    assert Event.objects.get(stream="ledger:imports").by == people.zhao

    page.goto("/search/?q=昌平甲")
    expect(page.get_by_role("link", name="昌平甲示例机械有限公司")).to_be_visible()
    page.goto("/imports/")
    expect(page.get_by_role("row", name="导入绿色诊断")).to_contain_text("诊断.xlsx")
