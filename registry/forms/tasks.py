"""The enterprise's tasks: one small form each, over fields of the draft."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from registry.forms.base import NUMBER, DateInput, ScoreField
from registry.models import PoolApplication


class TaskForm(forms.ModelForm):  # type: ignore[type-arg]
    """One task of an application. Saved field by field, so nothing is required here; the rulebook asks."""

    OPTIONAL: tuple[str, ...] = ()  # the fields that the rulebook does not ask for either

    class Meta:
        model = PoolApplication
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.is_asked = name not in self.OPTIONAL  # type: ignore[attr-defined]


class UnitTask(TaskForm):
    """核对单位基本信息."""

    unit_confirmed = forms.BooleanField(label="以上信息已核对无误", required=False)

    class Meta(TaskForm.Meta):
        fields = ("contact", "phone", "address", "industry", "unit_confirmed")


class ReportTask(TaskForm):
    """绿色诊断评估报告: which year, by whom, when."""

    class Meta(TaskForm.Meta):
        fields = ("report_year", "report_agency", "report_date")
        widgets = {"report_date": DateInput()}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        field = self.fields["report_year"]
        field.help_text = f"须为本年度（{today.year}）或上一年度（{today.year - 1}）"
        field.widget.attrs |= {"inputmode": "numeric"}

    def clean_report_date(self) -> date | None:
        day: date | None = self.cleaned_data["report_date"]
        if day and day > self.today:
            raise forms.ValidationError("出具日期不能晚于今天")
        return day


class DataTask(TaskForm):
    """年度能源资源数据."""

    OPTIONAL = ("water_m3",)

    class Meta(TaskForm.Meta):
        fields = ("data_year", "output_value", "energy_tce", "water_m3")
        widgets = {name: forms.TextInput(NUMBER) for name in ("output_value", "energy_tce", "water_m3")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("output_value", "energy_tce", "water_m3"):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, "应为不小于 0 的数字")
        return cleaned


class ScoreTask(TaskForm):
    """分级评价自评."""

    OPTIONAL = ("self_note", "self_agency")
    self_score = ScoreField(label="自评得分", required=False)

    class Meta(TaskForm.Meta):
        fields = ("self_score", "self_note", "self_agency")
        widgets = {"self_note": forms.Textarea({"rows": 5})}
        help_texts = {"self_agency": "委托机构协助开展自评的，填写机构全称；该机构不再承担本单位的第三方评价"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.self_sheet:
            del self.fields["self_score"]  # counted from the answers, item by item
