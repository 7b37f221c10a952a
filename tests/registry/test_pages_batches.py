"""征集批次 for the bureau: the list and its tabs, the gates and districts of one call, and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

import pytest

from greenmfg import clock
from registry.models import Batch, Event, Quota
from tests.factories import AFTER_NOTICE, NOW, a_call, a_draft, a_notice, an_application, at, do
from tests.people import Cast, cast
from tests.registry.pages import applications, as_, plain, see
from tests.registry.papers import an_objection

pytestmark = pytest.mark.django_db

FORM = {
    "name": "2026年第二批",
    "opens_on": "2026-09-01",
    "opens_time": "09:00",
    "closes_on": "2026-09-30",
    "closes_time": "17:00",
    "categories": ["green_factory", "green_park"],
    "routes": ["self", "district"],
    "districts": [],
    "required_materials": "安全生产承诺书\n\n 能源管理体系认证证书 \n安全生产承诺书",
    "optional_materials": "产品碳足迹报告",
    "text": "请按时申报。",
    "places_110114": "2",
}


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def gate(html: str, title: str) -> str:
    """The words of one gate."""
    found = re.search(rf"<h2>{title}</h2>(.*?)</section>", html, re.S)
    assert found
    return plain(found[1])


class TestList:
    def test_each_call_stands_in_the_tab_of_its_phase(self, people: Cast) -> None:
        a_call()
        a_call(name="下一批", opens_on=date(2026, 9, 1), closes_on=date(2026, 9, 30))
        a_call(name="上一批", opens_on=date(2025, 9, 1), closes_on=date(2025, 9, 30))
        a_call(name="早先", opens_on=date(2025, 3, 1), closes_on=date(2025, 3, 31), ended_at=NOW)
        tabs = {"planned": "下一批", "open": "2026年第一批", "reviewing": "上一批", "ended": "早先"}
        for tab, name in tabs.items():
            page = see(people.he, f"/batches/?tab={tab}")
            assert {other for other in tabs.values() if f">{other}</a>" in page} == {name}
        page = plain(see(people.zhou, "/batches/"))
        for words in ("未开始1", "征集中1", "审核中1", "已结束1", "全部4"):
            assert words in page

    def test_only_officers_plan(self, people: Cast) -> None:
        assert "/batches/new/" in see(people.zhou, "/batches/")
        assert "/batches/new/" not in see(people.he, "/batches/")


class TestProgress:
    def test_gates_count_what_stands_before_them_and_link_to_it(self, people: Cast) -> None:
        an_application(people, "with_district")
        a_draft(people, by=people.liu)
        examining, cleared = applications(people, "examining", 2), applications(people, "cleared", 2)
        do(examining[0], "refuse", people.zhou, reason="不符合")
        a_notice(people, cleared[0])
        call = a_call()
        page = see(people.zhou, call.get_absolute_url())
        assert "待区级推荐1" in gate(page, "征集")
        assert "征集至2026年3月31日" in gate(page, "征集")
        assert "1件待区级推荐：昌平1件" in gate(page, "征集")
        assert "待市级审核1" in gate(page, "审核")
        assert "不予入库1" in gate(page, "审核")
        assert "1件待市级审核" in gate(page, "审核")
        assert "1件拟入库，尚未公示" in gate(page, "公示")
        assert "1件公示至2026年3月25日（GS-2026-0001）" in gate(page, "公示")
        assert "已入库0" in gate(page, "入库")
        link = f"/applications/?tab=all&amp;batch={call.pk}&amp;state=refused"
        assert f'href="{link}"' in page
        listed = plain(see(people.zhou, link.replace("&amp;", "&")))
        assert "共1件" in listed
        assert "批次：2026年第一批" in listed
        assert "状态：不予入库" in listed

    def test_drafts_are_a_number_and_nothing_else(self, people: Cast) -> None:
        draft = a_draft(people)
        page = see(people.zhou, a_call().get_absolute_url())
        assert "未提交草稿 1 件" in page
        assert draft.no not in page
        assert draft.unit.name not in page

    def test_after_a_notice_what_waits_for_admission_and_what_objections_hold(self, people: Cast) -> None:
        first, second = applications(people, "cleared", 2)
        notice = a_notice(people, first, second)
        an_objection(people, first)
        with clock.fixed(AFTER_NOTICE):
            assert "2件公示期已满，待办理结束" in gate(see(people.zhou, a_call().get_absolute_url()), "公示")
        do(notice, "close", people.zhou, when=AFTER_NOTICE)
        page = see(people.zhou, a_call().get_absolute_url())
        assert "1件有异议尚未办结" in gate(page, "入库")
        assert "1件公示已结束，待办理入库" in gate(page, "入库")

    def test_districts_with_quota_use_and_who_has_not_recommended(self, people: Cast) -> None:
        Quota.objects.create(batch=a_call(), district_id="110114", places=1)
        recommended = do(an_application(people, "with_district"), "recommend", people.zhao, reason="同意推荐")
        an_application(people, "with_district", by=people.liu)
        page = see(people.zhou, a_call().get_absolute_url())
        assert "尚未推荐：大兴" in page
        rows = {row[:2]: row for row in map(plain, re.findall(r"<tr>(.*?)</tr>", page, re.S))}
        # name, quota, used, filed, waiting, recommended, cleared, admitted
        assert rows["昌平"] == "昌平11已满10100"
        assert rows["大兴"] == "大兴不限011000"
        do(recommended, "refuse", people.zhou, reason="不符合")
        page = see(people.zhou, a_call().get_absolute_url())
        assert "昌平1010100" in plain(page)

    def test_a_call_that_is_over_is_ended_from_its_page(self, people: Cast) -> None:
        call = a_call()
        assert f"{call.get_absolute_url()}end/" not in see(people.zhou, call.get_absolute_url())
        with clock.fixed(at("2026-04-02")):
            assert f"{call.get_absolute_url()}end/" in see(people.zhou, call.get_absolute_url())
            answer = as_(people.zhou).post(
                f"{call.get_absolute_url()}end/", {"seen": 0, "reason": "全部办结"}
            )
            assert answer["Location"] == call.get_absolute_url()
            page = see(people.zhou, call.get_absolute_url())
        assert "已结束" in page
        assert "全部办结" in page
        assert f"{call.get_absolute_url()}extend/" not in page

    def test_the_chief_looks_and_changes_nothing(self, people: Cast) -> None:
        page = see(people.he, a_call().get_absolute_url())
        for way in ("extend", "quotas", "end"):
            assert f"{a_call().get_absolute_url()}{way}/" not in page


class TestPlanning:
    def test_a_call_as_the_form_says_it(self, people: Cast) -> None:
        answer = as_(people.zhou).post("/batches/new/", FORM)
        call = Batch.objects.get()
        assert answer["Location"] == call.get_absolute_url()
        assert (call.opens_time, call.closes_time) == (time(9), time(17))
        assert (call.categories, call.routes) == (["green_factory", "green_park"], ["self", "district"])
        assert call.materials == [
            {"name": "安全生产承诺书", "required": True},
            {"name": "能源管理体系认证证书", "required": True},
            {"name": "产品碳足迹报告", "required": False},
        ]
        assert call.places() == {"110114": 2}
        page = plain(see(people.zhou, call.get_absolute_url()))
        assert "2026年9月1日9时至2026年9月30日17时" in page
        assert "安全生产承诺书、能源管理体系认证证书" in page

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"name": ""}, "请填写名称"),
            ({"closes_on": "2026-08-31"}, "截止时间应晚于开放时间"),
            ({"closes_on": "2026-09-01", "closes_time": "09:00"}, "截止时间应晚于开放时间"),
            ({"opens_on": "2026-03-01", "closes_on": "2026-03-17"}, "截止时间应晚于当前时间"),
            ({"categories": []}, "请至少开放一种类型"),
            ({"routes": []}, "请至少开放一种申请方式"),
            ({"categories": ["green_supply_chain"], "routes": ["self"]}, "绿色供应链管理企业须经区级推荐"),
            ({"optional_materials": "安全生产承诺书"}, "“安全生产承诺书”已列为必交材料"),
            ({"required_materials": "长" * 61}, "每项不超过 60 字"),
            ({"required_materials": "\n".join(f"材料{n}" for n in range(21))}, "最多 20 项"),
            ({"places_110114": "-1"}, "名额应为 0–999 之间的整数"),
            ({"places_110114": "三个"}, "名额应为 0–999 之间的整数"),
            ({"districts": ["110115"]}, "该区不在推荐区内，不能设名额"),
        ],
    )
    def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_made(
        self, people: Cast, wrong: dict[str, object], words: str
    ) -> None:
        answer = as_(people.zhou).post("/batches/new/", FORM | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "请按时申报。" in answer.content.decode()  # what was typed is still there
        assert not Batch.objects.exists()

    def test_a_name_is_used_once(self, people: Cast) -> None:
        a_call(name="2026年第二批")
        answer = as_(people.zhou).post("/batches/new/", FORM)
        assert (answer.status_code, "该名称已被使用" in answer.content.decode()) == (422, True)

    def test_before_the_opening_it_is_changed_and_afterwards_no_more(self, people: Cast) -> None:
        as_(people.zhou).post("/batches/new/", FORM)
        call = Batch.objects.get()
        page = see(people.zhou, f"{call.get_absolute_url()}edit/")
        assert 'value="2026-09-01"' in page
        assert "安全生产承诺书\n能源管理体系认证证书" in page
        changed = FORM | {"closes_on": "2026-10-15", "places_110114": "", "places_110115": "4", "seen": "1"}
        assert as_(people.zhou).post(f"{call.get_absolute_url()}edit/", changed).status_code == 302
        call.refresh_from_db()
        assert (call.closes_on, call.places()) == (date(2026, 10, 15), {"110115": 4})
        page = see(people.zhou, call.get_absolute_url())
        assert "昌平名额 2 → 不限、大兴名额 不限 → 4" in page
        with clock.fixed(at("2026-09-02")):
            late = as_(people.zhou).post(f"{call.get_absolute_url()}edit/", changed | {"seen": "2"})
        assert (late.status_code, "已开放征集，不能修改" in late.content.decode()) == (409, True)


class TestExtending:
    def test_the_later_close_and_why_stand_in_the_history(self, people: Cast) -> None:
        call = a_call()
        form = {"seen": "0", "closes_on": "2026-04-10", "closes_time": "", "reason": "节假日顺延"}
        assert as_(people.zhou).post(f"{call.get_absolute_url()}extend/", form).status_code == 302
        page = see(people.zhou, call.get_absolute_url())
        assert "截止时间由2026年3月31日延长至2026年4月10日；节假日顺延" in page
        assert Event.objects.get(stream=call.stream).by == people.zhou

    @pytest.mark.parametrize(
        ("wrong", "status", "words"),
        [
            ({"reason": ""}, 422, "请填写原因"),
            ({"closes_on": ""}, 422, "请填写延长后的截止日"),
            ({"closes_on": "2026-03-20"}, 422, "延长后的截止时间应晚于现在的截止时间（2026年3月31日）"),
            ({"seen": "7"}, 409, "已被他人更新"),
        ],
    )
    def test_what_is_refused_says_why(
        self, people: Cast, wrong: dict[str, str], status: int, words: str
    ) -> None:
        form = {"seen": "0", "closes_on": "2026-04-10", "closes_time": "", "reason": "节假日顺延"} | wrong
        answer = as_(people.zhou).post(f"{a_call().get_absolute_url()}extend/", form)
        assert answer.status_code == status
        assert words in answer.content.decode()
        assert Batch.objects.get().closes_on == date(2026, 3, 31)


class TestQuotas:
    def test_quotas_are_set_with_a_reason_and_the_district_sees_its_own(self, people: Cast) -> None:
        call = a_call()
        case = an_application(people, "with_district")
        form = {"seen": "0", "places_110114": "1", "places_110115": "3", "reason": "按企业数分配"}
        assert as_(people.zhou).post(f"{call.get_absolute_url()}quotas/", form).status_code == 302
        assert call.places() == {"110114": 1, "110115": 3}
        assert "名额 1 个，已占用 0 个" in see(people.zhao, f"/applications/{case.no}/review/")
        listed = see(people.zhao, f"/applications/?tab=all&batch={call.pk}")
        assert "2026年第一批昌平名额 1 个，已占用 0 个" in listed
        assert "大兴" not in listed
        do(case, "recommend", people.zhao, reason="同意推荐")
        assert "名额 1 个，已占用 1 个" in see(people.zhao, f"/applications/?tab=all&batch={call.pk}")
        page = as_(people.zhou).post(
            f"{call.get_absolute_url()}quotas/", {"seen": "1", "places_110114": "0", "reason": "收回"}
        )
        assert (page.status_code, "昌平已推荐 1 个" in page.content.decode()) == (422, True)
