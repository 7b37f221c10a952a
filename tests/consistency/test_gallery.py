"""The gallery in a real browser: accessible, no wider than the screen, silent under the content security policy."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route, sync_playwright

from greenmfg.headers import POLICY
from registry.views.gallery import SCREENS, gallery

ROOT = Path(settings.BASE_DIR)
HERE = "http://portal.test"
SIZES = ("", "large", "xlarge")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
        ]
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=flags
        )
        yield chromium
        chromium.close()


def answer(route: Route) -> None:
    """The gallery and the built files without a server or a database; anything else does not exist."""
    path, _, query = route.request.url.removeprefix(HERE).partition("?")
    if path == "/_ui/":
        request = RequestFactory().get(f"{path}?{query}")
        request.COOKIES = dict(
            pair.split("=", 1) for pair in route.request.headers.get("cookie", "").split("; ") if pair
        )
        request.user = AnonymousUser()
        html = gallery(request).content
        route.fulfill(
            body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )
    elif path.startswith("/static/"):
        file = ROOT / "static" / "dist" / path.removeprefix("/static/")
        route.fulfill(path=file, content_type=TYPES[file.suffix])
    else:
        route.fulfill(status=404)


@pytest.fixture
def open_page(browser: Browser, settings: Any) -> Iterator[Any]:
    settings.DEBUG = True
    [engine] = settings.TEMPLATES
    # The gallery brings its own `ui`; the portal's would ask the database who is there.
    options = {**engine["OPTIONS"], "context_processors": ["django.template.context_processors.request"]}
    settings.TEMPLATES = [{**engine, "OPTIONS": options}]
    contexts = []

    def open_at(screen: str, *, width: int = 1440, size: str = "", **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        context.route("**/*", answer)
        if size:
            context.add_cookies([{"name": "size", "value": size, "url": HERE}])
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("console", lambda m: m.type in {"error", "warning"} and page.complaints.append(m.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.goto(f"{HERE}/_ui/?screen={screen}" if screen else f"{HERE}/_ui/")
        return page

    yield open_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("screen", ["", *SCREENS])
def test_accessible_and_silent(open_page: Any, screen: str, width: int) -> None:
    page = open_page(screen, width=width)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
    assert page.complaints == []


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("screen", ["", *SCREENS])
def test_no_sideways_scroll_in_any_type_size(open_page: Any, screen: str, width: int) -> None:
    for size in SIZES:
        page = open_page(screen, width=width, size=size)
        assert page.evaluate("document.documentElement.dataset.size || ''") == size
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_follow_the_physical_key_and_stay_quiet_in_fields(open_page: Any) -> None:
    page = open_page("review")
    page.keyboard.press("n")
    assert page.evaluate("document.querySelector('input[name=act]:checked').value") == "refuse"
    page.fill("#note", "")
    page.focus("#note")
    page.keyboard.type("ab")
    assert page.input_value("#note") == "ab"
    assert page.evaluate("document.querySelector('input[name=act]:checked').value") == "refuse"
    # With a Chinese input method the key that arrives is "Process"; its place on the keyboard is still known.
    page.keyboard.press("Escape")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Process', code: 'KeyA', bubbles: true}))"
    )
    assert page.evaluate("document.querySelector('input[name=act]:checked').value") == "clear"


def test_keys_can_be_switched_off(open_page: Any) -> None:
    page = open_page("review")
    page.keyboard.press("Shift+Slash")
    page.uncheck("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.evaluate("document.querySelector('input[name=act]:checked').value") == "return"


def test_demands_are_added_from_chips_and_taken_away(open_page: Any) -> None:
    page = open_page("review")
    page.click("[data-add-demand] >> nth=0")
    texts = page.evaluate(
        "[...document.querySelectorAll('.demands > li textarea')].map(field => field.value)"
    )
    assert len(texts) == 3
    assert texts[2] == "缺诊断机构盖章页，请补传。"
    page.click("[data-remove] >> nth=0")
    assert page.inner_text("[data-demand-count]") == "2"


def draft_page(open_page: Any, answers: list[int]) -> tuple[Page, list[str]]:
    """The review page whose drafts are answered with `answers` in turn (0: the network is down), and what was sent."""
    page = open_page("review")
    sent: list[str] = []

    def receive(route: Route) -> None:
        sent.append(route.request.post_data or "")
        status = answers.pop(0)
        if status:
            route.fulfill(status=status, headers={"X-Version": "8"})
        else:
            route.abort("internetdisconnected")

    page.route("**/draft/", receive)
    page.evaluate("document.getElementById('decide').dataset.autosave = '/draft/'")
    return page, sent


def kept(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).map(key => key.split(':').pop())")


def test_draft_saves_itself_and_takes_over_the_new_version(open_page: Any) -> None:
    page, sent = draft_page(open_page, [204])
    page.fill("#note", "已核对")
    assert kept(page) == ["text"]
    page.wait_for_selector("[data-save-state][data-state=saved]")
    assert page.input_value("#decide [name=seen]") == "8"
    assert kept(page) == []
    assert len(sent) == 1
    assert "已核对" in sent[0]


def test_draft_survives_a_dead_network(open_page: Any) -> None:
    page, sent = draft_page(open_page, [0, 204])
    page.fill("#note", "断网时写的")
    page.wait_for_selector("[data-save-state][data-state=offline]")
    assert page.inner_text("[data-save-words]") == "网络中断，已暂存在本机"
    assert kept(page) == ["text"]
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("[data-save-state][data-state=saved]")
    assert kept(page) == []
    assert len(sent) == 2


def test_conflict_keeps_what_was_typed_and_stops(open_page: Any) -> None:
    page, sent = draft_page(open_page, [409])
    page.fill("#note", "我的意见")
    page.wait_for_selector("[data-save-state][data-state=conflict]")
    page.fill("#note", "我的意见，再写")
    page.wait_for_timeout(1200)
    assert len(sent) == 1
    assert kept(page) == ["text"]


def test_copy_from_an_older_version_is_shown_but_not_sent(open_page: Any) -> None:
    page = open_page("review")
    key = page.evaluate("`draft:${document.body.dataset.user || ''}:/_ui/:text`")
    copy = '{"value": "[\\"上次没存上的\\"]", "version": "3"}'
    page.evaluate("([key, copy]) => localStorage.setItem(key, copy)", [key, copy])
    page.reload()
    page.wait_for_selector("[data-save-state][data-state=conflict]")
    assert page.input_value("#note") == "上次没存上的"


def test_copies_go_once_another_page_has_answered_and_not_before(open_page: Any) -> None:
    page, _ = draft_page(open_page, [0, 0, 0])
    page.fill("#note", "断网时写的")
    page.wait_for_selector("[data-save-state][data-state=offline]")
    page.evaluate("document.getElementById('decide').dataset.autosave = '/_ui/'")
    page.fill("#note", "提交的内容")
    refused = page.evaluate("location.href")
    page.evaluate("action => document.getElementById('decide').action = action", refused)
    page.click("#decide [type=submit]")
    page.wait_for_load_state()
    assert page.input_value("#note") == "提交的内容"  # the same form came back: a refusal
    page.evaluate("action => document.getElementById('decide').action = action", f"{HERE}/_ui/?screen=desk")
    page.click("#decide [type=submit]")
    page.wait_for_selector("text=我的待办")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('/_ui/'))") == []


def test_refused_upload_says_why_where_it_happened(open_page: Any, tmp_path: Path) -> None:
    page = open_page("enterprise")
    refusal = '<div class="errors"><ul><li>文件已加密，请取消密码后重传</li></ul></div>'
    page.route(
        "**/documents/",
        lambda route: route.fulfill(status=422, body=refusal, content_type="text/html; charset=utf-8"),
    )
    page.evaluate("document.querySelector('[data-upload]').action = '/documents/'")
    report = tmp_path / "报告.pdf"
    report.write_bytes(b"%PDF")
    page.set_input_files("[data-upload] input[type=file]", report)
    page.wait_for_selector("[data-upload-list] >> text=文件已加密，请取消密码后重传")
    assert page.input_value("[data-upload] input[type=file]") == ""


def test_second_click_does_not_send_twice(open_page: Any) -> None:
    page = open_page("review")
    sent = []
    page.route("**/act/", lambda route: sent.append(route.request.method))
    page.evaluate("document.getElementById('decide').action = '/act/'")
    page.evaluate("for (const _ of [1, 2, 3]) document.getElementById('decide').requestSubmit()")
    page.wait_for_timeout(300)
    assert sent == ["POST"]


def test_rows_are_chosen_by_keyboard_and_counted(open_page: Any) -> None:
    page = open_page("list")
    for key in ("j", "j", "j", "x"):
        page.keyboard.press(key)
    assert page.inner_text("[data-bulk-count]") == "3"
    page.click("[data-bulk-none]")
    assert page.is_hidden("[data-bulk-bar]")


def test_too_large_a_file_is_refused_before_it_travels(open_page: Any, tmp_path: Path) -> None:
    page = open_page("enterprise")
    page.evaluate("document.querySelector('[data-upload]').dataset.maxBytes = 1048576")
    large = tmp_path / "报告.pdf"
    large.write_bytes(b"%PDF" + bytes(2 * 1048576))
    page.set_input_files("[data-upload] input[type=file]", large)
    assert "文件为 2.0 MB，超过 1 MB，请压缩后重试" in page.inner_text("[data-upload-list]")


def test_without_scripts_the_menu_opens_and_files_can_be_sent(open_page: Any) -> None:
    page = open_page("enterprise", width=390, java_script_enabled=False)
    assert page.is_hidden("nav[aria-label=主导航]")
    page.click("label.menu-button")
    assert page.is_visible("nav[aria-label=主导航]")
    assert page.is_visible("[data-upload] input[type=file]")
    assert page.is_visible("[data-upload] button[type=submit]")
    assert page.is_hidden("[data-print]")


def test_paper_shows_the_facts_and_no_buttons(open_page: Any) -> None:
    page = open_page("desk")
    page.emulate_media(media="print")
    assert page.is_visible("text=京恒精密传动（北京）有限公司")
    assert page.is_hidden(".side")
    assert page.locator(".btn:visible").count() == 0
