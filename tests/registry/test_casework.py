"""The one door, once and thoroughly: what `perform` and its companions promise."""

from __future__ import annotations

import json
from datetime import date

import pytest

from greenmfg.rulebook import Category
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform, perform_each, record
from registry.models import Event, Message, Objection, PoolApplication, Publicity, Standing
from registry.models.log import canonical, digest
from registry.verify import verify
from tests.factories import (
    AFTER_NOTICE,
    DEMANDS,
    NOW,
    SCORED,
    a_draft,
    a_notice,
    a_setting,
    a_unit,
    an_application,
    at,
    do,
)
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


def again(case):
    return type(case).objects.get(pk=case.pk)


# --- one act


def test_an_act_moves_the_state_counts_the_version_and_writes_one_event(people):
    draft = a_draft(people)
    seen = draft.version
    done = perform(draft, "nominate_self", by=people.chen, at=NOW, seen=seen, op="op-1")
    event = Event.objects.get(stream=done.stream)
    assert (done.state, done.version, done.due_on) == ("examining", seen + 1, date(2026, 4, 1))
    assert done.submitted_on == date(2026, 3, 18)
    assert (event.seq, event.act, event.label, event.from_state, event.to_state) == (
        1,
        "nominate_self",
        "自荐提交",
        "draft",
        "examining",
    )
    assert (event.by, event.at, event.article, event.edition, event.op) == (
        people.chen,
        NOW,
        5,
        "2023-draft",
        "op-1",
    )
    assert (event.case_id, event.unit_id, event.prev_hash, event.internal) == (
        done.pk,
        done.unit_id,
        "",
        False,
    )
    assert (done.head_seq, done.head_hash) == (1, event.hash)
    assert again(done).state == "examining"


def test_the_body_of_an_event_says_what_changed_and_is_what_the_hash_covers(people):
    case = an_application(people, "examining")
    do(case, "type_score", people.zhou, **SCORED)
    event = Event.objects.get(act="type_score")
    facts = json.loads(event.body)
    assert facts["at"] == "2026-03-18T02:00:00.000000Z"
    assert facts["changes"] == {
        "meets_requirements": [None, "True"],
        "score": [None, "72.50"],
        "score_source": ["", "第三方评价报告第41页"],
    }
    assert facts["data"]["score"] == "72.50"
    assert event.body == canonical(facts)
    assert event.hash == digest("sha256", event.body)
    assert event.prev_hash == Event.objects.get(case=case, seq=event.seq - 1).hash


def test_a_stale_version_is_refused_and_says_who_was_faster(people):
    case = an_application(people, "examining")
    do(case, "refuse", people.zhou, reason="不属于本市工业企业")
    with pytest.raises(NotNow, match="周宁于10:00已办理“不予入库”，现为“不予入库”"):
        perform(case, "clear", by=people.zhou, at=NOW, seen=case.version, op=new_op())
    assert Event.objects.filter(case=case).count() == 2


def test_being_overtaken_by_an_internal_act_does_not_tell_the_enterprise_which(people):
    case = an_application(people, "examining")
    do(case, "type_score", people.zhou, **SCORED)
    with pytest.raises(NotNow) as refusal:
        perform(case, "withdraw", by=people.chen, at=NOW, seen=case.version, op=new_op())
    assert refusal.value.message == "本事项已被更新，请核对后重新办理"


@pytest.mark.parametrize("act", ["clear", "no_such_act", "save", "__init__", "acts"])
def test_what_is_no_act_of_this_state_is_refused(people, act):
    case = an_application(people, "with_district")
    with pytest.raises(NotNow):
        do(case, act, people.zhou)
    assert again(case).version == case.version


def test_an_act_that_only_follows_cannot_be_called(people):
    case = an_application(people, "cleared")
    for person in people.everybody().values():
        with pytest.raises(NotYours):
            do(case, "announce", person, due_on=date(2026, 3, 25))
    assert again(case).state == "cleared"


def test_another_person_is_refused_and_nothing_changes(people):
    case = an_application(people, "with_district")
    for person in (people.sun, people.chen, people.zhou, people.he, people.wu, people.gao):
        with pytest.raises(NotYours):
            do(case, "recommend", person, reason="同意")
    assert (again(case).version, Event.objects.filter(case=case).count()) == (case.version, 1)


def test_a_disabled_person_is_refused(people):
    case = an_application(people, "with_district")
    people.zhao.is_active = False
    with pytest.raises(NotYours):
        do(case, "recommend", people.zhao, reason="同意")


def test_a_binding_finding_stops_the_act_and_cites_its_article(people):
    draft = a_draft(people, category=Category.GREEN_SUPPLY_CHAIN)
    with pytest.raises(AgainstRule) as refusal:
        do(draft, "nominate_self", people.chen)
    assert [finding.article for finding in refusal.value.findings] == [5]
    assert refusal.value.message == "绿色供应链管理企业应获得区级工业主管部门推荐，不能自荐"
    assert (again(draft).state, Event.objects.count()) == ("draft", 0)


def test_a_finding_in_principle_needs_a_written_reason_which_the_event_keeps(people):
    case = an_application(people, "examining")
    case = do(case, "type_score", people.zhou, **SCORED | {"score": SCORED["score"] - 13})
    with pytest.raises(AgainstRule) as refusal:
        do(case, "clear", people.zhou, reason="  ")
    assert refusal.value.needs_reason
    assert "59.50" in refusal.value.findings[0].message
    do(case, "clear", people.zhou, reason="专精特新企业，予以培育")
    assert Event.objects.get(act="clear").reason == "专精特新企业，予以培育"


def test_compulsory_words_are_asked_for(people):
    case = an_application(people, "examining")
    with pytest.raises(AgainstRule, match="须填写说明"):
        do(case, "refuse", people.zhou)
    assert again(case).state == "examining"


def test_the_deadline_given_with_an_act_stands_and_kept_deadlines_go_on(people):
    case = an_application(people, "examining")
    scored = do(case, "type_score", people.zhou, **SCORED)
    assert scored.due_on == case.due_on is not None
    returned = do(scored, "return_by_bureau", people.zhou, demands=DEMANDS, due_on=date(2026, 3, 30))
    assert returned.due_on == date(2026, 3, 30)
    assert do(returned, "resubmit_to_bureau", people.chen).due_on == date(2026, 4, 1)


def test_the_length_of_a_step_is_a_setting(people):
    a_setting("bureau_days", "3")
    assert an_application(people, "examining").due_on == date(2026, 3, 23)


def test_closing_sets_the_moment_and_reopening_clears_it(people):
    case = do(an_application(people, "examining"), "refuse", people.zhou, reason="不符合")
    assert case.closed_at == NOW
    assert do(an_application(people, "admitted", by=people.liu), "leave_pool", people.zhou, reason="停产",
              when=at("2026-05-01")).closed_at == AFTER_NOTICE  # fmt: skip


# --- the operation id


def test_the_same_operation_twice_has_one_effect_and_the_same_answer(people):
    draft = a_draft(people)
    first = perform(draft, "nominate_self", by=people.chen, at=NOW, seen=draft.version, op="op-1")
    second = perform(draft, "nominate_self", by=people.chen, at=NOW, seen=draft.version, op="op-1")
    assert (first.pk, first.version, first.state) == (second.pk, second.version, second.state)
    assert Event.objects.count() == 1


def test_anothers_operation_id_is_refused(people):
    one, other = (
        an_application(people, "with_district"),
        an_application(people, "with_district", by=people.liu),
    )
    perform(one, "recommend", by=people.zhao, at=NOW, seen=one.version, op="op-1", reason="同意")
    for case, act, person in [
        (one, "recommend", people.sun),
        (one, "decline", people.zhao),
        (other, "recommend", people.zhao),
    ]:
        with pytest.raises(NotNow, match="编号已被使用"):
            perform(case, act, by=person, at=NOW, seen=case.version, op="op-1", reason="同意")
    assert again(other).state == "with_district"


def test_a_refused_operation_may_be_sent_again_once_the_form_is_right(people):
    case = an_application(people, "examining")
    with pytest.raises(AgainstRule):
        perform(case, "refuse", by=people.zhou, at=NOW, seen=case.version, op="op-1")
    done = perform(case, "refuse", by=people.zhou, at=NOW, seen=case.version, op="op-1", reason="不符合")
    assert done.state == "refused"


def test_an_opening_with_one_operation_id_opens_one_case(people):
    case = an_application(people, "cleared")
    text = {"title": "公示", "text": "正文", "starts_on": date(2026, 3, 19), "days": 5, "cases": [case.pk]}
    one = perform(Publicity(), "draw_up", by=people.zhou, at=NOW, seen=0, op="op-1", **text)
    two = perform(Publicity(), "draw_up", by=people.zhou, at=NOW, seen=0, op="op-1", **text)
    assert one.pk == two.pk
    assert Publicity.objects.count() == 1


# --- openings


def test_an_opening_act_numbers_the_case_and_writes_its_event(people):
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    event = notice.events.get()
    assert (notice.no, notice.state, notice.version) == ("GS-2026-0001", "drafted", 1)
    assert (notice.opened_by, notice.opened_at) == (people.zhou, NOW)
    assert (event.from_state, event.to_state, event.seq) == ("", "drafted", 1)
    assert [line.case_id for line in notice.lines.all()] == [PoolApplication.objects.get().pk]


def test_a_number_is_given_back_when_the_opening_is_refused(people):
    case = an_application(people, "cleared")
    with pytest.raises(NotYours):
        perform(Publicity(), "draw_up", by=people.chen, at=NOW, seen=0, op=new_op(), cases=[case.pk])
    assert a_notice(people, case, signed=False).no == "GS-2026-0001"


def test_a_state_written_on_an_unsaved_case_opens_no_back_door(people):
    with pytest.raises(NotNow):
        perform(
            Publicity(
                state="drafted", title="x", starts_on=date(2026, 3, 19), days=5, ends_on=date(2026, 3, 25)
            ),
            "sign",
            by=people.he,
            at=NOW,
            seen=0,
            op=new_op(),
        )
    assert Publicity.objects.count() == 0


# --- two persons


def test_a_notice_is_signed_by_another_than_whoever_had_a_hand_in_it(people):
    case = an_application(people, "cleared")
    notice = do(a_notice(people, case, signed=False), "send_back", people.he, reason="改标题")
    # 周宁 becomes a chief after drawing it up; somebody else redraws it.
    second = people.he.__class__.objects.create(username="shiju2", name="钱宇", role="officer")
    do(notice, "redraw", second, title="公示", text="正文", starts_on=date(2026, 3, 19), days=5)
    people.zhou.role = "chief"
    people.zhou.save()
    assert again(notice).acts_open_to(people.zhou) == [Publicity.acts()["send_back"]]
    with pytest.raises(NotYours):
        do(notice, "sign", people.zhou)
    assert do(notice, "sign", people.he).state == "running"


# --- effects


def test_signing_a_notice_moves_all_its_applications_with_events_caused_by_it(people):
    cases = [an_application(people, "cleared"), an_application(people, "cleared", by=people.liu)]
    notice = a_notice(people, *cases)
    signed = notice.events.get(act="sign")
    for case in cases:
        event = again(case).events.order_by("-seq").first()
        assert (again(case).state, again(case).due_on) == ("on_notice", notice.ends_on)
        assert (event.act, event.caused_by, event.by, event.op) == ("announce", signed, people.he, None)


def test_an_effect_that_is_refused_rolls_everything_back_and_names_its_case(people):
    one, other = an_application(people, "cleared"), an_application(people, "cleared", by=people.liu)
    notice = a_notice(people, one, other, signed=False)
    do(other, "withdraw", people.liu)
    before = Event.objects.count()
    with pytest.raises(NotNow, match=other.no):
        do(notice, "sign", people.he)
    assert (again(notice).state, again(one).state) == ("drafted", "cleared")
    assert Event.objects.count() == before


def test_an_upheld_objection_takes_its_reason_to_the_application(people):
    case = an_application(people, "on_notice")
    notice = Publicity.objects.get()
    raised = perform(
        Objection(publicity=notice, target=case),
        "receive",
        by=people.zhou,
        at=NOW,
        seen=0,
        op=new_op(),
        objector="王某",
        phone="13800000000",
        received_on=date(2026, 3, 20),
        facts="存在环境违法",
    )
    assert raised.unit_id == case.unit_id
    do(do(raised, "accept", people.zhou), "uphold", people.zhou, reason="查证属实")
    assert again(case).state == "examining"
    assert again(case).events.get(act="uphold").reason == "公示期间的异议经核查成立"


# --- many at once


def test_a_bulk_act_does_what_it_can_and_says_why_it_left_the_rest(people):
    case = an_application(people, "on_notice")
    other = an_application(people, "examining", by=people.liu)
    notice = Publicity.objects.get()
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    wanted = [(again(c), again(c).version) for c in (case, other)]
    done, left = perform_each(wanted, "admit", by=people.zhou, at=AFTER_NOTICE, op="bulk-1")
    assert [c.pk for c in done] == [case.pk]
    assert [(item.case.pk, type(item.refusal)) for item in left] == [(other.pk, NotNow)]
    assert Event.objects.get(act="admit").bulk == "bulk-1"
    # A resend answers the same and repeats nothing.
    resent, _ = perform_each(wanted, "admit", by=people.zhou, at=AFTER_NOTICE, op="bulk-1")
    assert [c.pk for c in resent] == [case.pk]
    assert Standing.objects.count() == 1


# --- messages


def test_each_addressee_gets_one_message_and_the_actor_none(people):
    case = an_application(people, "with_district")
    assert {m.to for m in Message.objects.all()} == {people.zhao}
    do(case, "recommend", people.zhao, reason="同意推荐")
    told = Message.objects.filter(event__act="recommend")
    assert {m.to for m in told} == {people.chen, people.zhou}
    assert {m.subject for m in told} == {"京华示例机电有限公司 已获昌平推荐"}
    # It can be taken back for 30 seconds, so nobody is told before.
    assert {(m.visible_from - NOW).total_seconds() for m in told} == {30.0}
    assert not Message.objects.inbox(people.chen, now=NOW).exists()
    assert Message.objects.inbox(people.chen, now=AFTER_NOTICE).count() == 1


def test_a_subject_longer_than_its_column_is_cut_not_refused(people):
    entity = people.chen.entity
    entity.call("长" * 120)
    entity.save()
    unit = a_unit(entity, people.zhao.district, site="厂" * 80)
    draft = a_draft(people)
    assert draft.unit == unit
    do(draft, "ask_district", people.chen)
    assert len(Message.objects.get().subject) == 200


def test_after_all_this_the_log_is_whole(people):
    an_application(people, "pool_left")
    an_application(people, "lapsed", by=people.liu)
    unit = a_unit(people.liu.entity, people.sun.district, Category.GREEN_PARK)
    record(unit, "改行业", by=people.zhou, at=NOW, changes={"industry": "电气机械"})
    found = verify()
    assert found.events == Event.objects.count() > 10
