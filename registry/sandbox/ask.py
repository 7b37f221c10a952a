"""The portal's side: starts a process for one file and believes little of what it says."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

HOME = Path(__file__).resolve().parents[2]
# Isolated Python knows neither this folder nor the environment; ours comes last, so it can shadow no library.
PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from registry.sandbox.inside import main; main(*sys.argv[2:])"
)
SECONDS = 20  # by the wall; the parser's processor time is limited to half of it, by itself
ANSWER_BYTES = 8 << 20
NO_SUCH_PAGE = 3

# No variable of the portal reaches the parser: its environment holds no secret.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


class Unparsable(Exception):
    """The parser crashed, ran out of time or memory, or gave an answer that makes no sense."""


def inspect(file: BinaryIO, *, kind: str, max_pages: int) -> tuple[str, int | None]:
    """Ask for the verdict on an open file. `kind`: pdf, jpg or zip.

    Returns ("ok", number of pages or None) or (reason, number that belongs to it or None). Raises Unparsable.
    """
    status, answer = _run(file, "check", kind, str(max_pages))
    try:
        said = json.loads(answer[:4096])
        verdict = said["verdict"]
        number = said["pages"] if verdict == "ok" else said["detail"]
    except (ValueError, TypeError, KeyError) as error:
        raise Unparsable(f"exit {status}, no verdict") from error
    if status != 0 or not isinstance(verdict, str) or not (number is None or type(number) is int):
        raise Unparsable(f"exit {status}, odd verdict")
    if verdict == "ok" and (kind == "zip") != (number is None):
        raise Unparsable("pages missing or made up")
    if verdict == "ok" and number is not None and not 1 <= number <= max_pages:
        raise Unparsable("impossible number of pages")
    return verdict, number


def picture_of(file: BinaryIO, *, page: int, dpi: int) -> bytes:
    """Draw one page of an open PDF or JPEG as WebP. Raises LookupError when there is no such page, Unparsable."""
    status, answer = _run(file, "render", str(page), str(dpi))
    if status == NO_SUCH_PAGE:
        raise LookupError(f"no page {page}")
    if status != 0 or not is_webp(answer):
        raise Unparsable(f"exit {status}, no picture")
    return answer


def is_webp(content: bytes) -> bool:
    """Whether these bytes are a whole WebP file, by its head and the length written there."""
    return (
        content[:4] == b"RIFF"
        and content[8:12] == b"WEBP"
        and int.from_bytes(content[4:8], "little") + 8 == len(content)
    )


def _run(file: BinaryIO, *arguments: str) -> tuple[int, bytes]:
    """Run the parser on the file, whose content must be flushed. Returns its exit status and at most ANSWER_BYTES of answer.

    A new program, not a fork: nothing of the portal's memory, connections or locks goes along. The answer goes to a
    nameless file, so that its size is bounded by the kernel and nobody waits on a pipe.
    """
    file.flush()
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", PROGRAM, str(HOME), *arguments],
            stdin=file,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Unparsable("out of time") from error
        finally:
            # Also on the way out of a worker that is being stopped: no parser outlives its question.
            process.kill()
            process.wait()
        answer.seek(0)
        content = answer.read(ANSWER_BYTES + 1)
    if len(content) > ANSWER_BYTES:
        raise Unparsable("answer too long")
    return status, content
