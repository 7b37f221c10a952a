"""合并材料: all that was filed as one PDF, with a cover, a table of contents, bookmarks and page numbers.

Our own pages are printed, strangers' files joined to them in the sandbox alone. The same parts give the same bytes,
so a bundle is kept under a key made of its parts, and can be made again when it was swept away.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from io import BufferedReader
from typing import Any, BinaryIO

from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string

from registry import intake, printing
from registry.models.log import canonical, digest
from registry.sandbox import ask, numbering

FORMAT = 1  # counted up when a change here or in the template would give other bytes for the same parts
MAX_PAGES = 3000
MAX_BYTES = 1 << 30
KINDS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
}  # what becomes pages; the rest is named and lies beside
APART = "请分别下载原件"
FORM = "申请表"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a bundle: what it is in the contents, its bookmark, and what is stored of it."""

    label: str
    title: str
    name: str
    path: str
    media_type: str
    sha256: str
    pages: int | None
    version: str  # 第 2 版; empty where files of a kind add up
    uploaded: str  # the day in words

    @property
    def count(self) -> int:
        """Pages that it takes in the bundle; 0 for what cannot be shown."""
        return (self.pages or 0) if self.media_type in KINDS else 0


class NotBundled(Exception):
    """The files cannot be joined. `message` is Chinese and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def bundle(
    front: dict[str, Any], parts: Sequence[Part], *, title: str, author: str, dated: date | None
) -> BufferedReader:
    """The merged PDF, open for reading. `front` is what templates/print/bundle.html says of the case.

    Raises NotBundled when the parts are too many, too large, missing or such that no program should open them.
    """
    check = digest("sha256", canonical([part.sha256 for part in parts] + [front["payload"]]))
    seen = canonical([FORMAT, title, author, str(dated), front, [asdict(part) for part in parts]])
    key = digest("sha256", seen)
    if (kept := intake.open_made(key)) is not None:
        return kept
    pages, count, bookmarks = _front(front | {"check": check}, parts)
    whole = count + sum(part.count for part in parts)
    if whole > MAX_PAGES:
        raise NotBundled(f"合并后共 {whole} 页，超过 {MAX_PAGES} 页，{APART}")
    shown = [part for part in parts if part.count]
    plan = {
        "title": title,
        "author": author,
        "date": f"D:{dated:%Y%m%d}000000+08'00'" if dated else "",
        "bookmarks": bookmarks,
        "parts": [
            {"kind": "pdf", "title": ""},
            *({"kind": KINDS[part.media_type], "title": part.title} for part in shown),
        ],
    }
    with ExitStack() as stack:
        files = [_own(stack, pages), *(_stored(stack, part) for part in shown)]
        size = sum(file.seek(0, 2) for file in files)
        if size > MAX_BYTES // 2:
            raise NotBundled(f"材料合计超过 {MAX_BYTES // 2 >> 20} MB，{APART}")
        held = stack.enter_context(intake.quarantined())
        try:
            most = min(MAX_BYTES, 2 * size + (64 << 20))
            ask.merge(plan, files, signs=_own(stack, _signs()), into=held.file, max_bytes=most)
        except ask.Unjoinable as error:
            # Number 0 is our own.
            which = f"“{shown[error.part - 1].name}”" if error.part else "其中有文件"
            raise NotBundled(f"{which}不能并入合并文件，{APART}") from error
        _judge(held.file, pages=whole)
        return intake.keep_made(held, key)


def _front(front: dict[str, Any], parts: Sequence[Part]) -> tuple[bytes, int, list[tuple[int, str, int]]]:
    """Cover, contents and form. The contents name pages, so it is laid out until their number stands still."""
    count, form_page = 3, 3
    while True:
        rows, at = [], count
        for part in parts:
            rows.append({"part": part, "page": at + 1 if part.count else None})
            at += part.count
        said = {"rows": rows, "whole": at, "form_page": form_page}
        pages, laid, bookmarks = printing.html_pages(render_to_string("print/bundle.html", front | said))
        form_at = next(page + 1 for _, label, page in bookmarks if label == FORM)
        if (laid, form_at) == (count, form_page):
            return pages, count, bookmarks
        count, form_page = laid, form_at


@cache
def _signs() -> bytes:
    """第 页 共 and the digits, each on a page of its own, to number pages with."""
    signs = [{"sign": sign, "half": sign.isascii()} for sign in numbering.SIGNS]
    return printing.html_pages(render_to_string("print/signs.html", {"signs": signs}))[0]


def _own(stack: ExitStack, content: bytes) -> BinaryIO:
    held = stack.enter_context(intake.quarantined())
    held.file.write(content)
    held.file.flush()
    return held.file


def _stored(stack: ExitStack, part: Part) -> BinaryIO:
    try:
        return stack.enter_context(intake.open_stored(part.path))
    except (FileNotFoundError, SuspiciousFileOperation) as error:
        raise NotBundled(f"“{part.name}”不在存储中，请联系系统管理员") from error


def _judge(file: BinaryIO, *, pages: int) -> None:
    """What comes out of the sandbox is looked at as sharply as what a stranger sends."""
    try:
        verdict, number = ask.inspect(file, kind="pdf", max_pages=MAX_PAGES)
    except ask.Unparsable as error:
        raise NotBundled(f"合并文件未能通过检查，{APART}") from error
    if verdict != "ok" or number != pages:
        raise NotBundled(f"合并文件未能通过检查，{APART}")
