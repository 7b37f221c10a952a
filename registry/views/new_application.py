"""新建申请: which calls are open for what, the clocks that run, what is taken over; and drafts that outlive a call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from greenmfg import clock, rulebook
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Finding, Level, Material
from registry.acts import NotNow
from registry.casework import record
from registry.drafts import attach, move_draft, open_draft
from registry.forms import NewApplicationForm
from registry.models import Batch, Diagnosis, Document, PoolApplication, Standing, Unit
from registry.models.units import MERGED
from registry.roles import UNIT
from registry.views.cases import CasePage, RoleRequired, number

NOTES = {
    Category.GREEN_FACTORY: "可自荐或由区级推荐；提交本年度或上一年度绿色诊断评估报告",
    Category.GREEN_SUPPLY_CHAIN: "须获得区级推荐；报送对照国家评价要求的评价材料",
    Category.GREEN_PARK: "可自荐或由区级推荐；提交本年度或上一年度绿色诊断评估报告",
}
FROM_REGISTER = ("contact", "phone", "address", "industry")


class NewApplication(RoleRequired, View):
    """Which of the three kinds fits; barred entities are told before they fill in anything."""

    roles = (UNIT,)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(NewApplicationForm())

    def show(self, form: NewApplicationForm, *, errors: Any = None, status: int = 200) -> HttpResponse:
        now = clock.now()
        entity = self.user.entity
        units = list(Unit.objects.filter(entity=entity).order_by("pk"))
        calls = list(Batch.objects.open_at(now))
        bars = rulebook.may_apply_again(PoolApplication(unit=Unit(entity=entity)).bars(), on=now.date())
        context = {
            "form": form,
            "errors": errors,
            "calls": calls,
            "coming": Batch.objects.coming(now).first(),
            "barred": any(bar.binding for bar in bars),
            "warned": [bar for bar in bars if not bar.binding],
            "clocks": clocks(entity, on=now.date()),
            "cards": [self.card(category, units, calls, now) for category in Category],
            "chosen": form.data.get("category") or self.request.GET.get("category", ""),  # an invitation's
        }
        return render(self.request, "registry/my/new.html", context, status=status)

    def card(
        self, category: Category, units: list[Unit], calls: list[Batch], now: datetime
    ) -> dict[str, Any]:
        """One category: which call takes it, or why none; and what would be taken over."""
        call = Batch.taking(category, now, among=calls)
        unit = next((unit for unit in units if unit.category == category), None)
        earlier = last_filed(unit) if unit and call else None
        return {
            "value": category,
            "label": category.label,
            "note": NOTES[category],
            "call": call,
            "why_not": "" if call else closed_words(category, calls)[0].message,
            "earlier": earlier and earlier.batch.name,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewApplicationForm(request.POST)
        now = clock.now()
        if not form.is_valid():
            return self.show(form, errors=[{"text": e} for e in form.errors["category"]], status=422)
        category = Category(form.cleaned_data["category"])
        calls = list(Batch.objects.open_at(now))
        call = Batch.taking(category, now, among=calls)
        if call is None:
            return self.refuse(form, closed_words(category, calls))
        probe = PoolApplication(unit=Unit(entity=self.user.entity))
        if bars := [f for f in rulebook.may_apply_again(probe.bars(), on=now.date()) if f.binding]:
            return self.refuse(form, bars)
        unit = self._unit(category)
        if unit is None:
            words = "单位所在区尚未确定，请联系所在区经济和信息化主管部门办理单位登记"
            return self.refuse(form, [Finding(3, words)])
        diagnosis = Diagnosis.objects.visible_to(self.user).latest_for(unit, on=now.date())
        try:
            draft = open_draft(fresh_draft(unit, call, diagnosis), by=self.user, at=now)
            # What is held already is not asked for again.
            if diagnosis and (report := diagnosis.documents.current().first()):
                attach(draft, by=self.user, at=now, kind=Material.DIAGNOSIS_REPORT, **report.file)
        except NotNow as refusal:
            errors = [{"text": refusal.message, "article": 6, "url": "/my/"}]
            return self.show(form, errors=errors, status=409)
        return redirect(draft.get_absolute_url())

    def refuse(self, form: NewApplicationForm, found: Iterable[Finding]) -> HttpResponse:
        errors = [{"text": f.message, "article": f.article} for f in found]
        return self.show(form, errors=errors, status=422)

    def _unit(self, category: Category) -> Unit | None:
        """The entity's unit in this category; a new one takes over what another unit of it says."""
        mine = Unit.objects.filter(entity_id=self.user.entity_id)
        unit = mine.filter(category=category).first()
        if unit is not None:
            return unit if unit.district_id else None
        other = mine.exclude(district=None).first()
        if other is None:
            return None
        # Two clicks at once are one unit.
        unit, made = Unit.objects.get_or_create(
            entity_id=self.user.entity_id,
            category=category,
            site="",
            defaults={"district": other.district} | {name: getattr(other, name) for name in FROM_REGISTER},
        )
        if not made:
            return unit
        return record(unit, "新增单位", by=self.user, at=clock.now(), changes={}, taken_over_from=other.pk)


def closed_words(category: Category, calls: Iterable[Batch]) -> list[Finding]:
    """Why no call takes this category now (Article 6)."""
    found = [f for call in calls for f in rulebook.call_takes(call.law, category=category)]
    return found[:1] or rulebook.call_open(None, at=clock.now())


# --- what is taken over


def last_filed(unit: Unit) -> PoolApplication | None:
    """The unit's latest application that was ever filed."""
    filed = PoolApplication.objects.filter(unit=unit, submitted_on__isnull=False)
    return filed.select_related("batch").order_by("-submitted_on", "-pk").first()


def fresh_draft(unit: Unit, call: Batch, diagnosis: Diagnosis | None) -> PoolApplication:
    """An unsaved draft with what is known: of the report from the unit's diagnosis, of the rest from its last
    application, else from the register."""
    earlier = last_filed(unit)
    names = PoolApplication.TAKEN_OVER if earlier else FROM_REGISTER
    known = {name: getattr(earlier or unit, name) for name in names}
    known |= said_of(diagnosis) if diagnosis else {}
    return PoolApplication(unit=unit, district=unit.district, batch=call, prefilled_from=earlier, **known)


def sources(case: PoolApplication, names: Collection[str]) -> dict[str, str]:
    """Name of a field → where its present value was taken from; without those that were typed here."""
    found = {name: words for name, words in prefilled(case).items() if name in names}
    for name in names:
        value = getattr(case, name)
        if value in {None, ""} or isinstance(value, bool):
            continue
        earlier = case.prefilled_from
        if earlier and name in case.TAKEN_OVER and getattr(earlier, name) == value:
            found[name] = f"来自{earlier.batch.name}申请"
        elif not earlier and name in FROM_REGISTER and getattr(case.unit, name) == value:
            found[name] = "来自单位名录"
    return found


def said_of(diagnosis: Diagnosis) -> dict[str, Any]:
    """What an application says of its report when it stands on this diagnosis."""
    return {
        "report_year": diagnosis.year,
        "report_agency": diagnosis.agency.name,
        "report_date": diagnosis.done_on,
    }


def prefilled(case: PoolApplication) -> dict[str, str]:
    """Field of the report's task → where its value comes from, for those that still say what the register says."""
    diagnosis = case.diagnosed.get(case.report_year or 0)
    if diagnosis is None:
        return {}
    words = f"来自 {diagnosis.year} 年绿色诊断登记"
    return {
        name: words for name, value in said_of(diagnosis).items() if value and value == getattr(case, name)
    }


def carried(case: PoolApplication, slots: list[Document]) -> str:
    """Whether the file in the slot is one that the register of diagnoses holds, in words."""
    if not slots:
        return ""
    held = Document.objects.filter(diagnosis__unit=case.unit_id, path=slots[0].path).values_list(
        "diagnosis__year"
    )
    year = held.first()
    return f"来自 {year[0]} 年绿色诊断登记" if year else ""


# --- clocks


def clocks(entity: Any, *, on: date) -> list[dict[str, Any]]:
    """Each listed standing of the entity that has ended, with what the city's and the national clock say to it."""
    ended = Standing.objects.filter(unit__entity=entity, until__isnull=False)
    ended = ended.exclude(level=Level.POOL).exclude(ended_cause=MERGED)
    rows = []
    for standing in ended.select_related("unit").order_by("-until"):
        assert standing.until is not None
        bars = {bar.clock: bar for bar in standing.bars()}
        rows.append(
            {
                "title": f"{Level(standing.level).label}{Category(standing.unit.category).label}",
                "until": chinese_date(standing.until),
                "cause": standing.ended_cause,
                "clocks": [
                    {
                        "label": clock_.label,
                        "article": article,
                        "words": rulebook.clock_says(bars[clock_], on=on) if clock_ in bars else none,
                        "runs": clock_ in bars and bars[clock_].runs_on(on),
                    }
                    for clock_, article, none in (
                        (rulebook.Clock.CITY, 12, "未设限制期，可重新申报"),
                        (rulebook.Clock.NATIONAL, 16, "不涉及国家名单，不适用"),
                    )
                ],
            }
        )
    return rows


# --- drafts and calls


def fate(case: PoolApplication, now: datetime, calls: Collection[Batch] | None = None) -> dict[str, Any]:
    """What becomes of a draft: nothing while its call is open; else where it can go. {closed, target, words}."""
    own = case.batch
    if own.law.is_open(now):
        return {"closed": False}
    if now < own.opens:
        return {"closed": False, "words": rulebook.call_open(own.law, at=now)[0].message}
    target = Batch.taking(case.category, now, district=case.district_id, among=calls)
    return {
        "closed": True,
        "words": rulebook.call_open(own.law, at=now)[0].message,
        "target": target,
        "until": target.law.closing if target else "",
    }


def way_on(case: PoolApplication, now: datetime, *, state: str = "") -> dict[str, Any]:
    """After an application has ended without coming into the pool: when and how the unit may apply again.

    `state` asks what would hold if it ended so.
    """
    state = state or case.state
    ends = {
        "district_declined": "区级未推荐",
        "lapsed": "逾期未补正，本申请不再受理",
        "refused": "本申请不予入库",
        "withdrawn": "本申请已撤回",
        "pool_left": "本单位已移出培育库",
    }
    if state not in ends:
        return {}
    kept = "新申请由本次填报内容带入，材料须重新上传。"
    call = Batch.taking(case.category, now)
    if call:
        words = f"{call.name}正在征集，至{call.law.closing}截止，现在即可重新申请。{kept}"
        return {"title": ends[state], "words": words, "url": "/my/applications/new/"}
    coming = next((c for c in Batch.objects.coming(now) if case.category in c.categories), None)
    if coming:
        words = f"{coming.name}自{coming.law.opening}起征集，届时可重新申请。{kept}"
    else:
        words = f"目前没有开放的征集批次，下一批征集开放后可重新申请。{kept}"
    return {"title": ends[state], "words": words, "url": ""}


class MoveDraft(CasePage):
    """移至下一批: a draft whose call has closed goes into the one that is open for it."""

    model = PoolApplication
    related = (*CasePage.related, "batch")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        before = case.batch.name
        try:
            moved = move_draft(case, by=self.user, at=clock.now(), seen=number(request.POST.get("seen")))
        except NotNow as refusal:
            context = {"refusal": refusal, "case": case, "back": case.get_absolute_url()}
            return render(request, "409.html", context, status=409)
        messages.success(request, f"已由{before}移至{moved.batch.name}")
        return redirect(moved.get_absolute_url())


__all__ = ["MoveDraft", "NewApplication", "carried", "fate", "sources", "way_on"]
