"""Corrections: located demands, answers, what changed between two submissions, and a second return."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from greenmfg import clock
from greenmfg.rulebook import Material
from registry.acts import AgainstRule
from registry.casework import new_op
from registry.drafts import attach, save_draft
from registry.models import Document, Message, PoolApplication
from registry.undoing import undo
from registry.views.tasks import field_of, fixes, place_of, tasks_of
from tests.factories import NOW, a_call, a_document, an_application, do
from tests.people import Cast, cast
from tests.registry.pages import as_, see, seen

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]

DUE = date(2026, 3, 25)
REPORT = {"text": "请补充盖章页", "where": "绿色诊断评估报告", "page": 7, "article": 5}
ENERGY = {"text": "请核对", "where": "综合能源消费量", "article": 6}
VAGUE = {"text": "请完善全部材料", "where": "申请表", "article": 6}


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def returned(people: Cast, *demands: dict[str, Any]) -> PoolApplication:
    case = an_application(people, "examining")
    return do(case, "return_by_bureau", people.zhou, demands=list(demands), due_on=DUE)


def back(people: Cast, case: PoolApplication, *, answers: tuple[str, ...] = (), **fields: Any) -> str:
    """Corrected and filed again; the officer's page then."""
    if fields:
        save_draft(case, by=people.chen, seen=case.version, **fields)
    do(case, "resubmit_to_bureau", people.chen, answers=answers)
    return see(people.zhou, f"/applications/{case.no}/review/")


def verdicts(page: str) -> list[str]:
    """已修改 or 未修改 of each demand, from the top of the checks."""
    panel = page.partition("补正核对")[2].partition("</section>")[0]
    return re.findall("已修改|未修改", re.sub(r"<[^>]+>", "", panel))


# --- where a demand points


@pytest.mark.parametrize(
    ("demand", "task", "field"),
    [
        ({"where": "绿色诊断评估报告", "text": "缺页"}, "report", ""),
        ({"where": "第 4 项 年度能源资源数据", "text": "请核对综合能源消费量"}, "data", "energy_tce"),
        ({"where": "综合能源消费量", "text": "请核对"}, "data", "energy_tce"),
        ({"where": "诊断机构", "text": "名称不符"}, "report", "report_agency"),
        (
            {"where": "绿色诊断评估报告", "text": "请补充诊断机构盖章页"},
            "report",
            "",
        ),  # in the file, not the field
        ({"where": "自评得分", "text": "请核对"}, "score", "self_score"),
        ({"task": "unit", "where": "单位", "text": "核对"}, "unit", ""),
        ({"where": "申请表", "text": "请完善"}, None, ""),
    ],
)
def test_a_demand_finds_its_task_and_the_field_that_it_names(people, demand, task, field):
    case = an_application(people, "draft")
    place = place_of(demand, tasks_of(case))
    assert (place and place.key, field_of(demand, place) if place else "") == (task, field)


def test_the_enterprise_is_led_to_the_field_and_told_the_page(people):
    case = returned(people, REPORT, ENERGY, VAGUE)
    base = f"/applications/{case.no}/"
    assert [(fix["url"], fix["where"]) for fix in fixes(case)] == [
        (f"{base}tasks/report/", "绿色诊断评估报告 第 7 页"),
        (f"{base}tasks/data/#id_energy_tce", "综合能源消费量"),
        (base, "申请表"),
    ]
    page = see(people.chen, base)
    assert f'href="{base}tasks/data/#id_energy_tce"' in page
    assert "绿色诊断评估报告 第 7 页" in page
    assert 'id="id_energy_tce"' in see(people.chen, f"{base}tasks/data/")


def test_a_page_is_a_link_into_its_document_for_those_who_decide(people):
    case = returned(people, REPORT)
    document = case.documents.current().get()
    page = see(people.zhou, f"/applications/{case.no}/review/")
    assert f'href="?doc={document.pk}#page-7"' in page
    assert 'href="#page-7">第 7 页</a>' in page  # and beside the pages that are shown


# --- the form


def posted(case: PoolApplication, *rows: tuple[str, str, str, str], **more: str) -> dict[str, Any]:
    text, where, number, article = (list(column) for column in zip(*rows, strict=True))
    return {
        **seen(case), "act": "return_by_bureau", "due_on": "2026-03-25", "demand_text": text,
        "demand_where": where, "demand_page": number, "demand_article": article, **more,
    }  # fmt: skip


def test_a_page_number_is_kept_with_its_demand(people):
    case = an_application(people, "examining")
    rows = [("缺页", "绿色诊断评估报告", "41", "5"), ("请核对", "综合能源消费量", "", "6")]
    assert as_(people.zhou).post(f"/applications/{case.no}/review/", posted(case, *rows)).status_code == 302
    assert PoolApplication.objects.get().demands == [
        {"text": "缺页", "where": "绿色诊断评估报告", "article": 5, "page": 41},
        {"text": "请核对", "where": "综合能源消费量", "article": 6},
    ]
    message = Message.objects.get(to=people.chen, event__act="return_by_bureau")
    assert "1. 缺页（绿色诊断评估报告 第 41 页）" in message.text


@pytest.mark.parametrize("number", ["0", "-1", "四十", "10000", "4.5"])
def test_what_is_no_page_is_refused(people, number):
    case = an_application(people, "examining")
    answer = as_(people.zhou).post(
        f"/applications/{case.no}/review/", posted(case, ("缺页", "绿色诊断评估报告", number, "5"))
    )
    assert answer.status_code == 422
    assert "第 1 项补正事项的页码应为 1–9999 之间的整数" in answer.content.decode()
    assert PoolApplication.objects.get().state == "examining"


# --- what became of it


def test_each_demand_is_compared_with_the_submission_before(people):
    case = returned(people, REPORT, ENERGY)
    page = back(people, case, answers=("", "已核对"), energy_tce="900.00")
    assert verdicts(page) == ["未修改", "已修改"]
    assert "企业说明：已核对" in page
    assert "830.50" in page.partition("两次提交的差异")[2]
    assert "900.00" in page.partition("两次提交的差异")[2]


def test_another_field_of_the_task_is_no_correction_of_the_named_one(people):
    case = returned(people, ENERGY)
    assert verdicts(back(people, case, output_value="13000.00")) == ["未修改"]


def test_a_replaced_file_is_seen_by_its_hash_and_the_same_one_is_not(people):
    case = returned(people, REPORT)
    old = case.documents.current().get()
    file = {"name": "报告.pdf", "path": "x.pdf", "media_type": "application/pdf", "size": 1, "pages": 9}
    attach(case, by=people.chen, at=NOW, kind=Material.DIAGNOSIS_REPORT, sha256=old.sha256, **file)
    case.refresh_from_db()
    assert verdicts(back(people, case)) == ["未修改"]
    case = do(
        case,
        "return_by_bureau",
        people.zhou,
        demands=[REPORT],
        due_on=DUE,
        reason="仍缺盖章页，所传文件与上次相同",
    )
    attach(case, by=people.chen, at=NOW, kind=Material.DIAGNOSIS_REPORT, sha256="f" * 64, **file)
    case.refresh_from_db()
    page = back(people, case)
    assert verdicts(page) == ["已修改"]
    assert f"?doc={Document.objects.latest('pk').pk}#page-7" in page  # the page of the file now in force


def test_a_demand_without_a_place_is_answered_by_any_change(people):
    case = returned(people, VAGUE)
    assert verdicts(back(people, case)) == ["未修改"]


def test_nothing_is_compared_before_the_enterprise_has_filed_again(people):
    case = returned(people, ENERGY)
    page = see(people.zhou, f"/applications/{case.no}/review/")
    assert "补正核对" not in page
    assert "补正要求" in page


def test_answers_are_frozen_with_the_submission(people):
    case = returned(people, REPORT, ENERGY)
    do(case, "resubmit_to_bureau", people.chen, answers=["已补", ""])
    assert [d.get("answer") for d in PoolApplication.objects.get().demands] == ["已补", None]
    assert "已补" in case.submissions.latest("n").payload


# --- a second return


def test_the_second_return_by_the_same_examiner_needs_words(people):
    case = returned(people, ENERGY)
    do(case, "resubmit_to_bureau", people.chen)
    again = {"demands": [REPORT], "due_on": DUE}
    with pytest.raises(AgainstRule) as refused:
        do(case, "return_by_bureau", people.zhou, **again)
    assert refused.value.needs_reason
    assert [(f.article, f.binding) for f in refused.value.findings] == [(6, False)]
    case = do(case, "return_by_bureau", people.zhou, reason="补正材料引出新问题", **again)
    assert case.state == "returned_by_bureau"


def test_the_districts_return_and_one_taken_back_do_not_count(people):
    case = an_application(people, "returned_by_district")
    case = do(do(case, "resubmit_to_district", people.chen), "recommend", people.zhao, reason="同意")
    again = {"demands": [REPORT], "due_on": DUE}
    case = do(case, "return_by_bureau", people.zhou, **again)
    undo(case, by=people.zhou, at=NOW, seen=case.version, op=new_op())
    assert do(case, "return_by_bureau", people.zhou, **again).state == "returned_by_bureau"


def test_the_form_of_a_second_return_takes_the_words(people):
    case = returned(people, ENERGY)
    do(case, "resubmit_to_bureau", people.chen)
    page = see(people.zhou, f"/applications/{case.no}/review/")
    assert "本申请已退回补正 1 次" in page
    row = ("缺页", "绿色诊断评估报告", "", "5")
    address = f"/applications/{case.no}/review/"
    without = as_(people.zhou).post(address, posted(case, row))
    assert (without.status_code, "须写明理由后才能继续" in without.content.decode()) == (422, True)
    assert "缺页" in without.content.decode()
    with_words = as_(people.zhou).post(address, posted(case, row, reason="新材料引出"))
    assert with_words.status_code == 302
    assert case.events.latest("seq").reason == "新材料引出"


# --- what a call asks for beside


def test_a_material_that_the_call_asks_for_is_a_task_and_is_missed(people):
    call = a_call(materials=[{"name": "承诺书", "required": True}, {"name": "碳足迹报告", "required": False}])
    draft = an_application(people, "draft")
    assert draft.batch == call
    page = see(people.chen, f"/applications/{draft.no}/")
    assert "2026年第一批要求提交" in page
    assert "2026年第一批要求，选交" in page
    (finding,) = draft.findings("nominate_self", NOW)
    assert (finding.article, finding.message) == (6, "2026年第一批要求提交“承诺书”，尚未上传")
    a_document(draft, Material.EVIDENCE, people.chen)  # other evidence is no answer
    assert draft.findings("nominate_self", NOW) == [finding]
    draft.documents.filter(kind=Material.EVIDENCE).update(asked="承诺书")
    assert draft.findings("nominate_self", NOW) == []
    assert "第 1 版" in see(people.chen, f"/applications/{draft.no}/files/")


def test_a_file_goes_only_into_a_slot_that_the_call_has(people):
    a_call(materials=[{"name": "承诺书", "required": True}])
    draft = an_application(people, "draft")
    answer = as_(people.chen).post(
        f"/applications/{draft.no}/files/", {"kind": "evidence", "asked": "别的材料"}
    )
    assert (answer.status_code, "请从材料栏目中上传文件" in answer.content.decode()) == (422, True)
