"""名单发布 and 培育库名录: lists drawn up, signed, exported; the pool as it stands today."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.generic import View

from greenmfg import clock, periods
from greenmfg.rulebook import Category, Level
from registry import names
from registry.acts import Act
from registry.forms import ActForm
from registry.models import District, Roster, RosterLine, Standing, Unit
from registry.roles import ADMIN, CHIEF, DISTRICT, OFFICER
from registry.views import present
from registry.views.case_lists import DUE, STATE, CaseList
from registry.views.cases import ActView, CaseDetail, OpenView, RoleRequired
from registry.views.exports import EXPORT, ExportingRows, Shown

BUREAU = (OFFICER, CHIEF)
CATEGORIES = {str(code): label for code, label in Category.choices()}
LEVELS = {str(code): label for code, label in Level.choices()}
PER_PAGE = 100


class RosterList(CaseList):
    """名单发布. The administrator sees published lists and nothing else: `visible_to` sees to that."""

    roles = (*BUREAU, ADMIN)
    model = Roster
    template_name = "registry/rosters/list.html"
    path = "/lists/edit/"
    title = "名单发布"
    columns = ("title", "doc_no", "level", "category", "as_of", "dated", "lines_n")
    shown: ClassVar[Any] = (
        Shown(
            heading="标题 / 编号",
            look="main",
            sort="no",
            parts=(("标题", "title", 70), ("编号", "no", 32), ("发文字号", "doc_no", 40)),
        ),
        STATE,
        Shown(heading="级别与类型", key="kind_words", width=40),
        Shown(heading="截至日期", key="as_of", width=30),
        Shown(heading="单位数", key="lines_n", look="num", width=16),
        DUE,
    )

    @property
    def tab_states(self) -> Any:  # type: ignore[override]
        drawing = (("drafted", "待签发", ("drafted", "sent_back")),) if self.user.plays(*BUREAU) else ()
        return (*drawing, ("published", "已发布", ("published",)), ("imported", "导入", ("imported",)))

    def filtered(self) -> QuerySet[Any]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            named = RosterLine.objects.filter(name__contains=names.tidy(needle)).values("roster")
            head = Q(no__iexact=needle) | Q(title__contains=needle) | Q(doc_no__contains=needle)
            rows = rows.filter(head | Q(pk__in=named))
        if level := get.get("level"):
            rows = rows.filter(level=level)
        return rows.filter(category=get["category"]) if get.get("category") else rows

    def counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        found = super().counts(rows)
        return found if self.user.plays(*BUREAU) else {k: n for k, n in found.items() if k != "todo"}

    def in_tab(self, rows: QuerySet[Any], tab: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().in_tab(rows, tab).annotate(lines_n=Count("lines"))
        return found

    def ordering(self) -> tuple[Any, ...]:
        return (F("as_of").desc(nulls_last=True), "-pk")

    def selects(self) -> list[dict[str, Any]]:
        return [_select("level", "级别", LEVELS), _select("category", "类型", CATEGORIES)]

    def filters(self, tab: str) -> dict[str, Any]:
        return super().filters(tab) | {"placeholder": "标题、文号、单位名称"}

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        kind = f"{LEVELS[row['level']]} · {CATEGORIES.get(row['category'], '全部类型')}"
        as_of = periods.chinese_date(row["as_of"]) if row["as_of"] else ""
        found = super().row(row, today=today, calendar=calendar)
        return found | {
            "title": row["title"],
            "sub": " · ".join(filter(None, [row["no"], row["doc_no"]])),
            "kind_words": kind,
            "as_of": as_of,
        }

    def page(self) -> dict[str, Any]:
        found = super().page()
        return found | {
            "may_open": self.user.plays(OFFICER),
            "empty_icon": "certificate",
            "empty_title": "这里没有名单",
        }


class NewRoster(OpenView):
    """拟名单: drawn from the standings of a day."""

    roles = (OFFICER,)
    model = Roster
    act = "draw_up"

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        today = clock.today()
        return {
            "level": Level.POOL.value,
            "as_of": today,
            "title": f"北京市绿色制造培育库名单（{today.year}年{today.month}月）",
        }

    def page(self, case: Any, row: Act, form: ActForm | None) -> dict[str, Any]:
        found = super().page(case, row, form)
        drawn = {"label": "名单内容", "value": "按截至日期的现行资格自动生成，生成后不再变动"}
        return found | {"after": [drawn, *found["after"]]}


class RosterDetail(CaseDetail):
    """One list: lines, difference to the one before, acts, files."""

    roles = (*BUREAU, ADMIN)
    model = Roster
    template_name = "registry/rosters/roster.html"

    def page(self, case: Roster) -> dict[str, Any]:
        paginator = Paginator(case.lines.order_by("n"), PER_PAGE)
        shown = paginator.get_page(self.request.GET.get("page"))
        is_ours = case.state != "imported"
        earlier = case.previous() if is_ours and case.as_of else None
        change = case.difference() if earlier else None
        files = list(case.files.order_by("pk")) if case.state == "published" else []
        known = {line.unit_id for line in shown}
        visible = set(Unit.objects.visible_to(self.user).filter(pk__in=known).values_list("pk", flat=True))
        return super().page(case) | {
            "lines": [
                {
                    "n": line.n,
                    "name": line.name,
                    "category": CATEGORIES.get(line.category, line.category),
                    "district": line.district or line.region,
                    "industry": line.industry,
                    "grade": line.grade,
                    "url": f"/units/{line.unit_id}/" if line.unit_id in visible else "",
                }
                for line in shown
            ],
            "graded": case.is_graded,
            "total": paginator.count,
            "pager": _pager(shown, lambda n: f"?page={n}"),
            "earlier": earlier,
            "change": change,
            "files": [
                {
                    "name": file.get_format_display(),
                    "url": f"/lists/{case.no}.{file.format}",
                    "size": present.megabytes(file.size),
                    "sha256": file.sha256,
                }
                for file in files
            ],
            "may_preview": is_ours and self.user.plays(*BUREAU),
            "list_title": "名单发布",
        }

    def facts(self, case: Roster) -> list[dict[str, Any]]:
        day = periods.chinese_date
        found = [
            ("级别", LEVELS[case.level]),
            ("类型", CATEGORIES.get(case.category, "全部类型")),
            ("发文字号", case.doc_no),
            ("截至日期", day(case.as_of) if case.as_of else ""),
            ("成文日期", day(case.dated) if case.dated else "签发时确定" if not case.is_closed else ""),
            ("批次", case.batch),
        ]
        facts: list[dict[str, Any]] = [{"label": k, "value": v} for k, v in found if v]
        if case.source_url:
            facts.append({"label": "来源", "value": case.source_url, "url": case.source_url})
        return facts


class RosterAct(ActView):
    """One act of a list. 重新拟定 begins with what had been written."""

    roles = BUREAU
    model = Roster

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        fields = ("level", "category", "as_of", "title", "doc_no", "text")
        written = {name: getattr(case, name) for name in fields}
        return written if row.name == "redraw" else super().initial(case, row)

    def consequences(self, case: Any, row: Act) -> list[dict[str, str]]:
        """With what the paper says, so that nobody signs a number."""
        paper = [
            {"label": "标题", "value": case.title},
            {"label": "发文字号", "value": case.doc_no},
            {"label": "单位数", "value": f"{case.lines.count()} 家"},
        ]
        return [*paper, *super().consequences(case, row)]


# --- the pool


class PoolView(ExportingRows, RoleRequired, View):
    """培育库名录: units with a current pool Standing, as page or as file of exactly what is filtered."""

    roles: ClassVar[Any] = (DISTRICT, *BUREAU)
    title = "北京市绿色制造培育库名录"
    measure = "家"
    shown = (
        Shown(heading="单位名称", parts=(("单位名称", "name", 62), ("统一社会信用代码", "code", 42))),
        Shown(heading="类型", key="category", width=34),
        Shown(heading="所在区", key="district", width=18),
        Shown(heading="批次", key="batch", width=27),
        Shown(heading="入库日期", key="since", width=30),
        Shown(heading="入库申请", key="case_no", width=30),
    )

    def show(self, *, status: int = 200) -> HttpResponse:
        page = self.page(self.filtered())
        return render(self.request, "registry/rosters/pool.html", page, status=status)

    def base(self) -> QuerySet[Standing]:
        held = Standing.objects.filter(level=Level.POOL, until__isnull=True)
        return held.filter(unit__district=self.user.district) if self.user.plays(DISTRICT) else held

    def filtered(self) -> QuerySet[Standing]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            rows = rows.filter(unit__entity__search__contains=names.fold(needle))
        if get.get("district") and not self.user.plays(DISTRICT):
            rows = rows.filter(unit__district_id=get["district"])
        if category := get.get("category"):
            rows = rows.filter(unit__category=category)
        related = rows.select_related("unit__entity", "unit__district", "opened_by_case")
        return related.order_by(
            F("unit__district__order").asc(nulls_last=True), "unit__entity__folded", "unit__category", "pk"
        )

    def selects(self) -> list[dict[str, Any]]:
        found = [_select("category", "类型", CATEGORIES)]
        if not self.user.plays(DISTRICT):
            found.insert(0, _select("district", "区", dict(District.objects.values_list("code", "short"))))
        for select in found:
            for option in select["options"]:
                option["selected"] = option["value"] == self.request.GET.get(select["name"], "")
        return found

    def row(self, standing: Standing) -> dict[str, Any]:
        unit = standing.unit
        case = standing.opened_by_case
        return {
            "name": unit.name,
            "url": f"/units/{unit.pk}/",
            "code": unit.entity.credit_code or "",
            "category": CATEGORIES[unit.category],
            "district": unit.district.short if unit.district else "待定区",
            "batch": standing.batch,
            "since": periods.chinese_date(standing.since) if standing.since else "",
            "case_no": case.no if case else "",
            "case_url": f"{case.get_absolute_url()}review/" if case else "",
            "published": standing.name_as_published if standing.name_as_published != unit.name else "",
        }

    def page(self, rows: QuerySet[Standing]) -> dict[str, Any]:
        paginator = Paginator(rows, PER_PAGE)
        shown = paginator.get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        for name in ("page", EXPORT):
            query.pop(name, None)
        selects = self.selects()
        return {
            "rows": [self.row(standing) for standing in shown],
            "total": paginator.count,
            "q": self.request.GET.get("q", ""),
            "selects": selects,
            "chips": [
                {"label": f"{select['label']}：{option['label']}", "url": _without(query, select["name"])}
                for select in selects
                for option in select["options"]
                if option["selected"]
            ],
            "why": f"当前条件：{'；'.join(self.conditions())}" if not paginator.count else "",
            "heads": [one.heading for one in self.shown],
            "exports": self.exports() if paginator.count else [],
            "pager": _pager(shown, lambda n: f"/pool/?{query.urlencode()}&page={n}"),
        }


def _select(name: str, label: str, choices: dict[str, str]) -> dict[str, Any]:
    options = [{"value": value, "label": words} for value, words in choices.items()]
    return {"name": name, "label": label, "options": options}


def _without(query: Any, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    return f"/pool/?{rest.urlencode()}"


def _pager(page: Any, link: Any) -> dict[str, Any]:
    """What components/pagination.html shows of a page of a Paginator."""
    paginator = page.paginator
    numbers = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "total": paginator.count,
        "shown": f"第 {page.start_index()}–{page.end_index()} 家" if paginator.count else "",
        "pages": [
            {"n": n, "url": link(n), "current": n == page.number} if isinstance(n, int) else {"gap": True}
            for n in numbers
        ]
        if paginator.num_pages > 1
        else [],
    }


__all__ = ["NewRoster", "PoolView", "RosterAct", "RosterDetail", "RosterList"]
