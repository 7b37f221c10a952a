"""The staff's desk, messages, search and log: who sees what, and what each page costs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from greenmfg import clock
from registry.casework import new_op, perform
from registry.models import Event, LegalEntity, Message, Objection, Publicity, Roster, Standing, Unit, User
from tests import factories
from tests.people import cast
from tests.registry.pages import applications, as_, cost, objection, see

pytestmark = pytest.mark.django_db

NOW = factories.NOW


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def in_march():
    with clock.fixed(NOW):
        yield


class TestDesk:
    def test_officer_reads_the_day_the_call_and_what_is_urgent(self, people):
        factories.an_application(people, "examining")
        text = see(people.zhou, "/desk/")
        assert "周宁，今天没有须优先处理的事项" in text
        assert "2026年3月18日 星期三 · 2026年第一批征集进行中，距截止 <b>9</b> 个工作日" in text
        with clock.fixed(factories.at("2026-04-03")):  # beyond the ten working days of the bureau
            text = see(people.zhou, "/desk/")
        assert "周宁，今天有 1 件须优先处理" in text
        assert "1 件待办已逾期" in text

    def test_tile_and_map_count_and_lead_to_the_list(self, people):
        applications(people, "cleared", 2)
        text = see(people.zhou, "/desk/")
        batch = factories.a_call().pk
        assert 'href="/applications/?tab=cleared"' in text
        assert f'href="/applications/?batch={batch}&amp;tab=all&amp;district=110114"' in text
        assert 'aria-label="昌平 2"' in text

    def test_district_sees_its_own_figures_and_nobody_elses(self, people):
        factories.an_application(people, "with_district")
        factories.an_application(people, "with_district", by=people.liu)
        text = see(people.zhao, "/desk/")
        assert "本区申请情况" in text
        assert "京华示例机电有限公司" in text
        assert "燕山示例新材料有限公司" not in text

    @pytest.mark.parametrize(
        ("who", "link"),
        [("gao", "/backstage/"), ("shen", "/backstage/"), ("shi", "/manage/audit/")],
    )
    def test_those_without_casework_get_doors(self, people, who, link):
        assert f'<a href="{link}">' in see(getattr(people, who), "/desk/")

    def test_enterprise_goes_to_its_own_page_and_nobody_to_sign_in(self, people):
        assert see(people.chen, "/desk/", 302) == "/my/"
        assert Client().get("/desk/")["Location"].startswith("/accounts/login/")

    def test_todo_holds_every_kind_and_done_my_words(self, people):
        (examined,), (cleared,) = applications(people, "examining", 1), applications(people, "cleared", 1)
        notice = factories.a_notice(people, cleared, signed=False)
        assert examined.no in see(people.zhou, "/desk/todo/")
        chief = see(people.he, "/desk/todo/")
        assert notice.title in chief
        assert examined.no not in chief
        factories.do(examined, "refuse", people.zhou, reason="不属于本市工业企业")
        mine = see(people.zhou, "/desk/done/?q=不属于")
        assert examined.no in mine
        assert cleared.no not in mine
        assert examined.no not in see(people.he, "/desk/done/")


class TestMessages:
    def test_opening_one_marks_it_read_and_leads_to_its_case(self, people):
        case = factories.an_application(people, "examining")
        assert case.no in see(people.zhou, "/me/notifications/")
        message = Message.objects.get(to=people.zhou)
        answer = as_(people.zhou).post("/me/notifications/", {"message": message.pk})
        assert answer["Location"] == case.get_absolute_url()
        message.refresh_from_db()
        assert message.read_at == NOW
        assert "没有消息" in see(people.zhou, "/me/notifications/?tab=unread")

    def test_another_persons_message_does_not_exist(self, people):
        factories.an_application(people, "examining")
        message = Message.objects.get(to=people.zhou)
        assert as_(people.he).post("/me/notifications/", {"message": message.pk}).status_code == 404
        as_(people.he).post("/me/notifications/", {"all": "1"})
        message.refresh_from_db()
        assert message.read_at is None


def test_shortcuts_can_be_switched_off_and_it_is_on_record(people):
    as_(people.zhou).post("/me/settings/", {})
    people.zhou.refresh_from_db()
    assert people.zhou.keys_on is False
    assert Event.objects.get(stream=people.zhou.stream).changes == {"keys_on": ["True", "False"]}
    assert 'data-keys="off"' in see(people.zhou, "/me/settings/")


def test_search_finds_what_one_may_see(people):
    case = factories.an_application(people, "examining", by=people.liu)
    for needle in ("燕山示例", "yssl", case.no):
        assert case.no in see(people.zhou, f"/search/?q={needle}")
    assert "没有找到" in see(people.chen, "/search/?q=燕山示例")
    assert "没有找到" in see(people.zhao, f"/search/?q={case.no}")
    assert 'href="/rules/#art-14"' in see(people.zhou, "/search/?q=第十四条")
    assert Client().get("/search/?q=x").status_code == 302


def test_what_begins_with_the_initials_comes_before_what_contains_them(people):
    for number, name in enumerate(("北京石路示例公司", "石路示例公司"), start=1):
        entity = LegalEntity(credit_code=f"91110114MA{number:08d}")
        entity.call(name)
        entity.save()
        factories.a_unit(entity, people.zhao.district)
    page = see(people.zhou, "/search/?q=slsl").partition("单位名称")[2]
    assert page.index(">石路示例公司<") < page.index(">北京石路示例公司<")


class TestLog:
    def found(self, people, query: str) -> set[str]:
        text = see(people.shi, f"/manage/audit/?{query}")
        return {event.case.no for event in Event.objects.select_related("case") if event.case.no in text}

    def test_it_can_be_narrowed(self, people):
        case, other = applications(people, "cleared", 2)
        both = {case.no, other.no}
        assert self.found(people, "") == both
        assert self.found(people, f"no={case.no}&act=pool.clear&person=周宁") == {case.no}
        assert self.found(people, "act=pool.clear&person=何静") == set()
        assert self.found(people, "since=2026-03-18&until=2026-03-18") == both
        assert self.found(people, "since=2026-03-19") == self.found(people, "until=2026-03-17") == set()
        assert self.found(people, "since=nonsense&until=2026-02-31&before=x") == both

    def test_older_pages_begin_where_the_newer_end(self, people):
        applications(people, "cleared", 1)
        newest, *older = Event.objects.order_by("-pk").values_list("pk", "hash")
        text = see(people.shi, f"/manage/audit/?before={newest[0]}")
        assert newest[1] not in text
        assert all(found[1] in text for found in older)

    def test_it_is_for_the_auditor(self, people):
        for outsider in (people.zhou, people.he, people.gao, people.shen, people.zhao, people.chen):
            see(outsider, "/manage/audit/", 403)


def test_pages_cost_the_same_with_few_rows_and_with_many(people):
    def paths() -> list[tuple[User, str, int]]:
        notice, roster = Publicity.objects.latest("pk"), Roster.objects.latest("pk")
        return [
            (people.zhou, "/desk/", 20),
            (people.he, "/desk/", 20),
            (people.zhao, "/desk/", 20),
            (people.zhou, "/desk/todo/", 12),
            (people.zhou, "/desk/done/", 12),
            (people.zhou, "/me/notifications/", 12),
            (people.zhou, "/search/?q=示例", 12),
            (people.zhou, "/publicity/?tab=all", 12),
            (people.zhou, "/publicity/new/", 15),
            (people.zhou, notice.get_absolute_url(), 17),
            (people.zhou, "/objections/?tab=all", 12),
            (people.zhou, Objection.objects.latest("pk").get_absolute_url(), 15),
            (people.zhou, "/lists/edit/?tab=all", 12),
            (people.zhou, roster.get_absolute_url(), 15),
            (people.zhou, "/pool/", 12),
            (people.shi, "/manage/audit/", 12),
        ]

    def fill(rows: int, n: int) -> None:
        noticed = applications(people, "cleared", rows)
        notice = factories.a_notice(people, *noticed)
        for case in noticed:
            objection(people, notice, case)
        applications(people, "cleared", rows)
        applications(people, "examining", rows)
        for unit in Unit.objects.order_by("-pk")[:rows]:
            Standing.objects.create(unit=unit, level="pool", name_as_published="示例", since=date(2026, 3, 1))
        roster = perform(
            Roster(),
            "draw_up",
            by=people.zhou,
            at=NOW,
            seen=0,
            op=new_op(),
            level="pool",
            category="",
            title="名单",
            text="",
            doc_no=f"示例〔2026〕{n}号",
            as_of=date(2026, 3, 16) + timedelta(days=n),
        )
        factories.do(roster, "publish", people.he)

    fill(1, 0)
    fill(1, 1)
    few = [cost(user, path) for user, path, _ in paths()]
    fill(3, 2)
    many = [(cost(user, path), path, most) for user, path, most in paths()]
    assert few == [found for found, _, _ in many], list(zip(few, many, strict=True))
    assert [row for row in many if row[0] > row[2]] == []


def test_taking_back_too_late_says_so_and_how_things_stand(people):
    case = factories.an_application(people, "examining")
    case = factories.do(case, "refuse", people.zhou, reason="不属于本市工业企业")
    with clock.fixed(NOW + timedelta(minutes=5)):
        answer = as_(people.zhou).post(f"/applications/{case.no}/undo/", {"seen": case.version})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "已超过可撤回的时间" in text
    assert "不予入库" in text
    assert f'href="{case.get_absolute_url()}"' in text
