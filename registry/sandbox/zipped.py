"""Checking an OFD as the zip that it is, without parsing what is in it."""

import codecs
import re
import stat
import unicodedata
import zipfile
import zlib
from typing import BinaryIO

from registry.sandbox.verdict import MAX_UNFOLDED, Refuse

MAX_ENTRIES = 20_000
MAX_RATIO = 250  # of one large entry; deflate reaches 1,032 on zeros, XML stays below 60

codecs.lookup("cp437")  # what old zip names are written in; it must be loaded before `confine`


def check_zip(source: BinaryIO, *, max_pages: int) -> None:
    """Check an OFD as the zip it is (counts, sizes, ratios, paths, sums); its XML is not parsed, pages stay unknown.

    A zip that is no OFD is refused by the name of what it is: `is-docx`, `is-zip` …
    """
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "OFD.xml" not in names:
                raise Refuse(f"is-{_zip_kind(names)}")
            _judge_entries(entries)
            for entry in entries:
                with archive.open(entry) as content:
                    while content.read(1 << 16):
                        pass
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise Refuse("broken") from error


def _zip_kind(names: set[str]) -> str:
    tops = {name.split("/", 1)[0] for name in names}
    if "[Content_Types].xml" in names:
        return next(
            (kind for top, kind in (("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx")) if top in tops), "zip"
        )
    return "zip"


def _judge_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNFOLDED:
        raise Refuse("bomb")
    seen: set[str] = set()
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.flag_bits & 0x1:
            raise Refuse("encrypted")
        if entry.file_size > 10 << 20 and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise Refuse("bomb")
        if entry.header_offset < end:  # entries that share bytes unfold one kilobyte into many
            raise Refuse("bomb")
        end = entry.header_offset + 30 + entry.compress_size
        # `orig_filename`: the library cuts at NUL and turns backslashes only on Windows
        parts = entry.orig_filename.removesuffix("/").split("/")
        folded = unicodedata.normalize("NFC", entry.orig_filename).casefold()
        if (
            folded in seen
            or not {"", ".", ".."}.isdisjoint(parts)
            or re.search(r"[\x00-\x1f\\:]", entry.orig_filename)
            or stat.S_ISLNK(entry.external_attr >> 16)
        ):
            raise Refuse("broken")
        seen.add(folded)
