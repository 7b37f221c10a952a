"""The schemes that the portal brings along, one TOML file each, and their rows.

Every value in a file has its source beside it; what was not seen is left open or says in `doubt` why it is 待核. A row is
written once, in preparation, and is the bureau's from then on: nothing here ever changes or revives one.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps as all_apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from evaluation.scheme import Scheme

HOME = Path(__file__).parent


class Shipped(NamedTuple):
    """A scheme that comes with the portal; `archived`: to read old records by, never put in force."""

    scheme: Scheme
    archived: bool


def shipped() -> list[Shipped]:
    """All of them, by code."""
    return [_read(path) for path in sorted(HOME.glob("*.toml"))]


def _read(path: Path) -> Shipped:
    document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return Shipped(Scheme.load(document), document.get("archived", False))


def install(sender: Any = None, using: str = DEFAULT_DB_ALIAS, apps: Any = all_apps, **kwargs: Any) -> None:
    """After migrations: a row for each scheme that the portal has never known. Signal receiver, idempotent.

    One that the bureau gave up stays given up: the ledger remembers it.
    """
    if sender is not None and sender.name != "evaluation":
        return
    try:
        table, events = apps.get_model("evaluation", "SchemeVersion"), apps.get_model("registry", "Event")
    except LookupError:
        return  # migrated back to a time before schemes
    if table._meta.db_table not in connections[using].introspection.table_names():
        return
    with transaction.atomic(using=using):
        known = set(table.objects.using(using).values_list("code", flat=True))
        told = events.objects.using(using).filter(stream="ledger:scheme")
        for scheme, archived in shipped():
            if scheme.code in known or told.filter(body__contains=f'"key":"{scheme.code}"').exists():
                continue
            table.objects.using(using).create(archived=archived, **scheme.dump())
