"""Officers take the same unit into a grading round at the same moment: it is taken in once (Article 7)."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from evaluation import rounds
from evaluation.models import Grading, GradingRound
from registry.casework import new_op
from registry.models import EvaluatorAgency, Unit
from registry.verify import verify
from tests.evaluation.gradings import a_listed_factory, a_round
from tests.factories import NOW
from tests.people import cast
from tests.reliability.crowd import CROWD, Crowd, outcomes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.article(7)]


def take_in(round: int, unit: int, by: int) -> tuple[int, list[str]]:
    person = get_user_model().objects.get(pk=by)
    pairs = [(Unit.objects.get(pk=unit), EvaluatorAgency.objects.get())]
    target = GradingRound.objects.get(pk=round)
    done, left = rounds.include_each(target, pairs, by=person, at=NOW, op=new_op())
    return len(done), [why for _, why in left]


def test_eight_officers_at_once_take_a_unit_in_once():
    people = cast()
    unit, first = a_listed_factory(people), a_round(people)
    second = a_round(people, scheme=first.scheme, name="另一批次")
    with Crowd() as crowd:
        # Half of them into each of two rounds: the open case is one.
        calls = [(take_in, ((first, second)[n % 2].pk, unit.pk, people.zhou.pk)) for n in range(CROWD)]
        answers = crowd.at_once(*calls)
    assert outcomes(answers) == {"done": CROWD}
    assert sum(done for done, _ in (answer.value for answer in answers)) == 1
    reasons = [why for answer in answers for why in answer.value[1]]
    winner = Grading.objects.get().round
    assert sorted(set(reasons)) == sorted({"该单位已有一件未办结的分级评价", f"该单位已纳入{winner}"})
    assert len(reasons) == CROWD - 1
    verify()
