"""名单发布 and 培育库名录."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from greenmfg import clock
from registry.casework import new_op
from registry.models import Event, Roster, Standing
from tests import factories
from tests.people import cast
from tests.registry.pages import as_, enterprise, see, seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def after_the_notice():
    with clock.fixed(factories.AFTER_NOTICE):
        yield


@pytest.fixture
def in_pool(people):
    return factories.an_application(people, "admitted")


def typed(**fields) -> dict:
    """A list as its form posts it."""
    given = {
        "op": new_op(),
        "seen": "0",
        "level": "pool",
        "category": "",
        "as_of": "2026-03-26",
        "title": "北京市绿色制造培育库名单",
        "doc_no": "京经信发〔2026〕12号",
        "text": "",
    }
    return given | fields


def test_drawn_by_one_published_by_another_seen_by_the_administrator(people, in_pool):
    zhou, he, gao = as_(people.zhou), as_(people.he), as_(people.gao)
    assert "北京市绿色制造培育库名单（2026年3月）" in zhou.get("/lists/edit/new/").content.decode()
    assert zhou.post("/lists/edit/new/", typed()).status_code == 302
    roster = Roster.objects.get()
    url = roster.get_absolute_url()
    assert in_pool.unit.name in he.get(url).content.decode()
    assert gao.get(url).status_code == 404
    assert roster.no not in gao.get("/lists/edit/").content.decode()
    assert zhou.post(f"{url}publish/", seen(roster)).status_code == 403
    assert he.post(f"{url}publish/", seen(roster)).status_code == 302
    assert roster.no in gao.get("/lists/edit/").content.decode()
    assert in_pool.unit.name in gao.get(url).content.decode()
    see(people.gao, "/lists/edit/new/", 403)
    see(people.gao, f"{url}publish/", 403)


def test_difference_to_the_list_before(people, in_pool):
    as_(people.zhou).post("/lists/edit/new/", typed())
    first = Roster.objects.get()
    as_(people.he).post(f"{first.get_absolute_url()}publish/", seen(first))
    more = factories.a_unit(enterprise(90).entity, "110101")
    Standing.objects.create(unit=more, level="pool", name_as_published=more.name, since=date(2026, 3, 20))
    form = typed(title="名单之二", doc_no="京经信发〔2026〕13号")
    text = see(people.he, as_(people.zhou).post("/lists/edit/new/", form)["Location"])
    assert "新增 1 家" in text
    assert "移出" not in text


def test_the_same_document_number_twice_is_refused_with_what_was_typed(people, in_pool):
    as_(people.zhou).post("/lists/edit/new/", typed())
    answer = as_(people.zhou).post("/lists/edit/new/", typed(title="另一份名单"))
    assert answer.status_code == 409
    assert "该发文字号已被使用" in answer.content.decode()
    assert "另一份名单" in answer.content.decode()


def test_outsiders_do_not_enter(people):
    for outsider in (people.zhao, people.chen, people.wu, people.shen, people.shi):
        see(outsider, "/lists/edit/", 403)
    see(people.chen, "/pool/", 403)


def test_pool_shows_and_exports_exactly_what_is_filtered(people, in_pool):
    factories.an_application(people, "admitted", by=people.liu)
    assert "现有 2 家" in see(people.zhou, "/pool/")
    text = see(people.zhou, "/pool/?district=110114")
    assert "京华示例机电有限公司" in text
    assert "燕山示例新材料有限公司" not in text
    answer = as_(people.zhou).get("/pool/?district=110114&export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0][0] == "北京市绿色制造培育库名录"
    assert [row[1] for row in rows[3:]] == ["单位名称", "京华示例机电有限公司"]
    event = Event.objects.get(stream="ledger:exports")
    assert event.by == people.zhou
    assert (event.data["rows"], event.data["conditions"]) == (1, "区：昌平")


def test_a_district_sees_its_own_pool_whatever_it_asks_for(people, in_pool):
    factories.an_application(people, "admitted", by=people.liu)
    text = see(people.zhao, "/pool/?district=110115")
    assert "京华示例机电有限公司" in text
    assert "燕山示例新材料有限公司" not in text
