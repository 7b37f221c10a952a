"""Who must not evaluate whom, and how many projects one may take (Articles 3, 16)."""

from __future__ import annotations

import pytest

from evaluation.models import projects, standing_aside
from registry.acts import AgainstRule
from registry.models import Diagnosis, EvaluatorAgency, PoolApplication
from tests.evaluation.checks import a_check, an_evaluation, another_agency
from tests.evaluation.gradings import a_grading
from tests.factories import NOW, a_setting, an_application, do
from tests.people import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return an_application(people, "examining")


def against(case, *agencies) -> dict[str, list[tuple[int, str, bool]]]:
    """Agency → what stands against it."""
    fresh = type(case).objects.get(pk=case.pk)
    found = standing_aside(agencies, unit=case.unit_id, case=fresh, at=NOW)
    return {
        agency.name: [(f.article, f.message, f.binding) for f in found.get(agency.pk, [])]
        for agency in agencies
    }


def with_cap(n: int) -> None:
    a_setting("agency_cap_on", "1")
    a_setting("agency_cap", str(n))


def under(name: str, *agencies: EvaluatorAgency) -> None:
    for agency in agencies:
        agency.legal_representative = name
        agency.save()


SHOULD = "，应当回避；确需委托的，须说明理由"


@pytest.mark.article(3)
def test_nothing_stands_against_a_stranger(people, case):
    assert against(case, people.wu.agency) == {"示例评价中心": []}


@pytest.mark.article(3)
def test_whoever_diagnosed_wrote_the_report_or_helped_should_step_aside(people, case):
    agency, other = people.wu.agency, another_agency().agency
    Diagnosis.objects.create(unit=case.unit, year=2025, agency=agency)
    PoolApplication.objects.filter(pk=case.pk).update(
        report_agency="示例评价中心", self_agency="北京示例评估院"
    )
    assert against(case, agency, other) == {
        "示例评价中心": [
            (3, f"示例评价中心承担过该单位 2025 年度绿色诊断{SHOULD}", False),
            (3, f"该单位所附绿色诊断评估报告由示例评价中心出具{SHOULD}", False),
        ],
        "示例评估院": [(3, f"示例评估院协助该单位开展过自评{SHOULD}", False)],
    }


@pytest.mark.article(3)
def test_a_grading_looks_at_its_own_helper_and_at_what_the_unit_filed_before(people):
    case = a_grading(people, "assigned")
    type(case).objects.filter(pk=case.pk).update(own_agency="示例评价中心")
    assert against(case, people.wu.agency)["示例评价中心"] == [
        (3, f"示例评价中心协助该单位开展过自评{SHOULD}", False)
    ]
    with pytest.raises(AgainstRule) as refused:
        do(case, "reassign", people.zhou, agency=people.wu.agency)
    assert refused.value.needs_reason
    case = do(case, "reassign", people.zhou, agency=people.wu.agency, reason="本市仅此一家")
    event = case.events.get(act="reassign")
    assert (event.reason, event.article) == ("本市仅此一家", 3)


@pytest.mark.article(3)
def test_whoever_stepped_aside_is_out_with_any_reason(people):
    check = a_check(people, "recused")
    case = PoolApplication.objects.get(pk=check.target_id)
    words = "示例评价中心已就本事项办理过回避，应当回避，请另行委托"
    assert against(case, people.wu.agency)["示例评价中心"] == [(3, words, True)]
    with pytest.raises(AgainstRule, match="已就本事项办理过回避"):
        an_evaluation(people, case, reason="仍请其评价")


@pytest.mark.article(3)
def test_whoever_is_suspended_is_out_with_any_reason(people, case):
    agency = people.wu.agency
    agency.suspended_because = "评价报告失实"
    agency.save()
    assert against(case, agency)["示例评价中心"] == [(3, "示例评价中心已暂停委托：评价报告失实", True)]
    with pytest.raises(AgainstRule, match="已暂停委托"):
        an_evaluation(people, case, agency=agency, reason="急需")


@pytest.mark.article(16)
def test_without_the_cap_switched_on_any_number_goes(people, case):
    a_setting("agency_cap", "1")
    an_evaluation(people, an_application(people, "examining", by=people.liu))
    assert against(case, people.wu.agency)["示例评价中心"] == []


@pytest.mark.article(16)
def test_at_the_cap_a_further_project_wants_a_reason_that_stays_on_record(people, case):
    with_cap(2)
    an_evaluation(people, an_application(people, "examining", by=people.liu))
    assert against(case, people.wu.agency)["示例评价中心"] == []  # one of two
    a_grading(people)
    words = "示例评价中心 2026 年已承担 2 项评价，达到上限 2 项，继续委托须说明理由"
    assert against(case, people.wu.agency)["示例评价中心"] == [(16, words, False)]
    with pytest.raises(AgainstRule) as refused:
        an_evaluation(people, case)
    assert refused.value.needs_reason
    check = an_evaluation(people, case, reason="其他机构均应回避")
    event = check.events.get()
    assert (event.reason, event.article, event.edition) == ("其他机构均应回避", 3, "2023-draft")


@pytest.mark.article(16)
def test_agencies_under_one_legal_representative_count_together(people, case):
    with_cap(1)
    one, other, third = people.wu.agency, another_agency().agency, another_agency("第三评价公司").agency
    under("王刚", one, other)
    an_evaluation(people, an_application(people, "examining", by=people.liu), agency=one)
    words = "法定代表人王刚名下机构 2026 年已承担 1 项评价，达到上限 1 项，继续委托须说明理由"
    assert against(case, one, other, third) == {
        "示例评价中心": [(16, words, False)],
        "示例评估院": [(16, words, False)],
        "第三评价公司": [],
    }
    assert projects([one, other, third], year=2026) == {one.pk: 1, other.pk: 1, third.pk: 0}
    assert projects([one], year=2025) == {one.pk: 0}


@pytest.mark.parametrize("state", ["recused", "void"])
def test_what_was_given_back_or_voided_does_not_count(people, state):
    a_check(people, state)
    assert projects([people.wu.agency], year=2026) == {people.wu.agency_id: 0}


def test_all_agencies_cost_as_many_queries_as_one(people, case, django_assert_num_queries):
    with_cap(1)
    an_evaluation(people, an_application(people, "examining", by=people.liu))
    agencies = [people.wu.agency, *(another_agency(f"示例机构{n}").agency for n in range(4))]
    for some in (agencies[:1], agencies):
        # diagnoses, applications, events, whether there is a cap, which; projects and their representatives
        with django_assert_num_queries(7):
            standing_aside(some, unit=case.unit_id, case=case, at=NOW)
