"""Files that strangers send: checked, stored, shown page by page, handed out again.

    received = receive(upload, max_bytes=settings.MAX_UPLOAD)   # or Rejected, with words for the user
    page_image(received.path, 1)                                # WebP
    download(received.path, name=received.name, media_type=received.media_type)

Plain values in and out; the rows that remember them are the caller's. Why it is built so: docs/decisions/0005-files.md.
"""

from registry.intake.filenames import clean_name
from registry.intake.handout import Unrenderable, download, download_headers, download_open, page_image
from registry.intake.receive import Received, Rejected, receive
from registry.intake.store import (
    discard,
    keep,
    keep_made,
    open_made,
    open_stored,
    quarantined,
    sweep_made,
    sweep_orphans,
    sweep_quarantine,
    verify,
)

__all__ = [
    "Received",
    "Rejected",
    "Unrenderable",
    "clean_name",
    "discard",
    "download",
    "download_headers",
    "download_open",
    "keep",
    "keep_made",
    "open_made",
    "open_stored",
    "page_image",
    "quarantined",
    "receive",
    "sweep_made",
    "sweep_orphans",
    "sweep_quarantine",
    "verify",
]
