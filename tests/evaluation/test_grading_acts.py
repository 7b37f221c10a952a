"""What each act of a grading does, what is written with the grade, and what the measure says against it (Article 7)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from evaluation.models import Evaluation, Grading, ScoreLine
from evaluation.scoring import Answer, answers_from, plain_answers, score
from greenmfg.rulebook import Category, Material
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.drafts import save_draft
from registry.models import Event, Grade, Message, PoolApplication
from registry.verify import verify
from tests.evaluation.checks import an_evaluation, another_agency
from tests.evaluation.gradings import (
    ANSWERS,
    a_grading,
    a_round,
    a_scheme,
    answered,
    listed,
)
from tests.factories import NOW, a_document, a_draft, a_unit, an_application, at, do
from tests.people import cast
from tests.registry.test_guards import refused, run, the_owner

pytestmark = pytest.mark.django_db

DEC = Decimal


@pytest.fixture
def people():
    return cast()


def fresh(case) -> Grading:
    return Grading.objects.get(pk=case.pk)


def told(act: str) -> set[str]:
    return set(Message.objects.filter(event__act=act).values_list("to__name", flat=True))


def revised(people, case, item="G1", value="10", reason="现场核查为 10 分"):
    return do(case, "revise", people.zhou, reason=reason, item=item, answer={"value": value})


# --- how it begins


@pytest.mark.article(7)
def test_a_listed_factory_is_included_under_the_scheme_of_the_round(people):
    case = a_grading(people)
    assert (case.no, case.scheme_id, case.district_id, case.due_on) == (
        "FJ-2026-0001",
        case.round.scheme_id,
        "110114",
        date(2026, 3, 31),
    )
    assert told("include") == {"陈晨", "赵敏"}


@pytest.mark.article(7)
def test_nobody_but_a_factory_on_the_national_list_is_graded(people):
    factory = a_unit(people.chen.entity, people.zhao.district)
    park = listed(a_unit(people.liu.entity, people.sun.district, Category.GREEN_PARK))
    round = a_round(people)
    for unit in (factory, park):
        with pytest.raises(AgainstRule, match="已入围国家级的绿色工厂") as refused:
            a_grading(people, unit=unit, round=round)
        assert [(one.article, one.binding) for one in refused.value.findings] == [(7, True)]
    assert not Grading.objects.exists()


@pytest.mark.article(7)
def test_whoever_has_lost_its_place_meanwhile_gets_no_grade(people):
    case = a_grading(people, "concluded")
    case.unit.standings.update(until=date(2026, 3, 17), ended_cause="测试")
    with pytest.raises(AgainstRule, match="已入围国家级的绿色工厂"):
        do(case, "award", people.zhou)
    assert not Grade.objects.exists()


# --- who writes what


def test_the_unit_writes_its_own_sheet_and_nothing_of_the_agencys(people):
    case = a_grading(people)
    for stray in (
        "sheet",
        "score",
        "conclusion",
        "meets_requirements",
        "revised",
        "final_score",
        "state",
        "agency",
    ):
        with pytest.raises(NotYours):
            save_draft(case, by=people.chen, seen=case.version, **{stray: getattr(case, stray)})
    for other in (people.wu, people.liu, people.zhou, people.zhao):
        with pytest.raises(NotYours):
            save_draft(case, by=other, seen=case.version, own={})
    kept = save_draft(
        case, by=people.chen, seen=case.version, own_agency="某咨询公司", **case.own_scored(ANSWERS)
    )
    assert (kept.own, kept.own_score) == (plain_answers(ANSWERS), DEC("45.00"))


def test_the_agency_writes_its_sheet_and_nothing_of_the_units(people):
    case = a_grading(people, "scoring")
    for stray in (
        "own",
        "own_score",
        "own_agency",
        "revised",
        "final_score",
        "final_meets",
        "scheme_id",
        "agency_id",
    ):
        with pytest.raises(NotYours):
            save_draft(case, by=people.wu, seen=case.version, **{stray: getattr(case, stray)})
    with pytest.raises(NotYours):
        save_draft(case, by=people.chen, seen=case.version, sheet={})
    kept = save_draft(case, by=people.wu, seen=case.version, **case.scored(ANSWERS))
    assert (kept.score, kept.meets_requirements) == (DEC("45.00"), True)


@pytest.mark.parametrize("state", ["assigned", "to_assign", "concluded", "graded", "void"])
def test_in_any_other_state_nobody_writes(people, state):
    case = a_grading(people, state)
    for person in (people.chen, people.wu, people.zhou):
        for field in ("own", "sheet"):
            with pytest.raises(NotNow):
                save_draft(case, by=person, seen=case.version, **{field: {}})


# --- from the self-evaluation to the conclusion


@pytest.mark.article(7)
def test_the_self_evaluation_is_filed_whole_and_frozen(people):
    case = a_grading(people)
    some = {code: one for code, one in ANSWERS.items() if code not in {"J1", "G2"}}
    case = save_draft(case, by=people.chen, seen=case.version, **case.own_scored(some))
    with pytest.raises(AgainstRule) as refused:
        do(case, "file_own", people.chen)
    assert [(f.article, f.message) for f in refused.value.findings] == [
        (7, "还有 2 项指标未填写：近三年无较大及以上事故、先进工艺设备数量")
    ]
    case = save_draft(case, by=people.chen, seen=case.version, **case.own_scored(ANSWERS))
    case = do(case, "file_own", people.chen)
    assert (case.state, case.own_score, case.due_on) == ("assigned", DEC("45.00"), date(2026, 4, 9))
    assert json.loads(case.submissions.get().payload)["own"] == plain_answers(ANSWERS)
    assert told("file_own") == {"吴迪"}


@pytest.mark.article(7)
def test_the_bureau_goes_on_after_the_day_or_says_why(people):
    case = a_grading(people)
    with pytest.raises(AgainstRule) as refused:
        do(case, "go_on", people.zhou, when=at("2026-03-31"))
    assert refused.value.needs_reason
    early = do(case, "go_on", people.zhou, when=at("2026-03-31"), reason="企业来函不作自评")
    assert (early.state, early.own, early.own_score) == ("assigned", {}, None)


def test_after_the_day_the_bureau_goes_on_without_a_word(people):
    case = do(a_grading(people), "go_on", people.zhou, when=at("2026-04-01"))
    assert case.events.get(act="go_on").reason == ""
    assert told("go_on") == {"陈晨", "吴迪"}


def test_stepping_aside_empties_the_agencys_side_and_asks_for_another(people):
    case = a_grading(people, "scoring")
    report = a_document(case, Material.EVALUATION_REPORT, people.wu)
    case = save_draft(case, by=people.wu, seen=case.version, conclusion="草稿", **case.scored(ANSWERS))
    case = do(case, "recuse", people.wu, reason="曾提供咨询")
    assert (case.state, case.agency, case.sheet, case.score, case.meets_requirements, case.conclusion) == (
        "to_assign",
        None,
        {},
        None,
        None,
        "",
    )
    report.refresh_from_db()
    assert report.superseded_at == NOW  # the next agency files a report of its own
    assert case.own == plain_answers(ANSWERS)
    assert told("recuse") == {"周宁"}
    with pytest.raises(AgainstRule, match="已就本事项办理过回避"):
        do(case, "assign", people.zhou, agency=people.wu.agency, reason="仍请其评价")
    other = another_agency()
    case = do(case, "assign", people.zhou, agency=other.agency)
    assert (case.state, case.agency) == ("assigned", other.agency)
    assert told("assign") == {"郑重"}
    assert do(case, "begin", other, independent=True).state == "scoring"


@pytest.mark.article(7)
def test_an_incomplete_sheet_is_not_concluded_and_the_items_are_named(people):
    case = a_grading(people, "scoring")
    some = {code: one for code, one in ANSWERS.items() if code != "N2"}
    a_document(case, Material.EVALUATION_REPORT, people.wu)
    case = save_draft(case, by=people.wu, seen=case.version, conclusion="x", **case.scored(some))
    with pytest.raises(AgainstRule) as refused:
        do(case, "conclude", people.wu)
    assert [(f.article, f.message, f.binding) for f in refused.value.findings] == [
        (7, "还有 1 项指标未填写：可再生能源利用率", True)
    ]


def test_the_concluded_score_is_that_of_the_answers_whatever_the_draft_says(people):
    case = a_grading(people, "scoring")
    a_document(case, Material.EVALUATION_REPORT, people.wu)
    fields = case.scored(ANSWERS) | {"score": DEC("99.00"), "meets_requirements": False}
    case = save_draft(case, by=people.wu, seen=case.version, conclusion="x", **fields)
    case = do(case, "conclude", people.wu)
    assert (case.score, case.meets_requirements) == (DEC("45.00"), True)
    assert told("conclude") == {"周宁"}


# --- the bureau's revisions


@pytest.mark.article(7)
def test_a_revision_keeps_the_original_and_says_who_and_why(people):
    case = a_grading(people, "concluded")
    with pytest.raises(AgainstRule) as refused:
        revised(people, case, reason="")
    assert refused.value.needs_reason
    case = revised(people, case)
    assert case.sheet == plain_answers(ANSWERS)
    assert case.score == DEC("45.00")
    assert case.revised == {"G1": {"value": "10", "reason": "现场核查为 10 分", "by": str(people.zhou)}}
    assert case.concluded_score() == (DEC("42.50"), True)
    event = case.events.get(act="revise")
    assert (event.internal, event.reason, event.article) == (True, "现场核查为 10 分", 7)


def test_the_agencys_value_written_anyhow_takes_the_revision_back(people):
    case = revised(people, a_grading(people, "concluded"))
    case = revised(people, case, value="12.50", reason="核实无误")  # the agency wrote 12.5
    assert case.revised == {}
    assert case.concluded_score() == (DEC("45.00"), True)
    assert case.events.filter(act="revise").count() == 2


@pytest.mark.parametrize(
    ("item", "answer"),
    [("G1", {"value": "20.5"}), ("G1", {"value": "x"}), ("G1", {}), ("J1", {}), ("Z9", {"value": "1"})],
)
def test_what_cannot_be_scored_or_says_nothing_is_no_revision(people, item, answer):
    case = a_grading(people, "concluded")
    with pytest.raises(AgainstRule) as refused:
        do(case, "revise", people.zhou, reason="x", item=item, answer=answer)
    assert [f.article for f in refused.value.findings] == [7]
    assert fresh(case).revised == {}


def test_sending_back_clears_the_revisions_and_the_events_keep_them(people):
    case = revised(people, a_grading(people, "concluded"))
    case = do(case, "send_back", people.zhou, reason="请补充现场记录")
    assert (case.state, case.revised, case.sheet) == ("scoring", {}, plain_answers(ANSWERS))
    kept = case.events.get(act="revise").changes["revised"][1]
    assert kept["G1"] == {"value": "10", "reason": "现场核查为 10 分", "by": "周宁"}
    assert told("send_back") == {"吴迪"}
    assert answered(people, case, "concluded", G1=Answer(value=DEC(15))).score == DEC("47.50")


# --- the grade


@pytest.mark.article(7)
def test_the_award_writes_grade_and_lines_that_reproduce_it(people):
    case = do(revised(people, a_grading(people, "concluded")), "award", people.zhou)
    assert (case.state, case.final_score, case.final_meets) == ("graded", DEC("42.50"), True)
    grade = Grade.objects.get()
    assert (
        grade.unit_id,
        grade.band,
        grade.title,
        grade.edition,
        grade.score,
        grade.year,
        grade.decided_on,
    ) == (
        case.unit_id,
        grade.as_band().code,
        "绿色工厂达标企业",
        "2023-draft",
        DEC("42.50"),
        2026,
        date(2026, 3, 18),
    )
    lines = list(ScoreLine.objects.filter(case=case.pk))
    assert [(one.code, one.own_points, one.agency_points, one.points) for one in lines] == [
        ("J1", None, None, None),
        ("N1", DEC("13.50"), DEC("13.50"), DEC("13.50")),
        ("N2", DEC("7.00"), DEC("7.00"), DEC("7.00")),
        ("G1", DEC("12.50"), DEC("12.50"), DEC("10.00")),
        ("G2", DEC("12.00"), DEC("12.00"), DEC("12.00")),
    ]
    assert sum(one.points for one in lines if one.points is not None) == case.final_score
    again = score(case.loaded_scheme, answers_from({one.code: one.answer for one in lines}))
    assert (again.total, again.meets) == (case.final_score, True)
    assert {one.code: again.by_code[one.code].points for one in lines[1:]} == {
        one.code: one.points for one in lines[1:]
    }
    assert [one.code for one in lines if one.revised_because] == ["G1"]
    assert told("award") == {"陈晨", "赵敏", "吴迪"}
    entry = Event.objects.get(stream=f"unit:{case.unit_id}", caused_by__act="award")
    assert (entry.label, entry.article) == ("分级评价：绿色工厂达标企业", 7)
    verify()


@pytest.mark.article(7)
def test_a_requirement_that_is_not_met_leaves_no_grade_whatever_the_score(people):
    case = answered(
        people, a_grading(people, "scoring"), "graded", J1=Answer(met=False), G1=Answer(value=DEC(20))
    )
    grade = Grade.objects.get(case=case.pk)
    assert (grade.band, grade.title, grade.score, grade.meets_requirements) == ("", "", DEC("52.50"), False)
    assert grade.as_band() is None
    assert "无相应级别" in Message.objects.filter(event__act="award").first().text


@pytest.mark.parametrize("table", ["evaluation_scoreline", "registry_grade"])
def test_what_was_confirmed_is_frozen(people, table):
    a_grading(people, "graded")
    for sql in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with refused("refused|permission denied|must be owner"):
            run(sql)
        with the_owner(), refused("refused"):
            run(sql)


@pytest.mark.parametrize("state", ["self_assessing", "assigned", "to_assign", "scoring", "concluded"])
def test_a_grading_can_be_voided_until_it_is_confirmed(people, state):
    case = do(a_grading(people, state), "void", people.zhou, reason="名单更正")
    assert (case.state, case.is_closed) == ("void", True)
    assert not Grade.objects.exists()
    again = a_grading(people, unit=case.unit, round=case.round)
    assert again.state == "self_assessing"


# --- scores of applications


def a_scored_check(people, case, scheme) -> Evaluation:
    check = perform(
        Evaluation(target=PoolApplication.objects.get(pk=case.pk), agency=people.wu.agency, scheme=scheme),
        "commission", by=people.zhou, at=NOW, seen=0, op=new_op(), task="复核",
    )  # fmt: skip
    check = do(check, "begin", people.wu, independent=True)
    fields = check.scored(ANSWERS)
    check = save_draft(check, by=people.wu, seen=check.version, conclusion="属实", **fields)
    a_document(check, Material.EVALUATION_REPORT, people.wu)
    return do(check, "conclude", people.wu)


@pytest.mark.article(8)
@pytest.mark.parametrize("category", [Category.GREEN_FACTORY, Category.GREEN_SUPPLY_CHAIN])
def test_a_scheme_gives_points_and_the_revised_score_goes_to_the_application(people, category):
    scheme = a_scheme(people, category=str(category))
    check = a_scored_check(people, an_application(people, "examining", category=category), scheme)
    assert check.score == DEC("45.00")
    check = do(revised(people, check), "confirm", people.zhou)
    case = PoolApplication.objects.get(pk=check.target_id)
    assert (case.score, case.meets_requirements) == (DEC("42.50"), True)
    assert case.score_source == f"示例评价中心第三方评价（{check.no}，市局修改 1 项）"
    assert sum(one.points or 0 for one in check.score_lines.all()) == DEC("42.50")


def test_without_a_scheme_there_is_nothing_to_revise_item_by_item(people):
    check = an_evaluation(people, an_application(people, "examining"))
    check = do(check, "begin", people.wu, independent=True)
    check = save_draft(
        check,
        by=people.wu,
        seen=check.version,
        score=DEC("81.30"),
        meets_requirements=True,
        conclusion="属实",
    )
    a_document(check, Material.EVALUATION_REPORT, people.wu)
    check = do(check, "conclude", people.wu)
    with pytest.raises(AgainstRule, match="没有指标体系"):
        revised(people, check)


@pytest.mark.article(8)
@pytest.mark.parametrize("same", [True, False])
def test_the_units_own_sheet_is_laid_beside_the_agencys_if_it_answers_the_same_scheme(people, same):
    scheme = a_scheme(people)
    draft = a_draft(people)
    own = {"scheme": scheme.code if same else "another", "answers": plain_answers(ANSWERS)}
    draft = save_draft(draft, by=people.chen, seen=draft.version, self_sheet=own, self_score=DEC("45.00"))
    case = do(draft, "nominate_self", people.chen)
    check = a_scored_check(people, case, scheme)
    assert (check.own, check.own_score) == (plain_answers(ANSWERS) if same else {}, DEC("45.00"))
