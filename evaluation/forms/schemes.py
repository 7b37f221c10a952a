"""Forms for drawing up a scheme: its heads with its sections, and one item with its ways of measuring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from evaluation.models import SchemeVersion
from evaluation.scheme import (
    Bracket,
    Gauge,
    Item,
    Kind,
    NotAScheme,
    Scheme,
    Step,
    Waiver,
    number,
)
from evaluation.soundness import Where, contradictions
from registry.forms.base import NUMBER
from registry.forms.upkeep import basis_field

MORE_STEPS = 2  # empty rows under the steps there are
CODE_HINT = "3–40 位小写字母、数字或连字符，如 factory-2027；记入每次评价的记录"


class FigureField(forms.CharField):
    """A number of a scheme; None where nothing is written."""

    def __init__(self, label: str, *, required: bool = False, **kwargs: Any) -> None:
        words = {"required": "请填写数字"}
        super().__init__(
            label=label, required=required, widget=forms.TextInput(NUMBER), error_messages=words, **kwargs
        )

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        if not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
            raise forms.ValidationError("应为数字，不带单位、逗号和百分号")
        try:
            return number(text)
        except NotAScheme as error:
            raise forms.ValidationError(str(error)) from error


def said(value: Decimal | None) -> str:
    """A number as it is typed."""
    return "" if value is None else f"{value:f}"


class HeadForm(forms.Form):
    """What a scheme is, and with `scheme` the names and points of its sections."""

    code = forms.CharField(
        label="编号", max_length=40, help_text=CODE_HINT, error_messages={"required": "请填写编号"}
    )
    title = forms.CharField(label="名称", max_length=120, error_messages={"required": "请填写名称"})
    basis = basis_field(300)
    note = forms.CharField(label="说明", max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))
    replaces = forms.ModelChoiceField(
        label="施行后替代",
        queryset=SchemeVersion.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="不替代，与现有的并行",
        help_text="被替代的指标体系自施行之日起不再用于新的评价；不同行业的可以并行",
        error_messages={"invalid_choice": "请从所列指标体系中选择"},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        category: str,
        own: str = "",
        scheme: Scheme | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.scheme = scheme
        put = SchemeVersion.objects.filter(category=category, in_force_from__isnull=False)
        self.fields["replaces"].queryset = put.exclude(code=own)  # type: ignore[attr-defined]
        for n, section in enumerate(scheme.sections if scheme else ()):
            self.fields[f"name_{n}"] = forms.CharField(
                label=f"一级指标 {section.code} 名称",
                max_length=80,
                initial=section.name,
                error_messages={"required": "请填写名称"},
            )
            self.fields[f"points_{n}"] = FigureField(
                f"一级指标 {section.code} 满分", required=True, initial=said(section.points)
            )

    @property
    def sections(self) -> list[tuple[Any, Any]]:
        """The pair of fields of each section."""
        count = len(self.scheme.sections) if self.scheme else 0
        return [(self[f"name_{n}"], self[f"points_{n}"]) for n in range(count)]

    def changed_scheme(self, origin: Scheme) -> Scheme:
        """`origin` with what was typed."""
        given = self.cleaned_data
        heads = {name: given[name] for name in ("code", "title", "basis", "note")}
        if self.scheme is None:
            return replace(origin, **heads)
        sections = tuple(
            replace(section, name=given[f"name_{n}"], points=given[f"points_{n}"])
            for n, section in enumerate(origin.sections)
        )
        return replace(origin, **heads, sections=sections)


class ItemForm(forms.Form):
    """One item: its points and what they follow from. Which values it has follows from its kind and gauges."""

    waiver = forms.ChoiceField(label="不适用时", choices=Waiver.choices())
    evidence = forms.CharField(
        label="证明材料", required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    guide = forms.CharField(
        label="填报说明", required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    doubt = forms.CharField(
        label="待核事项",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text="尚未与出处核对的，写明原因；有待核事项的指标体系不能施行",
    )
    checked = forms.CharField(
        label="核对依据",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text="清空待核事项时必填：与哪份文件核对，文号和页码；记入更改记录",
    )

    def __init__(self, data: Any = None, *, item: Item, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.item = item
        first: dict[str, forms.Field] = {}
        if item.is_scored:
            first["points"] = FigureField("满分", required=True, initial=said(item.points))
            self.fields["waiver"].initial = item.waiver.value
        else:
            del self.fields["waiver"]
        if item.kind is Kind.QUALITATIVE:
            first["step"] = FigureField(
                "评分步长", required=True, initial=said(item.step), help_text="评分的最小差，如 0.5"
            )
        first |= self.fields
        self.fields = first
        for n, gauge in enumerate(item.gauges):
            prefix = gauge.name if len(item.gauges) > 1 else ""
            self.fields |= dict(_gauge_fields(n, gauge, item.kind, prefix))
        for name in ("evidence", "guide", "doubt"):
            self.fields[name].initial = getattr(item, name)
        if not item.doubt:
            del self.fields["checked"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for n in range(len(self.item.gauges)):
            for bound, points in self._step_rows(n):
                if (found.get(bound) is None) is not (found.get(points) is None):
                    empty = bound if found.get(bound) is None else points
                    if empty not in self.errors:
                        self.add_error(empty, "界限和得分须一并填写；不要该档的，两项都清空")
        if self.errors:
            return found
        for where, words in contradictions(self.changed()):
            self.add_error(self.field_at(where), words)
        return found

    def changed(self) -> Item:
        """The item with what was typed."""
        given = self.cleaned_data
        texts = {name: given[name] for name in ("evidence", "guide", "doubt")}
        gauges = tuple(
            _gauge_typed(n, gauge, given, self.item.kind) for n, gauge in enumerate(self.item.gauges)
        )
        item = replace(self.item, gauges=gauges, **texts)
        if item.is_scored:
            item = replace(item, points=given["points"], waiver=Waiver(given["waiver"]))
        return replace(item, step=given["step"]) if "step" in given else item

    def field_at(self, where: Where) -> str | None:
        """The field that stands for a place in an item, as ("gauges", 0, "steps", 2, "bound") for g0_s2_bound; None for
        one that this form does not change."""
        name = str(where[0])
        if where[0] == "gauges":
            n, *rest = where[1:]
            name = f"g{n}_{rest[0]}"
            if rest[0] == "steps":
                # Rows that were emptied are no steps.
                filled = [pair for pair in self._step_rows(int(n)) if self.cleaned_data[pair[0]] is not None]
                name = filled[int(rest[1])][0 if rest[2] == "bound" else 1]
            elif rest[0] == "brackets":
                name = f"g{n}_b{rest[1]}_{rest[2]}"
        return name if name in self.fields else None

    def _step_rows(self, n: int) -> list[tuple[str, str]]:
        """The names of the pairs of fields of a gauge's steps, the empty rows among them."""
        if self.item.kind is not Kind.STEPPED:
            return []
        count = len(self.item.gauges[n].steps) + MORE_STEPS
        return [(f"g{n}_s{m}_bound", f"g{n}_s{m}_points") for m in range(count)]

    @property
    def heads(self) -> list[Any]:
        return [self[name] for name in ("points", "step", "waiver") if name in self.fields]

    @property
    def words(self) -> list[Any]:
        return [self[name] for name in ("evidence", "guide")]

    @property
    def check(self) -> list[Any]:
        return [self[name] for name in ("doubt", "checked") if name in self.fields]

    def measures(self) -> Iterator[tuple[Gauge, list[Any]]]:
        """Each gauge with its fields."""
        for n, gauge in enumerate(self.item.gauges):
            yield gauge, [self[name] for name in self.fields if name.startswith(f"g{n}_")]


def _gauge_fields(n: int, gauge: Gauge, kind: Kind, prefix: str) -> Iterator[tuple[str, forms.Field]]:
    if kind is Kind.STEPPED:
        steps = [(said(step.bound), said(step.points)) for step in gauge.steps] + [("", "")] * MORE_STEPS
        for m, (bound, points) in enumerate(steps):
            yield f"g{n}_s{m}_bound", FigureField(f"{prefix}第 {m + 1} 档界限", initial=bound)
            yield f"g{n}_s{m}_points", FigureField(f"{prefix}第 {m + 1} 档得分", initial=points)
    elif gauge.given:
        return  # base and lead come with the answer
    elif gauge.brackets:
        for m, one in enumerate(gauge.brackets):
            size = f"{prefix}{gauge.size} ≥ {one.least:f}，"
            yield f"g{n}_b{m}_base", FigureField(f"{size}基准值", initial=said(one.base))
            yield f"g{n}_b{m}_lead", FigureField(f"{size}引领值", initial=said(one.lead))
    else:
        yield f"g{n}_base", FigureField(f"{prefix}基准值", initial=said(gauge.base))
        yield f"g{n}_lead", FigureField(f"{prefix}引领值", initial=said(gauge.lead))


def _gauge_typed(n: int, gauge: Gauge, given: dict[str, Any], kind: Kind) -> Gauge:
    if kind is Kind.STEPPED:
        count = len(gauge.steps) + MORE_STEPS
        pairs = [(given[f"g{n}_s{m}_bound"], given[f"g{n}_s{m}_points"]) for m in range(count)]
        # A row that was emptied is a step that is no more.
        steps = tuple(Step(bound, points) for bound, points in pairs if None not in (bound, points))
        return replace(gauge, steps=steps)
    if gauge.given:
        return gauge
    if gauge.brackets:
        brackets = tuple(
            Bracket(one.least, given[f"g{n}_b{m}_base"], given[f"g{n}_b{m}_lead"])
            for m, one in enumerate(gauge.brackets)
        )
        return replace(gauge, brackets=brackets)
    return replace(gauge, base=given[f"g{n}_base"], lead=given[f"g{n}_lead"])


__all__ = ["FigureField", "HeadForm", "ItemForm"]
