"""The enterprise's pages: 我的事项, a new application, its task list, one task."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from greenmfg import clock, rulebook
from greenmfg.rulebook import Category, Material
from registry.acts import NotNow
from registry.casework import record
from registry.drafts import open_draft
from registry.forms import NewApplicationForm, ReportTask
from registry.models import Batch, Holiday, PoolApplication, Standing, Unit
from registry.roles import UNIT
from registry.views import onward, present
from registry.views.applications import steps
from registry.views.cases import CasePage, RoleRequired
from registry.views.drafting import DraftPage
from registry.views.files import card, upload_limits
from registry.views.tasks import Task, after, ahead, fixes, holder, state_of, tasks_of


class MyDesk(RoleRequired, View):
    """我的事项: what must be corrected, what is open, what others hold, and the units."""

    roles = (UNIT,)

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today()
        calendar = Holiday.calendar_around(today)
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
        context = {
            "fix": [r for r in rows if r["case"].state.startswith("returned")],
            "drafts": [r for r in rows if r["case"].state == "draft"],
            "moving": [
                r for r in rows if not r["case"].is_closed and r["case"].state not in r["case"].EDITABLE
            ],
            "closed": [r for r in rows if r["case"].is_closed],
            "units": Unit.objects.filter(entity_id=self.user.entity_id).select_related("district", "entity"),
            "standings": Standing.objects.filter(
                unit__entity_id=self.user.entity_id, until__isnull=True
            ).select_related("unit"),
            "call": Batch.open_on(today),
            "entity": self.user.entity,
        }
        return render(request, "registry/my/desk.html", context)


class NewApplication(RoleRequired, View):
    """新建申请: which of the three kinds fits; barred entities are told before they fill in anything."""

    roles = (UNIT,)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(NewApplicationForm())

    def show(self, form: NewApplicationForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        today = clock.today()
        probe = PoolApplication(unit=Unit(entity=self.user.entity))
        context = {
            "form": form,
            "errors": errors,
            "call": Batch.open_on(today),
            "bars": rulebook.may_apply_again(probe.bars(), on=today),
            "cards": [
                {
                    "value": Category.GREEN_FACTORY,
                    "label": Category.GREEN_FACTORY.label,
                    "note": "可自荐或由区级推荐；提交本年度或上一年度绿色诊断评估报告",
                },
                {
                    "value": Category.GREEN_SUPPLY_CHAIN,
                    "label": Category.GREEN_SUPPLY_CHAIN.label,
                    "note": "须获得区级推荐；报送对照国家评价要求的评价材料",
                },
                {
                    "value": Category.GREEN_PARK,
                    "label": Category.GREEN_PARK.label,
                    "note": "可自荐或由区级推荐；提交本年度或上一年度绿色诊断评估报告",
                },
            ],
        }
        return render(self.request, "registry/my/new.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewApplicationForm(request.POST)
        now = clock.now()
        call = Batch.open_on(now.date())
        if not form.is_valid():
            return self.show(form, errors=[{"text": e} for e in form.errors["category"]], status=422)
        if call is None:
            return self.show(form, errors=[{"text": "目前没有开放的征集批次", "article": 6}], status=422)
        probe = PoolApplication(unit=Unit(entity=self.user.entity))
        if bars := [f for f in rulebook.may_apply_again(probe.bars(), on=now.date()) if f.binding]:
            return self.show(
                form, errors=[{"text": f.message, "article": f.article} for f in bars], status=422
            )
        unit = self._unit(Category(form.cleaned_data["category"]))
        if unit is None:
            words = "单位所在区尚未确定，请联系所在区经济和信息化主管部门办理单位登记"
            return self.show(form, errors=[{"text": words, "article": 3}], status=422)
        draft = PoolApplication(
            unit=unit,
            district=unit.district,
            batch=call,
            contact=unit.contact,
            phone=unit.phone,
            address=unit.address,
            industry=unit.industry,
        )
        try:
            draft = open_draft(draft, by=self.user, at=now)
        except NotNow as refusal:
            return self.show(
                form, errors=[{"text": refusal.message, "article": 6, "url": "/my/"}], status=409
            )
        return redirect(draft.get_absolute_url())

    def _unit(self, category: Category) -> Unit | None:
        """The entity's unit in this category; a new one takes over what another unit of it says."""
        mine = Unit.objects.filter(entity_id=self.user.entity_id)
        unit = mine.filter(category=category).first()
        if unit is not None:
            return unit if unit.district_id else None
        other = mine.exclude(district=None).first()
        if other is None:
            return None
        # Two clicks at once are one unit.
        unit, made = Unit.objects.get_or_create(
            entity_id=self.user.entity_id,
            category=category,
            site="",
            defaults={
                "district": other.district,
                "industry": other.industry,
                "address": other.address,
                "contact": other.contact,
                "phone": other.phone,
            },
        )
        if not made:
            return unit
        return record(unit, "新增单位", by=self.user, at=clock.now(), changes={}, taken_over_from=other.pk)


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
        documents = list(case.documents.current())
        materials = {Material(d.kind) for d in documents}
        return {
            "case": case,
            "tag": present.tag(case),
            "due": self.due(case),
            "holder": holder(case),
            "steps": steps(case),
            "groups": self.groups(case, materials),
            **correction(case),
            "documents": [card(d) for d in documents],
            "next_steps": ahead(case),
            "events": self.timeline(case),
            "withdraw": any(a.name == "withdraw" for a in case.acts_open_to(self.user)),
            "has_receipt": case.submitted_on is not None,
        }

    def groups(self, case: PoolApplication, materials: set[Material]) -> list[dict[str, Any]]:
        base, groups = case.get_absolute_url(), {}
        for task in tasks_of(case.category):
            status, tone = state_of(task, case, materials)
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
    related = (*CasePage.related, "batch")
    task: Task

    def start(self, key: str) -> PoolApplication:
        case: PoolApplication = self.get_case()
        task = next((t for t in tasks_of(case.category) if t.key == key), None)
        if task is None or not UNIT.may(case, self.user):
            raise Http404(key)
        self.task = task
        return case

    def form(self, case: PoolApplication, data: Any = None) -> Any:
        if self.task.form is None:
            return None
        extra = {"today": case.submitted_on or clock.today()} if self.task.form is ReportTask else {}
        return self.task.form(data, instance=case, **extra)

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
        slots = case.documents.current().filter(kind=task.slot) if task.slot else []
        context = {
            "case": fresh,
            "task": task,
            "form": form,
            "errors": errors,
            "tag": present.tag(fresh),
            "cards": [card(d) | {"remove": f"{fresh.get_absolute_url()}files/{d.pk}/aside/"} for d in slots],
            **upload_limits(),
            "upload_fields": [{"name": "next", "value": self.request.path}],
            "demands": [d for d in fixes(fresh) if d["url"].endswith(f"/tasks/{task.key}/")],
            "after": after(fresh, task),
        }
        return render(self.request, "registry/my/task.html", context, status=status)
