"""Beside the acts: drafts, what a filing freezes, and edits that are no acts."""

from __future__ import annotations

import json

import pytest

from greenmfg.rulebook import Category
from registry.acts import NotNow, NotYours
from registry.casework import new_op, perform, record
from registry.drafts import open_draft, save_draft
from registry.models import Event, Ledger, PoolApplication
from registry.models.log import digest
from tests.factories import NOW, a_call, a_draft, a_unit, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


def again(case):
    return type(case).objects.get(pk=case.pk)


# --- submissions


def test_each_filing_freezes_a_submission_with_its_documents(people):
    case = an_application(people, "returned_by_bureau")
    save_draft(case, by=people.chen, seen=case.version, contact="李四")
    do(case, "resubmit_to_bureau", people.chen)
    first, second = case.submissions.all()
    assert (first.n, second.n, second.by) == (1, 2, people.chen)
    assert json.loads(first.payload)["contact"] == "陈晨"
    assert json.loads(second.payload)["contact"] == "李四"
    assert second.hash == digest("sha256", second.payload)
    (document,) = case.documents.all()
    assert json.loads(first.payload)["documents"] == [
        {
            "id": document.pk,
            "kind": "diagnosis_report",
            "asked": "",
            "version": 1,
            "sha256": document.sha256,
        }
    ]
    assert case.events.get(act="resubmit_to_bureau").data["submission"] == 2


# --- drafts


def test_a_draft_has_a_number_and_no_event(people):
    draft = a_draft(people)
    assert (draft.no, draft.state, draft.head_seq) == ("LC-2026-0001", "draft", 0)
    assert Event.objects.count() == 0


def test_a_draft_belongs_to_the_units_people(people):
    unit = a_unit(people.chen.entity, people.zhao.district)
    for person in people.everybody().values():
        application = PoolApplication(unit=unit, district=unit.district, batch=a_call())
        if person == people.chen:
            continue
        with pytest.raises(NotYours):
            open_draft(application, by=person, at=NOW)
    assert PoolApplication.objects.count() == 0


def test_a_unit_has_one_open_case_of_a_kind(people):
    draft = a_draft(people)
    with pytest.raises(NotNow, match="该单位已有一件未办结的入库申请"):
        open_draft(PoolApplication(unit=draft.unit, batch=draft.batch), by=people.chen, at=NOW)
    assert a_draft(people, category=Category.GREEN_PARK).no == "LC-2026-0002"


def test_saving_a_draft_counts_the_version_and_refuses_a_stale_one(people):
    draft = a_draft(people)
    saved = save_draft(draft, by=people.chen, seen=draft.version, contact="李四")
    assert (saved.version, saved.contact) == (draft.version + 1, "李四")
    with pytest.raises(NotNow):
        save_draft(draft, by=people.chen, seen=draft.version, contact="王五")
    assert again(draft).contact == "李四"


def test_only_the_one_it_waits_for_changes_a_returned_application(people):
    case = an_application(people, "returned_by_bureau")
    for person in people.everybody().values():
        if person != people.chen:
            with pytest.raises(NotYours):
                save_draft(case, by=person, seen=case.version, contact="李四")
    assert save_draft(case, by=people.chen, seen=case.version, contact="李四").contact == "李四"


def test_what_was_filed_cannot_be_saved_over(people):
    case = an_application(people, "examining")
    with pytest.raises(NotNow):
        save_draft(case, by=people.chen, seen=case.version, contact="李四")


# --- edits that are no acts


def test_an_edit_is_recorded_in_the_stream_of_its_subject(people):
    unit = a_unit(people.chen.entity, people.zhao.district)
    fresh = record(unit, "改行业", by=people.zhou, at=NOW, changes={"industry": "电气机械"}, source="来函")
    event = Event.objects.get(stream=f"unit:{unit.pk}")
    assert (fresh.industry, fresh.head_seq, fresh.head_hash) == ("电气机械", 1, event.hash)
    assert (event.act, event.label, event.unit, event.internal) == ("record", "改行业", unit, True)
    assert event.changes == {"industry": ["通用设备制造业", "电气机械"]}
    assert event.data == {"source": "来函"}


def test_an_edit_of_a_case_counts_its_version_so_that_open_pages_are_stale(people):
    case = an_application(people, "examining")
    record(case, "指派", by=people.zhou, at=NOW, changes={"handler": people.zhou})
    with pytest.raises(NotNow):
        perform(case, "refuse", by=people.zhou, at=NOW, seen=case.version, op=new_op(), reason="不符合")
    assert again(case).events.order_by("-seq").first().changes == {"handler": [None, str(people.zhou.pk)]}


def test_a_ledger_is_made_with_its_first_entry(people):
    record(Ledger(name="settings"), "改设置", by=people.gao, at=NOW, changes={}, key="notice_days", value="7")
    record(Ledger(name="settings"), "改设置", by=None, at=NOW, changes={}, key="notice_days", value="5")
    entries = Event.objects.filter(stream="ledger:settings").order_by("seq")
    assert list(entries.values_list("seq", "by")) == [
        (1, people.gao.pk),
        (2, None),
    ]


def test_a_state_is_not_changed_by_an_edit(people):
    case = an_application(people, "examining")
    with pytest.raises(ValueError, match="perform"):
        record(case, "改状态", by=people.gao, at=NOW, changes={"state": "admitted"})
