"""Who sees which case, event and document, and whose desk a case lies on: per person and state."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from greenmfg.rulebook import Material
from registry.casework import record
from registry.models import Case, Document, PoolApplication, Publicity, Registration, Unit, User
from tests.factories import AFTER_NOTICE, NOW, a_document, a_notice, an_application, do
from tests.people import cast
from tests.registry.papers import a_roster, an_objection
from tests.registry.registrations import a_registration

pytestmark = pytest.mark.django_db

BUREAU = {"zhou", "he"}
TODAY = NOW.date()
POOL_STATES = [value for value, _ in PoolApplication.State.choices]


@pytest.fixture
def people():
    return cast()


def who_sees(case, people) -> set[str]:
    """By name, `anonymous` for a reader without an account; asked of the kind and of all cases alike."""
    found = set()
    for who, person in [*people.everybody().items(), ("anonymous", AnonymousUser())]:
        by_kind = type(case).objects.visible_to(person).filter(pk=case.pk).exists()
        assert Case.objects.visible_to(person).filter(pk=case.pk).exists() is by_kind
        if by_kind:
            found.add(who)
    return found


def whose_desk(case, people, on: date = TODAY) -> set[str]:
    found = set()
    for who, person in people.everybody().items():
        by_kind = type(case).objects.awaiting(person, on=on).filter(pk=case.pk).exists()
        assert Case.objects.awaiting(person, on=on).filter(pk=case.pk).exists() is by_kind
        if by_kind:
            found.add(who)
    return found


# --- seeing


@pytest.mark.parametrize("state", POOL_STATES)
def test_an_application_is_seen_by_its_unit_its_district_and_the_bureau(people, state):
    case = an_application(people, state)
    assert who_sees(case, people) == ({"chen"} if state == "draft" else {"chen", "zhao"} | BUREAU)


def test_whoever_has_left_an_enterprise_sees_its_drafts_no_more(people):
    case = an_application(people, "draft")
    people.chen.entity = people.liu.entity
    people.chen.save()
    assert who_sees(case, people) == set()


def test_a_colleague_sees_the_units_draft(people):
    case = an_application(people, "draft")
    people.liu.entity = people.chen.entity
    people.liu.save()
    assert who_sees(case, people) == {"chen", "liu"}


def test_after_a_relocation_the_cases_district_sees_it(people):
    case = an_application(people, "with_district")
    record(case, "转区", by=people.zhou, at=NOW, changes={"district": people.sun.district})
    assert who_sees(case, people) == {"chen", "sun"} | BUREAU


def test_a_disabled_person_sees_what_anybody_sees(people):
    case = an_application(people, "examining")
    people.zhou.is_active = False
    assert not PoolApplication.objects.visible_to(people.zhou).filter(pk=case.pk).exists()


def test_a_notice_is_public_from_its_signature(people):
    everybody = {*people.everybody(), "anonymous"}
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    assert who_sees(notice, people) == BUREAU
    assert who_sees(do(notice, "sign", people.he), people) == everybody
    assert who_sees(do(notice, "close", people.zhou, when=AFTER_NOTICE), people) == everybody
    sent_back = do(a_notice(people, an_application(people, "cleared", by=people.liu), signed=False),
                   "send_back", people.he, reason="x")  # fmt: skip
    assert who_sees(sent_back, people) == BUREAU
    assert who_sees(do(sent_back, "void", people.zhou, reason="x"), people) == BUREAU


@pytest.mark.parametrize("state", ["drafted", "sent_back", "void", "published"])
def test_a_list_is_public_once_published(people, state):
    roster = a_roster(people, state)
    public = {*people.everybody(), "anonymous"}
    assert who_sees(roster, people) == (public if state == "published" else BUREAU)


@pytest.mark.parametrize("state", [value for value, _ in Registration.State.choices])
def test_a_registration_is_seen_by_who_filed_it_its_district_and_the_bureau(people, state):
    case = a_registration(people, state)
    assert who_sees(case, people) == {"zhao"} | BUREAU
    person = User.objects.get(pk=case.opened_by_id)
    assert Registration.objects.visible_to(person).filter(pk=case.pk).exists()
    assert list(Document.objects.visible_to(person)) == list(case.documents.all())
    other = a_registration(people).opened_by
    assert not Registration.objects.visible_to(other).filter(pk=case.pk).exists()
    desk = {"filed": {"zhao"}}.get(state, set())
    assert whose_desk(case, people) == desk
    mine = Registration.objects.awaiting(person, on=TODAY).filter(pk=case.pk)
    assert mine.exists() is (state == "returned")


def test_an_objection_is_seen_by_the_bureau_only(people):
    objection = an_objection(people, an_application(people, "on_notice"))
    for step in ("accept", "dismiss"):
        assert who_sees(objection, people) == BUREAU
        objection = do(objection, step, people.zhou, reason="查无实据")
    assert who_sees(objection, people) == BUREAU


def test_internal_events_stay_in_the_bureau(people):
    case = an_application(people, "cleared")
    record(case, "指派", by=people.zhou, at=NOW, changes={"handler": people.zhou})
    inside = {"nominate_self", "type_score", "clear", "record"}
    for who, person in [*people.everybody().items(), ("anonymous", AnonymousUser())]:
        seen = set(case.events.visible_to(person).values_list("act", flat=True))
        assert seen == (inside if who in {"zhou", "he", "shi"} else {"nominate_self"})


def test_documents_are_seen_with_their_case_and_never_with_a_public_one(people):
    case = an_application(people, "on_notice")
    notice = Publicity.objects.get()
    theirs = case.documents.get()
    inner = a_document(notice, Material.EVIDENCE, people.zhou)
    for who, person in [*people.everybody().items(), ("anonymous", AnonymousUser())]:
        seen = set(Document.objects.visible_to(person))
        assert (theirs in seen) is (who in {"chen", "zhao"} | BUREAU)
        assert inner not in seen or who in BUREAU


@pytest.mark.parametrize("state", POOL_STATES)
def test_the_documents_of_a_case_that_is_seen_are_those_that_are_visible(people, state):
    case = an_application(people, state)
    for kind in (Material.CHECK_RECORD, Material.EVALUATION_REPORT, Material.EVIDENCE):
        a_document(case, kind, people.zhou)
    notices = list(Publicity.objects.all())
    for notice in notices:
        a_document(notice, Material.EVIDENCE, people.zhou)
    shown = 0
    for person in [*people.everybody().values(), AnonymousUser()]:
        for one in Case.objects.visible_to(person).filter(pk__in=[case.pk, *(n.pk for n in notices)]):
            found = set(Document.objects.of(one, person))
            assert found == set(Document.objects.visible_to(person).filter(case=one))
            shown += len(found)
    assert shown


def test_units_are_seen_by_their_people_until_they_stand_on_a_list(people):
    case = an_application(people, "on_notice")
    unit = Unit.objects.filter(pk=case.unit_id)
    everybody = [*people.everybody().items(), ("anonymous", AnonymousUser())]
    assert {who for who, person in everybody if unit.all() & Unit.objects.visible_to(person)} == {
        "chen", "zhao", "zhou", "he", "shi",
    }  # fmt: skip
    do(Publicity.objects.get(), "close", people.zhou, when=AFTER_NOTICE)
    do(case, "admit", people.zhou, when=AFTER_NOTICE)
    assert {who for who, person in everybody if unit.all() & Unit.objects.visible_to(person)} == {
        *people.everybody(), "anonymous",
    }  # fmt: skip


# --- the desk

DESK = {
    "draft": {"chen"},
    "with_district": {"zhao"},
    "returned_by_district": {"chen"},
    "examining": {"zhou"},
    "returned_by_bureau": {"chen"},
    "on_notice": set(),
    "cleared": set(),
}


@pytest.mark.parametrize("state", POOL_STATES)
def test_an_application_lies_on_the_desk_of_whoever_can_move_it(people, state):
    assert whose_desk(an_application(people, state), people) == DESK.get(state, set())


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("returned_by_district", {"chen", "zhao"}),
        ("returned_by_bureau", {"chen", "zhou"}),
        ("on_notice", {"zhou"}),
    ],
)
def test_what_waits_for_a_day_comes_to_the_desk_when_that_day_is_over(people, state, after):
    case = an_application(people, state)
    assert case.due_on == date(2026, 3, 25)
    assert whose_desk(case, people, date(2026, 3, 25)) == DESK[state]
    assert whose_desk(case, people, date(2026, 3, 26)) == after


def test_papers_lie_on_the_desk_of_whoever_signs_or_mends_them(people):
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    assert whose_desk(notice, people) == {"he"}
    assert whose_desk(do(notice, "send_back", people.he, reason="x"), people) == {"zhou"}
    roster = a_roster(people, filled=False)
    assert whose_desk(roster, people) == {"he"}
    assert whose_desk(do(roster, "send_back", people.he, reason="x"), people) == {"zhou"}
    objection = an_objection(people, an_application(people, "on_notice", by=people.liu))
    assert whose_desk(objection, people) == {"zhou"}
    assert whose_desk(do(objection, "accept", people.zhou), people) == {"zhou"}


def test_a_running_notice_waits_for_its_end(people):
    notice = a_notice(people, an_application(people, "cleared"))
    assert whose_desk(notice, people, date(2026, 3, 25)) == set()
    assert whose_desk(notice, people, date(2026, 3, 26)) == {"zhou"}


def test_who_has_taken_a_case_in_hand_has_it_alone_among_equals(people):
    second = type(people.zhou).objects.create(username="shiju2", name="钱宇", role="officer")
    case = an_application(people, "examining")
    mine = Case.objects.filter(pk=case.pk)
    assert mine & Case.objects.awaiting(second, on=TODAY)
    record(case, "指派", by=people.zhou, at=NOW, changes={"handler": people.zhou})
    assert not mine & Case.objects.awaiting(second, on=TODAY)
    assert whose_desk(case, people) == {"zhou"}
    # A hand of another role does not hide it from those who act next.
    record(case, "误记", by=people.zhou, at=NOW, changes={"handler": people.zhao})
    assert whose_desk(case, people) == {"zhou"}


def test_the_desk_holds_nothing_that_the_person_could_not_move_or_see(people):
    for state in ("cleared", "on_notice", "returned_by_bureau", "admitted", "examining", "draft"):
        an_application(people, state)
        # The next one needs another unit: a unit has one open case of a kind.
        Unit.objects.filter(entity=people.chen.entity, site="").update(category="green_park", site=state)
    a_roster(people, filled=False)
    calls = 0
    for person in people.everybody().values():
        for case in Case.objects.awaiting(person, on=date(2026, 12, 31)):
            calls += 1
            assert Case.kinds[case.kind].objects.get(pk=case.pk).acts_open_to(person), (person, case)
            assert Case.objects.visible_to(person).filter(pk=case.pk).exists()
    assert calls > 5


def test_a_desk_is_one_query_and_so_is_all_that_one_sees(people, django_assert_max_num_queries):
    an_application(people, "examining")
    for person in people.everybody().values():
        with django_assert_max_num_queries(1):
            list(Case.objects.awaiting(person, on=TODAY))
        with django_assert_max_num_queries(1):
            list(Case.objects.visible_to(person))


def test_there_is_nothing_public_of_an_application_beside_its_notice(people):
    an_application(people, "pool_left")
    assert not PoolApplication.objects.visible_to(AnonymousUser()).exists()
