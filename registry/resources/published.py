"""Bringing in published lists: csv or xlsx in, imported Rosters out, and what that means for Beijing's register.

The library drives rows and fields, collects what is wrong with each cell and writes the lines in bulk; what a row
means is ours (`books`). A dry run is the same run, rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from import_export import resources
from import_export.fields import Field
from import_export.results import Result, RowResult
from tablib import Dataset

from greenmfg.rulebook import Category, Level
from registry.acts import NotYours
from registry.casework import record
from registry.models import District, Event, Ledger, Roster, RosterLine, User
from registry.names import fold
from registry.resources.books import Books, Entry, List, differences
from registry.resources.cells import Cell, CellError, Choice, Day, Link, Number, Region, Year
from registry.resources.sheets import COLUMNS, EXTRA, LINE, NAME, Unreadable, read

LEDGER = "imports"
NEW, MATCHED, RENAME, INVALID = "new", "matched", "probable_rename", "invalid"
STATUS = {NEW: "新增", MATCHED: "已登记", RENAME: "疑似更名", INVALID: "有误"}


@dataclass(frozen=True)
class CellProblem:
    """One cell that cannot be taken: which column, what it says, what is wrong, what to do."""

    column: str
    value: str
    problem: str
    suggestion: str


@dataclass(frozen=True)
class RowOutcome:
    """What one row comes to. `line` counts from 1 in the file; `status` is a key of STATUS; `cells` by column."""

    line: int
    status: str
    cells: dict[str, str]
    note: str = ""
    rename_of: str = ""
    problems: list[CellProblem] = field(default_factory=list)

    @property
    def label(self) -> str:
        return STATUS[self.status]


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did, or in a dry run would do. `rows` are in the order of the file.

    `changed` is the number of lines written: 0 in a dry run, when invalid rows stopped the import, or when all
    was known. `made` counts new rows by table. `event` is the log's, when something changed.
    """

    name: str
    sha256: str
    dry_run: bool
    stopped: bool
    rows: list[RowOutcome]
    counts: dict[str, int]
    made: dict[str, int]
    notes: list[str]
    changed: int
    event: Event | None


@dataclass
class Said:
    """What a row says beside what its line keeps."""

    place: District | None = None
    basis: str = ""
    year: int | None = None
    list_file: str = ""
    beyond: str = ""


class Beyond(Cell):
    """Cells to the right of the headings must be empty: a row with more of them has slipped."""

    def __init__(self) -> None:
        super().__init__(most=10_000)

    def read(self, text: str) -> str:
        raise CellError(
            "单元格多于表头的列", value=text[:60], suggestion="本行可能错列，名称中的逗号请加引号"
        )


class Place(Choice):
    """所在区: one of the 17 districts, by its name or short name, or nothing."""

    def __init__(self, districts: Iterable[District]) -> None:
        known = {district.pk: district for district in districts}
        short = {district.short: district.pk for district in known.values()}
        super().__init__({d.name: d.pk for d in known.values()}, required=False, also=short)
        self.known = known

    def empty(self) -> None:
        return None

    def read(self, text: str) -> District:
        return self.known[super().read(text)]


class PublishedLines(resources.ModelResource):  # type: ignore[misc]  # the library has no types
    """The rows of published lists as lines of imported Rosters (Article 14)."""

    roster_category = Field(
        column_name="类型",
        attribute="category",
        widget=Choice(
            {one.label: one.value for one in Category},
            also={
                "绿色供应链管理示范企业": Category.GREEN_SUPPLY_CHAIN.value,
                "绿色供应链企业": Category.GREEN_SUPPLY_CHAIN.value,
                "绿色供应链": Category.GREEN_SUPPLY_CHAIN.value,
                "绿色园区": Category.GREEN_PARK.value,
            },
        ),
    )
    level = Field(
        column_name="级别",
        attribute="roster__level",
        widget=Choice({one.label: one.value for one in (Level.NATIONAL, Level.MUNICIPAL)}),
    )
    batch = Field(column_name="批次", attribute="roster__batch", widget=Cell(most=40, required=True))
    year = Field(column_name="年度", attribute="said__year", widget=Year())
    dated = Field(column_name="公布日期", attribute="roster__dated", widget=Day())
    n = Field(column_name="序号", attribute="n", widget=Number())
    region = Field(column_name="地区", attribute="region", widget=Region())
    place = Field(column_name="所在区", attribute="said__place")
    basis = Field(column_name="所在区依据", attribute="said__basis", widget=Cell(most=500))
    title = Field(column_name=NAME, attribute="name", widget=Cell(most=120, required=True, fewest=4))
    industry = Field(column_name="行业", attribute="industry", widget=Cell(most=60))
    evaluator = Field(column_name="第三方评价机构", attribute="evaluator", widget=Cell(most=100))
    source_url = Field(column_name="source_url", attribute="roster__source_url", widget=Link())
    list_file = Field(column_name="list_file_url", attribute="said__list_file", widget=Link())
    beyond = Field(column_name=EXTRA, attribute="said__beyond", widget=Beyond())

    class Meta:
        model = RosterLine
        fields = (
            "roster_category", "level", "batch", "year", "dated", "n", "region", "place", "basis", "title", "industry",
            "evaluator", "source_url", "list_file", "beyond",
        )  # fmt: skip
        use_bulk = True
        batch_size = None  # one batch at the end, when the parents are known
        force_init_instance = True  # no query per row: `books` finds what is there
        skip_diff = True
        report_skipped = True
        use_transactions = True

    def __init__(self, *, name: str, sha256: str, by: User | None, at: datetime) -> None:
        super().__init__()
        self.name, self.sha256, self.by, self.at = name, sha256, by, at
        self.books: Books
        self.entries: dict[int, Entry] = {}
        self.notes: dict[int, list[str]] = {}
        self.seen: dict[tuple[int, str], int] = {}
        self.lists: dict[int, Roster] = {}  # that gain lines
        self.bases: list[list[str]] = []  # name, district, where that was read
        self.ledger: Ledger
        self.columns = {one.attribute: one.column_name for one in self.fields.values()}

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        # One import at a time: the second waits here, and then finds what the first brought in.
        Ledger.objects.get_or_create(pk=LEDGER)
        Ledger.objects.select_for_update(no_key=True).get(pk=LEDGER)
        self.books = Books()
        self.fields["place"].widget = Place(District.objects.all())
        self.fields["dated"].widget.today = localdate(self.at)

    def init_instance(self, row: Any = None) -> RosterLine:
        line = RosterLine(roster=Roster())
        line.said = Said()  # type: ignore[attr-defined]
        return line

    def import_instance(self, instance: RosterLine, row: Any, **kwargs: Any) -> None:
        """Read the cells, all of them; if they are sound, ask what is on the books. Raises ValidationError."""
        errors: dict[str, CellError] = {}
        for one in self.get_import_fields():
            try:
                self.import_field(one, instance, row, **kwargs)
            except CellError as error:
                errors[one.attribute] = error
        if not errors:
            errors = self._law(instance, row)
        if errors:
            raise ValidationError(errors)

    def _law(self, line: RosterLine, row: Any) -> dict[str, CellError]:
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
        widget = self.fields["region"].widget
        assert isinstance(widget, Region)
        return widget.is_beijing(line.region)

    def skip_row(
        self, instance: RosterLine, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Is the line on the books already? Then nothing is written."""
        if import_validation_errors:
            return False
        there = self._there(instance)
        if there is None:
            return False
        self.notes[int(row[LINE])] = differences(instance, there)
        return True

    def _there(self, line: RosterLine) -> RosterLine | None:
        where = self.books.list_of(line.roster)
        return where.lines.get(fold(line.name)) if where else None

    def before_save_instance(self, instance: RosterLine, row: Any, **kwargs: Any) -> None:
        said: Said = instance.said  # type: ignore[attr-defined]
        line = int(row[LINE])
        self.entries[line] = self.books.enter(
            instance, in_beijing=self._in_beijing(instance), place=said.place
        )
        where = self.books.list_of(instance.roster)
        assert isinstance(where, List)
        self.seen[id(where), fold(instance.name)] = line
        self.lists[id(where)] = where.roster
        if said.place:
            self.bases.append([instance.name, said.place.short, said.basis])

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        """Write the parents first, then the lines. Any failure ends the whole import."""
        if self.create_instances:
            self.books.save(by=self.by, at=self.at)
            RosterLine.objects.bulk_create(self.create_instances)
            self.create_instances.clear()

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        if not self.entries:
            return
        self.ledger = record(
            Ledger(pk=LEDGER),
            "导入公布名单",
            by=self.by,
            at=self.at,
            changes={},
            file=self.name,
            sha256=self.sha256,
            rows=len(dataset),
            lines=len(self.entries),
            left_out=len(result.invalid_rows),
            made=self.books.made(),
            lists=sorted(roster.no for roster in self.lists.values()),
            districts=self.bases,
        )

    def event(self) -> Event:
        """The log's entry of this import, when it wrote something."""
        return Event.objects.get(stream=self.ledger.stream, seq=self.ledger.head_seq)

    def outcome_of(self, row: dict[str, str], result: RowResult) -> RowOutcome:
        """One row's result in our words."""
        line = int(row[LINE])
        cells = {column: row[column] for column in COLUMNS}
        if result.validation_error is not None:
            problems = [
                CellProblem(self.columns[attribute], error.value, error.message, error.suggestion)
                for attribute, errors in result.validation_error.error_dict.items()
                for error in errors
            ]
            return RowOutcome(line, INVALID, cells, problems=problems)
        entry = self.entries.get(line)
        if entry is None:
            return RowOutcome(line, MATCHED, cells, "；".join(self.notes[line]))
        status = RENAME if entry.rename_of else NEW
        return RowOutcome(line, status, cells, str(entry), entry.rename_of)


def import_published(
    file: BinaryIO,
    *,
    name: str,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    skip_invalid: bool = False,
) -> ImportOutcome:
    """Bring in a published list (Article 14), all or nothing. `name` is the file's name, for the record.

    Invalid rows stop the import, unless `skip_invalid` leaves them out. What is on the books already is left as it
    is, so a second import changes nothing. Raises Unreadable (no such table), NotYours (not this person's act).
    """
    act = Roster.acts()["bring_in"]
    if by is not None and not any(role.held_by(by) for role in act.by):
        raise NotYours(f"您没有办理“{act.label}”的权限")
    listing = read(file, name=name)
    data = _in_order(listing.data)
    resource = PublishedLines(name=name, sha256=listing.sha256, by=by, at=at)
    with transaction.atomic():
        result = resource.import_data(data, dry_run=dry_run, rollback_on_validation_errors=not skip_invalid)
        for error in [*result.base_errors, *(e for row in result.rows for e in row.errors)]:
            raise error.error
    rows = sorted(
        (resource.outcome_of(row, one) for row, one in zip(data.dict, result.rows, strict=True)),
        key=lambda row: row.line,
    )
    stopped = bool(result.invalid_rows) and not skip_invalid
    wrote = bool(resource.entries) and not (dry_run or stopped)
    return ImportOutcome(
        name=name,
        sha256=listing.sha256,
        dry_run=dry_run,
        stopped=stopped,
        rows=rows,
        counts={status: sum(row.status == status for row in rows) for status in STATUS},
        made={"名单行": len(resource.entries), **resource.books.made()},
        notes=listing.notes,
        changed=len(resource.entries) if wrote else 0,
        event=Event.objects.filter(stream=Ledger(pk=LEDGER).stream).order_by("-seq").first()
        if wrote
        else None,
    )


def _in_order(data: Dataset) -> Dataset:
    """The rows from the oldest list to the newest, so that the first listing opens a standing whatever the file's
    order; undated lists last, since their dated twins say more."""

    def place(row: dict[str, str]) -> tuple[Any, ...]:
        try:
            day = Day().clean(row["公布日期"]) or date.max
        except CellError:
            day = date.max
        try:
            n = Number().clean(row["序号"]) or 0
        except CellError:
            n = 0
        return (day, fold(row["类型"]), fold(row["级别"]), fold(row["批次"]), n, int(row[LINE]))

    ordered = Dataset(headers=data.headers)
    for row in sorted(data.dict, key=place):
        ordered.append([row[column] for column in data.headers])
    return ordered


__all__ = [
    "INVALID", "MATCHED", "NEW", "RENAME", "STATUS", "CellProblem", "ImportOutcome", "RowOutcome", "Unreadable",
    "import_published",
]  # fmt: skip
