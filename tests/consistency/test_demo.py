"""The demo shows everything: every state of every kind of case has an example, and its history is sound."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import resolve

from greenmfg import clock
from registry.models import Case, User
from registry.verify import verify
from tests.factories import at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings, capsys):
    """The portal as `make demo` fills it on a working day."""
    settings.DEMO = True
    with clock.fixed(at("2026-05-20 10:00")):
        call_command("demo")
        yield


# --- walking about in it

PER_ROUTE = 3  # pages of one route that each person looks at
LINK = re.compile(r'href="(/[^"#]*)')
# Files and switches; what they answer is tested elsewhere.
NOT_WALKED = re.compile(r"^/(static|accounts/logout|backstage)|\.(pdf|xlsx|csv|webp)(\?|$)|export=")


def route_of(address: str) -> str:
    return str(resolve(address.partition("?")[0]).route)


def walk(client: Client, home: str) -> Iterator[tuple[str, str, Any]]:
    """(address, where its link stood, the answer) of every page that can be reached by links, a few of each route."""
    seen: Counter[str] = Counter()
    asked = {home}
    waiting = [(home, "")]
    while waiting:
        address, source = waiting.pop(0)
        route = route_of(address)
        seen[route] += 1
        if seen[route] > PER_ROUTE:
            continue
        answer = client.get(address, follow=True)
        if answer.streaming:
            answer.getvalue()  # and with that closes the file
        yield address, source, answer
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for link in LINK.findall(answer.content.decode()):
            target = link.replace("&amp;", "&")
            if target not in asked and not NOT_WALKED.search(target):
                asked.add(target)
                waiting.append((target, address))


def visible_words(page: str) -> str:
    body = page.partition("<main")[2]
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", body)


# One test, for filling the demo takes longer than looking at it.
@pytest.mark.usefixtures("demo")
def test_every_state_has_an_example_and_whoever_walks_about_meets_no_dead_link_and_no_hole_in_a_page(
    settings,
):
    shown = set(Case.objects.values_list("kind", "state"))
    wanted = {(kind.KIND, state) for kind in Case.kinds.values() for state, _ in kind.State.choices}
    assert wanted - shown == set()
    verify()
    wrong = []
    for username in [None, *settings.DEMO_USERNAMES]:
        client, home = Client(), "/"
        if username:
            client.force_login(User.objects.get(username=username))
            home = "/desk/"
        pages = 0
        for address, source, answer in walk(client, home):
            pages += 1
            if answer.status_code != 200:
                wrong.append(f"{username}: {address} from {source}: {answer.status_code}")
            elif answer.get("Content-Type", "").startswith("text/html"):
                words = visible_words(answer.content.decode())
                if hole := re.search(r"\bNone\b|\bnan\b|\[\]|\{\}|&lt;|<built-in|object at 0x", words):
                    wrong.append(f"{username}: {address} says {hole[0]}")
        assert pages > 8, username
    assert not wrong, "\n".join(wrong)
