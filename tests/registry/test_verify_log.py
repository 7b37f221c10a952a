"""verify_log: silent on a whole log, and naming the break in every log that somebody has touched."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from registry.casework import record
from registry.models import Event, Ledger, PoolApplication
from registry.models.log import canonical, digest
from registry.undoing import undo
from registry.verify import Broken, verify
from tests.factories import NOW, a_draft, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    """An application with three events beside one with eight, and ledgers and units with their own streams."""
    an_application(people, "pool_left", by=people.liu)
    record(Ledger(name="settings"), "改设置", by=people.gao, at=NOW, changes={}, key="notice_days")
    record(people.zhao, "改电话", by=people.gao, at=NOW, changes={"phone": "1"})
    record(people.chen.entity, "改代码说明", by=people.zhou, at=NOW, changes={"code_evidence": "营业执照"})
    found = an_application(people, "refused")
    record(found, "备注", by=people.zhou, at=NOW, changes={"handler": people.zhou})
    return PoolApplication.objects.get(pk=found.pk)


@contextmanager
def an_intruder():
    """Somebody with the rights of a superuser, for whom the triggers do not hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE registry_event DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE registry_case DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE registry_event ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE registry_case ENABLE TRIGGER USER")
        cursor.execute(f'SET ROLE "{settings.DATABASE_APP_ROLE}"')


def touched(case, seq: int, **columns) -> None:
    with an_intruder():
        assert Event.objects.filter(stream=case.stream, seq=seq).update(**columns) == 1


def broken(stream: str, seq: int, problem: str) -> None:
    with pytest.raises(Broken, match=problem) as found:
        verify()
    assert (found.value.stream, found.value.seq) == (stream, seq)


def test_a_whole_log_is_found_whole(case, people):
    case = do(an_application(people, "with_district", by=people.liu), "recommend", people.sun, reason="同意")
    undo(case, by=people.sun, at=NOW, seen=case.version, op="op-1")
    a_draft(people)
    found = verify()
    assert found.events == Event.objects.count()
    assert found.streams == Event.objects.values("stream").distinct().count() == 7
    out = StringIO()
    call_command("verify_log", stdout=out)
    assert out.getvalue().startswith(f"核验通过：{found.events} 条记录，7 条链，")


def test_one_stream_can_be_checked_alone(case):
    assert (verify(case.stream).events, verify("ledger:settings").events) == (3, 1)
    touched(case, 2, label="同意入库")
    assert verify("ledger:settings").events == 1
    with pytest.raises(
        CommandError, match=f"断裂：{case.stream}#2：列 label 为 '同意入库'，正文为 '不予入库'"
    ):
        call_command("verify_log", stream=case.stream)
    with pytest.raises(CommandError, match="没有这条记录链"):
        call_command("verify_log", stream="case:LC-1999-0001")


# An event moved to another stream or place breaks two chains: see below.
@pytest.mark.parametrize("name", sorted({*Event.PROJECTED, "at"} - {"stream", "seq"}))
def test_each_column_that_differs_from_the_body_is_a_break(case, people, name):
    other = {
        "article": 7,
        "internal": True,
        "at": NOW - timedelta(microseconds=1),
        "case_id": None,
        "unit_id": None,
        "by_id": people.he.pk,
        "caused_by_id": Event.objects.first().pk,
    }.get(name, "x")
    touched(case, 2, **{name: other})
    broken(case.stream, 2, "不衔接" if name == "prev_hash" else f"列 {name} 为")


def rewritten(event: Event, **facts) -> dict[str, object]:
    """The columns of the event with other facts, hashed anew as a careful intruder would."""
    body = canonical(event.facts() | facts)
    return facts | {"body": body, "hash": digest(event.alg, body)}


def test_a_changed_body_does_not_match_its_hash(case):
    event = case.events.get(seq=2)
    touched(case, 2, body=event.body.replace("不属于", "属于"))
    broken(case.stream, 2, "正文与哈希不符")


def test_a_changed_body_with_a_new_hash_does_not_match_the_next_event(case):
    touched(case, 2, **rewritten(case.events.get(seq=2), reason="另一理由"))
    broken(case.stream, 3, "与前一条的哈希不衔接")


def test_a_changed_last_event_does_not_match_the_head(case):
    touched(case, 3, **rewritten(case.events.get(seq=3), reason="另一理由"))
    broken(case.stream, 3, "链头哈希与最后一条不符")


def test_a_removed_event_leaves_a_gap(case):
    with an_intruder(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_message")
        cursor.execute("DELETE FROM registry_event WHERE stream = %s AND seq = 2", [case.stream])
    broken(case.stream, 3, "序号不连续，前一条为第 1 条")


def test_a_removed_last_event_is_missed_by_the_head(case):
    with an_intruder():
        Event.objects.filter(stream=case.stream, seq=3)._raw_delete("default")
    broken(case.stream, 2, "链头记为第 3 条，最后一条为第 2 条")


def test_a_stream_removed_as_a_whole_is_missed_by_its_holder(case):
    with an_intruder():
        Event.objects.filter(stream="ledger:settings")._raw_delete("default")
    broken("ledger:settings", 1, "链头记为第 1 条，但没有任何记录")


def test_a_stream_removed_together_with_its_head_leaves_a_filed_case_without_history(case):
    with an_intruder(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_message")
        cursor.execute("DELETE FROM registry_event WHERE stream = %s", [case.stream])
        cursor.execute("UPDATE registry_case SET head_seq = 0, head_hash = '' WHERE id = %s", [case.pk])
    broken(case.stream, 0, "状态为“refused”，但没有任何记录")


def test_events_of_a_holder_that_is_gone_are_a_break(case):
    with an_intruder():
        Ledger.objects.all()._raw_delete("default")
    broken("ledger:settings", 1, "所属对象不存在")


def test_an_event_slipped_in_at_the_end_is_beyond_the_head(case):
    last = case.events.get(seq=3)
    facts = last.facts() | {"seq": 4, "prev_hash": last.hash, "label": "补记"}
    columns = {name: facts[name] for name in Event.PROJECTED}
    body = canonical(facts)
    Event.objects.create(**columns, at=last.at, body=body, hash=digest("sha256", body))
    broken(case.stream, 4, "链头记为第 3 条，最后一条为第 4 条")


def test_a_case_in_another_state_than_its_last_act_left_it_is_a_break(case):
    with an_intruder(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_case SET state = 'admitted' WHERE id = %s", [case.pk])
    broken(case.stream, 3, "事项现为“admitted”，但最后的动作止于“refused”")


def test_an_act_that_begins_elsewhere_than_the_last_one_ended_is_a_break(case):
    """Even a chain rewritten from here to its head, with the head."""
    second, third = case.events.get(seq=2), case.events.get(seq=3)
    new = rewritten(second, from_state="cleared")
    touched(case, 2, **new)
    newer = rewritten(third, prev_hash=new["hash"])
    touched(case, 3, **newer)
    PoolApplication.objects.filter(pk=case.pk).update(head_hash=newer["hash"])
    broken(case.stream, 2, "由“cleared”开始，但上一动作止于“examining”")


def test_an_unknown_algorithm_and_an_unreadable_body_are_breaks_not_errors(case):
    touched(case, 2, alg="rot13")
    broken(case.stream, 2, "未知的哈希算法“rot13”")
    touched(case, 2, alg="sha256", body="[]", hash=digest("sha256", "[]"))
    broken(case.stream, 2, "正文不可读")


def test_an_algorithm_that_comes_later_is_read_beside_the_old_one(case):
    event = case.events.get(seq=3)
    new = digest("sha3_256", event.body)
    touched(case, 3, alg="sha3_256", hash=new)
    PoolApplication.objects.filter(pk=case.pk).update(head_hash=new)
    assert verify().events == Event.objects.count()


def test_bodies_are_canonical_so_that_anybody_can_write_them_again(case):
    for event in Event.objects.all():
        assert canonical(json.loads(event.body)) == event.body
