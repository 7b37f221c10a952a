"""A published list becomes three files, once, that say exactly what its lines say (Article 14)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import threading
from datetime import date

import openpyxl
import pytest
from django.db import connection

from greenmfg.rulebook import Category, Level
from registry import intake, publishing
from registry.casework import new_op, perform
from registry.models import LegalEntity, Roster, RosterFile, Standing
from tests import factories
from tests.factories import NOW, do
from tests.people import Cast, cast

DOC_NO = "京经信发〔2026〕12号"
RARE = "喆堃镕珺昇"


def some_standings(people: Cast, count: int, *, level: Level = Level.POOL) -> list[Standing]:
    """Units of invented entities, alternately in two districts, each with a standing since 2026-02-01."""
    found = []
    for n in range(1, count + 1):
        entity = LegalEntity(is_example=True)
        entity.call(f"北京{RARE[n % len(RARE)]}源示例{n}有限公司")
        entity.save()
        unit = factories.a_unit(entity, people.zhao.district if n % 2 else people.sun.district)
        found.append(
            Standing.objects.create(
                unit=unit, level=level, name_as_published=unit.name, since=date(2026, 2, 1), batch="第一批"
            )
        )
    return found


def a_roster(people: Cast, *, published: bool = True, **head: object) -> Roster:
    """A list as of 2026-03-18 of all standings in the pool, signed by 何静 that day."""
    given = {
        "level": Level.POOL,
        "category": Category.GREEN_FACTORY,
        "title": "关于公布2026年第一批北京市绿色工厂培育库名单的通知",
        "text": "根据办法第十四条，现将名单予以公布。\n特此通知。",
        "doc_no": DOC_NO,
        "as_of": date(2026, 3, 18),
    } | head
    roster = perform(Roster(), "draw_up", by=people.zhou, at=NOW, seen=0, op=new_op(), **given)
    return do(roster, "publish", people.he) if published else roster


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def roster(people: Cast) -> Roster:
    some_standings(people, 36)
    return a_roster(people)


def content_of(file: RosterFile) -> bytes:
    with intake.open_stored(file.path) as stored:
        return stored.read()


def by_format(files: list[RosterFile]) -> dict[str, bytes]:
    return {file.format: content_of(file) for file in files}


def lines_of(roster: Roster) -> list[list[str]]:
    return [[str(line.n), line.name, line.district, line.industry] for line in roster.lines.order_by("n")]


HEADINGS = ["序号", "单位名称", "所在区", "行业"]


@pytest.mark.article(14)
def test_the_pdf_carries_number_date_and_all_36_units_in_order(roster: Roster, tmp_path) -> None:
    paper = tmp_path / "list.pdf"
    paper.write_bytes(by_format(publishing.render(roster, at=NOW))["pdf"])
    command = ["pdftotext", "-enc", "UTF-8", "-layout", str(paper), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    packed = re.sub(r"\s", "", text)
    assert DOC_NO in packed
    assert "北京市经济和信息化局2026年3月18日" in packed
    assert "截至2026年3月18日，共36家" in packed
    assert roster.title in packed
    assert "根据办法第十四条，现将名单予以公布。" in packed
    lines = lines_of(roster)
    assert len(lines) == 36
    assert re.findall(r"北京.源示例\d+有限公司", packed) == [line[1] for line in lines]
    assert publishing.check_value(publishing.rows(roster)) in packed
    assert "草稿" not in packed


def test_workbook_and_csv_hold_exactly_the_lines(roster: Roster) -> None:
    made = by_format(publishing.render(roster, at=NOW))
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    expected = [HEADINGS, *lines_of(roster)]
    assert [[cell or "" for cell in row] for row in book.active.iter_rows(values_only=True)] == expected
    assert list(csv.reader(io.StringIO(made["csv"].decode("utf-8-sig")))) == expected


def test_a_list_of_all_categories_names_the_category_of_each_line(people: Cast) -> None:
    some_standings(people, 1)
    factories.a_unit(people.liu.entity, people.sun.district, Category.GREEN_SUPPLY_CHAIN)
    unit = people.liu.entity.units.get()
    Standing.objects.create(unit=unit, level=Level.POOL, name_as_published=unit.name, since=date(2026, 2, 1))
    roster = a_roster(people, category="")
    assert [row[3] for row in publishing.rows(roster)] == ["绿色工厂", "绿色供应链管理企业"]
    assert [column.heading for column in publishing.sheet(roster).columns][3] == "类型"


def test_hash_and_size_are_those_of_the_stored_bytes_and_stand_in_one_event(roster: Roster) -> None:
    files = publishing.render(roster, at=NOW)
    assert [file.format for file in files] == ["pdf", "xlsx", "csv"]
    for file in files:
        content = content_of(file)
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert file.size == len(content)
        assert intake.verify(file.path, file.sha256)
    (event,) = roster.events.filter(label=publishing.EVENT)
    assert event.by is None
    assert event.data["files"] == {f.format: {"sha256": f.sha256, "size": f.size} for f in files}
    assert event.data["lines"] == publishing.check_value(publishing.rows(roster))


def test_a_second_render_changes_nothing(roster: Roster) -> None:
    first = publishing.render(roster, at=NOW)
    before = Roster.objects.get(pk=roster.pk)
    second = publishing.render(roster, at=factories.at("2026-04-01"))
    after = Roster.objects.get(pk=roster.pk)
    assert second == first
    assert [f.made_at for f in second] == [f.made_at for f in first]
    assert (after.version, after.head_hash) == (before.version, before.head_hash)
    assert RosterFile.objects.count() == 3


def test_files_stay_as_they_were_when_a_unit_is_renamed_later(roster: Roster) -> None:
    made = by_format(publishing.render(roster, at=NOW))
    line = roster.lines.first()
    line.unit.entity.call("北京改名后有限公司")
    line.unit.entity.save()
    assert by_format(publishing.render(roster, at=NOW)) == made
    assert publishing.rows(roster)[0][1] == line.name


def test_a_draft_bears_its_mark_and_is_never_rendered(people: Cast, tmp_path) -> None:
    some_standings(people, 2)
    draft = a_roster(people, published=False)
    assert publishing.sheet(draft).draft
    assert publishing.sheet(draft).dated is None
    with pytest.raises(ValueError, match="not published"):
        publishing.render(draft, at=NOW)
    assert not RosterFile.objects.exists()
    assert list(publishing.waiting()) == []


def test_an_imported_list_is_not_made_into_a_paper_of_ours(people: Cast) -> None:
    roster = perform(
        Roster(),
        "bring_in",
        by=people.zhou,
        at=NOW,
        seen=0,
        op=new_op(),
        level=Level.NATIONAL,
        title="第一批",
    )
    with pytest.raises(ValueError, match="published elsewhere"):
        publishing.sheet(roster)
    assert list(publishing.waiting()) == []


def test_without_words_of_its_own_the_list_cites_article_14(people: Cast) -> None:
    some_standings(people, 1)
    roster = a_roster(people, text="")
    assert publishing.sheet(roster).body == [
        "依据《北京市绿色制造单位管理暂行办法（征求意见稿）》第十四条，现将北京市绿色工厂培育库名单予以公布。"
    ]


@pytest.mark.django_db(transaction=True)  # several connections, or what happens after the commit
def test_two_workers_at_once_make_the_files_once() -> None:
    people = cast()
    some_standings(people, 3)
    roster = a_roster(people)
    together, made = threading.Barrier(2), []

    def work() -> None:
        together.wait(timeout=10)
        made.append([file.sha256 for file in publishing.render(roster, at=NOW)])
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert len(made) == 2
    assert made[0] == made[1]
    assert RosterFile.objects.count() == 3
    assert roster.events.filter(label=publishing.EVENT).count() == 1
