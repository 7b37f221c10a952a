"""An enterprise registers, its district claims the record that a published list brought in, and it applies."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from registry.models import LegalEntity, Registration, Unit, User
from tests.factories import NOW
from tests.journeys.conftest import Visit, sign_in
from tests.journeys.filling import start
from tests.people import PASSWORD, Cast
from tests.registry.registrations import CODE, NAME, an_imported_entity


def test_an_imported_entity_is_claimed_and_applies(visit: Visit, people: Cast, report: Path) -> None:
    unit = an_imported_entity(people, NAME)
    page, zhao = visit(), visit("quju")
    register(page, report)
    case = Registration.objects.get()
    expect(page.get_by_role("status").filter(has_text=f"已提交，受理编号 {case.no}")).to_be_visible()
    expect(page.get_by_text(re.compile("待区级核验，现由昌平"))).to_be_visible()
    # The district sees whom it may be, and what comes of it.
    zhao.goto("/desk/todo/")
    zhao.get_by_role("link", name=NAME, exact=True).click()
    expect(zhao.get_by_role("img", name=re.compile("第 1 页"))).to_be_visible()
    zhao.get_by_role("link", name="确认", exact=True).click()
    claim = zhao.locator(".claim", has_text=f"认领：{NAME}")
    expect(claim).to_contain_text("现用名称相同")
    expect(claim).to_contain_text(f"核验后登记统一社会信用代码 {CODE}")
    expect(claim).to_contain_text("国家级（第五批）")
    claim.get_by_role("radio").check()
    expect(claim.get_by_label(re.compile("在本区：绿色工厂"))).to_be_checked()
    zhao.get_by_role("button", name="确认").click()
    expect(zhao.get_by_text("已核验为名册中的单位")).to_be_visible()
    entity = LegalEntity.objects.get(credit_code=CODE)
    assert (entity.pk, Unit.objects.get(pk=unit.pk).district_id) == (unit.entity_id, "110114")
    # The same session is an enterprise's on its next request.
    page.goto("/my/")
    expect(page.get_by_text(NAME).first).to_be_visible()
    start(page)
    assert Unit.objects.filter(entity=entity).count() == 1


def register(page: Page, paper: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="企业注册").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("企业注册")
    page.get_by_label("统一社会信用代码").fill(CODE.lower())
    page.get_by_label("企业名称").fill(NAME)
    page.get_by_label("类型").select_option("绿色工厂")
    page.get_by_label("所在区").select_option("昌平区")
    page.get_by_label("地址").fill("示例路8号")
    page.get_by_label("行业").fill("通用设备制造业")
    page.get_by_label("经办人姓名").fill("林华")
    page.get_by_label("联系电话").fill("010-00000000")
    page.get_by_label("电子邮箱").fill("lin@example.org")
    page.get_by_label("授权书（加盖公章）").set_input_files(paper)
    page.get_by_label("用户名").fill("lin")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入密码").fill(PASSWORD)
    page.get_by_role("button", name="提交注册").click()
    expect(page).to_have_url(re.compile("/my/$"))


def test_returned_corrected_and_confirmed_as_a_new_entity(visit: Visit, people: Cast, report: Path) -> None:
    page, zhao = visit(), visit("quju")
    register(page, report)
    case = Registration.objects.get()
    zhao.goto(f"/registrations/{case.no}/send_back/")
    zhao.get_by_role("button", name="未盖公章").click()
    zhao.get_by_label("补正期限").fill("2026-03-25")
    zhao.get_by_role("button", name="退回补正").click()
    expect(zhao.get_by_role("status").filter(has_text=f"已办理“退回补正”：{NAME}")).to_be_visible()
    # Later she signs in again, reads what is wanted, and files the sealed paper.
    page.context.clear_cookies()
    sign_in(page, "lin")
    block = page.locator(".fix")
    expect(block).to_contain_text("授权书未加盖公章，请盖章后重新上传")
    expect(block.get_by_role("link", name="第三条")).to_have_attribute("href", "/rules/#art-3")
    page.get_by_role("link", name="去补正").click()
    expect(page.get_by_label("企业名称")).to_have_value(NAME)
    page.get_by_label(re.compile("授权书（加盖公章）")).set_input_files(report)
    page.get_by_role("button", name="补正后提交").click()
    expect(page.get_by_text(re.compile("待区级核验，现由昌平"))).to_be_visible()
    zhao.goto(f"/registrations/{case.no}/confirm/")
    expect(zhao.get_by_label(re.compile("登记为新法人主体"))).to_be_checked()
    zhao.get_by_role("button", name="确认").click()
    expect(zhao.get_by_text("已核验为名册中的单位")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "confirmed"
    assert case.documents.count() == 2
    assert User.objects.get(username="lin").entity.name == NAME
    assert NOW.date() == case.closed_at.date()


def test_a_colleague_is_invited_by_link(visit: Visit, people: Cast) -> None:
    chen, invited = visit("qiye"), visit()
    chen.get_by_role("link", name="成员").click()
    chen.get_by_label("姓名").fill("李明")
    chen.get_by_label("电子邮箱").fill("li@example.org")
    chen.get_by_role("button", name="生成邀请链接").click()
    link = chen.locator("#invitation-link").inner_text()
    invited.goto(link)
    expect(invited.get_by_text("陈晨邀请李明成为京华示例机电有限公司的经办人")).to_be_visible()
    invited.get_by_label("用户名").fill("liming")
    invited.get_by_label("密码", exact=True).fill(PASSWORD)
    invited.get_by_label("再次输入密码").fill(PASSWORD)
    invited.get_by_role("button", name="接受邀请").click()
    expect(invited).to_have_url(re.compile("/my/$"))
    chen.goto("/my/people/")
    chen.get_by_role("link", name=re.compile("停用.*李明")).click()
    chen.get_by_role("button", name="停用").click()
    expect(chen.get_by_text("已停用", exact=True)).to_be_visible()
    invited.goto("/my/")
    expect(invited).to_have_url(re.compile("/accounts/login/"))
