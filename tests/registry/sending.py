"""Sending a file the way a browser does, and looking at what is on the disk afterwards."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from registry.intake import Received, receive

MB = 1 << 20
LIMIT = 8 * MB


def send(content: bytes, name: str = "报告.pdf", **limits) -> Received:
    """`receive` with a limit of 8 MB unless told otherwise."""
    return receive(SimpleUploadedFile(name, content), **{"max_bytes": LIMIT, **limits})


def files_below(folder: Path) -> list[Path]:
    """Every file in this folder and below, hidden ones too."""
    return [path for path in folder.rglob("*") if not path.is_dir()]
