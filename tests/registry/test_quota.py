"""Quotas: a district recommends up to its places, and which recommendations hold one (Article 6)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenmfg.rulebook import Category
from registry.acts import AgainstRule, Refused
from registry.casework import new_op
from registry.models import PoolApplication, Quota, User
from registry.undoing import undo
from tests.factories import AFTER_NOTICE, DEMANDS, NOW, SCORED, a_call, a_draft, a_notice, a_unit, do
from tests.people import Cast, cast
from tests.registry.pages import afterwards_forgotten, enterprise
from tests.registry.papers import an_objection

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]
CHANGPING = "110114"


@pytest.fixture
def people() -> Cast:
    return cast()


def waiting(people: Cast, count: int) -> list[PoolApplication]:
    """That many applications that wait for 昌平's word."""
    made = []
    for _ in range(count):
        person = enterprise(User.objects.count())
        a_unit(person.entity, people.zhao.district)
        made.append(do(a_draft(people, by=person), "ask_district", person))
    return made


def quota(places: int) -> None:
    Quota.objects.create(batch=a_call(), district_id=CHANGPING, places=places)


def recommend(people: Cast, case: PoolApplication) -> PoolApplication:
    return do(case, "recommend", people.zhao, reason="同意推荐")


def used() -> int:
    return PoolApplication.places_used(a_call()).get(CHANGPING, 0)


def owner(case: PoolApplication) -> User:
    return User.objects.get(entity=case.unit.entity_id)


def test_beyond_the_quota_nothing_is_recommended(people):
    quota(1)
    first, second = waiting(people, 2)
    recommend(people, first)
    with pytest.raises(AgainstRule) as refused:
        recommend(people, second)
    (finding,) = refused.value.findings
    assert (finding.article, finding.message) == (6, "2026年第一批昌平名额 1 个，已推荐 1 个，不能再推荐")
    assert PoolApplication.objects.get(pk=second.pk).state == "with_district"


def test_without_a_quota_there_is_no_limit_and_another_districts_does_not_count(people):
    Quota.objects.create(batch=a_call(), district_id="110115", places=0)
    for case in waiting(people, 3):
        recommend(people, case)
    assert used() == 3


def test_a_quota_is_that_of_the_call(people):
    Quota.objects.create(
        batch=a_call(name="专项", closes_on=date(2026, 4, 1)), district_id=CHANGPING, places=0
    )
    (case,) = waiting(people, 1)
    assert recommend(people, case).state == "examining"


def test_self_nomination_uses_no_place(people):
    quota(0)
    case = a_draft(people)
    assert do(case, "nominate_self", people.chen).state == "examining"
    assert used() == 0


@pytest.mark.parametrize("way", ["undo", "withdraw", "refuse", "lapse"])
def test_what_ends_before_the_public_saw_it_gives_its_place_back(people, way):
    quota(1)
    first, second = waiting(people, 2)
    first = recommend(people, first)
    if way == "undo":
        undo(first, by=people.zhao, at=NOW, seen=first.version, op=new_op())
    elif way == "withdraw":
        do(first, "withdraw", owner(first))
    elif way == "refuse":
        do(first, "refuse", people.zhou, reason="不符合")
    else:
        do(first, "return_by_bureau", people.zhou, demands=DEMANDS, due_on=date(2026, 3, 25))
        assert used() == 1  # a return keeps it
        do(first, "lapse", people.zhou, when=AFTER_NOTICE)
    assert used() == 0
    assert recommend(people, second).state == "examining"


def test_what_the_public_saw_keeps_its_place_even_when_it_is_refused_afterwards(people):
    quota(1)
    first, second = waiting(people, 2)
    first = do(do(recommend(people, first), "type_score", people.zhou, **SCORED), "clear", people.zhou)
    a_notice(people, first)
    do(do(an_objection(people, first), "accept", people.zhou), "uphold", people.zhou, reason="属实")
    do(first, "refuse", people.zhou, reason="异议成立")
    assert used() == 1
    with pytest.raises(AgainstRule, match="名额 1 个"):
        recommend(people, second)


def test_a_refusal_is_not_taken_back_when_its_place_is_gone(people):
    quota(1)
    first, second = waiting(people, 2)
    first = do(recommend(people, first), "refuse", people.zhou, reason="不符合")
    recommend(people, second)
    with pytest.raises(AgainstRule, match="名额 1 个，已推荐 1 个"):
        undo(first, by=people.zhou, at=NOW, seen=first.version, op=new_op())
    assert PoolApplication.objects.get(pk=first.pk).state == "refused"


# --- any history

ACTS = [
    "recommend",
    "undo",
    "return_by_bureau",
    "resubmit_to_bureau",
    "refuse",
    "withdraw",
    "lapse",
    "type_score",
]
STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTS)), min_size=4, max_size=16)


def one_step(people: Cast, case: PoolApplication, act: str) -> None:
    """As the person whose act it is; `undo` by whoever acted last."""
    case = PoolApplication.objects.get(pk=case.pk)
    if act == "undo":
        by = case.events.latest("seq").by
        undo(case, by=by, at=NOW, seen=case.version, op=new_op())
        return
    data = {
        "recommend": {"reason": "同意"},
        "return_by_bureau": {"demands": DEMANDS, "due_on": date(2026, 3, 20), "reason": "补传的材料缺页"},
        "refuse": {"reason": "不符合"},
        "type_score": SCORED,
    }.get(act, {})
    who = {"recommend": people.zhao, "resubmit_to_bureau": owner(case), "withdraw": owner(case)}
    when = AFTER_NOTICE if act == "lapse" else NOW
    do(case, act, who.get(act, people.zhou), when=when, **data)


def holds(case: PoolApplication) -> bool:
    """By its last events alone: recommended, and neither taken back nor ended."""
    state, recommended = "with_district", False
    for event in case.events.order_by("seq"):
        state = event.to_state
        if event.act == "recommend":
            recommended = True
        if event.act == "undo" and state == "with_district":
            recommended = False
    return recommended and state not in {"withdrawn", "refused", "lapsed"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.integers(0, 2), steps=STEPS)
def test_no_history_exceeds_a_quota(people, places, steps):
    with afterwards_forgotten():
        quota(places)
        cases = waiting(people, 3)
        for n, act in steps:
            full = used() >= places
            try:
                one_step(people, cases[n], act)
            except Refused as refusal:
                if act == "recommend" and isinstance(refusal, AgainstRule):
                    assert full, "refused although a place was free"
            else:
                assert not (act == "recommend" and full)
            assert used() == sum(holds(case) for case in cases) <= places


def test_categories_share_a_districts_quota(people):
    quota(1)
    (first,) = waiting(people, 1)
    recommend(people, first)
    person = enterprise(User.objects.count())
    a_unit(person.entity, people.zhao.district, Category.GREEN_SUPPLY_CHAIN)
    other = do(a_draft(people, by=person, category=Category.GREEN_SUPPLY_CHAIN), "ask_district", person)
    with pytest.raises(AgainstRule, match="名额 1 个"):
        recommend(people, other)
