"""Every page that somebody reaches: no barrier that axe finds, no sideways scroll, at desk, phone and narrow width.

The addresses are those of the table of addresses: a page that is added there is looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from playwright.sync_api import Page

from greenmfg import clock
from tests.consistency.test_urls import PEOPLE, TODAY, World, rows
from tests.journeys.conftest import Visit
from tests.people import Cast

AXE = (Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Each page is looked at as the first of these sees it; desks and the review page as each.
READERS = {
    "nobody": "",
    "chen": "qiye",
    "zhou": "shiju",
    "he": "fuze",
    "zhao": "quju",
    "gao": "guanli",
    "shi": "shenji",
    "wu": "pingjia",
    "shen": "anquan",
}
ALL_SEE = {"/desk/", "/applications/{district}/review/", "/units/{in_pool}/"}
MORE = {
    "nobody": ["/accounts/login/", "/no-such-page/", "/lists/?q=示例"],
    "chen": ["/desk/todo/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/"],
    "zhou": ["/search/?q=示例", "/applications/{bureau}/review/?act=return_by_bureau", "/applications/?tab=all&q=无此单位",
             "/eval/new/?case={bureau}", "/applications/{rechecked}/review/", "/eval/?tab=all"],
    "wu": ["/eval/", "/eval/{check}/", "/eval/{scoring}/", "/eval/{done_check}/", "/desk/todo/"],
}  # fmt: skip
WIDTHS = (1440, 390, 320)
FILE = re.compile(r"\.(pdf|xlsx|webp)$|^/documents/")


@pytest.fixture
def today() -> Iterator[None]:
    with clock.fixed(TODAY):
        yield


@pytest.fixture
def world(transactional_db: None, today: None) -> World:
    return World()


@pytest.fixture
def people(world: World) -> Cast:
    return world.people


def pages_of(reader: str) -> list[str]:
    """The addresses that the table opens to this reader and to none before."""
    order = list(READERS)
    found = []
    for method, address, answers in rows():
        by_name = dict(zip(PEOPLE, answers * len(PEOPLE) if len(answers) == 1 else answers, strict=False))
        readers = [name for name in order if by_name[name] == "200"]
        if method == "GET" and reader in readers and not FILE.search(address):
            first = readers[0] == reader
            found += [address] if first or address in ALL_SEE else []
    return found + MORE.get(reader, [])


def barriers(page: Page) -> list[str]:
    page.evaluate("window.axe === undefined") and page.evaluate(AXE)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations'], elementRef: false})", WCAG
    )
    return [f"{v['id']} {[n['target'] for n in v['nodes']]}" for v in found["violations"]]


def is_too_wide(page: Page, width: int) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) > width


@pytest.mark.parametrize("group", [("nobody", "chen", "zhao"), ("zhou", "he", "gao", "shi", "wu", "shen")])
def test_no_barriers_and_no_sideways_scroll(visit: Visit, world: World, group: tuple[str, ...]) -> None:
    wrong = []
    for reader in group:
        page = visit(READERS[reader])
        for template in pages_of(reader):
            wrong += [f"{reader} {template} {words}" for words in look_at(page, world.address(template))]
    assert wrong == []


def look_at(page: Page, address: str) -> list[str]:
    """What is wrong with the page at this address, in words."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address)
    assert unquote(page.url).endswith(address)  # and not at the sign-in page
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [f"at {width}: wider than the screen"] * is_too_wide(page, width)
        wrong += [f"at {width}: {words}" for words in (barriers(page) if width != 320 else [])]
    return wrong


def test_a_barrier_and_a_wide_page_would_be_found(visit: Visit) -> None:
    page = visit()
    page.goto("/help/")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        main.append(document.createElement("input"), document.createElement("img"));
        main.lastChild.src = "/static/favicon.svg";
        main.append(document.createElement("div"));
        main.lastChild.textContent = "宽";
        main.lastChild.style.width = "1500px";
    }""")
    assert [words.partition(" ")[0] for words in barriers(page)] == ["image-alt", "label"]
    assert is_too_wide(page, 1440)


def test_every_reader_has_pages() -> None:
    """A slip in the table must not leave this file with nothing to look at."""
    assert len(pages_of("nobody")) > 12
    assert {"/my/", "/applications/{draft}/tasks/unit/"} <= set(pages_of("chen"))
    assert {"/publicity/new/", "/objections/{objection}/", "/pool/"} <= set(pages_of("zhou"))
    assert all(pages_of(reader) for reader in READERS)
