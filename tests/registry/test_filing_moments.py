"""A draft files exactly while a call is open for its category and its way in: to the minute, and no other."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from greenmfg.rulebook import Category
from registry.acts import AgainstRule
from registry.models import Batch, PoolApplication
from tests.factories import BEIJING, a_call, a_draft, do
from tests.people import Cast, cast
from tests.registry.pages import afterwards_forgotten

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]

WAYS = {"nominate_self": "self", "ask_district": "district"}
SETS_OF_CATEGORIES = st.sampled_from(
    [["green_factory"], ["green_park"], ["green_factory", "green_supply_chain", "green_park"]]
)
SETS_OF_ROUTES = st.sampled_from([["self"], ["district"], ["self", "district"]])
HOURS = st.sampled_from([None, time(17), time(0, 1), time(23, 59)])
CALLS = st.fixed_dictionaries(
    {
        "closes_time": HOURS,
        "categories": SETS_OF_CATEGORIES,
        "routes": SETS_OF_ROUTES,
        "districts": st.sampled_from([[], ["110114"], ["110115"]]),
    }
)


@pytest.fixture
def people() -> Cast:
    return cast()


def end_of(day: date, hour: time | None) -> datetime:
    """The moment at which a call is over, reckoned here once more."""
    if hour is None:
        return datetime.combine(day, time(0), BEIJING) + timedelta(days=1)
    return datetime.combine(day, hour, BEIJING)


def takes(call: dict, category: str, way: str) -> bool:
    in_districts = way == "self" or not call["districts"] or "110114" in call["districts"]
    return category in call["categories"] and way in call["routes"] and in_districts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(own={"closes_time": time(17), "categories": ["green_factory"], "routes": ["self"], "districts": []},
         following=None, category=Category.GREEN_FACTORY, act="nominate_self", seconds=0)  # fmt: skip
@example(own={"closes_time": None, "categories": ["green_factory"], "routes": ["self"], "districts": []},
         following=None, category=Category.GREEN_FACTORY, act="nominate_self", seconds=-1)  # fmt: skip
@given(
    own=CALLS,
    following=st.none() | CALLS,
    category=st.sampled_from([Category.GREEN_FACTORY, Category.GREEN_PARK]),
    act=st.sampled_from(sorted(WAYS)),
    seconds=st.integers(-180, 180),
)
def test_a_draft_files_exactly_when_a_call_takes_it(people, own, following, category, act, seconds):
    """`seconds` from the close of its own call; the following one, if there is one, is open the while."""
    last = date(2026, 3, 31)
    moment = end_of(last, own["closes_time"]) + timedelta(seconds=seconds)
    with afterwards_forgotten():
        draft = a_draft(people, category=category)
        Batch.objects.update(closes_on=last, **own)
        if following:
            a_call(name="2026年第二批", closes_on=date(2026, 5, 31), **following)
        open_calls = ([own] if seconds < 0 else []) + ([following] if following else [])
        expected = any(takes(call, category, WAYS[act]) for call in open_calls)
        if not expected:
            with pytest.raises(AgainstRule) as refused:
                do(draft, act, people.chen, when=moment)
            assert {finding.article for finding in refused.value.findings} == {6}
            assert PoolApplication.objects.get(pk=draft.pk).state == "draft"
            return
        filed = do(draft, act, people.chen, when=moment)
        first = seconds < 0 and takes(own, category, WAYS[act])
        assert filed.batch.name == ("2026年第一批" if first else "2026年第二批")
