"""Every refusal names its article: whatever stands against an act, the page says under which rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from greenmfg import clock, rulebook
from registry.acts import BEGIN, Act
from registry.models import Case, Publicity
from tests.factories import AFTER_NOTICE, a_notice, an_application
from tests.people import Cast, cast
from tests.registry.papers import a_roster, an_objection

ROOMS = ("registry", "evaluation", "review")
ARTICLES = {article.number for article in rulebook.ARTICLES}


def calls_of(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Where a thing of this name is made, in the code of the rooms."""
    for room in ROOMS:
        for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                    yield f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}", node


def test_every_finding_cites_an_article_of_the_measure():
    for where, call in calls_of("Finding"):
        article = call.args[0]
        if isinstance(article, ast.Constant):
            assert article.value in ARTICLES, where


def test_whatever_is_against_the_rule_says_against_which():
    """With its findings; only the kernel may ask for words alone, and then the act's own article stands there."""
    for where, call in calls_of("AgainstRule"):
        given = {keyword.arg for keyword in call.keywords}
        assert "findings" in given or where.startswith("registry/casework.py"), where


@pytest.fixture
def closed(db) -> tuple[Cast, dict[str, Case]]:
    """A case of each kind that is over, so that no act is possible."""
    people = cast()
    over = an_application(people, "pool_left")
    running = an_application(people, "on_notice", by=people.liu)
    objection = an_objection(people, running)
    return people, {
        "pool": over,
        "publicity": Publicity.objects.get(lines__case=over),
        "objection": objection,
        "roster": a_roster(people, "void", filled=False),
    }


def too_late(people: Cast, cases: dict[str, Case]) -> Iterator[tuple[Case, Act, Client]]:
    """Each act of these cases that is not possible any more, with whose it is."""
    person = {user.role: user for user in reversed(people.everybody().values())}
    for case in cases.values():
        for row in type(case).acts().values():
            if row.follows or BEGIN in row.sources or case.state in row.sources or row.article is None:
                continue
            client = Client()
            client.force_login(person[row.by[0].code])
            yield case, row, client


def test_an_act_that_is_not_possible_now_is_refused_with_its_article(closed):
    people, cases = closed
    asked = 0
    with clock.fixed(AFTER_NOTICE):
        for case, row, client in too_late(people, cases):
            page = client.get(f"{case.get_absolute_url()}{row.name}/", follow=True)
            asked += 1
            if row.submits:
                continue  # the enterprise is led to where its application stands
            assert page.status_code == 409, (case, row.name)
            errors = re.search(r'<div class="errors".*?</div>', page.content.decode(), re.DOTALL)
            assert errors, (case, row.name)
            assert f'href="/rules/#art-{row.article}"' in errors[0], (case, row.name)
    assert asked > 20


def test_an_act_of_somebody_else_is_refused_with_its_article(closed):
    people, _ = closed
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    client = Client()
    client.force_login(people.zhou)
    page = client.get(f"{notice.get_absolute_url()}sign/")
    assert page.status_code == 403
    assert "您没有办理“签发”的权限（第六条）" in page.content.decode()
