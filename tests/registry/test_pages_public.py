"""The public site: what anybody may read is there, plainly; what is private is nowhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from greenmfg import clock, rulebook
from greenmfg.rulebook import Category, Level
from registry import publishing
from registry.casework import new_op, perform
from registry.models import (
    Batch,
    Case,
    District,
    FormerName,
    LegalEntity,
    Roster,
    RosterLine,
    Standing,
)
from registry.models.terms import KNOWN
from registry.views.rules import DECIDES
from tests import factories
from tests.factories import AFTER_NOTICE, NOW, do
from tests.people import Cast, cast
from tests.registry.test_publishing import a_roster, some_standings

PUBLIC = ["/", "/notices/", "/lists/", "/rules/", "/help/", "/accessibility/", "/sitemap/"]


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def words(html: str) -> str:
    """What stands on the page, without tags and blanks."""
    main = re.search(r"<main.*</main>", html, re.S)
    assert main
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", main[0]))


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        page(client, url)
    return len(seen)


def an_imported_roster(people: Cast, count: int = 3, **head: Any) -> Roster:
    given = {
        "level": Level.NATIONAL,
        "category": Category.GREEN_FACTORY,
        "title": "第一批绿色工厂名单",
        "batch": "第一批",
        "dated": date(2017, 8, 23),
        "source_url": "https://example.org/first",
    } | head
    roster = perform(Roster(), "bring_in", by=people.zhou, at=NOW, seen=0, op=new_op(), **given)
    RosterLine.objects.bulk_create(
        RosterLine(
            roster=roster, n=n, name=f"天津 示例{n}有限公司", category=Category.GREEN_FACTORY, region="天津"
        )
        for n in range(1, count + 1)
    )
    return roster


# --- caching


@pytest.mark.parametrize("url", PUBLIC)
def test_a_visitor_without_cookies_gets_a_page_that_caches_may_keep(db: None, url: str) -> None:
    answer = Client().get(url)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["Vary"] == "Cookie"
    assert not answer.cookies
    assert "csrf" not in answer.content.decode()


@pytest.mark.parametrize("url", PUBLIC)
def test_a_page_for_somebody_is_kept_nowhere(people: Cast, url: str) -> None:
    for user in people.everybody().values():
        answer = as_(user).get(url)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
    larger = Client()
    larger.cookies["size"] = "large"
    assert larger.get(url)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("url", PUBLIC)
def test_public_pages_are_only_read(db: None, url: str) -> None:
    assert Client().post(url).status_code == 405


def test_the_size_of_type_is_kept_without_a_token_and_leads_nowhere_else(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/me/size/", {"size": "large", "next": "/lists/?level=pool"})
    assert (answer.status_code, answer["Location"]) == (302, "/lists/?level=pool")
    assert 'data-size="large"' in page(client, "/lists/")
    assert client.post("/me/size/", {"size": "", "next": "https://example.org/"})["Location"] == "/"
    assert "data-size" not in page(client, "/lists/")
    client.post("/me/size/", {"size": '"><script>'})
    assert "data-size" not in page(client, "/lists/")


# --- home


def test_home_shows_what_goes_on_and_says_that_the_measure_is_a_draft(people: Cast) -> None:
    notice = factories.a_notice(people, factories.an_application(people, "cleared"))
    some_standings(people, 2)
    roster = a_roster(people)
    with clock.fixed(factories.at("2026-03-20")):
        shown = words(page(Client(), "/"))
    assert f"公示中{notice.title}剩3个工作日" in shown
    assert "2026年第一批绿色制造培育库征集2026年3月31日截止剩7个工作日" in shown
    assert f"{roster.title}2家2026年3月18日" in shown
    assert "本平台依据的办法为公开征求意见稿" in shown


def test_home_without_anything_going_on_says_so_and_names_the_last_notice(people: Cast) -> None:
    assert "目前没有进行中的公示。" in words(page(Client(), "/"))
    assert "目前没有开放的征集批次" in words(page(Client(), "/"))
    Batch.objects.create(name="2026年第二批", opens_on=date(2026, 5, 1), closes_on=date(2026, 5, 31))
    assert "2026年第二批绿色制造培育库征集2026年5月1日开始" in words(page(Client(), "/"))
    notice = factories.a_notice(people, factories.an_application(people, "cleared"))
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    with clock.fixed(factories.at("2026-04-10")):
        assert f"最近一次：{notice.title}公示已于2026年3月25日结束" in words(page(Client(), "/"))


# --- notices


@pytest.mark.article(6)
def test_a_running_notice_tells_units_period_and_how_to_object(people: Cast) -> None:
    factories.a_setting("notice_phone", "010-12345678")
    case = factories.an_application(people, "cleared")
    notice = factories.a_notice(people, case)
    with clock.fixed(factories.at("2026-03-19")):
        html = page(Client(), f"/notices/{notice.no}/")
    shown = words(html)
    assert f"1{case.unit.name}绿色工厂昌平" in shown
    assert "公示期2026年3月19日至2026年3月25日（5个工作日）" in shown
    assert "剩4个工作日" in shown
    assert "以书面形式实名反映，写明事实并附证明材料" in shown
    assert "加盖公章" in shown
    assert "手写签名" in shown
    assert "匿名反映不予受理" in shown
    assert "电话010-12345678邮箱jnc@jxj.beijing.gov.cn地址北京市通州区运河东大街57号" in shown
    assert "北京市经济和信息化局2026年3月18日" in shown


@pytest.mark.parametrize(
    ("day", "state"), [("2026-03-18", "即将公示"), ("2026-03-25", "今日到期"), ("2026-03-26", "公示期满")]
)
def test_the_light_of_a_notice_follows_the_day(people: Cast, day: str, state: str) -> None:
    notice = factories.a_notice(people, factories.an_application(people, "cleared"))
    with clock.fixed(factories.at(day)):
        assert state in words(page(Client(), f"/notices/{notice.no}/"))
        assert state in words(page(Client(), "/notices/"))


def test_a_closed_notice_stays_readable_and_takes_no_objections(people: Cast) -> None:
    notice = factories.a_notice(people, factories.an_application(people, "cleared"))
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    shown = words(page(Client(), f"/notices/{notice.no}/"))
    assert "公示已于2026年3月25日结束，不再受理对本次公示的异议。" in shown
    assert "匿名" not in shown


def test_a_notice_not_signed_is_unseen_even_by_those_who_draw_it_up(people: Cast) -> None:
    draft = factories.a_notice(people, factories.an_application(people, "cleared"), signed=False)
    for client in (Client(), as_(people.chen), as_(people.zhou)):
        page(client, f"/notices/{draft.no}/", 404)
        assert draft.no not in page(client, "/notices/")


# --- lists


@pytest.mark.article(14)
def test_lists_come_in_two_groups_with_the_source_of_the_old_ones(people: Cast) -> None:
    some_standings(people, 2)
    roster, draft = a_roster(people), a_roster(people, published=False, doc_no="京经信发〔2026〕99号")
    old = an_imported_roster(people)
    html = page(Client(), "/lists/")
    assert html.index(f"/lists/{roster.no}/") < html.index("历史公布名单") < html.index(f"/lists/{old.no}/")
    assert 'href="https://example.org/first"' in html
    assert draft.no not in html
    assert roster.no not in page(Client(), "/lists/?level=national")
    assert old.no in page(Client(), "/lists/?level=national")
    assert "没有符合条件的已发布名单" in page(Client(), "/lists/?category=green_park")


def test_a_list_shows_its_lines_and_filters_them(people: Cast) -> None:
    some_standings(people, 4)
    roster = a_roster(people)
    url = f"/lists/{roster.no}/"
    shown = words(page(Client(), url))
    for line in roster.lines.all():
        assert f"{line.n}{line.name}{line.district}{line.industry}" in shown
    assert "共4家" in shown
    assert "源示例2有限公司" not in words(page(Client(), f"{url}?district=昌平"))
    assert "源示例1有限公司" in words(page(Client(), f"{url}?district=昌平"))
    found = words(page(Client(), f"{url}?q=yuanshili3"))
    assert "源示例3有限公司" in found
    assert "源示例1有限公司" not in found
    assert "没有符合条件的单位" in words(page(Client(), f"{url}?q=查无此人"))


def test_a_long_list_is_shown_a_hundred_lines_at_a_time(people: Cast) -> None:
    roster = an_imported_roster(people, 201)
    for number, lines in ((1, 100), (2, 100), (3, 1), (99, 1)):
        html = page(Client(), f"/lists/{roster.no}/?page={number}")
        assert html.count('data-label="序号"') == lines
    assert "第101–200家" in words(page(Client(), f"/lists/{roster.no}/?page=2"))


def test_a_list_says_what_changed_since_the_one_before_and_what_has_become_of_a_unit(people: Cast) -> None:
    left, renamed, _ = some_standings(people, 3)
    first = a_roster(people)
    Standing.objects.filter(pk=left.pk).update(until=date(2026, 3, 20), ended_cause="内部原因")
    old_name = renamed.unit.name
    renamed.unit.entity.call("北京改名后示例有限公司")
    renamed.unit.entity.save()
    new = some_standings(people, 4)[3]
    second = a_roster(people, doc_no="京经信发〔2026〕13号", as_of=date(2026, 3, 25))
    before, after = (words(page(Client(), f"/lists/{one.no}/")) for one in (first, second))
    assert "与上一期相比" not in before
    assert f"{old_name}现名称：北京改名后示例有限公司" in before
    assert "已出库（2026年3月20日）" in before
    assert "内部原因" not in before
    assert f"更名1家{old_name}→北京改名后示例有限公司" in after
    assert f"不再列入1家{left.name_as_published}" in after
    assert new.name_as_published in after


def test_a_list_has_its_files_and_they_are_what_they_say(people: Cast) -> None:
    some_standings(people, 2)
    roster = a_roster(people)
    for extension in ("pdf", "xlsx", "csv"):
        assert "文件正在生成，请稍后刷新" in page(Client(), f"/lists/{roster.no}.{extension}", 404)
    assert "文件正在生成，请稍后刷新" in page(Client(), f"/lists/{roster.no}/")
    files = publishing.render(roster, at=NOW)
    html = page(Client(), f"/lists/{roster.no}/")
    assert "文件正在生成" not in html
    types = {
        "pdf": "application/pdf",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv": "text/csv; charset=utf-8",
    }
    for file in files:
        answer = Client().get(f"/lists/{roster.no}.{file.format}")
        content = b"".join(answer.streaming_content)
        assert answer.status_code == 200
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert file.sha256 in html
        assert answer["ETag"] == f'"{file.sha256}"'
        assert answer["Content-Type"] == types[file.format]
        assert answer["Cache-Control"] == "public, max-age=300"
        name = f"{roster.title}（{roster.no}）.{file.format}"
        assert unquote(answer["Content-Disposition"]) == f"attachment; filename*=utf-8''{name}"
        again = Client().get(
            f"/lists/{roster.no}.{file.format}", headers={"If-None-Match": f'"{file.sha256}"'}
        )
        assert (again.status_code, again.content) == (304, b"")


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(people: Cast) -> None:
    some_standings(people, 1)
    roster = a_roster(people)
    file = publishing.render(roster, at=NOW)[0]
    on_disk = Path(settings.MEDIA_ROOT) / file.path
    on_disk.chmod(0o600)
    on_disk.write_bytes(b"something else")
    assert "文件校验未通过，已暂停下载" in page(Client(), f"/lists/{roster.no}.pdf", 404)


@pytest.mark.parametrize("url", ["/lists/{}/", "/lists/{}.pdf"])
def test_a_list_being_drawn_up_is_unseen(people: Cast, url: str) -> None:
    some_standings(people, 1)
    draft = a_roster(people, published=False)
    for client in (Client(), as_(people.chen), as_(people.zhou)):
        page(client, url.format(draft.no), 404)


def test_the_preview_is_for_those_who_draw_up_and_sign(people: Cast) -> None:
    some_standings(people, 1)
    draft = a_roster(people, published=False)
    url = f"/lists/edit/{draft.no}/preview.pdf"
    assert Client().get(url).status_code == 302
    for user in people.everybody().values():
        answer = as_(user).get(url)
        expected = 200 if user in (people.zhou, people.he) else 404
        assert answer.status_code == expected, user
    assert answer.status_code == 404
    answer = as_(people.he).get(url)
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"
    do(draft, "publish", people.he)
    assert as_(people.he).get(url)["Location"] == f"/lists/{draft.no}.pdf"
    assert as_(people.chen).get(url).status_code == 403


def test_what_is_not_there_is_404(people: Cast) -> None:
    old = an_imported_roster(people)
    for url in (
        "/lists/MD-2026-9999/",
        "/lists/MD-2026-9999.pdf",
        f"/lists/{old.no}.pdf",
        f"/lists/{old.no}.docx",
        "/notices/GS-2026-9999/",
        "/units/999999/",
        "/rules/?edition=2099",
    ):
        page(Client(), url, 404)


# --- search


@pytest.mark.parametrize(
    "needle", ["源示例2", "yuanshili2", "ysl2", "北京镕源示例2有限公司", "91110114MA00000012"]
)
def test_a_unit_is_found_by_name_pinyin_initials_and_code(people: Cast, needle: str) -> None:
    standing = some_standings(people, 2)[1]
    if needle.startswith("9"):
        unit = factories.a_unit(people.chen.entity, people.zhao.district)
        standing = Standing.objects.create(unit=unit, level=Level.NATIONAL, name_as_published=unit.name)
    html = page(Client(), f"/lists/?q={needle}")
    assert re.findall(r'href="/units/(\d+)/"', html) == [str(standing.unit_id)]


def test_the_search_finds_lines_of_old_lists_and_nothing_that_is_not_public(people: Cast) -> None:
    old = an_imported_roster(people)
    shown = page(Client(), "/lists/?q=天津 示例2")
    assert f"/lists/{old.no}/" in shown
    assert "序号 2" in shown
    factories.an_application(people, "examining")
    for needle in (people.chen.entity.name, people.chen.entity.credit_code):
        for client in (Client(), as_(people.zhou)):
            assert "没有符合条件的单位" in page(client, f"/lists/?q={needle}")


# --- units


def test_the_public_sees_standings_and_nothing_private(people: Cast) -> None:
    case = factories.an_application(people, "admitted")
    url = f"/units/{case.unit_id}/"
    html = page(Client(), url)
    assert "培育库2026年第一批京华示例机电有限公司2026年3月26日起有效" in words(html)
    for client in (
        Client(),
        as_(people.liu),
        as_(people.sun),
        as_(people.wu),
        as_(people.gao),
        as_(people.shi),
    ):
        html = page(client, url)
        for private in (
            "010-00000000",
            "示例路1号",
            "91110114MA00000012",
            "72.50",
            "78.50",
            case.no,
            "登记信息",
            "办理记录",
        ):
            assert private not in html, private
        assert "联系人" not in html


@pytest.mark.parametrize("who", ["zhou", "he", "zhao", "chen"])
def test_those_who_deal_with_a_unit_see_its_whole_file(people: Cast, who: str) -> None:
    case = factories.an_application(people, "admitted")
    shown = words(page(as_(getattr(people, who)), f"/units/{case.unit_id}/"))
    for fact in (
        "91110114MA00000012",
        "010-00000000",
        "示例路1号",
        f"入库申请{case.no}",
        "自荐提交",
        "列入公示",
    ):
        assert fact in shown
    internal = "登记得分" in shown
    assert internal == (who in {"zhou", "he"})


def test_an_objection_stays_inside_the_bureau(people: Cast) -> None:
    from registry.models import Objection

    case = factories.an_application(people, "cleared")
    notice = factories.a_notice(people, case)
    objection = perform(
        Objection(publicity=notice, target=Case.objects.get(pk=case.pk)),
        "receive",
        by=people.zhou,
        at=factories.at("2026-03-20"),
        seen=0,
        op=new_op(),
        objector="王某",
        phone="13800000000",
        received_on=date(2026, 3, 20),
        facts="数据不实",
    )
    url = f"/units/{case.unit_id}/"
    assert objection.no in page(as_(people.zhou), url)
    for user in (people.chen, people.zhao):
        shown = page(as_(user), url)
        assert objection.no not in shown
        assert "异议" not in words(shown)


def test_a_unit_without_any_standing_is_unseen_by_strangers(people: Cast) -> None:
    case = factories.an_application(people, "examining")
    url = f"/units/{case.unit_id}/"
    for client in (Client(), as_(people.liu), as_(people.sun)):
        page(client, url, 404)
    for user in (people.chen, people.zhao, people.zhou):
        assert "该单位不在现行名单" in page(as_(user), url)


def test_an_ended_title_is_shown_plainly_with_cause_bar_and_former_name(people: Cast) -> None:
    unit = factories.a_unit(people.liu.entity, people.sun.district)
    FormerName.objects.create(entity=unit.entity, name="燕山旧名有限公司", folded="x", until=date(2025, 6, 1))
    Standing.objects.create(
        unit=unit,
        level=Level.NATIONAL,
        batch="第三批",
        name_as_published="燕山旧名有限公司",
        since=date(2018, 11, 1),
        until=date(2026, 1, 5),
        ended_cause="复审评价结果不合格的",
        barred_until=date(2029, 1, 5),
    )
    shown = words(page(Client(), f"/units/{unit.pk}/"))
    assert "该单位不在现行名单" in shown
    assert "资格已终止复审评价结果不合格的2029年1月5日前不得重新申报（第十二条）" in shown
    assert "2018年11月1日起至2026年1月5日" in shown
    assert "燕山旧名有限公司至2025年6月1日" in shown


# --- the measure


def test_the_measure_stands_whole_with_an_anchor_for_each_article(db: None) -> None:
    html = page(Client(), "/rules/")
    shown = words(html)
    for article in rulebook.ARTICLES:
        assert html.count(f'id="{article.anchor}"') == 1
        assert re.sub(r"\s", "", "".join(article.paragraphs)) in shown
    assert "征求意见稿" in shown
    assert rulebook.DRAFT_2023.basis in shown


def test_each_article_says_where_the_portal_uses_it_or_why_not(db: None) -> None:
    html = page(Client(), "/rules/")
    parts = {
        number: re.sub(r"\s", "", re.sub(r"<[^>]+>", "", text))
        for number, text in enumerate(re.findall(r"<article.*?</article>", html, re.S), start=1)
    }
    assert len(parts) == 16
    assert all("本平台用于：" in part or "不设程序：" in part for part in parts.values())
    assert "不设程序：本条说明目的和依据" in parts[1]
    for kind in Case.kinds.values():
        for row in kind.acts().values():
            if row.article:
                assert f"{kind.LABEL}：{row.label}" in parts[row.article]
    named = {name for article in rulebook.ARTICLES for name in article.functions}
    assert set(DECIDES) == named


def test_bands_numbers_and_settings_are_those_in_force(db: None) -> None:
    factories.a_setting("notice_days", "7", basis="2026年征集通知")
    shown = words(page(Client(), "/rules/"))
    for row in (
        "绿色工厂达标企业不足60分",
        "绿色工厂优质企业60分（含）至80分（不含）",
        "绿色工厂领军企业90分（含）以上",
    ):
        assert row in shown
    assert "办理相关手续后30日（" not in shown
    assert "变更报告期限办理相关手续后30日第十一条" in shown
    assert "公示期7个工作日2026年征集通知" in shown
    for known in KNOWN.values():
        assert known.label in shown


# --- help, and the number of queries


def test_help_lists_all_seventeen_bodies(db: None) -> None:
    shown = words(page(Client(), "/help/"))
    assert District.objects.count() == 17
    for district in District.objects.all():
        assert f"{district.name}{district.office}" in shown


def test_pages_ask_as_often_for_three_rows_as_for_one(people: Cast) -> None:
    def grow(first: int, last: int) -> None:
        for n in range(first, last + 1):
            entity = LegalEntity(is_example=True)
            entity.call(f"示例{n}有限公司")
            entity.save()
            unit = factories.a_unit(entity, people.zhao.district)
            Standing.objects.create(
                unit=unit, level=Level.POOL, name_as_published="x", since=date(2026, 1, n)
            )
            a_roster(people, doc_no=f"〔2026〕{n}号", as_of=date(2026, 1, 1) + timedelta(days=n))
            an_imported_roster(people, 3)

    anonymous = Client()
    urls = ["/", "/notices/", "/lists/", "/lists/?q=示例"]
    grow(1, 1)
    grow(2, 2)
    roster = Roster.objects.filter(state="published").order_by("pk").last()
    publishing.render(roster, at=NOW)
    case = factories.an_application(people, "admitted")
    few = [queries(anonymous, url) for url in urls]
    one = queries(anonymous, f"/lists/{roster.no}/")
    grow(3, 4)
    roster = Roster.objects.filter(state="published").order_by("pk").last()
    publishing.render(roster, at=NOW)
    assert [queries(anonymous, url) for url in urls] == few
    assert max(few) <= 12
    assert queries(anonymous, f"/lists/{roster.no}/") == one <= 15
    assert queries(anonymous, f"/units/{case.unit_id}/") <= 15
    assert queries(as_(people.zhou), f"/units/{case.unit_id}/") <= 15
    assert queries(anonymous, "/rules/") <= 3
