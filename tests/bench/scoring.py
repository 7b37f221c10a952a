"""How fast scores are computed anew: 10,000 evaluations of 30 items, beside the same arithmetic in plain Python.

Pure Python: it needs no database, and prints its line within seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal, localcontext
from random import Random

from evaluation.scheme import Scheme
from evaluation.scoring import EXACT, Answer, score
from tests.bench.floors import LINEAR, STEPS, Rule, scored

EVALUATIONS, ITEMS, SLICE, ROUNDS, RATIO = 10_000, 30, 500, 5, 3.0
POINTS = ["4"] * 18 + ["2.5"] * 6 + ["2"] * 5 + ["3"]


def a_scheme() -> tuple[Scheme, list[Rule]]:
    """18 items between base and lead in either direction, 6 judged, 6 in steps; and the bare numbers of the same."""
    items: list[dict[str, object]] = []
    rules: list[Rule] = []
    for n, text in enumerate(POINTS):
        code, full = f"Z{n}", Decimal(text)
        item: dict[str, object] = {"code": code, "name": f"指标{n}", "points": text}
        if n < 18:
            base, lead = ("1", "8") if n % 2 else ("8", "1")
            better = "higher" if n % 2 else "lower"
            gauge = {"name": "数值", "better": better, "base": base, "lead": lead}
            rules.append((code, LINEAR, full, Decimal(base), Decimal(lead), ()))
            items.append(item | {"kind": "quantitative", "gauges": [gauge]})
        elif n < 24:
            rules.append((code, "", full, full, full, ()))
            items.append(item | {"kind": "qualitative", "step": "0.5"})
        else:
            steps = [("2", "0.5"), ("4", "1"), ("6", text)]
            gauge = {"name": "数量", "steps": [{"bound": bound, "points": earned} for bound, earned in steps]}
            bare = tuple((Decimal(bound), Decimal(earned)) for bound, earned in reversed(steps))
            rules.append((code, STEPS, full, full, full, bare))
            items.append(item | {"kind": "stepped", "gauges": [gauge]})
    section = {"code": "A", "name": "全部", "points": "100", "items": items}
    heads = {"code": "bench", "category": "green_factory", "title": "测速", "basis": "测速"}
    return Scheme.load(heads | {"sections": [section]}), rules


def some_answers(count: int) -> list[dict[str, Answer]]:
    """`count` sheets of 30 answers, the same every time."""
    dice = Random(7)

    def value(n: int) -> Decimal:
        return Decimal(dice.randrange(6)) / 2 if 18 <= n < 24 else Decimal(dice.randrange(0, 10_000)) / 1000

    return [{f"Z{n}": Answer(value=min(value(n), Decimal(9))) for n in range(ITEMS)} for _ in range(count)]


def compared(sheets: list[dict[str, Answer]]) -> tuple[float, float]:
    """Seconds of ours and of the floor over these sheets, which come to the same totals.

    Slice by slice in turn, the best of some rounds each, in the processor's time: what else the machine does falls on
    both alike or on neither.
    """
    scheme, rules = a_scheme()

    def ours(part: list[dict[str, Answer]]) -> list[Decimal]:
        return [score(scheme, sheet).total for sheet in part]

    def bare(part: list[dict[str, Answer]]) -> list[Decimal]:
        with localcontext(EXACT):
            return [scored(rules, sheet) for sheet in part]

    assert ours(sheets) == bare(sheets)
    sums = [0.0, 0.0]
    for start in range(0, len(sheets), SLICE):
        part = sheets[start : start + SLICE]
        pairs = [(timed(ours, part), timed(bare, part)) for _ in range(ROUNDS)]
        for side in (0, 1):
            sums[side] += min(pair[side] for pair in pairs)
    return sums[0], sums[1]


def timed(call: Callable[[list[dict[str, Answer]]], object], part: list[dict[str, Answer]]) -> float:
    began = time.process_time()
    call(part)
    return time.process_time() - began


def main() -> bool:
    """Print the line; True when it is within its target."""
    ours, floor = compared(some_answers(EVALUATIONS))
    lines, ratio = EVALUATIONS * ITEMS, ours / floor
    over = ratio > RATIO
    print(
        f"{EVALUATIONS:,} evaluations × {ITEMS} items: ours {ours:.2f} s ({ours / lines * 1e6:.2f} µs an item), "
        f"floor {floor:.2f} s ({floor / lines * 1e6:.2f} µs), ratio {ratio:.1f}  ≤ {RATIO:.0f}×  "
        f"{'OVER' if over else 'ok'}"
    )
    return not over
