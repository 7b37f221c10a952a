"""A district's officers recommend at the same moment: together they never exceed the quota (Article 6)."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from registry.casework import new_op, perform
from registry.models import Case, PoolApplication, Quota
from registry.verify import verify
from tests.factories import NOW, a_call, a_draft, a_unit, do
from tests.people import cast
from tests.registry.pages import enterprise
from tests.reliability.crowd import CROWD, Crowd, outcomes, until
from tests.reliability.test_race import ROUNDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.article(6)]
PLACES = 3


@pytest.fixture
def people():
    return cast()


def recommend(pk, by, seen) -> str:
    case = Case.kinds["pool"].objects.get(pk=pk)
    person = get_user_model().objects.get(pk=by)
    return perform(
        case, "recommend", by=person, at=NOW, seen=seen, op=new_op(), reason="材料齐全，同意推荐。"
    ).state


def eight_waiting(people) -> list[PoolApplication]:
    made = []
    for _ in range(CROWD):
        person = enterprise(get_user_model().objects.count())
        a_unit(person.entity, people.zhao.district)
        made.append(do(a_draft(people, by=person), "ask_district", person))
    return made


def at_once(crowd, people, cases) -> dict[str, int]:
    return outcomes(crowd.at_once(*((recommend, (case.pk, people.zhao.pk, case.version)) for case in cases)))


def in_force(cases) -> int:
    return PoolApplication.objects.filter(pk__in=[c.pk for c in cases], state="examining").count()


def start_over(people, cases) -> None:
    """The recommended ones end and give their places back; new ones take their seats."""
    for case in PoolApplication.objects.filter(pk__in=[c.pk for c in cases], state="examining"):
        do(case, "refuse", people.zhou, reason="不符合")


def test_eight_officers_at_once_never_exceed_a_quota(people):
    Quota.objects.create(batch=a_call(), district=people.zhao.district, places=PLACES)
    with Crowd() as crowd:
        for _ in range(ROUNDS):
            cases = eight_waiting(people)
            assert at_once(crowd, people, cases) == {"done": PLACES, "AgainstRule": CROWD - PLACES}
            assert in_force(cases) == PLACES
            assert PoolApplication.places_used(a_call()) == {people.zhao.district_id: PLACES}
            start_over(people, cases)
    verify()


def test_control_without_the_lock_the_crowd_exceeds_it(people, monkeypatch):
    monkeypatch.setattr(PoolApplication, "lock_before", lambda self, act: None)
    Quota.objects.create(batch=a_call(), district=people.zhao.district, places=PLACES)
    with Crowd() as crowd:

        def broken() -> bool:
            cases = eight_waiting(people)
            at_once(crowd, people, cases)
            exceeded = in_force(cases) > PLACES
            start_over(people, cases)
            return exceeded

        assert until(broken, rounds=20)
