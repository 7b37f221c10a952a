"""What differs between two texts of a scheme, cell by cell, in the words of its workbook."""

from __future__ import annotations

from typing import NamedTuple

from evaluation.books.layout import BRACKETS, GAUGES, HEAD, ITEMS, LEAVES, SECTIONS, STEPS, Leaf, Row, told
from evaluation.scheme import Scheme

# What tells a row of a sheet from the others.
_KEYS = {
    HEAD.name: (),
    SECTIONS.name: ("code",),
    ITEMS.name: ("code",),
    GAUGES.name: ("item", "code"),
    BRACKETS.name: ("item", "gauge", "least"),
    STEPS.name: ("item", "gauge", "bound"),
}


class Difference(NamedTuple):
    """One thing that is not the same: `before` is empty for what is new, `after` for what is gone."""

    name: str
    before: str
    after: str


def differences(old: Scheme, new: Scheme) -> list[Difference]:
    """All that differs, in the order of the workbook; empty only for equal schemes."""
    if old == new:
        return []
    before, after = told(old), told(new)
    found: list[Difference] = []
    for leaf in LEAVES:
        was, now = _keyed(leaf, before[leaf.name]), _keyed(leaf, after[leaf.name])
        for key in [*was, *(one for one in now if one not in was)]:
            found += _of_row(leaf, " ".join(key), was.get(key), now.get(key))
        both = [key for key in was if key in now]
        if both != [key for key in now if key in was]:
            found.append(Difference(f"{leaf.name}的次序", _order(both), _order([k for k in now if k in was])))
    return found


def _keyed(leaf: Leaf, rows: list[Row]) -> dict[tuple[str, ...], Row]:
    return {tuple(row[name] for name in _KEYS[leaf.name]): row for row in rows}


def _of_row(leaf: Leaf, key: str, was: Row | None, now: Row | None) -> list[Difference]:
    name = f"{leaf.name} {key}".strip()
    if was is None or now is None:
        return [Difference(name, _whole(leaf, was), _whole(leaf, now))]
    return [
        Difference(f"{name} {column.heading}", was[column.attribute], now[column.attribute])
        for column in leaf.columns
        if was[column.attribute] != now[column.attribute]
    ]


def _whole(leaf: Leaf, row: Row | None) -> str:
    if row is None:
        return ""
    cells = [(column.heading, row[column.attribute]) for column in leaf.columns]
    return "；".join(f"{heading} {text}" for heading, text in cells if text)


def _order(keys: list[tuple[str, ...]]) -> str:
    return "、".join(" ".join(key) for key in keys)
