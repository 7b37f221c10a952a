"""审核要点: what the rulebook says to an application, point by point, for the eye of an officer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from greenmfg import rulebook
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Bar, Category, Finding, Material
from registry.models import PoolApplication
from registry.views import drawing


def _point(findings: Sequence[Finding], fine: str, article: int) -> list[dict[str, Any]]:
    """The findings as doubts, or one satisfied point."""
    if not findings:
        return [{"ok": True, "text": fine, "article": article}]
    return [{"ok": False, "barred": f.binding, "text": f.message, "article": f.article} for f in findings]


def points(
    case: PoolApplication,
    *,
    today: date,
    edition: rulebook.Edition,
    bars: Iterable[Bar],
    materials: set[Material] | None = None,
) -> list[dict[str, Any]]:
    """Each rule that decides on this application, satisfied or in doubt, with its article.

    `edition` is that of today, `bars` those against the entity; `materials` are the kinds of its documents in force, read here unless the page knows them already.
    """
    filed = case.submitted_on or today
    supply = case.category is Category.GREEN_SUPPLY_CHAIN
    documents = rulebook.missing_documents(
        case.category,
        materials=case.papers()[0] if materials is None else materials,
        report_year=case.report_year,
        on=filed,
    )
    fine = (
        "已报送对照国家相关评价要求形成的评价材料"
        if supply
        else f"诊断评估报告年度为 {case.report_year} 年，属本年度或上一年度"
    )
    found = _point(documents, fine, 5)
    registered = case.diagnosed.get(case.report_year or 0)
    if registered or case.register_doubts():
        own = registered is not None and registered.is_own_word
        words = "与企业自行登记的绿色诊断一致" if own else "与绿色诊断登记一致"
        found += _point(case.register_doubts(), words, 5)
    at_district = case.state in {"with_district", "returned_by_district"}
    if case.recommended_on:
        district = case.district.name if case.district else ""
        when = chinese_date(case.recommended_on)
        found.append({"ok": True, "text": f"{district}已出具推荐意见（{when}）", "article": 5})
    elif case.route == "self":
        found += _point(rulebook.may_self_nominate(case.category), "以自荐方式申请，符合规定", 5)
    elif not at_district:
        found += _point(rulebook.missing_recommendation(case.category, recommended=False), "无须区级推荐", 5)
    if case.category is Category.GREEN_FACTORY and not at_district:  # the bureau has the score typed in
        found += _point(
            rulebook.pool_score(
                case.category, case.score, meets_requirements=case.meets_requirements, edition=edition
            ),
            f"综合评价 {case.score} 分，达到 {edition.pool_threshold} 分",
            8,
        )
    found += _point(rulebook.may_apply_again(bars, on=today), "近三年无因复审不通过被撤销记录", 12)
    found += _point(case.missing_answers(), "申请填报完整", 6)
    return found


def tally(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many points are satisfied and how many in doubt."""
    fine = sum(1 for point in found if point["ok"])
    return {"fine": fine, "doubt": len(found) - fine}


def ruler(case: PoolApplication, *, edition: rulebook.Edition) -> dict[str, object] | None:
    """The score against the bands of the edition, as the ruler component draws it."""
    if case.score is None or case.category is not Category.GREEN_FACTORY:
        return None
    return ruler_at(case.score, meets_requirements=bool(case.meets_requirements), edition=edition)


def ruler_at(score: Decimal, *, meets_requirements: bool, edition: rulebook.Edition) -> dict[str, object]:
    """A score against the bands of the edition, by reference only (参照, Article 8)."""
    lowers = [float(band.lower or 0) for band in edition.bands]
    bands = [
        drawing.Band(band.name, start, end, min(tone, 3))
        for tone, (band, start, end) in enumerate(
            zip(edition.bands, lowers, [*lowers[1:], 100.0], strict=True)
        )
    ]
    band = rulebook.grade(score, meets_requirements=meets_requirements, edition=edition)
    label = f"{score} {band.name}" if band else f"{score} 无相应级别"
    return drawing.ruler(bands, score=float(score), label=label)
