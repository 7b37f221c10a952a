"""Bringing in published lists: csv or xlsx in, imported Rosters out, and what that means for Beijing's register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.utils.timezone import localdate
from tablib import Dataset

from greenmfg.rulebook import Category, Level
from registry.models import District, Roster, RosterLine, User
from registry.names import fold
from registry.resources.books import Books, Entry, List, differences
from registry.resources.cells import Cell, CellError, Choice, Day, EntityName, Link, Number, Region, Year
from registry.resources.importing import INVALID, NEW, Column, Importer, Place, import_table
from registry.resources.sheets import LINE, NAME

MATCHED, RENAME = "matched", "probable_rename"
MISSING = "请按公布的名单补填"
CATEGORY = {one.label: one.value for one in Category}
ALSO = {
    "绿色供应链管理示范企业": Category.GREEN_SUPPLY_CHAIN.value,
    "绿色供应链企业": Category.GREEN_SUPPLY_CHAIN.value,
    "绿色供应链": Category.GREEN_SUPPLY_CHAIN.value,
    "绿色园区": Category.GREEN_PARK.value,
}
LEVELS = {one.label: one.value for one in (Level.NATIONAL, Level.MUNICIPAL)}


@dataclass
class Said:
    """What a row says beside what its line keeps."""

    place: District | None = None
    basis: str = ""
    year: int | None = None
    list_file: str = ""
    beyond: str = ""


class PublishedLines(Importer):
    """The rows of published lists as lines of imported Rosters (Article 14)."""

    KEY = "published"
    TITLE = "公布名单"
    ABOUT = "工业和信息化部、市局已公布的名单，按公布时的原文登记；在册单位的名称、所在区不因导入而改变。"
    ROLES = Roster.acts()["bring_in"].by
    TITLES = (NAME, "类型", "批次")
    DONE_AT = "/lists/edit/?tab=imported"
    statuses = {NEW: "新增", MATCHED: "已登记", RENAME: "疑似更名", INVALID: "有误"}
    # A heading never tells the 类型: the list of supply-chain enterprises of 2021 calls its name column 园区名称, a
    # misprint in the original.
    columns = (
        Column(
            heading="类型",
            attribute="category",
            also=("类别", "单位类型"),
            needed=True,
            cell=Choice(CATEGORY, also=ALSO, missing=MISSING),
            example="绿色工厂",
            width=18,
        ),
        Column(
            heading="级别",
            attribute="roster__level",
            needed=True,
            cell=Choice(LEVELS, missing=MISSING),
            example="国家级",
        ),
        Column(
            heading="批次",
            attribute="roster__batch",
            needed=True,
            cell=Cell(most=40, required=True, missing=MISSING),
            example="第三批",
            tip="按公布的名称填写",
        ),
        Column(heading="年度", attribute="said__year", also=("年份",), cell=Year(), example="2018"),
        Column(
            heading="公布日期",
            attribute="roster__dated",
            also=("发布日期",),
            cell=Day(),
            example="2018-10-29",
            tip="同一批次有多份名单的必填",
        ),
        Column(heading="序号", attribute="n", cell=Number(), example="1"),
        Column(
            heading="地区",
            attribute="region",
            also=("省份", "省市"),
            needed=True,
            cell=Region(),
            example="北京",
            tip="只有北京的单位进入单位名录",
        ),
        Column(heading="所在区", attribute="said__place", cell=Place(), example="昌平区"),
        Column(heading="所在区依据", attribute="said__basis", cell=Cell(most=500), width=20),
        Column(
            heading=NAME,
            attribute="name",
            also=("名称", "工厂名称", "企业名称", "园区名称", "公司名称"),
            needed=True,
            cell=EntityName(most=120, required=True, fewest=4, missing=MISSING),
            example="北京示例机电有限公司",
            width=36,
            tip="按公布时的原文填写",
        ),
        Column(heading="行业", attribute="industry", also=("所属行业",), cell=Cell(most=60)),
        Column(
            heading="第三方评价机构",
            attribute="evaluator",
            also=("第三方机构名称", "第三方评价机构名称", "评价机构"),
            cell=Cell(most=100),
            width=28,
        ),
        Column(heading="source_url", attribute="roster__source_url", also=("来源",), cell=Link(), width=24),
        Column(
            heading="list_file_url", attribute="said__list_file", also=("名单文件",), cell=Link(), width=24
        ),
    )

    def __init__(self, *, name: str, sha256: str, by: User | None, at: datetime) -> None:
        super().__init__(name=name, sha256=sha256, by=by, at=at)
        self.books: Books
        self.entries: dict[int, Entry] = {}
        self.notes: dict[int, list[str]] = {}
        self.seen: dict[tuple[int, str], int] = {}
        self.lists: dict[int, Roster] = {}  # that gain lines
        self.bases: list[list[str]] = []  # name, district, where that was read
        self.lines: list[RosterLine] = []

    @staticmethod
    def beyond() -> str:
        return "said__beyond"

    def prepare(self) -> None:
        self.books = Books()
        self.cell("said__place").know(District.objects.all())
        self.cell("roster__dated").today = localdate(self.at)

    def init_instance(self, row: Any = None) -> RosterLine:
        line = RosterLine(roster=Roster())
        line.said = Said()  # type: ignore[attr-defined]
        return line

    def judge(self, line: RosterLine, row: Any) -> dict[str, CellError]:
        said: Said = line.said  # type: ignore[attr-defined]
        line.roster.category = line.category
        facts = [
            f"年度：{said.year}" if said.year else "",
            f"名单文件：{said.list_file}" if said.list_file else "",
        ]
        line.roster.text = "\n".join(filter(None, facts))
        if said.place:
            if not self._in_beijing(line):
                return {
                    "said__place": CellError(
                        "只有北京的单位填写所在区", value=said.place.short, suggestion="请清空，或者核对地区"
                    )
                }
            line.district = said.place.short
        errors = self.books.problems(line, in_beijing=self._in_beijing(line), place=said.place)
        if errors:
            return errors
        where = self.books.list_of(line.roster)
        if where is None:
            return {}
        key = (id(where), fold(line.name))
        if key in self.seen:
            twice = CellError(
                f"与第 {self.seen[key]} 行重复", value=line.name, suggestion="同一名单内同一单位只保留一行"
            )
            return {"name": twice}
        self.seen[key] = int(row[LINE])
        return {}

    def _in_beijing(self, line: RosterLine) -> bool:
        return bool(self.cell("region").is_beijing(line.region))

    def _there(self, line: RosterLine) -> RosterLine | None:
        where = self.books.list_of(line.roster)
        return where.lines.get(fold(line.name)) if where else None

    def take(self, row: RosterLine, cells: Any) -> tuple[str, str, str]:
        at = int(cells[LINE])
        there = self._there(row)
        if there is not None:  # on the books already: nothing is written
            return MATCHED, "；".join(differences(row, there)), ""
        said: Said = row.said  # type: ignore[attr-defined]
        entry = self.books.enter(row, in_beijing=self._in_beijing(row), place=said.place)
        self.lines.append(row)
        where = self.books.list_of(row.roster)
        assert isinstance(where, List)
        self.seen[id(where), fold(row.name)] = at
        self.lists[id(where)] = where.roster
        if said.place:
            self.bases.append([row.name, said.place.short, said.basis])
        return RENAME if entry.rename_of else NEW, str(entry), entry.rename_of

    @property
    def written(self) -> int:
        return len(self.lines)

    def write(self) -> None:
        """The parents first, then the lines. Any failure ends the whole import."""
        if self.lines:
            self.books.save(by=self.by, at=self.at)
            RosterLine.objects.bulk_create(self.lines)

    def made(self) -> dict[str, int]:
        return {"名单行": len(self.lines), **self.books.made()}

    def facts(self) -> dict[str, Any]:
        return {
            "made": self.books.made(),
            "lists": sorted(roster.no for roster in self.lists.values()),
            "districts": self.bases,
        }

    def order(self, data: Dataset) -> Dataset:
        """From the oldest list to the newest, so that the first listing opens a standing whatever the file's order;
        undated lists last, since their dated twins say more."""
        ordered = Dataset(headers=data.headers)
        for row in sorted(data.dict, key=_place):
            ordered.append([row[column] for column in data.headers])
        return ordered


def _place(row: dict[str, str]) -> tuple[Any, ...]:
    try:
        day = Day().clean(row["公布日期"]) or date.max
    except CellError:
        day = date.max
    try:
        n = Number().clean(row["序号"]) or 0
    except CellError:
        n = 0
    return (day, fold(row["类型"]), fold(row["级别"]), fold(row["批次"]), n, int(row[LINE]))


# Bringing in a published list (Article 14); contract as `import_table`.
import_published = partial(import_table, PublishedLines)
