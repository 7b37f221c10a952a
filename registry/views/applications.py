"""入库申请 for those who decide: the list, and the review page in three panes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property

from greenmfg import clock, periods, rulebook
from greenmfg.rulebook import Category, Material, Route
from registry.acts import Act, Desk, NotNow
from registry.forms import ActForm, form_for
from registry.models import Batch, Case, Document, PoolApplication, Setting, Wording
from registry.models.editions import edition_on
from registry.roles import CHIEF, DISTRICT, OFFICER
from registry.views import checks, consequences, demands, onward, present
from registry.views.case_lists import DUE, NAME, STATE, CaseList
from registry.views.cases import ActView
from registry.views.exports import Shown
from registry.views.files import material
from registry.views.tasks import labels_of, tasks_of
from registry.views.wordings import values_of

# Physical key and letter of each decision (interface contract 6.6).
KEYS = {
    "recommend": "T",
    "return_by_district": "B",
    "decline": "N",
    "clear": "A",
    "return_by_bureau": "B",
    "refuse": "N",
    "admit": "A",
    "lapse": "L",
    "lapse_with_district": "L",
}
NOTES = {
    "recommend": "转市局审核",
    "return_by_district": "一次性列明问题",
    "return_by_bureau": "一次性列明问题",
    "decline": "须写明理由",
    "clear": "列入下一批公示",
    "refuse": "须写明理由与依据",
    "lapse": "补正期满未补正",
    "lapse_with_district": "补正期满未补正",
    "reopen": "须写明理由",
    "admit": "公示期满无异议",
    "leave_pool": "移出培育库，须写明原因",
}
WORDS = {"recommend": "材料齐全，同意推荐。"}  # put into the empty box when the act is chosen
ROUTES = {str(value): str(label) for value, label in Route.choices()}
SUBMITS = {row.name for row in PoolApplication.acts().values() if row.submits}


def score_classes(edition: rulebook.Edition) -> dict[str, dict[str, Any]]:
    """The filter by score: its value → the condition, with the threshold of the edition."""
    return {
        "under": {"score__lt": edition.pool_threshold},
        "pass": {"score__gte": edition.pool_threshold},
        "none": {"score__isnull": True},
    }


class ApplicationList(CaseList):
    """入库申请."""

    roles = (DISTRICT, OFFICER, CHIEF)
    model = PoolApplication
    template_name = "registry/applications/list.html"
    path = "/applications/"
    title = "入库申请"
    columns = ("score", "meets_requirements", "route", "submitted_on")
    shown: ClassVar[Any] = (
        Shown(
            heading="申请单位",
            look="main",
            sort="no",
            parts=(*NAME.parts, ("申请方式", "route_words", 24)),
        ),
        Shown(heading="类型", key="category", width=34),
        Shown(
            heading="综合得分",
            key="score",
            look="score",
            parts=(("综合得分", "score", 20), ("参照分级", "level", 24)),
        ),
        STATE,
        Shown(heading="提交", key="submitted", parts=(("首次提交", "submitted_day", 30),)),
        DUE,
    )
    tab_states: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
        ("district", "待区级推荐", ("with_district",)),
        ("examining", "待市级审核", ("examining",)),
        ("returned", "退回补正", ("returned_by_district", "returned_by_bureau")),
        ("cleared", "拟入库", ("cleared",)),
        ("on_notice", "公示中", ("on_notice",)),
        ("admitted", "已入库", ("admitted",)),
    )

    @cached_property
    def edition(self) -> rulebook.Edition:
        """The edition of today, read once for all rows."""
        return edition_on(clock.today())

    def base(self) -> Any:
        """As visible_to, but asked of the one table of cases: counting and ordering need no particulars."""
        return Case.objects.filter(PoolApplication.seen_by(self.user), kind=PoolApplication.KIND)

    def filtered(self) -> Any:
        get, own = self.request.GET, {}
        batch = get.get("batch", "")
        if batch.isdecimal() and len(batch) < 10:
            own["batch_id"] = int(batch)
        if route := get.get("route"):
            own["route"] = route
        if (state := get.get("state", "")) in PoolApplication.State.values:
            own["state"] = state
        own |= score_classes(self.edition).get(get.get("score", ""), {})
        rows = super().filtered()
        return rows.filter(pk__in=PoolApplication.objects.filter(**own).values("pk")) if own else rows

    @cached_property
    def batches(self) -> list[tuple[str, str]]:
        """The calls, newest first, for the filter."""
        found = Batch.objects.calls().order_by("-opens_on", "-pk").values_list("pk", "name")[:50]
        return [(str(pk), name) for pk, name in found]

    def page(self) -> dict[str, Any]:
        return super().page() | {"quotas": self.quotas()}

    def quotas(self) -> list[dict[str, Any]]:
        """Once a call is chosen: how much of its quota a district has used; in the bureau's list of the chosen one."""
        chosen, district = self.request.GET.get("batch", ""), self.user.district_id
        district = district or self.request.GET.get("district", "")
        batch = Batch.objects.filter(pk=int(chosen)).first() if chosen in dict(self.batches) else None
        if batch is None or not district or (places := batch.places_of(district)) is None:
            return []
        used = PoolApplication.places_used(batch).get(district, 0)
        name = next((d.short for d in self.districts if d.pk == district), "")
        text = f"{batch.name}{name}名额 {places} 个，已占用 {used} 个"
        return [{"text": text, "tone": "orange" if used >= places else "green"}]

    def selects(self) -> list[dict[str, Any]]:
        def options(pairs: Any) -> list[dict[str, str]]:
            return [{"value": value, "label": label} for value, label in pairs]

        threshold = self.edition.pool_threshold
        scores = [
            ("pass", f"{threshold} 分及以上"),
            ("under", f"不足 {threshold} 分"),
            ("none", "未登记得分"),
        ]
        states = [(value, label) for value, label in PoolApplication.State.choices if value != "draft"]
        return [
            {"name": "batch", "label": "批次", "options": options(self.batches)},
            *super().selects(),
            {"name": "state", "label": "状态", "options": options(states)},
            {"name": "category", "label": "类型", "options": options(Category.choices())},
            {"name": "route", "label": "申请方式", "options": options(Route.choices())},
            {"name": "score", "label": "得分", "options": options(scores)},
        ]

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        category = Category(row["unit__category"])
        found = super().row(row, today=today, calendar=calendar)
        route, filed = ROUTES.get(row["route"], ""), row["submitted_on"]
        found |= {
            "category": category.label,
            "sub": " · ".join(filter(None, [row["no"], found["place"], route])),
            "route_words": route,
            "url": f"{found['url']}review/",
            "submitted": present.short_date(filed, today=today) if filed else "—",
            "submitted_day": periods.chinese_date(filed) if filed else "",
        }
        if row["score"] is not None and category is Category.GREEN_FACTORY:
            edition, meets = self.edition, bool(row["meets_requirements"])
            band = rulebook.grade(row["score"], meets_requirements=meets, edition=edition)
            low = row["score"] < edition.pool_threshold
            found |= {
                "level": band.name if band else "无级别",
                "level_tone": "orange" if low or not band else "green",
            }
        return found


class ReviewView(ActView):
    """审核: material, checks that cite articles, decision and timeline on one page. POST decides."""

    roles = (DISTRICT, OFFICER, CHIEF)
    model = PoolApplication
    template_name = "registry/applications/review.html"
    related = ("unit__entity", "district", "batch")

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return self.render_page(self.get_case(), None, None)

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        chosen = act or request.POST.get("act", "")
        row = self.model.acts().get(chosen)
        if row is None:
            case = self.get_case()
            return self.render_page(case, None, None, errors=[{"text": "请选择办理意见"}], status=422)
        if row.follows:
            for way in onward.ways(self.get_case(), self.user):
                if way.act == chosen:
                    return redirect(way.url)
        return super().post(request, act=chosen, **kwargs)

    def render_page(self, case: Any, row: Act | None, form: ActForm | None, **extra: Any) -> HttpResponse:
        status = extra.pop("status", 200)
        return render(self.request, self.template_name, self.page(case, row, form) | extra, status=status)

    def page(self, case: PoolApplication, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        now = clock.now()
        today = now.date()
        documents = list(Document.objects.current().of(case, self.user))
        history = list(self.history(case))
        edition = edition_on(today)
        materials = {Material(d.kind) for d in documents}
        bars = case.bars()
        found = checks.points(case, today=today, edition=edition, bars=bars, materials=materials)
        words = Wording.offered("return", "refuse", values=values_of(case, edition=edition, bars=bars))
        # What waits for its day is offered from that day on.
        early = case.due_on is not None and today <= case.due_on
        open_acts = [a for a in case.acts_open_to(self.user) if not (early and a.desk is Desk.AFTER_DUE)]
        acts = [a for a in open_acts if a.name != "type_score"]
        returning = next((a for a in acts if a.name.startswith("return_by")), None)
        scoring = len(acts) < len(open_acts)
        chosen = row.name if row else self.request.GET.get("act", "")
        submissions = list(case.submissions.order_by("n"))
        located = demands.located(case, documents) if case.demands else []
        return super().page(case, row, form) | {
            "checked": demands.checked(case, documents, submissions),
            "differences": demands.differences(case, submissions),
            "located": located,
            "places": places(case) if returning else [],
            "return_findings": case.findings(returning.name, now) if returning else [],
            "quota": self._quota(case),
            "threshold": edition.pool_threshold,
            "tag": present.tag_or_held(case, self.user),
            "due": self.due(case),
            "points": found,
            "tally": checks.tally(found),
            "demands": self._demands(case, form, found),
            "templates": words["return"] if returning else [],
            "refusals": words["refuse"] if any(a.name == "refuse" for a in acts) else [],
            "choices": [
                {
                    "value": a.name,
                    "label": a.label,
                    "note": NOTES.get(a.name, ""),
                    "key": KEYS.get(a.name, ""),
                    "code": f"Key{KEYS[a.name]}" if a.name in KEYS else "",
                    "checked": a.name == chosen,
                    "words": WORDS.get(a.name, ""),
                }
                for a in acts
            ]
            + [way.choice | {"checked": way.act == chosen} for way in onward.ways(case, self.user)],
            "panels": onward.panels(case, self.user),
            "weighty": [
                {"label": a.label, "url": f"{case.get_absolute_url()}{a.name}/"}
                for a in acts
                if a.name in consequences.WEIGHTY
            ],
            "undo_seconds": Setting.number("undo_seconds", on=today) if any(a.undo for a in acts) else 0,
            "return_form": form
            if row is not None and form is not None and row == returning
            else form_for(case, returning, at=now)
            if returning
            else None,
            "score_form": form
            if row is not None and row.name == "type_score"
            else form_for(case, case.acts()["type_score"], at=now)
            if scoring
            else None,
            "return_open": returning is not None and chosen == returning.name,
            "ruler": checks.ruler(case, edition=edition),
            "score_rows": self._scores(case),
            "facts": [*filed_facts(case), {"label": "得分来源", "value": case.score_source}],
            "steps": steps(case),
            **material(documents, asked=self.request.GET.get("doc", ""), demands=located),
            "may_record": OFFICER.may(case, self.user) and case.state != case.DRAFT,
            "events": present.timeline(history),
            "submissions": len(submissions),
            "queue": self._queue(case),
        }

    def consequences(self, case: Any, row: Act) -> list[dict[str, str]]:
        return super().consequences(case, row) + consequences.of(case, row.name, clock.now())

    def _quota(self, case: PoolApplication) -> dict[str, Any]:
        """How much of the district's quota is used, while it has to recommend."""
        if case.state != "with_district" or (places := case.batch.places_of(case.district_id)) is None:
            return {}
        used = PoolApplication.places_used(case.batch).get(case.district_id or "", 0)
        return {
            "text": f"名额 {places} 个，已占用 {used} 个",
            "tone": "orange" if used >= places else "green",
        }

    def _demands(self, case: PoolApplication, form: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What was typed, else the doubts as a first draft of the demands."""
        if form is not None and hasattr(form, "items"):
            typed: list[dict[str, Any]] = form.items
            return typed
        where = {5: "申请材料", 6: "申请表", 8: "分级评价自评", 12: "单位基本信息"}
        return [
            {
                "text": point["text"],
                "where": where.get(point["article"], "申请表"),
                "article": point["article"],
            }
            for point in found
            if not point["ok"] and point["article"] in {5, 6} and case.state in {"with_district", "examining"}
        ]

    def _scores(self, case: PoolApplication) -> list[dict[str, Any]]:
        if case.category is not Category.GREEN_FACTORY:
            return []
        gap = case.score - case.self_score if case.score is not None and case.self_score is not None else None
        return [
            {
                "name": "合计",
                "full": 100,
                "own": case.self_score,
                "assessed": case.score,
                "gap": gap,
                "minus": bool(gap and gap < 0),
            }
        ]

    def _queue(self, case: Case) -> dict[str, Any]:
        """How many wait for this person, and the next one after this in order of due date."""
        rows = PoolApplication.objects.awaiting(self.user, on=clock.today()).exclude(pk=case.pk)
        counted = rows.order_by("due_on", "pk").annotate(rest=Window(Count("pk")))
        no, rest = counted.values_list("no", "rest").first() or ("", 0)
        return {"rest": rest, "next": f"/applications/{no}/review/" if no else ""}

    def next_url(self, done: Case, row: Act) -> str:
        if row.name == "type_score":
            return f"{done.get_absolute_url()}review/"
        if self.request.POST.get("on") == "next":
            queue = self._queue(done)
            return str(queue["next"] or "/applications/")
        return f"{done.get_absolute_url()}review/"


class ApplicationAct(ReviewView):
    """POST /applications/<no>/<act>/ by those who decide; a refusal shows the review page with what was typed."""

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        if case.state not in row.sources:
            message = f"{case.no} 现为“{case.state_label}”，不能办理“{row.label}”"
            return self.refuse(case, row, None, NotNow(message, case=case))
        if act not in consequences.WEIGHTY:
            return redirect(f"{case.get_absolute_url()}review/?act={act}")
        form = form_for(case, row, at=clock.now())
        found = case.findings(act, clock.now())
        context = ActView.page(self, case, row, form) | {
            "findings": found,
            "blocked": any(f.binding for f in found),
            "back": f"{case.get_absolute_url()}review/",
        }
        return render(request, ActView.template_name, context)


def places(case: PoolApplication) -> list[str]:
    """The words by which a demand finds its place: tasks, then fields."""
    tasks = tasks_of(case)
    return [task.label for task in tasks] + [label for task in tasks for label in labels_of(task).values()]


def filed_facts(case: PoolApplication) -> list[dict[str, Any]]:
    """What the unit states in its application. Nothing of what the bureau thinks of it."""
    assert case.unit is not None
    data = f"{case.data_year} 年" if case.data_year else ""
    return [
        {"label": "统一社会信用代码", "value": case.unit.entity.credit_code},
        {"label": "行业", "value": case.industry},
        {"label": "地址", "value": case.address},
        {"label": "联系人", "value": f"{case.contact} {case.phone}".strip()},
        {"label": "诊断机构", "value": case.report_agency},
        {"label": "报告出具日期", "value": case.report_date},
        {"label": f"{data}工业总产值（万元）", "value": case.output_value},
        {"label": f"{data}综合能源消费量（吨标准煤）", "value": case.energy_tce},
        {"label": f"{data}取水量（立方米）", "value": case.water_m3},
    ]


def steps(case: PoolApplication) -> list[dict[str, Any]]:
    """企业提交 → 区级推荐 → 市级审核 → 公示 → 入库, as far as this application has come."""
    by_district = case.route == "district" or case.state in {"with_district", "returned_by_district"}
    names = ["企业提交", *(["区级推荐"] if by_district else []), "市级审核", "公示", "入库"]
    at = {
        "draft": "企业提交",
        "with_district": "区级推荐",
        "returned_by_district": "企业提交",
        "district_declined": "区级推荐",
        "examining": "市级审核",
        "returned_by_bureau": "企业提交",
        "rechecking": "市级审核",
        "cleared": "公示",
        "on_notice": "公示",
        "admitted": "",
        "pool_left": "",
        "refused": "市级审核",
        "lapsed": "企业提交",
        "withdrawn": "企业提交",
    }[case.state]
    notes = {"企业提交": case.submitted_on, "区级推荐": case.recommended_on}
    if at == "" and case.closed_at:
        notes["入库"] = case.closed_at.date()
    now = names.index(at) if at else len(names)
    return [
        {
            "label": name,
            "state": "done" if n < now else "now" if n == now else "todo",
            "note": f"{day.month}月{day.day}日" if (day := notes.get(name)) else "",
        }
        for n, name in enumerate(names)
    ]


__all__ = ["ApplicationAct", "ApplicationList", "ReviewView", "filed_facts", "steps"]
