"""Returned by the district once and by the bureau twice, each demand answered and compared, then admitted."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.models import Event, PoolApplication, Standing
from tests.factories import AFTER_NOTICE, SCORED, a_notice, an_application, do
from tests.journeys.conftest import Visit
from tests.journeys.deciding import choose, decide, demand, resubmit, send
from tests.people import Cast

ENERGY = ("请按结算凭证核对", "综合能源消费量", "", "6")
SEAL = ("请补充盖章页", "绿色诊断评估报告", "12", "5")
WATER = ("请填写取水量", "取水量", "", "6")


def test_returned_three_times_and_admitted(visit: Visit, people: Cast) -> None:
    no = an_application(people, "with_district").no
    chen, district, officer = visit("qiye"), visit("quju"), visit("shiju")
    returned(district, no, ENERGY, SEAL)
    correct_energy(chen, no, "840.5")
    resubmit(chen, no, "补正后提交区级", "已按凭证改为 840.5", "盖章页在第 12 页")
    compared(district, no, changed=[True, False], answers=["已按凭证改为 840.5", "盖章页在第 12 页"])
    link = district.get_by_role("link", name="绿色诊断评估报告 第 12 页").first
    expect(link).to_have_attribute("href", re.compile(r"\?doc=\d+#page-12$"))
    decide(district, no, "推荐", "材料齐全，同意推荐。")
    # The bureau's first return needs no excuse: the district's was another examiner's.
    returned(officer, no, ENERGY)
    correct_energy(chen, no, "850.5")
    resubmit(chen, no, "补正后提交市局")
    compared(officer, no, changed=[True], answers=[])
    returned_again(officer, no)
    chen.goto(f"/applications/{no}/")
    chen.locator(".fix").get_by_role("link", name="去修改").click()
    expect(chen).to_have_url(re.compile(r"/tasks/data/#id_water_m3$"))
    chen.get_by_label("取水量（立方米）").fill("5300")
    chen.get_by_role("button", name="保存，去核对提交").click()
    resubmit(chen, no, "补正后提交市局", "已填写")
    admit(people, officer, no)
    acts = Event.objects.filter(stream=f"case:{no}").order_by("seq").values_list("act", flat=True)
    assert [act for act in acts if "return" in act or "resubmit" in act] == [
        "return_by_district",
        "resubmit_to_district",
        "return_by_bureau",
        "resubmit_to_bureau",
        "return_by_bureau",
        "resubmit_to_bureau",
    ]
    assert Standing.objects.get(level="pool").unit.entity == people.chen.entity


def returned(page: Page, no: str, *demands: tuple[str, str, str, str]) -> None:
    choose(page, no, "退回补正")
    demand(page, *demands, until="2026-03-27")
    send(page, "退回补正")


def returned_again(page: Page, no: str) -> None:
    """Without a word why it was not told the first time, the return is not sent."""
    choose(page, no, "退回补正")
    expect(page.locator(".return-fields")).to_contain_text("本申请已退回补正 1 次，补正事项应一次性告知")
    demand(page, WATER, until="2026-03-27")
    page.get_by_role("button", name=re.compile("^提交，并打开下一件")).click()
    expect(page.get_by_role("alert")).to_contain_text("须写明理由后才能继续")
    assert PoolApplication.objects.get(no=no).state == "examining"
    page.get_by_label("说明", exact=True).fill("取水量由补正后的能源数据引出，上次无从核对。")
    send(page, "退回补正")
    event = Event.objects.filter(stream=f"case:{no}").latest("seq")
    assert (event.act, event.reason) == (
        "return_by_bureau",
        "取水量由补正后的能源数据引出，上次无从核对。",
    )


def correct_energy(page: Page, no: str, value: str) -> None:
    page.goto(f"/applications/{no}/")
    page.locator(".fix li", has_text="请按结算凭证核对").get_by_role("link", name="去修改").click()
    expect(page).to_have_url(re.compile(r"/tasks/data/#id_energy_tce$"))
    page.get_by_label("综合能源消费量（吨标准煤）").fill(value)
    page.get_by_role("button", name=re.compile("^保存")).click()


def compared(page: Page, no: str, *, changed: list[bool], answers: list[str]) -> None:
    """The review page begins with what was demanded, and what became of it."""
    page.goto(f"/applications/{no}/review/")
    panel = page.locator(".pane-checks .panel").first
    expect(panel.get_by_role("heading", level=2)).to_have_text("补正核对")
    rows = panel.locator(".checks > li")
    expect(rows).to_have_count(len(changed))
    for n, was_changed in enumerate(changed):
        expect(rows.nth(n)).to_contain_text("已修改" if was_changed else "未修改")
    for n, answer in enumerate(answers):
        expect(rows.nth(n)).to_contain_text(f"企业说明：{answer}")


def admit(people: Cast, officer: Page, no: str) -> None:
    case = PoolApplication.objects.get(no=no)
    do(case, "type_score", people.zhou, **SCORED)
    decide(officer, no, "同意入库")
    notice = a_notice(people, PoolApplication.objects.get(no=no))
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    with clock.fixed(AFTER_NOTICE):
        decide(officer, no, "入库")
    assert PoolApplication.objects.get(no=no).state == "admitted"
