"""Drawing up a scheme in the browser: a copy of another, its heads, one item after the other (Article 7)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from evaluation import upkeep
from evaluation.forms import HeadForm, ItemForm
from evaluation.models import SchemeVersion
from evaluation.scheme import Item
from evaluation.telling import measured_by, values_of
from evaluation.views.schemes import SchemeView, item_url
from greenmfg import clock
from registry.roles import OFFICER
from registry.views.cases import number
from registry.views.upkeep import tried


class SchemeEditor(SchemeView):
    """A page of an officer's."""

    roles = (OFFICER,)

    def draft(self, code: str) -> SchemeVersion:
        """One in preparation; the others are changed by nobody."""
        row = self.row(code)
        if not row.is_draft:
            raise PermissionDenied(f"{row.title}不在准备中，不能修改；如需更改，请据此起草新的版本")
        return row

    def seen(self, row: SchemeVersion) -> str:
        """The version that the form was filled in on: what was typed over another is not taken for its successor."""
        return self.request.POST.get("seen") or str(row.version)

    def saved(self, form: Form, change: Any, words: str) -> tuple[HttpResponse | None, int]:
        """Make the change; (where to go on, or None with what to tell in the form, and the status)."""
        done, status = tried(form, change)
        if done is None:
            return None, status
        messages.success(self.request, words)
        return redirect(done.get_absolute_url()), 302


class NewScheme(SchemeEditor):
    """据此起草: a copy of one that there is (`?from=`), under a code of its own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        origin = self.origin()
        successor_to = origin if origin.in_force_from else origin.replaces
        heads = {"title": origin.title, "note": origin.note, "replaces": successor_to and successor_to.code}
        return self.show(origin, HeadForm(category=origin.category, initial=heads))

    def post(self, request: HttpRequest) -> HttpResponse:
        origin, status = self.origin(), 422
        form = HeadForm(request.POST, category=origin.category)
        if form.is_valid():
            now, source = clock.now(), f"据 {origin.code}《{origin.title}》起草"
            answer, status = self.saved(
                form,
                lambda: upkeep.draft(
                    form.changed_scheme(origin.loaded()),
                    by=self.user,
                    at=now,
                    source=source,
                    replaces=form.cleaned_data["replaces"],
                ),
                "已保存，准备中；请逐项修改，核对后由市局负责人施行",
            )
            if answer is not None:
                return answer
        return self.show(origin, form, status=status)

    def origin(self) -> SchemeVersion:
        code = self.request.GET.get("from", "")
        if not code:
            raise Http404
        return self.row(code)

    def show(self, origin: SchemeVersion, form: HeadForm, *, status: int = 200) -> HttpResponse:
        context = {"origin": origin, "form": form, "back": origin.get_absolute_url()}
        return render(self.request, "evaluation/schemes/heads.html", context, status=status)


class EditHeads(SchemeEditor):
    """What a scheme in preparation is called, what it stands on, and its sections."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        row = self.draft(code)
        heads = {name: getattr(row, name) for name in ("code", "title", "basis", "note")}
        heads["replaces"] = row.replaces and row.replaces.code
        return self.show(row, self.form(row, initial=heads))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        row, status = self.draft(code), 422
        form = self.form(row, request.POST)
        if form.is_valid():
            now, seen = clock.now(), number(request.POST.get("seen"))
            changed = form.changed_scheme(row.loaded())
            answer, status = self.saved(
                form,
                lambda: upkeep.redraft(
                    row, changed, seen=seen, by=self.user, at=now, replaces=form.cleaned_data["replaces"]
                ),
                "已保存，准备中",
            )
            if answer is not None:
                return answer
        return self.show(row, form, status=status)

    def form(self, row: SchemeVersion, data: Any = None, **kwargs: Any) -> HeadForm:
        return HeadForm(data, category=row.category, own=row.code, scheme=row.loaded(), **kwargs)

    def show(self, row: SchemeVersion, form: HeadForm, *, status: int = 200) -> HttpResponse:
        context = {"row": row, "form": form, "back": row.get_absolute_url(), "seen": self.seen(row)}
        return render(self.request, "evaluation/schemes/heads.html", context, status=status)


class EditItem(SchemeEditor):
    """One item of a scheme in preparation."""

    def get(self, request: HttpRequest, code: str, item: str) -> HttpResponse:
        row, found = self.item(code, item)
        return self.page(row, ItemForm(item=found))

    def post(self, request: HttpRequest, code: str, item: str) -> HttpResponse:
        (row, found), status = self.item(code, item), 422
        form = ItemForm(request.POST, item=found)
        if form.is_valid():
            now, seen = clock.now(), number(request.POST.get("seen"))
            changed, checked = form.changed(), form.cleaned_data.get("checked", "")
            answer, status = self.saved(
                form,
                lambda: upkeep.change_item(row, changed, seen=seen, by=self.user, at=now, checked=checked),
                f"{found.code} {found.name}已保存",
            )
            if answer is not None:
                return redirect(self.onward(row, found))
        return self.page(row, form, status=status)

    def item(self, code: str, item: str) -> tuple[SchemeVersion, Item]:
        row = self.draft(code)
        found = row.loaded().by_code.get(item)
        if found is None:
            raise Http404
        return row, found

    def onward(self, row: SchemeVersion, item: Item) -> str:
        """The next item where that was asked for, else the item's place in the scheme."""
        items = row.loaded().items
        after = items[items.index(item) + 1 :]
        if "next" in self.request.POST and after:
            return item_url(row.code, after[0].code)
        return f"{row.get_absolute_url()}#item-{item.code}"

    def page(self, row: SchemeVersion, form: ItemForm, *, status: int = 200) -> HttpResponse:
        item, items = form.item, row.loaded().items
        context = {
            "row": row,
            "item": item,
            "section": row.loaded().section_of[item.code],
            "form": form,
            "measures": [
                {
                    "words": measured_by(gauge),
                    "fields": fields,
                    "values": [] if fields else values_of(gauge, item.kind),
                }
                for gauge, fields in form.measures()
            ],
            "back": f"{row.get_absolute_url()}#item-{item.code}",
            "is_last": item is items[-1],
            "seen": self.seen(row),
        }
        return render(self.request, "evaluation/schemes/item.html", context, status=status)


__all__ = ["EditHeads", "EditItem", "NewScheme"]
