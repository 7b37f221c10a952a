"""The lives of all kinds of case as diagrams, drawn from the acts. `docs/states.md` is this text."""

from __future__ import annotations

from collections.abc import Iterator

from greenmfg.rulebook import cite
from registry.acts import BEGIN, Act
from registry.models import Case

HEAD = """# The life of each case

Drawn from the acts by `python manage.py draw_states`; a test holds that it is current. Do not edit by hand.

An arrow says: act · who · article. 随上级事项 marks an act that only follows from another; ↶ one that the same
person may take back within the undo window (`undo_seconds`), which leads back along the arrow; ② one that must be
done by another person than the one who drew up the paper.
"""


def all_states() -> str:
    """All kinds of case as one Markdown text with mermaid diagrams, in the order of their ranks."""
    kinds = sorted(Case.kinds.values(), key=lambda kind: (kind.RANK, kind.KIND))
    return HEAD + "".join(f"\n{_section(kind)}" for kind in kinds)


def diagram(kind: type[Case]) -> str:
    """One kind's life as a mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(kind))])


def _section(kind: type[Case]) -> str:
    return f"## {kind.LABEL} `{kind.KIND}`\n\n```mermaid\n{diagram(kind)}\n```\n"


def _lines(kind: type[Case]) -> Iterator[str]:
    for value, label in kind.State.choices:
        yield f'state "{label}" as {value}'
    if kind.DRAFT:
        yield f"[*] --> {kind.DRAFT} : 新建草稿"
    for row in kind.acts().values():
        for source in row.sources:
            yield f"{'[*]' if source == BEGIN else source} --> {row.target} : {_words(row)}"
    sources = {source for row in kind.acts().values() for source in row.sources}
    for value, _ in kind.State.choices:
        if value not in sources:
            yield f"{value} --> [*]"


def _words(row: Act) -> str:
    who = "随上级事项" if row.follows else "、".join(role.label for role in row.by)
    marks = ("②" if row.apart_from else "") + ("↶" if row.undo else "")
    parts = [row.label + marks, who]
    if row.article is not None:
        parts.append(cite(row.article))
    return " · ".join(parts)
