"""A published list as a file: csv or xlsx in, rows under known headings out, each with its line in the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass, field
from typing import BinaryIO

from tablib import Dataset

from registry.names import fold
from registry.resources import workbook

MAX_BYTES = 20 << 20
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEADING_WITHIN = 10  # a title and a remark may stand above the headings

NAME = "单位名称"
LINE = "行号"  # the line in the file: of the file's rows, not a column of the file
EXTRA = "表头以外"  # what stands to the right of the last heading
# Column → other headings that the published lists give it. A heading never tells the 类型: the list of
# supply-chain enterprises of 2021 calls its name column 园区名称, a misprint in the original.
COLUMNS: dict[str, tuple[str, ...]] = {
    "类型": ("类别", "单位类型"),
    "级别": (),
    "批次": (),
    "年度": ("年份",),
    "公布日期": ("发布日期",),
    "序号": (),
    "地区": ("省份", "省市"),
    "所在区": (),
    "所在区依据": (),
    NAME: ("名称", "工厂名称", "企业名称", "园区名称", "公司名称"),
    "行业": ("所属行业",),
    "第三方评价机构": ("第三方机构名称", "第三方评价机构名称", "评价机构"),
    "source_url": ("来源",),
    "list_file_url": ("名单文件",),
}
REQUIRED = ("类型", "级别", "批次", "地区", NAME)
_COLUMN_OF = {fold(text): column for column, more in COLUMNS.items() for text in (column, *more)}
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


class Unreadable(Exception):
    """The file as a whole cannot be used; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class Listing:
    """A file that was read: its rows under COLUMNS and LINE, its hash, and what was noticed."""

    data: Dataset
    sha256: str
    notes: list[str] = field(default_factory=list)


def read(file: BinaryIO, *, name: str) -> Listing:
    """Read a published list. csv in UTF-8 (with or without mark), UTF-16 with mark or GB18030; or xlsx.

    What the file is, is read from its first bytes, not from its name. Raises Unreadable.
    """
    content = file.read(MAX_BYTES + 1)
    if not content.strip():
        raise Unreadable(f"文件“{name}”是空的")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"文件“{name}”超过 {MAX_BYTES >> 20} MB，请按名单拆分后分别导入")
    notes: list[str] = []
    if content.startswith(b"PK"):
        lines = _workbook_lines(content, notes)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("这是旧版 Excel（.xls）或者加密的工作簿，请另存为 .xlsx 后重试")
    elif content.startswith(b"%PDF"):
        raise Unreadable("这是 PDF 文件，请先整理为 csv 或 xlsx 表格")
    else:
        lines = _csv_lines(content)
    data = _under_headings(lines, notes)
    return Listing(data, hashlib.sha256(content).hexdigest(), notes)


def _workbook_lines(content: bytes, notes: list[str]) -> list[tuple[int, list[str]]]:
    try:
        found = workbook.sheets_in(content, max_rows=MAX_ROWS + HEADING_WITHIN, max_columns=MAX_COLUMNS)
    except workbook.Unusable as error:
        raise Unreadable(f"{error}") from error
    if not found:
        raise Unreadable("工作簿中没有可见的数据")
    (title, rows), *others = found
    if others:
        rest = "、".join(f"“{name}”" for name, _ in others)
        notes.append(f"只读取了第一个工作表“{title}”，未读取 {rest}")
    return list(enumerate(rows, start=1))


def _csv_lines(content: bytes) -> list[tuple[int, list[str]]]:
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
            lines.append((begin, row))
            begin = reader.line_num + 1
            if len(lines) > MAX_ROWS + HEADING_WITHIN:
                raise Unreadable(f"超过 {MAX_ROWS} 行，请按名单拆分后分别导入")
    except csv.Error as error:
        raise Unreadable(f"第 {begin} 行起 csv 格式有误（引号不成对或者单元格过长），请检查") from error
    return lines


def _under_headings(lines: list[tuple[int, list[str]]], notes: list[str]) -> Dataset:
    at, places = _headings(lines, notes)
    data = Dataset(headers=[LINE, *COLUMNS, EXTRA])
    for line, cells in lines[at + 1 :]:
        texts = [_INVISIBLE.sub("", cell).strip() for cell in cells]
        if not any(texts):
            continue
        row = {column: texts[place] for column, place in places.items() if place < len(texts)}
        extra = "、".join(filter(None, texts[len(lines[at][1]) :]))
        data.append([str(line), *(row.get(column, "") for column in COLUMNS), extra])
    if not len(data):
        raise Unreadable("表头以下没有数据行")
    return data


def _headings(lines: list[tuple[int, list[str]]], notes: list[str]) -> tuple[int, dict[str, int]]:
    """Where the headings stand, and column → its place."""
    best: tuple[int, dict[str, list[int]]] = (0, {})
    for at, (_, cells) in enumerate(lines[:HEADING_WITHIN]):
        found: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            column = _COLUMN_OF.get(fold(_INVISIBLE.sub("", cell)))
            if column:
                found.setdefault(column, []).append(place)
        if len(found) > len(best[1]):
            best = (at, found)
    at, found = best
    if missing := [column for column in REQUIRED if column not in found]:
        raise Unreadable(
            f"没有找到列“{'”“'.join(missing)}”，请核对表头；文字显示为乱码时，请另存为 UTF-8 编码的 csv"
        )
    headings = lines[at][1]
    for column, places in found.items():
        if len(places) > 1:
            twice = "”“".join(headings[place].strip() for place in places)
            raise Unreadable(f"有两列都表示“{column}”：“{twice}”，请只保留一列")
    called = headings[found[NAME][0]].strip()
    if fold(called) not in {fold(NAME), fold("名称")}:
        notes.append(f"列“{called}”按“{NAME}”读取；类型以“类型”列为准")
    unknown = [
        cell.strip() for cell in headings if cell.strip() and fold(_INVISIBLE.sub("", cell)) not in _COLUMN_OF
    ]
    if unknown:
        notes.append(f"未使用的列：“{'”“'.join(unknown)}”")
    return at, {column: places[0] for column, places in found.items()}
