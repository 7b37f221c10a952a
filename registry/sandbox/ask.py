"""The portal's side: starts a process for one file and believes little of what it says."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

HOME = Path(__file__).resolve().parents[2]
# Isolated Python knows neither this folder nor the environment; ours comes last, so it can shadow no library.
PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from registry.sandbox.inside import main; main(*sys.argv[2:])"
)
SECONDS = 20  # by the wall; the parser's processor time is limited to half of it, by itself
ANSWER_BYTES = 8 << 20
MERGE_WAIT = 60  # seconds by the wall that joining may take
NO_SUCH_PAGE = 3

# No variable of the portal reaches the parser: its environment holds no secret.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


class Unparsable(Exception):
    """The parser crashed, ran out of time or memory, or gave an answer that makes no sense."""


class Unjoinable(Exception):
    """The files could not be joined. `part` is the number of the one that stands in the way, if it is known."""

    def __init__(self, part: int | None) -> None:
        super().__init__(part)
        self.part = part


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


def merge(
    plan: dict[str, Any], files: Sequence[BinaryIO], *, signs: BinaryIO, into: BinaryIO, max_bytes: int
) -> None:
    """Join open files into one PDF, written into `into`. `plan` as in merging.py, its parts in the order of `files`
    but for their descriptors, which are filled in here.

    Raises Unjoinable with the number of the file that stands in the way, None where none can be named.
    """
    parts = [part | {"fd": file.fileno()} for part, file in zip(plan["parts"], files, strict=True)]
    fds = [file.fileno() for file in (*files, signs, into)]
    with tempfile.TemporaryFile() as words:
        words.write(json.dumps(plan | {"parts": parts, "signs": signs.fileno()}).encode())
        try:
            status, answer = _run(
                words, "merge", str(into.fileno()), str(max_bytes), seconds=MERGE_WAIT, keep_open=fds
            )
            said = json.loads(answer[:4096])
            verdict, which = said["verdict"], said.get("detail")
        except (Unparsable, ValueError, TypeError, KeyError) as error:
            raise Unjoinable(None) from error
    if status != 0 or verdict != "ok":
        raise Unjoinable(which if type(which) is int and 0 <= which < len(parts) else None)


def is_webp(content: bytes) -> bool:
    """Whether these bytes are a whole WebP file, by its head and the length written there."""
    return (
        content[:4] == b"RIFF"
        and content[8:12] == b"WEBP"
        and int.from_bytes(content[4:8], "little") + 8 == len(content)
    )


def _run(
    file: BinaryIO, *arguments: str, seconds: float = 0, keep_open: Sequence[int] = ()
) -> tuple[int, bytes]:
    """Run the parser on the file, whose content must be flushed. Returns its exit status and at most ANSWER_BYTES of answer.

    A new program, not a fork: nothing of the portal's memory, connections or locks goes along. The answer goes to a
    nameless file, so that its size is bounded by the kernel and nobody waits on a pipe. `seconds`: SECONDS unless told;
    `keep_open`: descriptors that the parser gets besides.
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
            pass_fds=keep_open,
        )
        try:
            status = process.wait(timeout=seconds or SECONDS)
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
