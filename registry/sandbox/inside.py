"""The program of the separate process. The file comes in as standard input, the answer goes out by standard output.

check KIND MAX_PAGES   {"verdict": "ok", "pages": n or null} or {"verdict": reason, "detail": n or null}
render PAGE DPI        the page as WebP; exit status NO_SUCH_PAGE when there is none
merge FD MAX_BYTES     what came in is a plan, and names files that are open already: the PDF goes out by FD,
                       {"verdict": "ok", "pages": null} or the reason and the part's number as above by standard output
"""

import json
import os
from collections.abc import Callable
from typing import BinaryIO

from registry.sandbox.confine import confine
from registry.sandbox.verdict import Refuse

MERGE_MEMORY = 768 << 20  # bytes: the objects of all files together, and one stream at a time
MERGE_SECONDS = 40  # of processor time


def main(action: str, *words: str) -> None:
    """Answer one question and end the process."""
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as answer:
        source.seek(0)  # the portal shares the place it had reached
        if action == "render":
            status = _render(source, answer, page=int(words[0]), dpi=int(words[1]))
        elif action == "merge":
            status = 0
            answer.write(json.dumps(_merge(source, fd=int(words[0]), max_bytes=int(words[1]))).encode())
        else:
            status = 0
            answer.write(json.dumps(_check(source, kind=words[0], max_pages=int(words[1]))).encode())
    os._exit(status)  # nothing to tidy up, and no parser gets a last word


def _render(source: BinaryIO, answer: BinaryIO, *, page: int, dpi: int) -> int:
    from registry.sandbox.pictures import render

    confine()
    return render(source, answer, page=page, dpi=dpi)


def _merge(source: BinaryIO, *, fd: int, max_bytes: int) -> dict[str, object]:
    from registry.sandbox.merging import merge

    plan = json.loads(source.read())
    with open(fd, "r+b") as joined:
        confine(
            memory=MERGE_MEMORY, seconds=MERGE_SECONDS, answer_bytes=max_bytes, files=len(plan["parts"]) + 32
        )
        try:
            merge(plan, joined)
            joined.flush()
        except Refuse as refusal:
            return {"verdict": refusal.verdict, "detail": refusal.detail}
        except (MemoryError, OSError):  # the second: more output than allowed
            return {"verdict": "bomb", "detail": None}
        except Exception:  # the library knows many; none of them may leave without a word
            return {"verdict": "broken", "detail": None}
        return {"verdict": "ok", "pages": None}


def _check(source: BinaryIO, *, kind: str, max_pages: int) -> dict[str, object]:
    check: Callable[..., int | None]
    # Each library takes a tenth of a second to load, so only the one that is needed.
    if kind == "pdf":
        from registry.sandbox.pdf import MEMORY, check_pdf

        confine(memory=MEMORY)
        check = check_pdf
    elif kind == "jpg":
        from registry.sandbox.pictures import check_jpg

        confine()
        check = check_jpg
    else:
        from registry.sandbox.zipped import check_zip

        confine()
        check = check_zip
    try:
        return {"verdict": "ok", "pages": check(source, max_pages=max_pages)}
    except Refuse as refusal:
        return {"verdict": refusal.verdict, "detail": refusal.detail}
    except MemoryError:
        return {"verdict": "bomb", "detail": None}
    except RecursionError:
        return {"verdict": "broken", "detail": None}
