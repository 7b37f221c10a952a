"""A district registers who was diagnosed, the bureau invites, the enterprise applies without uploading a thing."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from registry.models import Diagnosis, Document, Event, Message, PoolApplication
from tests.journeys.conftest import Visit
from tests.journeys.filling import open_task, saved, start
from tests.people import Cast

UNIT = "京华示例机电有限公司"


def test_from_diagnosis_to_an_application_without_upload(visit: Visit, people: Cast, report: Path) -> None:
    zhao, zhou, chen = visit("quju"), visit("shiju"), visit("qiye")
    register(zhao, report)
    invite(zhou)
    no = apply(chen)
    examine(zhou, no)
    held, filed = Document.objects.order_by("pk")
    assert (held.path, held.sha256) == (filed.path, filed.sha256)
    assert (held.diagnosis_id, filed.diagnosis_id) == (Diagnosis.objects.get().pk, None)
    unit = Diagnosis.objects.get().unit
    told = Event.objects.filter(stream=f"unit:{unit.pk}").order_by("seq").values_list("label", "by__name")
    assert list(told) == [
        ("登记绿色诊断", "赵敏"),
        ("修改改造措施", "赵敏"),
        ("邀请申报", "周宁"),
        ("更新措施进展", "陈晨"),
    ]


def register(page: Page, report: Path) -> None:
    page.goto("/diagnoses/")
    page.get_by_role("link", name="登记绿色诊断").click()
    page.get_by_role("main").get_by_label("单位、信用代码、拼音").fill("jhsl")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=UNIT).click()
    page.get_by_label("诊断年度").fill("2025")
    page.get_by_label("诊断机构").fill("示例诊断机构")
    page.get_by_label("完成日期").fill("2025-12-01")
    page.get_by_label("诊断结论").fill("压缩空气系统有节能潜力。")
    page.get_by_label("诊断报告").set_input_files(report)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(UNIT)
    expect(page.locator(".pages img")).to_have_count(3)
    page.get_by_role("link", name="编辑措施").click()
    page.locator("[name=m-0-finding]").fill("空压机长期空载")
    page.locator("[name=m-0-words]").fill("更换变频空压机")
    page.locator("[name=m-0-planned_on]").fill("2026-06-30")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile("更换变频空压机"))).to_contain_text("未开始")


def invite(page: Page) -> None:
    page.goto("/diagnoses/?tab=potential")
    page.get_by_label(f"选择 {UNIT}").check()
    page.get_by_role("button", name="邀请申报").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已发送邀请 1 家")
    assert Message.objects.get().subject == f"邀请申报绿色制造培育库：{UNIT}"


def apply(page: Page) -> str:
    """From the invitation to the receipt: nothing is uploaded, nothing of the report is typed."""
    page.goto("/my/")
    page.get_by_role("link", name="2025 年绿色诊断").click()
    page.get_by_role("link", name="更新进展").click()
    page.get_by_label("进展", exact=True).select_option("实施中")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile("更换变频空压机"))).to_contain_text("实施中")
    page.goto("/my/")
    page.get_by_role("link", name="去申报").click()
    expect(page.locator("input[name=category]:checked")).to_have_value("green_factory")
    home = start(page)
    open_task(page, home, "绿色诊断评估报告")
    expect(page.get_by_text("来自 2025 年绿色诊断登记，不必重新上传")).to_be_visible()
    expect(page.get_by_label("诊断报告年度")).to_have_value("2025")
    expect(page.get_by_label("诊断机构")).to_have_value("示例诊断机构")
    expect(page.get_by_label("报告出具日期")).to_have_value("2025-12-01")
    open_task(page, home, "核对单位基本信息")
    page.get_by_label("以上信息已核对无误").check()
    saved(page)
    open_task(page, home, "年度能源资源数据")
    for label, value in (
        ("数据年度", "2025"),
        ("工业总产值（万元）", "12000"),
        ("综合能源消费量（吨标准煤）", "830"),
    ):
        page.get_by_label(label).fill(value)
    saved(page)
    open_task(page, home, "分级评价自评")
    page.get_by_label("自评得分").fill("71")
    saved(page)
    page.goto(f"{home}check/")
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="自荐提交").click()
    expect(page).to_have_url(re.compile(r"/receipt/$"))
    return PoolApplication.objects.get(state="examining").no


def examine(page: Page, no: str) -> None:
    page.goto(f"/applications/{no}/review/")
    expect(page.locator(".checks .fine", has_text="与绿色诊断登记一致")).to_be_visible()
    page.goto("/diagnoses/?tab=potential")
    expect(page.get_by_text("“潜力单位”中没有，全部视图中有")).to_be_visible()
