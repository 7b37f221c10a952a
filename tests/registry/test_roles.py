"""A role is declared once and read in three ways; the three must agree."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import roles
from registry.models import Case, District, EvaluatorAgency, LegalEntity, Unit, User
from registry.roles import BY_CODE, ROLES, Role
from tests.factories import NOW
from tests.people import cast, unsaved

pytestmark = pytest.mark.django_db

# Pairs that a role could be declared with; those of the roles in use are among them.
PAIRS = [
    ("entity_id", "unit__entity_id"),
    ("district_id", "district_id"),
    ("district_id", "unit__district_id"),
    ("agency_id", "agency_id"),
    ("id", "opened_by_id"),
]


@pytest.fixture
def world():
    """Every kind of person, active and not, and cases with every mixture of unit, district and agency."""
    people = cast()
    districts = [None, *District.objects.filter(pk__in=["110114", "110115"])]
    agencies = [None, EvaluatorAgency.objects.get(), EvaluatorAgency.objects.create(name="另一示例机构")]
    entities = [None, *LegalEntity.objects.all()]
    units = [None]
    for entity, district in product(entities[1:], districts):
        units.append(
            Unit.objects.create(
                entity=entity, district=district, category="green_factory", site=str(district)
            )
        )
    for n, (role, entity, district, agency) in enumerate(product(ROLES, entities, districts, agencies)):
        body = {"unit": entity, "district": district, "evaluator": agency}.get(role.code, True)
        if body is not None:  # the database refuses a role without its body
            User.objects.create(
                username=f"u{n}", name=f"{role}{n}", role=role.code, is_active=bool(n % 3),
                entity=entity, district=district, agency=agency,
            )  # fmt: skip
    openers = [None, *User.objects.order_by("pk")]
    for n, (unit, district, agency) in enumerate(product(units, districts, agencies)):
        Case.objects.create(
            kind="objection", state="received", no=f"T-{n}", opened_at=NOW,
            unit=unit, district=district, agency=agency, opened_by=openers[5 * n % len(openers)],
        )  # fmt: skip
    assert people.chen.pk
    cases = list(Case.objects.select_related("unit"))
    return list(User.objects.all()), cases


def in_memory(role, users, cases):
    return {(case.pk, user.pk) for case in cases for user in users if role.may(case, user)}


def as_cases(role, users):
    return {
        (pk, user.pk)
        for user in users
        for pk in Case.objects.filter(role.cases(user)).values_list("pk", flat=True)
    }


def as_users(role, cases):
    return {(case.pk, pk) for case in cases for pk in role.of(case).values_list("pk", flat=True)}


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_three_faces_of_every_role_agree_over_a_whole_world(world, code):
    users, cases = world
    role = BY_CODE[code]
    expected = in_memory(role, users, cases)
    assert as_cases(role, users) == expected
    assert as_users(role, cases) == expected
    assert bool(expected) is role.casework


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    code=st.sampled_from(sorted(BY_CODE)),
    agree=st.lists(st.sampled_from(PAIRS), max_size=3, unique=True),
    casework=st.booleans(),
    data=st.data(),
)
def test_three_faces_agree_for_any_role_that_could_be_declared(world, code, agree, casework, data):
    users, cases = world
    some = data.draw(st.lists(st.sampled_from(users), max_size=12, unique_by=lambda u: u.pk))
    few = data.draw(st.lists(st.sampled_from(cases), max_size=12, unique_by=lambda c: c.pk))
    role = Role(code, "试", tuple(agree), casework=casework)
    expected = in_memory(role, some, few)
    wanted_cases, wanted_users = {c.pk for c in few}, {u.pk for u in some}
    assert {pair for pair in as_cases(role, some) if pair[0] in wanted_cases} == expected
    assert {pair for pair in as_users(role, few) if pair[1] in wanted_users} == expected


def test_nobody_without_an_account_holds_a_role():
    from django.contrib.auth.models import AnonymousUser

    for role in ROLES:
        assert not role.held_by(AnonymousUser())
        assert not role.may(Case(), AnonymousUser())


def test_an_empty_field_agrees_with_nothing():
    people = unsaved()
    people.zhao.district = None
    assert not roles.DISTRICT.may(Case(district=None), people.zhao)
    people.chen.entity = None
    assert not roles.UNIT.may(Case(unit=None), people.chen)


def test_the_three_administrators_have_no_casework():
    apart = {role.code for role in ROLES if not role.casework}
    assert apart == {"admin", "security", "auditor"}
    in_use = {
        r.code for kind in Case.kinds.values() for row in kind.acts().values() for r in (*row.by, *row.tells)
    }
    assert not apart & in_use
    assert not apart & {role.code for kind in Case.kinds.values() for role in kind.SEEN_BY}
