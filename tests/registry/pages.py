"""What the tests of the staff's pages share: signing in, looking, and filling the register with rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.casework import new_op, perform
from registry.models import Case, LegalEntity, Objection, PoolApplication, Publicity, User
from tests import factories
from tests.people import Cast


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def see(user: User, path: str, status: int = 200) -> str:
    """The page at `path` as this person gets it; of a redirection its target."""
    response = as_(user).get(path)
    assert response.status_code == status, f"{path}: {response.status_code}"
    return response.get("Location") or response.content.decode()


def plain(html: str) -> str:
    """The words of a page or a part of it, without tags and blanks."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", " ", html))


def cost(user: User, path: str) -> int:
    """Queries of one page, seen for the second time."""
    client = as_(user)
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def enterprise(n: int) -> User:
    """One more enterprise with its person."""
    entity = LegalEntity(is_example=True)
    entity.call(f"示例制造第{n}有限公司")
    entity.save()
    return User.objects.create(username=f"e{n}", name="示例", role="unit", entity=entity)


def applications(people: Cast, state: str, count: int) -> list[PoolApplication]:
    """That many applications in `state` (examining or cleared), each of another enterprise in 昌平."""
    made = []
    for _ in range(count):
        person = enterprise(User.objects.count())
        factories.a_unit(person.entity, people.zhao.district)
        case = factories.do(factories.a_draft(people, by=person), "nominate_self", person)
        if state == "cleared":
            case = factories.do(case, "type_score", people.zhou, **factories.SCORED)
            case = factories.do(case, "clear", people.zhou)
        made.append(case)
    return made


def seen(case: Case) -> dict[str, str]:
    """The hidden inputs of a form for this case as it is now."""
    return {"op": new_op(), "seen": str(Case.objects.get(pk=case.pk).version)}


def chosen(*cases: Case) -> list[str]:
    """The checked boxes of these cases in the form of the bulk admission."""
    return [f"{case.pk}:{Case.objects.get(pk=case.pk).version}" for case in cases]


def objection(people: Cast, notice: Publicity, target: Case) -> Objection:
    about = Case.objects.get(pk=target.pk)
    return perform(
        Objection(publicity=notice, target=about),
        "receive",
        by=people.zhou,
        at=factories.NOW,
        seen=0,
        op=new_op(),
        target=about,
        objector="示例居民",
        phone="010-00000001",
        received_on=date(2026, 3, 18),
        facts="夜间排放",
    )


@contextmanager
def afterwards_forgotten() -> Iterator[None]:
    """What is done inside leaves no rows: for many examples in one test."""
    before = transaction.savepoint()  # no atomic block, which an act would refuse to stand in
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
