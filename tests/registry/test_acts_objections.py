"""What each act of an objection writes, who hears of it, and what the measure says against it (Article 6)."""

from __future__ import annotations

from datetime import date

import pytest

from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.models import Document, Event, Message, Objection, PoolApplication, TooMany, phone_digits
from registry.models.log import WITHHELD
from registry.tracking import code_for, digest_of
from registry.verify import verify
from tests.factories import AFTER_NOTICE, NOW, a_notice, an_application, at, do
from tests.people import cast
from tests.registry.papers import a_correction, an_objection, filed

pytestmark = pytest.mark.article(6)


@pytest.fixture
def people(db):
    return cast()


@pytest.fixture
def case(people):
    return an_application(people, "on_notice")


def told(case, act, when=NOW) -> list[str]:
    return [finding.message for finding in case.findings(act, when)]


def heard(case, act) -> set[str]:
    """Who got a message of the last such act of this case."""
    event = Event.objects.filter(case=case.pk, act=act).latest("pk")
    return set(Message.objects.filter(event=event).values_list("to__username", flat=True))


def letter(people, case, *, received_on, when=NOW) -> Objection:
    notice = case.notice_lines.latest("pk").publicity
    return perform(
        Objection(publicity=notice, target=case), "receive", by=people.zhou, at=when, seen=0, op=new_op(),
        objector="王某", phone="010-1234567", received_on=received_on, facts="x",
    )  # fmt: skip


# --- raised


def test_receive_takes_unit_and_district_from_the_case_it_is_about(people, case):
    objection = an_objection(people, case)
    assert (objection.state, objection.unit_id, objection.district_id) == ("received", case.unit_id, "110114")
    assert (objection.objector, objection.facts) == ("王某", "存在环境违法")
    assert (objection.no, objection.code_digest) == ("YY-2026-0001", "")


def test_the_public_files_in_nobodys_name_with_its_papers(people, case):
    objection = filed(case, when=at("2026-03-20"), op="abc")
    assert (objection.state, objection.unit_id, objection.opened_by) == ("received", case.unit_id, None)
    assert (objection.received_on, objection.due_on) == (date(2026, 3, 20), date(2026, 3, 25))
    assert objection.code_digest == digest_of(code_for("abc"))
    paper = Document.objects.get(case=objection.pk)
    assert (paper.kind, paper.uploaded_by, paper.name) == ("objection", None, "异议书.pdf")
    assert heard(objection, "file") == {"shiju", "fuze"}


def test_only_the_public_files_and_only_an_officer_registers(people, case):
    notice = case.notice_lines.get().publicity
    for by, act in ((people.zhou, "file"), (people.chen, "file"), (None, "receive"), (people.he, "receive")):
        with pytest.raises(NotYours):
            perform(Objection(publicity=notice, target=case), act, by=by, at=NOW, seen=0, op=new_op())


def test_a_second_filing_with_one_operation_is_the_first(people, case):
    first = filed(case, op="abc")
    assert filed(case, op="abc", facts="别的").pk == first.pk
    assert Objection.objects.count() == 1


@pytest.mark.parametrize(
    ("when", "fits"),
    [("2026-03-18 09:00", True), ("2026-03-25 23:59", True), ("2026-03-26 00:00", False)],
)
def test_the_public_files_while_the_notice_is_out(people, case, when, fits):
    """Signed on 18 March, it could be read from then; 25 March is its last day, until 24:00."""
    if fits:
        assert filed(case, when=at(when)).state == "received"
        return
    with pytest.raises(AgainstRule) as refused:
        filed(case, when=at(when))
    assert [finding.article for finding in refused.value.findings] == [6]
    assert "公示已于2026年3月25日结束" in refused.value.message
    assert not Objection.objects.exists()
    assert not Document.objects.filter(kind="objection").exists()


@pytest.mark.parametrize(
    ("received_on", "words"),
    [
        (date(2026, 3, 17), "公示于2026年3月18日发布，收到日期不能早于该日"),
        (date(2026, 3, 18), ""),
        (date(2026, 3, 25), ""),
        (date(2026, 3, 26), "公示已于2026年3月25日结束，公示期内收到的异议方可受理"),
    ],
)
def test_a_letter_counts_by_the_day_it_came_until_the_notice_is_closed(people, case, received_on, words):
    """Registered on the day after, while nobody has closed the notice yet."""
    if not words:
        assert letter(people, case, received_on=received_on, when=AFTER_NOTICE).received_on == received_on
        return
    with pytest.raises(AgainstRule, match=words):
        letter(people, case, received_on=received_on, when=AFTER_NOTICE)


def test_an_objection_is_received_while_the_notice_runs_only(people):
    case = an_application(people, "cleared")
    notice = a_notice(people, case, signed=False)
    drafted = Objection(publicity=notice, target=case)
    assert told(drafted, "receive") == told(drafted, "file") == ["只有公示中的公示可以登记异议"]
    do(notice, "sign", people.he)
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    for raise_it in (lambda: an_objection(people, case, when=AFTER_NOTICE), lambda: filed(case)):
        with pytest.raises(AgainstRule, match="只有公示中的公示可以登记异议"):
            raise_it()


def test_an_objection_is_about_a_case_on_that_notice(people, case):
    notice = case.notice_lines.get().publicity
    other = an_application(people, "cleared", by=people.liu)
    for by, act in ((people.zhou, "receive"), (None, "file")):
        with pytest.raises(AgainstRule, match="所涉事项不在该公示的名单内"):
            perform(Objection(publicity=notice, target=other), act, by=by, at=NOW, seen=0, op=new_op())


def test_what_a_later_notice_has_admitted_is_beyond_an_objection_to_the_first(people, case):
    first = case.notice_lines.get().publicity
    do(do(an_objection(people, case), "accept", people.zhou), "uphold", people.zhou, reason="属实")
    second = a_notice(people, do(case, "clear", people.zhou))
    do(second, "close", people.zhou, when=AFTER_NOTICE)
    do(case, "admit", people.zhou, when=AFTER_NOTICE)
    late = Objection(publicity=first, target=PoolApplication.objects.get(pk=case.pk))
    assert told(late, "receive", AFTER_NOTICE) == ["所涉事项已经办结"]


def test_one_telephone_number_has_so_many_open_objections_to_a_notice(people, case):
    made = [filed(case, phone=phone) for phone in ("139 0000 0000", "13900000000", "+86 139-0000-0000")]
    with pytest.raises(TooMany) as refused:
        filed(case, phone="１３９００００００００")
    assert "139" not in refused.value.message
    assert filed(case, phone="13900000001").state == "received"
    do(made[0], "turn_away", people.zhou, because="unsigned")
    assert filed(case, phone="13900000000").state == "received"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("139 0000-0000", "13900000000"),
        ("+86 13900000000", "13900000000"),
        ("008613900000000", "13900000000"),
        ("010-8612345", "0108612345"),
        ("86123456", "86123456"),  # a local number that begins like the country
        ("（０１０）５５５７８３７７", "01055578377"),
    ],
)
def test_telephone_numbers_are_compared_by_their_digits(typed, digits):
    assert phone_digits(typed) == digits


# --- decided


def test_accepted_it_holds_its_unit_which_hears_of_it(people, case):
    objection = do(filed(case), "accept", people.zhou)
    assert (objection.state, objection.due_on) == ("checking", date(2026, 4, 1))
    held = PoolApplication.objects.get(pk=case.pk)
    assert (held.state, held.due_on) == ("on_notice", case.due_on)
    assert heard(case, "hold") == {"qiye", "quju"}
    (event,) = case.events.visible_to(people.chen).filter(act="hold")
    assert (event.label, event.reason) == ("异议核查", "")


def test_turned_away_it_holds_nobody_and_nobody_outside_hears(people, case):
    raised = an_objection(people, case)
    before = Message.objects.count()
    objection = do(raised, "turn_away", people.zhou, because="anonymous", answer="无法核实")
    assert (objection.state, objection.because, objection.answer) == ("turned_away", "anonymous", "无法核实")
    assert objection.is_closed
    assert Message.objects.count() == before
    assert not case.events.filter(act="hold").exists()
    do(case.notice_lines.get().publicity, "close", people.zhou, when=AFTER_NOTICE)
    assert do(case, "admit", people.zhou, when=AFTER_NOTICE).state == "admitted"


def test_dismissed_the_unit_hears_it_and_the_finding_stays_inside(people, case):
    objection = do(an_objection(people, case), "accept", people.zhou)
    objection = do(objection, "dismiss", people.zhou, reason="现场未见异常", answer="经核查不属实")
    assert (objection.state, objection.answer) == ("dismissed", "经核查不属实")
    assert PoolApplication.objects.get(pk=case.pk).state == "on_notice"
    assert heard(case, "release") == {"qiye", "quju"}
    assert not Message.objects.filter(to=people.chen, text__contains="现场").exists()


def test_uphold_sends_the_case_back_and_a_second_objection_may_be_right_too(people, case):
    objections = [do(an_objection(people, case), "accept", people.zhou) for _ in range(2)]
    for objection in objections:
        done = do(objection, "uphold", people.zhou, reason="举报人王某所述属实", answer="属实")
        assert (done.state, done.answer) == ("upheld", "属实")
    case = PoolApplication.objects.get()
    assert (case.state, case.events.filter(act="uphold").count()) == ("examining", 1)
    assert "王某" not in case.events.get(act="uphold").body


# --- who objects stays out of the log


def test_the_log_keeps_that_somebody_objected_and_not_who(people, case):
    canaries = {"objector": "金丝雀甲", "phone": "13911112222", "facts": "金丝雀乙所见"}
    objection = filed(case, **canaries)
    registered = letter(people, case, received_on=date(2026, 3, 20))
    for event in Event.objects.filter(case__in=[objection.pk, registered.pk]):
        for secret in (*canaries.values(), "异议书.pdf", "王某", "010-1234567"):
            assert secret not in event.body
    event = Event.objects.get(case=objection.pk)
    assert event.changes["objector"] == ["", WITHHELD]
    assert event.changes["received_on"] == [None, "2026-03-18"]
    assert (event.data["phone"], event.data["files"][0]["name"]) == (WITHHELD, WITHHELD)
    assert event.data["files"][0]["sha256"] == "0" * 64  # which papers came is on record
    assert (objection.objector, objection.documents.get().name) == ("金丝雀甲", "异议书.pdf")
    verify()


def test_what_is_kept_out_of_the_log_is_never_taken_back():
    """Taking back restores from the log, and these it does not hold."""
    assert not any(row.undo for row in Objection.acts().values())


# --- longer notices


def test_a_longer_notice_takes_objections_longer(people, case):
    notice = case.notice_lines.get().publicity
    a_correction(people, notice, "published", extended_to=date(2026, 3, 27))
    assert filed(case, when=at("2026-03-27 23:59")).state == "received"
    with pytest.raises(AgainstRule, match="公示已于2026年3月27日结束"):
        filed(case, when=at("2026-03-28 00:00"))


def test_every_body_has_its_test():
    assert set(Objection.acts()) == {"receive", "file", "accept", "turn_away", "uphold", "dismiss"}


def test_a_stale_form_is_refused_after_the_officer_was_faster(people, case):
    objection = filed(case)
    do(objection, "turn_away", people.zhou, because="elsewhere")
    with pytest.raises(NotNow, match="现为“不予受理”"):
        do(objection, "accept", people.zhou)
