"""What each act of an evaluation does to it and to the application, and what the measure says against it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from evaluation.models import Evaluation, standing_aside
from greenmfg.rulebook import Category
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.drafts import save_draft
from registry.models import Diagnosis, Event, Message, PoolApplication
from registry.verify import verify
from tests.evaluation.checks import ANSWERS, a_check, an_evaluation, another_agency, answered, brought_to
from tests.factories import NOW, SCORED, an_application, at, do
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


def target_of(check) -> PoolApplication:
    return PoolApplication.objects.get(pk=check.target_id)


def fresh(check) -> Evaluation:
    return Evaluation.objects.get(pk=check.pk)


def told(check, act: str) -> list[tuple[int, str]]:
    return [(f.article, f.message) for f in fresh(check).findings(act, NOW)]


@pytest.mark.article(3)
def test_commissioning_moves_the_application_and_tells_the_agency_the_unit_and_its_district(people):
    check = a_check(people)
    case = target_of(check)
    assert (check.no, check.state, check.unit_id, check.district_id) == (
        "PJ-2026-0001",
        "assigned",
        case.unit_id,
        "110114",
    )
    assert (case.state, case.agency) == ("rechecking", people.wu.agency)
    assert check.due_on == case.due_on == date(2026, 4, 9)  # 15 working days, over 清明
    recheck = case.events.get(act="recheck")
    assert (recheck.caused_by.act, recheck.reason, recheck.internal) == ("commission", "", False)
    assert check.events.get().data["task"] == "复核能源资源数据"
    letters = Message.objects.values_list("event__act", "to__name").order_by("to__name")
    assert set(letters.filter(event__act__in=["commission", "recheck"])) == {
        ("commission", "吴迪"),
        ("recheck", "陈晨"),
        ("recheck", "赵敏"),
    }


def test_beginning_does_not_move_the_day(people):
    check = do(a_check(people), "begin", people.wu, when=at("2026-03-24"), independent=True)
    assert check.due_on == date(2026, 4, 9)
    assert check.events.get(act="begin").data["independent"] is True


@pytest.mark.article(8)
def test_confirming_passes_the_score_with_its_source_in_an_event_of_the_bureaus_own(people):
    check = a_check(people, "confirmed")
    case = target_of(check)
    assert (case.state, case.agency, case.score) == ("examining", None, Decimal("81.30"))
    assert case.score_source == "示例评价中心第三方评价（PJ-2026-0001）"
    assert case.meets_requirements is True
    assert case.due_on == date(2026, 4, 1)
    back = case.events.order_by("seq").values_list("act", "internal", "caused_by__act")
    assert list(back)[-2:] == [("end_recheck", False, "confirm"), ("take_score", True, "confirm")]
    # The enterprise and the district read that it went and came back, not the score.
    for person in (people.chen, people.zhao):
        labels = list(case.events.visible_to(person).order_by("seq").values_list("label", flat=True))
        assert labels == ["自荐提交", "转第三方复核", "第三方复核结束"]
    do(case, "clear", people.zhou)
    verify()


def test_a_typed_score_gives_way_to_the_confirmed_one(people):
    case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
    brought_to(people, an_evaluation(people, case), "confirmed")
    assert PoolApplication.objects.get(pk=case.pk).score == Decimal("81.30")


@pytest.mark.parametrize("category", [Category.GREEN_PARK, Category.GREEN_SUPPLY_CHAIN])
@pytest.mark.article(8)
def test_a_park_and_a_supply_chain_enterprise_get_a_verdict_and_no_score(people, category):
    check = a_check(people, "scoring", category=category)
    check = answered(check, people.wu, meets_requirements=False)
    pushed = save_draft(check, by=people.wu, seen=fresh(check).version, score=Decimal("81.30"))
    assert told(pushed, "conclude") == [(8, "没有指标体系的单位只作是否符合评价要求的结论，不填写得分")]
    save_draft(pushed, by=people.wu, seen=pushed.version, score=None)
    do(do(check, "conclude", people.wu), "confirm", people.zhou)
    case = target_of(check)
    assert (case.score, case.score_source, case.meets_requirements) == (None, "", False)


@pytest.mark.article(8)
def test_a_conclusion_wants_score_verdict_words_and_report(people):
    check = a_check(people, "scoring")
    assert told(check, "conclude") == [
        (8, "请填写综合评价得分"),
        (8, "请选择是否符合评价要求"),
        (8, "请填写评价结论"),
        (8, "请上传第三方评价报告"),
    ]
    with pytest.raises(AgainstRule) as refused:
        do(check, "conclude", people.wu)
    assert [finding.article for finding in refused.value.findings] == [8, 8, 8, 8]
    check = answered(check, people.wu)
    assert told(check, "conclude") == []
    check.documents.update(superseded_at=NOW)
    assert told(check, "conclude") == [(8, "请上传第三方评价报告")]


def test_submitting_freezes_what_was_concluded(people):
    check = a_check(people, "concluded")
    first = check.submissions.get()
    payload = json.loads(first.payload)
    assert (payload["score"], payload["meets_requirements"], payload["conclusion"]) == (
        "81.30",
        "True",
        ANSWERS["conclusion"],
    )
    assert [one["kind"] for one in payload["documents"]] == ["evaluation_report"]
    with pytest.raises(NotNow):
        save_draft(check, by=people.wu, seen=check.version, score=Decimal("90.00"))
    check = do(check, "send_back", people.zhou, reason="请补充现场核查情况")
    save_draft(check, by=people.wu, seen=check.version, score=Decimal("79.00"))
    check = do(check, "conclude", people.wu)
    scores = [json.loads(one.payload)["score"] for one in check.submissions.all()]
    assert scores == ["81.30", "79.00"]


@pytest.mark.parametrize("state", ["assigned", "scoring"])
@pytest.mark.article(3)
def test_stepping_aside_gives_the_application_back_and_keeps_the_reason_here(people, state):
    check = do(a_check(people, state), "recuse", people.wu, reason="曾为该单位提供咨询")
    case = target_of(check)
    assert (case.state, case.agency, case.score) == ("examining", None, None)
    assert case.events.get(act="end_recheck").reason == ""
    assert Message.objects.get(event__act="recuse").to == people.zhou
    with pytest.raises(AgainstRule, match="已就本事项办理过回避"):
        an_evaluation(people, case)
    other = an_evaluation(people, case, agency=another_agency().agency)
    assert (other.no, target_of(other).agency) == ("PJ-2026-0002", other.agency)


@pytest.mark.parametrize("state", ["assigned", "scoring", "concluded"])
def test_voiding_gives_the_application_back(people, state):
    check = do(a_check(people, state), "void", people.zhou, reason="另行委托")
    assert (target_of(check).state, target_of(check).agency) == ("examining", None)
    assert check.is_closed
    again = an_evaluation(people, target_of(check))  # the same agency may be asked again
    assert again.state == "assigned"


# --- who must not check


@pytest.mark.article(3)
def test_whoever_diagnosed_the_unit_does_not_evaluate_it(people):
    case = an_application(people, "examining")
    for year in (2024, 2025):
        Diagnosis.objects.create(unit=case.unit, year=year, agency=people.wu.agency)
    with pytest.raises(AgainstRule) as refused:
        an_evaluation(people, case)
    assert refused.value.needs_reason
    assert [(f.article, f.binding) for f in refused.value.findings] == [(3, False), (3, False)]
    assert "示例评价中心承担过该单位 2024 年度绿色诊断，应当回避" in refused.value.findings[0].message
    assert target_of_number(case).state == "examining"
    assert not Evaluation.objects.exists()
    check = an_evaluation(people, case, reason="本市仅此一家具备该行业能力")
    assert check.events.get().reason == "本市仅此一家具备该行业能力"
    assert target_of(check).events.get(act="recheck").reason == ""  # what the bureau weighed stays with it
    other = an_application(people, "examining", by=people.liu)
    assert an_evaluation(people, other).state == "assigned"


@pytest.mark.article(3)
@pytest.mark.parametrize(
    ("stated", "aside"),
    [
        ("示例评价中心", True),
        (" 示例 评价中心 ", True),
        ("北京市示例评价中心（有限合伙）", True),
        ("示例诊断机构", False),
        ("", False),
    ],
)
def test_the_application_may_name_the_agency_that_wrote_its_report(people, stated, aside):
    case = an_application(people, "examining")
    PoolApplication.objects.filter(pk=case.pk).update(report_agency=stated)
    agencies = [people.wu.agency, another_agency().agency]
    found = standing_aside(agencies, unit=case.unit_id, case=target_of_number(case), at=NOW)
    assert set(found) == ({people.wu.agency_id} if aside else set())


def test_the_conflicts_of_all_agencies_cost_as_many_queries_as_those_of_one(
    people, django_assert_num_queries
):
    case = an_application(people, "examining")
    agencies = [people.wu.agency, *(another_agency(f"示例机构{n}").agency for n in range(5))]
    for some in (agencies[:1], agencies):
        with django_assert_num_queries(4):  # diagnoses, applications, events, whether there is a cap
            standing_aside(some, unit=case.unit_id, case=case, at=NOW)


def target_of_number(case) -> PoolApplication:
    return PoolApplication.objects.get(pk=case.pk)


# --- one at a time


@pytest.mark.parametrize("state", ["with_district", "returned_by_bureau", "cleared", "refused"])
def test_only_an_application_under_examination_is_sent(people, state):
    case = an_application(people, state)
    with pytest.raises(NotNow, match="不能办理“转第三方复核”"):
        an_evaluation(people, case)
    assert target_of_number(case).state == state
    assert not Evaluation.objects.exists()


def test_an_application_is_checked_by_one_agency_at_a_time(people):
    check = a_check(people)
    with pytest.raises(NotNow, match="该单位已有一件未办结的第三方评价"):
        an_evaluation(people, target_of(check), agency=another_agency().agency)
    assert Evaluation.objects.get() == check


def test_the_enterprise_cannot_withdraw_what_is_being_checked(people):
    with pytest.raises(NotNow):
        do(target_of(a_check(people)), "withdraw", people.chen)


def test_only_officers_commission(people):
    case = an_application(people, "examining")
    for person in (people.chen, people.zhao, people.he, people.wu, people.gao):
        with pytest.raises(NotYours):
            perform(
                Evaluation(target=target_of_number(case), agency=people.wu.agency),
                "commission", by=person, at=NOW, seen=0, op=new_op(), task="x",
            )  # fmt: skip
    assert not Event.objects.filter(act="recheck").exists()
