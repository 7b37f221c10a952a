"""State × person → the acts open to them, exactly. Written from the measure and the lives in words, not from the
code: one table per kind of case, on objects that were never saved."""

from __future__ import annotations

import pytest

from registry.models import (
    Case,
    Correction,
    District,
    LegalEntity,
    Objection,
    PoolApplication,
    Publicity,
    Registration,
    Roster,
    Unit,
    User,
)
from tests import people as cast_of

# 林华 has registered an enterprise that nobody has confirmed yet; every case here was opened by her.
CAST = ("chen", "liu", "lin", "zhao", "sun", "zhou", "he", "wu", "gao", "shen", "shi", "anybody")
LIN = 99


def unsaved():
    found = cast_of.unsaved()
    found.lin = User(id=LIN, username="lin", name="林华", role="registrant")
    return found


# 陈晨's own application in 赵敏's district. Whoever is not named in a row may do nothing.
POOL = {
    "": {},
    "draft": {"chen": {"nominate_self", "ask_district"}},
    "with_district": {"chen": {"withdraw"}, "zhao": {"recommend", "return_by_district", "decline"}},
    "returned_by_district": {
        "chen": {"resubmit_to_district", "withdraw"},
        "zhao": {"lapse_with_district"},
    },
    "district_declined": {},
    "examining": {"chen": {"withdraw"}, "zhou": {"type_score", "clear", "return_by_bureau", "refuse"}},
    "returned_by_bureau": {"chen": {"resubmit_to_bureau", "withdraw"}, "zhou": {"lapse"}},
    "rechecking": {},
    "lapsed": {},
    "cleared": {"chen": {"withdraw"}, "zhou": {"reopen"}},
    "on_notice": {"zhou": {"admit"}},
    "admitted": {"zhou": {"leave_pool"}},
    "refused": {},
    "withdrawn": {},
    "pool_left": {},
}

PUBLICITY = {
    "": {"zhou": {"draw_up"}},
    "drafted": {"zhou": {"void"}, "he": {"sign", "send_back"}},
    "sent_back": {"zhou": {"redraw", "void"}},
    "running": {"zhou": {"close"}},
    "closed": {},
    "void": {},
}

OBJECTION = {
    "": {"zhou": {"receive"}, "anybody": {"file"}},
    "received": {"zhou": {"accept", "turn_away"}},
    "checking": {"zhou": {"uphold", "dismiss"}},
    "turned_away": {},
    "upheld": {},
    "dismissed": {},
}

CORRECTION = {
    "": {"zhou": {"draw_up"}},
    "drafted": {"zhou": {"void"}, "he": {"sign", "send_back"}},
    "sent_back": {"zhou": {"redraw", "void"}},
    "published": {},
    "void": {},
}

ROSTER = {
    "": {"zhou": {"draw_up", "bring_in"}},
    "drafted": {"zhou": {"void"}, "he": {"publish", "send_back"}},
    "sent_back": {"zhou": {"redraw", "void"}},
    "published": {},
    "imported": {},
    "void": {},
}

REGISTRATION = {
    "": {"lin": {"register"}},
    "filed": {"lin": {"withdraw"}, "zhao": {"confirm", "send_back", "decline"}},
    "returned": {"lin": {"refile", "withdraw"}, "zhao": {"lapse"}},
    "confirmed": {},
    "declined": {},
    "lapsed": {},
    "withdrawn": {},
}

TABLES = {
    PoolApplication: POOL,
    Registration: REGISTRATION,
    Publicity: PUBLICITY,
    Correction: CORRECTION,
    Objection: OBJECTION,
    Roster: ROSTER,
}
ROWS = [
    pytest.param(kind, state, row, id=f"{kind.KIND}-{state or 'BEGIN'}")
    for kind, table in TABLES.items()
    for state, row in table.items()
]


def a_case(kind, state: str) -> Case:
    """A case of 陈晨's unit in 赵敏's district, in memory."""
    unit = Unit(id=1, entity=LegalEntity(id=1), category="green_factory", district_id="110114")
    return kind(
        id=1, kind=kind.KIND, state=state, unit=unit, district=District(code="110114"), opened_by_id=LIN
    )


def the(people, who: str):
    """One of the cast; None is whoever acts without an account, as nobody in particular."""
    return None if who == "anybody" else getattr(people, who)


def opened(case, person, done=()) -> set[str]:
    return {row.name for row in case.acts_open_to(person, done=done)}


@pytest.mark.parametrize(("kind", "state", "row"), ROWS)
def test_what_is_open_to_whom(kind, state, row):
    people = unsaved()
    case = a_case(kind, state)
    assert {who: opened(case, the(people, who)) for who in CAST} == {who: row.get(who, set()) for who in CAST}


@pytest.mark.parametrize(("kind", "state", "row"), ROWS)
def test_nothing_is_open_to_a_disabled_person_or_a_reader_without_an_account(kind, state, row):
    from django.contrib.auth.models import AnonymousUser

    case = a_case(kind, state)
    assert opened(case, AnonymousUser()) == set()
    for person in unsaved().everybody().values():
        person.is_active = False
        assert opened(case, person) == set()


@pytest.mark.parametrize("kind", TABLES)
def test_the_table_has_a_row_for_every_state(kind):
    assert set(TABLES[kind]) == {"", *(value for value, _ in kind.State.choices)}


def test_every_kind_of_this_room_has_its_table():
    here = {kind for kind in Case.kinds.values() if kind.__module__.startswith("registry.")}
    assert here == set(TABLES)


@pytest.mark.parametrize("kind", TABLES)
def test_the_tables_name_every_act_that_is_a_button(kind):
    named = {act for row in TABLES[kind].values() for acts in row.values() for act in acts}
    assert named == {row.name for row in kind.acts().values() if not row.follows}


# --- another's case


@pytest.mark.parametrize("state", POOL)
def test_the_other_enterprise_and_the_other_district_swap_places_on_their_case(state):
    people = unsaved()
    case = a_case(PoolApplication, state)
    case.unit.entity, case.district = people.liu.entity, people.sun.district
    swapped = {"liu": "chen", "sun": "zhao", "chen": "liu", "zhao": "sun"}
    for who in CAST:
        assert opened(case, the(people, who)) == POOL[state].get(swapped.get(who, who), set())


def test_the_district_that_acts_is_the_cases_not_the_units():
    people = unsaved()
    case = a_case(PoolApplication, "with_district")
    case.district = people.sun.district  # after a relocation
    assert opened(case, people.zhao) == set()
    assert opened(case, people.sun) == {"recommend", "return_by_district", "decline"}


# --- two persons


@pytest.mark.parametrize(
    ("kind", "signature"),
    [(Publicity, "sign"), (Roster, "publish"), (Correction, "sign")],
    ids=["publicity", "roster", "correction"],
)
def test_whoever_had_a_hand_in_a_paper_does_not_sign_it(kind, signature):
    people = unsaved()
    chief, other = people.he, people.zhou
    drafted = a_case(kind, "drafted")
    everything, without = {signature, "send_back"}, {"send_back"}
    assert opened(drafted, chief, done=[("draw_up", other.pk)]) == everything
    assert opened(drafted, chief, done=[("draw_up", chief.pk)]) == without
    assert opened(drafted, chief, done=[("draw_up", other.pk), ("redraw", chief.pk)]) == without
    # Somebody else's later hand does not wash one's own away.
    assert opened(drafted, chief, done=[("draw_up", chief.pk), ("redraw", other.pk)]) == without
    # Having sent it back is no hand in it, nor is what a system act left without a person.
    assert opened(drafted, chief, done=[("draw_up", None), ("send_back", chief.pk)]) == everything


# --- editing


EDITORS = {
    PoolApplication: {"draft": "chen", "returned_by_district": "chen", "returned_by_bureau": "chen"},
    Publicity: {"sent_back": "zhou"},
    Objection: {},
    Correction: {"sent_back": "zhou"},
    Roster: {},
    Registration: {},
}


@pytest.mark.parametrize("kind", TABLES)
def test_fields_are_edited_by_the_one_the_case_waits_for(kind):
    people = unsaved()
    for state in TABLES[kind]:
        allowed = EDITORS[kind].get(state)
        case = a_case(kind, state)
        assert {who for who in CAST if case.may_edit(the(people, who))} == ({allowed} if allowed else set())


def test_acts_come_in_the_order_of_the_class_body():
    people = unsaved()
    case = a_case(PoolApplication, "examining")
    assert [row.name for row in case.acts_open_to(people.zhou, done=())] == [
        "type_score",
        "clear",
        "return_by_bureau",
        "refuse",
    ]
