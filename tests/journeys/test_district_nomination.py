"""A district returns, the enterprise corrects, the district recommends with two keys, the bureau examines."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from registry.models import Case, Event, PoolApplication
from tests.factories import a_draft
from tests.journeys.conftest import Visit, hands
from tests.journeys.filling import upload
from tests.people import Cast

UNIT = "京华示例机电有限公司"


def test_returned_corrected_recommended_examined(visit: Visit, people: Cast, report: Path) -> None:
    no = a_draft(people).no
    chen, zhao = visit("qiye"), visit("quju")
    file_with_district(chen, no)
    assert return_two_items(zhao, no) == 4  # B, two ready-made items, Ctrl+Enter
    assert correct(chen, report) <= 6
    assert recommend(zhao, no) == 2  # T, Ctrl+Enter
    assert examine(visit("shiju"), no) == 2  # A, Ctrl+Enter
    done = Event.objects.filter(stream=f"case:{no}").order_by("seq")
    assert [event.act for event in done] == [
        "ask_district",
        "return_by_district",
        "resubmit_to_district",
        "recommend",
        "type_score",
        "clear",
    ]
    assert Case.objects.get(no=no).state == "cleared"
    first, second = PoolApplication.objects.get(no=no).submissions.order_by("n")
    assert '"energy_tce":"830.50"' in first.payload.replace(" ", "")
    assert '"energy_tce":"835.50"' in second.payload.replace(" ", "")


def file_with_district(page: Page, no: str) -> None:
    page.goto(f"/applications/{no}/check/")
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="提交区级推荐").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"已提交，受理编号 {no}")
    expect(page.get_by_text("昌平").first).to_be_visible()  # who holds it now


def return_two_items(page: Page, no: str) -> int:
    """Two located items and a date; returns the keys and presses from the open page."""
    page.goto("/desk/todo/")
    page.get_by_role("link", name=UNIT, exact=True).click()
    expect(page).to_have_url(re.compile(f"/applications/{no}/review/"))
    before = hands(page)
    page.keyboard.press("b")
    page.get_by_role("button", name="缺盖章页").click()
    page.get_by_role("button", name="数据存疑").click()
    page.get_by_label("补正期限").fill("2026-03-27")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="已办理“退回补正”")).to_be_visible()
    return hands(page) - before


def correct(page: Page, report: Path) -> int:
    """From the list of corrections to the new receipt; returns the presses."""
    page.goto("/my/")
    expect(page.get_by_role("heading", name="绿色工厂入库申请需要补正 2 处")).to_be_visible()
    page.get_by_role("link", name="去补正").click()
    block = page.locator(".fix")
    expect(block).to_contain_text("需要修改 2 处，请在 3月27日（星期五）24时前重新提交")
    expect(block).to_contain_text("退回人：")
    expect(block).to_contain_text("赵敏")
    for words in ("请补充诊断机构盖章页", "请核实能源资源数据并附凭证"):
        expect(block.locator("li", has_text=words)).to_have_count(1)
    expect(block.get_by_role("link", name="第五条")).to_have_attribute("href", "/rules/#art-5")
    before = hands(page)
    block.get_by_role("link", name="去补传").click()
    upload(page, report)
    page.get_by_role("button", name="保存，去改下一处").click()
    page.get_by_label("综合能源消费量（吨标准煤）").fill("835.50")
    page.get_by_role("button", name="保存，去核对提交").click()
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="补正后提交区级").click()
    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_text("第 2 次提交")).to_be_visible()
    return hands(page) - before


def recommend(page: Page, no: str) -> int:
    page.goto(f"/applications/{no}/review/")
    before = hands(page)
    page.keyboard.press("t")
    expect(page.get_by_label("说明", exact=True)).to_have_value("材料齐全，同意推荐。")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="已办理“推荐”")).to_be_visible()
    return hands(page) - before


def examine(page: Page, no: str) -> int:
    page.goto(f"/applications/{no}/review/")
    expect(page.get_by_text(re.compile("昌平区已出具推荐意见"))).to_be_visible()
    page.get_by_label("综合得分").fill("72.5")
    page.get_by_label("得分来源").fill("第三方评价报告第41页")
    page.get_by_label("符合", exact=True).check()
    page.get_by_role("button", name="登记得分").click()
    expect(page.get_by_text("72.50").first).to_be_visible()
    before = hands(page)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
    return hands(page) - before
