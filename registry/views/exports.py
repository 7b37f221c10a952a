"""What a list shows, as a file: the same rows under the same filters in the same order, with a head and an event.

A list declares its columns once (`Shown`). From there come the headings of the page, its cells, and the file.
`?…&export=xlsx` or `csv` on the list's own address gives the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from greenmfg import clock
from registry import intake
from registry.casework import record
from registry.models import Ledger, Setting, User
from registry.printing import Column, Sheet, list_csv, list_xlsx
from registry.printing.sheet import TYPE_AREA_ACROSS_MM
from registry.templatetags.draw import draw

EXPORT = "export"  # in the address
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
PRINTERS: dict[str, Callable[[Sheet], bytes]] = {"xlsx": list_xlsx, "csv": list_csv}
# What the look of a cell needs of the row besides its own words.
BESIDE = {"tag": ("tone",), "due": ("light", "due", "due_title"), "score": ("level", "level_tone")}
NUMBERED = ("序号", "n", 12.0)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One column of a list. `key` names the words in a row; `look` how the page draws them: main (the name with a link
    and what stands under it), text, num, tag, due, score.

    `sort` is the field that the heading sorts by; `parts` are the columns of the file where they are not just this one:
    (heading, key, share of the width).
    """

    heading: str
    key: str = ""
    look: str = "text"
    width: float = 26.0
    sort: str = ""
    parts: tuple[tuple[str, str, float], ...] = field(default=())

    @property
    def columns(self) -> tuple[tuple[str, str, float], ...]:
        return self.parts or ((self.heading, self.key, self.width),)


def cells(shown: Sequence[Shown], row: Mapping[str, Any]) -> SafeString:
    """The cells of a row, drawn, but for the main one: it stands first, differs in each row, and is left to
    registry/table.html."""
    found = (
        draw(
            "registry/cell.html",
            look=one.look,
            label=one.heading,
            text="" if (value := row.get(one.key)) is None else value,
            **{name: row.get(name, "") for name in BESIDE.get(one.look, ())},
        )
        for one in shown
        if one.look != "main"
    )
    return format_html_join("", "{}", ((cell,) for cell in found))


class Exporting:
    """A list view that gives what it shows as a file. It declares `title`, `shown`, and says `listed` and `conditions`;
    its page is `page()`, drawn by `show`."""

    title: str = ""
    shown: ClassVar[tuple[Shown, ...]] = ()
    measure: ClassVar[str] = "件"
    template_name: str
    request: HttpRequest
    user: User

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get(EXPORT, "")
        return self.export(wanted) if wanted in PRINTERS else self.show()

    def show(self, *, status: int = 200) -> HttpResponse:
        """The page."""
        raise NotImplementedError

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        """How many rows are shown on all pages together, and the rows, where these are not more than `most`."""
        raise NotImplementedError

    def conditions(self) -> list[str]:
        """The filters in words."""
        return []

    def export(self, kind: str) -> HttpResponse:
        """The file, with its event; or the page with why there is none."""
        most = Setting.number("export_rows", on=clock.today())
        count, rows = self.listed(most)
        if count > most:
            messages.error(
                self.request,
                f"符合条件的共 {count} {self.measure}，超过单次导出上限 {most} 行，请增加筛选条件后分次导出",
            )
            return self.show(status=422)
        columns = [NUMBERED, *(part for one in self.shown for part in one.columns)]
        texts = [[_text(row | {"n": n}, key) for _, key, _ in columns] for n, row in enumerate(rows, start=1)]
        return as_file(
            kind,
            title=self.title,
            columns=[(heading, width) for heading, _, width in columns],
            rows=texts,
            conditions=self.conditions(),
            by=self.user,
            at=clock.now(),
            measure=self.measure,
        )

    def exports(self) -> list[dict[str, str]]:
        """The two links for registry/exports.html."""
        query = self.request.GET.copy()
        query.pop("page", None)
        found = []
        for kind, words in (("xlsx", "导出 Excel"), ("csv", "导出 CSV")):
            query[EXPORT] = kind
            found.append({"label": words, "url": f"?{query.urlencode()}"})
        return found


def as_file(
    kind: str,
    *,
    title: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[str]],
    conditions: Sequence[str],
    by: User,
    at: datetime,
    measure: str = "件",
) -> HttpResponse:
    """These rows as xlsx or csv: title, who, when, under which conditions, how many; recorded in the ledger `exports`."""
    words = "；".join(conditions) or "全部"
    head = [
        title,
        f"导出人：{by.name}（{by.office}）；导出时间：{localtime(at):%Y-%m-%d %H:%M}",
        f"筛选条件：{words}；共 {len(rows)} {measure}",
    ]
    total = sum(width for _, width in columns)
    share = min(1.0, (TYPE_AREA_ACROSS_MM - 1) / total)
    sheet = Sheet(
        title=title,
        columns=[Column(heading=heading, width_mm=width * share) for heading, width in columns],
        rows=rows,
        as_of=localtime(at).date(),
        note="；".join(head[1:]),
        head=head,
    )
    content = PRINTERS[kind](sheet)
    note_export(title, by=by, at=at, conditions=words, rows=len(rows), content=content, format=kind)
    return attachment(content, name=f"{title}-{localtime(at):%Y%m%d}.{kind}")


def note_export(title: str, *, by: User, at: datetime, content: bytes, **facts: Any) -> None:
    """The event of an export: what left, under which conditions, with the hash of the file."""
    digest = sha256(content).hexdigest()
    record(Ledger(name="exports"), f"导出{title}"[:40], by=by, at=at, changes={}, sha256=digest, **facts)


def attachment(content: bytes, *, name: str) -> HttpResponse:
    """A made file as a download; the type is that of its extension."""
    extension = name.rpartition(".")[2]
    clean = intake.clean_name(name, extension=f".{extension}")
    headers = intake.download_headers(clean, media_type=MEDIA_TYPES[extension])
    return HttpResponse(content, headers=headers)


class ExportingRows(Exporting):
    """A list whose rows are the queryset `filtered()`, each told by `row()`, under the choices of `selects()`."""

    def filtered(self) -> Any:
        """The rows that this person sees under the filters of the address, in order."""
        raise NotImplementedError

    def row(self, thing: Any) -> dict[str, Any]:
        """One of them for page and file, from plain values."""
        raise NotImplementedError

    def selects(self) -> list[dict[str, Any]]:
        """The filters that are chosen from a list, with what is chosen."""
        return []

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        rows = self.filtered()
        count = rows.count()
        return count, [self.row(thing) for thing in rows] if count <= most else []

    def conditions(self) -> list[str]:
        needle = self.request.GET.get("q", "").strip()
        chosen = [
            f"{select['label']}：{option['label']}"
            for select in self.selects()
            for option in select["options"]
            if option["selected"]
        ]
        return [*([f"包含“{needle}”"] if needle else []), *chosen]


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


__all__ = ["Exporting", "ExportingRows", "Shown", "as_file", "attachment", "cells", "note_export"]
