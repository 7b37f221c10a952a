"""导入: what this person may import; one kind with its template; an uploaded file before and after the word is given.

Nothing is written before the person confirms, and the file that is confirmed is the one that was looked at: it is kept
here with its hash, and only who brought it may say what becomes of it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from greenmfg import clock
from registry.acts import NotNow
from registry.models import Event, ImportFile, Ledger
from registry.resources import brought, catalog
from registry.resources.importing import INVALID, LEDGER, NEW, SAME, Importer, ImportOutcome, RowOutcome
from registry.resources.marking import marked_workbook
from registry.resources.sheets import MAX_BYTES, Unreadable
from registry.resources.template import template
from registry.roles import ADMIN, DISTRICT, OFFICER
from registry.views import present
from registry.views.cases import RoleRequired
from registry.views.exports import attachment, note_export
from registry.views.site import paged

PAST = 20
PER_PAGE = 100
TONES = {
    NEW: "green",
    "changed": "blue",
    SAME: "grey",
    "matched": "grey",
    "probable_rename": "orange",
    INVALID: "red",
}
ALL, SOUND, DROP = "all", "sound", "drop"


class ImportPage(RoleRequired, View):
    """A page of imports; of one kind for those who may import it."""

    roles = (DISTRICT, OFFICER, ADMIN)

    @cached_property
    def kind(self) -> type[Importer]:
        """The import of this address. Raises Http404, PermissionDenied."""
        found = catalog.IMPORTERS.get(self.kwargs["what"])  # type: ignore[attr-defined]
        if found is None:
            raise Http404("没有这种导入")
        if not found.may(self.user):
            raise PermissionDenied(f"您没有办理“导入{found.TITLE}”的权限")
        return found

    def files(self) -> QuerySet[ImportFile]:
        return ImportFile.objects.visible_to(self.user, now=clock.now())

    def get_file(self) -> ImportFile:
        """The file of this address, among those that this person brought."""
        return get_object_or_404(self.files(), what=self.kind.KEY, pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    @property
    def home(self) -> str:
        return f"/imports/{self.kind.KEY}/"


class ImportList(ImportPage):
    """What this person may import, what waits for their word, and what they have imported."""

    def get(self, request: HttpRequest) -> HttpResponse:
        kinds = catalog.open_to(self.user)
        titles = {kind.KEY: kind.TITLE for kind in kinds}
        waiting = self.files().filter(done_at__isnull=True, what__in=titles).order_by("-pk")[:PAST]
        past = Event.objects.filter(stream=Ledger(pk=LEDGER).stream, by=self.user).order_by("-pk")[:PAST]
        context = {
            "kinds": [
                {"title": kind.TITLE, "about": kind.ABOUT, "url": f"/imports/{kind.KEY}/"} for kind in kinds
            ],
            "waiting": [
                {
                    "name": file.name,
                    "title": titles[file.what],
                    "when": present.moment(file.at),
                    "url": f"/imports/{file.what}/{file.pk}/",
                }
                for file in waiting
            ],
            "past": [
                {
                    "label": event.label,
                    "name": event.data.get("file", ""),
                    "when": present.moment(event.at),
                    "iso": event.at.isoformat(),
                    "rows": event.data.get("rows", 0),
                    "lines": event.data.get("lines", 0),
                    "left_out": event.data.get("left_out", 0),
                }
                for event in past
            ],
            "kept_hours": ImportFile.KEPT.total_seconds() / 3600,
        }
        return render(request, "registry/imports/list.html", context)


class BringView(ImportPage):
    """One kind: its columns, its template, and where a file is brought."""

    def get(self, request: HttpRequest, what: str) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest, what: str) -> HttpResponse:
        upload = request.FILES.get("file")
        if self.kind and upload is None:
            return self.show("请选择要导入的文件", status=422)
        try:
            file = brought.keep_upload(self.kind, upload, by=self.user, at=clock.now())
        except Unreadable as error:
            return self.show(str(error), status=422)
        return redirect(f"{self.home}{file.pk}/")

    def show(self, problem: str = "", *, status: int = 200) -> HttpResponse:
        context = {
            "kind": self.kind,
            "columns": [
                {
                    "heading": column.heading,
                    "must": "必填" if column.cell.required else "选填",
                    "tip": column.tip or (f"可选：{'、'.join(column.choices)}" if column.choices else ""),
                    "example": column.example,
                }
                for column in self.kind.columns
            ],
            "most": self.kind.table().most_rows,
            "megabytes": MAX_BYTES >> 20,
            "errors": [{"text": problem, "url": "#id_file"}] if problem else [],
        }
        return render(self.request, "registry/imports/bring.html", context, status=status)


class TemplateView(ImportPage):
    """The workbook to fill in; with `?filled=1` with what is on the books, which is an export and recorded as one."""

    def get(self, request: HttpRequest, what: str) -> HttpResponse:
        filled = self.kind.LISTS and "filled" in request.GET
        rows = self.kind.listed(self.user) if filled else []
        content = template(self.kind, rows)
        if filled:
            title, now = f"{self.kind.TITLE}（导入表）", clock.now()
            note_export(title, by=self.user, at=now, content=content, rows=len(rows), format="xlsx")
        return attachment(content, name=f"导入{self.kind.TITLE}.xlsx")


class PreviewView(ImportPage):
    """What the file would do, row by row, before anything is written; the person's word; and what came of it."""

    def get(self, request: HttpRequest, what: str, pk: int) -> HttpResponse:
        return self.show(self.get_file())

    def post(self, request: HttpRequest, what: str, pk: int) -> HttpResponse:
        file = self.get_file()
        word = request.POST.get("do", "")
        if word == DROP and file.done_at is None:
            brought.forget(file)
            messages.success(request, f"已放弃“{file.name}”，没有写入任何内容")
            return redirect(self.home)
        if word not in {ALL, SOUND}:
            return self.show(file, problem="请选择导入，或者放弃", status=422)
        try:
            outcome = brought.import_once(file, by=self.user, at=clock.now(), skip_invalid=word == SOUND)
        except NotNow as refusal:
            messages.warning(request, refusal.message)
            return redirect(request.path)
        except Unreadable as error:
            return self.show(file, problem=str(error), status=422)
        if outcome.stopped or outcome.dry_run:
            wrong = outcome.counts[INVALID]
            words = f"有 {wrong} 行有误，没有写入任何内容。请改正后重新上传，或者只导入正确的行"
            return self.show(file, problem=words, status=422)
        messages.success(request, done_words(outcome))
        return redirect(request.path)

    def show(self, file: ImportFile, *, problem: str = "", status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {"kind": self.kind, "file": file, "home": self.home}
        try:
            outcome = brought.look_at(file, by=self.user, at=clock.now())
        except Unreadable as error:
            context["errors"] = [{"text": str(error)}]
            return render(self.request, "registry/imports/preview.html", context, status=422)
        context |= self.page(outcome)
        context["errors"] = [{"text": problem}] if problem else []
        context["done"] = (
            f"写入 {file.rows} 行，略过 {file.left_out} 行。下表是按现在的登记情况重新核对的结果。"
        )
        return render(self.request, "registry/imports/preview.html", context, status=status)

    def page(self, outcome: ImportOutcome) -> dict[str, Any]:
        counts = outcome.counts
        shown = self.request.GET.get("show", "")
        if shown not in counts:
            shown = INVALID if counts[INVALID] and not shown else ""
        rows = [row for row in outcome.rows if not shown or row.status == shown]
        listed, pager = paged(self.request, rows, size=PER_PAGE, measure="行")
        tabs = [
            ("any", "全部", len(outcome.rows)),
            *((key, word, counts[key]) for key, word in outcome.statuses.items()),
        ]
        return {
            "counts": [{"label": outcome.statuses[key], "value": number} for key, number in counts.items()],
            "wrong": counts[INVALID],
            "sound": len(outcome.rows) - counts[INVALID],
            "moves": sum(n for key, n in counts.items() if key not in {SAME, INVALID, "matched"}),
            "total": len(outcome.rows),
            "notes": outcome.notes,
            "made": [f"{word} {number}" for word, number in outcome.made.items() if number],
            "tabs": [
                {"label": word, "count": n, "url": f"?show={key}", "current": (shown or "any") == key}
                for key, word, n in tabs
            ],
            "rows": [line for row in listed for line in self.lines(row)],
            "pager": pager,
        }

    def lines(self, row: RowOutcome) -> list[dict[str, Any]]:
        """A row as the table shows it: one line, or one for each cell that is wrong."""
        about = " · ".join(filter(None, (row.cells.get(column, "") for column in self.kind.TITLES)))
        common = {"n": row.line, "label": row.label, "tone": TONES[row.status], "about": about}
        if not row.problems:
            return [common | {"note": row.note, "good": True}]
        return [
            common
            | {"column": one.column, "value": one.value, "problem": one.problem, "suggestion": one.suggestion}
            for one in row.problems
        ]


class MarkedView(ImportPage):
    """The file with its wrong cells marked."""

    def get(self, request: HttpRequest, what: str, pk: int) -> HttpResponse:
        file = self.get_file()
        try:
            outcome = brought.look_at(file, by=self.user, at=clock.now())
        except Unreadable as error:
            raise Http404(str(error)) from error
        stem = file.name.rpartition(".")[0] or file.name
        return attachment(marked_workbook(outcome), name=f"{stem}（标注）.xlsx")


def done_words(outcome: ImportOutcome) -> str:
    """已导入 3 行，略过有误的 2 行."""
    wrong = f"，略过有误的 {outcome.counts[INVALID]} 行" if outcome.counts[INVALID] else ""
    return (
        f"已导入 {outcome.changed} 行{wrong}" if outcome.changed else f"没有需要写入的内容，0 处变更{wrong}"
    )


__all__ = ["BringView", "ImportList", "MarkedView", "PreviewView", "TemplateView"]
