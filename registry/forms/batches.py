"""Forms of calls for entries: planning and changing one, extending it, its quotas, ending it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from greenmfg.rulebook import Category, Route
from registry.forms.base import DateInput
from registry.models import Batch, District

MATERIALS = 20
NAME_LENGTH = 60


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def places_field(district: District) -> forms.IntegerField:
    """How many this district may recommend; empty: no limit."""
    return forms.IntegerField(
        label=district.short,
        required=False,
        min_value=0,
        max_value=999,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "名额应为 0–999 之间的整数"),
    )


class QuotaFields(forms.Form):
    """名额: one field for each district. `places` are the quotas to begin with."""

    def __init__(self, data: Any = None, *, places: dict[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.codes = []
        for district in District.objects.all():
            self.codes.append(district.pk)
            field = places_field(district)
            field.initial = (places or {}).get(district.pk)
            field.is_asked = True  # type: ignore[attr-defined]  # that it may stay empty is said once, above
            self.fields[f"places_{district.pk}"] = field

    def quotas(self) -> list[forms.BoundField]:
        """The fields, to be drawn as a grid."""
        return [self[f"places_{code}"] for code in self.codes]

    @property
    def places(self) -> dict[str, int]:
        """District code → places, of a valid form; without the districts that have no limit."""
        found = {code: self.cleaned_data.get(f"places_{code}") for code in self.codes}
        return {code: number for code, number in found.items() if number is not None}


class CallForm(QuotaFields):
    """新建 and 修改征集批次."""

    name = forms.CharField(
        label="名称",
        max_length=NAME_LENGTH,
        help_text="如：2026年第二批",
        error_messages={"required": "请填写名称"},
    )
    opens_on = forms.DateField(
        label="开放日", widget=DateInput(), error_messages={"required": "请填写开放日"}
    )
    opens_time = forms.TimeField(
        label="开放时刻", required=False, widget=TimeInput(), help_text="不填为当日0时"
    )
    closes_on = forms.DateField(
        label="截止日", widget=DateInput(), error_messages={"required": "请填写截止日"}
    )
    closes_time = forms.TimeField(
        label="截止时刻", required=False, widget=TimeInput(), help_text="不填为当日24时"
    )
    categories = forms.MultipleChoiceField(
        label="开放类型",
        choices=Category.choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少开放一种类型"},
    )
    routes = forms.MultipleChoiceField(
        label="申请方式",
        choices=Route.choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少开放一种申请方式"},
    )
    districts = forms.MultipleChoiceField(
        label="推荐区",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选为全部区均可推荐；自荐不受此限",
    )
    required_materials = forms.CharField(
        label="另行要求的材料（必交）",
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="每行一项，第五条规定的材料不必列出",
    )
    optional_materials = forms.CharField(
        label="另行要求的材料（选交）",
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="每行一项",
    )
    text = forms.CharField(
        label="征集说明",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="申请单位新建申请时看到的文字",
    )

    def __init__(self, data: Any = None, *, at: datetime, call: Batch | None = None, **kwargs: Any) -> None:
        super().__init__(data, initial=_initial(call), places=call.places() if call else None, **kwargs)
        self.at, self.call = at, call
        choices = [(district.pk, district.short) for district in District.objects.all()]
        self.fields["districts"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if Batch.objects.filter(name=name).exclude(pk=self.call.pk if self.call else None).exists():
            raise forms.ValidationError("该名称已被使用，请更换")
        return name

    def clean_required_materials(self) -> list[str]:
        return _lines(self.cleaned_data["required_materials"])

    def clean_optional_materials(self) -> list[str]:
        return _lines(self.cleaned_data["optional_materials"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("opens_on") and cleaned.get("closes_on"):
            span = Batch(**{name: cleaned.get(name) for name in _WHEN})
            if span.closes <= span.opens:
                self.add_error("closes_on", "截止时间应晚于开放时间")
            elif span.closes <= self.at:
                self.add_error("closes_on", "截止时间应晚于当前时间")
        only_self = cleaned.get("routes") == [Route.SELF]
        if only_self and Category.GREEN_SUPPLY_CHAIN in cleaned.get("categories", []):
            words = "绿色供应链管理企业须经区级推荐（第五条），请同时开放区级推荐"
            self.add_error("routes", words)
        both = set(cleaned.get("required_materials") or []) & set(cleaned.get("optional_materials") or [])
        if both:
            self.add_error("optional_materials", f"“{min(both)}”已列为必交材料")
        if chosen := cleaned.get("districts"):
            for code in self.codes:
                if cleaned.get(f"places_{code}") is not None and code not in chosen:
                    self.add_error(f"places_{code}", "该区不在推荐区内，不能设名额")
        return cleaned

    def call_fields(self) -> dict[str, Any]:
        """The fields of the call as the form says them. The form is valid."""
        plain = {name: self.cleaned_data[name] for name in (*_PLAIN, *_WHEN)}
        must = [{"name": name, "required": True} for name in self.cleaned_data["required_materials"]]
        may = [{"name": name, "required": False} for name in self.cleaned_data["optional_materials"]]
        return plain | {"materials": [*must, *may]}


_WHEN = ("opens_on", "opens_time", "closes_on", "closes_time")
_PLAIN = ("name", "categories", "routes", "districts", "text")


def _initial(call: Batch | None) -> dict[str, Any]:
    if call is None:
        return {"categories": [str(c) for c in Category], "routes": [str(r) for r in Route]}

    def lines(items: Iterable[dict[str, Any]]) -> str:
        return "\n".join(item["name"] for item in items)

    return {name: getattr(call, name) for name in (*_PLAIN, *_WHEN)} | {
        "required_materials": lines(m for m in call.materials if m["required"]),
        "optional_materials": lines(m for m in call.materials if not m["required"]),
    }


def _lines(text: str) -> list[str]:
    """The lines of a text, each once, without empty ones. ValidationError for what is no name of a material."""
    found = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(found) > MATERIALS:
        raise forms.ValidationError(f"最多 {MATERIALS} 项")
    if long := [line for line in found if len(line) > NAME_LENGTH]:
        raise forms.ValidationError(f"每项不超过 {NAME_LENGTH} 字：{long[0][:20]}……")
    return found


class WordsForm(forms.Form):
    """Why a call is changed or ended."""

    reason = forms.CharField(
        label="原因",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请填写原因"},
    )


class ExtendForm(WordsForm):
    """延长征集: the later close and why."""

    closes_on = forms.DateField(
        label="延长至", widget=DateInput(), error_messages={"required": "请填写延长后的截止日"}
    )
    closes_time = forms.TimeField(
        label="截止时刻", required=False, widget=TimeInput(), help_text="不填为当日24时"
    )
    field_order = ("closes_on", "closes_time", "reason")


class QuotaForm(QuotaFields, WordsForm):
    """调整名额: the new numbers and why."""


class EndForm(WordsForm):
    """结束批次: with words for the record, if there is something to say."""

    reason = forms.CharField(label="说明", required=False, max_length=500, widget=forms.Textarea({"rows": 3}))
