"""A workbook read as a scheme, or as the cells that are wrong. Nothing is guessed: one wrong cell, and there is no scheme.

First the headings, then each cell by itself, then what refers to what, then whether an item contradicts itself, last the
sums, which say something only when all else is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from evaluation.books.layout import (
    BRACKETS,
    GAUGES,
    HEAD,
    HEADINGS,
    ITEMS,
    LEAVES,
    MOST_ROWS,
    SECTIONS,
    STEPS,
    Leaf,
)
from evaluation.scheme import (
    Better,
    Bracket,
    Gauge,
    Item,
    Kind,
    Scheme,
    Section,
    Step,
    Waiver,
)
from evaluation.soundness import Where, contradictions
from greenmfg.rulebook import Category
from registry.names import fold
from registry.resources import workbook
from registry.resources.cells import CellError
from registry.resources.importing import FLAWED, CellProblem, Column
from registry.resources.sheets import MAX_COLUMNS, NOTES, REASON, Unreadable, refuse_others
from registry.resources.workbook import Page

_RESTORE = "请恢复模板的表头，列的次序不变"
# What to look at where an item contradicts itself, by the attribute that is named.
_LOOK = {
    "points": "请核对满分和得分",
    "step": "请填写能整除满分的步长，如 0.5",
    "kind": "请在“计量方法”工作表补填，或者改为定性",
    "item": "请删除本行，或者更改该项的指标类型",
    "bound": "请核对各档的次序和优劣方向",
    "least": "请核对各档的次序",
    "lead": "请核对基准值、引领值和优劣方向",
    "size": "请同时填写分档依据和“规模分档”工作表，或者都留空",
    "products": "请核对产品数，不加权的留空",
    "weigh": "请写明按什么加权",
}


class Fault(NamedTuple):
    """A cell that cannot be taken: its sheet, its row and column counted from 0, and what is said about it."""

    sheet: str
    row: int
    place: int
    said: CellProblem

    @property
    def cell(self) -> str:
        """As the office programs name it: C7."""
        return str(xl_rowcol_to_cell(self.row, self.place))


@dataclass(frozen=True)
class Reading:
    """What a workbook says: a scheme, or else at least one fault. `pages` are its sheets as they stand, for marking."""

    name: str
    pages: dict[str, list[list[str]]]
    faults: list[Fault]
    scheme: Scheme | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A row that says something: where it stands, and its values by attribute; None for those that are wrong."""

    row: int
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def read_scheme(content: bytes, *, name: str) -> Reading:
    """The scheme in a workbook. `name` is the file's, for the messages. Raises Unreadable: no such workbook at all."""
    refuse_others(content, name=name)
    if not content.startswith(b"PK"):
        raise Unreadable("指标体系只能从 .xlsx 工作簿导入，请下载模板填写")
    try:
        found = workbook.sheets_in(content, max_rows=MOST_ROWS + 1, max_columns=MAX_COLUMNS, every=True)
    except workbook.Unusable as error:
        raise Unreadable(f"{error}") from error
    pages = {page.name.strip(): page for page in found}
    if missing := [leaf.name for leaf in LEAVES if leaf.name not in pages]:
        raise Unreadable(
            f"没有找到工作表“{'”“'.join(missing)}”（隐藏的和空白的工作表不读取），请下载模板填写"
        )
    known = {leaf.name for leaf in LEAVES} | {NOTES}
    notes = [f"未读取工作表“{page}”" for page in pages if page not in known]
    reader = _Reader(pages)
    scheme = reader.scheme()
    faults = sorted(reader.faults, key=lambda one: ([*pages].index(one.sheet), one.row, one.place))
    kept = {leaf.name: pages[leaf.name].rows for leaf in LEAVES}
    return Reading(name, kept, faults, None if faults else scheme, notes)


class _Reader:
    """One run over the sheets of a workbook; what is wrong gathers in `faults`."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self.pages = pages
        self.faults: list[Fault] = []
        self.flaws = {leaf.name: _flaws(pages[leaf.name]) for leaf in LEAVES}

    def scheme(self) -> Scheme | None:
        """The scheme; None where something was wrong with headings or cells. Wrong sums are faults beside a scheme."""
        head = self.head()
        self.lines = {leaf.name: self.table(leaf) for leaf in LEAVES if leaf is not HEAD}
        self.stray_formulas()
        if any(not one.row for one in self.faults):
            return None  # what stands under a wrong heading means nothing
        self.attach()
        items = {
            line["code"]: self.item(line) for line in self.lines[ITEMS.name] if self.is_sound(line["code"])
        }
        if self.faults:
            return None
        sections = tuple(self.section(line, items) for line in self.lines[SECTIONS.name])
        scheme = Scheme(
            head["code"], Category(head["category"]), head["title"], head["basis"], head["note"], sections
        )
        self.sums(scheme)
        return scheme

    def fault(self, leaf: Leaf, row: int, place: int, problem: str, suggestion: str) -> None:
        rows = self.pages[leaf.name].rows
        value = rows[row][place] if row < len(rows) and place < len(rows[row]) else ""
        heading = leaf.columns[place].heading if place < len(leaf.columns) else ""
        self.faults.append(Fault(leaf.name, row, place, CellProblem(heading, value, problem, suggestion)))

    # --- headings and cells

    def head(self) -> dict[str, Any]:
        """The first sheet, which stands upright: what is in a column elsewhere is in a row here."""
        rows = self.pages[HEAD.name].rows
        for place, word in enumerate(HEADINGS):
            self.heading(HEAD, 0, place, word)
        values = {}
        for row, column in enumerate(HEAD.columns, start=1):
            self.heading(HEAD, row, 0, column.heading)
            values[column.attribute] = self.value(HEAD, column, row, 1)
        for row in range(len(HEAD.columns) + 1, len(rows)):
            if any(rows[row][:2]):
                self.fault(HEAD, row, 0, "多余的栏目", "请删除本行")
        return values

    def table(self, leaf: Leaf) -> list[_Line]:
        """The rows under the headings of a sheet; none where a heading is wrong."""
        rows, width = self.pages[leaf.name].rows, len(leaf.columns)
        before = len(self.faults)
        for place, column in enumerate(leaf.columns):
            self.heading(leaf, 0, place, column.heading)
        beyond = {place: fold(text) for place, text in enumerate(rows[0]) if place >= width and text.strip()}
        for place, text in beyond.items():
            if text != fold(REASON):
                self.fault(leaf, 0, place, "多余的列", "请删除本列")
        if len(self.faults) > before:
            return []
        lines = []
        for row, texts in enumerate(rows[1:], start=1):
            said = {place for place, text in enumerate(texts) if text.strip() and place not in beyond}
            said |= {place for at, place in self.pages[leaf.name].formulas if at == row and place < width}
            for place in sorted(one for one in said if one >= width):
                self.fault(leaf, row, place, "表头以外的内容", "本行可能错列，请删除或者移到相应的列")
            if any(place < width for place in said):
                values = {
                    column.attribute: self.value(leaf, column, row, place)
                    for place, column in enumerate(leaf.columns)
                }
                lines.append(_Line(row, values))
        return lines

    def heading(self, leaf: Leaf, row: int, place: int, word: str) -> None:
        rows = self.pages[leaf.name].rows
        text = rows[row][place] if row < len(rows) and place < len(rows[row]) else ""
        if flaw := self.flaws[leaf.name].get((row, place)):
            self.fault(leaf, row, place, flaw, _RESTORE)
        elif fold(text) != fold(word):
            self.fault(leaf, row, place, f"此处应为“{word}”", _RESTORE)

    def value(self, leaf: Leaf, column: Column, row: int, place: int) -> Any:
        """What a cell holds; None, and a fault, where it cannot be taken."""
        texts = self.pages[leaf.name].rows[row : row + 1] or [[]]
        text = texts[0][place] if place < len(texts[0]) else ""
        try:
            if flaw := self.flaws[leaf.name].get((row, place)):
                raise CellError(flaw, value=text, suggestion=FLAWED)
            return column.cell.clean(text)
        except CellError as error:
            said = CellProblem(column.heading, error.value, error.message, error.suggestion)
            self.faults.append(Fault(leaf.name, row, place, said))
            return None

    def stray_formulas(self) -> None:
        """Formulas where nothing is read: they stand in no row or column of ours, and are no accident either."""
        told = {(one.sheet, one.row, one.place) for one in self.faults}
        for leaf in LEAVES:
            for row, place in sorted(self.pages[leaf.name].formulas):
                if (leaf.name, row, place) not in told:
                    self.fault(leaf, row, place, "单元格是公式", FLAWED)

    # --- what refers to what

    def attach(self) -> None:
        """Find each row's place under the rows that it names, by their codes."""
        sections = self.coded(SECTIONS, self.lines[SECTIONS.name], ("code",))
        items = self.coded(ITEMS, self.lines[ITEMS.name], ("code",))
        gauges = self.coded(GAUGES, self.lines[GAUGES.name], ("item", "code"))
        self.named(ITEMS, ("section",), sections, SECTIONS)
        self.named(GAUGES, ("item",), items, ITEMS)
        self.named(BRACKETS, ("item", "gauge"), gauges, GAUGES)
        self.named(STEPS, ("item", "gauge"), gauges, GAUGES)
        self.under: dict[str, dict[Any, list[_Line]]] = {
            leaf.name: _grouped(self.lines[leaf.name], names)
            for leaf, names in (
                (ITEMS, ("section",)),
                (GAUGES, ("item",)),
                (BRACKETS, ("item", "gauge")),
                (STEPS, ("item", "gauge")),
            )
        }
        self.by_code = _grouped(self.lines[ITEMS.name], ("code",))
        self.wrong_rows = {(one.sheet, one.row) for one in self.faults}

    def coded(self, leaf: Leaf, lines: list[_Line], names: tuple[str, ...]) -> set[Any] | None:
        """The codes of a sheet, each once; None where one of them is wrong and a missing one proves nothing."""
        first: dict[Any, int] = {}
        for line in lines:
            code = tuple(line[name] for name in names)
            if None in code:
                continue
            if code in first:
                words = f"编号“{code[-1]}”与第 {first[code] + 1} 行重复"
                self.fault(leaf, line.row, leaf.place(names[-1]), words, "请改用不同的编号，或者删除重复的行")
            first.setdefault(code, line.row)
        wrong = {leaf.place(name) for name in names}
        unsure = any(one.sheet == leaf.name and one.place in wrong for one in self.faults)
        return None if unsure else set(first)

    def named(self, leaf: Leaf, names: tuple[str, ...], known: set[Any] | None, there: Leaf) -> None:
        """Each row must name one that is there."""
        for line in self.lines[leaf.name]:
            code = tuple(line[name] for name in names)
            if known is not None and None not in code and code not in known:
                words = f"“{there.name}”工作表中没有“{' '.join(code)}”"
                self.fault(leaf, line.row, leaf.place(names[-1]), words, "请核对编号，或者补填该行")

    # --- from rows to values

    def is_sound(self, code: str | None) -> bool:
        """Is nothing wrong in the rows of this item?"""
        return code is not None and not any(
            (leaf.name, line.row) in self.wrong_rows for leaf, line in self.rows_of(code)
        )

    def rows_of(self, code: str) -> Iterator[tuple[Leaf, _Line]]:
        yield from ((ITEMS, line) for line in self.by_code[code,])
        for gauge in self.under[GAUGES.name].get((code,), ()):
            yield GAUGES, gauge
            for leaf in (BRACKETS, STEPS):
                yield from ((leaf, line) for line in self.under[leaf.name].get((code, gauge["code"]), ()))

    def section(self, line: _Line, items: dict[str, Item]) -> Section:
        own = self.under[ITEMS.name].get((line["code"],), ())
        return Section(line["code"], line["name"], line["points"], tuple(items[one["code"]] for one in own))

    def item(self, line: _Line) -> Item:
        """An item with its gauges; what contradicts itself becomes a fault at its cell."""
        values = dict(line.values)
        values.pop("section")
        code = line["code"]
        gauges = self.under[GAUGES.name].get((code,), ())
        item = Item(
            **values
            | {
                "kind": Kind(line["kind"]),
                "points": line["points"] or Decimal(0),
                "waiver": Waiver(line["waiver"] or Waiver.NONE),
                "gauges": tuple(self.gauge(one) for one in gauges),
            }
        )
        told: set[Where] = set()
        for where, words in contradictions(item):
            if where not in told:
                told.add(where)
                leaf, row, attribute = self.whereabouts(line, gauges, where)
                self.fault(leaf, row, leaf.place(attribute), words, _LOOK.get(attribute, "请核对本行"))
        return item

    def gauge(self, line: _Line) -> Gauge:
        values = dict(line.values)
        at = values.pop("item"), line["code"]
        brackets = self.under[BRACKETS.name].get(at, ())
        steps = self.under[STEPS.name].get(at, ())
        return Gauge(
            **values
            | {
                "better": Better(line["better"]),
                "given": bool(line["given"]),
                "products": int(line["products"] or 0),
                "brackets": tuple(Bracket(one["least"], one["base"], one["lead"]) for one in brackets),
                "steps": tuple(Step(one["bound"], one["points"]) for one in steps),
            }
        )

    def whereabouts(self, line: _Line, gauges: Sequence[_Line], where: Where) -> tuple[Leaf, int, str]:
        """The sheet, row and attribute of a place in an item."""
        if where[0] != "gauges":
            return ITEMS, line.row, str(where[0])
        _, n, *rest = where
        gauge = gauges[int(n)]
        if rest[0] not in {"brackets", "steps"}:
            return GAUGES, gauge.row, str(rest[0])
        leaf = BRACKETS if rest[0] == "brackets" else STEPS
        own = self.under[leaf.name][gauge["item"], gauge["code"]]
        return leaf, own[int(rest[1])].row, str(rest[2])

    def sums(self, scheme: Scheme) -> None:
        rows = {line["code"]: line.row for line in self.lines[SECTIONS.name]}
        for code, words in scheme.sums():
            # The whole is nobody's cell: it is told at the heading of the column that must come to 100.
            self.fault(
                SECTIONS, rows[code] if code else 0, SECTIONS.place("points"), words, "请核对各项的满分"
            )


def _flaws(page: Page) -> dict[tuple[int, int], str]:
    """(row, column) → why it is not what it shows: a formula, or one of several cells that were merged."""
    flaws = dict.fromkeys(page.formulas, "单元格是公式")
    for top, left, bottom, right in page.merged:
        words = f"单元格与其他单元格合并（{xl_range(top, left, bottom, right)}）"
        for row in range(top, min(bottom, len(page.rows) - 1) + 1):
            flaws |= {(row, place): words for place in range(left, min(right, MAX_COLUMNS) + 1)}
    return flaws


def _grouped(lines: list[_Line], names: tuple[str, ...]) -> dict[Any, list[_Line]]:
    found: dict[Any, list[_Line]] = defaultdict(list)
    for line in lines:
        found[tuple(line[name] for name in names)].append(line)
    return found
