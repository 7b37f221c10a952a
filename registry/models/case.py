"""Case: any file that is dealt with step by step. One concrete table; each kind adds its particulars.

So events, messages, documents and objections point to a case by a real foreign key, the desk and the
sweep are one query, one trigger guards all states, and `perform` locks one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.db import connection, models
from django.db.models import Q
from django_fsm import FSMField

from greenmfg.memo import once
from registry import roles
from registry.acts import BEGIN, Act, Desk
from registry.models.log import Chained

if TYPE_CHECKING:
    from greenmfg.rulebook import Finding

C = TypeVar("C", bound="Case")


class CaseQuerySet(models.QuerySet[C]):
    """Fetching is permission: every view starts from `visible_to`."""

    def _kinds(self) -> Iterable[type[Case]]:
        return [self.model] if self.model.KIND else Case.kinds.values()

    def visible_to(self, user: Any) -> CaseQuerySet[C]:
        """The cases that this user may see; anonymous users see what is public."""
        where = Q(pk__in=[])
        for kind in self._kinds():
            where |= Q(kind=kind.KIND) & kind.seen_by(user)
        return self.filter(where)

    def awaiting(self, user: Any, *, on: date, kinds: Sequence[type[Case]] = ()) -> CaseQuerySet[C]:
        """The cases that wait for this user on that day: what a role can move, unless another has it.

        `kinds` says of which kinds the rows are, where they are asked of the one table; by default all.
        """
        where = Q(pk__in=[])
        for role in roles.ROLES:
            if not (role.casework and role.held_by(user)):
                continue
            steps = Q(pk__in=[])
            for kind in kinds or self._kinds():
                now, later = kind.called_by(role)
                if now:
                    steps |= Q(kind=kind.KIND, state__in=now)
                if later:
                    steps |= Q(kind=kind.KIND, state__in=later, due_on__lt=on)
            where |= steps & role.cases(user)
        # Asked of those who hold a case, not of the table of all users.
        peers = apps.get_model("registry", "User").objects.filter(role=getattr(user, "role", ""))
        free = Q(handler__isnull=True) | ~Q(handler__in=peers.exclude(pk=user.pk).values("pk"))
        return self.filter(where).filter(free)


class Case(Chained):
    """办理事项. Subclasses declare their life as acts, and the class attributes below."""

    kinds: ClassVar[dict[str, type[Case]]] = {}
    _acts: ClassVar[dict[str, Act]]

    KIND: ClassVar[str] = ""
    LABEL: ClassVar[str] = ""
    PREFIX: ClassVar[str] = ""  # of the case number, such as LC-2026-0147
    RANK: ClassVar[int] = 0  # effects go to a kind of higher rank only, so locks have one order
    DRAFT: ClassVar[str] = ""  # the state of a draft that is made without an event, if the kind has one
    EDITABLE: ClassVar[frozenset[str]] = frozenset()
    # Editable state → the fields that a draft writes there, where several sides write one case. Empty: all.
    WRITTEN: ClassVar[dict[str, frozenset[str]]] = {}
    CLOSED: ClassVar[frozenset[str]] = frozenset()
    PUBLIC: ClassVar[frozenset[str]] = frozenset()
    SEEN_BY: ClassVar[tuple[roles.Role, ...]] = ()
    CONFIDENTIAL: ClassVar[frozenset[str]] = frozenset()  # fields and data whose content the log never keeps
    TONES: ClassVar[dict[str, str]] = {}
    URL: ClassVar[str] = ""  # first part of the address: /applications/<no>/

    class State(models.TextChoices):
        """States of the kind, with the words that a user sees."""

    kind = models.CharField("事项", max_length=20, editable=False)
    no = models.CharField("编号", max_length=20, unique=True, editable=False)
    unit = models.ForeignKey(
        "registry.Unit", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="单位"
    )
    district = models.ForeignKey(
        "registry.District", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区"
    )
    agency = models.ForeignKey(
        "registry.EvaluatorAgency",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="评价机构",
    )
    state = FSMField("状态", max_length=30, default=BEGIN, protected=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    due_on = models.DateField("办理时限", null=True, blank=True)
    handler = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    opened_by = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, related_name="+", verbose_name="发起人"
    )
    opened_at = models.DateTimeField("发起时间")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            # One open case per unit and kind. Objections are exempt: several people may object.
            models.UniqueConstraint(
                fields=["unit", "kind"],
                condition=Q(closed_at__isnull=True) & ~Q(kind__in=["objection"]),
                name="case_one_open_per_unit_and_kind",
            ),
            # An enterprise that registers has no unit yet: one open registration per person.
            models.UniqueConstraint(
                fields=["opened_by"],
                condition=Q(closed_at__isnull=True, kind="registration"),
                name="case_one_open_registration",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "due_on", "id"], name="case_kind_state_due"),
            models.Index(fields=["kind", "due_on", "id"], name="case_kind_due"),
            models.Index(fields=["district", "kind", "state"], name="case_district_kind_state"),
            models.Index(
                fields=["due_on"],
                name="case_due_open",
                condition=Q(due_on__isnull=False, closed_at__isnull=True),
            ),
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("KIND"):
            Case.kinds[cls.KIND] = cls

    def __str__(self) -> str:
        return self.no or self.LABEL

    # --- the life, read from the class body

    @classmethod
    def acts(cls) -> dict[str, Act]:
        """The acts of this kind by name, in the order of the class body."""
        if "_acts" not in cls.__dict__:
            found = [getattr(cls, name).act for name in dir(cls) if hasattr(getattr(cls, name, None), "act")]
            cls._acts = {row.name: row for row in sorted(found, key=lambda row: row.order)}
        return cls._acts

    @classmethod
    def edges(cls) -> set[tuple[str, str]]:
        """The moves that the database allows: (source, target), BEGIN for an insert."""
        found = {(source, row.target) for row in cls.acts().values() for source in row.sources}
        # 撤回 goes the way back.
        found |= {
            (row.target, s) for row in cls.acts().values() if row.undo for s in row.sources if s != BEGIN
        }
        if cls.DRAFT:
            found.add((BEGIN, cls.DRAFT))
        return found

    @classmethod
    def called_by(cls, role: roles.Role) -> tuple[list[str], list[str]]:
        """States that put a case on this role's worklist: at once, and only after the due date."""
        now: set[str] = set()
        later: set[str] = set()
        for row in cls.acts().values():
            if role in row.by and row.desk is not Desk.NEVER:
                (now if row.desk is Desk.NOW else later).update(s for s in row.sources if s != BEGIN)
        return sorted(now), sorted(later - now)

    @classmethod
    def seen_by(cls, user: Any) -> Q:
        """Which cases of this kind this user sees, without the condition on the kind."""
        where = Q(state__in=cls.PUBLIC)
        if not getattr(user, "is_active", False):
            return where
        if cls.DRAFT and not roles.UNIT.held_by(user):
            # An enterprise's people see its drafts as its own; who has left it sees them no more.
            where |= Q(opened_by=user, state=cls.DRAFT)
        for role in cls.SEEN_BY:
            if role.held_by(user):
                filed = Q() if role is roles.UNIT or not cls.DRAFT else ~Q(state=cls.DRAFT)
                where |= role.cases(user) & filed
        return where

    def acts_open_to(self, user: Any, done: Sequence[tuple[str, int | None]] | None = None) -> list[Act]:
        """The acts that this person may now do here: the buttons.

        `done` holds (act, user id) of what was done; it is read from the events when not given and needed.
        """
        rows = [row for row in self.acts().values() if self.state in row.sources and row.may(self, user)]
        if done is None and any(row.apart_from for row in rows):
            done = self.done()
        return [row for row in rows if row.is_apart(user, done or ())]

    def could(self, act: str) -> bool:
        """Is this an act of the case's kind, and possible in its present state? Asks nothing about persons."""
        row = Case.kinds[self.kind].acts().get(act)
        return row is not None and self.state in row.sources

    def done(self) -> list[tuple[str, int | None]]:
        """What was done in this case so far: (act, user id), oldest first."""
        return list(self.events.order_by("seq").values_list("act", "by_id"))

    def returns(self, act: str) -> int:
        """How often this act was done in this case, without what was taken back; counted once for a page."""
        done = self.events.filter(act=act).exclude(caused__act="undo")
        return once(("returns", self.pk, act), done.count)

    def may_edit(self, user: Any) -> bool:
        """May this person change the fields now? In an editable state: those whom the case waits for."""
        return self.state in self.EDITABLE and any(
            row.desk is Desk.NOW and self.state in row.sources and row.may(self, user)
            for row in self.acts().values()
        )

    # --- what a kind may say

    def findings(self, act: str, at: datetime) -> list[Finding]:
        """What the measure says against this act now: the only place where model and law meet."""
        return []

    def lock_before(self, act: str) -> None:
        """Lock what this act must not see changing, before its findings are taken."""

    def due_given(self) -> date | None:
        """The deadline of a GIVEN act when it was not handed over: read from the kind's own fields."""
        return None

    def payload(self) -> dict[str, Any]:
        """What a Submission freezes: the kind's own fields as plain text (None where empty), and which versions
        of which documents lay with them."""
        fields = {
            f.attname: None if f.value_from_object(self) is None else f.value_to_string(self)
            for f in self.own_fields()
        }
        documents = self.documents.current().filed().order_by("kind", "id")
        return fields | {"documents": list(documents.values("id", "kind", "asked", "version", "sha256"))}

    def as_filed(self, payload: dict[str, Any]) -> Self:
        """A copy whose own fields are as a Submission's payload froze them. Not to be saved."""
        filed = copy(self)
        for f in self.own_fields():
            if f.attname in payload:
                text = payload[f.attname]
                setattr(filed, f.attname, None if text is None else f.to_python(text))
        return filed

    # --- small readings

    @classmethod
    def own_fields(cls) -> list[models.Field[Any, Any]]:
        """The fields that the kind adds, without the link to Case."""
        return [f for f in cls._meta.local_concrete_fields if not f.primary_key]

    @property
    def stream(self) -> str:
        return f"case:{self.no}"

    @property
    def state_label(self) -> str:
        """The state in the words that a user sees."""
        kind = Case.kinds[self.kind]
        return str(dict(kind.State.choices).get(self.state, self.state))

    @property
    def tone(self) -> str:
        """Colour of the state's tag."""
        return Case.kinds[self.kind].TONES.get(self.state, "grey")

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def get_absolute_url(self) -> str:
        return f"/{Case.kinds[self.kind].URL}/{self.no}/"


class Edge(models.Model):
    """A move that the database allows. Written from the acts after each migration, read-only to the app."""

    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=30, blank=True)
    target = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source", "target"], name="edge_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.source} → {self.target}"


class Counter(models.Model):
    """The last number given in a series and year."""

    series = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"

    @classmethod
    def next_no(cls, series: str, *, year: int) -> str:
        """The next number, such as LC-2026-0147. Inside a transaction; rolls back with it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO registry_counter (series, year, last) VALUES (%s, %s, 1) "
                "ON CONFLICT (series, year) DO UPDATE SET last = registry_counter.last + 1 RETURNING last",
                [series, year],
            )
            (last,) = cursor.fetchone()
        return f"{series}-{year}-{last:04d}"


class Submission(models.Model):
    """提交版本: what was filed, frozen. The database refuses any change of it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="submissions")
    n = models.PositiveSmallIntegerField()
    payload = models.TextField()
    hash = models.CharField(max_length=64)
    by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "n"], name="submission_case_n")]
        ordering = ["n"]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.n}"
