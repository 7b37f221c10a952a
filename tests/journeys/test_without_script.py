"""Without JavaScript everything can still be filed, read, decided."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.models import Case, PoolApplication
from tests.factories import at, do
from tests.journeys.conftest import Visit
from tests.journeys.filling import open_task, start
from tests.people import Cast
from tests.registry.papers import a_roster

UNIT = "京华示例机电有限公司"


def save(page: Page, words: str) -> None:
    page.get_by_role("button", name="保存并返回").click()
    expect(page.get_by_role("status")).to_contain_text(words)


def test_an_application_is_filled_in_and_filed(visit: Visit, people: Cast, report: Path) -> None:
    page = visit("qiye", java_script_enabled=False)
    home = start(page)
    open_task(page, home, "核对单位基本信息")
    page.get_by_label("以上信息已核对无误").check()
    save(page, "已保存“核对单位基本信息”")
    open_task(page, home, "绿色诊断评估报告")
    page.set_input_files("[data-upload] input[type=file]", report)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("status")).to_contain_text("已上传“绿色诊断评估报告.pdf”，检查通过")
    page.get_by_label("诊断报告年度").fill("2025")
    save(page, "已保存“绿色诊断评估报告”")
    open_task(page, home, "年度能源资源数据")
    for label, value in (("数据年度", "2025"), ("工业总产值", "12000"), ("综合能源消费量", "830.5")):
        page.get_by_label(label).fill(value)
    save(page, "已保存“年度能源资源数据”")
    open_task(page, home, "分级评价自评")
    page.get_by_label("自评得分").fill("101")
    page.get_by_role("button", name="保存并返回").click()
    expect(page.locator(".errors")).to_contain_text("综合得分应为 0–100 之间的数字，最多 2 位小数")
    expect(page.get_by_label("自评得分")).to_have_value("101")
    page.get_by_label("自评得分").fill("71")
    save(page, "已保存“分级评价自评”")
    page.get_by_role("link", name="核对并提交").first.click()
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="自荐提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"已提交，受理编号 LC-2026-\d{4}"))
    assert PoolApplication.objects.get().state == "examining"


def test_a_district_returns_an_application(visit: Visit, people: Cast) -> None:
    from tests.factories import a_draft

    no = do(a_draft(people), "ask_district", people.chen).no
    page = visit("quju", java_script_enabled=False)
    page.goto(f"/applications/{no}/review/")
    page.locator(".radio-cards label", has_text="退回补正").click()
    page.locator("details.return-fields > summary").click()
    page.get_by_label("补正事项内容").first.fill("请补充诊断机构盖章页")
    page.get_by_label("所在栏目").first.fill("绿色诊断评估报告")
    page.get_by_label("依据第几条").first.fill("5")
    page.get_by_role("button", name=re.compile("提交，并打开下一件")).click()
    expect(page.get_by_role("status")).to_contain_text("已办理“退回补正”")
    page.get_by_role("button", name="撤回本次决定").click()
    expect(page.get_by_role("status")).to_contain_text(f"已撤回对 {UNIT} 的本次决定")
    assert Case.objects.get(no=no).state == "with_district"


def test_lists_and_notices_are_read_and_searched(visit: Visit, people: Cast) -> None:
    roster = a_roster(people, "published")
    with clock.fixed(at("2026-03-28")):
        page = visit(java_script_enabled=False)
        page.goto("/")
        page.get_by_role("link", name=roster.title).first.click()
        expect(page.get_by_role("cell", name=UNIT)).to_be_visible()
        page.goto("/lists/")
        page.get_by_role("searchbox").first.fill("京华示例")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=UNIT).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(UNIT)
        page.goto("/notices/")
        page.get_by_role("link", name=re.compile("拟入库单位的公示")).first.click()
        expect(page.get_by_role("cell", name=UNIT)).to_be_visible()
