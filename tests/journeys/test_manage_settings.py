"""A notice is as long as the setting of its day says: today's keeps five working days, tomorrow's has seven."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.models import Publicity
from tests.factories import an_application, at
from tests.journeys.conftest import Visit
from tests.people import Cast


def test_a_longer_notice_from_tomorrow_on(visit: Visit, people: Cast) -> None:
    an_application(people, "cleared")
    officer = visit("shiju")
    today = draw_up(officer, days="5", words="设定为 5 个工作日（自2023年9月11日起）")
    set_seven_from_tomorrow(officer)
    with clock.fixed(at("2026-03-19")):
        an_application(people, "cleared", by=people.liu)
        tomorrow = draw_up(
            officer, days="7", words="设定为 7 个工作日（自2026年3月19日起），依据：2026年征集通知"
        )
        assert (today.days, tomorrow.days) == (5, 7)
        for notice, words in ((today, "设定为 5 个工作日"), (tomorrow, "设定为 7 个工作日")):
            officer.goto(f"/publicity/{notice.no}/")
            expect(officer.get_by_text(f"拟定当日公示期{words}")).to_be_visible()
        # The page of the setting explains both, and anybody reads the one in force.
        officer.goto("/manage/rules/notice_days/")
        now, before = officer.get_by_role("table", name="各期的值").locator("tbody tr").all()
        for words in ("自2026年3月19日", "7 个工作日", "2026年征集通知", "现行"):
            expect(now).to_contain_text(words)
        for words in ("自2023年9月11日至2026年3月18日", "5 个工作日", "已过"):
            expect(before).to_contain_text(words)
        reader = visit()
        reader.goto("/rules/#settings")
        row = reader.get_by_role("row", name=re.compile("公示期"))
        expect(row).to_contain_text("7 个工作日")
        expect(row).to_contain_text("2026年征集通知")


def draw_up(page: Page, *, days: str, words: str) -> Publicity:
    """A notice with the length that the form begins with."""
    page.goto("/publicity/new/")
    expect(page.get_by_label("公示期（工作日）")).to_have_value(days)
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="提交签发").click()
    expect(page).to_have_url(re.compile(r"/publicity/GS-\d{4}-\d+/$"))
    return Publicity.objects.latest("pk")


def set_seven_from_tomorrow(page: Page) -> None:
    page.goto("/manage/rules/")
    page.get_by_role("link", name="公示期", exact=True).click()
    page.get_by_label("公示期（个工作日）").fill("0")
    page.get_by_label("依据").fill("2026年征集通知")
    page.get_by_role("button", name="设定", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("请填写 1–60 之间的整数")
    page.get_by_label("公示期（个工作日）").fill("7")
    expect(page.get_by_label("施行日期")).to_have_value("2026-03-19")
    page.get_by_role("button", name="设定", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="公示期自2026年3月19日起为 7 个工作日")).to_be_visible()
