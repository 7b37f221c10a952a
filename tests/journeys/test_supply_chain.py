"""A supply-chain enterprise cannot nominate itself: the page says so, with Article 5 and the way to it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from greenmfg.rulebook import Category
from registry.models import Event, PoolApplication
from tests.factories import a_draft
from tests.journeys.conftest import Visit
from tests.people import Cast

WORDS = "绿色供应链管理企业应获得区级工业主管部门推荐，不能自荐"


def test_self_nomination_is_stopped_with_article_5(visit: Visit, people: Cast) -> None:
    no = a_draft(people, category=Category.GREEN_SUPPLY_CHAIN).no
    page = visit("qiye")
    page.goto(f"/applications/{no}/check/")
    expect(page.get_by_text(re.compile(WORDS))).to_be_visible()  # said before anything is pressed
    page.get_by_label(re.compile("本单位承诺")).check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.get_by_role("button", name="自荐提交").click()
    assert answer.value.status == 422
    refusal = page.locator(".errors")
    expect(refusal).to_contain_text(WORDS)
    assert PoolApplication.objects.get(no=no).state == "draft"
    assert not Event.objects.filter(stream=f"case:{no}").exists()
    refusal.get_by_role("link", name="第五条").click()
    expect(page).to_have_url(re.compile("/rules/#art-5$"))
    expect(page.locator("#art-5")).to_be_in_viewport()
    expect(page.locator("#art-5")).to_contain_text("绿色供应链管理企业")


def test_with_the_districts_recommendation_it_goes_on(visit: Visit, people: Cast) -> None:
    no = a_draft(people, category=Category.GREEN_SUPPLY_CHAIN).no
    page = visit("qiye")
    page.goto(f"/applications/{no}/check/")
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="提交区级推荐").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"已提交，受理编号 {no}")
    assert PoolApplication.objects.get(no=no).state == "with_district"
