"""Reading PDFs in tests: their words, and where their bookmarks lead."""

from __future__ import annotations

import io
import re
import subprocess

import pikepdf


def words_of(content: bytes, *, page: int = 0) -> str:
    """The words of a PDF, or of one page from 1, without the blanks between them."""
    span = ["-f", str(page), "-l", str(page)] if page else []
    command = ["pdftotext", "-enc", "UTF-8", *span, "-", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


def lines_of(content: bytes, *, page: int) -> list[str]:
    """The lines of a page as they are laid out."""
    command = ["pdftotext", "-enc", "UTF-8", "-layout", "-f", str(page), "-l", str(page), "-", "-"]
    return (
        subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode().splitlines()
    )


def bookmarks(content: bytes) -> list[tuple[str, int]]:
    """(title, page from 0) of every bookmark, in order."""
    found: list[tuple[str, int]] = []

    def walk(items, numbers) -> None:
        for item in items:
            found.append((item.title, numbers[item.destination[0].objgen]))
            walk(item.children, numbers)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
        with pdf.open_outline() as outline:
            walk(outline.root, numbers)
    return found
