"""The workbook that was brought, given back with what is wrong: red cells with a remark, and a column that says why."""

from __future__ import annotations

import io
from collections import defaultdict

import xlsxwriter

from evaluation.books.layout import HEAD, LEAVES, Leaf
from evaluation.books.reading import Fault, Reading
from registry.names import fold
from registry.printing.tables import EXCEL_TEXT
from registry.resources.marking import Mark
from registry.resources.sheets import REASON


def marked_scheme(reading: Reading) -> bytes:
    """All sheets as they stand in the file, each cell at its place, wrong ones in red, with 错误原因 at the right.

    Corrected, it can be brought again as it is.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        for leaf in LEAVES:
            faults = [one for one in reading.faults if one.sheet == leaf.name]
            _page(book, leaf, reading.pages[leaf.name], faults)
    return out.getvalue()


def _page(book: xlsxwriter.Workbook, leaf: Leaf, rows: list[list[str]], faults: list[Fault]) -> None:
    page = book.add_worksheet(leaf.name)
    style = {"num_format": "@", "border": 1, "border_color": "#D0D5DB", "valign": "top", "text_wrap": True}
    usual = book.add_format(style)
    heading = book.add_format({**style, "bold": True, "bg_color": "#DCE3EA"})
    reason = book.add_format({**style, "font_color": "#A02020"})
    mark = Mark(book, style)
    found: dict[tuple[int, int], Fault] = {}
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for one in faults:
        found.setdefault((one.row, one.place), one)
        by_row[one.row].append(one)
    known = _reasons_at(rows)  # the column of an earlier marking, which this one replaces
    width = max(len(leaf.columns) if leaf is not HEAD else 2, *(len(row) for row in rows))
    width = max([width if known is None else known, *(place + 1 for _, place in found)])
    for at in range(max(len(rows), *(row + 1 for row in by_row), 1)):
        texts = rows[at] if at < len(rows) else []
        for place in range(width):
            text = texts[place] if place < len(texts) and place != known else ""
            if text or (at, place) in found:
                fault = found.get((at, place))
                mark.write(page, (at, place), text, usual if at else heading, fault.said if fault else None)
        if by_row[at] or not at:
            words = "；".join(f"{one.cell}：{one.said.problem}。{one.said.suggestion}" for one in by_row[at])
            page.write_string(at, width, _first(at, words)[:EXCEL_TEXT], reason if at else heading)
    for place in range(width):
        longest = max((len(row[place]) for row in rows[:200] if place < len(row)), default=8)
        page.set_column(place, place, min(40, max(10, 2 * longest)), usual)
    page.set_column(width, width, 60)
    page.freeze_panes(1, 0)


def _reasons_at(rows: list[list[str]]) -> int | None:
    """Where the file has a column 错误原因 already."""
    return next((place for place, text in enumerate(rows[0]) if fold(text) == fold(REASON)), None)


def _first(at: int, words: str) -> str:
    """The heading of the column must be what the reader passes over, whatever is wrong with the headings."""
    return words if at else REASON
