"""Damaged tables: what is wrong is said at its very cell, and nothing changes. For each of the five imports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from greenmfg import clock
from greenmfg.rulebook import Category
from registry.models import Diagnosis, EvaluatorAgency, FormerName, LegalEntity, Measure, Unit, User
from registry.names import check_sign, fold
from registry.resources.diagnoses import Diagnoses
from registry.resources.districts import Districts
from registry.resources.importing import Importer, ImportOutcome, import_table
from registry.resources.published import PublishedLines
from registry.resources.recommendations import Recommendations
from registry.resources.sheets import Unreadable
from registry.resources.units import Units
from tests import factories
from tests.people import Cast, cast
from tests.registry.damaged import (
    Damage,
    Sample,
    broken_cells,
    broken_files,
    csv_file,
    digest_of_everything,
    oddly_written,
    problems,
    table,
    xlsx,
)

pytestmark = pytest.mark.django_db

NOW = factories.NOW


def code(first17: str) -> str:
    return first17 + check_sign(first17)


CODE, OTHER = code("91110114MA0000001"), code("91110114MA0000002")


class World:
    """The cast, and what stands on the books: 陈晨's factory in 昌平 with a diagnosis, 刘洋's in 大兴, a unit whose
    district waits, a former name; applications in several states."""

    def __init__(self) -> None:
        self.people: Cast = cast()
        people = self.people
        self.factory = factories.a_unit(people.chen.entity, people.zhao.district)
        self.theirs = factories.a_unit(people.liu.entity, people.sun.district)
        self.lost = self._entity("北京待定示例有限公司", code("91110101MA0000003"))
        factories.a_unit(self.lost, None)
        old = "京华旧名机电有限公司"
        FormerName.objects.create(entity=people.chen.entity, name=old, folded=fold(old))
        self.agency = EvaluatorAgency.objects.get()
        diagnosis = Diagnosis.objects.create(
            unit=self.factory, year=2024, agency=self.agency, done_on=date(2024, 11, 1), summary="有潜力"
        )
        Measure.objects.create(
            diagnosis=diagnosis, n=1, finding="空压机老旧", words="更换空压机", saving_tce=80
        )
        EvaluatorAgency.objects.create(name="另一评价中心")
        self.waiting = factories.an_application(people, "with_district", category=Category.GREEN_PARK)
        self.second = factories.an_application(people, "with_district", category=Category.GREEN_SUPPLY_CHAIN)
        self.examined = factories.an_application(people, "examining")
        self.foreign = factories.an_application(people, "with_district", by=people.liu)

    def _entity(self, name: str, credit_code: str | None = None) -> LegalEntity:
        entity = LegalEntity(credit_code=credit_code)
        entity.call(name)
        entity.save()
        return entity

    def by(self, kind: type[Importer]) -> User:
        people = self.people
        return {Districts: people.gao, PublishedLines: people.zhou}.get(kind, people.zhao)

    def sample(self, kind: type[Importer]) -> Sample:
        return getattr(self, kind.KEY)()

    def units(self) -> Sample:
        rows = (
            {"统一社会信用代码": CODE, "单位名称": "昌平示例甲有限公司", "类型": "绿色工厂", "区": "昌平区", "行业": "通用设备制造业", "联系电话": "010-12345678"},
            {"单位名称": "昌平示例乙有限公司", "类型": "绿色供应链管理企业", "厂区": "东区", "行业": "食品制造业"},
        )  # fmt: skip
        return Sample(Units, rows, "行业", 60, "单位名称", ("单位名称", "昌平示例甲有限公司"))

    def districts(self) -> Sample:
        rows = (
            {"区": "昌平区", "主管部门": "昌平区示例局", "联系电话": "010-11111111"},
            {"区": "大兴", "主管部门": "大兴区示例局", "联系电话": "010-22222222 转 8"},
        )
        return Sample(Districts, rows, "主管部门", 60, "区", ("区", "昌平区"))

    def diagnoses(self) -> Sample:
        rows = (
            {"单位名称": "昌平示例甲有限公司", "类型": "绿色工厂", "诊断年度": "2025", "诊断机构": "示例评价中心", "完成日期": "2025-11-30"},
            {"单位名称": "京华示例机电有限公司", "类型": "绿色工厂", "诊断年度": "2025年", "诊断机构": "示例评价中心", "完成日期": "2025/12/01",
             "诊断发现": "泄漏偏高", "改造措施": "治漏", "预计节能量": "12.5", "计划完成日期": "2026-09-30"},
        )  # fmt: skip
        return Sample(Diagnoses, rows, "诊断结论", 2000, "诊断机构", ("单位名称", "昌平示例甲有限公司"))

    def recommendations(self) -> Sample:
        rows = tuple(
            {"申请编号": case.no, "单位名称": case.unit.name, "是否推荐": act, "推荐意见": words}
            for case, act, words in (
                (self.waiting, "推荐", "同意推荐"), (self.second, "不推荐", "停产"),
            )
        )  # fmt: skip
        return Sample(Recommendations, rows, "推荐意见", 2000, "申请编号", ("申请编号", self.waiting.no))

    def published(self) -> Sample:
        common = {
            "类型": "绿色工厂",
            "级别": "国家级",
            "批次": "第三批",
            "公布日期": "2018-10-29",
            "地区": "北京",
        }
        rows = (common | {"单位名称": "北京示例甲有限公司"}, common | {"单位名称": "北京示例乙有限公司"})
        return Sample(PublishedLines, rows, "行业", 60, "单位名称", ("单位名称", "北京示例甲有限公司"))


KINDS = [Units, Districts, Diagnoses, Recommendations, PublishedLines]
AGAIN = {"invisible", "twice"}


@pytest.fixture
def world() -> Iterator[World]:
    with clock.fixed(NOW):
        yield World()


def bring(world: World, kind: type[Importer], content: bytes, **options: Any) -> ImportOutcome:
    options = {"name": "表", "by": world.by(kind), "at": NOW} | options
    return import_table(kind, io.BytesIO(content), **options)


def said(world: World, kind: type[Importer], damage: Damage, **options: Any) -> Any:
    """The wrong cells, or the words about the file as a whole; and that nothing changed."""
    before = digest_of_everything()
    try:
        outcome = bring(world, kind, damage.content, **options)
    except Unreadable as error:
        found: Any = str(error)
    else:
        found = problems(outcome)
        assert outcome.stopped
        assert outcome.changed == 0
        assert all(row.line for row in outcome.rows)
    assert digest_of_everything() == before, damage.name
    return found


# --- what is particular to one import: cells of the second row that are changed → what is said of them

PARTICULAR: dict[type[Importer], list[tuple[dict[str, str], list[tuple[str, str, str]]]]] = {
    Units: [
        ({"统一社会信用代码": CODE[:17]}, [("统一社会信用代码", CODE[:17], "统一社会信用代码应为 18 位，现为 17 位")]),
        ({"统一社会信用代码": f"{OTHER}0"}, [("统一社会信用代码", f"{OTHER}0", "统一社会信用代码应为 18 位，现为 19 位")]),
        ({"统一社会信用代码": "91110114MA000000I2"}, [("统一社会信用代码", "91110114MA000000I2", "统一社会信用代码应为 18 位，请核对第 17 位（不应出现“I”）")]),
        ({"统一社会信用代码": OTHER[:17] + "0"}, [("统一社会信用代码", OTHER[:17] + "0", "统一社会信用代码应为 18 位，请核对第 18 位（校验未通过）")]),
        ({"统一社会信用代码": "9.11101E+17"}, [("统一社会信用代码", "9.11101E+17", "统一社会信用代码应为 18 位，现为 11 位")]),
        ({"统一社会信用代码": CODE}, [("单位名称", "昌平示例乙有限公司", "与该代码的在册名称“昌平示例甲有限公司”不一致")]),
        ({"统一社会信用代码": "91110114MA00000012"}, [("单位名称", "昌平示例乙有限公司", "与该代码的在册名称“京华示例机电有限公司”不一致")]),
        ({"统一社会信用代码": "91110115MA00000020"}, [("单位名称", "昌平示例乙有限公司", "与该代码的在册名称不一致")]),
        ({"统一社会信用代码": OTHER, "单位名称": "京华示例机电有限公司"}, [("统一社会信用代码", OTHER, "与该单位在册的代码（91110114MA00000012）不一致")]),
        ({"统一社会信用代码": OTHER, "单位名称": "燕山示例新材料有限公司"}, [("统一社会信用代码", OTHER, "与该单位在册的代码不一致")]),
        ({"单位名称": "京华旧名机电有限公司"}, [("单位名称", "京华旧名机电有限公司", "是曾用名")]),
        ({"单位名称": "甲公司"}, [("单位名称", "甲公司", "少于 4 个字")]),
        ({"单位名称": "20250001"}, [("单位名称", "20250001", "不是单位名称")]),
        ({"单位名称": "长" * 121}, [("单位名称", "长" * 121, "共 121 字，超过 120 字")]),
        ({"类型": "绿色工场"}, [("类型", "绿色工场", "不是可以识别的内容")]),
        ({"类型": ""}, [("类型", "", "未填写")]),
        ({"区": "昌平县"}, [("区", "昌平县", "不是可以识别的内容")]),
        ({"区": "大兴区"}, [("区", "大兴", "不是本区")]),
        ({"单位名称": "燕山示例新材料有限公司", "类型": "绿色工厂", "厂区": ""}, [("单位名称", "燕山示例新材料有限公司", "该单位不在本区")]),
        ({"单位名称": "北京待定示例有限公司", "类型": "绿色工厂", "厂区": ""}, [("单位名称", "北京待定示例有限公司", "该单位尚未确定所在区")]),
        ({"联系电话": "见名片"}, [("联系电话", "见名片", "不是电话号码")]),
        ({"联系人": "某" * 41}, [("联系人", "某" * 41, "共 41 字，超过 40 字")]),
        ({"厂区": "某" * 81, "地址": "某" * 201}, [("厂区", "某" * 81, "共 81 字，超过 80 字"), ("地址", "某" * 201, "共 201 字，超过 200 字")]),
    ],
    Districts: [
        ({"区": "燕郊区"}, [("区", "燕郊区", "不是可以识别的内容")]),
        ({"区": "昌平县"}, [("区", "昌平县", "不是可以识别的内容")]),
        ({"区": "110115"}, [("区", "110115", "不是可以识别的内容")]),
        ({"区": "昌平"}, [("区", "昌平区", "与第 2 行重复")]),
        ({"区": "河北省"}, [("区", "河北省", "不是可以识别的内容")]),
        ({"联系电话": "见附件"}, [("联系电话", "见附件", "不是电话号码")]),
        ({"联系电话": "0" * 41}, [("联系电话", "0" * 41, "共 41 字，超过 40 字")]),
        ({"联系电话": "01"}, [("联系电话", "01", "不是电话号码")]),
        ({"联系电话": "010-1234567O"}, [("联系电话", "010-1234567O", "不是电话号码")]),
        ({"区": "", "联系电话": "无"}, [("区", "", "未填写"), ("联系电话", "无", "不是电话号码")]),
    ],
    Diagnoses: [
        ({"诊断年度": "2015"}, [("诊断年度", "2015", "不是有效年度")]),
        ({"诊断年度": "2027"}, [("诊断年度", "2027", "不是有效年度")]),
        ({"诊断年度": "25"}, [("诊断年度", "25", "不是有效年度")]),
        ({"诊断年度": "二〇二五年"}, [("诊断年度", "二〇二五年", "不是有效年度")]),
        ({"诊断年度": ""}, [("诊断年度", "", "未填写")]),
        ({"完成日期": "2025-02-30"}, [("完成日期", "2025-02-30", "不是有效日期")]),
        ({"完成日期": "45992"}, [("完成日期", "45992", "不是有效日期")]),
        ({"完成日期": "去年底"}, [("完成日期", "去年底", "不是有效日期")]),
        ({"完成日期": "2026-03-19"}, [("完成日期", "2026-03-19", "日期不合理")]),
        ({"完成日期": "2024-12-31"}, [("完成日期", "2024-12-31", "早于诊断年度")]),
        ({"诊断机构": "示例评价中"}, [("诊断机构", "示例评价中", "不是已登记的机构")]),
        ({"改造措施": ""}, [("改造措施", "", "未填写")]),
        ({"诊断发现": "", "改造措施": ""}, [("诊断发现", "", "未填写"), ("改造措施", "", "未填写")]),
        ({"预计节能量": "约十吨"}, [("预计节能量", "约十吨", "不是不小于 0 的数字")]),
        ({"预计节能量": "1,200"}, [("预计节能量", "1,200", "不是不小于 0 的数字")]),
        ({"预计节能量": "-5"}, [("预计节能量", "-5", "以公式符号开头")]),
        ({"预计节能量": "1.005"}, [("预计节能量", "1.005", "不是不小于 0 的数字")]),
        ({"计划完成日期": "2100-01-01"}, [("计划完成日期", "2100-01-01", "日期不合理")]),
        ({"诊断年度": "2024", "完成日期": "2024-11-02"}, [("完成日期", "", "与在册的完成日期不同")]),
        ({"诊断年度": "2024", "完成日期": "", "诊断结论": "无潜力"}, [("诊断结论", "", "与在册的诊断结论不同")]),
        ({"诊断年度": "2024", "完成日期": "", "诊断机构": "另一评价中心"}, [("诊断机构", "", "与在册的诊断机构不同")]),
        ({"诊断年度": "2024", "完成日期": "", "诊断发现": "空压机老旧", "改造措施": "更换空压机", "预计节能量": "90"}, [("预计节能量", "", "与在册的预计节能量不同")]),
        ({"单位名称": "昌平示例甲有限公司", "完成日期": "2025-12-01"}, [("完成日期", "", "与第 2 行的完成日期不同")]),
        ({"单位名称": "燕山示例新材料有限公司"}, [("单位名称", "燕山示例新材料有限公司", "该单位不在本区")]),
        ({"区": "大兴区"}, [("区", "大兴", "不是本区")]),
        ({"类型": "工业园"}, [("类型", "工业园", "不是可以识别的内容")]),
        ({"统一社会信用代码": CODE}, [("统一社会信用代码", CODE, "与该单位在册的代码（91110114MA00000012）不一致")]),
    ],
    Recommendations: [
        ({"申请编号": "LC-2026-9999"}, [("申请编号", "LC-2026-9999", "没有找到本区的这件申请")]),
        ({"申请编号": "第一件"}, [("申请编号", "第一件", "没有找到本区的这件申请")]),
        ({"申请编号": "{foreign}"}, [("申请编号", "{foreign}", "没有找到本区的这件申请")]),
        ({"申请编号": "{examined}"}, [("申请编号", "{examined}", "现为“待市级审核”，不能办理“不推荐”")]),
        ({"申请编号": "{examined}", "是否推荐": "推荐"}, [("申请编号", "{examined}", "现为“待市级审核”，不能办理“推荐”")]),
        ({"申请编号": "{waiting}"}, [("申请编号", "{waiting}", "与第 2 行重复")]),
        ({"单位名称": "燕山示例新材料有限公司"}, [("单位名称", "燕山示例新材料有限公司", "与申请单位名称不一致")]),
        ({"单位名称": "123"}, [("单位名称", "123", "与申请单位名称不一致")]),
        ({"单位名称": "京华示例机电"}, [("单位名称", "京华示例机电", "与申请单位名称不一致")]),
        ({"是否推荐": "同意"}, [("是否推荐", "同意", "不是可以识别的内容")]),
        ({"是否推荐": "退回补正"}, [("是否推荐", "退回补正", "不是可以识别的内容")]),
        ({"是否推荐": "1"}, [("是否推荐", "1", "不是可以识别的内容")]),
        ({"是否推荐": ""}, [("是否推荐", "", "未填写")]),
        ({"推荐意见": ""}, [("推荐意见", "", "未填写")]),
        ({"推荐意见": " \n "}, [("推荐意见", "", "未填写")]),
    ],
    PublishedLines: [
        ({"类型": "绿色工场"}, [("类型", "绿色工场", "不是可以识别的内容")]),
        ({"级别": "培育库"}, [("级别", "培育库", "不是可以识别的内容")]),
        ({"批次": ""}, [("批次", "", "未填写")]),
        ({"年度": "18"}, [("年度", "18", "不是有效年度")]),
        ({"公布日期": "2018-02-30"}, [("公布日期", "2018-02-30", "不是有效日期")]),
        ({"公布日期": "43402"}, [("公布日期", "43402", "不是有效日期")]),
        ({"序号": "甲"}, [("序号", "甲", "不是正整数")]),
        ({"地区": "北京京"}, [("地区", "北京京", "不是可以识别的内容")]),
        ({"地区": "天津", "所在区": "昌平区"}, [("所在区", "昌平", "只有北京的单位填写所在区")]),
        ({"所在区": "昌平县"}, [("所在区", "昌平县", "不是可以识别的内容")]),
        ({"source_url": "javascript:alert(1)"}, [("source_url", "javascript:alert(1)", "不是有效网址")]),
        ({"单位名称": "甲公司"}, [("单位名称", "甲公司", "少于 4 个字")]),
    ],
}  # fmt: skip


def particular(world: World, of: Sample) -> Iterator[Damage]:
    names = {name: getattr(world, name).no for name in ("waiting", "second", "examined", "foreign")}
    for cells, wrong in PARTICULAR[of.kind]:
        changed = {column: value.format(**names) for column, value in cells.items()}
        says = [(3, column, value.format(**names), problem) for column, value, problem in wrong]
        yield Damage(f"{changed}", of.csv(**changed), says)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KEY)
def test_each_damage_is_named_at_its_cell_and_nothing_changes(world: World, kind: type[Importer]) -> None:
    of = world.sample(kind)
    damages = [*broken_files(of), *broken_cells(of), *particular(world, of)]
    assert len({damage.name for damage in damages}) == len(damages) >= 30
    assert len({damage.content for damage in damages}) == len(damages)
    wrong = {
        damage.name: (found, damage.says)
        for damage in damages
        if (found := said(world, kind, damage)) != damage.says
    }
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KEY)
def test_how_a_sound_table_is_written_makes_no_difference(world: World, kind: type[Importer]) -> None:
    of = world.sample(kind)
    before = digest_of_everything()
    plain = bring(world, kind, of.csv(), dry_run=True)
    assert plain.counts["invalid"] == 0
    expected = [(row.status, row.note) for row in plain.rows]
    for name, content in oddly_written(of):
        outcome = bring(world, kind, content, dry_run=True)
        assert [(row.status, row.note) for row in outcome.rows] == expected, (name, problems(outcome))
        assert digest_of_everything() == before, name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KEY)
def test_one_wrong_row_stops_all_or_is_left_out(world: World, kind: type[Importer]) -> None:
    of = world.sample(kind)
    content = of.csv(**{of.text: "=1"})
    before = digest_of_everything()
    assert bring(world, kind, content).stopped
    assert digest_of_everything() == before
    outcome = bring(world, kind, content, skip_invalid=True)
    assert (outcome.changed, outcome.counts["invalid"]) == (1, 1)
    assert outcome.event is not None
    assert (outcome.event.data["lines"], outcome.event.data["left_out"]) == (1, 1)


def test_full_width_digits_lower_case_and_hyphens_are_the_same_code(world: World) -> None:
    of = world.sample(Units)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in OTHER)
    for written in (OTHER, OTHER.lower(), wide, f"{OTHER[:8]}-{OTHER[8:]}", f" {OTHER[:4]} {OTHER[4:]} "):
        bring(world, Units, of.csv(统一社会信用代码=written))
        assert LegalEntity.objects.get(name="昌平示例乙有限公司").credit_code == OTHER


def test_dates_and_numbers_of_a_workbook_are_read_as_they_show(world: World) -> None:
    of = world.sample(Diagnoses)
    real = {
        "诊断年度": 2025,
        "完成日期": date(2025, 12, 1),
        "预计节能量": 12.5,
        "计划完成日期": date(2026, 9, 30),
    }
    outcome = bring(world, Diagnoses, xlsx(of.changed(**real)))
    assert outcome.counts["invalid"] == 0
    measure = Measure.objects.get(words="治漏")
    assert (str(measure.saving_tce), measure.planned_on) == ("12.50", date(2026, 9, 30))


def test_an_officer_is_told_what_is_on_record_and_may_name_any_district(world: World) -> None:
    officer = {"by": world.people.zhou}
    of = world.sample(Units)
    moved = of.csv(单位名称="燕山示例新材料有限公司", 类型="绿色工厂", 厂区="", 区="昌平区")
    assert problems(bring(world, Units, moved, **officer)) == [(3, "区", "昌平", "该单位在册于大兴")]
    found = of.csv(单位名称="北京待定示例有限公司", 类型="绿色工厂", 厂区="", 区="怀柔区")
    assert bring(world, Units, found, **officer).counts["changed"] == 1
    assert Unit.objects.get(entity=world.lost).district.short == "怀柔"


def test_a_repeated_measure_and_two_bare_rows_are_repeated_rows(world: World) -> None:
    of = world.sample(Diagnoses)
    rows = csv_file(table(Diagnoses, of.rows[1], of.rows[1]))
    assert problems(bring(world, Diagnoses, rows)) == [(3, "改造措施", "治漏", "与前面的行重复")]
    other = of.rows[1] | {"改造措施": "更换阀门", "完成日期": "", "诊断结论": ""}
    outcome = bring(world, Diagnoses, csv_file(table(Diagnoses, of.rows[1], other)))
    assert [row.status for row in outcome.rows] == ["new", "changed"]
    assert Measure.objects.filter(diagnosis__year=2025).count() == 2


def test_tomorrow_is_too_late_for_a_report_of_today(world: World) -> None:
    of = world.sample(Diagnoses)
    later = NOW + timedelta(days=1)
    content = of.csv(完成日期=later.date().isoformat())
    assert problems(bring(world, Diagnoses, content)) != []
    assert bring(world, Diagnoses, content, at=later).counts["invalid"] == 0
