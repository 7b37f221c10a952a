"""Words that officers choose from: what ships, what braces may hold, what each page offers, versions on record."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from greenmfg import clock
from registry.acts import NotNow, NotYours
from registry.models import Event, Wording
from registry.models.log import values
from registry.models.terms import PLACEHOLDERS
from registry.upkeep import wordings
from tests.factories import NOW, SCORED, a_setting, an_application, an_edition, do
from tests.people import cast
from tests.registry.pages import see
from tests.registry.papers import an_objection

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def written(row: Wording, **changes) -> dict[str, object]:
    return {name: getattr(row, name) for name in wordings.FIELDS} | changes


def save(people, code: str, *, by=None, seen=None, **changes) -> Wording:
    row = Wording.objects.get(code=code)
    stood = values(row) if seen is None else seen
    return wordings.write(row, written(row, **changes), seen=stood, by=by or people.zhou, at=NOW)


# --- what ships


def test_the_words_of_the_contract_are_there_with_their_articles():
    found = {row.code: (row.kind, row.article) for row in Wording.objects.all()}
    assert {code for code, (kind, _) in found.items() if kind == "return"} == {f"R0{n}" for n in range(1, 10)}
    assert {code for code, (kind, _) in found.items() if kind == "refuse"} == {"N01", "N02", "N03"}
    assert {kind for kind, _ in found.values()} == set(Wording.Kind.values)
    assert (found["R05"], found["N01"], found["G01"]) == (("return", 8), ("refuse", 12), ("notice", 6))
    assert all(article for _, article in found.values())


def test_every_shipped_word_can_be_filled_and_every_return_says_where():
    for row in Wording.objects.all():
        assert Wording.unknown(row.text, kind=row.kind) == "", row
        assert row.filled(PLACEHOLDERS[row.kind]), row
        assert "！" not in row.text
        assert row.where or row.kind != "return", row


# --- braces


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("得分 {不足得分} 分", ""),
        ("没有花括号", ""),
        ("得分 {分数} 分", "{分数}"),
        ("{}", "{}"),
        ("{单位名称.entity}", "{单位名称.entity}"),
        ("{单位名称!r}", "{单位名称!r}"),
        ("{{单位名称}}", "{"),
        ("左边 { 多一个", "{"),
        ("右边多一个 }", "}"),
        ("{% load x %}", "{% load x %}"),
    ],
)
def test_only_the_names_of_its_use_stand_in_braces(text, unknown):
    assert Wording.unknown(text, kind="return") == unknown


def test_what_is_put_in_is_never_read_again():
    row = Wording(kind="return", text="{单位名称}：{不足得分}")
    assert row.filled({"单位名称": "{不足得分}{x}", "不足得分": "58.20"}) == "{不足得分}{x}：58.20"
    assert row.filled({"单位名称": "示例"}) is None


def test_an_unknown_name_is_refused_at_entry(people):
    with pytest.raises(ValidationError) as wrong:
        save(people, "R02", text="请补充 {盖章页}")
    assert "“{盖章页}”不是本用途可用的占位" in wrong.value.message_dict["text"][0]
    assert Wording.objects.get(code="R02").text == "请补充诊断机构盖章页"


# --- changing them


def test_each_change_is_on_record_with_what_stood_before(people):
    save(people, "R02", text="请补充加盖公章的页面", order=5)
    (event,) = Event.objects.filter(stream="ledger:wording")
    assert (event.by, event.label, event.data["key"]) == (people.zhou, "修改用语", "R02")
    assert event.data["fields"] == {
        "text": ["请补充诊断机构盖章页", "请补充加盖公章的页面"],
        "order": ["20", "5"],
    }
    save(people, "R02")  # nothing changed, nothing to tell
    assert Event.objects.filter(stream="ledger:wording").count() == 1


def test_only_an_officer_writes_them_and_nobody_over_anothers_words(people):
    for outsider in (people.he, people.gao, people.zhao):
        with pytest.raises(NotYours):
            save(people, "R02", by=outsider, text="x")
    stood = values(Wording.objects.get(code="R02"))
    save(people, "R02", text="先到")
    with pytest.raises(NotNow, match="已被他人修改"):
        save(people, "R02", seen=stood, text="后到")
    assert Wording.objects.get(code="R02").text == "先到"


def test_a_new_wording_has_a_code_of_its_own(people):
    new = {"label": "另一项", "where": "佐证材料", "text": "请补充", "article": 6, "order": 1, "active": True}
    wordings.write(Wording(code="R10", kind="return"), new, seen={}, by=people.zhou, at=NOW)
    with pytest.raises(ValidationError, match="编号已被使用"):
        wordings.write(Wording(code="R10", kind="return"), new, seen={}, by=people.zhou, at=NOW)
    assert Event.objects.get(stream="ledger:wording").label == "新增用语"


# --- where they are offered


def review(people, case) -> str:
    return see(people.zhou, f"/applications/{case.no}/review/")


def test_the_review_page_offers_what_is_in_use_in_its_order(people):
    case = an_application(people)
    shown = review(people, case)
    assert 'data-text="请补充诊断机构盖章页"' in shown
    assert "请提交本年度（2026）或上一年度（2025）绿色诊断评估报告" in shown
    assert shown.index("报告年度不符") < shown.index("缺盖章页")
    save(people, "R02", active=False)
    save(people, "R03", order=1)
    shown = review(people, case)
    assert "缺盖章页" not in shown
    assert shown.index("缺区级推荐意见") < shown.index("报告年度不符")


@pytest.mark.article(8)
def test_words_that_would_not_be_true_are_not_offered(people):
    case = an_application(people)
    assert "得分未达要求" not in review(people, case)  # no score yet
    case = do(case, "type_score", people.zhou, **SCORED)
    assert "得分未达要求" not in review(people, case)
    assert "自评得分与综合得分相差 6.00 分" in review(people, case)
    do(case, "type_score", people.zhou, **SCORED | {"score": Decimal("58.20")})
    assert "综合得分 58.20 分，未达到 60 分" in review(people, case)
    an_edition(people, since=NOW.date(), pool_threshold=Decimal(65))
    assert "综合得分 58.20 分，未达到 65 分" in review(people, case)


def test_reasons_for_a_refusal_are_offered_to_who_may_refuse(people):
    case = an_application(people)
    assert "依据第一条、第二条不予入库" in review(people, case)
    assert "限制申报期内" not in review(people, case)  # nothing bars this entity
    district = an_application(people, "with_district", by=people.liu)
    assert "不予入库。" not in see(people.sun, f"/applications/{district.no}/review/")


def test_a_notice_begins_with_the_words_in_use_and_todays_contacts(people):
    an_application(people, "cleared")
    a_setting("notice_phone", "010-12345678")
    shown = see(people.zhou, "/publicity/new/")
    assert "根据《北京市绿色制造单位管理暂行办法（征求意见稿）》第六条" in shown
    assert "联系电话：010-12345678；电子邮箱：jnc@jxj.beijing.gov.cn" in shown
    save(people, "G01", text="另一正文，电话{联系电话}")
    assert "另一正文，电话010-12345678" in see(people.zhou, "/publicity/new/")


def test_answers_to_an_objection_are_offered_where_it_is_decided(people):
    objection = an_objection(people, an_application(people, "on_notice"))
    do(objection, "accept", people.zhou)
    assert "经核查，所反映的情况与事实不符，异议不成立。" in see(
        people.zhou, f"/objections/{objection.no}/dismiss/"
    )
