"""Schemes: two persons, nothing unverified in force, frozen from their day, and what the ledger keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from evaluation import upkeep
from evaluation.models import SchemeVersion, schemes_on
from evaluation.scheme import Scheme
from registry.acts import NotNow, NotYours
from registry.models import Event
from tests.evaluation.gradings import SECTIONS, a_document_of, a_scheme
from tests.factories import NOW
from tests.people import cast

pytestmark = pytest.mark.django_db
LATER = date(2028, 1, 1)  # the database reads its own clock


@pytest.fixture
def people():
    return cast()


def put(row, by, since=LATER, seen=None):
    return upkeep.put_in_force(row, since=since, seen=seen or row.version, by=by, at=NOW)


def with_item(code: str, **changes) -> list[dict]:
    """The sections of the tests' scheme with one item said otherwise."""
    return [
        one | {"items": [item | changes if item["code"] == code else item for item in one["items"]]}
        for one in SECTIONS
    ]


def test_an_officer_draws_it_up_and_a_chief_puts_it_in_force(people):
    for by in (people.he, people.wu, people.zhao, people.gao):
        with pytest.raises(NotYours, match="起草指标体系"):
            upkeep.draft(Scheme.load(a_document_of()), by=by, at=NOW)
    row = a_scheme(people, since=None)
    for by in (people.zhou, people.wu, people.gao):
        with pytest.raises(NotYours, match="施行指标体系"):
            put(row, by)
    row = put(row, people.he)
    assert (row.in_force_from, row.put_by, row.version) == (LATER, people.he, 2)
    assert [one.pk for one in schemes_on(LATER, category="green_factory")] == [row.pk]


def test_whoever_had_a_part_in_drawing_it_up_does_not_put_it_in_force(people):
    row = a_scheme(people, since=None)
    row.drafters.add(people.he)
    with pytest.raises(NotYours, match="须由两人分别办理"):
        put(row, people.he)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (with_item("G1", doubt="未见标准附录"), "G1 待核：未见标准附录"),
        (with_item("N2", gauges=[{"name": "可再生能源利用率", "unit": "%"}]), "N2 基准值、引领值或档次尚未确定"),
        (with_item("G1", points="10"), "G 各项满分合计 30，与本级满分 40 不符"),
    ],
)  # fmt: skip
def test_nothing_unverified_open_or_unbalanced_comes_in_force(people, sections, words):
    row = a_scheme(people, since=None, sections=sections)
    with pytest.raises(ValidationError) as wrong:
        put(row, people.he)
    assert words in wrong.value.message_dict["sections"][0]
    assert not SchemeVersion.objects.get(pk=row.pk).in_force_from


def test_not_before_today_nor_on_a_day_that_is_a_slip_of_the_hand(people):
    row = a_scheme(people, since=None)
    for since, words in ((date(2026, 3, 17), "不能早于今天"), (date(2062, 4, 1), "请核对年份")):
        with pytest.raises(ValidationError, match=words):
            put(row, people.he, since)


def test_before_its_day_a_chief_takes_it_back_and_after_it_nobody(people):
    row = put(a_scheme(people, since=None), people.he)
    with pytest.raises(NotYours):
        upkeep.take_back(row, seen=row.version, by=people.zhou, at=NOW)
    row = upkeep.take_back(row, seen=row.version, by=people.he, at=NOW)
    assert row.is_draft
    begun = put(row, people.he, since=date(2026, 3, 18))
    with pytest.raises(NotNow, match="不在待施行状态"):
        upkeep.take_back(begun, seen=begun.version, by=people.he, at=NOW)
    with pytest.raises(NotNow, match="不能再改"):
        upkeep.redraft(begun, begun.loaded(), seen=begun.version, by=people.zhou, at=NOW)
    with pytest.raises(NotNow, match="不能再改"):
        upkeep.drop(begun, seen=begun.version, by=people.zhou, at=NOW)


def test_the_database_freezes_it_too(people):
    row = a_scheme(people)
    rows = SchemeVersion.objects.filter(pk=row.pk)
    for change in (
        lambda: rows.update(title="另一名称"),
        lambda: rows.update(sections=[]),
        lambda: rows.update(in_force_from=None, put_by=None),
        lambda: rows.update(archived=True),
        lambda: rows._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="it is frozen"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError, match="begins in preparation"), transaction.atomic():
        SchemeVersion.objects.create(in_force_from=LATER, put_by=people.he, **a_document_of("factory-sudden"))


def test_who_was_slower_overwrites_nobody(people):
    row = a_scheme(people, since=None)
    item = row.loaded().by_code["G1"]
    upkeep.change_item(row, replace(item, guide="按体系评定"), seen=1, by=people.zhou, at=NOW)
    with pytest.raises(NotNow, match="已被他人更新"):
        upkeep.change_item(row, replace(item, guide="另一说明"), seen=1, by=people.zhou, at=NOW)
    with pytest.raises(NotNow, match="已被他人更新"):
        put(row, people.he, seen=1)
    kept = SchemeVersion.objects.get(pk=row.pk)
    assert (kept.version, kept.loaded().by_code["G1"].guide) == (2, "按体系评定")


def test_a_doubt_is_cleared_with_what_was_compared_and_the_ledger_keeps_it(people):
    row = a_scheme(people, since=None, sections=with_item("G1", doubt="未见标准附录"))
    clear = replace(row.loaded().by_code["G1"], doubt="")
    for nothing in ("", "  "):
        with pytest.raises(ValidationError) as wrong:
            upkeep.change_item(row, clear, seen=1, by=people.zhou, at=NOW, checked=nothing)
        assert list(wrong.value.message_dict) == ["checked"]
    row = upkeep.change_item(row, clear, seen=1, by=people.zhou, at=NOW, checked="标准附录C第12页")
    assert row.loaded().doubts == []
    fields = Event.objects.filter(stream="ledger:scheme").latest("seq").data["fields"]
    assert fields == {
        "指标 G1": [
            "管理体系，定性，满分 20\n评分步长：0.5\n待核：未见标准附录",
            "管理体系，定性，满分 20\n评分步长：0.5",
        ],
        "checked": [None, "标准附录C第12页"],
    }
    assert put(row, people.he).in_force_from == LATER


def test_a_scheme_given_up_is_gone_and_stays_in_the_ledger(people):
    row = a_scheme(people, since=None)
    with pytest.raises(NotYours):
        upkeep.drop(row, seen=1, by=people.he, at=NOW)
    upkeep.drop(row, seen=1, by=people.zhou, at=NOW)
    assert not SchemeVersion.objects.filter(pk=row.pk).exists()
    event = Event.objects.filter(stream="ledger:scheme").latest("seq")
    assert (event.label, event.data["fields"]["title"]) == ("放弃起草", ["测试指标体系", None])
    with pytest.raises(NotNow, match="已被放弃"):
        upkeep.redraft(row, row.loaded(), seen=1, by=people.zhou, at=NOW)


def test_what_came_with_the_portal_is_vouched_for_by_an_officer_before_a_chief_puts_it_in_force(people):
    row = SchemeVersion.objects.get(code="supply-chain-general")
    with pytest.raises(ValidationError, match="须先经市局经办核对"):
        put(row, people.he)
    with pytest.raises(NotYours):
        upkeep.vouch(row, seen=row.version, by=people.he, at=NOW)
    row = upkeep.vouch(row, seen=row.version, by=people.zhou, at=NOW)
    event = Event.objects.filter(stream="ledger:scheme").latest("seq")
    assert (event.label, event.by) == ("核对指标体系", people.zhou)
    assert put(row, people.he).put_by == people.he


def test_another_text_does_not_silently_clear_a_doubt(people):
    doubtful = with_item("N2", doubt="未见原文")
    row = a_scheme(people, since=None, sections=doubtful)
    clean = Scheme.load(a_document_of())
    with pytest.raises(ValidationError) as wrong:
        upkeep.redraft(row, clean, seen=1, by=people.zhou, at=NOW)
    assert list(wrong.value.message_dict) == ["checked"]
    done = upkeep.redraft(row, clean, seen=1, by=people.zhou, at=NOW, checked="GB/T 36132-2025 第 12 页")
    assert done.loaded().doubts == []


@pytest.mark.parametrize("code", ["new", "import", "Factory", "工厂", "ab"])
def test_a_code_is_an_address_of_its_own(people, code):
    with pytest.raises(ValidationError) as wrong:
        upkeep.draft(Scheme.load(a_document_of(code)), by=people.zhou, at=NOW)
    assert list(wrong.value.message_dict) == ["code"]


def test_two_schemes_have_two_codes(people):
    a_scheme(people, since=None)
    with pytest.raises(ValidationError, match="编号已被使用"):
        a_scheme(people, since=None)


def test_who_may_read_which(people):
    today = date(2026, 3, 18)
    a_scheme(people, since=today, code="factory-now")
    a_scheme(people, since=LATER, code="factory-later")
    a_scheme(people, since=None, code="factory-draft")
    mine = SchemeVersion.objects.filter(title="测试指标体系")

    def seen(user) -> set[str]:
        return {row.code for row in mine.visible_to(user, on=today)}

    for user in (people.zhou, people.he):
        assert seen(user) == {"factory-now", "factory-later", "factory-draft"}
    for user in (people.wu, people.zhao, people.gao, people.shen, people.shi):
        assert seen(user) == {"factory-now"}
    assert seen(people.chen) == set()


def test_what_is_replaced_is_offered_until_the_day_and_no_longer(people):
    general = a_scheme(people, since=date(2026, 3, 18), code="factory-general")
    trade = a_scheme(people, since=date(2026, 3, 18), code="factory-trade")
    new = upkeep.draft(Scheme.load(a_document_of("factory-next")), by=people.zhou, at=NOW, replaces=general)
    upkeep.put_in_force(new, since=date(2026, 4, 1), seen=1, by=people.he, at=NOW)
    assert schemes_on(date(2026, 3, 31), category="green_factory") == [trade, general]
    assert schemes_on(date(2026, 4, 1), category="green_factory") == [new, trade]
    park = a_document_of("park-next") | {"category": "green_park"}
    with pytest.raises(ValidationError, match="只能替代同一类型"):
        upkeep.draft(Scheme.load(park), by=people.zhou, at=NOW, replaces=general)
