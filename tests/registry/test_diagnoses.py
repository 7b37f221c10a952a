"""绿色诊断: who may write it down, that nothing of it is silent, and who may be invited (Articles 4, 13)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from greenmfg.rulebook import Category
from registry import diagnosing
from registry.acts import AgainstRule, NotNow, NotYours
from registry.models import Diagnosis, Document, EvaluatorAgency, Event, Measure, Message, Unit
from registry.tasks import letter
from registry.verify import verify
from tests.factories import NOW, SCORED, a_unit, an_application, at, do
from tests.people import Cast, cast
from tests.registry.pages import enterprise
from tests.registry.papers import MEASURES, a_diagnosis

pytestmark = [pytest.mark.django_db, pytest.mark.article(4)]
LATER = at("2026-03-19")


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def unit(people: Cast) -> Unit:
    return a_unit(people.chen.entity, people.zhao.district)


def history(unit: Unit) -> list[Event]:
    return list(Event.objects.filter(stream=f"unit:{unit.pk}").order_by("seq"))


# --- writing down


@pytest.mark.parametrize("who", ["chen", "liu", "zhao", "sun", "zhou", "he", "wu", "gao", "shen", "shi"])
def test_only_the_unit_its_district_and_an_officer_register(people: Cast, unit: Unit, who: str):
    person = getattr(people, who)
    if who in {"chen", "zhao", "zhou"}:
        found = a_diagnosis(people, unit, by=person)
        assert found.is_own_word is (who == "chen")
        return
    with pytest.raises(NotYours):
        a_diagnosis(people, unit, by=person)
    assert not Diagnosis.objects.exists()
    assert history(unit) == []


def test_registering_is_an_event_in_the_units_stream_with_what_was_written(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit, report=True)
    (event,) = history(unit)
    document = diagnosis.documents.get()
    assert (event.label, event.article, event.by, event.internal) == ("登记绿色诊断", 4, people.zhao, False)
    assert event.data["diagnosis"] == diagnosis.pk
    assert event.data["changed"]["year"] == [None, "2025"]
    assert event.data["report"] == {"id": document.pk, "version": 1, "sha256": document.sha256}
    verify()


def test_a_year_is_registered_once(people: Cast, unit: Unit):
    a_diagnosis(people, unit)
    with pytest.raises(NotNow, match="该单位 2025 年度的绿色诊断已经登记"):
        a_diagnosis(people, unit, by=people.chen)
    assert len(history(unit)) == 1


def test_an_agency_is_found_under_any_way_of_writing_its_name(people: Cast, unit: Unit):
    one = a_diagnosis(people, unit, agency="示例诊断（北京）中心")
    two = a_diagnosis(people, unit, year=2024, agency=" 示例诊断(北京) 中心 ")
    assert one.agency == two.agency
    assert EvaluatorAgency.objects.filter(name__contains="示例诊断").count() == 1


def test_an_edit_says_what_it_changed_and_keeps_the_earlier_report(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit, report=True)
    report = {**diagnosis.documents.get().file, "name": "新版.pdf"}
    facts = {"year": 2025, "done_on": date(2025, 11, 30), "summary": diagnosis.summary}
    changed = diagnosing.amend(
        diagnosis, by=people.zhou, at=LATER, seen=1, agency="示例诊断机构", report=report, **facts
    )
    assert changed.version == 2
    event = history(unit)[-1]
    assert event.data["changed"] == {"done_on": ["2025-12-01", "2025-11-30"]}
    assert [(d.version, d.superseded_at is None) for d in diagnosis.documents.order_by("pk")] == [
        (1, False),
        (2, True),
    ]
    same = diagnosing.amend(changed, by=people.zhou, at=LATER, seen=2, agency="示例诊断机构", **facts)
    assert same.version == 2
    assert len(history(unit)) == 2, "what changes nothing is no event"


def test_a_stale_edit_changes_nothing(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit)
    facts = {"year": 2025, "done_on": None, "summary": "一"}
    diagnosing.amend(diagnosis, by=people.zhao, at=LATER, seen=1, agency="示例诊断机构", **facts)
    for edit in (
        lambda: diagnosing.amend(diagnosis, by=people.zhou, at=LATER, seen=1, agency="另一机构", **facts),
        lambda: diagnosing.set_measures(diagnosis, by=people.zhou, at=LATER, seen=1, rows=MEASURES),
        lambda: diagnosing.set_progress(diagnosis, by=people.zhou, at=LATER, seen=1, rows=[]),
    ):
        with pytest.raises(NotNow, match="本条诊断已被他人更新"):
            edit()
    assert Diagnosis.objects.get().version == 2
    assert not EvaluatorAgency.objects.filter(name="另一机构").exists()
    assert not Measure.objects.exists()


def test_an_enterprise_changes_what_it_registered_and_nothing_else(people: Cast, unit: Unit):
    theirs, own = a_diagnosis(people, unit), a_diagnosis(people, unit, year=2024, by=people.chen)
    facts = {"done_on": None, "summary": ""}
    diagnosing.amend(own, by=people.chen, at=LATER, seen=1, agency="示例诊断机构", year=2024, **facts)
    with pytest.raises(NotYours):
        diagnosing.amend(theirs, by=people.chen, at=LATER, seen=1, agency="示例诊断机构", year=2025, **facts)
    with pytest.raises(NotYours):
        diagnosing.set_measures(theirs, by=people.chen, at=LATER, seen=1, rows=MEASURES)
    with pytest.raises(NotNow, match="该单位 2025 年度另有一条绿色诊断登记"):
        diagnosing.amend(own, by=people.chen, at=LATER, seen=2, agency="示例诊断机构", year=2025, **facts)


# --- measures


def test_measures_are_added_changed_and_dropped_and_each_is_told(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit)
    diagnosis = diagnosing.set_measures(diagnosis, by=people.zhao, at=LATER, seen=1, rows=MEASURES)
    first, second, third = diagnosis.measures.all()
    rows = [
        {"id": first.pk, "drop": True, "finding": first.finding, "words": first.words, "saving_tce": None, "planned_on": None},
        {"id": second.pk, "drop": False, "finding": second.finding, "words": "安装热泵", "saving_tce": None, "planned_on": second.planned_on},
        {**MEASURES[0], "words": "照明改造"},
    ]  # fmt: skip
    diagnosis = diagnosing.set_measures(diagnosis, by=people.zhao, at=LATER, seen=2, rows=rows)
    assert [(m.n, m.words) for m in diagnosis.measures.all()] == [
        (2, "安装热泵"), (3, third.words), (4, "照明改造"),
    ]  # fmt: skip
    event = history(unit)[-1]
    assert (event.label, event.article) == ("修改改造措施", 13)
    dropped, changed, added = event.data["measures"]
    assert dropped["dropped"]["words"] == "更换变频空压机"
    assert changed == {"n": 2, "changed": {"words": ["安装余热回收装置", "安装热泵"]}}
    assert added["changed"]["words"] == [None, "照明改造"]


def test_the_enterprise_and_its_district_say_how_far_it_is(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit)
    diagnosis = diagnosing.set_measures(diagnosis, by=people.zhao, at=LATER, seen=1, rows=MEASURES)
    first, second, _ = diagnosis.measures.all()
    rows = [
        {"id": first.pk, "progress": "done", "note": "已验收"},
        {"id": second.pk, "progress": second.progress, "note": ""},
    ]
    diagnosis = diagnosing.set_progress(diagnosis, by=people.chen, at=LATER, seen=2, rows=rows)
    assert [m.progress for m in diagnosis.measures.all()] == ["done", "planned", "planned"]
    event = history(unit)[-1]
    assert (event.label, event.reason, event.by) == ("更新措施进展", "第 1 项 已完成", people.chen)
    for other in (people.liu, people.sun, people.he):
        with pytest.raises(NotYours):
            diagnosing.set_progress(diagnosis, by=other, at=LATER, seen=3, rows=rows)
    stranger = a_diagnosis(people, unit, year=2024)
    kept = diagnosing.set_progress(stranger, by=people.chen, at=LATER, seen=1, rows=rows)
    assert kept.version == 1, "measures of another diagnosis are not touched"


# --- potential, and inviting


@pytest.mark.parametrize(
    ("state", "is_potential"),
    [
        ("", True), ("draft", False), ("with_district", False), ("examining", False), ("on_notice", False),
        ("admitted", False), ("refused", True), ("withdrawn", True), ("lapsed", True), ("pool_left", True),
    ],
)  # fmt: skip
def test_potential_is_diagnosed_not_in_the_pool_and_not_on_the_way(
    people: Cast, unit: Unit, state, is_potential
):
    diagnosis = a_diagnosis(people, unit)
    if state:
        an_application(people, state)
    assert (diagnosis in Diagnosis.objects.potential()) is is_potential
    why = diagnosing.why_not(unit, on=LATER.date())
    assert (why == "") is is_potential
    if not is_potential:
        with pytest.raises(NotNow):
            diagnosing.invite(diagnosis, by=people.zhao, at=LATER)
        assert not Message.objects.filter(to=people.chen, event__label="邀请申报").exists()


def test_an_invitation_is_a_message_an_event_and_a_day(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit)
    assert diagnosing.invite(diagnosis, by=people.zhao, at=LATER) == [people.chen]
    diagnosis.refresh_from_db()
    assert diagnosis.invited_on == LATER.date()
    event = history(unit)[-1]
    assert (event.label, event.article, event.data["told"]) == ("邀请申报", 4, [people.chen.pk])
    message = Message.objects.get(event=event)
    assert (message.to, message.subject) == (people.chen, "邀请申报绿色制造培育库：京华示例机电有限公司")
    assert "2025 年度绿色诊断" in message.text
    assert "None" not in message.text
    assert letter(message).body.count(f"/units/{unit.pk}/") == 1
    assert list(Message.objects.inbox(people.chen, now=LATER)) == [message]
    verify()


def test_who_has_no_account_is_named_and_the_day_kept(people: Cast):
    silent = enterprise(99)
    unit = a_unit(silent.entity, people.zhao.district)
    type(silent).objects.filter(pk=silent.pk).update(is_active=False)
    diagnosis = a_diagnosis(people, unit)
    assert diagnosing.invite(diagnosis, by=people.zhou, at=LATER) == []
    assert history(unit)[-1].reason == "该单位尚无平台账号，须电话联系"
    assert not Message.objects.exists()
    assert Diagnosis.objects.get().invited_on == LATER.date()


@pytest.mark.parametrize("who", ["chen", "sun", "he", "wu", "gao", "shi"])
def test_only_an_officer_and_the_units_district_invite(people: Cast, unit: Unit, who: str):
    diagnosis = a_diagnosis(people, unit)
    with pytest.raises(NotYours):
        diagnosing.invite(diagnosis, by=getattr(people, who), at=LATER)
    assert not Message.objects.exists()


def test_a_unit_is_invited_once_a_day_through_whichever_diagnosis(people: Cast, unit: Unit):
    old, new = a_diagnosis(people, unit, year=2024), a_diagnosis(people, unit)
    done, left = diagnosing.invite_each([old, new], by=people.zhou, at=LATER)
    assert [one for one, _ in done] == [old]
    assert [(one, refusal.message) for one, refusal in left] == [(new, "今天已经邀请过该单位")]
    assert Message.objects.count() == 1
    done, left = diagnosing.invite_each([new], by=people.zhou, at=at("2026-03-20"))
    assert len(done) == 1
    assert Message.objects.count() == 2


def test_a_barred_unit_is_not_invited(people: Cast, unit: Unit):
    unit.standings.create(
        level="municipal",
        name_as_published=unit.name,
        until=date(2026, 1, 1),
        ended_cause="复审评价结果不合格的",
        barred_until=date(2029, 1, 1),
    )
    diagnosis = a_diagnosis(people, unit)
    with pytest.raises(NotNow, match="第十二条"):
        diagnosing.invite(diagnosis, by=people.zhou, at=LATER)


# --- seeing


def test_a_diagnosis_is_seen_by_its_unit_its_district_and_the_bureau(people: Cast, unit: Unit):
    diagnosis = a_diagnosis(people, unit, report=True)
    everybody = [*people.everybody().items(), ("anonymous", AnonymousUser())]
    seen = {who for who, person in everybody if diagnosis in Diagnosis.objects.visible_to(person)}
    assert seen == {"chen", "zhao", "zhou", "he", "shi"}
    document = diagnosis.documents.get()
    assert {who for who, person in everybody if document in Document.objects.visible_to(person)} == seen


# --- what an application may stand on (Article 5)


@pytest.mark.article(5)
@pytest.mark.parametrize(
    ("years", "found"),
    [((2026, 2025), 2026), ((2025,), 2025), ((2024,), None), ((2024, 2025), 2025), ((), None)],
)
def test_the_newest_of_this_or_last_year_counts(people: Cast, unit: Unit, years, found):
    for year in years:
        a_diagnosis(people, unit, year=year)
    latest = Diagnosis.objects.latest_for(unit, on=NOW.date())
    assert (latest and latest.year) == found


def test_a_supply_chain_needs_no_diagnosis(people: Cast):
    unit = a_unit(people.chen.entity, people.zhao.district, Category.GREEN_SUPPLY_CHAIN)
    a_diagnosis(people, unit)
    assert Diagnosis.objects.latest_for(unit, on=NOW.date()) is None


@pytest.mark.article(5)
def test_clearing_against_the_register_wants_a_reason_and_no_more(people: Cast):
    case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
    a_diagnosis(people, case.unit, agency="另一诊断机构")
    with pytest.raises(AgainstRule) as refusal:
        do(case, "clear", people.zhou)
    assert refusal.value.needs_reason
    assert [f.article for f in refusal.value.findings] == [5]
    assert do(case, "clear", people.zhou, reason="已核对，报告由分支机构出具。").state == "cleared"


@pytest.mark.article(5)
def test_clearing_with_the_register_asks_nothing(people: Cast):
    case = do(an_application(people, "examining"), "type_score", people.zhou, **SCORED)
    a_diagnosis(people, case.unit)
    assert do(case, "clear", people.zhou).state == "cleared"
