"""Which agency may evaluate whom: conflicts of interest, and how many projects one may take (Articles 3, 16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import chain

from django.db.models import Count, Q
from django.utils.timezone import localdate

from greenmfg.rulebook import Finding
from registry import names
from registry.models import Case, Diagnosis, EvaluatorAgency, Event, PoolApplication, Setting

Reasons = dict[
    int, list[Finding]
]  # agency id → why it should not be commissioned; those without a reason left out


def standing_aside(
    agencies: Collection[EvaluatorAgency], *, unit: int | None, case: Case, at: datetime
) -> Reasons:
    """Agency id → why it should not evaluate this unit. The number of queries does not grow with the agencies.

    `case` is what is to be evaluated: an application, or a grading itself.

    Whoever diagnosed a unit, or helped with its own evaluation, does not also evaluate it (Article 3: an agency assists
    the bureau; independence, domain notes 2.3): a finding that an officer may override with a written reason. An agency
    that has itself stepped aside is out. So is, with the same word of a reason, one whose cap of the year is reached.
    """
    found: Reasons = {}
    for key, finding in chain(
        _diagnosed(agencies, unit=unit),
        helped(agencies, unit=unit, case=case),
        _recused(agencies, case=case),
        _suspended(agencies),
        _full(agencies, on=localdate(at)),
    ):
        found.setdefault(key, []).append(finding)
    return found


def _diagnosed(agencies: Collection[EvaluatorAgency], *, unit: int | None) -> Iterable[tuple[int, Finding]]:
    called = {agency.pk: agency.name for agency in agencies}
    years = Diagnosis.objects.filter(unit=unit, agency__in=called).order_by("year")
    for agency, year in years.values_list("agency", "year"):
        assert agency is not None
        yield agency, _should(f"{called[agency]}承担过该单位 {year} 年度绿色诊断")


def helped(
    agencies: Collection[EvaluatorAgency], *, unit: int | None, case: Case
) -> Iterable[tuple[int, Finding]]:
    """From what the unit said of its report and of who helped with the self-evaluation: in this case, else in any."""
    where = Q(pk=case.pk) if case.kind == PoolApplication.KIND else Q(unit=unit) & ~Q(state="draft")
    rows = list(PoolApplication.objects.filter(where).values_list("report_agency", "self_agency"))
    rows.append(("", getattr(case, "own_agency", "")))
    for agency in agencies:
        name = names.fold(agency.name)
        if any(name in names.fold(report) for report, _ in rows):
            yield agency.pk, _should(f"该单位所附绿色诊断评估报告由{agency.name}出具")
        if any(name in names.fold(helper) for _, helper in rows):
            yield agency.pk, _should(f"{agency.name}协助该单位开展过自评")


def _recused(agencies: Collection[EvaluatorAgency], *, case: Case) -> Iterable[tuple[int, Finding]]:
    """Those whose people stepped aside from this case, or from an evaluation of it, before."""
    if case.pk is None:
        return
    here = Q(case=case.pk) | Q(case__in=case.evaluations.values("pk"))
    recused = Event.objects.filter(here, act="recuse", by__agency__in=agencies)
    gone = set(recused.values_list("by__agency", flat=True))
    for agency in agencies:
        if agency.pk in gone:
            yield agency.pk, Finding(3, f"{agency.name}已就本事项办理过回避，应当回避，请另行委托")


def _suspended(agencies: Collection[EvaluatorAgency]) -> Iterable[tuple[int, Finding]]:
    for agency in agencies:
        if agency.suspended_because:
            yield agency.pk, Finding(3, f"{agency.name}已暂停委托：{agency.suspended_because}")


def _full(agencies: Collection[EvaluatorAgency], *, on: date) -> Iterable[tuple[int, Finding]]:
    if not Setting.number("agency_cap_on", on=on):
        return
    cap = Setting.number("agency_cap", on=on)
    taken = projects(agencies, year=on.year)
    for agency in agencies:
        if taken.get(agency.pk, 0) >= cap:
            who = (
                f"法定代表人{agency.legal_representative}名下机构"
                if agency.legal_representative
                else agency.name
            )
            words = f"{who} {on.year} 年已承担 {taken[agency.pk]} 项评价，达到上限 {cap} 项"
            yield agency.pk, Finding(16, f"{words}，继续委托须说明理由", binding=False)


def projects(agencies: Collection[EvaluatorAgency], *, year: int) -> dict[int, int]:
    """Agency id → evaluations commissioned in that calendar year under its legal representative (all its agencies).

    Those it stepped aside from and those that were voided do not count. Two queries.
    """
    own = dict(
        Case.objects.filter(kind__in=["evaluation", "grading"], opened_at__year=year, agency__isnull=False)
        .exclude(state__in=["recused", "void"])
        .order_by()
        .values_list("agency")
        .annotate(Count("pk"))
    )
    people = dict(EvaluatorAgency.objects.filter(pk__in=own).values_list("pk", "legal_representative"))
    found = {}
    for agency in agencies:
        who = agency.legal_representative.strip()
        found[agency.pk] = sum(
            n for key, n in own.items() if key == agency.pk or (who and people.get(key, "").strip() == who)
        )
    return found


def _should(words: str) -> Finding:
    return Finding(3, f"{words}，应当回避；确需委托的，须说明理由", binding=False)
