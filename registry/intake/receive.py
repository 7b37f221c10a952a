"""Receiving a file: into quarantine, counted and hashed, looked at in another process, then stored. Or refused."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from registry.intake import store
from registry.intake.filenames import clean_name, extension_of
from registry.sandbox import ask

MAX_PAGES = 3000

TOO_LARGE, WRONG_TYPE, UNUSABLE = 413, 415, 422


@dataclass(frozen=True)
class Received:
    """A stored file. `path` is relative to MEDIA_ROOT, `size` in bytes, `sha256` hex, `pages` None for an OFD."""

    path: str
    name: str
    media_type: str
    size: int
    sha256: str
    pages: int | None


class Rejected(Exception):
    """The file is not taken and nothing of it is kept. `message` tells the user what to do, `status` is for HTTP."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@dataclass(frozen=True)
class Kind:
    """A kind of file that can be taken: how users call it, its extensions (the usual one first), its media type."""

    label: str
    extensions: tuple[str, ...]
    media_type: str


KINDS = {
    "pdf": Kind("PDF", ("pdf",), "application/pdf"),
    "ofd": Kind("OFD", ("ofd",), "application/ofd"),
    "jpg": Kind("JPG", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg"),
}

# First bytes → what it is. The kinds that can be taken, and those that people send by mistake.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpg"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
    (b"{\\rtf", "rtf"),
    (b"%!PS", "ps"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
)
_OLE = {"doc", "xls", "ppt", "wps", "et", "dps", "msg"}  # one container, told apart only by the extension
_ZIPPED = {"docx", "xlsx", "pptx", "zip"}

# Extensions that mean something; any other last dot ("报告.v2") is part of the name.
_MEANINGFUL = (
    {kind for _, kind in _MAGIC} | _OLE | _ZIPPED | {"ofd", "html", "htm", "txt", "js", "bat", "svg"}
)

_REASONS = {
    "encrypted": "文件已加密，请取消密码后重传",
    "broken": "文件打不开，请重新导出",
    "polyglot": "文件中夹带了其他文件，请重新导出",
    "no-pages": "文件没有页面，请重新导出",
    "too-many-pages": "文件共 {number} 页，超过 {limit} 页，请拆分后上传",
    "javascript": "文件含有脚本（JavaScript），请用“打印为 PDF”重新导出后上传",
    "launch": "文件含有打开其他文件、程序或外发数据的动作，请用“打印为 PDF”重新导出后上传",
    "media": "文件含有音频、视频或三维内容，请用“打印为 PDF”重新导出后上传",
    "embedded": "文件夹带附件，请删除附件后重传，附件可另行上传",
    "xfa": "文件是动态表单（XFA），请用“打印为 PDF”重新导出后上传",
    "dimensions": "文件中的图片尺寸过大，请降低分辨率后重新导出",
    "bomb": "文件内容展开后过大，请重新导出或拆分后上传",
}
_EMPTY = "文件内容为空，请重新选择文件"
_UNCHECKED = "文件未能通过检查，请重新导出后上传"


def receive(
    upload: "UploadedFile[bytes]", *, allowed: Collection[str] = ("pdf", "ofd", "jpg"), max_bytes: int
) -> Received:
    """Check and store an uploaded file. `allowed`: keys of KINDS; `max_bytes`: the most it may weigh.

    The name and the declared type are believed in nothing; what the file is, its bytes say. Raises Rejected with
    status 413 (too large), 415 (wrong type) or 422; in every other case than success nothing stays behind.
    """
    name = upload.name or ""
    if (upload.size or 0) > max_bytes:
        raise _too_large(name, size=upload.size or 0, max_bytes=max_bytes)
    with store.quarantined() as held:
        size, digest = 0, hashlib.sha256()
        upload.seek(0)
        for chunk in upload.chunks(store.BLOCK):
            size += len(chunk)
            if size > max_bytes:  # the declared size may lie
                raise _too_large(name, size=size, max_bytes=max_bytes)
            digest.update(chunk)
            held.file.write(chunk)
        if size == 0:
            raise Rejected(_EMPTY, status=UNUSABLE)
        kind, pages = _examine(held, name=name, allowed=allowed)
        final_name = clean_name(name, extension=_extension(name, kind=kind))
        path = store.shelve(held)
    return Received(path, final_name, KINDS[kind].media_type, size, digest.hexdigest(), pages)


def _examine(held: store.Held, *, name: str, allowed: Collection[str]) -> tuple[str, int | None]:
    """What the file is (a key of KINDS) and how many pages it has. Raises Rejected."""
    held.file.seek(0)
    looks = _recognise(held.file.read(1024), name=name)
    candidate = "ofd" if looks == "zip" else looks
    if looks == "zip" or candidate in allowed:
        try:
            verdict, number = ask.inspect(
                held.file, kind="zip" if looks == "zip" else candidate, max_pages=MAX_PAGES
            )
        except ask.Unparsable as error:
            raise Rejected(_UNCHECKED, status=UNUSABLE) from error
        if verdict.startswith("is-") and verdict[3:] in _ZIPPED:
            raise _wrong_type(verdict[3:], allowed=allowed)
        if candidate not in allowed:
            raise _wrong_type(candidate, allowed=allowed)
        if verdict != "ok":
            message = _REASONS.get(verdict, _UNCHECKED).format(number=number, limit=MAX_PAGES)
            raise Rejected(message, status=UNUSABLE)
        return candidate, number
    extension = extension_of(name)
    if looks == "" and extension in {one for key in allowed for one in KINDS[key].extensions}:
        raise Rejected(_REASONS["broken"], status=UNUSABLE)
    raise _wrong_type(looks or extension, allowed=allowed)


def _recognise(head: bytes, *, name: str) -> str:
    """What the first bytes say: a key of KINDS, another type's extension, or "" for nothing known."""
    # A PDF may only be preceded by what careless servers put there; a longer preface is another file's head.
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t \x00").startswith(b"%PDF-"):
        return "pdf"
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    if found == "doc" and (extension := extension_of(name)) in _OLE:
        return extension
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in {b"heic", b"heix", b"mif1", b"hevc"} else "mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if not found and head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower().startswith(
        (b"<!doctype html", b"<html")
    ):
        return "html"
    return found


def _extension(name: str, *, kind: str) -> str:
    """The extension to keep, with its dot. Raises Rejected when the name says another type than the content."""
    extension = extension_of(name)
    if not extension:
        return f".{KINDS[kind].extensions[0]}"
    if extension in KINDS[kind].extensions:
        return f".{extension}"
    if extension in _MEANINGFUL or any(extension in other.extensions for other in KINDS.values()):
        raise Rejected(
            f"文件名以 .{extension} 结尾，内容却是 {KINDS[kind].label}，请改正文件名后重传", status=WRONG_TYPE
        )
    return f".{KINDS[kind].extensions[0]}"


def _wrong_type(found: str, *, allowed: Collection[str]) -> Rejected:
    labels = [kind.label for key, kind in KINDS.items() if key in allowed]
    choice = "、".join(labels[:-1]) + " 或 " + labels[-1] if len(labels) > 1 else labels[0]
    chosen = f"您选择的是 .{found}" if found else "无法识别您选择的文件"
    return Rejected(f"只能上传 {choice}；{chosen}，请先另存为 {labels[0]}", status=WRONG_TYPE)


def _too_large(name: str, *, size: int, max_bytes: int) -> Rejected:
    shown = clean_name(name, extension=f".{extension_of(name)}" if extension_of(name) else "")
    return Rejected(
        f'"{shown}"为 {_megabytes(size, up=True)} MB，超过 {_megabytes(max_bytes)} MB。可在 WPS"PDF 压缩"后重试',
        status=TOO_LARGE,
    )


def _megabytes(size: int, *, up: bool = False) -> str:
    """Bytes as MB (of 1,048,576) with at most one decimal; a size over the limit never rounds down onto it."""
    tenths = -(-size * 10 // (1 << 20)) if up else size * 10 // (1 << 20)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
