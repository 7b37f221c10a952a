"""The list that every kind of case is seen through: tabs, filters, bounded pages, and the same as a file."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.views.generic import View

from greenmfg import clock, periods
from registry import names
from registry.models import Case, District, Holiday, User
from registry.views import present
from registry.views.cases import RoleRequired, number
from registry.views.exports import EXPORT, Exporting, Shown, cells

PAGE_SIZES = (50, 100, 200)

NAME = Shown(
    heading="单位 / 编号",
    look="main",
    sort="no",
    parts=(("单位", "title", 62), ("编号", "no", 34), ("区", "place", 18)),
)
STATE = Shown(heading="状态", key="state_label", look="tag")
DUE = Shown(heading="办理时限", look="due", sort="due_on", parts=(("办理时限", "due_day", 30),))
HANDLER = Shown(heading="经办人", key="handler__name", width=20)
OPENED = Shown(heading="发起", key="opened", sort="opened_at", parts=(("发起日期", "opened_day", 30),))


class CaseList(Exporting, RoleRequired, View):
    """A list with tabs, filters and bounded pages. The number of queries does not grow with the rows.

    `shown` declares the columns once, for the page and for the file.
    """

    model: type[Case] = Case
    template_name = "registry/list.html"
    path = ""
    title = ""
    shown: ClassVar[tuple[Shown, ...]] = (NAME, STATE, DUE, HANDLER, OPENED)
    columns: ClassVar[tuple[str, ...]] = ()  # of values(), besides the common ones
    kept: ClassVar[tuple[str, ...]] = ("tab", "sort")  # of the address, when a filter is chosen
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

    def show(self, *, status: int = 200) -> HttpResponse:
        return render(self.request, self.template_name, self.page(), status=status)

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
        if (
            district := get.get("district")
        ) and not self.user.district_id:  # whose rows are of one district anyway
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
            return self.waiting(rows)
        return rows.filter(self.tab_conditions()[tab])

    def waiting(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that wait for this person."""
        kinds = [self.model] if self.model.KIND else []
        return rows.awaiting(self.user, on=clock.today(), kinds=kinds)  # type: ignore[attr-defined,no-any-return]

    def ordering(self) -> tuple[Any, ...]:
        return ("due_on", "pk")

    def order(self) -> tuple[Any, ...]:
        """As asked for by a heading, else the list's own order."""
        asked = self.request.GET.get("sort", "")
        name = asked.removeprefix("-")
        if not any(one.sort and one.sort == name for one in self.shown):
            return self.ordering()
        by = F(name).desc(nulls_last=True) if asked.startswith("-") else F(name).asc(nulls_last=True)
        return (by, "pk")

    # --- what the page shows

    @cached_property
    def chosen(self) -> tuple[str, dict[str, int], QuerySet[Any]]:
        """The tab, the counts of all tabs, and the rows of this one in their order."""
        rows = self.filtered()
        counts = self.counts(rows)
        tab = self.request.GET.get("tab", "todo" if counts.get("todo") else "all")
        if tab not in counts:
            tab = "all"
        return tab, counts, self.in_tab(rows, tab).order_by(*self.order())

    def drawn(self, keys: list[int], tab: str) -> list[dict[str, Any]]:
        """The rows with these keys as page and file show them.

        First which rows, then what they say: joining all of them to show a page costs more than the page.
        """
        found = self.in_tab(self.model.objects.filter(pk__in=keys), tab).order_by(*self.order())
        rows = self.named(list(found.values(*self.common, *self.columns)))
        return self.dressed([self.row(row, today=clock.today(), calendar=self.calendar) for row in rows])

    def dressed(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with what takes a query for all of them together."""
        return rows

    def page(self) -> dict[str, Any]:
        tab, counts, found = self.chosen
        size = number(self.request.GET.get("size"), among=PAGE_SIZES)
        paginator = _Counted(found.values_list("pk", flat=True), size)
        paginator.count = counts[tab]
        page = paginator.get_page(self.request.GET.get("page"))
        rows = self.drawn(list(page.object_list), tab)
        labels = self.tab_labels()
        filters = self.filters(tab)
        return {
            "title": self.title,
            "total": counts["all"],
            "todo": counts.get("todo", 0),
            "tab": tab,
            "heads": self.heads(),
            "rows": [row | {"cells": cells(self.shown, row)} for row in rows],
            "tabs": [
                {"label": labels[key], "url": self.link(tab=key), "count": counts[key], "current": key == tab}
                for key in counts
            ],
            "filters": filters,
            "hidden": self.hidden(labels[tab], filters, counts["all"]) if not rows else {},
            "exports": self.exports() if rows else [],
            "pager": self.pager(page),
        }

    def heads(self) -> list[dict[str, str]]:
        """The headings; those that sort lead to the list sorted so, or the other way round."""
        asked = self.request.GET.get("sort", "")
        found = []
        for one in self.shown:
            head = {"label": one.heading, "look": one.look}
            if one.sort:
                up = asked == one.sort
                head["url"] = self.link(sort=f"-{one.sort}" if up else one.sort)
                head["sort"] = "ascending" if up else "descending" if asked == f"-{one.sort}" else ""
            found.append(head)
        return found

    def hidden(self, tab: str, filters: dict[str, Any], elsewhere: int) -> dict[str, str]:
        """Why there is nothing to see although there might be: which filters, or the tab. Empty when there is nothing."""
        said = self.said(filters)
        if elsewhere:
            where = f"（{'；'.join(said)}）" if said else ""
            text = f"“{tab}”中没有，全部视图{where}中有 {elsewhere} 件"
            return {"text": text, "url": self.link(tab="all"), "button": "查看全部"}
        if said:
            return {
                "text": f"当前条件：{'；'.join(said)}",
                "url": filters["clear"],
                "button": "清除条件",
            }
        return {}

    def said(self, filters: dict[str, Any]) -> list[str]:
        """The filters that are on, in words."""
        needle = filters["q"].strip()
        return [*([f"包含“{needle}”"] if needle else []), *(chip["label"] for chip in filters["chips"])]

    # --- the same as a file

    def listed(self, most: int) -> tuple[int, list[Any]]:
        tab, counts, found = self.chosen
        if counts[tab] > most:
            return counts[tab], []
        rows = self.drawn(list(found.values_list("pk", flat=True)), tab)
        return len(rows), rows

    def conditions(self) -> list[str]:
        tab = self.chosen[0]
        return [self.tab_labels()[tab], *self.said(self.filters(tab))]

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
        todo = self.waiting(rows).count()
        states: dict[str, int] = dict(rows.order_by().values_list("state").annotate(Count("pk")))
        tabs = {key: sum(states.get(state, 0) for state in among) for key, _, among in self.tab_states}
        return {"todo": todo} | tabs | {"all": sum(states.values())}

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        """One row for the template, from plain values."""
        kind = Case.kinds[row["kind"]]
        name = row["unit__entity__name"] or ""
        site = row["unit__site"]
        due = {} if row["closed_at"] else self.due_of(row["due_on"], today=today, calendar=calendar)
        opened = localdate(row["opened_at"])
        place = row["district__short"] or "待定区"
        return (
            row
            | due
            | {
                "title": f"{name}（{site}）" if site else name,
                "place": place,
                "sub": f"{row['no']} · {place}",
                "state_label": _labels(kind).get(row["state"], row["state"]),
                "tone": kind.TONES.get(row["state"], "grey"),
                "url": f"/{kind.URL}/{row['no']}/",
                "opened": present.short_date(opened, today=today),
                "opened_day": periods.chinese_date(opened),
                "due_day": periods.chinese_date(row["due_on"]) if due and row["due_on"] else "",
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
            "keep": [
                {"name": name, "value": tab if name == "tab" else get[name]}
                for name in self.kept
                if name == "tab" or get.get(name)
            ],
        }

    def link(self, **changes: Any) -> str:
        """This list with some of the address changed; always back on page one unless told."""
        query = self.request.GET.copy()
        for name in ("page", EXPORT):
            query.pop(name, None)
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
            "shown": f"第 {page.start_index()}–{page.end_index()} {self.measure}" if paginator.count else "",
            "pages": [
                {"n": n, "url": self.link(page=n), "current": n == page.number}
                if isinstance(n, int)
                else {"gap": True}
                for n in numbers
            ]
            if paginator.num_pages > 1
            else [],
            "unit": self.measure,
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
