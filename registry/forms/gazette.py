"""Forms of notices and objections."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate

from registry.forms.base import ActForm, DateInput, form_of
from registry.models import Case, Objection, PoolApplication


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


@form_of("objection", "receive")
class ObjectionForm(ActForm):
    """登记异议: in writing and in real name, received by the office."""

    target = forms.ModelChoiceField(
        label="所涉单位", queryset=Case.objects.none(), error_messages={"required": "请选择所涉单位"}
    )
    objector = forms.CharField(
        label="反映人（单位名称或个人姓名）", max_length=80, help_text="匿名不予受理；反映人信息保密"
    )
    phone = forms.CharField(label="联系电话", max_length=40)
    received_on = forms.DateField(label="收到日期", widget=DateInput())
    facts = forms.CharField(label="反映的事实及所附证明材料", widget=forms.Textarea({"rows": 6}))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]
        case = self.case
        assert isinstance(case, Objection)
        lines = Case.objects.filter(notice_lines__publicity=case.publicity_id, state="on_notice")
        self.fields["target"].queryset = lines.select_related("unit__entity")  # type: ignore[attr-defined]
        self.fields["target"].label_from_instance = lambda c: f"{c.unit.name}（{c.no}）"  # type: ignore[attr-defined]
        self.fields["received_on"].initial = localdate(self.at)

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day > localdate(self.at):
            raise forms.ValidationError("收到日期不能晚于今天")
        return day
