"""Lists for spreadsheet programs. What is stored comes out unchanged and never runs as a formula."""

import csv
import io
import re
from datetime import datetime, time

import xlsxwriter

from .sheet import Sheet

# What Excel, WPS or LibreOffice may take for a formula, half and full width. The apostrophes in front keep
# the guard reversible: a cell that already looks guarded gets one more.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
EXCEL_TEXT = 32_767  # characters a cell holds
EXCEL_ROWS = 1_048_576
MM_PER_CHARACTER = 1.9  # of a column's width as Excel counts it, in its default font


class TooLarge(ValueError):
    """The list does not fit into the file format: too many rows, or a text too long for a cell."""


def csv_cell(text: str) -> str:
    """`text` as a CSV cell: an apostrophe goes in front of what a program could take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def from_csv_cell(cell: str) -> str:
    """The inverse of `csv_cell`, for reading back a file that we wrote."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def list_csv(sheet: Sheet) -> bytes:
    """The head lines, headings and rows as CSV: UTF-8 with byte order mark (Excel and WPS need it), CRLF, guarded
    cells.

    ValueError if a row does not fit the columns.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([csv_cell(line)] for line in sheet.head)
    writer.writerow([csv_cell(column.heading) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([csv_cell(text) for text, _ in zip(row, sheet.columns, strict=True)])
    return out.getvalue().encode("utf-8-sig")


def list_xlsx(sheet: Sheet) -> bytes:
    """The head lines, headings and rows as a workbook: every cell a text, headings frozen and printed on each page, A4.

    Raises TooLarge beyond 1,048,575 rows or 32,767 characters in a cell, which the library would silently
    cut, and ValueError if a row does not fit the columns. The same sheet gives the same bytes.
    """
    _check_size(sheet)
    out = io.BytesIO()
    # constant_memory writes rows out as they come: 72 MB instead of 230 MB at 100,000 rows.
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": False})
    book.set_properties(
        {
            "title": sheet.plain_title,
            "author": sheet.issuer,
            "comments": sheet.note,
            # Fixed, so that the same list is the same file.
            "created": datetime.combine(sheet.dated or sheet.as_of or datetime(1980, 1, 1), time()),  # noqa: DTZ001
        }
    )
    page = book.add_worksheet("名单")
    text_format = {"num_format": "@", "text_wrap": True, "valign": "vcenter", "border": 1}
    formats = [book.add_format({**text_format, "align": column.align}) for column in sheet.columns]
    heading = book.add_format({**text_format, "bold": True, "align": "center"})
    plain = book.add_format({"num_format": "@"})
    for number, line in enumerate(sheet.head):
        _write(page, number, 0, line, plain)
    top = len(sheet.head)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width_mm / MM_PER_CHARACTER)
        _write(page, top, at, column.heading, heading)
    for number, row in enumerate(sheet.rows, start=top + 1):
        for at, (text, cell_format) in enumerate(zip(row, formats, strict=True)):
            _write(page, number, at, text, cell_format)
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    page.autofilter(top, 0, top + len(sheet.rows), len(sheet.columns) - 1)
    page.set_paper(9)
    if sheet.is_across:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_header("&C" + sheet.plain_title.replace("&", "&&")[:200])
    page.set_footer("&C第 &P 页 共 &N 页")
    book.close()
    return out.getvalue()


def _check_size(sheet: Sheet) -> None:
    """Before the workbook is begun, since one that is given up halfway leaves its temporary files open."""
    if len(sheet.head) + len(sheet.rows) >= EXCEL_ROWS:
        raise TooLarge(f"{len(sheet.rows)} rows; a worksheet holds {EXCEL_ROWS - 1} under its heading")
    for number, row in enumerate(sheet.rows, start=1):
        for text, column in zip(row, sheet.columns, strict=True):
            if len(text) > EXCEL_TEXT:
                raise TooLarge(
                    f"row {number}, {column.heading}: {len(text)} characters; a cell holds {EXCEL_TEXT}"
                )


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, at: int, text: str, cell_format: object) -> None:
    if text:
        page.write_string(row, at, text, cell_format)
    else:
        page.write_blank(row, at, None, cell_format)
