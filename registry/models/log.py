"""The one history: events in gapless, hash-chained streams.

The event row is the audit log, the timeline and the source of every message. `body` is the canonical
text that the hash covers, stored as written; the other columns are projections of it, which
`verify_log` checks. The database refuses UPDATE, DELETE and TRUNCATE of this table (guards.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from registry.models.people import User

ALGORITHM = "sha256"


def canonical(value: Any) -> str:
    """The one way a value becomes text for hashing: sorted keys, no blanks, Chinese as it is."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(algorithm: str, text: str) -> str:
    """Hex digest of a text in UTF-8 by a named algorithm of hashlib."""
    return hashlib.new(algorithm, text.encode()).hexdigest()


# Never part of an event's changes: they move with every event.
BOOKKEEPING = {"version", "head_seq", "head_hash"}
# Never in the log at all: what must not be read there, and what moves without anybody's doing.
UNLOGGED = {"password", "last_login"}
# What the log says instead of who somebody is (Case.CONFIDENTIAL).
WITHHELD = "已登记"


def values(thing: models.Model) -> dict[str, str | None]:
    """The fields as plain text, by `value_to_string`, without what moves with every event."""
    return {
        f.name: None if f.value_from_object(thing) is None else f.value_to_string(thing)
        for f in thing._meta.concrete_fields
        if f.name not in BOOKKEEPING | UNLOGGED and not f.primary_key
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Name → [before, after] of what differs between two such readings."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def kept_out(changes: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """Changes as the log may keep them for ever: of a secret field only whether there is something."""
    return {
        name: [old and WITHHELD, new and WITHHELD] if name in secret else [old, new]
        for name, (old, new) in changes.items()
    }


def plain_values(data: Mapping[str, Any], *, secret: Collection[str] = ()) -> dict[str, Any]:
    """What was handed to an act, as ids and plain values only; of secret names, at any depth, that they were given."""

    def plain(value: Any) -> Any:
        if isinstance(value, models.Model):
            return value.pk
        if isinstance(value, Mapping):
            return {str(k): WITHHELD if k in secret and v else plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [plain(v) for v in value]
        return value if value is None or isinstance(value, (bool, int, str)) else str(value)

    found: dict[str, Any] = plain(data)
    return found


class Chained(models.Model):
    """What has a stream of events: it carries the stream's head."""

    head_seq = models.PositiveIntegerField(default=0, editable=False)
    head_hash = models.CharField(max_length=64, default="", editable=False, blank=True)

    class Meta:
        abstract = True

    @property
    def stream(self) -> str:
        """The name of this thing's stream, such as `unit:5`."""
        return f"{self._meta.model_name}:{self.pk}"


class Ledger(Chained):
    """A stream for what is no case and no unit: settings, holidays, imports."""

    name = models.CharField("名称", max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.name


class EventQuerySet(models.QuerySet["Event"]):
    """Events as a person may see them."""

    def visible_to(self, user: Any) -> EventQuerySet:
        """Events without the internal ones for those outside the bureau. The case must be visible."""
        if getattr(user, "sees_internal", False):
            return self
        return self.filter(internal=False)


class Event(models.Model):
    """One thing that happened, once and for ever."""

    stream = models.CharField(max_length=60)
    seq = models.PositiveIntegerField()
    case = models.ForeignKey(
        "registry.Case", models.PROTECT, null=True, blank=True, related_name="events", verbose_name="事项"
    )
    unit = models.ForeignKey(
        "registry.Unit", models.PROTECT, null=True, blank=True, related_name="events", verbose_name="单位"
    )
    act = models.CharField("动作", max_length=40)
    label = models.CharField("动作名称", max_length=40)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30, blank=True)
    by = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人"
    )
    act_for = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField("时间")
    article = models.PositiveSmallIntegerField(null=True, blank=True)
    edition = models.CharField(max_length=20, blank=True)
    op = models.CharField(max_length=80, null=True, blank=True, unique=True)
    bulk = models.CharField(max_length=40, blank=True)
    caused_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="caused")
    reason = models.TextField("说明", blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    internal = models.BooleanField(default=False)
    body = models.TextField()
    alg = models.CharField(max_length=10, default=ALGORITHM)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_stream_seq")]
        indexes = [
            models.Index(fields=["case", "seq"], name="event_case_seq"),
            models.Index(fields=["by", "-at"], name="event_by_at"),
        ]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.act}"

    # The columns that repeat what the body says; verify_log compares them.
    PROJECTED = (
        "stream",
        "seq",
        "case_id",
        "unit_id",
        "act",
        "label",
        "from_state",
        "to_state",
        "by_id",
        "act_for",
        "article",
        "edition",
        "op",
        "bulk",
        "caused_by_id",
        "reason",
        "request_id",
        "internal",
        "prev_hash",
    )

    def facts(self) -> dict[str, Any]:
        """The body read back."""
        result: dict[str, Any] = json.loads(self.body)
        return result

    @property
    def changes(self) -> dict[str, list[Any]]:
        """Field name → [old text, new text], as `value_to_string` wrote them."""
        found: dict[str, list[Any]] = self.facts().get("changes", {})
        return found

    @property
    def data(self) -> dict[str, Any]:
        """What was handed to the act, as plain values."""
        found: dict[str, Any] = self.facts().get("data", {})
        return found

    @staticmethod
    def stamp(at: datetime) -> str:
        """A moment as it stands in a body: UTC with microseconds."""
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @classmethod
    def write(
        cls,
        holder: Chained,
        *,
        act: str,
        label: str,
        at: datetime,
        by: User | None,
        changes: dict[str, list[Any]] | None = None,
        data: dict[str, Any] | None = None,
        **columns: Any,
    ) -> Event:
        """Append to the holder's stream and move its head in memory; the caller saves the head.

        The caller holds the row lock of `holder`, so seq is gapless and the chain has no fork.
        """
        event = cls(
            stream=holder.stream,
            seq=holder.head_seq + 1,
            act=act,
            label=label,
            at=at,
            by=by,
            alg=ALGORITHM,
            prev_hash=holder.head_hash,
            **columns,
        )
        facts: dict[str, Any] = {name: getattr(event, name) for name in cls.PROJECTED}
        facts |= {"at": cls.stamp(at), "changes": changes or {}, "data": data or {}}
        event.body = canonical(facts)
        event.hash = digest(event.alg, event.body)
        event.save(force_insert=True)
        holder.head_seq, holder.head_hash = event.seq, event.hash
        return event
