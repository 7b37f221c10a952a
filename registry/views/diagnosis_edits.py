"""Writing down a diagnosis: registering, changing, its measures, their progress."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from greenmfg import clock
from greenmfg.rulebook import Category
from registry import diagnosing, intake, names
from registry.acts import NotYours, Refused
from registry.forms import DiagnosisForm, MeasureRows, ProgressRows
from registry.models import Diagnosis, EvaluatorAgency, Setting, Unit
from registry.roles import DISTRICT, OFFICER, UNIT
from registry.views.cases import RoleRequired, number
from registry.views.diagnoses import DiagnosisPage
from registry.views.files import receive

CATEGORIES = {str(code): label for code, label in Category.choices()}
FOUND = 20  # units that a search shows


class FactsForm:
    """The form of facts with its file: what registering and changing share."""

    request: HttpRequest

    def form(self, data: Any = None, files: Any = None, **extra: Any) -> DiagnosisForm:
        megabytes = Setting.number("upload_mb", on=clock.today())
        return DiagnosisForm(data, files, today=clock.today(), megabytes=megabytes, **extra)

    def received(self, form: DiagnosisForm) -> dict[str, Any] | None:
        """The report, checked and stored; None when there is none or it was refused, which the form then says."""
        upload = form.cleaned_data.get("report") if form.is_valid() else None
        if not upload:
            return None
        try:
            return vars(receive(upload, allowed=("pdf",)))
        except intake.Rejected as rejected:
            form.add_error("report", rejected.message)
            return None

    def show(
        self,
        unit: Unit,
        form: DiagnosisForm,
        *,
        seen: int = 0,
        refusal: Refused | None = None,
        **context: Any,
    ) -> HttpResponse:
        """The form, with the errors of what was typed, or why it could not be kept."""
        if isinstance(refusal, NotYours):
            raise PermissionDenied(refusal.message) from refusal
        status = refusal.status if refusal else 422 if form.errors else 200
        context |= {
            "unit": unit,
            "category": CATEGORIES[unit.category],
            "form": form,
            "seen": seen,
            "errors": [{"text": refusal.message}] if refusal else None,
            "agencies": EvaluatorAgency.objects.order_by("name").values_list("name", flat=True),
        }
        return render(self.request, "registry/diagnoses/form.html", context, status=status)


class NewDiagnosis(FactsForm, RoleRequired, View):
    """登记绿色诊断: first the unit, then the facts."""

    roles = (UNIT, DISTRICT, OFFICER)

    def units(self) -> Any:
        """The units that this person may register a diagnosis of."""
        units = Unit.objects.select_related("entity", "district")
        if self.user.plays(OFFICER):
            return units
        if self.user.plays(DISTRICT):
            return units.filter(district=self.user.district)
        return units.filter(entity=self.user.entity)

    def get(self, request: HttpRequest) -> HttpResponse:
        if "unit" not in request.GET:
            return self.choose()
        return self.show(self.unit(request.GET["unit"]), self.form())

    def unit(self, key: str) -> Unit:
        found: Unit = get_object_or_404(self.units(), pk=number(key))
        return found

    def choose(self, *, status: int = 200) -> HttpResponse:
        """Which unit: one's own, or what a search finds."""
        needle, units = self.request.GET.get("q", "").strip(), self.units()
        if needle:
            units = units.filter(entity__search__contains=names.fold(needle))
        looked = bool(needle) or self.user.plays(UNIT)
        found = list(units.order_by("entity__folded", "category", "pk")[:FOUND]) if looked else []
        context = {
            "q": needle,
            "looked": looked,
            "units": [
                {
                    "url": f"/diagnoses/new/?unit={unit.pk}",
                    "name": unit.name,
                    "category": CATEGORIES[unit.category],
                    "place": unit.district.short if unit.district else "待定区",
                }
                for unit in found
            ],
            "most": FOUND,
            "own": self.user.plays(UNIT),
        }
        return render(self.request, "registry/diagnoses/choose.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not number(request.POST.get("unit")):
            return self.choose(status=422)
        unit = self.unit(request.POST["unit"])
        form = self.form(request.POST, request.FILES)
        report = self.received(form)
        if not form.is_valid():
            return self.show(unit, form)
        given = {name: value for name, value in form.cleaned_data.items() if name not in {"report", "agency"}}
        try:
            done = diagnosing.register(
                Diagnosis(unit=unit, **given),
                by=self.user,
                at=clock.now(),
                agency=form.cleaned_data["agency"],
                report=report,
            )
        except Refused as refusal:
            if report:
                intake.discard(report["path"])
            return self.show(unit, form, refusal=refusal)
        messages.success(request, f"已登记 {unit.name} {done.year} 年度绿色诊断")
        return redirect(done.get_absolute_url())


class EditDiagnosis(FactsForm, DiagnosisPage):
    """修改绿色诊断: the facts, and a new version of the report."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        diagnosis = self.editable()
        form = self.form(initial=DiagnosisForm.facts(diagnosis))
        return self.show(diagnosis.unit, form, seen=diagnosis.version, diagnosis=diagnosis)

    def editable(self) -> Diagnosis:
        diagnosis = self.get_diagnosis()
        if not diagnosis.may_edit(self.user):
            raise PermissionDenied("该诊断由主管部门登记，请联系所在区主管部门修改")
        return diagnosis

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        diagnosis = self.editable()
        form = self.form(request.POST, request.FILES)
        seen = number(request.POST.get("seen"))
        report = self.received(form)
        if not form.is_valid():
            return self.show(diagnosis.unit, form, seen=seen, diagnosis=diagnosis)
        given = {name: value for name, value in form.cleaned_data.items() if name != "report"}
        try:
            diagnosing.amend(diagnosis, by=self.user, at=clock.now(), seen=seen, report=report, **given)
        except Refused as refusal:
            if report:
                intake.discard(report["path"])
            now = Diagnosis.objects.values_list("version", flat=True).get(pk=diagnosis.pk)
            return self.show(diagnosis.unit, form, seen=now, refusal=refusal, diagnosis=diagnosis)
        messages.success(request, "已保存")
        return redirect(diagnosis.get_absolute_url())


class RowsView(DiagnosisPage):
    """A page of rows of one diagnosis: GET shows them, POST keeps them all or says why not."""

    template_name = ""
    formset: Any = None

    def may(self, diagnosis: Diagnosis) -> bool:
        raise NotImplementedError

    def initial(self, diagnosis: Diagnosis) -> list[dict[str, Any]]:
        raise NotImplementedError

    def keep(self, diagnosis: Diagnosis, **given: Any) -> Diagnosis:
        raise NotImplementedError

    def start(self) -> Diagnosis:
        diagnosis = self.get_diagnosis()
        if not self.may(diagnosis):
            raise PermissionDenied("您没有修改本条诊断的权限")
        return diagnosis

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        diagnosis = self.start()
        rows = self.formset(initial=self.initial(diagnosis), prefix="m")
        return self.show(diagnosis, rows, seen=diagnosis.version)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        diagnosis = self.start()
        rows = self.formset(request.POST, initial=self.initial(diagnosis), prefix="m")
        seen = number(request.POST.get("seen"))
        if not rows.is_valid():
            return self.show(diagnosis, rows, seen=seen, status=422)
        try:
            self.keep(diagnosis, by=self.user, at=clock.now(), seen=seen, rows=rows.rows())
        except Refused as refusal:
            now = Diagnosis.objects.values_list("version", flat=True).get(pk=diagnosis.pk)
            errors = [{"text": refusal.message}]
            return self.show(diagnosis, rows, seen=now, status=refusal.status, errors=errors)
        messages.success(request, "已保存")
        return redirect(diagnosis.get_absolute_url())

    def show(
        self, diagnosis: Diagnosis, rows: Any, *, seen: int, status: int = 200, errors: Any = None
    ) -> HttpResponse:
        lines = [
            {"text": f"第 {n} 项 {form.fields[name].label}：{error}", "url": f"#{form[name].id_for_label}"}
            for n, form in enumerate(rows.forms, start=1)
            for name, found in form.errors.items()
            for error in found
            if name in form.fields
        ]
        context = {
            "diagnosis": diagnosis,
            "rows": rows,
            "seen": seen,
            "errors": errors or lines or [{"text": error} for error in rows.non_form_errors()],
        }
        return render(self.request, self.template_name, context, status=status)


class MeasuresView(RowsView):
    """编辑措施."""

    template_name = "registry/diagnoses/measures.html"
    formset = MeasureRows

    def may(self, diagnosis: Diagnosis) -> bool:
        return diagnosis.may_edit(self.user)

    def initial(self, diagnosis: Diagnosis) -> list[dict[str, Any]]:
        return list(diagnosis.measures.values("id", "finding", "words", "saving_tce", "planned_on"))

    def keep(self, diagnosis: Diagnosis, **given: Any) -> Diagnosis:
        return diagnosing.set_measures(diagnosis, **given)


class ProgressView(RowsView):
    """更新进展."""

    template_name = "registry/diagnoses/progress.html"
    formset = ProgressRows

    def may(self, diagnosis: Diagnosis) -> bool:
        return diagnosis.may_progress(self.user)

    def initial(self, diagnosis: Diagnosis) -> list[dict[str, Any]]:
        self.named = {measure.pk: measure for measure in diagnosis.measures.all()}
        return [
            {"id": measure.pk, "progress": measure.progress, "note": measure.note}
            for measure in self.named.values()
        ]

    def keep(self, diagnosis: Diagnosis, **given: Any) -> Diagnosis:
        return diagnosing.set_progress(diagnosis, **given)

    def show(self, diagnosis: Diagnosis, rows: Any, **extra: Any) -> HttpResponse:
        for form in rows.forms:
            form.measure = self.named.get(number(str(form["id"].value())))
        return super().show(diagnosis, rows, **extra)


__all__ = ["EditDiagnosis", "MeasuresView", "NewDiagnosis", "ProgressView"]
