"""期限与设置: every setting with its value, basis and day; a page of each with its history and the form for the next value."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from greenmfg import clock
from greenmfg.periods import chinese_date
from registry.forms import SettingForm
from registry.models import Setting
from registry.models.editions import edition_on
from registry.models.terms import AGENCIES, CONTACTS, DEADLINES, FILES, KNOWN, NOTICES, USE, Known
from registry.upkeep import settings
from registry.views.upkeep import KeptPage, history, refusals, tried

ORDER = (DEADLINES, NOTICES, AGENCIES, CONTACTS, FILES, USE)
LABELS = {"value": "值", "basis": "依据", "in_force_from": "施行日期"}


def words(key: str, value: str) -> str:
    """5 个工作日."""
    return f"{value} {KNOWN[key].unit}".strip()


class TermList(KeptPage):
    """All settings, by subject."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today()
        terms = Setting.terms(on=today)
        coming: dict[str, Setting] = {}
        for row in Setting.objects.filter(in_force_from__gt=today).order_by("in_force_from"):
            coming.setdefault(row.key, row)
        rows = [
            {
                "group": known.group,
                "label": known.label,
                "url": f"/manage/rules/{key}/",
                "term": terms[key],
                "since": chinese_date(terms[key].since),
                "is_default": terms[key].basis == known.basis and terms[key].value == known.default,
                "next": key in coming and words(key, coming[key].value),
                "next_since": key in coming and chinese_date(coming[key].in_force_from),
                "keeper": known.keeper.label,
                "mine": known.keeper.held_by(self.user),
            }
            for key, known in KNOWN.items()
        ]
        rows.sort(key=lambda row: _place(str(row["group"])))
        groups = [
            {"title": title, "rows": list(found)} for title, found in groupby(rows, key=lambda r: r["group"])
        ]
        edition = edition_on(today)
        context = {"groups": groups, "edition": edition, "since": _day(edition.in_force_from)}
        return render(request, "registry/manage/rules.html", context)


class TermPage(KeptPage):
    """One setting: what held when and why, and the form for a value from a day on. POST sets one, or withdraws one to come."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        return self.show(key, self.form(key))

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        known, now = self.known(key), clock.now()
        if "take_down" in request.POST:
            return self.take_down(key, request.POST["take_down"])
        form = SettingForm(request.POST, known=known)
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            row, status = tried(
                form,
                lambda: settings.set_value(
                    key,
                    value=given["value"],
                    basis=given["basis"],
                    since=given["in_force_from"],
                    by=self.user,
                    at=now,
                ),
            )
            if row is not None:
                day = chinese_date(row.in_force_from)
                messages.success(request, f"已设定：{known.label}自{day}起为 {words(key, row.value)}")
                return redirect(request.path)
        elif not known.keeper.held_by(self.user):
            self.refuse_role()
        return self.show(key, form, status=status)

    def take_down(self, key: str, day: str) -> HttpResponse:
        try:
            since = date.fromisoformat(day)
        except ValueError as error:
            raise Http404(day) from error
        with refusals() as refused:
            settings.take_down(key, since=since, by=self.user, at=clock.now())
        if refused:
            return self.show(key, self.form(key), errors=refused, status=409)
        messages.success(self.request, f"已撤下自{chinese_date(since)}起的设定值")
        return redirect(self.request.path)

    def form(self, key: str) -> SettingForm:
        """As it opens: the value of today, from tomorrow on."""
        known, today = self.known(key), clock.today()
        initial = {"in_force_from": today + timedelta(days=1), "value": Setting.text(key, on=today)}
        return SettingForm(known=known, initial=initial)

    def known(self, key: str) -> Known:
        if key not in KNOWN:
            raise Http404(key)
        return KNOWN[key]

    def show(self, key: str, form: SettingForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        known, today = self.known(key), clock.today()
        context = {
            "known": known,
            "key": key,
            "form": form,
            "errors": errors,
            "may_set": known.keeper.held_by(self.user),
            "values": values(key, today=today),
            "history": history(settings.LEDGER, key, labels=LABELS),
        }
        return render(self.request, "registry/manage/setting.html", context, status=status)


def values(key: str, *, today: date) -> list[dict[str, Any]]:
    """All values of a setting, the latest day first: those to come, the one in force, those of before, the default."""
    known = KNOWN[key]
    rows = [
        (row.value, row.basis, row.in_force_from)
        for row in Setting.objects.filter(key=key).order_by("-in_force_from")
    ]
    if not rows or rows[-1][2] > known.since:
        rows.append((known.default, known.basis, known.since))
    found: list[dict[str, Any]] = []
    in_force = next(since for _, _, since in rows if since <= today)
    until: date | None = None
    for value, basis, since in rows:
        state = "现行" if since == in_force else "待施行" if since > today else "已过"
        found.append(
            {
                "value": words(key, value),
                "basis": basis,
                "since": chinese_date(since),
                "until": _day(until and until - timedelta(days=1)),
                "iso": since.isoformat(),
                "state": state,
                "tone": {"现行": "green", "待施行": "blue"}.get(state, "grey"),
                "withdrawable": state == "待施行",
            }
        )
        until = since
    return found


def _place(group: str) -> int:
    return ORDER.index(group) if group in ORDER else len(ORDER)


def _day(day: date | None) -> str:
    return chinese_date(day) if day else ""
