"""What every form of an act has, and which form belongs to which act. Forms check shape; the rulebook judges substance."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms

from greenmfg import rulebook
from registry.acts import Act
from registry.models import Case

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


class VerdictField(forms.TypedChoiceField):
    """符合 or 不符合, as true, false, or None where nothing was chosen."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        choices = [("yes", "符合"), ("no", "不符合")]
        super().__init__(
            choices=choices,
            coerce=lambda value: value == "yes",
            empty_value=None,
            error_messages={"required": "请选择是否符合评价要求"},
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


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


FORMS: dict[tuple[str, str], type[ActForm]] = {}
F = TypeVar("F", bound=type[ActForm])


def form_of(kind: str, *acts: str) -> Callable[[F], F]:
    """Class decorator: this is the form of these acts of this kind of case."""

    def put(form: F) -> F:
        FORMS.update({(kind, act): form for act in acts})
        return form

    return put


def form_for(case: Case, row: Act, *, at: datetime, data: Any = None, initial: Any = None) -> ActForm:
    """The form of an act, bound when `data` is given."""
    form = FORMS.get((case.KIND, row.name), ActForm)
    return form(data, case=case, row=row, at=at, initial=initial)
