"""The workbook to fill in: headings, lists to choose from, an example row that is no row, and a sheet of notes."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from registry.models import District
from registry.printing.tables import EXCEL_TEXT
from registry.resources.importing import Column, Importer, Place
from registry.resources.sheets import EXAMPLE, HEADING_WITHIN, NOTES

SHORTEST = 500  # rows that are ready to be filled in
OPEN = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "delete_rows": True,
    "sort": True,
    "autofilter": True,
}


def template(kind: type[Importer], rows: list[dict[str, str]]) -> bytes:
    """A workbook for this import, with these rows by heading already in it, else with an example row."""
    out = io.BytesIO()
    last = max(SHORTEST, 2 * len(rows)) + 1
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(kind.TITLE)
        text = book.add_format({"num_format": "@", "locked": False, "valign": "top"})
        example = book.add_format({"num_format": "@", "locked": False, "font_color": "#5F6B78"})
        style = {"bold": True, "border": 1, "bg_color": "#DCE3EA", "text_wrap": True, "valign": "vcenter"}
        heading, must = book.add_format(style), book.add_format({**style, "font_color": "#A02020"})
        for place, column in enumerate(kind.columns):
            page.set_column(place, place, column.width, text)
            page.write_string(0, place, column.heading, must if column.cell.required else heading)
            page.write_comment(0, place, _tip(column), {"author": "", "x_scale": 2})
            if words := _words(column):
                page.data_validation(
                    1,
                    place,
                    last,
                    place,
                    {
                        "validate": "list",
                        "source": words,
                        "error_title": column.heading,
                        "error_message": "请从列表中选择",
                    },
                )
        if not rows:
            for place, column in enumerate(kind.columns):
                mark = EXAMPLE if place == 0 else ""
                page.write_string(1, place, f"{mark}{column.example}", example)
        for line, row in enumerate(rows, start=1):
            for place, column in enumerate(kind.columns):
                page.write_string(line, place, row.get(column.heading, "")[:EXCEL_TEXT], text)
        page.freeze_panes(1, 0)
        page.protect("", OPEN)
        _notes(book, kind)
    return out.getvalue()


def _words(column: Column) -> list[str]:
    if isinstance(column.cell, Place):
        return list(District.objects.values_list("name", flat=True))
    return column.choices


def _tip(column: Column) -> str:
    must = "必填" if column.cell.required else "选填" if column.needed else "选填，可以没有本列"
    return f"{must}。{column.tip or f'如：{column.example}'}"


def _notes(book: xlsxwriter.Workbook, kind: type[Importer]) -> None:
    page = book.add_worksheet(NOTES)
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    lines: list[Any] = [
        kind.ABOUT,
        f"只读取第一个工作表，表头须在前 {HEADING_WITHIN} 行内；列的次序不限，多余的列不读取。",
        f"以“{EXAMPLE}”开头的行是示例，导入时忽略，可以删除。",
        "请勿合并单元格，请勿使用公式；信用代码、电话等请保持文本格式。",
        f"一次最多 {kind.table().most_rows} 行。也可以使用 csv（UTF-8 或者 GB18030）。",
        "上传后先显示逐行结果，确认以前不写入任何内容；同一文件重复导入不产生变更。",
    ]
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 12)
    page.set_column(2, 2, 80, wrap)
    page.write_string(0, 0, f"导入{kind.TITLE}：填写说明", bold)
    for at, words in enumerate(lines, start=1):
        page.write_string(at, 0, f"{at}. {words}")
    top = len(lines) + 2
    for place, word in enumerate(("列", "是否必填", "说明")):
        page.write_string(top, place, word, bold)
    for at, column in enumerate(kind.columns, start=top + 1):
        page.write_string(at, 0, column.heading)
        page.write_string(at, 1, "必填" if column.cell.required else "选填")
        words = [column.tip, f"可选：{'、'.join(_words(column))}" if _words(column) else ""]
        example = f"如：{column.example}" if column.example else ""
        page.write_string(at, 2, "。".join(filter(None, [*words, example])))
