"""Who sees a grading and which of its events, and on whose desk it lies: by person and state."""

from __future__ import annotations

from datetime import date

import pytest

from evaluation.models import Grading
from registry.models import Case
from tests.evaluation.checks import another_agency
from tests.evaluation.gradings import a_grading
from tests.factories import do
from tests.people import cast
from tests.registry.test_visibility import who_sees, whose_desk

pytestmark = pytest.mark.django_db

BUREAU = {"zhou", "he"}
STATES = [value for value, _ in Grading.State.choices]
DESK = {
    "self_assessing": {"chen"},
    "assigned": {"wu"},
    "to_assign": {"zhou"},
    "scoring": {"wu"},
    "concluded": {"zhou"},
}


@pytest.fixture
def people():
    return cast()


@pytest.mark.parametrize("state", STATES)
def test_a_grading_is_seen_by_its_unit_its_district_its_agency_and_the_bureau(people, state):
    case = a_grading(people, state)
    agency = set() if state == "to_assign" else {"wu"}  # whoever stepped aside is out
    assert who_sees(case, people) == {"chen", "zhao"} | agency | BUREAU
    assert whose_desk(case, people) == DESK.get(state, set())
    stranger = another_agency()
    assert not Grading.objects.visible_to(stranger).exists()
    assert not Case.objects.visible_to(stranger).exists()


def test_the_bureau_is_called_once_the_day_of_the_self_evaluation_has_passed(people):
    case = a_grading(people)
    assert whose_desk(case, people, on=date(2026, 3, 31)) == {"chen"}
    assert whose_desk(case, people, on=date(2026, 4, 1)) == {"chen", "zhou"}


def test_outside_of_the_bureau_nobody_reads_an_internal_event(people):
    case = a_grading(people, "to_assign")
    case = do(case, "assign", people.zhou, agency=another_agency().agency)
    for one in (people.chen, people.zhao):
        assert set(case.events.visible_to(one).values_list("act", flat=True)) == {"include", "file_own"}
    acts = set(case.events.visible_to(people.zhou).values_list("act", flat=True))
    assert acts == {"include", "file_own", "recuse", "assign"}
