"""The program of the separate process. The file comes in as standard input, the answer goes out by standard output.

check KIND MAX_PAGES   {"verdict": "ok", "pages": n or null} or {"verdict": reason, "detail": n or null}
render PAGE DPI        the page as WebP; exit status NO_SUCH_PAGE when there is none
"""

import json
import os
from collections.abc import Callable
from typing import BinaryIO

from registry.sandbox.confine import confine
from registry.sandbox.verdict import Refuse


def main(action: str, *words: str) -> None:
    """Answer one question and end the process."""
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as answer:
        source.seek(0)  # the portal shares the place it had reached
        if action == "render":
            status = _render(source, answer, page=int(words[0]), dpi=int(words[1]))
        else:
            status = 0
            answer.write(json.dumps(_check(source, kind=words[0], max_pages=int(words[1]))).encode())
    os._exit(status)  # nothing to tidy up, and no parser gets a last word


def _render(source: BinaryIO, answer: BinaryIO, *, page: int, dpi: int) -> int:
    from registry.sandbox.pictures import render

    confine()
    return render(source, answer, page=page, dpi=dpi)


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
