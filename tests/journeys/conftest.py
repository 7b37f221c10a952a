"""The portal as people meet it: a live server over real PostgreSQL and real files, and headless Chromium."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from greenmfg import clock
from tests.factories import NOW, a_call, a_unit
from tests.people import PASSWORD, Cast, cast
from tests.registry.hostile import pdf_of_pages

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# What a person does with hands: keys without the modifiers (a chord is one), and presses of a button or finger.
COUNT = """
const count = (event) => {
  if (!event.isTrusted || ["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
  sessionStorage.hands = Number(sessionStorage.hands || 0) + 1;
};
addEventListener("keydown", count, true);
addEventListener("pointerdown", count, true);
"""

Visit = Callable[..., Page]
expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Of a module, not of the session: two of them cannot stand side by side in one process.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def today() -> Iterator[None]:
    """18 March 2026, ten o'clock. Blocks of `clock.fixed` inside a test move on from there."""
    with clock.fixed(NOW):
        yield


@pytest.fixture
def people(transactional_db: None, today: None) -> Cast:
    """The cast, with an open call; 陈晨's entity has a factory in 昌平."""
    found = cast()
    a_call()
    a_unit(found.chen.entity, found.zhao.district)
    return found


@pytest.fixture
def visit(browser: Browser, live_server: Any, people: Cast) -> Iterator[Visit]:
    """`visit()` opens a window of its own for an anonymous reader, `visit("qiye")` for a person, signed in through
    the form. Nothing may be asked of another host, no page may complain, no server error may happen."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_window(username: str = "", *, width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(COUNT)
        page = context.new_page()
        # That an answer is a refusal is the journey's own business; 500 is nobody's.
        page.on("console", lambda m: m.type in {"error", "warning"} and "Failed to load resource" not in m.text
                and complaints.append(m.text))  # fmt: skip
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda r: r.status >= 500 and complaints.append(f"{r.status} {r.url}"))
        page.on(
            "request",
            lambda r: r.url.startswith((live_server.url, "data:", "blob:")) or complaints.append(r.url),
        )
        if username:
            sign_in(page, username)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Page, username: str) -> None:
    """Through the form; ends where that person begins the day."""
    page.goto("/accounts/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/(desk|my)/$"))


def hands(page: Page) -> int:
    """Keys and presses so far in this window."""
    return int(page.evaluate("Number(sessionStorage.hands || 0)"))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A diagnosis report of three pages."""
    path = tmp_path / "绿色诊断评估报告.pdf"
    path.write_bytes(pdf_of_pages(3))
    return path


def text_of(pdf: Path) -> str:
    """The words of a PDF without the blanks between them."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


def download(page: Page, name: str, to: Path) -> Path:
    """What a click on this link brings."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    target = to / started.value.suggested_filename
    started.value.save_as(target)
    return target
