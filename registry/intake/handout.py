"""Handing files out again: the original as a download, its pages as pictures."""

from contextlib import suppress
from io import BufferedReader

from django.http import FileResponse
from django.utils.http import content_disposition_header

from registry.intake import store
from registry.sandbox import ask

DPI = range(36, 221)


class Unrenderable(Exception):
    """The page exists or may exist, but no picture of it could be made; the original can still be downloaded."""


def page_image(path: str, page: int, *, dpi: int = 110) -> bytes:
    """A page of a stored PDF (or the picture of a JPEG, page 1) as WebP, from the cache when it was drawn before.

    `page` counts from 1, `dpi` is dots per inch, 36–220 (ValueError else); very large pages come out smaller. Raises
    LookupError for a page that is not there (an OFD has none), Unrenderable, and what `open_stored` raises.
    """
    if dpi not in DPI:
        raise ValueError(f"dpi {dpi} is not within {DPI.start}–{DPI.stop - 1}")
    if page < 1:
        raise LookupError(f"no page {page}")
    with store.open_stored(path) as file:
        place = store.picture_place(path, page=page, dpi=dpi)
        with suppress(FileNotFoundError):
            if ask.is_webp(picture := place.read_bytes()):  # a power cut may have left a hollow one
                return picture
        if file.read(2) == b"PK":
            raise LookupError("an OFD is not drawn")
        try:
            picture = ask.picture_of(file, page=page, dpi=dpi)
        except ask.Unparsable as error:
            raise Unrenderable(f"page {page}") from error
    store.keep_picture(place, picture)
    return picture


def download_headers(name: str, *, media_type: str) -> dict[str, str]:
    """Headers under which a stranger's file can do nothing to the reader's browser (name by RFC 6266)."""
    return {
        "Content-Type": media_type,
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def download(path: str, *, name: str, media_type: str) -> FileResponse:
    """A stored file as a download. The caller has decided that this person may have it. Raises as `open_stored`."""
    return download_open(store.open_stored(path), name=name, media_type=media_type)


def download_open(file: BufferedReader, *, name: str, media_type: str) -> FileResponse:
    """An open file as a download; the answer closes it."""
    headers = download_headers(name, media_type=media_type)
    # Said twice: FileResponse guesses a type unless it gets it by this argument.
    # So is the name: an open file has one of its own, under which it would be shown instead of handed over.
    return FileResponse(
        file, as_attachment=True, filename=name, content_type=headers.pop("Content-Type"), headers=headers
    )
