"""Forms of diagnoses: the facts, the measures row by row, and how far they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

from registry.forms.base import NUMBER, DateInput
from registry.models import Diagnosis, Measure

FIRST_YEAR = 2000
MOST_MEASURES = 60


class DiagnosisForm(forms.Form):
    """登记 and 修改: which year, by whom, when, with what result."""

    year = forms.IntegerField(label="诊断年度", min_value=FIRST_YEAR, widget=forms.TextInput(NUMBER))
    agency = forms.CharField(
        label="诊断机构",
        max_length=100,
        help_text="输入几个字后可从已有机构中选择；没有的直接填写全称",
        widget=forms.TextInput({"list": "agencies", "autocomplete": "off"}),
    )
    done_on = forms.DateField(label="完成日期", required=False, widget=DateInput())
    summary = forms.CharField(
        label="诊断结论", required=False, max_length=2000, widget=forms.Textarea({"rows": 4})
    )
    report = forms.FileField(
        label="诊断报告", required=False, widget=forms.FileInput({"accept": ".pdf,application/pdf"})
    )

    def __init__(self, *args: Any, today: date, megabytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["report"].help_text = f"PDF；最大 {megabytes} MB。企业申报时直接带入，不必再传"

    @staticmethod
    def facts(diagnosis: Diagnosis) -> dict[str, Any]:
        """What the form starts with when it changes this diagnosis."""
        return {
            "year": diagnosis.year,
            "agency": diagnosis.agency.name,
            "done_on": diagnosis.done_on,
            "summary": diagnosis.summary,
        }

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > self.today.year:
            raise forms.ValidationError(f"诊断年度不能晚于今年（{self.today.year}）")
        return year

    def clean_done_on(self) -> date | None:
        day: date | None = self.cleaned_data["done_on"]
        if day and day > self.today:
            raise forms.ValidationError("完成日期不能晚于今天")
        return day


class MeasureForm(forms.Form):
    """One row: what was found, what is to be done about it."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    finding = forms.CharField(label="诊断发现", max_length=300, widget=forms.Textarea({"rows": 2}))
    words = forms.CharField(label="改造措施", max_length=300, widget=forms.Textarea({"rows": 2}))
    saving_tce = forms.DecimalField(
        label="预计节能量（吨标准煤）",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(NUMBER),
    )
    planned_on = forms.DateField(label="计划完成日期", required=False, widget=DateInput())

    def clean_saving_tce(self) -> Decimal | None:
        """With two decimals as it is kept, so that saving it again changes nothing."""
        saving: Decimal | None = self.cleaned_data["saving_tce"]
        return None if saving is None else saving.quantize(Decimal("0.01"))


class Rows(BaseFormSet):  # type: ignore[type-arg]
    """Rows of a diagnosis, handed on as plain values."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "删去此项"

    def rows(self) -> list[dict[str, Any]]:
        """The rows that say something: the fields, and `drop` where rows can go. The set is valid."""
        found = []
        for form in self.forms:
            given = dict(form.cleaned_data)
            if not given or (not form.has_changed() and given.get("id") is None):
                continue
            if self.can_delete:
                given["drop"] = given.pop("DELETE", False)
            found.append(given)
        return found


class ProgressForm(forms.Form):
    """How far one measure is."""

    id = forms.IntegerField(widget=forms.HiddenInput)
    progress = forms.ChoiceField(label="进展", choices=Measure.Progress.choices)
    note = forms.CharField(label="进展说明", required=False, max_length=300)


MeasureRows = forms.formset_factory(
    MeasureForm,
    formset=Rows,
    extra=3,
    can_delete=True,
    max_num=MOST_MEASURES,
    absolute_max=MOST_MEASURES,
    validate_max=True,
)
ProgressRows = forms.formset_factory(
    ProgressForm, formset=Rows, extra=0, max_num=MOST_MEASURES, absolute_max=MOST_MEASURES
)
