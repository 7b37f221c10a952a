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
        ((key, finding) for _, key, finding in _diagnosed(agencies, units=[unit])),
        helped(agencies, unit=unit, case=case),
        _recused(agencies, case=case),
        _in_general(agencies, at=at),
    ):
        found.setdefault(key, []).append(finding)
    return found


def standing_aside_of(
    agencies: Collection[EvaluatorAgency], *, units: Collection[int], at: datetime
) -> dict[int, Reasons]:
    """Unit id → agency id → why, for units whose gradings are still to begin. As many queries as for one unit."""
    filed = PoolApplication.objects.filter(unit__in=units).exclude(state="draft")
    of_units = chain(
        _diagnosed(agencies, units=units), _helped(agencies, said=filed.values_list("unit", *_SAID))
    )
    found: dict[int, Reasons] = {unit: {} for unit in units}
    for unit, key, finding in of_units:
        if unit is not None:
            found[unit].setdefault(key, []).append(finding)
    for key, finding in _in_general(agencies, at=at):
        for reasons in found.values():
            reasons.setdefault(key, []).append(finding)
    return found


_SAID = ("report_agency", "self_agency")
Found = Iterable[tuple[int | None, int, Finding]]  # (unit id, agency id, why)


def _diagnosed(agencies: Collection[EvaluatorAgency], *, units: Collection[int | None]) -> Found:
    called = {agency.pk: agency.name for agency in agencies}
    years = Diagnosis.objects.filter(unit__in=units, agency__in=called).order_by("year")
    for unit, agency, year in years.values_list("unit", "agency", "year"):
        assert agency is not None
        yield unit, agency, _should(f"{called[agency]}承担过该单位 {year} 年度绿色诊断")


def helped(
    agencies: Collection[EvaluatorAgency], *, unit: int | None, case: Case
) -> Iterable[tuple[int, Finding]]:
    """From what the unit said of its report and of who helped with the self-evaluation: in this case, else in any."""
    where = Q(pk=case.pk) if case.kind == PoolApplication.KIND else Q(unit=unit) & ~Q(state="draft")
    said = [(unit, *row) for row in PoolApplication.objects.filter(where).values_list(*_SAID)]
    said.append((unit, "", getattr(case, "own_agency", "")))
    return ((key, finding) for _, key, finding in _helped(agencies, said=said))


def _helped(agencies: Collection[EvaluatorAgency], *, said: Iterable[tuple[int | None, str, str]]) -> Found:
    """`said`: (unit id, who wrote its report, who helped with its self-evaluation), once for each time it said so."""
    of_unit: dict[int | None, list[tuple[str, str]]] = {}
    for unit, report, helper in said:
        of_unit.setdefault(unit, []).append((names.fold(report), names.fold(helper)))
    folded = [(agency, names.fold(agency.name)) for agency in agencies]
    for unit, rows in of_unit.items():
        for agency, name in folded:
            if any(name in report for report, _ in rows):
                yield unit, agency.pk, _should(f"该单位所附绿色诊断评估报告由{agency.name}出具")
            if any(name in helper for _, helper in rows):
                yield unit, agency.pk, _should(f"{agency.name}协助该单位开展过自评")


def _in_general(agencies: Collection[EvaluatorAgency], *, at: datetime) -> Iterable[tuple[int, Finding]]:
    """What stands against an agency whoever the unit is."""
    return chain(_suspended(agencies), _full(agencies, on=localdate(at)))


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
