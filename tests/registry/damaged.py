"""Tables for every import: sound ones, and a collection of what people really send."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from registry.resources.importing import Importer, ImportOutcome

Cells = dict[str, Any]


def digest_of_everything() -> dict[str, str]:
    """Table → a digest of all its rows, of every table but the numbers given and the sessions."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(row::text, chr(10) ORDER BY row::text), '')) FROM \"{table}\" row"
            )
            found[table] = str(cursor.fetchone())
    return found


def xlsx(
    rows: list[list[Any]], *, then: Callable[[Any, Any], None] | None = None, title: str = "表"
) -> bytes:
    """A workbook as an office program writes it; `then(book, page)` does what people do to it."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for at, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            if value is not None and value != "":
                cell = page.cell(at, place)
                if isinstance(value, str):
                    cell.set_explicit_value(value)
                else:
                    cell.value = value
    if then:
        then(book, page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_file(rows: list[list[Any]], *, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            part = old.read(entry)
            new.writestr(entry, change(part) if entry == name else part)
    return out.getvalue()


def headings(kind: type[Importer]) -> list[str]:
    return [column.heading for column in kind.columns]


def table(kind: type[Importer], *rows: Cells, heads: list[str] | None = None) -> list[list[Any]]:
    """Headings and rows of this import, each row given by column."""
    heads = heads or headings(kind)
    return [heads, *([row.get(head, "") for head in heads] for row in rows)]


def a_table(kind: type[Importer], name: str) -> SimpleUploadedFile:
    """An upload with one sound unit of this name."""
    row = {"单位名称": name, "类型": "绿色工厂"}
    return SimpleUploadedFile("单位.csv", csv_file(table(kind, row)))


def problems(outcome: ImportOutcome) -> list[tuple[int, str, str, str]]:
    """(line, column, value, problem) of every wrong cell, by line and by the order of the columns."""
    order = {column: n for n, column in enumerate(outcome.rows[0].cells)}
    found = [(row.line, one.column, one.value, one.problem) for row in outcome.rows for one in row.problems]
    return sorted(found, key=lambda one: (one[0], order.get(one[1], 99)))
