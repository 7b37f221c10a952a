"""After a notice several units enter at once; the one with an open objection is left out and named, with why."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from greenmfg import clock
from registry.models import PoolApplication, Standing
from tests.factories import AFTER_NOTICE, a_notice, do
from tests.journeys.conftest import Visit
from tests.people import Cast
from tests.registry.pages import applications
from tests.registry.papers import an_objection


def test_two_enter_and_one_is_named(visit: Visit, people: Cast) -> None:
    cases = applications(people, "cleared", 3)
    held, *free = cases
    notice = a_notice(people, *cases)
    objection = an_objection(people, held)
    officer = visit("shiju")
    with clock.fixed(AFTER_NOTICE):
        officer.goto(f"/batches/{held.batch_id}/")
        expect(officer.locator(".gate", has_text="公示中")).to_contain_text("3 件公示期已满，待办理结束")
        do(notice, "close", people.zhou, when=AFTER_NOTICE)
        officer.goto(f"/publicity/{notice.no}/")
        line = officer.locator("tr[data-row]", has_text=held.unit.name)
        expect(line).to_contain_text("异议 1 件待核")
        expect(line.get_by_role("checkbox")).to_have_count(0)
        officer.get_by_role("button", name=re.compile("办理入库")).click()
        expect(officer.get_by_text("已入库 2 家，移出 1 家").first).to_be_visible()
        left = officer.locator("tr, li", has_text=held.unit.name).first
        expect(left).to_contain_text("有 1 件异议尚未办结，不能入库")
        officer.goto(f"/batches/{held.batch_id}/")
        expect(officer.locator(".gate", has_text="已入库")).to_contain_text("1 件有异议尚未办结")
    states = {case.pk: PoolApplication.objects.get(pk=case.pk).state for case in cases}
    assert states == {held.pk: "on_notice", **{case.pk: "admitted" for case in free}}
    assert set(Standing.objects.values_list("unit_id", flat=True)) == {case.unit_id for case in free}
    assert objection.state == "received"
