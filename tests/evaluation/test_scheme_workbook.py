"""A scheme goes out as one workbook and comes back the same, number for number; nothing is written before the word."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.books import differences, empty_workbook, marked_scheme, read_scheme, scheme_workbook
from evaluation.models import SchemeVersion
from evaluation.scheme import Better, Bracket, Gauge, Item, Kind, Scheme, Section, Step, Waiver
from evaluation.shipped import shipped
from greenmfg import clock
from greenmfg.rulebook import Category
from registry.models import Event, ImportFile
from tests.evaluation.gradings import a_document_of, a_scheme
from tests.evaluation.workbooks import both, changed, put, shipped_scheme
from tests.factories import NOW
from tests.people import cast
from tests.registry.damaged import digest_of_everything
from tests.registry.pages import as_, see

IMPORT = "/manage/indicators/import/"
AT_SUPPLY_CHAIN = "/manage/indicators/supply-chain-general/workbook.xlsx"


@pytest.fixture
def people(db):
    with clock.fixed(NOW):
        yield cast()


def cells(content: bytes, sheet: str) -> list[list[str]]:
    page = openpyxl.load_workbook(io.BytesIO(content))[sheet]
    return [["" if one is None else one for one in row] for row in page.iter_rows(values_only=True)]


# --- out and back


@pytest.mark.parametrize("code", [one.scheme.code for one in shipped()])
def test_each_shipped_scheme_comes_back_equal(code):
    scheme = shipped_scheme(code)
    reading = read_scheme(scheme_workbook(scheme), name="指标体系.xlsx")
    assert (reading.faults, reading.notes) == ([], [])
    assert reading.scheme == scheme
    assert reading.scheme.dump() == scheme.dump()


def test_every_kind_of_item_comes_back_equal():
    scheme = Scheme.load(a_document_of())
    assert read_scheme(scheme_workbook(scheme), name="指标体系.xlsx").scheme == scheme


NUMBERS = st.decimals(min_value=-(10**11), max_value=10**11, places=6, allow_nan=False)
WORDS = (
    st.text(alphabet="中文编号甲乙丙Ab1=+-@'\"&<_x.,；（％ ", min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
LINES = st.lists(WORDS, max_size=3).map("\n".join)


@st.composite
def gauges(draw, kind: Kind, points: Decimal, code: str) -> Gauge:
    better = draw(st.sampled_from(list(Better)))
    up = better is Better.HIGHER
    heads = {"code": code, "name": draw(WORDS), "unit": draw(st.just("") | WORDS), "better": better}
    heads["formula"] = draw(LINES)
    values = sorted(set(draw(st.lists(NUMBERS, min_size=2, max_size=6, unique=True))), reverse=not up)
    if kind is Kind.STEPPED:
        count = len(values)
        steps = tuple(
            Step(v, (points * n / count).quantize(Decimal("0.01"))) for n, v in enumerate(values, 1)
        )
        return Gauge(**heads, steps=steps)
    shape = draw(st.sampled_from(["set", "open", "given", "brackets", "products"]))
    if shape == "set":
        return Gauge(**heads, base=values[0], lead=values[-1])
    if shape == "brackets":
        least = sorted(values)
        return Gauge(**heads, size="规模", brackets=tuple(Bracket(one, None, values[-1]) for one in least))
    if shape == "products":
        return Gauge(**heads, given=True, products=draw(st.integers(2, 9)), weigh="产量")
    return Gauge(**heads, given=shape == "given")


@st.composite
def schemes(draw) -> Scheme:
    """Schemes of every kind of item whose points come to 100."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=5)))
    shares = [Decimal(high - low) for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    items = [Item("J1", draw(WORDS), Kind.VETO, Decimal(0), doubt=draw(LINES))]
    for n, points in enumerate(shares):
        kind = draw(st.sampled_from([Kind.QUALITATIVE, Kind.QUANTITATIVE, Kind.STEPPED]))
        own: dict = {
            "waiver": draw(st.sampled_from(list(Waiver))),
            "guide": draw(LINES),
            "doubt": draw(LINES),
        }
        if kind is Kind.QUALITATIVE:
            own["step"] = Decimal("0.01")
        else:
            ways = draw(st.integers(1, 3))
            own["gauges"] = tuple(draw(gauges(kind, points, f"g{way}")) for way in range(ways))
        items.append(Item(f"N{n}", draw(WORDS), kind, points, **own))
    first, rest = items[:2], items[2:]
    sections = [
        Section(code, draw(WORDS), sum((i.points for i in own), Decimal(0)), tuple(own))
        for code, own in (("A", first), ("B", rest))
        if own
    ]
    heads = (draw(st.sampled_from(list(Category))), draw(WORDS), draw(WORDS), draw(LINES))
    category, title, basis, note = heads
    return Scheme.load(Scheme("made-up", category, title, basis, note, tuple(sections)).dump())


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(schemes())
def test_any_scheme_comes_back_equal(scheme):
    reading = read_scheme(scheme_workbook(scheme), name="指标体系.xlsx")
    assert reading.faults == []
    assert reading.scheme == scheme
    assert reading.scheme.dump() == scheme.dump()
    assert differences(scheme, reading.scheme) == []


@pytest.mark.parametrize("written", ["8.00", "8", "８", 8, 8.0])
def test_a_number_is_the_same_however_it_is_written(written):
    content = changed(put("E2", written))
    assert read_scheme(content, name="指标体系.xlsx").scheme == shipped_scheme()


def test_a_number_with_zeros_behind_comes_back_as_the_same_number():
    content = changed(both(put("F2", "0.50"), put("E18", "2.50")))
    assert read_scheme(content, name="指标体系.xlsx").scheme == shipped_scheme()


def test_the_workbook_has_texts_lists_to_choose_from_and_frozen_headings():
    book = openpyxl.load_workbook(io.BytesIO(scheme_workbook(shipped_scheme())))
    assert book.sheetnames == ["说明", "一级指标", "指标", "计量方法", "规模分档", "档次", "填写说明"]
    items = book["指标"]
    assert items.freeze_panes == "A2"
    assert [cell.value for cell in items[1]] == [
        "一级指标", "编号", "名称", "指标类型", "满分", "评分步长", "不适用", "证明材料", "填报说明", "待核原因",
    ]  # fmt: skip
    assert [cell.value for cell in items[18]][:6] == [
        "X6",
        "17",
        "披露企业节能减排减碳信息",
        "定性",
        "2.5",
        "0.5",
    ]
    assert items["E18"].data_type == "s"
    lists = {str(one.sqref): one.formula1 for sheet in book for one in sheet.data_validations.dataValidation}
    assert lists["D2:D1001"] == '"基本要求,定性,定量,分档"'
    assert lists["E2:E1001"] == '"越高越好,越低越好"'
    assert lists["G2:G1001"] == '"必须评价,不得分,按满分计,权重分给同一级指标,权重分给全部指标"'
    assert lists["B3"] == '"绿色工厂,绿色供应链管理企业,绿色工业园区"'


def test_the_empty_workbook_asks_for_what_must_be_filled_in():
    reading = read_scheme(empty_workbook(), name="空白.xlsx")
    assert [(one.sheet, one.cell, one.said.problem) for one in reading.faults] == [
        ("说明", f"B{row}", "未填写") for row in (2, 3, 4, 5)
    ]
    assert reading.scheme is None


def test_the_marked_workbook_says_why_and_can_be_corrected_and_brought_again():
    reading = read_scheme(changed(both(put("E2", "八"), put("D3", "定行"))), name="错.xlsx")
    marked = marked_scheme(reading)
    rows = cells(marked, "指标")
    assert rows[0][10] == "错误原因"
    assert rows[1][10] == "E2：不是数字。请填写阿拉伯数字，如 12.5，不带单位、逗号和百分号"
    assert rows[2][10] == "D3：不是可以识别的内容。是否为“定性”"
    assert rows[3][:3] == ["X1", "3", "设置专门管理机构"]
    book = openpyxl.load_workbook(io.BytesIO(marked))
    assert book["指标"]["E2"].fill.fgColor.rgb == "FFC62828"
    assert book["指标"]["E2"].comment.text == (
        "不是数字\n建议：请填写阿拉伯数字，如 12.5，不带单位、逗号和百分号"
    )
    assert book["指标"]["E4"].fill.fgColor.rgb != "FFC62828"
    put("E2", "8")(book)
    put("D3", "定性")(book)
    out = io.BytesIO()
    book.save(out)
    again = read_scheme(out.getvalue(), name="改.xlsx")
    assert (again.faults, again.scheme) == ([], shipped_scheme())


# --- over the web


def upload(content: bytes, name: str = "指标体系.xlsx") -> dict:
    return {"file": SimpleUploadedFile(name, content)}


def brought(person, content: bytes) -> str:
    """The address of the preview after an upload."""
    answer = as_(person).post(IMPORT, upload(content))
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def renamed(code: str, **more: str) -> bytes:
    return changed(both(put("B2", code, sheet="说明"), *(put(at, text) for at, text in more.items())))


def test_the_workbook_of_a_scheme_is_downloaded_and_recorded(people):
    answer = as_(people.he).get(AT_SUPPLY_CHAIN)
    assert answer.status_code == 200
    assert read_scheme(answer.content, name="a.xlsx").scheme == shipped_scheme()
    event = Event.objects.filter(stream="ledger:exports").latest("pk")
    assert (event.label, event.by, event.data["rows"]) == ("导出指标体系 supply-chain-general", people.he, 20)
    assert as_(people.he).get("/manage/indicators/nothing/workbook.xlsx").status_code == 404
    for person in (people.chen, people.zhao, people.wu, people.gao, people.shi):
        assert as_(person).get(AT_SUPPLY_CHAIN).status_code == 403
    assert Client().get(AT_SUPPLY_CHAIN).status_code == 302


def test_a_workbook_becomes_a_draft_when_its_bringer_says_so(people):
    url = brought(people.zhou, renamed("supply-chain-2027"))
    page = see(people.zhou, url)
    assert "起草新的指标体系" in page
    assert not SchemeVersion.objects.filter(code="supply-chain-2027").exists()
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": "0"})
    assert (answer.status_code, answer["Location"]) == (302, "/manage/indicators/supply-chain-2027/")
    row = SchemeVersion.objects.get(code="supply-chain-2027")
    assert (row.state, row.loaded().sections) == ("draft", shipped_scheme().sections)
    assert list(row.drafters.all()) == [people.zhou]
    file = ImportFile.objects.get()
    event = Event.objects.get(stream="ledger:scheme")
    assert event.data["fields"]["source"] == [None, f"指标体系.xlsx（SHA-256 {file.sha256}）"]
    assert (file.rows, file.done_at) == (20, NOW)
    again = as_(people.zhou).post(url, {"do": "draw_up", "seen": "0"})
    assert again.status_code == 409
    assert "已经导入或者已经放弃" in again.content.decode()
    assert Event.objects.filter(stream="ledger:scheme").count() == 1
    assert "已导入指标体系" in see(people.zhou, url)


def test_a_workbook_of_a_draft_shows_what_would_differ_and_becomes_its_next_text(people):
    content = changed(both(put("E2", "7.5"), put("E3", "6.5"), put("C4", "设立专门管理机构")))
    url = brought(people.zhou, content)
    page = see(people.zhou, url)
    for words in ("更新准备中的指标体系", "指标 1 满分", "<del>8</del>", "<ins>7.5</ins>", "指标 3 名称"):
        assert words in page, words
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": "1"})
    assert answer.status_code == 302
    row = SchemeVersion.objects.get(code="supply-chain-general")
    assert (row.version, row.loaded().by_code["1"].points) == (2, Decimal("7.5"))


def test_an_equal_workbook_changes_nothing(people):
    url = brought(people.zhou, changed(lambda book: None))
    assert "工作簿与准备中的“绿色供应链管理企业评价指标体系（通用）”相同" in see(people.zhou, url)
    assert "待确认的工作簿" in see(people.zhou, IMPORT)
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": "1"})
    assert answer.status_code == 302
    assert SchemeVersion.objects.get(code="supply-chain-general").version == 1
    assert not Event.objects.filter(stream="ledger:scheme").exists()
    assert "待确认的工作簿" not in see(people.zhou, IMPORT)


def test_who_looked_at_an_older_draft_is_told(people):
    url = brought(people.zhou, changed(put("C2", "纳入规划")))
    row = SchemeVersion.objects.get(code="supply-chain-general")
    other = brought(people.zhou, changed(put("C2", "纳入发展规划")))
    as_(people.zhou).post(other, {"do": "draw_up", "seen": "1"})
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": "1"})
    assert answer.status_code == 409
    assert "该指标体系已被他人更新" in answer.content.decode()
    row.refresh_from_db()
    assert row.loaded().by_code["1"].name == "纳入发展规划"
    assert ImportFile.objects.filter(done_at=None).count() == 1


def test_a_scheme_that_is_in_force_is_not_overwritten(people):
    row = a_scheme(people)
    content = scheme_workbook(row.loaded())
    url = brought(people.zhou, content)
    page = as_(people.zhou).get(url).content.decode()
    assert "编号 factory-test 的指标体系已施行或者待施行，不能更改" in page
    assert 'value="draw_up"' not in page
    before = row.document
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": str(row.version)})
    assert answer.status_code == 409
    row.refresh_from_db()
    assert row.document == before


def test_a_workbook_with_a_wrong_cell_is_shown_cell_by_cell_and_writes_nothing(people):
    url = brought(people.zhou, changed(put("E2", "八")))
    before = digest_of_everything()
    page = see(people.zhou, url)
    for words in ("有 1 处有误", ">E2<", ">满分<", ">八<", ">不是数字<", "marked.xlsx"):
        assert words in page, words
    assert as_(people.zhou).get(f"{url}marked.xlsx").status_code == 200
    answer = as_(people.zhou).post(url, {"do": "draw_up", "seen": "0"})
    assert answer.status_code == 422
    assert "有单元格有误，没有写入任何内容" in answer.content.decode()
    after = digest_of_everything()
    assert {name for name in after if after[name] != before[name]} <= {"registry_user", "django_session"}


def test_a_file_is_given_up_and_nobody_else_sees_it(people):
    url = brought(people.zhou, renamed("supply-chain-2027"))
    assert as_(people.he).get(url).status_code == 403
    assert as_(people.zhou).post(url, {}).status_code == 422
    answer = as_(people.zhou).post(url, {"do": "drop"})
    assert (answer.status_code, answer["Location"]) == (302, IMPORT)
    assert as_(people.zhou).get(url).status_code == 404
    assert not SchemeVersion.objects.filter(code="supply-chain-2027").exists()


def test_what_is_no_workbook_is_refused_at_the_door(people):
    answer = as_(people.zhou).post(IMPORT, upload(b"a,b\n1,2\n", "a.csv"))
    assert answer.status_code == 422
    assert "指标体系只能从 .xlsx 工作簿导入，请下载模板填写" in answer.content.decode()
    assert as_(people.zhou).post(IMPORT).status_code == 422
    assert ImportFile.objects.count() == 0


def test_the_order_and_what_is_new_or_gone_are_differences():
    old = Scheme.load(a_document_of())
    document = a_document_of()
    first, second, third = document["sections"]
    new = Scheme.load(document | {"sections": [first, third, second]})
    assert differences(old, new)[0] == ("一级指标的次序", "J、N、G", "J、G、N")
    less = Scheme.load(document | {"sections": [first, second, third | {"items": third["items"][:1]}]})
    assert [one for one in differences(old, less) if one.name == "指标 G2"] == [
        ("指标 G2", "一级指标 G；编号 G2；名称 先进工艺设备数量；指标类型 分档；满分 20；不适用 必须评价", "")
    ]
