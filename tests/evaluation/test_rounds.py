"""The grading round: who is taken in and by whom evaluated, what would move, when it ends (Article 7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation import rounds
from evaluation.models import Grading, standing_aside, standing_aside_of
from evaluation.rounds import Move, balanced
from evaluation.scoring import Answer
from greenmfg.rulebook import DRAFT_2023
from registry.acts import AgainstRule, NotNow, NotYours
from registry.models import Case, Diagnosis, EvaluatorAgency, Event, Grade, Standing
from registry.models.editions import edition_on
from registry.verify import verify
from tests.evaluation.checks import another_agency
from tests.evaluation.gradings import a_grading, a_listed_factory, a_round, a_scheme, answered, listed
from tests.factories import NOW, a_setting, a_unit, an_application, at, do
from tests.people import cast
from tests.registry.pages import enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.article(7)]


@pytest.fixture
def people():
    return cast()


def factories_listed(people, count: int) -> list:
    """That many factories on the national list, in 昌平."""
    return [listed(a_unit(enterprise(100 + n).entity, people.zhao.district)) for n in range(count)]


def fields(scheme, **changes) -> dict:
    given = {"name": "2026年度分级评价", "year": 2026, "own_due_on": date(2026, 3, 31), "text": ""}
    return given | {"scheme": scheme} | changes


def include(round, people, *pairs, op: str = "op", by=None, when=NOW, reason: str = ""):
    done, left = rounds.include_each(round, pairs, by=by or people.zhou, at=when, op=op, reason=reason)
    return [case.unit_id for case in done], {unit.pk: words for unit, words in left}


# --- planning and ending


def test_a_round_is_planned_by_an_officer_and_its_history_begins_there(people):
    round = rounds.plan(by=people.zhou, at=NOW, fields=fields(a_scheme(people)))
    (event,) = Event.objects.filter(stream=f"round:{round.pk}")
    assert (event.label, event.by, event.article, event.edition) == (
        "新建分级评价批次",
        people.zhou,
        7,
        "2023-draft",
    )
    assert event.data["fields"]["own_due_on"] == "2026-03-31"
    assert verify(round.stream).events == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"own_due_on": date(2026, 3, 18)}, "own_due_on"),
        ({"own_due_on": date(2027, 3, 20)}, "own_due_on"),
        ({"year": 2024}, "year"),
        ({"year": 2028}, "year"),
        ({"name": "旧批次"}, "name"),
    ],
)
def test_a_round_that_makes_no_sense_is_refused_at_its_field(people, changes, field):
    scheme = a_scheme(people)
    a_round(people, scheme=scheme, name="旧批次")
    with pytest.raises(ValidationError) as error:
        rounds.plan(by=people.zhou, at=NOW, fields=fields(scheme, **changes))
    assert set(error.value.message_dict) == {field}


def test_a_round_needs_a_scheme_in_force_for_factories(people):
    drafted = a_scheme(people, since=None, code="later")
    chains = a_scheme(people, code="chains", category="green_supply_chain")
    for scheme in (drafted, chains):
        with pytest.raises(ValidationError) as error:
            rounds.plan(by=people.zhou, at=NOW, fields=fields(scheme))
        assert error.value.message_dict == {"scheme": ["请选择施行中的绿色工厂指标体系"]}


def test_a_round_ends_when_all_its_gradings_are_closed_and_not_before(people):
    round = a_round(people)
    with pytest.raises(AgainstRule, match="尚未纳入单位"):
        rounds.end(round, by=people.zhou, at=NOW, seen=0)
    case = a_grading(people, "concluded", round=round)
    with pytest.raises(AgainstRule, match="还有 1 家单位的分级评价没有办结"):
        rounds.end(round, by=people.zhou, at=NOW, seen=0)
    do(case, "award", people.zhou)
    with pytest.raises(NotYours):
        rounds.end(round, by=people.he, at=NOW, seen=0)
    with pytest.raises(NotNow, match="他人更新"):
        rounds.end(round, by=people.zhou, at=NOW, seen=5)
    ended = rounds.end(round, by=people.zhou, at=NOW, seen=0, reason="全部定级")
    assert (ended.ended_at, ended.head_seq) == (NOW, 1)
    with pytest.raises(NotNow, match="已结束"):
        rounds.end(round, by=people.zhou, at=NOW, seen=1)
    done, left = include(ended, people, (factories_listed(people, 1)[0], people.wu.agency))
    assert (done, list(left.values())) == ([], ["2026年度分级评价已结束，不能再纳入单位"])


# --- who can be taken in


def test_units_to_include_are_the_national_factories_outside_of_the_round(people):
    one, two, ended = factories_listed(people, 3)
    Standing.objects.filter(unit=ended).update(until=date(2025, 1, 1), ended_cause="撤销")
    a_unit(enterprise(9).entity, people.zhao.district)  # on no list
    assert set(rounds.to_include(a_round(people))) == {one, two}


def test_a_voided_unit_may_be_taken_in_again_and_one_that_is_busy_elsewhere_is_told_apart(people):
    unit = a_listed_factory(people)
    round = a_round(people)
    other = a_round(people, scheme=round.scheme, name="另一批次")
    case = a_grading(people, unit=unit, round=round)
    assert list(rounds.to_include(round)) == []
    assert [one.busy for one in rounds.to_include(other)] == [True]
    do(case, "void", people.zhou, reason="重复")
    assert [one.busy for one in rounds.to_include(round)] == [False]
    assert include(round, people, (unit, people.wu.agency))[0] == [unit.pk]


def test_many_are_taken_in_each_on_its_own_and_the_others_are_named_with_why(people):
    round = a_round(people)
    good, diagnosed, unlisted = (
        *factories_listed(people, 2),
        a_unit(enterprise(9).entity, people.zhao.district),
    )
    Diagnosis.objects.create(unit=diagnosed, year=2025, agency=people.wu.agency)
    pairs = [(unit, people.wu.agency) for unit in (good, diagnosed, unlisted)]
    done, left = include(round, people, *pairs)
    assert done == [good.pk]
    assert left == {
        diagnosed.pk: "示例评价中心承担过该单位 2025 年度绿色诊断，应当回避；确需委托的，须说明理由",
        unlisted.pk: "分级评价的对象为已入围国家级的绿色工厂，该单位不在此列",
    }
    case = Grading.objects.get()
    assert (case.agency, case.scheme, case.due_on) == (people.wu.agency, round.scheme, date(2026, 3, 31))
    # With a written reason it can be done; the reason stands with this unit alone.
    done, left = include(round, people, (diagnosed, people.wu.agency), op="again", reason="本市无其他机构")
    assert (done, left) == ([diagnosed.pk], {})
    assert dict(Event.objects.filter(act="include").values_list("unit", "reason")) == {
        good.pk: "",
        diagnosed.pk: "本市无其他机构",
    }


def test_a_resend_repeats_nothing_and_says_the_same(people):
    round, units = a_round(people), factories_listed(people, 3)
    pairs = [(unit, people.wu.agency) for unit in units]
    first = include(round, people, *pairs)
    assert include(round, people, *pairs) == first == ([unit.pk for unit in units], {})
    assert Grading.objects.count() == Event.objects.filter(act="include").count() == 3
    # Another form with the same units is no resend.
    assert include(round, people, *pairs, op="other") == (
        [],
        {unit.pk: "该单位已纳入2026年度分级评价" for unit in units},
    )


def test_a_unit_in_another_open_grading_is_left_out(people):
    unit, round = a_listed_factory(people), a_round(people)
    a_grading(people, unit=unit, round=round)
    other = a_round(people, scheme=round.scheme, name="另一批次")
    assert include(other, people, (unit, people.wu.agency)) == (
        [],
        {unit.pk: "该单位已有一件未办结的分级评价"},
    )


# --- who evaluates whom


def test_the_bulk_reading_of_conflicts_says_what_the_single_one_says(people):
    other = another_agency().agency
    agencies = [people.wu.agency, other]
    one, two = factories_listed(people, 2)
    Diagnosis.objects.create(unit=one, year=2025, agency=other)
    case = an_application(people, "examining")
    type(case).objects.filter(pk=case.pk).update(report_agency="示例评价中心有限公司", self_agency=other.name)
    EvaluatorAgency.objects.filter(pk=other.pk).update(suspended_because="整改")
    other.refresh_from_db()
    units = [one.pk, two.pk, case.unit_id]
    found = standing_aside_of(agencies, units=units, at=NOW)
    assert found == {pk: standing_aside(agencies, unit=pk, case=Grading(unit_id=pk), at=NOW) for pk in units}
    assert {pk: sorted(reasons) for pk, reasons in found.items()} == {
        one.pk: [other.pk],
        two.pk: [other.pk],
        case.unit_id: [people.wu.agency_id, other.pk],
    }


def test_the_bulk_reading_of_conflicts_costs_the_same_for_more_units(people):
    units = [unit.pk for unit in factories_listed(people, 4)]

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            standing_aside_of([people.wu.agency], units=units[:count], at=NOW)
        return len(queries)

    assert cost(4) == cost(1)


@pytest.mark.parametrize(
    ("free", "loads", "together", "cap", "expected"),
    [
        ({1: [7, 8], 2: [7, 8], 3: [7, 8]}, {7: 0, 8: 0}, {}, None, {1: 7, 2: 8, 3: 7}),
        ({1: [7, 8], 2: [7, 8], 3: [7, 8]}, {7: 2, 8: 0}, {}, None, {1: 8, 2: 8, 3: 7}),
        ({1: [7, 8], 2: [8]}, {7: 5, 8: 0}, {}, None, {1: 8, 2: 8}),
        ({1: [], 2: [7]}, {7: 0}, {}, None, {1: None, 2: 7}),
        ({1: [7], 2: [7], 3: [7]}, {7: 13}, {}, 15, {1: 7, 2: 7, 3: None}),
        # The unit with the least choice chooses first; 7 and 8 are one person's, whose projects are counted together.
        ({1: [7, 9], 2: [7, 8, 9], 3: [8]}, {7: 0, 8: 0, 9: 0}, {7: [7, 8], 8: [7, 8]}, None, {3: 8, 1: 9, 2: 7}),
    ],
)  # fmt: skip
def test_the_least_loaded_of_the_free_agencies_is_proposed(free, loads, together, cap, expected):
    same = {key: together.get(key, [key]) for key in loads}
    assert balanced(free, loads=loads, together=same, cap=cap) == expected


def test_an_automatic_proposal_avoids_conflicts_balances_and_writes_nothing(people):
    wu, other = people.wu.agency, another_agency().agency
    units = factories_listed(people, 4)
    for unit in units[:2]:
        Diagnosis.objects.create(unit=unit, year=2025, agency=wu)
    found = rounds.propose(units, [wu, other], agency=None, at=NOW)
    assert [row.agency for row in found.rows] == [other, other, wu, wu]
    assert found.loads == [(wu, 0, 2), (other, 0, 2)]
    assert not Case.objects.exists()


def test_an_automatic_proposal_keeps_to_the_yearly_cap_where_it_is_on(people):
    a_setting("agency_cap_on", "1")
    a_setting("agency_cap", "2")
    found = rounds.propose(factories_listed(people, 3), [people.wu.agency], agency=None, at=NOW)
    assert [row.agency for row in found.rows] == [people.wu.agency, people.wu.agency, None]


# --- what would move

BANDS = [band.code for band in DRAFT_2023.bands]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, BANDS[0], Move.FIRST),
        (None, "", Move.FIRST),
        (BANDS[0], BANDS[2], Move.UP),
        ("", BANDS[0], Move.UP),
        (BANDS[3], BANDS[2], Move.DOWN),
        (BANDS[0], "", Move.DOWN),
        (BANDS[1], BANDS[1], Move.SAME),
        ("", "", Move.SAME),
        ("gold", BANDS[1], Move.OTHER),
    ],
)
def test_a_move_is_told_by_the_order_of_the_bands(before, after, expected):
    grade = None if before is None else Grade(band=before)
    assert rounds.move(after, before=grade, edition=DRAFT_2023) is expected


def test_standpoints_are_exact_before_and_after_the_award(people):
    round = a_round(people)
    case = a_grading(people, "concluded", round=round)
    edition = edition_on(NOW.date())

    def point(on=NOW):
        cases = list(Grading.objects.filter(pk=case.pk).select_related("unit", "scheme"))
        (found,) = rounds.standpoints(cases, edition=edition, on=on.date())
        return found

    now = point()
    assert (now.score, now.band, now.move, now.graded, now.gap) == (
        Decimal("45.00"),
        BANDS[0],
        Move.FIRST,
        False,
        None,
    )
    case = do(case, "revise", people.zhou, reason="现场核实", item="G2", answer={"value": "8"})
    assert (point().score, point().band) == (case.concluded_score()[0], BANDS[0])
    do(case, "award", people.zhou)
    after = point()
    assert (after.score, after.graded, after.title) == (
        case.concluded_score()[0],
        True,
        DRAFT_2023.bands[0].title,
    )
    # In the next year's round the same unit is measured against this grade.
    year = at("2026-12-01")
    later = a_round(people, scheme=round.scheme, name="2027", year=2027, own_due_on=date(2026, 12, 31))
    case = a_grading(people, "scoring", round=later, when=year)
    better = {"G1": Answer(value=Decimal(20)), "G2": Answer(value=Decimal(8)), "N1": Answer(value=Decimal(1))}
    case = answered(people, case, "concluded", when=year, **better)
    next_year = point(year)
    assert (next_year.move, next_year.before.year) == (Move.UP, 2026)
    assert (next_year.score, next_year.band, next_year.gap) == (Decimal("77.00"), BANDS[1], Decimal("32.00"))


def test_progress_counts_by_district_and_agency_what_each_person_sees(people):
    round = a_round(people)
    a_grading(people, round=round)
    (other,) = [listed(a_unit(enterprise(9).entity, people.sun.district))]
    second = another_agency().agency
    include(round, people, (other, second))
    late = date(2026, 4, 1)
    found = rounds.Progress(round, user=people.zhou, on=late)
    assert (found.total, found.late, dict(found.by_state)) == (2, 2, {"self_assessing": 2})
    assert {key: dict(n) for key, n in found.by_district.items()} == {
        "110114": {"self_assessing": 1, "late": 1},
        "110115": {"self_assessing": 1, "late": 1},
    }
    assert set(found.by_agency) == {people.wu.agency_id, second.pk}
    assert rounds.Progress(round, user=people.sun, on=late).total == 1
    assert rounds.Progress(round, user=people.sun, on=date(2026, 3, 31)).late == 0


def test_rounds_are_seen_by_the_bureau_and_by_the_districts_that_are_in_them(people):
    round = a_round(people)
    assert list(rounds.seen_by(people.zhou)) == list(rounds.seen_by(people.he)) == [round]
    assert list(rounds.seen_by(people.zhao)) == list(rounds.seen_by(people.chen)) == []
