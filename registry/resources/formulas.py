"""Which cells of a sheet are formulas: the reader of workbooks gives their last values alone. Plain Python.

A value that a formula left behind may be old, or may never have been computed; a person must have seen what is imported.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import zipfile
from typing import Any, BinaryIO
from xml.parsers import expat

codecs.lookup("cp437")  # what old zip names are written in; it must be loaded before `confine`

MOST = 20_000
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


class TooMany(Exception):
    """More formulas than can be told."""


def in_sheet(source: BinaryIO, name: str) -> list[tuple[int, int]]:
    """(row, column), counted from 0, of the cells of this sheet that hold a formula; none where the file is no .xlsx.

    Raises TooMany, and ValueError for XML that cannot be parsed.
    """
    source.seek(0)
    if not zipfile.is_zipfile(source):
        return []
    try:
        with zipfile.ZipFile(source) as book:
            path = _path_of(book, name)
            if path is None:
                return []
            with book.open(path) as sheet:
                return _formulas(sheet)
    except (zipfile.BadZipFile, expat.ExpatError, LookupError, NotImplementedError, RuntimeError) as error:
        raise ValueError("not a sound workbook") from error


def _path_of(book: zipfile.ZipFile, name: str) -> str | None:
    """Where in the archive the sheet of this name lies."""
    if not {_BOOK, _LINKS} <= set(book.namelist()):
        return None
    keys: dict[str, str] = {}
    targets: dict[str, str] = {}

    def link(element: str, attributes: dict[str, str]) -> None:
        if _plain(element) == "sheet":
            key = next((value for title, value in attributes.items() if _plain(title) == "id"), "")
            keys.setdefault(attributes.get("name", ""), key)
        elif _plain(element) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    for part in (_BOOK, _LINKS):
        with book.open(part) as file:
            _walk(file, link)
    target = targets.get(keys.get(name, ""))
    if not target:
        return None
    path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return path if path in book.namelist() else None


def _formulas(sheet: Any) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    row, column = -1, -1

    def note(element: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        kind = _plain(element)
        if kind == "row":
            row, column = int(attributes["r"]) - 1 if "r" in attributes else row + 1, -1
        elif kind == "c":
            column += 1
            if at := re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", attributes.get("r", "")):
                row, column = int(at[2]) - 1, _number(at[1])
        elif kind == "f":
            found.append((row, column))
            if len(found) > MOST:
                raise TooMany

    _walk(sheet, note)
    return found


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _plain(name: str) -> str:
    return name.rpartition(":")[2]


def _walk(file: Any, on_start: Any) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = on_start
    parser.ParseFile(file)
