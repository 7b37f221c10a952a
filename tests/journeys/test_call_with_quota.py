"""The bureau plans a call with a quota; the second recommendation waits until a place is free again."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.models import Batch, Event, Message, PoolApplication, User
from tests.factories import a_draft, a_unit, at, do
from tests.journeys.conftest import Visit
from tests.journeys.deciding import choose, decide
from tests.journeys.filling import fill_factory, open_task, start, upload
from tests.people import Cast
from tests.registry.pages import enterprise

MATERIAL = "安全生产承诺书"


def test_from_planning_to_the_last_place(visit: Visit, people: Cast, report: Path) -> None:
    Batch.objects.update(closes_on=date(2026, 3, 17))  # the earlier call closed yesterday
    officer, chen, district = visit("shiju"), visit("qiye"), visit("quju")
    call = plan(officer)
    chen.goto("/my/")
    expect(chen.get_by_text("2026年第二批自2026年3月19日9时起征集", exact=True)).to_be_visible()
    with clock.fixed(at("2026-03-19 09:00")):
        first = file(chen, report)
        second = another(people, call)
        decide(district, first, "推荐", "材料齐全，同意推荐。")
        no_place(district, second)
        page = f"/batches/{call.pk}/"
        officer.goto(page)
        row = officer.locator("tr", has_text="昌平")
        expect(row.get_by_role("cell").first).to_have_text("1")
        expect(row).to_contain_text("已满")
        expect(officer.locator(".gate", has_text="待区级推荐").first).to_contain_text(
            "1 件待区级推荐：昌平 1 件"
        )
        extend(officer, page, district)
    with clock.fixed(at("2026-03-26 10:00")):
        decide(officer, first, "不予入库", "不属于本市工业企业。")
        officer.goto(page)
        expect(officer.locator("tr", has_text="昌平")).not_to_contain_text("已满")
        decide(district, second, "推荐", "材料齐全，同意推荐。")
    assert PoolApplication.objects.get(no=second).state == "examining"
    assert PoolApplication.places_used(call) == {"110114": 1}
    assert list(Event.objects.filter(stream=call.stream).order_by("seq").values_list("label", flat=True)) == [
        "新建征集批次",
        "延长征集",
    ]


def plan(page: Page) -> Batch:
    page.goto("/batches/")
    page.get_by_role("link", name="新建批次").click()
    page.get_by_label("名称").fill("2026年第二批")
    page.get_by_label("开放日").fill("2026-03-19")
    page.get_by_label(re.compile("^开放时刻")).fill("09:00")
    page.get_by_label("截止日").fill("2026-03-25")
    page.get_by_label(re.compile("^截止时刻")).fill("17:00")
    page.get_by_label(re.compile("必交")).fill(MATERIAL)
    page.get_by_label("昌平", exact=True).last.fill("1")
    page.get_by_role("button", name="新建批次").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年第二批 未开始")
    return Batch.objects.get(name="2026年第二批")


def file(page: Page, report: Path) -> str:
    """Fill in all tasks, the call's own material included, and file through the district; returns the number."""
    home = start(page)
    fill_factory(page, home, report)
    no = home.rstrip("/").rsplit("/", 1)[1]
    page.goto(f"{home}check/")
    expect(page.get_by_text(f"2026年第二批要求提交“{MATERIAL}”，尚未上传")).to_be_visible()
    open_task(page, home, MATERIAL)
    upload(page, report)
    page.goto(f"{home}check/")
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="提交区级推荐").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"已提交，受理编号 {no}")
    return no


def another(people: Cast, call: Batch) -> str:
    """A second enterprise of the district has filed too."""
    person = enterprise(User.objects.count())
    a_unit(person.entity, people.zhao.district)
    draft = a_draft(people, by=person)
    draft.documents.create(
        kind="evidence", asked=MATERIAL, name="承诺书.pdf", path="none.pdf", media_type="application/pdf",
        size=1, sha256="0" * 64, uploaded_by=person, uploaded_at=clock.now(),
    )  # fmt: skip
    filed = do(draft, "ask_district", person, when=clock.now())
    assert filed.batch == call  # its own call had closed, so it went into the one that is open
    return filed.no


def no_place(page: Page, no: str) -> None:
    choose(page, no, "推荐")
    page.get_by_role("button", name=re.compile("^提交，并打开下一件")).click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("2026年第二批昌平名额 1 个，已推荐 1 个，不能再推荐")
    expect(summary.get_by_role("link", name="第六条")).to_be_visible()
    assert PoolApplication.objects.get(no=no).state == "with_district"


def extend(officer: Page, page: str, district: Page) -> None:
    officer.goto(page)
    officer.get_by_role("link", name="延长征集").click()
    officer.get_by_label("延长至").fill("2026-03-31")
    officer.get_by_label("原因").fill("诊断机构出具报告较晚")
    officer.get_by_role("button", name="延长征集").click()
    expect(officer.get_by_text("截止时间由2026年3月25日17时延长至2026年3月31日17时")).to_be_visible()
    district.goto("/me/notifications/")
    expect(district.get_by_text("2026年第二批征集延长至2026年3月31日17时").first).to_be_visible()
    assert Message.objects.filter(subject__startswith="2026年第二批征集延长至").count() == 2  # both districts
