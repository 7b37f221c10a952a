"""Later editions: drawn up by one, put in force by another, frozen when their day has come (Article 16)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from greenmfg import rulebook
from greenmfg.rulebook import DRAFT_2023, IncompleteEdition
from registry.acts import AgainstRule, NotNow, NotYours
from registry.models import Event, LaterBand, LaterEdition
from registry.models.editions import edition_called, edition_of_period, edition_on, editions
from registry.upkeep import editions as upkeep
from tests.factories import NOW, SCORED, an_application, an_edition, at, do
from tests.people import cast

pytestmark = [pytest.mark.django_db, pytest.mark.article(16)]
TODAY = NOW.date()
LATER = date(2026, 3, 25)


@pytest.fixture
def people():
    return cast()


def put(people, row, since: date, *, by=None, when=NOW):
    return upkeep.put_in_force(row, since=since, seen=row.version, by=by or people.he, at=when)


# --- code and rows are one series


def test_without_rows_the_draft_of_2023_is_in_force():
    assert editions() == (DRAFT_2023,)
    assert edition_on(TODAY) is DRAFT_2023


def test_an_edition_from_rows_is_the_dataclass_of_the_rulebook(people):
    an_edition(
        people, since=LATER, pool_threshold=Decimal("65.00"), lowers=[Decimal("0"), Decimal("62.5"), 80, 90]
    )
    found = edition_on(LATER)
    assert isinstance(found, rulebook.Edition)
    assert f"{found.pool_threshold}" == "65"
    assert [f"{band.lower}" for band in found.bands] == ["0", "62.5", "80", "90"]
    assert [band.code for band in found.bands] == [band.code for band in DRAFT_2023.bands]
    assert edition_called("2026-01") == found


def test_the_day_decides_which_edition_holds(people):
    an_edition(people, since=LATER)
    an_edition(people, "2027-01", since=date(2027, 1, 1))
    an_edition(people, "2028-01")  # in preparation: of no day
    days = [LATER - timedelta(days=1), LATER, date(2026, 12, 31), date(2027, 1, 1), date(2040, 1, 1)]
    codes = [edition_on(day).code for day in days]
    assert codes == ["2023-draft", "2026-01", "2026-01", "2027-01", "2027-01"]


@pytest.mark.article(11)
def test_a_running_period_follows_the_edition_of_its_beginning(people):
    an_edition(people, since=LATER, change_days=20)
    assert edition_of_period(LATER - timedelta(days=1)).change_days == 30
    assert edition_of_period(LATER).change_days == 20


def test_reading_the_editions_is_one_query_however_many(people, django_assert_num_queries):
    an_edition(people, since=LATER)
    an_edition(people, "2027-01", since=date(2027, 1, 1))
    with django_assert_num_queries(1):
        assert len(editions()) == 3


def test_an_act_records_the_edition_that_it_was_done_under(people):
    an_edition(people, since=LATER)
    case = do(an_application(people), "type_score", people.zhou, **SCORED)
    before = case.events.latest("seq")
    do(case, "type_score", people.zhou, when=at("2026-03-25"), **SCORED)
    assert (before.edition, case.events.latest("seq").edition) == ("2023-draft", "2026-01")


@pytest.mark.article(8)
def test_a_higher_threshold_asks_for_a_reason_from_its_day_on(people):
    an_edition(people, since=LATER, pool_threshold=Decimal(65))
    scored = SCORED | {"score": Decimal("62.00")}
    case = do(an_application(people), "type_score", people.zhou, **scored)
    with pytest.raises(AgainstRule) as refusal:
        do(case, "clear", people.zhou, when=at("2026-03-25 00:00"))
    (finding,) = refusal.value.findings
    assert (finding.article, finding.binding) == (8, False)
    assert "原则上应达到 65 分" in finding.message
    assert do(case, "clear", people.zhou, when=at("2026-03-24 23:59")).state == "cleared"


# --- drawing up


def test_an_edition_is_kept_in_preparation_with_bounds_open_and_cannot_grade(people):
    row = an_edition(people, lowers=[Decimal(0), None, None, Decimal(90)])
    assert [band.lower for band in row.bands.all()] == [0, None, None, 90]
    with pytest.raises(IncompleteEdition):
        row.loaded(on=LATER)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"code": "2023-draft"}, "code", "不与已有版本相同"),
        ({"code": "版本"}, "code", "版本号以数字开头"),
        ({"basis": " "}, "basis", "请写明依据"),
        ({"lowers": [0, 80, 60, 90]}, "bands", "应由低至高排列：请核对“绿色工厂标杆企业”"),
        ({"pool_threshold": Decimal(101)}, "pool_threshold", "0–100"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(people, changes, field, words):
    with pytest.raises(ValidationError) as wrong:
        an_edition(people, changes.pop("code", "2026-01"), **changes)
    assert words in "".join(wrong.value.message_dict[field])
    assert not LaterEdition.objects.exists()


def test_two_editions_have_two_codes(people):
    an_edition(people)
    with pytest.raises(ValidationError, match="版本号已被使用"):
        an_edition(people)


def test_a_new_grade_gets_a_code_and_an_old_one_keeps_its(people):
    row = an_edition(people)
    fields, bands = upkeep.copied(row.loaded())
    fields |= {"code": row.code, "basis": row.basis}
    extra = {"code": "", "name": "卓越", "title": "绿色工厂卓越企业", "lower": Decimal(95), "duties": ""}
    fresh = upkeep.redraft(row, fields, [*bands, extra], seen=row.version, by=people.zhou, at=NOW)
    codes = [band.code for band in fresh.bands.all()]
    assert codes == ["compliant", "good", "benchmark", "leading", "band-1"]


def test_who_was_slower_loses_nothing_of_the_others(people):
    row = an_edition(people)
    fields, bands = upkeep.copied(row.loaded())
    fields |= {"code": row.code, "basis": row.basis}
    upkeep.redraft(row, fields | {"note": "第一稿"}, bands, seen=row.version, by=people.zhou, at=NOW)
    with pytest.raises(NotNow, match="已被他人更新"):
        upkeep.redraft(row, fields | {"note": "第二稿"}, bands, seen=row.version, by=people.zhou, at=NOW)
    with pytest.raises(NotNow):
        put(people, row, LATER)  # what the chief looked at is no longer what it says
    assert LaterEdition.objects.get().note == "第一稿"


def test_an_edition_given_up_stays_in_the_ledger(people):
    row = an_edition(people)
    upkeep.drop(row, seen=row.version, by=people.zhou, at=NOW)
    assert not LaterEdition.objects.exists()
    event = Event.objects.filter(stream="ledger:edition").latest("seq")
    assert event.label == "放弃起草"
    assert event.data["fields"]["pool_threshold"] == ["60", None]


# --- putting in force


def test_two_persons(people):
    with pytest.raises(NotYours):
        upkeep.draft({}, [], by=people.he, at=NOW)
    row = an_edition(people)
    for outsider in (people.zhou, people.gao, people.shen, people.zhao, people.chen):
        with pytest.raises(NotYours):
            put(people, row, LATER, by=outsider)
    people.zhou.role = "chief"  # promoted since: still the one who drew it up
    people.zhou.save()
    with pytest.raises(NotYours, match="须由两人分别办理"):
        put(people, row, LATER, by=people.zhou)
    done = put(people, row, LATER)
    assert (done.in_force_from, done.put_by) == (LATER, people.he)
    told = Event.objects.filter(stream="ledger:edition").order_by("seq").values_list("label", "by")
    assert list(told) == [("起草版本", people.zhou.pk), ("施行版本", people.he.pk)]


def test_an_incomplete_edition_is_not_put_in_force_by_anybody(people):
    row = an_edition(people, lowers=[Decimal(0), None])
    with pytest.raises(ValidationError, match="级别界限尚未确定，不能施行"):
        put(people, row, LATER)
    with pytest.raises(DatabaseError, match="not complete"), transaction.atomic():
        LaterEdition.objects.filter(pk=row.pk).update(in_force_from=LATER, put_by=people.he)


def test_from_today_at_the_earliest_and_not_twice_on_a_day(people):
    row = an_edition(people)
    with pytest.raises(ValidationError, match="施行日期不能早于今天"):
        put(people, row, TODAY - timedelta(days=1))
    put(people, row, TODAY)
    assert edition_on(TODAY).code == "2026-01"
    other = an_edition(people, "2026-02")
    with pytest.raises(ValidationError, match="同一日不能有两个版本"):
        put(people, other, TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        LaterEdition.objects.filter(pk=other.pk).update(in_force_from=TODAY, put_by=people.he)


def test_before_its_day_it_can_be_taken_back_changed_and_put_again(people):
    since = date(2028, 1, 1)
    row = an_edition(people, since=since)
    with pytest.raises(NotNow, match="不能再改"):
        upkeep.redraft(row, {}, [], seen=row.version, by=people.zhou, at=NOW)
    with pytest.raises(NotYours):
        upkeep.take_back(row, seen=row.version, by=people.zhou, at=NOW)
    row = upkeep.take_back(row, seen=row.version, by=people.he, at=NOW)
    assert edition_on(since) is DRAFT_2023
    fields, bands = upkeep.copied(row.loaded())
    fields |= {"code": row.code, "basis": "修订后的文件", "pool_threshold": Decimal(66)}
    row = upkeep.redraft(row, fields, bands, seen=row.version, by=people.zhou, at=NOW)
    put(people, row, since)
    assert edition_on(since).pool_threshold == 66


def test_once_its_day_has_come_it_is_frozen(people):
    row = an_edition(people, since=LATER)
    with pytest.raises(NotNow, match="不能暂缓"):
        upkeep.take_back(row, seen=row.version, by=people.he, at=at("2026-03-25 00:00"))
    with pytest.raises(NotNow, match="不能再改"):
        upkeep.drop(row, seen=row.version, by=people.zhou, at=at("2026-03-25"))


def test_the_database_freezes_it_too(people):
    row = an_edition(people, since=LATER)  # by the database's own clock that day is over
    rows, bands = LaterEdition.objects.filter(pk=row.pk), LaterBand.objects.filter(edition=row)
    for change in (
        lambda: rows.update(pool_threshold=50),
        lambda: rows.update(title="另一名称"),
        lambda: rows.update(in_force_from=None, put_by=None),
        lambda: rows.update(in_force_from=date(2030, 1, 1)),
        lambda: rows._raw_delete("default"),
        lambda: bands.update(lower=1),
        lambda: bands._raw_delete("default"),
        lambda: LaterBand.objects.create(edition=row, n=9, code="x", name="x", title="x", lower=99),
    ):
        with pytest.raises(DatabaseError, match="has been put in force"), transaction.atomic():
            change()
    assert edition_on(LATER).pool_threshold == 60


def test_put_in_force_for_later_it_is_taken_back_whole_and_not_changed_on_the_way(people):
    row = an_edition(people, since=date(2028, 1, 1))
    rows = LaterEdition.objects.filter(pk=row.pk)
    for change in ({"title": "另一名称"}, {"in_force_from": None, "put_by": None, "title": "另一名称"}):
        with pytest.raises(DatabaseError, match="has been put in force"), transaction.atomic():
            rows.update(**change)
    assert rows.update(in_force_from=None, put_by=None) == 1


def test_none_begins_in_force_nor_before_the_first(people):
    given = {"title": "x", "basis": "x", "pool_threshold": 60, "change_days": 30, "bar_years": 3}
    with pytest.raises(DatabaseError, match="begins in preparation"), transaction.atomic():
        LaterEdition.objects.create(code="2026-09", in_force_from=LATER, put_by=people.he, **given)
    row = an_edition(people)
    with pytest.raises(IntegrityError, match="edition_after_the_first"), transaction.atomic():
        LaterEdition.objects.filter(pk=row.pk).update(in_force_from=date(2023, 9, 11), put_by=people.he)
