"""What a list consists of, whatever it is printed on. Pure Python: rows of any origin can be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

TYPE_AREA_MM = 156  # width of the type area of A4 upright, GB/T 9704-2012
TYPE_AREA_ACROSS_MM = 225  # the same sheet turned
TITLE_PER_LINE = 20  # full-width characters of 22 pt that the type area holds
ALIGNMENTS = {"left", "center", "right"}
BRACKETS = {"（": "）", "〔": "〕", "《": "》", "“": "”"}
NEVER_FIRST = "）〕》”、，：；。"  # in a line


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list. `width_mm` is a share: the columns are stretched to the type area together.

    At the 10.5 pt of a table an 18-character credit code needs 42 mm to stay on one line.
    """

    heading: str
    width_mm: float
    align: str = "left"  # left, center or right


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A list to print: an official document with the list as its annex if it has an `issuer`, else a table.

    `title` may hold a line feed where its lines are to break. `rows` are read several times and hold one text
    per column. `grouped_by` is the index of a column (a district, a grade) whose every new value becomes a
    bookmark. `check` is printed small at the end, to compare the paper with the records.

    ValueError if there is no column, or columns wider together than a turned A4 sheet allows (225 mm).
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    dated: date | None = None  # 成文日期, and the date inside the files; None while it is a draft
    issuer: str = ""  # 发文机关
    doc_no: str = ""  # 发文字号, e.g. 京经信发〔2026〕12号
    addressee: str = ""  # 主送机关, without the colon
    body: Sequence[str] = ()  # paragraphs before the signature; the first states the basis
    annex: str = ""  # title over the table, e.g. 北京市绿色工厂名单; the title itself if empty
    as_of: date | None = None
    counted: str = "家"  # measure word of a row; empty: the number of rows is not printed
    note: str = ""
    head: Sequence[str] = ()  # lines above the headings of a workbook or CSV file: what this is, whose, when
    check: str = ""
    draft: bool = False
    grouped_by: int | None = None

    def __post_init__(self) -> None:
        if not self.columns or self.width_mm > TYPE_AREA_ACROSS_MM:
            raise ValueError(f"{self.width_mm:g} mm of columns; a sheet holds up to {TYPE_AREA_ACROSS_MM} mm")
        if unknown := {column.align for column in self.columns} - ALIGNMENTS:
            raise ValueError(f"unknown alignment: {', '.join(sorted(unknown))}")

    @property
    def width_mm(self) -> float:
        return sum(column.width_mm for column in self.columns)

    @property
    def is_across(self) -> bool:
        """True if the table needs the sheet turned."""
        return self.width_mm > TYPE_AREA_MM

    @property
    def plain_title(self) -> str:
        return self.title.replace("\n", "")


def chinese_date(day: date) -> str:
    """2026年1月5日: Arabic numerals without leading zeros (GB/T 9704-2012, 成文日期)."""
    return f"{day.year}年{day.month}月{day.day}日"


def title_lines(title: str, *, per_line: int = TITLE_PER_LINE) -> list[str]:
    """The title in the fewest lines of about equal width, unless its line feeds say where to break.

    GB/T 9704-2012 asks for whole words and a symmetrical shape. Without a dictionary the next best is to
    break near the even point where a word is likely to end, and never inside a number or, if it can be
    helped, a pair of brackets. `per_line` is in full-width characters.
    """
    if "\n" in title:
        return title.split("\n")
    lines: list[str] = []
    rest = title
    for left in range(ceil(_width(title) / per_line), 1, -1):
        even = _width(rest) / left
        fitting = [
            at
            for at in range(1, len(rest))
            if _width(rest[:at]) <= per_line and _width(rest[at:]) <= per_line * (left - 1)
        ]
        if not fitting:  # half-width characters left no room: an even break is all that remains
            fitting = [min(range(1, len(rest)), key=lambda at: abs(_width(rest[:at]) - even))]
        cut = min(fitting, key=lambda at: _break_cost(rest, at) + abs(_width(rest[:at]) - even))
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [*lines, rest]


def _width(text: str) -> float:
    return sum(0.56 if character.isascii() else 1 for character in text)


def _break_cost(text: str, at: int) -> int:
    """How much a break before `text[at]` hurts, in characters that the line may rather be off the even."""
    before, after = text[at - 1], text[at]
    if after in NEVER_FIRST or (before.isascii() and after.isascii()):
        return 100
    is_inside = any(text[:at].count(opening) > text[:at].count(end) for opening, end in BRACKETS.items())
    cost = 12 if is_inside else 0
    if after in "的和及与第年月日批号" or before in "第" or before in BRACKETS:
        return cost + 8
    return cost if before in "的和及与批）》、" else cost + 3
