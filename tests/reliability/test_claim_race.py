"""Many who want the same entity, code or merge at one moment: one has it, the others are told."""

from __future__ import annotations

import os

import pytest

from registry.casework import new_op, perform
from registry.merging import merge
from registry.models import LegalEntity, Merge, Registration, Unit, User
from registry.verify import verify
from tests.factories import NOW
from tests.people import cast
from tests.registry.registrations import (
    a_registration,
    an_imported_entity,
)
from tests.reliability.crowd import CROWD, Crowd, outcomes

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20 if os.environ.get("TORTURE") else 3


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def crowd(people):
    with Crowd() as workers:
        yield workers


def confirm(pk: int, by: int, choice: dict) -> str:
    case = Registration.objects.get(pk=pk)
    person = User.objects.get(pk=by)
    return perform(
        case, "confirm", by=person, at=NOW, seen=case.version, op=new_op(), reason="同一企业", **choice
    ).state


def join_records(kept: int, gone: int, by: int) -> int:
    return merge(kept, gone, by=User.objects.get(pk=by), at=NOW, reason="同一企业").pk


def test_one_entity_claimed_by_many_at_once_goes_to_one(people, crowd):
    for n in range(ROUNDS):
        unit = an_imported_entity(people, f"争领示例第{n}厂")
        code = f"91110114MA0001{n:03d}X"
        cases = [a_registration(people, name=f"争领示例第{n}厂", credit_code=code) for _ in range(CROWD)]
        choice = {"entity": unit.entity_id, "people": 0, "units": [unit.pk]}
        answers = crowd.at_once(*((confirm, (case.pk, people.zhao.pk, choice)) for case in cases))
        assert outcomes(answers) == {"done": 1, "NotNow": CROWD - 1}
        assert unit.entity.people.count() == 1
        assert Registration.objects.filter(name=f"争领示例第{n}厂", state="filed").count() == CROWD - 1
    verify()


def test_one_code_becomes_one_entity(people, crowd):
    for n in range(ROUNDS):
        code = f"91110114MA0002{n:03d}X"
        cases = [a_registration(people, name=f"新立示例第{n}厂", credit_code=code) for _ in range(CROWD)]
        choice = {"entity": None, "units": []}
        answers = crowd.at_once(*((confirm, (case.pk, people.zhao.pk, choice)) for case in cases))
        told = outcomes(answers)
        assert told.pop("done") == 1
        assert set(told) <= {"NotNow", "AgainstRule"}
        assert LegalEntity.objects.filter(credit_code=code).count() == 1
        assert Unit.objects.filter(entity__credit_code=code).count() == 1
    verify()


def test_two_ways_of_merging_the_same_two_records_leave_one_shell(people, crowd):
    for n in range(ROUNDS):
        one, two = (an_imported_entity(people, f"合并示例第{n}{sign}厂").entity_id for sign in "甲乙")
        pairs = [(one, two), (two, one)] * (CROWD // 2)
        answers = crowd.at_once(*((join_records, (*pair, people.zhou.pk)) for pair in pairs))
        told = outcomes(answers)
        assert told.pop("done") == 1
        assert set(told) <= {"AgainstRule", "NotNow"}
        assert Merge.objects.filter(kept__in=[one, two]).count() == 1
        assert LegalEntity.objects.in_use().filter(pk__in=[one, two]).count() == 1
    verify()
