"""The calendar: days to come are entered with their basis, a year at once from a file; dates already given stay."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import ValidationError

from greenmfg.periods import Calendar
from registry.acts import NotYours
from registry.models import Case, Event, Holiday
from registry.resources import days
from registry.upkeep import holidays
from registry.upkeep.holidays import Plan
from tests.factories import DEMANDS, NOW, SCORED, a_notice, an_application, at, do
from tests.people import cast

TODAY = NOW.date()
FRIDAY, SATURDAY = date(2026, 3, 27), date(2026, 3, 28)


@pytest.fixture
def people(db):
    return cast()


def save(people, *plans: Plan, basis: str = "临时放假通知", by=None):
    return holidays.save(plans, basis=basis, by=by or people.zhou, at=NOW)


# --- entering days


def test_a_day_is_entered_changed_and_taken_back_on_record(people):
    save(people, Plan(FRIDAY, True, "临时放假"))
    assert Holiday.calendar([2026]).is_off(FRIDAY)
    save(people, Plan(SATURDAY, False, "调休上班"), by=people.gao)
    assert not Holiday.calendar([2026]).is_off(SATURDAY)
    save(people, Plan(FRIDAY, None))
    assert not Holiday.calendar([2026]).is_off(FRIDAY)
    events = Event.objects.filter(stream="ledger:holiday").order_by("seq")
    assert [event.data["fields"].get("2026-03-27") for event in events] == [
        [None, "休 临时放假"],
        None,
        ["休 临时放假", None],
    ]
    assert [event.by for event in events] == [people.zhou, people.gao, people.zhou]


def test_what_changes_nothing_is_not_told(people):
    save(people, Plan(FRIDAY, True, "临时放假"))
    assert save(people, Plan(FRIDAY, True, "临时放假")) == []
    assert Event.objects.filter(stream="ledger:holiday").count() == 1


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(TODAY, True, "放假"), "只能更改今天以后的日期"),
        (Plan(date(2026, 1, 1), None), "只能更改今天以后的日期"),
        (Plan(date(2226, 3, 27), True, "放假"), "请核对年份"),
        (Plan(FRIDAY, False, "上班"), "工作日本就上班"),
        (Plan(FRIDAY, True, " "), "请填写节假日名称"),
    ],
)
def test_a_day_that_cannot_be_is_refused(people, plan, words):
    before = Holiday.objects.count()
    with pytest.raises(ValidationError, match=words):
        save(people, Plan(date(2026, 4, 3), True, "放假"), plan)
    assert Holiday.objects.count() == before  # all or nothing
    with pytest.raises(ValidationError, match="请写明依据"):
        save(people, Plan(FRIDAY, True, "放假"), basis=" ")


def test_only_officers_and_the_administrator_keep_it(people):
    for outsider in (people.he, people.zhao, people.chen, people.shen, people.shi):
        with pytest.raises(NotYours):
            save(people, Plan(FRIDAY, True, "放假"), by=outsider)


# --- what has been given


def test_a_date_that_was_given_stays_and_is_named(people):
    case = an_application(people, "examining")  # ten working days from 18 March: 1 April
    assert case.due_on == date(2026, 4, 1)
    (moved,) = holidays.moved_by([Plan(FRIDAY, True, "临时放假")], today=TODAY)
    assert (moved.case.no, moved.given, moved.counted) == (case.no, date(2026, 4, 1), date(2026, 4, 2))
    save(people, Plan(FRIDAY, True, "临时放假"))
    assert Case.objects.get(pk=case.pk).due_on == date(2026, 4, 1)


def test_a_swap_workday_would_bring_the_last_day_nearer(people):
    an_application(people, "examining")
    (moved,) = holidays.moved_by([Plan(SATURDAY, False, "调休")], today=TODAY)
    assert moved.counted == date(2026, 3, 31)


def test_taking_a_score_does_not_hide_when_the_term_began(people):
    case = an_application(people, "examining")
    do(case, "type_score", people.zhou, when=at("2026-03-26"), **SCORED)  # the running term goes on
    (moved,) = holidays.moved_by([Plan(date(2026, 3, 20), True, "放假")], today=date(2026, 3, 19))
    assert moved.counted == date(2026, 4, 2)


def test_a_notice_is_counted_from_its_first_day(people):
    notice = a_notice(people, an_application(people, "cleared"))  # 19 to 25 March
    moved = holidays.moved_by([Plan(date(2026, 3, 24), True, "放假")], today=TODAY)
    (own,) = [one for one in moved if one.case.no == notice.no]
    assert (own.given, own.counted) == (date(2026, 3, 25), date(2026, 3, 26))
    assert notice.ends_on == date(2026, 3, 25)


def test_a_fixed_date_is_named_when_it_becomes_a_day_off(people):
    returned = an_application(people, "returned_by_bureau")  # until Wednesday 25 March
    assert holidays.moved_by([Plan(date(2026, 3, 24), True, "放假")], today=TODAY) == []
    (moved,) = holidays.moved_by([Plan(date(2026, 3, 25), True, "放假")], today=TODAY)
    assert (moved.case.no, moved.counted) == (returned.no, date(2026, 3, 26))


def test_no_correction_lapses_on_the_day_after_a_last_day_that_became_a_holiday(people):
    case = do(
        an_application(people),
        "return_by_bureau",
        people.zhou,
        demands=DEMANDS,
        due_on=date(2026, 3, 25),
    )
    found = [[f.message for f in case.findings("lapse", at(f"2026-03-{day}"))] for day in (25, 26, 27)]
    assert found == [["补正期限至2026年3月25日，尚未届满"], [], []]
    save(people, Plan(date(2026, 3, 25), True, "临时放假"))
    found = [[f.message for f in case.findings("lapse", at(f"2026-03-{day}"))] for day in (26, 27)]
    assert found == [["补正期限至2026年3月25日；顺延至2026年3月26日，尚未届满"], []]


def test_the_calendar_with_plans_knows_their_year():
    plan = Plan(date(2027, 1, 1), True, "元旦")
    found = holidays.with_plans(Calendar(frozenset(), frozenset(), frozenset({2026})), [plan])
    assert found.years == {2026, 2027}
    assert found.is_off(plan.day)
    back = holidays.with_plans(found, [Plan(plan.day, None)])
    assert not back.is_off(plan.day)


# --- a year from a file

YEAR = "日期,休/班,名称\n2027-01-01,休,元旦\n2027年1月2日,班,元旦调休\n2027/2/6,休,春节\n"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["日期", "休/班", "名称"], [date(2027, 1, 1), "休", "元旦"], ["2027.1.2", "班", "元旦调休"]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("content", [YEAR.encode(), YEAR.encode("utf-8-sig"), YEAR.encode("gb18030")])
def test_a_csv_is_read_in_the_encodings_that_offices_save(content):
    rows = days.read(days.lines_in(content))
    assert [(row.line, row.day, row.off, row.name, row.problem) for row in rows] == [
        (2, date(2027, 1, 1), True, "元旦", ""),
        (3, date(2027, 1, 2), False, "元旦调休", ""),
        (4, date(2027, 2, 6), True, "春节", ""),
    ]
    assert days.read(days.split(days.as_text(rows)))[2].day == date(2027, 2, 6)  # as text it says the same


def test_a_workbook_is_read():
    rows = days.read(days.lines_in(workbook()))
    assert [(row.day, row.off) for row in rows] == [(date(2027, 1, 1), True), (date(2027, 1, 2), False)]


def test_pasted_lines_may_stand_between_blanks_or_full_width_commas():
    rows = days.read(days.split("2027-01-01 休 元旦\n\n2027-01-02，班，调休"))
    assert [(row.day, row.off, row.name) for row in rows] == [
        (date(2027, 1, 1), True, "元旦"),
        (date(2027, 1, 2), False, "调休"),
    ]


def test_each_bad_row_says_what_is_wrong():
    rows = days.read(
        days.split(
            "元旦那天，休，元旦\n2027-02-30，休，x\n2027-01-01，假，x\n2027-01-03，休，a\n2027-01-03，班，b"
        )
    )
    assert [row.problem for row in rows] == [
        "“元旦那天”不是日期，请写成 2027-01-01",
        "“2027-02-30”不是日期，请写成 2027-01-01",
        "“假”应为“休”或者“班”",
        "",
        "与第 4 行的日期重复",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "没有找到日期"),
        (b"\xff\xff\xff", "请另存后重试"),
        (b"a\x00b", "文件不是 csv 文本"),
        (b"PK\x03\x04broken", "表格损坏"),
        (b"x" * (days.MAX_BYTES + 1), "文件超过 1 MB"),
        ("2027-01-01,休,x\n".encode() * 401, "超过 400 行"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(content, words):
    with pytest.raises(days.Unreadable, match=words):
        days.read(days.lines_in(content))
