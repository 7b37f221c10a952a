"""The sheets of a scheme's workbook: their columns, declared once for writing and for reading, and a scheme as their rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from evaluation import upkeep
from evaluation.models import SchemeVersion
from evaluation.scheme import Better, Gauge, Item, Kind, NotAScheme, Scheme, Waiver, number
from greenmfg.rulebook import Category
from greenmfg.rulebook.terms import Labelled
from registry.resources.cells import Cell, CellError, Choice, Text
from registry.resources.importing import Column

MOST_ROWS = 1000  # of one sheet
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONG = 4000  # characters of a guide, a formula
YES, NO = "是", "否"


class Figure(Cell):
    """A number as it is written, digit by digit, or nothing: no exponent, no unit, no sign of percent."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(most=40, required=required, formula=True)

    def empty(self) -> None:
        return None

    def read(self, text: str) -> Decimal:
        plain = unicodedata.normalize("NFKC", text)
        if not _FIGURE.fullmatch(plain):
            raise CellError(
                "不是数字", value=text, suggestion="请填写阿拉伯数字，如 12.5，不带单位、逗号和百分号"
            )
        try:
            return number(plain)
        except NotAScheme as error:
            raise CellError(str(error), value=text, suggestion="请核对，按需要的精度填写") from error


class Count(Figure):
    """A whole number, 0 where there is nothing."""

    def read(self, text: str) -> Decimal:
        found = super().read(text)
        if found != found.to_integral_value() or not 0 <= found < 100:
            raise CellError("不是 0–99 的整数", value=text, suggestion="请填写整数，没有的留空")
        return found


class Code(Cell):
    """编号 of a scheme, as upkeep takes it."""

    def read(self, text: str) -> str:
        if not upkeep.CODE.fullmatch(text):
            raise CellError(
                "不是可用的编号",
                value=text,
                suggestion="请填写 3–40 位小写字母、数字或连字符，如 factory-2027",
            )
        return text


# A text cell of a workbook is never a formula, whatever sign it begins with; formulas are found in the file itself.
def _words(most: int, *, required: bool = False) -> Cell:
    return Cell(most=most, required=required, formula=True)


def _lines(most: int) -> Cell:
    return Text(most=most, formula=True)


def _choice(kind: type[Labelled], *, required: bool = True) -> Choice:
    return Choice({one.label: one.value for one in kind}, required=required)


@dataclass(frozen=True)
class Leaf:
    """One sheet: its name, its columns in their order, and what a row of it is."""

    name: str
    about: str
    columns: tuple[Column, ...]

    def place(self, attribute: str) -> int:
        """In which column, counted from 0, an attribute stands."""
        return next(at for at, column in enumerate(self.columns) if column.attribute == attribute)


def _column(heading: str, attribute: str, cell: Cell, width: int = 12, tip: str = "") -> Column:
    return Column(heading=heading, attribute=attribute, cell=cell, width=width, tip=tip)


def _length(field: str) -> int:
    return int(SchemeVersion._meta.get_field(field).max_length or 0)


HEAD = Leaf(
    "说明",
    "指标体系是什么：左边是栏目，右边填写内容。",
    (
        _column(
            "编号", "code", Code(most=_length("code"), required=True), tip="3–40 位小写字母、数字或连字符"
        ),
        _column("类型", "category", _choice(Category)),
        _column("名称", "title", _words(_length("title"), required=True)),
        _column("依据", "basis", _words(_length("basis"), required=True), tip="文件名称、文号或者会议纪要"),
        _column("说明", "note", _lines(_length("note"))),
    ),
)
SECTIONS = Leaf(
    "一级指标",
    "一行一个一级指标，其满分等于所含各项满分之和，各一级指标满分合计 100。",
    (
        _column("编号", "code", _words(40, required=True)),
        _column("名称", "name", _words(200, required=True), 36),
        _column("满分", "points", Figure(required=True), tip="基本要求不计分，填 0"),
    ),
)
ITEMS = Leaf(
    "指标",
    "一行一项二级指标或者基本要求，按评价时的次序排列。",
    (
        _column("一级指标", "section", _words(40, required=True), tip="所属一级指标的编号"),
        _column("编号", "code", _words(40, required=True)),
        _column("名称", "name", _words(200, required=True), 36),
        _column("指标类型", "kind", _choice(Kind)),
        _column("满分", "points", Figure(), tip="基本要求不计分，留空"),
        _column("评分步长", "step", Figure(), tip="定性指标必填：得分是它的倍数，如 0.5"),
        _column("不适用", "waiver", _choice(Waiver, required=False), 22, "留空为必须评价"),
        _column("证明材料", "evidence", _lines(LONG), 30),
        _column("填报说明", "guide", _lines(LONG), 40),
        _column("待核原因", "doubt", _lines(LONG), 30, "尚未与原文核对的写明原因；有待核的不能施行"),
    ),
)
GAUGES = Leaf(
    "计量方法",
    "一行一种计量方法；一项指标有几种的，评价时选用其一。定性指标和基本要求没有计量方法。",
    (
        _column("指标编号", "item", _words(40, required=True)),
        _column("编号", "code", _words(40, required=True), tip="在本项指标内不重复，如 a、b"),
        _column("名称", "name", _words(200, required=True), 30),
        _column("单位", "unit", _words(60)),
        _column("优劣方向", "better", _choice(Better)),
        _column("基准值", "base", Figure(), tip="等于或者劣于它不得分；未定的留空"),
        _column("引领值", "lead", Figure(), tip="等于或者优于它得满分；未定的留空"),
        _column(
            "随答案填写",
            "given",
            Choice({YES: "yes", NO: ""}, required=False),
            tip="基准值和引领值由产品自己的标准确定的，填“是”",
        ),
        _column("分档依据", "size", _words(100), 24, "分规模档的，写明按什么分，含单位"),
        _column("产品数", "products", Count(), tip="最多按几个产品加权，2–9；不加权的留空"),
        _column("权重", "weigh", _words(100), 24, "按什么加权，含单位"),
        _column("计算公式", "formula", _lines(LONG), 40),
    ),
)
BRACKETS = Leaf(
    "规模分档",
    "一行一档，由小到大；基准值和引领值按单位所在的档取用。",
    (
        _column("指标编号", "item", _words(40, required=True)),
        _column("计量方法", "gauge", _words(40, required=True), tip="计量方法的编号"),
        _column("规模下限", "least", Figure(required=True), tip="等于它即在本档"),
        _column("基准值", "base", Figure()),
        _column("引领值", "lead", Figure()),
    ),
)
STEPS = Leaf(
    "档次",
    "分档指标一行一档，由差到好；达到界限即得该档得分。",
    (
        _column("指标编号", "item", _words(40, required=True)),
        _column("计量方法", "gauge", _words(40, required=True), tip="计量方法的编号"),
        _column("界限", "bound", Figure(required=True)),
        _column("得分", "points", Figure(required=True)),
    ),
)
LEAVES = (HEAD, SECTIONS, ITEMS, GAUGES, BRACKETS, STEPS)
HEADINGS = ("栏目", "内容")  # of the first sheet, which stands upright

Row = dict[str, str]


def told(scheme: Scheme) -> dict[str, list[Row]]:
    """A scheme as the rows of each sheet, texts by attribute, in their order."""
    head = {name: str(getattr(scheme, name)) for name in ("code", "title", "basis", "note")}
    rows: dict[str, list[Row]] = {leaf.name: [] for leaf in LEAVES}
    rows[HEAD.name] = [head | {"category": scheme.category.label}]
    for section in scheme.sections:
        rows[SECTIONS.name].append(
            {"code": section.code, "name": section.name, "points": _said(section.points)}
        )
        for item in section.items:
            rows[ITEMS.name].append({"section": section.code} | _item(item))
            for gauge in item.gauges:
                rows[GAUGES.name].append({"item": item.code} | _gauge(gauge))
                at = {"item": item.code, "gauge": gauge.code}
                rows[BRACKETS.name] += [at | one for one in _brackets(gauge)]
                rows[STEPS.name] += [at | one for one in _steps(gauge)]
    return rows


def _said(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _item(item: Item) -> Row:
    return {
        "code": item.code,
        "name": item.name,
        "kind": item.kind.label,
        "points": _said(item.points) if item.is_scored else "",
        "step": _said(item.step),
        "waiver": item.waiver.label,
        "evidence": item.evidence,
        "guide": item.guide,
        "doubt": item.doubt,
    }


def _gauge(gauge: Gauge) -> Row:
    return {
        "code": gauge.code,
        "name": gauge.name,
        "unit": gauge.unit,
        "better": gauge.better.label,
        "base": _said(gauge.base),
        "lead": _said(gauge.lead),
        "given": YES if gauge.given else "",
        "size": gauge.size,
        "products": str(gauge.products) if gauge.products else "",
        "weigh": gauge.weigh,
        "formula": gauge.formula,
    }


def _brackets(gauge: Gauge) -> Iterator[Row]:
    for one in gauge.brackets:
        yield {"least": _said(one.least), "base": _said(one.base), "lead": _said(one.lead)}


def _steps(gauge: Gauge) -> Iterator[Row]:
    for one in gauge.steps:
        yield {"bound": _said(one.bound), "points": _said(one.points)}
