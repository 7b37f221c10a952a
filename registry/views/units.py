"""单位名录 and 待定区: who is on the books, for the bureau and the districts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from greenmfg import clock
from greenmfg.rulebook import Category
from registry import names
from registry.forms import PlacingForm
from registry.models import Diagnosis, District, RosterLine, Standing, Unit, User
from registry.placing import place
from registry.roles import CHIEF, DISTRICT, OFFICER
from registry.views.cases import RoleRequired
from registry.views.exports import ExportingRows, Shown
from registry.views.site import LEVEL_TONES, LEVELS, filters, paged, select

PER_PAGE = 50
SOURCES = 2  # of a unit, the latest ones
YES_NO = {"people": ("有经办人", "无经办人"), "diagnosed": ("已诊断", "未诊断")}


class UnitRows(ExportingRows, RoleRequired, View):
    """What both lists share: rows by filters of the address, in bounded pages."""

    measure = "家"

    def base(self) -> QuerySet[Unit]:
        raise NotImplementedError

    def filtered(self) -> QuerySet[Unit]:
        get, rows = self.request.GET, self.base()
        if needle := get.get("q", "").strip():
            rows = rows.filter(entity__search__contains=names.fold(needle))
        if category := get.get("category"):
            rows = rows.filter(category=category)
        level = get.get("level", "")
        if level in LEVELS:
            rows = rows.filter(Exists(_held(level)))
        elif level == "none":
            rows = rows.filter(~Exists(_held()))
        return rows.select_related("entity", "district")

    def selects(self) -> list[dict[str, Any]]:
        return [
            select(
                self.request, "category", "类型", ((str(value), label) for value, label in Category.choices())
            ),
            select(self.request, "level", "资格", [*LEVELS.items(), ("none", "无现行资格")]),
        ]

    def page(self) -> dict[str, Any]:
        rows, pager = paged(self.request, self.filtered(), size=PER_PAGE, measure="家")
        return {
            "rows": [self.row(unit) for unit in rows],
            "pager": pager,
            "filters": filters(self.request, self.selects()),
            "exports": self.exports() if rows else [],
        }

    def row(self, unit: Unit) -> dict[str, Any]:
        return {
            "pk": unit.pk,
            "name": unit.name,
            "url": f"/units/{unit.pk}/",
            "code": unit.entity.credit_code or "未登记代码",
            "category": unit.get_category_display(),
            "district": unit.district.short if unit.district else "待定区",
            "pending": unit.district is None,
        }


def _held(level: str = "") -> QuerySet[Standing]:
    """The current standings of the outer unit, on this level or any."""
    current = Standing.objects.filter(unit=OuterRef("pk"), until__isnull=True)
    return current.filter(level=level) if level else current


class UnitList(UnitRows):
    """单位名录."""

    roles = (DISTRICT, OFFICER, CHIEF)
    title = "单位名录"
    shown = (
        Shown(heading="单位名称", parts=(("单位名称", "name", 62), ("统一社会信用代码", "code", 42))),
        Shown(heading="类型", key="category", width=34),
        Shown(heading="所在区", key="district", width=18),
        Shown(heading="现行资格", key="held_words", width=34),
        Shown(heading="经办人", key="people", width=20),
        Shown(heading="绿色诊断", key="diagnosed", width=20),
    )

    def base(self) -> QuerySet[Unit]:
        rows = Unit.objects.in_use()
        return rows.filter(district_id=self.user.district_id) if self.user.plays(DISTRICT) else rows

    def filtered(self) -> QuerySet[Unit]:
        get, rows = self.request.GET, super().filtered()
        if (district := get.get("district")) and not self.user.plays(DISTRICT):
            rows = rows.filter(district_id=district) if district != "none" else rows.filter(district=None)
        rows = rows.annotate(
            with_people=Exists(User.objects.filter(entity=OuterRef("entity"), is_active=True)),
            diagnosed=Exists(Diagnosis.objects.filter(unit=OuterRef("pk"))),
        )
        for name, field in (("people", "with_people"), ("diagnosed", "diagnosed")):
            if get.get(name) in {"yes", "no"}:
                rows = rows.filter(**{field: get[name] == "yes"})
        current = Standing.objects.filter(until__isnull=True).order_by("level")
        held = Prefetch("standings", queryset=current, to_attr="held")
        order = F("district__order").asc(nulls_first=True)
        return rows.prefetch_related(held).order_by(order, "entity__folded", "category", "site", "pk")

    def selects(self) -> list[dict[str, Any]]:
        found = super().selects()
        if not self.user.plays(DISTRICT):
            districts = [*District.objects.values_list("code", "short"), ("none", "待定区")]
            found.insert(0, select(self.request, "district", "区", districts))
        for name, label in (("people", "经办人"), ("diagnosed", "诊断")):
            found.append(select(self.request, name, label, zip(("yes", "no"), YES_NO[name], strict=True)))
        return found

    def row(self, unit: Any) -> dict[str, Any]:
        return super().row(unit) | {
            "held": [{"label": LEVELS[one.level], "tone": LEVEL_TONES[one.level]} for one in unit.held],
            "held_words": "、".join(LEVELS[one.level] for one in unit.held),
            "people": YES_NO["people"][not unit.with_people],
            "diagnosed": YES_NO["diagnosed"][not unit.diagnosed],
        }

    def show(self, *, status: int = 200) -> HttpResponse:
        bureau = not self.user.plays(DISTRICT)
        pending = Unit.objects.pending().count() if bureau else 0
        context = self.page() | {"bureau": bureau, "pending": pending, "place": self.user.district}
        return render(self.request, "registry/units/list.html", context, status=status)


class PendingList(UnitRows):
    """待定区: the units without a district, and where they come from. POST gives a district to those ticked."""

    roles = (OFFICER, CHIEF)
    title = "待定区单位"
    shown = (
        Shown(
            heading="单位名称",
            parts=(
                ("单位名称", "name", 62),
                ("统一社会信用代码", "code", 42),
                ("公布时名称", "published", 50),
            ),
        ),
        Shown(heading="类型", key="category", width=34),
        Shown(heading="来源", key="source_words", width=70),
        Shown(heading="地址", key="address", width=50),
    )

    def base(self) -> QuerySet[Unit]:
        return Unit.objects.pending()

    def filtered(self) -> QuerySet[Unit]:
        rows = super().filtered()
        if batch := self.request.GET.get("batch", "").strip():
            rows = rows.filter(Exists(RosterLine.objects.filter(unit=OuterRef("pk"), roster__batch=batch)))
        lines = RosterLine.objects.select_related("roster").order_by("-roster__dated", "-pk")
        return rows.prefetch_related(Prefetch("roster_lines", queryset=lines)).order_by(
            "entity__folded", "category", "pk"
        )

    def selects(self) -> list[dict[str, Any]]:
        batches = (
            RosterLine.objects.filter(unit__in=self.base())
            .exclude(roster__batch="")
            .order_by("roster__batch")
        )
        names_of = batches.values_list("roster__batch", flat=True).distinct()
        return [
            *super().selects(),
            select(self.request, "batch", "来源批次", ((one, one) for one in names_of)),
        ]

    def row(self, unit: Unit) -> dict[str, Any]:
        lines = list(unit.roster_lines.all())
        rosters = list(dict.fromkeys(line.roster for line in lines))
        return super().row(unit) | {
            "address": unit.address,
            "sources": [
                {"title": roster.title, "url": f"/lists/{roster.no}/", "batch": roster.batch}
                for roster in rosters[:SOURCES]
            ],
            "source_words": "；".join(roster.title for roster in rosters[:SOURCES]),
            "published": lines[0].name if lines and names.fold(lines[0].name) != unit.entity.folded else "",
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.user.plays(OFFICER):
            self.refuse_role()
        form = PlacingForm(request.POST)
        if not form.is_valid():
            return self.show(form=form, status=422)
        district = form.cleaned_data["district"]
        placed, left = place(form.cleaned_data["unit"], district, by=self.user, at=clock.now())
        if placed:
            messages.success(request, f"已将 {len(placed)} 家单位划入{district.name}")
        if left:
            messages.warning(request, f"另有 {left} 家的所在区已由他人确定，未作改动")
        query = request.GET.urlencode()
        return redirect(f"/units/pending/?{query}" if query else "/units/pending/")

    def show(self, *, form: PlacingForm | None = None, status: int = 200) -> HttpResponse:
        form = form or PlacingForm()
        counted = Unit.objects.pending().order_by("category").values_list("category").annotate(Count("pk"))
        counts = {Category(category).label: n for category, n in counted}
        context = self.page() | {
            "form": form,
            "ticked": set(form.data.getlist("unit")) if form.is_bound else set(),
            "may_place": self.user.plays(OFFICER),
            "counts": [{"label": label, "value": n} for label, n in counts.items()],
            "total": sum(counts.values()),
            "query": self.request.GET.urlencode(),
        }
        return render(self.request, "registry/units/pending.html", context, status=status)


__all__ = ["PendingList", "UnitList"]
