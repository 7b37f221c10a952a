"""System checks: what would fail without a sound later is refused at the start, with an id to look up.

Run by `manage.py check`, `migrate` and most commands; those tagged `database` by `migrate` and
`check --database default`.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from greenmfg import clock

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}
Messages = list[CheckMessage]


@register
def servers_are_named(**kwargs: Any) -> Messages:
    """greenmfg.E001, E002: without them Django would fail at the first query, or tasks would go nowhere."""
    found: Messages = []
    if not settings.DATABASES["default"]["NAME"]:
        hint = "Set DATABASE_URL, or start through `python -m greenmfg.launcher run -- …`."
        found.append(Error("No database is named.", hint=hint, id="greenmfg.E001"))
    if settings.PRODUCTION and not settings.REDIS_URL:
        hint = "Set REDIS_URL=redis://host:6379."
        found.append(
            Error("No broker is named; messages would not be delivered.", hint=hint, id="greenmfg.E002")
        )
    return found


@register
def papers_can_be_printed(**kwargs: Any) -> Messages:
    """greenmfg.E003: a missing library makes one page cost gigabytes, a missing face drops rare characters."""
    from registry import printing

    hint = "apt install libharfbuzz-subset0 libpangoft2-1.0-0; npm ci"
    return [Error(problem, hint=hint, id="greenmfg.E003") for problem in printing.problems()]


@register
def demo_stays_at_home(**kwargs: Any) -> Messages:
    """greenmfg.E004: the demo's passwords are printed in the manual, its database asks for none."""
    abroad = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    if not (abroad and (settings.DEMO or settings.EMBEDDED)):
        return []
    hint = "Unset DEMO and EMBEDDED and name a real database, or serve 127.0.0.1 only."
    return [Error(f"Demo or embedded mode may not serve {', '.join(abroad)}.", hint=hint, id="greenmfg.E004")]


@register
def one_state_machine(**kwargs: Any) -> Messages:
    """greenmfg.E005: both packages own the folder `django_fsm`, so which of them runs would be chance."""
    try:
        archived = version("django-fsm")
    except PackageNotFoundError:
        return []
    hint = "pip uninstall django-fsm; pip install --force-reinstall django-fsm-2"
    return [Error(f"The archived django-fsm {archived} is installed.", hint=hint, id="greenmfg.E005")]


@register(Tags.database)
def database_knows_chinese(databases: Sequence[str] | None = None, **kwargs: Any) -> Messages:
    """greenmfg.E006: under LC_CTYPE=C text functions and indexes ignore Chinese. E007: PostgreSQL too old."""
    found: Messages = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT pg_encoding_to_char(encoding), datctype, current_setting('server_version_num')::int / 10000"
                " FROM pg_database WHERE datname = current_database()"
            )
            encoding, ctype, major = cursor.fetchone()
        if encoding != "UTF8" or ctype in {"C", "POSIX"}:
            hint = "createdb --template template0 --encoding UTF8 --locale C.UTF-8"
            found.append(
                Error(f"The database is {encoding} with LC_CTYPE {ctype}.", hint=hint, id="greenmfg.E006")
            )
        if major < 15:
            found.append(Error(f"PostgreSQL {major} is too old; 15 or later is needed.", id="greenmfg.E007"))
    return found


@register(Tags.database)
def holidays_are_known(databases: Sequence[str] | None = None, **kwargs: Any) -> Messages:
    """greenmfg.W001: without this year's holidays deadlines are provisional."""
    from registry.models import Holiday

    year = clock.today().year
    for alias in databases or ():
        if Holiday._meta.db_table not in connections[alias].introspection.table_names():
            continue  # before the first migration
        if not Holiday.objects.using(alias).filter(day__year=year).exists():
            hint = "Bring in the State Council's notice for the year at /manage/calendar/import/."
            return [Warning(f"No holidays of {year} are known.", hint=hint, id="greenmfg.W001")]
    return []
