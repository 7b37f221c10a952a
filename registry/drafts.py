"""Drafts: what an enterprise keeps before it files. Mutable rows, locked and versioned, without events."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from greenmfg.rulebook import Material
from registry.acts import NotNow
from registry.models import Case, Document, User

C = TypeVar("C", bound=Case)


def _editable(case: C) -> C:
    fresh: C = type(case).objects.select_for_update(of=("case_ptr",), no_key=True).get(pk=case.pk)  # type: ignore[assignment]
    if fresh.state not in fresh.EDITABLE:
        raise NotNow(f"{fresh.no} 现为“{fresh.state_label}”，不能更换材料", case=fresh)
    return fresh


def attach(
    case: C,
    *,
    by: User,
    at: datetime,
    kind: Material,
    name: str,
    path: str,
    media_type: str,
    size: int,
    pages: int | None,
    sha256: str,
) -> Document:
    """Put a received file into its slot; the version before it is kept, not deleted. Evidence adds up.

    The file itself was checked and stored by intake. Raises NotNow when the case cannot be edited now.
    """
    with transaction.atomic():
        fresh = _editable(case)
        earlier = fresh.documents.filter(kind=kind)
        if kind is not Material.EVIDENCE:
            earlier.current().update(superseded_at=at)
        document = Document.objects.create(
            case_id=fresh.pk,
            kind=kind,
            version=earlier.count() + 1,
            name=name,
            path=path,
            media_type=media_type,
            size=size,
            pages=pages,
            sha256=sha256,
            uploaded_by=by,
            uploaded_at=at,
        )
        fresh.version += 1
        fresh.save()
    return document


def set_aside(document: Document, *, case: C, at: datetime) -> None:
    """Take a file out of its slot. The version stays on record. Raises NotNow like `attach`."""
    with transaction.atomic():
        fresh = _editable(case)
        fresh.documents.filter(pk=document.pk, superseded_at__isnull=True).update(superseded_at=at)
        fresh.version += 1
        fresh.save()
