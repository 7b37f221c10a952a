"""Forms check shape; the rulebook judges substance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.timezone import localdate

from greenmfg import periods, rulebook
from greenmfg.rulebook import Category, Level
from registry.acts import Act
from registry.models import Case, Holiday, Objection, PoolApplication, Setting

NUMBER = {"inputmode": "decimal", "autocomplete": "off"}


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ScoreField(forms.DecimalField):
    """0–100 with at most two decimals; NaN and infinities are refused (Article 8)."""

    def __init__(self, **kwargs: Any) -> None:
        words = "综合得分应为 0–100 之间的数字，最多 2 位小数"
        messages = dict.fromkeys(("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), words)
        super().__init__(
            max_digits=5, decimal_places=2, error_messages=messages, widget=forms.TextInput(NUMBER), **kwargs
        )

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and re.search("[eE_]", value):
            # Decimal also reads 1e2 and 1_0, which nobody writes who means a score.
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        try:
            return rulebook.checked_score(number)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ActForm(forms.Form):
    """What every act may be given: words. Subclasses add what their act takes."""

    reason = forms.CharField(
        label="说明", required=False, max_length=2000, widget=forms.Textarea({"rows": 4})
    )

    def __init__(self, data: Any = None, *, case: Case, row: Act, at: datetime, **kwargs: Any) -> None:
        self.case, self.row, self.at = case, row, at
        super().__init__(data, **kwargs)
        if row.needs_reason:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "请填写说明"

    def act_data(self) -> dict[str, Any]:
        """What `perform` takes besides the reason. The form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class OpinionForm(ActForm):
    """推荐: the words are the district's opinion, and stand on paper."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "推荐意见"
        self.fields["reason"].initial = "材料齐全，同意推荐。"


class SubmitForm(ActForm):
    """提交: with the pledge that what is filed is true."""

    pledge = forms.BooleanField(
        label="本单位承诺所填内容和所附材料真实、准确、完整，并愿承担相应责任",
        error_messages={"required": "请阅读并勾选承诺"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "情况说明"


class ReturnForm(ActForm):
    """退回补正: located items and a date, never one free sentence."""

    due_on = forms.DateField(
        label="补正期限",
        widget=DateInput(),
        error_messages={"required": "请填写补正期限", "invalid": "日期格式应为 2026-03-18"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]
        today = localdate(self.at)
        days = Setting.number("correction_days")
        self.fields["due_on"].initial = periods.add_working_days(
            today, days, calendar=Holiday.calendar_around(today)
        ).on

    @property
    def items(self) -> list[dict[str, Any]]:
        """The rows as typed, to show them again."""
        if not self.is_bound:
            return []
        columns = [self.data.getlist(f"demand_{name}") for name in ("text", "where", "article")]
        rows = [
            {"text": text.strip(), "where": where.strip(), "article": article.strip()}
            for text, where, article in zip(*columns, strict=False)
        ]
        return [row for row in rows if any(row.values())]

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on <= localdate(self.at):
            raise forms.ValidationError("补正期限应晚于今天")
        return due_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        items = self.items
        if not items:
            raise forms.ValidationError("请至少列明一项补正内容")
        for n, item in enumerate(items, start=1):
            if not item["text"] or not item["where"]:
                raise forms.ValidationError(f"第 {n} 项补正事项请写明内容和位置")
            if not item["article"].isdecimal() or not 1 <= int(item["article"]) <= 16:
                raise forms.ValidationError(f"第 {n} 项补正事项请填写依据的条号（1–16）")
            item["article"] = int(item["article"])
        cleaned["demands"] = items
        return cleaned


class ScoreForm(ActForm):
    """登记得分: the score, where it comes from, and whether the requirements are met (Articles 7, 8)."""

    score = ScoreField(label="综合得分")
    score_source = forms.CharField(
        label="得分来源",
        max_length=200,
        help_text="如：第三方评价报告第 41 页",
        error_messages={"required": "请填写得分来源"},
    )
    meets_requirements = forms.TypedChoiceField(
        label="是否符合绿色工厂评价要求",
        choices=[("yes", "符合"), ("no", "不符合")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是否符合评价要求"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]
        case = self.case
        assert isinstance(case, PoolApplication)
        self.fields["score"].initial = case.score
        self.fields["score_source"].initial = case.score_source
        if case.meets_requirements is not None:
            self.fields["meets_requirements"].initial = "yes" if case.meets_requirements else "no"


class PublicityForm(ActForm):
    """拟公示 and 重新拟定: title, text, first day, length."""

    title = forms.CharField(label="标题", max_length=120)
    text = forms.CharField(label="正文", widget=forms.Textarea({"rows": 8}))
    starts_on = forms.DateField(label="公示起始日", widget=DateInput())
    days = forms.IntegerField(label="公示期（工作日）", min_value=1, max_value=60)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]


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


FORMS: Mapping[tuple[str, str], type[ActForm]] = {
    ("pool", "nominate_self"): SubmitForm,
    ("pool", "ask_district"): SubmitForm,
    ("pool", "resubmit_to_district"): SubmitForm,
    ("pool", "resubmit_to_bureau"): SubmitForm,
    ("pool", "recommend"): OpinionForm,
    ("pool", "return_by_district"): ReturnForm,
    ("pool", "return_by_bureau"): ReturnForm,
    ("pool", "type_score"): ScoreForm,
    ("publicity", "draw_up"): NewPublicityForm,
    ("publicity", "redraw"): PublicityForm,
    ("objection", "receive"): ObjectionForm,
    ("roster", "draw_up"): RosterForm,
    ("roster", "redraw"): RosterForm,
}


def form_for(case: Case, row: Act, *, at: datetime, data: Any = None, initial: Any = None) -> ActForm:
    """The form of an act, bound when `data` is given."""
    form = FORMS.get((case.KIND, row.name), ActForm)
    return form(data, case=case, row=row, at=at, initial=initial)


# --- the enterprise's tasks: one small form each, over fields of the draft


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

    OPTIONAL = ("self_note",)
    self_score = ScoreField(label="自评得分", required=False)

    class Meta(TaskForm.Meta):
        fields = ("self_score", "self_note")
        widgets = {"self_note": forms.Textarea({"rows": 5})}


class NewApplicationForm(forms.Form):
    """新建申请: which category, at which site."""

    category = forms.ChoiceField(
        label="申请类型",
        choices=Category.choices(),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择申请类型"},
    )


__all__ = [
    "FORMS",
    "ActForm",
    "DataTask",
    "NewApplicationForm",
    "ReportTask",
    "ScoreTask",
    "UnitTask",
    "form_for",
]
