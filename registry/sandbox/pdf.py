"""Checking a PDF: whether it opens, how many pages it has, and that it does nothing but show them."""

import os
import re
import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO

import pikepdf
from pikepdf import settings

from registry.sandbox.verdict import MAX_UNFOLDED, Refuse

MEMORY = 448 << 20  # bytes; a tagged report of 1,000 pages has 200,000 objects, and each takes 1,650
MAX_STREAM = 128 << 20  # bytes one stream may unfold to
MAX_IMAGE_PIXELS = 200_000_000  # an A0 drawing at 300 dpi is 139 million

_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/ImportData": "launch",
    "/SubmitForm": "launch",
    "/GoToE": "launch",
    "/GoToR": "launch",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMedia": "media",
    "/3D": "media",
}
# Every suspect object is looked at closely; the pattern only spares the walk through the thousands that are not.
_SUSPECT = re.compile(
    rb"/(?:JS|JavaScript|Launch|ImportData|SubmitForm|GoToE|GoToR|Rendition|Movie|Sound|RichMedia|3D|EF|XFA)\b"
)
# Readers disagree on which of two equal keys counts; for these keys that would hide an action from us.
_AMBIGUOUS = re.compile(
    r"duplicated key /(?:S|JS|A|AA|OpenAction|Names|EF|XFA|AcroForm|Subtype|Kids|Contents)\b"
)


def limit_streams() -> None:
    """Tell the library how far it may unfold anything, for the rest of this process."""
    settings.set_qpdf_limits(
        flate_max_memory=MAX_STREAM,
        run_length_max_memory=MAX_STREAM,
        png_max_memory=MAX_STREAM,
        tiff_max_memory=MAX_STREAM,
        max_stream_filters=4,
        doc_max_warnings=10_000,
    )


def _is_complete(source: BinaryIO) -> bool:
    """Whether the file ends the way a PDF does: a transfer that broke off does not."""
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - 1024))
    return b"%%EOF" in source.read()


def _is_limit(error: Exception) -> bool:
    """Whether the library stopped at one of the limits that `check_pdf` set, and not at damage."""
    return "memory limit exceeded" in str(error)


def check_pdf(source: BinaryIO, *, max_pages: int) -> int:
    """Count the pages. Raises Refuse for encrypted, broken, active, loaded or exploding files."""
    limit_streams()
    if zipfile.is_zipfile(source):
        raise Refuse("polyglot")
    # Some honest producers write a faulty table of objects, so a whole file gets a second, forgiving reading;
    # that one walks every object in the file and looks at each as sharply as the first.
    for forgiving in (False, True):
        source.seek(0)
        try:
            with pikepdf.open(
                source, attempt_recovery=forgiving, access_mode=pikepdf.AccessMode.stream
            ) as pdf:
                return _inspect(pdf, max_pages=max_pages)
        except pikepdf.PasswordError as error:
            raise Refuse("encrypted") from error
        except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError) as error:
            if _is_limit(error):
                raise Refuse("bomb") from error
            if re.search(r"encrypt|security handler", str(error), re.IGNORECASE):
                raise Refuse("encrypted") from error
            if "no pages found" in str(error):
                raise Refuse("no-pages") from error
            if forgiving or not _is_complete(source):
                raise Refuse("broken") from error
    raise Refuse("broken")


def _inspect(pdf: pikepdf.Pdf, *, max_pages: int) -> int:
    if pdf.is_encrypted:
        raise Refuse("encrypted")
    pages = len(pdf.pages)
    if pages == 0:
        raise Refuse("no-pages")
    if pages > max_pages:
        raise Refuse("too-many-pages", pages)

    drawn = _drawn(pdf)
    unfolded = 0
    for thing in (*pdf.objects, pdf.trailer):
        if isinstance(thing, pikepdf.Stream):
            if _SUSPECT.search(thing.stream_dict.unparse()):
                _look_at(thing.stream_dict)
            unfolded += _unfold(thing, is_drawn=thing.objgen in drawn)
            if unfolded > MAX_UNFOLDED:
                raise Refuse("bomb")
        elif isinstance(thing, pikepdf.Object) and _SUSPECT.search(thing.unparse(resolved=True)):
            _look_at(thing)
    if any(_AMBIGUOUS.search(str(warning)) for warning in pdf.get_warnings()):
        raise Refuse("broken")
    return pages


def _drawn(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """The streams that the pages are drawn from, by number and generation."""
    drawn: set[tuple[int, int]] = set()
    for page in pdf.pages:
        contents: Any = page.obj.get("/Contents")
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        drawn.update(part.objgen for part in parts if isinstance(part, pikepdf.Stream))
    return drawn


def _unfold(stream: pikepdf.Object, *, is_drawn: bool) -> int:
    """How many bytes the stream unfolds to. Raises Refuse when they are too many, or lost and needed for a page."""
    if stream.get("/Subtype") == "/Image" and not is_drawn:
        _measure(stream)
        return 0
    try:
        return len(stream.get_stream_buffer())
    except MemoryError as error:
        raise Refuse("bomb") from error
    except (pikepdf.PdfError, RuntimeError) as error:
        if _is_limit(error):
            raise Refuse("bomb") from error
        if is_drawn:
            raise Refuse("broken") from error  # a page that cannot be drawn is not a page
        return 0


def _measure(image: pikepdf.Object) -> None:
    """Image data is left folded; what it unfolds to is what its size says."""
    try:
        pixels = int(image.get("/Width", 0)) * int(image.get("/Height", 0))
    except (TypeError, ValueError) as error:
        raise Refuse("broken") from error
    if pixels > MAX_IMAGE_PIXELS:
        raise Refuse("dimensions")


def _look_at(thing: Any) -> None:
    """Raise Refuse when this object, or one written inside it, acts, carries a file, plays or is an XFA form."""
    if isinstance(thing, pikepdf.Name):  # an action's kind may be kept as an object of its own
        if str(thing) in _ACTIONS:
            raise Refuse(_ACTIONS[str(thing)])
    elif isinstance(thing, pikepdf.Array):
        _look_inside(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in ("/S", "/Subtype"):
            kind = str(thing.get(key, ""))
            if kind in _ACTIONS:
                raise Refuse(_ACTIONS[kind])
        if isinstance(thing.get("/JS"), pikepdf.String | pikepdf.Stream):
            raise Refuse("javascript")
        if thing.get("/XFA") is not None:
            raise Refuse("xfa")
        files = thing.get("/EF")
        if isinstance(files, pikepdf.Dictionary) and set(files.keys()) & {
            "/F",
            "/UF",
            "/DOS",
            "/Mac",
            "/Unix",
        }:
            raise Refuse("embedded")
        _look_inside(thing[key] for key in thing.keys())  # noqa: SIM118 - iterating a pikepdf dictionary is not its keys


def _look_inside(parts: Iterable[Any]) -> None:
    for part in parts:
        if isinstance(part, pikepdf.Object) and not part.is_indirect:  # the indirect ones have their own turn
            _look_at(part)
