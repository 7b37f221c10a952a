"""One life, end to end: a factory nominates itself, and the list that it comes to stand on is public."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from greenmfg import clock
from registry.casework import new_op
from registry.models import Event, PoolApplication, Roster, Standing
from registry.tasks import render_rosters
from tests.factories import at
from tests.journeys.conftest import Visit, download, text_of
from tests.journeys.filling import fill_factory, open_task, start
from tests.people import Cast

UNIT = "京华示例机电有限公司"
DOC_NO = "京经信发〔2026〕12号"


def test_from_upload_to_published_list(visit: Visit, people: Cast, report: Path, tmp_path: Path) -> None:
    chen, zhou, he = visit("qiye"), visit("shiju"), visit("fuze")
    no = file_application(chen, report, tmp_path)
    examine(zhou, no)
    notice = announce(zhou, he)
    read_notice(visit(), notice)
    not_before_its_end(zhou, no)
    with clock.fixed(at("2026-03-26 09:00")):
        admit(zhou, notice)
        roster = draw_list(zhou)
        sign_list(he, roster)
        render_rosters()
        read_list(visit(), roster, tmp_path)
        export_list(visit("guanli"), roster, tmp_path)
    assert Standing.objects.get(unit__entity=people.chen.entity).since.isoformat() == "2026-03-26"
    acts = list(Event.objects.filter(stream=f"case:{no}").order_by("seq").values_list("act", flat=True))
    assert acts == ["nominate_self", "type_score", "clear", "undo", "clear", "announce", "admit"]


def file_application(page: Page, report: Path, tmp_path: Path) -> str:
    """Filled in, checked, filed; returns the number on the receipt."""
    home = start(page)
    fill_factory(page, home, report)
    open_task(page, home, "年度能源资源数据")
    expect(page.get_by_label("工业总产值（万元）")).to_have_value("12000.50")
    page.goto(home)
    page.get_by_role("link", name="核对并提交").first.click()
    expect(page.get_by_text("提交前还需处理")).to_have_count(0)
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name="自荐提交").click()
    expect(page).to_have_url(re.compile(r"/receipt/$"))
    heading = page.get_by_role("heading", level=1).inner_text()
    no = heading.removeprefix("已提交，受理编号 ")
    assert re.fullmatch(r"LC-2026-\d{4}", no)
    words = text_of(download(page, "下载回执（PDF）", tmp_path))
    assert no in words
    assert UNIT in words
    assert "2026年3月18日10:00" in words
    return no


def examine(page: Page, no: str) -> None:
    """A score under 60 wants a reason (Article 8); the decision is taken back once and made again."""
    page.goto("/desk/todo/")
    page.get_by_role("link", name=UNIT, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(UNIT)
    page.get_by_label("综合得分").fill("58.20")
    page.get_by_label("得分来源").fill("第三方评价报告第3页")
    page.get_by_label("符合", exact=True).check()
    page.get_by_role("button", name="登记得分").click()
    expect(page.get_by_text("分级评价得分为 58.20 分，原则上应达到 60 分").first).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        decide(page, "同意入库")
    assert answer.value.status == 422
    expect(page.locator(".errors")).to_contain_text("须写明理由后才能继续")
    expect(page.locator(".errors").get_by_role("link", name=re.compile("第八条"))).to_have_attribute(
        "href", "/rules/#art-8"
    )
    assert state(no) == "examining"
    decide(page, "同意入库", reason="节能改造已立项，预计年内达到 60 分。")
    expect(page.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
    assert state(no) == "cleared"
    page.keyboard.press("u")
    expect(page.get_by_text(f"已撤回对 {UNIT} 的本次决定")).to_be_visible()
    assert state(no) == "examining"
    decide(page, "同意入库", reason="节能改造已立项，预计年内达到 60 分。")
    expect(page.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
    with clock.fixed(at("2026-03-18 10:01")):
        page.get_by_role("button", name="撤回本次决定").click()
        expect(page.get_by_text("已超过可撤回的时间")).to_be_visible()
    assert state(no) == "cleared"


def decide(page: Page, act: str, *, reason: str = "") -> None:
    page.locator(".radio-cards label", has_text=act).click()
    if reason:
        page.get_by_label("说明", exact=True).fill(reason)
    page.get_by_role("button", name=re.compile("提交，并打开下一件")).click()


def state(no: str) -> str:
    return PoolApplication.objects.get(no=no).state


def announce(zhou: Page, he: Page) -> str:
    """Drawn up by one, signed by another; returns the number of the notice."""
    zhou.goto("/publicity/new/")
    expect(zhou.get_by_label(f"列入 {UNIT}")).to_be_checked()
    zhou.get_by_role("button", name="提交签发").click()
    expect(zhou).to_have_url(re.compile(r"/publicity/GS-2026-\d+/$"))
    notice = zhou.url.rstrip("/").rpartition("/")[2]
    expect(zhou.get_by_role("link", name="签发")).to_have_count(0)
    answer = zhou.goto(f"/publicity/{notice}/sign/")
    assert answer is not None
    assert answer.status == 403
    he.goto("/desk/todo/")
    he.get_by_role("row", name=re.compile(notice)).get_by_role("link").first.click()
    he.get_by_role("link", name="签发").click()
    he.get_by_role("button", name="签发").click()
    expect(he.get_by_text("公示中").first).to_be_visible()
    return notice


def read_notice(page: Page, notice: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("培育库拟入库单位的公示")).first.click()
    expect(page).to_have_url(re.compile(f"/notices/{notice}/$"))
    expect(page.get_by_role("cell", name=UNIT)).to_be_visible()
    expect(page.get_by_text("2026年3月19日至2026年3月25日").first).to_be_visible()


def not_before_its_end(page: Page, no: str) -> None:
    """Not offered while the notice runs; refused with Article 6 if it is sent all the same."""
    page.goto(f"/applications/{no}/review/")
    expect(page.get_by_text("公示中").first).to_be_visible()
    expect(page.locator(".radio-cards label")).to_have_count(0)
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    seen = PoolApplication.objects.get(no=no).version
    answer = page.request.post(
        f"/applications/{no}/admit/",
        form={"csrfmiddlewaretoken": str(token), "seen": str(seen), "op": new_op()},
    )
    assert answer.status == 422
    refusal = re.sub(r"<[^>]+>", "", answer.text())
    assert "公示期至2026年3月25日，期满前不能入库（第六条）" in refusal
    assert state(no) == "on_notice"


def admit(page: Page, notice: str) -> None:
    page.goto(f"/publicity/{notice}/")
    page.get_by_role("link", name="结束公示").click()
    page.get_by_role("button", name="结束公示").click()
    page.get_by_role("button", name="办理入库").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已入库 1 家")


def draw_list(page: Page) -> str:
    page.goto("/lists/edit/new/")
    page.get_by_label("发文字号").fill(DOC_NO)
    page.get_by_label("标题").fill("北京市绿色制造培育库名单（2026年第一批）")
    page.get_by_role("button", name="拟名单").click()
    expect(page).to_have_url(re.compile(r"/lists/edit/MD-2026-\d+/$"))
    expect(page.get_by_role("link", name="签发发布")).to_have_count(0)
    return page.url.rstrip("/").rpartition("/")[2]


def sign_list(page: Page, roster: str) -> None:
    page.goto(f"/lists/edit/{roster}/")
    page.get_by_role("link", name="签发发布").click()
    page.get_by_role("button", name="签发发布").click()
    expect(page.get_by_text("已发布").first).to_be_visible()
    assert Roster.objects.get(no=roster).state == "published"


def read_list(page: Page, roster: str, tmp_path: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="名单").first.click()
    page.get_by_role("link", name=re.compile("2026年第一批")).first.click()
    expect(page.get_by_role("cell", name=UNIT)).to_be_visible()
    words = text_of(download(page, "PDF 文件", tmp_path))
    for expected in (UNIT, DOC_NO, "2026年3月26日", roster):
        assert expected in words


def export_list(page: Page, roster: str, tmp_path: Path) -> None:
    page.goto("/lists/edit/")
    page.get_by_role("link", name=re.compile("2026年第一批")).first.click()
    for kind, suffix in (("PDF", ".pdf"), ("Excel", ".xlsx"), ("CSV", ".csv")):
        assert download(page, kind, tmp_path).suffix == suffix
