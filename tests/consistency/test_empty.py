"""Nothing to show is also an answer: every page that lists something says so, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

import greenmfg.urls  # noqa: F401 - with it every list is known
from greenmfg import clock
from registry.models import User
from registry.views.case_lists import CaseList
from tests.factories import NOW
from tests.people import Cast, cast

# Pages that list something and are no list of cases: address → who looks.
OTHERS = {
    "/notices/": "nobody",
    "/lists/": "nobody",
    "/lists/?q=无此单位": "nobody",
    "/my/": "chen",
    "/me/notifications/": "chen",
    "/search/?q=无此单位": "zhou",
    "/pool/": "zhou",
    "/manage/audit/": "shi",
}


def kinds_of(cls: type) -> Iterator[type[CaseList]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from kinds_of(sub)


LISTS = sorted((one for one in kinds_of(CaseList) if one.path), key=lambda one: one.path)


@pytest.fixture
def people(db: None) -> Iterator[Cast]:
    with clock.fixed(NOW):
        yield cast()


def page(user: User | None, address: str) -> str:
    client = Client()
    if user:
        client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def readers(people: Cast, roles: tuple) -> list[User]:
    """One person of each role; of every role where the list does not say."""
    everybody = {user.role: user for user in reversed(people.everybody().values())}
    return [user for role, user in everybody.items() if role in {r.code for r in roles}]


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.path)
def test_a_list_without_cases_says_so_to_each_of_its_readers(people, kind):
    found = readers(people, kind.roles)
    assert found
    for user in found:
        assert 'class="empty"' in page(user, kind.path)


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.path)
def test_a_list_that_a_search_has_emptied_offers_to_clear_it(people, kind):
    for user in readers(people, kind.roles):
        shown = page(user, f"{kind.path}?q=无此单位")
        assert 'class="empty"' in shown
        assert "清除" in shown.partition('class="empty"')[2]


@pytest.mark.parametrize(("address", "who"), OTHERS.items())
def test_a_page_without_rows_says_so(people, address, who):
    assert 'class="empty"' in page(None if who == "nobody" else getattr(people, who), address)
