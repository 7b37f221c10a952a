"""Forms of the register of evaluator agencies. They check shape; who may and what is recorded is in `agencies.py`."""

from __future__ import annotations

from typing import Any

from django import forms

from registry import names
from registry.models import EvaluatorAgency


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """评价机构: who it is, what it can do, whom to call."""

    class Meta:
        model = EvaluatorAgency
        fields = (
            "name",
            "credit_code",
            "code_evidence",
            "legal_representative",
            "qualifications",
            "contact",
            "phone",
        )
        widgets = {"qualifications": forms.Textarea({"rows": 5})}
        help_texts = {
            "credit_code": "18 位，与营业执照一致",
            "code_evidence": "仅在提示校验未通过、但登记机关确认无误时填写",
            "legal_representative": "同一法定代表人名下的机构合并计算年度评价项目",
            "qualifications": "资质证书、业务范围、专业人员等",
        }
        error_messages = {"name": {"required": "请填写机构名称", "unique": "已有同名的评价机构"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_code"].max_length = None  # type: ignore[attr-defined]  # spaces and hyphens are cut
        self.fields["credit_code"].validators = []
        self.fields["credit_code"].widget.attrs.pop("maxlength", None)

    def clean_name(self) -> str:
        return names.tidy(self.cleaned_data["name"])

    def clean_credit_code(self) -> str:
        return names.clean_code(self.cleaned_data["credit_code"])

    def clean_legal_representative(self) -> str:
        return "".join(self.cleaned_data["legal_representative"].split())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code = cleaned.get("credit_code")
        if code and (objection := names.code_objection(code, cleaned.get("code_evidence") or "")):
            self.add_error("credit_code", objection)
        return cleaned


class SuspensionForm(forms.Form):
    """暂停委托."""

    reason = forms.CharField(
        label="暂停委托的原因",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请填写暂停委托的原因"},
    )
