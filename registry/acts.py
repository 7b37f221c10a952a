"""What a case class needs to declare its life: one decorated method per act.

From the row alone come the button and its label, the permission, the worklist, the addressees, the
deadline, the citation on the timeline, the edge that the database allows, the line in the state
diagram, and the tests. `perform` in casework.py is the only caller of the decorated methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from django_fsm import transition

if TYPE_CHECKING:
    from greenmfg.rulebook import Finding
    from registry.roles import Role

BEGIN = ""  # the state before an opening act
GIVEN = "given"  # the deadline is the date that the act was given (`due_on=`)
KEEP = "keep"  # the running deadline goes on

F = TypeVar("F", bound=Callable[..., Any])


class Desk(Enum):
    """When does an act put its case on somebody's worklist?"""

    NOW = "now"
    AFTER_DUE = "after_due"  # only once the case's due date has passed: it waits for that day
    NEVER = "never"  # may be done, but nobody waits for it (withdrawing, giving up)


class _Via:
    """Marks an act that only follows from another: no button, no worklist."""

    def __repr__(self) -> str:
        return "VIA"


VIA = _Via()


@dataclass(frozen=True)
class Act:
    """One row of a life. `by` is empty for an act that only follows from another."""

    name: str
    label: str
    article: int | None
    sources: tuple[str, ...]
    target: str
    by: tuple[Role, ...]
    tells: tuple[Role, ...] = ()
    due: str | None = None
    internal: bool = False
    apart_from: tuple[str, ...] = ()
    undo: bool = False
    submits: bool = False
    desk: Desk = Desk.NOW
    needs_reason: bool = False
    order: int = field(default=0, compare=False)

    @property
    def opens(self) -> bool:
        """Does this act open its case?"""
        return BEGIN in self.sources

    @property
    def follows(self) -> bool:
        """Does this act only follow from another?"""
        return not self.by

    def may(self, case: Any, user: Any) -> bool:
        """Does this user hold one of the act's roles towards this case?"""
        return any(role.may(case, user) for role in self.by)

    def is_apart(self, user: Any, done: Iterable[tuple[str, int | None]]) -> bool:
        """Two persons: has this user done none of the acts that another must have done?

        `done` holds (act, user id). Whoever drew up a paper may not sign it, even if somebody else redrew it.
        """
        return not any(name in self.apart_from and by == user.pk for name, by in done)


def act(
    label: str,
    *,
    article: int | None,
    source: str | Sequence[str],
    target: str,
    by: Role | Iterable[Role] | _Via,
    tells: Iterable[Role] = (),
    due: str | None = None,
    internal: bool = False,
    apart_from: Iterable[str] = (),
    undo: bool = False,
    submits: bool = False,
    desk: Desk = Desk.NOW,
    needs_reason: bool = False,
) -> Callable[[F], F]:
    """Declare an act on a case class: a thin skin over the state machine's `transition`.

    `label` is the button; `article` the article of the measure it is done under (None where the measure
    is silent); `source` one state, several, or BEGIN; `by` the roles that may, or VIA; `tells` the roles
    that get a message; `due` the setting that dates the step that now begins (or GIVEN, KEEP);
    `internal` keeps the event off the enterprise's timeline; `apart_from` names acts that must have been
    done by another person; `undo` allows 撤回 within the undo window; `submits` freezes a Submission;
    `desk` says when the act calls somebody; `needs_reason` makes the words compulsory.
    The decorated body gets `by`, `at` and the act's data, sets fields, and returns its effects.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)
    roles: tuple[Role, ...]
    if isinstance(by, _Via):
        roles = ()
    elif isinstance(by, Iterable):
        roles = tuple(by)
    else:
        roles = (by,)

    def skin(body: F) -> F:
        row = Act(
            name=body.__name__,
            label=label,
            article=article,
            sources=sources,
            target=target,
            by=roles,
            tells=tuple(tells),
            due=due,
            internal=internal,
            apart_from=tuple(apart_from),
            undo=undo,
            submits=submits,
            desk=desk,
            needs_reason=needs_reason,
            order=body.__code__.co_firstlineno,
        )
        wrapped = transition(field="state", source=list(sources), target=target, custom={"act": row})(body)
        wrapped.act = row
        return wrapped  # type: ignore[no-any-return]

    return skin


@dataclass(frozen=True, init=False)
class Then:
    """An effect: this act of that case follows. An unsaved case means that the act opens it."""

    case: Any
    act: str
    data: dict[str, Any]

    def __init__(self, case: Any, act: str, **data: Any) -> None:
        object.__setattr__(self, "case", case)
        object.__setattr__(self, "act", act)
        object.__setattr__(self, "data", data)


@dataclass(frozen=True, init=False)
class Edit:
    """An effect on what is no case: an entry in the stream of an entity, unit or person, caused by the act.

    `changes` maps field names to their new values, which are set and saved; empty for what the body wrote itself.
    """

    subject: Any
    what: str
    changes: dict[str, Any]
    data: dict[str, Any]

    def __init__(
        self, subject: Any, what: str, *, changes: dict[str, Any] | None = None, **data: Any
    ) -> None:
        object.__setattr__(self, "subject", subject)
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "changes", changes or {})
        object.__setattr__(self, "data", data)


class Refused(Exception):
    """An act was not carried out; nothing has changed. `message` is Chinese and says why."""

    status = 400

    def __init__(self, message: str, *, case: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.case = case


class NotNow(Refused):
    """Somebody was faster, or the case is not in a state for this act."""

    status = 409


class NotYours(Refused):
    """This person may not do this act."""

    status = 403


class AgainstRule(Refused):
    """The measure stands against it. `findings` cite the articles; `needs_reason` if words would do."""

    status = 422

    def __init__(
        self, message: str, *, findings: Sequence[Finding] = (), case: Any = None, needs_reason: bool = False
    ) -> None:
        super().__init__(message, case=case)
        self.findings = list(findings)
        self.needs_reason = needs_reason
