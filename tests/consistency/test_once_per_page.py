"""A page reads the calendar, the settings of the day and the returns of a case once; nothing outlives the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from greenmfg import clock
from greenmfg.memo import OncePerPage, once
from registry.models import Holiday, PoolApplication, Setting
from registry.views import cases
from tests import factories
from tests.people import Cast, cast
from tests.registry.pages import applications, as_

TODAY = factories.NOW.date()
FACTS: list[Callable[[PoolApplication], object]] = [
    lambda case: Holiday.calendar_around(TODAY),
    lambda case: case.returns("return_by_bureau"),
    lambda case: Setting.number("undo_seconds", on=TODAY) + Setting.number("correction_days", on=TODAY),
]


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def case(people: Cast) -> PoolApplication:
    return applications(people, "examining", 1)[0]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.fixed(factories.NOW):
        yield


def queries(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured]


def answer(method: str, work: Callable[[], object]) -> None:
    """One request through the middleware, answered by `work`."""

    def view(request: HttpRequest) -> HttpResponse:
        work()
        return HttpResponse()

    OncePerPage(view)(RequestFactory().generic(method, "/"))


def asks_twice() -> bool:
    """Is there no memo here? Asks the same under one key two times."""
    asked: list[None] = []
    for _ in range(2):
        once("asks_twice", lambda: asked.append(None))
    return len(asked) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fact", FACTS)
def test_a_page_reads_a_fact_once(case: PoolApplication, fact: Any, method: str) -> None:
    first: list[object] = []
    answer(method, lambda: first.append(fact(case)))

    def twice() -> None:
        assert [fact(case), fact(case)] == first * 2

    assert len(queries(lambda: answer(method, twice))) == 1


@pytest.mark.parametrize("fact", FACTS)
def test_what_changes_something_asks_the_database_each_time(case: PoolApplication, fact: Any) -> None:
    def twice() -> None:
        assert fact(case) == fact(case)

    single = len(queries(lambda: fact(case)))
    assert len(queries(lambda: answer("POST", twice))) == 2 * single
    assert len(queries(lambda: answer("DELETE", twice))) == 2 * single
    assert len(queries(twice)) == 2 * single  # a task, a command, what is streamed


def test_different_questions_are_kept_apart(people: Cast, case: PoolApplication) -> None:
    factories.a_setting("undo_seconds", "45", since=date(2026, 3, 1))
    factories.do(case, "return_by_bureau", people.zhou, due_on=date(2026, 3, 25), demands=factories.DEMANDS)

    def view() -> None:
        days = (date(2026, 2, 28), date(2026, 3, 1))
        assert [Setting.number("undo_seconds", on=day) for day in days] == [30, 45]
        assert Holiday.calendar([2026]).years == {2026} != Holiday.calendar([2030]).years
        assert [case.returns(act) for act in ("return_by_bureau", "return_by_district")] == [1, 0]
        with pytest.raises(KeyError):
            Setting.number("tea_break", on=TODAY)

    answer("GET", view)


def test_the_next_request_sees_what_has_changed(people: Cast, case: PoolApplication) -> None:
    client, url = as_(people.zhou), f"/applications/{case.no}/review/"

    def shown() -> tuple[int, date]:
        page = client.get(url)
        return page.context["undo_seconds"], page.context["return_form"].fields["due_on"].initial

    assert shown() == (30, date(2026, 3, 25))
    factories.a_setting("undo_seconds", "45", since=TODAY)
    Holiday.objects.create(day=date(2026, 3, 20), off=True, name="临时放假")
    assert shown() == (45, date(2026, 3, 26))


def test_the_review_page_asks_nothing_twice(people: Cast, case: PoolApplication) -> None:
    client, url = as_(people.zhou), f"/applications/{case.no}/review/"
    client.get(url)
    asked = queries(lambda: client.get(url))
    assert len(set(asked)) == len(asked)
    for table in ("registry_holiday", "registry_setting"):
        assert sum(f'FROM "{table}"' in sql for sql in asked) == 1


def test_an_act_has_no_memo(people: Cast, case: PoolApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    perform = cases.perform

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(asks_twice())
        return perform(*args, **kwargs)

    monkeypatch.setattr(cases, "perform", watched)
    data = {"act": "refuse", "reason": "不符合要求", "seen": case.version}
    assert as_(people.zhou).post(f"/applications/{case.no}/review/", data).status_code == 302
    assert seen == [True]


def test_it_ends_with_the_request_whatever_happens() -> None:
    def fails() -> None:
        assert not asks_twice()
        raise RuntimeError

    assert asks_twice()
    with pytest.raises(RuntimeError):
        answer("GET", fails)
    assert asks_twice()
    answer("GET", lambda: None)
    assert asks_twice()


def test_a_request_within_another_has_nothing_of_it() -> None:
    def outer() -> None:
        assert once("fact", lambda: 1) == 1
        answer("GET", lambda: once("fact", lambda: inner.append(2)))
        answer("POST", lambda: inner.append(int(asks_twice())))
        with pytest.raises(ZeroDivisionError):
            answer("POST", lambda: 1 // 0)
        assert once("fact", lambda: 3) == 1

    inner: list[int] = []
    answer("GET", outer)
    assert inner == [2, 1]
    assert asks_twice()


def test_a_question_that_fails_is_asked_again() -> None:
    def view() -> None:
        with pytest.raises(ZeroDivisionError):
            once("fact", lambda: 1 // 0)
        assert once("fact", lambda: 1) == 1

    answer("GET", view)


def test_it_stands_innermost() -> None:
    """The other middleware asks nothing of it, and works before and after without one."""
    assert settings.MIDDLEWARE[-1] == "greenmfg.memo.OncePerPage"
