"""修改得分: the bureau answers one item anew, with its reason; the agency's answer stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404

from evaluation.forms.sheets import ItemFields, SheetForm
from evaluation.models import Scored
from evaluation.scheme import Item
from registry.forms import ActForm, form_of


@form_of("evaluation", "revise")
@form_of("grading", "revise")
class RevisionForm(ActForm):
    """The fields of one item (`item`: its code) and the reason."""

    item = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        assert isinstance(self.case, Scored)
        asked = str((data or self.initial or {}).get("item", ""))
        self.indicator = self._indicator(asked)
        self.fields["item"].initial = asked
        answers = self.case.final_answers
        self.sheet = SheetForm(
            data,
            scheme=self.case.loaded_scheme,
            answers=answers,
            documents=list(self.case.evidence_documents()),
            items=[self.indicator],
        )
        reason = self.fields.pop("reason")
        reason.label = "修改理由"
        reason.help_text = "企业可在结果说明中看到"
        self.fields |= self.sheet.fields
        self.fields["reason"] = reason

    def _indicator(self, code: str) -> Item:
        assert isinstance(self.case, Scored)
        found = self.case.loaded_scheme.by_code.get(code) if self.case.scheme_id else None
        if found is None:
            raise Http404(code)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.sheet.is_valid():
            for name, errors in self.sheet.errors.items():
                if name not in self.errors:
                    self.add_error(name if name in self.fields else None, errors)
        return cleaned

    @property
    def asked(self) -> ItemFields:
        return self.sheet.asked[0]

    def act_data(self) -> dict[str, Any]:
        answer = self.sheet.answers[self.indicator.code]
        return {"item": self.indicator.code, "answer": answer.dump()}
