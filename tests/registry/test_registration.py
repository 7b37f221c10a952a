"""企业注册: filed with its paper or not at all, confirmed as an entity on the books or as a new one (Article 3)."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from greenmfg import clock
from greenmfg.rulebook import Category
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.models import Document, Event, LegalEntity, Message, Registration, Unit, User
from registry.undoing import undo
from registry.verify import verify
from tests.factories import NOW, a_draft, a_unit, do
from tests.people import PASSWORD, cast
from tests.registry.pages import as_, see
from tests.registry.registrations import (
    CODE,
    DEMANDS,
    FIELDS,
    LAPSED,
    NAME,
    OTHER_CODE,
    a_file,
    a_registrant,
    a_registration,
    an_authorisation,
    an_imported_entity,
    form,
)

pytestmark = [pytest.mark.django_db, pytest.mark.article(3)]


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def stored() -> int:
    """Files on the shelves, the quarantine's too."""
    return sum(1 for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


# --- filing


def test_account_case_and_paper_come_into_being_together(people):
    person = a_registrant()
    case = a_registration(people, by=person)
    assert (case.state, case.opened_by, case.district_id, case.due_on) == (
        "filed", person, "110114", date(2026, 3, 25),
    )  # fmt: skip
    assert case.documents.current().get().kind == "authorisation"
    assert case.submissions.get().n == 1
    assert [e.act for e in case.events.all()] == ["register"]
    assert Event.objects.get(stream=person.stream).caused_by.act == "register"
    assert set(Message.objects.values_list("to__username", flat=True)) == {"quju"}
    verify()


def test_a_refused_registration_leaves_neither_account_nor_case_nor_paper(people):
    person = a_registrant()
    with pytest.raises(KeyError):  # a body that cannot be carried out
        perform(
            Registration(), "register", by=person, at=NOW, seen=0, op=new_op(), document=an_authorisation()
        )
    assert not User.objects.filter(username="lin").exists()
    assert not Registration.objects.exists()
    assert not Document.objects.exists()


def test_the_page_makes_it_signs_in_and_shows_where_it_stands(people):
    client = Client()
    answer = client.post("/register/", form())
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    case = Registration.objects.get()
    assert (case.name, case.credit_code, case.opened_by.username) == (NAME, CODE, "lin")
    assert case.opened_by.check_password(PASSWORD)
    page = client.get("/my/").content.decode()
    assert "待区级核验" in page
    assert "昌平" in page
    assert client.get("/desk/")["Location"] == "/my/"
    assert client.get("/my/applications/new/").status_code == 403
    assert client.get("/register/")["Location"] == "/my/"
    paper = case.documents.get()
    assert client.get(f"/documents/{paper.pk}/").getvalue().startswith(b"%PDF")
    assert PASSWORD not in "".join(Event.objects.values_list("body", flat=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"credit_code": "9111"}, "应为 18 位，现为 4 位"),
        ({"credit_code": CODE[:17] + "0"}, "写明佐证后保存"),
        ({"name": ""}, "请填写企业名称"),
        ({"district": ""}, "请选择所在区"),
        ({"district": "999999"}, "请选择所在区"),
        ({"category": "x"}, "请选择类型"),
        ({"authorisation": None}, "请上传加盖公章的授权书"),
        ({"username": "QIYE"}, "该用户名已被使用"),
        ({"username": "li n"}, "用户名只能使用字母、数字和"),
        ({"password1": "12345678", "password2": "12345678"}, "这个密码太常见了"),
        ({"password2": "else"}, "两次输入的密码不一致"),
        ({"email": "x"}, "输入一个有效的 Email 地址"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_kept(people, changes, words):
    before = stored()
    answer = Client().post("/register/", form(**changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "示例路8号" in page  # what was typed
    assert PASSWORD not in page
    assert not Registration.objects.exists()
    assert User.objects.count() == 10
    assert stored() == before


def test_a_code_that_fails_the_check_is_taken_with_evidence(people):
    odd = CODE[:17] + "0"
    assert Client().post("/register/", form(credit_code=odd, code_evidence="登记机关证明")).status_code == 302
    assert Registration.objects.get().credit_code == odd
    assert "代码校验未通过" in see(people.zhao, f"/registrations/{Registration.objects.get().no}/")


def test_a_file_that_is_none_is_refused_with_the_reason(people):
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = Client().post("/register/", form(authorisation=SimpleUploadedFile("授权书.pdf", b"%PDF-broken")))
    assert answer.status_code == 422
    assert "重新导出" in answer.content.decode()
    assert not User.objects.filter(username="lin").exists()


def test_two_clicks_are_one_registration_with_one_file(people):
    before, posted = stored(), form()
    Client().post("/register/", posted)
    second = Client()
    answer = second.post("/register/", posted | {"authorisation": a_file()})
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    assert "待区级核验" in second.get("/my/").content.decode()  # who knows the password is in
    assert Registration.objects.count() == 1
    assert stored() == before + 1


def test_whoever_only_has_the_form_of_another_gets_nothing_of_theirs(people):
    posted = form()
    Client().post("/register/", posted)
    client = Client()
    answer = client.post(
        "/register/",
        posted | {"password1": "Else-2026-x", "password2": "Else-2026-x", "authorisation": a_file()},
    )
    assert answer.status_code == 422
    assert "该用户名已被使用" in answer.content.decode()
    assert client.get("/my/").status_code == 302


def test_a_used_operation_id_with_another_user_name_is_refused_cleanly(people):
    before, posted = stored(), form()
    Client().post("/register/", posted)
    answer = Client().post("/register/", posted | {"username": "lin2", "authorisation": a_file()})
    assert answer.status_code == 409
    assert not User.objects.filter(username="lin2").exists()
    assert stored() == before + 1


def test_the_door_is_narrow_for_one_address(people, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    from django.core.cache import cache

    cache.clear()
    statuses = [Client().post("/register/", {}).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]
    assert "提交过于频繁" in Client().post("/register/", {}).content.decode()
    cache.clear()


def test_those_who_have_an_account_already_do_not_register(people):
    for who in (people.chen, people.zhao, people.zhou):
        assert as_(who).get("/register/")["Location"] == "/desk/"
        assert as_(who).post("/register/", form())["Location"] == "/desk/"
    assert not Registration.objects.exists()


# --- returned, filed again, withdrawn, lapsed, begun anew


def test_returned_with_located_items_and_filed_again_with_another_paper(people):
    case = a_registration(people, "returned", by=a_registrant())
    client = as_(case.opened_by)
    page = client.get("/my/").content.decode()
    assert DEMANDS[0]["text"] in page
    assert "去补正" in page
    posted = {
        k: v
        for k, v in form(name="昌平示例传动有限公司", seen=case.version).items()
        if not k.startswith(("user", "pass"))
    }
    assert client.get(f"/registrations/{case.no}/refile/").status_code == 200
    assert client.post(f"/registrations/{case.no}/refile/", posted)["Location"] == "/my/"
    case = Registration.objects.get()
    assert (case.state, case.name) == ("filed", "昌平示例传动有限公司")
    assert [(d.version, d.superseded_at is None) for d in case.documents.order_by("version")] == [
        (1, False),
        (2, True),
    ]
    assert case.submissions.count() == 2
    # Without a new paper the old one stays.
    case = do(case, "send_back", people.zhao, demands=DEMANDS, due_on=date(2026, 3, 25))
    posted = {name: value for name, value in posted.items() if name != "authorisation"}
    client.post(f"/registrations/{case.no}/refile/", posted | {"seen": case.version, "op": new_op()})
    case.refresh_from_db()
    assert case.state == "filed"
    assert case.documents.current().get().version == 2


def test_a_stale_correction_is_refused_and_its_file_is_gone(people):
    case = a_registration(people, "returned", by=a_registrant())
    before = stored()
    answer = as_(case.opened_by).post(f"/registrations/{case.no}/refile/", form(seen=case.version - 1))
    assert answer.status_code == 409
    assert "示例路8号" in answer.content.decode()
    assert stored() == before
    assert Registration.objects.get().state == "returned"


def test_lapses_only_after_its_day(people):
    case = a_registration(people, "returned")
    with pytest.raises(AgainstRule, match="补正期限至2026年3月25日，尚未届满"):
        do(case, "lapse", people.zhao, when=NOW)
    assert do(case, "lapse", people.zhao, when=LAPSED).state == "lapsed"


@pytest.mark.parametrize("end", ["declined", "lapsed", "withdrawn"])
def test_whoever_was_not_confirmed_begins_anew_with_the_same_account(people, end):
    case = a_registration(people, end, by=a_registrant())
    client = as_(case.opened_by)
    assert "重新注册" in client.get("/my/").content.decode()
    assert client.get("/register/").status_code == 200
    posted = {k: v for k, v in form().items() if not k.startswith(("user", "pass"))}
    assert client.post("/register/", posted).status_code == 302
    second = Registration.objects.order_by("-pk").first()
    assert (second.state, second.opened_by) == ("filed", case.opened_by)
    # And never two at once.
    with pytest.raises(NotNow, match="您已有一件未办结的企业注册"):
        perform(
            Registration(), "register", by=case.opened_by, at=NOW, seen=0, op=new_op(),
            document=an_authorisation(), **FIELDS, district=people.zhao.district,
        )  # fmt: skip


def test_the_reason_of_a_refusal_is_read_by_the_enterprise(people):
    case = a_registration(people, "declined", by=a_registrant())
    assert "不在本区" in see(case.opened_by, "/my/")


def test_a_return_can_be_taken_back(people):
    case = a_registration(people, "returned")
    back = undo(case, by=people.zhao, at=NOW, seen=case.version, op=new_op())
    assert (back.state, back.demands) == ("filed", [])


def test_another_district_and_another_enterprise_know_nothing_of_it(people):
    case = a_registration(people, by=a_registrant())
    other = a_registration(people, by=a_registrant("wang"), credit_code=OTHER_CODE)
    for who in (people.sun, people.chen, other.opened_by):
        see(who, f"/registrations/{case.no}/", 404)
    with pytest.raises(NotYours):
        do(case, "confirm", people.sun, entity=None, units=[])
    with pytest.raises(NotYours):
        do(case, "withdraw", other.opened_by)
    see(case.opened_by, f"/registrations/{case.no}/confirm/", 403)


# --- confirming


def test_a_new_entity_with_its_unit_and_its_person(people):
    case = a_registration(people, by=a_registrant(), site="二厂区")
    case = do(case, "confirm", people.zhao, entity=None, units=[])
    entity = LegalEntity.objects.get(credit_code=CODE)
    unit = Unit.objects.get(entity=entity)
    assert (entity.name, unit.category, unit.site, unit.district_id, unit.contact) == (
        NAME, "green_factory", "二厂区", "110114", "林华",
    )  # fmt: skip
    person = User.objects.get(username="lin")
    assert (person.role, person.entity) == ("unit", entity)
    assert case.unit == unit
    causes = {stream: event.caused_by.act for stream in (entity.stream, unit.stream)
              for event in Event.objects.filter(stream=stream)}  # fmt: skip
    assert set(causes.values()) == {"confirm"}
    assert Event.objects.filter(stream=person.stream, caused_by__act="confirm").exists()
    assert Message.objects.filter(to=person, event__act="confirm").exists()
    assert "已核验" in see(person, f"/registrations/{case.no}/")  # it goes on being seen
    verify()


def test_claiming_an_imported_entity_gives_it_code_district_and_people(people):
    unit = an_imported_entity(people)
    park = Unit.objects.create(entity=unit.entity, category=Category.GREEN_PARK)
    far = Unit.objects.create(entity=unit.entity, category=Category.GREEN_FACTORY, site="外地厂区")
    case = a_registration(people, by=a_registrant())
    do(case, "confirm", people.zhao, entity=unit.entity_id, people=0, units=[unit.pk, park.pk])
    entity = LegalEntity.objects.get(pk=unit.entity_id)
    assert entity.credit_code == CODE
    assert CODE.lower() in entity.search
    assert {u.pk: u.district_id for u in entity.units.all()} == {
        unit.pk: "110114",
        park.pk: "110114",
        far.pk: None,
    }
    unit.refresh_from_db()
    assert (unit.contact, unit.address, unit.industry) == ("林华", "示例路8号", "通用设备制造业")
    assert Registration.objects.get().unit == unit
    event = Event.objects.get(stream=unit.stream)
    assert event.changes["district"] == [None, "110114"]
    assert LegalEntity.objects.count() == 3
    verify()


def test_what_the_register_knows_of_a_unit_is_not_overwritten(people):
    unit = an_imported_entity(people)
    Unit.objects.filter(pk=unit.pk).update(contact="老联系人", address="")
    do(a_registration(people), "confirm", people.zhao, entity=unit.entity_id, units=[])
    unit.refresh_from_db()
    assert (unit.contact, unit.address, unit.district_id) == ("老联系人", "示例路8号", "110114")


def test_a_code_that_belongs_to_another_entity_stands_against_it(people):
    unit = an_imported_entity(people)
    case = a_registration(people, credit_code=people.chen.entity.credit_code)
    with pytest.raises(AgainstRule, match="属于“京华示例机电有限公司”"):
        do(case, "confirm", people.zhao, entity=unit.entity_id, units=[])
    with pytest.raises(AgainstRule, match="已登记在册，请认领"):
        do(case, "confirm", people.zhao, entity=None, units=[], reason="新")
    other = an_imported_entity(people, "另一示例有限公司", code=OTHER_CODE)
    with pytest.raises(AgainstRule, match=f"已登记统一社会信用代码 {OTHER_CODE}"):
        do(case, "confirm", people.zhao, entity=other.entity_id, units=[], reason="x")
    assert Registration.objects.get().state == "filed"
    assert User.objects.filter(role="registrant").count() == 1


def test_an_entity_with_people_needs_a_reason(people):
    a_unit(people.chen.entity, "110114")
    case = a_registration(people, credit_code=people.chen.entity.credit_code, name=people.chen.entity.name)
    entity = people.chen.entity_id
    with pytest.raises(AgainstRule) as refused:
        do(case, "confirm", people.zhao, entity=entity, people=1, units=[])
    assert refused.value.needs_reason
    assert [f.binding for f in refused.value.findings] == [False]
    do(case, "confirm", people.zhao, entity=entity, people=1, units=[], reason="原经办人已离职")
    assert people.chen.entity.people.count() == 2


def test_another_name_needs_a_reason_and_the_register_keeps_its_own(people):
    unit = an_imported_entity(people, "昌平示例传动设备厂")
    case = a_registration(people)
    with pytest.raises(AgainstRule) as refused:
        do(case, "confirm", people.zhao, entity=unit.entity_id, units=[])
    assert "名册名称不因注册而改变" in refused.value.findings[0].message
    do(case, "confirm", people.zhao, entity=unit.entity_id, units=[], reason="营业执照附更名证明")
    assert LegalEntity.objects.get(pk=unit.entity_id).name == "昌平示例传动设备厂"


def test_a_second_entity_of_the_same_name_needs_a_reason(people):
    an_imported_entity(people)
    case = a_registration(people)
    with pytest.raises(AgainstRule) as refused:
        do(case, "confirm", people.zhao, entity=None, units=[])
    assert refused.value.needs_reason
    do(case, "confirm", people.zhao, entity=None, units=[], reason="同名不同主体")
    assert LegalEntity.objects.filter(name=NAME).count() == 2


def test_a_unit_in_another_district_is_not_taken_away(people):
    unit = an_imported_entity(people, district=people.sun.district)
    case = a_registration(people)
    with pytest.raises(AgainstRule, match="已登记在大兴，不在本区"):
        do(case, "confirm", people.zhao, entity=unit.entity_id, units=[unit.pk])
    unit.refresh_from_db()
    assert unit.district == people.sun.district
    assert unit.entity.credit_code is None


def test_of_two_registrations_for_one_entity_the_second_is_refused_cleanly(people):
    unit = an_imported_entity(people)
    first, second = a_registration(people), a_registration(people)
    choice = {"entity": unit.entity_id, "people": 0, "units": [unit.pk]}
    do(first, "confirm", people.zhao, **choice)
    with pytest.raises(NotNow, match="经办人刚有变化"):
        do(second, "confirm", people.zhao, **choice, reason="同一企业")
    third = a_registration(people, credit_code=OTHER_CODE)
    with pytest.raises(AgainstRule, match="与注册填报的不同"):
        do(third, "confirm", people.zhao, entity=unit.entity_id, people=1, units=[], reason="x")
    assert unit.entity.people.count() == 1


def test_two_new_entities_of_one_code_are_one(people):
    a_registration(people, "confirmed")
    second = a_registration(people)
    with pytest.raises(AgainstRule, match="请认领该法人主体"):
        do(second, "confirm", people.zhao, entity=None, units=[])


def test_the_page_shows_who_it_may_be_and_what_will_happen(people):
    same = an_imported_entity(people, "昌平示例传动设备 有限公司")
    near = an_imported_entity(people, "昌平示例传动装备有限公司")
    far = an_imported_entity(people, "房山示例水泥有限公司")
    case = a_registration(people)
    page = see(people.zhao, f"/registrations/{case.no}/confirm/")
    assert "现用名称相同" in page
    assert "名称相近" in page
    assert f"核验后登记统一社会信用代码 {CODE}" in page
    assert "房山示例水泥有限公司" not in page
    assert "按名称查找" in see(people.zhao, f"/registrations/{case.no}/confirm/?q=水泥")
    posted = {
        "seen": case.version,
        "op": new_op(),
        "units": [same.pk, far.pk],
        "claim": f"{same.entity_id}:0",
    }
    answer = as_(people.zhao).post(f"/registrations/{case.no}/confirm/", posted)
    assert answer.status_code == 302
    assert {u.pk: u.district_id for u in Unit.objects.filter(pk__in=[same.pk, near.pk, far.pk])} == {
        same.pk: "110114", near.pk: None, far.pk: None,
    }  # fmt: skip


def test_a_former_and_a_published_name_are_found_too(people):
    unit = an_imported_entity(people, f"昌平示例动力集团有限公司（原{NAME}）")
    case = a_registration(people)
    assert "公布时名称相同" in see(people.zhao, f"/registrations/{case.no}/confirm/")
    assert unit.entity.credit_code is None


@pytest.mark.parametrize("claim", ["", "x", "0:", "999999999:0", "new:1"])
def test_a_choice_that_is_none_is_refused(people, claim):
    case = a_registration(people)
    posted = {"seen": case.version, "op": new_op(), "claim": claim}
    answer = as_(people.zhao).post(f"/registrations/{case.no}/confirm/", posted)
    assert answer.status_code in {409, 422}
    assert Registration.objects.get().state == "filed"


def test_a_disabled_registrant_is_not_confirmed(people):
    case = a_registration(people)
    User.objects.filter(pk=case.opened_by_id).update(is_active=False)
    with pytest.raises(NotNow, match="已停用"):
        do(case, "confirm", people.zhao, entity=None, units=[])


def test_confirmed_the_person_applies_to_the_pool(people):
    case = a_registration(people, "confirmed")
    person = User.objects.get(pk=case.opened_by_id)
    people.liu = person  # the factory asks whose district it is
    people.sun = people.zhao
    assert a_draft(people, by=person).state == "draft"


def test_the_list_is_found_by_name_and_code(people):
    case = a_registration(people)
    for needle in ("传动", CODE, case.no):
        assert NAME in see(people.zhao, f"/registrations/?q={needle}&tab=all")
    assert NAME not in see(people.zhao, "/registrations/?q=水泥&tab=all")
    assert NAME not in see(people.sun, "/registrations/?tab=all")
    assert NAME in see(people.zhao, "/desk/todo/")
