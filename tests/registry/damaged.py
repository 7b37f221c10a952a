"""Tables for every import: sound ones, and a collection of what people really send."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import openpyxl
import xlsxwriter
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from openpyxl.utils import get_column_letter

from registry.resources.importing import Importer, ImportOutcome
from tests.registry.hostile import DOCX, zipped

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
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # a text, whatever it looks like
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


# --- what people send


@dataclass(frozen=True)
class Damage:
    """A file and what must be said of it: the wrong cells as (line, column, value, problem), or why it is no table."""

    name: str
    content: bytes
    says: str | list[tuple[int, str, str, str]]


@dataclass(frozen=True)
class Sample:
    """Two sound rows of an import, at lines 2 and 3, and where the common damages strike: a column of free text that
    may be empty, its limit, and a column that must be filled."""

    kind: type[Importer]
    rows: tuple[Cells, Cells]
    text: str
    most: int
    must: str
    twice: tuple[str, str]  # (column, value) at which a repeated row is told

    def place(self, column: str) -> int:
        return headings(self.kind).index(column)

    def letter(self, column: str) -> str:
        return get_column_letter(self.place(column) + 1)

    def changed(self, **cells: Any) -> list[list[Any]]:
        """The sample with cells of its second row changed."""
        return table(self.kind, self.rows[0], self.rows[1] | cells)

    def csv(self, **cells: Any) -> bytes:
        return csv_file(self.changed(**cells))


@cache
def bomb() -> bytes:
    """A workbook with one cell of 300 MB."""
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    )
    cell = (
        b'<c r="A1" t="inlineStr"><is><t>'
        + b"a" * (300 << 20)
        + b"</t></is></c></row></sheetData></worksheet>"
    )
    return with_part(xlsx([["x"]]), "xl/worksheets/sheet1.xml", lambda _: head + cell)


def broken_files(of: Sample) -> Iterator[Damage]:
    """Files that are no table of this kind at all."""
    sound = table(of.kind, *of.rows)
    needed = [column.heading for column in of.kind.columns if column.needed]
    lacking = "没有找到列“{}”，请核对表头；文字显示为乱码时，请另存为 UTF-8 编码的 csv"
    book = xlsx(sound)
    yield Damage("nothing in it", b"", "文件“表”是空的")
    yield Damage("blanks alone", b" \r\n\r\n ", "文件“表”是空的")
    yield Damage("a PDF", b"%PDF-1.7\n...", "这是 PDF 文件，请先整理为 csv 或 xlsx 表格")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield Damage(
        "an old or encrypted workbook", old, "这是旧版 Excel（.xls）或者加密的工作簿，请另存为 .xlsx 后重试"
    )
    yield Damage(
        "a text called .xlsx", "各区：\n请于周五前报送\n".encode(), lacking.format("”“".join(needed))
    )
    yield Damage("half a workbook", book[: len(book) // 2], "表格损坏，无法读取")
    yield Damage("a Word file", zipped(DOCX), "表格损坏，无法读取")
    cut = with_part(book, "xl/worksheets/sheet1.xml", lambda part: part[: len(part) // 2])
    yield Damage("a sheet that breaks off", cut, "表格损坏，无法读取")
    yield Damage("headings alone", csv_file(sound[:1]), "表头以下没有数据行")
    for column in needed:
        renamed = [[f"{cell}?" if cell == column else cell for cell in sound[0]], *sound[1:]]
        yield Damage(f"no {column}", csv_file(renamed), lacking.format(column))
    again = [[*row, row[of.place(of.must)]] for row in sound]
    two = f"有两列都表示“{of.must}”：“{of.must}”“{of.must}”，请只保留一列"
    yield Damage("two headings alike", csv_file(again), two)
    hidden = xlsx(
        sound, then=lambda book, page: (book.create_sheet("空"), setattr(page, "sheet_state", "hidden"))
    )
    yield Damage("hidden sheets alone", hidden, "工作簿中没有可见的数据")
    yield Damage("an empty sheet", xlsx([]), "工作簿中没有可见的数据")
    vast = xlsx(sound, then=lambda _, page: page.cell(200_000, 1, "x"))
    most = of.kind.table().most_rows
    yield Damage(
        "a cell far down",
        vast,
        f"工作表“表”范围过大（200000 行、{len(sound[0])} 列），最多 {most + 10} 行、60 列",
    )
    wide = xlsx(sound, then=lambda _, page: page.cell(1, 16_384, "x"))
    yield Damage(
        "a cell far to the right", wide, f"工作表“表”范围过大（3 行、16384 列），最多 {most + 10} 行、60 列"
    )
    many = csv_file([sound[0], *([sound[1]] * 20_001)])
    yield Damage("20,001 rows", many, f"超过 {most} 行，请拆分后分别导入")
    yield Damage("a cell that unfolds without end", bomb(), "表格损坏或者展开后过大，无法读取")
    yield Damage(
        "no known encoding",
        b"\xff\xff\xfa\x81" * 20,
        "文字编码无法识别，请另存为 UTF-8 或 GB18030 编码的 csv",
    )
    yield Damage("zeros in a text", of.csv() + b"\0", "文件不是 csv 文本，请检查是否选错了文件")
    yield Damage(
        "a quote left open",
        of.csv() + b'"open',
        "第 4 行起 csv 格式有误（引号不成对或者单元格过长），请检查",
    )


def broken_cells(of: Sample) -> Iterator[Damage]:
    """Tables with cells that cannot be taken, whatever the import."""
    text, letter = of.text, of.letter(of.text)
    first = str(of.rows[0].get(text, ""))
    yield Damage("a required cell is empty", of.csv(**{of.must: ""}), [(3, of.must, "", "未填写")])
    yield Damage("blanks in a required cell", of.csv(**{of.must: "　 "}), [(3, of.must, "", "未填写")])
    yield Damage("invisible signs alone", of.csv(**{of.must: "\u200b\ufeff"}), [(3, of.must, "", "未填写")])
    for looks in ("=1+1", "+cmd", "-2+3", "@SUM(A1)", "＝1", "'=1"):
        found = [(3, text, looks.removeprefix("'"), "以公式符号开头")]
        yield Damage(f"begins like a formula: {looks}", of.csv(**{text: looks}), found)
    as_text = xlsx(of.changed(**{text: "=HYPERLINK(1)"}))
    yield Damage("a text like a formula", as_text, [(3, text, "=HYPERLINK(1)", "以公式符号开头")])
    for value, name in (("旧值", "a formula with its last value"), ("", "a formula never computed")):
        yield Damage(name, _with_formula(of, value), [(3, text, value, "单元格是公式")])
    rows = xlsx(table(of.kind, *of.rows), then=lambda _, page: page.merge_cells(f"{letter}2:{letter}3"))
    merged = f"单元格与其他单元格合并（{letter}2:{letter}3）"
    yield Damage("cells of two rows are one", rows, [(2, text, first, merged), (3, text, "", merged)])
    at = of.place(of.must)
    left = max(at - 1, 0)
    pair = f"{get_column_letter(left + 1)}3:{get_column_letter(left + 2)}3"
    across = xlsx(table(of.kind, *of.rows), then=lambda _, page: page.merge_cells(pair))
    cells = table(of.kind, *of.rows)[2]
    both = [
        (
            3,
            headings(of.kind)[one],
            "" if one > left else str(cells[one]),
            f"单元格与其他单元格合并（{pair}）",
        )
        for one in (left, left + 1)
    ]
    yield Damage("cells of two columns are one", across, both)
    for sign in ("\x01", "\x7f", "\ue000", "\ufffd"):
        odd = f"文字{sign}文字"
        found = [(3, text, odd, "含有无法识别的字符")]
        yield Damage(f"an unreadable sign {sign!r}", of.csv(**{text: odd}), found)
    long = "长" * (of.most + 1)
    found = [(3, text, long, f"共 {of.most + 1} 字，超过 {of.most} 字")]
    yield Damage("too long a text", of.csv(**{text: long}), found)
    slipped = [*table(of.kind, of.rows[0]), [*table(of.kind, of.rows[1])[1], "错列"]]
    yield Damage("a cell too many", csv_file(slipped), [(3, "表头以外", "错列", "单元格多于表头的列")])
    column, value = of.twice
    twice = csv_file(table(of.kind, of.rows[0], of.rows[0]))
    yield Damage("a row twice", twice, [(3, column, value, "与第 2 行重复")])
    apart = csv_file(table(of.kind, of.rows[0], {}, {}, of.rows[0]))
    yield Damage("a row twice, lines apart", apart, [(5, column, value, "与第 2 行重复")])


def _with_formula(of: Sample, value: str) -> bytes:
    """The sample with a formula in its free text at line 3, which left `value` behind."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("表")
        for at, row in enumerate(table(of.kind, *of.rows)):
            for place, cell in enumerate(row):
                page.write_string(at, place, str(cell))
        page.write_formula(2, of.place(of.text), '="旧"&"值"', None, value)
    return out.getvalue()


def oddly_written(of: Sample) -> Iterator[tuple[str, bytes]]:
    """Sound tables written in ways that must not matter."""
    rows = table(of.kind, *of.rows)
    yield "csv in UTF-8", csv_file(rows)
    yield "csv with a mark", csv_file(rows, encoding="utf-8-sig")
    yield "csv in GB18030", csv_file(rows, encoding="gb18030")
    yield "csv in UTF-16", csv_file(rows, encoding="utf-16")
    yield "csv with tabs", csv_file(rows).replace(b",", b"\t")
    yield "csv with line feeds", csv_file(rows).replace(b"\r\n", b"\n")
    yield "a workbook", xlsx(rows)
    yield "a title above", csv_file([[f"{of.kind.TITLE}表"], [], *rows])
    title = xlsx([["标题"], *rows], then=lambda _, page: page.merge_cells("A1:C1"))
    yield "a merged title above", title
    yield "blank rows between", csv_file([rows[0], [], rows[1], ["", ""], [], rows[2], [], []])
    yield "blanks around", csv_file([[f"  {cell}　" if cell else cell for cell in row] for row in rows])
    yield (
        "invisible signs",
        csv_file([[f"\u200b{cell}\ufeff" if cell else cell for cell in row] for row in rows]),
    )
    yield "columns the other way round", csv_file([row[::-1] for row in rows])
    yield (
        "more columns",
        csv_file([[*row, note] for row, note in zip(rows, ("备注", "甲", "乙"), strict=True)]),
    )
    example = [f"【示例】{rows[1][0]}", *rows[1][1:]]
    yield "an example row", csv_file([rows[0], example, *rows[1:]])
    yield "a second sheet", xlsx(rows, then=lambda book, _: book.create_sheet("二").append(["别的"]))

    def hidden_first(book: Any, page: Any) -> None:
        book.create_sheet("旧表", 0).append(["旧的"])
        book["旧表"].sheet_state = "hidden"
        book.active = 1

    yield "a hidden sheet first", xlsx(rows, then=hidden_first)
