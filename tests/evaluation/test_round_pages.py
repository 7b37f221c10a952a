"""The pages of the grading round: what each person is shown and offered, what is done, and what a refusal says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.models import Grading, GradingRound
from evaluation.scoring import Answer
from greenmfg import clock
from greenmfg.rulebook import DRAFT_2023
from registry.models import Case, Diagnosis, Event, Grade
from registry.upkeep import editions
from registry.views.exports import MEDIA_TYPES
from tests.evaluation.checks import another_agency
from tests.evaluation.gradings import a_grading, a_round, a_scheme, answered, listed
from tests.factories import NOW, a_unit, at, do
from tests.people import cast
from tests.registry.pages import as_, chosen, enterprise, plain, see

pytestmark = [pytest.mark.django_db, pytest.mark.article(7)]

NEW = {"name": "2026年度分级评价", "year": "2026", "own_due_on": "2026-03-31", "text": ""}
BETTER = {"G1": Answer(value=Decimal(20)), "G2": Answer(value=Decimal(8)), "N1": Answer(value=Decimal(1))}


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def in_march():
    with clock.fixed(NOW):
        yield


def factories_listed(people, count: int) -> list:
    return [listed(a_unit(enterprise(100 + n).entity, people.zhao.district)) for n in range(count)]


def post(user, path: str, status: int = 200, **data) -> str:
    response = as_(user).post(path, data)
    assert response.status_code == status, f"{path}: {response.status_code}"
    return response.get("Location") or response.content.decode()


def columns(html: str) -> dict[str, str]:
    """Title of each column of 确认级别 → its words."""
    found = re.findall(r'<section class="panel band-column".*?</section>', html, re.S)
    return {re.search(r"<h2[^>]*>(.*?)</h2>", one)[1]: plain(one) for one in found}


def boxes(html: str) -> list[str]:
    return re.findall(r'name="case" value="([\d:]+)"', html)


# --- planning


def test_an_officer_plans_a_round_and_goes_on_to_its_units(people):
    scheme = a_scheme(people)
    page = see(people.zhou, "/grading/new/")
    assert "测试指标体系（factory-test）" in page
    assert 'value="2026"' in page
    where = post(people.zhou, "/grading/new/", 302, **NEW, scheme=scheme.pk)
    round = GradingRound.objects.get()
    assert (where, round.year, round.scheme, round.own_due_on) == (
        f"/grading/{round.pk}/units/", 2026, scheme, date(2026, 3, 31),
    )  # fmt: skip
    assert "新建分级评价批次" in see(people.he, f"/grading/{round.pk}/")
    assert "2026年度分级评价" in see(people.zhou, "/grading/")


def test_without_a_scheme_in_force_the_page_says_so_and_what_to_do(people):
    a_scheme(people, since=None)
    page = see(people.zhou, "/grading/new/")
    assert "没有施行中的绿色工厂指标体系" in page
    assert 'href="/manage/indicators/"' in page
    assert "请选择施行中的绿色工厂指标体系" in post(people.zhou, "/grading/new/", 422, **NEW, scheme="")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "请填写名称"),
        ("name", "旧批次", "该名称已被使用，请更换"),
        ("year", "二〇二六", "请填写四位年份，如 2026"),
        ("year", "1999", "评价年度应在 2025–2027 年之间"),
        ("own_due_on", "2026-13-01", "请填写自评截止日，如 2026-03-31"),
        ("own_due_on", "2026-03-18", "自评截止日应晚于今天，且在一年以内"),
        ("scheme", "99999", "请选择施行中的绿色工厂指标体系"),
    ],
)
def test_a_wrong_field_is_told_at_its_place_and_nothing_is_lost(people, field, value, words):
    scheme = a_round(people, name="旧批次").scheme
    page = post(
        people.zhou, "/grading/new/", 422, **NEW | {"scheme": scheme.pk, "text": "本年安排", field: value}
    )
    assert words in page
    assert "本年安排" in page
    assert GradingRound.objects.count() == 1


# --- taking units in


def test_units_are_proposed_first_and_then_taken_in_and_a_resend_says_the_same(people):
    round, (one, two) = a_round(people), factories_listed(people, 2)
    other = another_agency().agency
    Diagnosis.objects.create(unit=one, year=2025, agency=people.wu.agency)
    page = see(people.zhou, f"/grading/{round.pk}/units/")
    assert one.name in page
    assert "未评过" in page
    proposal = post(people.zhou, f"/grading/{round.pk}/include/", unit=[one.pk, two.pk], agency="auto")
    assert "尚未办理" in proposal
    assert f'value="{one.pk}:{other.pk}" selected' in proposal
    assert f'value="{two.pk}:{people.wu.agency_id}" selected' in proposal
    assert not Case.objects.exists()
    sheet = {"op": "one-op", "assign": [f"{one.pk}:{other.pk}", f"{two.pk}:{people.wu.agency_id}"]}
    first = post(people.zhou, f"/grading/{round.pk}/include/", **sheet)
    assert "已纳入 2 家" in first
    again = post(people.zhou, f"/grading/{round.pk}/include/", **sheet)
    assert plain(again) == plain(first)
    assert dict(Grading.objects.values_list("unit", "agency")) == {
        one.pk: other.pk,
        two.pk: people.wu.agency_id,
    }
    assert "没有尚未纳入的单位" in see(people.zhou, f"/grading/{round.pk}/units/")


def test_all_units_under_a_filter_are_taken_and_no_other(people):
    round, inside = a_round(people), factories_listed(people, 2)
    outside = listed(a_unit(enterprise(9).entity, people.sun.district))
    path = f"/grading/{round.pk}/include/?district=110114"
    proposal = post(people.zhou, path, all="1", agency=people.wu.agency_id)
    assert all(f'value="{unit.pk}:{people.wu.agency_id}" selected' in proposal for unit in inside)
    assert outside.name not in proposal


def test_who_is_left_out_is_named_with_why(people):
    round, (one, two) = a_round(people), factories_listed(people, 2)
    Diagnosis.objects.create(unit=one, year=2025, agency=people.wu.agency)
    agency = people.wu.agency_id
    proposal = post(people.zhou, f"/grading/{round.pk}/include/", unit=[one.pk, two.pk], agency=agency)
    assert "其中 1 家所选的评价机构应当回避或者达到上限" in proposal
    sheet = {"op": "op", "assign": [f"{one.pk}:{agency}", f"{two.pk}:", ""]}
    page = post(people.zhou, f"/grading/{round.pk}/include/", **sheet)
    assert "已纳入 0 家，未纳入 2 家" in page
    assert "承担过该单位 2025 年度绿色诊断" in page
    assert "请先选定评价机构" in page


def test_a_proposal_costs_the_same_for_more_units(people):
    round, units = a_round(people), factories_listed(people, 4)
    client = as_(people.zhou)

    def cost(count: int) -> int:
        chosen_units = {"unit": [unit.pk for unit in units[:count]], "agency": "auto"}
        with CaptureQueriesContext(connection) as queries:
            assert client.post(f"/grading/{round.pk}/include/", chosen_units).status_code == 200
        return len(queries)

    cost(1)
    assert cost(4) == cost(1) <= 19


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"agency": "auto"}, "请至少选择一家单位"),
        ({"agency": "auto", "unit": ["x", "999999"]}, "请至少选择一家单位"),
        ({"agency": "999999", "all": "1"}, "请从所列评价机构中选择，或者选自动分配"),
        ({"op": "op", "assign": ["x:y", ":3", ""]}, "请至少选择一家单位"),
    ],
)
def test_a_choice_of_nothing_is_told_and_takes_nobody_in(people, data, words):
    round = a_round(people)
    factories_listed(people, 1)
    assert words in post(people.zhou, f"/grading/{round.pk}/include/", 422, **data)
    assert not Case.objects.exists()


def test_a_round_that_has_ended_takes_nobody_in(people):
    round, (unit,) = a_round(people), factories_listed(people, 1)
    GradingRound.objects.filter(pk=round.pk).update(ended_at=NOW)
    assert "已结束" in post(people.zhou, f"/grading/{round.pk}/include/", 409, unit=unit.pk, agency="auto")


def test_a_suspended_agency_and_one_without_people_are_not_offered(people):
    round = a_round(people)
    factories_listed(people, 1)
    suspended = another_agency("暂停机构").agency
    type(suspended).objects.filter(pk=suspended.pk).update(suspended_because="整改")
    type(suspended).objects.create(name="无人机构")
    page = see(people.zhou, f"/grading/{round.pk}/units/")
    assert people.wu.agency.name in page
    assert "暂停机构" not in page
    assert "无人机构" not in page


# --- progress


def test_progress_leads_to_just_these_gradings_and_a_district_sees_its_own(people):
    round = a_round(people)
    case = a_grading(people, round=round)
    apart = a_grading(
        people, "to_assign", round=round, unit=listed(a_unit(people.chen.entity, "110114", site="二厂"))
    )
    other = listed(a_unit(enterprise(9).entity, people.sun.district))
    post(people.zhou, f"/grading/{round.pk}/include/", op="op", assign=f"{other.pk}:{people.wu.agency_id}")
    page = see(people.zhou, f"/grading/{round.pk}/")
    assert "纳入 3 家，已定级 0 家" in page
    assert "未指派" in page
    mine = see(people.zhao, f"/grading/{round.pk}/")
    assert "纳入 2 家，已定级 0 家" in mine
    assert "大兴" not in mine
    assert "各评价机构进度" not in mine
    link = f"/gradings/?round={round.pk}&district=110114&tab=self_assessing"
    assert link.replace("&", "&amp;") in page
    rows = see(people.zhou, link)
    assert case.no in rows
    assert other.name not in rows
    assert apart.no in see(people.zhou, f"/gradings/?round={round.pk}&agency=none&tab=all")
    with clock.fixed(at("2026-04-01")):
        assert "2 家单位的分级评价已逾期" in see(people.zhou, f"/grading/{round.pk}/")
        assert case.no in see(people.zhou, f"/gradings/?round={round.pk}&late=yes&tab=all")
    answer = as_(people.zhou).get(f"/grading/{round.pk}/?export=xlsx")
    assert answer["Content-Type"] == MEDIA_TYPES["xlsx"]


def test_evaluators_see_their_own_gradings_and_districts_no_score_before_the_grade(people):
    case = a_grading(people, "concluded")
    assert case.no in see(people.wu, "/gradings/?tab=all")
    assert case.no not in see(another_agency(), "/gradings/?tab=all")
    assert "45.00" in see(people.zhou, "/gradings/?tab=all")
    assert "45.00" not in see(people.zhao, "/gradings/?tab=all")
    do(case, "award", people.zhou)
    page = see(people.zhao, "/gradings/?tab=all")
    assert "45.00" in page
    assert DRAFT_2023.bands[0].title in page


# --- confirming


def test_units_stand_under_the_bands_with_their_duties_and_are_confirmed_in_bulk(people):
    round = a_round(people)
    case = a_grading(people, "concluded", round=round)
    case = do(case, "revise", people.zhou, reason="现场核实", item="G1", answer={"value": "20"})
    path = f"/grading/{round.pk}/confirm/"
    found = columns(see(people.he, path))
    assert list(found) == [*(band.title for band in DRAFT_2023.bands), "无相应级别"]
    assert all(plain(band.duties) in found[band.title] for band in DRAFT_2023.bands)
    lowest = found[DRAFT_2023.bands[0].title]
    assert all(words in lowest for words in ("京华示例机电有限公司", "昌平", "52.50", "首次", "市局修改1项"))
    assert boxes(see(people.he, path)) == []
    assert boxes(see(people.zhou, f"{path}?q=京华&district=110114&state=concluded")) == chosen(case)
    for other in ("q=燕山", "district=110115", "state=graded"):
        assert boxes(see(people.zhou, f"{path}?{other}")) == []
    assert boxes(see(people.zhou, path)) == chosen(case)
    post(people.he, path, 403, case=chosen(case), op="op")
    assert "请至少选择一家单位" in post(people.zhou, path, 422, op="op")
    sheet = {"case": chosen(case), "op": "op"}
    first = post(people.zhou, path, **sheet)
    assert "已确认 1 家" in first
    assert plain(post(people.zhou, path, **sheet)) == plain(first)
    grade = Grade.objects.get()
    assert (grade.score, grade.band, grade.year) == (Decimal("52.50"), DRAFT_2023.bands[0].code, 2026)
    assert Event.objects.filter(act="award").count() == 1
    after = columns(see(people.zhou, path))[DRAFT_2023.bands[0].title]
    assert "已定级" in after
    assert boxes(see(people.zhou, path)) == []


def test_one_that_was_changed_meanwhile_is_left_out_and_the_others_are_confirmed(people):
    round = a_round(people)
    case = a_grading(people, "concluded", round=round)
    (unit,) = factories_listed(people, 1)
    stale = chosen(case)
    do(case, "revise", people.zhou, reason="现场核实", item="G1", answer={"value": "20"})
    page = post(people.zhou, f"/grading/{round.pk}/confirm/", case=stale, op="op")
    assert "已确认 0 家，未确认 1 家" in page
    assert "请核对后再办" in page
    assert unit.name not in page


def test_moves_against_the_last_grade_and_wide_gaps_are_told_in_words(people):
    first = a_round(people)
    a_grading(people, "graded", round=first)
    with clock.fixed(at("2026-12-01")):
        later = a_round(people, scheme=first.scheme, name="次年", year=2027, own_due_on=date(2026, 12, 31))
        case = a_grading(people, "concluded", round=later, when=clock.now())
        lowest = columns(see(people.zhou, f"/grading/{later.pk}/confirm/"))[DRAFT_2023.bands[0].title]
        assert "持平" in lowest
        assert "上次：2026年度绿色工厂达标企业" in lowest
        case = do(case, "send_back", people.zhou, when=clock.now(), reason="请复核")
        answered(people, case, "concluded", when=clock.now(), **BETTER)
        found = columns(see(people.zhou, f"/grading/{later.pk}/confirm/"))
        assert "京华" not in found[DRAFT_2023.bands[0].title]
        assert "上升" in found[DRAFT_2023.bands[1].title]
        assert "自评与第三方评价相差32.00分" in found[DRAFT_2023.bands[1].title]


def test_an_edition_of_five_bands_gives_five_columns(people):
    fields, bands = editions.copied(DRAFT_2023)
    top = bands[-1] | {"code": "", "name": "卓越", "title": "绿色工厂卓越企业", "lower": Decimal("97.5")}
    fields |= {"code": "2026-05", "title": "五级办法", "basis": "测试文件", "note": ""}
    row = editions.draft(fields, [*bands, top], by=people.zhou, at=NOW)
    editions.put_in_force(row, since=NOW.date(), seen=row.version, by=people.he, at=NOW)
    found = columns(see(people.zhou, f"/grading/{a_round(people).pk}/confirm/"))
    assert list(found) == [*(band.title for band in DRAFT_2023.bands), "绿色工厂卓越企业", "无相应级别"]
    assert "97.5分（含）以上" in found["绿色工厂卓越企业"]
    assert "90（含）–97.5分" in found[DRAFT_2023.bands[-1].title]


# --- ending


def test_a_round_is_ended_once_all_is_decided(people):
    round = a_round(people)
    case = a_grading(people, "concluded", round=round)
    path = f"/grading/{round.pk}/end/"
    assert "还有 1 家单位的分级评价没有办结" in see(people.zhou, path)
    assert "还有 1 家单位的分级评价没有办结" in post(people.zhou, path, 422, seen="0")
    do(case, "award", people.zhou)
    assert post(people.zhou, path, 302, seen="0", reason="全部定级") == f"/grading/{round.pk}/"
    page = see(people.he, f"/grading/{round.pk}/")
    assert "已结束" in page
    assert "全部定级" in page
    assert "已结束" in post(people.zhou, path, 409, seen="1")
    assert "现在不能办理" in see(people.zhou, path, 409)
