"""Forms of an application to the pool: filing, opinions, returns, scores."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from typing import Any

from django import forms
from django.utils.timezone import localdate

from greenmfg import periods
from greenmfg.rulebook import Category
from registry.forms.base import ActForm, DateInput, ScoreField, VerdictField, form_of
from registry.models import Holiday, PoolApplication, Setting

DEMAND = ("text", "where", "page", "article")  # what each thing to correct says
PAGES = 9999


@form_of("pool", "recommend")
class OpinionForm(ActForm):
    """推荐: the words are the district's opinion, and stand on paper."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "推荐意见"
        self.fields["reason"].initial = "材料齐全，同意推荐。"


@form_of("pool", "nominate_self", "ask_district")
class SubmitForm(ActForm):
    """提交: with the pledge that what is filed is true."""

    pledge = forms.BooleanField(
        label="本单位承诺所填内容和所附材料真实、准确、完整，并愿承担相应责任",
        error_messages={"required": "请阅读并勾选承诺"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "情况说明"


@form_of("pool", "resubmit_to_district", "resubmit_to_bureau")
class ResubmitForm(SubmitForm):
    """补正后提交: with a word to each demand, if the enterprise has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.case, PoolApplication)
        self.names = [f"answer_{n}" for n in range(len(self.case.demands))]
        for n, name in enumerate(self.names):
            label = f"第 {n + 1} 项修改说明"
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=500, widget=forms.Textarea({"rows": 2})
            )

    def answers(self) -> list[forms.BoundField]:
        """The fields of the answers, in the order of the demands."""
        return [self[name] for name in self.names]

    def act_data(self) -> dict[str, Any]:
        data = super().act_data()
        return {"pledge": data["pledge"], "answers": [data[name] for name in self.names]}


@form_of("pool", "return_by_district", "return_by_bureau")
class ReturnForm(ActForm):
    """退回补正: located items and a date, never one free sentence."""

    due_on = forms.DateField(
        label="补正期限",
        widget=DateInput(),
        error_messages={"required": "请填写补正期限", "invalid": "日期格式应为 2026-03-18"},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if self.case.returns(self.row.name):
            self.fields["reason"].label = "上次未告知的原因"
        else:
            del self.fields["reason"]
        today = localdate(self.at)
        days = Setting.number("correction_days", on=today)
        self.fields["due_on"].initial = periods.add_working_days(
            today, days, calendar=Holiday.calendar_around(today)
        ).on

    @property
    def items(self) -> list[dict[str, Any]]:
        """The rows as typed, to show them again."""
        if not self.is_bound:
            return []
        columns = [self.data.getlist(f"demand_{name}") for name in DEMAND]
        rows = [
            {name: value.strip() for name, value in zip(DEMAND, row, strict=True)}
            for row in zip_longest(*columns, fillvalue="")
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
            if item["page"] and not (item["page"].isdecimal() and 1 <= int(item["page"]) <= PAGES):
                raise forms.ValidationError(f"第 {n} 项补正事项的页码应为 1–{PAGES} 之间的整数")
            item["article"] = int(item["article"])
            if page := item.pop("page"):
                item["page"] = int(page)
        cleaned["demands"] = items
        return cleaned


@form_of("pool", "type_score")
class ScoreForm(ActForm):
    """登记得分: the score, where it comes from, and whether the requirements are met (Articles 7, 8)."""

    score = ScoreField(label="综合得分")
    score_source = forms.CharField(
        label="得分来源",
        max_length=200,
        help_text="如：第三方评价报告第 41 页",
        error_messages={"required": "请填写得分来源"},
    )
    meets_requirements = VerdictField(label="是否符合绿色工厂评价要求")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        del self.fields["reason"]
        case = self.case
        assert isinstance(case, PoolApplication)
        self.fields["score"].initial = case.score
        self.fields["score_source"].initial = case.score_source
        self.fields["meets_requirements"].initial = case.meets_requirements


class NewApplicationForm(forms.Form):
    """新建申请: which category, at which site."""

    category = forms.ChoiceField(
        label="申请类型",
        choices=Category.choices(),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择申请类型"},
    )
