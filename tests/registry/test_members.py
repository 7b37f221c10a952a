"""成员: invited by their enterprise, once and for a few days; disabled by each other, at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from greenmfg import clock
from registry.models import Event, Invitation, User
from registry.verify import verify
from tests.factories import NOW
from tests.people import PASSWORD, cast
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db

INVITED = {"name": "李明", "email": "li@example.org", "phone": "010-1"}
ACCOUNT = {"username": "liming", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def invite(person: User, **changes) -> str:
    """The link's path, as the page shows it once."""
    client = as_(person)
    assert client.post("/my/people/", INVITED | changes).status_code == 302
    return re.search(r"/join/[\w-]+/", client.get("/my/people/").content.decode())[0]


def colleague(people) -> User:
    Client().post(invite(people.chen), ACCOUNT)
    return User.objects.get(username="liming")


def test_an_invited_person_joins_and_is_signed_in(people):
    path = invite(people.chen)
    client = Client()
    page = client.get(path).content.decode()
    assert "陈晨邀请李明成为" in page
    assert "京华示例机电有限公司" in page
    answer = client.post(path, ACCOUNT)
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    person = User.objects.get(username="liming")
    assert (person.role, person.entity, person.name, person.email, person.is_active) == (
        "unit", people.chen.entity, "李明", "li@example.org", True,
    )  # fmt: skip
    assert client.get("/my/").status_code == 200
    told = Event.objects.filter(stream=people.chen.entity.stream).order_by("seq")
    assert [(e.label, e.data["member"], e.internal) for e in told] == [
        ("邀请成员", "李明", False), ("成员加入", "李明", False),
    ]  # fmt: skip
    page = see(people.chen, "/my/people/")
    assert "成员加入" in page
    assert "liming" in page
    verify()


def test_the_link_is_shown_once_and_kept_nowhere(people):
    client = as_(people.chen)
    client.post("/my/people/", INVITED)
    first, second = client.get("/my/people/").content.decode(), client.get("/my/people/").content.decode()
    token = re.search(r"/join/([\w-]+)/", first)[1]
    assert token not in second
    assert "/join/" not in second
    kept = "".join(Event.objects.values_list("body", flat=True)) + Invitation.objects.get().digest
    assert token not in kept


def test_the_link_works_once(people):
    path = invite(people.chen)
    Client().post(path, ACCOUNT)
    assert Client().get(path).status_code == 410
    assert Client().post(path, ACCOUNT | {"username": "other"}).status_code == 410
    # A second click of the same person brings them in as the first would have.
    assert Client().post(path, ACCOUNT)["Location"] == "/my/"
    assert Client().post(path, ACCOUNT | {"password1": "Else-2026-x"}).status_code == 410
    assert User.objects.filter(entity=people.chen.entity).count() == 2


def test_the_link_works_until_its_day(people):
    path = invite(people.chen)
    with clock.fixed(NOW + timedelta(days=7, minutes=-1)):
        assert Client().get(path).status_code == 200
    with clock.fixed(NOW + timedelta(days=7)):
        assert Client().get(path).status_code == 410
        assert Client().post(path, ACCOUNT).status_code == 410
    assert not User.objects.filter(username="liming").exists()


def test_a_withdrawn_invitation_opens_nothing(people):
    path = invite(people.chen)
    url = f"/my/invitations/{Invitation.objects.get().pk}/withdraw/"
    assert as_(people.liu).post(url).status_code == 404
    assert as_(people.chen).post(url).status_code == 302
    assert as_(people.chen).post(url).status_code == 404
    answer = Client().post(path, ACCOUNT)
    assert answer.status_code == 410
    assert "京华示例机电有限公司" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "Qiye"}, "该用户名已被使用"),
        ({"password2": "x"}, "两次输入的密码不一致"),
        ({"password1": "liming", "password2": "liming"}, "密码"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays_good(people, changes, words):
    path = invite(people.chen)
    answer = Client().post(path, ACCOUNT | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Client().post(path, ACCOUNT).status_code == 302


def test_whoever_is_signed_in_is_told_to_sign_out(people):
    path = invite(people.chen)
    assert "请先退出登录" in see(people.liu, path)
    assert as_(people.liu).post(path, ACCOUNT).status_code == 409
    assert User.objects.get(pk=people.liu.pk).entity == people.liu.entity


def test_no_invitation_without_a_name_and_an_address(people):
    answer = as_(people.chen).post("/my/people/", {"name": "", "email": "x"})
    assert answer.status_code == 422
    assert "请填写姓名" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_disabled_member_is_out_on_the_next_request(people):
    member = colleague(people)
    client = as_(member)
    assert client.get("/my/").status_code == 200
    answer = as_(people.chen).post(f"/my/people/{member.pk}/disable/")
    assert answer.status_code == 302
    assert client.get("/my/").status_code == 302
    member.refresh_from_db()
    assert member.is_active is False
    assert Event.objects.filter(stream=member.stream).last().changes == {"is_active": ["True", "False"]}
    assert (
        Event.objects.filter(stream=people.chen.entity.stream, label="停用成员").get().data["member"]
        == "李明"
    )
    verify()


def test_nobody_disables_themselves_or_people_of_others(people):
    for member in (people.chen, people.liu, people.zhao):
        assert as_(people.chen).get(f"/my/people/{member.pk}/disable/").status_code == 404
        assert as_(people.chen).post(f"/my/people/{member.pk}/disable/").status_code == 404
    assert not User.objects.filter(is_active=False).exists()


def test_what_others_wrote_about_the_entity_inside_is_not_shown_to_it(people):
    from registry.casework import record

    record(people.chen.entity, "改代码说明", by=people.zhou, at=NOW, changes={"code_evidence": "内部"})
    page = see(people.chen, "/my/people/")
    assert "改代码说明" not in page
