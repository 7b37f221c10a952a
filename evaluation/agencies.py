"""第三方评价机构: the register of those that assist (Article 3), and what their work came to in figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, ExtractYear

from evaluation.models import Evaluation, Grading
from registry.acts import NotNow
from registry.models import Case, EvaluatorAgency, Event, User
from registry.models.log import changed, values
from registry.roles import OFFICER
from registry.upkeep import enter, stand_in

LEDGER = "evaluatoragency"  # the one that the administrator's changes stand in, too
KINDS = (Evaluation.KIND, Grading.KIND)
FIELDS = (
    "name",
    "credit_code",
    "code_evidence",
    "legal_representative",
    "qualifications",
    "contact",
    "phone",
)
CENT = Decimal("0.01")

# --- figures


@dataclass
class Gap:
    """How far two scores of the same cases lie apart: how many cases, the sum of the differences, and of their sizes."""

    n: int = 0
    total: Decimal = Decimal(0)
    size: Decimal = Decimal(0)

    def __add__(self, other: Gap) -> Gap:
        return Gap(self.n + other.n, self.total + other.total, self.size + other.size)

    @property
    def mean(self) -> Decimal | None:
        """Above zero where the later score is the higher one; None without cases."""
        return (self.total / self.n).quantize(CENT, ROUND_HALF_UP) if self.n else None

    @property
    def mean_size(self) -> Decimal | None:
        return (self.size / self.n).quantize(CENT, ROUND_HALF_UP) if self.n else None


@dataclass
class Tally:
    """What an agency did in the cases opened in a year. `own` is its score less the unit's, `final` the confirmed
    score less its own."""

    projects: int = 0  # as the cap counts them: without those stepped aside from or voided
    open: int = 0
    concluded: int = 0
    returned: int = 0
    own: Gap = field(default_factory=Gap)
    final: Gap = field(default_factory=Gap)

    def __add__(self, other: Tally) -> Tally:
        mine, theirs = vars(self), vars(other)
        return Tally(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def return_rate(self) -> Decimal | None:
        """Returned per hundred conclusions, to 0.1; None without conclusions."""
        if not self.concluded:
            return None
        return (Decimal(100 * self.returned) / self.concluded).quantize(Decimal("0.1"), ROUND_HALF_UP)


Years = dict[int, Tally]  # the year in which the case was opened → what came of its cases


def tallies(agencies: Collection[EvaluatorAgency]) -> dict[int, Years]:
    """Agency id → year → Tally; years without a case are left out. Five queries, whatever the number of agencies."""
    ids = [agency.pk for agency in agencies]
    found: dict[int, Years] = {key: {} for key in ids}

    def of(agency: int, year: int) -> Tally:
        return found[agency].setdefault(year, Tally())

    for agency, year, taken, running in _cases(ids):
        of(agency, year).projects, of(agency, year).open = taken, running
    for agency, year, n in _conclusions(ids):
        of(agency, year).concluded = n
    for agency, year, n in _returns(ids):
        of(agency, year).returned = n
    for kind in (Evaluation, Grading):
        for agency, year, *sums in _gaps(kind, ids):
            tally = of(agency, year)
            tally.own, tally.final = tally.own + Gap(*sums[:3]), tally.final + Gap(*sums[3:])
    return found


def together(years: Years) -> Tally:
    """All years in one."""
    return sum(years.values(), Tally())


def _cases(ids: list[int]) -> Iterable[tuple[int, int, int, int]]:
    rows = (
        Case.objects.filter(kind__in=KINDS, agency__in=ids).order_by().annotate(year=ExtractYear("opened_at"))
    )
    taken = Count("pk", filter=~Q(state__in=["recused", "void"]))
    running = Count("pk", filter=Q(closed_at__isnull=True))
    return rows.values_list("agency", "year").annotate(taken=taken, running=running)


def _events(act: str) -> QuerySet[Event]:
    rows = Event.objects.filter(act=act, case__kind__in=KINDS).order_by()
    return rows.annotate(year=ExtractYear("case__opened_at"))


def _conclusions(ids: list[int]) -> Iterable[tuple[int, int, int]]:
    return (
        _events("conclude")
        .filter(by__agency__in=ids)
        .values_list("by__agency", "year")
        .annotate(n=Count("pk"))
    )


def _returns(ids: list[int]) -> Iterable[tuple[int, int, int]]:
    """By whose conclusion was returned, which need not be the agency that has the case now."""
    before = Event.objects.filter(case=OuterRef("case"), act="conclude", seq__lt=OuterRef("seq"))
    whose = Subquery(before.order_by("-seq").values("by__agency")[:1])
    rows = _events("send_back").annotate(whose=whose).filter(whose__in=ids)
    return rows.values_list("whose", "year").annotate(n=Count("pk"))


def _gaps(kind: type[Evaluation] | type[Grading], ids: list[int]) -> Iterable[tuple[Any, ...]]:
    rows = kind.objects.filter(agency__in=ids, state__in=kind.FILED).order_by()
    both, settled = Q(own_score__isnull=False, score__isnull=False), Q(final_score__isnull=False)
    own, final = F("score") - F("own_score"), F("final_score") - F("score")
    return (
        rows.annotate(year=ExtractYear("opened_at"))
        .values_list("agency", "year")
        .annotate(
            own_n=Count("pk", filter=both),
            own_total=Sum(own, filter=both, default=Decimal(0)),
            own_size=Sum(Abs(own), filter=both, default=Decimal(0)),
            final_n=Count("pk", filter=settled),
            final_total=Sum(final, filter=settled, default=Decimal(0)),
            final_size=Sum(Abs(final), filter=settled, default=Decimal(0)),
        )
    )


# --- the register


def write(
    row: EvaluatorAgency, fields: dict[str, Any], *, seen: dict[str, str | None], by: User, at: datetime
) -> EvaluatorAgency:
    """Save an agency, new (unsaved) or changed. `seen` is what stood there when it was opened.

    Raises NotYours, NotNow when somebody was faster, ValidationError by field.
    """
    stand_in(OFFICER, by, "维护评价机构")
    return _saved(row, {name: fields[name] for name in FIELDS}, "修改评价机构", seen=seen, by=by, at=at)


def suspend(row: EvaluatorAgency, reason: str, *, by: User, at: datetime) -> EvaluatorAgency:
    """暂停委托: no new task goes to it; what it has goes on (Article 3). Raises NotYours, NotNow."""
    stand_in(OFFICER, by, "暂停委托")
    if row.suspended_because:
        raise NotNow(f"{row.name}已暂停委托")
    return _saved(row, {"suspended_because": reason}, "暂停委托", seen=values(row), by=by, at=at)


def resume(row: EvaluatorAgency, *, by: User, at: datetime) -> EvaluatorAgency:
    """恢复委托. Raises NotYours, NotNow."""
    stand_in(OFFICER, by, "恢复委托")
    if not row.suspended_because:
        raise NotNow(f"{row.name}未暂停委托")
    return _saved(row, {"suspended_because": ""}, "恢复委托", seen=values(row), by=by, at=at)


def _saved(
    row: EvaluatorAgency,
    fields: dict[str, Any],
    what: str,
    *,
    seen: dict[str, str | None],
    by: User,
    at: datetime,
) -> EvaluatorAgency:
    try:
        with transaction.atomic():
            fresh = (
                EvaluatorAgency.objects.select_for_update().get(pk=row.pk) if row.pk else EvaluatorAgency()
            )
            before = values(fresh) if row.pk else {}
            if before != seen:
                raise NotNow("该机构的信息已被他人修改，请核对后重新保存")
            for name, value in fields.items():
                setattr(fresh, name, value)
            fresh.save()
            after = values(fresh)
            moved = changed({name: before.get(name) for name in after}, after)
            if moved:
                label = what if before else "新增评价机构"
                enter(LEDGER, label, by=by, at=at, item=fresh.name, key=str(fresh.pk), fields=moved)
    except IntegrityError as error:
        raise ValidationError({"name": "已有同名的评价机构"}) from error
    return fresh
