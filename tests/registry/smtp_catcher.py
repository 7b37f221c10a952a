"""A mail server on loopback that keeps what it is given, and can be told to refuse or to hang up."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


class _Talk(socketserver.StreamRequestHandler):
    server: Catcher

    def handle(self) -> None:
        self._say("220 catcher")
        while line := self.rfile.readline().decode("ascii").strip():
            verb = line.split()[0].upper()
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb == "RCPT" and any(name in line for name in self.server.refuses):
                self._say("550 no such person")
            elif verb == "DATA":
                self._say("354 go on")
                content = b"".join(iter(self._body_line, b""))
                if self.server.hangs_up:
                    return
                self.server.caught.append(message_from_bytes(content, policy=default))  # type: ignore[arg-type]
                self._say("250 taken")
            else:
                self._say("250 yes")

    def _body_line(self) -> bytes:
        line = self.rfile.readline()
        return b"" if line == b".\r\n" else line.removeprefix(b".")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Catcher(socketserver.ThreadingTCPServer):
    """`caught` holds the mails, `refuses` parts of addresses, `hangs_up` breaks the line after each mail's text."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.caught: list[EmailMessage] = []
        self.refuses: set[str] = set()
        self.hangs_up = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def addressees(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.caught)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was stopped in the middle is part of the tests."""


@contextmanager
def catching() -> Iterator[Catcher]:
    with Catcher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
