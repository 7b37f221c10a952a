"""From an uploaded workbook to a draft: kept, looked at, and on the word of its bringer drawn up, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from evaluation import upkeep
from evaluation.books.reading import Reading, read_scheme
from evaluation.models import SchemeVersion
from registry.acts import NotNow
from registry.models import ImportFile, User
from registry.resources import brought

KEY = "scheme"  # of kept files


def keep_upload(upload: Any, *, by: User, at: datetime) -> ImportFile:
    """Keep an uploaded workbook that can be read, wrong cells or not. Raises Unreadable; then nothing is kept."""
    name, content = brought.content_of(upload)
    read_scheme(content, name=name)
    return brought.keep(KEY, name, content, by=by, at=at)


def look_at(file: ImportFile) -> Reading:
    """What the kept workbook says. Raises Unreadable."""
    return read_scheme(brought.kept(file), name=file.name)


def bring_in(
    file: ImportFile, *, seen: int, by: User, at: datetime, checked: str = ""
) -> tuple[Reading, SchemeVersion | None]:
    """Draw up the scheme of the kept workbook, once however often it is confirmed; (what was read, the draft or None).

    Nothing is written while a cell is wrong. Raises as `take_in`, and NotNow when it was brought in already.
    """
    source = f"{file.name}（SHA-256 {file.sha256}）"
    with transaction.atomic():
        reading = look_at(file)
        if reading.scheme is None:
            return reading, None
        brought.claim(file, at)
        row = take_in(reading, seen=seen, by=by, at=at, source=source, checked=checked)
        ImportFile.objects.filter(pk=file.pk).update(rows=len(reading.scheme.items))
    return reading, row


def take_in(
    reading: Reading, *, seen: int, by: User, at: datetime, source: str = "", checked: str = ""
) -> SchemeVersion | None:
    """Draw up the scheme that was read, or another text for the draft of its code; None while a cell is wrong.
    An equal text changes nothing.

    `seen` is the version of the draft that was shown beside it, 0 where there was none; `checked` as in `redraft`. Raises NotYours, NotNow,
    ValidationError by field.
    """
    if reading.scheme is None:
        return None
    row = SchemeVersion.objects.filter(code=reading.scheme.code).first()
    if row is None and seen:
        raise NotNow("该指标体系已被放弃，请核对后重新办理")
    if row is None:
        return upkeep.draft(reading.scheme, by=by, at=at, source=source)
    if row.is_draft and row.loaded() == reading.scheme:
        return row  # nothing to write, and no event that says so
    return upkeep.redraft(row, reading.scheme, seen=seen, by=by, at=at, source=source, checked=checked)
