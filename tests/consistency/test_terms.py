"""Settings, editions and words agree with the code that reads them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from registry.models import Case, Wording
from registry.models.terms import KNOWN, PLACEHOLDERS
from registry.roles import ADMIN, CHIEF, OFFICER
from registry.views.terms import ORDER
from tests.people import cast
from tests.registry.pages import see

BASE = Path(settings.BASE_DIR)
READS = {"text", "number", "term", "terms", "settings_in_force"}


def calls() -> Iterator[tuple[Path, ast.Call, str, str]]:
    """(file, call, name of what is called, name of what it is called on) in the rooms."""
    for room in ("greenmfg", "registry", "evaluation", "review"):
        for path in (BASE / room).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    on = node.func.value if isinstance(node.func, ast.Attribute) else None
                    name = (
                        node.func.attr
                        if isinstance(node.func, ast.Attribute)
                        else getattr(node.func, "id", "")
                    )
                    yield path, node, name, getattr(on, "id", "")


def read_in_code() -> set[str]:
    """Every setting named where one is read, in literals; and those that date a step."""
    found = {
        word.value
        for _, call, name, on in calls()
        if (on == "Setting" and name in READS) or name == "settings_in_force"
        for word in call.args
        if isinstance(word, ast.Constant)
    }
    return found | {
        row.due for kind in Case.kinds.values() for row in kind.acts().values() if row.due in KNOWN
    }


def test_every_setting_that_is_read_is_known_and_every_known_one_is_read():
    assert read_in_code() <= set(KNOWN)
    rooms = [path for room in ("registry", "evaluation") for path in (BASE / room).rglob("*.py")]
    read = "".join(path.read_text() for path in rooms if path.name != "terms.py")
    assert {key for key in KNOWN if f'"{key}"' not in read} == set()


def test_every_default_fits_its_own_bounds_and_says_where_it_comes_from():
    for key, known in KNOWN.items():
        assert known.problem(known.default) == "", key
        assert known.basis, key
        assert known.label, key
        assert known.group in ORDER, key
        assert known.keeper in {OFFICER, ADMIN}, key
        assert (known.kind == "number") == bool(known.unit), key


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/manage/rules/", "/rules/"])
def test_every_setting_is_shown_with_its_basis(url):
    people = cast()
    shown = see(people.zhou, url) if url.startswith("/manage") else Client().get(url).content.decode()
    for key, known in KNOWN.items():
        assert known.label in shown, key
        assert known.basis in shown, key
        if url.startswith("/manage"):
            assert f'href="/manage/rules/{key}/"' in shown


def test_outside_the_rulebook_the_edition_of_a_day_comes_from_code_and_rows_together():
    """`rulebook.edition_on(day)` alone knows the draft of 2023 only: a decision made so would forget the later ones."""
    names = {"edition_on", "edition_of_period", "edition_called"}
    alone = [
        f"{path.relative_to(BASE)}:{call.lineno}"
        for path, call, name, on in calls()
        if on == "rulebook" and name in names and "editions" not in {word.arg for word in call.keywords}
    ]
    assert alone == []


@pytest.mark.django_db
def test_every_placeholder_is_described_and_used_words_know_only_those():
    assert set(PLACEHOLDERS) == set(Wording.Kind.values)
    for kind, names in PLACEHOLDERS.items():
        assert all(names.values()), kind
    for row in Wording.objects.all():
        assert Wording.unknown(row.text, kind=row.kind) == ""


def test_who_reads_the_pages_finds_them_in_the_menu():
    from registry.views.context import MENU

    doors = {url: who for _, _, _, url, who in MENU}
    assert doors["/manage/rules/"] == doors["/manage/templates/"] == (OFFICER, CHIEF, ADMIN)
    assert doors["/manage/calendar/"] == (OFFICER, ADMIN)
