"""Files that an officer puts with an objection: the letter itself, records of checking it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from greenmfg.rulebook import Material
from registry.acts import NotNow, NotYours
from registry.casework import lock, record
from registry.intake import Received
from registry.models import Document, Objection, User
from registry.roles import OFFICER

KINDS = (Material.OBJECTION, Material.CHECK_RECORD, Material.EVIDENCE)


def enclose(case: Objection, *, by: User, at: datetime, kind: Material, received: Received) -> Document:
    """Put a received file with an open objection. The log says that, not the file's name, which may be a person's.

    The same file once more is the file that lies there; another letter takes the place of the one before, which is
    kept. Raises NotNow when the objection is decided, NotYours to whom may not handle it.
    """
    with transaction.atomic():
        fresh = lock(case)
        if fresh.is_closed:
            raise NotNow(f"{fresh.no} 现为“{fresh.state_label}”，不能再添加材料", case=fresh)
        if not OFFICER.may(fresh, by):
            raise NotYours(f"您没有为 {fresh.no} 添加材料的权限", case=fresh)
        there = fresh.documents.filter(kind=kind)
        if same := there.current().filter(sha256=received.sha256).first():
            return same
        record(fresh, f"添加{kind.label}", by=by, at=at, changes={}, sha256=received.sha256)
        if kind is Material.OBJECTION:
            there.current().update(superseded_at=at)
        return Document.objects.create(
            case_id=fresh.pk,
            kind=kind,
            version=there.count() + 1,
            uploaded_by=by,
            uploaded_at=at,
            **vars(received),
        )
