"""工作台, 待办事项, 已办: what waits for this person, and what they have done."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.views.generic import View

from greenmfg import clock, periods, rulebook
from registry import names
from registry.models import Case, Event, Holiday, Unit
from registry.models.editions import edition_on
from registry.roles import ADMIN, AUDITOR, CHIEF, DISTRICT, EVALUATOR, OFFICER, REGISTRANT, SECURITY, UNIT
from registry.views import figures, present
from registry.views.case_lists import DUE, NAME, CaseList
from registry.views.cases import RoleRequired
from registry.views.exports import Exporting, Shown

TODO_ROWS = 8
WEEKDAYS = "一二三四五六日"
FIELDS = (
    "pk",
    "no",
    "kind",
    "state",
    "due_on",
    "district__short",
    "unit__entity__name",
    "unit__site",
    "unit__category",
)
Door = tuple[str, str, str, str]  # icon, title, what it is for, address

DOORS: dict[str, list[Door]] = {
    ADMIN.code: [
        ("settings", "系统管理", "账号、区、法人主体、单位和评价机构", "/backstage/"),
        ("clock", "期限与设置", "各项期限和设置的值、依据和施行日期", "/manage/rules/"),
        ("calendar", "休假日历", "法定休假日与调休上班日，导入年度安排", "/manage/calendar/"),
        ("certificate", "名单发布", "查看并导出已发布的名单", "/lists/edit/"),
        ("file-import", "导入", "更新各区联系方式", "/imports/"),
        ("book", "制度依据", "管理办法全文", "/rules/"),
    ],
    SECURITY.code: [
        ("shield-check", "角色授权", "核定账号的角色、所属区、法人主体和机构", "/backstage/"),
        ("book", "制度依据", "管理办法全文", "/rules/"),
    ],
    AUDITOR.code: [
        ("history", "办理日志", "按日期、人员、动作、编号查阅全部办理记录", "/manage/audit/"),
        ("book", "制度依据", "管理办法全文", "/rules/"),
    ],
}


class DeskView(RoleRequired, View):
    """工作台."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.user.plays(UNIT, REGISTRANT):
            return redirect("/my/")
        if self.user.role in DOORS:
            return render(request, "registry/desk/plain.html", self.plain())
        if self.user.plays(EVALUATOR):
            return render(request, "registry/desk/tasks.html", self.tasks())
        return render(request, "registry/desk/desk.html", self.page())

    def plain(self) -> dict[str, Any]:
        """The desk of those who do no casework here: the doors to what they do."""
        doors = [
            {"icon": icon, "title": title, "text": text, "url": url}
            for icon, title, text, url in DOORS[self.user.role]
        ]
        return {"doors": doors, "today": dated(clock.today())}

    def waiting(self, today: date, *, calendar: periods.Calendar) -> dict[str, Any]:
        """What waits for this person: its lights, the soonest rows, and on which days they are due."""
        edition = edition_on(today)
        amber_until = figures.near(today, calendar=calendar)
        awaiting = Case.objects.awaiting(self.user, on=today).order_by()
        mine = awaiting.aggregate(**figures.lights(today, amber_until=amber_until))
        urgent = mine["red"] + mine["amber"]
        tab = "urgent" if self.request.GET.get("tab") == "urgent" else "all"
        shown = awaiting.filter(due_on__lte=amber_until) if tab == "urgent" else awaiting
        rows = list(shown.order_by(F("due_on").asc(nulls_last=True), "pk").values(*FIELDS)[:TODO_ROWS])
        due: figures.Rows = list(
            awaiting.filter(due_on__isnull=False)
            .values("due_on")
            .annotate(n=Count("pk"))
            .order_by("due_on")[:60]
        )
        return {
            "today": dated(today),
            "mine": mine,
            "urgent": urgent,
            "rows": rows,
            "edition": edition,
            "due": due,
            "todo": figures.todo_rows(rows, today=today, calendar=calendar, edition=edition),
            "todo_total": mine["n"] if tab == "all" else urgent,
            "todo_tabs": [
                {"label": "全部", "url": "/desk/", "count": mine["n"], "current": tab == "all"},
                {
                    "label": "逾期与临期",
                    "url": "/desk/?tab=urgent",
                    "count": urgent,
                    "current": tab == "urgent",
                },
                {"label": "我已办", "url": "/desk/done/", "count": None, "current": False},
            ],
        }

    def tasks(self) -> dict[str, Any]:
        """The desk of those who work on what was given to them: how much in which state, and by when."""
        user, today = self.user, clock.today()
        calendar = Holiday.calendar_around(today)
        amber_until = figures.near(today, calendar=calendar)
        found = self.waiting(today, calendar=calendar)
        dates = {"due": found["due"], "today": today, "amber_until": amber_until}
        return found | {
            "stats": figures.task_tiles(user, mine=found["mine"], today=today, amber_until=amber_until),
            "calendar": figures.calendar_entries(user, notices=[], batches=[], **dates),
        }

    def page(self) -> dict[str, Any]:
        user, today = self.user, clock.today()
        calendar = Holiday.calendar_around(today)
        amber_until = figures.near(today, calendar=calendar)
        found = self.waiting(today, calendar=calendar)
        notices = figures.running_notices(user)
        batches = figures.calls(clock.now())
        batch = next((b for b in batches if b.opens <= clock.now()), None)
        filed = figures.batch_rows(user, batch)
        objections = figures.open_objections(user) if not user.plays(DISTRICT) else 0
        states = figures.by_state(user, today=today, amber_until=amber_until)
        return found | {
            "batch": batch,
            "closing": periods.working_days_between(today, batch.closes_on, calendar=calendar)
            if batch
            else 0,
            "first": self.first(found["rows"]),
            "stats": figures.tiles(
                user, mine=found["mine"], states=states, notices=notices, objections=objections, today=today
            ),
            "calendar": figures.calendar_entries(
                user,
                notices=notices,
                batches=batches,
                due=found["due"],
                today=today,
                amber_until=amber_until,
            ),
            "filed": sum(row["n"] for row in filed),
            "progress": figures.progress(filed, batch=batch) if batch else [],
            "own": (own := self.own(states) if user.plays(DISTRICT) else []),
            "own_max": max([1, *(row["value"] for row in own)]),
            "pending": 0 if user.plays(DISTRICT) else Unit.objects.pending().count(),
            "districts": figures.by_district(filed, batch=batch) if batch else {},
            "scores": figures.scores(user, batch, edition=found["edition"]),
        }

    def first(self, rows: list[dict[str, Any]]) -> str:
        """Where working through the applications begins: the soonest one, as the list of them is sorted."""
        no = next((row["no"] for row in rows if row["kind"] == "pool"), "")
        return f"/applications/{no}/review/" if no else ""

    def own(self, states: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A district's own figures instead of the map of all."""
        shown = [
            ("待区级推荐", "district", ("with_district",)),
            ("区级退回补正", "returned", ("returned_by_district",)),
            ("市级审核中", "examining", ("examining", "rechecking")),
            ("拟入库", "cleared", ("cleared",)),
            ("公示中", "on_notice", ("on_notice",)),
            ("已入库", "admitted", ("admitted",)),
        ]
        return [
            {
                "label": label,
                "value": figures.summed(states, *of)["n"],
                "url": f"/applications/?tab={tab}",
                "tone": min(tone, 4),
            }
            for tone, (label, tab, of) in enumerate(shown)
        ]


class TodoList(CaseList):
    """待办事项: every kind in one list, soonest due first."""

    roles = (DISTRICT, OFFICER, CHIEF, EVALUATOR)
    template_name = "registry/desk/todo.html"
    path = "/desk/todo/"
    title = "待办事项"
    shown: ClassVar[Any] = (
        NAME,
        Shown(heading="事项", key="matter"),
        Shown(heading="综合得分", parts=(("综合得分", "score", 20), ("参照分级", "level", 28))),
        Shown(heading="状态", key="note"),
        DUE,
    )

    def base(self) -> QuerySet[Any]:
        return Case.objects.awaiting(self.user, on=clock.today())

    def filtered(self) -> QuerySet[Any]:
        rows = super().filtered()
        kind = self.request.GET.get("kind", "")
        return rows.filter(kind=kind) if kind in Case.kinds else rows

    def tab_conditions(self) -> dict[str, Q]:
        today = clock.today()
        until = figures.near(today, calendar=self.calendar)
        return {
            "all": Q(),
            "red": Q(due_on__lt=today),
            "amber": Q(due_on__gte=today, due_on__lte=until),
            "later": Q(due_on__gt=until) | Q(due_on__isnull=True),
        }

    def tab_labels(self) -> dict[str, str]:
        return {"all": "全部", "red": "逾期", "amber": "临期", "later": "其余"}

    def counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        conditions = self.tab_conditions().items()
        return rows.aggregate(**{key: Count("pk", filter=condition) for key, condition in conditions})

    def in_tab(self, rows: QuerySet[Any], tab: str) -> QuerySet[Any]:
        return rows.filter(self.tab_conditions()[tab])

    def ordering(self) -> tuple[Any, ...]:
        return (F("due_on").asc(nulls_last=True), "pk")

    def selects(self) -> list[dict[str, Any]]:
        kinds = [{"value": code, "label": Case.kinds[code].LABEL} for code in figures.worked_on(self.user)]
        return [*super().selects(), {"name": "kind", "label": "事项", "options": kinds}]

    def dressed(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        today = clock.today()
        drawn = figures.todo_rows(rows, today=today, calendar=self.calendar, edition=edition_on(today))
        return [one | {"due_day": row["due_day"]} for one, row in zip(drawn, rows, strict=True)]

    def page(self) -> dict[str, Any]:
        return super().page() | {
            "empty_icon": "circle-check",
            "empty_title": "今日待办已清",
            "empty_url": "/desk/done/",
            "empty_button": "查看已办",
        }


class DoneList(Exporting, RoleRequired, View):
    """已办: what I did, in my words, newest first."""

    roles: ClassVar[Any] = (DISTRICT, OFFICER, CHIEF, EVALUATOR)
    PER_PAGE = 50
    title = "已办"
    shown = (
        Shown(heading="单位 / 编号", parts=(("单位", "title", 62), ("编号", "no", 34), ("事项", "kind", 26))),
        Shown(heading="办理", parts=(("办理", "label", 26), ("依据", "cited", 20))),
        Shown(heading="本人意见", key="said", width=60),
        Shown(heading="现状态", key="state"),
        Shown(heading="时间", key="time", width=36),
    )

    def found(self) -> QuerySet[Event]:
        """All that this person did, as far as the search goes."""
        rows = Event.objects.filter(by=self.user, case__in=Case.objects.visible_to(self.user))
        if needle := self.request.GET.get("q", "").strip():
            unit = Q(case__unit__entity__search__contains=names.fold(needle))
            rows = rows.filter(Q(case__no__iexact=needle) | Q(reason__contains=needle) | unit)
        return rows.select_related("case__unit__entity").order_by("-pk")

    def listed(self, most: int) -> tuple[int, list[Any]]:
        rows = self.found()
        count = rows.count()
        return count, [done_row(event) for event in rows] if count <= most else []

    def conditions(self) -> list[str]:
        needle = self.request.GET.get("q", "").strip()
        return [f"包含“{needle}”"] if needle else []

    def show(self, *, status: int = 200) -> HttpResponse:
        rows = self.found()
        before = self.request.GET.get("before", "")
        if before.isdecimal() and len(before) < 16:
            rows = rows.filter(pk__lt=int(before))
        events = list(rows[: self.PER_PAGE + 1])
        more = len(events) > self.PER_PAGE
        events = events[: self.PER_PAGE]
        page = {
            "q": self.request.GET.get("q", "").strip(),
            "heads": [one.heading for one in self.shown],
            "rows": [done_row(event) for event in events],
            "older": events[-1].pk if more else None,
            "is_later_page": bool(before),
            "exports": self.exports() if events else [],
        }
        return render(self.request, "registry/desk/done.html", page, status=status)


def done_row(event: Event) -> dict[str, Any]:
    """One thing done: the act, the case, the words, the state that it led to."""
    case = event.case
    assert case is not None
    kind = Case.kinds[case.kind]
    demands = [item["text"] for item in event.data.get("demands", [])]
    numbered = [f"{n}. {text}" for n, text in enumerate(demands, start=1)]
    return {
        "label": event.label,
        "title": case.unit.name if case.unit else f"{kind.LABEL} {case.no}",
        "no": case.no,
        "url": case.get_absolute_url(),
        "kind": kind.LABEL,
        "words": event.reason,
        "demands": demands,
        "said": "\n".join(filter(None, [event.reason, *numbered])),
        "when": present.moment(event.at),
        "time": f"{localtime(event.at):%Y-%m-%d %H:%M}",
        "iso": event.at.isoformat(),
        "state": str(dict(kind.State.choices).get(case.state, case.state)),
        "tone": kind.TONES.get(case.state, "grey"),
        "article": event.article,
        "cited": rulebook.cite(event.article) if event.article else "",
    }


def dated(day: date) -> str:
    """2026年3月18日 星期三."""
    return f"{periods.chinese_date(day)} 星期{WEEKDAYS[day.weekday()]}"


__all__ = ["DeskView", "DoneList", "TodoList"]
