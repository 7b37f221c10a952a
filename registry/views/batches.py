"""征集批次 for the bureau: the list, the progress of one call, planning, changing, extending, quotas, ending."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from greenmfg import clock
from greenmfg.rulebook import Category, Route
from registry import calls
from registry.acts import AgainstRule, Refused
from registry.forms import CallForm, EndForm, ExtendForm, QuotaForm
from registry.models import Batch, District, Event
from registry.roles import CHIEF, OFFICER
from registry.views import present
from registry.views.call_progress import Progress
from registry.views.cases import RoleRequired, number
from registry.views.exports import Exporting, Shown

BUREAU = (OFFICER, CHIEF)


class BatchList(Exporting, RoleRequired, View):
    """征集批次: all calls, in tabs by how far they have come."""

    roles = BUREAU
    title = "征集批次"
    measure = "个"
    shown = (
        Shown(heading="批次", parts=(("批次", "name", 40), ("开放类型", "takes", 60))),
        Shown(heading="进度", key="tag", width=20),
        Shown(heading="征集时间", key="period", width=70),
        Shown(heading="已提交", key="filed", width=18),
        Shown(heading="已入库", key="admitted", width=18),
    )

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """All calls, the latest first."""
        now = clock.now()
        filed = ~Q(applications__state="draft")
        admitted = Count("applications", filter=Q(applications__state="admitted"))
        found = Batch.objects.calls().annotate(filed=Count("applications", filter=filed), admitted=admitted)
        return [row(call, call.phase(now)) for call in found.order_by("-opens_on", "-pk")]

    @property
    def tab(self) -> str:
        asked = self.request.GET.get("tab", "")
        return asked if asked in Batch.Phase.values else "all"

    def in_tab(self) -> list[dict[str, Any]]:
        return [one for one in self.rows if self.tab in {"all", one["phase"]}]

    def listed(self, most: int) -> tuple[int, list[Any]]:
        rows = self.in_tab()
        return len(rows), rows

    def conditions(self) -> list[str]:
        return [str(Batch.Phase(self.tab).label)] if self.tab != "all" else []

    def show(self, *, status: int = 200) -> HttpResponse:
        rows, tab = self.rows, self.tab
        counts = {phase.value: sum(1 for r in rows if r["phase"] == phase.value) for phase in Batch.Phase}
        labels = [*((phase.value, str(phase.label)) for phase in Batch.Phase), ("all", "全部")]
        shown = self.in_tab()
        context = {
            "rows": shown,
            "exports": self.exports() if shown else [],
            "total": len(rows),
            "tabs": [
                {
                    "label": label,
                    "url": f"/batches/?tab={key}",
                    "count": counts.get(key, len(rows)),
                    "current": key == tab,
                }
                for key, label in labels
            ],
            "may_plan": self.user.plays(OFFICER),
        }
        return render(self.request, "registry/batches/list.html", context, status=status)


def row(call: Any, phase: Batch.Phase) -> dict[str, Any]:
    """One call for the list."""
    return {
        "name": call.name,
        "url": call.get_absolute_url(),
        "phase": phase.value,
        "tag": str(phase.label),
        "tone": Batch.TONES[phase.value],
        "period": f"{call.law.opening}至{call.law.closing}",
        "takes": categories_of(call),
        "filed": call.filed,
        "admitted": call.admitted,
    }


def categories_of(call: Batch) -> str:
    """What a call takes, in words."""
    return "、".join(c.label for c in Category if c in call.categories)


class BatchPage(RoleRequired, View):
    """What the pages about one call share."""

    roles: ClassVar[Any] = BUREAU

    def call(self) -> Batch:
        return get_object_or_404(Batch.objects.calls(), pk=self.kwargs["pk"])


class BatchDetail(BatchPage):
    """进展: the gates with their numbers, the districts, what holds up the next gate, and the history."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        call, now = self.call(), clock.now()
        phase = call.phase(now)
        progress = Progress(call, at=now)
        against_end = calls.standing_open(call, at=now) if phase is not Batch.Phase.ENDED else []
        context = {
            "call": call,
            "tag": {"label": str(phase.label), "tone": Batch.TONES[phase.value]},
            "gates": progress.gates(),
            "progress": progress,
            "districts": progress.districts(),
            "silent": progress.silent(),
            "facts": facts(call),
            "events": history(call),
            "may_change": self.user.plays(OFFICER),
            "planned": phase is Batch.Phase.PLANNED,
            "ended": phase is Batch.Phase.ENDED,
            "begun": phase in {Batch.Phase.OPEN, Batch.Phase.REVIEWING},
            "against_end": against_end,
        }
        return render(request, "registry/batches/detail.html", context)


def facts(call: Batch) -> list[dict[str, Any]]:
    """What the call says of itself."""
    names = {d.pk: d.short for d in District.objects.all()}
    among = "、".join(names[code] for code in names if code in call.districts)
    must = "、".join(m["name"] for m in call.materials if m["required"])
    may = "、".join(m["name"] for m in call.materials if not m["required"])
    return [
        {"label": "征集时间", "value": f"{call.law.opening}至{call.law.closing}"},
        {"label": "开放类型", "value": categories_of(call), "article": 2},
        {
            "label": "申请方式",
            "value": "、".join(r.label for r in Route if r in call.routes),
            "article": 5,
        },
        {"label": "推荐区", "value": among or "全部区"},
        {"label": "另行要求（必交）", "value": must},
        {"label": "另行要求（选交）", "value": may},
    ]


def history(call: Batch) -> list[dict[str, Any]]:
    """What was done with the call, newest first, with the words that were given for it."""
    events = Event.objects.filter(stream=call.stream).select_related("by__district").order_by("-seq")
    told = list(events)
    return [
        shown
        | {"quote": "；".join(filter(None, [event.data.get("moved"), _moved(event.data), event.reason]))}
        for shown, event in zip(present.timeline(told), told, strict=True)
    ]


def _moved(data: dict[str, Any]) -> str:
    """昌平名额 2 → 3: the quotas that an entry moved."""
    places = data.get("places")
    if not isinstance(places, list):
        return ""
    before, after = places
    return "、".join(
        f"{d.short}名额 {before.get(d.pk, '不限')} → {after.get(d.pk, '不限')}"
        for d in District.objects.filter(pk__in={*before, *after})
        if before.get(d.pk) != after.get(d.pk)
    )


class BatchForm(BatchPage):
    """A form about a call: GET asks, POST does it and goes to the call. Subclasses say what is done."""

    roles = (OFFICER,)
    template_name = "registry/batches/act.html"
    title = ""
    button = ""
    done = ""

    def form(self, call: Batch | None, data: Any = None) -> Any:
        raise NotImplementedError

    def carry_out(self, call: Batch, form: Any, *, seen: int) -> Batch:
        raise NotImplementedError

    def found(self) -> Batch | None:
        """The call that the form is about."""
        return self.call()

    def too_late(self, call: Any) -> str:
        """Why this can no longer be done with the call; empty when it can."""
        return f"{call.name}已结束" if call.ended_at else ""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        call = self.found()
        if call and (words := self.too_late(call)):
            return self.show(call, self.form(call), errors=[{"text": words}], status=409)
        return self.show(call, self.form(call))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        call = self.found()
        form = self.form(call, request.POST)
        if not form.is_valid():
            return self.show(call, form, status=422)
        try:
            done = self.carry_out(call, form, seen=number(request.POST.get("seen")))  # type: ignore[arg-type]
        except Refused as refusal:
            found = refusal.findings if isinstance(refusal, AgainstRule) else []
            errors = [{"text": f.message, "article": f.article} for f in found]
            return self.show(call, form, errors=errors or [{"text": refusal.message}], status=refusal.status)
        messages.success(request, f"{self.done}：{done.name}")
        return redirect(done.get_absolute_url())

    def show(self, call: Batch | None, form: Any, *, errors: Any = None, status: int = 200) -> HttpResponse:
        context = {
            "call": call,
            "form": form,
            "errors": errors,
            "title": self.title,
            "button": self.button,
            "seen": call.head_seq if call else 0,
            "back": call.get_absolute_url() if call else "/batches/",
        } | self.more(call)
        return render(self.request, self.template_name, context, status=status)

    def more(self, call: Batch | None) -> dict[str, Any]:
        """What the page says beside its form."""
        return {}


class PlanBatch(BatchForm):
    """新建征集批次."""

    template_name = "registry/batches/edit.html"
    title, button, done = "新建征集批次", "新建批次", "已新建征集批次"

    def found(self) -> Batch | None:
        return None

    def form(self, call: Batch | None, data: Any = None) -> CallForm:
        return CallForm(data, at=clock.now(), call=call)

    def carry_out(self, call: Batch | None, form: Any, *, seen: int) -> Batch:
        return calls.plan(by=self.user, at=clock.now(), fields=form.call_fields(), places=form.places)


class ChangeBatch(PlanBatch):
    """修改 before the opening."""

    title, button, done = "修改征集批次", "保存修改", "已修改征集批次"

    def found(self) -> Batch | None:
        return self.call()

    def too_late(self, call: Any) -> str:
        planned = call.phase(clock.now()) is Batch.Phase.PLANNED
        return "" if planned else f"{call.name}已开放征集，不能修改，可以延长截止时间或者调整名额"

    def carry_out(self, call: Any, form: Any, *, seen: int) -> Batch:
        return calls.change(
            call,
            by=self.user,
            at=clock.now(),
            seen=seen,
            fields=form.call_fields(),
            places=form.places,
            reason="",
        )


class ExtendBatch(BatchForm):
    """延长征集."""

    title, button, done = "延长征集", "延长征集", "已延长征集"

    def form(self, call: Batch | None, data: Any = None) -> ExtendForm:
        return ExtendForm(data, initial={"closes_time": call and call.closes_time})

    def carry_out(self, call: Batch, form: Any, *, seen: int) -> Batch:
        return calls.extend(call, by=self.user, at=clock.now(), seen=seen, **form.cleaned_data)

    def more(self, call: Any) -> dict[str, Any]:
        progress = Progress(call, at=clock.now())
        return {
            "after": [
                {"label": "现在的截止时间", "value": call.law.closing},
                {"label": "将通知", "value": f"推荐区经办、有未提交草稿的企业（{progress.drafts} 件草稿）"},
                {"label": "不受影响", "value": "已提交的申请和补正期限"},
            ]
        }


class QuotaBatch(BatchForm):
    """调整名额."""

    title, button, done = "调整名额", "保存名额", "已调整名额"

    def form(self, call: Any, data: Any = None) -> QuotaForm:
        return QuotaForm(data, places=call.places())

    def carry_out(self, call: Batch, form: Any, *, seen: int) -> Batch:
        return calls.set_quotas(
            call,
            by=self.user,
            at=clock.now(),
            seen=seen,
            places=form.places,
            reason=form.cleaned_data["reason"],
        )

    def more(self, call: Any) -> dict[str, Any]:
        progress = Progress(call, at=clock.now())
        return {"used": [row for row in progress.districts() if row["places"] is not None or row["used"]]}


class EndBatch(BatchForm):
    """结束批次."""

    title, button, done = "结束批次", "结束批次", "已结束批次"

    def form(self, call: Batch | None, data: Any = None) -> EndForm:
        return EndForm(data)

    def carry_out(self, call: Batch, form: Any, *, seen: int) -> Batch:
        return calls.end(call, by=self.user, at=clock.now(), seen=seen, reason=form.cleaned_data["reason"])

    def more(self, call: Any) -> dict[str, Any]:
        against = [] if call.ended_at else calls.standing_open(call, at=clock.now())
        return {
            "findings": against,
            "after": [
                {"label": "办理后状态", "value": "已结束"},
                {"label": "不能再做", "value": "延长征集、调整名额"},
                {"label": "未提交的草稿", "value": "保留，可用于下一批"},
            ],
        }


__all__ = ["BatchDetail", "BatchList", "ChangeBatch", "EndBatch", "ExtendBatch", "PlanBatch", "QuotaBatch"]
