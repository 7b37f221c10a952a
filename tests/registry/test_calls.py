"""Calls for entries: when they are open, what the bureau does with them, and what is told and recorded of it."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from registry import calls
from registry.acts import AgainstRule, NotNow, NotYours
from registry.drafts import move_draft
from registry.models import Batch, Event, Message, PoolApplication, Quota
from registry.verify import verify
from tests.factories import NOW, a_call, a_draft, an_application, at, do
from tests.people import cast

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]

FIELDS = {
    "name": "2026年第二批",
    "opens_on": date(2026, 9, 1),
    "opens_time": time(9),
    "closes_on": date(2026, 9, 30),
    "closes_time": time(17),
    "categories": ["green_factory"],
    "routes": ["self", "district"],
    "districts": [],
    "materials": [{"name": "承诺书", "required": True}],
    "text": "请按时申报。",
}


@pytest.fixture
def people():
    return cast()


def planned(people, **places) -> Batch:
    return calls.plan(by=people.zhou, at=NOW, fields=FIELDS, places=places or {"110114": 2})


def labels(call) -> list[str]:
    return list(Event.objects.filter(stream=call.stream).order_by("seq").values_list("label", flat=True))


# --- by the moment


@pytest.mark.parametrize(
    ("moment", "phase", "is_open"),
    [
        ("2026-09-01 08:59:59", "planned", False),
        ("2026-09-01 09:00", "open", True),
        ("2026-09-30 16:59:59", "open", True),
        ("2026-09-30 17:00", "reviewing", False),
    ],
)
def test_a_call_follows_its_hours(people, moment, phase, is_open):
    call = planned(people)
    assert call.phase(at(moment)) == phase
    assert call.law.is_open(at(moment)) is is_open
    assert Batch.objects.open_at(at(moment)).exists() is is_open
    assert Batch.objects.coming(at(moment)).exists() is (phase == "planned")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-02-28 23:59:59", False),
        ("2026-03-01 00:00", True),
        ("2026-03-31 23:59:59", True),
        ("2026-04-01 00:00", False),
    ],
)
def test_without_hours_whole_days_count(moment, is_open):
    call = a_call()
    assert Batch.objects.open_at(at(moment)).exists() is call.law.is_open(at(moment)) is is_open


def test_the_call_that_closes_first_comes_first():
    late, early = a_call(closes_on=date(2026, 4, 30)), a_call(name="专项")
    assert list(Batch.objects.open_at(NOW)) == [early, late]


@pytest.mark.parametrize(
    ("opens", "closes"), [((2, None), (1, None)), ((1, time(9)), (1, time(9))), ((1, time(9)), (1, time(8)))]
)
def test_the_database_refuses_a_call_that_closes_before_it_opens(opens, closes):
    (day, hour), (last, until) = opens, closes
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(
            name="x",
            opens_on=date(2026, 3, day),
            opens_time=hour,
            closes_on=date(2026, 3, last),
            closes_time=until,
        )


# --- planning and changing


def test_a_planned_call_is_on_record_with_its_quotas(people):
    call = planned(people)
    assert (call.places(), labels(call)) == ({"110114": 2}, ["新建征集批次"])
    event = Event.objects.get(stream=call.stream)
    assert (event.by, event.data["places"], event.data["fields"]["closes_on"]) == (
        people.zhou,
        {"110114": 2},
        "2026-09-30",
    )
    verify(call.stream)


def test_before_it_opens_everything_can_be_changed(people):
    call = planned(people)
    later = FIELDS | {"closes_on": date(2026, 10, 15), "materials": []}
    fresh = calls.change(
        call, by=people.zhou, at=NOW, seen=1, fields=later, places={"110115": 1}, reason="顺延"
    )
    assert (fresh.closes_on, fresh.materials, fresh.places()) == (date(2026, 10, 15), [], {"110115": 1})
    event = Event.objects.filter(stream=call.stream).latest("seq")
    assert event.changes["closes_on"] == ["2026-09-30", "2026-10-15"]
    assert event.data["places"] == [{"110114": 2}, {"110115": 1}]


def test_once_open_it_is_not_changed_any_more(people):
    call = planned(people)
    opened = at("2026-09-01 09:00")
    with pytest.raises(NotNow, match="已开放征集，不能修改"):
        calls.change(call, by=people.zhou, at=opened, seen=1, fields=FIELDS, places={}, reason="")
    assert Batch.objects.get().places() == {"110114": 2}


def test_whoever_looked_at_an_older_state_is_told(people):
    call = planned(people)
    calls.set_quotas(call, by=people.zhou, at=NOW, seen=1, places={"110114": 3}, reason="追加")
    for act in (calls.set_quotas, calls.change):
        more = {"fields": FIELDS} if act is calls.change else {}
        with pytest.raises(NotNow, match="已被他人更新"):
            act(call, by=people.zhou, at=NOW, seen=1, places={}, reason="x", **more)
    assert call.places() == {"110114": 3}


# --- extending


def test_an_extension_is_recorded_and_told_to_districts_and_to_who_has_a_draft(people):
    draft = a_draft(people)
    an_application(people, "examining", by=people.liu)  # filed: no concern of this one
    call = calls.extend(
        draft.batch,
        by=people.zhou,
        at=NOW,
        seen=0,
        closes_on=date(2026, 4, 10),
        closes_time=time(12),
        reason="节假日",
    )
    assert call.law.closing == "2026年4月10日12时"
    event = Event.objects.get(stream=call.stream)
    assert (event.label, event.reason) == ("延长征集", "节假日")
    told = Message.objects.filter(event=event)
    assert {m.to for m in told} == {people.chen, people.zhao, people.sun}
    assert {m.subject for m in told} == {"2026年第一批征集延长至2026年4月10日12时"}
    assert {m.text for m in told} == {
        "2026年第一批征集截止时间由2026年3月31日延长至2026年4月10日12时（第六条）。\n原因：节假日"
    }
    verify()


def test_only_the_districts_of_the_call_are_told(people):
    call = a_call(districts=["110115"])
    call = calls.extend(
        call, by=people.zhou, at=NOW, seen=0, closes_on=date(2026, 4, 10), closes_time=None, reason="x"
    )
    assert {m.to for m in Message.objects.all()} == {people.sun}


def test_a_closed_call_opens_again_by_extension_and_its_drafts_file(people):
    draft, late = a_draft(people), at("2026-04-02")
    with pytest.raises(AgainstRule):
        do(draft, "nominate_self", people.chen, when=late)
    calls.extend(
        draft.batch, by=people.zhou, at=late, seen=0, closes_on=date(2026, 4, 5), closes_time=None, reason="x"
    )
    assert do(draft, "nominate_self", people.chen, when=late).state == "examining"


@pytest.mark.parametrize(
    ("moment", "day", "hour"),
    [
        ("2026-03-18", date(2026, 3, 31), None),  # not later
        ("2026-03-18", date(2026, 3, 31), time(17)),  # sooner
        ("2026-04-20", date(2026, 4, 19), None),  # later, and over already
    ],
)
def test_an_extension_ends_later_than_before_and_later_than_now(people, moment, day, hour):
    with pytest.raises(AgainstRule) as refused:
        calls.extend(
            a_call(), by=people.zhou, at=at(moment), seen=0, closes_on=day, closes_time=hour, reason="x"
        )
    assert [f.article for f in refused.value.findings] == [6]
    assert not Event.objects.exists()


# --- quotas and the end


def test_a_quota_does_not_go_below_what_is_used(people):
    case = an_application(people, "with_district")
    do(case, "recommend", people.zhao, reason="同意")
    with pytest.raises(AgainstRule, match="昌平已推荐 1 个，名额不能少于此数"):
        calls.set_quotas(case.batch, by=people.zhou, at=NOW, seen=0, places={"110114": 0}, reason="x")
    assert not Quota.objects.exists()
    calls.set_quotas(case.batch, by=people.zhou, at=NOW, seen=0, places={"110114": 1}, reason="x")
    assert case.batch.places() == {"110114": 1}


def test_a_call_ends_when_nothing_filed_is_open_any_more(people):
    case, call = an_application(people, "examining"), a_call()
    with pytest.raises(AgainstRule, match="尚未截止"):
        calls.end(call, by=people.zhou, at=NOW, seen=0, reason="")
    late = at("2026-04-01")
    with pytest.raises(AgainstRule, match="还有 1 件申请没有办结"):
        calls.end(call, by=people.zhou, at=late, seen=0, reason="")
    do(case, "refuse", people.zhou, when=late, reason="不符合")
    a_draft(people, by=people.liu)  # a draft holds up nothing
    call = calls.end(call, by=people.zhou, at=late, seen=0, reason="全部办结")
    assert (call.phase(late), call.ended_at) == ("ended", late)
    for act in (calls.set_quotas, calls.extend, calls.end):
        more = {
            calls.set_quotas: {"places": {}},
            calls.extend: {"closes_on": late.date(), "closes_time": None},
        }
        with pytest.raises(NotNow, match="已结束"):
            act(call, by=people.zhou, at=late, seen=1, reason="x", **more.get(act, {}))


# --- drafts that outlive a call


SECOND = {"name": "2026年第二批", "opens_on": date(2026, 9, 1), "closes_on": date(2026, 9, 30)}
SEPTEMBER = at("2026-09-10")


def test_a_draft_moves_to_the_next_call_and_its_timeline_says_so(people):
    draft = a_draft(people)
    second = a_call(**SECOND)
    moved = move_draft(draft, by=people.chen, at=SEPTEMBER, seen=draft.version)
    assert (moved.batch, moved.state, moved.version) == (second, "draft", draft.version + 1)
    event = moved.events.visible_to(people.chen).get()
    assert (event.label, event.by) == ("由2026年第一批移至2026年第二批", people.chen)
    assert event.data["to_call"] == "2026年第二批"
    assert do(moved, "nominate_self", people.chen, when=SEPTEMBER).batch == second
    verify()


def test_a_draft_stays_while_its_call_is_open_and_while_no_other_is(people):
    draft = a_draft(people)
    for when, why in [(NOW, "尚可提交，无须移动"), (at("2026-04-10"), "目前没有可移至的征集批次")]:
        with pytest.raises(NotNow, match=why):
            move_draft(draft, by=people.chen, at=when, seen=draft.version)
    a_call(**SECOND, categories=["green_park"])
    with pytest.raises(NotNow, match="目前没有可移至的征集批次"):
        move_draft(draft, by=people.chen, at=SEPTEMBER, seen=draft.version)


def test_nobody_moves_what_is_anothers_or_filed_or_out_of_date(people):
    draft, filed = a_draft(people), an_application(people, "examining", by=people.liu)
    a_call(**SECOND)
    with pytest.raises(NotYours):
        move_draft(draft, by=people.liu, at=SEPTEMBER, seen=draft.version)
    with pytest.raises(NotNow):
        move_draft(filed, by=people.liu, at=SEPTEMBER, seen=filed.version)
    with pytest.raises(NotNow):
        move_draft(draft, by=people.chen, at=SEPTEMBER, seen=draft.version - 1)
    assert not PoolApplication.objects.filter(batch__name="2026年第二批").exists()
