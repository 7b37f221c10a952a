"""Published lists come in: as published, once, all or nothing, with one event each."""

import csv
import hashlib
import io
import os
import random
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from greenmfg import clock
from registry.acts import NotYours
from registry.models import Event, Roster, RosterLine, Standing, Unit
from registry.verify import Broken, verify
from tests.factories import NOW
from tests.people import cast
from tests.registry.listings import (
    CHAIN,
    FACTORY,
    FOURTH,
    PARK,
    a_csv,
    a_row,
    an_xlsx,
    bring_in,
    plain,
    sizes,
)

pytestmark = pytest.mark.django_db

BEIJING, NATIONAL = "beijing_published_units.csv", "national_published_units_2017_2018.csv"


@pytest.fixture
def published():
    """Reads one of the real lists, which lie outside of the repository."""

    def content(name: str) -> bytes:
        folder = os.environ.get("PUBLISHED_LISTS", "")
        if folder and (Path(folder) / name).is_file():
            return (Path(folder) / name).read_bytes()
        if os.environ.get("CI") or folder:
            pytest.fail(f"PUBLISHED_LISTS={folder!r} has no {name}: the real lists must be tested here")
        pytest.skip("PUBLISHED_LISTS is not set")

    return content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def expected(*files: list[dict[str, str]]) -> dict[str, int]:
    """What the register must hold after these files, worked out from nothing but their cells."""
    rows = [row for file in files for row in file]
    lists = {(row["类型"], row["级别"], row["批次"], row["公布日期"]) for row in rows}
    mine = [(plain(row["单位名称"]), row["类型"], row["级别"]) for row in rows if row["地区"] == "北京"]
    return {
        "Roster": len(lists),
        "RosterLine": len({(plain(row["单位名称"]), row["类型"], row["级别"], row["批次"]) for row in rows}),
        "LegalEntity": len({name for name, _, _ in mine}),
        "Unit": len({(name, category) for name, category, _ in mine}),
        "Standing": len(set(mine)),
        "FormerName": 0,
    }


def test_all_rows_of_beijing_come_in_and_the_numbers_are_those_of_the_file(published):
    content = published(BEIJING)
    outcome = bring_in(content)
    assert outcome.changed == 94
    assert outcome.counts == {"new": 94, "matched": 0, "probable_rename": 0, "invalid": 0}
    assert sizes() == expected(rows_of(content)) | {"Event": 1}
    assert sizes() == {
        "LegalEntity": 74, "FormerName": 0, "Unit": 80, "Standing": 94, "Roster": 10, "RosterLine": 94, "Event": 1,
    }  # fmt: skip
    assert Unit.objects.filter(district__isnull=True).count() == 78
    assert Unit.objects.filter(district_id="BDA").count() == 2


def test_all_rows_of_the_country_come_in_and_only_those_of_beijing_join_the_register(published):
    content = published(NATIONAL)
    outcome = bring_in(content)
    assert (outcome.changed, outcome.counts["new"], outcome.counts["invalid"]) == (920, 920, 0)
    assert sizes() == expected(rows_of(content)) | {"Event": 1}
    assert sizes() == {
        "LegalEntity": 23, "FormerName": 0, "Unit": 23, "Standing": 23, "Roster": 9, "RosterLine": 920, "Event": 1,
    }  # fmt: skip
    assert RosterLine.objects.filter(unit__isnull=True).count() == 897


def test_every_line_stands_in_its_list_as_published(published):
    rows = rows_of(published(NATIONAL))
    bring_in(published(NATIONAL))
    labels = {"green_factory": FACTORY, "green_supply_chain": CHAIN, "green_park": PARK}
    there = {
        (labels[category], batch, str(day), str(n), region, name, industry, evaluator)
        for category, batch, day, n, region, name, industry, evaluator in RosterLine.objects.values_list(
            "category", "roster__batch", "roster__dated", "n", "region", "name", "industry", "evaluator"
        )
    }
    columns = ("类型", "批次", "公布日期", "序号", "地区", "单位名称", "行业", "第三方评价机构")
    assert there == {tuple(row[column] for column in columns) for row in rows}


@pytest.mark.parametrize("file", [BEIJING, NATIONAL])
def test_a_second_import_changes_nothing_in_whatever_shape_the_file_comes(published, file):
    content = published(file)
    rows = rows_of(content)
    bring_in(content, name=file)
    before = sizes()
    shuffled = random.Random(7).sample(rows, len(rows))
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    for name, again in {
        file: content,
        "另一个文件名.csv": content,
        "倒序.csv": a_csv(*reversed(rows)),
        "乱序.csv": a_csv(*shuffled),
        "国标.csv": a_csv(*rows, encoding="gb18030"),
        "表格.xlsx": an_xlsx(table),
    }.items():
        outcome = bring_in(again, name=name)
        assert (outcome.changed, outcome.event, outcome.counts["matched"]) == (0, None, len(rows)), name
        assert not any(outcome.made.values()), name
        assert sizes() == before, name


def test_the_order_of_two_files_makes_no_difference(published):
    def register():
        held = Standing.objects.values_list("unit__entity__name", "unit__category", "level", "batch", "since")
        lines = RosterLine.objects.values_list("roster__title", "n", "name", "district")
        return set(held), {line[:3] for line in lines}

    files = [published(BEIJING), published(NATIONAL)]
    there = []
    for order in (files, files[::-1]):
        with transaction.atomic():
            for content in order:
                bring_in(content)
            there.append((register(), sizes()))
            transaction.set_rollback(True)
    assert there[0] == there[1]
    assert there[0][1] == expected(*map(rows_of, files)) | {"Event": 2}


# --- the record


def test_one_event_tells_the_file_and_every_list_is_named_in_it():
    people = cast()
    content = a_csv(a_row("北京甲机械有限公司"), a_row("北京甲机械有限公司", 类型=CHAIN))
    outcome = bring_in(content, name="2018.csv", by=people.zhou)
    event = Event.objects.get()
    assert outcome.event == event
    assert (event.stream, event.by, event.at) == ("ledger:imports", people.zhou, NOW)
    assert event.data["sha256"] == hashlib.sha256(content).hexdigest()
    assert event.data["file"] == "2018.csv"
    assert event.data["lists"] == sorted(Roster.objects.values_list("no", flat=True))
    roster = Roster.objects.get(category="green_factory")
    assert (roster.state, roster.opened_by, roster.opened_at, roster.closed_at) == (
        "imported", people.zhou, NOW, NOW,
    )  # fmt: skip
    assert (roster.title, roster.dated) == ("国家级绿色工厂名单（第三批）", date(2018, 10, 29))


@pytest.mark.parametrize("who", ["chen", "zhao", "he", "gao"])
def test_only_those_whose_act_it_is_may_import(who):
    person = getattr(cast(), who)
    before = sizes()
    with pytest.raises(NotYours):
        bring_in(a_csv(a_row("北京甲机械有限公司")), by=person)
    assert sizes() == before


def test_a_dry_run_says_the_same_and_writes_nothing():
    content = a_csv(a_row("北京甲机械有限公司"), a_row("天津乙机械有限公司", 地区="天津"))
    before = sizes()
    dry = bring_in(content, dry_run=True)
    assert sizes() == before
    wet = bring_in(content)
    assert (dry.rows, dry.made, dry.changed) == (wet.rows, wet.made, 0)
    assert wet.changed == 2


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(RosterLine.objects, "bulk_create", fail)
    before = sizes()
    with pytest.raises(RuntimeError, match="the power went out"):
        bring_in(a_csv(a_row("北京甲机械有限公司")))
    assert sizes() == before


def test_the_number_of_queries_does_not_grow_with_the_rows():
    def queries(rows: list[dict[str, str]]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            bring_in(a_csv(*rows))
        return len(seen)

    def some(start: int, number: int) -> list[dict[str, str]]:
        return [a_row(f"北京{start + n}号示例有限公司") for n in range(number)]

    queries(some(0, 1))  # makes the list
    few, many = queries(some(100, 3)), queries(some(1000, 300))
    assert few == many <= 40
    assert queries(some(1000, 300)) < few


# --- the command


def run(tmp_path: Path, content: bytes, *arguments: str) -> tuple[int, str]:
    path = tmp_path / "名单.csv"
    path.write_bytes(content)
    out = io.StringIO()
    try:
        with clock.fixed(NOW):
            call_command("import_listings", str(path), *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_imports_once_and_says_so(tmp_path):
    cast()
    content = a_csv(a_row("北京甲机械有限公司"))
    code, said = run(tmp_path, content, "--dry-run", "--by", "shiju")
    assert (code, Roster.objects.count()) == (0, 0)
    assert "新增      工厂        国家级  第三批" in said
    assert "试运行，未写入。正式导入将新增：名单行 1，名单 1，法人主体 1，单位 1，资格 1。" in said
    assert run(tmp_path, content, "--by", "shiju") == (
        0,
        f"文件：名单.csv（SHA-256 {hashlib.sha256(content).hexdigest()[:16]}…）\n"
        "共 1 行：新增 1，已登记 0，疑似更名 0，有误 0\n"
        "已导入，新增：名单行 1，名单 1，法人主体 1，单位 1，资格 1。\n",
    )
    code, said = run(tmp_path, content)
    assert (code, said.splitlines()[-1]) == (0, "无变更：各行均已登记，0 处变更。")
    assert Event.objects.get(stream="ledger:imports").by.username == "shiju"


def test_the_command_fails_loudly_and_skips_only_when_told(tmp_path):
    content = a_csv(a_row("北京甲机械有限公司", 序号="一"), a_row("北京乙机械有限公司"))
    code, said = run(tmp_path, content)
    assert (code, Roster.objects.count()) == (1, 0)
    assert "└ 序号“一”：不是正整数。" in said
    assert "未导入：有 1 行有误，没有写入任何内容。" in said
    code, said = run(tmp_path, content, "--skip-invalid")
    assert (code, RosterLine.objects.count()) == (0, 1)
    assert (
        said.splitlines()[-1]
        == "已导入，新增：名单行 1，名单 1，法人主体 1，单位 1，资格 1；略过有误的 1 行。"
    )
    assert run(tmp_path, b"\n") == (1, "未导入：文件“名单.csv”是空的。\n")
    with pytest.raises(CommandError, match="没有用户“nobody”"):
        run(tmp_path, content, "--by", "nobody")


def test_the_report_marks_each_bad_cell_and_lists_what_there_is_to_do(tmp_path):
    report = tmp_path / "报告.xlsx"
    bring_in(a_csv(a_row("三一重能有限公司")))
    run(
        tmp_path,
        a_csv(a_row("北京甲机械有限公司", 序号="=1"), a_row("三一重能股份有限公司", **FOURTH)),
        "--dry-run", "--report", str(report),
    )  # fmt: skip
    book = openpyxl.load_workbook(report)
    assert book.sheetnames == ["汇总", "逐行结果", "问题清单"]
    page = book["逐行结果"]
    heads = [cell.value for cell in page[1]]
    bad = page.cell(2, heads.index("序号") + 1)
    assert (bad.value, bad.data_type, bad.fill.fgColor.rgb) == ("=1", "s", "FFC62828")
    assert bad.comment.text == "以公式符号开头\n建议：请删除开头的 =、+、-、@ 等符号"
    marked = [cell.coordinate for row in page.iter_rows(min_row=2) for cell in row if cell.comment]
    assert marked == [bad.coordinate]
    assert [page.cell(row, 2).value for row in (2, 3)] == ["有误", "疑似更名"]
    todo = [[cell.value for cell in row] for row in book["问题清单"].iter_rows(min_row=2)]
    assert todo == [
        [2, "有误", "序号", "=1", "以公式符号开头", "请删除开头的 =、+、-、@ 等符号"],
        [3, "疑似更名", "单位名称", "三一重能股份有限公司", "与在册“三一重能有限公司”（100%）相近，疑为更名",
         "请核对；确为更名的按第十一条办理名称变更"],
    ]  # fmt: skip


def test_the_log_stands_after_an_import() -> None:
    """The lists of an import have one event together, in the ledger, and `verify_log` reads it so."""
    assert bring_in(a_csv(a_row("北京示例一有限公司"), a_row("北京示例二有限公司", **FOURTH))).changed == 2
    assert verify().events == 1


def test_a_list_that_no_import_names_breaks_the_log() -> None:
    bring_in(a_csv(a_row("北京示例一有限公司")))
    stray = Roster(
        kind="roster", no="MD-2026-9999", state="imported", opened_at=NOW, level="national", title="来历不明"
    )
    stray.save(force_insert=(Model,))
    with pytest.raises(Broken, match="MD-2026-9999"):
        verify()
