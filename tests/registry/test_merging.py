"""合并法人主体: everything goes over, on record; taken back, every row is as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenmfg import clock
from greenmfg.rulebook import Category, Level
from registry import names
from registry.acts import AgainstRule, NotNow
from registry.casework import record
from registry.drafts import open_draft
from registry.merging import merge, plan_of, restore
from registry.models import (
    Diagnosis,
    Event,
    FormerName,
    LegalEntity,
    Merge,
    PoolApplication,
    RosterLine,
    Standing,
    Unit,
    User,
)
from registry.models.units import MERGED
from registry.resources.books import Books
from registry.verify import verify
from tests.factories import NOW, a_call, a_draft, a_unit, an_application, at
from tests.people import cast
from tests.registry.pages import as_, see
from tests.registry.registrations import an_imported_entity

pytestmark = pytest.mark.django_db

OLD = "京华示例机电厂"  # the name under which 陈晨's entity stands on a published list


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def joined(people, kept: LegalEntity, gone: LegalEntity) -> Merge:
    return merge(kept.pk, gone.pk, by=people.zhou, at=NOW, reason="同一企业的两条记录")


def back(people, deed: Merge) -> Merge:
    return restore(deed, by=people.zhou, at=NOW, reason="核对有误")


def test_everything_of_the_one_goes_over_to_the_other(people):
    case = an_application(people, "examining")
    unit = an_imported_entity(people, OLD)
    standing, line = Standing.objects.get(), RosterLine.objects.get()
    deed = joined(people, people.chen.entity, unit.entity)
    standing.refresh_from_db(), line.refresh_from_db()
    assert (standing.unit_id, line.unit_id) == (case.unit_id, case.unit_id)  # one factory at one site
    shell = LegalEntity.objects.get(pk=unit.entity_id)
    assert shell.merged_into == people.chen.entity
    kept = LegalEntity.objects.get(pk=people.chen.entity_id)
    assert FormerName.objects.get().entity == kept
    assert names.fold(OLD) in kept.search
    assert [e.label for e in Event.objects.filter(stream=kept.stream)] == ["并入法人主体"]
    assert [e.label for e in Event.objects.filter(stream=shell.stream)][-1] == "并入其他法人主体"
    assert Event.objects.filter(stream=kept.stream).get().reason == "同一企业的两条记录"
    assert deed.stands
    verify()


def test_a_unit_of_another_category_goes_over_whole_with_its_people_and_cases(people):
    case = an_application(people, "examining", by=people.liu, category=Category.GREEN_PARK)
    joined(people, LegalEntity.objects.get(pk=an_imported_entity(people, OLD).entity_id), people.liu.entity)
    unit = Unit.objects.get(pk=case.unit_id)
    assert unit.entity.name == OLD
    assert User.objects.get(pk=people.liu.pk).entity == unit.entity
    assert see(User.objects.get(pk=people.liu.pk), case.get_absolute_url())
    verify()


def test_the_code_goes_over_to_the_one_that_has_none(people):
    unit = an_imported_entity(people, OLD)
    code = people.chen.entity.credit_code
    deed = joined(people, unit.entity, people.chen.entity)
    assert LegalEntity.objects.get(credit_code=code).pk == unit.entity_id
    assert code.lower() in LegalEntity.objects.get(pk=unit.entity_id).search
    back(people, deed)
    assert LegalEntity.objects.get(credit_code=code) == people.chen.entity
    assert code.lower() not in LegalEntity.objects.get(pk=unit.entity_id).search
    verify()


def test_of_two_titles_on_one_level_the_later_ends_and_comes_back(people):
    first, second = an_imported_entity(people, OLD), an_imported_entity(people, "京华示例机电总厂")
    Standing.objects.filter(unit=second).update(since=date(2022, 1, 15), batch="2021年度")
    deed = joined(people, first.entity, second.entity)
    held = {s.batch: (s.unit_id, s.until, s.ended_cause) for s in Standing.objects.all()}
    assert held == {"第五批": (first.pk, None, ""), "2021年度": (first.pk, NOW.date(), MERGED)}
    assert "2021年度" in see(people.zhou, f"/entities/{first.entity_id}/") or deed.stands
    # An end on paper only: it bars nobody (Article 12), and the public reads of one title.
    assert PoolApplication(unit=first).bars() == []
    assert "2021年度" not in see(people.zhou, f"/units/{first.pk}/")
    back(people, deed)
    held = {s.batch: (s.unit_id, s.until, s.ended_cause) for s in Standing.objects.all()}
    assert held == {"第五批": (first.pk, None, ""), "2021年度": (second.pk, None, "")}


def test_two_codes_are_two_entities(people):
    with pytest.raises(AgainstRule, match="统一社会信用代码不同"):
        joined(people, people.chen.entity, people.liu.entity)
    assert not Merge.objects.exists()


def test_two_open_cases_of_one_kind_stand_against_it(people):
    case = a_draft(people)
    unit = an_imported_entity(people, OLD, district=people.zhao.district)
    person = User.objects.create(username="x", name="x", role="unit", entity=unit.entity)
    other = open_draft(PoolApplication(unit=unit, district=unit.district, batch=a_call()), by=person, at=NOW)
    with pytest.raises(AgainstRule, match=f"各有一件未办结的入库申请（{case.no}、{other.no}）"):
        joined(people, people.chen.entity, unit.entity)
    page = see(people.zhou, f"/entities/merge/?kept={people.chen.entity_id}&gone={unit.entity_id}")
    assert "请先办结其中一件" in page
    assert "以上问题解决后方可合并" in page


def test_a_reason_is_asked_for_and_the_same_record_is_no_pair(people):
    unit = an_imported_entity(people, OLD)
    with pytest.raises(AgainstRule, match="须写明理由"):
        merge(people.chen.entity_id, unit.entity_id, by=people.zhou, at=NOW, reason=" ")
    with pytest.raises((AgainstRule, NotNow)):
        joined(people, unit.entity, unit.entity)


def test_a_diagnosis_of_the_same_year_stays_with_the_old_record_and_is_said(people):
    unit, twin = an_imported_entity(people, OLD), a_unit(people.chen.entity, "110114")
    for one in (unit, twin):
        Diagnosis.objects.create(unit=one, year=2025, agency=people.wu.agency)
    page = see(people.zhou, f"/entities/merge/?kept={people.chen.entity_id}&gone={unit.entity_id}")
    assert "留在原记录中" in page
    joined(people, people.chen.entity, unit.entity)
    assert Diagnosis.objects.filter(unit=unit).count() == 1


def test_the_shell_stands_in_no_list_search_claim_or_choice_but_keeps_its_page(people):
    unit, twin = an_imported_entity(people, OLD), a_unit(people.chen.entity, "110114")
    joined(people, people.chen.entity, unit.entity)
    pages = {
        "/entities/?q=机电厂": "京华示例机电有限公司",  # found by the name it bore
        "/search/?q=机电厂": f"/units/{twin.pk}/",
        "/units/?q=机电厂": f"/units/{twin.pk}/",
        "/units/pending/": "",
    }
    for path, words in pages.items():
        page = see(people.zhou, path)
        assert f"/units/{unit.pk}/" not in page, path
        assert words in page
    shell = see(people.zhou, f"/entities/{unit.entity_id}/")
    assert "已并入" in shell
    assert f"/entities/{people.chen.entity_id}/" in shell
    assert LegalEntity.objects.in_use().count() == 2
    # An import knows the one that is left, by either name.
    books = Books()
    assert books.entity_of(OLD)[0] == people.chen.entity
    found = as_(people.shen).get("/backstage/autocomplete/", {
        "term": "机电", "app_label": "registry", "model_name": "user", "field_name": "entity"}).json()  # fmt: skip
    assert [row["text"] for row in found["results"]] == ["京华示例机电有限公司"]


def test_an_old_link_leads_on_to_the_unit_that_took_its_place(people):
    unit, twin = an_imported_entity(people, OLD), a_unit(people.chen.entity, "110114")
    joined(people, people.chen.entity, unit.entity)
    from django.test import Client

    assert Client().get(f"/units/{unit.pk}/")["Location"] == f"/units/{twin.pk}/"
    assert OLD in Client().get(f"/units/{twin.pk}/").content.decode()  # as a former name
    assert "法人主体已合并" in see(people.zhou, f"/units/{unit.pk}/")


def test_taken_back_only_while_nothing_has_changed_since(people):
    unit = an_imported_entity(people, OLD)
    deed = joined(people, people.chen.entity, unit.entity)
    Standing.objects.update(until=NOW.date(), ended_cause="到期")  # a new fact, not one that the merge wrote
    other = Unit.objects.get(pk=unit.pk)
    assert other.entity == people.chen.entity
    back(people, deed)
    deed = joined(people, people.chen.entity, unit.entity)
    third = an_imported_entity(people, "京华示例总厂")
    joined(people, third.entity, people.chen.entity)
    with pytest.raises(NotNow, match="在合并之后又有变动"):
        back(people, deed)
    page = see(people.zhou, f"/entities/merges/{deed.pk}/restore/")
    assert "不能恢复分立" in page


def test_taken_back_once(people):
    deed = joined(people, people.chen.entity, an_imported_entity(people, OLD).entity)
    back(people, deed)
    with pytest.raises(NotNow, match="已恢复分立"):
        back(people, deed)


def test_the_pages_carry_it_out_and_take_it_back(people):
    unit = an_imported_entity(people, OLD)
    client = as_(people.zhou)
    assert "名称相近" in client.get(f"/entities/{people.chen.entity_id}/").content.decode()
    url = f"/entities/merge/?kept={people.chen.entity_id}&gone={unit.entity_id}"
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "同一企业"})["Location"] == f"/entities/{people.chen.entity_id}/"
    deed = Merge.objects.get()
    assert client.post(url, {"reason": "同一企业"}).status_code == 422  # a second click
    assert Merge.objects.count() == 1
    assert "合并记录" in see(people.he, "/entities/")
    answer = client.post(deed.get_absolute_url(), {"reason": "核对有误"})
    assert answer["Location"] == f"/entities/{unit.entity_id}/"
    assert client.post(deed.get_absolute_url(), {"reason": "核对有误"}).status_code == 409
    assert not LegalEntity.objects.filter(merged_into__isnull=False).exists()


# --- every row as it was

TABLES = ["LegalEntity", "Unit", "User", "Standing", "RosterLine", "FormerName", "Diagnosis", "Case",
          "PoolApplication", "Invitation", "Document"]  # fmt: skip
MOVES_WITH_EVENTS = {"version", "head_seq", "head_hash", "last_login"}


def snapshot() -> dict[str, list[dict[str, Any]]]:
    """Every row of the register's tables, without what moves with each event."""
    return {
        table: [
            {name: value for name, value in row.items() if name not in MOVES_WITH_EVENTS}
            for row in apps.get_model("registry", table).objects.order_by("pk").values()
        ]
        for table in TABLES
    }


SITES = st.sampled_from(["", "二厂区"])
UNIT = st.fixed_dictionaries(
    {
        "category": st.sampled_from(list(Category)),
        "site": SITES,
        "district": st.sampled_from([None, "110114", "110115"]),
        "address": st.sampled_from(["", "示例路1号"]),
        "levels": st.lists(st.sampled_from(list(Level)), unique=True, max_size=2),
        "since": st.sampled_from([None, date(2020, 1, 1), date(2022, 1, 1)]),
        "years": st.lists(st.sampled_from([2024, 2025]), unique=True, max_size=2),
        "listed": st.booleans(),
        "draft": st.booleans(),
    }
)
ENTITY = st.fixed_dictionaries(
    {
        "units": st.lists(UNIT, max_size=4, unique_by=lambda u: (u["category"], u["site"])),
        "former": st.lists(st.sampled_from(["甲示例厂", "乙示例厂"]), unique=True, max_size=2),
        "people": st.integers(0, 2),
    }
)


def build(people, number: int, what: dict[str, Any], code: str | None) -> LegalEntity:
    entity = LegalEntity(credit_code=code)
    entity.call(f"性质示例{number}号有限公司", former=tuple(what["former"]))
    entity.save()
    for name in what["former"]:
        FormerName.objects.create(entity=entity, name=name, folded=names.fold(name))
    staff = [
        User.objects.create(username=f"p{entity.pk}-{n}", name="示例", role="unit", entity=entity)
        for n in range(what["people"])
    ]
    for given_unit in what["units"]:
        unit = Unit.objects.create(
            entity=entity, category=given_unit["category"], site=given_unit["site"],
            district_id=given_unit["district"], address=given_unit["address"],
        )  # fmt: skip
        for level in given_unit["levels"]:
            Standing.objects.create(
                unit=unit, level=level, name_as_published=entity.name, since=given_unit["since"]
            )
        for year in given_unit["years"]:
            Diagnosis.objects.create(unit=unit, year=year, agency=people.wu.agency)
        if given_unit["listed"]:
            roster = an_imported_entity(people, f"名单示例{unit.pk}厂").roster_lines.get().roster
            RosterLine.objects.create(
                roster=roster, n=900 + unit.pk, name=entity.name, category=unit.category, unit=unit
            )
        if given_unit["draft"] and staff:
            open_draft(
                PoolApplication(unit=unit, district=unit.district, batch=a_call()), by=staff[0], at=NOW
            )
    return entity


@settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    kept=ENTITY,
    gone=ENTITY,
    coded=st.sampled_from([(True, False), (False, True), (False, False)]),
    n=st.integers(1, 10**6),
)
def test_merged_and_taken_back_every_row_is_as_it_was(people, kept, gone, coded, n):
    codes = [f"91110114MA{n:07d}{i}" if has else None for i, has in enumerate(coded)]
    LegalEntity.objects.filter(credit_code__in=[c for c in codes if c]).update(credit_code=None)
    first, second = build(people, 1, kept, codes[0]), build(people, 2, gone, codes[1])
    before = snapshot()
    if plan_of(first, second, on=NOW.date()).blocks:
        with pytest.raises(AgainstRule, match="未办结"):
            joined(people, first, second)
        assert snapshot() == before
        return
    deed = joined(people, first, second)
    shell = LegalEntity.objects.get(pk=second.pk)
    assert shell.merged_into_id == first.pk
    assert not Standing.objects.filter(unit__entity=shell).exists()
    assert not User.objects.filter(entity=shell).exists()
    assert not RosterLine.objects.filter(unit__entity=shell).exists()
    assert not PoolApplication.objects.filter(unit__entity=shell).exists()
    back(people, deed)
    assert snapshot() == before
    verify()


def test_what_a_later_room_adds_to_a_unit_goes_over_too(people):
    """The links are found in the tables, not listed by hand."""
    from registry.merging import _links_to

    to_unit = {(link.model._meta.label, link.name) for link in _links_to(Unit)}
    assert {
        ("registry.Standing", "unit"),
        ("registry.Case", "unit"),
        ("registry.RosterLine", "unit"),
    } <= to_unit
    assert ("registry.Event", "unit") not in to_unit
    to_entity = {(link.model._meta.label, link.name) for link in _links_to(LegalEntity)}
    assert {("registry.User", "entity"), ("registry.LegalEntity", "merged_into")} <= to_entity


def test_an_edit_beside_the_merge_does_not_stand_against_taking_it_back(people):
    unit = an_imported_entity(people, OLD)
    deed = joined(people, people.chen.entity, unit.entity)
    record(
        people.chen.entity, "改代码说明", by=people.zhou, at=at("2026-03-19"), changes={"code_evidence": "x"}
    )
    back(people, deed)
    assert LegalEntity.objects.get(pk=people.chen.entity_id).code_evidence == "x"
