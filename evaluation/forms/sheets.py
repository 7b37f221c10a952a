"""The sheet of answers as a form: one small group of fields an item, made from the scheme. It checks shape.

Answers keep themselves one by one: what is wrong at one item leaves the stored answer of that item as it was and says
so beside it, and every other item is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluation.scheme import Gauge, Item, Kind, NotAScheme, Scheme, Waiver, number, plain
from evaluation.scoring import EXACT, NOTHING, Answer, NotAnAnswer, Product, points_of, score
from registry.forms import VerdictField
from registry.models import Document

NUMBER = {"inputmode": "decimal", "autocomplete": "off", "size": "9"}
PAGES = re.compile(r"[,，、;；\s]+")
PAGE = re.compile(r"(?:(\d{1,2})-)?(\d{1,5})")


class NumberField(forms.CharField):
    """A plain decimal number, in half- or full-width figures; None where nothing is written."""

    def __init__(self, label: str, **attrs: str) -> None:
        super().__init__(label=label, required=False, max_length=40, widget=forms.TextInput(NUMBER | attrs))

    def clean(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if not text:
            return None
        if not re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", text):
            raise ValidationError("请填写数字，如 12.5")
        try:
            return number(text)
        except NotAScheme as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return f"{plain(value):f}" if isinstance(value, Decimal) else value


class ItemFields:
    """The fields of one item: their names, and the answer that they make."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.given = any(gauge.given for gauge in item.gauges)
        self.products = max((gauge.products for gauge in item.gauges), default=0)

    def name(self, what: str, n: int | None = None) -> str:
        """The name of one field, as in the address of its label."""
        return f"{what}-{self.item.code}" + ("" if n is None else f"-{n}")

    def made(self, answer: Answer, pages: str) -> dict[str, forms.Field]:
        """The form fields by name, with what is stored as their beginning."""
        item, name = self.item, self.name
        found: dict[str, forms.Field] = {name("v"): self._value(answer)}
        if len(item.gauges) > 1:
            choices = [(gauge.code, f"{gauge.name}（{gauge.unit}）") for gauge in item.gauges]
            found[name("g")] = forms.ChoiceField(
                label="计量方法", choices=choices, required=False, initial=answer.gauge or item.gauges[0].code
            )
        if any(gauge.brackets for gauge in item.gauges):
            size = next(gauge.size for gauge in item.gauges if gauge.brackets)
            found[name("s")] = _with(NumberField(size), answer.size)
        if self.given:
            found[name("b")] = _with(NumberField("基准值"), answer.base)
            found[name("l")] = _with(NumberField("引领值"), answer.lead)
            found[name("src")] = forms.CharField(
                label="所依据的标准", max_length=200, required=False, initial=answer.source
            )
        for n in range(self.products):
            found |= self._product(n, answer.products[n] if n < len(answer.products) else None)
        if item.waiver is not Waiver.NONE:
            found[name("na")] = forms.BooleanField(label="不适用", required=False, initial=answer.na)
        found[name("e")] = forms.CharField(
            label="证据页",
            max_length=100,
            required=False,
            initial=pages,
            widget=forms.TextInput({"size": "7", "autocomplete": "off", "placeholder": "如 41"}),
        )
        found[name("w")] = forms.CharField(
            label="备注",
            max_length=500,
            required=False,
            initial=answer.words,
            widget=forms.Textarea({"rows": 2}),
        )
        return found

    def _value(self, answer: Answer) -> forms.Field:
        if self.item.kind is Kind.VETO:
            field = VerdictField(label=self.item.name, required=False)
            field.initial = answer.met
            return field
        return _with(NumberField(self.item.name), answer.value)

    def _product(self, n: int, product: Product | None) -> dict[str, forms.Field]:
        label, weigh = f"产品{n + 1}", next(gauge.weigh for gauge in self.item.gauges if gauge.products)
        found: dict[str, forms.Field] = {
            self.name("pn", n): forms.CharField(
                label=f"{label}名称", max_length=40, required=False, initial=product and product.name
            ),
            self.name("pv", n): _with(NumberField(f"{label}数值"), product and product.value),
            self.name("pw", n): _with(NumberField(f"{label}权重（{weigh}）"), product and product.weight),
        }
        if self.given:
            found[self.name("pb", n)] = _with(NumberField(f"{label}基准值"), product and product.base)
            found[self.name("pl", n)] = _with(NumberField(f"{label}引领值"), product and product.lead)
        return found

    def answer(self, cleaned: Mapping[str, Any], pages: tuple[tuple[int, int], ...]) -> Answer:
        """What was entered. Raises NotAnAnswer for what this item cannot be answered with."""

        def get(what: str) -> Any:
            return cleaned.get(self.name(what))

        veto = self.item.kind is Kind.VETO
        several = len(self.item.gauges) > 1
        waived = bool(get("na"))
        found = Answer(
            value=None if veto or waived else get("v"),
            met=get("v") if veto else None,
            na=waived,
            gauge=(get("g") or "") if several and not waived else "",
            size=None if waived else get("s"),
            products=() if waived else self._products(cleaned),
            base=None if waived else get("b"),
            lead=None if waived else get("l"),
            source="" if waived else get("src") or "",
            words=get("w") or "",
            pages=pages,
        )
        if not veto:
            with localcontext(EXACT):
                points_of(self.item, found, self.item.points)
        # Which way it would be measured says nothing as long as nothing was measured.
        return found._replace(gauge="") if found.is_empty else found

    def _products(self, cleaned: Mapping[str, Any]) -> tuple[Product, ...]:
        found = []
        for n in range(self.products):
            row = [cleaned.get(self.name(what, n)) for what in ("pn", "pv", "pw", "pb", "pl")]
            title, value, weight, base, lead = row
            if all(one in (None, "") for one in row):
                continue
            if not title or value is None or weight is None:
                raise NotAnAnswer(self.item.code, f"请填齐第 {n + 1} 个产品的名称、数值和权重")
            found.append(Product(title, value, weight, base, lead))
        return tuple(found)


class SheetForm(forms.Form):
    """All items of a scheme, answered. `documents` are numbered from 1 as the evidence names them."""

    def __init__(
        self,
        data: Any = None,
        *,
        scheme: Scheme,
        answers: Mapping[str, Answer],
        documents: Sequence[Document] = (),
        items: Sequence[Item] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.scheme, self.stored, self.documents = scheme, answers, list(documents)
        self.asked = [ItemFields(item) for item in (scheme.items if items is None else items)]
        for one in self.asked:
            stored = answers.get(one.item.code, NOTHING)
            self.fields.update(one.made(stored, self.pages_text(stored)))
        self.answers: dict[str, Answer] = dict(answers)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.asked:
            if any(name in self.errors for name in self.names_of(one)):
                continue  # the stored answer stays as it was
            stored = self.stored.get(one.item.code, NOTHING)
            try:
                pages = self._pages(cleaned.get(one.name("e"), ""), stored)
            except ValidationError as error:
                self.add_error(one.name("e"), error)
                continue
            try:
                self.answers[one.item.code] = one.answer(cleaned, pages)
            except NotAnAnswer as error:
                self.add_error(one.name("v"), error.message)
        try:
            score(self.scheme, self.answers)
        except NotAnAnswer as error:  # each may be had, and all together not: nothing at all would apply
            name = f"v-{error.item}"
            self.add_error(name if name in self.fields else None, error.message)
            self.answers = dict(self.stored)
        return cleaned

    def names_of(self, one: ItemFields) -> list[str]:
        """The names of the fields of an item."""
        end = re.compile(rf"[a-z]+-{re.escape(one.item.code)}(-\d+)?")
        return [name for name in self.fields if end.fullmatch(name)]

    # --- evidence

    def pages_text(self, answer: Answer) -> str:
        """Evidence as it is typed: 41, or 2-41 for page 41 of the second document."""
        number_of = {document.pk: n for n, document in enumerate(self.documents, start=1)}
        known = [(number_of[key], page) for key, page in answer.pages if key in number_of]
        return "，".join(f"{page}" if n == 1 else f"{n}-{page}" for n, page in known)

    def _pages(self, text: str, stored: Answer) -> tuple[tuple[int, int], ...]:
        here = {document.pk for document in self.documents}
        # Evidence in a version that has been replaced since is not on this page; it is kept.
        found = [pair for pair in stored.pages if pair[0] not in here]
        for part in filter(None, PAGES.split(unicodedata.normalize("NFKC", text or "").strip())):
            match = PAGE.fullmatch(part.upper().removeprefix("P"))
            if match is None:
                raise ValidationError("证据页请填写页码，如 41；第 2 份材料的第 41 页写作 2-41")
            n, page = int(match[1] or 1), int(match[2])
            if not 1 <= n <= len(self.documents):
                raise ValidationError(f"没有第 {n} 份材料")
            last = self.documents[n - 1].pages
            if page < 1 or (last and page > last):
                raise ValidationError(f"第 {n} 份材料共 {last} 页，没有第 {page} 页")
            found.append((self.documents[n - 1].pk, page))
        return tuple(dict.fromkeys(found))


def _with(field: NumberField, value: Decimal | None) -> NumberField:
    field.initial = value
    return field


def method(gauge: Gauge) -> str:
    """How a gauge turns a value into points, in a few words for beside the field."""
    if gauge.steps:
        sign = "≥" if gauge.better == "higher" else "≤"
        return "；".join(f"{sign} {s.bound:f} 得 {s.points:f} 分" for s in gauge.steps)
    if gauge.given:
        return "基准值、引领值按所适用的标准填写"
    if gauge.brackets:
        return "；".join(
            f"{gauge.size} ≥ {b.least:f}：基准 {_open(b.base)}，引领 {_open(b.lead)}" for b in gauge.brackets
        )
    return f"基准值 {_open(gauge.base)}，引领值 {_open(gauge.lead)}"


def _open(value: Decimal | None) -> str:
    return "待定" if value is None else f"{value:f}"
