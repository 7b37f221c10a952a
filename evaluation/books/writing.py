"""A scheme as a workbook: one sheet for each kind of row, lists to choose from, every cell a text."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from evaluation.books.layout import HEAD, HEADINGS, LEAVES, MOST_ROWS, Leaf, Row, told
from evaluation.scheme import Scheme
from registry.resources.importing import Column
from registry.resources.sheets import NOTES

_HEADING = {"bold": True, "border": 1, "bg_color": "#DCE3EA", "text_wrap": True, "valign": "vcenter"}
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}
_MUST = "#A02020"
_UPRIGHT = (16, 90)  # widths of the first sheet


def scheme_workbook(scheme: Scheme) -> bytes:
    """The whole scheme; `read_scheme` reads an equal one back."""
    return _book(told(scheme))


def empty_workbook() -> bytes:
    """The workbook to fill in."""
    return _book({leaf.name: [] for leaf in LEAVES})


def _book(rows: dict[str, list[Row]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        for leaf in LEAVES:
            (_upright if leaf is HEAD else _table)(book, leaf, rows[leaf.name])
        _notes(book)
    return out.getvalue()


def _upright(book: xlsxwriter.Workbook, leaf: Leaf, rows: list[Row]) -> None:
    page = book.add_worksheet(leaf.name)
    text, heads = book.add_format(_TEXT), _heads(book)
    for place, (word, width) in enumerate(zip(HEADINGS, _UPRIGHT, strict=True)):
        page.write_string(0, place, word, heads[False])
        page.set_column(place, place, width, text)
    for at, column in enumerate(leaf.columns, start=1):
        page.write_string(at, 0, column.heading, heads[column.cell.required])
        _choose(page, column, (at, 1, at, 1))
        for row in rows:
            _put(page, (at, 1), row[column.attribute], text)
    page.freeze_panes(1, 1)


def _table(book: xlsxwriter.Workbook, leaf: Leaf, rows: list[Row]) -> None:
    page = book.add_worksheet(leaf.name)
    text, heads = book.add_format(_TEXT), _heads(book)
    for place, column in enumerate(leaf.columns):
        page.set_column(place, place, column.width, text)
        page.write_string(0, place, column.heading, heads[column.cell.required])
        _choose(page, column, (1, place, MOST_ROWS, place))
        for at, row in enumerate(rows, start=1):
            _put(page, (at, place), row[column.attribute], text)
    page.freeze_panes(1, 0)


def _heads(book: xlsxwriter.Workbook) -> dict[bool, Any]:
    """Formats of headings; those of what must be filled in are red."""
    return {True: book.add_format({**_HEADING, "font_color": _MUST}), False: book.add_format(_HEADING)}


def _put(page: Any, at: tuple[int, int], text: str, usual: Any) -> None:
    if text:
        page.write_string(*at, text, usual)


def _choose(page: Any, column: Column, where: tuple[int, int, int, int]) -> None:
    if column.choices:
        rule = {
            "validate": "list",
            "source": column.choices,
            "error_title": column.heading,
            "error_message": "请从列表中选择",
        }
        page.data_validation(*where, rule)


def _notes(book: xlsxwriter.Workbook) -> None:
    page = book.add_worksheet(NOTES)
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate((16, 16, 10, 90)):
        page.set_column(place, place, width, wrap)
    lines = [
        "一个工作簿是一个指标体系。请保留各工作表的名称和表头，列的次序不变。",
        "请勿合并单元格，请勿使用公式；各单元格保持文本格式，数字照写，如 12.5。",
        f"每个工作表最多 {MOST_ROWS} 行。尚未确定的基准值、引领值和档次可以留空，补齐后方可施行。",
        "上传后先显示核对结果，确认以前不写入任何内容；有一格有误，整个工作簿都不写入。",
    ]
    page.write_string(0, 0, "指标体系工作簿：填写说明", bold)
    for at, words in enumerate(lines, start=1):
        page.write_string(at, 0, f"{at}. {words}", book.add_format())
    at = len(lines) + 2
    for place, word in enumerate(("工作表", "列", "是否必填", "说明")):
        page.write_string(at, place, word, bold)
    for leaf in LEAVES:
        at += 1
        page.write_string(at, 0, leaf.name, bold)
        page.write_string(at, 3, leaf.about, wrap)
        for column in leaf.columns:
            at += 1
            page.write_string(at, 1, column.heading, wrap)
            page.write_string(at, 2, "必填" if column.cell.required else "选填", wrap)
            choices = f"可选：{'、'.join(column.choices)}" if column.choices else ""
            page.write_string(at, 3, "。".join(filter(None, (column.tip, choices))), wrap)
