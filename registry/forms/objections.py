"""Forms of objections: as the public raises one, as an officer registers a letter, decides, and as it is followed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate

from greenmfg.rulebook import Category
from registry.forms.base import ActForm, DateInput, form_of
from registry.models import Case, Objection, Setting, phone_digits

MOST_EVIDENCE = 3
CATEGORIES = {str(code): label for code, label in Category.choices()}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to three files in one input. Empty ones and wrong types are intake's to refuse, in its own words."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [super(FilesField, self).clean(one, initial) for one in data or [] if one]
        if len(files) > MOST_EVIDENCE:
            raise forms.ValidationError(f"证明材料最多 {MOST_EVIDENCE} 个文件，可合并为一个 PDF 后上传")
        return files


def clean_phone(typed: str) -> str:
    """A number that can be called back. Raises ValidationError."""
    if not 7 <= len(phone_digits(typed)) <= 15:
        raise forms.ValidationError("联系电话应为固定电话（含区号）或者手机号码，请核对")
    return typed.strip()


class RaisedForm(ActForm):
    """What both ways of raising an objection ask: who, reachable where, and what happened."""

    capacity = forms.ChoiceField(
        label="反映人身份",
        choices=Objection.Capacity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择以单位名义还是以个人名义反映"},
    )
    objector = forms.CharField(
        label="单位名称或者个人姓名",
        max_length=80,
        help_text="请填写真实名称。匿名不予受理，反映人信息保密",
        error_messages={"required": "请填写单位名称或者个人姓名；匿名不予受理"},
    )
    phone = forms.CharField(
        label="联系电话",
        max_length=40,
        error_messages={"required": "请填写联系电话，便于核查时联系"},
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )
    facts = forms.CharField(
        label="反映的事实",
        max_length=4000,
        widget=forms.Textarea({"rows": 7}),
        error_messages={"required": "请写明反映的事实"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])


@form_of("objection", "receive")
class ObjectionForm(RaisedForm):
    """登记异议: a letter that the office received."""

    target = forms.ModelChoiceField(
        label="所涉单位", queryset=Case.objects.none(), error_messages={"required": "请选择所涉单位"}
    )
    received_on = forms.DateField(label="收到日期", widget=DateInput())
    field_order = ("target", "capacity", "objector", "phone", "received_on", "facts")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
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


@form_of("objection", "file")
class PublicObjectionForm(RaisedForm):
    """提出异议, by anybody: six things to type, the signed or sealed paper, up to three files of evidence."""

    line = forms.TypedChoiceField(
        label="对哪一家单位有异议",
        coerce=int,
        error_messages={"required": "请选择所涉单位", "invalid_choice": "请在公示单位中选择"},
    )
    scan = forms.FileField(
        label="签名或者盖章的书面异议",
        allow_empty_file=True,
        error_messages={"required": "请上传书面异议的扫描件或者照片：单位加盖公章，个人手写签名"},
    )
    evidence = FilesField(label="证明材料", required=False, allow_empty_file=True)
    field_order = ("line", "capacity", "objector", "phone", "facts", "scan", "evidence")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        case = self.case
        assert isinstance(case, Objection)
        lines = case.publicity.lines.values_list("n", "name", "category")
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *((n, f"{n}. {name}（{CATEGORIES.get(category, category)}）") for n, name, category in lines),
        ]
        limit = f"PDF、OFD 或 JPG，单个文件不超过 {Setting.number('objection_mb', on=localdate(self.at))} MB"
        self.fields["scan"].help_text = f"以单位名义的加盖公章，以个人名义的手写签名。{limit}"
        self.fields["evidence"].help_text = f"最多 {MOST_EVIDENCE} 个文件，可一次选择多个。{limit}"
        for name in ("scan", "evidence"):
            self.fields[name].widget.attrs["accept"] = ".pdf,.ofd,.jpg,.jpeg"

    def typed(self) -> dict[str, Any]:
        """What the act takes besides the files. The form is valid."""
        return {name: self.cleaned_data[name] for name in ("capacity", "objector", "phone", "facts")}


class TrackForm(forms.Form):
    """异议查询: the code and the telephone number that was given with it."""

    code = forms.CharField(
        label="受理查询码",
        max_length=60,
        help_text="28 位字母和数字，连接号可以不填，不分大小写",
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "请填写受理查询码"},
    )
    phone = forms.CharField(
        label="联系电话",
        max_length=40,
        help_text="提出异议时填写的电话",
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
        error_messages={"required": "请填写联系电话"},
    )


@form_of("objection", "turn_away")
class TurnAwayForm(ActForm):
    """不予受理: why, and what the person reads who follows the objection."""

    because = forms.ChoiceField(
        label="不予受理的原因",
        choices=Objection.Because.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择不予受理的原因"},
    )
    answer = forms.CharField(
        label="给反映人的说明",
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="反映人凭查询码可见；请勿写入反映人的姓名、电话",
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("because") == Objection.Because.OTHER and not cleaned.get("answer", "").strip():
            self.add_error("answer", "属其他情形的，请写明原因")
        return cleaned


@form_of("objection", "uphold", "dismiss")
class DecisionForm(ActForm):
    """异议成立 and 不成立: what was found, for the bureau, and the answer to who objected."""

    answer = forms.CharField(
        label="答复",
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text="反映人凭查询码可见；请勿写入反映人的姓名、电话",
        error_messages={"required": "请填写给反映人的答复"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        reason = self.fields["reason"]
        reason.label, reason.help_text = "核查情况", "仅供内部存档，反映人和所涉单位看不到"
        reason.error_messages["required"] = "请填写核查情况"
