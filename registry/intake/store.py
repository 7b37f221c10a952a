"""Where files lie: quarantine → shelf by rename, all below MEDIA_ROOT, under names that only the server makes.

A file on a shelf is whole and never changes: it was on the disk before it got its name. Years on the shelves are the
disk's own; they spread the files over folders and mean nothing else.
"""

import hashlib
import hmac
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation

QUARANTINE = ".quarantine"
CACHE = ".cache"
BLOCK = 1 << 20  # bytes

_SHELVED = re.compile(r"[0-9]{4}/[0-9a-f]{2}/[0-9a-f]{32}")


class Held(NamedTuple):
    """A file in quarantine: open for writing and reading, and where it lies."""

    file: BinaryIO
    path: Path


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


@contextmanager
def quarantined() -> Iterator[Held]:
    """A new, private, empty file in the quarantine, open for writing and reading; gone at the end unless shelved."""
    folder = _root() / QUARANTINE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "w+b") as file:
            yield Held(file, path)
    finally:
        path.unlink(missing_ok=True)


def shelve(held: Held) -> str:
    """Give a quarantined file its final place; returns the path relative to MEDIA_ROOT.

    The content reaches the disk before the name does, and the name before this returns: a row written afterwards
    always finds its file, whenever the power goes.
    """
    held.file.flush()
    handle, name = held.file.fileno(), held.path.name
    os.fchmod(handle, 0o440)
    os.fsync(handle)
    shelf = f"{time.gmtime(os.fstat(handle).st_mtime).tm_year:04}/{name[:2]}"
    folder = _root() / shelf
    _make_durably(folder)
    os.rename(held.path, folder / name)
    _sync_folder(folder)
    return f"{shelf}/{name}"


def keep(content: bytes) -> tuple[str, str]:
    """Store what the portal itself made (a printed list). Returns the path relative to MEDIA_ROOT and the SHA-256."""
    with quarantined() as held:
        held.file.write(content)
        return shelve(held), hashlib.sha256(content).hexdigest()


def discard(path: str) -> None:
    """Remove a stored file that no row came to point at, with its pictures. Harmless when it is gone already."""
    _locate(path).unlink(missing_ok=True)
    _forget_pictures(path)


def open_stored(path: str) -> BufferedReader:
    """Open a stored file for reading. `path` as `shelve` returned it.

    Raises SuspiciousFileOperation for anything that is not such a path or leads out of MEDIA_ROOT, FileNotFoundError
    when there is no such file.
    """
    place = _locate(path)
    try:
        return open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SuspiciousFileOperation(f"not a stored file: {path!r}") from error


def verify(path: str, sha256: str) -> bool:
    """Whether the stored file is there and still has this SHA-256 (64 hex digits)."""
    try:
        with open_stored(path) as file:
            return hmac.compare_digest(hashlib.file_digest(file, "sha256").hexdigest(), sha256.lower())
    except FileNotFoundError:
        return False


def sweep_quarantine(older_than: timedelta) -> int:
    """Remove what killed processes left in the quarantine. Returns how many files. `older_than`: an hour is ample."""
    return sum(_remove_if_old(path, older_than) for path in (_root() / QUARANTINE).glob("*"))


def sweep_orphans(is_known: Callable[[str], bool], *, older_than: timedelta) -> int:
    """Remove stored files that no row knows: the process died between the rename and the commit.

    `is_known` is asked for each path that is older than `older_than`, which must exceed the longest transaction.
    Returns how many were removed.
    """
    removed = 0
    for place in _root().glob("[0-9][0-9][0-9][0-9]/??/*"):
        path = place.relative_to(_root()).as_posix()
        if _SHELVED.fullmatch(path) and _is_old(place, older_than) and not is_known(path):
            discard(path)
            removed += 1
    return removed


# --- Pictures -----------------------------------------------------------------------------------------------------


def picture_place(path: str, *, page: int, dpi: int) -> Path:
    """Where the picture of a page is kept. The stored name serves as key: its content never changes."""
    return _root() / CACHE / path / f"{page}-{dpi}.webp"


def keep_picture(place: Path, picture: bytes) -> None:
    """Put a picture into the cache, whole or not at all."""
    with quarantined() as held:
        held.file.write(picture)
        held.file.flush()
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(held.path, place)


def _forget_pictures(path: str) -> None:
    folder = _root() / CACHE / path
    for picture in folder.glob("*"):
        picture.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


# --- Files that the portal makes and can make again -----------------------------------------------------------------


def open_made(key: str) -> BufferedReader | None:
    """The file kept under this key (hex digits), if there is one. Opening it keeps it from the sweep."""
    place = _made(key)
    try:
        file = place.open("rb")
    except FileNotFoundError:
        return None
    os.utime(place)
    return file


def keep_made(held: Held, key: str) -> BufferedReader:
    """Keep a quarantined file under this key, whole or not at all; the same key stands for the same bytes."""
    held.file.flush()
    os.fsync(held.file.fileno())
    place = _made(key)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.rename(held.path, place)
    return place.open("rb")


def sweep_made(older_than: timedelta) -> int:
    """Remove made files that nobody has opened for so long. Returns how many."""
    return sum(_remove_if_old(path, older_than) for path in (_root() / CACHE / "made").glob("*"))


def _made(key: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise SuspiciousFileOperation(f"not a key: {key!r}")
    return _root() / CACHE / "made" / key


# --- Small parts --------------------------------------------------------------------------------------------------


def _locate(path: str) -> Path:
    place = _root() / path if _SHELVED.fullmatch(path) else None
    if place is None or not place.parent.resolve().is_relative_to(_root().resolve()):
        raise SuspiciousFileOperation(f"not a stored file: {path!r}")
    return place


def _make_durably(folder: Path) -> None:
    """Make a folder and its parents; each new name is on the disk before something is put under it."""
    if folder.is_dir():
        return
    _make_durably(folder.parent)
    folder.mkdir(mode=0o750, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_old(path: Path, older_than: timedelta) -> bool:
    try:
        # The disk's clock on both sides: a portal whose clock was moved must not empty its own quarantine.
        return time.time() - path.stat().st_mtime > older_than.total_seconds()
    except FileNotFoundError:
        return False


def _remove_if_old(path: Path, older_than: timedelta) -> bool:
    if not _is_old(path, older_than):
        return False
    path.unlink(missing_ok=True)
    return True
