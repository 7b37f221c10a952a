"""From HTML to PDF: our faces, our style sheets, and nothing else from anywhere.

The same input gives the same bytes in any process of the same installation, since the hash of a list is
published: the only dates inside are the document's own, and no identifier is drawn at random.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

import weasyprint
from django.conf import settings
from fontTools.ttLib import TTFont, TTLibError
from weasyprint.document import DocumentMetadata
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "print"
LANGUAGE = "zh-CN"
# Face of GB/T 9704-2012 → weight it is asked for, and how a font that the bureau has licensed names itself.
OFFICIAL_FACES = {
    "Print Title": (700, ("小标宋", "xiaobiaosong")),
    "Print Hei": (700, ("黑体", "simhei", "heiti")),
    "Print Kai": (400, ("楷体", "kaiti")),
    "Print Body": (400, ("仿宋", "fangsong")),
}
# Ends every font stack: it covers the rare characters of names (喆 堃 镕 珺) that GB 2312 faces lack.
OPEN_FACE = "Print Song"
OPEN_FILES = {400: "400Regular/NotoSerifSC_400Regular.ttf", 700: "700Bold/NotoSerifSC_700Bold.ttf"}

_one_at_a_time = Lock()


class OutsideResource(ValueError):
    """A paper asked for something that is not part of this installation: an image, a style sheet, a file."""


class OurFontsOnly(URLFetcher):
    """Serves the given files under made-up addresses; refuses all else, `data:` and `file:` included."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._files = files
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url not in self._files:
            self.refused.append(url)
            raise OutsideResource(url)
        return URLFetcherResponse(url, self._files[url].read_bytes(), {"Content-Type": "font/ttf"})


def html_pdf(html: str, *, title: str, dated: date | None, author: str = "") -> bytes:
    """One paper (a record, a receipt) as tagged PDF on A4.

    `html` is a whole document rendered from a template of ours with autoescape on; `title`, `dated` and
    `author` go into the document's properties. Raises OutsideResource if the HTML asks for anything to be
    fetched.
    """
    with rendering():
        document = lay_out(html)
        describe(document.metadata, title=title, dated=dated, author=author)
        return write(document, tagged=True)


def html_pages(html: str) -> tuple[bytes, int, list[tuple[int, str, int]]]:
    """A paper to be joined with others: (the PDF, its number of pages, its bookmarks as level, label, page from 0).

    `html` and what it may raise as in `html_pdf`; without tags and properties, which do not survive the joining.
    """
    with rendering():
        document = lay_out(html)
        bookmarks = [
            (level, label, at)
            for at, page in enumerate(document.pages)
            for level, label, _, _ in page.bookmarks
        ]
        describe(document.metadata, title="", dated=None, author="")
        return write(document, tagged=False), len(document.pages), bookmarks


def problems() -> list[str]:
    """What keeps this installation from printing properly, in English sentences; empty if nothing does."""
    missing = [path for path in _open_files() if not path.is_file()]
    found = [f"{path} is missing; install the front-end packages" for path in missing]
    if ffi.harfbuzz_subset is None:
        found.append("libharfbuzz-subset0 is missing; one page would take seconds and gigabytes")
    try:
        _official_files(settings.OFFICIAL_FONTS)
    except (OSError, TTLibError) as error:
        found.append(f"OFFICIAL_FONTS={settings.OFFICIAL_FONTS}: {error}")
    return found


@contextmanager
def rendering() -> Iterator[None]:
    """Around laying out and writing: a third faster without the collector looking at millions of live boxes.

    One at a time in a process, because the collector and the font map are shared by its threads.
    """
    with _one_at_a_time:
        was_enabled = gc.isenabled()
        gc.freeze()
        gc.disable()
        try:
            yield
        except FatalURLFetchingError as error:
            # A BaseException of the library, which would end a worker instead of failing its job.
            raise OutsideResource(str(error)) from error
        finally:
            gc.unfreeze()
            if was_enabled:
                gc.enable()


def lay_out(html: str, *, css: str = "") -> weasyprint.Document:
    """`html` as pages; `css` is added last. Call inside `rendering()`."""
    fetcher, font_config, base = _style(str(settings.NOTO_SERIF_SC), settings.OFFICIAL_FONTS)
    fetcher.refused.clear()
    extra = weasyprint.CSS(string=css, url_fetcher=fetcher, font_config=font_config)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(
        font_config=font_config, stylesheets=[base, extra]
    )


def describe(metadata: DocumentMetadata, *, title: str, dated: date | None, author: str) -> None:
    """Set the document's properties."""
    metadata.title, metadata.lang, metadata.generator = title, LANGUAGE, None
    metadata.authors = [author] if author else []
    metadata.created = metadata.modified = dated.isoformat() if dated else None


def write(document: weasyprint.Document, *, tagged: bool) -> bytes:
    """The pages as PDF. Tags (reading order, for screen readers) cost a tenth more. Call in `rendering()`."""
    content = bytes(document.write_pdf(pdf_tags=tagged))
    if refused := document.url_fetcher.refused:  # within an SVG image the library swallows the refusal
        raise OutsideResource(refused[0])
    return content


def _open_files() -> list[Path]:
    return [Path(settings.NOTO_SERIF_SC) / name for name in OPEN_FILES.values()]


def _official_files(folder: str) -> dict[str, Path]:
    """Face → file, for the faces found in `folder` by the names inside its TrueType and OpenType files."""
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).iterdir()) if folder else []:
        if path.suffix.lower() not in {".ttf", ".otf"}:
            continue
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            names = " ".join(str(name) for name in font["name"].names if name.nameID in {1, 4}).lower()
        for face, (_, marks) in OFFICIAL_FACES.items():
            if any(mark in names for mark in marks):
                found.setdefault(face, path)
    return found


# One per process and set of faces: making it copies 30 MB; shared, a small paper takes half the time.
@lru_cache(maxsize=2)
def _style(open_folder: str, official_folder: str) -> tuple[OurFontsOnly, FontConfiguration, weasyprint.CSS]:
    faces = [(OPEN_FACE, weight, Path(open_folder) / name) for weight, name in OPEN_FILES.items()]
    faces += [
        (face, OFFICIAL_FACES[face][0], path) for face, path in _official_files(official_folder).items()
    ]
    addresses = {f"print-font:{at}": path for at, (_, _, path) in enumerate(faces)}
    fetcher = OurFontsOnly(addresses)
    font_config = FontConfiguration()
    rules = [
        f'@font-face {{ font-family: "{face}"; font-weight: {weight}; src: url("{address}") }}'
        for (face, weight, _), address in zip(faces, addresses, strict=True)
    ]
    css = "\n".join([*rules, (TEMPLATES / "paper.css").read_text(encoding="utf-8")])
    return fetcher, font_config, weasyprint.CSS(string=css, url_fetcher=fetcher, font_config=font_config)
