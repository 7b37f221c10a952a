"""THE MEASURE: 北京市绿色制造单位管理暂行办法, in its order, as text and as functions.

Pure Python, values in, values or `Finding`s out; nothing here knows a model, a user or the time of day.

    text        the sixteen articles, word for word, each with what decides it or why nothing does
    terms       the words: categories, materials, grounds, kinds of report; Finding and cite
    editions    the numbers, with the day from which they hold                         Article 16
    general     who is a green manufacturing unit, and what that gives                 Articles 2, 15
    calls       which applications a call takes, and the districts' quotas              Article 6
    pool        how a unit comes into the pool                                         Articles 4–6
    grading     scores and grades                                                      Articles 7, 8
    management  dynamic management, review, changes, revocation, bars, reports, lists  Articles 9–14

Read it as `from greenmfg import rulebook; rulebook.grade(...)`.
"""

from greenmfg.rulebook.calls import (
    Call,
    Route,
    asked_materials,
    call_open,
    call_takes,
    quota_left,
    told_at_once,
)
from greenmfg.rulebook.editions import (
    DRAFT_2023,
    EDITIONS,
    Band,
    Edition,
    IncompleteEdition,
    NoEdition,
    edition_called,
    edition_of_period,
    edition_on,
)
from greenmfg.rulebook.general import is_green_unit, support_eligible
from greenmfg.rulebook.grading import (
    NotAScore,
    checked_score,
    grade,
    line,
    may_be_graded,
    next_band,
    pool_score,
    third_party_conclusion,
    total,
)
from greenmfg.rulebook.management import (
    NATIONAL_BAR_BASIS,
    NATIONAL_BAR_YEARS,
    Bar,
    BarOutcome,
    BarRuling,
    Clock,
    bar_until,
    change_cited_as,
    clock_says,
    district_report,
    is_listed,
    lateness,
    may_apply_again,
    national_bar,
    owes_annual_data,
    report_due,
    revocation,
    standing_kept,
)
from greenmfg.rulebook.pool import (
    may_self_nominate,
    missing_documents,
    missing_recommendation,
    nomination_source,
    objection_window,
    pool_admission,
    register_doubts,
)
from greenmfg.rulebook.terms import (
    Category,
    ChangeKind,
    Finding,
    Ground,
    Level,
    Material,
    OpenedBecause,
    ReportKind,
    RosterSource,
    Support,
    cite,
    numeral,
)
from greenmfg.rulebook.text import ARTICLES, Article, article

__all__ = [
    "ARTICLES",
    "DRAFT_2023",
    "EDITIONS",
    "NATIONAL_BAR_BASIS",
    "NATIONAL_BAR_YEARS",
    "Article",
    "Band",
    "Bar",
    "BarOutcome",
    "BarRuling",
    "Call",
    "Category",
    "ChangeKind",
    "Clock",
    "Edition",
    "Finding",
    "Ground",
    "IncompleteEdition",
    "Level",
    "Material",
    "NoEdition",
    "NotAScore",
    "OpenedBecause",
    "ReportKind",
    "RosterSource",
    "Route",
    "Support",
    "article",
    "asked_materials",
    "bar_until",
    "call_open",
    "call_takes",
    "change_cited_as",
    "checked_score",
    "cite",
    "clock_says",
    "district_report",
    "edition_called",
    "edition_of_period",
    "edition_on",
    "grade",
    "is_green_unit",
    "is_listed",
    "lateness",
    "line",
    "may_apply_again",
    "may_be_graded",
    "may_self_nominate",
    "missing_documents",
    "missing_recommendation",
    "national_bar",
    "next_band",
    "nomination_source",
    "numeral",
    "objection_window",
    "owes_annual_data",
    "pool_admission",
    "pool_score",
    "quota_left",
    "register_doubts",
    "report_due",
    "revocation",
    "standing_kept",
    "support_eligible",
    "third_party_conclusion",
    "told_at_once",
    "total",
]
