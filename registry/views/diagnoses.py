"""绿色诊断: the list with its potential units, one diagnosis, and inviting (Articles 4, 13)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from greenmfg import clock, periods
from greenmfg.rulebook import Category, Level
from registry import names
from registry.diagnosing import invite_each, why_not
from registry.models import Diagnosis, EvaluatorAgency, Event, Holiday, Measure, Standing, Unit
from registry.roles import CHIEF, DISTRICT, OFFICER
from registry.views import present
from registry.views.case_lists import CaseList
from registry.views.cases import RoleRequired, number
from registry.views.exports import Shown
from registry.views.files import card, pictures

CATEGORIES = {str(code): label for code, label in Category.choices()}
PROGRESS = Measure.Progress
TONES = {PROGRESS.DONE: 3, PROGRESS.DOING: 1, PROGRESS.PLANNED: 2, PROGRESS.DROPPED: 2}
DESK_ROWS = 5  # of diagnoses and of measures on an enterprise's desk
STREAM = 200  # of a unit's events, looked through for those of one diagnosis

# The filter by progress: its value → label and condition on the counts of measures.
PROGRESS_FILTER: dict[str, tuple[str, Q]] = {
    "none": ("没有措施", Q(all_n=0)),
    "planned": ("有未开始的", Q(planned_n__gt=0)),
    "doing": ("有实施中的", Q(doing_n__gt=0)),
    "done": ("全部完成", Q(all_n__gt=0, planned_n=0, doing_n=0, done_n__gt=0)),
}


def counted(rows: QuerySet[Diagnosis]) -> QuerySet[Diagnosis]:
    """With the number of measures, of those in each progress, and of all."""
    each = {f"{one.value}_n": Count("measures", filter=Q(measures__progress=one)) for one in PROGRESS}
    return rows.annotate(all_n=Count("measures"), **each)


class DiagnosisList(CaseList):
    """绿色诊断: what was diagnosed, and who of them could be in the pool and is not."""

    roles = (DISTRICT, OFFICER, CHIEF)
    model: Any = Diagnosis
    template_name = "registry/diagnoses/list.html"
    path = "/diagnoses/"
    title = "绿色诊断"
    measure = "条"
    shown: ClassVar[Any] = (
        Shown(heading="单位", parts=(("单位", "title", 62), ("所在区", "place", 18))),
        Shown(heading="类型", key="category", width=34),
        Shown(heading="年度", key="year", width=16),
        Shown(heading="诊断机构", key="agency__name", width=50),
        Shown(heading="措施完成", key="done", width=20),
        Shown(heading="培育库", key="where_words", width=22),
        Shown(heading="邀请", key="invited_day", width=30),
    )
    common = ()  # type: ignore[assignment]
    columns = (
        "pk", "year", "done_on", "invited_on", "agency__name", "unit_id", "unit__entity_id", "unit__entity__name",
        "unit__site", "unit__category", "unit__district_id", "all_n", "done_n", "dropped_n",
    )  # fmt: skip

    def base(self) -> QuerySet[Diagnosis]:
        return Diagnosis.objects.visible_to(self.user)

    def filtered(self) -> QuerySet[Diagnosis]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            rows = rows.filter(unit__entity__search__contains=names.fold(needle))
        if (year := number(get.get("year"))) and year < 10_000:
            rows = rows.filter(year=year)
        if district := get.get("district"):
            rows = rows.filter(unit__district_id=district)
        if category := get.get("category"):
            rows = rows.filter(unit__category=category)
        if agency := number(get.get("agency")):
            rows = rows.filter(agency_id=agency)
        if get.get("invited") in {"yes", "no"}:
            rows = rows.filter(invited_on__isnull=get["invited"] == "no")
        if progress := PROGRESS_FILTER.get(get.get("progress", "")):
            # Asked apart, so that the counts of the tabs stay sums over plain rows.
            rows = rows.filter(pk__in=counted(Diagnosis.objects.all()).filter(progress[1]).values("pk"))
        return rows

    def counts(self, rows: QuerySet[Diagnosis]) -> dict[str, int]:
        plain = Diagnosis.objects
        condition = {
            "potential_n": Q(pk__in=plain.all().potential().values("pk")),
            "pool_n": Q(pk__in=plain.all().in_pool().values("pk")),
        }
        found = rows.aggregate(
            all_n=Count("pk"), **{key: Count("pk", filter=q) for key, q in condition.items()}
        )
        return {"all": found["all_n"], "potential": found["potential_n"], "pool": found["pool_n"]}

    def tab_labels(self) -> dict[str, str]:
        return {"all": "全部", "potential": "潜力单位", "pool": "已入库"}

    def in_tab(self, rows: Any, tab: str) -> Any:
        chosen = {"potential": rows.potential, "pool": rows.in_pool}.get(tab, rows.all)()
        return counted(chosen)

    def ordering(self) -> tuple[str, ...]:
        return ("-year", "unit__entity__folded", "pk")

    def named(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """With the district's name, and where the unit stands on its way to the pool."""
        places = {district.pk: district.short for district in self.districts}
        shown = Diagnosis.objects.filter(pk__in=[row["pk"] for row in rows])
        in_pool = set(shown.in_pool().values_list("pk", flat=True))
        applying = set(shown.applying().values_list("pk", flat=True))
        return [
            row
            | {
                "place": places.get(row["unit__district_id"], "待定区"),
                "where": "已入库" if row["pk"] in in_pool else "申报中" if row["pk"] in applying else "",
            }
            for row in rows
        ]

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        name, site = row["unit__entity__name"], row["unit__site"]
        real = row["all_n"] - row["dropped_n"]
        invited = row["invited_on"]
        return row | {
            "title": f"{name}（{site}）" if site else name,
            "url": f"/diagnoses/{row['pk']}/",
            "category": CATEGORIES[row["unit__category"]],
            "done": f"{row['done_n']} / {real}" if real else "—",
            "share": round(100 * row["done_n"] / real) if real else 0,
            "where_words": row["where"] or "潜力单位",
            "invited": present.short_date(invited, today=today) if invited else "",
            "invited_day": periods.chinese_date(invited) if invited else "",
            "invitable": not row["where"] and invited != today,
        }

    def selects(self) -> list[dict[str, Any]]:
        def options(pairs: Any) -> list[dict[str, str]]:
            return [{"value": str(value), "label": str(label)} for value, label in pairs]

        years = self.base().order_by("-year").values_list("year", flat=True).distinct()
        agencies = EvaluatorAgency.objects.filter(diagnoses__in=self.base()).distinct().order_by("name")
        return [
            {"name": "year", "label": "年度", "options": options((year, f"{year} 年") for year in years)},
            *super().selects(),
            {"name": "category", "label": "类型", "options": options(Category.choices())},
            {"name": "agency", "label": "诊断机构", "options": options(agencies.values_list("pk", "name"))},
            {"name": "invited", "label": "邀请", "options": options([("yes", "已邀请"), ("no", "未邀请")])},
            {
                "name": "progress",
                "label": "措施进展",
                "options": options((key, label) for key, (label, _) in PROGRESS_FILTER.items()),
            },
        ]

    def page(self) -> dict[str, Any]:
        may = self.user.plays(OFFICER, DISTRICT)
        found = super().page()
        some = may and any(row["invitable"] for row in found["rows"])
        nothing = {"empty_title": "还没有登记绿色诊断", "empty_text": "登记或导入后在此列出"}
        return found | nothing | {"may_register": may, "may_invite": some}


class DiagnosisPage(RoleRequired, View):
    """A page about one diagnosis, fetched among those this person may see: others are 404."""

    related: ClassVar[tuple[str, ...]] = ("unit__entity", "unit__district", "agency", "registered_by")

    def get_diagnosis(self) -> Diagnosis:
        visible = Diagnosis.objects.visible_to(self.user).select_related(*self.related)
        return get_object_or_404(visible, pk=self.kwargs["pk"])


class DiagnosisDetail(DiagnosisPage):
    """One diagnosis: facts, report, measures with their progress, history, and what this person may do."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        diagnosis, today = self.get_diagnosis(), clock.today()
        calendar = Holiday.calendar_around(today)
        report = diagnosis.documents.current().first()
        measures = list(diagnosis.measures.all())
        invites = diagnosis.may_invite(self.user)
        against = why_not(diagnosis.unit, on=today) if invites else ""
        context = {
            "diagnosis": diagnosis,
            "unit": diagnosis.unit,
            "category": CATEGORIES[diagnosis.unit.category],
            "facts": facts(diagnosis),
            "shown": report and {**card(report), "count": report.pages, "pages": pictures(report)},
            "measures": [
                {
                    "measure": measure,
                    "tag": {"label": measure.get_progress_display(), "tone": measure_tone(measure)},  # type: ignore[attr-defined]
                    "planned": periods.chinese_date(measure.planned_on) if measure.planned_on else "",
                }
                | open_due(measure, today=today, calendar=calendar)
                for measure in measures
            ],
            "bars": bars(measures),
            "most": len(measures),
            "may_edit": diagnosis.may_edit(self.user),
            "may_progress": bool(measures) and diagnosis.may_progress(self.user),
            "may_invite": invites and not against,
            "against": against,
            "events": present.timeline(self.history(diagnosis)),
        }
        return render(request, "registry/diagnoses/detail.html", context)

    def history(self, diagnosis: Diagnosis) -> list[Event]:
        """The diagnosis' own events among its unit's, newest first."""
        events = Event.objects.visible_to(self.user).filter(unit=diagnosis.unit_id, act="record")
        latest = events.select_related("by__district", "by__entity", "by__agency").order_by("-seq")[:STREAM]
        return [event for event in latest if event.data.get("diagnosis") == diagnosis.pk]


class InviteView(RoleRequired, View):
    """邀请申报: one or many ticked at once; then who was told, whom to telephone, who was left out and why."""

    roles = (OFFICER, DISTRICT)
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = [number(value) for value in request.POST.getlist("diagnosis")]
        found = Diagnosis.objects.visible_to(self.user).filter(pk__in=chosen)
        found = found.select_related("unit__entity", "unit__district").order_by("pk")
        if not found:
            messages.error(request, "请至少选择一家单位")
            return redirect("/diagnoses/?tab=potential")
        done, left = invite_each(list(found), by=self.user, at=clock.now())

        def shown(diagnosis: Diagnosis, **more: Any) -> dict[str, Any]:
            unit = diagnosis.unit
            return {"name": unit.name, "url": diagnosis.get_absolute_url(), "unit": unit, **more}

        context = {
            "done": [shown(one, people="、".join(user.name for user in told)) for one, told in done if told],
            "calls": [shown(one) for one, told in done if not told],
            "left": [shown(one, why=refusal.message) for one, refusal in left],
        }
        return render(request, "registry/diagnoses/invited.html", context)


def facts(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    """What is on record of a diagnosis."""
    by = diagnosis.registered_by
    return [
        {"label": "单位", "value": diagnosis.unit.name, "url": f"/units/{diagnosis.unit_id}/"},
        {"label": "诊断年度", "value": f"{diagnosis.year} 年"},
        {"label": "诊断机构", "value": diagnosis.agency.name},
        {"label": "完成日期", "value": periods.chinese_date(diagnosis.done_on) if diagnosis.done_on else ""},
        {"label": "诊断结论", "value": diagnosis.summary},
        {
            "label": "登记",
            "value": f"{by.name}（{'企业自行登记' if diagnosis.is_own_word else '主管部门登记'}）"
            if by
            else "",
        },
        {
            "label": "邀请申报",
            "value": periods.chinese_date(diagnosis.invited_on) if diagnosis.invited_on else "未邀请",
        },
    ]


def bars(measures: list[Measure]) -> list[dict[str, Any]]:
    """How many measures are in each progress, as bars show it."""
    return [
        {
            "label": str(one.label),
            "value": sum(measure.progress == one for measure in measures),
            "tone": TONES[one],
        }
        for one in (PROGRESS.DONE, PROGRESS.DOING, PROGRESS.PLANNED, PROGRESS.DROPPED)
    ]


def measure_tone(measure: Measure) -> str:
    """The colour of a measure's progress."""
    return {PROGRESS.DONE: "green", PROGRESS.DOING: "blue"}.get(PROGRESS(measure.progress), "grey")


def open_due(measure: Measure, *, today: Any, calendar: periods.Calendar) -> dict[str, str]:
    """The deadline of a measure that is not over."""
    over = measure.progress in {PROGRESS.DONE, PROGRESS.DROPPED}
    return {} if over else present.due(measure.planned_on, today=today, calendar=calendar)


def of_unit(user: Any, unit: Unit) -> list[dict[str, Any]]:
    """The diagnoses of a unit as its page lists them, as far as this person sees them."""
    rows = counted(Diagnosis.objects.visible_to(user).filter(unit=unit)).select_related("agency")
    return [
        {
            "url": one.get_absolute_url(),
            "year": one.year,
            "agency": one.agency.name,
            "done": f"{one.done_n} / {one.all_n}" if one.all_n else "—",  # type: ignore[attr-defined]
            "invited": periods.chinese_date(one.invited_on) if one.invited_on else "",
        }
        for one in rows.order_by("-year")
    ]


def advice(
    user: Any, cases: list[dict[str, Any]], *, today: Any, calendar: periods.Calendar
) -> dict[str, Any]:
    """What an enterprise's desk says of its diagnoses: invitations that can be taken up, measures still to be done.

    `cases` are the desk's rows, so that nobody is asked to apply who is applying.
    """
    rows = list(
        counted(Diagnosis.objects.visible_to(user)).select_related("unit", "agency").order_by("-year", "pk")
    )
    taken = {row["case"].unit_id for row in cases if not row["case"].is_closed}
    taken |= set(Standing.objects.filter(unit__in=[one.unit_id for one in rows], level=Level.POOL, until=None)
                 .values_list("unit_id", flat=True))  # fmt: skip
    calls = {one.unit_id: one for one in reversed(rows) if one.invited_on and one.unit_id not in taken}
    open_ones = Measure.objects.filter(diagnosis__in=[one.pk for one in rows], planned_on__isnull=False)
    due = open_ones.exclude(progress__in=[PROGRESS.DONE, PROGRESS.DROPPED]).select_related("diagnosis")
    return {
        "diagnoses": [
            {"one": one, "category": CATEGORIES[one.unit.category], "done": f"{one.done_n} / {one.all_n}"}  # type: ignore[attr-defined]
            for one in rows[:DESK_ROWS]
        ],
        "invitations": [
            {
                "category": CATEGORIES[one.unit.category],
                "day": periods.chinese_date(one.invited_on),
                "url": f"/my/applications/new/?category={one.unit.category}",
            }
            for one in calls.values()
            if one.invited_on
        ],
        "measures": [
            {"measure": measure, "url": f"{measure.diagnosis.get_absolute_url()}progress/"}
            | open_due(measure, today=today, calendar=calendar)
            for measure in due.order_by("planned_on", "pk")[:DESK_ROWS]
        ],
    }


__all__ = ["DiagnosisDetail", "DiagnosisList", "DiagnosisPage", "InviteView"]
