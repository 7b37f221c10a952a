"""系统管理: who enters, what each may change, and that every change is on record."""

from __future__ import annotations

import pytest
from django.test import Client

from registry.models import Event, Setting, User
from tests.people import cast
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = {"new_password": "Changed-2026-green"}


@pytest.fixture
def people():
    return cast()


def change(user: User) -> str:
    return f"/backstage/registry/user/{user.pk}/change/"


def test_only_the_two_administrators_enter(people):
    see(people.gao, "/backstage/")
    see(people.shen, "/backstage/")
    for outsider in (people.zhou, people.he, people.shi, people.zhao, people.chen, people.wu):
        answer = as_(outsider).get("/backstage/", follow=True)
        assert answer.status_code == 403
        assert "系统管理由系统管理员和安全管理员使用" in answer.content.decode()
    assert Client().get("/backstage/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_each_sees_its_tables_and_no_case(people):
    admin, security = see(people.gao, "/backstage/"), see(people.shen, "/backstage/")
    for name in ("district", "holiday", "setting", "evaluatoragency", "batch", "user"):
        assert f"/backstage/registry/{name}/" in admin
    assert "/backstage/registry/user/" in security
    assert "/backstage/registry/setting/" not in security
    assert "poolapplication" not in admin
    see(people.shen, "/backstage/registry/setting/", 403)


def test_a_setting_is_in_force_and_on_record(people):
    typed = {"key": "notice_days", "value": "7", "basis": "2026年征集通知"}
    as_(people.gao).post("/backstage/registry/setting/add/", typed)
    assert Setting.number("notice_days") == 7
    as_(people.gao).post("/backstage/registry/setting/notice_days/delete/", {"post": "yes"})
    assert Setting.number("notice_days") == 5
    told = Event.objects.filter(stream="ledger:setting").order_by("seq").values_list("label", "by")
    assert list(told) == [("新增设置", people.gao.pk), ("删除设置", people.gao.pk)]


def test_a_setting_that_is_no_number_is_refused(people):
    typed = {"key": "notice_days", "value": "七", "basis": "2026年征集通知"}
    answer = as_(people.gao).post("/backstage/registry/setting/add/", typed)
    assert "请填写不小于 0 的整数" in answer.content.decode()
    assert not Event.objects.filter(stream="ledger:setting").exists()


def test_a_holiday_is_added_on_record(people):
    typed = {"day": "2027-01-04", "off": "on", "name": "示例", "basis": "示例"}
    as_(people.gao).post("/backstage/registry/holiday/add/", typed)
    assert Event.objects.get(stream="ledger:holiday").data["fields"]["day"] == [None, "2027-01-04"]


def test_the_keeper_of_accounts_grants_no_role_and_leaves_no_secret_in_the_log(people):
    typed = {"username": "quju", "name": "赵敏", "email": "z@example.org", "phone": "1", "is_active": "on"}
    as_(people.gao).post(change(people.zhao), typed | PASSWORD | {"role": "chief"})
    people.zhao.refresh_from_db()
    assert (people.zhao.role, people.zhao.phone) == ("district", "1")
    assert people.zhao.check_password(PASSWORD["new_password"])
    told = "".join(Event.objects.filter(stream=people.zhao.stream).values_list("body", flat=True))
    assert "重置密码" in told
    assert people.zhao.password not in told


def test_a_new_account_waits_for_its_role(people):
    typed = {"username": "xin", "name": "新人", "email": "x@example.org", "phone": "", "is_active": "on"}
    as_(people.gao).post("/backstage/registry/user/add/", typed | PASSWORD)
    new = User.objects.get(username="xin")
    as_(people.gao).post(change(new), typed)
    new.refresh_from_db()
    assert new.is_active is False
    refused = as_(people.shen).post(change(new), {"role": "district", "is_active": "on"})
    assert "该角色须指定所属主体" in refused.content.decode()
    as_(people.shen).post(change(new), {"role": "district", "district": "110101", "is_active": "on"})
    new.refresh_from_db()
    assert (new.role, new.district_id, new.is_active) == ("district", "110101", True)


def test_the_granter_of_roles_keeps_no_account_and_never_their_own(people):
    typed = {"role": "chief", "is_active": "on", "username": "x", "email": "x@example.org"}
    as_(people.shen).post(change(people.zhou), typed)
    people.zhou.refresh_from_db()
    assert (people.zhou.role, people.zhou.username) == ("chief", "shiju")
    assert as_(people.shen).post(change(people.shen), {"role": "auditor"}).status_code == 403


def test_the_other_administrators_passwords_are_out_of_reach(people):
    before = people.shi.password
    typed = {"username": "shenji", "name": "石坚", "email": "s@example.org", "is_active": "on"}
    as_(people.gao).post(change(people.shi), typed | PASSWORD)
    people.shi.refresh_from_db()
    assert (people.shi.password, people.shi.email) == (before, "s@example.org")
