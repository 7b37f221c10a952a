"""Who sees an evaluation, its report, the application that it checks and the files of that: by person and state."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from evaluation.models import Evaluation
from greenmfg.rulebook import Category
from registry.models import Case, Document, PoolApplication
from tests.evaluation.checks import a_check, an_evaluation, another_agency
from tests.factories import a_draft, an_application
from tests.people import cast
from tests.registry.test_visibility import TODAY, who_sees, whose_desk

pytestmark = pytest.mark.django_db

BUREAU = {"zhou", "he"}
STATES = [value for value, _ in Evaluation.State.choices]
RUNNING = {"assigned", "scoring", "concluded"}
DESK = {"assigned": {"wu"}, "scoring": {"wu"}, "concluded": {"zhou"}}


@pytest.fixture
def people():
    return cast()


def who_reads(document, people) -> set[str]:
    everybody = [*people.everybody().items(), ("anonymous", AnonymousUser())]
    return {who for who, one in everybody if Document.objects.visible_to(one).filter(pk=document.pk).exists()}


@pytest.mark.parametrize("state", STATES)
def test_an_evaluation_is_seen_by_its_agency_and_the_bureau_the_application_only_while_it_runs(people, state):
    check = a_check(people, state)
    case = PoolApplication.objects.get(pk=check.target_id)
    assert who_sees(check, people) == {"wu"} | BUREAU
    theirs = {"chen", "zhao"} | BUREAU
    assert who_sees(case, people) == (theirs | {"wu"} if state in RUNNING else theirs)
    assert who_reads(case.documents.get(), people) == (theirs | {"wu"} if state in RUNNING else theirs)
    assert (case.state == "rechecking") is (case.agency_id is not None) is (state in RUNNING)
    for report in check.documents.all():
        assert who_reads(report, people) == {"wu"} | BUREAU


@pytest.mark.parametrize("state", STATES)
def test_it_lies_on_the_desk_of_whoever_can_move_it_on(people, state):
    check = a_check(people, state)
    assert whose_desk(check, people) == DESK.get(state, set())
    case = PoolApplication.objects.get(pk=check.target_id)
    assert whose_desk(case, people) == (set() if state in RUNNING else {"zhou"})


def test_an_agency_sees_nothing_of_anothers_work(people):
    other = another_agency()
    check = a_check(people, "concluded")
    for kind in (Case, Evaluation, PoolApplication):
        assert not kind.objects.visible_to(other).exists()
    assert not Document.objects.visible_to(other).exists()
    assert not Case.objects.awaiting(other, on=TODAY).exists()
    an_evaluation(people, an_application(people, "examining", by=people.liu), agency=other.agency)
    assert Evaluation.objects.visible_to(other).count() == 1
    assert check not in Evaluation.objects.visible_to(other)
    assert Evaluation.objects.visible_to(people.wu).get() == check


def test_drafts_and_other_applications_are_never_shown_to_an_evaluator(people):
    check = a_check(people, "scoring")
    a_draft(people, category=Category.GREEN_PARK)
    an_application(people, "examining", by=people.liu)
    assert list(PoolApplication.objects.visible_to(people.wu)) == [
        PoolApplication.objects.get(pk=check.target_id)
    ]


def test_an_evaluator_reads_no_internal_event(people):
    check = a_check(people, "confirmed")
    seen = check.target.events.visible_to(people.wu)
    assert set(seen.values_list("act", flat=True)) == {"nominate_self", "recheck", "end_recheck"}
