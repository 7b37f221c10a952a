"""Forms of what the office keeps itself: settings, editions, words, holidays."""

from __future__ import annotations

from typing import Any

from django import forms

from registry.forms.base import NUMBER, DateInput
from registry.models import Wording
from registry.models.terms import Known

WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
DAY = {"required": "请填写日期", "invalid": "日期格式应为 2026-03-18"}
WHERE = "请填写位置，企业据此找到要改的栏目"
BASIS = {"required": "请写明依据（文件名称、文号或者会议纪要）"}
POINTS = dict.fromkeys(
    ("invalid", "max_digits", "max_decimal_places", "max_whole_digits", "min_value", "max_value"),
    "应为 0–100 之间的数字，最多 2 位小数",
)


def basis_field(length: int = 200) -> forms.CharField:
    return forms.CharField(
        label="依据", max_length=length, help_text="文件名称、文号或者会议纪要", error_messages=BASIS
    )


class SettingForm(forms.Form):
    """A value of one setting from a day on."""

    value = forms.CharField(label="值", error_messages={"required": "请填写值"})
    in_force_from = forms.DateField(
        label="施行日期", widget=DateInput(), help_text="最早为明天；此前的办理不受影响", error_messages=DAY
    )
    basis = basis_field()

    def __init__(self, data: Any = None, *, known: Known, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["value"]
        field.label = f"{known.label}（{known.unit}）" if known.unit else known.label
        if known.kind == "number":
            field.help_text = f"{known.least}–{known.most} 之间的整数"
            field.widget.attrs |= WHOLE


class EditionForm(forms.Form):
    """What an edition says besides its grades."""

    code = forms.CharField(
        label="版本号",
        max_length=20,
        help_text="以数字开头，可有小写字母和连字符，如 2027-01；记入每次办理的记录",
        error_messages={"required": "请填写版本号"},
    )
    title = forms.CharField(label="名称", max_length=120, error_messages={"required": "请填写名称"})
    basis = basis_field(300)
    note = forms.CharField(label="说明", max_length=500, required=False, widget=forms.Textarea({"rows": 2}))
    pool_threshold = forms.DecimalField(
        label="入库得分（原则上）",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(NUMBER),
        error_messages=POINTS | {"required": "请填写入库得分"},
    )
    change_days = forms.IntegerField(
        label="变更报告期限（日）", min_value=1, max_value=365, widget=forms.TextInput(WHOLE)
    )
    bar_years = forms.IntegerField(
        label="不得重新申报的期限（年）", min_value=1, max_value=20, widget=forms.TextInput(WHOLE)
    )


class BandForm(forms.Form):
    """One grade. A row without any words is no grade; one without a bound waits for it."""

    code = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    title = forms.CharField(label="级别", required=False, max_length=40)
    name = forms.CharField(label="简称", required=False, max_length=10)
    lower = forms.DecimalField(
        label="得分下限（含）",
        required=False,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(NUMBER),
        error_messages=POINTS,
    )
    duties = forms.CharField(label="要求", required=False, max_length=300, widget=forms.Textarea({"rows": 2}))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if any(cleaned.get(name) not in (None, "") for name in ("title", "name", "lower", "duties")):
            for name, words in (("title", "请填写级别"), ("name", "请填写简称")):
                if not cleaned.get(name):
                    self.add_error(name, words)
        return cleaned


BandForms = forms.formset_factory(BandForm, extra=2, max_num=10, absolute_max=12)


class ForceForm(forms.Form):
    """The day from which an edition is in force."""

    in_force_from = forms.DateField(
        label="施行日期", widget=DateInput(), help_text="今天或者以后", error_messages=DAY
    )


class WordingForm(forms.ModelForm):  # type: ignore[type-arg]
    """One wording; its code and use are fixed once it is there."""

    article = forms.IntegerField(
        label="依据条号",
        required=False,
        min_value=1,
        max_value=16,
        widget=forms.TextInput(WHOLE),
        help_text="1–16",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "请填写条号（1–16）"),
    )
    code = forms.RegexField(
        r"^[A-Z][0-9]{2,4}$",
        label="编号",
        help_text="一个大写字母和两至四位数字，如 R10",
        error_messages={"required": "请填写编号", "invalid": "编号为一个大写字母和两至四位数字，如 R10"},
    )
    order = forms.IntegerField(
        label="排序", min_value=0, max_value=9999, widget=forms.TextInput(WHOLE), help_text="小的在前"
    )

    class Meta:
        model = Wording
        fields = ("code", "kind", "label", "where", "text", "article", "order", "active")
        widgets = {"text": forms.Textarea({"rows": 6})}
        help_texts = {"where": "退回补正时，企业据此找到要改的栏目"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["code"], self.fields["kind"]
        if self.instance.pk and self.instance.kind != Wording.Kind.RETURN:
            del self.fields["where"]
        elif self.instance.pk:
            self.fields["where"].required = True
            self.fields["where"].error_messages["required"] = WHERE

    def clean_where(self) -> str:
        where: str = self.cleaned_data["where"]
        kind = self.instance.kind or self.cleaned_data.get("kind")
        if kind == Wording.Kind.RETURN and not where:
            raise forms.ValidationError(WHERE)
        return where

    def _post_clean(self) -> None:
        """What is in the row stays until `upkeep` writes it: nothing is set or judged here beyond the fields."""


class DayForm(forms.Form):
    """One day of the calendar."""

    day = forms.DateField(label="日期", widget=DateInput(), error_messages=DAY)
    kind = forms.ChoiceField(
        label="类别",
        choices=[("off", "休（法定休假日）"), ("work", "班（调休上班日）"), ("plain", "按星期（撤下登记）")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择类别"},
    )
    name = forms.CharField(label="名称", max_length=40, required=False, help_text="如：元旦")
    basis = basis_field(120)


class YearForm(forms.Form):
    """A year's plan: a file, or its rows as text."""

    file = forms.FileField(label="文件", required=False, help_text="xlsx 或 csv；列：日期、休/班、名称")
    rows = forms.CharField(
        label="或者粘贴各行",
        required=False,
        max_length=40_000,
        widget=forms.Textarea({"rows": 8}),
        help_text="每行一天：日期，休或班，名称。如：2027-01-01，休，元旦",
    )
    basis = basis_field(120)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("rows") and not self.errors:
            raise forms.ValidationError("请选择文件，或者粘贴各行")
        return cleaned
