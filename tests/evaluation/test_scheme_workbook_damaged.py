"""Damaged workbooks of schemes: each wrong cell is named, and nothing at all is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.books import bring_in, keep_upload
from evaluation.scheme import Scheme
from registry.models import User
from registry.resources.sheets import Unreadable
from tests.evaluation.gradings import a_document_of
from tests.evaluation.workbooks import Book, both, changed, put, shipped_scheme
from tests.factories import NOW
from tests.registry.damaged import digest_of_everything
from tests.registry.hostile import DOCX, zipped

pytestmark = pytest.mark.django_db

HEAD, SECTIONS, ITEMS, GAUGES, BRACKETS, STEPS = "说明", "一级指标", "指标", "计量方法", "规模分档", "档次"
NO_NUMBER, UNKNOWN, EMPTY, FORMULA = "不是数字", "不是可以识别的内容", "未填写", "单元格是公式"
POINTS = "满分应大于 0、不超过 100，最多 2 位小数"
STEP = "评分步长应大于 0，最多 2 位小数，且能整除满分"
LACKS = (ITEMS, "D10", "定量", "缺少计量方法")
Change = Callable[[Book], None]
Found = tuple[str, str, str, str]


@pytest.fixture
def officer() -> User:
    return User.objects.create(username="shiju", name="周宁", role="officer")


def merged(where: str, sheet: str = ITEMS) -> Change:
    return lambda book: book[sheet].merge_cells(where)


def formula(cell: str, sheet: str = ITEMS) -> Change:
    return put(cell, "=4+4", sheet=sheet, as_text=False)


def moment(cell: str, sheet: str) -> Change:
    return put(cell, datetime(2026, 1, 2), sheet=sheet)  # noqa: DTZ001 # a sheet knows no zones


# What was done to the workbook of the 20 items: the wrong cells as (sheet, cell, value, problem), all of them.
DAMAGED: dict[str, tuple[Change, list[Found]]] = {
    "a section's sum is wrong": (
        put("E2", "9"),
        [
            (SECTIONS, "C1", "满分", "各项满分合计 101，应为 100"),
            (SECTIONS, "C2", "20", "各项满分合计 21，与本级满分 20 不符"),
        ],
    ),
    "the whole sum is wrong": (
        both(put("E2", "7.5"), put("C2", "19.5", sheet=SECTIONS)),
        [(SECTIONS, "C1", "满分", "各项满分合计 99.5，应为 100")],
    ),
    "a heading is missing": (put("E1", None), [(ITEMS, "E1", "", "此处应为“满分”")]),
    "two headings are swapped": (
        both(put("B1", "名称"), put("C1", "编号")),
        [(ITEMS, "B1", "名称", "此处应为“编号”"), (ITEMS, "C1", "编号", "此处应为“名称”")],
    ),
    "a heading stands twice": (put("C1", "编号"), [(ITEMS, "C1", "编号", "此处应为“名称”")]),
    "headings are merged": (
        merged("A1:B1"),
        [
            (ITEMS, "A1", "一级指标", "单元格与其他单元格合并（A1:B1）"),
            (ITEMS, "B1", "", "单元格与其他单元格合并（A1:B1）"),
        ],
    ),
    "a column more": (put("K1", "备注"), [(ITEMS, "K1", "备注", "多余的列")]),
    "a cell beside the table": (put("K5", "备注"), [(ITEMS, "K5", "备注", "表头以外的内容")]),
    "no basis": (put("B5", None, sheet=HEAD), [(HEAD, "B5", "", EMPTY)]),
    "a code that cannot be used": (
        put("B2", "Supply Chain", sheet=HEAD),
        [(HEAD, "B2", "Supply Chain", "不是可用的编号")],
    ),
    "no known category": (put("B3", "绿色工场", sheet=HEAD), [(HEAD, "B3", "绿色工场", UNKNOWN)]),
    "another head line": (put("A4", "标题", sheet=HEAD), [(HEAD, "A4", "标题", "此处应为“名称”")]),
    "a head line more": (put("A7", "施行日期", sheet=HEAD), [(HEAD, "A7", "施行日期", "多余的栏目")]),
    "words where a number belongs": (put("E2", "八"), [(ITEMS, "E2", "八", NO_NUMBER)]),
    "a number with a unit": (put("E2", "8分"), [(ITEMS, "E2", "8分", NO_NUMBER)]),
    "a leading apostrophe": (put("E2", "'8"), [(ITEMS, "E2", "'8", NO_NUMBER)]),
    "yes or no for a number": (put("E2", True), [(ITEMS, "E2", "TRUE", NO_NUMBER)]),
    "a date for a number": (moment("G2", GAUGES), [(GAUGES, "G2", "2026-01-02", NO_NUMBER)]),
    "not a number": (put("F2", "NaN", sheet=GAUGES), [(GAUGES, "F2", "NaN", NO_NUMBER)]),
    "without end": (put("F2", "-inf", sheet=GAUGES), [(GAUGES, "F2", "-inf", NO_NUMBER)]),
    "an exponent": (put("G2", "1e3", sheet=GAUGES), [(GAUGES, "G2", "1e3", NO_NUMBER)]),
    "a percent sign": (put("G2", "100%", sheet=GAUGES), [(GAUGES, "G2", "100%", NO_NUMBER)]),
    "a comma in a number": (put("G2", "1,000", sheet=GAUGES), [(GAUGES, "G2", "1,000", NO_NUMBER)]),
    "too many decimals": (
        put("G2", "99.1234567", sheet=GAUGES),
        [(GAUGES, "G2", "99.1234567", "数值最多 12 位整数、6 位小数")],
    ),
    "too many digits": (
        put("G2", "1234567890123", sheet=GAUGES),
        [(GAUGES, "G2", "1234567890123", "数值最多 12 位整数、6 位小数")],
    ),
    "negative points": (put("E2", "-8"), [(ITEMS, "E2", "-8", POINTS)]),
    "no points": (put("E2", None), [(ITEMS, "E2", "", POINTS)]),
    "points finer than a cent": (
        put("E2", "8.005"),
        [(ITEMS, "E2", "8.005", POINTS), (ITEMS, "F2", "0.5", STEP)],
    ),
    "a step that does not divide": (put("F2", "0.3"), [(ITEMS, "F2", "0.3", STEP)]),
    "a step of nothing": (put("F2", "0"), [(ITEMS, "F2", "0", STEP)]),
    "no step": (put("F2", None), [(ITEMS, "F2", "", STEP)]),
    "no known kind": (put("D2", "定行"), [(ITEMS, "D2", "定行", UNKNOWN)]),
    "no known waiver": (put("G2", "都行"), [(ITEMS, "G2", "都行", UNKNOWN)]),
    "no known direction": (put("E2", "随意", sheet=GAUGES), [(GAUGES, "E2", "随意", UNKNOWN)]),
    "a code twice": (put("B3", "1"), [(ITEMS, "B3", "1", "编号“1”与第 2 行重复")]),
    "a section twice": (
        put("A3", "X1", sheet=SECTIONS),
        [(SECTIONS, "A3", "X1", "编号“X1”与第 2 行重复")],
    ),
    "a section that is not there": (
        put("A2", "X9"),
        [(ITEMS, "A2", "X9", "“一级指标”工作表中没有“X9”")],
    ),
    "a gauge of an item that is not there": (
        put("A2", "99", sheet=GAUGES),
        [LACKS, (GAUGES, "A2", "99", "“指标”工作表中没有“99”")],
    ),
    "a gauge of a judged item": (
        put("A2", "1", sheet=GAUGES),
        [LACKS, (GAUGES, "A2", "1", "定性指标不设计量方法")],
    ),
    "base and lead alike": (
        put("F2", "100.0", sheet=GAUGES),
        [(GAUGES, "G2", "100", "基准值与引领值不能相同")],
    ),
    "the wrong way round": (
        put("E2", "越低越好", sheet=GAUGES),
        [(GAUGES, "G2", "100", "引领值应小于基准值")],
    ),
    "half a row": (
        put("B22", "21"),
        [(ITEMS, "A22", "", EMPTY), (ITEMS, "C22", "", EMPTY), (ITEMS, "D22", "", EMPTY)],
    ),
    "cells of three rows are one": (
        merged("A2:A4"),
        [
            (ITEMS, cell, value, "单元格与其他单元格合并（A2:A4）")
            for cell, value in (("A2", "X1"), ("A3", ""), ("A4", ""))
        ],
    ),
    "a formula": (formula("E2"), [(ITEMS, "E2", "", FORMULA)]),
    "a formula on a later sheet": (formula("G2", GAUGES), [(GAUGES, "G2", "", FORMULA)]),
    "a formula far from the table": (formula("M30"), [(ITEMS, "M30", "", FORMULA)]),
    "too long a name": (put("C2", "长" * 201), [(ITEMS, "C2", "长" * 201, "共 201 字，超过 200 字")]),
    "an unreadable sign": (put("C2", "发展\ue000规划"), [(ITEMS, "C2", "发展\ue000规划", "含有无法识别的字符")]),
    "several at once": (
        both(put("E2", "八"), put("B2", None, sheet=HEAD), put("E2", "随意", sheet=GAUGES), put("B4", "1")),
        [
            (HEAD, "B2", "", EMPTY),
            (ITEMS, "E2", "八", NO_NUMBER),
            (ITEMS, "B4", "1", "编号“1”与第 2 行重复"),
            (GAUGES, "E2", "随意", UNKNOWN),
        ],
    ),
}  # fmt: skip

# The same of a small scheme with every kind of item (basic requirement J1, stepped item G2).
EVERY_KIND: dict[str, tuple[Change, list[Found]]] = {
    "a basic requirement with points": (put("E2", "5"), [(ITEMS, "E2", "5", "基本要求不计分")]),
    "steps out of order": (
        put("C2", "5", sheet=STEPS),
        [(STEPS, "C3", "3", "各档界限应由差到好排列")],
    ),
    "steps that do not pay": (put("D2", "12", sheet=STEPS), [(STEPS, "D3", "12", "各档得分应随界限递增")]),
    "a step worth more than all": (
        put("D4", "30", sheet=STEPS),
        [(STEPS, "D4", "30", "各档得分应在 0 与满分之间，最多 2 位小数")],
    ),
    "a step without a place": (
        put("B2", "z", sheet=STEPS),
        [(STEPS, "B2", "z", "“计量方法”工作表中没有“G2 z”")],
    ),
    "a way to measure twice": (
        put("B3", "product", sheet=GAUGES),
        [(GAUGES, "B3", "product", "编号“product”与第 2 行重复")],
    ),
    "limits of a stepped item": (
        put("F5", "1", sheet=GAUGES),
        [(GAUGES, "F5", "1", "分档指标不设基准值和引领值")],
    ),
}

# The same of the factory of 2025 (three products in row 2 of 计量方法, brackets in row 5).
FACTORY: dict[str, tuple[Change, list[Found]]] = {
    "brackets out of order": (
        put("C3", "0", sheet=BRACKETS),
        [(BRACKETS, "C3", "0", "各规模档应由小到大排列")],
    ),
    "brackets of nothing": (
        put("I5", None, sheet=GAUGES),
        [(GAUGES, "I5", "", "设规模档的，须写明按什么分档")],
    ),
    "one product": (
        put("J2", "1", sheet=GAUGES),
        [(GAUGES, "J2", "1", "按多个产品加权的，产品数应为 2–9，并写明权重")],
    ),
    "half a product": (put("J2", "2.5", sheet=GAUGES), [(GAUGES, "J2", "2.5", "不是 0–99 的整数")]),
    "products without a weight": (
        put("K2", None, sheet=GAUGES),
        [(GAUGES, "K2", "", "按多个产品加权的，产品数应为 2–9，并写明权重")],
    ),
    "limits that come with the answer": (
        put("F2", "1", sheet=GAUGES),
        [(GAUGES, "F2", "1", "随答案填写基准值和引领值的，指标体系中不再设定")],
    ),
}


def without(sheet: str) -> Change:
    return lambda book: book.remove(book[sheet])


def emptied(sheet: str) -> Change:
    return lambda book: book[sheet].delete_rows(1, 100)


def hidden(sheet: str) -> Change:
    return lambda book: setattr(book[sheet], "sheet_state", "hidden")


def rows_of_1001(book: Book) -> None:
    for row in range(2, 1003):
        book[STEPS].cell(row, 1).value = "9"


LACKING = "没有找到工作表“{}”（隐藏的和空白的工作表不读取），请下载模板填写"
# What is no workbook of a scheme at all, and what is said instead.
UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a sheet is missing": (lambda: changed(without(GAUGES)), LACKING.format(GAUGES)),
    "two sheets are missing": (
        lambda: changed(both(without(GAUGES), without(STEPS))),
        LACKING.format("计量方法”“档次"),
    ),
    "a sheet is hidden": (lambda: changed(hidden(ITEMS)), LACKING.format(ITEMS)),
    "a sheet is empty": (lambda: changed(emptied(BRACKETS)), LACKING.format(BRACKETS)),
    "1,001 rows": (
        lambda: changed(rows_of_1001),
        "工作表“档次”范围过大（1002 行、4 列），最多 1001 行、60 列",
    ),
    "a cell far to the right": (
        lambda: changed(put("CV1", "x")),
        "工作表“指标”范围过大（21 行、100 列），最多 1001 行、60 列",
    ),
    "nothing in it": (lambda: b"", "文件“指标体系.xlsx”是空的"),
    "a csv": ("编号,名称\n1,甲\n".encode, "指标体系只能从 .xlsx 工作簿导入，请下载模板填写"),
    "a PDF": (lambda: b"%PDF-1.7\n...", "这是 PDF 文件，请先整理为 csv 或 xlsx 表格"),
    "an old or encrypted workbook": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "这是旧版 Excel（.xls）或者加密的工作簿，请另存为 .xlsx 后重试",
    ),
    "half a workbook": (lambda: changed(put("E2", "8"))[:9000], "表格损坏，无法读取"),
    "a Word file": (lambda: zipped(DOCX), "表格损坏，无法读取"),
}


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("指标体系.xlsx", content)


def told(officer: User, content: bytes) -> list[Found]:
    """What is said of a workbook on the word to draw it up, by sheet and line; nothing is written by it."""
    file = keep_upload(upload(content), by=officer, at=NOW)
    before = digest_of_everything()
    reading, row = bring_in(file, seen=1, by=officer, at=NOW)
    assert (reading.scheme, row) == (None, None)
    assert digest_of_everything() == before
    assert all(one.said.suggestion for one in reading.faults)
    return [(one.sheet, one.cell, one.said.value, one.said.problem) for one in reading.faults]


def in_order(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (one[0], one[1]))


def check(officer: User, damage: tuple[Change, list[Found]], scheme: Scheme | None = None) -> None:
    change, expected = damage
    assert in_order(told(officer, changed(change, scheme=scheme))) == in_order(expected)


def test_the_collection_is_large_enough():
    assert len(DAMAGED) + len(EVERY_KIND) + len(FACTORY) + len(UNREADABLE) >= 30


@pytest.mark.parametrize("name", DAMAGED)
def test_each_wrong_cell_of_the_twenty_items_is_named(officer, name: str):
    check(officer, DAMAGED[name])


@pytest.mark.parametrize("name", EVERY_KIND)
def test_each_wrong_cell_of_every_kind_of_item_is_named(officer, name: str):
    check(officer, EVERY_KIND[name], Scheme.load(a_document_of()))


@pytest.mark.parametrize("name", FACTORY)
def test_each_wrong_cell_of_brackets_and_products_is_named(officer, name: str):
    check(officer, FACTORY[name], shipped_scheme("factory-gbt36132-2025"))


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_workbook_of_a_scheme_is_not_even_kept(officer, name: str):
    content, expected = UNREADABLE[name]
    before = digest_of_everything()
    with pytest.raises(Unreadable) as refusal:
        keep_upload(upload(content()), by=officer, at=NOW)
    assert str(refusal.value) == expected
    assert digest_of_everything() == before


def test_a_sound_workbook_of_each_is_no_damage(officer):
    for scheme in (shipped_scheme(), Scheme.load(a_document_of()), shipped_scheme("factory-gbt36132-2025")):
        file: Any = keep_upload(upload(changed(lambda book: None, scheme=scheme)), by=officer, at=NOW)
        reading, row = bring_in(file, seen=1 if scheme.code != "factory-test" else 0, by=officer, at=NOW)
        assert (reading.faults, row.loaded()) == ([], scheme)
