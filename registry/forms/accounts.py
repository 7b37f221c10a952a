"""Forms of registration, members and merging."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from greenmfg.rulebook import Category
from registry import names
from registry.forms.base import ActForm, form_of
from registry.forms.pool import ReturnForm
from registry.models import District, Invitation, LegalEntity, Registration, Setting, Unit, User

form_of("registration", "send_back")(ReturnForm)

ACCEPT = {"accept": ".pdf,.ofd,.jpg,.jpeg"}


class DistrictField(forms.ModelChoiceField):
    """One of the seventeen, by its whole name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=District.objects.all(),
            empty_label="请选择",
            error_messages={"required": "请选择所在区", "invalid_choice": "请选择所在区"},
            **kwargs,
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


@form_of("registration", "register", "refile")
class RegistrationForm(ActForm):
    """企业注册: who the enterprise is, where, and the sealed authorisation of the person who registers."""

    credit_code = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="18 位，与营业执照一致",
        widget=forms.TextInput({"autocapitalize": "characters", "spellcheck": "false"}),
    )
    code_evidence = forms.CharField(
        label="代码校验未通过的佐证说明",
        max_length=200,
        required=False,
        help_text="仅在提示校验未通过、但登记机关确认无误时填写",
    )
    name = forms.CharField(
        label="企业名称",
        max_length=120,
        min_length=4,
        help_text="与营业执照一致的全称",
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    category = forms.ChoiceField(
        label="类型",
        choices=[("", "请选择"), *Category.choices()],
        error_messages={"required": "请选择类型", "invalid_choice": "请选择类型"},
    )
    district = DistrictField(label="所在区", help_text="由该区工业主管部门核验")
    site = forms.CharField(
        label="厂区", max_length=80, required=False, help_text="同一企业有多处厂区分别申报的，写明厂区名称"
    )
    address = forms.CharField(
        label="地址", max_length=200, widget=forms.TextInput({"autocomplete": "street-address"})
    )
    industry = forms.CharField(label="行业", max_length=60, help_text="如：通用设备制造业")
    contact = forms.CharField(
        label="经办人姓名", max_length=40, widget=forms.TextInput({"autocomplete": "name"})
    )
    phone = forms.CharField(
        label="联系电话", max_length=40, widget=forms.TextInput({"type": "tel", "autocomplete": "tel"})
    )
    email = forms.EmailField(label="电子邮箱", help_text="接收办理通知")
    authorisation = forms.FileField(
        label="授权书（加盖公章）",
        widget=forms.FileInput(ACCEPT),
        error_messages={"required": "请上传加盖公章的授权书"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        case = self.case
        assert isinstance(case, Registration)
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = f"请填写{field.label}"
        paper = self.fields["authorisation"]
        paper.help_text = (
            f"PDF、OFD 或 JPG；单个文件最大 {Setting.number('upload_mb', on=localdate(self.at))} MB"
        )
        if self.row.opens:
            del self.fields["reason"]
            return
        self.fields["reason"].label = "情况说明"
        paper.required = False
        paper.help_text += "。不重新上传的，沿用已提交的授权书"
        self.initial = (
            {name: getattr(case, name) for name in case.FILLED}
            | {"district": case.district_id}
            | self.initial
        )

    def clean_credit_code(self) -> str:
        return names.clean_code(self.cleaned_data["credit_code"])

    def clean_name(self) -> str:
        return names.tidy(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code = cleaned.get("credit_code")
        if code and (objection := names.code_objection(code, cleaned.get("code_evidence") or "")):
            self.add_error("credit_code", objection)
        return cleaned

    def act_data(self) -> dict[str, Any]:
        return {name: value for name, value in super().act_data().items() if name != "authorisation"}


@form_of("registration", "confirm")
class ConfirmForm(ActForm):
    """确认: which entity on the books this is, or a new one, and which of its units lie in this district."""

    claim = forms.RegexField(
        r"^(new|[0-9]{1,15}:[0-9]{1,6})$",
        error_messages={
            "required": "请选择认领哪个法人主体，或者登记为新主体",
            "invalid": "请重新选择法人主体",
        },
        label="法人主体",
    )
    units = forms.ModelMultipleChoiceField(
        label="在本区的单位",
        queryset=Unit.objects.none(),
        required=False,
        error_messages={"invalid_choice": "所选单位的所在区刚刚确定，请刷新后核对"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["units"].queryset = Unit.objects.pending()  # type: ignore[attr-defined]

    def act_data(self) -> dict[str, Any]:
        claim = self.cleaned_data["claim"]
        entity, _, people = claim.partition(":")
        if claim == "new":
            return {"entity": None, "units": []}
        # What is ticked under another entity than the chosen one says nothing.
        ticked = [unit.pk for unit in self.cleaned_data["units"] if unit.entity_id == int(entity)]
        return {"entity": int(entity), "people": int(people), "units": ticked}


class NewAccountForm(forms.Form):
    """A user name and a password: what a new person chooses."""

    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="字母、数字或者 @ . + - _，用于登录",
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "请填写用户名"},
    )
    password1 = forms.CharField(
        label="密码",
        strip=False,
        help_text="至少 8 个字符，不能过于常见，不能与用户名相近",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": "请填写密码"},
    )
    password2 = forms.CharField(
        label="再次输入密码",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": "请再次输入密码"},
    )

    TAKEN = "该用户名已被使用，请换一个"

    def clean_username(self) -> str:
        text = str(User.normalize_username(self.cleaned_data["username"]))
        try:
            User.username_validator(text)
        except ValidationError as error:
            raise ValidationError("用户名只能使用字母、数字和 @ . + - _") from error
        if User.objects.filter(username__iexact=text).exists():
            raise ValidationError(self.TAKEN)
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        password = cleaned.get("password1")
        if password and cleaned.get("password2") and password != cleaned["password2"]:
            self.add_error("password2", "两次输入的密码不一致")
        elif password:
            try:
                password_validation.validate_password(password, User(username=cleaned.get("username", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def person(self, **about: Any) -> User:
        """The unsaved account. The form is valid."""
        user = User(username=self.cleaned_data["username"], **about)
        user.set_password(self.cleaned_data["password1"])
        return user


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """邀请成员."""

    class Meta:
        model = Invitation
        fields = ("name", "email", "phone")
        error_messages = {"name": {"required": "请填写姓名"}, "email": {"required": "请填写电子邮箱"}}


class PlacingForm(forms.Form):
    """待定区: which units lie in which district."""

    district = DistrictField(label="所在区")
    unit = forms.TypedMultipleChoiceField(label="单位", coerce=int, error_messages={"required": "请勾选单位"})

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        # Whatever is ticked is a number; whether it still waits is found out under lock.
        ticked = data.getlist("unit") if data else []
        self.fields["unit"].choices = [(key, key) for key in ticked if key.isdecimal() and len(key) < 16]  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """合并 and 恢复分立: why."""

    reason = forms.CharField(
        label="理由",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "请写明理由"},
    )


class MergePair(forms.Form):
    """Which record stays and which goes over."""

    kept = forms.ModelChoiceField(LegalEntity.objects.all())
    gone = forms.ModelChoiceField(LegalEntity.objects.all())
