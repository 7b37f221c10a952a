"""Reading a workbook's values in a process of its own that can do nothing else; plain rows come back.

A workbook is a zip full of XML from a stranger: it may unfold to any size. The parser gets a small address space,
little time, no network and no files; what it is killed for costs nobody else anything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from registry.sandbox.confine import ANSWER_BYTES, confine

HOME = Path(__file__).resolve().parents[2]
# Isolated Python knows neither this folder nor the environment; ours comes last, so it can shadow no library.
PROGRAM = "import sys; sys.path.append(sys.argv[1]); from registry.resources.workbook import main; main(*sys.argv[2:])"
SECONDS = 20


class Unusable(Exception):
    """The workbook cannot be read: damaged, encrypted, too large, or it took too much time or memory."""


@dataclass(frozen=True)
class Page:
    """A visible sheet: its rows of texts from A1 on. Of the first such sheet (of each where asked) also, counted from 0, the
    (row, column) of cells that hold a formula, and the merged ranges as (first row, first column, last row, last column)."""

    name: str
    rows: list[list[str]]
    formulas: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


def sheets_in(content: bytes, *, max_rows: int, max_columns: int, every: bool = False) -> list[Page]:
    """The visible sheets that are not empty, in their order; `every`: all of them are looked through for formulas and
    merged cells, not the first alone. Raises Unusable with a Chinese sentence."""
    asked = [str(HOME), str(max_rows), str(max_columns), str(int(every))]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(content)
        source.flush()
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", PROGRAM, *asked],
            stdin=source,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,
        )
        try:
            process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Unusable("表格内容过于复杂，读取超时") from error
        finally:
            process.kill()
            process.wait()
        answer.seek(0)
        try:
            said: dict[str, Any] = json.loads(answer.read(ANSWER_BYTES + 1))
        except ValueError as error:
            raise Unusable("表格损坏或者展开后过大，无法读取") from error
    if "problem" in said:
        raise Unusable(said["problem"])
    return [
        Page(name, rows, frozenset(map(tuple, formulas)), tuple(map(tuple, merged)))
        for name, rows, formulas, merged in said["sheets"]
    ]


def main(max_rows: str, max_columns: str, every: str) -> None:
    """The other process: the workbook comes in as standard input, the answer goes out as JSON."""
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as answer:
        source.seek(0)
        answer.write(
            json.dumps(
                _read(source, int(max_rows), int(max_columns), every == "1"), ensure_ascii=False
            ).encode()
        )
    os._exit(0)


def _read(source: Any, max_rows: int, max_columns: int, every: bool) -> dict[str, Any]:
    import python_calamine as calamine

    from registry.resources import formulas  # loads what it needs before the doors close

    confine()
    try:
        book = calamine.load_workbook(source)
        shown = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ is calamine.SheetTypeEnum.WorkSheet
            and meta.visible is calamine.SheetVisibleEnum.Visible
        ]
        found: list[tuple[str, list[list[str]], list[tuple[int, int]], list[tuple[int, ...]]]] = []
        for name in shown:
            sheet = book.get_sheet_by_name(name)
            height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
            if height > max_rows or width > max_columns:
                return {
                    "problem": f"工作表“{name}”范围过大（{height} 行、{width} 列），"
                    f"最多 {max_rows} 行、{max_columns} 列"
                }
            rows = [[_text(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
            if not any(any(row) for row in rows):
                continue
            looked = every or not found
            merged = [(*start, *end) for start, end in sheet.merged_cell_ranges or ()] if looked else []
            found.append((name, rows, formulas.in_sheet(source, name) if looked else [], merged))
    except calamine.PasswordError:
        return {"problem": "表格设有密码，请取消密码后重新保存"}
    except formulas.TooMany:
        return {"problem": "表格中公式过多，请复制后以“数值”粘贴，再保存"}
    except (calamine.CalamineError, OSError, ValueError):
        return {"problem": "表格损坏，无法读取"}
    except MemoryError:
        return {"problem": "表格展开后过大，无法读取"}
    return {"sheets": found}


def _text(value: Any) -> str:
    """A cell as a person sees it: 3.0 is 3, a day is 2018-10-29."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)
