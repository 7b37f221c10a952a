"""The process that opens strangers' files can do nothing else, and is believed little."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry.intake import Rejected
from registry.sandbox import ask
from tests.registry import hostile
from tests.registry.sending import files_below, send


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.mark.parametrize(
    "answer",
    [
        "raise SystemExit(1)",
        "import os; os.abort()",
        'print(\'{"verdict": "ok", "pages": 0}\')',
        'print(\'{"verdict": "ok", "pages": true}\')',
        'print(\'{"verdict": "ok"}\')',
        'print(\'{"verdict": "fine", "detail": null}\')',
        'print(\'{"verdict": "ok", "pages": 1}\'); raise SystemExit(1)',
        "print('[]')",
        "print('ok')",
        "print('x' * 20_000_000)",
        "import time; time.sleep(60)",
    ],
)
def test_any_odd_answer_is_a_refusal(answer: str, monkeypatch, media_root: Path):
    monkeypatch.setattr(ask, "PROGRAM", answer)
    monkeypatch.setattr(ask, "SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(Rejected) as refusal:
        send(hostile.pdf())
    assert (refusal.value.status, refusal.value.message) == (422, "文件未能通过检查，请重新导出后上传")
    assert files_below(media_root) == []
    assert time.monotonic() - began < 10


FORBIDDEN = {
    "network": "import socket; socket.socket()",
    "unix socket": "import socket; socket.socketpair()",
    "fork": "os.fork()",
    "program": "os.execv('/bin/true', ['true'])",
    "thread": "import _thread; _thread.start_new_thread(print, ())",
    "new file": "open('/tmp/intake-escaped', 'w')",
    "kill": "os.kill(os.getppid(), 0)",
    "memory": "bytes(257 << 20)",
    "super-user": "os.setuid(0); assert os.geteuid() != 0; raise PermissionError",
}


@pytest.mark.parametrize("escape", FORBIDDEN)
def test_the_parser_cannot(escape: str):
    program = f"""
import os, sys
sys.path.append(sys.argv[1])
import socket, _thread
from registry.sandbox.confine import confine
confine()
try:
    {FORBIDDEN[escape]}
except (OSError, MemoryError, RuntimeError):
    os._exit(42)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program, str(ask.HOME)], check=False, timeout=30)
    assert done.returncode == 42


def test_the_parser_stops_when_its_processor_time_is_used_up():
    program = """
import resource, sys
sys.path.append(sys.argv[1])
from registry.sandbox import confine
confine.CPU_SECONDS = 1
confine.confine()
while True: pass
"""
    done = subprocess.run([sys.executable, "-I", "-c", program, str(ask.HOME)], check=False, timeout=30)
    assert done.returncode < 0


def test_the_parser_sees_no_secret(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setattr(ask, "PROGRAM", "import json, os; print(json.dumps(dict(os.environ)))")
    with open(tmp_path / "x", "w+b") as file:
        _, answer = ask._run(file)
    assert b"canary" not in answer
    assert set(ask.json.loads(answer)) <= {"PATH", "LANG", "MALLOC_ARENA_MAX", "LC_CTYPE"}


def test_a_check_costs_little():
    send(hostile.pdf())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(3):
        send(hostile.pdf())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 3
    assert spent <= 0.3  # seconds of processor time for one file: what an idle core would need
