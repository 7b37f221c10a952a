"""What may follow from an act besides acts: entries in the streams of entities, units and people."""

from __future__ import annotations

import pytest

from registry.acts import AgainstRule, Edit
from registry.drafts import save_draft
from registry.models import Event, PoolApplication, Unit
from registry.verify import verify
from tests.factories import a_draft, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def edits(monkeypatch):
    """出库, as if it also wrote down in the unit's stream that its address had changed."""

    def following(result):
        def body(self, *, by, at, **data):
            return result(self)

        body.act = PoolApplication.acts()["leave_pool"]
        monkeypatch.setattr(PoolApplication, "leave_pool", body)

    return following


def test_an_edit_is_carried_out_and_written_in_the_subjects_stream_with_its_cause(edits):
    people = cast()
    case = an_application(people, "admitted")
    edits(lambda self: [Edit(self.unit, "更新地址", changes={"address": "新路2号"}, source=self.no)])
    do(case, "leave_pool", people.zhou, reason="迁址")
    event = Event.objects.get(stream=f"unit:{case.unit_id}", act="record")
    assert (event.label, event.by, event.caused_by.act) == ("更新地址", people.zhou, "leave_pool")
    assert event.changes == {"address": ["示例路1号", "新路2号"]}
    assert event.data["source"] == case.no
    assert Unit.objects.get(pk=case.unit_id).address == "新路2号"
    verify()


def test_a_refusal_takes_the_edits_with_it(edits):
    people = cast()
    case = an_application(people, "admitted")

    def refused(self):
        raise AgainstRule("不符合", case=self)

    edits(refused)
    with pytest.raises(AgainstRule):
        do(case, "leave_pool", people.zhou, reason="迁址")
    assert not Event.objects.filter(stream=f"unit:{case.unit_id}").exists()
    assert PoolApplication.objects.get(pk=case.pk).state == "admitted"


def test_whom_to_call_flows_back_to_the_register_but_never_a_new_address():
    people = cast()
    draft = a_draft(people)
    Unit.objects.filter(pk=draft.unit_id).update(industry="")
    draft = save_draft(
        draft, by=people.chen, seen=draft.version, contact="王某", phone="010-11111111", address="新路9号"
    )
    do(draft, "nominate_self", people.chen)
    unit = Unit.objects.get(pk=draft.unit_id)
    assert (unit.contact, unit.phone, unit.industry) == ("王某", "010-11111111", "通用设备制造业")
    assert unit.address == "示例路1号", "a move is reported under Article 11"
    event = Event.objects.get(stream=f"unit:{unit.pk}", act="record")
    assert (event.label, event.by, event.caused_by.act) == ("更新单位信息", people.chen, "nominate_self")
    assert event.data["source"] == draft.no


def test_nothing_new_is_not_written_down():
    people = cast()
    case = an_application(people, "examining")
    assert not Event.objects.filter(stream=f"unit:{case.unit_id}").exists()
