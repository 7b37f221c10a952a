"""What the office keeps itself: settings, editions, words, holidays. Who may, what fits, and the record of each change.

Forms check shape and show what is said here; `ValidationError` names the field, a `Refused` says why not. Each change
stands in the ledger of its table, written in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from registry.acts import NotYours
from registry.casework import record
from registry.models import Ledger, User
from registry.roles import Role

FIRST_WORDS = "请写明依据（文件名称、文号或者会议纪要）"


def enter(
    ledger: str, what: str, *, by: User, at: datetime, item: str, key: str, fields: dict[str, list[Any]]
) -> None:
    """The event of a change, in the ledger of its table: `fields` holds what differs as [before, after]."""
    record(Ledger(name=ledger), what, by=by, at=at, changes={}, item=item, key=key, fields=fields)


def stand_in(role: Role, by: User, what: str) -> None:
    """Raises NotYours unless this person holds the role."""
    if not role.held_by(by):
        raise NotYours(f"“{what}”由{role.label}办理")
