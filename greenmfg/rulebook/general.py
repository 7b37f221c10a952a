"""Chapters 1, 5 and 6: who is a green manufacturing unit, and what that gives (Articles 2 and 15)."""

from __future__ import annotations

from greenmfg.rulebook.terms import Finding, Level, Support


def is_green_unit(level: Level | None) -> bool:
    """Article 2: whether a current Standing of this level makes a 绿色制造单位; None is a unit without one.

    The national and the municipal lists do; the pool is where units are made ready for a list.
    """
    return level in {Level.MUNICIPAL, Level.NATIONAL}


def support_eligible(support: Support, *, level: Level | None) -> list[Finding]:
    """Article 15: what stands between a unit with this current Standing and being preferred for `support`.

    The article asks for a 绿色制造单位 and no more. What a single policy asks beyond that (category, grade,
    year) is the policy's own text, kept with the policy.
    """
    if is_green_unit(level):
        return []
    state = "该单位在培育库内，尚未列入名单" if level is Level.POOL else "该单位不在绿色制造单位名单内"
    return [Finding(15, f"{support.label}的优先支持对象为名单内的绿色制造单位，{state}")]
