"""Schemes and sheets as hypothesis draws them, and small ones that a test writes out by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from evaluation.scheme import Better, Item, Kind, Scheme, Waiver
from evaluation.scoring import Answer, Product

Values = dict[str, Any]


def scheme_of(*sections: list[Values], requirements: int = 0) -> Scheme:
    """A scheme with these items, one list a section; the points of a section are the sum of its items'."""
    found = [
        {"code": f"S{n}", "name": f"一级{n}", "points": str(sum(Decimal(i["points"]) for i in items)), "items": items}
        for n, items in enumerate(sections)
    ]  # fmt: skip
    vetoes = [{"code": f"J{n}", "name": f"要求{n}", "kind": "veto"} for n in range(requirements)]
    found += [{"code": "J", "name": "基本要求", "points": "0", "items": vetoes}] if vetoes else []
    heads = {"code": "made", "category": "green_factory", "title": "示例", "basis": "示例"}
    return Scheme.load(heads | {"sections": found})


def judged(code: str, points: str = "20", step: str = "0.5", **more: Any) -> Values:
    return {"code": code, "name": code, "kind": "qualitative", "points": points, "step": step} | more


def measured(code: str, points: str = "20", *, gauges: list[Values] | None = None, **gauge: Any) -> Values:
    waiver = {"waiver": gauge.pop("waiver")} if "waiver" in gauge else {}
    given = gauges or [{"name": "数值"} | gauge]
    return {"code": code, "name": code, "kind": "quantitative", "points": points, "gauges": given} | waiver


def stepped(code: str, points: str, steps: list[tuple[str, str]], better: str = "higher") -> Values:
    bounds = [{"bound": bound, "points": earned} for bound, earned in steps]
    gauge = {"name": "数量", "better": better, "steps": bounds}
    return {"code": code, "name": code, "kind": "stepped", "points": points, "gauges": [gauge]}


def worth(value: str) -> Answer:
    return Answer(value=Decimal(value))


# --- drawn

numbers = st.integers(-5_000_000, 5_000_000).map(lambda n: Decimal(n).scaleb(-3))
weights = st.integers(1, 10_000_000).map(lambda n: Decimal(n).scaleb(-3))


@st.composite
def pairs(draw: st.DrawFn, better: str) -> dict[str, str]:
    """Base and lead that stand the right way round."""
    low = draw(numbers)
    high = low + draw(weights)
    base, lead = (low, high) if better == "higher" else (high, low)
    return {"base": f"{base:f}", "lead": f"{lead:f}"}


@st.composite
def gauges(draw: st.DrawFn, code: str) -> Values:
    better = draw(st.sampled_from(["higher", "lower"]))
    found: Values = {"code": code, "name": f"方法{code}", "better": better}
    form = draw(st.sampled_from(["plain", "given", "brackets", "products", "given products"]))
    if "products" in form:
        found |= {"products": 3, "weigh": "产量"}
    if "given" in form:
        return found | {"given": True}
    if form == "brackets":
        least = sorted(draw(st.sets(st.integers(0, 50), min_size=1, max_size=3)))
        found["size"] = "规模"
        found["brackets"] = [{"least": str(n)} | draw(pairs(better)) for n in least]
        return found
    return found | draw(pairs(better))


@st.composite
def items(draw: st.DrawFn, code: str, cents: int) -> Values:
    points = Decimal(cents).scaleb(-2)
    found: Values = {"code": code, "name": f"指标{code}", "points": f"{points:f}"}
    found["waiver"] = draw(st.sampled_from([str(one) for one in Waiver]))
    kind = draw(st.sampled_from(["qualitative", "quantitative", "stepped"]))
    found["kind"] = kind
    if kind == "qualitative":
        return found | {"step": "0.01"}
    if kind == "quantitative":
        return found | {"gauges": [draw(gauges(name)) for name in "ab"[: draw(st.integers(1, 2))]]}
    better = draw(st.sampled_from(["higher", "lower"]))
    count = draw(st.integers(1, min(3, cents)))
    bounds = sorted(draw(st.sets(numbers, min_size=count, max_size=count)), reverse=better == "lower")
    earned = sorted(draw(st.sets(st.integers(0, cents), min_size=count, max_size=count)))
    steps = [
        {"bound": f"{b:f}", "points": f"{Decimal(e).scaleb(-2):f}"}
        for b, e in zip(bounds, earned, strict=True)
    ]
    return found | {"gauges": [{"name": "数量", "better": better, "steps": steps}]}


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """A complete scheme of two sections: its points come to 100."""
    cuts = draw(st.sets(st.integers(1, 9_999), min_size=1, max_size=5))
    edges = [0, *sorted(cuts), 10_000]
    made = [draw(items(f"Z{n}", high - low)) for n, (low, high) in enumerate(pairwise(edges))]
    half = draw(st.integers(1, len(made)))
    return scheme_of(
        made[:half], *([made[half:]] if made[half:] else []), requirements=draw(st.integers(0, 2))
    )


@st.composite
def answers(draw: st.DrawFn, item: Item) -> Answer:
    """A whole answer that can be scored: one of the item's ways, never 不适用."""
    if item.kind is Kind.VETO:
        return Answer(met=draw(st.booleans()))
    if item.kind is Kind.QUALITATIVE:
        return Answer(value=Decimal(draw(st.integers(0, int(item.points * 100)))).scaleb(-2))
    gauge = draw(st.sampled_from(item.gauges))
    size = Decimal(draw(st.integers(50, 60))) if gauge.brackets else None

    def own() -> tuple[Decimal | None, Decimal | None]:
        if not gauge.given:
            return None, None
        pair = draw(pairs(str(gauge.better)))
        return Decimal(pair["base"]), Decimal(pair["lead"])

    if gauge.products and draw(st.booleans()):
        count = draw(st.integers(1, gauge.products))
        products = tuple(Product(f"产品{n}", draw(numbers), draw(weights), *own()) for n in range(count))
        return Answer(gauge=gauge.code, size=size, products=products)
    base, lead = own()
    return Answer(value=draw(numbers), gauge=gauge.code, size=size, base=base, lead=lead, words="说明")


@st.composite
def sheets(
    draw: st.DrawFn, *, waiving: bool = True, partial: bool = False
) -> tuple[Scheme, dict[str, Answer]]:
    """A scheme and answers to it, some of them 不适用 where that may be; with `partial` some items left out."""
    scheme = draw(schemes())
    found = {item.code: draw(answers(item)) for item in scheme.items}
    last = draw(st.sampled_from(scheme.scored)).code  # that one applies in any case
    for item in scheme.scored:
        if waiving and item.code != last and item.waiver is not Waiver.NONE and draw(st.booleans()):
            found[item.code] = Answer(na=True)
        elif partial and draw(st.booleans()):
            del found[item.code]
    return scheme, found


def improved(item: Item, answer: Answer, by: Decimal) -> Answer:
    """The same answer with every value better by `by`, in its gauge's direction."""
    if answer.value is None and not answer.products:
        return answer
    if item.kind is Kind.QUALITATIVE:
        assert answer.value is not None
        return answer._replace(value=min(item.points, answer.value + round(by, 2)))
    gauge = item.gauge(answer.gauge)
    assert gauge is not None
    more = by if gauge.better is Better.HIGHER else -by
    if answer.products:
        return answer._replace(products=tuple(p._replace(value=p.value + more) for p in answer.products))
    assert answer.value is not None
    return answer._replace(value=answer.value + more)
