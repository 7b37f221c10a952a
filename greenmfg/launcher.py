"""Starts the portal and what it needs, and stops it again, with one command.

    python -m greenmfg.launcher up                            the whole portal, for demo, at http://127.0.0.1:$PORT
    python -m greenmfg.launcher run [--data FOLDER] -- CMD…   a command beside PostgreSQL and a broker
    python -m greenmfg.launcher reset                         forgets the demo

Where DATABASE_URL or REDIS_URL is set that server is used, else one of our own (`greenmfg.embedded`).
"""

import argparse
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from greenmfg.embedded import CannotStart, stop
from greenmfg.services import Services, forget, is_in_use

HERE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR") or HERE / "var")
LOGS = VAR / "log"
DEMO_DATA = VAR / "demo"
PYTHON = sys.executable
PATIENCE = 60.0  # seconds for the first page


class Stopped(Exception):
    """Somebody asked us to stop, by the signal in `args`."""


def on_signal(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not cut the orderly stop short.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


@contextmanager
def services(data: Path | None, *, wait: bool) -> Iterator[tuple[dict[str, str], Services]]:
    """(environment for commands, the servers). Without `data` they live on a folder that is thrown away after.

    With `wait` the end waits for other launchers that joined these servers.
    """
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    folder = (data or Path(tempfile.mkdtemp(prefix="greenmfg-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if data is None:
        folder.chmod(0o711)  # PostgreSQL may run under another uid
    ours = Services(
        folder,
        logs=LOGS,
        database="DATABASE_URL" not in given,
        broker="REDIS_URL" not in given,
        throwaway=data is None,
    )
    try:
        ours.start()
        yield {**os.environ, **ours.environment()}, ours
    finally:
        ours.stop(wait=wait)
        if data is None:
            forget(folder)


def run(command: list[str], *, data: Path | None) -> int:
    """Runs `command` beside the servers; returns its exit code."""
    with services(data, wait=True) as (environment, _):
        child = subprocess.Popen(command, env=environment)
        try:
            return child.wait()
        except Stopped as request:
            # A terminal has sent its Ctrl-C to the child as well; a supervisor's SIGTERM came to us alone.
            if request.args == (signal.SIGINT,):
                with suppress(subprocess.TimeoutExpired):
                    child.wait(10)
            stop(child, signal.SIGTERM)
            return 130


@dataclass(kw_only=True)
class Child:
    """One long-running part of the portal, with a log file of its own."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self, environment: dict[str, str]) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                env=environment,
                stdout=log,
                stderr=log,
                cwd=HERE,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in order
                preexec_fn=end_with_parent,  # noqa: PLW1509 - we have no threads
            )

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def tail(self) -> str:
        return "\n".join(f"    {line}" for line in self.log.read_text(errors="replace").splitlines()[-25:])


def end_with_parent() -> None:
    """In a new child: be sent SIGTERM if the launcher dies without a chance to stop us (kill -9)."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def parts(port: int) -> list[Child]:
    """Web, worker and beat, in the order in which they start; they stop in the reverse order."""
    workers = (os.cpu_count() or 1) + 1
    celery = [PYTHON, "-m", "celery", "-A", "greenmfg.celery:app"]
    web = [
        "greenmfg.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(workers),
        "--access-logfile",
        "-",
        "--preload",
    ]
    return [
        Child(
            name="worker",
            command=[*celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip"],
        ),
        # The schedule is fixed in settings, so beat has nothing to remember in a file.
        Child(name="beat", command=[*celery, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile="]),
        Child(name="web", command=[PYTHON, "-m", "gunicorn", *web, "--timeout", "60"]),
    ]


def step(label: str, command: list[str], environment: dict[str, str], advice: str) -> str:
    """Runs one step of the start and returns what it printed; CannotStart with `advice` when it fails."""
    print(f"  {label} …", end="", flush=True)
    began = time.monotonic()
    done = subprocess.run(
        command,
        env=environment,
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(f" {time.monotonic() - began:.1f} s" if done.returncode == 0 else " failed", flush=True)
    if done.returncode:
        raise CannotStart(
            f"{label}: {' '.join(command[1:])} ended with {done.returncode}.\n{done.stdout}\n{advice}"
        )
    return done.stdout


def up(port: int) -> int:
    """The whole portal until somebody stops it (0) or a part of it ends by itself (1)."""
    refuse_taken(port)
    print("Starting PostgreSQL and the broker …", flush=True)
    children: list[Child] = []
    with services(DEMO_DATA, wait=False) as (environment, ours):
        if not ours.is_ours and ours.postgres:
            raise CannotStart(f"The demo is running already on {ours.data}. Stop it first, or set VAR_DIR.")
        environment |= {"DEMO": "1", "PORTAL_URL": f"http://127.0.0.1:{port}"}
        manage = [PYTHON, "manage.py"]
        as_owner = {"OWNER_DATABASE_URL": environment.get("DATABASE_URL", "")} | environment
        step(
            "tables",
            [*manage, "migrate", "--noinput"],
            as_owner,
            "`make reset` begins with an empty database.",
        )
        # No part of the running portal may change a table, so none is told the owner's address.
        environment.pop("OWNER_DATABASE_URL", None)
        accounts = step(
            "example people and cases", [*manage, "demo"], environment, "`make reset` begins anew."
        )
        try:
            for child in parts(port):
                children.append(child)
                child.start(environment)
            wait_for_page(port, children)
            print(
                f"\n{accounts}\n\n  http://127.0.0.1:{port}/\n\nLogs: {LOGS}. Ctrl-C stops everything.",
                flush=True,
            )
            watch(children)
        except Stopped:
            print("\nStopping …", flush=True)
        finally:
            for child in reversed(children):
                stop(child.process, signal.SIGTERM)
    print("Stopped. The data is kept; `make reset` forgets it.", flush=True)
    return 0


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}). Try `make demo PORT={port + 1}`."
            ) from error


def wait_for_page(port: int, children: list[Child]) -> None:
    print("  web, worker and beat …", end="", flush=True)
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        complain_of_ended(children)
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=10):
                print(f" {time.monotonic() - began:.1f} s", flush=True)
                return
        except HTTPError as error:
            web = children[-1]
            raise CannotStart(
                f"The first page answers {error.code}. The end of {web.log}:\n{web.tail()}"
            ) from error
        except (URLError, OSError):
            time.sleep(0.2)
    raise CannotStart(
        f"No page after {PATIENCE:.0f} s. The end of {children[-1].log}:\n{children[-1].tail()}"
    )


def watch(children: list[Child]) -> None:
    while True:
        complain_of_ended(children)
        time.sleep(0.5)


def complain_of_ended(children: list[Child]) -> None:
    for child in children:
        if child.has_ended() and child.process:
            raise CannotStart(
                f"{child.name} ended by itself ({child.process.returncode}). The end of {child.log}:\n{child.tail()}"
            )


def reset() -> int:
    """Removes the demo's database, broker and uploaded files; refuses while the demo runs."""
    if is_in_use(DEMO_DATA.resolve()):
        raise CannotStart("The demo is running. Stop it first.")
    forget(DEMO_DATA.resolve())
    shutil.rmtree(VAR / "files", ignore_errors=True)
    print("Forgotten: the demo's data. `make demo` begins anew.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="greenmfg.launcher", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    upward = commands.add_parser("up", help="the whole portal, for demo")
    upward.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    runner = commands.add_parser("run", help="a command beside PostgreSQL and a broker")
    runner.add_argument("--data", type=Path, help="keep the data in this folder (default: throw it away)")
    runner.add_argument("words", nargs=argparse.REMAINDER, metavar="-- CMD")
    commands.add_parser("reset", help="forget the demo")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        if asked.command == "up":
            return up(asked.port)
        if asked.command == "reset":
            return reset()
        words = asked.words[1:] if asked.words[:1] == ["--"] else asked.words
        if not words:
            parser.error("run needs a command after --")
        return run(words, data=asked.data)
    except CannotStart as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main())
