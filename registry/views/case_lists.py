"""The list that every kind of case is seen through: tabs, filters, bounded pages."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.views.generic import View

from greenmfg import clock, periods
from registry import names
from registry.models import Case, District, Holiday, User
from registry.views import present
from registry.views.cases import RoleRequired, number

PAGE_SIZES = (50, 100, 200)


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
        "unit__entity__name",
        "unit__site",
        "unit__category",
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
        size = number(get.get("size"), among=PAGE_SIZES)
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
            "tab": tab,
            "rows": [self.row(row, today=today, calendar=self.calendar) for row in self.named(shown)],
            "tabs": [
                {"label": labels[key], "url": self.link(tab=key), "count": counts[key], "current": key == tab}
                for key in counts
            ],
            "filters": self.filters(tab),
            "pager": self.pager(page),
        }

    def named(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with the names of district and handler: with two more tables in it, the join takes longer to
        plan than to run."""
        in_hand = {row["handler_id"] for row in rows} - {None}
        people = dict(User.objects.filter(pk__in=in_hand).values_list("pk", "name")) if in_hand else {}
        places = {district.pk: district.short for district in self.districts}
        return [
            row
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
