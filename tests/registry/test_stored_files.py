"""What was stored stays as it was, and goes out so that it harms nobody."""

import hashlib
import io
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from PIL import Image

from registry import intake
from registry.sandbox import ask
from tests.registry import hostile
from tests.registry.sending import files_below, send


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "2026/aa/../../x",
        "",
        "2026",
        ".quarantine/x",
        ".cache/x",
        "2026/aa/x\x00",
        "2026/aa/" + "A" * 32,
        "2026/aa/" + "a" * 32 + "\n",
        "２０２６/aa/" + "a" * 32,
    ],
)
def test_only_stored_paths_open(path: str):
    with pytest.raises(SuspiciousFileOperation):
        intake.open_stored(path)
    with pytest.raises(SuspiciousFileOperation):
        intake.discard(path)


def test_a_link_out_of_the_store_does_not_open(media_root: Path, tmp_path: Path):
    (media_root / "2026/aa").mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    (media_root / "2026/aa" / ("a" * 32)).symlink_to(secret)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / ("b" * 32)).write_bytes(b"x")
    (media_root / "2026/bb").symlink_to(tmp_path / "outside")
    for path in ("2026/aa/" + "a" * 32, "2026/bb/" + "b" * 32):
        with pytest.raises(SuspiciousFileOperation):
            intake.open_stored(path)


def test_verify_notices_one_changed_bit_and_a_missing_file(media_root: Path):
    received = send(hostile.pdf())
    stored = media_root / received.path
    assert stored.stat().st_mode & 0o777 == 0o440
    stored.chmod(0o640)
    content = bytearray(stored.read_bytes())
    content[50] ^= 1
    stored.write_bytes(content)
    assert not intake.verify(received.path, received.sha256)
    intake.discard(received.path)
    assert not intake.verify(received.path, received.sha256)


def test_content_is_on_disk_before_its_name(monkeypatch):
    order: list[str] = []
    sync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("folder" if os.path.isdir(f"/proc/self/fd/{fd}") else "file"), sync(fd))[1])  # fmt: skip
    monkeypatch.setattr(os, "rename", lambda a, b: (order.append("rename"), rename(a, b))[1])
    send(hostile.pdf())
    assert order[0] == "file"
    assert order[-2:] == ["rename", "folder"]


RECEIVING = """
import sys
from django.conf import settings
settings.configure(MEDIA_ROOT=sys.argv[1])
from django.core.files.uploadedfile import SimpleUploadedFile
from registry.intake import receive
content = open(sys.argv[2], "rb").read()
while True:
    received = receive(SimpleUploadedFile("a.pdf", content), max_bytes=1 << 30)
    print(received.path, flush=True)
"""


def test_a_killed_process_leaves_whole_files_or_none(media_root: Path, tmp_path: Path):
    content = hostile.pdf_with_image(width=2000, height=2000, data=os.urandom(4_000_000))
    (tmp_path / "a.pdf").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    acknowledged: list[str] = []
    for number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", RECEIVING, str(media_root), str(tmp_path / "a.pdf")],
            stdout=subprocess.PIPE,
            cwd=ask.HOME,
        )
        with process:
            acknowledged.append(process.stdout.readline().decode().strip())
            time.sleep(0.037 * number)
            process.kill()
            acknowledged += process.stdout.read().decode().split()
    shelved = [
        path.relative_to(media_root).as_posix()
        for path in files_below(media_root)
        if ".quarantine" not in path.parts
    ]
    assert len(acknowledged) >= 6
    assert set(acknowledged) <= set(shelved)
    assert all(intake.verify(path, sha256) for path in shelved)
    intake.sweep_quarantine(timedelta(0))
    intake.sweep_orphans(set(acknowledged).__contains__, older_than=timedelta(0))
    assert len(files_below(media_root)) == len(acknowledged)


def test_what_dead_processes_left_is_swept(media_root: Path):
    kept, orphan, fresh = (send(hostile.pdf()).path for _ in range(3))
    left = media_root / ".quarantine" / "left"
    left.write_bytes(b"x")
    busy = media_root / ".quarantine" / "busy"
    busy.write_bytes(b"x")
    for path in (left, media_root / kept, media_root / orphan):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert intake.sweep_quarantine(timedelta(hours=1)) == 1
    assert intake.sweep_orphans(lambda path: path == kept, older_than=timedelta(hours=1)) == 1
    assert sorted(files_below(media_root)) == sorted([busy, media_root / kept, media_root / fresh])


def test_what_the_portal_made_itself_is_kept_the_same_way():
    path, sha256 = intake.keep(b"a printed list")
    assert intake.verify(path, sha256)
    with intake.open_stored(path) as file:
        assert file.read() == b"a printed list"


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_a_page_becomes_a_picture_once(media_root: Path, monkeypatch):
    path = send(hostile.pdf_of_pages(3)).path
    drawn = intake.page_image(path, 3)
    shown = picture(drawn)
    assert shown.size == (910, 1287)  # A4 at 110 dots per inch, rounded up
    red, green, blue = shown.getpixel((300, 900))
    assert green > 130 > red
    assert green > 130 > blue
    assert shown.getpixel((10, 10)) == (255, 255, 255)
    monkeypatch.setattr(ask, "PROGRAM", "raise SystemExit(1)")
    assert intake.page_image(path, 3) == drawn
    intake.discard(path)
    assert files_below(media_root) == []


def test_a_hollow_cached_picture_is_drawn_again(media_root: Path):
    path = send(hostile.pdf()).path
    drawn = intake.page_image(path, 1)
    (cached,) = files_below(media_root / ".cache")
    cached.write_bytes(drawn[:100])
    assert intake.page_image(path, 1) == drawn


def test_the_seal_of_a_signature_is_drawn():
    shown = picture(intake.page_image(send(hostile.signed_looking_pdf()).path, 1, dpi=72))
    red, green, _ = shown.getpixel((475, 842 - 125))
    assert red > 200
    assert green < 60


def test_a_photograph_is_shown_no_larger_than_a_sheet():
    shown = picture(intake.page_image(send(hostile.jpeg(width=3000, height=2000), "a.jpg").path, 1))
    assert shown.size == (1286, 857)


@pytest.mark.parametrize("page", [0, -1, 2, 10**9])
def test_no_such_page(page: int):
    for content, name in ((hostile.pdf(), "a.pdf"), (hostile.jpeg(), "a.jpg"), (hostile.ofd(), "a.ofd")):
        with pytest.raises(LookupError):
            intake.page_image(send(content, name).path, page)


def test_vast_pages_are_drawn_smaller_and_absurd_ones_not_at_all():
    large = send(hostile.pdf().replace(b"[0 0 595 842]", b"[0 0 9000 9000]")).path
    width, height = picture(intake.page_image(large, 1)).size
    assert width * height <= 12_100_000
    absurd = send(hostile.pdf().replace(b"[0 0 595 842]", b"[0 0 900000 9000]")).path
    with pytest.raises(intake.Unrenderable):
        intake.page_image(absurd, 1)


def test_the_resolution_is_within_bounds():
    path = send(hostile.pdf()).path
    for dpi in (0, 35, 221, 10_000):
        with pytest.raises(ValueError, match="dpi"):
            intake.page_image(path, 1, dpi=dpi)


@pytest.mark.django_db  # closing an answer ends a request, which looks at connections
def test_a_download_can_do_nothing_to_the_reader():
    content = hostile.pdf()
    received = send(content, "绿色诊断报告.pdf")
    answer = intake.download(received.path, name=received.name, media_type=received.media_type)
    assert b"".join(answer.streaming_content) == content
    answer.close()
    assert {key: answer[key] for key in sorted(answer.headers)} == {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "attachment; filename*=utf-8''%E7%BB%BF%E8%89%B2%E8%AF%8A%E6%96%AD%E6%8A%A5%E5%91%8A.pdf",
        "Content-Length": str(len(content)),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Type": "application/pdf",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
