"""What happens before and around a page: checks at the start, the clock, request ids, headers, the launcher."""

import re
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from greenmfg import checks, clock, embedded, services
from greenmfg.headers import IdleSession
from greenmfg.requests import HEADER, RequestId, current_id


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


def test_this_machine_passes_every_check() -> None:
    said = [*checks.servers_are_named(), *checks.papers_can_be_printed(), *checks.demo_stays_at_home()]
    assert [*said, *checks.one_state_machine()] == []


def test_missing_servers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "")
    with override_settings(PRODUCTION=True, REDIS_URL=""):
        assert ids(checks.servers_are_named()) == ["greenmfg.E001", "greenmfg.E002"]


def test_a_missing_face_is_refused(tmp_path: Path) -> None:
    with override_settings(NOTO_SERIF_SC=tmp_path):
        assert set(ids(checks.papers_can_be_printed())) == {"greenmfg.E003"}


@pytest.mark.parametrize("mode", ["DEMO", "EMBEDDED"])
def test_the_demo_serves_this_machine_only(mode: str) -> None:
    with override_settings(**{"ALLOWED_HOSTS": ["127.0.0.1", "portal.example.org"], mode: True}):
        assert ids(checks.demo_stays_at_home()) == ["greenmfg.E004"]
    with override_settings(**{"ALLOWED_HOSTS": ["portal.example.org"], "DEMO": False, "EMBEDDED": False}):
        assert checks.demo_stays_at_home() == []


def test_the_archived_state_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "django-fsm":
            return "3.0.1"
        raise PackageNotFoundError

    monkeypatch.setattr(checks, "version", version)
    assert ids(checks.one_state_machine()) == ["greenmfg.E005"]


@pytest.mark.django_db
def test_a_database_deaf_to_chinese_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.database_knows_chinese(["default"]) == []
    deaf = connection.copy()
    deaf.settings_dict |= {"NAME": "deaf_to_chinese", "OPTIONS": {}}
    with connection._nodb_cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DROP DATABASE IF EXISTS deaf_to_chinese")
        cursor.execute("CREATE DATABASE deaf_to_chinese TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        try:
            monkeypatch.setattr(checks, "connections", {"deaf": deaf})
            assert ids(checks.database_knows_chinese(["deaf"])) == ["greenmfg.E006"]
        finally:
            deaf.close()
            cursor.execute("DROP DATABASE deaf_to_chinese")


@pytest.mark.django_db
def test_a_year_without_holidays_is_shown() -> None:
    with clock.fixed(datetime(2026, 6, 1, tzinfo=UTC)):
        assert checks.holidays_are_known(["default"]) == []
    with clock.fixed(datetime(2031, 6, 1, tzinfo=UTC)):
        assert ids(checks.holidays_are_known(["default"])) == ["greenmfg.W001"]


def test_the_day_is_beijings() -> None:
    with clock.fixed(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) as at:
        assert clock.now() is at
        assert clock.today() == date(2027, 1, 1)
        with clock.fixed(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
            assert clock.today() == date(2026, 12, 31)
        assert clock.today() == date(2027, 1, 1)
    with pytest.raises(ValueError, match="aware"), clock.fixed(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_the_demo_can_move_its_clock() -> None:
    before = clock.now()
    with override_settings(CLOCK_SHIFT_DAYS=40):
        assert (clock.now() - before).days == 40


def test_a_request_has_one_id_of_our_own() -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_id())
        return HttpResponse()

    answer = RequestId(view)(RequestFactory().get("/", headers={HEADER: "forged"}))
    assert re.fullmatch(r"[0-9a-f]{16}", answer[HEADER])
    assert seen == [answer[HEADER]]
    assert current_id() == ""


@pytest.mark.django_db
def test_pages_carry_the_headers(client: Client) -> None:
    answer = client.get("/accounts/login/")
    assert answer["Content-Security-Policy"].startswith(
        "default-src 'self'; img-src 'self' data:; object-src 'none'"
    )
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_health_needs_no_name_and_no_tls(client: Client) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True):
        answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.parametrize(("seconds", "is_renewed"), [(179, False), (180, True)])
def test_a_session_in_use_is_renewed_now_and_then(seconds: int, is_renewed: bool) -> None:
    start = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    request = RequestFactory().get("/")
    request.session = SessionStore("a-key-of-some-length")
    request.session._session_cache = {"_auth_user_id": "1", "seen": int(start.timestamp())}  # type: ignore[attr-defined]
    with clock.fixed(datetime.fromtimestamp(start.timestamp() + seconds, UTC)):
        IdleSession(lambda request: HttpResponse())(request)
    assert request.session.modified is is_renewed


# --- The launcher --------------------------------------------------------------------------------------------------


def test_servers_start_are_shared_and_stop(tmp_path: Path) -> None:
    first = services.Services(tmp_path / "data", logs=tmp_path, throwaway=True)
    second = services.Services(tmp_path / "data", logs=tmp_path, throwaway=True)
    first.start()
    try:
        second.start()
        assert (first.is_ours, second.is_ours) == (True, False)
        assert services.is_in_use(tmp_path / "data")
        second.stop()
        with psycopg.connect(first.environment()["DATABASE_URL"]) as db:
            assert db.execute("SHOW listen_addresses").fetchone() == ("",)
            assert db.execute("SELECT datctype FROM pg_database WHERE datname = 'greenmfg'").fetchone() == (
                "C.UTF-8",
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("CREATE TABLE mine ()")
        with psycopg.connect(first.environment()["OWNER_DATABASE_URL"]) as db:
            db.execute("CREATE TABLE ours ()")
            assert db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                False,
            )
    finally:
        first.stop()
    assert not services.is_in_use(tmp_path / "data")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first.environment()["DATABASE_URL"])
    services.forget(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_data_decides_which_postgresql_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer, older = tmp_path / "18", tmp_path / "15"
    monkeypatch.setattr(embedded, "postgres_folders", lambda: {18: newer, 15: older})
    monkeypatch.setattr(embedded.Nobody, "can", lambda self, *command: True)
    (tmp_path / "data" / "pg15").mkdir(parents=True)
    assert embedded.Postgres(tmp_path / "data", log=tmp_path / "log").binaries == newer
    (tmp_path / "data" / "pg15" / "PG_VERSION").write_text("15\n")
    assert embedded.Postgres(tmp_path / "data", log=tmp_path / "log").binaries == older
    (tmp_path / "data" / "pg15" / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.CannotStart, match="PostgreSQL 16, which is not installed"):
        embedded.Postgres(tmp_path / "data", log=tmp_path / "log")


def test_without_postgresql_we_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "postgres_folders", dict)
    with pytest.raises(embedded.CannotStart, match="install the package `postgresql`, or set DATABASE_URL"):
        embedded.Postgres(tmp_path, log=tmp_path / "log")


def test_a_long_temporary_folder_is_not_used_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: str(long))
    folder = embedded.socket_folder(tmp_path)
    try:
        assert len(str(folder / ".s.PGSQL.5432.lock")) < 107
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        folder.rmdir()
