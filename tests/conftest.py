"""The database of the tests: made by its owner, used in the application's role, left as the migrations made it.

Tests get the servers' addresses from the launcher: `python -m greenmfg.launcher run -- pytest`.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from hypothesis import settings as trials

# Playwright's synchronous API runs an event loop in the test's thread, where Django would refuse every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# The gate tries the same cases every time: it turns red because of a change, never because of the dice. The dice are
# thrown where somebody looks for what nobody thought of: `make full`.
trials.register_profile("gate", derandomize=True, deadline=None)
trials.register_profile("search", deadline=None, print_blob=True)
trials.load_profile(os.environ.get("PROPERTIES", "gate"))


class Untouched:
    """The rows that the migrations wrote (districts, holidays, edges, permissions), to be put back after a test
    that commits. Django's own flush would lose them, and the application's role may not truncate."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    def take(self) -> None:
        with connection.cursor() as cursor:
            for table in self._filled(cursor):
                with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    self.rows[table] = b"".join(bytes(part) for part in copy)

    def put_back(self) -> None:
        """As the owner, with the guards off: what is append-only for the portal is not so for its tests."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            filled = self._filled(cursor)
            guarded = self._guarded(cursor)
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            if filled:
                cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
            for table, rows in self.rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)
            # Foreign keys of what was put back are checked at the end of a transaction; the triggers need it now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
            cursor.execute(f'SET ROLE "{settings.DATABASE_APP_ROLE}"')

    @staticmethod
    def _filled(cursor: Any) -> list[str]:
        tables = [info.name for info in connection.introspection.get_table_list(cursor) if info.type == "t"]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables))
        return [name for (name,) in cursor.fetchall()]

    @staticmethod
    def _guarded(cursor: Any) -> list[str]:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After the owner has made the database: every connection, those of live servers too, takes the app's role."""
    untouched = Untouched()
    options = connection.settings_dict["OPTIONS"]
    flush = TransactionTestCase._fixture_teardown
    with django_db_blocker.unblock():
        untouched.take()
        options["assume_role"] = settings.DATABASE_APP_ROLE
        connection.close()
    TransactionTestCase._fixture_teardown = lambda self: untouched.put_back()  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        del options["assume_role"]  # only the owner may drop the database
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def files_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads and printed papers go to a folder of this run."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("files")
