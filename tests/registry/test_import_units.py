"""What a sound table comes to: units, districts, diagnoses and recommendations, once, with their entries in the log."""

from __future__ import annotations

import io
import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from openpyxl import load_workbook

from greenmfg import clock
from registry.acts import NotYours
from registry.models import (
    Diagnosis,
    District,
    EvaluatorAgency,
    Event,
    Ledger,
    LegalEntity,
    Measure,
    Message,
    PoolApplication,
    Unit,
)
from registry.resources import brought, catalog
from registry.resources.diagnoses import Diagnoses
from registry.resources.districts import Districts
from registry.resources.importing import import_table
from registry.resources.marking import marked_workbook
from registry.resources.recommendations import Recommendations
from registry.resources.sheets import Unreadable
from registry.resources.template import template
from registry.resources.units import Units
from registry.undoing import undo
from registry.verify import verify
from tests import factories
from tests.people import cast
from tests.registry.damaged import csv_file, digest_of_everything, problems, table
from tests.registry.test_import_damaged import CODE, OTHER

NOW = factories.NOW
FACTORY = "绿色工厂"


@pytest.fixture
def people(db):
    with clock.fixed(NOW):
        yield cast()


def bring(kind, by, *rows, **options):
    content = csv_file(table(kind, *rows)) if not isinstance(rows[0], bytes) else rows[0]
    return import_table(kind, io.BytesIO(content), name="表.csv", by=by, at=NOW, **options)


def a_unit_row(name: str, **cells: str) -> dict[str, str]:
    return {"单位名称": name, "类型": FACTORY} | cells


class TestUnits:
    def test_a_new_one_is_registered_in_the_district_of_who_brings_it(self, people):
        row = a_unit_row(
            "昌平示例有限公司",
            统一社会信用代码=CODE,
            联系人="王五",
            联系电话="+86 10 1234",
            行业="食品制造业",
        )
        outcome = bring(Units, people.zhao, row)
        unit = Unit.objects.get()
        assert (unit.district.short, unit.contact, unit.phone, unit.industry) == (
            "昌平", "王五", "+86 10 1234", "食品制造业",
        )  # fmt: skip
        assert unit.entity.credit_code == CODE
        assert outcome.made == {"法人主体": 1, "单位": 1}
        entry = Event.objects.get(stream=unit.stream)
        assert (entry.label, entry.by, entry.data["sha256"]) == ("导入登记单位", people.zhao, outcome.sha256)
        event = Event.objects.get(stream="ledger:imports")
        assert (event.label, event.data["file"], event.data["made"]) == ("导入单位", "表.csv", outcome.made)
        verify()

    def test_on_the_books_gaps_are_filled_the_contact_is_renewed_and_facts_stay(self, people):
        unit = factories.a_unit(people.chen.entity, people.zhao.district)
        Unit.objects.filter(pk=unit.pk).update(industry="")
        row = a_unit_row(
            "京华示例机电有限公司", 联系人="赵六", 联系电话="", 行业="食品制造业", 地址="另一条路2号"
        )
        outcome = bring(Units, people.zhao, row)
        unit.refresh_from_db()
        assert (unit.contact, unit.phone, unit.industry, unit.address) == (
            "赵六", "010-00000000", "食品制造业", "示例路1号",
        )  # fmt: skip
        assert outcome.rows[0].status == "changed"
        assert outcome.rows[0].note == (
            "行业：空 → 食品制造业；联系人：陈晨 → 赵六；地址与在册“示例路1号”不同，未改"
        )
        entry = Event.objects.get(stream=unit.stream)
        assert entry.changes == {"industry": ["", "食品制造业"], "contact": ["陈晨", "赵六"]}
        verify()

    def test_a_missing_code_is_added_to_the_entity_and_found_by_then(self, people):
        entity = LegalEntity()
        entity.call("昌平示例有限公司")
        entity.save()
        factories.a_unit(entity, people.zhao.district)
        outcome = bring(Units, people.zhao, a_unit_row("昌平示例有限公司", 统一社会信用代码=CODE))
        entity.refresh_from_db()
        assert entity.credit_code == CODE
        assert CODE.lower() in entity.search
        assert outcome.rows[0].note == "补登信用代码"
        assert Event.objects.get(stream=entity.stream).label == "导入补登统一社会信用代码"
        again = bring(Units, people.zhao, a_unit_row("昌平示例有限公司", 统一社会信用代码=CODE))
        assert (again.changed, again.event) == (0, None)
        wrong = bring(Units, people.zhao, a_unit_row("昌平示例有限公司", 统一社会信用代码=OTHER))
        assert problems(wrong) == [(2, "统一社会信用代码", OTHER, f"与该单位在册的代码（{CODE}）不一致")]

    def test_two_codes_for_one_entity_in_one_file_contradict_each_other(self, people):
        rows = [
            a_unit_row("昌平示例有限公司", 统一社会信用代码=CODE),
            a_unit_row("昌平示例有限公司", 统一社会信用代码=OTHER, 厂区="东区"),
        ]
        outcome = bring(Units, people.zhao, *rows)
        assert problems(outcome) == [(3, "统一社会信用代码", OTHER, f"与该单位在册的代码（{CODE}）不一致")]

    def test_the_same_file_again_and_the_same_rows_in_another_file_change_nothing(self, people):
        rows = [a_unit_row(f"昌平示例{n}有限公司", 联系人="王五") for n in "甲乙丙"]
        assert bring(Units, people.zhao, *rows).changed == 3
        before = digest_of_everything()
        for again in (rows, rows[::-1], rows[:1]):
            outcome = bring(Units, people.zhao, *again)
            assert (outcome.changed, outcome.event) == (0, None)
            assert {row.status for row in outcome.rows} == {"same"}
        assert digest_of_everything() == before

    @pytest.mark.parametrize("who", ["zhao", "zhou"])
    def test_what_is_on_the_books_comes_out_and_in_again_without_a_change(self, people, who):
        factories.a_unit(people.chen.entity, people.zhao.district)
        factories.a_unit(people.liu.entity, people.sun.district)
        factories.a_unit(people.liu.entity, None, site="待定厂区")
        factories.a_unit(people.chen.entity, people.zhao.district, site="=东区", category="green_park")
        Unit.objects.filter(site="=东区").update(site="东区", phone="+86 (10) 1234-5678")
        person = getattr(people, who)
        rows = Units.listed(person)
        assert len(rows) == (2 if who == "zhao" else 4)
        Ledger.objects.create(pk="imports")
        before = digest_of_everything()
        for content in (template(Units, rows), csv_file(table(Units, *rows))):
            outcome = bring(Units, person, content)
            assert (outcome.changed, {row.status for row in outcome.rows}) == (0, {"same"}), problems(outcome)
        assert digest_of_everything() == before

    def test_the_queries_grow_only_with_what_is_written(self, people, django_assert_max_num_queries):
        rows = [a_unit_row(f"昌平示例{n}有限公司") for n in range(40)]
        bring(Units, people.zhao, *rows)
        with django_assert_max_num_queries(20):
            bring(Units, people.zhao, *rows)

    def test_an_edit_in_between_is_not_written_over(self, people, monkeypatch):
        unit = factories.a_unit(people.chen.entity, people.zhao.district)
        taken = Units.take

        def take(self, row, cells):
            Unit.objects.filter(pk=unit.pk).update(contact="刚改的")
            return taken(self, row, cells)

        monkeypatch.setattr(Units, "take", take)
        with pytest.raises(Unreadable, match="刚被他人修改"):
            bring(Units, people.zhao, a_unit_row("京华示例机电有限公司", 联系人="赵六"))
        assert Event.objects.count() == 0


class TestDistricts:
    def test_contacts_are_renewed_and_told_in_the_log(self, people):
        District.objects.filter(pk="110114").update(office="旧局", phone="1234567")
        outcome = bring(Districts, people.gao, {"区": "昌平", "主管部门": "新局", "联系电话": ""})
        there = District.objects.get(pk="110114")
        assert (there.office, there.phone) == ("新局", "1234567")
        assert outcome.rows[0].note == "主管部门：旧局 → 新局"
        event = Event.objects.get(stream="ledger:district")
        assert event.data["fields"] == {"office": ["旧局", "新局"]}
        assert bring(Districts, people.gao, template(Districts, Districts.listed(people.gao))).changed == 0


class TestDiagnoses:
    ROW = {
        "单位名称": "昌平示例有限公司", "类型": FACTORY, "诊断年度": "2025", "诊断机构": "示例评价中心",
        "完成日期": "2025-11-30", "诊断结论": "有潜力",
    }  # fmt: skip

    def test_who_was_diagnosed_is_registered_with_its_measures(self, people):
        rows = [
            self.ROW | {"诊断发现": "泄漏", "改造措施": "治漏", "预计节能量": "12.5"},
            self.ROW | {"诊断发现": "老旧", "改造措施": "更换", "计划完成日期": "2026-09-30", "诊断结论": ""},
        ]
        outcome = bring(Diagnoses, people.zhao, *rows)
        assert [row.status for row in outcome.rows] == ["new", "changed"]
        diagnosis = Diagnosis.objects.get()
        assert (diagnosis.unit.district.short, diagnosis.year, diagnosis.done_on) == (
            "昌平", 2025, date(2025, 11, 30),
        )  # fmt: skip
        measures = Measure.objects.values_list("n", "words", "saving_tce", "planned_on")
        assert list(measures) == [(1, "治漏", Decimal("12.50"), None), (2, "更换", None, date(2026, 9, 30))]
        entry = Event.objects.get(stream=diagnosis.unit.stream, label="导入登记绿色诊断")
        assert entry.data["diagnoses"][0]["measures"] == ["泄漏：治漏", "老旧：更换"]
        assert outcome.made == {"法人主体": 1, "单位": 1, "绿色诊断": 1, "改造措施": 2}
        assert bring(Diagnoses, people.zhao, *rows).changed == 0
        verify()

    def test_on_record_only_gaps_are_filled(self, people):
        bring(Diagnoses, people.zhao, self.ROW | {"完成日期": "", "诊断发现": "泄漏", "改造措施": "治漏"})
        outcome = bring(
            Diagnoses, people.zhao, self.ROW | {"诊断发现": "泄漏", "改造措施": "治漏", "预计节能量": "9"}
        )
        assert outcome.rows[0].note == "补登完成日期；补登预计节能量"
        diagnosis = Diagnosis.objects.get()
        assert (diagnosis.done_on, diagnosis.version) == (date(2025, 11, 30), 2)
        assert Measure.objects.get().saving_tce == 9
        assert Event.objects.filter(label="导入登记绿色诊断").count() == 2


class TestRecommendations:
    @pytest.fixture
    def waiting(self, people):
        return [
            factories.an_application(people, "with_district", category=category)
            for category in ("green_factory", "green_park")
        ]

    def rows(self, waiting, *words: tuple[str, str]):
        return [
            {"申请编号": case.no, "单位名称": case.unit.name, "是否推荐": act, "推荐意见": text}
            for case, (act, text) in zip(waiting, words, strict=True)
        ]

    @pytest.mark.article(5)
    def test_each_row_is_an_act_of_its_own_and_a_repeat_does_nothing(self, people, waiting):
        rows = self.rows(waiting, ("推荐", "材料齐全。\n同意推荐。"), ("不推荐", "企业停产"))
        outcome = bring(Recommendations, people.zhao, *rows)
        assert outcome.changed == 2
        cases = [PoolApplication.objects.get(pk=case.pk) for case in waiting]
        assert [case.state for case in cases] == ["examining", "district_declined"]
        assert cases[0].opinion == "材料齐全。\n同意推荐。"
        acts = Event.objects.filter(bulk=outcome.sha256[:40]).order_by("pk")
        assert [(event.act, event.by) for event in acts] == [
            ("recommend", people.zhao),
            ("decline", people.zhao),
        ]
        assert Message.objects.filter(event__in=acts, to=people.chen).count() == 2
        before = digest_of_everything()
        again = bring(Recommendations, people.zhao, *rows)
        assert (again.changed, {row.note for row in again.rows}) == (0, {"已按本文件办理"})
        assert digest_of_everything() == before
        verify()

    def test_what_was_taken_back_is_not_done_again_by_the_same_file(self, people, waiting):
        rows = self.rows(waiting, ("推荐", "同意"), ("", ""))
        bring(Recommendations, people.zhao, *rows)
        case = PoolApplication.objects.get(pk=waiting[0].pk)
        undo(case, by=people.zhao, at=NOW, seen=case.version, op="undo")
        assert bring(Recommendations, people.zhao, *rows).changed == 0
        assert PoolApplication.objects.get(pk=case.pk).state == "with_district"

    def test_a_wrong_row_keeps_all_from_being_done(self, people, waiting):
        rows = self.rows(waiting, ("推荐", "同意"), ("推荐", ""))
        before = digest_of_everything()
        assert bring(Recommendations, people.zhao, *rows).stopped
        assert digest_of_everything() == before
        assert bring(Recommendations, people.zhao, *rows, skip_invalid=True).changed == 1

    def test_who_was_faster_is_told_and_the_others_are_done(self, people, waiting, monkeypatch):
        rows = self.rows(waiting, ("推荐", "同意"), ("推荐", "同意"))
        carry_out = Recommendations.carry_out

        def late(self):
            factories.do(waiting[0], "withdraw", people.chen)
            return carry_out(self)

        monkeypatch.setattr(Recommendations, "carry_out", late)
        outcome = bring(Recommendations, people.zhao, *rows)
        assert (outcome.changed, outcome.counts["invalid"]) == (1, 1)
        assert "已办理“撤回申请”" in outcome.rows[0].problems[0].problem
        assert Event.objects.get(stream="ledger:imports").data["left_out"] == 1

    def test_the_template_lists_what_waits_and_nothing_of_it_is_done_as_it_is(self, people, waiting):
        rows = Recommendations.listed(people.zhao)
        assert [row["申请编号"] for row in rows] == [case.no for case in waiting]
        assert Recommendations.listed(people.sun) == []
        outcome = bring(Recommendations, people.zhao, template(Recommendations, rows))
        assert {row.note for row in outcome.rows} == {"未填写推荐意见"}


@pytest.mark.parametrize("kind", catalog.IMPORTERS.values(), ids=lambda kind: kind.KEY)
def test_only_those_whose_import_it_is_may(people, kind):
    content = csv_file([[column.heading for column in kind.columns], ["x"]])
    before = digest_of_everything()
    for person in people.everybody().values():
        if not kind.may(person):
            with pytest.raises(NotYours):
                bring(kind, person, content)
    assert digest_of_everything() == before
    allowed = {name for name, person in people.everybody().items() if kind.may(person)}
    assert (
        allowed
        == {
            "units": {"zhao", "sun", "zhou"},
            "diagnoses": {"zhao", "sun", "zhou"},
            "recommendations": {"zhao", "sun"},
            "districts": {"gao", "zhou"},
            "published": {"zhou"},
        }[kind.KEY]
    )


@pytest.mark.parametrize("kind", catalog.IMPORTERS.values(), ids=lambda kind: kind.KEY)
def test_a_template_as_it_is_holds_no_row_and_names_every_column(people, kind):
    content = template(kind, [])
    with pytest.raises(Unreadable, match="表头以下没有数据行"):
        bring(kind, next(p for p in people.everybody().values() if kind.may(p)), content)
    book = load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == [column.heading for column in kind.columns]
    assert page["A2"].value.startswith("【示例】")
    assert book.sheetnames == [kind.TITLE, "填写说明"]
    chosen = {str(one.sqref).partition("2:")[0] for one in page.data_validations.dataValidation}
    lists = [cell.column_letter for cell, column in zip(page[1], kind.columns, strict=True) if column.choices]
    assert set(lists) <= chosen


def test_the_marked_workbook_has_each_problem_at_its_cell_and_can_be_brought_again(people):
    rows = [
        a_unit_row("昌平示例甲有限公司", 联系电话="见名片", 区="大兴区"),
        a_unit_row("昌平示例乙有限公司"),
        a_unit_row("甲", 类型="工场"),
    ]
    content = csv_file([["本区单位"], *table(Units, *rows)])
    outcome = bring(Units, people.zhao, content, dry_run=True)
    page = load_workbook(io.BytesIO(marked_workbook(outcome))).active
    heads = {cell.value: cell.column for cell in page[2]}
    marked = sorted(cell.coordinate for row in page.iter_rows() for cell in row if cell.comment)
    wanted = sorted(page.cell(line, heads[column]).coordinate for line, column, _, _ in problems(outcome))
    assert marked == wanted
    for line, column, value, problem in problems(outcome):
        cell = page.cell(line, heads[column])
        assert (str(cell.value or ""), cell.fill.fgColor.rgb) == (
            value if column != "区" else "大兴区",
            "FFC62828",
        )
        assert cell.comment.text.startswith(f"{problem}\n建议：")
        assert f"{column}：{problem}" in page.cell(line, heads["错误原因"]).value
    assert page.cell(4, heads["错误原因"]).value is None
    again = io.BytesIO()
    page.parent.save(again)
    assert problems(bring(Units, people.zhao, again.getvalue(), dry_run=True)) == problems(outcome)


def test_agencies_are_no_business_of_a_table(people):
    row = TestDiagnoses.ROW | {"诊断机构": "没有登记的机构"}
    assert bring(Diagnoses, people.zhao, row).stopped
    assert EvaluatorAgency.objects.count() == 1


@pytest.mark.django_db(transaction=True)  # several connections, or what happens after the commit
@pytest.mark.parametrize("kind", [Units, Recommendations], ids=lambda kind: kind.KEY)
def test_two_confirmations_at_once_are_one_import(kind):
    people = cast()
    rows = [a_unit_row(f"昌平示例{n}有限公司") for n in "甲乙"]
    if kind is Recommendations:
        case = factories.an_application(people, "with_district")
        rows = [{"申请编号": case.no, "单位名称": case.unit.name, "是否推荐": "推荐", "推荐意见": "同意"}]
    upload = io.BytesIO(csv_file(table(kind, *rows)))
    upload.name, upload.size = "表.csv", len(upload.getvalue())
    file = brought.keep_upload(kind, upload, by=people.zhao, at=NOW)
    start, ends = threading.Barrier(4), []

    def one() -> None:
        try:
            start.wait(timeout=20)
            ends.append(brought.import_once(file, by=people.zhao, at=NOW, skip_invalid=False).changed)
        except Exception as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(map(str, ends)) == [str(len(rows)), "NotNow", "NotNow", "NotNow"]
    assert Event.objects.filter(stream="ledger:imports").count() == 1
    assert Unit.objects.count() == (2 if kind is Units else 1)
