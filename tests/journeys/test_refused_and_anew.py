"""Refused with reasons; while no call is open the page says when; in the next call everything is filled in already."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from playwright.sync_api import expect

from greenmfg import clock
from registry.models import PoolApplication
from tests.factories import a_call, an_application, at
from tests.journeys.conftest import Visit
from tests.journeys.filling import open_task, start
from tests.people import Cast

WHY = "诊断报告不能说明主要用能设备，不符合第五条要求。"


def test_refused_then_prefilled_in_the_next_call(visit: Visit, people: Cast) -> None:
    no = an_application(people, "examining").no
    officer, chen = visit("shiju"), visit("qiye")
    officer.goto(f"/applications/{no}/refuse/")
    about = officer.locator("section", has=officer.get_by_role("heading", name="办理后"))
    expect(about).to_contain_text("即行办结，不列入公示")
    officer.get_by_label("说明", exact=True).fill(WHY)
    officer.get_by_role("button", name="不予入库").click()
    expect(officer.get_by_role("status").filter(has_text="已办理“不予入库”")).to_be_visible()

    a_call(name="2026年第二批", opens_on=date(2026, 9, 1), closes_on=date(2026, 9, 30))
    with clock.fixed(at("2026-05-06")):
        chen.goto(f"/applications/{no}/")
        expect(chen.get_by_text(WHY)).to_be_visible()
        expect(
            chen.get_by_text(re.compile("2026年第二批自2026年9月1日起征集，届时可重新申请"))
        ).to_be_visible()
        chen.goto("/my/applications/new/")
        expect(chen.get_by_text("本单位没有被撤销绿色制造单位称号的记录")).to_be_visible()
        expect(chen.get_by_role("button", name="开始填报")).to_have_count(0)
    with clock.fixed(at("2026-09-02")):
        home = start(chen)
        open_task(chen, home, "年度能源资源数据")
        field = chen.locator(".field", has=chen.get_by_label("综合能源消费量（吨标准煤）"))
        expect(field.locator(".prefilled")).to_have_text("来自2026年第一批申请")
        chen.get_by_label("综合能源消费量（吨标准煤）").fill("799.00")
        chen.get_by_role("button", name="保存并返回").click()
        open_task(chen, home, "年度能源资源数据")
        expect(field.locator(".prefilled")).to_have_count(0)  # typed here now
    old, new = PoolApplication.objects.order_by("pk")
    assert (old.state, new.state, new.batch.name) == ("refused", "draft", "2026年第二批")
    assert (new.prefilled_from, new.output_value, new.energy_tce) == (
        old,
        old.output_value,
        Decimal("799.00"),
    )
    assert not new.unit_confirmed
    assert not new.documents.exists()
