"""Nobody corrects in time: from the day after, the officer may let it lapse; the enterprise may begin anew."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from greenmfg import clock
from registry.models import PoolApplication
from tests.factories import an_application, at
from tests.journeys.conftest import Visit
from tests.people import Cast


def test_lapsed_the_day_after_its_term(visit: Visit, people: Cast) -> None:
    no = an_application(people, "returned_by_bureau").no  # until 25 March
    officer, chen = visit("shiju"), visit("qiye")
    with clock.fixed(at("2026-03-25 23:00")):
        officer.goto(f"/applications/{no}/lapse/")
        expect(officer.get_by_text("补正期限至2026年3月25日，尚未届满").first).to_be_visible()
        expect(officer.get_by_role("button", name="不再受理")).to_have_count(0)
    with clock.fixed(at("2026-03-26 09:00")):
        officer.goto("/desk/todo/")
        officer.get_by_role("link", name="京华示例机电有限公司", exact=True).click()
        officer.get_by_role("link", name="不再受理").click()
        about = officer.locator("section", has=officer.get_by_role("heading", name="办理后"))
        expect(about).to_contain_text("本批次不再受理，即行办结，不能恢复")
        officer.get_by_role("button", name="不再受理").click()
        expect(officer.get_by_role("status").filter(has_text="已办理“不再受理”")).to_be_visible()

        chen.goto(f"/applications/{no}/")
        expect(chen.get_by_text("逾期未补正，本申请不再受理")).to_be_visible()
        chen.get_by_role("link", name="新建入库申请").click()
        expect(chen.get_by_text("填报内容由2026年第一批申请带入").first).to_be_visible()
        chen.locator("label", has_text="绿色工厂").first.click()
        chen.get_by_role("button", name="开始填报").click()
        expect(chen).to_have_url(re.compile("/applications/LC-2026-0002/$"))
    assert list(PoolApplication.objects.order_by("pk").values_list("state", flat=True)) == ["lapsed", "draft"]
