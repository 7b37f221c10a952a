"""State × person → the acts of a grading open to them, exactly; on objects that were never saved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from evaluation.models import Grading
from registry.models import EvaluatorAgency
from tests.registry.test_matrix import CAST, a_case, opened, the, unsaved

# 陈晨's factory, to be scored by 吴迪's agency. Whoever is not named in a row may do nothing.
TABLE = {
    "": {"zhou": {"include"}},
    "self_assessing": {"chen": {"file_own"}, "zhou": {"go_on", "void"}},
    "assigned": {"wu": {"begin", "recuse"}, "zhou": {"reassign", "void"}},
    "to_assign": {"zhou": {"assign", "void"}},
    "scoring": {"wu": {"conclude", "recuse"}, "zhou": {"void"}},
    "concluded": {"zhou": {"award", "revise", "send_back", "void"}},
    "graded": {},
    "void": {},
}
EDITORS = {"self_assessing": {"chen"}, "scoring": {"wu"}}


def a_grading(state: str, *, agency: int = 1) -> Grading:
    case = a_case(Grading, state)
    case.agency = EvaluatorAgency(id=agency)
    return case


@pytest.mark.parametrize("state", TABLE)
def test_what_is_open_to_whom(state):
    people, case = unsaved(), a_grading(state)
    assert {who: opened(case, the(people, who)) for who in CAST} == {
        who: TABLE[state].get(who, set()) for who in CAST
    }


@pytest.mark.parametrize("state", TABLE)
def test_another_agency_a_reader_without_an_account_and_the_disabled_have_nothing_to_do(state):
    assert opened(a_grading(state, agency=2), unsaved().wu) == set()
    assert opened(a_grading(state), AnonymousUser()) == set()
    for person in unsaved().everybody().values():
        person.is_active = False
        assert opened(a_grading(state), person) == set()


def test_the_table_is_whole():
    assert set(TABLE) == {"", *(value for value, _ in Grading.State.choices)}
    named = {act for row in TABLE.values() for acts in row.values() for act in acts}
    assert named == {row.name for row in Grading.acts().values() if not row.follows}


@pytest.mark.parametrize("state", TABLE)
def test_the_unit_writes_while_it_evaluates_itself_and_the_agency_while_it_scores(state):
    people = unsaved()
    editors = {who for who in CAST if a_grading(state).may_edit(the(people, who))}
    assert editors == EDITORS.get(state, set())


def test_every_state_that_is_written_says_which_fields_and_no_two_sides_share_one():
    written = Grading.WRITTEN
    assert set(written) == Grading.EDITABLE
    assert not written["self_assessing"] & written["scoring"]
    assert not (written["self_assessing"] | written["scoring"]) & {
        "revised",
        "final_score",
        "final_meets",
        "scheme",
    }
