"""What a correction writes, and that the notice stays as it was signed."""

from __future__ import annotations

from datetime import date

import pytest

from registry.acts import AgainstRule, NotYours
from registry.models import Case, Correction, Message, PoolApplication, Publicity
from tests.factories import AFTER_NOTICE, a_notice, an_application, at, do
from tests.people import cast
from tests.registry.papers import a_correction

pytestmark = pytest.mark.article(6)
LATER = date(2026, 3, 27)


@pytest.fixture
def people(db):
    return cast()


@pytest.fixture
def notice(people):
    return an_application(people, "on_notice").notice_lines.get().publicity


def test_drawn_up_it_says_what_the_line_said(people, notice):
    case = a_correction(people, notice)
    assert (case.state, case.no, case.said, case.right) == (
        "drafted", "GZ-2026-0001", "京华示例机电有限公司", "京华示例机电股份有限公司"
    )  # fmt: skip
    case = a_correction(people, notice, place="category", right="绿色工业园区")
    assert case.said == "绿色工厂"
    case = a_correction(people, notice, place="text", line=None, said="拟入库单位", right="下列单位")
    assert (case.said, case.line) == ("拟入库单位", None)


def test_signed_by_another_it_is_out_and_the_notice_stands_as_it_was(people, notice):
    before = Publicity.objects.filter(pk=notice.pk).values().get(), list(notice.lines.values())
    drafted = a_correction(people, notice)
    chief = people.zhou
    chief.role = "chief"
    chief.save()
    with pytest.raises(NotYours):
        do(drafted, "sign", chief)
    case = do(drafted, "sign", people.he)
    assert (case.state, case.is_closed) == ("published", True)
    assert (Publicity.objects.filter(pk=notice.pk).values().get(), list(notice.lines.values())) == before


def test_sent_back_it_is_written_anew_or_given_up(people, notice):
    case = a_correction(people, notice, "sent_back", then="redraw", right="别的名称")
    assert (case.state, case.right) == ("drafted", "别的名称")
    assert do(case, "void", people.zhou, reason="不必更正").state == "void"


def test_it_may_make_the_notice_longer_for_everything_that_waits_for_its_end(people, notice):
    a_correction(people, notice, "published", extended_to=LATER)
    notice = Publicity.objects.get(pk=notice.pk)
    case = PoolApplication.objects.get()
    assert (notice.ends_on, notice.open_until, notice.due_on) == (date(2026, 3, 25), LATER, LATER)
    assert case.due_on == LATER
    assert Message.objects.filter(to=people.chen, case=case.pk, text__contains="2026年3月27日").exists()
    for when, words in ((AFTER_NOTICE, "公示期至2026年3月27日24时，尚未届满"), (at("2026-03-28"), "")):
        if words:
            with pytest.raises(AgainstRule, match=words):
                do(notice, "close", people.zhou, when=when)
        else:
            do(notice, "close", people.zhou, when=when)
    assert do(case, "admit", people.zhou, when=at("2026-03-28")).state == "admitted"


def test_the_end_moves_later_only_and_only_while_the_notice_runs(people, notice):
    a_correction(people, notice, "published", extended_to=LATER)
    for day in (date(2026, 3, 26), LATER):
        with pytest.raises(AgainstRule, match="公示期现至2026年3月27日"):
            a_correction(people, notice, "published", extended_to=day)
    drafted = a_correction(people, notice, extended_to=date(2026, 4, 10))
    do(notice, "close", people.zhou, when=at("2026-03-28"))
    with pytest.raises(AgainstRule, match="公示已经办理结束，不能延长公示期"):
        do(drafted, "sign", people.he, when=at("2026-03-28"))


def test_a_closed_notice_is_corrected_too(people, notice):
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    assert a_correction(people, notice, "published", when=AFTER_NOTICE).state == "published"


def test_what_is_not_out_yet_is_sent_back_instead(people):
    drafted = a_notice(people, an_application(people, "cleared"), signed=False)
    with pytest.raises(AgainstRule, match="公示签发以后才能更正"):
        a_correction(people, drafted)


def test_a_case_that_was_sent_back_meanwhile_is_left_alone(people, notice):
    from tests.registry.papers import an_objection

    case = PoolApplication.objects.get()
    do(do(an_objection(people, case), "accept", people.zhou), "uphold", people.zhou, reason="属实")
    a_correction(people, notice, "published", extended_to=LATER)
    assert Case.objects.get(pk=case.pk).state == "examining"


def test_every_body_has_its_test():
    assert set(Correction.acts()) == {"draw_up", "redraw", "sign", "send_back", "void"}
