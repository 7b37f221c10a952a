"""撤回本次决定: taking back one's own last act. Never 撤销, which means revocation here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.timezone import localdate

from greenmfg.requests import current_id
from registry.acts import AgainstRule, NotNow
from registry.casework import done_before, explained, lock
from registry.models.case import Case
from registry.models.log import Event, changed, values
from registry.models.people import User
from registry.models.terms import Setting

C = TypeVar("C", bound=Case)

UNDO = "undo"


def undo(case: C, *, by: User, at: datetime, seen: int, op: str) -> C:
    """撤回本次决定: take back the last act, by the same person, within the window, if nothing followed.

    Restores the fields that the act changed, counts the version up, voids its messages. Raises NotNow, also
    when what the act had closed cannot be open again because the unit has begun another case since; AgainstRule
    when the measure stands against what would be in force again (`findings("undo")` of the case as restored).
    """
    try:
        with transaction.atomic(durable=True):
            return _undo(case, by=by, at=at, seen=seen, op=op)
    except IntegrityError as error:
        raise explained(error, case) from error


def _undo(case: C, *, by: User, at: datetime, seen: int, op: str) -> C:
    fresh = lock(case)
    if again := done_before(op, by=by, act=UNDO, case=case):
        return again
    event = undoable(fresh, by=by, at=at)
    if event is None or fresh.version != seen:
        raise NotNow("已超过可撤回的时间，或者事项已有后续办理，不能撤回", case=fresh)
    fresh.lock_before(UNDO)
    before = values(fresh)
    for name, (old, _new) in event.changes.items():
        field = fresh._meta.get_field(name)
        assert isinstance(field, models.Field)
        setattr(fresh, field.attname, None if old is None else field.to_python(old))
    if binding := [finding for finding in fresh.findings(UNDO, at) if finding.binding]:
        raise AgainstRule("；".join(finding.message for finding in binding), findings=binding, case=fresh)
    fresh.version += 1
    Event.write(
        fresh,
        act=UNDO,
        label="撤回本次决定",
        at=at,
        by=by,
        changes=changed(before, values(fresh)),
        case_id=fresh.pk,
        unit_id=fresh.unit_id,
        from_state=event.to_state,
        to_state=event.from_state,
        op=op,
        caused_by=event,
        request_id=current_id(),
        internal=True,
    )
    fresh.save()
    event.messages.update(voided_at=at)
    return fresh


def undoable(case: Case, *, by: User, at: datetime) -> Event | None:
    """The event that this person could take back now: the stream's head, undoable, young, their own."""
    event = Event.objects.filter(stream=case.stream, seq=case.head_seq).first()
    if event is None or event.by_id != by.pk:
        return None
    row = Case.kinds[case.kind].acts().get(event.act)
    if (
        row is None
        or not row.undo
        or not row.may(case, by)
        or event.facts()["data"].get("version") != case.version
    ):
        return None
    return (
        event
        if at <= event.at + timedelta(seconds=Setting.number("undo_seconds", on=localdate(at)))
        else None
    )
