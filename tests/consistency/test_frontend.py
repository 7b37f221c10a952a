"""What browsers get: nothing that the oldest of them cannot read, nothing inline, nothing from elsewhere, and small.

The built files come from `npm ci && npm run build`; without them these tests fail and say so.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import get_template

from registry.views.drawing import Band, band_of, histogram, ruler, tile_levels

ROOT = Path(settings.BASE_DIR)
SRC, DIST, TEMPLATES = ROOT / "static" / "src", ROOT / "static" / "dist", ROOT / "templates"
ICONS = set((SRC / "icons.txt").read_text().split())
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
# What Chromium 86 does not know, as it would stand in a style sheet.
TOO_NEW = re.compile(
    r"oklch\(|oklab\(|color-mix\(|light-dark\(|:has\(|:is\(|:where\(|@layer|@container|(?<![-\w])inset:|"
    r"(?<![-\w])aspect-ratio:|(?<=\d)[dsl]vh\b|@property|text-wrap:"
)
TOO_NEW_SCRIPT = re.compile(
    r"\.at\(|structuredClone|randomUUID|Object\.hasOwn|\.findLast|\.toSorted|\.toReversed|AbortSignal\.timeout"
)
BANDS = (Band("达标", 0, 60, 0), Band("优质", 60, 80, 1), Band("标杆", 80, 90, 2), Band("领军", 90, 100, 3))


def built(name: str) -> str:
    path = DIST / name
    if not path.is_file():
        pytest.fail(f"static/dist/{name} is not built: npm ci && npm run build")
    return path.read_text()


def weight(name: str) -> int:
    """Bytes that travel."""
    return len(gzip.compress(built(name).encode(), 9))


def templates() -> list[Path]:
    """Those for browsers; official papers (templates/print) follow the rules of paper."""
    return sorted(
        path for path in TEMPLATES.rglob("*.html") if "print" not in path.relative_to(TEMPLATES).parts
    )


def lines_with(pattern: re.Pattern[str], paths: Iterator[Path] | list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()[:90]}"
        for path in paths
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


class TestFloor:
    def test_styles_are_readable_by_the_oldest_browser(self) -> None:
        assert TOO_NEW.findall(built("app.css")) == []
        assert lines_with(TOO_NEW, sorted(SRC.rglob("*.scss"))) == []

    def test_the_guard_itself_sees_what_it_should(self) -> None:
        assert TOO_NEW.search("a{inset:0}")
        assert TOO_NEW.search(".x:has(b){}")
        assert TOO_NEW.search("height:100dvh")
        assert not TOO_NEW.search("--bs-box-shadow-inset:inset 0 1px")

    def test_scripts_call_nothing_younger_than_the_floor(self) -> None:
        assert lines_with(TOO_NEW_SCRIPT, sorted(SRC.rglob("*.js"))) == []

    def test_nothing_is_evaluated(self) -> None:
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", built("app.js"))


class TestNothingFromElsewhere:
    @pytest.mark.parametrize("name", ["app.css", "app.js", "icons.svg", "chevron.svg", "favicon.svg"])
    def test_built_files_name_no_address(self, name: str) -> None:
        assert set(re.findall(r"https?://[^\s\"')]+", built(name))) <= {SVG_NAMESPACE}

    def test_styles_carry_no_data_addresses(self) -> None:
        assert "data:" not in built("app.css")

    def test_templates_name_no_address(self) -> None:
        assert lines_with(re.compile(r"https?://|(src|href)=\"//"), templates()) == []

    def test_lock_file_names_no_address(self) -> None:
        lock = (ROOT / "package-lock.json").read_text()
        assert "resolved" not in lock
        assert "://" not in lock

    def test_htmx_is_the_packages_own_file(self) -> None:
        assert built("htmx.js") == (ROOT / "node_modules/htmx.org/dist/htmx.min.js").read_text()


class TestPins:
    def test_every_version_is_exact(self) -> None:
        package = json.loads((ROOT / "package.json").read_text())
        versions = package["dependencies"] | package["devDependencies"]
        assert [
            name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
        ] == []

    def test_htmx_stays_on_2_and_bootstrap_on_5_3(self) -> None:
        wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
        assert wanted["htmx.org"] == "2.0.11"
        assert wanted["bootstrap"].startswith("5.3.")


class TestNothingInline:
    """The content security policy forbids it: such markup would silently do nothing."""

    def test_no_style_attributes_or_elements(self) -> None:
        assert lines_with(re.compile(r"\sstyle\s*=|<style"), templates()) == []

    def test_no_scripts_or_handlers(self) -> None:
        inline = re.compile(r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on")
        assert lines_with(inline, templates()) == []


class TestBudgets:
    def test_own_script(self) -> None:
        assert weight("app.js") <= 20_000

    def test_first_view(self) -> None:
        assert sum(weight(name) for name in ("app.css", "app.js", "htmx.js", "icons.svg")) <= 75_000

    def test_sources_stay_short(self) -> None:
        sources = [*SRC.rglob("*.scss"), *SRC.rglob("*.js"), *SRC.rglob("*.mjs"), *templates()]
        assert [p.name for p in sources if len(p.read_text().splitlines()) > 400] == []


class TestIcons:
    def test_every_icon_named_is_in_the_sprite(self) -> None:
        named = re.compile(r"icon\.html\" with name=\"([a-z0-9-]+)\"|\bicon=\"([a-z0-9-]+)\"")
        found = {a or b for path in templates() for a, b in named.findall(path.read_text())}
        assert found - ICONS == set()
        assert set(re.findall(r'<symbol id="([^"]+)"', built("icons.svg"))) == ICONS

    def test_menu_icons_exist(self) -> None:
        from registry.views.context import MENU

        assert {entry[2] for entry in MENU} - ICONS == set()


class TestPartials:
    @pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda p: p.stem)
    def test_each_says_first_what_it_takes(self, path: Path) -> None:
        assert re.match(r"\{# [^#]{20,} #\}", path.read_text())

    @pytest.mark.parametrize("path", templates(), ids=lambda p: str(p.relative_to(TEMPLATES)))
    def test_each_compiles_and_so_do_its_parts(self, path: Path) -> None:
        get_template(str(path.relative_to(TEMPLATES)))
        for part in re.findall(r"{% (?:include|extends|draw) \"([^\"]+)\"", path.read_text()):
            get_template(part)

    @pytest.mark.parametrize("name", ["icon", "tag", "due", "article", "article_name"])
    def test_parts_used_inside_a_line_end_without_a_break(self, name: str) -> None:
        assert not (TEMPLATES / "components" / f"{name}.html").read_text().endswith("\n")

    @pytest.mark.parametrize(("number", "words"), [(1, "第一条"), (10, "第十条"), ("16", "第十六条")])
    def test_article_is_cited_in_chinese_numerals(self, number: Any, words: str) -> None:
        html = get_template("components/article.html").render({"number": number})
        assert html == f'<a class="article" href="/rules/#art-{number}">{words}</a>'

    def test_words_of_people_are_escaped(self) -> None:
        event = {"title": "退回", "who": "甲", "when": "3月1日", "quote": "<script>x</script>"}
        html = get_template("components/timeline.html").render({"events": [event]})
        assert "<script>" not in html
        assert "&lt;script&gt;x&lt;/script&gt;" in html

    @pytest.mark.parametrize("light", ["red", "amber", "green", "paused"])
    def test_deadline_is_shape_and_words_not_colour_alone(self, light: str) -> None:
        shapes = {
            name: re.search(
                r"<svg.*</svg>", get_template("components/due.html").render({"light": name, "text": "剩"})
            )
            for name in ("red", "amber", "green", "paused")
        }
        mine = shapes[light]
        assert mine is not None
        assert [name for name, other in shapes.items() if other and other[0] == mine[0]] == [light]


class TestDrawing:
    def test_boundaries_belong_to_the_upper_band(self) -> None:
        assert [band_of(score, BANDS).name for score in (0, 59.99, 60, 80, 90, 100)] == [
            *("达标", "达标", "优质", "标杆", "领军", "领军")
        ]

    def test_shades_go_from_none_to_the_largest(self) -> None:
        assert tile_levels({"110101": 0, "110102": 1, "BDA": 10}) == {"110101": 0, "110102": 1, "BDA": 5}
        assert tile_levels({}) == {}
        assert tile_levels({"110101": 0}) == {"110101": 0}

    def test_every_score_is_in_one_bar_and_one_band(self) -> None:
        scores = [12, 59.9, 60, 79.99, 80, 90, 100, 100]
        drawn = histogram(scores, BANDS, start=45, step=5)
        assert [bar.value for bar in drawn.bars] == [1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 2]
        assert [band.note for band in drawn.bands] == ["2 家", "2 家", "1 家", "3 家"]
        assert max(bar.y + bar.height for bar in drawn.bars) == drawn.base

    def test_no_scores_draw_an_empty_frame(self) -> None:
        assert {bar.height for bar in histogram([], BANDS, start=45, step=5).bars} == {0}

    def test_ruler_shortens_the_long_lowest_band_and_keeps_the_marker_inside(self) -> None:
        drawn: Any = ruler(BANDS, score=80, label="80 标杆")
        assert [band["x"] for band in drawn["bands"]] == [0, 50, 75, 87.5]
        assert drawn["marker"] == {"x": 75, "label": "80 标杆", "anchor": "middle"}
        low: Any = ruler(BANDS, score=3)
        assert low["marker"]["x"] == 0
        assert low["marker"]["anchor"] == "start"
        assert ruler(BANDS, score=None)["marker"] is None
