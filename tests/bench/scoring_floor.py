"""The floor of a score: what nobody could avoid for each item, in one loop over bare numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from evaluation.scoring import Answer

# code, how it earns, points, base, lead, (bound, points) from the best step down
Rule = tuple[str, str, Decimal, Decimal, Decimal, tuple[tuple[Decimal, Decimal], ...]]
LINEAR, STEPS = "linear", "steps"
CENT, ZERO = Decimal("0.01"), Decimal(0)


def points(rules: list[Rule], answers: Mapping[str, Answer]) -> Decimal:
    """The total of one sheet. Inside the context in which scores are computed."""
    total = ZERO
    for code, how, full, base, lead, steps in rules:
        value = answers[code].value
        assert value is not None
        if how == LINEAR:
            earned = (value - base) * full / (lead - base)
            earned = full if earned > full else ZERO if earned < ZERO else earned
        elif how == STEPS:
            earned = ZERO
            for bound, reached in steps:
                if value >= bound:
                    earned = reached
                    break
        else:
            earned = value
        total += earned.quantize(CENT)
    return total
