"""A notice that is out is corrected, not edited: drawn up, signed by another, public beside the line; it runs longer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from greenmfg import clock
from registry.models import NoticeLine
from tests.factories import an_application, at
from tests.journeys.conftest import Visit
from tests.people import Cast

pytestmark = pytest.mark.article(6)
WRONG, RIGHT = "京华示例机电有限公司", "京华示例机电股份有限公司"


def test_drawn_up_signed_and_public_beside_the_line(visit: Visit, people: Cast) -> None:
    case = an_application(people, "on_notice")
    no = case.notice_lines.get().publicity.no
    officer, chief, public = visit("shiju"), visit("fuze"), visit()
    officer.goto(f"/publicity/{no}/")
    officer.get_by_role("link", name="拟更正").click()
    officer.get_by_label("单位名称").check()
    officer.get_by_label("更正为").fill(RIGHT)
    officer.get_by_label("更正原因").fill("单位名称登记有误")
    officer.get_by_label("公示期延长至").fill("2026-03-27")
    officer.get_by_role("button", name="拟更正").click()
    expect(officer.locator(".errors")).to_contain_text("请选择所涉单位")
    officer.get_by_label("所涉单位").select_option(label=f"1. {WRONG}")
    officer.get_by_role("button", name="拟更正").click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text("待签发")
    public.goto(f"/notices/{no}/")
    expect(public.get_by_text(RIGHT)).to_have_count(0)

    chief.goto("/desk/todo/")
    chief.get_by_role("link", name="GZ-2026-0001").or_(
        chief.locator("tr", has_text="GZ-2026-0001").get_by_role("link")
    ).first.click()
    chief.get_by_role("link", name="签发", exact=True).click()
    expect(chief.get_by_text(RIGHT)).to_be_visible()
    chief.get_by_role("button", name="签发").click()
    expect(chief.get_by_role("heading", level=1)).to_contain_text("已公布")

    public.reload()
    row = public.locator("tr", has_text=WRONG)
    expect(row).to_contain_text(f"单位名称“{WRONG}”更正为“{RIGHT}”")
    expect(public.locator("h1 + .sub")).to_contain_text("延长至2026年3月27日")
    row.get_by_role("link", name="GZ-2026-0001").click()
    expect(public.get_by_role("heading", level=1)).to_have_text("更正公告")
    expect(public.get_by_text("单位名称登记有误")).to_be_visible()
    public.goto("/notices/")
    expect(public.get_by_role("link", name="GZ-2026-0001")).to_be_visible()
    with clock.fixed(at("2026-03-27 20:00")):
        public.goto(f"/notices/{no}/object/")
        expect(public.get_by_role("button", name="提交异议")).to_be_visible()
    assert NoticeLine.objects.get().name == WRONG
