"""The form of a correction: where the notice is wrong, what is right, why, and whether it runs longer."""

from __future__ import annotations

from typing import Any

from django import forms

from greenmfg.rulebook import Category
from registry.forms.base import ActForm, DateInput, form_of
from registry.models import Correction
from registry.models.corrections import late_end


@form_of("correction", "draw_up", "redraw")
class CorrectionForm(ActForm):
    """拟更正 and 重新拟定."""

    place = forms.ChoiceField(
        label="更正处",
        choices=Correction.Place.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择更正处"},
    )
    line = forms.TypedChoiceField(
        label="所涉单位", coerce=int, empty_value=None, required=False, help_text="更正名单中的内容时选择"
    )
    said = forms.CharField(
        label="原文",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="更正标题或者正文时照抄有误的文字；更正名单时不必填写",
    )
    right = forms.CharField(
        label="更正为", widget=forms.Textarea({"rows": 2}), error_messages={"required": "请填写更正后的内容"}
    )
    why = forms.CharField(
        label="更正原因",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请填写更正原因"},
        help_text="与更正内容一并公布",
    )
    extended_to = forms.DateField(
        label="公示期延长至",
        required=False,
        widget=DateInput(),
        help_text="错误影响公众判断的，请延长公示期；延长后，异议和入库都按新的截止日办理",
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]
        case = self.case
        assert isinstance(case, Correction)
        self.notice = case.publicity
        self.lines = {line.pk: line for line in self.notice.lines.all()}
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            ("", "不涉及具体单位"),
            *((pk, f"{line.n}. {line.name}") for pk, line in self.lines.items()),
        ]
        if self.notice.state != "running":
            del self.fields["extended_to"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        place, right = cleaned.get("place"), cleaned.get("right", "").strip()
        if place in Correction.OF_LINES:
            self._of_a_line(cleaned, right)
        elif place:
            self._of_the_words(cleaned, place, right)
        if day := cleaned.get("extended_to"):
            for finding in late_end(self.notice, day):
                self.add_error("extended_to", finding.message)
        return cleaned | {"extended_to": cleaned.get("extended_to")}

    def _of_a_line(self, cleaned: dict[str, Any], right: str) -> None:
        line = self.lines.get(cleaned.get("line") or 0)
        cleaned["said"] = ""
        if line is None:
            self.add_error("line", "请选择所涉单位")
            return
        if right and right == Correction(place=cleaned["place"], line=line).stands(""):
            self.add_error("right", "与公示的内容相同，没有更正")
        labels = [str(label) for _, label in Category.choices()]
        if cleaned["place"] == Correction.Place.CATEGORY and right and right not in labels:
            self.add_error("right", f"类型应为{'、'.join(labels)}之一")

    def _of_the_words(self, cleaned: dict[str, Any], place: str, right: str) -> None:
        cleaned["line"] = None
        said = cleaned.get("said", "").strip()
        text = self.notice.title if place == Correction.Place.TITLE else self.notice.text
        if not said:
            self.add_error("said", "请照抄公示中有误的文字")
        elif said not in text:
            self.add_error("said", "公示中没有这段文字，请照抄原文")
        elif right == said:
            self.add_error("right", "与公示的内容相同，没有更正")
        cleaned["said"] = said
