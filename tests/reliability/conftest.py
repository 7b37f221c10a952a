"""Eight real web workers on the tests' database, for those who race over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

CLIENTS = 8
READY = 30  # seconds


@pytest.fixture(scope="module")
def port(django_db_setup: None) -> Iterator[int]:
    """Eight real web workers on the tests' database, in the application's role."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"DEMO": "1", "DEBUG": "0", "DATABASE_URL": urlunsplit(url)}
    environment["MEDIA_ROOT"] = str(settings.MEDIA_ROOT)
    environment.pop("PYTEST_CURRENT_TEST", None)
    command = [
        "gunicorn",
        "greenmfg.wsgi",
        "--preload",
        "-w",
        str(CLIENTS),
        "-b",
        f"127.0.0.1:{free}",
        "--timeout",
        "120",  # eight uploads are looked at at once, on a machine that may have other things to do
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + READY
        while not answers(free):
            assert server.poll() is None, "the web server did not start"
            assert time.monotonic() < deadline, "the web server is not ready"
            time.sleep(0.1)
        yield free
    finally:
        server.terminate()
        server.wait(90)  # on a busy machine eight interpreters take their time to end


def answers(port: int) -> bool:
    try:
        web = HTTPConnection("127.0.0.1", port, timeout=5)
        with closing(web):
            web.request("GET", "/rules/")
            return web.getresponse().status == 200
    except OSError:
        return False
