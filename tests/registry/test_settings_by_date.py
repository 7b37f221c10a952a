"""A setting's value holds from a day on, with its basis; what has held is neither changed nor taken away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as some

from greenmfg import periods
from registry.acts import NotNow, NotYours
from registry.models import Event, Holiday, Setting
from registry.models.terms import KNOWN, Known
from registry.upkeep import settings
from tests.factories import NOW, a_setting, an_application, at
from tests.people import cast

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)
DAYS = some.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.fixture
def people(db):
    return cast()


def set_days(people, value: str = "7", *, since: date = TOMORROW, basis: str = "局务会纪要", by=None):
    by = by or people.zhou
    return settings.set_value("notice_days", value=value, basis=basis, since=since, by=by, at=NOW)


# --- which value holds


@options(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=some.dictionaries(DAYS, some.integers(1, 60), max_size=6), day=DAYS)
def test_the_value_of_a_day_is_that_of_the_latest_row_on_or_before_it_else_the_default(db, rows, day):
    with transaction.atomic():
        for since, value in rows.items():
            a_setting("notice_days", str(value), since=since)
        a_setting("bureau_days", "99", since=date(2024, 1, 1))  # another setting's history says nothing here
        begun = [since for since in rows if since <= day]
        wanted = rows[max(begun)] if begun else int(KNOWN["notice_days"].default)
        assert Setting.number("notice_days", on=day) == wanted
        term = Setting.terms("notice_days", on=day)["notice_days"]
        assert term.since == (max(begun) if begun else KNOWN["notice_days"].since)
        transaction.set_rollback(True)


def test_many_settings_are_one_query(db, django_assert_num_queries):
    a_setting("notice_days", "7")
    with django_assert_num_queries(1):
        terms = Setting.terms(on=TODAY)
    assert set(terms) == set(KNOWN)
    assert (terms["notice_days"].words, terms["notice_days"].basis) == ("7 个工作日", "测试")
    assert terms["bureau_days"].basis == KNOWN["bureau_days"].basis


def test_a_setting_that_nobody_declared_is_an_error_of_ours(db):
    with pytest.raises(KeyError):
        Setting.text("tea_break", on=TODAY)


def test_a_step_is_as_long_as_the_setting_of_the_day_of_the_act(people):
    a_setting("bureau_days", "3", since=TOMORROW)
    today = an_application(people, "examining")
    assert today.due_on == periods.add_working_days(TODAY, 10, calendar=Holiday.calendar_around(TODAY)).on
    later = an_application(people, "examining", by=people.liu)
    assert later.due_on == today.due_on  # the same day, the same term


# --- setting one


def test_a_value_holds_from_its_day_and_is_on_record_with_what_was_before(people):
    set_days(people)
    assert (Setting.number("notice_days", on=TODAY), Setting.number("notice_days", on=TOMORROW)) == (5, 7)
    (event,) = Event.objects.filter(stream="ledger:setting")
    assert (event.by, event.label, event.data["key"]) == (people.zhou, "设定值", "notice_days")
    assert event.data["fields"]["value"] == ["5", "7"]
    assert event.data["fields"]["in_force_from"][1] == "2026-03-19"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"value": "0"}, "value", "请填写 1–60 之间的整数"),
        ({"value": "61"}, "value", "请填写 1–60 之间的整数"),
        ({"value": "-3"}, "value", "请填写 1–60 之间的整数"),
        ({"value": "七"}, "value", "请填写 1–60 之间的整数"),
        ({"value": "７"}, "value", "请填写 1–60 之间的整数"),
        ({"basis": "  "}, "basis", "请写明依据"),
        ({"since": TODAY}, "in_force_from", "施行日期最早为明天（2026年3月19日）"),
        ({"since": date(2025, 1, 1)}, "in_force_from", "施行日期最早为明天"),
        ({"since": date(2206, 3, 19)}, "in_force_from", "请核对年份"),
    ],
)
def test_nonsense_is_refused_at_its_field(people, given, field, words):
    with pytest.raises(ValidationError) as wrong:
        set_days(people, **given)
    assert words in "".join(wrong.value.message_dict[field])
    assert not Setting.objects.exists()
    assert not Event.objects.filter(stream="ledger:setting").exists()


@pytest.mark.parametrize(
    ("key", "value", "fits"),
    [
        ("undo_seconds", "0", True),
        ("undo_seconds", "601", False),
        ("notice_phone", "010-55578377", True),
        ("notice_phone", "请致电", False),
        ("notice_mail", "jnc@jxj.beijing.gov.cn", True),
        ("notice_mail", "jnc", False),
        ("notice_address", "通州区运河东大街57号", True),
        ("notice_address", " ", False),
        ("notice_address", "一\n二", False),
    ],
)
def test_each_kind_of_setting_knows_what_it_may_be(key, value, fits):
    assert (KNOWN[key].problem(value) == "") is fits


def test_a_second_value_for_the_same_day_is_refused(people):
    set_days(people)
    with pytest.raises(ValidationError, match="2026年3月19日起已有设定值，请先撤下，或者另选日期"):
        set_days(people, "8")
    assert Setting.number("notice_days", on=TOMORROW) == 7


def test_terms_are_the_officers_and_technical_settings_the_administrators(people):
    for outsider in (people.gao, people.he, people.zhao, people.chen, people.shen, people.shi):
        with pytest.raises(NotYours):
            set_days(people, by=outsider)
    technical = {"value": "50", "basis": "示例", "since": TOMORROW, "at": NOW}
    with pytest.raises(NotYours):
        settings.set_value("upload_mb", by=people.zhou, **technical)
    settings.set_value("upload_mb", by=people.gao, **technical)
    assert Setting.number("upload_mb", on=TOMORROW) == 50


# --- withdrawing one


def test_a_value_to_come_may_be_withdrawn_and_then_set_anew(people):
    since = date(2028, 1, 1)
    set_days(people, since=since)
    settings.take_down("notice_days", since=since, by=people.zhou, at=NOW)
    assert Setting.number("notice_days", on=since) == 5
    set_days(people, "9", since=since)
    labels = Event.objects.filter(stream="ledger:setting").order_by("seq").values_list("label", flat=True)
    assert list(labels) == ["设定值", "撤下设定值", "设定值"]


def test_a_value_whose_day_has_come_stays(people):
    set_days(people)
    with pytest.raises(NotNow, match="已施行，不能撤下"):
        settings.take_down("notice_days", since=TOMORROW, by=people.zhou, at=at("2026-03-19 00:00"))
    with pytest.raises(NotYours):
        settings.take_down("notice_days", since=TOMORROW, by=people.gao, at=NOW)
    with pytest.raises(NotNow, match="已被撤下"):
        settings.take_down("notice_days", since=date(2027, 1, 1), by=people.zhou, at=NOW)


def test_the_database_keeps_what_has_held_and_rewrites_nothing(db):
    past = a_setting("notice_days", "7", since=date(2024, 1, 1))
    future = a_setting("notice_days", "9", since=date(2099, 1, 1))
    rows = Setting.objects.all()
    for change in (past.delete, lambda: rows.update(value="8"), future.save):
        with pytest.raises(DatabaseError, match="its day has come"), transaction.atomic():
            change()
    future.delete()
    assert list(rows) == [past]


def test_the_bounds_of_a_known_setting_are_its_own():
    tight = Known("示例", "5", "日", "示例", least=3, most=9)
    assert [n for n in range(12) if not tight.problem(str(n))] == [3, 4, 5, 6, 7, 8, 9]
