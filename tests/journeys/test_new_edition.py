"""A later edition asks for 65 points: the officer prepares it, the chief puts it in force, and its day decides (Article 16)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.models import Case, Event
from tests.factories import SCORED, an_application, at, do
from tests.journeys.conftest import Visit
from tests.people import Cast


@pytest.mark.article(8)
@pytest.mark.article(16)
def test_a_score_is_judged_by_the_edition_of_the_day(visit: Visit, people: Cast) -> None:
    cases = []
    for person in (people.chen, people.liu):
        case = an_application(people, "examining", by=person)
        cases.append(do(case, "type_score", people.zhou, **SCORED | {"score": Decimal("62.00")}))
    officer, chief = visit("shiju"), visit("fuze")
    prepare(officer)
    put_in_force(chief)
    with clock.fixed(at("2026-03-24")):
        clear(officer, cases[0].no)
        expect(officer.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
    with clock.fixed(at("2026-03-25")):
        clear(officer, cases[1].no)
        alert = officer.get_by_role("alert")
        expect(alert).to_contain_text("分级评价得分为 62.00 分，原则上应达到 65 分，同意入库须说明理由")
        expect(alert.get_by_role("link", name="第八条")).to_have_attribute("href", "/rules/#art-8")
        officer.get_by_label("说明", exact=True).fill("正在实施绿色化改造，同意入库。")
        officer.get_by_label("同意入库", exact=False).first.check()
        officer.keyboard.press("Control+Enter")
        expect(officer.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
        reader = visit()
        reader.goto("/rules/")
        expect(reader.get_by_text("本平台现适用版本，自2026年3月25日起适用")).to_be_visible()
        expect(reader.get_by_text("京经信发〔2026〕1号")).to_be_visible()
        changed = reader.get_by_role("table", name="与征求意见稿的差异")
        expect(changed.get_by_role("row", name=re.compile("绿色工厂入库得分"))).to_contain_text("65 分")
    editions = Event.objects.filter(act="clear").order_by("pk").values_list("edition", flat=True)
    assert list(editions) == ["2023-draft", "2026-01"]
    assert set(Case.objects.filter(kind="pool").values_list("state", flat=True)) == {"cleared"}


def prepare(page: Page) -> None:
    """Copied from the one in force; a bound is left open first, so that it cannot be put in force."""
    page.goto("/manage/rules/editions/")
    page.get_by_role("link", name="起草版本").click()
    page.get_by_label("版本号").fill("2026-01")
    page.get_by_label("依据").fill("京经信发〔2026〕1号")
    page.get_by_label("入库得分").fill("65")
    page.get_by_label("第 2 行得分下限（含）").fill("")
    page.get_by_role("button", name="保存，准备中").click()
    expect(page.get_by_text("版本 2026-01 的级别界限尚未确定，不能施行")).to_be_visible()
    page.get_by_role("link", name="修改").click()
    page.get_by_label("第 2 行得分下限（含）").fill("65")
    page.get_by_role("button", name="保存，准备中").click()
    expect(page.get_by_text("尚不能施行")).to_have_count(0)
    expect(page.get_by_role("button", name="施行", exact=True)).to_have_count(0)


def put_in_force(page: Page) -> None:
    page.goto("/manage/rules/editions/")
    page.get_by_role("row", name=re.compile("准备中")).get_by_role("link").first.click()
    page.get_by_label("施行日期").fill("2026-03-25")
    page.get_by_role("button", name="施行", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="版本 2026-01 自2026年3月25日起施行")).to_be_visible()


def clear(page: Page, no: str) -> None:
    page.goto(f"/applications/{no}/review/")
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
