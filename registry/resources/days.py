"""A year's plan of holidays as a file or as text: 日期, 休/班, 名称 in, plans and problems by line out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from registry.resources import workbook

MAX_BYTES = 1 << 20
MAX_ROWS = 400
OFF, WORK = {"休", "放假", "休息", "休假", "是"}, {"班", "上班", "调休", "调休上班", "否"}
HEADINGS = {"日期", "date"}


class Unreadable(Exception):
    """The file as a whole cannot be used; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class DayRow:
    """One line: what was written, what it says, and what is wrong with it."""

    line: int
    texts: tuple[str, str, str]
    day: date | None
    off: bool | None
    name: str
    problem: str = ""


def lines_in(content: bytes) -> list[list[str]]:
    """The rows of an xlsx, or of a csv in UTF-8 or GB18030. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"文件超过 {MAX_BYTES >> 20} MB，请只保留一年的日期")
    if content.startswith(b"PK"):
        try:
            sheets = workbook.sheets_in(content, max_rows=MAX_ROWS, max_columns=20)
        except workbook.Unusable as error:
            raise Unreadable(str(error)) from error
        if not sheets:
            raise Unreadable("工作簿中没有可见的数据")
        return sheets[0].rows
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return split(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Unreadable("文件不是 xlsx，也不是 UTF-8 或 GB18030 编码的 csv，请另存后重试")


def split(text: str) -> list[list[str]]:
    """Lines of text in cells: between commas of either width, tabs, or blanks. Raises Unreadable."""
    if "\0" in text:
        raise Unreadable("文件不是 csv 文本，请检查是否选错了文件")
    even = re.sub(r"[，;；\t]", ",", text)
    try:
        rows = list(csv.reader(io.StringIO(even, newline="")))
    except csv.Error as error:
        raise Unreadable("csv 格式有误，请检查引号") from error
    return [row[0].split() if len(row) == 1 else row for row in rows]


def read(rows: list[list[str]]) -> list[DayRow]:
    """Each row that is no heading and not empty, understood as far as it can be. Raises Unreadable."""
    if len(rows) > MAX_ROWS:
        raise Unreadable(f"超过 {MAX_ROWS} 行，请只保留一年的日期")
    found: list[DayRow] = []
    first_at: dict[date, int] = {}
    for line, cells in enumerate(rows, start=1):
        texts = [cell.strip() for cell in cells]
        if not any(texts) or (not found and texts[0].casefold() in HEADINGS):
            continue
        row = _row(line, (*texts, "", "", "")[:3])
        if row.day is not None and row.day in first_at and not row.problem:
            words = f"与第 {first_at[row.day]} 行的日期重复"
            row = DayRow(row.line, row.texts, row.day, row.off, row.name, words)
        if row.day is not None:
            first_at.setdefault(row.day, line)
        found.append(row)
    if not found:
        raise Unreadable("没有找到日期，请核对：每行依次为日期、休或班、名称")
    return found


def as_text(rows: list[DayRow]) -> str:
    """The rows as the text that `split` reads."""
    return "\n".join(
        "，".join(text.replace("，", " ").replace(",", " ") for text in row.texts) for row in rows
    )


def _row(line: int, texts: tuple[str, str, str]) -> DayRow:
    written, kind, name = texts
    day, problem = _day(written), ""
    off = True if kind in OFF else False if kind in WORK else None
    if day is None:
        problem = f"“{written}”不是日期，请写成 2027-01-01"
    elif off is None:
        problem = f"“{kind}”应为“休”或者“班”"
    return DayRow(line, texts, day, off, name[:40], problem)


def _day(text: str) -> date | None:
    """2027-01-01, 2027/1/1, 2027.1.1 or 2027年1月1日."""
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None
