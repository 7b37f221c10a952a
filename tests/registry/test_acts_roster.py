"""What each act of a list writes: drawn as of a day, frozen, published by a second person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from greenmfg.rulebook import Category, Level
from registry.acts import AgainstRule, NotNow
from registry.casework import new_op, perform
from registry.models import Grade, LegalEntity, Roster, Standing
from registry.publishing import sheet
from tests.factories import a_unit, do
from tests.people import cast
from tests.registry.papers import DRAWN, HEAD, a_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


def on_the_books(name: str, district: str | None = "110114", category=Category.GREEN_FACTORY, **standing):
    """A unit with a standing in the pool, since the beginning of 2026 if nothing else is said."""
    entity = LegalEntity()
    entity.call(name)
    entity.save()
    given = {"level": Level.POOL, "since": date(2026, 1, 1), "name_as_published": name} | standing
    return Standing.objects.create(unit=a_unit(entity, district, category), **given)


def drawn(people, **head):
    return a_roster(people, filled=False, **head)


def test_draw_up_freezes_who_stands_on_that_day(people):
    on_the_books("甲厂", since=date(2026, 3, 27))
    on_the_books("乙厂", since=date(2026, 3, 28))
    on_the_books("丙厂", until=date(2026, 3, 27), ended_cause="停产")
    on_the_books("丁厂", until=date(2026, 3, 28), ended_cause="停产")
    on_the_books("戊厂", since=None)
    on_the_books("己厂", level=Level.NATIONAL)
    roster = drawn(people)
    assert {line.name for line in roster.lines.all()} == {"甲厂", "丁厂", "戊厂"}


def test_lines_stand_by_category_district_and_name_and_are_numbered(people):
    on_the_books("丙厂", None)
    on_the_books("北厂", "110115")
    on_the_books("燕厂", "110115")
    on_the_books("丁园", "110101", Category.GREEN_PARK)
    on_the_books("戊厂", "110101")
    lines = list(drawn(people).lines.values_list("n", "category", "district", "name"))
    assert [n for n, *_ in lines] == [1, 2, 3, 4, 5]
    assert [line[1:] for line in lines if line[1] == "green_factory"] == [
        ("green_factory", "东城", "戊厂"),
        ("green_factory", "大兴", "北厂"),
        ("green_factory", "大兴", "燕厂"),
        ("green_factory", "", "丙厂"),
    ]


def test_a_list_of_one_category_has_that_one_only(people):
    on_the_books("甲厂")
    on_the_books("丁园", category=Category.GREEN_PARK)
    roster = drawn(people, category=Category.GREEN_PARK)
    assert [line.name for line in roster.lines.all()] == ["丁园"]


def test_redraw_draws_anew(people):
    on_the_books("甲厂")
    roster = do(drawn(people), "send_back", people.he, when=DRAWN, reason="改日期")
    on_the_books("乙厂", since=date(2026, 3, 30))
    roster = do(
        roster, "redraw", people.zhou, when=DRAWN, **HEAD | {"as_of": date(2026, 3, 31), "title": "新"}
    )
    assert (roster.title, roster.as_of, roster.state) == ("新", date(2026, 3, 31), "drafted")
    assert {line.name for line in roster.lines.all()} == {"甲厂", "乙厂"}


def test_publish_dates_the_list(people):
    roster = a_roster(people, "published")
    assert (roster.state, roster.dated, roster.closed_at) == ("published", date(2026, 3, 27), DRAWN)


def test_a_list_without_lines_is_not_published(people):
    with pytest.raises(AgainstRule, match="名单没有任何单位"):
        do(drawn(people), "publish", people.he)


def test_a_later_list_never_edits_an_earlier_one(people):
    standing = on_the_books("甲厂")
    first = do(drawn(people), "publish", people.he, when=DRAWN)
    entity = standing.unit.entity
    entity.call("甲新厂")
    entity.save()
    Standing.objects.filter(pk=standing.pk).update(until=date(2026, 4, 1), ended_cause="出库")
    on_the_books("乙厂")
    second = drawn(people, doc_no="京经信函〔2026〕2号", as_of=date(2026, 4, 30))
    assert [line.name for line in first.lines.all()] == ["甲厂"]
    assert [line.name for line in second.lines.all()] == ["乙厂"]


def test_the_difference_to_the_last_list_of_its_kind(people):
    stays, leaves = on_the_books("甲厂"), on_the_books("乙厂")
    first = do(drawn(people), "publish", people.he, when=DRAWN)
    assert first.previous() is None
    entity = stays.unit.entity
    entity.call("甲新厂")
    entity.save()
    Standing.objects.filter(pk=leaves.pk).update(until=date(2026, 4, 1), ended_cause="出库")
    comes = on_the_books("丙厂")
    second = drawn(people, doc_no="2", as_of=date(2026, 4, 30))
    other_kind = drawn(people, doc_no="3", category=Category.GREEN_FACTORY, as_of=date(2026, 4, 30))
    found = second.difference()
    assert second.previous() == first
    assert [line.unit for line in found["added"]] == [comes.unit]
    assert [line.unit for line in found["left"]] == [leaves.unit]
    assert [(old.name, new.name) for old, new in found["renamed"]] == [("甲厂", "甲新厂")]
    assert other_kind.previous() is None


def test_a_document_number_is_used_once(people):
    on_the_books("甲厂")
    drawn(people)
    with pytest.raises(NotNow, match="发文字号已被使用"):
        drawn(people)
    assert Roster.objects.count() == 1


def test_send_back_and_void_move_the_list_alone(people):
    on_the_books("甲厂")
    assert do(drawn(people), "send_back", people.he, reason="改标题").state == "sent_back"
    roster = do(Roster.objects.get(), "void", people.zhou, reason="重拟")
    assert (roster.state, roster.lines.count()) == ("void", 1)


def test_bring_in_keeps_the_head_as_published(people):
    roster = perform(
        Roster(), "bring_in", by=people.zhou, at=DRAWN, seen=0, op=new_op(),
        level="national", title="2024年度绿色制造名单", batch="2024年度", source_url="https://example.org/list",
    )  # fmt: skip
    assert (roster.state, roster.level, roster.batch, roster.dated) == (
        "imported",
        "national",
        "2024年度",
        None,
    )
    assert roster.is_closed


def test_every_body_has_its_test():
    tested = {"draw_up", "redraw", "publish", "send_back", "void", "bring_in"}
    assert tested == set(Roster.acts())


def graded(people, standing, title: str, on: date, score: str = "85.00") -> Grade:
    """A grade of a listed factory, as a grading leaves it."""
    case = perform(Roster(), "bring_in", by=people.zhou, at=DRAWN, seen=0, op=new_op(), level="national", title=title)  # fmt: skip
    return Grade.objects.create(
        unit=standing.unit, band=title and "band", title=title, edition="2023-draft", score=Decimal(score),
        meets_requirements=bool(title), year=on.year, decided_on=on, case=case,
    )  # fmt: skip


def test_a_list_of_listed_factories_freezes_the_grade_of_its_day(people):
    first, second, third = (on_the_books(name, level=Level.NATIONAL) for name in ("甲厂", "乙厂", "丙厂"))
    graded(people, first, "绿色工厂优质企业", date(2025, 12, 1))
    graded(people, first, "绿色工厂标杆企业", date(2026, 3, 27))
    graded(people, first, "绿色工厂领军企业", date(2026, 3, 28))
    graded(people, second, "绿色工厂优质企业", date(2025, 12, 1))
    graded(people, second, "", date(2026, 3, 1))  # it no longer meets the requirements
    roster = drawn(people, level="national")
    assert dict(roster.lines.values_list("unit", "grade")) == {
        first.unit_id: "绿色工厂标杆企业",
        second.unit_id: "",
        third.unit_id: "",
    }
    assert roster.is_graded
    later = drawn(people, level="national", doc_no="2", as_of=date(2026, 3, 28))
    do(roster, "publish", people.he, when=DRAWN)
    assert [(old.grade, new.grade) for old, new in later.difference()["regraded"]] == [
        ("绿色工厂标杆企业", "绿色工厂领军企业")
    ]


def test_a_list_of_the_pool_has_no_grades(people):
    graded(people, on_the_books("甲厂"), "绿色工厂优质企业", date(2025, 12, 1))
    roster = drawn(people)
    assert (list(roster.lines.values_list("grade", flat=True)), roster.is_graded) == ([""], False)


def test_the_paper_has_a_column_for_grades_only_where_there_is_one(people):
    listed = on_the_books("甲厂", level=Level.NATIONAL)
    before = sheet(drawn(people, level="national"))
    graded(people, listed, "绿色工厂优质企业", date(2026, 3, 1))
    after = sheet(drawn(people, level="national", doc_no="2"))
    heads = [[column.heading for column in paper.columns] for paper in (before, after)]
    assert heads == [
        ["序号", "单位名称", "所在区", "类型", "行业"],
        ["序号", "单位名称", "所在区", "类型", "行业", "级别"],
    ]
    assert [len(paper.rows[0]) for paper in (before, after)] == [5, 6]
    assert after.rows[0][-1] == "绿色工厂优质企业"
    assert sum(column.width_mm for column in before.columns) == sum(c.width_mm for c in after.columns)


def test_the_grade_of_a_published_line_is_frozen(people):
    listed = on_the_books("甲厂", level=Level.NATIONAL)
    graded(people, listed, "绿色工厂优质企业", date(2026, 3, 1))
    line = do(drawn(people, level="national"), "publish", people.he, when=DRAWN).lines.get()
    with pytest.raises(IntegrityError, match="paper is published"):
        type(line).objects.filter(pk=line.pk).update(grade="绿色工厂领军企业")
