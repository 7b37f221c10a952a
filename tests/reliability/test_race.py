"""Many at once: eight processes do the same thing at the same moment, and it happens once.

Each promise has its control: the same crowd breaks a naive build, so that it would be seen.
TORTURE=1 runs 50 rounds of each instead of 5.
"""

from __future__ import annotations

import os
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from evaluation.models import Evaluation
from greenmfg.rulebook import Category
from registry import casework
from registry.casework import new_op, perform
from registry.drafts import open_draft
from registry.models import (
    Case,
    EvaluatorAgency,
    Event,
    Ledger,
    Message,
    NoticeLine,
    Objection,
    PoolApplication,
    Publicity,
    Standing,
    Unit,
)
from registry.undoing import undo
from registry.verify import verify
from tests.evaluation.checks import another_agency
from tests.factories import AFTER_NOTICE, NOW, SCORED, a_call, a_notice, a_unit, an_application, do
from tests.people import cast
from tests.reliability.crowd import CROWD, Crowd, outcomes, until

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50 if os.environ.get("TORTURE") else 5


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def crowd(people):
    with Crowd() as workers:
        yield workers


# --- what a worker does; it gets ids, and reads its own objects


def act(kind, pk, name, *how) -> tuple[str, int]:
    by, seen, op, data = how
    when = data.pop("when", NOW)
    case = Case.kinds[kind].objects.get(pk=pk)
    person = get_user_model().objects.get(pk=by)
    done = perform(case, name, by=person, at=when, seen=seen, op=op, **data)
    return done.state, done.version


def take_back(kind, pk, by, seen, op) -> tuple[str, int]:
    case = Case.kinds[kind].objects.get(pk=pk)
    done = undo(case, by=get_user_model().objects.get(pk=by), at=NOW, seen=seen, op=op)
    return done.state, done.version


def draw_up(by, op, cases) -> int:
    text = {"title": "公示", "text": "正文", "starts_on": date(2026, 3, 19), "days": 5}
    person = get_user_model().objects.get(pk=by)
    return perform(Publicity(), "draw_up", by=person, at=NOW, seen=0, op=op, cases=cases, **text).pk


def begin(unit, by) -> str:
    found = Unit.objects.get(pk=unit)
    person = get_user_model().objects.get(pk=by)
    application = PoolApplication(unit=found, district=found.district, batch=a_call())
    return open_draft(application, by=person, at=NOW).no


def receive(notice, target, by) -> str:
    raised = Objection(publicity=Publicity.objects.get(pk=notice), target=Case.objects.get(pk=target))
    person = get_user_model().objects.get(pk=by)
    return perform(
        raised, "receive", by=person, at=AFTER_NOTICE, seen=0, op=new_op(),
        objector="王某", phone="1", received_on=date(2026, 3, 25), facts="x",
    ).no  # fmt: skip


# --- the same act


def test_the_same_act_at_once_happens_once(people, crowd):
    for _ in range(ROUNDS):
        case = an_application(people, "with_district")
        job = ("pool", case.pk, "decline", people.zhao.pk, case.version)
        answers = crowd.at_once(*((act, (*job, new_op(), {"reason": "异常"})) for _ in range(CROWD)))
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        fresh = PoolApplication.objects.get(pk=case.pk)
        assert (fresh.state, fresh.version) == ("district_declined", case.version + 1)
        assert list(fresh.events.order_by("seq").values_list("seq", "act")) == [
            (1, "ask_district"),
            (2, "decline"),
        ]
        assert Message.objects.filter(case_id=case.pk, event__act="decline").count() == 1
        assert all("赵敏于10:00已办理“不推荐”" in a.value for a in answers if a.outcome == "NotNow")
    verify()


def test_different_acts_at_once_happen_once_in_all(people, crowd):
    wanted = [("clear", {"reason": "同意"}), ("refuse", {"reason": "不符合"}), ("type_score", SCORED)]
    for _ in range(ROUNDS):
        case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
        jobs = [wanted[n % 3] for n in range(CROWD)]
        answers = crowd.at_once(
            *(
                (act, ("pool", case.pk, name, people.zhou.pk, case.version, new_op(), dict(data)))
                for name, data in jobs
            )
        )
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        fresh = PoolApplication.objects.get(pk=case.pk)
        assert (fresh.version, fresh.head_seq) == (case.version + 1, case.head_seq + 1)
        if not fresh.is_closed:
            do(fresh, "withdraw", people.chen)
    verify()


def test_the_same_operation_at_once_has_one_effect_and_one_answer(people, crowd):
    for _ in range(ROUNDS):
        case = an_application(people, "with_district")
        job = ("pool", case.pk, "decline", people.zhao.pk, case.version, new_op(), {"reason": "异常"})
        answers = crowd.at_once(*((act, job) for _ in range(CROWD)))
        assert [answer.value for answer in answers] == [("district_declined", case.version + 1)] * CROWD
        assert case.events.count() == 2
    verify()


def test_openings_with_one_operation_open_one_case(people, crowd):
    case = an_application(people, "cleared")
    for _ in range(ROUNDS):
        before = Publicity.objects.count()
        answers = crowd.at_once(*((draw_up, (people.zhou.pk, op, [case.pk])) for op in [new_op()] * CROWD))
        assert outcomes(answers) == {"done": CROWD}
        assert len({answer.value for answer in answers}) == 1
        assert Publicity.objects.count() == before + 1
    verify()


def test_openings_with_operations_of_their_own_are_numbered_apart(people, crowd):
    case = an_application(people, "cleared")
    for _ in range(ROUNDS):
        answers = crowd.at_once(*((draw_up, (people.zhou.pk, new_op(), [case.pk])) for _ in range(CROWD)))
        assert outcomes(answers) == {"done": CROWD}
    numbers = sorted(Publicity.objects.values_list("no", flat=True))
    assert numbers == [f"GS-2026-{n:04d}" for n in range(1, ROUNDS * CROWD + 1)]


def test_a_unit_gets_one_draft_however_often_the_button_is_pressed(people, crowd):
    for n in range(ROUNDS):
        unit = a_unit(people.chen.entity, people.zhao.district, Category.GREEN_PARK, site=f"厂区{n}")
        a_call()
        answers = crowd.at_once(*((begin, (unit.pk, people.chen.pk)) for _ in range(CROWD)))
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        assert unit.cases.count() == 1


def test_taking_back_and_going_on_exclude_each_other(people, crowd):
    for _ in range(ROUNDS):
        case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
        back = [
            (take_back, ("pool", case.pk, people.zhao.pk, case.version, new_op())) for _ in range(CROWD // 2)
        ]
        on = [
            (act, ("pool", case.pk, "type_score", people.zhou.pk, case.version, new_op(), dict(SCORED)))
            for _ in range(CROWD // 2)
        ]
        answers = crowd.at_once(*back, *on)
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        fresh = PoolApplication.objects.get(pk=case.pk)
        assert fresh.head_seq == case.head_seq + 1
        do(fresh, "withdraw", people.chen)
    verify()


def test_taking_back_with_one_operation_answers_alike(people, crowd):
    case = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意")
    job = ("pool", case.pk, people.zhao.pk, case.version, new_op())
    answers = crowd.at_once(*((take_back, job) for _ in range(CROWD)))
    assert [answer.value for answer in answers] == [("with_district", case.version + 1)] * CROWD


# --- an application that is sent to a third party


def commission(target, agency, by) -> str:
    asked = Evaluation(target=Case.objects.get(pk=target), agency=EvaluatorAgency.objects.get(pk=agency))
    person = get_user_model().objects.get(pk=by)
    return perform(asked, "commission", by=person, at=NOW, seen=0, op=new_op(), task="复核").no


def test_officers_who_commission_at_once_open_one_evaluation(people, crowd):
    """Two officers, two agencies: one of them checks, and the application knows which."""
    second = get_user_model().objects.create(username="shiju2", name="钱宇", role="officer")
    agencies = [people.wu.agency_id, another_agency().agency_id]
    for _ in range(ROUNDS):
        case = an_application(people, "examining")
        jobs = [(case.pk, agencies[n % 2], (people.zhou, second)[n % 2].pk) for n in range(CROWD)]
        answers = crowd.at_once(*((commission, job) for job in jobs))
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        check = Evaluation.objects.get(closed_at__isnull=True)
        case = PoolApplication.objects.get(pk=case.pk)
        assert (case.state, case.agency_id) == ("rechecking", check.agency_id)
        do(check, "void", people.zhou, reason="另行委托")
        do(PoolApplication.objects.get(pk=case.pk), "withdraw", people.chen)
    verify()


# --- an objection at the last moment


def test_nobody_enters_the_pool_past_an_objection_received_in_time(people, crowd):
    """Receiving, closing and entering at once: whatever comes first, no unit enters with an objection open."""
    received = 0
    for n in range(ROUNDS):
        a_unit(people.chen.entity, people.zhao.district, site=f"厂区{n}")
        case = an_application(people, "on_notice")
        notice = Publicity.objects.get(lines__case=case.pk)
        closing = ("publicity", notice.pk, "close", people.zhou.pk, notice.version)
        entering = ("pool", case.pk, "admit", people.zhou.pk, case.version)
        answers = crowd.at_once(
            (receive, (notice.pk, case.pk, people.zhou.pk)),
            (act, (*closing, new_op(), {"when": AFTER_NOTICE})),
            *((act, (*entering, new_op(), {"when": AFTER_NOTICE})) for _ in range(CROWD - 2)),
        )
        assert set(outcomes(answers)) <= {"done", "NotNow", "AgainstRule"}
        case = PoolApplication.objects.get(pk=case.pk)
        held = case.objections.filter(closed_at__isnull=True).exists()
        received += held
        assert held is (answers[0].outcome == "done")
        assert not (held and case.state == "admitted")
        assert Standing.objects.filter(opened_by_case_id=case.pk).exists() is (case.state == "admitted")
        Unit.objects.filter(entity=people.chen.entity).update(category=Category.GREEN_PARK)
    verify()


# --- two notices over the same cases


@pytest.fixture
def ten(people):
    """Ten cleared applications."""
    made = []
    for n in range(10):
        made.append(an_application(people, "cleared"))
        Unit.objects.filter(pk=made[-1].unit_id).update(category=Category.GREEN_PARK, site=f"园区{n}")
    return made


def opposite(follow):
    """Hands on the effects of every second notice the other way round."""

    def other_way_round(self, case, effects, event):
        return follow(self, case, effects[::-1] if case.pk % 2 else effects, event)

    return other_way_round


def sign_both(people, ten, crowd) -> list:
    """Two notices over the ten, signed at once; the other workers sign them too. Cleared again afterwards."""
    numbers = []
    while len({pk % 2 for pk in numbers}) < 2:  # one of even, one of odd id: so their effects come opposite
        numbers.append(a_notice(people, *ten, signed=False).pk)
    one, other = numbers[0], numbers[-1]
    answers = crowd.at_once(
        *(
            (act, ("publicity", pk, "sign", people.he.pk, 1, new_op(), {}))
            for pk in [one, other] * (CROWD // 2)
        )
    )
    # Along edges that exist, by hand: for the next round, ten new lives would cost ten times the time.
    cases = Case.objects.filter(pk__in=[case.pk for case in ten])
    with transaction.atomic():
        cases.filter(state="on_notice").update(state="examining")
        cases.filter(state="examining").update(state="cleared")
    return answers


def test_two_notices_over_the_same_cases_do_not_lock_each_other_out(people, ten, monkeypatch):
    monkeypatch.setattr(casework._Performance, "_follow", opposite(casework._Performance._follow))
    with Crowd() as crowd:
        for _ in range(ROUNDS):
            answers = sign_both(people, ten, crowd)
            assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
    assert NoticeLine.objects.filter(publicity__state="running").count() == 10 * ROUNDS


# --- controls: what the crowd does to naive builds


def naive(name) -> bool:
    """Check, then write: what the kernel does not do."""
    ledger = Ledger.objects.get(pk=name)
    if ledger.head_seq:
        return False
    ledger.head_seq = 1
    ledger.save()
    return True


def test_control_the_crowd_breaks_check_then_write(crowd):
    def broken() -> bool:
        name = Ledger.objects.create(name=new_op()).pk
        return sum(answer.value for answer in crowd.at_once(*((naive, (name,)) for _ in range(CROWD)))) > 1

    assert until(broken, rounds=50)


def test_control_the_crowd_breaks_effects_in_any_order(people, ten, monkeypatch):
    monkeypatch.setattr(casework._Performance, "_follow", opposite(casework._Performance._follow))
    monkeypatch.setattr(casework, "sorted", lambda items, key=None: list(items), raising=False)
    with Crowd() as crowd:
        assert until(lambda: "OperationalError" in outcomes(sign_both(people, ten, crowd)), rounds=15)


def test_control_without_the_lock_the_same_act_is_not_refused_cleanly(people, monkeypatch):
    """The unique row of the chain still stops a second event, but as an error, not as an answer."""

    def unlocked(case):
        return Case.kinds[case.kind].objects.get(pk=case.pk)

    monkeypatch.setattr(casework, "lock", unlocked)
    with Crowd() as crowd:

        def broken() -> bool:
            case = an_application(people, "with_district")
            job = ("pool", case.pk, "decline", people.zhao.pk, case.version)
            answers = crowd.at_once(*((act, (*job, new_op(), {"reason": "异常"})) for _ in range(CROWD)))
            assert Event.objects.filter(case=case.pk, act="decline").count() == 1
            return "IntegrityError" in outcomes(answers)

        assert until(broken, rounds=20)
