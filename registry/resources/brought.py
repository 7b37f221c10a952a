"""From an uploaded table to the import: kept, looked at in a dry run, confirmed once, or dropped."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import transaction

from registry import intake
from registry.acts import NotNow
from registry.intake.filenames import extension_of
from registry.models import ImportFile, User
from registry.resources.catalog import IMPORTERS
from registry.resources.importing import INVALID, Importer, ImportOutcome, import_table
from registry.resources.sheets import MAX_BYTES, Unreadable, read


def keep_upload(kind: type[Importer], upload: Any, *, by: User, at: datetime) -> ImportFile:
    """Read an uploaded table and keep its bytes. Raises Unreadable; then nothing is kept."""
    name, content = content_of(upload)
    read(BytesIO(content), name=name, table=kind.table())
    return keep(kind.KEY, name, content, by=by, at=at)


def content_of(upload: Any) -> tuple[str, bytes]:
    """(clean name, bytes) of an uploaded table. Raises Unreadable for one that is too large."""
    name = intake.clean_name(upload.name, extension=f".{extension_of(upload.name or '') or 'csv'}")
    if (upload.size or 0) > MAX_BYTES:
        raise Unreadable(f"文件“{name}”超过 {MAX_BYTES >> 20} MB，请拆分后分别导入")
    return name, upload.read(MAX_BYTES + 1)


def keep(what: str, name: str, content: bytes, *, by: User, at: datetime) -> ImportFile:
    """Keep a table until its bringer says the word. `what` it is, is the key of its import."""
    path, sha256 = intake.keep(content)
    return ImportFile.objects.create(what=what, name=name, path=path, sha256=sha256, by=by, at=at)


def look_at(file: ImportFile, *, by: User, at: datetime) -> ImportOutcome:
    """What importing the file would do now: the same run, rolled back. Raises Unreadable, NotYours."""
    return _run(file, by=by, at=at, dry_run=True)


def import_once(file: ImportFile, *, by: User, at: datetime, skip_invalid: bool) -> ImportOutcome:
    """Import the file, once however often it is confirmed. A run that invalid rows stop may be confirmed again.

    Raises NotNow when it was imported already, Unreadable, NotYours.
    """
    if IMPORTERS[
        file.what
    ].acts_each:  # rows have transactions of their own, so the file is taken before them
        outcome = look_at(file, by=by, at=at)
        if outcome.counts[INVALID] and not skip_invalid:
            return outcome
        claim(file, at)
        try:
            outcome = _run(file, by=by, at=at, skip_invalid=skip_invalid)
        except BaseException:  # cut off in the middle: what was done is recognised when it is confirmed again
            ImportFile.objects.filter(pk=file.pk).update(done_at=None)
            raise
        _note(file, outcome)
        return outcome
    with transaction.atomic():
        claim(file, at)
        outcome = _run(file, by=by, at=at, skip_invalid=skip_invalid)
        if outcome.stopped:
            ImportFile.objects.filter(pk=file.pk).update(done_at=None)
        else:
            _note(file, outcome)
        return outcome


def forget(file: ImportFile) -> None:
    """Forget the file; its bytes go once nothing can bring the row back."""
    file.delete()
    transaction.on_commit(lambda: intake.discard(file.path))


def sweep(now: datetime) -> int:
    """Forget the files that expired. Returns how many."""
    old = list(ImportFile.objects.filter(at__lte=now - ImportFile.KEPT))
    for file in old:
        forget(file)
    return len(old)


def claim(file: ImportFile, at: datetime) -> None:
    """The first who comes has the file; a second waits for the first and is told. Raises NotNow."""
    if not ImportFile.objects.filter(pk=file.pk, done_at__isnull=True).update(done_at=at):
        raise NotNow(f"“{file.name}”已经导入或者已经放弃，没有重复导入")


def _note(file: ImportFile, outcome: ImportOutcome) -> None:
    numbers = {"rows": outcome.changed, "left_out": outcome.counts[INVALID]}
    ImportFile.objects.filter(pk=file.pk).update(**numbers)


def _run(file: ImportFile, **options: Any) -> ImportOutcome:
    return import_table(IMPORTERS[file.what], BytesIO(kept(file)), name=file.name, **options)


def kept(file: ImportFile) -> bytes:
    """The bytes of a file that was kept. Raises Unreadable when they are gone or no longer the same."""
    if not intake.verify(file.path, file.sha256):
        raise Unreadable(f"文件“{file.name}”已过期，请重新上传")
    with intake.open_stored(file.path) as content:
        return content.read()
