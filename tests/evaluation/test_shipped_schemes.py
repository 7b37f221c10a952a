"""The schemes that come with the portal: readable files, rows that are the bureau's, nothing unverified in disguise."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from evaluation import shipped as home
from evaluation import upkeep
from evaluation.models import SchemeVersion
from evaluation.scheme import Kind
from evaluation.scoring import Answer, score
from evaluation.shipped import install, shipped
from registry.acts import NotNow
from tests.evaluation.workbooks import shipped_scheme
from tests.factories import NOW
from tests.people import cast

CODES = ["factory-2018", "factory-gbt36132-2025", "park-2016", "supply-chain-general"]


def test_four_schemes_are_shipped_each_under_the_name_of_its_file():
    assert [one.scheme.code for one in shipped()] == CODES
    assert sorted(path.stem for path in home.HOME.glob("*.toml")) == CODES
    assert [one.scheme.code for one in shipped() if one.archived] == ["factory-2018"]


def test_the_supply_chain_is_complete_and_nothing_stands_against_it():
    scheme = shipped_scheme()
    assert scheme.problems() == []
    assert [section.code for section in scheme.sections] == ["X1", "X2", "X3", "X4", "X5", "X6"]
    assert [f"{section.points:f}" for section in scheme.sections] == ["20", "20", "20", "20", "10", "10"]
    assert [item.code for item in scheme.items] == [str(n) for n in range(1, 21)]
    points = "8 6 6 4 3 3 3 3 4 10 10 5 5 5 5 10 2.5 2.5 2.5 2.5"
    assert [f"{item.points:f}" for item in scheme.items] == points.split()
    assert [item.code for item in scheme.items if item.kind is Kind.QUANTITATIVE] == ["9", "12", "13"]
    assert {item.step for item in scheme.items if item.kind is Kind.QUALITATIVE} == {Decimal("0.5")}
    assert "由本系统按比例折算" in scheme.note  # our reading, and said to be ours
    for code in ("9", "12", "13"):
        assert scheme.by_code[code].guide == "本系统按比例折算：0 不得分，100% 得满分。"


def test_the_full_marks_of_the_supply_chain_are_one_hundred_and_a_third_of_returns_a_third_of_points():
    scheme = shipped_scheme()
    full = {
        item.code: Answer(value=Decimal(100) if item.is_measured else item.points) for item in scheme.items
    }
    assert score(scheme, full).total == 100
    some = full | {"12": Answer(value=Decimal("33.3"))}
    assert score(scheme, some).by_code["12"].points == Decimal("1.67")  # 5 × 33.3 % = 1.665


@pytest.mark.parametrize("code", ["factory-2018", "factory-gbt36132-2025", "park-2016"])
def test_what_was_not_compared_with_its_source_says_so_item_by_item(code):
    scheme = shipped_scheme(code)
    assert [item.code for item in scheme.items if not item.doubt] == []
    assert list(scheme.sums()) == []
    assert "不能施行" in scheme.note


def test_the_factory_of_2025_has_the_structure_that_was_seen_and_no_value_that_was_not():
    scheme = shipped_scheme("factory-gbt36132-2025")
    points = {s.name: f"{s.points:f}" for s in scheme.sections}
    assert points == {
        "基本要求": "0", "能源低碳化": "30", "资源高效化": "30", "生产洁净化": "16", "产品绿色化": "16", "用地集约化": "8",
    }  # fmt: skip
    energy, renewable = scheme.by_code["N1"], scheme.by_code["N3"]
    assert [(g.name, g.given, g.products) for g in energy.gauges] == [
        ("单位产品综合能耗", True, 3),
        ("单位产值综合能耗", False, 0),
    ]
    assert [f"{b.least:f}" for b in renewable.gauges[0].brackets] == ["0", "3000", "5000", "10000"]
    known = {
        (item.code, f"{value:f}")
        for item in scheme.items
        for gauge in item.gauges
        for pair in gauge.limits
        for value in pair
        if value is not None
    }
    assert known == {("N4", "8")}
    assert [item.code for item in scheme.items if item.waiver != "none"] == ["S3", "S4"]
    for code in ("C2", "Y1"):
        assert "怎样分配" in scheme.by_code[code].doubt


def test_the_park_has_thirty_one_indicators_of_which_twenty_four_count():
    scheme = shipped_scheme("park-2016")
    assert len(scheme.scored) == 24
    gauges = {gauge.code for item in scheme.scored for gauge in item.gauges if len(item.gauges) > 1}
    alone = {item.code for item in scheme.scored if len(item.gauges) < 2}
    assert gauges | alone == {str(n) for n in range(1, 32)}
    assert len(alone) == 18


@pytest.mark.django_db
def test_the_rows_are_there_in_preparation_and_the_old_one_for_reading_only():
    rows = {row.code: row for row in SchemeVersion.objects.all()}
    assert sorted(rows) == CODES
    assert {code: row.state for code, row in rows.items()} == {
        "factory-2018": "archived",
        "factory-gbt36132-2025": "draft",
        "park-2016": "draft",
        "supply-chain-general": "draft",
    }
    for one in shipped():
        assert rows[one.scheme.code].loaded() == one.scheme


@pytest.mark.django_db
def test_the_supply_chain_can_be_put_in_force_and_the_others_cannot():
    people = cast()
    today = NOW.date()
    for code in CODES:
        row = SchemeVersion.objects.get(code=code)
        if not row.archived:
            row = upkeep.vouch(row, seen=1, by=people.zhou, at=NOW)
        if code == "supply-chain-general":
            assert upkeep.put_in_force(row, since=today, seen=2, by=people.he, at=NOW).state == "in_force"
        else:
            with pytest.raises(NotNow if row.archived else ValidationError):
                upkeep.put_in_force(row, since=today, seen=row.version, by=people.he, at=NOW)
            row.refresh_from_db()
            assert row.in_force_from is None


@pytest.mark.django_db
def test_preparation_never_changes_or_revives_a_row():
    people = cast()
    row = SchemeVersion.objects.get(code="park-2016")
    other = shipped_scheme("park-2016").dump() | {"title": "市局改过的名称"}
    upkeep.redraft(row, row.loaded().load(other), seen=1, by=people.zhou, at=NOW)
    upkeep.drop(SchemeVersion.objects.get(code="factory-gbt36132-2025"), seen=1, by=people.zhou, at=NOW)
    install()
    install()
    assert sorted(SchemeVersion.objects.values_list("code", flat=True)) == [
        "factory-2018",
        "park-2016",
        "supply-chain-general",
    ]
    assert SchemeVersion.objects.get(code="park-2016").title == "市局改过的名称"
