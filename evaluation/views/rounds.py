"""分级评价批次: the list, planning one, how far it has come by district and agency, ending it (Article 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from evaluation import rounds
from evaluation.forms.rounds import EndRoundForm, RoundForm
from evaluation.models import Grading, GradingRound, schemes_on
from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category
from registry.acts import Refused
from registry.models import District, EvaluatorAgency, Event
from registry.roles import CHIEF, DISTRICT, OFFICER
from registry.views import present
from registry.views.cases import RoleRequired, number
from registry.views.exports import Exporting, Shown

BUREAU = (OFFICER, CHIEF)
STATES = [(str(value), str(label)) for value, label in Grading.State.choices]
LIST = "/gradings/"


def tag_of(round: GradingRound) -> dict[str, str]:
    """Is the round going on?"""
    return {"label": "已结束", "tone": "grey"} if round.ended_at else {"label": "进行中", "tone": "blue"}


def pair_of(value: str) -> tuple[int, int] | None:
    """Two numbers from `12:3`, what a box of a form stands for; the second is 0 where it is empty."""
    one, _, two = value.partition(":")
    return (number(one), number(two)) if number(one) else None


class RoundList(Exporting, RoleRequired, View):
    """分级评价: all rounds with how far each has come; a district's officers see the numbers of their own."""

    roles = (OFFICER, CHIEF, DISTRICT)
    title = "分级评价"
    measure = "个批次"
    shown = (
        Shown(
            heading="批次", parts=(("批次", "name", 60), ("评价年度", "year", 20), ("指标体系", "scheme", 70))
        ),
        Shown(heading="状态", key="tag", width=20),
        Shown(heading="自评截止", key="own_due", width=34),
        Shown(heading="纳入单位", key="total", width=20),
        Shown(heading="已定级", key="graded", width=20),
        Shown(heading="各状态", key="states", width=70),
    )

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rounds with their gradings by state, the latest first."""
        found = list(rounds.seen_by(self.user))
        states: dict[int, Counter[str]] = {round.pk: Counter() for round in found}
        gradings = Grading.objects.visible_to(self.user).filter(round__in=found).order_by()
        for key, state, n in gradings.values_list("round_id", "state").annotate(n=Count("pk")):
            states[key][state] += n
        return [self.row(round, states[round.pk]) for round in found]

    def row(self, round: GradingRound, states: Mapping[str, int]) -> dict[str, Any]:
        total, graded = rounds.counted(states), states.get("graded", 0)
        here = "，".join(f"{label} {states[state]}" for state, label in STATES if states.get(state))
        tag = tag_of(round)
        return {
            "name": round.name,
            "url": round.get_absolute_url(),
            "year": round.year,
            "scheme": round.scheme.title,
            "own_due": chinese_date(round.own_due_on),
            "tag": tag["label"],
            "tone": tag["tone"],
            "total": total,
            "graded": graded,
            "states": here,
            # A bar must have some width to be one.
            "most": max(total, 1),
        }

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        return len(self.rows), list(self.rows)

    def show(self, *, status: int = 200) -> HttpResponse:
        context = {
            "rows": self.rows,
            "exports": self.exports() if self.rows else [],
            "may_plan": self.user.plays(OFFICER),
            "place": self.user.district,
        }
        return render(self.request, "evaluation/rounds/list.html", context, status=status)


class NewRound(RoleRequired, View):
    """新建批次."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today()
        return self.show(self.form(None, initial={"year": today.year}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            done = rounds.plan(by=self.user, at=clock.now(), fields=form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return self.show(form, status=422)
        messages.success(request, f"已新建分级评价批次：{done.name}，请选择纳入的单位")
        return redirect(f"{done.get_absolute_url()}units/")

    def form(self, data: Any, **kwargs: Any) -> RoundForm:
        schemes = schemes_on(clock.today(), category=Category.GREEN_FACTORY)
        return RoundForm(data, schemes=schemes, **kwargs)

    def show(self, form: RoundForm, *, status: int = 200) -> HttpResponse:
        return render(self.request, "evaluation/rounds/new.html", {"form": form}, status=status)


class RoundPage(RoleRequired, View):
    """What the pages about one round share."""

    roles: ClassVar[Any] = BUREAU
    tab: ClassVar[str] = ""

    @cached_property
    def round(self) -> GradingRound:
        return get_object_or_404(rounds.seen_by(self.user), pk=self.kwargs["pk"])

    def refuse_role(self) -> None:
        _ = self.round  # whoever may not even see the round is not told that it is there
        super().refuse_role()

    def head(self) -> dict[str, Any]:
        """Title, tabs and buttons of every page of the round."""
        base, officer = self.round.get_absolute_url(), self.user.plays(OFFICER)
        tabs = [
            ("units", "纳入单位", f"{base}units/"),
            ("", "进度", base),
            ("confirm", "确认级别", f"{base}confirm/"),
        ]
        return {
            "round": self.round,
            "tag": tag_of(self.round),
            "own_due": chinese_date(self.round.own_due_on),
            "base": base,
            "may_act": officer and not self.round.ended_at,
            "tabs": [
                {"label": label, "url": url, "count": None, "current": key == self.tab}
                for key, label, url in tabs
            ]
            if self.user.plays(*BUREAU)
            else [],
        }


class RoundProgress(Exporting, RoundPage):
    """进度: districts and agencies by state, each number leading to its list."""

    roles = (OFFICER, CHIEF, DISTRICT)
    measure = "个区"
    shown = (
        Shown(heading="区", key="name", width=24),
        Shown(heading="纳入单位", key="total", width=22),
        *(Shown(heading=label, key=state, width=22) for state, label in STATES),
        Shown(heading="逾期", key="late", width=18),
    )

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"{self.round.name}进度"

    @cached_property
    def progress(self) -> rounds.Progress:
        return rounds.Progress(self.round, user=self.user, on=clock.today())

    @cached_property
    def districts(self) -> list[dict[str, Any]]:
        names = {**{d.pk: d.short for d in District.objects.all()}, None: "待定区"}
        found = self.progress.by_district
        return [self.line(name, found[key], district=key) for key, name in names.items() if key in found]

    def agencies(self) -> list[dict[str, Any]]:
        found = self.progress.by_agency
        names = dict(EvaluatorAgency.objects.filter(pk__in=found).order_by("name").values_list("pk", "name"))
        rows = [self.line(name, found[key], agency=key) for key, name in names.items()]
        return [*rows, *([self.line("未指派", found[None], agency="none")] if None in found else [])]

    def line(self, name: str, states: Mapping[str, int], **where: Any) -> dict[str, Any]:
        """One row of either table; its cells lead to the list of just these gradings."""
        base = f"{LIST}?round={self.round.pk}" + "".join(
            f"&{key}={value}" for key, value in where.items() if value is not None
        )
        cells = [
            {"label": label, "n": states.get(state, 0), "url": f"{base}&tab={state}"}
            for state, label in STATES
        ]
        return {
            "name": name,
            "url": f"{base}&tab=all",
            "total": rounds.counted(states),
            "cells": cells,
            "late": states.get("late", 0),
            "late_url": f"{base}&tab=all&late=yes",
            **dict(states),
        }

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        zero = dict.fromkeys((state for state, _ in STATES), 0)
        return len(self.districts), [zero | row for row in self.districts]

    def conditions(self) -> list[str]:
        return [f"截至{chinese_date(clock.today())}"]

    def show(self, *, status: int = 200) -> HttpResponse:
        bureau, progress = self.user.plays(*BUREAU), self.progress
        against = rounds.standing_open(self.round) if bureau and not self.round.ended_at else []
        graded = progress.by_state["graded"]
        context = self.head() | {
            "states": [label for _, label in STATES],
            "progress": progress,
            "graded": graded,
            "late_words": f"{progress.late} 家单位的分级评价已逾期",
            "most": max(progress.by_state.values(), default=1),
            "bars": [
                {
                    "label": label,
                    "value": progress.by_state[state],
                    "url": f"{LIST}?round={self.round.pk}&tab={state}",
                }
                for state, label in STATES
                if progress.by_state[state]
            ],
            "districts": self.districts,
            "agencies": self.agencies() if bureau else [],
            "exports": self.exports() if self.districts else [],
            "late_url": f"{LIST}?round={self.round.pk}&tab=all&late=yes",
            "against_end": against,
            "events": self.history() if bureau else [],
            "bureau": bureau,
            "printed": chinese_date(clock.today()),
        }
        return render(self.request, "evaluation/rounds/progress.html", context, status=status)

    def history(self) -> list[dict[str, Any]]:
        """What was done with the round itself, newest first."""
        events = Event.objects.filter(stream=self.round.stream).select_related("by__district")
        return present.timeline(events.order_by("-seq"))


class EndRound(RoundPage):
    """结束批次."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.round.ended_at:
            return self.show(EndRoundForm(), errors=[{"text": f"{self.round}已结束"}], status=409)
        return self.show(EndRoundForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = EndRoundForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        seen, reason = number(request.POST.get("seen")), form.cleaned_data["reason"]
        try:
            done = rounds.end(self.round, by=self.user, at=clock.now(), seen=seen, reason=reason)
        except Refused as refusal:
            errors = [{"text": rounds.why(refusal), "article": 7}]
            return self.show(form, errors=errors, status=refusal.status)
        messages.success(request, f"已结束批次：{done.name}")
        return redirect(done.get_absolute_url())

    def show(self, form: EndRoundForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        against = [] if errors or self.round.ended_at else rounds.standing_open(self.round)
        context = self.head() | {"form": form, "errors": errors, "findings": against}
        return render(self.request, "evaluation/rounds/end.html", context, status=status)


__all__ = ["EndRound", "NewRound", "RoundList", "RoundPage", "RoundProgress", "pair_of"]
