"""Dismissed with a record of checking: the unit that was held enters the pool after its notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from greenmfg import clock
from registry.models import Objection, PoolApplication
from tests.factories import AFTER_NOTICE, an_application, do
from tests.journeys.conftest import Visit
from tests.journeys.objecting import decide, object_to, track
from tests.people import Cast

pytestmark = pytest.mark.article(6)
UNIT = "京华示例机电有限公司"


def test_dismissed_with_a_record_and_an_answer(visit: Visit, people: Cast, report: Path) -> None:
    case = an_application(people, "on_notice")
    notice = case.notice_lines.get().publicity
    public, officer = visit(), visit("shiju")
    code = object_to(public, notice.no, UNIT, report)
    officer.goto(Objection.objects.get().get_absolute_url())
    decide(officer, "受理")
    with clock.fixed(AFTER_NOTICE):
        do(notice, "close", people.zhou, when=AFTER_NOTICE)
        officer = visit("shiju")
        officer.goto(f"/publicity/{notice.no}/")
        expect(officer.get_by_text("异议 1 件待核")).to_be_visible()
        expect(officer.get_by_role("button", name="办理入库")).to_have_count(0)
        officer.goto(Objection.objects.get().get_absolute_url())
        officer.get_by_label("文件").set_input_files(report)
        officer.get_by_role("button", name="上传").click()
        expect(officer.get_by_role("status")).to_contain_text("已添加核查记录")
        decide(officer, "异议不成立", 核查情况="未见异常", 答复="经核查，未发现您反映的问题。")
        track(public, code)
        expect(public.get_by_role("heading", level=1)).to_contain_text("异议不成立")
        expect(public.get_by_text("经核查，未发现您反映的问题。")).to_be_visible()
        officer.goto(f"/publicity/{notice.no}/")
        officer.get_by_role("button", name="办理入库").click()
        expect(officer.get_by_role("heading", level=1)).to_have_text("已入库 1 家")
    assert PoolApplication.objects.get().state == "admitted"
