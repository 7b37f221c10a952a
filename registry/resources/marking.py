"""The file that was brought, given back with what is wrong: red cells with a remark, and a column that says why."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from registry.printing.tables import EXCEL_TEXT
from registry.resources.importing import INVALID, CellProblem, ImportOutcome
from registry.resources.sheets import EXTRA, REASON

WHITE, GOOD, BAD = "#FFFFFF", "#E6F4EA", "#FDECEA"


class Mark:
    """Writes texts into cells, those that are wrong in red and with a remark."""

    def __init__(self, book: xlsxwriter.Workbook, style: dict[str, Any]) -> None:
        self.wrong = book.add_format({**style, "bg_color": "#C62828", "font_color": "#FFFFFF", "bold": True})

    def write(self, page: Any, at: tuple[int, int], text: str, usual: Any, found: CellProblem | None) -> None:
        """A text at its (row, column), in its usual format unless there is a problem."""
        row, place = at
        if text:
            page.write_string(row, place, text[:EXCEL_TEXT], self.wrong if found else usual)
        else:
            page.write_blank(row, place, None, self.wrong if found else usual)
        if found:
            remark = f"{found.problem}\n建议：{found.suggestion}"
            page.write_comment(row, place, remark, {"author": "", "x_scale": 2})


def marked_workbook(outcome: ImportOutcome) -> bytes:
    """The table as it stands in the file, each cell at its place, with the column 错误原因 at the right.

    Rows that can be imported are green, wrong cells red with a remark. Corrected, it can be brought again as it is.
    """
    listing = outcome.listing
    rows = {row.line: row for row in outcome.rows}
    width = max(len(cells) for _, cells in listing.lines)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("标注")
        style = {"num_format": "@", "border": 1, "border_color": "#D0D5DB", "valign": "top"}
        tint = {colour: book.add_format({**style, "bg_color": colour}) for colour in (WHITE, GOOD, BAD)}
        heading = book.add_format({**style, "bold": True, "bg_color": "#DCE3EA", "text_wrap": True})
        reason = book.add_format({**style, "font_color": "#A02020", "text_wrap": True})
        mark = Mark(book, style)
        for line, cells in listing.lines:
            row = rows.get(line)
            usual = tint[WHITE] if row is None else tint[BAD if row.status == INVALID else GOOD]
            problems = {listing.places.get(one.column, -1): one for one in row.problems} if row else {}
            if row and (beyond := next((one for one in row.problems if one.column == EXTRA), None)):
                problems[len(dict(listing.lines)[listing.head])] = beyond
            for place in range(max(len(cells), *(place + 1 for place in problems), 0)):
                text = cells[place] if place < len(cells) else ""
                usual_here = heading if line == listing.head and text else usual
                if text or row:
                    mark.write(page, (line - 1, place), text, usual_here, problems.get(place))
            if line == listing.head:
                page.write_string(line - 1, width, REASON, heading)
            elif row and row.problems:
                page.write_string(line - 1, width, _reasons(row.problems), reason)
        for place in range(width):
            longest = max(
                (len(cells[place]) for _, cells in listing.lines[:200] if place < len(cells)), default=8
            )
            page.set_column(place, place, min(40, max(10, 2 * longest)))
        page.set_column(width, width, 60)
        page.freeze_panes(listing.head, 0)
    return out.getvalue()


def _reasons(problems: list[CellProblem]) -> str:
    words = "；".join(f"{one.column}：{one.problem}。{one.suggestion}" for one in problems)
    return words[:EXCEL_TEXT]
