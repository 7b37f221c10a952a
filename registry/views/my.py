"""The enterprise's pages: 我的事项, the task list of an application, one task."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from greenmfg import clock
from registry.forms import ReportTask
from registry.models import Batch, Document, Holiday, PoolApplication, Standing, Unit
from registry.roles import REGISTRANT, UNIT
from registry.views import onward, present
from registry.views.applications import steps
from registry.views.cases import CasePage, RoleRequired
from registry.views.diagnoses import advice
from registry.views.drafting import DraftPage
from registry.views.files import card, upload_limits
from registry.views.new_application import carried, fate, sources, way_on
from registry.views.registrations import registrant_desk
from registry.views.tasks import Task, after, ahead, fixes, holder, place_of, state_of, tasks_of


class MyDesk(RoleRequired, View):
    """我的事项: what must be corrected, what is open, what others hold, and the units."""

    roles = (UNIT, REGISTRANT)

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.user.plays(REGISTRANT):
            return registrant_desk(request, self.user)
        now = clock.now()
        today = now.date()
        calendar = Holiday.calendar_around(today)
        calls = list(Batch.objects.open_at(now))
        visible = PoolApplication.objects.visible_to(self.user).select_related(
            "unit__entity", "district", "batch"
        )
        cases = list(visible.order_by("closed_at", "due_on", "-pk")[:50])
        rows = [
            {
                "case": case,
                "tag": present.tag(case),
                "url": case.get_absolute_url(),
                "holder": holder(case),
            }
            | ({} if case.is_closed else present.due(case.due_on, today=today, calendar=calendar))
            for case in cases
        ]
        context = advice(self.user, rows, today=today, calendar=calendar) | {
            "fix": [r for r in rows if r["case"].state.startswith("returned")],
            "drafts": [r | fate(r["case"], now, calls) for r in rows if r["case"].state == "draft"],
            "moving": [
                r for r in rows if not r["case"].is_closed and r["case"].state not in r["case"].EDITABLE
            ],
            "closed": [r for r in rows if r["case"].is_closed],
            "units": Unit.objects.filter(entity_id=self.user.entity_id).select_related("district", "entity"),
            "standings": Standing.objects.filter(
                unit__entity_id=self.user.entity_id, until__isnull=True
            ).select_related("unit"),
            "others": onward.mine(self.user),
            "calls": calls,
            "coming": Batch.objects.coming(now).first(),
            "entity": self.user.entity,
        }
        return render(request, "registry/my/desk.html", context)


class ApplicationHome(CasePage):
    """One application: for its enterprise the task list or where it stands; for officials the review page."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if not UNIT.may(case, self.user):
            return redirect(onward.home(case, self.user) or f"{case.get_absolute_url()}review/")
        editable = case.state in case.EDITABLE
        template = "registry/my/tasks.html" if editable else "registry/my/status.html"
        return render(request, template, self.page(case))

    def page(self, case: PoolApplication) -> dict[str, Any]:
        documents = list(Document.objects.current().of(case, self.user))
        now = clock.now()
        return {
            "case": case,
            "tag": present.tag_or_held(case, self.user),
            "due": self.due(case),
            "holder": holder(case),
            "steps": steps(case),
            "groups": self.groups(case, documents),
            **correction(case),
            "documents": [card(d) for d in documents],
            "next_steps": ahead(case),
            "events": self.timeline(case),
            "withdraw": any(a.name == "withdraw" for a in case.acts_open_to(self.user)),
            "has_receipt": case.submitted_on is not None,
            "fate": fate(case, now) if case.state == case.DRAFT else {},
            "way_on": way_on(case, now),
        }

    def groups(self, case: PoolApplication, documents: list[Document]) -> list[dict[str, Any]]:
        base = case.get_absolute_url()
        groups: dict[str, list[dict[str, Any]]] = {}
        tasks = tasks_of(case)
        wanted = [place_of(d, tasks) for d in case.demands] if case.state.startswith("returned") else []
        for task in tasks:
            status, tone = state_of(task, case, documents, [place for place in wanted if place])
            groups.setdefault(task.group, []).append(
                {
                    "label": task.label,
                    "url": f"{base}tasks/{task.key}/",
                    "hint": task.hint,
                    "status": status,
                    "tone": tone,
                }
            )
        open_tasks = sum(row["tone"] == "blue" for rows in groups.values() for row in rows)
        groups["提交"] = [
            {
                "label": "核对并提交",
                "url": f"{base}check/",
                "hint": "逐项核对，作出承诺后提交",
                "status": f"还差 {open_tasks} 项" if open_tasks else "可以提交",
                "tone": "grey" if open_tasks else "blue",
            }
        ]
        return [
            {"title": title, "rows": rows, "note": _progress(rows) if title != "提交" else ""}
            for title, rows in groups.items()
        ]


def _progress(rows: list[dict[str, Any]]) -> str:
    done = sum(1 for row in rows if not row["tone"])
    return f"已完成 {done} / {len(rows)} 项"


def correction(case: PoolApplication) -> dict[str, Any]:
    """The block of corrections: who asked for them, until when, and each with its place."""
    found = fixes(case)
    if not found or case.due_on is None:
        return {"fix": []}
    event = case.events.filter(to_state=case.state).select_related("by__district").order_by("-seq").first()
    who = f"{event.by.office} {event.by.name}，{present.moment(event.at)}" if event and event.by else ""
    day = f"{case.due_on.month}月{case.due_on.day}日（星期{'一二三四五六日'[case.due_on.weekday()]}）"
    return {
        "fix": [fix | {"who": who} for fix in found],
        "fix_title": f"需要修改 {len(found)} 处，请在 {day}24时前重新提交",
    }


class TaskView(DraftPage):
    """One task: GET shows its form and slots; POST saves; with X-Autosave it answers 204 and the version."""

    model = PoolApplication
    related = (*CasePage.related, "batch", "prefilled_from__batch")
    task: Task

    def start(self, key: str) -> PoolApplication:
        case: PoolApplication = self.get_case()
        task = next((t for t in tasks_of(case) if t.key == key), None)
        if task is None or not UNIT.may(case, self.user):
            raise Http404(key)
        self.task = task
        return case

    def form(self, case: PoolApplication, data: Any = None) -> Any:
        if self.task.form is None:
            return None
        extra = {"today": case.submitted_on or clock.today()} if self.task.form is ReportTask else {}
        form = self.task.form(data, instance=case, **extra)
        for name, words in sources(case, form.fields).items():
            form.fields[name].prefilled = words
        return form

    def get(self, request: HttpRequest, no: str, key: str) -> HttpResponse:
        case = self.start(key)
        if case.state not in case.EDITABLE:
            return redirect(case.get_absolute_url())
        return self.show(case, self.form(case))

    def post(self, request: HttpRequest, no: str, key: str) -> HttpResponse:
        case = self.start(key)
        form = self.form(case, request.POST)
        return redirect(case.get_absolute_url()) if form is None else self.keep(case, form)

    def kept(self, saved: PoolApplication) -> HttpResponse:
        messages.success(self.request, f"已保存“{self.task.label}”")
        return redirect(after(saved, self.task)["url"])

    def again(
        self, case: PoolApplication, form: Any, *, errors: list[dict[str, str]], status: int
    ) -> HttpResponse:
        return self.show(case, form, errors=errors, status=status)

    def show(
        self, case: PoolApplication, form: Any, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        fresh = PoolApplication.objects.select_related("unit__entity", "unit__district").get(pk=case.pk)
        task = self.task
        held = case.documents.current().filter(kind=task.slot, asked=task.asked) if task.slot else []
        slots = list(held)
        context = {
            "case": fresh,
            "task": task,
            "form": form,
            "errors": errors,
            "tag": present.tag(fresh),
            "cards": [card(d) | {"remove": f"{fresh.get_absolute_url()}files/{d.pk}/aside/"} for d in slots],
            "carried": carried(fresh, slots),
            **upload_limits(),
            "upload_fields": [
                {"name": "next", "value": self.request.path},
                {"name": "asked", "value": task.asked},
            ],
            "demands": [d for d in fixes(fresh) if d["task"] == task],
            "own_url": onward.own(fresh, self.user) if task.key in {"score", "dossier"} else "",
            "after": after(fresh, task),
        }
        return render(self.request, "registry/my/task.html", context, status=status)
