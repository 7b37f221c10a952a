"""A crowd of processes that do something at the same moment, each with its own connection to the database."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

CROWD = 8
PATIENCE = 30  # seconds until a silent worker counts as stuck


@dataclass(frozen=True)
class Answer:
    """What came of one call: `outcome` is "done" or the name of the exception; `value` the result or its words."""

    outcome: str
    value: Any


class Crowd:
    """Workers that wait at one barrier and then call what they were given, all at once."""

    def __init__(self, size: int = CROWD) -> None:
        connection.close()  # a connection does not survive a fork
        forks = multiprocessing.get_context("fork")
        self._barrier = forks.Barrier(size)
        self._workers = []
        for _ in range(size):
            mine, theirs = forks.Pipe()
            process = forks.Process(target=self._work, args=(theirs, mine), daemon=True)
            process.start()
            theirs.close()
            self._workers.append((process, mine))

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *error: object) -> None:
        for process, pipe in self._workers:
            pipe.close()
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()

    def at_once(self, *calls: tuple[Callable[..., Any], tuple[Any, ...]]) -> list[Answer]:
        """One (function, arguments) for each worker; their answers in the same order."""
        assert len(calls) == len(self._workers)
        for (_, pipe), call in zip(self._workers, calls, strict=True):
            pipe.send(call)
        answers = []
        for process, pipe in self._workers:
            assert pipe.poll(PATIENCE), f"worker {process.pid} is stuck"
            answers.append(pipe.recv())
        return answers

    def _work(self, pipe: Any, others_end: Any) -> None:
        # The test's ends of the pipes were inherited; while we hold one, its worker never sees the test hang up.
        for inherited in (others_end, *(end for _, end in self._workers)):
            inherited.close()
        connection.ensure_connection()
        while True:
            try:
                function, arguments = pipe.recv()
            except EOFError:
                connection.close()
                return
            self._barrier.wait(PATIENCE)
            try:
                answer = Answer("done", function(*arguments))
            except Exception as error:
                answer = Answer(type(error).__name__, str(error))
            pipe.send(answer)


def outcomes(answers: list[Answer]) -> Counter[str]:
    return Counter(answer.outcome for answer in answers)


def until(seen: Callable[[], bool], *, rounds: int) -> bool:
    """Does it happen within so many rounds? For races that a broken build loses only most of the time."""
    for _ in range(rounds):
        if seen():
            return True
        time.sleep(0.01)
    return False
