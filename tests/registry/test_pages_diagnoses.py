"""The pages of diagnoses, as each person meets them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg import clock
from greenmfg.rulebook import Material
from registry import diagnosing
from registry.models import Diagnosis, Document, PoolApplication
from tests.factories import NOW, a_call, a_unit, an_application
from tests.people import Cast, cast
from tests.registry import hostile
from tests.registry.pages import as_, enterprise, see
from tests.registry.papers import MEASURES, a_diagnosis
from tests.registry.sending import files_below

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def today(settings, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path / "files"
    with clock.fixed(NOW):
        yield


@pytest.fixture
def unit(people: Cast):
    return a_unit(people.chen.entity, people.zhao.district)


FACTS = {"year": "2025", "agency": "示例诊断机构", "done_on": "2025-12-01", "summary": "有潜力"}


def pdf(content: bytes = b"", name: str = "报告.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or hostile.pdf())


# --- registering


def test_a_district_finds_its_unit_and_registers_it(people: Cast, unit):
    a_unit(people.liu.entity, people.sun.district)
    page = see(people.zhao, "/diagnoses/new/?q=示例")
    assert "京华示例机电有限公司" in page
    assert "燕山示例新材料有限公司" not in page
    answer = as_(people.zhao).post("/diagnoses/new/", FACTS | {"unit": unit.pk, "report": pdf()})
    diagnosis = Diagnosis.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/diagnoses/{diagnosis.pk}/")
    assert (diagnosis.agency.name, diagnosis.done_on) == ("示例诊断机构", date(2025, 12, 1))
    shown = see(people.zhao, answer["Location"])
    for expected in ("示例诊断机构", "2025年12月1日", "有潜力", "主管部门登记", "报告.pdf", "登记绿色诊断"):
        assert expected in shown


def test_an_enterprise_registers_its_own_and_nobodys_else(people: Cast, unit):
    other = a_unit(people.liu.entity, people.sun.district)
    assert as_(people.chen).post("/diagnoses/new/", FACTS | {"unit": unit.pk}).status_code == 302
    assert as_(people.chen).post("/diagnoses/new/", FACTS | {"unit": other.pk}).status_code == 404
    assert "企业自行登记" in see(people.zhao, f"/diagnoses/{Diagnosis.objects.get().pk}/")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"year": "2027"}, "诊断年度不能晚于今年（2026）"),
        ({"year": "x"}, "诊断年度"),
        ({"done_on": "2026-03-19"}, "完成日期不能晚于今天"),
        ({"agency": ""}, "诊断机构"),
    ],
)
def test_bad_input_is_said_at_its_field_and_what_was_typed_stays(people: Cast, unit, wrong, words, settings):
    answer = as_(people.zhao).post("/diagnoses/new/", FACTS | wrong | {"unit": unit.pk, "report": pdf()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "有潜力" in page
    assert not Diagnosis.objects.exists()
    assert files_below(Path(settings.MEDIA_ROOT)) == []


def test_a_refused_report_keeps_the_rest(people: Cast, unit, settings):
    bad = pdf(b"MZ" + bytes(99), "报告.pdf")
    answer = as_(people.zhao).post("/diagnoses/new/", FACTS | {"unit": unit.pk, "report": bad})
    assert answer.status_code == 422
    assert "只能上传 PDF" in answer.content.decode()
    assert "有潜力" in answer.content.decode()
    assert not Diagnosis.objects.exists()


def test_a_second_of_the_same_year_is_refused_and_its_file_is_not_kept(people: Cast, unit, settings):
    a_diagnosis(people, unit)
    answer = as_(people.zhao).post("/diagnoses/new/", FACTS | {"unit": unit.pk, "report": pdf()})
    assert answer.status_code == 409
    assert "该单位 2025 年度的绿色诊断已经登记" in answer.content.decode()
    assert files_below(Path(settings.MEDIA_ROOT)) == []


# --- changing


def test_a_stale_edit_shows_what_was_typed_and_goes_through_the_second_time(people: Cast, unit):
    diagnosis = a_diagnosis(people, unit)
    page = f"/diagnoses/{diagnosis.pk}/edit/"
    as_(people.zhou).post(page, FACTS | {"seen": "1", "summary": "市局改"})
    answer = as_(people.zhao).post(page, FACTS | {"seen": "1", "summary": "区里改"})
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "本条诊断已被他人更新" in words
    assert "区里改" in words
    assert 'name="seen" value="2"' in words
    assert as_(people.zhao).post(page, FACTS | {"seen": "2", "summary": "区里改"}).status_code == 302
    assert Diagnosis.objects.get().summary == "区里改"


def rows(*given: dict[str, str], initial: int = 0) -> dict[str, str]:
    """A set of rows as the browser posts it."""
    data = {"m-TOTAL_FORMS": str(len(given)), "m-INITIAL_FORMS": str(initial)}
    return data | {f"m-{n}-{name}": value for n, row in enumerate(given) for name, value in row.items()}


def test_measures_without_a_script(people: Cast, unit):
    diagnosis = a_diagnosis(people, unit)
    page = f"/diagnoses/{diagnosis.pk}/measures/"
    assert see(people.zhao, page).count("（新增）") == 3
    one = {"finding": "空载", "words": "变频", "saving_tce": "12.5", "planned_on": "2026-06-30"}
    posted = rows(one, {"finding": "", "words": ""}, {"finding": "照明", "words": "LED"}) | {"seen": "1"}
    assert as_(people.zhao).post(page, posted).status_code == 302
    first, second = diagnosis.measures.all()
    assert (first.words, second.words) == ("变频", "LED")
    same = rows({"id": str(first.pk), **one}, initial=1) | {"seen": "2"}
    assert as_(people.zhao).post(page, same).status_code == 302
    assert Diagnosis.objects.get().version == 2, "what changes nothing is no edit"
    bad = rows({"id": str(first.pk), "finding": "空载", "words": "", "saving_tce": "-1"}, initial=1)
    answer = as_(people.zhao).post(page, bad | {"seen": "2"})
    assert answer.status_code == 422
    assert "第 1 项 改造措施" in answer.content.decode()
    drop = rows(
        {"id": str(first.pk), **one, "DELETE": "on"},
        {"id": str(second.pk), "finding": "照明", "words": "智能照明"},
        initial=2,
    )
    stale = as_(people.zhao).post(page, drop | {"seen": "1"})
    assert stale.status_code == 409
    assert "智能照明" in stale.content.decode()
    assert as_(people.zhao).post(page, drop | {"seen": "2"}).status_code == 302
    assert [m.words for m in diagnosis.measures.all()] == ["智能照明"]


def test_progress_by_the_enterprise(people: Cast, unit):
    diagnosis = a_diagnosis(people, unit)
    diagnosing.set_measures(diagnosis, by=people.zhao, at=NOW, seen=1, rows=MEASURES[:1])
    measure = diagnosis.measures.get()
    page = f"/diagnoses/{diagnosis.pk}/progress/"
    assert "更换变频空压机" in see(people.chen, page)
    done = rows({"id": str(measure.pk), "progress": "done", "note": "已验收"}, initial=1) | {"seen": "2"}
    assert as_(people.chen).post(page, done).status_code == 302
    shown = see(people.zhao, f"/diagnoses/{diagnosis.pk}/")
    assert "已验收" in shown
    assert "第 1 项 已完成" in shown
    wrong = as_(people.chen).post(page, done | {"m-0-progress": "nonsense", "seen": "3"})
    assert wrong.status_code == 422


# --- the list


def test_the_list_tells_potential_from_pool_and_filters(people: Cast):
    admitted = an_application(people, "admitted")
    a_diagnosis(people, admitted.unit)
    person = enterprise(1)
    free = a_diagnosis(people, a_unit(person.entity, people.zhao.district), agency="另一诊断机构", year=2026)
    page = see(people.zhou, "/diagnoses/")
    assert "全部 2 条，潜力单位 1 条，已入库 1 条" in page
    for query, ours in [
        ("tab=potential", {1}), ("tab=pool", {0}), ("year=2025", {0}), ("year=2026", {1}), ("district=110115", set()),
        ("category=green_park", set()), (f"agency={free.agency_id}", {1}), ("invited=no", {0, 1}), ("invited=yes", set()),
        ("progress=none", {0, 1}), ("progress=planned", set()), ("q=第1", {1}), ("year=x", {0, 1}), ("agency=99999", set()),
    ]:  # fmt: skip
        page = see(people.zhou, f"/diagnoses/?{query}")
        found = {
            n
            for n, name in enumerate(("京华示例机电", "示例制造第1"))
            if f"选择 {name}" in page or f">{name}" in page
        }
        assert found == ours, query
    diagnosing.set_measures(free, by=people.zhou, at=NOW, seen=1, rows=MEASURES[:1])
    assert "示例制造第1" in see(people.zhou, "/diagnoses/?progress=planned")
    assert "示例制造第1" not in see(people.zhou, "/diagnoses/?progress=done")
    assert "示例制造第1" not in see(people.sun, "/diagnoses/")


def test_many_are_invited_in_one_action_and_the_rest_is_told_why(people: Cast):
    a_call()
    talks, silent = enterprise(1), enterprise(2)
    chosen = [a_diagnosis(people, a_unit(person.entity, people.zhao.district)) for person in (talks, silent)]
    type(silent).objects.filter(pk=silent.pk).update(is_active=False)
    taken = a_diagnosis(people, an_application(people, "examining").unit)
    elsewhere = a_diagnosis(people, a_unit(people.liu.entity, people.sun.district), by=people.sun)
    ticked = {"diagnosis": [one.pk for one in (*chosen, taken, elsewhere)]}
    page = as_(people.zhao).post("/diagnoses/invite/", ticked).content.decode()
    assert "已发送邀请 1 家，须电话联系 1 家，未邀请 1 家" in page
    assert "该单位已有一件未办结的入库申请" in page
    assert "燕山示例" not in page
    assert "010-00000000" in page
    assert set(Diagnosis.objects.filter(invited_on=NOW.date())) == set(chosen)
    again = as_(people.zhao).post("/diagnoses/invite/", ticked).content.decode()
    assert "今天已经邀请过该单位" in again


# --- the enterprise


def test_the_invitation_and_what_is_due_stand_on_the_enterprises_desk(people: Cast, unit):
    diagnosis = a_diagnosis(people, unit)
    diagnosing.set_measures(diagnosis, by=people.zhao, at=NOW, seen=1, rows=MEASURES)
    diagnosing.invite(Diagnosis.objects.get(), by=people.zhao, at=NOW)
    assert "征集开放后即可申报" in see(people.chen, "/my/")
    a_call()
    desk = see(people.chen, "/my/")
    assert "/my/applications/new/?category=green_factory" in desk
    assert "更换变频空压机" in desk
    assert "逾期" in desk
    assert "2025 年绿色诊断" in desk
    assert "邀请贵单位" not in see(people.liu, "/my/")
    an_application(people, "draft")
    assert "邀请贵单位" not in see(people.chen, "/my/")


def test_a_new_application_stands_on_the_diagnosis_and_asks_for_no_file(people: Cast, unit):
    a_call()
    a_diagnosis(people, unit, year=2024, agency="旧机构")
    diagnosis = a_diagnosis(people, unit, report=True)
    answer = as_(people.chen).post("/my/applications/new/", {"category": "green_factory"})
    case = PoolApplication.objects.get()
    assert answer["Location"] == case.get_absolute_url()
    assert (case.report_year, case.report_agency, case.report_date) == (
        2025,
        "示例诊断机构",
        date(2025, 12, 1),
    )
    held, slot = diagnosis.documents.get(), case.documents.get()
    assert (slot.kind, slot.path, slot.sha256, slot.version) == (
        Material.DIAGNOSIS_REPORT,
        held.path,
        held.sha256,
        1,
    )
    task = see(people.chen, f"{case.get_absolute_url()}tasks/report/")
    assert task.count("来自 2025 年绿色诊断登记") == 4
    assert "不必重新上传" in task
    assert "已完成" in see(people.chen, case.get_absolute_url())


def test_an_old_diagnosis_fills_in_nothing(people: Cast, unit):
    a_call()
    a_diagnosis(people, unit, year=2024, report=True)
    as_(people.chen).post("/my/applications/new/", {"category": "green_factory"})
    case = PoolApplication.objects.get()
    assert (case.report_year, case.documents.count()) == (None, 0)


def test_what_was_typed_over_is_no_longer_from_the_register(people: Cast, unit):
    a_call()
    a_diagnosis(people, unit, report=True)
    as_(people.chen).post("/my/applications/new/", {"category": "green_factory"})
    PoolApplication.objects.update(report_agency="自己填的机构")
    case = PoolApplication.objects.get()
    assert see(people.chen, f"{case.get_absolute_url()}tasks/report/").count("来自 2025 年绿色诊断登记") == 3


# --- the examiner


@pytest.mark.article(5)
@pytest.mark.parametrize(
    ("registered", "words"),
    [
        ([(2025, "示例诊断机构")], "与绿色诊断登记一致"),
        ([(2025, "另一机构")], "所填诊断机构“示例诊断机构”与 2025 年度绿色诊断登记的“另一机构”不一致"),
        ([(2024, "示例诊断机构")], "绿色诊断登记中没有该单位 2025 年度的诊断（登记有 2024 年度）"),
        ([], ""),
    ],
)
def test_the_check_compares_with_the_register(people: Cast, registered, words):
    case = an_application(people, "examining")
    for year, agency in registered:
        a_diagnosis(people, case.unit, year=year, agency=agency)
    page = see(people.zhou, f"{case.get_absolute_url()}review/")
    assert words in page
    assert ("绿色诊断登记" in page) is bool(words)


def test_a_units_own_word_is_named_as_such(people: Cast):
    case = an_application(people, "examining")
    a_diagnosis(people, case.unit, by=people.chen)
    assert "与企业自行登记的绿色诊断一致" in see(people.zhou, f"{case.get_absolute_url()}review/")


def test_the_units_page_shows_them_to_those_who_deal_with_it_alone(people: Cast):
    case = an_application(people, "admitted")
    diagnosis = a_diagnosis(people, case.unit, report=True)
    page = f"/units/{case.unit_id}/"
    for person in (people.chen, people.zhao, people.zhou):
        assert f"/diagnoses/{diagnosis.pk}/" in see(person, page)
    for person in (people.liu, people.sun, people.wu):
        assert "诊断" not in see(person, page)
    assert "诊断" not in as_(people.chen).__class__().get(page).content.decode()
    assert Document.objects.filter(diagnosis=diagnosis).exists()
