"""The sheet on a page: its rows, its running total, and how it keeps itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, JsonResponse

from evaluation.explaining import why
from evaluation.forms.sheets import ItemFields, SheetForm, method
from evaluation.scoring import NOTHING, Answer, Result, score
from greenmfg import rulebook
from greenmfg.rulebook import Category, Edition
from registry.models import Document
from registry.views import checks

PLACES = Decimal("0.01")


def points(value: Decimal | None) -> str:
    """As points are written: two decimals, a dash where there are none yet."""
    return "—" if value is None else f"{value.quantize(PLACES)}"


def met(value: bool | None) -> str:
    return {True: "符合", False: "不符合"}.get(value, "—")  # type: ignore[arg-type]


def standing(result: Result, *, category: Category, edition: Edition) -> dict[str, Any]:
    """The running total with what it would mean: by reference only, until the bureau has confirmed (Article 8)."""
    band = None
    answered = len(result.scheme.items) - len(result.missing)
    if category is Category.GREEN_FACTORY and result.meets is not False and answered:
        band = rulebook.grade(result.total, meets_requirements=True, edition=edition)
    unmet = "、".join(item.name for item in result.unmet)
    return {
        "total": points(result.total),
        "band": band.name if band else "",
        "unmet": f"不符合基本要求：{unmet}，无相应级别" if unmet else "",
        "answered": answered,
        "items": len(result.scheme.items),
        "ruler": checks.ruler_at(result.total, meets_requirements=result.meets is not False, edition=edition)
        if category is Category.GREEN_FACTORY
        else None,
    }


def rows(
    form: SheetForm, result: Result, *, beside: Mapping[str, Answer] | None = None
) -> list[dict[str, Any]]:
    """The sections of a sheet as `sheet.html` draws them; `beside` are the unit's own answers, shown for comparison."""
    other = score(form.scheme, beside) if beside else None
    made = {one.item.code: one for one in form.asked}
    found = []
    for section in form.scheme.sections:
        weight, sum_ = result.of(section)
        found.append(
            {
                "code": section.code,
                "name": section.name,
                "weight": points(weight) if weight else "",
                "points": points(sum_),
                "rows": [
                    _row(form, made[item.code], result, other) for item in section.items if item.code in made
                ],
            }
        )
    return found


def _row(form: SheetForm, one: ItemFields, result: Result, other: Result | None) -> dict[str, Any]:
    item, answer = one.item, form.answers.get(one.item.code, NOTHING)
    line = result.by_code.get(item.code)
    gauge = item.gauge(answer.gauge)

    def field(what: str, n: int | None = None) -> Any:
        name = one.name(what, n)
        return form[name] if name in form.fields else None

    return {
        "item": item,
        "unit": gauge.unit if gauge else "分" if item.is_scored else "",
        "units": " / ".join(dict.fromkeys(g.unit for g in item.gauges)) if len(item.gauges) > 1 else "",
        "value": field("v"),
        "gauge": field("g"),
        "size": field("s"),
        "bounds": [field("b"), field("l"), field("src")] if one.given and not one.products else [],
        "products": [
            [f for what in ("pn", "pv", "pw", "pb", "pl") if (f := field(what, n)) is not None]
            for n in range(one.products)
        ],
        "weighted": bool(answer.products),
        "weigh": next((g.weigh for g in item.gauges if g.products), ""),
        "na": field("na"),
        "pages": field("e"),
        "words": field("w"),
        "methods": [
            {"name": g.name if len(item.gauges) > 1 else "", "text": method(g), "formula": g.formula}
            for g in item.gauges
        ],
        "evidence": evidence(answer, form.documents),
        "weight": points(line.weight if line else None),
        "points": points(line.points if line else None),
        "why": why(line) if line and not answer.is_empty else "",
        "errors": [error for name in form.names_of(one) for error in form.errors.get(name, [])],
        "other": _beside(item.code, other) if other else "",
    }


def _beside(code: str, other: Result) -> str:
    """What the unit says of this item itself."""
    line = other.by_code.get(code)
    if line is None:
        return met(other.answers.get(code, NOTHING).met)
    value = line.answer.value
    return f"{points(line.points)} 分" + (
        f"（{value:f}）" if value is not None and line.item.is_measured else ""
    )


def evidence(answer: Answer, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Links to the pages that an answer rests on, in the material beside."""
    titles = {document.pk: document.title for document in documents}
    return [
        {
            "label": f"{titles[key]}第 {page} 页",
            "url": f"?doc={key}#page-{page}",
        }
        for key, page in answer.pages
        if key in titles
    ]


def told(category: Category, form: SheetForm, result: Result, *, edition: Edition) -> HttpResponse:
    """What the page's script writes into the page after a sheet was kept: the one arithmetic is the server's."""
    said = standing(result, category=category, edition=edition)
    said.pop("ruler")
    sections = {section.code: points(result.of(section)[1]) for section in form.scheme.sections}
    lines = {
        line.item.code: [points(line.points), points(line.weight), "" if line.answer.is_empty else why(line)]
        for line in result.lines
    }
    errors = {
        one.item.code: [str(e) for name in form.names_of(one) for e in form.errors.get(name, [])]
        for one in form.asked
    }
    return JsonResponse(
        said | {"lines": lines, "sections": sections, "errors": {code: e for code, e in errors.items() if e}}
    )
