"""Writing down diagnoses, and inviting the units that they found (Articles 4, 13).

A diagnosis is no case: its edits are locked, versioned, and each is an event in its unit's stream, never silent.
The files that come along were received by intake; when an edit is refused, the caller discards them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils.timezone import localdate

from greenmfg import rulebook
from greenmfg.rulebook import Material
from registry import names
from registry.acts import NotNow, NotYours, Refused
from registry.casework import record
from registry.models import Diagnosis, Document, EvaluatorAgency, Measure, PoolApplication, Unit, User
from registry.models.log import changed, plain_values, values
from registry.roles import UNIT

FOUND, KEPT_UP = 4, 13  # the articles: potential units are found by diagnosis; districts keep it going
AS_TYPED = "您填写的内容仍保留在下方，请核对后重新保存"


def agency_called(name: str) -> EvaluatorAgency:
    """The agency of this name, new if nobody has named it yet. Spaces and kinds of brackets make no difference."""
    wanted = names.fold(name)
    known = (agency for agency in EvaluatorAgency.objects.order_by("pk") if names.fold(agency.name) == wanted)
    return next(known, None) or EvaluatorAgency.objects.create(name=names.tidy(name))


def register(
    diagnosis: Diagnosis, *, by: User, at: datetime, agency: str, report: dict[str, Any] | None = None
) -> Diagnosis:
    """登记绿色诊断. `diagnosis` is unsaved and has its unit; `report` is a stored file as intake describes it.

    Raises NotYours to whom the unit is none of their business, NotNow when that year stands on record already.
    """
    diagnosis.registered_by = by
    if not diagnosis.may_progress(by):
        raise NotYours("您没有为该单位登记绿色诊断的权限")
    with _once_a_year(f"该单位 {diagnosis.year} 年度的绿色诊断已经登记，请在原记录上修改"):
        diagnosis.agency = agency_called(agency)
        diagnosis.version = 1
        diagnosis.save(force_insert=True)
        written = {name: [None, value] for name, value in values(diagnosis).items() if value}
        _note(diagnosis, "登记绿色诊断", by=by, at=at, changes=written, report=report)
    return diagnosis


def amend(
    diagnosis: Diagnosis,
    *,
    by: User,
    at: datetime,
    seen: int,
    agency: str,
    report: dict[str, Any] | None = None,
    **fields: Any,
) -> Diagnosis:
    """修改绿色诊断: its facts, and its report if a new one is given. Returns it fresh.

    Raises NotYours, NotNow on a stale version or when another diagnosis has that year.
    """
    with _once_a_year(f"该单位 {fields['year']} 年度另有一条绿色诊断登记，请核对年度"):
        fresh = _locked(diagnosis, seen=seen)
        if not fresh.may_edit(by):
            raise NotYours("该诊断由主管部门登记，请联系所在区主管部门修改")
        before = values(fresh)
        for name, value in (fields | {"agency": agency_called(agency)}).items():
            setattr(fresh, name, value)
        changes = changed(before, values(fresh))
        if not changes and report is None:
            return fresh
        _counted(fresh)
        _note(fresh, "修改绿色诊断", by=by, at=at, changes=changes, report=report)
    return fresh


def set_measures(
    diagnosis: Diagnosis, *, by: User, at: datetime, seen: int, rows: Sequence[dict[str, Any]]
) -> Diagnosis:
    """Write findings and measures: `rows` hold a measure's fields, `id` (None: a new one) and `drop`.

    Rows that are not named stay. Raises as `amend` does.
    """
    with transaction.atomic():
        fresh = _locked(diagnosis, seen=seen)
        if not fresh.may_edit(by):
            raise NotYours("该诊断由主管部门登记，请联系所在区主管部门修改措施")
        there = {measure.pk: measure for measure in fresh.measures.all()}
        n, notes = max((measure.n for measure in there.values()), default=0), []
        for row in rows:
            given = dict(row)
            measure, drop = there.get(given.pop("id")), given.pop("drop")
            before: dict[str, Any] = {} if measure is None else values(measure)
            if drop:
                if measure is not None:
                    notes.append({"n": measure.n, "dropped": before})
                    measure.delete()
                continue
            if measure is None:
                n += 1
                measure = Measure(diagnosis=fresh, n=n)
            for name, value in given.items():
                setattr(measure, name, value)
            after = values(measure)
            if before != after:
                measure.save()
                notes.append({"n": measure.n, "changed": changed(before or dict.fromkeys(after), after)})
        if notes:
            _counted(fresh)
            _note(fresh, "修改改造措施", by=by, at=at, article=KEPT_UP, measures=notes)
    return fresh


def set_progress(
    diagnosis: Diagnosis, *, by: User, at: datetime, seen: int, rows: Sequence[dict[str, Any]]
) -> Diagnosis:
    """更新进展: `rows` hold `id`, `progress` and `note` of measures. Raises as `amend` does."""
    with transaction.atomic():
        fresh = _locked(diagnosis, seen=seen)
        if not fresh.may_progress(by):
            raise NotYours("您没有更新该单位改造措施进展的权限")
        there = {measure.pk: measure for measure in fresh.measures.all()}
        notes, words = [], []
        for row in rows:
            measure = there.get(row["id"])
            if measure is None:
                continue
            before = values(measure)
            measure.progress, measure.note = row["progress"], row["note"]
            if change := changed(before, values(measure)):
                measure.save(update_fields=["progress", "note"])
                notes.append({"n": measure.n, "changed": change})
                words.append(f"第 {measure.n} 项 {measure.get_progress_display()}")  # type: ignore[attr-defined]
        if notes:
            _counted(fresh)
            said = "；".join(words)
            _note(fresh, "更新措施进展", by=by, at=at, article=KEPT_UP, reason=said, measures=notes)
    return fresh


def why_not(unit: Unit, *, on: date) -> str:
    """What stands against inviting this unit on that day, in words. Empty if nothing does."""
    of_unit = Diagnosis.objects.filter(unit=unit)
    if of_unit.in_pool().exists():
        return "该单位已在培育库内"
    if of_unit.applying().exists():
        return "该单位已有一件未办结的入库申请"
    bars = rulebook.may_apply_again(PoolApplication(unit=unit).bars(), on=on)
    if binding := [finding for finding in bars if finding.binding]:
        return "；".join(str(finding) for finding in binding)
    if of_unit.filter(invited_on=on).exists():
        return "今天已经邀请过该单位"
    return ""


def invite(diagnosis: Diagnosis, *, by: User, at: datetime) -> list[User]:
    """邀请申报 (Article 4): tell the unit's people, and note the day. Returns who was told: nobody means a telephone.

    Raises NotYours, NotNow for whom is in the pool, on the way there, barred, or invited today already.
    """
    today = localdate(at)
    with transaction.atomic():
        # All of the unit's, so that two at once do not invite it twice.
        of_unit = Diagnosis.objects.filter(unit_id=diagnosis.unit_id).order_by("pk")
        list(of_unit.select_for_update(no_key=True).values_list("pk"))
        fresh = Diagnosis.objects.select_related("unit__entity", "unit__district").get(pk=diagnosis.pk)
        if not fresh.may_invite(by):
            raise NotYours("您没有邀请该单位的权限")
        if why := why_not(fresh.unit, on=today):
            raise NotNow(why)
        told = list(UNIT.of(fresh).order_by("pk"))
        fresh.invited_on = today
        _counted(fresh)
        words = render_to_string("messages/diagnosis/invite.txt", {"diagnosis": fresh, "by": by})
        _note(
            fresh,
            "邀请申报",
            by=by,
            at=at,
            reason="" if told else "该单位尚无平台账号，须电话联系",
            tells=([user.pk for user in told], words),
            told=[user.pk for user in told],
        )
    return told


def invite_each(
    diagnoses: Sequence[Diagnosis], *, by: User, at: datetime
) -> tuple[list[tuple[Diagnosis, list[User]]], list[tuple[Diagnosis, Refused]]]:
    """Invite each in its own transaction: (invited with who was told, left out with why)."""
    done: list[tuple[Diagnosis, list[User]]] = []
    left: list[tuple[Diagnosis, Refused]] = []
    for diagnosis in diagnoses:
        try:
            done.append((diagnosis, invite(diagnosis, by=by, at=at)))
        except Refused as refusal:
            left.append((diagnosis, refusal))
    return done, left


@contextmanager
def _once_a_year(words: str) -> Iterator[None]:
    """A transaction that says in these words that the unit has a diagnosis of that year already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "diagnosis_once_a_year" not in str(error):
            raise
        raise NotNow(words) from error


def _locked(diagnosis: Diagnosis, *, seen: int) -> Diagnosis:
    locked = Diagnosis.objects.select_for_update(of=("self",), no_key=True)
    fresh = locked.select_related("unit__entity", "agency", "registered_by").get(pk=diagnosis.pk)
    if fresh.version != seen:
        raise NotNow(f"本条诊断已被他人更新，{AS_TYPED}")
    return fresh


def _counted(diagnosis: Diagnosis) -> None:
    diagnosis.version += 1
    diagnosis.save()


def _note(
    diagnosis: Diagnosis,
    what: str,
    *,
    by: User,
    at: datetime,
    article: int = FOUND,
    report: dict[str, Any] | None = None,
    **data: Any,
) -> None:
    """The event in the unit's stream, and the report's row."""
    if report is not None:
        document = Document.put(diagnosis, kind=Material.DIAGNOSIS_REPORT, by=by, at=at, **report)
        data["report"] = {"id": document.pk, "version": document.version, "sha256": document.sha256}
    reason, tells = data.pop("reason", f"{diagnosis.year} 年度"), data.pop("tells", None)
    notes = plain_values(
        {"diagnosis": diagnosis.pk, "year": diagnosis.year, "version": diagnosis.version} | data
    )
    if "changes" in notes:
        notes["changed"] = notes.pop("changes")
    record(
        diagnosis.unit,
        what,
        by=by,
        at=at,
        changes={},
        article=article,
        reason=reason,
        internal=False,
        tells=tells,
        **notes,
    )
