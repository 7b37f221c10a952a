"""The enterprise's pages: 我的事项, a new application, its tasks, checking and filing, the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.views.generic import View

from greenmfg import clock, rulebook
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Finding, Material
from registry import printing
from registry.acts import Act, NotNow
from registry.drafts import open_draft, save_draft
from registry.forms import ActForm, DataTask, NewApplicationForm, ReportTask, ScoreTask, UnitTask, form_for
from registry.models import Batch, Holiday, PoolApplication, Setting, Standing, Unit
from registry.roles import UNIT
from registry.views import present
from registry.views.applications import steps
from registry.views.cases import ActView, CasePage, RoleRequired, _number
from registry.views.files import card

SUBMITS = ("nominate_self", "ask_district", "resubmit_to_district", "resubmit_to_bureau")
LIMITS = "PDF、OFD 或 JPG；单个文件最大 {} MB"


@dataclass(frozen=True)
class Task:
    """One task of an application: a form, slots for files, or both. `article` stands behind it."""

    key: str
    label: str
    group: str
    article: int
    hint: str
    form: type[forms.ModelForm[Any]] | None = None
    slot: Material | None = None


UNIT_TASK = Task("unit", "核对单位基本信息", "核对资料", 6, "由单位名录带出，核对后确认", UnitTask)
REPORT = Task(
    "report",
    "绿色诊断评估报告",
    "上传与填报",
    5,
    "本年度或上一年度报告",
    ReportTask,
    Material.DIAGNOSIS_REPORT,
)
DOSSIER = Task(
    "dossier",
    "评价材料",
    "上传与填报",
    5,
    "对照国家相关评价要求形成的评价材料",
    None,
    Material.EVALUATION_DOSSIER,
)
DATA = Task("data", "年度能源资源数据", "上传与填报", 6, "产值、综合能源消费量、取水量", DataTask)
SCORE = Task("score", "分级评价自评", "上传与填报", 8, "参照分级评价标准，自行评价得分", ScoreTask)
EVIDENCE = Task("evidence", "佐证材料", "上传与填报", 6, "选填，可上传多份", None, Material.EVIDENCE)


def tasks_of(category: Category) -> list[Task]:
    """The tasks that an application of this category consists of (Article 5)."""
    if category is Category.GREEN_SUPPLY_CHAIN:
        return [UNIT_TASK, DOSSIER, DATA, EVIDENCE]
    if category is Category.GREEN_PARK:
        return [UNIT_TASK, REPORT, DATA, EVIDENCE]
    return [UNIT_TASK, REPORT, DATA, SCORE, EVIDENCE]


def state_of(task: Task, case: PoolApplication, materials: set[Material]) -> tuple[str, str]:
    """(words, tone) of a task: done tasks stay plain so that open ones stand out."""
    if case.state.startswith("returned") and task in {place_of(d, case.category) for d in case.demands}:
        return "需补正", "red"
    done = {
        "unit": case.unit_confirmed,
        "report": Material.DIAGNOSIS_REPORT in materials and case.report_year is not None,
        "dossier": Material.EVALUATION_DOSSIER in materials,
        "data": bool(case.data_year and case.output_value is not None and case.energy_tce is not None),
        "score": case.self_score is not None,
        "evidence": True,
    }[task.key]
    if task.key == "evidence":
        return ("已上传" if Material.EVIDENCE in materials else "选填"), ""
    return ("已完成", "") if done else ("未完成", "blue")


def place_of(demand: dict[str, Any], category: Category) -> Task | None:
    """The task that a demand points to: by its key, else by the words of its place."""
    words = f"{demand.get('where', '')}{demand.get('text', '')}"
    for task in tasks_of(category):
        if demand.get("task") == task.key or task.label in words:
            return task
    return None


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


def holder(case: PoolApplication) -> str:
    """Who holds the application now."""
    district = case.district.office or case.district.name if case.district else "区级工业主管部门"
    return {
        "draft": "贵单位",
        "with_district": district,
        "returned_by_district": "贵单位",
        "returned_by_bureau": "贵单位",
        "examining": "市经济和信息化局",
        "cleared": "市经济和信息化局",
        "on_notice": "市经济和信息化局（公示中）",
    }.get(case.state, "已办结")


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
        return Unit.objects.create(
            entity_id=self.user.entity_id,
            category=category,
            district=other.district,
            industry=other.industry,
            address=other.address,
            contact=other.contact,
            phone=other.phone,
        )


class ApplicationHome(CasePage):
    """One application: for its enterprise the task list or where it stands; for officials the review page."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if not UNIT.may(case, self.user):
            return redirect(f"{case.get_absolute_url()}review/")
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
            "fix": fixes(case),
            "fix_by": _returned_by(case) if case.state.startswith("returned") else "",
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


def fixes(case: PoolApplication) -> list[dict[str, Any]]:
    """The corrections demanded, each with the task where it is made."""
    if not case.state.startswith("returned"):
        return []
    base = case.get_absolute_url()
    found = []
    for demand in case.demands:
        task = place_of(demand, case.category)
        found.append(
            {
                "text": demand["text"],
                "where": demand["where"],
                "article": demand["article"],
                "url": f"{base}tasks/{task.key}/" if task else base,
                "button": "去补传" if task and task.slot else "去修改",
            }
        )
    return found


def after(case: PoolApplication, task: Task) -> dict[str, str]:
    """Where one goes from a task: while correcting, to the next place, then to filing; else to the task list."""
    base = case.get_absolute_url()
    places = [d["url"] for d in fixes(case)]
    here = f"{base}tasks/{task.key}/"
    if here not in places:
        return {"url": base, "label": "返回任务清单", "save": "保存并返回"}
    rest = [url for url in places[places.index(here) + 1 :] if url not in {here, base}]
    if rest:
        return {"url": rest[0], "label": "去改下一处", "save": "保存，去改下一处"}
    return {"url": f"{base}check/", "label": "去核对提交", "save": "保存，去核对提交"}


def _returned_by(case: PoolApplication) -> str:
    event = case.events.filter(to_state=case.state).select_related("by__district").order_by("-seq").first()
    return f"{event.by.office} {event.by.name}，{present.moment(event.at)}" if event and event.by else ""


def ahead(case: PoolApplication) -> list[dict[str, Any]]:
    """接下来: the steps that follow, with their terms."""
    district = {"when": f"{Setting.number('district_days')} 个工作日", "what": "区级工业主管部门出具推荐意见"}
    bureau = {"when": f"{Setting.number('bureau_days')} 个工作日", "what": "市经济和信息化局审核"}
    rest = [
        {"when": f"{Setting.number('notice_days')} 个工作日", "what": "公示"},
        {"when": "公示无异议", "what": "纳入培育库"},
    ]
    by_district = [district] if case.route != "self" else []
    ways = {
        "draft": [{"when": "今天", "what": "完成填报并提交", "now": True}, *by_district, bureau, *rest],
        "returned_by_district": [
            {"when": "今天", "what": "补正并重新提交", "now": True},
            district,
            bureau,
            *rest,
        ],
        "returned_by_bureau": [{"when": "今天", "what": "补正并重新提交", "now": True}, bureau, *rest],
        "with_district": [district | {"now": True}, bureau, *rest],
        "examining": [bureau | {"now": True}, *rest],
        "cleared": [rest[0] | {"now": True}, rest[1]],
        "on_notice": [rest[0] | {"now": True}, rest[1]],
    }
    return ways.get(case.state, [])


class TaskView(CasePage):
    """One task: GET shows its form and slots; POST saves; with X-Autosave it answers 204 and the version."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def start(self, key: str) -> tuple[PoolApplication, Task]:
        case = self.get_case()
        task = next((t for t in tasks_of(case.category) if t.key == key), None)
        if task is None or not UNIT.may(case, self.user):
            raise Http404(key)
        return case, task

    def form(self, task: Task, case: PoolApplication, data: Any = None) -> Any:
        if task.form is None:
            return None
        extra = {"today": case.submitted_on or clock.today()} if task.form is ReportTask else {}
        return task.form(data, instance=case, **extra)

    def get(self, request: HttpRequest, no: str, key: str) -> HttpResponse:
        case, task = self.start(key)
        if case.state not in case.EDITABLE:
            return redirect(case.get_absolute_url())
        return self.show(case, task, self.form(task, case))

    def post(self, request: HttpRequest, no: str, key: str) -> HttpResponse:
        case, task = self.start(key)
        quiet = "X-Autosave" in request.headers
        form = self.form(task, case, request.POST)
        if form is None:
            return redirect(case.get_absolute_url())
        good = form.is_valid()
        # What is in good shape is kept even when a neighbour is not.
        fields = {name: form.cleaned_data[name] for name in form.cleaned_data if name in form.fields}
        seen = _number(request.POST.get("seen"))
        if good or quiet:
            stored = PoolApplication.objects.get(pk=case.pk)  # the form has written into `case` itself
            try:
                saved = save_draft(stored, by=self.user, seen=seen, **fields)
            except NotNow as refusal:
                if quiet:
                    return HttpResponse(refusal.message, status=409, content_type="text/plain; charset=utf-8")
                return self.show(case, task, form, errors=[{"text": refusal.message}], status=409)
            if quiet:
                answer = HttpResponse(status=204 if good else 422)
                answer["X-Version"] = str(saved.version)
                return answer
            messages.success(request, f"已保存“{task.label}”")
            return redirect(after(saved, task)["url"])
        errors = [
            {"text": str(e), "url": f"#id_{name}"} for name, found in form.errors.items() for e in found
        ]
        return self.show(case, task, form, errors=errors, status=422)

    def show(
        self, case: PoolApplication, task: Task, form: Any, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        fresh = PoolApplication.objects.select_related("unit__entity", "unit__district").get(pk=case.pk)
        slots = case.documents.current().filter(kind=task.slot) if task.slot else []
        limit = Setting.number("upload_mb")
        context = {
            "case": fresh,
            "task": task,
            "form": form,
            "errors": errors,
            "tag": present.tag(fresh),
            "cards": [card(d) | {"remove": f"{fresh.get_absolute_url()}files/{d.pk}/aside/"} for d in slots],
            "limits": LIMITS.format(limit),
            "max_bytes": limit * 1024 * 1024,
            "upload_fields": [{"name": "next", "value": self.request.path}],
            "demands": [d for d in fixes(fresh) if d["url"].endswith(f"/tasks/{task.key}/")],
            "after": after(fresh, task),
        }
        return render(self.request, "registry/my/task.html", context, status=status)


class CheckView(ActView):
    """核对: every answer with its 修改, what is missing, the pledge, and the ways to file. POST files."""

    model = PoolApplication
    template_name = "registry/my/check.html"
    related = (*ActView.related, "batch")

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        case = self.get_case()
        if not UNIT.may(case, self.user):
            raise Http404
        if case.state not in case.EDITABLE:
            return redirect(case.get_absolute_url())
        return render(request, self.template_name, self.page(case, self._way(case), None))

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        # Each way of filing posts to its own address.
        return super().post(request, act=act, **kwargs) if act else self.http_method_not_allowed(request)  # type: ignore[return-value]

    def _way(self, case: PoolApplication) -> Act:
        return next(a for a in case.acts_open_to(self.user) if a.name in SUBMITS)

    def page(self, case: PoolApplication, row: Act, form: ActForm | None) -> dict[str, Any]:
        now = clock.now()
        ways = [a for a in case.acts_open_to(self.user) if a.name in SUBMITS]
        missing = {a.name: case.findings(a.name, now) for a in ways}
        base = case.get_absolute_url()
        return super().page(case, row, form) | {
            "ways": [
                {
                    "value": a.name,
                    "label": a.label,
                    "url": f"{base}{a.name}/",
                    "findings": missing[a.name],
                    "barred": any(f.binding for f in missing[a.name]),
                }
                for a in ways
            ],
            "missing": _common(list(missing.values())),
            "needs_reason": any(not f.binding for found in missing.values() for f in found),
            "form": form or (form_for(case, ways[0], at=now) if ways else None),
            "answers": answers(case),
            "documents": [card(d) for d in case.documents.current()],
            "fix": fixes(case),
        }

    def next_url(self, done: Any, row: Act) -> str:
        return f"{done.get_absolute_url()}receipt/" if row.submits else str(done.get_absolute_url())

    def remember(self, done: Any, row: Act, now: Any) -> None:
        self.request.session.pop("undo", None)
        words = f"已提交，受理编号 {done.no}" if row.submits else f"已办理“{row.label}”"
        messages.success(self.request, words)


def _common(found: list[list[Finding]]) -> list[Finding]:
    """What stands against every way of filing."""
    return [f for f in found[0] if all(f in other for other in found)] if found else []


def answers(case: PoolApplication) -> list[dict[str, Any]]:
    """What was filled in, by task, for checking."""
    base = case.get_absolute_url()
    groups = []
    for task in tasks_of(case.category):
        names = task.form._meta.fields if task.form else ()
        facts = []
        for name in names or ():
            field: Any = PoolApplication._meta.get_field(name)
            value = getattr(case, name)
            words = ("是" if value else "否") if isinstance(value, bool) else value
            facts.append(
                {
                    "label": field.verbose_name,
                    "value": chinese_date(words) if hasattr(words, "month") else words,
                }
            )
        groups.append(
            {
                "title": task.label,
                "facts": facts,
                "slot": task.slot.label if task.slot else "",
                "url": f"{base}tasks/{task.key}/",
            }
        )
    return groups


class WithdrawView(ActView):
    """撤回申请 by the enterprise."""

    model = PoolApplication


class EnterpriseAct(RoleRequired, View):
    """POST /applications/<no>/<act>/: the page of the person whose act it is answers."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from registry.views.applications import ApplicationAct

        row = PoolApplication.acts().get(kwargs["act"])
        if row is None or row.follows:
            raise Http404(kwargs["act"])
        view = ApplicationAct if UNIT not in row.by else CheckView if row.submits else WithdrawView
        return view.as_view()(request, *args, **kwargs)


class Receipt(CasePage):
    """受理回执, as a page and as PDF."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def get(self, request: HttpRequest, no: str, format: str = "") -> HttpResponse:
        case = self.get_case()
        submission = case.submissions.select_related("by").order_by("-n").first()
        if submission is None:
            raise Http404("尚未提交")
        filed = localtime(submission.at)
        context = {
            "case": case,
            "tag": present.tag(case),
            "issuer": "北京市经济和信息化局",
            "no": case.no,
            "matter": f"绿色制造单位培育库入库申请（{case.category.label}）",
            "unit": case.unit.name,
            "code": case.unit.entity.credit_code or "—",
            "district": case.district.name if case.district else "待定",
            "filed_by": submission.by.name,
            "filed_at": f"{chinese_date(filed.date())} {filed:%H:%M}",
            "version": f"第 {submission.n} 次提交",
            "documents": [
                {"title": d.get_kind_display(), "file": d.name, "pages": d.pages or "", "digest": d.sha256}
                for d in case.documents.current()
            ],
            "next_step": f"{holder(case)}，{chinese_date(case.due_on)}前" if case.due_on else holder(case),
            "contact": Setting.text("notice_phone"),
            "dated": chinese_date(filed.date()),
            "check": f"提交内容校验值 {submission.hash}",
        }
        if format == "pdf":
            html = render_to_string("print/receipt.html", context)
            answer = HttpResponse(
                printing.html_pdf(html, title="受理回执", dated=filed.date()), content_type="application/pdf"
            )
            answer["Content-Disposition"] = f'attachment; filename="{case.no}.pdf"'
            answer["Cache-Control"] = "private, no-store"
            return answer
        return render(
            request, "registry/my/receipt.html", context | {"ahead": ahead(case), "steps": steps(case)}
        )


__all__ = ["ApplicationHome", "CheckView", "EnterpriseAct", "MyDesk", "NewApplication", "Receipt", "TaskView"]
