"""Forms of an evaluation: commissioning, the declaration, stepping aside, and the conclusion. They check shape."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q

from evaluation.models import Evaluation
from registry.forms import ActForm, form_of
from registry.models import EvaluatorAgency


@form_of("evaluation", "commission")
class CommissionForm(ActForm):
    """委托评价: which agency, and what it is asked to check. Which of them must step aside is for the rule."""

    agency = forms.ModelChoiceField(
        label="评价机构",
        queryset=EvaluatorAgency.objects.none(),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择评价机构", "invalid_choice": "请从所列机构中选择"},
    )
    task = forms.CharField(
        label="复核内容",
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        help_text="写明请机构核实的事项和疑点，评价机构可见，企业不可见",
        error_messages={"required": "请填写复核内容"},
    )

    field_order = ("agency", "reason", "task")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["reason"].label = "确需委托的理由"
        self.fields["reason"].help_text = "所选机构列有应当回避或者达到上限的情形时填写"
        self.fields["reason"].widget.attrs["rows"] = 2
        self.fields["agency"].queryset = EvaluatorAgency.objects.filter(  # type: ignore[attr-defined]
            user__role="evaluator", user__is_active=True
        ).distinct()


def agencies() -> Any:
    """All agencies by name, with how many people they have here (`people`) and how many open tasks (`tasks`)."""
    people = Count("user", filter=Q(user__role="evaluator", user__is_active=True))
    rows = list(EvaluatorAgency.objects.annotate(people=people).order_by("name"))
    open_now = Evaluation.objects.filter(closed_at__isnull=True).order_by()
    tasks = dict(open_now.values_list("agency").annotate(Count("pk")))
    for row in rows:
        row.tasks = tasks.get(row.pk, 0)  # type: ignore[attr-defined]
    return rows


@form_of("evaluation", "begin")
@form_of("grading", "begin")
class DeclarationForm(ActForm):
    """开始评价: after having declared that nothing stands in the way of an independent judgement."""

    independent = forms.BooleanField(
        label="本机构未承担该单位的绿色诊断和咨询服务，与该单位没有投资、关联或者其他利害关系，能够独立作出评价",
        error_messages={"required": "请阅读并勾选声明；有利害关系的，请办理回避"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]


@form_of("evaluation", "recuse")
@form_of("grading", "recuse")
class RecusalForm(ActForm):
    """回避: one choice is enough, words may be added; for another reason they must."""

    CAUSES = (
        ("diagnosed", "承担过该单位的绿色诊断"),
        ("advised", "为该单位提供过咨询等服务"),
        ("related", "与该单位存在投资、关联关系"),
        ("other", "其他利害关系（请说明）"),
    )
    cause = forms.ChoiceField(
        label="回避事由",
        choices=CAUSES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择回避事由"},
    )
    field_order = ("cause", "reason")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].widget.attrs["rows"] = 2

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cause, words = cleaned.get("cause"), cleaned.get("reason", "").strip()
        if cause == "other" and not words:
            self.add_error("reason", "请写明利害关系")
        elif cause == "other":
            cleaned["reason"] = words
        elif cause:
            label = dict(self.CAUSES)[cause]
            cleaned["reason"] = f"{label}。{words}" if words else label
        return cleaned


@form_of("evaluation", "conclude")
@form_of("grading", "conclude")
class PledgeForm(ActForm):
    """提交结论: the agency answers for it."""

    pledge = forms.BooleanField(
        label="本机构对评价结论和评价报告的真实、客观、独立负责，并愿承担相应责任",
        error_messages={"required": "请阅读并勾选承诺"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]


@form_of("grading", "file_own")
class OwnPledgeForm(ActForm):
    """提交自评: the unit answers for it."""

    pledge = forms.BooleanField(
        label="本单位承诺自评内容和所附材料真实、准确、完整，并愿承担相应责任",
        error_messages={"required": "请阅读并勾选承诺"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]


@form_of("grading", "assign", "reassign")
class AssignForm(ActForm):
    """指派评价机构: whom; which of them should stand aside is for the rule, and may be overridden in words."""

    agency = forms.ModelChoiceField(
        label="评价机构",
        queryset=EvaluatorAgency.objects.none(),
        error_messages={"required": "请选择评价机构", "invalid_choice": "请从所列机构中选择"},
    )
    field_order = ("agency", "reason")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["reason"].label = "确需委托的理由"
        self.fields["reason"].help_text = "所选机构有应当回避或者达到上限的情形时填写"
        self.fields["agency"].queryset = (  # type: ignore[attr-defined]
            EvaluatorAgency.objects.filter(user__role="evaluator", user__is_active=True)
            .distinct()
            .order_by("name")
        )
