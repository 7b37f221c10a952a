"""新建申请 and what stands around it: clocks, open categories, what is taken over, drafts that outlive a call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from greenmfg import clock
from greenmfg.rulebook import Category
from registry.models import LegalEntity, PoolApplication, Standing, Unit
from tests.factories import NOW, a_call, a_draft, a_unit, an_application, at, do
from tests.people import Cast, cast
from tests.registry.pages import as_, plain, see

pytestmark = pytest.mark.django_db

ADDRESS = "/my/applications/new/"
SECOND = {"name": "2026年第二批", "opens_on": date(2026, 9, 1), "closes_on": date(2026, 9, 30)}


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


# --- the two clocks (Articles 12, 16)


def ended(
    entity: LegalEntity, *, level: str, barred_until: date | None = None, until: date, cause: str
) -> None:
    unit = Unit.objects.get(entity=entity)
    Standing.objects.create(
        unit=unit, level=level, name_as_published="x", since=date(2020, 1, 1), until=until,
        ended_cause=cause, barred_until=barred_until,
    )  # fmt: skip


FAILED, MOVED = "因复审不通过被撤销称号", "厂区迁址后复审不通过被撤销称号"
EXCEPTION = "因发生重组、主营业务变更、厂区迁址等重大调整被撤销称号的，可重新申报（第十二条）"


@pytest.mark.article(12)
@pytest.mark.parametrize(
    ("standing", "city", "national", "may_begin"),
    [
        pytest.param(
            {
                "level": "municipal",
                "until": date(2025, 5, 1),
                "barred_until": date(2028, 5, 1),
                "cause": FAILED,
            },
            "本市限制期因复审不通过被撤销称号，至2028年5月1日（含当日）不得重新申报绿色制造单位（第十二条）",
            "国家限制期不涉及国家名单，不适用（第十六条）",
            False,
            id="the bar runs",
        ),
        pytest.param(
            {
                "level": "municipal",
                "until": date(2022, 5, 1),
                "barred_until": date(2025, 5, 1),
                "cause": FAILED,
            },
            "本市限制期因复审不通过被撤销称号，限制期已于2025年5月1日届满（第十二条）",
            "国家限制期不涉及国家名单，不适用（第十六条）",
            True,
            id="the bar has ended",
        ),
        pytest.param(
            {"level": "national", "until": date(2025, 5, 1), "cause": "企业自行要求撤销"},
            "本市限制期未设限制期，可重新申报（第十二条）",
            "国家限制期于2025年5月1日被动态调整出国家名单，至2028年5月1日（含当日）不予列入国家名单（第十六条）",
            True,
            id="only the national clock runs",
        ),
        pytest.param(
            {"level": "national", "until": date(2025, 5, 1), "cause": MOVED},
            "本市限制期未设限制期，可重新申报（第十二条）",
            "国家限制期于2025年5月1日被动态调整出国家名单，至2028年5月1日（含当日）不予列入国家名单（第十六条）",
            True,
            id="the exception: a major change",
        ),
        pytest.param(
            {
                "level": "national",
                "until": date(2025, 5, 1),
                "barred_until": date(2028, 5, 1),
                "cause": FAILED,
            },
            "本市限制期因复审不通过被撤销称号，至2028年5月1日（含当日）不得重新申报绿色制造单位（第十二条）",
            "国家限制期于2025年5月1日被动态调整出国家名单，至2028年5月1日（含当日）不予列入国家名单（第十六条）",
            False,
            id="both run",
        ),
        pytest.param(
            {
                "level": "national",
                "until": date(2022, 5, 1),
                "barred_until": date(2025, 5, 1),
                "cause": FAILED,
            },
            "本市限制期因复审不通过被撤销称号，限制期已于2025年5月1日届满（第十二条）",
            "国家限制期于2022年5月1日被动态调整出国家名单，限制期已于2025年5月1日届满（第十六条）",
            True,
            id="both have ended",
        ),
    ],
)
def test_both_clocks_and_the_exception_are_shown_before_anything_is_filled_in(
    people, standing, city, national, may_begin
):
    a_call()
    a_unit(people.chen.entity, people.zhao.district)
    ended(people.chen.entity, **standing)
    page = plain(see(people.chen, ADDRESS))
    assert city in page
    assert national in page
    assert EXCEPTION in page
    assert ("开始填报" in page) is may_begin
    assert ("目前不能申报" in page) is not may_begin
    answer = as_(people.chen).post(ADDRESS, {"category": "green_factory"})
    assert answer.status_code == (302 if may_begin else 422)
    assert PoolApplication.objects.exists() is may_begin


@pytest.mark.article(12)
def test_without_a_revoked_title_it_says_so_and_still_names_the_exception(people):
    a_call()
    page = plain(see(people.chen, ADDRESS))
    assert "本单位没有被撤销绿色制造单位称号的记录" in page
    assert EXCEPTION in page


@pytest.mark.article(12)
def test_leaving_the_pool_sets_no_clock(people):
    an_application(people, "pool_left")
    with clock.fixed(at("2026-03-27")):
        assert "没有被撤销绿色制造单位称号的记录" in see(people.chen, ADDRESS)


# --- what is open


@pytest.mark.article(6)
def test_each_category_says_which_call_takes_it_or_why_none(people):
    a_call(categories=["green_factory"], text="请注意附件要求。")
    page = see(people.chen, ADDRESS)
    cards = re.findall(
        r"<label.*?</label>", page.partition("选择申请类型")[2].partition("</fieldset>")[0], re.S
    )
    factory, chain, park = map(plain, cards)
    assert "2026年第一批，2026年3月31日截止" in factory
    assert "暂不能申请：2026年第一批不征集绿色供应链管理企业（第六条）" in chain
    assert "暂不能申请：2026年第一批不征集绿色工业园区（第六条）" in park
    assert ["disabled" in card for card in cards] == [False, True, True]
    assert "请注意附件要求。" in page
    answer = as_(people.chen).post(ADDRESS, {"category": "green_park"})
    assert (answer.status_code, "不征集绿色工业园区" in answer.content.decode()) == (422, True)
    assert not PoolApplication.objects.exists()


@pytest.mark.article(6)
def test_a_draft_goes_into_the_call_that_takes_its_category(people):
    a_call(categories=["green_factory"])
    special = a_call(name="园区专项", categories=["green_park"], closes_on=date(2026, 4, 30))
    a_unit(people.chen.entity, people.zhao.district)
    as_(people.chen).post(ADDRESS, {"category": "green_park"})
    assert PoolApplication.objects.get().batch == special


@pytest.mark.article(6)
def test_while_none_is_open_the_next_opening_is_said(people):
    a_call(**SECOND)
    for address in (ADDRESS, "/my/"):
        assert "2026年第二批自2026年9月1日起征集" in see(people.chen, address)
    answer = as_(people.chen).post(ADDRESS, {"category": "green_factory"})
    assert (answer.status_code, "目前没有开放的征集批次" in answer.content.decode()) == (422, True)


# --- what is taken over


def test_a_new_application_is_filled_in_from_the_last_one_with_its_source(people):
    old = an_application(people, "refused")
    as_(people.chen).post(ADDRESS, {"category": "green_factory"})
    new = PoolApplication.objects.latest("pk")
    assert new.prefilled_from == old
    for name in PoolApplication.TAKEN_OVER:
        assert getattr(new, name) == getattr(old, name), name
    assert (new.unit_confirmed, new.score, new.submitted_on, new.demands) == (False, None, None, [])
    page = see(people.chen, f"/applications/{new.no}/tasks/data/")
    assert page.count("来自2026年第一批申请") == 4
    PoolApplication.objects.filter(pk=new.pk).update(water_m3=Decimal(1))
    assert see(people.chen, f"/applications/{new.no}/tasks/data/").count("来自2026年第一批申请") == 3


def test_without_an_earlier_one_the_register_is_the_source(people):
    a_call()
    a_unit(people.chen.entity, people.zhao.district)
    as_(people.chen).post(ADDRESS, {"category": "green_factory"})
    new = PoolApplication.objects.get()
    assert new.prefilled_from is None
    assert see(people.chen, f"/applications/{new.no}/tasks/unit/").count("来自单位名录") == 4
    assert "来自" not in see(people.chen, f"/applications/{new.no}/tasks/data/")


def test_another_units_application_is_no_source(people):
    an_application(people, "refused")
    as_(people.chen).post(ADDRESS, {"category": "green_park"})
    assert PoolApplication.objects.latest("pk").prefilled_from is None


# --- the way on after an end


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("district_declined", "区级未推荐"),
        ("lapsed", "逾期未补正，本申请不再受理"),
        ("refused", "本申请不予入库"),
        ("withdrawn", "本申请已撤回"),
        ("pool_left", "本单位已移出培育库"),
    ],
)
def test_every_end_shows_the_way_on(people, state, title):
    case = an_application(people, state)
    address = case.get_absolute_url()
    with clock.fixed(at("2026-03-27")):
        page = see(people.chen, address)
        assert title in page
        assert "2026年第一批正在征集，至2026年3月31日截止，现在即可重新申请" in page
        assert f'href="{ADDRESS}"' in page
    with clock.fixed(at("2026-05-01")):
        assert "下一批征集开放后可重新申请" in see(people.chen, address)
        a_call(**SECOND)
        assert "2026年第二批自2026年9月1日起征集，届时可重新申请" in see(people.chen, address)


@pytest.mark.parametrize("state", ["examining", "on_notice", "admitted"])
def test_what_goes_on_shows_none(people, state):
    assert "重新申请" not in see(people.chen, an_application(people, state).get_absolute_url())


# --- what follows from an act, asked before it is done


@pytest.mark.parametrize(
    ("state", "act", "who", "words"),
    [
        ("with_district", "decline", "zhao", ["即行办结", "理由将送达企业"]),
        ("returned_by_bureau", "lapse", "zhou", ["本批次不再受理，即行办结，不能恢复"]),
        ("examining", "refuse", "zhou", ["即行办结，不列入公示", "现在即可重新申请"]),
        ("cleared", "reopen", "zhou", ["退回“待市级审核”，审核期限重新起算", "不另行通知"]),
        (
            "admitted",
            "leave_pool",
            "zhou",
            ["自2026年3月27日终止，原因记入单位档案", "不再作为培育库单位推荐"],
        ),
        ("examining", "withdraw", "chen", ["即行办结，不能恢复", "现在即可重新申请"]),
    ],
)
def test_the_page_of_a_weighty_act_says_what_follows(people, state, act, who, words):
    case = an_application(people, state)
    with clock.fixed(at("2026-03-27")):
        page = plain(see(getattr(people, who), f"/applications/{case.no}/{act}/"))
    for each in words:
        assert each in page


def test_a_recommended_one_gives_its_place_back_and_the_page_says_so(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意推荐")
    assert "区级推荐名额退还该区" in plain(see(people.zhou, f"/applications/{case.no}/refuse/"))


# --- drafts that outlive their call


@pytest.mark.article(6)
def test_a_draft_whose_call_has_closed_offers_to_move(people):
    draft = a_draft(people)
    with clock.fixed(at("2026-04-10")):
        page = see(people.chen, draft.get_absolute_url())
        assert "2026年第一批征集已于2026年3月31日截止，草稿已保留，可用于下一批" in page
        assert "移至下一批" not in page
    a_call(**SECOND)
    with clock.fixed(at("2026-09-02")):
        for address in (draft.get_absolute_url(), "/my/"):
            assert "移至下一批" in see(people.chen, address)
        check = see(people.chen, f"{draft.get_absolute_url()}check/")
        assert "本次提交计入2026年第二批" in check
        answer = as_(people.chen).post(f"{draft.get_absolute_url()}move/", {"seen": draft.version})
        assert answer["Location"] == draft.get_absolute_url()
        page = see(people.chen, draft.get_absolute_url())
        assert "由2026年第一批移至2026年第二批" in page
        assert "移至下一批" not in page
    assert PoolApplication.objects.get().batch.name == "2026年第二批"


@pytest.mark.article(6)
def test_an_open_draft_says_nothing_of_moving(people):
    draft = a_draft(people)
    assert "移至" not in see(people.chen, draft.get_absolute_url())
    answer = as_(people.chen).post(f"{draft.get_absolute_url()}move/", {"seen": draft.version})
    assert answer.status_code == 409
    assert Category.GREEN_FACTORY in draft.batch.categories
