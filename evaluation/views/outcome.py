"""What a scored case came to, for whoever may know: the conclusion as filed, the three sheets side by side."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from evaluation.forms import RevisionForm
from evaluation.models import Evaluation, Scored, ScoreLine
from evaluation.results import ahead
from evaluation.scoring import answers_from, score
from evaluation.views.sheets import evidence, points, rows
from greenmfg import rulebook
from greenmfg.rulebook import Category, Edition
from registry.models import User
from registry.views import checks, present


def filed(case: Scored) -> dict[str, Any]:
    """The conclusion as the agency last submitted it, frozen; empty before that."""
    # A unit files its own sheet in the same case: only what has a conclusion is the agency's.
    for submission in case.submissions.order_by("-n"):
        payload = json.loads(submission.payload)
        if payload["conclusion"]:
            break
    else:
        return {}
    total = payload["score"]
    meets = payload["meets_requirements"] == "True"
    return {
        "n": submission.n,
        "when": present.moment(submission.at),
        "score": None if total is None else Decimal(total),
        "meets": meets,
        "verdict": Scored.VERDICTS[meets],
        "conclusion": payload["conclusion"],
        "documents": [one["id"] for one in payload["documents"]],
    }


def page(case: Scored, *, user: User, edition: Edition) -> dict[str, Any]:
    """For `evaluation.html`: what was filed, the ruler, the scores beside each other, the lines."""
    found = filed(case)
    within = user.sees_internal
    total, meets = found.get("score"), found.get("meets", False)
    if case.is_filed and within:
        total, meets = (
            (case.final_score, case.final_meets) if case.final_score is not None else case.concluded_score()
        )
    ruler = None
    if found and total is not None and case.category is Category.GREEN_FACTORY:
        ruler = checks.ruler_at(total, meets_requirements=bool(meets), edition=edition)
    return {
        "filed": found,
        "ruler": ruler,
        "scores": _scores(case, found) if within else {},
        "lines": lines(case, within=within) if found and case.scheme_id else [],
        "theirs_only": not within,
        "may_revise": case.state == "concluded" and user.plays(*case.acts()["revise"].by),
        "ahead": _ahead(case, edition) if within and case.is_filed and case.scheme_id else {},
    }


def _scores(case: Scored, found: dict[str, Any]) -> dict[str, Any]:
    """自评, 第三方 and 市局 side by side for the bureau, which has all three."""
    if not case.is_scored:
        return {}
    own, theirs = case.own_score, found.get("score")
    gap = theirs - own if theirs is not None and own is not None else None
    ours, meets = case.final_score, case.final_meets
    if ours is None and case.is_filed:
        ours, meets = case.concluded_score()
    return {
        "own": own,
        "theirs": theirs,
        "ours": ours,
        "meets": bool(meets),
        "gap": gap,
        "minus": bool(gap and gap < 0),
        "revised": len(case.revised),
        "confirmed": case.is_closed and case.final_score is not None,
    }


def lines(case: Scored, *, within: bool) -> list[dict[str, Any]]:
    """The sections with their lines: the stored ones of a confirmed case, else as they would be confirmed now.

    Outside the bureau an agency sees its own: what the bureau made of it stays with the bureau until it is confirmed.
    """
    stored = list(case.score_lines.all())
    rows = stored or (ScoreLine.of(case) if case.is_filed else [])
    documents = list(case.evidence_documents())
    found: list[dict[str, Any]] = []
    for row in rows:
        if not found or found[-1]["name"] != row.section:
            found.append({"name": row.section, "rows": [], "weight": Decimal(0), "sums": [None, None, None]})
        section = found[-1]
        ours = row.points if within else row.agency_points
        triple = [row.own_points, row.agency_points, ours]
        scored = row.points is not None
        if scored:
            section["weight"] += row.weight
            section["sums"] = [
                was if new is None else (was or Decimal(0)) + new
                for was, new in zip(section["sums"], triple, strict=True)
            ]
        (answer,) = answers_from({"": row.answer}).values()
        section["rows"].append(
            {
                "code": row.code,
                "name": row.name,
                "weight": points(row.weight) if scored else "必选",
                "own": points(row.own_points) if scored else "",
                "theirs": points(row.agency_points) if scored else row.why,
                "ours": points(ours) if scored else row.why,
                "is_revised": within and bool(row.revised_because),
                "because": row.revised_because if within else "",
                "why": row.why if within or not row.revised_because else "",
                "words": answer.words,
                "evidence": evidence(answer, documents),
            }
        )
    for section in found:
        section["has_points"] = section["sums"][1] is not None
        section["sums"] = [points(one) for one in section["sums"]]
        section["weight"] = points(section["weight"])
    return found


def by_section(case: Scored) -> dict[str, Any]:
    """For `score_table.html`: a row a section, 自评 beside what is or would be confirmed, and the total."""
    scheme = case.loaded_scheme
    ours = case.result(case.final_answers)
    own = case.result(case.own_answers) if case.own else None

    def row(name: str, full: Any, mine: Any, theirs: Any) -> dict[str, Any]:
        gap = theirs - mine if mine is not None and theirs is not None else None
        values = {"own": mine, "assessed": theirs, "gap": gap}
        shown = {key: None if value is None else points(value) for key, value in values.items()}
        return {"name": name, "full": full} | shown | {"minus": bool(gap and gap < 0)}

    rows = []
    for section in scheme.sections:
        weight, theirs = ours.of(section)
        if weight:
            mine = own.of(section)[1] if own else None
            rows.append(row(section.name, points(weight), mine, theirs))
    total = row("合计", points(Decimal(100)), case.own_score, case.final_score or ours.total)
    return {"rows": rows, "total": total}


def _ahead(case: Scored, edition: Edition) -> dict[str, Any]:
    """The way to the next grade, for a factory."""
    if case.category is not Category.GREEN_FACTORY:
        return {}
    return ahead(case.result(case.final_answers), edition)


def consequences(case: Scored, *, edition: Edition) -> list[dict[str, str]]:
    """What confirming writes down: the score and, for a factory, its grade."""
    total, meets = case.concluded_score()
    verdict = Scored.VERDICTS.get(meets, "")
    said = f"综合得分 {points(total)}，" if total is not None else ""
    facts = [{"label": "确认结果", "value": f"{said}{verdict}评价要求"}]
    if case.revised:
        facts.append({"label": "市局修改", "value": f"{len(case.revised)} 项，原评价值保留"})
    if case.category is Category.GREEN_FACTORY and total is not None:
        band = rulebook.grade(total, meets_requirements=bool(meets), edition=edition)
        word = "参照级别" if isinstance(case, Evaluation) else "级别"
        facts.append({"label": word, "value": band.title if band else "不符合评价要求，无相应级别"})
    return facts


def revising(case: Scored, form: RevisionForm) -> dict[str, Any]:
    """For `revise.html`: the item, what the agency answered, and the fields."""
    scheme, item = case.loaded_scheme, form.indicator
    agency = score(scheme, case.answers)
    section = next(s for s in rows(form.sheet, case.result(case.final_answers)) if s["rows"])
    line = agency.by_code.get(item.code)
    (theirs,) = [one for s in lines(case, within=True) for one in s["rows"] if one["code"] == item.code]
    return {
        "item": item,
        "sheet_row": section["rows"][0],
        "theirs": theirs["theirs"] if line else Scored.VERDICTS.get(case.answers[item.code].met, "—"),
        "own": theirs["own"],
        "now": theirs,
    }
