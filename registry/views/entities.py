"""法人主体 for the bureau: finding them, their page, merging two records of one, taking a merge back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from greenmfg import clock
from registry import names
from registry.acts import Refused
from registry.forms import MergeForm, MergePair
from registry.merging import changed_since, merge, plan_of, restore
from registry.models import Event, LegalEntity, Merge
from registry.resources.likeness import alike, core
from registry.roles import CHIEF, OFFICER
from registry.views import present
from registry.views.cases import RoleRequired
from registry.views.exports import ExportingRows, Shown
from registry.views.site import filters, paged, select

BUREAU = (OFFICER, CHIEF)
PER_PAGE = 50
NEAR = 6
MERGES = 20
EVENTS = 50


def _row(entity: LegalEntity) -> dict[str, Any]:
    return {
        "pk": entity.pk,
        "name": entity.name,
        "url": f"/entities/{entity.pk}/",
        "code": entity.credit_code or "未登记代码",
    }


def _merge_row(deed: Merge) -> dict[str, Any]:
    return {
        "kept": _row(deed.kept),
        "gone": _row(deed.gone),
        "reason": deed.reason,
        "who": deed.by.name,
        "when": present.moment(deed.at),
        "url": deed.get_absolute_url() if deed.stands else "",
        "restored": present.moment(deed.restored_at) if deed.restored_at else "",
    }


class EntityList(ExportingRows, RoleRequired, View):
    """法人主体: found by name, former name, code or pinyin; and the latest merges."""

    roles = BUREAU
    title = "法人主体"
    measure = "个"
    shown = (
        Shown(heading="名称", key="name", width=70),
        Shown(heading="统一社会信用代码", key="code", width=42),
        Shown(heading="单位", key="units", width=18),
        Shown(heading="经办人", key="people", width=18),
    )

    def filtered(self) -> QuerySet[LegalEntity]:
        rows = LegalEntity.objects.in_use().order_by("folded", "pk")
        if needle := self.request.GET.get("q", "").strip():
            rows = rows.filter(search__contains=names.fold(needle))
        if self.request.GET.get("code") == "none":
            rows = rows.filter(credit_code__isnull=True)
        people = Count("people", filter=Q(people__is_active=True), distinct=True)
        return rows.annotate(unit_count=Count("units", distinct=True), person_count=people)

    def row(self, entity: Any) -> dict[str, Any]:
        return _row(entity) | {"units": entity.unit_count, "people": entity.person_count}

    def selects(self) -> list[dict[str, Any]]:
        return [select(self.request, "code", "代码", [("none", "未登记代码")])]

    def show(self, *, status: int = 200) -> HttpResponse:
        rows, pager = paged(self.request, self.filtered(), size=PER_PAGE, measure=self.measure)
        merges = Merge.objects.select_related("kept", "gone", "by")[:MERGES]
        context = {
            "rows": [self.row(one) for one in rows],
            "pager": pager,
            "filters": filters(self.request, self.selects()),
            "exports": self.exports() if rows else [],
            "merges": [_merge_row(deed) for deed in merges],
            "may_restore": self.user.plays(OFFICER),
        }
        return render(self.request, "registry/entities/list.html", context, status=status)


class EntityPage(RoleRequired, View):
    """One entity: names, code, units, people, events; which other records it may be merged with."""

    roles = BUREAU

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        entity = get_object_or_404(LegalEntity.objects.select_related("merged_into"), pk=pk)
        sought = request.GET.get("q", "").strip()[:100]
        events = Event.objects.filter(stream=entity.stream).order_by("-seq").select_related("by")[:EVENTS]
        deeds = Merge.objects.filter(Q(kept=entity) | Q(gone=entity)).select_related("kept", "gone", "by")
        context = {
            "entity": entity,
            "facts": [
                {"label": "统一社会信用代码", "value": entity.credit_code or "未登记"},
                *([{"label": "代码佐证说明", "value": entity.code_evidence}] if entity.code_evidence else []),
                {"label": "曾用名", "value": "、".join(entity.names_before())},
            ],
            "units": entity.units.select_related("district").order_by("category", "site", "pk"),
            "people": entity.people.order_by("-is_active", "pk"),
            "events": present.timeline(events),
            "merges": [_merge_row(deed) for deed in deeds],
            "successor": _row(entity.merged_into) if entity.merged_into else None,
            "may_restore": self.user.plays(OFFICER),
            "may_merge": self.user.plays(OFFICER) and not entity.merged_into_id,
            "q": sought,
            "others": self.others(entity, sought),
        }
        return render(request, "registry/entities/entity.html", context)

    def others(self, entity: LegalEntity, sought: str) -> list[dict[str, Any]]:
        """What was looked for, else the records whose names are the same or near."""
        rest = LegalEntity.objects.in_use().exclude(pk=entity.pk).order_by("pk")
        if sought:
            found = rest.filter(search__contains=names.fold(sought)).order_by("folded", "pk")[:NEAR]
            return [_row(one) | {"why": "按名称查找"} for one in found]
        pairs = list(rest.values_list("pk", "folded"))
        folded = [text for _, text in pairs]
        why = {pk: "名称相同" for pk, text in pairs if text == entity.folded}
        for place, percent in alike(entity.folded, folded, [core(text) for text in folded]):
            why.setdefault(pairs[place][0], f"名称相近（{percent}%）")
        kept = dict(list(why.items())[:NEAR])
        found_by = LegalEntity.objects.in_bulk(kept)
        return [_row(found_by[pk]) | {"why": words} for pk, words in kept.items()]


class MergeView(RoleRequired, View):
    """核对并合并: everything that would go over, and what stands against it. POST carries it out."""

    roles = (OFFICER,)

    def pair(self) -> tuple[LegalEntity, LegalEntity]:
        form = MergePair(self.request.GET)
        if not form.is_valid():
            raise Http404("没有这个法人主体")
        return form.cleaned_data["kept"], form.cleaned_data["gone"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(MergeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        kept, gone = self.pair()
        form = MergeForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            merge(kept.pk, gone.pk, by=self.user, at=clock.now(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            return self.show(form, errors=[{"text": refusal.message}], status=refusal.status)
        messages.success(request, f"已将“{gone}”并入“{kept}”")
        return redirect(f"/entities/{kept.pk}/")

    def show(self, form: MergeForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        kept, gone = self.pair()
        plan = plan_of(kept, gone, on=clock.today())
        context = {
            "kept": _row(kept),
            "gone": _row(gone),
            "counts": [{"label": label, "value": f"{n} 条"} for label, n in plan.counts().items()],
            "plan": plan,
            "units": gone.units.select_related("district", "entity").order_by("category", "site", "pk"),
            "form": form,
            "errors": errors,
            "swap": f"/entities/merge/?kept={gone.pk}&gone={kept.pk}",
        }
        return render(self.request, "registry/entities/merge.html", context, status=status)


class RestoreView(RoleRequired, View):
    """恢复分立: the merge taken back by its own list, unless something has changed since."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(pk, MergeForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        deed, form = self.deed(pk), MergeForm(request.POST)
        if not form.is_valid():
            return self.show(pk, form, status=422)
        try:
            restore(deed, by=self.user, at=clock.now(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            return self.show(pk, form, errors=[{"text": refusal.message}], status=refusal.status)
        messages.success(request, f"已恢复“{deed.gone}”")
        return redirect(f"/entities/{deed.gone_id}/")

    def deed(self, pk: int) -> Merge:
        found: Merge = get_object_or_404(Merge.objects.select_related("kept", "gone", "by"), pk=pk)
        return found

    def show(self, pk: int, form: MergeForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        deed = self.deed(pk)
        context = {
            "deed": _merge_row(deed),
            "rows": len(deed.moves),
            "problems": changed_since(deed) if deed.stands else ["该次合并已恢复分立"],
            "form": form,
            "errors": errors,
        }
        return render(self.request, "registry/entities/restore.html", context, status=status)


__all__ = ["EntityList", "EntityPage", "MergeView", "RestoreView"]
