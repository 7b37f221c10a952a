"""A table that comes as a file: csv or xlsx in, rows under known headings out, each with its line in the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from tablib import Dataset
from xlsxwriter.utility import xl_range

from registry.names import fold
from registry.printing import from_csv_cell
from registry.resources import workbook

MAX_BYTES = 20 << 20
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEADING_WITHIN = 10  # a title and a remark may stand above the headings

NAME = "单位名称"
LINE = "行号"  # the line in the file: of the file's rows, not a column of the file
EXTRA = "表头以外"  # what stands to the right of the last heading
REASON = "错误原因"  # the column that a marked workbook adds; ignored when it comes back
NOTES = "填写说明"  # the second sheet of our templates
EXAMPLE = "【示例】"  # what the example row of our templates begins with; such a row is no row
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


@dataclass(frozen=True)
class Table:
    """What a file should hold: column → other headings that mean it, and the columns that must be there."""

    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    most: int | None = None  # rows, where fewer than MAX_ROWS

    @property
    def most_rows(self) -> int:
        return min(self.most or MAX_ROWS, MAX_ROWS)

    def column_of(self, heading: str) -> str | None:
        """The column that a heading means, in whatever spacing and width it is written."""
        wanted = fold(_INVISIBLE.sub("", heading))
        return next(
            (
                column
                for column, more in self.columns.items()
                if wanted in {fold(text) for text in (column, *more)}
            ),
            None,
        )


class Unreadable(Exception):
    """The file as a whole cannot be used; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class Listing:
    """A file that was read: its rows under LINE and the columns, its hash, and what was noticed.

    `lines` are all lines as they stand in the file, with their numbers; `head` is the number of the heading line and
    `places` says where each column stands. `flaws` are cells that cannot be read as they are: (line, column) → problem.
    """

    data: Dataset
    sha256: str
    lines: list[tuple[int, list[str]]]
    head: int
    places: dict[str, int]
    notes: list[str] = field(default_factory=list)
    flaws: dict[tuple[int, str], str] = field(default_factory=dict)


def read(file: BinaryIO, *, name: str, table: Table) -> Listing:
    """Read such a table. csv in UTF-8 (with or without mark), UTF-16 with mark or GB18030; or xlsx.

    What the file is, is read from its first bytes, not from its name. Raises Unreadable.
    """
    content = file.read(MAX_BYTES + 1)
    refuse_others(content, name=name)
    notes: list[str] = []
    page: workbook.Page | None = None
    if content.startswith(b"PK"):
        page = _first_page(content, notes, most=table.most_rows)
        lines = list(enumerate(page.rows, start=1))
    else:
        lines = _csv_lines(content, most=table.most_rows)
    at, places = _headings(lines, notes, table)
    data = _rows(lines[at + 1 :], places, table, width=len(lines[at][1]))
    if not len(data):
        raise Unreadable("表头以下没有数据行")
    if len(data) > table.most_rows:
        raise Unreadable(f"超过 {table.most_rows} 行，请拆分后分别导入")
    sha256 = hashlib.sha256(content).hexdigest()
    flaws = _flaws(page, places, below=at) if page else {}
    return Listing(data, sha256, lines, lines[at][0], places, notes, flaws)


def refuse_others(content: bytes, *, name: str) -> None:
    """Raises Unreadable for what is no table: nothing, too much, a workbook of old or an encrypted one, a PDF."""
    if not content.strip():
        raise Unreadable(f"文件“{name}”是空的")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"文件“{name}”超过 {MAX_BYTES >> 20} MB，请拆分后分别导入")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("这是旧版 Excel（.xls）或者加密的工作簿，请另存为 .xlsx 后重试")
    if content.startswith(b"%PDF"):
        raise Unreadable("这是 PDF 文件，请先整理为 csv 或 xlsx 表格")


def _first_page(content: bytes, notes: list[str], *, most: int) -> workbook.Page:
    try:
        found = workbook.sheets_in(content, max_rows=most + HEADING_WITHIN, max_columns=MAX_COLUMNS)
    except workbook.Unusable as error:
        raise Unreadable(f"{error}") from error
    if not found:
        raise Unreadable("工作簿中没有可见的数据")
    page, *others = found
    if left := [other.name for other in others if other.name != NOTES]:
        notes.append(f"只读取了第一个工作表“{page.name}”，未读取 “{'”、“'.join(left)}”")
    return page


def _flaws(page: workbook.Page, places: dict[str, int], *, below: int) -> dict[tuple[int, str], str]:
    """The formulas and merged cells under the headings: such a cell says something else than it shows."""
    columns = {place: column for column, place in places.items()}
    flaws: dict[tuple[int, str], str] = {}
    for row, place in page.formulas:
        if row > below and place in columns:
            flaws[row + 1, columns[place]] = "单元格是公式"
    for top, left, bottom, right in page.merged:
        where = xl_range(top, left, bottom, right)
        for row in range(max(top, below + 1), min(bottom, len(page.rows) - 1) + 1):
            for place in range(left, right + 1):
                if place in columns:
                    flaws[row + 1, columns[place]] = f"单元格与其他单元格合并（{where}）"
    return flaws


def _csv_lines(content: bytes, *, most: int) -> list[tuple[int, list[str]]]:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unreadable("文字编码无法识别，请另存为 UTF-8 或 GB18030 编码的 csv")
    if "\0" in text:
        raise Unreadable("文件不是 csv 文本，请检查是否选错了文件")
    first = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    lines: list[tuple[int, list[str]]] = []
    begin = 1
    try:
        for row in reader:
            lines.append((begin, [from_csv_cell(cell) for cell in row]))
            begin = reader.line_num + 1
            if len(lines) > most + HEADING_WITHIN:
                raise Unreadable(f"超过 {most} 行，请拆分后分别导入")
    except csv.Error as error:
        raise Unreadable(f"第 {begin} 行起 csv 格式有误（引号不成对或者单元格过长），请检查") from error
    return lines


def _rows(lines: list[tuple[int, list[str]]], places: dict[str, int], table: Table, *, width: int) -> Dataset:
    """The lines under the headings that say anything, without the example rows of our own templates."""
    data = Dataset(headers=[LINE, *table.columns, EXTRA])
    for line, cells in lines:
        texts = [_INVISIBLE.sub("", cell).strip() for cell in cells]
        if next(filter(None, texts), EXAMPLE).startswith(EXAMPLE):
            continue
        row = {column: texts[place] for column, place in places.items() if place < len(texts)}
        extra = "、".join(filter(None, texts[width:]))
        data.append([str(line), *(row.get(column, "") for column in table.columns), extra])
    return data


def _headings(
    lines: list[tuple[int, list[str]]], notes: list[str], table: Table
) -> tuple[int, dict[str, int]]:
    """Where the headings stand, and column → its place."""
    best: tuple[int, dict[str, list[int]]] = (0, {})
    for at, (_, cells) in enumerate(lines[:HEADING_WITHIN]):
        found: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            if column := table.column_of(cell):
                found.setdefault(column, []).append(place)
        if len(found) > len(best[1]):
            best = (at, found)
    at, found = best
    if missing := [column for column in table.required if column not in found]:
        raise Unreadable(
            f"没有找到列“{'”“'.join(missing)}”，请核对表头；文字显示为乱码时，请另存为 UTF-8 编码的 csv"
        )
    headings = lines[at][1]
    for column, places in found.items():
        if len(places) > 1:
            twice = "”“".join(headings[place].strip() for place in places)
            raise Unreadable(f"有两列都表示“{column}”：“{twice}”，请只保留一列")
    called = headings[found[NAME][0]].strip() if NAME in found else NAME
    if fold(called) not in {fold(NAME), fold("名称")}:
        notes.append(f"列“{called}”按“{NAME}”读取；类型以“类型”列为准")
    unknown = [cell.strip() for cell in headings if cell.strip() and not table.column_of(cell)]
    if ignored := [heading for heading in unknown if heading not in {REASON, "序号"}]:
        notes.append(f"未使用的列：“{'”“'.join(ignored)}”")
    return at, {column: places[0] for column, places in found.items()}
