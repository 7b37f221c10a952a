"""What each act of a notice writes, and what the measure says against it."""

from __future__ import annotations

from datetime import date

import pytest

from registry.acts import AgainstRule, NotNow
from registry.models import Holiday, PoolApplication, Publicity
from tests.factories import AFTER_NOTICE, NOW, a_notice, an_application, at, do
from tests.people import cast

TEXT = {"title": "新标题", "text": "新正文", "starts_on": date(2026, 3, 20), "days": 3}


@pytest.fixture
def people(db):
    return cast()


@pytest.fixture
def cleared(people):
    return an_application(people, "cleared")


def told(case, act, when=NOW) -> list[str]:
    return [finding.message for finding in case.findings(act, when)]


# --- 公示


def test_draw_up_writes_the_text_the_last_day_and_one_line_per_case(people, cleared):
    other = an_application(people, "cleared", by=people.liu)
    notice = a_notice(people, other, cleared, signed=False)
    assert (notice.starts_on, notice.days, notice.ends_on) == (date(2026, 3, 19), 5, date(2026, 3, 25))
    assert list(notice.lines.values_list("n", "case", "name", "category", "district")) == [
        (1, cleared.pk, "京华示例机电有限公司", "green_factory", "昌平"),
        (2, other.pk, "燕山示例新材料有限公司", "green_factory", "大兴"),
    ]


@pytest.mark.parametrize("state", ["draft", "examining", "withdrawn", "admitted"])
def test_what_is_not_cleared_does_not_come_on_a_notice(people, cleared, state):
    other = an_application(people, state, by=people.liu)
    with pytest.raises(NotNow, match=f"{other.no} 现为“{other.state_label}”，不能列入公示"):
        a_notice(people, cleared, other)


def test_a_kind_that_is_never_announced_does_not_come_on_a_notice(people, cleared):
    notice = a_notice(people, cleared, signed=False)
    with pytest.raises(NotNow, match=notice.no):
        a_notice(people, notice)


def test_redraw_writes_text_and_dates_anew_and_keeps_the_lines(people, cleared):
    notice = do(a_notice(people, cleared, signed=False), "send_back", people.he, reason="改标题")
    notice = do(notice, "redraw", people.zhou, **TEXT)
    assert (notice.title, notice.text, notice.ends_on) == ("新标题", "新正文", date(2026, 3, 24))
    assert (notice.state, notice.lines.count()) == ("drafted", 1)


def test_sign_announces_every_case_and_waits_for_the_last_day(people, cleared):
    notice = a_notice(people, cleared)
    assert (notice.state, notice.due_on) == ("running", date(2026, 3, 25))
    assert PoolApplication.objects.get(pk=cleared.pk).state == "on_notice"


def test_send_back_void_and_close_move_the_notice_alone(people, cleared):
    drafted = a_notice(people, cleared, signed=False)
    assert do(drafted, "send_back", people.he, reason="改标题").state == "sent_back"
    assert do(drafted, "void", people.zhou, reason="合并").state == "void"
    notice = do(a_notice(people, cleared), "close", people.zhou, when=AFTER_NOTICE)
    assert (notice.state, notice.closed_at, notice.due_on) == ("closed", AFTER_NOTICE, None)
    assert PoolApplication.objects.get(pk=cleared.pk).state == "on_notice"  # a closed notice admits nobody


def test_a_notice_is_not_signed_after_its_first_day(people, cleared):
    notice = a_notice(people, cleared, signed=False)
    assert told(notice, "sign", at("2026-03-19 23:00")) == []
    assert told(notice, "sign", at("2026-03-20 00:00")) == ["公示起始日早于签发日，请退回修改后再签发"]


def test_an_empty_notice_is_not_signed(people):
    notice = a_notice(people, signed=False)
    with pytest.raises(AgainstRule, match="公示没有任何单位"):
        do(notice, "sign", people.he)


def test_a_notice_closes_when_its_last_day_is_over(people, cleared):
    notice = a_notice(people, cleared)
    assert told(notice, "close", at("2026-03-25 23:59")) == ["公示期至2026年3月25日24时，尚未届满"]
    assert told(notice, "close", at("2026-03-26 00:00")) == []


@pytest.mark.parametrize(
    ("starts", "days", "ends"),
    [
        ("2026-03-19", 1, "2026-03-19"),  # the first day counts
        ("2026-03-20", 2, "2026-03-23"),  # over a weekend
        ("2026-03-21", 1, "2026-03-23"),  # begins on a Saturday
        ("2026-09-29", 5, "2026-10-10"),  # over the National Day holidays, to a Saturday that is worked
    ],
)
def test_the_last_day_counts_working_days(db, starts, days, ends):
    assert Publicity.last_day(date.fromisoformat(starts), days=days).on == date.fromisoformat(ends)


def test_a_holiday_entered_by_the_bureau_counts(db):
    Holiday.objects.create(day=date(2026, 3, 20), off=True, name="临时放假")
    assert Publicity.last_day(date(2026, 3, 19), days=2).on == date(2026, 3, 23)


def test_every_body_has_its_test():
    tested = {"draw_up", "redraw", "sign", "send_back", "void", "close"} | {
        "extend"
    }  # beside the corrections
    assert tested == set(Publicity.acts())
