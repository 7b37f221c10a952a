"""What pages ask of the database: a list costs the same at one row and at three, and neither it nor a detail much.

Sessions, the signed-in user, the menu's counts and the calendar are counted in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation import rounds
from evaluation.models import Grading, GradingRound, SchemeVersion
from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry import diagnosing
from registry.casework import new_op
from registry.models import (
    Batch,
    Case,
    Diagnosis,
    District,
    Event,
    Holiday,
    LaterEdition,
    LegalEntity,
    PoolApplication,
    Publicity,
    Quota,
    Roster,
    Setting,
    Standing,
    Unit,
    User,
    Wording,
)
from registry.models.log import values as stood
from registry.resources import brought
from registry.resources.units import Units
from registry.upkeep import wordings
from tests import factories
from tests.evaluation.checks import an_evaluation, another_agency, brought_to
from tests.evaluation.gradings import a_round, a_scheme, answered, listed
from tests.people import Cast, cast
from tests.registry.damaged import a_table
from tests.registry.pages import applications, as_, enterprise, objection
from tests.registry.papers import MEASURES, a_correction, a_diagnosis, a_roster
from tests.registry.registrations import a_registration, an_imported_entity

pytestmark = pytest.mark.django_db

LIST, DETAIL = 12, 16


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    """After every date of the made-up cases, so that the public pages show them."""
    with clock.fixed(factories.at("2026-03-30")):
        yield


def asked(client: Client, url: str) -> int:
    """Queries of a page that was seen before."""
    assert client.get(url).status_code == 200, url
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def client_of(people: Cast, who: str) -> Client:
    return as_(getattr(people, who)) if who else Client()


# --- what a list lists: each adds that many rows


def examining(people: Cast, count: int) -> None:
    applications(people, "examining", count)


def own(people: Cast, count: int) -> None:
    """Drafts of 陈晨's, one in each category; one after the other, however often it is asked."""
    taken = PoolApplication.objects.filter(unit__entity=people.chen.entity).count()
    for category in list(Category)[taken : taken + count]:
        factories.a_draft(people, category=category)


def notices(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        factories.a_notice(people, case)


def objections(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        objection(people, factories.a_notice(people, case), case)


def corrections(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        a_correction(people, factories.a_notice(people, case), "published")


def rosters(people: Cast, count: int) -> None:
    for _ in range(count):
        n = Roster.objects.count() + 1
        a_roster(people, "published", filled=n == 1, doc_no=f"京经信函〔2026〕{n}号")


def calls(people: Cast, count: int) -> None:
    """Open ones, each with an application in it."""
    for _ in range(count):
        n = Batch.objects.count()
        factories.a_call(name=f"第{n}批", closes_on=date(2026, 4, 30))
        examining(people, 1)


def with_quotas(people: Cast, count: int) -> None:
    """Applications of one call whose districts have quotas."""
    for district in District.objects.all()[:count]:
        Quota.objects.update_or_create(batch=factories.a_call(), district=district, defaults={"places": 9})
    examining(people, count)


def pool(people: Cast, count: int) -> None:
    for case in applications(people, "cleared", count):
        factories.do(factories.a_notice(people, case), "close", people.zhou, when=factories.AFTER_NOTICE)
        factories.do(case, "admit", people.zhou, when=factories.AFTER_NOTICE)


def values_set(people: Cast, count: int) -> None:
    for _ in range(count):
        n = Setting.objects.count()
        factories.a_setting("notice_days", "7", since=date(2099, 1, 1 + n))
        factories.a_setting("bureau_days", "7", since=date(2024, 1, 1 + n))


def editions_drawn(people: Cast, count: int) -> None:
    for _ in range(count):
        n = LaterEdition.objects.count() + 1
        factories.an_edition(people, f"2026-{n}", since=date(2026, 3, 20 + n))


def words_written(people: Cast, count: int) -> None:
    for _ in range(count):
        row = Wording.objects.get(code="R02")
        given = {name: getattr(row, name) for name in wordings.FIELDS} | {"text": f"{row.text}。"}
        wordings.write(row, given, seen=stood(row), by=people.zhou, at=factories.NOW)
        n = Wording.objects.count()
        Wording.objects.create(code=f"R{n}", kind="return", label="x", where="x", text="x")


def days_entered(people: Cast, count: int) -> None:
    for _ in range(count):
        day = Holiday.objects.latest("day").day + timedelta(days=1)
        Holiday.objects.create(day=day, off=True, name="示例")


def diagnoses(people: Cast, count: int) -> None:
    for _ in range(count):
        person = enterprise(User.objects.count())
        unit = factories.a_unit(person.entity, people.zhao.district)
        found = a_diagnosis(people, unit, agency=f"诊断机构{unit.pk}")
        diagnosing.set_measures(found, by=people.zhao, at=factories.NOW, seen=1, rows=MEASURES)


def own_diagnoses(people: Cast, count: int) -> None:
    unit = Unit.objects.filter(entity=people.chen.entity).first()
    unit = unit or factories.a_unit(people.chen.entity, people.zhao.district)
    for _ in range(count):
        found = a_diagnosis(people, unit, year=2010 + unit.diagnoses.count())
        diagnosing.set_measures(found, by=people.zhao, at=factories.NOW, seen=1, rows=MEASURES)


def registrations(people: Cast, count: int) -> None:
    for _ in range(count):
        a_registration(people)


def imported(people: Cast, count: int) -> None:
    for _ in range(count):
        an_imported_entity(people, f"导入示例第{LegalEntity.objects.count()}厂")


def colleagues(people: Cast, count: int) -> None:
    for _ in range(count):
        n = User.objects.count()
        User.objects.create(username=f"c{n}", name="同事", role="unit", entity=people.chen.entity)
        as_(people.chen).post("/my/people/", {"name": f"同事{n}", "email": "c@example.org"})
    as_(people.chen).get("/my/people/")  # where the link of the last one is shown


def checks(people: Cast, count: int) -> None:
    for case in applications(people, "examining", count):
        an_evaluation(people, case)


def evaluators(people: Cast, count: int) -> None:
    for case in applications(people, "examining", count):
        another_agency(f"评价机构{case.pk}")
        an_evaluation(people, case)


def brought_in(people: Cast, count: int) -> None:
    """Imports of 赵敏, and as many files that wait for her word."""
    for _ in range(count):
        upload = a_table(Units, f"昌平示例第{Event.objects.count()}有限公司")
        file = brought.keep_upload(Units, upload, by=people.zhao, at=factories.NOW)
        brought.import_once(file, by=people.zhao, at=factories.NOW, skip_invalid=False)
        again = a_table(Units, "昌平示例有限公司")
        brought.keep_upload(Units, again, by=people.zhao, at=factories.at("2026-03-30"))


def grading_rounds(people: Cast, count: int) -> None:
    for _ in range(count):
        graded(people, a_grading_round(people, f"第{GradingRound.objects.count()}批"))


def gradings(people: Cast, count: int) -> None:
    for _ in range(count):
        graded(people, a_grading_round(people))


def a_grading_round(people: Cast, name: str = "2026年度分级评价") -> GradingRound:
    scheme = SchemeVersion.objects.filter(code="factory-test").first() or a_scheme(people)
    found = GradingRound.objects.filter(name=name).first()
    return found or a_round(people, scheme=scheme, name=name)


def graded(people: Cast, round: GradingRound, *, unit: Unit | None = None, state: str = "concluded") -> Unit:
    """One factory in 昌平, by an agency of its own, in this round."""
    by = another_agency(f"机构{User.objects.count()}")
    unit = unit or to_be_graded(people, 1)[0]
    rounds.include_each(round, [(unit, by.agency)], by=people.zhou, at=factories.NOW, op=new_op())
    case = factories.do(Grading.objects.latest("pk"), "go_on", people.zhou, reason="企业已书面放弃自评")
    case = factories.do(case, "begin", by, independent=True)
    answered(replace(people, wu=by), case, state)
    return unit


def to_be_graded(people: Cast, count: int) -> list[Unit]:
    made = [enterprise(User.objects.count() + 50) for _ in range(count)]
    return [listed(factories.a_unit(person.entity, people.zhao.district)) for person in made]


LISTS: list[tuple[str, str, Callable[[Cast, int], None]]] = [
    ("zhou", "/applications/", examining),
    ("zhou", "/applications/?tab=all", examining),
    ("zhou", "/applications/?tab=all&q=示例&district=110114&route=self&score=none", examining),
    ("zhao", "/applications/?tab=all", examining),
    ("zhou", "/applications/?tab=all&batch=1", examining),
    ("zhou", "/batches/", calls),
    ("zhou", "/desk/", examining),
    ("zhou", "/desk/todo/", examining),
    ("zhou", "/desk/done/", notices),
    ("zhou", "/me/notifications/", examining),
    ("zhou", "/search/?q=示例", examining),
    ("zhou", "/publicity/", notices),
    ("he", "/publicity/", notices),
    ("zhou", "/objections/", objections),
    ("zhou", "/corrections/", corrections),
    ("zhou", "/eval/", checks),
    ("wu", "/eval/", checks),
    ("zhou", "/agencies/?q=评&state=open", evaluators),
    ("wu", "/agencies/own/", checks),
    ("wu", "/desk/", checks),
    ("zhou", "/pool/", pool),
    ("zhou", "/lists/edit/", rosters),
    ("gao", "/lists/edit/", rosters),
    ("shi", "/manage/audit/", examining),
    ("zhou", "/manage/rules/", values_set),
    ("zhou", "/manage/rules/editions/", editions_drawn),
    ("zhou", "/manage/templates/", words_written),
    ("zhou", "/manage/templates/R02/", words_written),
    ("zhou", "/manage/calendar/", days_entered),
    ("", "/rules/", editions_drawn),
    ("zhao", "/imports/", brought_in),
    ("chen", "/my/", own),
    ("chen", "/my/", own_diagnoses),
    ("zhou", "/diagnoses/", diagnoses),
    ("zhao", "/diagnoses/?tab=potential&year=2025&q=示例&invited=no&progress=planned", diagnoses),
    ("zhao", "/registrations/?tab=all", registrations),
    ("zhao", "/desk/todo/", registrations),
    ("zhou", "/units/", imported),
    ("zhou", "/units/pending/", imported),
    ("zhou", "/entities/", imported),
    ("zhou", "/desk/", imported),
    ("chen", "/my/people/", colleagues),
    ("chen", "/my/applications/new/", calls),
    ("", "/", notices),
    ("", "/notices/", notices),
    ("", "/notices/", corrections),
    ("", "/notices/?kind=corrections", corrections),
    ("", "/lists/", rosters),
    ("zhou", "/grading/", grading_rounds),
    ("zhao", "/grading/", grading_rounds),
    ("zhou", "/gradings/?tab=all", gradings),
    ("zhao", "/gradings/?tab=all&late=no", gradings),
]


@pytest.mark.parametrize(("who", "url", "add"), LISTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_list_costs_the_same_with_more_rows(
    people: Cast, who: str, url: str, add: Callable[[Cast, int], None]
) -> None:
    client = client_of(people, who)
    add(people, 1)
    one = asked(client, url)
    add(people, 2)
    # A desk is many small lists on one page, and so is an agency's own page.
    assert asked(client, url) == one <= (DETAIL if url in {"/desk/", "/my/", "/agencies/own/"} else LIST)


# --- details


@dataclass
class Papers:
    """One thing of each kind to look at, and the people of the enterprises."""

    filed: PoolApplication
    filer: User
    draft: PoolApplication
    drafter: User
    notice: Publicity
    objection: Case
    roster: Roster
    unit: int
    correction: Case
    diagnosis: Diagnosis
    sent: Case
    check: Case
    scoring: Case
    round: GradingRound


def papers(people: Cast, rows: int) -> Papers:
    """Where a page lists something inside (lines, objections, events, files), there are `rows` of it."""
    pool(people, rows)
    with_quotas(people, rows)
    cleared = applications(people, "cleared", rows)
    notice = factories.a_notice(people, *cleared)
    objections = [objection(people, notice, case) for case in cleared]
    for case, n in zip(cleared, range(rows), strict=True):
        factories.a_document(objections[0], Material.EVIDENCE, people.zhou)
        line = case.notice_lines.get().pk
        corrected = a_correction(people, notice, "published", line=line, right=f"更正后的名称{n}")
    (filed,) = applications(people, "examining", 1)
    filer = User.objects.get(entity=filed.unit.entity_id)
    for _ in range(rows):
        factories.do(filed, "type_score", people.zhou, **factories.SCORED)
    drafter = enterprise(User.objects.count())
    factories.a_unit(drafter.entity, people.zhao.district)
    draft = factories.a_draft(people, by=drafter)
    for case, person in ((filed, filer), (draft, drafter)):
        for _ in range(rows):
            factories.a_document(case, Material.EVIDENCE, person)
    roster = a_roster(people, "published", filled=False, doc_no=f"京经信函〔2026〕1{rows}号")
    unit = Standing.objects.latest("pk").unit_id
    diagnosis = a_diagnosis(people, filed.unit, report=True)
    diagnosing.set_measures(diagnosis, by=people.zhao, at=factories.NOW, seen=1, rows=MEASURES[:rows])
    sent, other, free = applications(people, "examining", 3)
    for _ in range(rows):
        factories.do(an_evaluation(people, sent), "void", people.zhou, reason="另行委托")
        another_agency(f"示例机构{User.objects.count()}")
    check, scoring = an_evaluation(people, sent), brought_to(people, an_evaluation(people, other), "scoring")
    for _ in range(rows):
        check = brought_to(people, check, "concluded") if check.state == "assigned" else check
        check = factories.do(check, "send_back", people.zhou, reason="请补充")
        check = factories.do(check, "conclude", people.wu)
        factories.a_document(other, Material.EVIDENCE, people.zhou)
    round = a_grading_round(people, f"{rows} 家")
    for _ in range(rows):
        before = graded(people, a_grading_round(people, "上一年度"), state="graded")
        graded(people, round, unit=before)
        graded(people, round, state="graded")
        to_be_graded(people, 1)
    return Papers(
        filed,
        filer,
        draft,
        drafter,
        notice,
        objections[0],
        roster,
        unit,
        corrected,
        diagnosis,
        sent=free,
        check=check,
        scoring=scoring,
        round=round,
    )


DETAILS: dict[str, tuple[str, Callable[[Papers], str]]] = {
    "an application, by the bureau": ("zhou", lambda it: f"/applications/{it.filed.no}/review/"),
    "an application, by its district": ("zhao", lambda it: f"/applications/{it.filed.no}/review/"),
    "an application, by its enterprise": ("filer", lambda it: f"/applications/{it.filed.no}/"),
    "its receipt": ("filer", lambda it: f"/applications/{it.filed.no}/receipt/"),
    "its files": ("filer", lambda it: f"/applications/{it.filed.no}/files/"),
    "a draft": ("drafter", lambda it: f"/applications/{it.draft.no}/"),
    "a task with a file": ("drafter", lambda it: f"/applications/{it.draft.no}/tasks/report/"),
    "a task with a form": ("drafter", lambda it: f"/applications/{it.draft.no}/tasks/data/"),
    "checking a draft": ("drafter", lambda it: f"/applications/{it.draft.no}/check/"),
    "an application that is being checked": (
        "zhou",
        lambda it: f"/applications/{it.check.target.no}/review/",
    ),
    "sending an application out": ("zhou", lambda it: f"/eval/new/?case={it.sent.no}"),
    "an evaluation, by the bureau": ("zhou", lambda it: f"/eval/{it.check.no}/"),
    "an evaluation that is being scored": ("wu", lambda it: f"/eval/{it.scoring.no}/"),
    "a grading round": ("zhou", lambda it: f"/grading/{it.round.pk}/"),
    "a grading round, by a district": ("zhao", lambda it: f"/grading/{it.round.pk}/"),
    "who is not in it": ("zhou", lambda it: f"/grading/{it.round.pk}/units/"),
    "its grades": ("zhou", lambda it: f"/grading/{it.round.pk}/confirm/"),
    "a notice": ("zhou", lambda it: f"/publicity/{it.notice.no}/"),
    "a diagnosis, by its district": ("zhao", lambda it: f"/diagnoses/{it.diagnosis.pk}/"),
    "a diagnosis, by its enterprise": ("filer", lambda it: f"/diagnoses/{it.diagnosis.pk}/"),
    "its measures": ("zhao", lambda it: f"/diagnoses/{it.diagnosis.pk}/measures/"),
    "their progress": ("filer", lambda it: f"/diagnoses/{it.diagnosis.pk}/progress/"),
    "a unit with a diagnosis": ("filer", lambda it: f"/units/{it.diagnosis.unit_id}/"),
    "a call": ("zhou", lambda it: f"/batches/{it.filed.batch_id}/"),
    "an objection": ("zhou", lambda it: f"/objections/{it.objection.no}/"),
    "a correction": ("zhou", lambda it: f"/corrections/{it.correction.no}/"),
    "a correction, in public": (
        "",
        lambda it: f"/notices/{it.notice.no}/corrections/{it.correction.no}/",
    ),
    "the form of an objection": ("", lambda it: f"/notices/{it.notice.no}/object/"),
    "a list": ("zhou", lambda it: f"/lists/edit/{it.roster.no}/"),
    "a notice, in public": ("", lambda it: f"/notices/{it.notice.no}/"),
    "a list, in public": ("", lambda it: f"/lists/{it.roster.no}/"),
    "a unit, in public": ("", lambda it: f"/units/{it.unit}/"),
    "a unit, by the bureau": ("zhou", lambda it: f"/units/{it.unit}/"),
}


def costs(people: Cast, it: Papers) -> dict[str, int]:
    among = people.everybody() | {"filer": it.filer, "drafter": it.drafter}
    return {
        name: asked(as_(among[who]) if who else Client(), url(it)) for name, (who, url) in DETAILS.items()
    }


def test_a_detail_costs_little_and_the_same_whatever_it_lists(people: Cast) -> None:
    rosters(people, 1)  # each of the others then has one before it
    few, many = costs(people, papers(people, 1)), costs(people, papers(people, 3))
    assert many == few
    assert {name: cost for name, cost in many.items() if cost > DETAIL} == {}
