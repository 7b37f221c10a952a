"""撤回本次决定: the same person, at once, if nothing followed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from registry.acts import NotNow
from registry.casework import new_op, perform, record
from registry.drafts import open_draft
from registry.models import Case, Event, Message, PoolApplication
from registry.undoing import undo, undoable
from registry.verify import verify
from tests.factories import DEMANDS, NOW, SCORED, a_call, a_notice, a_setting, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=30)

# Everything that may be taken back: (state it starts from, act, who, what is handed over).
TAKEN_BACK = [
    ("with_district", "recommend", "zhao", {"reason": "同意"}),
    ("with_district", "return_by_district", "zhao", {"demands": DEMANDS, "due_on": date(2026, 3, 25)}),
    ("with_district", "decline", "zhao", {"reason": "异常"}),
    ("examining", "type_score", "zhou", SCORED),
    ("examining", "clear", "zhou", {}),
    ("examining", "return_by_bureau", "zhou", {"demands": DEMANDS, "due_on": date(2026, 3, 25)}),
    ("examining", "refuse", "zhou", {"reason": "不符合"}),
]


@pytest.fixture
def people():
    return cast()


def take_back(case, by, *, when=NOW, op=None):
    fresh = type(case).objects.get(pk=case.pk)
    return undo(fresh, by=by, at=when, seen=fresh.version, op=op or new_op())


def fields(case) -> dict[str, object]:
    """Everything but what moves with every event."""
    moving = {"version", "head_seq", "head_hash"}
    return {f.name: f.value_from_object(case) for f in case._meta.concrete_fields if f.name not in moving}


def test_the_table_names_every_act_that_may_be_taken_back():
    marked = {
        (kind.KIND, row.name) for kind in Case.kinds.values() for row in kind.acts().values() if row.undo
    }
    assert marked >= {("pool", act) for _, act, _, _ in TAKEN_BACK}
    assert {act for kind, act in marked if kind == "pool"} == {act for _, act, _, _ in TAKEN_BACK}


@pytest.mark.parametrize(("state", "act", "who", "data"), TAKEN_BACK, ids=[row[1] for row in TAKEN_BACK])
def test_it_restores_all_that_the_act_changed(people, state, act, who, data):
    before = an_application(people, state)
    if act == "clear":
        before = do(before, "type_score", people.zhou, **SCORED)
    done = do(before, act, getattr(people, who), **data)
    assert fields(done) != fields(before)
    back = PoolApplication.objects.get(pk=take_back(done, getattr(people, who), when=SOON).pk)
    assert fields(back) == fields(before)
    assert back.version == before.version + 2
    event = back.events.get(act="undo")
    assert event.caused_by == back.events.get(act=act)
    assert (event.from_state, event.to_state, event.seq) == (done.state, state, back.head_seq)
    assert verify(back.stream).events == back.head_seq


def test_its_messages_are_void(people):
    case = do(an_application(people, "examining"), "refuse", people.zhou, reason="不符合")
    assert Message.objects.filter(event__act="refuse").count() == 2
    take_back(case, people.zhou)
    later = NOW + timedelta(days=1)
    assert not Message.objects.to_send(now=later).filter(event__act="refuse").exists()
    assert not Message.objects.inbox(people.chen, now=later).filter(event__act="refuse").exists()


def test_it_is_offered_for_thirty_seconds_to_the_person_who_decided(people):
    case = do(an_application(people, "examining"), "refuse", people.zhou, reason="不符合")
    assert undoable(case, by=people.zhou, at=SOON).act == "refuse"
    assert undoable(case, by=people.zhou, at=SOON + timedelta(microseconds=1)) is None
    for person in people.everybody().values():
        if person != people.zhou:
            assert undoable(case, by=person, at=NOW) is None
            with pytest.raises(NotNow):
                take_back(case, person)
    with pytest.raises(NotNow, match="已超过可撤回的时间"):
        take_back(case, people.zhou, when=SOON + timedelta(seconds=1))


def test_the_window_is_a_setting(people):
    a_setting("undo_seconds", "0")
    case = do(an_application(people, "examining"), "refuse", people.zhou, reason="不符合")
    with pytest.raises(NotNow):
        take_back(case, people.zhou, when=NOW + timedelta(seconds=1))


def test_nothing_may_have_followed(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    do(case, "type_score", people.zhou, **SCORED)
    with pytest.raises(NotNow):
        take_back(case, people.zhao)


def test_an_edit_in_between_counts_as_something_that_followed(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    record(case, "指派", by=people.zhou, at=NOW, changes={"handler": people.zhou})
    with pytest.raises(NotNow):
        take_back(case, people.zhao)


def test_whoever_has_lost_the_role_meanwhile_takes_nothing_back(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    people.zhao.district = people.sun.district
    people.zhao.save()
    with pytest.raises(NotNow):
        take_back(case, people.zhao)


def test_what_is_not_marked_stays(people):
    case = an_application(people, "examining")
    with pytest.raises(NotNow):
        take_back(case, people.chen)  # a filing is withdrawn, not undone
    notice = a_notice(people, an_application(people, "cleared", by=people.liu))
    with pytest.raises(NotNow):
        take_back(notice, people.he)


def test_an_undo_is_not_undone(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    back = take_back(case, people.zhao)
    with pytest.raises(NotNow):
        take_back(back, people.zhao)
    assert do(back, "recommend", people.zhao, reason="同意").state == "examining"


def test_the_same_operation_twice_has_one_effect_and_the_same_answer(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    one = take_back(case, people.zhao, op="op-1")
    two = take_back(case, people.zhao, op="op-1")
    assert (one.pk, one.version, one.state) == (two.pk, two.version, two.state)
    assert Event.objects.filter(act="undo").count() == 1


def test_an_operation_id_of_another_case_is_refused(people):
    one = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    other = do(an_application(people, "examining", by=people.liu), "refuse", people.zhou, reason="不符合")
    take_back(one, people.zhao, op="op-1")
    with pytest.raises(NotNow, match="编号已被使用"):
        take_back(other, people.zhou, op="op-1")
    assert PoolApplication.objects.get(pk=other.pk).state == "refused"


def test_a_closed_case_is_not_reopened_beside_one_begun_since(people):
    case = do(an_application(people, "with_district"), "decline", people.zhao, reason="异常")
    open_draft(
        PoolApplication(unit=case.unit, district=case.district, batch=a_call()), by=people.chen, at=NOW
    )
    with pytest.raises(NotNow, match="已有一件未办结的入库申请"):
        take_back(case, people.zhao)


def test_a_stale_page_takes_nothing_back(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    with pytest.raises(NotNow):
        undo(case, by=people.zhao, at=NOW, seen=case.version - 1, op=new_op())


def test_undo_is_no_act_that_perform_knows(people):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    with pytest.raises(NotNow, match="没有这个办理动作"):
        perform(case, "undo", by=people.zhao, at=NOW, seen=case.version, op=new_op())
