"""What a list consists of, whatever it is printed on. Pure Python, so that rows of any origin can be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

TYPE_AREA_MM = 156  # width of the type area of A4 upright, GB/T 9704-2012
TYPE_AREA_ACROSS_MM = 225  # the same sheet turned
TITLE_PER_LINE = 20  # characters of 22 pt that the type area holds
OPENERS, CLOSERS = "（〔《“‘", "）〕》”’、，：；。"  # a line may not end with the first, nor begin with the second


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list. `width_mm` is a share: columns are stretched to the type area together.

    At the 10.5 pt of a table an 18-character credit code needs 42 mm to stay on one line.
    """

    heading: str
    width_mm: float
    align: str = "left"  # left, center or right


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A list to print: an official document with the list as its annex if `issuer` is given, else a bare table.

    `title` may hold a line feed where its lines are to break. `rows` are read several times and hold one text per
    column. `grouped_by` is the index of a column (a district, a grade) whose every new value becomes a bookmark.
    `check` is a line printed small at the end, by which the paper can be compared with the records.

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
    check: str = ""
    draft: bool = False
    grouped_by: int | None = None

    def __post_init__(self) -> None:
        if not self.columns or self.width_mm > TYPE_AREA_ACROSS_MM:
            raise ValueError(f"{self.width_mm:g} mm of columns; a sheet has 1 to {TYPE_AREA_ACROSS_MM} mm")
        if wrong := [column.align for column in self.columns if column.align not in {"left", "center", "right"}]:
            raise ValueError(f"unknown alignment {wrong[0]!r}")

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
    """The title in the fewest lines of about equal length, where `title` does not break itself by line feeds.

    GB/T 9704-2012 asks for whole words and a symmetrical shape. Without a dictionary the next best is to break behind
    的, 和, a closing bracket or before 关于's object near the even point, and never inside a number or bracket pair.
    """
    if "\n" in title:
        return title.split("\n")
    lines: list[str] = []
    rest = title
    for left in range(ceil(len(title) / per_line), 1, -1):
        even = ceil(len(rest) / left)
        most = min(per_line, len(rest) - 1)
        least = max(1, len(rest) - (left - 1) * per_line)
        cut = min(range(least, most + 1), key=lambda at: (_break_cost(rest, at) + abs(at - even), at))
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [*lines, rest]


def _break_cost(text: str, at: int) -> int:
    before, after = text[at - 1], text[at]
    if before in OPENERS or after in CLOSERS or (before.isascii() and after.isascii()):
        return 100
    if any(text[:at].count(opening) > text[:at].count(closing) for opening, closing in zip("（〔《", "）〕》")):
        return 50
    if after in "的和及年批号":
        return 6
    return 0 if before in "的和及）》、" else 3
