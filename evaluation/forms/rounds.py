"""Forms of the grading round: planning one and ending it. They check shape; evaluation/rounds.py judges substance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from evaluation.models import GradingRound, SchemeVersion
from registry.forms.base import DateInput


class RoundForm(forms.Form):
    """新建分级评价批次. `schemes` are those in force; of a single one there is nothing to choose."""

    name = forms.CharField(
        label="名称",
        max_length=60,
        help_text="如：2026年度绿色工厂分级评价",
        error_messages={"required": "请填写名称", "max_length": "名称不超过 60 字"},
    )
    year = forms.IntegerField(
        label="评价年度",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid"), "请填写四位年份，如 2026"),
    )
    scheme = forms.ChoiceField(
        label="指标体系",
        error_messages=dict.fromkeys(("required", "invalid_choice"), "请选择施行中的绿色工厂指标体系"),
    )
    own_due_on = forms.DateField(
        label="自评截止日",
        widget=DateInput(),
        help_text="至当日24时；纳入批次的单位在此前完成自评",
        error_messages=dict.fromkeys(("required", "invalid"), "请填写自评截止日，如 2026-03-31"),
    )
    text = forms.CharField(
        label="说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        error_messages={"max_length": "说明不超过 2000 字"},
    )

    def __init__(self, data: Any = None, *, schemes: Sequence[SchemeVersion], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.schemes = {str(row.pk): row for row in schemes}
        choices = [(key, f"{row.title}（{row.code}）") for key, row in self.schemes.items()]
        self.fields["scheme"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if GradingRound.objects.filter(name=name).exists():
            raise forms.ValidationError("该名称已被使用，请更换")
        return name

    def clean_scheme(self) -> SchemeVersion:
        return self.schemes[self.cleaned_data["scheme"]]


class EndRoundForm(forms.Form):
    """结束批次: with words for the record, if there is something to say."""

    reason = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": "说明不超过 500 字"},
    )
