"""Drafts: what an enterprise keeps before it files. Mutable rows, locked and versioned, without events.

And the paper that an officer puts to a case afterwards, which is an event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.timezone import localdate

from greenmfg.rulebook import Material
from registry.acts import NotNow, NotYours
from registry.casework import explained, lock, record
from registry.models import Case, Counter, Document, PoolApplication, User
from registry.roles import OFFICER

C = TypeVar("C", bound=Case)


def open_draft(case: C, *, by: User, at: datetime) -> C:
    """Insert an enterprise's own draft: numbered, without an event. `case` is unsaved.

    Raises NotYours to whom could not file it, NotNow when the unit already has an open case of this kind.
    """
    case.state, case.opened_by, case.opened_at, case.version = case.DRAFT, by, at, 1
    case.kind = case.KIND
    if not case.may_edit(by):
        raise NotYours(f"您没有为该单位填报{case.LABEL}的权限", case=case)
    try:
        with transaction.atomic():
            case.no = Counter.next_no(case.PREFIX, year=localdate(at).year)
            case.save(force_insert=(models.Model,))
    except IntegrityError as error:
        raise explained(error, case) from error
    return case


def save_draft(case: C, *, by: User, seen: int, **fields: Any) -> C:
    """Write fields of a draft: locked, versioned, without an event. Returns the fresh case.

    Raises NotNow on a stale version or outside the kind's editable states, NotYours to whom it does not wait
    for, or to whom these fields do not belong: an officer sees a returned application, but its words are the
    enterprise's, and an agency does not write what the unit says of itself.
    """
    with transaction.atomic():
        fresh = lock(case)
        if fresh.state not in fresh.EDITABLE:
            raise NotNow(f"{fresh.no} 现为“{fresh.state_label}”，不能修改", case=fresh)
        if fresh.version != seen:
            raise NotNow("本事项已被他人更新，您填写的内容仍保留在下方，请核对后重新保存", case=fresh)
        if not fresh.may_edit(by) or (fresh.WRITTEN and not fields.keys() <= fresh.WRITTEN[fresh.state]):
            raise NotYours(f"您没有修改 {fresh.no} 的权限", case=fresh)
        for name, value in fields.items():
            setattr(fresh, name, value)
        fresh.version += 1
        fresh.save()
    return fresh


def move_draft(case: PoolApplication, *, by: User, at: datetime, seen: int) -> PoolApplication:
    """移至下一批: put a draft whose call has closed into the call that is open for it. Returns the fresh case.

    The move stands on its timeline, for the enterprise to see. Raises NotNow on a stale version, on what is no
    draft, while its own call is open, and when no other is; NotYours to whom the draft does not belong.
    """
    with transaction.atomic():
        fresh = lock(case)
        if fresh.state != fresh.DRAFT or fresh.version != seen:
            raise NotNow("本事项已被更新，请核对后重新办理", case=fresh)
        if not fresh.may_edit(by):
            raise NotYours(f"您没有修改 {fresh.no} 的权限", case=fresh)
        before, call = fresh.batch, fresh.call_at(at)
        if call == before:
            words = "尚可提交，无须移动" if before.law.is_open(at) else "已截止，目前没有可移至的征集批次"
            raise NotNow(f"{before.name}{words}", case=fresh)
        return record(
            fresh,
            f"由{before.name}移至{call.name}"[:40],
            by=by,
            at=at,
            changes={"batch": call},
            internal=False,
            from_call=before.name,
            to_call=call.name,
        )


def _editable(case: C, *, by: User) -> C:
    """The case locked, if this person may change its files now. Raises NotNow, NotYours."""
    fresh = lock(case)
    if fresh.state not in fresh.EDITABLE:
        raise NotNow(f"{fresh.no} 现为“{fresh.state_label}”，不能更换材料", case=fresh)
    if not fresh.may_edit(by):
        raise NotYours(f"您没有修改 {fresh.no} 的权限", case=fresh)
    return fresh


def attach(case: C, *, by: User, at: datetime, kind: Material, **file: Any) -> Document:
    """Put a file into its slot; the version before it is kept, not deleted. Evidence adds up.

    `file` is what intake stored after its checks, or what another document holds already. Raises NotNow when the
    case cannot be edited now, NotYours to whom it does not wait for.
    """
    with transaction.atomic():
        fresh = _editable(case, by=by)
        document = Document.put(fresh, kind=kind, by=by, at=at, **file)
        fresh.version += 1
        fresh.save()
    return document


def put_check_record(case: C, *, by: User, at: datetime, **file: Any) -> Document:
    """登记核查记录: an officer's paper on a case that was filed; versions are kept, and each is an internal event.

    `file` as in `attach`. Raises NotYours to whom is no officer, NotNow on a draft.
    """
    if not OFFICER.may(case, by):
        raise NotYours("核查记录由市局经办登记", case=case)
    with transaction.atomic():
        fresh = lock(case)
        if fresh.state == fresh.DRAFT:
            raise NotNow(f"{fresh.no} 尚未提交，不能登记核查记录", case=fresh)
        document = Document.put(fresh, kind=Material.CHECK_RECORD, by=by, at=at, **file)
        seen: dict[str, Any] = {
            "document": document.pk,
            "version": document.version,
            "sha256": document.sha256,
        }
        record(fresh, "登记核查记录", by=by, at=at, changes={}, **seen)
    return document


def set_aside(document: Document, *, case: C, by: User, at: datetime) -> None:
    """Take a file out of its slot. The version stays on record. Raises as `attach` does."""
    with transaction.atomic():
        fresh = _editable(case, by=by)
        fresh.documents.filter(pk=document.pk, superseded_at__isnull=True).update(superseded_at=at)
        fresh.version += 1
        fresh.save()
