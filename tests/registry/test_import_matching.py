"""What a row of a published list comes to: whom it matches, what it adds, and what it leaves alone."""

from datetime import date

import pytest

from registry.models import Event, FormerName, LegalEntity, RosterLine, Standing, Unit
from tests.registry.listings import CHAIN, FOURTH, a_csv, a_row, bring_in, plain, sizes

pytestmark = pytest.mark.django_db


def test_names_that_are_one_after_folding_are_one_entity_however_they_are_written():
    pairs = [
        ("北京 ABB 低压电器有限公司", "北京ABB低压电器有限公司"),
        ("施耐德（北京）中低压电器有限公司", "施耐德(北京)中低压电器有限公司"),
        ("ＳＭＣ（中国）有限公司", "SMC（中国）有限公司"),
        ("北京协和 药厂", "北京协和药厂"),
        ("利乐包装〔北京〕有限公司", "利乐包装（北京）有限公司"),
    ]
    outcome = bring_in(
        a_csv(*(a_row(one) for one, _ in pairs), *(a_row(other, 类型=CHAIN) for _, other in pairs))
    )
    assert outcome.counts["new"] == 10
    assert sizes() == {
        "LegalEntity": 5, "FormerName": 0, "Unit": 10, "Standing": 10, "Roster": 2, "RosterLine": 10, "Event": 1,
    }  # fmt: skip
    assert set(RosterLine.objects.values_list("name", flat=True)) == {name for pair in pairs for name in pair}


def test_one_entity_on_three_lists_has_a_unit_each_and_a_branch_is_an_entity_of_its_own():
    brewery, branch = "北京燕京啤酒股份有限公司", "北京燕京啤酒股份有限公司一分公司"
    outcome = bring_in(a_csv(a_row(brewery), a_row(brewery, 类型=CHAIN), a_row(branch, **FOURTH)))
    assert outcome.counts["probable_rename"] == 0
    assert sorted(Unit.objects.values_list("entity__name", "category")) == [
        (brewery, "green_factory"),
        (brewery, "green_supply_chain"),
        (branch, "green_factory"),
    ]


def test_a_later_list_of_the_same_kind_keeps_the_standing_and_adds_its_line():
    name = "北京宝沃汽车有限公司"
    bring_in(a_csv(a_row(name)))
    outcome = bring_in(a_csv(a_row(name, **FOURTH)))
    assert outcome.rows[0].note == "对应已有法人主体；沿用国家级资格（第三批）"
    standing = Standing.objects.get()
    assert (standing.batch, standing.since, standing.name_as_published) == (
        "第三批",
        date(2018, 10, 29),
        name,
    )
    assert set(RosterLine.objects.values_list("standing_id", flat=True)) == {standing.pk}
    assert RosterLine.objects.count() == 2


def test_within_one_file_the_older_list_opens_the_standing_whatever_the_order():
    name = "北京宝沃汽车有限公司"
    bring_in(a_csv(a_row(name, 公布日期="", 级别="市级"), a_row(name, **FOURTH), a_row(name)))
    assert set(Standing.objects.values_list("level", "batch", "since")) == {
        ("national", "第三批", date(2018, 10, 29)),
        ("municipal", "第三批", None),
    }


def test_an_older_list_does_not_raise_a_standing_from_the_dead():
    name = "北京宝沃汽车有限公司"
    bring_in(a_csv(a_row(name, **FOURTH)))
    Standing.objects.update(until=date(2022, 1, 1), ended_cause="报请撤销")
    outcome = bring_in(a_csv(a_row(name)))
    assert outcome.rows[0].note == "对应已有法人主体；国家级资格已于 2022-01-01 终止，不重新生效"
    assert Standing.objects.count() == 1
    again = bring_in(a_csv(a_row(name, 批次="第八批", 公布日期="2024-01-05")))
    assert again.rows[0].note == "对应已有法人主体；新增国家级资格"


def test_a_former_name_leads_to_its_entity_and_a_name_that_two_bear_is_refused():
    entity = LegalEntity()
    entity.call("北京新名机电有限公司", former=("北京旧名机电有限公司",))
    entity.save()
    FormerName.objects.create(
        entity=entity, name="北京旧名机电有限公司", folded=plain("北京旧名机电有限公司")
    )
    outcome = bring_in(a_csv(a_row("北京旧名机电有限公司")))
    assert outcome.rows[0].note == "按曾用名对应到“北京新名机电有限公司”；新增单位（区待定）、国家级资格"
    assert LegalEntity.objects.get() == entity
    for _ in range(2):
        twin = LegalEntity()
        twin.call("北京同名机电有限公司")
        twin.save()
    refused = bring_in(a_csv(a_row("北京同名机电有限公司")))
    assert refused.rows[0].problems[0].problem == "名册中有 2 个法人主体用过此名称"
    assert refused.stopped


def test_a_stated_former_name_is_kept_and_leads_to_the_entity_on_the_books():
    both = "北京新名机电有限公司（原北京旧名设备厂）"
    bring_in(a_csv(a_row(both)))
    assert LegalEntity.objects.get().name == "北京新名机电有限公司"
    assert FormerName.objects.get().name == "北京旧名设备厂"
    assert Standing.objects.get().name_as_published == both
    # Either name alone now finds it, on other lists.
    later = bring_in(a_csv(a_row("北京旧名设备厂", 类型=CHAIN), a_row("北京新名机电有限公司", **FOURTH)))
    assert later.made["法人主体"] == 0


def test_a_stated_rename_of_a_known_entity_joins_it_and_leaves_the_renaming_to_article_11():
    bring_in(a_csv(a_row("北京旧名设备厂")))
    outcome = bring_in(a_csv(a_row("京津新名机电有限公司（原北京旧名设备厂）", **FOURTH)))
    assert LegalEntity.objects.get().name == "北京旧名设备厂"
    assert "请按第十一条办理名称变更" in outcome.rows[0].note
    # Published once under the new name, it is found under it again.
    again = bring_in(a_csv(a_row("京津新名机电有限公司", 类型=CHAIN)))
    assert again.rows[0].note.startswith("按公布过的名称对应到“北京旧名设备厂”")
    assert LegalEntity.objects.count() == 1


@pytest.mark.parametrize(
    ("there", "comes", "hint"),
    [
        ("三一重能有限公司", "三一重能股份有限公司", "“三一重能有限公司”（100%）"),
        ("北京首钢冷轧薄板有限公司", "北京首钢冷轧板材有限公司", "“北京首钢冷轧薄板有限公司”（83%）"),
        ("三一重能有限公司", "三一重工股份有限公司", ""),
        ("北京燕京啤酒股份有限公司", "北京燕京啤酒股份有限公司一分公司", ""),
        ("北京燕京啤酒股份有限公司二分公司", "北京燕京啤酒股份有限公司一分公司", ""),
        ("北京第一机床厂", "北京第二机床厂", ""),
        ("北京协和药厂", "北京协和 药厂", ""),
    ],
)
def test_a_probable_rename_is_pointed_out_and_never_merged(there, comes, hint):
    bring_in(a_csv(a_row(there)))
    outcome = bring_in(a_csv(a_row(comes, **FOURTH)))
    assert outcome.rows[0].rename_of == hint
    assert outcome.counts["probable_rename"] == bool(hint)
    assert LegalEntity.objects.count() == (1 if plain(there) == plain(comes) else 2)
    assert bring_in(a_csv(a_row(comes, **FOURTH))).counts["matched"] == 1


def test_two_names_on_one_list_are_two_entities():
    outcome = bring_in(a_csv(a_row("三一重能有限公司"), a_row("三一重能股份有限公司")))
    assert outcome.counts["probable_rename"] == 0


def test_a_list_without_numbers_is_numbered_in_its_order_and_a_later_file_adds_to_it():
    bring_in(a_csv(a_row("北京乙机械有限公司"), a_row("北京甲机械有限公司")))
    outcome = bring_in(a_csv(a_row("北京丙化学有限公司"), a_row("北京甲机械有限公司", 地区="北京市")))
    assert list(RosterLine.objects.order_by("n").values_list("n", "name")) == [
        (1, "北京乙机械有限公司"),
        (2, "北京甲机械有限公司"),
        (3, "北京丙化学有限公司"),
    ]
    assert [(row.label, row.note) for row in outcome.rows] == [
        ("新增", "新增法人主体、单位（区待定）、国家级资格"),
        ("已登记", "地区与已登记的“北京”不同，未改"),
    ]


def test_a_district_comes_only_from_its_column_and_never_onto_a_unit_on_the_books():
    place = {"所在区": "昌平", "所在区依据": "https://example.org/1"}
    bring_in(a_csv(a_row("北京甲机械有限公司"), a_row("北京乙机械有限公司", **place)))
    assert dict(Unit.objects.values_list("entity__name", "district")) == {
        "北京甲机械有限公司": None,
        "北京乙机械有限公司": "110114",
    }
    outcome = bring_in(a_csv(a_row("北京甲机械有限公司", **FOURTH, **place)))
    assert "所在区“昌平”未写入" in outcome.rows[0].note
    assert Unit.objects.get(entity__name="北京甲机械有限公司").district is None


def test_a_district_known_to_only_one_row_of_the_file_is_the_unit_s():
    place = {"所在区": "经开区", "所在区依据": "https://example.org/1"}
    bring_in(
        a_csv(a_row("北京甲机械有限公司"), a_row("北京甲机械有限公司", 级别="市级", 公布日期="", **place))
    )
    assert Unit.objects.get().district_id == "BDA"
    assert Event.objects.get().data["districts"] == [
        ["北京甲机械有限公司", "经开区", "https://example.org/1"]
    ]
