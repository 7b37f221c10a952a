"""更正公告 and the public notice: what is corrected stands beside what was said, on every page and on paper."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pikepdf
import pytest
from django.test import Client

from greenmfg import clock
from registry.casework import new_op
from registry.closing import _context
from registry.models import Correction, Publicity
from tests.factories import AFTER_NOTICE, NOW, a_notice, an_application, at, do
from tests.journeys.conftest import text_of
from tests.people import cast
from tests.registry.pages import as_, see
from tests.registry.papers import a_correction, an_objection, filed

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]
WRONG, RIGHT = "京华示例机电有限公司", "京华示例机电股份有限公司"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def people(db):
    return cast()


@pytest.fixture
def notice(people) -> Publicity:
    return an_application(people, "on_notice").notice_lines.get().publicity


def public(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def form(notice: Publicity, **typed) -> dict:
    given = {
        "op": new_op(),
        "seen": "0",
        "place": "name",
        "line": notice.lines.get().pk,
        "right": RIGHT,
        "why": "有误",
    }
    return given | typed


def test_drawn_up_from_the_page_of_its_notice_and_signed(people, notice):
    url = f"/publicity/{notice.no}/corrections/new/"
    assert 'href="corrections/new/"' in see(people.zhou, notice.get_absolute_url())
    assert as_(people.zhou).post(url, form(notice)).status_code == 302
    case = Correction.objects.get()
    assert case.no in see(people.he, "/corrections/")
    assert RIGHT in see(people.he, f"/corrections/{case.no}/sign/")
    seen = {"op": new_op(), "seen": str(case.version)}
    assert as_(people.he).post(f"/corrections/{case.no}/sign/", seen).status_code == 302
    for page in (public(f"/notices/{notice.no}/"), public(f"/notices/{notice.no}/corrections/{case.no}/")):
        assert WRONG in page
        assert RIGHT in page
    assert case.no in public("/notices/")
    assert case.no in public("/notices/?kind=corrections")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"place": ""}, "请选择更正处"),
        ({"line": ""}, "请选择所涉单位"),
        ({"right": WRONG}, "与公示的内容相同，没有更正"),
        ({"right": ""}, "请填写更正后的内容"),
        ({"why": ""}, "请填写更正原因"),
        ({"place": "category", "right": "绿色企业"}, "类型应为绿色工厂、"),
        ({"place": "text", "said": ""}, "请照抄公示中有误的文字"),
        ({"place": "text", "said": "没有这句"}, "公示中没有这段文字，请照抄原文"),
        ({"place": "title", "said": "2026年", "right": "2026年"}, "与公示的内容相同"),
        ({"extended_to": "2026-03-25"}, "公示期现至2026年3月25日，延长后的截止日应晚于该日"),
    ],
)
def test_what_is_wrong_with_a_correction_is_said_at_its_field(people, notice, typed, words):
    answer = as_(people.zhou).post(f"/publicity/{notice.no}/corrections/new/", form(notice, **typed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Correction.objects.exists()


def test_sent_back_it_begins_with_what_was_written(people, notice):
    case = a_correction(people, notice, "sent_back", extended_to=date(2026, 3, 27))
    page = see(people.zhou, f"/corrections/{case.no}/redraw/")
    for written in (RIGHT, "单位名称登记有误", 'value="2026-03-27"'):
        assert written in page


def test_words_of_the_notice_are_corrected_below_them(people, notice):
    a_correction(people, notice, "published", place="text", line=None, said="拟入库单位", right="下列单位")
    page = public(f"/notices/{notice.no}/")
    assert "公示正文中“拟入库单位”更正为“下列单位”" in page
    assert "现将拟入库单位予以公示" in page


def test_a_draft_is_nowhere_in_public(people, notice):
    case = a_correction(people, notice)
    for path in (f"/notices/{notice.no}/", "/notices/", "/notices/?kind=corrections"):
        assert case.no not in public(path)
    assert Client().get(f"/notices/{notice.no}/corrections/{case.no}/").status_code == 404
    assert "没有更正公告" in public("/notices/?kind=corrections")


def test_the_preview_is_the_public_page(people):
    """Before the signature and after it, inside of the bureau and outside: the same words in the same order."""
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    before = see(people.he, notice.get_absolute_url())
    do(notice, "sign", people.he)
    outside = public(f"/notices/{notice.no}/")
    table = outside[outside.index("<caption>公示单位") : outside.index("</tbody>")]
    assert table in before
    for words in ("根据办法第六条，现将拟入库单位予以公示。", "2026年3月19日至2026年3月25日（5 个工作日）"):
        assert words in before
        assert words in outside


def test_notices_are_found_by_state_year_and_unit(people, notice):
    assert notice.no in public("/notices/?state=running&year=2026")
    assert notice.no in public(f"/notices/?q={WRONG}")
    for query in ("state=closed", "year=2025", "q=没有这家", "year=x&state=closed"):
        page = public(f"/notices/?{query}")
        assert f"/notices/{notice.no}/" not in page
        assert "没有符合条件的公示公告" in page
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    assert notice.no in public("/notices/?state=closed")


def test_the_notice_on_paper_has_its_list_and_what_was_corrected(people, notice, tmp_path):
    url = f"/notices/{notice.no}.pdf"
    first = Client().get(url)
    assert first["Content-Type"] == "application/pdf"
    assert Client().get(url).content == first.content
    with pikepdf.open(io.BytesIO(first.content)) as pdf:
        assert str(pdf.docinfo["/Title"]) == notice.title
        assert [float(x) for x in pdf.pages[0].MediaBox][2:] == pytest.approx([595.28, 841.89], abs=0.1)
    a_correction(people, notice, "published", extended_to=date(2026, 3, 27))
    path = tmp_path / "notice.pdf"
    path.write_bytes(Client().get(url).content)
    words = text_of(path)
    for said in (WRONG, RIGHT, "经更正延长至2026年3月27日", "匿名" if "匿名" in notice.text else "第六条"):
        assert said in words


def test_longer_it_says_so_wherever_its_end_is_told(people, notice):
    a_correction(people, notice, "published", extended_to=date(2026, 3, 27))
    with clock.fixed(at("2026-03-26 12:00")):
        assert "延长至2026年3月27日" in public(f"/notices/{notice.no}/")
        assert f"/notices/{notice.no}/object/" in public(f"/notices/{notice.no}/")
        assert "2026年3月27日" in public("/notices/")
        assert "公示期至2026年3月27日24时，尚未届满" in see(people.zhou, notice.get_absolute_url())
        assert "3月27日" in see(people.zhou, "/publicity/?tab=all")


def test_the_closing_record_counts_those_turned_away_and_names_corrections(people):
    held, free = an_application(people, "cleared"), an_application(people, "cleared", by=people.liu)
    notice = a_notice(people, held, free)
    an_objection(people, held)
    do(filed(free), "turn_away", people.zhou, because="anonymous")
    corrected = a_correction(people, notice, "published", extended_to=date(2026, 3, 27))
    do(notice, "close", people.zhou, when=at("2026-03-28"))
    notice = Publicity.objects.get()
    events = {event.act: event for event in notice.events.all()}
    paper = _context(notice, closing=events["close"], signing=events["sign"])
    assert (len(paper["objections"]), paper["turned_away"]) == (2, 1)
    assert [line["outcome"] for line in paper["lines"]] == ["异议核查中", "公示无异议"]
    assert paper["corrections"] == f"{corrected.no} 2026年3月18日 更正单位名称"
    assert paper["period"].endswith("，经更正延长至2026年3月27日")
    assert as_(people.zhou).get(f"/publicity/{notice.no}/record.pdf").status_code == 200
