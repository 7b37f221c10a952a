"""A list as a file: exactly the rows that are shown, under the same filters, in the same order, with an event."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluation.views import agencies, grading_list, rounds, whatif
from evaluation.views import lists as checks
from greenmfg import clock
from registry.models import Event, LegalEntity
from registry.printing import Column, Sheet, from_csv_cell, list_csv, list_xlsx
from registry.resources import workbook
from registry.views import (
    applications,
    batches,
    corrections,
    desk,
    diagnoses,
    entities,
    gazette,
    manage,
    objections,
    registrations,
    rosters,
    units,
)
from registry.views.exports import Exporting
from tests import factories
from tests.evaluation.checks import an_evaluation
from tests.evaluation.gradings import a_grading
from tests.people import cast
from tests.registry.pages import applications as some_applications
from tests.registry.pages import as_, cost, objection, see
from tests.registry.papers import a_correction, a_diagnosis, a_roster
from tests.registry.registrations import a_registration, an_imported_entity

HEAD = 3  # title, who and when, conditions


@pytest.fixture
def people(db):
    with clock.fixed(factories.at("2026-03-30 09:05")):
        found = cast()
        cleared = some_applications(found, "cleared", 3)
        notice = factories.a_notice(found, *cleared)
        objection(found, notice, cleared[0])
        factories.do(notice, "close", found.zhou, when=factories.AFTER_NOTICE)
        for case in cleared[1:]:
            factories.do(case, "admit", found.zhou, when=factories.AFTER_NOTICE)
        factories.an_application(found, "with_district", by=found.liu)
        an_imported_entity(found, "导入示例厂")
        a_diagnosis(found, cleared[0].unit)
        a_registration(found)
        a_correction(found, notice)
        a_roster(found, filled=False)
        an_evaluation(found, some_applications(found, "examining", 1)[0])
        a_grading(found)
        yield found


def file_of(person, url: str, kind: str = "xlsx") -> list[list[str]]:
    """All rows of the exported file, the head lines too."""
    answer = as_(person).get(f"{url}{'&' if '?' in url else '?'}export={kind}")
    assert answer.status_code == 200, answer.content.decode()
    if kind == "csv":
        text = answer.content.decode("utf-8-sig")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(text)))
    page = load_workbook(io.BytesIO(answer.content)).active
    return [["" if cell is None else str(cell) for cell in row] for row in page.values]


LISTS = [
    ("zhou", "/applications/?tab=all", applications.ApplicationList),
    ("zhou", "/applications/?tab=admitted", applications.ApplicationList),
    ("zhao", "/applications/?tab=all", applications.ApplicationList),
    ("sun", "/applications/?tab=all&q=燕山", applications.ApplicationList),
    ("sun", "/desk/todo/", desk.TodoList),
    ("zhou", "/desk/done/", desk.DoneList),
    ("zhou", "/publicity/?tab=all", gazette.NoticeList),
    ("zhou", "/objections/?tab=all", objections.ObjectionList),
    ("zhou", "/pool/", rosters.PoolView),
    ("zhao", "/pool/?category=green_factory", rosters.PoolView),
    ("shi", "/manage/audit/", manage.AuditLog),
    ("zhou", "/units/", units.UnitList),
    ("zhou", "/units/?district=110114", units.UnitList),
    ("zhou", "/units/pending/", units.PendingList),
    ("zhou", "/entities/?code=none", entities.EntityList),
    ("zhou", "/batches/", batches.BatchList),
    ("zhou", "/diagnoses/", diagnoses.DiagnosisList),
    ("zhao", "/registrations/?tab=all", registrations.RegistrationList),
    ("zhou", "/corrections/?tab=all", corrections.CorrectionList),
    ("zhou", "/lists/edit/?tab=all", rosters.RosterList),
    ("zhou", "/eval/?tab=all", checks.EvaluationList),
    ("zhou", "/agencies/", agencies.AgencyList),
    ("zhou", "/grading/", rounds.RoundList),
    ("zhou", "/gradings/?tab=all", grading_list.GradingList),
]
# Of one round, and of what is tried: tested where these are.
ELSEWHERE = {rounds.RoundProgress, whatif.WhatIf}


def kinds_of(view: type) -> set[type]:
    below = {one for sub in view.__subclasses__() for one in kinds_of(sub)}
    return below | ({view} if "shown" in vars(view) or "path" in vars(view) else set())


def test_every_list_can_be_taken_as_a_file():
    """A new list fails here until it stands above."""
    known = {view for _, _, view in LISTS} | ELSEWHERE
    assert {view for view in kinds_of(Exporting) if view.title} <= known


@pytest.mark.parametrize(("who", "url", "view"), LISTS)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_file_has_the_rows_of_the_page_in_their_order(people, who, url, view, kind):
    person = getattr(people, who)
    page = see(person, url)
    headings = [unescape(re.sub("<.*?>", "", one)) for one in re.findall(r'<th scope="col".*?</th>', page)]
    declared = [one.heading for one in view.shown]
    assert [one for one in headings if one in declared] == declared
    rows = file_of(person, url, kind)
    columns = ["序号", *(heading for one in view.shown for heading, _, _ in one.columns)]
    assert rows[HEAD] == columns
    lines = rows[HEAD + 1 :]
    assert lines
    assert [line[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]
    shown = re.findall(r"<tr data-row>.*?</tr>", page, re.DOTALL)
    if view is not manage.AuditLog:
        assert len(shown) == len(lines)
        for drawn, line in zip(shown, lines, strict=True):
            assert line[1] in unescape(drawn)
    said = Event.objects.filter(stream="ledger:exports").latest("pk")
    assert (said.by, said.data["rows"], said.data["format"]) == (person, len(lines), kind)
    assert rows[2][0] == f"筛选条件：{said.data['conditions']}；共 {len(lines)} {view.measure}"
    assert rows[1][0] == f"导出人：{person.name}（{person.office}）；导出时间：2026-03-30 09:05"


def test_the_filters_are_told_in_words(people):
    batch = factories.a_call()
    url = f"/applications/?tab=all&q=示例&district=110114&category=green_factory&batch={batch.pk}"
    rows = file_of(people.zhou, url)
    assert rows[0][0] == "入库申请"
    assert rows[2][0] == ("筛选条件：全部；包含“示例”；批次：2026年第一批；区：昌平；类型：绿色工厂；共 4 件")


def test_all_pages_go_into_the_file_and_no_query_per_row(people):
    few = cost(people.zhou, "/applications/?tab=all&export=xlsx")
    some_applications(people, "examining", 52)
    assert len(re.findall("<tr data-row>", see(people.zhou, "/applications/?tab=all"))) == 50
    assert len(file_of(people.zhou, "/applications/?tab=all")) == HEAD + 1 + 57
    assert cost(people.zhou, "/applications/?tab=all&export=xlsx") == few


def test_more_than_may_leave_at_once_is_refused_with_what_to_do(people):
    factories.a_setting("export_rows", "2")
    for url in ("/applications/?tab=all", "/pool/?q=示例", "/desk/done/", "/publicity/"):
        answer = as_(people.zhou).get(f"{url}{'&' if '?' in url else '?'}export=csv")
        if url in {"/publicity/", "/pool/?q=示例"}:
            assert answer.status_code == 200
            continue
        assert answer.status_code == 422
        assert "超过单次导出上限 2 行，请增加筛选条件后分次导出" in answer.content.decode()
        assert "export=csv&amp;export" not in answer.content.decode()


def test_a_name_that_looks_like_a_formula_stays_a_text(people):
    LegalEntity.objects.filter(name__startswith="示例制造").update(name='=cmd|"/C calc"!A0')
    answer = as_(people.zhou).get("/pool/?export=xlsx")
    cells = [cell for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value} <= {"s", "inlineStr"}
    assert '=cmd|"/C calc"!A0' in {cell.value for cell in cells}
    texts = {cell for row in file_of(people.zhou, "/pool/", "csv") for cell in row}
    assert '\'=cmd|"/C calc"!A0' in texts
    assert not any(text.startswith(tuple("=+-@")) for text in texts)


def test_nobody_exports_what_they_may_not_see(people):
    assert len(file_of(people.sun, "/applications/?tab=all&district=110114")) == HEAD + 2
    assert as_(people.chen).get("/applications/?export=xlsx").status_code == 403
    assert as_(people.chen).get("/pool/?export=csv").status_code == 403


def test_a_heading_sorts_and_the_file_follows(people):
    up = [line[2] for line in file_of(people.zhou, "/applications/?tab=all&sort=no")[HEAD + 1 :]]
    down = [line[2] for line in file_of(people.zhou, "/applications/?tab=all&sort=-no")[HEAD + 1 :]]
    assert up == sorted(up) == down[::-1]
    page = see(people.zhou, "/applications/?tab=all&sort=no")
    assert 'aria-sort="ascending"><a href="/applications/?tab=all&amp;sort=-no">申请单位' in page
    assert see(people.zhou, "/applications/?tab=all&sort=password")


def test_an_empty_list_says_what_hides_the_rest(people):
    page = see(people.zhou, "/applications/?tab=examining&district=110115")
    assert "“待市级审核”中没有，全部视图（区：大兴）中有 1 件" in page
    page = see(people.zhou, "/applications/?tab=all&q=没有的单位&district=110115")
    assert "当前条件：包含“没有的单位”；区：大兴" in page
    assert "当前条件：包含“没有的单位”" in see(people.zhou, "/pool/?q=没有的单位")


# --- any text at all


def sheet(texts: list[str]) -> Sheet:
    return Sheet(
        title="表",
        head=["题", *texts[:1]],
        columns=[Column(heading="列", width_mm=60)],
        rows=[[t] for t in texts],
    )


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1).filter(
    str.strip
)


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_what_is_exported_as_a_workbook_is_read_as_it_was(texts):
    (page,) = workbook.sheets_in(list_xlsx(sheet(texts)), max_rows=100, max_columns=5)
    assert [row[0] for row in page.rows[3:]] == texts
    assert page.formulas == frozenset()


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), min_size=1, max_size=5))
@settings(deadline=None)
def test_what_is_exported_as_csv_is_read_as_it_was(texts):
    content = list_csv(sheet(texts)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert [from_csv_cell(row[0]) if row else "" for row in rows[3:]] == texts
    assert not any(cell.startswith(tuple("=+-@＝＋－＠\t\n")) for row in rows for cell in row)
