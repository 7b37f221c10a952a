"""State × person → the acts of an evaluation open to them, exactly; on objects that were never saved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from evaluation.models import Evaluation, Grading
from registry.models import Case, EvaluatorAgency
from tests.registry.test_matrix import CAST, a_case, opened, the, unsaved

# 吴迪's agency was asked. Whoever is not named in a row may do nothing.
TABLE = {
    "": {"zhou": {"commission"}},
    "assigned": {"wu": {"recuse", "begin"}, "zhou": {"void"}},
    "scoring": {"wu": {"recuse", "conclude"}, "zhou": {"void"}},
    "concluded": {"zhou": {"confirm", "send_back", "revise", "void"}},
    "confirmed": {},
    "recused": {},
    "void": {},
}


def a_check(state: str, *, agency: int = 1) -> Evaluation:
    """An evaluation of 陈晨's unit by 吴迪's agency (1) or another, in memory."""
    check = a_case(Evaluation, state)
    check.agency = EvaluatorAgency(id=agency)
    return check


@pytest.mark.parametrize("state", TABLE)
def test_what_is_open_to_whom(state):
    people, check = unsaved(), a_check(state)
    assert {who: opened(check, the(people, who)) for who in CAST} == {
        who: TABLE[state].get(who, set()) for who in CAST
    }


@pytest.mark.parametrize("state", TABLE)
def test_another_agency_and_a_reader_without_an_account_have_nothing_to_do(state):
    other = a_check(state, agency=2)
    assert opened(other, unsaved().wu) == set()
    assert opened(a_check(state), AnonymousUser()) == set()
    for person in unsaved().everybody().values():
        person.is_active = False
        assert opened(a_check(state), person) == set()


def test_the_table_is_whole():
    assert set(TABLE) == {"", *(value for value, _ in Evaluation.State.choices)}
    named = {act for row in TABLE.values() for acts in row.values() for act in acts}
    assert named == {row.name for row in Evaluation.acts().values() if not row.follows}
    assert {kind for kind in Case.kinds.values() if kind.__module__.startswith("evaluation.")} == {
        Evaluation,
        Grading,
    }


@pytest.mark.parametrize("state", TABLE)
def test_the_conclusion_is_edited_by_the_agency_while_it_scores(state):
    people = unsaved()
    editors = {who for who in CAST if a_check(state).may_edit(the(people, who))}
    assert editors == ({"wu"} if state == "scoring" else set())
