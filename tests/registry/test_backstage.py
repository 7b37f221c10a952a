"""系统管理: who enters, what each may change, and that every change is on record."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from registry.models import EvaluatorAgency, Event, LegalEntity, Unit, User
from tests.factories import a_unit
from tests.people import cast
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db

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
    for name in ("district", "evaluatoragency", "user", "legalentity", "unit"):
        assert f"/backstage/registry/{name}/" in admin
    assert "/backstage/registry/user/" in security
    assert "/backstage/registry/district/" not in security
    # Settings, holidays, words and editions have pages of their own, by date and with their basis.
    for name in ("poolapplication", "batch", "setting", "holiday", "wording", "lateredition"):
        assert f"/backstage/registry/{name}/" not in admin
    see(people.shen, "/backstage/registry/district/", 403)


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


ENTITY = "/backstage/registry/legalentity/"


def test_a_code_that_fails_the_check_is_a_warning_with_override_and_evidence(people):
    typed = {"name": "示例(北京)机电有限公司", "credit_code": "91350211m0000xuf46", "code_evidence": ""}
    words = as_(people.gao).post(f"{ENTITY}add/", typed).content.decode()
    assert "请核对第 18 位（校验未通过）；如登记机关确认无误，请在下一栏写明佐证后保存" in words
    assert not LegalEntity.objects.filter(name__startswith="示例").exists()
    as_(people.gao).post(f"{ENTITY}add/", typed | {"code_evidence": "国家企业信用信息公示系统截图"})
    entity = LegalEntity.objects.get(credit_code="91350211M0000XUF46")
    assert (entity.name, entity.folded) == ("示例（北京）机电有限公司", "示例(北京)机电有限公司")
    assert "shilibeijing" in entity.search.replace("(", "").replace(")", "")
    assert Event.objects.get(stream=entity.stream).by == people.gao


def test_a_code_that_could_not_be_kept_is_refused_with_evidence_too(people):
    typed = {"name": "示例机电有限公司", "credit_code": "9135", "code_evidence": "截图"}
    words = as_(people.gao).post(f"{ENTITY}add/", typed).content.decode()
    assert "应为 18 位" in words


def test_a_unit_gets_its_district_once_and_no_new_name(people):
    unit = a_unit(people.chen.entity, None)
    typed = {
        "district": "110108",
        "industry": unit.industry,
        "address": unit.address,
        "contact": "",
        "phone": "",
    }
    url = f"/backstage/registry/unit/{unit.pk}/change/"
    as_(people.gao).post(url, typed)
    as_(people.gao).post(url, typed | {"district": "110101"})
    assert Unit.objects.get(pk=unit.pk).district_id == "110108"
    as_(people.gao).post(
        f"{ENTITY}{unit.entity_id}/change/", {"name": "另一名称", "credit_code": "", "code_evidence": ""}
    )
    assert LegalEntity.objects.get(pk=unit.entity_id).name == "京华示例机电有限公司"
    assert Event.objects.filter(stream=unit.stream).count() == 1


def test_entities_are_changed_by_the_keeper_of_accounts_alone(people):
    typed = {"name": "示例机电有限公司", "credit_code": "", "code_evidence": ""}
    assert as_(people.shen).post(f"{ENTITY}add/", typed).status_code == 403


TABLES = ("district", "evaluatoragency", "legalentity", "unit", "user")


@pytest.mark.parametrize("table", TABLES)
def test_each_table_of_master_data_is_found_in_by_words_and_says_all_in_chinese(people, table):
    a_unit(people.chen.entity, "110114")
    page = see(people.gao, f"/backstage/registry/{table}/")
    listed = page[page.index('id="result_list"') :]
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', listed, re.S)
    words = [re.sub(r"<[^>]+>|\s", "", head) for head in heads]
    assert words
    assert [word for word in words if re.search("[A-Za-z]", word)] == []
    assert 'id="searchbar"' in page
    assert "delete_selected" not in page
    needle = {"district": "昌平", "evaluatoragency": "示例"}.get(table, "京华")
    assert "0 个" not in see(people.gao, f"/backstage/registry/{table}/?q={needle}")


def test_an_agencys_code_passes_the_check(people):
    url = "/backstage/registry/evaluatoragency/add/"
    typed = {"name": "另一评价中心", "credit_code": "911100006000373419", "legal_representative": "王某"}
    assert "校验未通过" in as_(people.gao).post(url, typed).content.decode()
    as_(people.gao).post(url, typed | {"credit_code": "91110000600037341l"})
    agency = EvaluatorAgency.objects.get(name="另一评价中心")
    assert agency.credit_code == "91110000600037341L"
    assert Event.objects.get(stream="ledger:evaluatoragency").data["item"] == "另一评价中心"
