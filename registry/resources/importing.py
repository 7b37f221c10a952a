"""What every import has in common: columns declared once, rows with their outcome, one event, and a dry run that is
the same run, rolled back.

The library drives rows and fields and collects what is wrong with each cell; what a row means is the importer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, BinaryIO, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result, RowResult
from tablib import Dataset

from registry.acts import NotYours
from registry.casework import record
from registry.models import District, Event, Ledger, User
from registry.resources.cells import Cell, CellError, Choice
from registry.resources.sheets import EXTRA, LINE, Listing, Table, read
from registry.roles import Role

LEDGER = "imports"
NEW, CHANGED, SAME, INVALID = "new", "changed", "same", "invalid"
FLAWED = "请粘贴为数值、取消合并后逐格填写"


@dataclass(frozen=True)
class CellProblem:
    """One cell that cannot be taken: which column, what it says, what is wrong, what to do."""

    column: str
    value: str
    problem: str
    suggestion: str


@dataclass(frozen=True)
class RowOutcome:
    """What one row comes to. `line` counts from 1 in the file; `status` is a key of the importer's `statuses`, `label`
    its word; `cells` by column; `rename_of` is the name that a new entity may be a new form of."""

    line: int
    status: str
    label: str
    cells: dict[str, str]
    note: str = ""
    rename_of: str = ""
    problems: list[CellProblem] = field(default_factory=list)


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did, or in a dry run would do. `rows` are in the order of the file.

    `changed` is the number of rows written: 0 in a dry run, when invalid rows stopped the import, or when all was
    known. `made` counts new rows by table. `event` is the log's, when something changed.
    """

    name: str
    sha256: str
    dry_run: bool
    stopped: bool
    rows: list[RowOutcome]
    statuses: dict[str, str]
    counts: dict[str, int]
    made: dict[str, int]
    notes: list[str]
    changed: int
    event: Event | None
    listing: Listing


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its heading and others that mean it, where its value goes, what it may hold.

    `needed` says that the column must be in the file. For the template: an example, the width, what to write here,
    and the words to choose from (those of a Choice unless given).
    """

    heading: str
    attribute: str
    cell: Cell
    also: tuple[str, ...] = ()
    needed: bool = False
    example: str = ""
    width: int = 16
    tip: str = ""

    @property
    def choices(self) -> list[str]:
        return list(self.cell.words) if isinstance(self.cell, Choice) else []


class Beyond(Cell):
    """Cells to the right of the headings must be empty: a row with more of them has slipped."""

    def __init__(self) -> None:
        super().__init__(most=10_000)

    def read(self, text: str) -> str:
        raise CellError(
            "单元格多于表头的列", value=text[:60], suggestion="本行可能错列，名称中的逗号请加引号"
        )


class Place(Choice):
    """区: one of the 17 districts, by its name or short name, or nothing. `know` gives it the districts of an import."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__({}, required=required)
        self.known: dict[str, District] = {}

    def know(self, districts: Iterable[District]) -> None:
        self.known = {district.pk: district for district in districts}
        short = {district.short: district.pk for district in self.known.values()}
        names = {d.name: d.pk for d in self.known.values()}
        required = self.required
        super().__init__(names, required=required, also=short)

    def empty(self) -> None:
        return None

    def read(self, text: str) -> District:
        return self.known[super().read(text)]


class Row(SimpleNamespace):
    """The values of one row, by the attributes of its columns; `line` is where it stands."""

    line: int
    pk = None

    def __str__(self) -> str:
        return str(self.line)


class Importer(resources.Resource):  # type: ignore[misc]  # the library has no types
    """An import of one kind of table, for one run. Subclasses declare it and say what a row means.

    `judge` says what stands against a row whose cells are sound, `take` plans what it adds, `write` carries the plan out
    at the end of the same transaction. Nothing is written where an invalid row stops the import.
    """

    do_not_call_in_templates: ClassVar[bool] = True  # a class is named there, not made
    KEY: ClassVar[str] = ""  # in addresses
    TITLE: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""  # who uses it for what, and what it leaves alone
    ROLES: ClassVar[tuple[Role, ...]] = ()
    TITLES: ClassVar[tuple[str, ...]] = ()  # columns that tell a row in the preview
    MOST: ClassVar[int | None] = None  # rows of one file, where fewer than the reader takes
    DONE_AT: ClassVar[str] = "/desk/"  # where what was imported shows
    LISTS: ClassVar[bool] = False  # can what is on the books be downloaded as such a table?
    acts_each: ClassVar[bool] = False  # is each row an act, in a transaction of its own?
    columns: ClassVar[tuple[Column, ...]] = ()
    statuses: ClassVar[dict[str, str]] = {NEW: "新增", CHANGED: "更新", SAME: "未变", INVALID: "有误"}

    class Meta:
        instance_loader_class = BaseInstanceLoader
        use_bulk = True  # no savepoint per row
        batch_size = None
        force_init_instance = True  # no query per row: what is on the books is read once
        skip_diff = True
        report_skipped = True
        use_transactions = True

    def __init__(self, *, name: str, sha256: str, by: User | None, at: datetime) -> None:
        super().__init__()
        self.name, self.sha256, self.by, self.at = name, sha256, by, at
        self.skip_invalid = False
        self.flaws: dict[tuple[int, str], str] = {}
        self.results: dict[int, tuple[str, str, str]] = {}  # line → status, note, rename_of
        self.ledger: Ledger | None = None
        self.fields = {
            one.attribute: Field(column_name=one.heading, attribute=one.attribute, widget=deepcopy(one.cell))
            for one in (*self.columns, Column(heading=EXTRA, attribute=self.beyond(), cell=Beyond()))
        }
        self.headings = {one.attribute: one.column_name for one in self.fields.values()}

    @staticmethod
    def beyond() -> str:
        """The attribute that cells beyond the headings go to."""
        return "beyond"

    @classmethod
    def table(cls) -> Table:
        """What a file of this kind holds."""
        columns = {one.heading: one.also for one in cls.columns}
        return Table(columns, tuple(one.heading for one in cls.columns if one.needed), cls.MOST)

    @classmethod
    def may(cls, user: User) -> bool:
        """May this person import such tables?"""
        return user.plays(*cls.ROLES)

    @classmethod
    def listed(cls, by: User) -> list[dict[str, str]]:
        """What a template for this person is filled with: by column, such rows as are on the books."""
        return []

    def cell(self, attribute: str) -> Any:
        """The widget of a column, to tell it what this run knows."""
        return self.fields[attribute].widget

    # --- the library's steps

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        # One import at a time: the second waits here, and then finds what the first brought in.
        Ledger.objects.get_or_create(pk=LEDGER)
        Ledger.objects.select_for_update(no_key=True).get(pk=LEDGER)
        self.prepare()

    def init_instance(self, row: Any = None) -> Any:
        return Row(line=int(row[LINE]))

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Read the cells, all of them; if they are sound, judge the row. Raises ValidationError."""
        errors: dict[str, CellError] = {}
        for one in self.get_import_fields():
            flaw = self.flaws.get((int(row[LINE]), one.column_name))
            try:
                if flaw:
                    raise CellError(flaw, value=row[one.column_name], suggestion=FLAWED)
                self.import_field(one, instance, row, **kwargs)
            except CellError as error:
                errors[one.attribute] = error
        if not errors:
            errors = self.judge(instance, row)
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.results[int(row[LINE])] = self.take(instance, row)

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        if result.invalid_rows and not self.skip_invalid:
            return
        self.write()
        if self.written:
            self.log(rows=len(dataset), left_out=len(result.invalid_rows))

    # --- what an importer says

    def prepare(self) -> None:
        """Read what is on the books."""

    def judge(self, row: Any, cells: Any) -> dict[str, CellError]:
        """What stands against a row whose cells are sound, by attribute."""
        return {}

    def take(self, row: Any, cells: Any) -> tuple[str, str, str]:
        """Plan what a sound row adds. Returns its status, a note, and the name that it may be a new form of."""
        return SAME, "", ""

    def write(self) -> None:
        """Carry out what was planned."""

    def carry_out(self) -> dict[int, str]:
        """What is done after the transaction, each in its own: acts. Returns line → why it was not done."""
        return {}

    def order(self, data: Dataset) -> Dataset:
        """The rows in the order in which they are brought in."""
        return data

    def made(self) -> dict[str, int]:
        """How many rows of each table were written, by the word a user knows."""
        return {}

    def facts(self) -> dict[str, Any]:
        """What the event tells besides the file and the counts."""
        return {"made": self.made()}

    # --- what came of it

    @property
    def written(self) -> int:
        """How many rows are not as they were."""
        return sum(status not in {SAME, INVALID} for status, _, _ in self.results.values())

    def log(self, *, rows: int, left_out: int) -> None:
        """The one event of this import."""
        self.ledger = record(
            Ledger(pk=LEDGER),
            f"导入{self.TITLE}",
            by=self.by,
            at=self.at,
            changes={},
            file=self.name,
            sha256=self.sha256,
            rows=rows,
            lines=self.written,
            left_out=left_out,
            **self.facts(),
        )

    def outcome_of(self, row: dict[str, str], result: RowResult) -> RowOutcome:
        """One row's result in our words."""
        line = int(row[LINE])
        cells = {column.heading: row[column.heading] for column in self.columns}
        if result.validation_error is not None:
            problems = [
                CellProblem(self.headings[attribute], error.value, error.message, error.suggestion)
                for attribute, errors in result.validation_error.error_dict.items()
                for error in errors
            ]
            return RowOutcome(line, INVALID, self.statuses[INVALID], cells, problems=problems)
        status, note, rename_of = self.results[line]
        return RowOutcome(line, status, self.statuses[status], cells, note, rename_of)


def import_table(
    kind: type[Importer],
    file: BinaryIO,
    *,
    name: str,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    skip_invalid: bool = False,
) -> ImportOutcome:
    """Bring in a table of this kind, all or nothing. `name` is the file's name, for the record.

    Invalid rows stop the import, unless `skip_invalid` leaves them out. A second import of the same changes nothing.
    `by` is None for the portal itself. Raises Unreadable (no such table), NotYours (not for this person).
    """
    if by is not None and not kind.may(by):
        raise NotYours(f"您没有办理“导入{kind.TITLE}”的权限")
    listing = read(file, name=name, table=kind.table())
    importer = kind(name=name, sha256=listing.sha256, by=by, at=at)
    importer.skip_invalid, importer.flaws = skip_invalid, listing.flaws
    data = importer.order(listing.data)
    with transaction.atomic():
        result = importer.import_data(
            data, dry_run=dry_run, rollback_on_validation_errors=not skip_invalid, raise_errors=False
        )
        for error in [*result.base_errors, *(e for row in result.rows for e in row.errors)]:
            raise error.error
    found = (importer.outcome_of(row, one) for row, one in zip(data.dict, result.rows, strict=True))
    rows = sorted(found, key=lambda row: row.line)
    stopped = bool(result.invalid_rows) and not skip_invalid
    if not (dry_run or stopped):
        rows = _after_acts(importer, rows)
    wrote = importer.written > 0 and importer.ledger is not None and not (dry_run or stopped)
    return ImportOutcome(
        name=name,
        sha256=listing.sha256,
        dry_run=dry_run,
        stopped=stopped,
        rows=rows,
        statuses=dict(kind.statuses),
        counts={status: sum(row.status == status for row in rows) for status in kind.statuses},
        made=importer.made(),
        notes=listing.notes,
        changed=importer.written if wrote else 0,
        event=_event_of(importer.ledger) if wrote and importer.ledger else None,
        listing=listing,
    )


def _after_acts(importer: Importer, rows: Sequence[RowOutcome]) -> list[RowOutcome]:
    """The rows, those that were refused at the last moment with the reason."""
    refused = importer.carry_out()
    first = importer.columns[0].heading
    return [
        replace(
            row,
            status=INVALID,
            label=importer.statuses[INVALID],
            note="",
            problems=[CellProblem(first, row.cells[first], refused[row.line], "请查看最新情况后再办")],
        )
        if row.line in refused
        else row
        for row in rows
    ]


def _event_of(ledger: Ledger) -> Event:
    return Event.objects.get(stream=ledger.stream, seq=ledger.head_seq)
