"""How far the portal is from its floors, at ten thousand applications: `python -m tests.bench.run`.

Needs the launcher's addresses (`python -m greenmfg.launcher run -- …`). Makes a database of its own on that server,
fills it, and asks page and floor in turn, in one process, over the same connection. Judged are ratios and numbers
of queries, which another machine would repeat; absolute times stand beside them. Exit code 1: a target was missed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

RATIO, LIST_QUERIES, DETAIL_QUERIES = 5.0, 12, 15
ROUNDS, WARM = 60, 8


@contextmanager
def own_database() -> Iterator[str]:
    """An empty, migrated database beside the launcher's; its name stands in DATABASE_URL. Yields the owner's address."""
    name = f"bench_{os.getpid()}"
    server = os.environ["OWNER_DATABASE_URL"]
    owner = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    app = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                cwd=Path(__file__).parents[2],
                env=os.environ | {"DATABASE_URL": owner, "OWNER_DATABASE_URL": owner},
                check=True,
            )
            os.environ["DATABASE_URL"] = app
            yield owner
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Duel:
    """One thing done our way and the bare way. `queries` is the most that ours may ask; 0: not judged."""

    what: str
    ours: Callable[[], object]
    floor: Callable[[], object]
    queries: int = 0


@dataclass(frozen=True)
class Result:
    """Medians in milliseconds, and how many queries ours asked."""

    duel: Duel
    ours: float
    floor: float
    asked: int

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    @property
    def is_over(self) -> bool:
        return self.ratio > RATIO or 0 < self.duel.queries < self.asked

    def __str__(self) -> str:
        target = f"≤ {RATIO:.0f}×" + (f", ≤ {self.duel.queries} q" if self.duel.queries else "")
        return (
            f"{self.duel.what:<44}{self.asked:>8}{self.ours:>10.2f}{self.floor:>10.2f}{self.ratio:>8.1f}"
            f"  {target:<14}{'OVER' if self.is_over else 'ok'}"
        )


def fight(duels: list[Duel]) -> list[Result]:
    """All duels in turn, round after round, so that what else the machine does falls on all alike."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def timed(call: Callable[[], object]) -> float:
        began = time.perf_counter()
        call()
        return (time.perf_counter() - began) * 1000

    times: list[tuple[list[float], list[float]]] = [([], []) for _ in duels]
    for number in range(WARM + ROUNDS):
        for duel, (ours, floor) in zip(duels, times, strict=True):
            pair = [(ours, duel.ours), (floor, duel.floor)]
            for into, call in pair if number % 2 else reversed(pair):
                into.append(timed(call))
    results = []
    for duel, (ours, floor) in zip(duels, times, strict=True):
        with CaptureQueriesContext(connection) as queries:
            duel.ours()
        said = [
            q["sql"] for q in queries if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
        ]
        if "-v" in sys.argv:
            print(duel.what, *(f"    {sql[:400]}" for sql in said), sep="\n")
        results.append(
            Result(duel, statistics.median(ours[WARM:]), statistics.median(floor[WARM:]), len(said))
        )
    return results


def duels() -> list[Duel]:
    """The measured pages and acts. People sign in as in life; the register is full."""
    from django.test import Client

    from registry.casework import new_op, perform
    from registry.models import PoolApplication, User
    from tests.bench import floors
    from tests.bench.fill import TODAY

    def signed_in(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    officer, district = signed_in("shiju"), signed_in("quju")
    zhou = User.objects.get(username="shiju")

    def page(client: Client, url: str) -> Callable[[], object]:
        def get() -> object:
            response = client.get(url)
            assert response.status_code == 200, (url, response.status_code)
            return response

        return get

    def listed(what: str, client: Client, query: str) -> Duel:
        ours, floor = f"/applications/?tab=all&{query}", f"/_floor/applications/?{query}"
        return Duel(what, page(client, ours), page(client, floor), LIST_QUERIES)

    scored = PoolApplication.objects.filter(state="examining", score__isnull=False, route="self")
    detail = scored.order_by("pk")[0].no
    waiting = list(PoolApplication.objects.filter(state="examining").exclude(no=detail).order_by("pk"))
    # Each act needs a case of its own while states move; a typed score leaves the state, so these come round again.
    apart = iter(waiting[: 4 * (ROUNDS + WARM)])
    again = cycle(waiting[4 * (ROUNDS + WARM) :])
    scores = cycle([Decimal("71.50"), Decimal("82.25")])

    def do(act: str, case: PoolApplication, reason: str = "", **data: object) -> None:
        perform(case, act, by=zhou, at=TODAY, seen=case.version, op=new_op(), reason=reason, **data)

    def type_score() -> None:
        case = next(again)
        do("type_score", case, score=next(scores), score_source="报告第41页", meets_requirements=True)
        case.version += 1

    def bare_score() -> None:
        case = next(again)
        floors.act(case.pk, by=zhou.pk, score=next(scores))
        case.version += 1

    def post_score() -> None:
        case = next(again)
        url = f"/applications/{case.no}/type_score/"
        form = {"score": str(next(scores)), "score_source": "报告第41页", "meets_requirements": "yes"}
        response = officer.post(url, form | {"seen": case.version, "op": new_op()})
        assert response.status_code == 302, response.status_code
        case.version += 1

    def post_bare() -> None:
        case = next(again)
        response = officer.post(f"/_floor/score/{case.pk}/", {"score": str(next(scores))})
        assert response.status_code == 302, response.status_code
        case.version += 1

    return [
        listed("list, all", officer, ""),
        listed("list, one district", officer, "district=110114"),
        listed("list, 绿色 in the name", officer, "q=绿色"),
        listed("list, page 150", officer, "page=150"),
        listed("list, as a district's officer", district, ""),
        Duel(
            "detail",
            page(officer, f"/applications/{detail}/review/"),
            page(officer, f"/_floor/applications/{detail}/"),
            DETAIL_QUERIES,
        ),
        Duel("act: 登记得分", type_score, bare_score),
        Duel(
            "act: 不予入库, two people told",
            lambda: do("refuse", next(apart), "不属于本市工业企业"),
            lambda: floors.act(next(apart).pk, by=zhou.pk, score=Decimal(0), tell=True),
        ),
        Duel("act: 登记得分, posted to its page", post_score, post_bare),
    ]


def main() -> int:
    with own_database() as owner:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "greenmfg.settings", "DEMO": "1", "DEBUG": "0"}
        django.setup()
        from django.db import connections
        from django.test.utils import override_settings

        from greenmfg import clock
        from tests.bench.fill import TODAY, fill
        from tests.people import cast

        began = time.perf_counter()
        fill(cast())
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("VACUUM (FULL, ANALYZE)")
        print(
            f"10,000 applications filled in {time.perf_counter() - began:.0f} s; {ROUNDS} rounds, medians\n"
        )
        try:
            with clock.fixed(TODAY), override_settings(ROOT_URLCONF="tests.bench.floors"):
                results = fight(duels())
        finally:
            connections.close_all()
    print(f"{'':<44}{'queries':>8}{'ours ms':>10}{'floor ms':>10}{'ratio':>8}  target")
    print(*results, sep="\n")
    missed = [result.duel.what for result in results if result.is_over]
    print(f"\nover target: {'; '.join(missed)}" if missed else "\nall within their targets")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
