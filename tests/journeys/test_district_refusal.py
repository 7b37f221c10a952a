"""The district does not recommend; the enterprise reads why, and nominates itself with what it had filled in."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from registry.models import PoolApplication
from tests.factories import an_application
from tests.journeys.conftest import Visit
from tests.journeys.filling import open_task, saved, start, upload
from tests.people import Cast

WHY = "企业近期停产，暂不推荐。"


def test_declined_and_nominated_anew(visit: Visit, people: Cast, report: Path) -> None:
    no = an_application(people, "with_district").no
    district, chen = visit("quju"), visit("qiye")
    district.goto(f"/applications/{no}/review/")
    district.get_by_role("link", name="不推荐").click()
    about = district.locator("section", has=district.get_by_role("heading", name="办理后"))
    expect(about).to_contain_text("现在即可重新申请")
    district.get_by_label("说明", exact=True).fill(WHY)
    district.get_by_role("button", name="不推荐").click()
    expect(district.get_by_role("status").filter(has_text="已办理“不推荐”")).to_be_visible()

    chen.goto(f"/applications/{no}/")
    expect(chen.get_by_text(WHY)).to_be_visible()
    expect(chen.get_by_text("区级未推荐")).to_be_visible()
    expect(chen.get_by_text(re.compile("2026年第一批正在征集，至2026年3月31日截止"))).to_be_visible()
    home = start(chen)
    open_task(chen, home, "核对单位基本信息")
    expect(chen.get_by_text("来自2026年第一批申请").first).to_be_visible()
    chen.get_by_label("以上信息已核对无误").check()
    saved(chen)
    open_task(chen, home, "绿色诊断评估报告")
    upload(chen, report)
    chen.goto(f"{home}check/")
    chen.get_by_label(re.compile("本单位承诺")).check()
    chen.get_by_role("button", name="自荐提交").click()
    expect(chen).to_have_url(re.compile(r"/receipt/$"))
    old, new = PoolApplication.objects.order_by("pk")
    assert (old.state, new.state, new.route) == ("district_declined", "examining", "self")
    assert new.prefilled_from == old
    assert (new.energy_tce, new.self_score) == (old.energy_tce, old.self_score)
