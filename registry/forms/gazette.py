"""Forms of notices."""

from __future__ import annotations

from typing import Any

from django import forms

from registry.forms.base import ActForm, DateInput, form_of
from registry.models import PoolApplication


@form_of("publicity", "redraw")
class PublicityForm(ActForm):
    """拟公示 and 重新拟定: title, text, first day, length."""

    title = forms.CharField(label="标题", max_length=120)
    text = forms.CharField(label="正文", widget=forms.Textarea({"rows": 8}))
    starts_on = forms.DateField(label="公示起始日", widget=DateInput())
    days = forms.IntegerField(label="公示期（工作日）", min_value=1, max_value=60)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]


@form_of("publicity", "draw_up")
class NewPublicityForm(PublicityForm):
    """拟公示: with the applications that it announces."""

    cases = forms.ModelMultipleChoiceField(
        label="拟入库单位",
        queryset=PoolApplication.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一件拟入库申请"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = PoolApplication.objects.filter(state="cleared").select_related(
            "unit__entity", "unit__district"
        )
        self.fields["cases"].queryset = choices.order_by("no")  # type: ignore[attr-defined]

    def act_data(self) -> dict[str, Any]:
        data = super().act_data()
        data["cases"] = [case.pk for case in data["cases"]]
        return data
