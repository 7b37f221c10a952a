"""What an evaluator finds: the conclusion in words, and the answers or the score it rests on.

They keep themselves; the rulebook asks for what is missing when they are submitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from evaluation.forms.sheets import SheetForm
from evaluation.models import Evaluation, Grading, Scored
from registry.forms import ScoreField, TaskForm, VerdictField
from registry.models import Document

WORDS = "写明核实的情况、与申报不一致之处和依据，如：诊断报告第 41 页"


class ConclusionForm(TaskForm):
    """Without a scheme: the score is typed."""

    score = ScoreField(label="综合评价得分", required=False, help_text="0–100 分，最多 2 位小数")
    meets_requirements = VerdictField(label="是否符合评价要求", required=False)

    class Meta(TaskForm.Meta):
        model = Evaluation
        fields = ("score", "meets_requirements", "conclusion")
        widgets = {"conclusion": forms.Textarea({"rows": 9})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["conclusion"].help_text = WORDS
        if not self.instance.is_scored:
            del self.fields["score"]

    def kept(self, case: Scored) -> dict[str, Any]:
        """The fields of the case to write."""
        return {name: self.cleaned_data[name] for name in self.cleaned_data if name in self.fields}


class ScoringForm(SheetForm):
    """By a scheme: the agency's sheet, and its conclusion. The verdict is asked for where the scheme gives none."""

    meets_requirements = VerdictField(label="是否符合评价要求", required=False)
    conclusion = forms.CharField(
        label="评价结论",
        max_length=4000,
        required=False,
        help_text=WORDS,
        widget=forms.Textarea({"rows": 6}),
    )

    def __init__(self, data: Any = None, *, case: Scored, documents: Sequence[Document] = ()) -> None:
        super().__init__(
            data,
            scheme=case.loaded_scheme,
            answers=case.answers,
            documents=documents,
            initial={"meets_requirements": case.meets_requirements, "conclusion": case.conclusion},
        )
        for name in ("meets_requirements", "conclusion"):
            self.fields[name].is_asked = True  # type: ignore[attr-defined]
        if self.scheme.has_requirements:
            del self.fields["meets_requirements"]

    def kept(self, case: Scored) -> dict[str, Any]:
        """The fields of the case to write."""
        names = ("meets_requirements", "conclusion")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data} | case.scored(
            self.answers
        )


class OwnForm(SheetForm):
    """The unit's own sheet in a grading, and who helped with it."""

    own_agency = forms.CharField(
        label="自评协助机构",
        max_length=100,
        required=False,
        help_text="委托机构协助开展自评的，填写机构全称；该机构不再承担本单位的第三方评价",
    )

    def __init__(self, data: Any = None, *, case: Grading, documents: Sequence[Document] = ()) -> None:
        super().__init__(
            data,
            scheme=case.loaded_scheme,
            answers=case.own_answers,
            documents=documents,
            initial={"own_agency": case.own_agency},
        )

    def kept(self, case: Scored) -> dict[str, Any]:
        """The fields of the case to write."""
        found = case.own_scored(self.answers)
        if "own_agency" in self.cleaned_data:
            found["own_agency"] = self.cleaned_data["own_agency"]
        return found
