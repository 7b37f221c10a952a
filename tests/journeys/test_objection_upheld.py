"""Filed by the public, followed by code, upheld with an answer: its unit goes back, the other one enters the pool."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from greenmfg import clock
from registry.models import PoolApplication
from tests.factories import AFTER_NOTICE, a_notice, an_application
from tests.journeys.conftest import Visit
from tests.journeys.objecting import WHO, decide, object_to, track
from tests.people import Cast

pytestmark = pytest.mark.article(6)
UNIT, OTHER = "京华示例机电有限公司", "燕山示例新材料有限公司"


def test_upheld_with_an_answer_while_the_other_unit_is_admitted(
    visit: Visit, people: Cast, report: Path
) -> None:
    held, free = an_application(people, "cleared"), an_application(people, "cleared", by=people.liu)
    notice = a_notice(people, held, free)
    public, officer, clerk = visit(), visit("shiju"), visit("qiye")
    code = object_to(public, notice.no, UNIT, report)
    track(public, code)
    expect(public.get_by_role("heading", level=1)).to_contain_text("待受理")

    officer.goto("/desk/todo/")
    officer.get_by_role("link", name=UNIT).first.click()
    expect(officer.get_by_text(f"{WHO}（单位）")).to_be_visible()
    expect(officer.locator("#page-3")).to_be_attached()  # the scan, page by page
    decide(officer, "受理")
    clerk.goto(f"/applications/{held.no}/")
    expect(clerk.locator("main .tag", has_text="异议核查中")).to_be_visible()
    expect(clerk.get_by_text(WHO)).to_have_count(0)

    decide(officer, "异议成立", 核查情况="现场核查属实", 答复="经核查，您反映的问题属实。")
    track(public, code.lower().replace("-", ""))
    expect(public.get_by_role("heading", level=1)).to_contain_text("异议成立")
    expect(public.get_by_text("经核查，您反映的问题属实。")).to_be_visible()
    expect(public.get_by_text("现场核查属实")).to_have_count(0)
    clerk.reload()
    expect(clerk.locator("main .tag", has_text="待市级审核")).to_be_visible()

    with clock.fixed(AFTER_NOTICE):
        officer = visit("shiju")
        officer.goto(f"/publicity/{notice.no}/close/")
        officer.get_by_role("button", name="结束公示").click()
        officer.get_by_role("button", name="办理入库").click()
        expect(officer.get_by_role("heading", level=1)).to_have_text("已入库 1 家")
        expect(officer.get_by_role("link", name=OTHER)).to_be_visible()
    states = dict(PoolApplication.objects.values_list("no", "state"))
    assert states == {held.no: "examining", free.no: "admitted"}
