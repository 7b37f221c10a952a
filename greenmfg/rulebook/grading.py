"""Chapter 3, 分级评价: scores and grades (Articles 7 and 8).

Every line is rounded once, to 0.01, half up; the total is the exact sum of the rounded lines; bands compare
the total. So what is printed always adds up, and no display contradicts a grade.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from greenmfg.rulebook.editions import DRAFT_2023, Band, Edition, IncompleteEdition
from greenmfg.rulebook.terms import Category, Finding, Level

_CENT = Decimal("0.01")
_FULL = Decimal(100)


class NotAScore(ValueError):
    """The number cannot be a score; the message is Chinese and fit to stand beside the field."""


def checked_score(value: Decimal) -> Decimal:
    """`value` as a score with two decimals, in points of 100.

    Raises NotAScore for NaN, infinities, below 0, above 100 and for more than two decimals: 59.995 is
    refused, not rounded, because a rounding that nobody saw would decide the grade. 60.000 is the number
    60.00.
    """
    if not value.is_finite() or not 0 <= value <= _FULL or value != value.quantize(_CENT, ROUND_HALF_UP):
        raise NotAScore("综合得分应为 0–100 之间的数字，最多 2 位小数")
    # abs: a minus zero passes the range check and would be printed with its sign.
    return abs(value.quantize(_CENT))


def line(value: Decimal) -> Decimal:
    """The points of one line, rounded to 0.01, half up: the only rounding a score ever sees (Article 8).

    Raises NotAScore for NaN, infinities, below 0 and above 100.
    """
    if not value.is_finite() or not 0 <= value <= _FULL:
        raise NotAScore("单项得分应为 0–100 之间的数字")
    return abs(value.quantize(_CENT, ROUND_HALF_UP))


def total(lines: Iterable[Decimal]) -> Decimal:
    """The exact sum of rounded lines (Article 8). Raises NotAScore for a line not rounded, and above 100."""
    return checked_score(sum(map(checked_score, lines), Decimal(0)))


def grade(score: Decimal, *, meets_requirements: bool, edition: Edition = DRAFT_2023) -> Band | None:
    """Article 7: the band of a total `score` in points of 100.

    None when the factory does not meet the evaluation requirements, which all four bands ask for: however
    high the score, there is no grade. None too below the lowest bound of an edition that leaves some out.
    Raises NotAScore, and IncompleteEdition when the edition's bounds are not fixed.
    """
    score = checked_score(score)
    if not edition.is_complete:
        raise IncompleteEdition(f"版本 {edition.code} 的级别界限尚未确定，不能用于分级")
    if not meets_requirements:
        return None
    reached = [band for band in edition.bands if band.lower is not None and band.lower <= score]
    return reached[-1] if reached else None


def next_band(score: Decimal, *, edition: Edition = DRAFT_2023) -> Band | None:
    """Article 7: the band above a total, towards which a factory works; None at the top.

    Raises NotAScore, and IncompleteEdition when the edition's bounds are not fixed.
    """
    score = checked_score(score)
    if not edition.is_complete:
        raise IncompleteEdition(f"版本 {edition.code} 的级别界限尚未确定，不能用于分级")
    return next((band for band in edition.bands if band.lower is not None and band.lower > score), None)


def may_be_graded(category: Category, *, level: Level | None) -> list[Finding]:
    """Article 7: grades are for factories on the national list. `level` is the highest current Standing."""
    if category is Category.GREEN_FACTORY and level is Level.NATIONAL:
        return []
    return [Finding(7, "分级评价的对象为已入围国家级的绿色工厂，该单位不在此列")]


def pool_score(
    category: Category,
    score: Decimal | None,
    *,
    meets_requirements: bool | None = None,
    edition: Edition = DRAFT_2023,
) -> list[Finding]:
    """Article 8: a factory that applies for the pool is scored, and in principle reaches the threshold.

    A missing score is binding; one below the threshold is not (原则上) and needs a written reason. So does
    `meets_requirements` False: every band of Article 7 begins with meeting them; None when nobody has said.
    The article names factories: nothing is asked of the other two. Raises NotAScore.
    """
    if category is not Category.GREEN_FACTORY:
        return []
    if score is None:
        return [Finding(8, "尚未参照分级评价标准进行综合评价，缺少得分")]
    score = checked_score(score)
    findings = []
    if meets_requirements is False:
        words = "不符合绿色工厂评价要求，参照第七条无相应级别，同意入库须说明理由"
        findings.append(Finding(8, words, binding=False))
    if score >= edition.pool_threshold:
        return findings
    threshold = f"{edition.pool_threshold.normalize():f}"
    message = f"分级评价得分为 {score} 分，原则上应达到 {threshold} 分，同意入库须说明理由"
    return [*findings, Finding(8, message, binding=False)]


def third_party_conclusion(
    *,
    scored: bool,
    score: Decimal | None,
    meets_requirements: bool | None,
    conclusion: str,
    report_filed: bool,
) -> list[Finding]:
    """Articles 7, 8: what a third party's conclusion still lacks before it can be submitted.

    scored  whether points are given: a factory always is (综合评价); the other two, which the articles do not name,
            where a scheme lays down their points, and else the conclusion is whether they meet the requirements
    All of it rests on a report.
    """
    findings = []
    if scored and score is None:
        findings.append(Finding(8, "请填写综合评价得分"))
    if not scored and score is not None:
        findings.append(Finding(8, "没有指标体系的单位只作是否符合评价要求的结论，不填写得分"))
    if meets_requirements is None:
        findings.append(Finding(8, "请选择是否符合评价要求"))
    if not conclusion.strip():
        findings.append(Finding(8, "请填写评价结论"))
    if not report_filed:
        findings.append(Finding(8, "请上传第三方评价报告"))
    return findings
