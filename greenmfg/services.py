"""The embedded servers together, started once and shared by every launcher on the same data folder."""

import fcntl
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import psycopg

from greenmfg.embedded import APP, OWNER, PATIENCE, Broker, CannotStart, Postgres, elsewhere, socket_folder


def is_in_use(data: Path) -> bool:
    """Does a launcher hold this folder at this moment?"""
    if not data.is_dir():
        return False
    with (data / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def forget(data: Path) -> None:
    """Removes what was kept under `data`, its sockets, and its cluster where that had to live elsewhere."""
    for folder in (data, socket_folder(data), elsewhere(data)):
        shutil.rmtree(folder, ignore_errors=True)


class Services:
    """The servers that are wanted, on the data folder `data`, shared by every launcher that asks for that folder.

    Who takes the lock starts and stops them; who comes while it is held uses them, and the first waits for the
    last before it stops them. The kernel frees a lock when its holder dies, so none goes stale.
    """

    def __init__(
        self, data: Path, *, logs: Path, database: bool = True, broker: bool = True, throwaway: bool = False
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        logs.mkdir(parents=True, exist_ok=True)
        self.data, self.is_ours = data, False
        self.postgres = Postgres(data, log=logs / "postgres.log", throwaway=throwaway) if database else None
        self.broker = Broker(data, log=logs / "broker.log") if broker else None
        self._lock: IO[bytes] | None = None
        self._users: IO[bytes] | None = None

    def start(self) -> None:
        """Starts them, or joins the launcher that has. CannotStart says what failed."""
        self._lock, self._users = (self.data / "lock").open("wb"), (self.data / "users").open("wb")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        deadline = time.monotonic() + 2 * PATIENCE
        while not self._take_lock():
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise CannotStart(f"Another launcher holds {self.data}, but its servers do not answer.")
            time.sleep(0.1)
        self.is_ours = True
        try:
            for server in self._servers():
                server.start()
        except BaseException:
            self.stop(wait=False)
            raise

    def stop(self, *, wait: bool = True) -> None:
        """Stops what we started; with `wait`, after the others that use it have gone."""
        if self.is_ours:
            if wait and self._users:
                fcntl.flock(self._users, fcntl.LOCK_EX)
            for server in reversed(self._servers()):
                server.stop()
        for file in (self._users, self._lock):
            if file:
                file.close()

    def environment(self) -> dict[str, str]:
        """The variables that tell the portal where the servers are."""
        found: dict[str, str] = {}
        if self.postgres:
            found |= {"DATABASE_URL": self.postgres.url(APP), "OWNER_DATABASE_URL": self.postgres.url(OWNER)}
            found |= {"DATABASE_APP_ROLE": APP, "EMBEDDED": "1"}
        if self.broker:
            found["REDIS_URL"] = self.broker.url
        return found

    def _servers(self) -> "list[Postgres | Broker]":
        return [server for server in (self.postgres, self.broker) if server]

    def _take_lock(self) -> bool:
        assert self._lock
        with suppress(BlockingIOError):
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _answers(self) -> bool:
        if self.broker and not self.broker.socket.exists():
            return False
        with suppress(psycopg.OperationalError):
            if self.postgres:
                psycopg.connect(self.postgres.url(APP), connect_timeout=2).close()
            return True
        return False
