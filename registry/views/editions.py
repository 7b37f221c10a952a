"""办法版本: the editions of the measure's numbers, drawn up by an officer and put in force by a chief (Article 16)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from greenmfg import clock, rulebook
from greenmfg.periods import chinese_date
from greenmfg.rulebook import DRAFT_2023, Edition, IncompleteEdition
from registry.forms import BandForms, EditionForm, ForceForm
from registry.models import LaterEdition
from registry.models.editions import edition_on, editions
from registry.roles import CHIEF, OFFICER
from registry.upkeep import editions as upkeep
from registry.views.cases import number
from registry.views.rules import band_rows, differences, number_rows
from registry.views.upkeep import KeptPage, history, refusals, tried

LABELS = {
    "code": "版本号",
    "title": "名称",
    "basis": "依据",
    "note": "说明",
    "pool_threshold": "入库得分",
    "change_days": "变更报告期限（日）",
    "bar_years": "不得重新申报的期限（年）",
    "in_force_from": "施行日期",
    "put_by": "施行人（账号）",
}


def standing(since: date | None, *, in_force: Edition, code: str, today: date) -> dict[str, str]:
    """How an edition stands today: 现行, 待施行, 准备中 or 已过, as a tag."""
    if code == in_force.code:
        return {"label": "现行", "tone": "green"}
    if since is None:
        return {"label": "准备中", "tone": "orange"}
    return {"label": "待施行", "tone": "blue"} if since > today else {"label": "已过", "tone": "grey"}


class EditionList(KeptPage):
    """All editions: in preparation, to come, in force, past."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today()
        put, in_force = editions(), edition_on(today)
        preparing = LaterEdition.objects.filter(in_force_from__isnull=True).order_by("-pk")
        rows = [
            {
                "code": one.code,
                "title": one.title,
                "basis": one.basis,
                "since": chinese_date(one.in_force_from) if one.in_force_from else "",
                "tag": standing(one.in_force_from, in_force=in_force, code=one.code, today=today),
                "url": address(one.code),
            }
            for one in [*preparing, *reversed(put)]
        ]
        context = {"rows": rows, "in_force": in_force, "may_draft": OFFICER.held_by(self.user)}
        return render(request, "registry/manage/editions.html", context)


class EditionPage(KeptPage):
    """One edition: what it says, what differs from the draft of 2023, and putting it in force or taking it back."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        row = self.row(code)
        if row is None:
            return self.show(None, rulebook.edition_called(code, editions=rulebook.EDITIONS), None)
        return self.show(row, row.loaded(), self.form())

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        row = self.row(code)
        seen, now = number(request.POST.get("seen")), clock.now()
        if row is None:
            raise PermissionDenied("征求意见稿版本不能更改")
        if "take_back" in request.POST or "drop" in request.POST:
            return self.undone(row, seen)
        form = ForceForm(request.POST)
        if not CHIEF.held_by(self.user):
            self.refuse_role()
        status = 422
        if form.is_valid():
            since = form.cleaned_data["in_force_from"]
            done, status = tried(
                form, lambda: upkeep.put_in_force(row, since=since, seen=seen, by=self.user, at=now)
            )
            if done is not None:
                messages.success(request, f"版本 {row.code} 自{chinese_date(since)}起施行")
                return redirect(row.get_absolute_url())
        return self.show(row, row.loaded(), form, status=status)

    def undone(self, row: LaterEdition, seen: int) -> HttpResponse:
        """暂缓施行, or 放弃起草."""
        now, dropping = clock.now(), "drop" in self.request.POST
        with refusals() as refused:
            if dropping:
                upkeep.drop(row, seen=seen, by=self.user, at=now)
            else:
                upkeep.take_back(row, seen=seen, by=self.user, at=now)
        if refused:
            return self.show(row, row.loaded(), self.form(), errors=refused, status=409)
        messages.success(
            self.request, f"版本 {row.code} 已{'放弃起草' if dropping else '暂缓施行，可以修改'}"
        )
        return redirect("/manage/rules/editions/" if dropping else row.get_absolute_url())

    def form(self) -> ForceForm:
        return ForceForm(initial={"in_force_from": clock.today()})

    def row(self, code: str) -> LaterEdition | None:
        """The row; None for an edition that is code."""
        if code in {one.code for one in rulebook.EDITIONS}:
            return None
        return get_object_or_404(LaterEdition.objects.prefetch_related("bands", "drafters"), code=code)

    def show(
        self,
        row: LaterEdition | None,
        edition: Edition,
        form: ForceForm | None,
        *,
        errors: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        today, user = clock.today(), self.user
        in_force, since = edition_on(today), edition.in_force_from
        drafted = row is not None and since is None
        coming = row is not None and since is not None and since > today
        drafters = list(row.drafters.all()) if row else []
        context = {
            "edition": edition,
            "row": row,
            "form": form,
            "errors": errors,
            "tag": standing(since, in_force=in_force, code=edition.code, today=today),
            "since": chinese_date(since) if since else "",
            "bands": band_rows(edition),
            "numbers": number_rows(edition),
            "differences": differences(edition, DRAFT_2023) if row else [],
            "incomplete": self.incomplete(row) if row is not None and drafted else "",
            "drafters": "、".join(person.name for person in drafters),
            "put_by": row.put_by.name if row and row.put_by else "",
            "may_change": drafted and OFFICER.held_by(user),
            "may_put": drafted and CHIEF.held_by(user) and user not in drafters,
            "may_take_back": coming and CHIEF.held_by(user),
            "may_draft": OFFICER.held_by(user),
            "history": history(upkeep.LEDGER, edition.code, labels=labels_of(edition)) if row else [],
        }
        return render(self.request, "registry/manage/edition.html", context, status=status)

    def incomplete(self, row: LaterEdition) -> str:
        """Why it cannot be put in force as it is, in the rulebook's words; empty when it can."""
        try:
            row.loaded(on=clock.today())
        except IncompleteEdition as error:
            return str(error)
        return ""


class EditionEditor(KeptPage):
    """新版本, copied from one in force (`?from=`), and 修改 of one in preparation."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, code: str = "") -> HttpResponse:
        if code:
            row = self.row(code)
            fields = {name: getattr(row, name) for name in (*upkeep.TEXTS, *upkeep.NUMBERS)}
            bands = upkeep.copied(row.loaded())[1]
            form = EditionForm(initial=fields)
            return self.show(row, form, BandForms(initial=bands, prefix="band"))
        fields, bands = upkeep.copied(self.origin())
        return self.show(None, EditionForm(initial=fields), BandForms(initial=bands, prefix="band"))

    def post(self, request: HttpRequest, code: str = "") -> HttpResponse:
        row = self.row(code) if code else None
        form, bands = EditionForm(request.POST), BandForms(request.POST, prefix="band")
        if not (form.is_valid() and bands.is_valid()):
            return self.show(row, form, bands, status=422)
        given = [
            {name: one.cleaned_data.get(name) for name in ("code", "name", "title", "lower", "duties")}
            for one in bands
            if one.cleaned_data.get("title")
        ]
        now, seen = clock.now(), number(request.POST.get("seen"))
        done, status = tried(
            form,
            lambda: (
                upkeep.redraft(row, form.cleaned_data, given, seen=seen, by=self.user, at=now)
                if row
                else upkeep.draft(form.cleaned_data, given, by=self.user, at=now)
            ),
        )
        if done is None:
            return self.show(row, form, bands, status=status)
        messages.success(request, f"版本 {done.code} 已保存，准备中")
        return redirect(done.get_absolute_url())

    def row(self, code: str) -> LaterEdition:
        """One in preparation; what has been put in force is changed by nobody."""
        row: LaterEdition = get_object_or_404(LaterEdition.objects.prefetch_related("bands"), code=code)
        if row.in_force_from is not None:
            raise PermissionDenied(f"版本 {row.code} 已定施行日期，不能修改；如需更改，请起草新的版本")
        return row

    def origin(self) -> Edition:
        try:
            asked = self.request.GET.get("from")
            known = editions()
            return rulebook.edition_called(asked, editions=known) if asked else edition_on(clock.today())
        except rulebook.NoEdition as error:
            raise Http404 from error

    def show(
        self, row: LaterEdition | None, form: EditionForm, bands: Any, *, status: int = 200
    ) -> HttpResponse:
        context = {
            "row": row,
            "form": form,
            "bands": bands,
            "back": row.get_absolute_url() if row else "/manage/rules/editions/",
            "heads": [form[name] for name in ("code", "title", "basis", "note")],
            "numbers": [form[name] for name in upkeep.NUMBERS],
        }
        return render(self.request, "registry/manage/edition_form.html", context, status=status)


def address(code: str) -> str:
    return f"/manage/rules/editions/{code}/"


def labels_of(edition: Edition) -> dict[str, str]:
    """Names in the ledger's entries → the words on the page."""
    return LABELS | {f"band_{band.code}": f"级别“{band.name}”" for band in edition.bands}
