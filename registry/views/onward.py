"""What rooms above add to the pages of an application: the places are here, what stands there is theirs.

A room joins in its AppConfig.ready(), so that this room need not know it (docs/decisions/0012-third-party-check.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.models import PoolApplication, User


@dataclass(frozen=True)
class Way:
    """A way on that begins on a page of another room, offered among the decisions.

    `act` is the application's act that follows from it; `key` the letter that chooses it.
    """

    act: str
    note: str
    key: str
    url: str

    @property
    def choice(self) -> dict[str, Any]:
        """As `radio_cards.html` shows it."""
        return {
            "value": self.act,
            "label": PoolApplication.acts()[self.act].label,
            "note": self.note,
            "key": self.key,
            "code": f"Key{self.key}",
        }


@dataclass(frozen=True)
class Panel:
    """A panel of another room on the review page: `template` is drawn with `panel`, these values."""

    template: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Room:
    """What one room brings. Each function is given the application and the person, who sees it."""

    ways: Callable[[PoolApplication, User], list[Way]]
    panels: Callable[[PoolApplication, User], list[Panel]]
    home: Callable[[PoolApplication, User], str]  # where this person works on it instead of here; or empty
    own: Callable[[PoolApplication, User], str]  # where the applicant scores itself item by item; or empty
    mine: Callable[
        [User], list[dict[str, Any]]
    ]  # what waits for an enterprise's person in the room, for 我的事项


_rooms: list[Room] = []


def join(room: Room) -> None:
    """Called once by each room, in the order of the installed apps."""
    _rooms.append(room)


def ways(case: PoolApplication, user: User) -> list[Way]:
    """The ways on that are open to this person now."""
    return [way for room in _rooms for way in room.ways(case, user)]


def panels(case: PoolApplication, user: User) -> list[Panel]:
    """What the rooms tell this person about the application."""
    return [panel for room in _rooms for panel in room.panels(case, user)]


def own(case: PoolApplication, user: User) -> str:
    """Where the applicant answers a scheme item by item; empty where none is in force."""
    return next((url for room in _rooms if (url := room.own(case, user))), "")


def mine(user: User) -> list[dict[str, Any]]:
    """The rows of 我的事项 that are not applications: {title, sub, url, tag, due…, waits: for this enterprise}."""
    return [row for room in _rooms for row in room.mine(user)]


def home(case: PoolApplication, user: User) -> str:
    """Where this person works on the application, if that is in another room; else empty."""
    return next((url for room in _rooms if (url := room.home(case, user))), "")
