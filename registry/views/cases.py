"""The three pages that every kind of case is seen through: a list, a case, an act. And taking back.

`urls → ActView → form → perform → redirect`. Refusals are answered in one place, with what was typed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localdate
from django.views.generic import View

from greenmfg import clock, periods
from registry import names
from registry.acts import Act, AgainstRule, NotNow, NotYours, Refused
from registry.casework import new_op, perform, undo
from registry.forms import ActForm, form_for
from registry.models import Case, District, Event, Holiday, Setting, Unit, User
from registry.roles import Role
from registry.views import present

PAGE_SIZES = (50, 100, 200)


class RoleRequired(LoginRequiredMixin):
    """Signed in, and holding one of `roles`; others get 403."""

    roles: ClassVar[tuple[Role, ...]] = ()
    request: HttpRequest

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and self.roles and not self.user.plays(*self.roles):
            self.refuse_role()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def refuse_role(self) -> None:
        raise PermissionDenied("您没有查看本页面的权限")


class CasePage(RoleRequired, View):
    """A page about one case, fetched among those this person may see: others are 404."""

    model: type[Case] = Case
    related: ClassVar[tuple[str, ...]] = ("unit__entity", "unit__district", "district", "handler")

    def get_case(self) -> Any:
        visible = self.model.objects.visible_to(self.user).select_related(*self.related)
        return get_object_or_404(visible, no=self.kwargs["no"])

    def refuse_role(self) -> None:
        self.get_case()  # whoever may not even see the case is not told that it is there
        super().refuse_role()

    def buttons(self, case: Case) -> list[dict[str, Any]]:
        """The acts open to this person with what the measure says to each."""
        now = clock.now()
        found = []
        for row in case.acts_open_to(self.user):
            findings = case.findings(row.name, now)
            found.append(
                {
                    "act": row,
                    "url": f"{case.get_absolute_url()}{row.name}/",
                    "findings": findings,
                    "blocked": any(f.binding for f in findings),
                }
            )
        return found

    def history(self, case: Case) -> QuerySet[Event]:
        """The events, newest first, as far as this person sees them."""
        events = case.events.visible_to(self.user).select_related("by__district", "by__entity", "by__agency")
        return events.order_by("-seq")

    def timeline(self, case: Case) -> list[dict[str, Any]]:
        """What happened, newest first, as far as this person sees it."""
        return present.timeline(self.history(case))

    @cached_property
    def calendar(self) -> periods.Calendar:
        """The calendar that the page counts with, read once."""
        return Holiday.calendar_around(clock.today())

    def due(self, case: Case) -> dict[str, str]:
        today = clock.today()
        return {} if case.is_closed else present.due(case.due_on, today=today, calendar=self.calendar)


class CaseDetail(CasePage):
    """One case: facts, buttons, timeline. Kinds add facts and a template."""

    template_name = "registry/case.html"

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        return render(request, self.template_name, self.page(case))

    def page(self, case: Any) -> dict[str, Any]:
        return {
            "case": case,
            "tag": present.tag(case),
            "due": self.due(case),
            "buttons": self.buttons(case),
            "facts": self.facts(case),
            "events": self.timeline(case),
        }

    def facts(self, case: Any) -> list[dict[str, Any]]:
        """What the page states about the case."""
        return []


class ActView(CasePage):
    """GET asks, with consequences and findings; POST performs."""

    template_name = "registry/act.html"

    def start(self, act: str) -> tuple[Any, Act]:
        """The case and the row of the act; 404 for an act that the kind does not have."""
        row = self.model.acts().get(act)
        if row is None or row.follows:
            raise Http404(act)
        return self.get_case(), row

    def get(self, request: HttpRequest, act: str, **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        if case.pk and case.state not in row.sources:
            refusal = NotNow(f"{case.no} 现为“{case.state_label}”，不能办理“{row.label}”", case=case)
            return self.refuse(case, row, None, refusal)
        form = form_for(case, row, at=clock.now(), initial=self.initial(case, row))
        return self.show(case, row, form)

    def post(self, request: HttpRequest, act: str, **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        now = clock.now()
        form = form_for(case, row, at=now, data=request.POST)
        if not form.is_valid():
            return self.show(case, row, form, status=422)
        try:
            done = perform(
                case,
                row.name,
                by=self.user,
                at=now,
                seen=_number(request.POST.get("seen")),
                op=request.POST.get("op", "")[:40] or new_op(),
                reason=form.cleaned_data.get("reason", "").strip(),
                **form.act_data(),
            )
        except Refused as refusal:
            return self.refuse(case, row, form, refusal)
        if case.pk and case.unit_id == done.unit_id:
            done.unit = case.unit  # its name was read with the page
        self.remember(done, row, now)
        return redirect(self.next_url(done, row))

    def _stands(self, case: Case, row: Act) -> None:
        if not any(role.may(case, self.user) for role in row.by):
            raise PermissionDenied(f"您没有办理“{row.label}”的权限")

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        """What the form of this act starts with."""
        return {name: value for name, value in self.request.GET.items() if name != "next"}

    def show(self, case: Any, row: Act, form: ActForm, **extra: Any) -> HttpResponse:
        """The asking page, with the errors of the form if any."""
        status = extra.pop("status", 200)
        findings = case.findings(row.name, clock.now()) if case.pk or not row.opens else []
        return render(
            self.request,
            self.template_name,
            self.page(case, row, form)
            | {"findings": findings, "blocked": any(f.binding for f in findings)}
            | extra,
            status=status,
        )

    def page(self, case: Any, row: Act, form: ActForm | None) -> dict[str, Any]:
        return {
            "case": case,
            "row": row,
            "form": form,
            "op": new_op(),
            "tag": present.tag(case) if case.pk else None,
            "next": self.request.POST.get("next") or self.request.GET.get("next", ""),
            "after": self.consequences(case, row),
            "back": case.get_absolute_url() if case.pk else self.request.path.removesuffix("new/"),
        }

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        """What happens if this is pressed: the next state, who is told, until when it may be taken back."""
        kind = Case.kinds[case.KIND]
        facts = [{"label": "办理后状态", "value": str(dict(kind.State.choices)[row.target])}]
        if row.tells:
            facts.append({"label": "将通知", "value": "、".join(role.label for role in row.tells)})
        if row.undo:
            facts.append({"label": "可撤回", "value": f"提交后 {Setting.number('undo_seconds')} 秒内"})
        return facts

    def refuse(self, case: Any, row: Act, form: ActForm | None, refusal: Refused) -> HttpResponse:
        """The one answer to a refusal: the page again, with why and with all that was typed."""
        if isinstance(refusal, NotYours):
            raise PermissionDenied(refusal.message) from refusal
        if isinstance(refusal, NotNow) and case.pk:
            case = self.get_case()
        findings = refusal.findings if isinstance(refusal, AgainstRule) else []
        errors = [{"text": f.message, "article": f.article} for f in findings] or [{"text": refusal.message}]
        context = self.page(case, row, form) | {"errors": errors, "refusal": refusal, "findings": []}
        if isinstance(refusal, AgainstRule) and refusal.needs_reason:
            context["errors_title"] = "须写明理由后才能继续"
        return render(self.request, self.template_name, context, status=refusal.status)

    def remember(self, done: Case, row: Act, now: datetime) -> None:
        """Tell what was done, and keep in the session that it may be taken back."""
        name = done.unit.name if done.unit else done.no
        if not row.undo:
            messages.success(self.request, f"已办理“{row.label}”：{name}")
            self.request.session.pop("undo", None)
            return
        until = now + timedelta(seconds=Setting.number("undo_seconds"))
        self.request.session["undo"] = {
            "text": f"已办理“{row.label}”：{name}",
            "url": f"{done.get_absolute_url()}undo/",
            "until": until.timestamp(),
            "seen": done.version,
            "op": new_op(),
        }

    def next_url(self, done: Case, row: Act) -> str:
        asked = self.request.POST.get("next", "")
        if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={self.request.get_host()}):
            return asked
        return done.get_absolute_url()


class OpenView(ActView):
    """An opening act: there is no case yet."""

    act: str = ""

    def start(self, act: str) -> tuple[Any, Act]:
        return self.new_case(), self.model.acts()[act]

    def new_case(self) -> Case:
        return self.model()

    def refuse_role(self) -> None:
        RoleRequired.refuse_role(self)  # there is no case to look for

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return super().get(request, act=self.act, **kwargs)

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return super().post(request, act=self.act, **kwargs)


class UndoView(CasePage):
    """撤回本次决定."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        op = request.POST.get("op", "")[:40] or new_op()
        request.session.pop("undo", None)
        try:
            undo(case, by=self.user, at=clock.now(), seen=_number(request.POST.get("seen")), op=op)
        except Refused as refusal:
            return render(
                request,
                "409.html",
                {"refusal": refusal, "case": case, "back": case.get_absolute_url()},
                status=refusal.status,
            )
        messages.success(request, f"已撤回对 {case.unit.name if case.unit else case.no} 的本次决定")
        return redirect(case.get_absolute_url())


class CaseList(RoleRequired, View):
    """A list with tabs, filters and bounded pages. The number of queries does not grow with the rows."""

    model: type[Case] = Case
    template_name = "registry/list.html"
    path = ""
    title = ""
    columns: ClassVar[tuple[str, ...]] = ()  # of values(), besides the common ones
    tab_states: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = ()  # (key, label, states)
    common = (
        "pk",
        "no",
        "kind",
        "state",
        "due_on",
        "closed_at",
        "opened_at",
        "district_id",
        "unit_id",
        "handler_id",
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, self.template_name, self.page())

    # --- which rows

    @cached_property
    def calendar(self) -> periods.Calendar:
        """The calendar that the page counts with, read once."""
        return Holiday.calendar_around(clock.today())

    @cached_property
    def dues(self) -> dict[date | None, dict[str, str]]:
        return {}

    def base(self) -> QuerySet[Any]:
        return self.model.objects.visible_to(self.user)

    def filtered(self) -> QuerySet[Any]:
        """The visible rows under the filters of the address, without the tab."""
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            rows = rows.filter(Q(no__iexact=needle) | Q(unit__entity__search__contains=names.fold(needle)))
        if district := get.get("district"):
            rows = rows.filter(district_id=district)
        if category := get.get("category"):
            rows = rows.filter(unit__category=category)
        return rows

    def tab_conditions(self) -> dict[str, Q]:
        """Key of each tab → its condition; `todo` first, `all` last."""
        found = {key: Q(state__in=states) for key, _, states in self.tab_states}
        return found | {"all": Q()}

    def in_tab(self, rows: QuerySet[Any], tab: str) -> QuerySet[Any]:
        if tab == "todo":
            return rows.awaiting(self.user, on=clock.today())  # type: ignore[attr-defined,no-any-return]
        return rows.filter(self.tab_conditions()[tab])

    def ordering(self) -> tuple[str, ...]:
        return ("due_on", "pk")

    # --- what the page shows

    def page(self) -> dict[str, Any]:
        get, today = self.request.GET, clock.today()
        rows = self.filtered()
        counts = self.counts(rows)
        tab = get.get("tab", "todo" if counts.get("todo") else "all")
        if tab not in counts:
            tab = "all"
        size = _number(get.get("size"), among=PAGE_SIZES)
        found = self.in_tab(rows, tab).order_by(*self.ordering())
        paginator = _Counted(found.values_list("pk", flat=True), size)
        paginator.count = counts[tab]
        page = paginator.get_page(get.get("page"))
        # First which rows, then what they say: joining all of them to show a page costs more than the page.
        shown = self.in_tab(self.model.objects.filter(pk__in=page.object_list), tab)
        shown = list(shown.order_by(*self.ordering()).values(*self.common, *self.columns))
        labels = self.tab_labels()
        return {
            "title": self.title,
            "total": counts["all"],
            "todo": counts.get("todo", 0),
            "rows": [self.row(row, today=today, calendar=self.calendar) for row in self.named(shown)],
            "tabs": [
                {"label": labels[key], "url": self.link(tab=key), "count": counts[key], "current": key == tab}
                for key in counts
            ],
            "filters": self.filters(tab),
            "pager": self.pager(page),
        }

    def named(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with the names of unit, district and handler. A join of all these takes longer to plan than
        to run, so each is asked for by itself."""
        keys = {row["unit_id"] for row in rows}
        units = {
            key: {"unit__entity__name": name, "unit__site": site, "unit__category": category}
            for key, name, site, category in Unit.objects.filter(pk__in=keys).values_list(
                "pk", "entity__name", "site", "category"
            )
        }
        nameless = {"unit__entity__name": None, "unit__site": None, "unit__category": None}
        in_hand = {row["handler_id"] for row in rows} - {None}
        people = dict(User.objects.filter(pk__in=in_hand).values_list("pk", "name")) if in_hand else {}
        places = {district.pk: district.short for district in self.districts}
        return [
            row
            | units.get(row["unit_id"], nameless)
            | {
                "district__short": places.get(row["district_id"]),
                "handler__name": people.get(row["handler_id"]),
            }
            for row in rows
        ]

    @cached_property
    def districts(self) -> list[District]:
        """All districts in their order, for the filter and the rows."""
        return list(District.objects.all())

    def tab_labels(self) -> dict[str, str]:
        return {"todo": "待我办理", "all": "全部"} | {key: label for key, label, _ in self.tab_states}

    def counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        """The rows of each tab, in two queries: how many wait for this person, and how many are in each state."""
        todo: int = rows.awaiting(self.user, on=clock.today()).count()  # type: ignore[attr-defined]
        states: dict[str, int] = dict(rows.order_by().values_list("state").annotate(Count("pk")))
        tabs = {key: sum(states.get(state, 0) for state in among) for key, _, among in self.tab_states}
        return {"todo": todo} | tabs | {"all": sum(states.values())}

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        """One row for the template, from plain values."""
        kind = Case.kinds[row["kind"]]
        name = row["unit__entity__name"] or ""
        site = row["unit__site"]
        due = {} if row["closed_at"] else self.due_of(row["due_on"], today=today, calendar=calendar)
        return (
            row
            | due
            | {
                "title": f"{name}（{site}）" if site else name,
                "place": row["district__short"] or "待定区",
                "state_label": _labels(kind).get(row["state"], row["state"]),
                "tone": kind.TONES.get(row["state"], "grey"),
                "url": f"/{kind.URL}/{row['no']}/",
                "opened": present.short_date(localdate(row["opened_at"]), today=today),
            }
        )

    def due_of(self, day: date | None, *, today: date, calendar: periods.Calendar) -> dict[str, str]:
        """As present.due, counted once for each day of the page."""
        if day not in self.dues:
            self.dues[day] = present.due(day, today=today, calendar=calendar)
        return self.dues[day]

    def selects(self) -> list[dict[str, Any]]:
        """The filters that are chosen from a list."""
        if self.user.district_id:
            return []
        options = [{"value": d.code, "label": d.short} for d in self.districts]
        return [{"name": "district", "label": "区", "options": options}]

    def filters(self, tab: str) -> dict[str, Any]:
        get = self.request.GET
        selects = self.selects()
        chips = []
        for select in selects:
            value = get.get(select["name"], "")
            for option in select["options"]:
                option["selected"] = option["value"] == value
                if option["selected"]:
                    chips.append(
                        {
                            "label": f"{select['label']}：{option['label']}",
                            "url": self.link(**{select["name"]: ""}),
                        }
                    )
        return {
            "q": get.get("q", ""),
            "selects": selects,
            "chips": chips,
            "clear": f"{self.path}?tab={tab}",
            "keep": [{"name": "tab", "value": tab}],
        }

    def link(self, **changes: Any) -> str:
        """This list with some of the address changed; always back on page one unless told."""
        query = self.request.GET.copy()
        query.pop("page", None)
        for name, value in changes.items():
            query.pop(name, None)
            if value != "":
                query[name] = str(value)
        return f"{self.path}?{query.urlencode()}" if query else self.path

    def pager(self, page: Any) -> dict[str, Any]:
        paginator = page.paginator
        numbers = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
        return {
            "total": paginator.count,
            "shown": f"第 {page.start_index()}–{page.end_index()} 件" if paginator.count else "",
            "pages": [
                {"n": n, "url": self.link(page=n), "current": n == page.number}
                if isinstance(n, int)
                else {"gap": True}
                for n in numbers
            ]
            if paginator.num_pages > 1
            else [],
            "previous": self.link(page=page.previous_page_number()) if page.has_previous() else "",
            "next": self.link(page=page.next_page_number()) if page.has_next() else "",
        }


class _Counted(Paginator):  # type: ignore[type-arg]
    """A paginator that is told its count: the tab's number was counted already."""

    count = 0  # type: ignore[assignment]


@cache
def _labels(kind: type[Case]) -> dict[str, str]:
    """The words of the states of a kind; `choices` builds its list anew each time it is asked."""
    return {str(value): str(label) for value, label in kind.State.choices}


def _number(text: str | None, *, among: tuple[int, ...] = ()) -> int:
    """A whole number from a form or address; 0, or the first allowed one, when it is none."""
    number = int(text) if text and text.isdecimal() and len(text) < 10 else 0
    return number if not among or number in among else among[0]


__all__ = ["ActView", "CaseDetail", "CaseList", "CasePage", "OpenView", "RoleRequired", "UndoView"]
