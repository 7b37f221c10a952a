"""What pages ask of the database: a list costs the same at one row and at three, and neither it nor a detail much.

Sessions, the signed-in user, the menu's counts and the calendar are counted in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry.models import Case, Event, PoolApplication, Publicity, Roster, Standing, User
from registry.resources import brought
from registry.resources.units import Units
from tests import factories
from tests.people import Cast, cast
from tests.registry.damaged import a_table
from tests.registry.pages import applications, as_, enterprise, objection
from tests.registry.papers import a_roster

pytestmark = pytest.mark.django_db

LIST, DETAIL = 12, 15


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    """After every date of the made-up cases, so that the public pages show them."""
    with clock.fixed(factories.at("2026-03-30")):
        yield


def asked(client: Client, url: str) -> int:
    """Queries of a page that was seen before."""
    assert client.get(url).status_code == 200, url
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def client_of(people: Cast, who: str) -> Client:
    return as_(getattr(people, who)) if who else Client()


# --- what a list lists: each adds that many rows


def examining(people: Cast, count: int) -> None:
    applications(people, "examining", count)


def own(people: Cast, count: int) -> None:
    """Drafts of 陈晨's, one in each category; one after the other, however often it is asked."""
    taken = PoolApplication.objects.filter(unit__entity=people.chen.entity).count()
    for category in list(Category)[taken : taken + count]:
        factories.a_draft(people, category=category)


def notices(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        factories.a_notice(people, case)


def objections(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        objection(people, factories.a_notice(people, case), case)


def rosters(people: Cast, count: int) -> None:
    for _ in range(count):
        n = Roster.objects.count() + 1
        a_roster(people, "published", filled=n == 1, doc_no=f"京经信函〔2026〕{n}号")


def pool(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        factories.do(factories.a_notice(people, case), "close", people.zhou, when=factories.AFTER_NOTICE)
        factories.do(case, "admit", people.zhou, when=factories.AFTER_NOTICE)


def imported(people: Cast, count: int) -> None:
    """Imports of 赵敏, and as many files that wait for her word."""
    for _ in range(count):
        upload = a_table(Units, f"昌平示例第{Event.objects.count()}有限公司")
        file = brought.keep_upload(Units, upload, by=people.zhao, at=factories.NOW)
        brought.import_once(file, by=people.zhao, at=factories.NOW, skip_invalid=False)
        again = a_table(Units, "昌平示例有限公司")
        brought.keep_upload(Units, again, by=people.zhao, at=factories.at("2026-03-30"))


LISTS: list[tuple[str, str, Callable[[Cast, int], None]]] = [
    ("zhou", "/applications/", examining),
    ("zhou", "/applications/?tab=all", examining),
    ("zhou", "/applications/?tab=all&q=示例&district=110114&route=self&score=none", examining),
    ("zhao", "/applications/?tab=all", examining),
    ("zhou", "/desk/", examining),
    ("zhou", "/desk/todo/", examining),
    ("zhou", "/desk/done/", notices),
    ("zhou", "/me/notifications/", examining),
    ("zhou", "/search/?q=示例", examining),
    ("zhou", "/publicity/", notices),
    ("he", "/publicity/", notices),
    ("zhou", "/objections/", objections),
    ("zhou", "/pool/", pool),
    ("zhou", "/lists/edit/", rosters),
    ("gao", "/lists/edit/", rosters),
    ("shi", "/manage/audit/", examining),
    ("zhao", "/imports/", imported),
    ("chen", "/my/", own),
    ("", "/", notices),
    ("", "/notices/", notices),
    ("", "/lists/", rosters),
]


@pytest.mark.parametrize(("who", "url", "add"), LISTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_list_costs_the_same_with_more_rows(
    people: Cast, who: str, url: str, add: Callable[[Cast, int], None]
) -> None:
    client = client_of(people, who)
    add(people, 1)
    one = asked(client, url)
    add(people, 2)
    # The desk is many small lists on one page.
    assert asked(client, url) == one <= (DETAIL if url == "/desk/" else LIST)


# --- details


@dataclass
class Papers:
    """One thing of each kind to look at, and the people of the enterprises."""

    filed: PoolApplication
    filer: User
    draft: PoolApplication
    drafter: User
    notice: Publicity
    objection: Case
    roster: Roster
    unit: int


def papers(people: Cast, rows: int) -> Papers:
    """Where a page lists something inside (lines, objections, events, files), there are `rows` of it."""
    pool(people, rows)
    cleared = applications(people, "cleared", rows)
    notice = factories.a_notice(people, *cleared)
    objections = [objection(people, notice, case) for case in cleared]
    (filed,) = applications(people, "examining", 1)
    filer = User.objects.get(entity=filed.unit.entity_id)
    for _ in range(rows):
        factories.do(filed, "type_score", people.zhou, **factories.SCORED)
    drafter = enterprise(User.objects.count())
    factories.a_unit(drafter.entity, people.zhao.district)
    draft = factories.a_draft(people, by=drafter)
    for case, person in ((filed, filer), (draft, drafter)):
        for _ in range(rows):
            factories.a_document(case, Material.EVIDENCE, person)
    roster = a_roster(people, "published", filled=False, doc_no=f"京经信函〔2026〕1{rows}号")
    unit = Standing.objects.latest("pk").unit_id
    return Papers(filed, filer, draft, drafter, notice, objections[0], roster, unit)


DETAILS: dict[str, tuple[str, Callable[[Papers], str]]] = {
    "an application, by the bureau": ("zhou", lambda it: f"/applications/{it.filed.no}/review/"),
    "an application, by its district": ("zhao", lambda it: f"/applications/{it.filed.no}/review/"),
    "an application, by its enterprise": ("filer", lambda it: f"/applications/{it.filed.no}/"),
    "its receipt": ("filer", lambda it: f"/applications/{it.filed.no}/receipt/"),
    "its files": ("filer", lambda it: f"/applications/{it.filed.no}/files/"),
    "a draft": ("drafter", lambda it: f"/applications/{it.draft.no}/"),
    "a task with a file": ("drafter", lambda it: f"/applications/{it.draft.no}/tasks/report/"),
    "a task with a form": ("drafter", lambda it: f"/applications/{it.draft.no}/tasks/data/"),
    "checking a draft": ("drafter", lambda it: f"/applications/{it.draft.no}/check/"),
    "a notice": ("zhou", lambda it: f"/publicity/{it.notice.no}/"),
    "an objection": ("zhou", lambda it: f"/objections/{it.objection.no}/"),
    "a list": ("zhou", lambda it: f"/lists/edit/{it.roster.no}/"),
    "a notice, in public": ("", lambda it: f"/notices/{it.notice.no}/"),
    "a list, in public": ("", lambda it: f"/lists/{it.roster.no}/"),
    "a unit, in public": ("", lambda it: f"/units/{it.unit}/"),
    "a unit, by the bureau": ("zhou", lambda it: f"/units/{it.unit}/"),
}


def costs(people: Cast, it: Papers) -> dict[str, int]:
    among = people.everybody() | {"filer": it.filer, "drafter": it.drafter}
    return {
        name: asked(as_(among[who]) if who else Client(), url(it)) for name, (who, url) in DETAILS.items()
    }


def test_a_detail_costs_little_and_the_same_whatever_it_lists(people: Cast) -> None:
    rosters(people, 1)  # each of the others then has one before it
    few, many = costs(people, papers(people, 1)), costs(people, papers(people, 3))
    assert many == few
    assert {name: cost for name, cost in many.items() if cost > DETAIL} == {}
