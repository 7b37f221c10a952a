"""An import's outcome for people: lines for a terminal, and a workbook with the cells that are wrong marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from registry.printing.tables import EXCEL_TEXT
from registry.resources.importing import INVALID, NEW, ImportOutcome, RowOutcome
from registry.resources.marking import Mark
from registry.resources.published import MATCHED, RENAME, PublishedLines
from registry.resources.sheets import NAME

FILL = {NEW: "#E6F4EA", MATCHED: "#F2F3F5", RENAME: "#FFF3D6", INVALID: "#FDECEA"}
WIDTHS = {column.heading: column.width for column in PublishedLines.columns if column.width != 16}
COLUMNS = [column.heading for column in PublishedLines.columns]
_KINDS = {"绿色工厂": "工厂", "绿色供应链管理企业": "供应链", "绿色工业园区": "园区"}


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _fit(text: str, width: int) -> str:
    """Cut or filled to so many columns of a terminal, in which a Chinese character takes two."""
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _width(text))


def row_lines(outcome: ImportOutcome, *, all_rows: bool) -> Iterator[str]:
    """The rows one per line, with a line more for each cell that is wrong; else only rows that need a person."""
    shown = [row for row in outcome.rows if all_rows or row.status in {RENAME, INVALID}]
    if not shown:
        return
    yield f"{'行':>4}  {_fit('结果', 8)}  {_fit('类型', 10)}  {_fit('级别', 6)}  {_fit('批次', 12)}  {_fit(NAME, 44)}  说明"
    for row in shown:
        cells = row.cells
        kind = _KINDS.get(cells["类型"], cells["类型"])
        yield (
            f"{row.line:>5}  {_fit(row.label, 8)}  {_fit(kind, 10)}  {_fit(cells['级别'], 6)}  "
            f"{_fit(cells['批次'], 12)}  {_fit(cells[NAME], 44)}  {row.note}"
        ).rstrip()
        for wrong in row.problems:
            value = f"“{wrong.value}”" if wrong.value else ""
            yield f"       └ {wrong.column}{value}：{wrong.problem}。{wrong.suggestion}。"


def summary_lines(outcome: ImportOutcome) -> Iterator[str]:
    """What was read, what it came to, and what to do next."""
    counts = outcome.counts
    yield f"文件：{outcome.name}（SHA-256 {outcome.sha256[:16]}…）"
    yield from (f"注意：{note}" for note in outcome.notes)
    yield f"共 {len(outcome.rows)} 行：" + "，".join(
        f"{word} {counts[status]}" for status, word in outcome.statuses.items()
    )
    made = "，".join(f"{word} {number}" for word, number in outcome.made.items() if number)
    if outcome.stopped:
        yield f"未导入：有 {counts[INVALID]} 行有误，没有写入任何内容。请改正后重新导入，或者用 --skip-invalid 略过这些行。"
    elif outcome.dry_run:
        yield (
            f"试运行，未写入。正式导入将新增：{made}。"
            if made
            else "试运行，未写入。正式导入不会有任何变更：0 处变更。"
        )
    elif outcome.changed:
        left_out = f"；略过有误的 {counts[INVALID]} 行" if counts[INVALID] else ""
        yield f"已导入，新增：{made}{left_out}。"
    elif counts[INVALID] == len(outcome.rows):
        yield "未导入：没有可以导入的行。"
    else:
        yield "无变更：各行均已登记，0 处变更。"
    if counts[RENAME]:
        yield f"有 {counts[RENAME]} 行疑似更名，按新法人主体登记，不自动合并，请逐一核对。"


def write_report(outcome: ImportOutcome, path: Path) -> None:
    """The outcome as a workbook: 汇总; 逐行结果 with marked cells and remarks; 问题清单 to work through."""
    with xlsxwriter.Workbook(str(path)) as book:
        _summary(book, outcome)
        _rows(book, outcome.rows)
        _problems(book, outcome.rows)
        book.worksheets()[1].activate()


def _heading(book: xlsxwriter.Workbook) -> xlsxwriter.format.Format:
    return book.add_format(
        {"bold": True, "bg_color": "#DCE3EA", "border": 1, "valign": "vcenter", "text_wrap": True}
    )


def _summary(book: xlsxwriter.Workbook, outcome: ImportOutcome) -> None:
    page = book.add_worksheet("汇总")
    bold = book.add_format({"bold": True, "font_size": 14})
    page.write_string(0, 0, "公布名单导入结果", bold)
    lines = ["试运行，未写入" if outcome.dry_run else "正式导入", *summary_lines(outcome)]
    for at, text in enumerate(lines, start=2):
        page.write_string(at, 0, text)
    page.write_string(len(lines) + 3, 0, f"文件校验值（SHA-256）：{outcome.sha256}")
    page.set_column(0, 0, 110)


def _rows(book: xlsxwriter.Workbook, rows: list[RowOutcome]) -> None:
    page = book.add_worksheet("逐行结果")
    heads = ["行号", "结果", "说明", *COLUMNS]
    style = {"num_format": "@", "border": 1, "border_color": "#D0D5DB", "valign": "top", "text_wrap": True}
    fills = {status: book.add_format({**style, "bg_color": colour}) for status, colour in FILL.items()}
    plain = book.add_format(style)
    mark = Mark(book, style)
    heading = _heading(book)
    for at, head in enumerate(heads):
        page.write_string(0, at, head, heading)
        page.set_column(at, at, {"行号": 6, "结果": 9, "说明": 56}.get(head, WIDTHS.get(head, 9)))
    for number, row in enumerate(rows, start=1):
        note = row.note or "；".join(f"{one.column}：{one.problem}" for one in row.problems)
        page.write_number(number, 0, row.line, fills[row.status])
        page.write_string(number, 1, row.label, fills[row.status])
        page.write_string(number, 2, note[:EXCEL_TEXT], fills[row.status])
        problems = {one.column: one for one in row.problems}
        for at, (column, text) in enumerate(row.cells.items(), start=3):
            mark.write(page, (number, at), text, plain, problems.get(column))
    page.freeze_panes(1, 3 + COLUMNS.index("类型"))
    page.autofilter(0, 0, len(rows), len(heads) - 1)


def _problems(book: xlsxwriter.Workbook, rows: list[RowOutcome]) -> None:
    page = book.add_worksheet("问题清单")
    text = book.add_format({"num_format": "@", "border": 1, "valign": "top", "text_wrap": True})
    heading = _heading(book)
    for at, (head, width) in enumerate(
        [("行号", 6), ("结果", 10), ("列", 16), ("值", 36), ("问题", 44), ("建议", 48)]
    ):
        page.write_string(0, at, head, heading)
        page.set_column(at, at, width)
    found = [
        (row, *cell)
        for row in rows
        for cell in (
            [(one.column, one.value, one.problem, one.suggestion) for one in row.problems]
            if row.status == INVALID
            else [
                (
                    NAME,
                    row.cells[NAME],
                    f"与在册{row.rename_of}相近，疑为更名",
                    "请核对；确为更名的按第十一条办理名称变更",
                )
            ]
            if row.status == RENAME
            else []
        )
    ]
    for number, (row, *cell) in enumerate(found, start=1):
        page.write_number(number, 0, row.line, text)
        for at, value in enumerate([row.label, *cell], start=1):
            page.write_string(number, at, value[:EXCEL_TEXT], text)
    if not found:
        page.write_string(1, 0, "没有需要处理的问题")
    page.freeze_panes(1, 0)
