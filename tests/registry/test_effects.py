"""What may follow from an act besides acts: entries in the streams of entities, units and people."""

from __future__ import annotations

import pytest

from registry.acts import AgainstRule, Edit
from registry.models import Event, PoolApplication, Unit
from registry.verify import verify
from tests.factories import an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db(transaction=True)


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
