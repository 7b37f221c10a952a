"""Workbooks and CSV files hold exactly what is stored, and none of it runs."""

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from registry.printing import Column, Sheet, list_csv, list_xlsx
from registry.printing.tables import TooLarge, csv_cell, from_csv_cell

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "'=1",
    "''=1",
    "=cmd|' /C calc'!A0",
]
HARMLESS = [
    "",
    "'",
    "'引号",
    "正常",
    "1=1",
    '"引号",逗号',
    "换\n行",
    "0012",
    "91110000MA0000000X",
    " =1",
    "_x0041_",
    "&amp;<b>",
]

SHEET = Sheet(
    title="北京市2026年第一批绿色工厂名单",
    columns=[Column(heading="序号", width_mm=12, align="center"), Column(heading="单位名称", width_mm=62)],
    rows=[["1", "北京喆源示例有限公司"], ["2", "北京堃源示例有限公司"]],
    dated=date(2026, 11, 22),
    issuer="北京市经济和信息化局",
)


def cells_sheet(cells: list[str]) -> Sheet:
    return Sheet(
        title="测试&名单",
        columns=[Column(heading="=名称", width_mm=60)],
        rows=[[cell] for cell in cells],
        dated=date(2026, 1, 5),
    )


def test_a_workbook_keeps_every_cell_as_text() -> None:
    cells = [cell for cell in HOSTILE + HARMLESS + list("喆堃镕珺䶮") if cell]
    content = list_xlsx(cells_sheet(cells))
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert {(cell.data_type, cell.number_format) for (cell,) in page.iter_rows()} <= {
        ("s", "@"),
        ("inlineStr", "@"),
    }
    read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [cell.replace("\r\n", "\n").replace("\r", "\n") for (cell,) in read] == [
        cell.replace("\r", "\n") for cell in ["=名称", *cells]
    ]


def test_a_workbook_is_ready_to_read_and_print() -> None:
    sheet = SHEET
    content = list_xlsx(sheet)
    assert content == list_xlsx(sheet)
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book.active
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        [column.heading for column in SHEET.columns],
        *(list(row) for row in sheet.rows),
    ]
    assert (page.freeze_panes, page.print_title_rows, page.page_setup.paperSize) == ("A2", "$1:$1", 9)
    assert page.column_dimensions["B"].width > page.column_dimensions["A"].width > 5
    assert (book.properties.title, book.properties.creator) == (sheet.title, sheet.issuer)
    wide = list_xlsx(cells_sheet(["x"]))
    assert openpyxl.load_workbook(io.BytesIO(wide)).active.oddHeader.center.text == "测试&&名单"


def test_a_workbook_cuts_nothing_silently() -> None:
    long = "长" * 32_767
    read = CalamineWorkbook.from_filelike(io.BytesIO(list_xlsx(cells_sheet([long])))).get_sheet_by_index(0)
    assert read.to_python()[1] == [long]
    with pytest.raises(TooLarge, match="row 1, =名称: 32768 characters"):
        list_xlsx(cells_sheet([long + "长"]))


def test_csv_cells_are_guarded_and_nothing_else_is_touched() -> None:
    content = list_csv(cells_sheet(HOSTILE + HARMLESS))
    assert content.startswith("\ufeff'=名称\r\n".encode())
    assert [csv_cell(cell) for cell in HOSTILE] == [f"'{cell}" for cell in HOSTILE]
    assert [csv_cell(cell) for cell in HARMLESS] == HARMLESS


@given(st.text(st.sampled_from("'=+-@＝＋－＠\t\r\n ,\"正a1")))
def test_a_csv_cell_reads_back_as_it_was_stored(text: str) -> None:
    assert from_csv_cell(csv_cell(text)) == text
    assert not csv_cell(text).startswith(tuple("=+-@＝＋－＠\t\r\n"))
