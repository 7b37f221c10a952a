"""What each act of an application writes, and what the measure says against it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from greenmfg.rulebook import Category, Level, Material, NotAScore
from registry.models import Batch, PoolApplication, Standing, Unit
from tests.factories import (
    AFTER_NOTICE,
    DEMANDS,
    NOW,
    SCORED,
    a_call,
    a_document,
    a_draft,
    a_notice,
    a_unit,
    an_application,
    an_edition,
    at,
    do,
)
from tests.people import cast
from tests.registry.papers import an_objection

NOTHING = {"by": None, "at": NOW, "reason": ""}


def body(act: str, **data) -> dict[str, object]:
    """Carry out the body of an act on an application in memory; what it wrote, and no effects."""
    call = Batch(id=1, opens_on=date(2026, 3, 1), closes_on=date(2026, 3, 31))
    unit = Unit(id=1, category=Category.GREEN_FACTORY)
    case = PoolApplication(state=PoolApplication.acts()[act].sources[0], batch=call, unit=unit)
    before = {f.name: f.value_from_object(case) for f in case._meta.concrete_fields}
    effects = getattr(case, act)(**NOTHING | data)
    assert not effects
    after = {f.name: f.value_from_object(case) for f in case._meta.concrete_fields}
    return {name: value for name, value in after.items() if value != before[name]}


# --- bodies, without a database


def test_nominate_self_notes_the_route_and_the_day():
    assert body("nominate_self") == {
        "state": "examining",
        "route": "self",
        "submitted_on": date(2026, 3, 18),
    }


def test_ask_district_notes_the_route_and_the_day():
    assert body("ask_district") == {
        "state": "with_district",
        "route": "district",
        "submitted_on": date(2026, 3, 18),
    }


def test_the_day_is_that_of_beijing():
    assert body("nominate_self", at=at("2026-03-19 00:30"))["submitted_on"] == date(2026, 3, 19)


@pytest.mark.django_db
def test_a_draft_that_outlived_its_call_files_with_the_one_that_is_open():
    people = cast()
    draft = a_draft(people)
    call = a_call(name="2026年第二批", opens_on=date(2026, 9, 1), closes_on=date(2026, 9, 30))
    filed = do(draft, "nominate_self", people.chen, when=at("2026-09-10"))
    assert (filed.state, filed.batch) == ("examining", call)


@pytest.mark.django_db
def test_a_draft_waits_while_no_call_is_open():
    people = cast()
    draft = a_draft(people)
    assert [f.message for f in draft.findings("nominate_self", at("2026-04-01"))] == [
        "2026年第一批征集已于2026年3月31日截止，草稿已保留，可用于下一批"
    ]


def test_recommend_keeps_the_opinion_and_the_day():
    assert body("recommend", reason="同意") == {
        "state": "examining",
        "recommended_on": date(2026, 3, 18),
        "opinion": "同意",
    }


@pytest.mark.parametrize(
    ("act", "target"),
    [("return_by_district", "returned_by_district"), ("return_by_bureau", "returned_by_bureau")],
)
def test_a_return_carries_its_demands(act, target):
    assert body(act, demands=DEMANDS, due_on=date(2026, 3, 25)) == {"state": target, "demands": DEMANDS}


def test_type_score_writes_score_source_and_requirements():
    assert body("type_score", **SCORED) == {
        "score": Decimal("72.50"),
        "score_source": "第三方评价报告第41页",
        "meets_requirements": True,
    }


@pytest.mark.parametrize("score", ["NaN", "-0.01", "100.01", "59.995", "Infinity"])
def test_what_is_no_score_is_refused(score):
    with pytest.raises(NotAScore):
        body("type_score", **SCORED | {"score": Decimal(score)})


def test_a_recheck_lets_the_agency_in_and_its_end_lets_it_out():
    assert body("recheck", agency_id=7) == {"state": "rechecking", "agency": 7}
    assert body("end_recheck") == {"state": "examining"}
    assert body("take_score", score=Decimal("81.30"), score_source="示例机构", meets_requirements=True) == {
        "score": Decimal("81.30"),
        "score_source": "示例机构",
        "meets_requirements": True,
    }


def test_a_check_without_a_score_leaves_the_score_as_it_was():
    assert body("take_score", score=None, score_source="示例机构", meets_requirements=False) == {
        "meets_requirements": False
    }


ONLY_THE_STATE = [
    ("decline", "district_declined"),
    ("resubmit_to_district", "with_district"),
    ("lapse_with_district", "lapsed"),
    ("clear", "cleared"),
    ("resubmit_to_bureau", "examining"),
    ("lapse", "lapsed"),
    ("refuse", "refused"),
    ("reopen", "examining"),
    ("announce", "on_notice"),
    ("uphold", "examining"),
    ("withdraw", "withdrawn"),
]


@pytest.mark.parametrize(("act", "target"), ONLY_THE_STATE)
def test_the_other_acts_move_the_state_and_nothing_else(act, target):
    assert body(act) == {"state": target}


@pytest.mark.parametrize("act", ["hold", "release", "extend"])
def test_what_is_only_told_moves_nothing(act):
    assert PoolApplication.acts()[act].sources == (PoolApplication.acts()[act].target,) == ("on_notice",)
    assert body(act) == {}


def test_every_body_has_its_test():
    tested = {act for act, _ in ONLY_THE_STATE} | {
        "nominate_self", "ask_district", "recommend", "return_by_district", "return_by_bureau",
        "type_score", "admit", "leave_pool", "recheck", "take_score", "end_recheck",
        "hold", "release", "extend",
    }  # fmt: skip
    assert tested == set(PoolApplication.acts())


# --- bodies that write rows, and the measure


@pytest.fixture
def people(db):
    return cast()


def told(case, act, when=NOW) -> list[tuple[int, bool]]:
    fresh = PoolApplication.objects.get(pk=case.pk)
    return [(finding.article, finding.binding) for finding in fresh.findings(act, when)]


def test_admit_opens_the_pool_standing(people):
    case = an_application(people, "admitted")
    standing = Standing.objects.get()
    assert (standing.unit, standing.level, standing.batch, standing.since, standing.until) == (
        case.unit,
        Level.POOL,
        "2026年第一批",
        date(2026, 3, 26),
        None,
    )
    assert (standing.name_as_published, standing.opened_by_case_id) == ("京华示例机电有限公司", case.pk)


def test_leave_pool_ends_it_with_its_cause(people):
    an_application(people, "pool_left")
    standing = Standing.objects.get()
    assert (standing.until, standing.ended_cause) == (date(2026, 3, 26), "企业停产")


def test_a_complete_factory_may_nominate_itself(people):
    draft = a_draft(people)
    assert told(draft, "nominate_self") == []
    assert told(draft, "ask_district") == []


def test_a_supply_chain_enterprise_goes_through_its_district(people):
    draft = a_draft(people, category=Category.GREEN_SUPPLY_CHAIN)
    assert told(draft, "nominate_self") == [(5, True)]
    assert told(draft, "ask_district") == []


def test_filing_needs_an_open_call(people):
    draft = a_draft(people)
    Batch.objects.update(opens_on=date(2026, 3, 19))
    assert told(draft, "nominate_self") == [(6, True)]
    Batch.objects.update(opens_on=date(2026, 3, 1), closes_on=date(2026, 3, 18))
    assert told(draft, "nominate_self", at("2026-03-18 23:59")) == []
    assert told(draft, "nominate_self", at("2026-03-19 00:00")) == [(6, True)]


def test_the_close_of_a_call_binds_the_first_filing_only(people):
    case = an_application(people, "returned_by_bureau")
    assert told(case, "resubmit_to_bureau", at("2026-04-20")) == []


def test_the_report_is_of_this_year_or_the_last(people):
    draft = a_draft(people)
    for year, findings in [
        (2024, [(5, True)]),
        (2025, []),
        (2026, []),
        (2027, [(5, True)]),
        (None, [(5, True)]),
    ]:
        PoolApplication.objects.filter(pk=draft.pk).update(report_year=year)
        assert told(draft, "nominate_self") == findings


def test_a_report_that_was_in_time_stays_so_over_new_year(people):
    case = an_application(people, "examining")
    case = do(case, "type_score", people.zhou, **SCORED)
    assert told(case, "clear", at("2027-02-01")) == []


def test_a_missing_report_is_named(people):
    draft = a_draft(people)
    draft.documents.update(superseded_at=NOW)
    assert told(draft, "nominate_self") == [(5, True)]
    a_document(draft, Material.DIAGNOSIS_REPORT, people.chen)
    assert told(draft, "nominate_self") == []


@pytest.mark.parametrize(
    "empty", [{"unit_confirmed": False}, {"data_year": None}, {"output_value": None}, {"energy_tce": None}, {"self_score": None}]
)  # fmt: skip
def test_an_answer_that_is_missing_is_named(people, empty):
    draft = a_draft(people)
    PoolApplication.objects.filter(pk=draft.pk).update(**empty)
    assert told(draft, "nominate_self") == [(6, True)]


def test_a_park_is_not_asked_for_its_own_score(people):
    draft = a_draft(people, category=Category.GREEN_PARK)
    PoolApplication.objects.filter(pk=draft.pk).update(self_score=None)
    assert told(draft, "nominate_self") == []


def test_an_entity_under_a_bar_waits_in_every_category(people):
    draft = a_draft(people)
    other = a_unit(people.chen.entity, people.zhao.district, Category.GREEN_PARK)
    Standing.objects.create(
        unit=other, level=Level.MUNICIPAL, name_as_published="x", since=date(2020, 1, 1),
        until=date(2025, 1, 1), ended_cause="复审未通过", barred_until=date(2028, 1, 1),
    )  # fmt: skip
    assert [article for article, _ in told(draft, "nominate_self")] == [12]


def test_a_factory_is_cleared_with_a_score_and_below_60_with_a_reason(people):
    case = an_application(people, "examining")
    assert told(case, "clear") == [(8, True)]
    for score, findings in [("59.99", [(8, False)]), ("60.00", []), ("100.00", [])]:
        PoolApplication.objects.filter(pk=case.pk).update(score=score, score_source="报告")
        assert told(case, "clear") == findings


def test_a_supply_chain_enterprise_is_not_cleared_without_its_recommendation(people):
    case = an_application(people, "examining", category=Category.GREEN_SUPPLY_CHAIN)
    assert told(case, "clear") == []
    PoolApplication.objects.filter(pk=case.pk).update(recommended_on=None)
    assert told(case, "clear") == [(5, True)]


@pytest.mark.parametrize(
    ("state", "act"), [("returned_by_district", "lapse_with_district"), ("returned_by_bureau", "lapse")]
)
def test_nothing_lapses_before_its_day_is_over(people, state, act):
    case = an_application(people, state)
    assert told(case, act, at("2026-03-25 23:59")) == [(6, True)]
    assert told(case, act, at("2026-03-26 00:00")) == []


def test_nobody_enters_before_the_notice_is_over_and_closed(people):
    case = an_application(people, "on_notice")
    assert told(case, "admit", at("2026-03-25 23:59")) == [(6, True)]
    assert told(case, "admit", AFTER_NOTICE) == [(6, True)]
    notice = case.notice_lines.get().publicity
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    assert told(case, "admit", AFTER_NOTICE) == []


def test_an_open_objection_holds_its_unit_and_no_other(people):
    held, free = an_application(people, "cleared"), an_application(people, "cleared", by=people.liu)
    notice = a_notice(people, held, free)
    objection = an_objection(people, held)
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    assert told(held, "admit", AFTER_NOTICE) == [(6, True)]
    assert told(free, "admit", AFTER_NOTICE) == []
    do(do(objection, "accept", people.zhou), "dismiss", people.zhou, reason="查无实据")
    assert told(held, "admit", AFTER_NOTICE) == []


def test_after_an_upheld_objection_the_first_notice_counts_no_more(people):
    case = an_application(people, "on_notice")
    first = case.notice_lines.get().publicity
    do(do(an_objection(people, case), "accept", people.zhou), "uphold", people.zhou, reason="属实")
    do(first, "close", people.zhou, when=AFTER_NOTICE)
    case = do(case, "clear", people.zhou, when=AFTER_NOTICE)
    a_notice(people, case, when=AFTER_NOTICE)
    assert told(case, "admit", at("2026-04-30")) == [(6, True)]


def test_a_unit_in_the_pool_neither_applies_nor_enters_again(people):
    draft, case = a_draft(people), an_application(people, "on_notice", by=people.liu)
    do(case.notice_lines.get().publicity, "close", people.zhou, when=AFTER_NOTICE)
    for application in (draft, case):
        Standing.objects.create(unit=application.unit, level=Level.POOL, name_as_published="x")
    assert told(draft, "nominate_self") == told(draft, "ask_district") == [(6, True)]
    assert told(case, "admit", AFTER_NOTICE) == [(6, True)]


def test_a_unit_has_one_standing_of_a_level_at_a_time(people):
    case = an_application(people, "admitted")
    with pytest.raises(IntegrityError, match="standing_one_current"), transaction.atomic():
        Standing.objects.create(unit=case.unit, level=Level.POOL, name_as_published="x")


@pytest.mark.django_db
def test_the_threshold_is_that_of_the_edition_in_force_on_the_day():
    people = cast()
    case = do(an_application(people), "type_score", people.zhou, **SCORED)
    assert case.findings("clear", NOW) == []
    an_edition(people, since=NOW.date(), pool_threshold=Decimal(80))
    (found,) = case.findings("clear", NOW)
    assert (found.article, found.binding) == (8, False)
    assert "原则上应达到 80 分" in found.message
