"""Chapter 2, 培育创建: how a unit comes into the pool, and from there to the ministry (Articles 4–6)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date

from greenmfg.periods import chinese_date
from greenmfg.rulebook.terms import Category, Finding, Material


def nomination_source(*, in_pool: bool) -> list[Finding]:
    """Article 4: nominations to the ministry come from the pool.

    Not binding: the article calls the pool the main source (主要来源), not the only one.
    """
    if in_pool:
        return []
    return [Finding(4, "该单位不在培育库内，国家级申报推荐以培育库为主要来源，推荐须说明理由", binding=False)]


def missing_documents(
    category: Category, *, materials: Collection[Material], report_year: int | None, on: date
) -> list[Finding]:
    """Article 5: which material an application still lacks.

    materials    what has been filed
    report_year  the year that the diagnosis report is about; None when nobody has stated it
    on           the day of Beijing on which the unit first submitted
    本年度 is the year of `on`, not of the decision: an application of December must not fail in January
    because an office took its time.
    """
    if category is Category.GREEN_SUPPLY_CHAIN:
        if Material.EVALUATION_DOSSIER in materials:
            return []
        return [Finding(5, "缺少对照国家相关评价要求形成的评价材料")]
    if Material.DIAGNOSIS_REPORT not in materials:
        return [Finding(5, "缺少本年度或上一年度绿色诊断评估报告")]
    this, last = on.year, on.year - 1
    wanted = f"须为本年度（{this}）或上一年度（{last}）"
    if report_year is None:
        return [Finding(5, f"未填写绿色诊断评估报告的所属年度，{wanted}")]
    if report_year not in {this, last}:
        return [Finding(5, f"绿色诊断评估报告为 {report_year} 年度，{wanted}")]
    return []


def register_doubts(
    category: Category, *, report_year: int | None, report_agency: str, on_record: Mapping[int, str]
) -> list[Finding]:
    """Article 5: where the report that an application names and the register of diagnoses say different things.

    report_year, report_agency  what the application says of its report
    on_record                   the unit's diagnoses in the register: year → name of the agency
    Never binding: a report made without the register knowing of it is as good, so an empty register is silent.
    """
    if category is Category.GREEN_SUPPLY_CHAIN or report_year is None or not on_record:
        return []
    if report_year not in on_record:
        years = "、".join(str(year) for year in sorted(on_record))
        words = f"绿色诊断登记中没有该单位 {report_year} 年度的诊断（登记有 {years} 年度），请核对报告"
        return [Finding(5, words, binding=False)]
    registered = on_record[report_year]
    if _plain(registered) != _plain(report_agency):
        words = f"所填诊断机构“{report_agency}”与 {report_year} 年度绿色诊断登记的“{registered}”不一致，请核对报告"
        return [Finding(5, words, binding=False)]
    return []


def _plain(name: str) -> str:
    """A name without what may differ between two honest ways of writing it: blanks, kinds of brackets, case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def may_self_nominate(category: Category) -> list[Finding]:
    """Article 5: factories and parks may nominate themselves (自荐); a supply-chain enterprise may not."""
    if category is not Category.GREEN_SUPPLY_CHAIN:
        return []
    return [Finding(5, "绿色供应链管理企业应获得区级工业主管部门推荐，不能自荐")]


def missing_recommendation(category: Category, *, recommended: bool) -> list[Finding]:
    """Article 5: whether the district's recommendation is lacking.

    Asked when the bureau examines, not when the unit submits: the recommendation cannot exist by then. For
    factories and parks it is one of two ways in, so nothing is ever lacking.
    """
    if recommended or category is not Category.GREEN_SUPPLY_CHAIN:
        return []
    return [Finding(5, "缺少区级工业主管部门推荐意见")]


def pool_admission(
    *, notice_closed: bool, notice_ends_on: date | None, on: date, open_objections: int
) -> list[Finding]:
    """Article 6: a unit enters the pool only 经公示无异议.

    notice_closed    whether an officer has closed the notice: the clock alone admits nobody
    notice_ends_on   its last day, which must be over on the day `on`; None when there was no notice
    open_objections  objections against this unit that are not decided yet
    """
    return notice_findings(
        6,
        outcome="入库",
        notice_closed=notice_closed,
        notice_ends_on=notice_ends_on,
        on=on,
        open_objections=open_objections,
    )


def objection_window(*, published_on: date, last_day: date, received_on: date) -> list[Finding]:
    """Article 6: whether an objection came while the notice was out (经公示无异议).

    published_on  the day on which the notice was signed and could be read
    last_day      its last day, which belongs to it until 24:00
    received_on   the day of Beijing on which the objection arrived
    """
    if received_on < published_on:
        return [Finding(6, f"公示于{chinese_date(published_on)}发布，收到日期不能早于该日")]
    if received_on > last_day:
        return [Finding(6, f"公示已于{chinese_date(last_day)}结束，公示期内收到的异议方可受理")]
    return []


def notice_findings(
    article: int,
    *,
    outcome: str,
    notice_closed: bool,
    notice_ends_on: date | None,
    on: date,
    open_objections: int,
) -> list[Finding]:
    """What 经公示无异议 still lacks before `outcome`: shared by Article 6 and Article 10."""
    if open_objections < 0:
        raise ValueError("open_objections counts objections")
    findings = []
    if notice_ends_on is None:
        findings.append(Finding(article, f"尚未公示，不能{outcome}"))
    elif on <= notice_ends_on:
        findings.append(Finding(article, f"公示期至{chinese_date(notice_ends_on)}，期满前不能{outcome}"))
    elif not notice_closed:
        findings.append(Finding(article, f"公示期已满但公示尚未办理结束，不能{outcome}"))
    if open_objections:
        findings.append(Finding(article, f"有 {open_objections} 件异议尚未办结，不能{outcome}"))
    return findings
