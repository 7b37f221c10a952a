"""指标体系工作簿: a scheme as a file, and a file as a draft, looked at before a word is written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from evaluation import books, upkeep
from evaluation.models import SchemeVersion
from evaluation.scheme import Scheme
from greenmfg import clock
from registry.acts import NotNow, NotYours
from registry.models import ImportFile
from registry.resources import brought
from registry.resources.sheets import MAX_BYTES, Unreadable
from registry.roles import CHIEF, OFFICER
from registry.views import present
from registry.views.cases import RoleRequired, number
from registry.views.exports import attachment, note_export
from registry.views.site import paged

HOME = "/manage/indicators/import/"
DRAW_UP, DROP = "draw_up", "drop"
STATES = {"in_force": "已施行或者待施行", "archived": "仅供查阅"}
PER_PAGE = 100
WAITING = 20


class SchemeFile(RoleRequired, View):
    """A scheme as a workbook: an export, and recorded as one."""

    roles = (OFFICER, CHIEF)

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        row = get_object_or_404(SchemeVersion, code=code)
        scheme = row.loaded()
        content = books.scheme_workbook(scheme)
        title, now = f"指标体系 {row.code}", clock.now()
        note_export(title, by=self.user, at=now, content=content, rows=len(scheme.items), format="xlsx")
        return attachment(content, name=f"{row.title}.xlsx")


class SchemeImport(RoleRequired, View):
    """A page of importing schemes, for who draws them up."""

    roles = (OFFICER,)

    def files(self) -> QuerySet[ImportFile]:
        """The workbooks that this person brought."""
        return ImportFile.objects.visible_to(self.user, now=clock.now()).filter(what=books.KEY)

    def get_file(self, pk: int) -> ImportFile:
        return get_object_or_404(self.files(), pk=pk)


class BringScheme(SchemeImport):
    """Where a workbook is brought, and what it should look like."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        upload = request.FILES.get("file")
        if upload is None:
            return self.show("请选择要导入的工作簿", status=422)
        try:
            file = books.keep_upload(upload, by=self.user, at=clock.now())
        except Unreadable as error:
            return self.show(str(error), status=422)
        return redirect(f"{HOME}{file.pk}/")

    def show(self, problem: str = "", *, status: int = 200) -> HttpResponse:
        waiting = self.files().filter(done_at__isnull=True).order_by("-pk")[:WAITING]
        context = {
            "waiting": [
                {"name": file.name, "when": present.moment(file.at), "url": f"{HOME}{file.pk}/"}
                for file in waiting
            ],
            "kept_hours": ImportFile.KEPT.total_seconds() / 3600,
            "sheets": [
                {
                    "name": leaf.name,
                    "about": leaf.about,
                    "columns": "、".join(c.heading for c in leaf.columns),
                }
                for leaf in books.LEAVES
            ],
            "most": books.MOST_ROWS,
            "megabytes": MAX_BYTES >> 20,
            "errors": [{"text": problem, "url": "#id_file"}] if problem else [],
        }
        return render(self.request, "evaluation/books/bring.html", context, status=status)


class EmptyWorkbook(SchemeImport):
    """The workbook to fill in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return attachment(books.empty_workbook(), name="指标体系（空白工作簿）.xlsx")


class SchemePreview(SchemeImport):
    """What a workbook says: the cells that are wrong, or the draft that it would become; and the person's word."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.get_file(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        file, word = self.get_file(pk), request.POST.get("do", "")
        if word == DROP and file.done_at is None:
            brought.forget(file)
            messages.success(request, f"已放弃“{file.name}”，没有写入任何内容")
            return redirect(HOME)
        if word != DRAW_UP:
            return self.show(file, problems=["请选择保存为起草，或者放弃"], status=422)
        return self.drawn_up(file)

    def drawn_up(self, file: ImportFile) -> HttpResponse:
        """The draft's page; or this one again with why there is none."""
        seen, status = number(self.request.POST.get("seen")), 422
        try:
            checked = self.request.POST.get("checked", "")
            _, row = books.bring_in(file, seen=seen, by=self.user, at=clock.now(), checked=checked)
        except NotYours as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except NotNow as refusal:
            problems, status = [refusal.message], 409
        except ValidationError as wrong:
            problems = wrong.messages
        except Unreadable as error:
            problems = [str(error)]
        else:
            if row is not None:
                same = row.version == seen
                words = "与工作簿相同，没有变更" if same else "已保存，准备中"
                messages.success(self.request, f"指标体系“{row.title}”{words}")
                return redirect(row.get_absolute_url())
            problems = ["有单元格有误，没有写入任何内容"]
        file.refresh_from_db()
        return self.show(file, problems=problems, status=status)

    def show(self, file: ImportFile, *, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {"file": file, "home": HOME}
        try:
            reading = books.look_at(file)
        except Unreadable as error:
            context["errors"] = [{"text": str(error)}]
            return render(self.request, "evaluation/books/preview.html", context, status=422)
        told = list(problems or ())
        context |= self.wrong(reading) if reading.scheme is None else self.sound(reading.scheme, file, told)
        context |= {"notes": reading.notes, "errors": [{"text": text} for text in told]}
        return render(self.request, "evaluation/books/preview.html", context, status=status)

    def wrong(self, reading: books.Reading) -> dict[str, Any]:
        faults, pager = paged(self.request, reading.faults, size=PER_PAGE, measure="处")
        return {
            "faults": [{"sheet": one.sheet, "cell": one.cell, "said": one.said} for one in faults],
            "wrong": len(reading.faults),
            "pager": pager,
        }

    def sound(self, scheme: Scheme, file: ImportFile, told: list[str]) -> dict[str, Any]:
        """What would be drawn up, and what would change in the draft that is there; `told` gathers what is in the way."""
        row = SchemeVersion.objects.filter(code=scheme.code).first()
        if row and not row.is_draft and file.done_at is None and not told:
            told.append(
                f"编号 {row.code} 的指标体系{STATES[row.state]}，不能更改；请在“说明”工作表 B2 更换编号"
            )
        return {
            "scheme": scheme,
            "facts": [
                {"label": label, "value": value}
                for label, value in (
                    ("编号", scheme.code),
                    ("类型", scheme.category.label),
                    ("名称", scheme.title),
                    ("依据", scheme.basis),
                    ("说明", scheme.note),
                )
            ],
            "counts": f"{len(scheme.sections)} 个一级指标，{len(scheme.items)} 项指标",
            "sections": [
                {
                    "name": section.name,
                    "points": f"{section.points:f}" if section.points else "",
                    "items": [
                        {
                            "code": item.code,
                            "name": item.name,
                            "kind": item.kind.label,
                            "points": f"{item.points:f}" if item.is_scored else "",
                            "open": item.is_open,
                            "doubt": item.doubt,
                        }
                        for item in section.items
                    ],
                }
                for section in scheme.sections
            ],
            "there": row,
            "may": row is None or row.is_draft,
            "differences": books.differences(row.loaded(), scheme) if row and row.is_draft else [],
            "cleared": [item.name for item in upkeep.cleared(row.loaded(), scheme)]
            if row and row.is_draft
            else [],
            "checked": self.request.POST.get("checked", ""),
            "seen": row.version if row else 0,
            "open": len(scheme.problems()),
        }


class MarkedScheme(SchemeImport):
    """The workbook with its wrong cells marked."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        file = self.get_file(pk)
        try:
            reading = books.look_at(file)
        except Unreadable as error:
            raise Http404(str(error)) from error
        stem = file.name.rpartition(".")[0] or file.name
        return attachment(books.marked_scheme(reading), name=f"{stem}（标注）.xlsx")


__all__ = ["BringScheme", "EmptyWorkbook", "MarkedScheme", "SchemeFile", "SchemePreview"]
