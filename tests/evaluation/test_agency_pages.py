"""The register of evaluator agencies: figures by hand, pages by role, changes on record."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evaluation.agencies import Gap, tallies, together
from evaluation.models import Evaluation
from registry.models import EvaluatorAgency, Event, PoolApplication
from tests.evaluation.checks import a_check, an_evaluation, another_agency, answered, brought_to
from tests.evaluation.gradings import a_grading
from tests.factories import NOW, a_setting, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db

DEC = Decimal
GIVEN = {
    "name": "新评价中心(北京)",
    "credit_code": "91110114MA00000013",
    "code_evidence": "",
    "legal_representative": "王 刚",
    "qualifications": "工业节能与绿色评价",
    "contact": "李明",
    "phone": "010-1",
}


@pytest.fixture
def people(settings):
    return cast()


@pytest.fixture(autouse=True)
def on_that_day(monkeypatch):
    monkeypatch.setattr("greenmfg.clock.now", lambda: NOW)


def login(client, who):
    client.force_login(who)
    return client


def a_hand_made_set(people) -> None:
    """A confirmed evaluation: own 85.00, agency 79.00 after one return, confirmed 79.00; an open one; a grading:
    own 45.00, agency 45.00, confirmed 42.50."""
    check = a_check(people, "concluded")
    Evaluation.objects.filter(pk=check.pk).update(own_score=DEC("85.00"))
    check = do(check, "send_back", people.zhou, reason="x")
    check = do(answered(check, people.wu, score=DEC("79.00")), "conclude", people.wu)
    do(check, "confirm", people.zhou)
    an_evaluation(people, an_application(people, "examining", by=people.liu))
    case = a_grading(people, "concluded")
    case = do(case, "revise", people.zhou, reason="x", item="G1", answer={"value": "10"})
    do(case, "award", people.zhou)


def test_the_figures_of_a_hand_made_set(people, django_assert_num_queries):
    a_hand_made_set(people)
    other = another_agency().agency
    with django_assert_num_queries(5):
        found = tallies([people.wu.agency, other])
    assert list(found[people.wu.agency_id]) == [2026]
    tally = together(found[people.wu.agency_id])
    assert (tally.projects, tally.open, tally.concluded, tally.returned) == (3, 1, 3, 1)
    assert tally.return_rate == DEC("33.3")
    assert tally.own == Gap(2, DEC("-6.00"), DEC("6.00"))
    assert (tally.own.mean, tally.own.mean_size) == (DEC("-3.00"), DEC("3.00"))
    assert tally.final == Gap(2, DEC("-2.50"), DEC("2.50"))
    assert (tally.final.mean, tally.final.mean_size) == (DEC("-1.25"), DEC("1.25"))
    assert found[other.pk] == {}
    assert together({}).return_rate is None
    assert Gap().mean is None


def test_a_return_counts_against_the_agency_that_had_concluded(people):
    case = do(a_grading(people, "concluded"), "send_back", people.zhou, reason="x")
    case = do(case, "recuse", people.wu, reason="x")
    other = another_agency()
    do(case, "assign", people.zhou, agency=other.agency)
    found = tallies([people.wu.agency, other.agency])
    assert [(together(found[one.agency_id]).returned, together(found[one.agency_id]).projects)
            for one in (people.wu, other)] == [(1, 0), (0, 1)]  # fmt: skip


def test_the_list_shows_load_rate_and_gaps_and_the_cap_once_it_is_on(people, client):
    a_hand_made_set(people)
    page = login(client, people.he).get("/agencies/").content.decode()
    for words in (
        "3 项（上限未启用）",
        "33.3%（1 / 3）",
        "平均差 −3.00，平均绝对差 3.00（2 件）",
        "平均差 −1.25，平均绝对差 1.25（2 件）",
    ):
        assert words in page
    assert "登记机构" not in page
    a_setting("agency_cap_on", "1")
    assert "3 / 15 项" in client.get("/agencies/").content.decode()


def test_the_list_is_filtered_and_exported_as_shown(people, client):
    another_agency()
    EvaluatorAgency.objects.filter(name="示例评估院").update(suspended_because="失实")
    login(client, people.zhou)
    page = client.get("/agencies/?state=suspended").content.decode()
    assert "示例评估院" in page
    assert "示例评价中心" not in page
    answer = client.get("/agencies/?q=评价&export=csv")
    text = answer.content.decode("utf-8-sig")
    assert "示例评价中心" in text
    assert "示例评估院" not in text
    assert client.get("/agencies/?export=xlsx").status_code == 200
    assert Event.objects.filter(stream="ledger:exports").count() == 2


def test_an_officer_registers_an_agency_on_record(people, client):
    login(client, people.zhou)
    answer = client.post("/agencies/new/", GIVEN | {"seen": ""})
    row = EvaluatorAgency.objects.get(name="新评价中心（北京）")
    assert (answer.status_code, answer.url) == (302, f"/agencies/{row.pk}/")
    assert row.legal_representative == "王刚"
    event = Event.objects.get(stream="ledger:evaluatoragency")
    assert (event.label, event.by, event.data["fields"]["contact"]) == (
        "新增评价机构",
        people.zhou,
        [None, "李明"],
    )
    assert "新增评价机构" in client.get(f"/agencies/{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"credit_code": "9111011"}, 422, "应为 18 位"),
        ({"credit_code": "91110114MA00000012"}, 422, "校验"),
        ({"credit_code": "91110114MA00000012", "code_evidence": "登记机关核实"}, 302, ""),
        ({"name": "示例评价中心"}, 422, "已有同名的评价机构"),
        ({"name": ""}, 422, "请填写机构名称"),
        ({"seen": "stale"}, 409, "已被他人修改"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(people, client, given, status, words):
    login(client, people.zhou)
    other = another_agency().agency
    seen = client.get(f"/agencies/{other.pk}/edit/").context["seen"]
    answer = client.post(f"/agencies/{other.pk}/edit/", GIVEN | {"seen": seen} | given)
    assert answer.status_code == status
    if words:
        page = answer.content.decode()
        assert words in page
        assert "工业节能与绿色评价" in page
        assert EvaluatorAgency.objects.get(pk=other.pk).contact == ""


def test_an_agency_is_suspended_with_a_reason_and_taken_back(people, client):
    login(client, people.zhou)
    url = f"/agencies/{people.wu.agency_id}/"
    assert "请填写暂停委托的原因" in client.post(url, {"reason": " "}).content.decode()
    assert client.post(url, {"reason": "评价报告失实"}).status_code == 302
    assert EvaluatorAgency.objects.get(pk=people.wu.agency_id).suspended_because == "评价报告失实"
    assert client.post(url, {"reason": "再次"}).status_code == 409
    assert client.post(url, {"resume": "1"}).status_code == 302
    assert EvaluatorAgency.objects.get(pk=people.wu.agency_id).suspended_because == ""
    assert client.post(url, {"resume": "1"}).status_code == 409
    labels = (
        Event.objects.filter(stream="ledger:evaluatoragency").order_by("seq").values_list("label", flat=True)
    )
    assert list(labels) == ["暂停委托", "恢复委托"]


def test_an_agency_sees_itself_and_nothing_of_others(people, client):
    check = a_check(people, "scoring")
    rival = another_agency()
    other = brought_to(
        people,
        an_evaluation(people, an_application(people, "examining", by=people.liu), agency=rival.agency),
        "assigned",
    )
    page = login(client, people.wu).get("/agencies/own/").content.decode()
    assert check.no in page
    assert "吴迪" in page
    for words in (other.no, rival.agency.name, "郑重", "更改记录", "暂停委托"):
        assert words not in page
    assert client.get(f"/agencies/{people.wu.agency_id}/").status_code == 403


def test_the_page_of_an_agency_links_its_work(people, client):
    check = a_check(people, "confirmed")
    case = PoolApplication.objects.get(pk=check.target_id)
    page = login(client, people.he).get(f"/agencies/{people.wu.agency_id}/").content.decode()
    assert f'href="/eval/{check.no}/"' in page
    assert case.unit.name in page
    assert "2026年" in page
    assert f"/agencies/{people.wu.agency_id}/edit/" not in page
