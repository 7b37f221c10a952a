"""The pages of 系统设置: what each person sees, types and is told."""

from __future__ import annotations

import html
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg import clock
from registry.models import Case, Event, Holiday, LaterEdition, Setting, Wording
from registry.models.editions import edition_on
from tests.factories import NOW, a_notice, a_setting, an_application, an_edition, at
from tests.people import cast
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db
NOTICE_DAYS = "/manage/rules/notice_days/"
EDITIONS = "/manage/rules/editions/"


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def words(page: str) -> str:
    return html.unescape(re.sub(r"\s", "", re.sub(r"<[^>]+>", "", page)))


def sent(user, url: str, typed: dict, status: int = 302) -> str:
    answer = as_(user).post(url, typed)
    assert answer.status_code == status, f"{url}: {answer.status_code}"
    return answer.get("Location") or answer.content.decode()


# --- settings


def test_a_setting_shows_what_holds_what_comes_and_what_held(people):
    a_setting("notice_days", "6", since=date(2024, 1, 1), basis="2024年通知")
    sent(people.zhou, NOTICE_DAYS, {"value": "7", "in_force_from": "2026-03-19", "basis": "2026年征集通知"})
    listed = words(see(people.he, "/manage/rules/"))
    assert "公示期6个工作日2024年1月1日2024年通知7个工作日自2026年3月19日" in listed
    shown = words(see(people.zhou, NOTICE_DAYS))
    assert "自2026年3月19日7个工作日2026年征集通知待施行撤下" in shown
    assert "自2024年1月1日至2026年3月18日6个工作日2024年通知现行" in shown
    assert "自2023年9月11日至2023年12月31日5个工作日办法未规定公示时长" in shown
    assert "设定值周宁·2026-03-1810:00值67" in shown


def test_what_was_typed_stays_with_the_words_at_the_field(people):
    typed = {"value": "0", "in_force_from": "2026-03-18", "basis": "示例"}
    shown = sent(people.zhou, NOTICE_DAYS, typed, 422)
    assert 'value="0"' in shown
    assert "公示期（个工作日）：请填写 1–60 之间的整数" in shown
    assert "施行日期最早为明天（2026年3月19日）" in shown
    shown = sent(people.zhou, NOTICE_DAYS, {"value": "7", "in_force_from": "明天", "basis": ""}, 422)
    assert "日期格式应为 2026-03-18" in shown
    assert "请写明依据" in shown


def test_a_value_to_come_is_taken_down_on_its_page_and_one_in_force_is_not(people):
    a_setting("notice_days", "6")
    a_setting("notice_days", "9", since=date(2099, 1, 1))
    assert see(people.zhou, NOTICE_DAYS).count('name="take_down"') == 1
    assert 'name="take_down"' not in see(people.he, NOTICE_DAYS)
    sent(people.zhou, NOTICE_DAYS, {"take_down": "2099-01-01"})
    assert Setting.objects.filter(key="notice_days").count() == 1
    assert "该设定值已被撤下" in sent(people.zhou, NOTICE_DAYS, {"take_down": "2099-01-01"}, 409)
    assert "已施行，不能撤下" in sent(people.zhou, NOTICE_DAYS, {"take_down": "2024-01-01"}, 409)
    sent(people.zhou, NOTICE_DAYS, {"take_down": "x"}, 404)
    sent(people.he, NOTICE_DAYS, {"take_down": "2024-01-01"}, 403)
    see(people.zhou, "/manage/rules/tea_break/", 404)


def test_a_notice_tells_which_length_was_set_on_the_day_it_was_drawn_up(people):
    a_setting("notice_days", "7", since=date(2026, 3, 19), basis="2026年征集通知")
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    with clock.fixed(at("2026-03-20")):
        shown = see(people.zhou, f"/publicity/{notice.no}/")
        assert "拟定当日公示期设定为 5 个工作日（自2023年9月11日起）" in shown
        an_application(people, "cleared", by=people.liu)
        fresh = see(people.zhou, "/publicity/new/")
    assert "设定为 7 个工作日（自2026年3月19日起），依据：2026年征集通知" in fresh
    assert 'name="days" value="7"' in fresh


# --- editions


def rows_of(lowers: list[str], names=("达标", "优质", "标杆", "领军")) -> dict[str, str]:
    typed = {"band-TOTAL_FORMS": str(len(lowers)), "band-INITIAL_FORMS": "0"}
    codes = ("compliant", "good", "benchmark", "leading")
    for n, (lower, name, code) in enumerate(zip(lowers, names, codes, strict=False)):
        typed |= {f"band-{n}-name": name, f"band-{n}-title": f"绿色工厂{name}企业", f"band-{n}-code": code}
        typed |= {f"band-{n}-lower": lower, f"band-{n}-duties": "示例"}
    return typed


EDITION = {
    "code": "2026-01",
    "title": "办法（正式稿）",
    "basis": "京经信发〔2026〕1号",
    "note": "",
    "pool_threshold": "65",
    "change_days": "30",
    "bar_years": "3",
}


def test_an_edition_is_copied_left_open_completed_and_put_in_force(people):
    form = see(people.zhou, f"{EDITIONS}new/?from=2023-draft")
    assert 'name="pool_threshold" value="60"' in form
    assert 'name="band-3-title" value="绿色工厂领军企业"' in form
    page = sent(people.zhou, f"{EDITIONS}new/", EDITION | rows_of(["0", "", "", "90"]))
    assert page == f"{EDITIONS}2026-01/"
    shown = words(see(people.he, page))
    assert "尚不能施行版本2026-01的级别界限尚未确定，不能施行" in shown
    refused = sent(people.he, page, {"in_force_from": "2026-03-25", "seen": "1"}, 422)
    assert "版本 2026-01 的级别界限尚未确定，不能施行" in refused
    sent(people.zhou, f"{page}edit/", EDITION | rows_of(["0", "60", "80", "90"]) | {"seen": "1"})
    sent(people.he, page, {"in_force_from": "2026-03-25", "seen": "2"})
    assert edition_on(date(2026, 3, 25)).pool_threshold == 65
    listed = words(see(people.zhou, EDITIONS))
    assert "办法（正式稿）2026-01待施行2026年3月25日京经信发〔2026〕1号" in listed
    see(people.zhou, f"{page}edit/", 403)
    with clock.fixed(at("2026-03-25")):
        assert "现行" in words(see(people.zhou, page))
        assert "2023-draft已过2023年9月11日" in words(see(people.zhou, EDITIONS))


@pytest.mark.parametrize(
    ("changes", "words_"),
    [
        ({"basis": ""}, "依据：请写明依据"),
        ({"pool_threshold": "120"}, "应为 0–100 之间的数字，最多 2 位小数"),
        ({"code": "new"}, "版本号以数字开头"),
        (rows_of(["0", "80", "60", "90"]), "应由低至高排列：请核对“绿色工厂标杆企业”"),
        (rows_of(["0", "六十", "80", "90"]), "第 2 行得分下限（含）：应为 0–100 之间的数字"),
        (rows_of(["0", "60", "80", "90"], names=("达标", "", "标杆", "领军")), "第 2 行简称：请填写简称"),
        ({"band-TOTAL_FORMS": "0"}, "请至少填写一个级别"),
    ],
)
def test_what_does_not_fit_in_an_edition_is_said_and_kept(people, changes, words_):
    typed = EDITION | rows_of(["0", "60", "80", "90"]) | changes
    shown = sent(people.zhou, f"{EDITIONS}new/", typed, 422)
    assert words_ in html.unescape(shown)
    assert "京经信发〔2026〕1号" in shown or not typed["basis"]
    assert not LaterEdition.objects.exists()


def test_the_chief_sees_the_form_to_put_in_force_and_nobody_else(people):
    page = an_edition(people).get_absolute_url()
    assert ">施行</button>" in see(people.he, page)
    for other in (people.zhou, people.gao):
        assert ">施行</button>" not in see(other, page)
    assert "放弃起草" in see(people.zhou, page)
    assert ">放弃起草</button>" not in see(people.he, page)


def test_taking_back_and_giving_up_on_the_page(people):
    row = an_edition(people, since=date(2028, 1, 1))
    page = row.get_absolute_url()
    sent(people.he, page, {"take_back": "1", "seen": "2"})
    assert LaterEdition.objects.get().in_force_from is None
    assert "已被他人更新" in sent(people.zhou, page, {"drop": "1", "seen": "2"}, 409)
    sent(people.zhou, page, {"drop": "1", "seen": "3"})
    assert not LaterEdition.objects.exists()
    see(people.zhou, page, 404)


@pytest.mark.article(16)
def test_the_public_page_tells_what_is_in_force_since_when_why_and_what_differs(people):
    an_edition(people, since=date(2026, 3, 25), pool_threshold=Decimal(65), basis="京经信发〔2026〕1号")
    an_edition(people, "2027-09")  # in preparation: nobody's business yet
    before = words(see(people.chen, "/rules/"))
    assert "本平台现适用版本，自2023年9月11日起适用" in before
    assert "与征求意见稿的差异" not in before
    coming = words(see(people.chen, "/rules/?edition=2026-01"))
    assert "尚未施行的版本，自2026年3月25日起适用" in coming
    see(people.chen, "/rules/?edition=2027-09", 404)
    with clock.fixed(at("2026-03-25")):
        shown = words(see(people.chen, "/rules/"))
        assert "本平台已不适用的版本" in words(see(people.chen, "/rules/?edition=2023-draft"))
    assert "办法（2026-01）本平台现适用版本，自2026年3月25日起适用" in shown
    assert "京经信发〔2026〕1号" in shown
    assert "绿色工厂入库得分（原则上）60分65分" in shown
    assert "2027-09" not in shown


# --- words


def test_a_wording_is_previewed_saved_and_its_versions_are_seen(people):
    page = "/manage/templates/R02/"
    form = see(people.zhou, page)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', form)[1]
    typed = {"label": "缺盖章页", "where": "绿色诊断评估报告", "text": "{单位名称}请补盖章页", "article": "5"}
    typed |= {"order": "20", "active": "on", "seen": seen}
    previewed = sent(people.zhou, page, typed | {"preview": "1"}, 200)
    assert "示例机电有限公司请补盖章页" in previewed
    assert Wording.objects.get(code="R02").text == "请补充诊断机构盖章页"
    case = an_application(people)
    previewed = sent(people.zhou, page, typed | {"preview": "1", "case": case.no}, 200)
    assert "京华示例机电有限公司请补盖章页" in previewed
    sent(people.zhou, page, typed)
    shown = words(see(people.he, page))
    assert "修改用语周宁·2026-03-1810:00用语请补充诊断机构盖章页{单位名称}请补盖章页" in shown
    late = sent(people.zhou, page, typed | {"text": "后到"}, 409)
    assert "已被他人修改" in late
    assert "\n后到</textarea>" in late
    assert Wording.objects.get(code="R02").text == "{单位名称}请补盖章页"


def test_a_name_that_no_page_fills_and_a_return_without_a_place_are_refused(people):
    typed = {"code": "R10", "kind": "return", "label": "x", "text": "{分数}", "order": "1", "article": "6"}
    shown = sent(people.zhou, "/manage/templates/new/", typed | {"where": "附件"}, 422)
    assert "“{分数}”不是本用途可用的占位" in html.unescape(shown)
    shown = sent(people.zhou, "/manage/templates/new/", typed | {"text": "x"}, 422)
    assert "请填写位置" in shown
    sent(people.zhou, "/manage/templates/new/", typed | {"text": "x", "where": "附件"})
    row = Wording.objects.get(code="R10")
    assert (row.kind, row.active, row.article) == ("return", False, 6)
    assert Event.objects.get(stream="ledger:wording").by == people.zhou


# --- the calendar


def test_a_year_is_shown_with_words_and_what_is_missing_is_said(people):
    shown = see(people.zhou, "/manage/calendar/?year=2026")
    assert shown.count('<div class="month">') == 12
    assert "2027年的节假日安排尚未录入" in shown
    assert "2026年1月1日 星期四" in shown
    assert 'title="国庆节">1<b>休</b>' in shown
    Holiday.objects.create(day=date(2027, 1, 1), off=True, name="元旦")
    assert "尚未录入" not in see(people.gao, "/manage/calendar/")
    assert "2026年休假日历" in words(see(people.zhou, "/manage/calendar/?year=9999"))


DAY = {"day": "2026-03-27", "kind": "off", "name": "临时放假", "basis": "通知"}


def test_a_day_is_saved_only_after_its_effect_was_shown(people):
    case = an_application(people, "examining")
    asked = sent(people.zhou, "/manage/calendar/", DAY, 200)
    assert "已经给出的期限不变" in asked
    assert case.no in asked
    assert "2026年4月1日" in asked
    assert "2026年4月2日" in asked
    assert not Holiday.objects.filter(day=date(2026, 3, 27)).exists()
    sent(people.zhou, "/manage/calendar/", DAY | {"confirm": "1"})
    assert Holiday.objects.get(day=date(2026, 3, 27)).basis == "通知"
    assert Case.objects.get(pk=case.pk).due_on == date(2026, 4, 1)
    assert "没有需要保存的更改" in sent(people.zhou, "/manage/calendar/", DAY, 422)
    assert "只能更改今天以后的日期" in sent(
        people.zhou, "/manage/calendar/", DAY | {"day": "2026-03-18"}, 422
    )
    sent(people.gao, "/manage/calendar/", DAY | {"kind": "plain", "confirm": "1"})
    assert not Holiday.objects.filter(day=date(2026, 3, 27)).exists()


IMPORT = "/manage/calendar/import/"
YEAR = "日期,休/班,名称\n2027-01-01,休,元旦\n2027-01-02,休,\n2027-01-09,班,元旦调休\n"


def test_a_years_plan_is_read_shown_and_then_brought_in(people):
    file = SimpleUploadedFile("2027.csv", YEAR.encode("gb18030"))
    asked = sent(people.zhou, IMPORT, {"file": file, "basis": "国办发明电〔2026〕8号"}, 200)
    assert "将写入 2 天" in asked
    assert "周末，不必登记" in asked
    assert not Holiday.objects.filter(day__year=2027).exists()
    rows = html.unescape(re.search(r'name="rows" hidden>(.*?)</textarea>', asked, re.S)[1])
    sent(people.zhou, IMPORT, {"rows": rows, "basis": "国办发明电〔2026〕8号", "confirm": "1"})
    found = Holiday.objects.filter(day__year=2027).values_list("day", "off", "name", "basis")
    assert list(found) == [
        (date(2027, 1, 1), True, "元旦", "国办发明电〔2026〕8号"),
        (date(2027, 1, 9), False, "元旦调休", "国办发明电〔2026〕8号"),
    ]
    again = sent(people.zhou, IMPORT, {"rows": rows, "basis": "x", "confirm": "1"}, 422)
    assert "与现有日历相同" in again
    assert Event.objects.filter(stream="ledger:holiday").count() == 1


def test_one_bad_row_brings_in_nothing_and_says_which(people):
    typed = {"rows": f"{YEAR}2027-13-01,休,x\n2027-01-05,班,x", "basis": "x", "confirm": "1"}
    shown = words(sent(people.zhou, IMPORT, typed, 422))
    assert "有2行需要更正，没有写入任何内容" in shown
    assert "“2027-13-01”不是日期" in shown
    assert "工作日本就上班" in shown
    assert not Holiday.objects.filter(day__year=2027).exists()
    assert "请选择文件，或者粘贴各行" in sent(people.zhou, IMPORT, {"basis": "x"}, 422)


def test_the_auditor_reads_each_change_in_words(people):
    sent(people.zhou, NOTICE_DAYS, {"value": "7", "in_force_from": "2026-03-19", "basis": "通知"})
    sent(people.zhou, "/manage/calendar/", DAY | {"confirm": "1"})
    an_edition(people)
    shown = words(see(people.shi, "/manage/audit/"))
    for one in ("设置", "休假日历", "办法版本"):
        assert one in shown
