"""The public's form is open until the last minute of the last day of Beijing, and not one minute longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenmfg import clock, periods, rulebook
from registry.models import Publicity
from registry.tracking import ALPHABET, code_for, digest_of
from registry.views.notices import notice_row
from tests.factories import BEIJING

pytestmark = pytest.mark.article(6)
DAYS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
# Minutes before and after the midnight that ends the last day: three days each way, and the nearest of them often.
WEEKENDS_ONLY = periods.Calendar(frozenset(), frozenset(), frozenset())
AROUND = st.one_of(st.integers(-4320, 4319), st.integers(-2, 1))


@given(last_day=DAYS, minutes=AROUND, longer=st.one_of(st.none(), st.integers(1, 60)))
def test_the_notice_offers_the_form_up_to_its_last_minute(last_day, minutes, longer):
    extended = last_day + timedelta(days=longer) if longer else None
    end = datetime.combine(extended or last_day, datetime.min.time(), tzinfo=BEIJING) + timedelta(days=1)
    now = end + timedelta(minutes=minutes)
    notice = Publicity(
        no="GS-2026-0001", state="running", starts_on=last_day, ends_on=last_day, days=1, extended_to=extended
    )
    with clock.fixed(now):
        row = notice_row(notice, today=clock.today(), calendar=WEEKENDS_ONLY)
    assert row["takes_objections"] is (minutes < 0)
    published = last_day - timedelta(days=40)
    found = rulebook.objection_window(
        published_on=published, last_day=notice.open_until, received_on=now.date()
    )
    assert (found == []) is (minutes < 0)


@given(published=DAYS, length=st.integers(0, 30), shift=st.integers(-40, 40))
def test_what_arrives_between_the_signature_and_the_last_day_counts(published, length, shift):
    last = published + timedelta(days=length)
    came = published + timedelta(days=shift)
    found = rulebook.objection_window(published_on=published, last_day=last, received_on=came)
    assert [finding.article for finding in found] == ([] if published <= came <= last else [6])
    assert all(finding.binding for finding in found)


# --- the code


@given(op=st.text(min_size=1, max_size=40))
def test_a_code_is_the_same_for_one_operation_and_read_however_it_is_typed(op):
    code = code_for(op)
    assert code == code_for(op)
    assert set(code) <= set(ALPHABET) | {"-"}
    assert [len(group) for group in code.split("-")] == [4] * 7
    for typed in (
        code.lower(),
        code.replace("-", " "),
        code.replace("0", "o").replace("1", "l"),
        f" {code}\n",
    ):
        assert digest_of(typed) == digest_of(code)


@given(op=st.text(min_size=1, max_size=40), other=st.text(min_size=1, max_size=40))
def test_another_operation_has_another_code(op, other):
    assert (code_for(op) == code_for(other)) is (op == other)


def test_without_the_installations_secret_nobody_makes_the_code(settings):
    ours = code_for("abc")
    settings.SECRET_KEY = "another installation's secret, long enough"
    assert code_for("abc") != ours
