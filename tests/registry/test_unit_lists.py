"""单位名录 and 待定区: who is on the books, and who waits for a district."""

from __future__ import annotations

import pytest

from greenmfg import clock
from greenmfg.rulebook import Category
from registry.models import Diagnosis, Event, Message, Standing, Unit
from registry.verify import verify
from tests.factories import NOW, a_unit
from tests.people import cast
from tests.registry.pages import as_, see
from tests.registry.registrations import an_imported_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


@pytest.fixture
def units(people) -> dict[str, Unit]:
    """A factory of 陈晨's in 昌平, a park of 刘洋's in 大兴, and two factories from a list without a district."""
    return {
        "chen": a_unit(people.chen.entity, "110114"),
        "liu": a_unit(people.liu.entity, "110115", Category.GREEN_PARK),
        "one": an_imported_entity(people, "甲示例铸造有限公司"),
        "two": an_imported_entity(people, "乙示例(北京)铸造有限公司"),
    }


def shown(page: str, units: dict[str, Unit]) -> set[str]:
    return {name for name, unit in units.items() if f'href="/units/{unit.pk}/"' in page}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"chen", "liu", "one", "two"}),
        ("?district=110114", {"chen"}),
        ("?district=none", {"one", "two"}),
        ("?category=green_park", {"liu"}),
        ("?level=national", {"one", "two"}),
        ("?level=none", {"chen", "liu"}),
        ("?level=pool", set()),
        ("?people=yes", {"chen", "liu"}),
        ("?people=no", {"one", "two"}),
        ("?diagnosed=yes", {"chen"}),
        ("?diagnosed=no&level=none", {"liu"}),
        ("?q=zhuzao", {"one", "two"}),
        ("?q=甲示例&district=110115", set()),
        ("?district=x&level=x&page=999", set()),
    ],
)
def test_the_register_under_its_filters(people, units, query, expected):
    Diagnosis.objects.create(unit=units["chen"], year=2025, agency=people.wu.agency)
    assert shown(see(people.zhou, f"/units/{query}"), units) == expected


def test_a_district_sees_its_own(people, units):
    assert shown(see(people.zhao, "/units/"), units) == {"chen"}
    assert shown(see(people.zhao, "/units/?district=110115"), units) == {"chen"}
    assert "待定区" not in see(people.zhao, "/units/")


def test_an_ended_title_is_no_title(people, units):
    Standing.objects.filter(unit=units["one"]).update(until=NOW.date(), ended_cause="x")
    assert shown(see(people.zhou, "/units/?level=none"), units) == {"chen", "liu", "one"}


def test_the_queue_says_where_a_unit_comes_from(people, units):
    Unit.objects.filter(pk=units["two"].pk).update(address="示例路3号")
    units["two"].entity.call("乙示例新铸造有限公司")
    units["two"].entity.save()
    page = see(people.zhou, "/units/pending/")
    assert shown(page, units) == {"one", "two"}
    assert "2 家单位尚未确定所在区" in page
    assert "绿色工厂 2 家" in page
    assert "国家级绿色工厂名单（第五批）" in page
    assert "公布时名称：乙示例(北京)铸造有限公司" in page
    assert shown(see(people.zhou, "/units/pending/?batch=第五批&q=甲"), units) == {"one"}
    assert shown(see(people.zhou, "/units/pending/?batch=第四批"), units) == set()
    assert "2 家单位尚未确定所在区" in see(people.zhou, "/desk/")


def test_many_get_their_district_in_one_go_on_record_and_its_people_are_told(people, units):
    keys = [units["one"].pk, units["two"].pk]
    answer = as_(people.zhou).post("/units/pending/?q=", {"district": "110115", "unit": keys})
    assert answer.status_code == 302
    assert set(Unit.objects.filter(pk__in=keys).values_list("district", flat=True)) == {"110115"}
    for key in keys:
        event = Event.objects.get(stream=f"unit:{key}")
        assert (event.label, event.by, event.changes) == (
            "确定所在区",
            people.zhou,
            {"district": [None, "110115"]},
        )
    message = Message.objects.get()
    assert (message.to, message.subject) == (people.sun, "2 家单位划入大兴区")
    assert "甲示例铸造有限公司" in message.text
    assert "2 家单位划入大兴区" in see(people.sun, "/me/notifications/")
    assert shown(see(people.sun, "/units/"), units) == {"liu", "one", "two"}
    assert "尚未确定所在区" not in see(people.zhou, "/desk/")
    verify()


def test_a_unit_that_somebody_placed_in_between_is_left_alone(people, units):
    Unit.objects.filter(pk=units["one"].pk).update(district="110108")
    keys = [units["one"].pk, units["two"].pk, 10**9]
    client = as_(people.zhou)
    client.post("/units/pending/", {"district": "110115", "unit": keys})
    assert "另有 2 家的所在区已由他人确定" in client.get("/units/pending/").content.decode()
    assert [Unit.objects.get(pk=k).district_id for k in keys[:2]] == ["110108", "110115"]


@pytest.mark.parametrize(
    "posted", [{}, {"unit": "x", "district": "110115"}, {"unit": "1", "district": "999"}]
)
def test_nothing_happens_without_a_unit_and_a_district(people, units, posted):
    answer = as_(people.zhou).post("/units/pending/", posted)
    assert answer.status_code == 422
    assert not Event.objects.filter(label="确定所在区").exists()


def test_what_was_ticked_stays_ticked_when_the_district_is_missing(people, units):
    answer = as_(people.zhou).post("/units/pending/", {"unit": units["one"].pk})
    assert answer.status_code == 422
    assert (
        f'value="{units["one"].pk}" data-bulk-row aria-label="选择 甲示例铸造有限公司" checked'
        in answer.content.decode()
    )


def test_the_chief_reads_and_the_officer_places(people, units):
    page = see(people.he, "/units/pending/")
    assert shown(page, units) == {"one", "two"}
    assert "data-bulk-row" not in page
    assert (
        as_(people.he).post("/units/pending/", {"district": "110115", "unit": units["one"].pk}).status_code
        == 403
    )
