"""Proves that the log is whole: every chain link by link, every column against the body it repeats.

Reads in one snapshot, so it may run while people work. It trusts nothing that is stored except the bodies,
and those only as far as their hash leads to the head that the stream's holder carries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from registry.models import Case, Chained, Event, Ledger
from registry.models.log import digest

# Columns in the order in which a row is read; `at` is compared as the stamp that a body carries.
_PLAIN = Event.PROJECTED
_COLUMNS = (*_PLAIN, "at", "body", "alg", "hash")
_CHUNK = 2000


class Broken(Exception):
    """The first break: in which stream, at which event (0: the stream as a whole), and what is wrong."""

    def __init__(self, stream: str, seq: int, problem: str) -> None:
        super().__init__(f"{stream}#{seq}：{problem}")
        self.stream, self.seq, self.problem = stream, seq, problem


@dataclass(frozen=True)
class Verified:
    """What was found whole."""

    events: int
    streams: int
    holders: int


@dataclass
class _Head:
    """What a holder says about its stream; a case also says in which state it stands."""

    seq: int
    hash: str
    stands_in: str | None = None
    begun: bool = False  # may it stand without any event?


def verify(stream: str = "") -> Verified:
    """Check all chains, or only that of one stream. Returns the counts; raises Broken at the first break.

    Raises Broken as well when a named stream has neither holder nor events.
    """
    with _snapshot():
        heads = _heads(stream)
        holders = len(heads)
        if stream and not heads and not Event.objects.filter(stream=stream).exists():
            raise Broken(stream, 0, "没有这条记录链")
        events = streams = 0
        walk: _Walk | None = None
        for row in _rows(stream):
            if walk is None or walk.stream != row["stream"]:
                if walk is not None:
                    walk.end(heads.pop(walk.stream, None))
                walk = _Walk(row["stream"])
                streams += 1
            walk.step(row)
            events += 1
        if walk is not None:
            walk.end(heads.pop(walk.stream, None))
        for name, head in sorted(heads.items()):
            if head.seq or head.hash:
                raise Broken(name, head.seq, f"链头记为第 {head.seq} 条，但没有任何记录")
            if not head.begun:
                raise Broken(name, 0, f"状态为“{head.stands_in}”，但没有任何记录")
    return Verified(events=events, streams=streams, holders=holders)


class _Walk:
    """One stream, from its first event to its head."""

    def __init__(self, stream: str) -> None:
        self.stream, self.seq, self.hash = stream, 0, ""
        self.left_in: str | None = None

    def step(self, row: dict[str, Any]) -> None:
        """The next event. Raises Broken."""
        seq: int = row["seq"]
        if seq != self.seq + 1:
            raise self._broken(seq, f"序号不连续，前一条为第 {self.seq} 条")
        if row["prev_hash"] != self.hash:
            raise self._broken(seq, "与前一条的哈希不衔接")
        try:
            found = digest(row["alg"], row["body"])
        except ValueError:
            raise self._broken(seq, f"未知的哈希算法“{row['alg']}”") from None
        if found != row["hash"]:
            raise self._broken(seq, "正文与哈希不符")
        self._compare(row)
        if row["to_state"]:
            # An edit that is no act has no states; between two acts nothing else may move the case.
            if self.left_in is not None and row["from_state"] != self.left_in:
                raise self._broken(seq, f"由“{row['from_state']}”开始，但上一动作止于“{self.left_in}”")
            self.left_in = row["to_state"]
        self.seq, self.hash = seq, found

    def _compare(self, row: dict[str, Any]) -> None:
        try:
            facts = json.loads(row["body"])
            stamp = row["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            if facts["at"] != stamp:
                raise self._broken(row["seq"], f"列 at 为 {stamp}，正文为 {facts['at']}")
            for name in _PLAIN:
                if facts[name] != row[name]:
                    raise self._broken(row["seq"], f"列 {name} 为 {row[name]!r}，正文为 {facts[name]!r}")
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(row["seq"], f"正文不可读（{type(error).__name__}: {error}）") from error

    def end(self, head: _Head | None) -> None:
        """The stream is over: is this what its holder says? Raises Broken."""
        if head is None:
            raise self._broken(self.seq, "记录存在，但所属对象不存在")
        if head.seq != self.seq:
            raise self._broken(self.seq, f"链头记为第 {head.seq} 条，最后一条为第 {self.seq} 条")
        if head.hash != self.hash:
            raise self._broken(self.seq, "链头哈希与最后一条不符")
        if head.stands_in is not None and self.left_in is not None and head.stands_in != self.left_in:
            raise self._broken(self.seq, f"事项现为“{head.stands_in}”，但最后的动作止于“{self.left_in}”")

    def _broken(self, seq: int, problem: str) -> Broken:
        return Broken(self.stream, seq, problem)


def _heads(stream: str) -> dict[str, _Head]:
    """Stream name → what its holder carries, for every table whose rows have a stream."""
    found: dict[str, _Head] = {}
    named = _brought_in()
    for model in apps.get_models():
        if not issubclass(model, Chained) or "head_seq" not in {f.name for f in model._meta.local_fields}:
            continue  # a kind of case has its head in the Case row
        extra = ("kind", "no", "state") if model is Case else ()
        rows = model._default_manager.only("pk", "head_seq", "head_hash", *extra).order_by()
        for holder in rows.iterator(chunk_size=_CHUNK):
            if stream and holder.stream != stream:
                continue
            head = _Head(holder.head_seq, holder.head_hash, begun=True)
            if isinstance(holder, Case):
                kind = Case.kinds.get(holder.kind)
                head.stands_in = holder.state
                is_draft = kind is not None and bool(kind.DRAFT) and holder.state == kind.DRAFT
                head.begun = is_draft or (holder.state == "imported" and holder.no in named)
            found[holder.stream] = head
    return found


def _brought_in() -> set[str]:
    """Numbers of the lists that an import made: its one event, in the ledger, stands for all of them."""
    imports = Event.objects.filter(stream=Ledger(pk="imports").stream).order_by("seq")
    return {no for event in imports for no in event.data.get("lists", [])}


def _rows(stream: str) -> Iterator[dict[str, Any]]:
    """The events in the order of their chains, through a cursor on the server."""
    events = Event.objects.order_by("stream", "seq")
    if stream:
        events = events.filter(stream=stream)
    for values in events.values_list(*_COLUMNS).iterator(chunk_size=_CHUNK):
        yield dict(zip(_COLUMNS, values, strict=True))


@contextmanager
def _snapshot() -> Iterator[None]:
    """One moment for heads and events alike. Inside a transaction that is already open, that one is it."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
