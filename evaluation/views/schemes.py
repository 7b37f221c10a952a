"""指标体系: read by who works by them, drawn up by an officer and put in force by a chief (Article 7)."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from evaluation import upkeep
from evaluation.books import differences
from evaluation.models import SchemeVersion
from evaluation.scheme import Item, Scheme, Waiver
from evaluation.telling import measured_by, values_of
from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category
from registry.forms import ForceForm
from registry.roles import CHIEF, OFFICER
from registry.views.cases import RoleRequired, number
from registry.views.context import STAFF
from registry.views.site import CATEGORIES
from registry.views.upkeep import history, refusals, tried

HOME = "/manage/indicators/"
DIFFERENCES = 100  # on a page; two schemes that have nothing in common differ in everything
LABELS = {
    "code": "编号",
    "category": "类型",
    "title": "名称",
    "basis": "依据",
    "note": "说明",
    "replaces": "替代",
    "in_force_from": "施行日期",
    "source": "来源",
    "checked": "核对依据",
}
WHOLE = {"起草指标体系", "放弃起草"}  # entries that say a whole scheme, of which a page shows the heads


class SchemeView(RoleRequired, View):
    """A page of schemes, each fetched among those that this person may read."""

    roles = STAFF

    def row(self, code: str) -> SchemeVersion:
        rows = SchemeVersion.objects.visible_to(self.user, on=clock.today())
        return get_object_or_404(rows.select_related("put_by", "replaces"), code=code)


def in_force_now(rows: list[SchemeVersion], today: date) -> set[int]:
    """Those in force that none in force has replaced."""
    begun = [row for row in rows if row.in_force_from and row.in_force_from <= today]
    return {row.pk for row in begun} - {row.replaces_id for row in begun if row.replaces_id}


def tag_of(row: SchemeVersion, *, now: set[int], today: date) -> dict[str, str]:
    """How a scheme stands today."""
    if row.archived:
        return {"label": "仅供查阅", "tone": "grey"}
    if row.in_force_from is None:
        return {"label": "准备中", "tone": "orange"}
    if row.in_force_from > today:
        return {"label": f"自{chinese_date(row.in_force_from)}起施行", "tone": "blue"}
    return {"label": "施行中", "tone": "green"} if row.pk in now else {"label": "已被替代", "tone": "grey"}


class SchemeList(SchemeView):
    """All schemes that this person may read, by category."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today()
        rows = list(SchemeVersion.objects.visible_to(self.user, on=today))
        now = in_force_now(rows, today)
        groups = []
        for category in Category:
            mine = [row for row in rows if row.category == category]
            # What is worked on first, then by day, what is only read last.
            mine.sort(key=lambda row: (row.archived, row.in_force_from is not None, _latest_first(row)))
            groups.append({"label": category.label, "rows": [self.told(row, now, today) for row in mine]})
        context = {
            "groups": groups,
            "total": len(rows),
            "may_draft": OFFICER.held_by(self.user),
            "may_try": self.user.plays(OFFICER, CHIEF),
        }
        return render(request, "evaluation/schemes/list.html", context)

    def told(self, row: SchemeVersion, now: set[int], today: date) -> dict[str, Any]:
        scheme = row.loaded()
        return {
            "code": row.code,
            "title": row.title,
            "url": row.get_absolute_url(),
            "tag": tag_of(row, now=now, today=today),
            "since": chinese_date(row.in_force_from) if row.in_force_from else "",
            "items": len(scheme.items),
            "doubts": len(scheme.doubts),
            "open": sum(1 for item in scheme.items if item.is_open),
            "example": row.is_example,
        }


def _latest_first(row: SchemeVersion) -> int:
    return -(row.in_force_from.toordinal() if row.in_force_from else row.pk)


class SchemePage(SchemeView):
    """One scheme wholly, what stands against it, its history; putting it in force, taking it back, giving it up."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.show(self.row(code), self.form())

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        row = self.row(code)
        seen = number(request.POST.get("seen"))
        if "take_back" in request.POST or "drop" in request.POST:
            return self.undone(row, seen)
        if "vouch" in request.POST:
            return self.vouched(row, seen)
        form = ForceForm(request.POST)
        if not CHIEF.held_by(self.user):
            self.refuse_role()
        status = 422
        if form.is_valid():
            since, now = form.cleaned_data["in_force_from"], clock.now()
            done, status = tried(
                form, lambda: upkeep.put_in_force(row, since=since, seen=seen, by=self.user, at=now)
            )
            if done is not None:
                messages.success(request, f"{row.title}自{chinese_date(since)}起施行")
                return redirect(row.get_absolute_url())
        return self.show(row, form, status=status)

    def vouched(self, row: SchemeVersion, seen: int) -> HttpResponse:
        """核对."""
        with refusals() as refused:
            upkeep.vouch(row, seen=seen, by=self.user, at=clock.now())
        if refused:
            return self.show(row, self.form(), errors=refused, status=409)
        messages.success(self.request, f"{row.title}已核对，可报负责人施行")
        return redirect(row.get_absolute_url())

    def undone(self, row: SchemeVersion, seen: int) -> HttpResponse:
        """暂缓施行, or 放弃起草."""
        now, dropping = clock.now(), "drop" in self.request.POST
        with refusals() as refused:
            if dropping:
                upkeep.drop(row, seen=seen, by=self.user, at=now)
            else:
                upkeep.take_back(row, seen=seen, by=self.user, at=now)
        if refused:
            return self.show(row, self.form(), errors=refused, status=409)
        messages.success(self.request, f"{row.title}已{'放弃起草' if dropping else '暂缓施行，可以修改'}")
        return redirect(HOME if dropping else row.get_absolute_url())

    def form(self) -> ForceForm:
        return ForceForm(initial={"in_force_from": clock.today()})

    def show(
        self, row: SchemeVersion, form: ForceForm, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        today, user, scheme = clock.today(), self.user, row.loaded()
        rows = list(SchemeVersion.objects.visible_to(user, on=today).filter(category=row.category))
        bureau = user.plays(OFFICER, CHIEF)
        drafters = list(row.drafters.all())
        may_change = row.is_draft and OFFICER.held_by(user)
        problems = scheme.problems() if row.is_draft else []
        context = {
            "row": row,
            "form": form,
            "errors": errors,
            "category": CATEGORIES[row.category],
            "tag": tag_of(row, now=in_force_now(rows, today), today=today),
            "since": chinese_date(row.in_force_from) if row.in_force_from else "",
            "sections": sections_of(scheme, problems, row if may_change else None),
            "items": len(scheme.items),
            "doubts": len(scheme.doubts),
            "problems": [told_problem(scheme, code, words) for code, words in problems],
            "compared": self.compared(row, scheme, rows),
            "drafters": "、".join(person.name for person in drafters),
            "put_by": row.put_by.name if row.put_by else "",
            "bureau": bureau,
            "may_change": may_change,
            "may_draft": OFFICER.held_by(user),
            "may_put": row.is_draft and CHIEF.held_by(user) and user not in drafters,
            "may_vouch": may_change and not drafters,
            "may_take_back": bool(row.in_force_from and row.in_force_from > today) and CHIEF.held_by(user),
            "may_try": bureau and not row.archived and row.category == Category.GREEN_FACTORY,
            "history": changes_of(row.code) if bureau else [],
        }
        return render(self.request, "evaluation/schemes/scheme.html", context, status=status)

    def compared(
        self, row: SchemeVersion, scheme: Scheme, rows: list[SchemeVersion]
    ) -> dict[str, Any] | None:
        """What it says otherwise than another of its category: the one it replaces, unless `?with=` names one."""
        others = [one for one in rows if one.pk != row.pk]
        asked = self.request.GET.get("with", "")
        chosen = next((one for one in others if one.code == asked), row.replaces)
        if not others:
            return None
        found = differences(chosen.loaded(), scheme) if chosen else []
        return {
            "with": chosen,
            "options": others,
            "rows": found[:DIFFERENCES],
            "count": len(found),
            "more": len(found) > DIFFERENCES,
        }


def sections_of(
    scheme: Scheme, problems: list[tuple[str, str]], changing: SchemeVersion | None
) -> list[dict[str, Any]]:
    """The whole scheme for reading; with the addresses of the forms where it may be changed."""
    wrong: dict[str, list[str]] = {}
    for code, words in problems:
        wrong.setdefault(code, []).append(words)
    return [
        {
            "code": section.code,
            "name": section.name,
            "points": f"{section.points:f}" if section.points else "",
            "problems": wrong.get(section.code, []),
            "items": [
                told_item(item) | {"url": item_url(changing.code, item.code) if changing else ""}
                for item in section.items
            ],
        }
        for section in scheme.sections
    ]


def told_item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "kind": item.kind.label,
        "points": f"{item.points:f}" if item.is_scored else "",
        "step": f"{item.step:f}" if item.step is not None else "",
        "gauges": [
            {"words": measured_by(gauge), "values": values_of(gauge, item.kind)} for gauge in item.gauges
        ],
        "several": len(item.gauges) > 1,
        "waiver": item.waiver.label if item.waiver is not Waiver.NONE else "",
        "evidence": item.evidence,
        "guide": item.guide,
        "doubt": item.doubt,
    }


def item_url(scheme: str, item: str) -> str:
    return f"{HOME}{scheme}/items/{quote(item, safe='')}/"


def told_problem(scheme: Scheme, code: str, words: str) -> dict[str, str]:
    """One thing that stands against putting it in force, with the place where it stands."""
    if code in scheme.by_code:
        return {"text": f"{code} {scheme.by_code[code].name}：{words}", "url": f"#item-{code}"}
    if section := next((one for one in scheme.sections if one.code == code), None):
        return {"text": f"{section.name}：{words}", "url": f"#section-{code}"}
    return {"text": words, "url": ""}


def changes_of(code: str) -> list[dict[str, Any]]:
    """The scheme's entries in the ledger, for `history.html`."""
    found = history(upkeep.LEDGER, code, labels=LABELS)
    for change in found:
        if change["label"] in WHOLE:
            change["rows"] = [row for row in change["rows"] if row["name"] in LABELS.values()]
    return found


__all__ = ["HOME", "SchemeList", "SchemePage", "SchemeView", "item_url"]
