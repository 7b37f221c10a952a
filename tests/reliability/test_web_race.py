"""Eight officers press the same button at once, against eight web workers: one act, seven refusals.

Fewer workers than clients would hide the race, since a busy worker makes the others wait.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from registry.casework import new_op
from registry.models import Event, PoolApplication, User
from tests.factories import SCORED, an_application
from tests.people import cast
from tests.reliability.conftest import CLIENTS, READY

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50 if os.environ.get("TORTURE") else 3
TOKEN = "r" * 32  # cookie and field agree, which is what the check asks of a form


def signed_in(user: User) -> str:
    """The cookies of a fresh session."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


def post(
    port: int, cookies: str, path: str, fields: dict[str, object], start: Barrier
) -> tuple[int, str, str]:
    """(status, where to, words of the page), sent when all the others are ready too."""
    web = HTTPConnection("127.0.0.1", port, timeout=60)
    body = urlencode(fields | {"csrfmiddlewaretoken": TOKEN})
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(web):
        web.connect()
        start.wait(READY)
        web.request("POST", path, body, headers)
        answer = web.getresponse()
        page = answer.read().decode()
    return answer.status, answer.getheader("Location") or "", re.sub(r"<[^>]+>|\s", "", page)


def at_once(
    port: int, people: list[str], path: str, forms: list[dict[str, object]]
) -> list[tuple[int, str, str]]:
    start = Barrier(len(forms))
    with ThreadPoolExecutor(len(forms)) as pool:
        sent = [
            pool.submit(post, port, who, path, form, start) for who, form in zip(people, forms, strict=True)
        ]
        return [one.result() for one in sent]


@pytest.fixture
def officers() -> tuple[PoolApplication, list[str]]:
    """An application at the bureau, and eight officers signed in."""
    people = cast()
    case = an_application(people)
    others = [
        User.objects.create(username=f"officer-{n}", name=f"经办{n}", role="officer", password="!")
        for n in range(CLIENTS - 1)
    ]
    return case, [signed_in(user) for user in (people.zhou, *others)]


def scoring(case: PoolApplication, op: str) -> dict[str, object]:
    return {
        "seen": case.version,
        "op": op,
        "score": SCORED["score"],
        "score_source": SCORED["score_source"],
        "meets_requirements": "yes",
    }


def test_eight_at_once_are_one_act_and_seven_refusals(
    port: int, officers: tuple[PoolApplication, list[str]]
) -> None:
    case, cookies = officers
    for _ in range(ROUNDS):
        case = PoolApplication.objects.get(pk=case.pk)
        before = Event.objects.filter(case=case.pk).count()
        forms = [scoring(case, new_op()) for _ in range(CLIENTS)]
        found = at_once(port, cookies, f"/applications/{case.no}/type_score/", forms)
        assert sorted(status for status, _, _ in found) == [302, *[409] * (CLIENTS - 1)]
        assert Event.objects.filter(case=case.pk).count() == before + 1
        refused = [words for status, _, words in found if status == 409]
        assert all("已办理“登记得分”" in words for words in refused)


def test_one_form_sent_twice_is_one_act_with_one_answer(
    port: int, officers: tuple[PoolApplication, list[str]]
) -> None:
    case, cookies = officers
    for _ in range(ROUNDS):
        case = PoolApplication.objects.get(pk=case.pk)
        before = Event.objects.filter(case=case.pk).count()
        form = scoring(case, new_op())
        found = at_once(port, cookies[:1] * CLIENTS, f"/applications/{case.no}/type_score/", [form] * CLIENTS)
        assert {(status, where) for status, where, _ in found} == {(302, f"/applications/{case.no}/review/")}
        assert Event.objects.filter(case=case.pk).count() == before + 1
