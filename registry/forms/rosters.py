"""Forms of lists."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate

from greenmfg.rulebook import Category, Level
from registry.forms.base import ActForm, DateInput, form_of


@form_of("roster", "draw_up", "redraw")
class RosterForm(ActForm):
    """拟名单 and 重新拟定: what list, as of which day, under which number (Article 14)."""

    level = forms.ChoiceField(label="级别", choices=Level.choices())
    category = forms.ChoiceField(
        label="类型", choices=[("", "全部类型"), *Category.choices()], required=False
    )
    as_of = forms.DateField(label="截至日期", widget=DateInput())
    title = forms.CharField(label="标题", max_length=120)
    doc_no = forms.CharField(label="发文字号", max_length=40, help_text="如：京经信发〔2026〕12号")
    text = forms.CharField(label="正文", required=False, widget=forms.Textarea({"rows": 5}))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if day > localdate(self.at):
            raise forms.ValidationError("截至日期不能晚于今天")
        return day
