"""The measure for reading: chapters and articles, where the portal uses each, and the numbers in force."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from greenmfg import clock, rulebook
from greenmfg.rulebook import DRAFT_2023, Article, Edition
from registry.models import Case, Setting
from registry.models.editions import editions
from registry.models.terms import KNOWN
from registry.views.site import day_words, public_page

# What each function of the rulebook decides, in the reader's words.
DECIDES = {
    "is_green_unit": "判断单位是否属于绿色制造单位",
    "nomination_source": "核对国家级推荐单位是否来自培育库",
    "missing_documents": "核对申报材料是否齐全、诊断报告年度是否相符",
    "register_doubts": "核对所填诊断报告与绿色诊断登记是否一致",
    "may_self_nominate": "判断单位能否自荐",
    "missing_recommendation": "核对是否已有区级推荐意见",
    "call_open": "核对征集批次是否开放",
    "call_takes": "核对批次的开放类型、申请方式和推荐区",
    "quota_left": "核对区级推荐名额",
    "asked_materials": "核对批次另行要求的材料",
    "told_at_once": "提示补正事项一次性告知",
    "objection_window": "判断异议是否在公示期内提出",
    "pool_admission": "核对公示是否期满、异议是否办结后方可入库",
    "may_be_graded": "判断单位是否属于分级评价对象",
    "grade": "按得分确定评价级别",
    "next_band": "指出上一级别及其得分下限",
    "line": "单项得分保留两位小数",
    "total": "合计综合得分",
    "checked_score": "核对得分是否为 0–100 之间、最多两位小数",
    "pool_score": "提示入库得分是否达到原则要求",
    "third_party_conclusion": "核对第三方评价结论和评价报告是否齐全",
    "owes_annual_data": "判断单位是否纳入年度动态管理",
    "standing_kept": "核对复审合格并经公示后保留资格",
    "revocation": "核对报请撤销的情形及说明",
    "report_due": "计算变更报告的截止日",
    "lateness": "提示变更报告是否逾期",
    "change_cited_as": "标明变更报告的依据条款",
    "bar_until": "计算三年内不得重新申报的截止日",
    "clock_says": "说明本市、国家两项限制期",
    "may_apply_again": "核对单位是否仍在限制申报期内",
    "district_report": "核对区级报告的情形及说明",
    "is_listed": "确定名单截至日在列的单位",
    "support_eligible": "判断单位能否优先享受支持政策",
    "edition_on": "确定办理当日适用的版本",
    "edition_of_period": "确定期限起算日适用的版本",
    "edition_called": "查询办理时适用的版本",
    "national_bar": "提示国家规定的限制期",
}


@public_page
def rules(request: HttpRequest) -> HttpResponse:
    """The whole measure. `?edition=` shows the numbers of another edition; an unknown one is 404."""
    today = clock.today()
    known = editions()
    in_force = rulebook.edition_on(today, editions=known)
    try:
        shown = rulebook.edition_called(request.GET.get("edition") or in_force.code, editions=known)
    except rulebook.NoEdition as error:
        raise Http404 from error
    acts = _acts_by_article()
    chapters = [
        {"title": title, "number": rulebook.numeral(n), "articles": [_article(one, acts) for one in articles]}
        for n, (title, articles) in enumerate(groupby(rulebook.ARTICLES, lambda one: one.chapter), start=1)
    ]
    context = {
        "edition": shown,
        "is_in_force": shown == in_force,
        "since": day_words(shown.in_force_from),
        "is_draft": "征求意见稿" in shown.title,
        "chapters": chapters,
        "is_later": shown.in_force_from is not None and shown.in_force_from > today,
        "bands": band_rows(shown),
        "numbers": number_rows(shown),
        "settings": _settings(today),
        "differences": differences(shown, DRAFT_2023),
        "first": DRAFT_2023,
        "others": [
            {"title": one.title, "code": one.code, "since": day_words(one.in_force_from)}
            for one in reversed(known)
            if one != shown
        ],
    }
    return render(request, "registry/public/rules.html", context)


def _acts_by_article() -> dict[int, list[str]]:
    """Article → the acts done under it, as «入库申请：推荐», in the order of a case's life."""
    found: dict[int, list[str]] = {}
    for kind in Case.kinds.values():
        for row in kind.acts().values():
            if row.article is not None:
                words = f"{kind.LABEL}：{row.label}"
                if words not in found.setdefault(row.article, []):
                    found[row.article].append(words)
    return found


def _article(article: Article, acts: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "anchor": article.anchor,
        "title": article.title,
        "lead": article.lead,
        "items": article.items,
        "decides": [DECIDES[name] for name in article.functions],
        "acts": acts.get(article.number, []),
        "not_code": article.not_code.replace("不写成代码", "不设程序"),
    }


def band_rows(edition: Edition) -> list[dict[str, str]]:
    """The grades with their limits as the article writes them: the lower one belongs to the band."""
    rows = []
    for at, band in enumerate(edition.bands):
        upper = edition.bands[at + 1].lower if at + 1 < len(edition.bands) else None
        rows.append(
            {
                "title": band.title,
                "range": _range(band.lower, upper, last=at + 1 == len(edition.bands)),
                "duties": band.duties,
                "name": band.name,
            }
        )
    return rows


def _range(lower: Any, upper: Any, *, last: bool) -> str:
    if lower is None:
        return "尚未确定"
    if upper is None:
        return f"{lower} 分（含）以上" if last else f"{lower} 分（含）起，上限尚未确定"
    return f"不足 {upper} 分" if lower == 0 else f"{lower} 分（含）至 {upper} 分（不含）"


def number_rows(edition: Edition) -> list[dict[str, Any]]:
    """The numbers of an edition in words, each with its article."""
    threshold = f"{edition.pool_threshold.normalize():f}"
    return [
        {"label": "绿色工厂入库得分（原则上）", "value": f"{threshold} 分", "article": 8},
        {"label": "变更报告期限", "value": f"办理相关手续后 {edition.change_days} 日", "article": 11},
        {"label": "不得重新申报的期限", "value": f"{edition.bar_years} 年", "article": 12},
    ]


def differences(edition: Edition, other: Edition) -> list[dict[str, str]]:
    """What an edition says otherwise than another: {name, before, after}, numbers first, then grades."""
    numbers = [
        (now["label"], was["value"], now["value"])
        for now, was in zip(number_rows(edition), number_rows(other), strict=True)
    ]
    new, old = ({row["title"]: row["range"] for row in band_rows(one)} for one in (edition, other))
    titles = [*new, *(title for title in old if title not in new)]
    grades = [(title, old.get(title, "无此级别"), new.get(title, "不再设此级别")) for title in titles]
    return [
        {"name": name, "before": before, "after": after}
        for name, before, after in [*numbers, *grades]
        if before != after
    ]


def _settings(today: date) -> list[dict[str, str]]:
    """What the measure leaves open: each setting's value in force, since when, and its basis."""
    return [
        {
            "label": KNOWN[key].label,
            "value": term.words,
            "basis": term.basis,
            "since": day_words(term.since),
        }
        for key, term in Setting.terms(on=today).items()
    ]
