"""Whatever happens while somebody types, what was typed is stored, kept in the browser, or shown again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from playwright.sync_api import Page, expect

from registry.models import PoolApplication
from tests.factories import a_draft, an_application, do
from tests.journeys.conftest import Visit, sign_in
from tests.journeys.filling import saved
from tests.people import PASSWORD, Cast

AGENCY = "诊断机构"
STATE = "[data-save-state=task]"


@pytest.fixture
def no(people: Cast) -> str:
    return a_draft(people).no


@pytest.fixture
def stored(no: str) -> Callable[[], str]:
    return lambda: PoolApplication.objects.get(no=no).report_agency


def open_report(page: Page, no: str) -> None:
    page.goto(f"/applications/{no}/tasks/report/")


def test_reload_after_saving_by_itself(visit: Visit, no: str, stored: Callable[[], str]) -> None:
    page = visit("qiye")
    open_report(page, no)
    page.get_by_label(AGENCY).fill("甲诊断机构")
    saved(page)
    assert stored() == "甲诊断机构"
    page.reload()
    expect(page.get_by_label(AGENCY)).to_have_value("甲诊断机构")
    assert page.evaluate("localStorage.length") == 0


def test_dead_network_and_a_closed_window(visit: Visit, no: str, stored: Callable[[], str]) -> None:
    page = visit("qiye")
    open_report(page, no)
    page.context.set_offline(True)
    page.get_by_label(AGENCY).fill("乙诊断机构")
    expect(page.locator(STATE)).to_contain_text("网络中断，已暂存在本机")
    page.close()
    page.context.set_offline(False)
    assert stored() == "示例诊断机构"
    page = page.context.new_page()
    open_report(page, no)
    expect(page.get_by_label(AGENCY)).to_have_value("乙诊断机构")
    saved(page)
    assert stored() == "乙诊断机构"


def test_expired_session(visit: Visit, no: str, stored: Callable[[], str]) -> None:
    page = visit("qiye")
    open_report(page, no)
    expire_sessions()
    page.get_by_label(AGENCY).fill("丙诊断机构")
    expect(page.locator(STATE)).to_contain_text("登录已过期，内容已暂存在本机，请重新登录后继续")
    expect(page.get_by_label(AGENCY)).to_have_value("丙诊断机构")
    assert stored() == "示例诊断机构"
    sign_in(page, "qiye")
    open_report(page, no)
    expect(page.get_by_label(AGENCY)).to_have_value("丙诊断机构")
    saved(page)
    assert stored() == "丙诊断机构"


def test_saved_by_hand_with_an_expired_session(visit: Visit, no: str, stored: Callable[[], str]) -> None:
    page = visit("qiye")
    open_report(page, no)
    expire_sessions()
    page.get_by_label(AGENCY).fill("丁诊断机构")
    page.get_by_role("button", name="保存并返回").click()
    sign_in_again(page, "qiye")  # which leads back to the task
    expect(page.get_by_label(AGENCY)).to_have_value("丁诊断机构")
    saved(page)
    assert stored() == "丁诊断机构"


def test_decision_with_an_expired_session(visit: Visit, people: Cast) -> None:
    case = an_application(people)
    page = visit("shiju")
    page.goto(f"/applications/{case.no}/review/")
    page.locator(".radio-cards label", has_text="不予入库").click()
    page.get_by_label("说明", exact=True).fill("写了很久的理由。")
    expire_sessions()
    page.keyboard.press("Control+Enter")
    sign_in_again(page, "shiju")
    expect(page.get_by_label("说明", exact=True)).to_have_value("写了很久的理由。")
    expect(page.locator("input[name=act]:checked")).to_have_count(0)
    page.locator(".radio-cards label", has_text="不予入库").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="已办理“不予入库”")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def expire_sessions() -> None:
    Session.objects.all().delete()
    cache.clear()


def sign_in_again(page: Page, username: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_second_window_was_faster(visit: Visit, no: str, stored: Callable[[], str]) -> None:
    first = visit("qiye")
    second = first.context.new_page()
    for page in (first, second):
        open_report(page, no)
    second.get_by_label(AGENCY).fill("第二个窗口")
    saved(second)
    first.get_by_label(AGENCY).fill("第一个窗口")
    expect(first.locator(STATE)).to_contain_text("他人已更新本事项，您填写的内容仍保留，请刷新核对")
    with first.expect_response(lambda answer: answer.request.method == "POST") as answer:
        first.get_by_role("button", name="保存并返回").click()
    assert answer.value.status == 409
    expect(first.locator(".errors")).to_contain_text("您填写的内容仍保留在下方，请核对后重新保存")
    expect(first.get_by_label(AGENCY)).to_have_value("第一个窗口")
    assert stored() == "第二个窗口"
    first.get_by_role("button", name="保存并返回").click()
    expect(first.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert stored() == "第一个窗口"


def test_what_cannot_be_stored_yet_stays_in_the_browser(visit: Visit, no: str, people: Cast) -> None:
    page = visit("qiye")
    page.goto(f"/applications/{no}/tasks/data/")
    page.get_by_label("工业总产值（万元）").fill("一万二")
    expect(page.locator(STATE)).to_contain_text("有栏目未能保存，内容已暂存在本机，请核对")
    page.reload()
    expect(page.get_by_label("工业总产值（万元）")).to_have_value("一万二")
    assert str(PoolApplication.objects.get(no=no).output_value) == "12000.00"


def test_decision_overtaken_by_a_colleague(visit: Visit, people: Cast) -> None:
    case = an_application(people)
    page = visit("shiju")
    page.goto(f"/applications/{case.no}/review/")
    page.locator(".radio-cards label", has_text="不予入库").click()
    page.get_by_label("说明", exact=True).fill("不属于本市工业企业，依据第一条。")
    do(case, "withdraw", people.chen)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.keyboard.press("Control+Enter")
    assert answer.value.status == 409
    expect(page.get_by_text("陈晨于10:00已办理“撤回申请”")).to_be_visible()
    expect(page.get_by_text("不属于本市工业企业，依据第一条。")).to_be_visible()
