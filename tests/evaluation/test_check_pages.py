"""The pages of evaluations: what each person is shown and offered, what is kept, and what a refusal says."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.models import Evaluation
from greenmfg import clock
from greenmfg.rulebook import Category
from registry.models import Diagnosis, PoolApplication
from tests.evaluation.checks import a_check, an_evaluation, another_agency, answered, brought_to
from tests.factories import NOW, SCORED, a_draft, an_application, at, do
from tests.people import cast
from tests.registry.hostile import pdf_of_pages
from tests.registry.pages import as_, see, seen

pytestmark = pytest.mark.django_db

UNIT = "京华示例机电有限公司"


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def in_march():
    with clock.fixed(NOW):
        yield


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def fresh(check) -> Evaluation:
    return Evaluation.objects.get(pk=check.pk)


def url(check, rest: str = "") -> str:
    return f"{check.get_absolute_url()}{rest}"


# --- the officer sends it out


class TestCommission:
    def test_the_review_page_offers_it_and_leads_there(self, people):
        case = an_application(people, "examining")
        review = f"{case.get_absolute_url()}review/"
        assert 'value="recheck"' in see(people.zhou, review)
        assert 'value="recheck"' not in see(people.he, review)
        assert 'value="recheck"' not in see(people.zhao, review)
        answer = as_(people.zhou).post(review, {"act": "recheck"} | seen(case))
        assert answer["Location"] == f"/eval/new/?case={case.no}"
        assert as_(people.he).post(review, {"act": "recheck"} | seen(case)).status_code == 404
        cleared = an_application(people, "cleared", by=people.liu)
        assert 'value="recheck"' not in see(people.zhou, f"{cleared.get_absolute_url()}review/")

    @pytest.mark.article(3)
    def test_agencies_with_their_open_tasks_and_those_that_must_step_aside(self, people):
        free = another_agency()
        an_evaluation(people, an_application(people, "examining", by=people.liu), agency=free.agency)
        case = an_application(people, "examining")
        Diagnosis.objects.create(unit=case.unit, year=2025, agency=people.wu.agency)
        page = see(people.zhou, f"/eval/new/?case={case.no}")
        text = words(page)
        assert (
            "示例评价中心承担过该单位 2025 年度绿色诊断，应当回避；确需委托的，须说明理由（第三条）" in text
        )
        assert "示例评估院在办 1 件" in text
        assert not re.search(rf'value="{people.wu.agency_id}" disabled', page)
        assert not re.search(rf'value="{free.agency_id}" disabled', page)
        assert "2026年4月9日前提交结论（15 个工作日）" in text

    def test_an_agency_without_people_here_cannot_be_asked(self, people):
        people.wu.is_active = False
        people.wu.save()
        case = an_application(people, "examining")
        text = words(see(people.zhou, f"/eval/new/?case={case.no}"))
        assert "尚无评价人员账号，不能委托" in text
        assert "目前没有可以委托的评价机构" in text
        form = {"agency": people.wu.agency_id, "task": "复核"}
        answer = as_(people.zhou).post(f"/eval/new/?case={case.no}", form | {"op": "1" * 32, "seen": "0"})
        assert answer.status_code == 422
        assert not Evaluation.objects.exists()

    def test_doubts_about_the_material_are_proposed_and_the_bureaus_score_is_not(self, people):
        case = an_application(people, "examining")
        do(case, "type_score", people.zhou, **SCORED | {"score": Decimal("58.20")})
        PoolApplication.objects.filter(pk=case.pk).update(report_year=2023)
        page = see(people.zhou, f"/eval/new/?case={case.no}")
        assert "1. 绿色诊断评估报告为 2023 年度" in page
        assert "58.20" not in page

    def test_it_opens_the_evaluation_and_moves_the_application(self, people):
        case = an_application(people, "examining")
        form = {"agency": people.wu.agency_id, "task": "复核外购热力", "op": "2" * 32, "seen": "0"}
        client = as_(people.zhou)
        answer = client.post(f"/eval/new/?case={case.no}", form)
        check = Evaluation.objects.get()
        assert answer["Location"] == url(check)
        assert (check.task, check.target.state, check.agency) == (
            "复核外购热力",
            "rechecking",
            people.wu.agency,
        )
        # A resend is the same act.
        assert client.post(f"/eval/new/?case={case.no}", form)["Location"] == url(check)
        assert Evaluation.objects.count() == 1

    @pytest.mark.article(3)
    def test_a_conflict_is_refused_with_its_article_and_what_was_typed_stays(self, people):
        case = an_application(people, "examining")
        Diagnosis.objects.create(unit=case.unit, year=2025, agency=people.wu.agency)
        form = {"agency": people.wu.agency_id, "task": "复核外购热力", "op": "3" * 32, "seen": "0"}
        answer = as_(people.zhou).post(f"/eval/new/?case={case.no}", form)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "应当回避；确需委托的，须说明理由（第三条）" in words(text)
        assert "复核外购热力" in text
        assert not Evaluation.objects.exists()
        answer = as_(people.zhou).post(f"/eval/new/?case={case.no}", form | {"reason": "仅此一家具备能力"})
        assert answer.status_code == 302
        assert Evaluation.objects.get().events.get().reason == "仅此一家具备能力"

    def test_what_is_missing_is_said_at_the_field(self, people):
        case = an_application(people, "examining")
        text = words(as_(people.zhou).post(f"/eval/new/?case={case.no}", {"op": "4" * 32}).content.decode())
        assert "请选择评价机构" in text
        assert "请填写复核内容" in text

    @pytest.mark.parametrize("state", ["with_district", "cleared"])
    def test_too_late_or_too_early_is_said_before_anything_is_typed(self, people, state):
        case = an_application(people, state)
        answer = as_(people.zhou).get(f"/eval/new/?case={case.no}")
        assert answer.status_code == 409
        assert f"{case.no} 现为“{case.state_label}”，不能委托第三方评价" in answer.content.decode()
        assert as_(people.zhou).get("/eval/new/?case=LC-2026-9999").status_code == 404


# --- the evaluator declares, scores, submits


class TestDeclaration:
    def test_the_material_is_not_shown_before_the_declaration(self, people):
        check = a_check(people)
        page = see(people.wu, url(check))
        assert "利益冲突声明" in page
        assert "data-pages" not in page
        assert "复核能源资源数据" in page
        assert "示例诊断机构" in page

    def test_without_the_declaration_nothing_begins(self, people):
        check = a_check(people)
        answer = as_(people.wu).post(url(check, "begin/"), seen(check))
        assert answer.status_code == 422
        assert "请阅读并勾选声明；有利害关系的，请办理回避" in answer.content.decode()
        answer = as_(people.wu).post(url(check, "begin/"), seen(check) | {"independent": "on"})
        assert answer["Location"] == url(check)
        assert fresh(check).state == "scoring"

    @pytest.mark.parametrize(
        ("form", "reason"),
        [
            ({"cause": "advised"}, "为该单位提供过咨询等服务"),
            ({"cause": "related", "reason": "持股 5%"}, "与该单位存在投资、关联关系。持股 5%"),
            ({"cause": "other", "reason": "负责人近亲属任职"}, "负责人近亲属任职"),
        ],
    )
    def test_stepping_aside_is_one_choice_and_one_press(self, people, form, reason):
        check = a_check(people)
        answer = as_(people.wu).post(url(check, "recuse/"), seen(check) | form)
        assert answer["Location"] == url(check)
        assert (fresh(check).state, check.events.get(act="recuse").reason) == ("recused", reason)
        # The bureau reads why; the enterprise and its district do not.
        assert reason in see(people.zhou, url(check))
        for person in (people.chen, people.zhao):
            case = PoolApplication.objects.get(pk=check.target_id)
            page = as_(person).get(case.get_absolute_url(), follow=True).content.decode()
            assert "第三方复核结束" in page
            assert reason not in page

    @pytest.mark.parametrize(
        ("form", "error"), [({}, "请选择回避事由"), ({"cause": "other"}, "请写明利害关系")]
    )
    def test_a_reason_is_wanted(self, people, form, error):
        check = a_check(people)
        answer = as_(people.wu).post(url(check, "recuse/"), seen(check) | form)
        assert answer.status_code == 422
        assert error in answer.content.decode()
        assert fresh(check).state == "assigned"


class TestScoring:
    def test_material_on_the_left_form_beside_it_and_nothing_of_the_bureaus(self, people):
        case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
        check = brought_to(people, an_evaluation(people, case), "scoring")
        page = see(people.wu, url(check))
        document = case.documents.get()
        assert f"/documents/{document.pk}/pages/1.webp" in page
        assert "78.50" in page  # what the enterprise thinks of itself
        assert "72.50" not in page  # what the bureau typed
        assert SCORED["score_source"] not in page
        assert "登记得分" not in page
        assert 'name="score"' in page

    def test_a_park_is_asked_for_a_verdict_only(self, people):
        page = see(people.wu, url(a_check(people, "scoring", category=Category.GREEN_PARK)))
        assert 'name="score"' not in page
        assert 'name="meets_requirements"' in page

    def test_the_draft_keeps_itself(self, people):
        check, client = a_check(people, "scoring"), as_(people.wu)
        form = {"score": "81.3", "meets_requirements": "yes", "conclusion": "核实无误", "seen": check.version}
        answer = client.post(url(check), form, headers={"X-Autosave": "1"})
        assert (answer.status_code, answer["X-Version"]) == (204, str(check.version + 1))
        kept = fresh(check)
        assert (kept.score, kept.meets_requirements, kept.conclusion) == (Decimal("81.30"), True, "核实无误")
        assert kept.events.count() == check.events.count()  # a draft has no history
        # An older window is told, and what it typed is not taken.
        stale = client.post(url(check), form | {"score": "10"}, headers={"X-Autosave": "1"})
        assert stale.status_code == 409
        assert fresh(check).score == Decimal("81.30")

    @pytest.mark.parametrize("score", ["100.01", "59.995", "-1", "八十", "NaN", "1e1"])
    def test_what_is_no_score_is_said_at_the_field_and_its_neighbours_are_kept(self, people, score):
        check, client = a_check(people, "scoring"), as_(people.wu)
        form = {"score": score, "conclusion": "核实无误", "seen": check.version}
        quiet = client.post(url(check), form, headers={"X-Autosave": "1"})
        assert quiet.status_code == 422
        assert (fresh(check).score, fresh(check).conclusion) == (None, "核实无误")
        answer = client.post(url(check), form | {"seen": fresh(check).version})
        assert answer.status_code == 422
        assert "综合得分应为 0–100 之间的数字，最多 2 位小数" in answer.content.decode()
        assert f'value="{score}"' in answer.content.decode()

    def test_the_report_goes_into_its_slot_and_only_the_agency_puts_it_there(self, people):
        check = a_check(people, "scoring")
        for _ in range(2):
            upload = SimpleUploadedFile("评价报告.pdf", pdf_of_pages(2), "application/pdf")
            form = {"kind": "evaluation_report", "file": upload, "next": url(check)}
            answer = as_(people.wu).post(url(check, "files/"), form)
            assert answer["Location"] == url(check)
        report = check.documents.current().get()
        assert (report.kind, report.version, report.pages) == ("evaluation_report", 2, 2)
        for person, status in ((people.zhou, 403), (people.chen, 404)):
            upload = SimpleUploadedFile("评价报告.pdf", pdf_of_pages(1), "application/pdf")
            form = {"kind": "evaluation_report", "file": upload}
            assert as_(person).post(url(check, "files/"), form).status_code == status
        other = SimpleUploadedFile("x.pdf", pdf_of_pages(1), "application/pdf")
        wrong = as_(people.wu).post(url(check, "files/"), {"kind": "diagnosis_report", "file": other})
        assert wrong.status_code == 422
        # Before it is submitted it is the agency's own paper.
        assert report.name not in see(people.zhou, url(check, "files/"))
        assert as_(people.wu).post(url(check, f"files/{report.pk}/aside/")).status_code == 302
        assert not check.documents.current().exists()

    @pytest.mark.article(8)
    def test_the_report_is_asked_for_before_the_conclusion_is_submitted(self, people):
        check = answered(a_check(people, "scoring"), people.wu)
        check.documents.update(superseded_at=NOW)
        page = words(see(people.wu, url(check, "conclude/")))
        assert "请上传第三方评价报告（第八条）" in page
        assert "以上问题解决后方可办理" in page
        answer = as_(people.wu).post(url(check, "conclude/"), seen(check) | {"pledge": "on"})
        assert answer.status_code == 422
        assert fresh(check).state == "scoring"

    def test_saved_then_looked_over_then_submitted(self, people):
        check, client = answered(a_check(people, "scoring"), people.wu), as_(people.wu)
        form = {"score": "80.00", "meets_requirements": "yes", "conclusion": "核实无误", "then": "conclude"}
        answer = client.post(url(check), form | {"seen": fresh(check).version})
        assert answer["Location"] == url(check, "conclude/")
        page = see(people.wu, url(check, "conclude/"))
        assert "80.00" in page
        assert "核实无误" in page
        assert client.post(url(check, "conclude/"), seen(check)).status_code == 422  # without the pledge
        client.post(url(check, "conclude/"), seen(check) | {"pledge": "on"})
        assert (fresh(check).state, fresh(check).score) == ("concluded", Decimal("80.00"))
        assert fresh(check).submissions.count() == 1

    def test_what_is_typed_after_the_case_moved_on_is_shown_not_taken(self, people):
        check = a_check(people, "scoring")
        do(check, "void", people.zhou, reason="另行委托")
        form = {"score": "80", "conclusion": "写了很久的结论", "seen": check.version}
        answer = as_(people.wu).post(url(check), form)
        assert answer.status_code == 409
        assert "写了很久的结论" in answer.content.decode()
        assert fresh(check).conclusion == ""


# --- the bureau reads and decides


class TestBureau:
    def test_a_draft_is_not_shown_to_the_bureau(self, people):
        check = answered(a_check(people, "scoring"), people.wu)
        for person in (people.zhou, people.he):
            page = see(person, url(check))
            assert "尚未提交结论" in page
            assert "81.30" not in page
            assert "材料与现场情况一致" not in page
        assert "81.30" not in see(people.zhou, "/eval/?tab=all")
        assert "81.30" not in see(people.zhou, f"/applications/{check.target.no}/review/")

    def test_own_third_party_and_typed_score_side_by_side(self, people):
        case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
        check = brought_to(people, an_evaluation(people, case), "concluded")
        row = words(see(people.zhou, url(check)).partition("得分对照</h2>")[2])
        assert re.search(r"综合得分\s*78.50\s*81.30\s*2.80\s*81.30", row)
        assert "申请登记得分 72.50，来源：第三方评价报告第41页" in row
        mine = see(people.wu, url(check))
        assert "得分对照" not in mine
        assert "72.50" not in mine

    def test_confirming_says_what_it_writes_and_goes_on_with_the_application(self, people):
        check = a_check(people, "concluded")
        page = words(see(people.zhou, url(check, "confirm/")))
        assert "确认结果综合得分 81.30，符合评价要求" in page
        assert "参照级别绿色工厂标杆企业" in page
        assert "得分来源示例评价中心第三方评价（PJ-2026-0001）" in page
        answer = as_(people.zhou).post(url(check, "confirm/"), seen(check))
        review = f"/applications/{check.target.no}/review/"
        assert answer["Location"] == review
        page = words(see(people.zhou, review))
        assert "来源：示例评价中心第三方评价（PJ-2026-0001）" in page
        assert "综合评价 81.30 分，达到 60 分" in page
        assert "已确认" in page

    def test_sending_back_shows_the_agency_why_and_keeps_the_submitted_version_in_view(self, people):
        check = a_check(people, "concluded")
        form = seen(check) | {"reason": "请补充现场核查情况"}
        as_(people.zhou).post(url(check, "send_back/"), form)
        assert "请补充现场核查情况" in see(people.wu, url(check))
        page = words(see(people.zhou, url(check)))
        assert "以下为上次提交的结论，已退回重评" in page
        assert "81.30" in page
        answered(check, people.wu, score=Decimal("66.00"))
        assert "66.00" not in see(people.zhou, url(check))

    def test_the_review_page_lists_the_evaluations_for_the_bureau_alone(self, people):
        check = do(a_check(people), "recuse", people.wu, reason="x")
        case = PoolApplication.objects.get(pk=check.target_id)
        an_evaluation(people, case, agency=another_agency().agency)
        page = see(people.zhou, f"{case.get_absolute_url()}review/")
        assert page.index("PJ-2026-0002") < page.index("PJ-2026-0001")
        assert "PJ-2026" not in see(people.zhao, f"{case.get_absolute_url()}review/")
        assert "PJ-2026" not in see(people.chen, case.get_absolute_url())

    def test_after_the_end_the_page_stays_for_the_agency_and_the_application_is_gone(self, people):
        check = a_check(people, "confirmed")
        assert "81.30" in see(people.wu, url(check))
        assert as_(people.wu).get(f"/applications/{check.target.no}/").status_code == 404
        assert as_(people.wu).get(f"/documents/{check.target.documents.get().pk}/").status_code == 404


# --- lists, desk, search, messages


class TestLists:
    def test_an_evaluators_list_its_tabs_and_its_empty_state(self, people):
        assert "暂无分派给贵机构的任务" in see(people.wu, "/eval/")
        check = a_check(people)
        page = see(people.wu, "/eval/")
        assert "我的评价任务" in page
        assert UNIT in page
        assert re.findall(r">(待评价|评价中|已提交|已完结) <b>(\d)", page) == [
            ("待评价", "1"),
            ("评价中", "0"),
            ("已提交", "0"),
            ("已完结", "0"),
        ]
        assert "剩 15 个工作日" in page
        do(check, "recuse", people.wu, reason="x")
        assert "已回避" in see(people.wu, "/eval/?tab=closed")
        assert "“待评价”中没有，全部视图中有 1 件" in see(people.zhou, "/eval/?tab=assigned")

    def test_the_bureau_filters_by_agency(self, people):
        a_check(people)
        other = another_agency()
        an_evaluation(people, an_application(people, "examining", by=people.liu), agency=other.agency)
        page = see(people.zhou, f"/eval/?tab=all&agency={other.agency_id}")
        assert "燕山示例新材料有限公司" in page
        assert UNIT not in page

    def test_an_evaluators_desk_is_a_worklist_with_lights(self, people):
        a_check(people)
        page = see(people.wu, "/desk/")
        assert "吴迪，今天没有须优先处理的事项" in page
        assert UNIT in page
        assert 'href="/eval/?tab=assigned"' in page
        with clock.fixed(at("2026-04-10")):
            late = see(people.wu, "/desk/")
        assert "吴迪，今天有 1 件须优先处理" in late
        assert "逾期 1 个工作日" in late
        assert 'href="/eval/"' in page  # the menu

    def test_search_finds_what_is_ones_own_and_leads_to_where_it_is_worked_on(self, people):
        check = a_check(people, "scoring")
        page = see(people.wu, "/search/?q=jhsl")
        assert url(check) in page
        assert see(people.wu, f"/applications/{check.target.no}/", 302) == url(check)
        other = another_agency()
        assert url(check) not in see(other, f"/search/?q={check.no}")

    def test_messages_lead_to_the_evaluation(self, people):
        check = a_check(people)
        page = see(people.wu, "/me/notifications/")
        assert f"新的评价任务：{UNIT}" in page
        assert "请于2026年4月9日前提交结论" in page
        do(check, "recuse", people.wu, reason="曾提供咨询")
        assert "回避理由：曾提供咨询" in see(people.zhou, "/me/notifications/")
        assert "转第三方复核" in see(people.chen, "/me/notifications/")


def test_a_draft_never_reaches_an_evaluator(people):
    draft = a_draft(people)
    assert as_(people.wu).get(f"/applications/{draft.no}/").status_code == 404
