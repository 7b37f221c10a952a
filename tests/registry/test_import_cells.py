"""What is wrong with a published list is said at its cell; what is no list is refused as a whole."""

import io
import re
import zipfile
from datetime import date

import pytest

from registry.models import Event, LegalEntity, RosterLine, Unit
from registry.resources import sheets
from registry.resources.sheets import Unreadable
from tests.registry.listings import CHAIN, FOURTH, PARK, a_csv, a_row, an_xlsx, bring_in, sizes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("column", "value", "problem", "suggestion"),
    [
        ("类型", "绿色工场", "不是可以识别的内容", "是否为“绿色工厂”"),
        ("类型", "", "未填写", "请按公布的名单补填"),
        ("级别", "培育库", "不是可以识别的内容", "请填写：国家级、市级"),
        ("批次", "", "未填写", "请按公布的名单补填"),
        ("年度", "18", "不是有效年度", "请填写四位年份，不早于 2016 年"),
        ("公布日期", "2018-02-30", "不是有效日期", "请按 2018-10-29 的格式填写"),
        ("公布日期", "2036-01-01", "日期不合理", "应在 2016 年以后，且不晚于今天（2026-03-18）"),
        ("序号", "0", "不是正整数", "请填写名单中的序号；名单没有序号的留空"),
        ("地区", "北京京", "不是可以识别的内容", "是否为“北京”"),
        ("地区", "", "未填写", "请按公布的名单补填"),
        ("所在区", "昌平县", "不是可以识别的内容", "是否为“昌平区”"),
        ("单位名称", "", "未填写", "请按公布的名单补填"),
        ("单位名称", "甲公司", "少于 4 个字", "请填写全称，并核对是否错列"),
        ("单位名称", "甲" * 121, "共 121 字，超过 120 字", "请核对是否错列或者合并了单元格"),
        ("单位名称", "=1+1有限公司", "以公式符号开头", "请删除开头的 =、+、-、@ 等符号"),
        ("单位名称", "北京\ufffd机械有限公司", "含有无法识别的字符", "请对照原名单重新录入"),
        ("source_url", "javascript:alert(1)", "不是有效网址", "请填写以 http:// 或 https:// 开头的完整网址"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_column_and_a_way_out(column, value, problem, suggestion):
    before = sizes()
    outcome = bring_in(a_csv(a_row("北京甲机械有限公司"), a_row("北京乙机械有限公司") | {column: value}))
    good, bad = outcome.rows
    assert (good.status, good.line, bad.status, bad.line) == ("new", 2, "invalid", 3)
    (found,) = bad.problems
    assert (found.column, found.value, found.problem, found.suggestion) == (
        column,
        value,
        problem,
        suggestion,
    )
    assert (outcome.stopped, outcome.changed, sizes()) == (True, 0, before)


def test_every_bad_cell_of_a_row_is_named_and_skipping_leaves_out_just_this_row():
    bad = a_row("甲", 类型="?", 序号="一")
    outcome = bring_in(a_csv(bad, a_row("北京乙机械有限公司")), skip_invalid=True)
    assert {one.column for one in outcome.rows[0].problems} == {"类型", "序号", "单位名称"}
    assert (outcome.changed, outcome.stopped) == (1, False)
    assert Event.objects.get().data["left_out"] == 1


@pytest.mark.parametrize(
    ("rows", "line", "column", "problem"),
    [
        ([a_row("北京ABB低压电器有限公司"), a_row("北京 ABB 低压电器有限公司")], 3, "单位名称", "与第 2 行重复"),
        ([a_row("天津甲有限公司", 地区="天津", 所在区="昌平区")], 2, "所在区", "只有北京的单位填写所在区"),
        (
            [a_row("北京甲机械有限公司", 所在区="昌平区"), a_row("北京甲机械有限公司", **FOURTH, 所在区="大兴区")],
            3,
            "所在区",
            "同一单位在本文件另一行填写的是“昌平”",
        ),
        (
            [a_row("北京甲机械有限公司"), a_row("北京乙机械有限公司", 公布日期="2018-02-11"),
             a_row("北京丙机械有限公司", 公布日期="")],
            4,
            "公布日期",
            "同一批次有多份名单，缺少公布日期无法区分",
        ),
    ],
)  # fmt: skip
def test_rows_that_contradict_each_other_or_the_books_are_refused(rows, line, column, problem):
    outcome = bring_in(a_csv(*rows))
    found = [(row.line, one.column, one.problem) for row in outcome.rows for one in row.problems]
    assert found == [(line, column, problem)]


def test_a_slipped_row_is_noticed():
    content = (
        a_csv(a_row("北京甲机械有限公司"))
        + "绿色工厂,国家级,第三批,2018,2018-10-29,北京,北京乙,丙有限公司\r\n".encode()
    )
    (problem,) = bring_in(content).rows[1].problems[1:]
    assert (problem.value, problem.problem) == ("丙有限公司", "单元格多于表头的列")


@pytest.mark.parametrize("heading", ["工厂名称", "企业名称", "园区名称", "单位 名称", "\ufeff单位名称"])
def test_the_name_column_has_several_titles_and_none_of_them_tells_the_category(heading):
    # The list of supply-chain enterprises of 2021 calls this column 园区名称.
    bring_in(a_csv(a_row("北京甲机械有限公司", 类型=CHAIN), headings={"单位名称": heading}))
    assert Unit.objects.get().category == "green_supply_chain"


def test_regions_are_known_by_all_their_spellings_and_kept_as_published():
    regions = [
        "内蒙",
        "内蒙古",
        "兵团",
        "新疆兵团",
        "新疆生产建设兵团",
        "深圳",
        "宁波市",
        "广西壮族自治区",
        "北 京",
    ]
    bring_in(a_csv(*(a_row(f"某地{n}号机械有限公司", 地区=region) for n, region in enumerate(regions))))
    assert set(RosterLine.objects.values_list("region", flat=True)) == set(regions)
    assert LegalEntity.objects.get().name == "某地8号机械有限公司"


def test_a_workbook_with_a_title_above_real_dates_and_numbers():
    heads = ["序号", "地区", "园区名称", "类型", "级别", "批次", "公布日期", "备注"]
    outcome = bring_in(
        an_xlsx([
            ["第三批绿色工业园区名单"], [],
            heads,
            [1, "北京", "北京经济技术开发区", PARK, "国家级", "第三批", date(2018, 10, 29), "略"],
        ]),
        name="园区.xlsx",
    )  # fmt: skip
    assert [row.line for row in outcome.rows] == [4]
    assert outcome.notes == ["列“园区名称”按“单位名称”读取；类型以“类型”列为准", "未使用的列：“备注”"]
    line = RosterLine.objects.get()
    assert (line.n, line.name, line.roster.dated) == (1, "北京经济技术开发区", date(2018, 10, 29))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "是空的"),
        (b"\xff\xff\xfa\x81" * 20, "文字编码无法识别"),
        (b"%PDF-1.7 ...", "这是 PDF 文件"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "旧版 Excel"),
        (b"PK\x03\x04 nothing", "表格损坏"),
        ("甲,乙\n1,2\n".encode(), "没有找到列“类型”“级别”“批次”“地区”“单位名称”"),
        (a_csv(a_row("北京甲机械有限公司")).split(b"\n")[0], "没有数据行"),
        (a_csv(a_row("北京甲机械有限公司", 企业名称="北京乙机械有限公司")), "有两列都表示“单位名称”"),
        (a_csv(a_row("北京甲机械有限公司")) + b'"open', "csv 格式有误"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_reason(content, says):
    with pytest.raises(Unreadable, match=re.escape(says)):
        bring_in(content)


def _with_part(content: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, part if entry == name else old.read(entry))
    return out.getvalue()


def test_a_workbook_that_unfolds_without_end_is_refused_and_costs_little():
    honest = an_xlsx([["类型"]])
    sheet = "xl/worksheets/sheet1.xml"
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row></sheetData></worksheet>'
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    for part in (head + cell % (b"a" * (300 << 20)), head + far):
        with pytest.raises(Unreadable, match=r"无法读取|范围过大"):
            bring_in(_with_part(honest, sheet, part))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 5)
    rows = [a_row(f"北京{n}号示例有限公司") for n in range(30)]
    for content in (a_csv(*rows), an_xlsx([list(rows[0]), *(list(row.values()) for row in rows)])):
        with pytest.raises(Unreadable, match=r"超过 5 行|范围过大"):
            bring_in(content)
