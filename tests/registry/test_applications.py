"""The pages of applications: who is told what, where things stand, and what a page costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry.models import PoolApplication, Standing
from tests.factories import NOW, SCORED, a_call, a_document, a_draft, a_unit, an_application, at, do
from tests.people import Cast, cast
from tests.registry import hostile
from tests.registry.pages import applications, as_, cost, see

pytestmark = pytest.mark.django_db

UNIT = "京华示例机电有限公司"


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def fresh(case: Any) -> PoolApplication:
    return PoolApplication.objects.get(pk=case.pk)


class TestMyDesk:
    def test_what_to_do_who_holds_it_and_what_is_over(self, people: Cast) -> None:
        an_application(people, "refused")
        a_draft(people)
        an_application(people, "with_district", category=Category.GREEN_PARK)
        text = see(people.chen, "/my/")
        drafts, moving, closed = re.search("草稿(.*)正在办理(.*)已办结(.*)", text, re.S).groups()
        assert "继续填报" in drafts
        assert "绿色工业园区入库申请" in moving
        assert "昌平" in moving
        assert "2026年3月18日" in closed.partition("征集批次")[0]

    def test_corrections_stand_above_everything(self, people: Cast) -> None:
        an_application(people, "returned_by_bureau")
        text = see(people.chen, "/my/")
        assert "绿色工厂入库申请需要补正 2 处" in text
        assert text.index("需要补正") < text.index("要办的事")

    def test_nothing_of_others(self, people: Cast) -> None:
        case = an_application(people, "refused")
        text = see(people.liu, "/my/")
        assert case.no not in text
        assert UNIT not in text

    def test_queries_do_not_grow(self, people: Cast) -> None:
        for number in range(3):
            a_unit(people.chen.entity, people.zhao.district, site=f"{number}厂")
        units = list(people.chen.entity.units.all())
        make = lambda unit: PoolApplication.objects.create(  # noqa: E731
            unit=unit, district=unit.district, batch=a_call(), state="draft", kind="pool", no=f"LC-{unit.pk}",
            opened_by=people.chen, opened_at=NOW, version=1,
        )  # fmt: skip
        make(units[0])
        one = cost(people.chen, "/my/")
        make(units[1])
        make(units[2])
        assert cost(people.chen, "/my/") == one <= 12


class TestNewApplication:
    def test_a_new_category_takes_over_what_is_known_and_is_on_record(self, people: Cast) -> None:
        a_call()
        known = a_unit(people.chen.entity, people.zhao.district)
        form = {"category": Category.GREEN_PARK.value}
        answer = as_(people.chen).post("/my/applications/new/", form)
        draft = PoolApplication.objects.get()
        assert answer["Location"] == draft.get_absolute_url()
        assert (draft.unit.category, draft.contact, draft.district) == (
            "green_park",
            known.contact,
            known.district,
        )
        assert draft.unit.events.get().by == people.chen
        again = as_(people.chen).post("/my/applications/new/", form)
        assert again.status_code == 409
        assert "已有一件未办结的入库申请" in again.content.decode()
        assert PoolApplication.objects.count() == 1

    def test_what_fits_is_said_with_its_article(self, people: Cast) -> None:
        a_call()
        text = see(people.chen, "/my/applications/new/")
        assert "须获得区级推荐；报送对照国家评价要求的评价材料（第五条）" in re.sub(r"<[^>]+>", "", text)

    def test_what_the_register_holds_is_not_asked_again(self, people: Cast) -> None:
        a_call()
        a_unit(people.chen.entity, people.zhao.district)
        answer = as_(people.chen).post("/my/applications/new/", {"category": Category.GREEN_PARK})
        case = PoolApplication.objects.get()
        assert answer["Location"] == f"/applications/{case.no}/"
        assert (case.contact, case.address, case.industry) == ("陈晨", "示例路1号", "通用设备制造业")
        assert (case.state, case.district, case.unit.category) == (
            "draft",
            people.zhao.district,
            "green_park",
        )
        assert not case.unit_confirmed

    @pytest.mark.article(12)
    def test_who_is_barred_is_told_before_filling_in_anything(self, people: Cast) -> None:
        a_call()
        unit = a_unit(people.chen.entity, people.zhao.district)
        Standing.objects.create(
            unit=unit, level="municipal", name_as_published=UNIT, since=date(2023, 1, 1), until=date(2025, 5, 1),
            ended_cause="复审评价不合格", barred_until=date(2028, 5, 1),
        )  # fmt: skip
        assert "第十二条" in see(people.chen, "/my/applications/new/")
        answer = as_(people.chen).post("/my/applications/new/", {"category": Category.GREEN_FACTORY})
        assert (answer.status_code, "2028年5月1日" in answer.content.decode()) == (422, True)
        assert not PoolApplication.objects.exists()

    def test_unit_without_a_district_is_sent_to_its_district(self, people: Cast) -> None:
        a_call()
        answer = as_(people.chen).post("/my/applications/new/", {"category": Category.GREEN_FACTORY})
        assert (answer.status_code, "单位所在区尚未确定" in answer.content.decode()) == (422, True)


class TestTasks:
    @pytest.mark.article(5)
    @pytest.mark.parametrize(
        ("category", "tasks"),
        [
            (Category.GREEN_FACTORY, ["unit", "report", "data", "score", "evidence"]),
            (Category.GREEN_PARK, ["unit", "report", "data", "evidence"]),
            (Category.GREEN_SUPPLY_CHAIN, ["unit", "dossier", "data", "evidence"]),
        ],
    )
    def test_each_category_has_its_own(self, people: Cast, category: Category, tasks: list[str]) -> None:
        case = a_draft(people, category=category)
        text = see(people.chen, f"/applications/{case.no}/")
        assert list(dict.fromkeys(re.findall(rf"/applications/{case.no}/tasks/(\w+)/", text))) == tasks
        for key in {"unit", "report", "dossier", "data", "score", "evidence"} - set(tasks):
            see(people.chen, f"/applications/{case.no}/tasks/{key}/", 404)

    def test_saving_by_itself_answers_with_the_version_and_keeps_the_good_fields(self, people: Cast) -> None:
        case = a_draft(people)
        client, address = as_(people.chen), f"/applications/{case.no}/tasks/data/"
        form = {
            "seen": case.version,
            "data_year": "2025",
            "output_value": "13000",
            "energy_tce": "900",
            "water_m3": "",
        }
        answer = client.post(address, form, headers={"X-Autosave": "1"})
        assert (answer.status_code, answer["X-Version"]) == (204, str(case.version + 1))
        broken = form | {"seen": case.version + 1, "output_value": "13001", "energy_tce": "很多"}
        answer = client.post(address, broken, headers={"X-Autosave": "1"})
        assert (answer.status_code, answer["X-Version"]) == (422, str(case.version + 2))
        assert (fresh(case).output_value, fresh(case).energy_tce) == (13001, 900)
        answer = client.post(address, form, headers={"X-Autosave": "1"})
        assert (answer.status_code, fresh(case).output_value) == (409, 13001)

    def test_negative_and_future_values_are_refused_where_they_stand(self, people: Cast) -> None:
        case = a_draft(people)
        client = as_(people.chen)
        data = {"seen": case.version, "data_year": "2025", "output_value": "-1", "energy_tce": "1"}
        text = client.post(f"/applications/{case.no}/tasks/data/", data).content.decode()
        assert re.search(r'id="id_output_value_error">\s*应为不小于 0 的数字', text)
        report = {"seen": case.version, "report_date": "2026-03-19"}
        text = client.post(f"/applications/{case.no}/tasks/report/", report).content.decode()
        assert re.search(r'id="id_report_date_error">\s*出具日期不能晚于今天', text)
        assert 'value="2026-03-19"' in text

    def test_one_task_says_what_is_to_be_corrected_in_it(self, people: Cast) -> None:
        case = an_application(people, "returned_by_district")
        report = see(people.chen, f"/applications/{case.no}/tasks/report/")
        data = see(people.chen, f"/applications/{case.no}/tasks/data/")
        assert ("请补充诊断机构盖章页" in report, "请核对综合能源消费量" in report) == (True, False)
        assert ("请补充诊断机构盖章页" in data, "请核对综合能源消费量" in data) == (False, True)
        assert "保存，去改下一处" in report
        assert "保存，去核对提交" in data

    def test_filed_application_shows_who_holds_it_and_until_when(self, people: Cast) -> None:
        case = an_application(people, "with_district")
        text = re.sub(r"<[^>]+>|\s", "", see(people.chen, f"/applications/{case.no}/"))
        office = people.zhao.district.office or people.zhao.district.name
        assert f"待区级推荐，现由{office}办理" in text
        assert "剩5个工作日" in text


class TestCheckAndReceipt:
    def test_what_is_missing_is_listed_before_anything_is_pressed(self, people: Cast) -> None:
        case = a_draft(people)
        case.documents.update(superseded_at=NOW)
        PoolApplication.objects.filter(pk=case.pk).update(unit_confirmed=False)
        text = see(people.chen, f"/applications/{case.no}/check/")
        assert "提交前还需处理" in text
        assert "请先完成“核对单位基本信息”" in text
        assert 'href="/rules/#art-5"' in text

    def test_receipt_says_what_was_filed_when_by_whom(self, people: Cast) -> None:
        case = an_application(people)
        text = see(people.zhao, f"/applications/{case.no}/receipt/")
        submission = case.submissions.get()
        for expected in (case.no, "2026年3月18日 10:00（第 1 次提交）", "陈晨", submission.hash):
            assert expected in text
        answer = as_(people.chen).get(f"/applications/{case.no}/receipt.pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer.content.startswith(b"%PDF-")

    def test_receipt_of_the_second_filing_lists_what_lay_with_it(self, people: Cast) -> None:
        case = an_application(people, "returned_by_bureau")
        case.documents.current().update(superseded_at=NOW)
        a_document(case, Material.DIAGNOSIS_REPORT, people.chen, when=at("2026-03-19"))
        do(case, "resubmit_to_bureau", people.chen, when=at("2026-03-19"))
        first, second = (json.loads(s.payload)["documents"] for s in case.submissions.order_by("n"))
        assert first[0]["id"] != second[0]["id"]
        assert "第 2 次提交" in see(people.chen, f"/applications/{case.no}/receipt/")


class TestFiles:
    def test_every_version_is_kept_and_only_the_last_is_current(self, people: Cast) -> None:
        case = a_draft(people)
        client = as_(people.chen)
        for content in (hostile.pdf_of_pages(2), hostile.pdf_of_pages(3)):
            file = SimpleUploadedFile("新报告.pdf", content)
            client.post(f"/applications/{case.no}/files/", {"kind": "diagnosis_report", "file": file})
        assert list(case.documents.order_by("version").values_list("version", "pages")) == [
            (1, 12),
            (2, 2),
            (3, 3),
        ]
        assert case.documents.current().get().pages == 3
        text = see(people.chen, f"/applications/{case.no}/files/")
        assert text.count("历史版本</span>") == 2
        assert [f"第 {n} 版" in text for n in (1, 2, 3)] == [True] * 3

    def test_removed_file_leaves_its_slot_and_stays_on_record(self, people: Cast) -> None:
        case = a_draft(people)
        document = case.documents.get()
        answer = as_(people.chen).post(f"/applications/{case.no}/files/{document.pk}/aside/")
        assert answer.status_code == 302
        assert not case.documents.current().exists()
        assert case.documents.get().pk == document.pk
        assert fresh(case).version == case.version + 1

    def test_file_comes_as_a_download_that_no_browser_shows_as_ours(self, people: Cast) -> None:
        case = a_draft(people)
        file = SimpleUploadedFile("报告 最终.pdf", hostile.pdf())
        as_(people.chen).post(f"/applications/{case.no}/files/", {"kind": "diagnosis_report", "file": file})
        answer = as_(people.chen).get(f"/documents/{case.documents.current().get().pk}/")
        assert answer.getvalue() == hostile.pdf()
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


class TestListAndReview:
    @pytest.mark.parametrize(
        ("who", "seen"), [("zhao", {"昌平"}), ("sun", {"大兴"}), ("zhou", {"昌平", "大兴"})]
    )
    def test_list_holds_what_one_may_see_and_no_drafts(self, people: Cast, who: str, seen: set[str]) -> None:
        an_application(people, "examining")
        an_application(people, "with_district", by=people.liu)
        a_draft(people, category=Category.GREEN_PARK)
        text = see(getattr(people, who), "/applications/?tab=all")
        rows = re.findall(r"<tr data-row>.*?</tr>", text, re.S)
        assert len(rows) == len(seen)
        assert all(any(district in row for row in rows) for district in seen)

    @pytest.mark.parametrize(
        ("query", "count"),
        [("q=京华", 1), ("q=jhsl", 1), ("q=示例", 2), ("score=under", 1), ("district=110115", 1)],
    )
    def test_list_is_searched_and_filtered(self, people: Cast, query: str, count: int) -> None:
        case = an_application(people, "examining")
        do(case, "type_score", people.zhou, **SCORED | {"score": Decimal("58.20")})
        an_application(people, "examining", by=people.liu)
        text = see(people.zhou, f"/applications/?tab=all&{query}")
        assert text.count("<tr data-row>") == count

    def test_costs(self, people: Cast) -> None:
        [case] = applications(people, "examining", 1)
        pages = ["/applications/?tab=all", f"/applications/{case.no}/review/"]
        one = [cost(people.zhou, page) for page in pages]
        applications(people, "examining", 2)
        assert [cost(people.zhou, page) for page in pages] == one
        assert one[0] <= 12
        assert one[1] <= 19

    @pytest.mark.parametrize(
        ("who", "state", "acts"),
        [
            ("zhao", "with_district", ["recommend", "return_by_district", "decline"]),
            ("zhou", "with_district", []),
            ("zhou", "examining", ["clear", "return_by_bureau", "refuse", "recheck"]),
            ("he", "examining", []),
            ("zhao", "examining", []),
            ("zhou", "cleared", ["reopen"]),
            ("zhou", "admitted", ["leave_pool"]),
        ],
    )
    def test_review_offers_exactly_the_acts_of_this_person(
        self, people: Cast, who: str, state: str, acts: list[str]
    ) -> None:
        case = an_application(people, state)
        text = see(getattr(people, who), f"/applications/{case.no}/review/")
        assert re.findall(r'name="act" value="(\w+)"', text) == acts
        assert ("登记得分</button>" in text) == (who == "zhou" and state == "examining")

    @pytest.mark.article(8)
    def test_score_is_shown_for_reference_and_never_as_a_title(self, people: Cast) -> None:
        case = do(an_application(people), "type_score", people.zhou, **SCORED)
        text = see(people.zhou, f"/applications/{case.no}/review/")
        assert "72.50 优质" in text
        assert "来源：第三方评价报告第41页" in text

    def test_enterprise_is_not_shown_what_is_internal(self, people: Cast) -> None:
        case = do(an_application(people), "type_score", people.zhou, **SCORED)
        assert "登记得分" in see(people.zhou, f"/applications/{case.no}/review/")
        text = see(people.chen, f"/applications/{case.no}/")
        assert "登记得分" not in text
        assert "72.50" not in text

    def test_next_in_the_queue_is_opened_after_a_decision(self, people: Cast) -> None:
        first, second = applications(people, "examining", 2)
        form = {
            "act": "refuse",
            "reason": "不属于本市工业企业",
            "seen": first.version,
            "op": "a" * 32,
            "on": "next",
        }
        answer = as_(people.zhou).post(f"/applications/{first.no}/review/", form)
        assert answer["Location"] == f"/applications/{second.no}/review/"

    def test_what_waits_for_its_day_is_offered_from_that_day_on(self, people: Cast) -> None:
        case = an_application(people, "returned_by_bureau")  # to be corrected by 03-25
        url = f"/applications/{case.no}/review/"
        assert "不再受理" not in see(people.zhou, url).partition("办理记录")[0]
        with clock.fixed(at("2026-03-26")):
            assert "不再受理" in see(people.zhou, url).partition("办理记录")[0]

    def test_reviewing_in_a_row_begins_with_what_waits(self, people: Cast) -> None:
        an_application(people, "withdrawn")
        waiting = an_application(people, by=people.liu)
        begins = r'<a class="btn btn-primary" href="([^"]+)"'
        for tab, url in (("todo", f"/applications/{waiting.no}/review/"), ("all", "/applications/?tab=todo")):
            page = as_(people.zhou).get(f"/applications/?tab={tab}").content.decode()
            assert re.search(begins, page).group(1) == url
