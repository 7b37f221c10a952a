"""The pages of results: a unit reads its own result explained, and nobody else does (Articles 7, 8)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client

from evaluation.models import Evaluation
from evaluation.scoring import Answer
from greenmfg import clock
from greenmfg.rulebook import DRAFT_2023, Material
from registry.casework import new_op, perform
from registry.drafts import save_draft
from registry.models import Case, Grade, Setting
from tests.evaluation.gradings import (
    ANSWERS,
    a_grading,
    a_listed_factory,
    a_round,
    a_scheme,
    answered,
    listed,
)
from tests.factories import AFTER_NOTICE, NOW, a_document, a_notice, a_setting, a_unit, an_application, at, do
from tests.people import cast
from tests.registry.pages import cost, plain, see

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def in_march():
    with clock.fixed(at("2026-03-27 15:00")):
        yield


def grade_page(unit) -> str:
    return f"/my/grade/{unit.pk}/"


def a_revised_grading(people, unit=None):
    """45.00 points by the agency; the bureau took 2.5 from one item, with its reason."""
    case = answered(people, a_grading(people, "scoring", unit=unit), "concluded")
    answer = Answer(value=Decimal(10)).dump()
    case = do(case, "revise", people.zhou, reason="认证证书已过期", item="G1", answer=answer)
    return do(case, "award", people.zhou)


def a_checked_application(people, state: str = "admitted") -> Evaluation:
    """A pool application whose check by a scheme was confirmed: 45.00 points; the application is in `state`."""
    scheme = a_scheme(people)
    application = an_application(people, "examining")
    check = perform(
        Evaluation(target=Case.objects.get(pk=application.pk), agency=people.wu.agency, scheme=scheme),
        "commission", by=people.zhou, at=NOW, seen=0, op=new_op(), task="复核",
    )  # fmt: skip
    check = do(check, "begin", people.wu, independent=True)
    check = save_draft(
        check, by=people.wu, seen=check.version, conclusion="材料一致。", **check.scored(ANSWERS)
    )
    a_document(check, Material.EVALUATION_REPORT, people.wu)
    check = do(do(check, "conclude", people.wu), "confirm", people.zhou)
    if state == "refused":
        do(application, "refuse", people.zhou, reason="得分不足")
    if state == "admitted":
        application = do(application, "clear", people.zhou, reason="属于重点培育方向")
        notice = a_notice(people, application)
        do(notice, "close", people.zhou, when=AFTER_NOTICE)
        do(application, "admit", people.zhou, when=AFTER_NOTICE)
    return check


def test_a_unit_reads_its_result_line_by_line_with_the_reason_of_a_revision(people):
    case = a_revised_grading(people)
    text = plain(see(people.chen, grade_page(case.unit)))
    assert "绿色工厂达标企业" in text
    assert "42.50" in text
    assert "评定10分（满分20）。市局修改，理由：认证证书已过期" in text
    assert DRAFT_2023.bands[0].duties in text
    assert "还差17.50分" in text
    assert "合计100.0045.0045.0042.5057.50" in text
    assert people.zhou.name not in text


def test_one_factory_is_shown_at_once_and_several_are_listed(people):
    case = a_grading(people, "graded")
    assert see(people.chen, "/my/grade/", 302) == grade_page(case.unit)
    a_unit(people.chen.entity, people.zhao.district, site="二厂")
    text = plain(see(people.chen, "/my/grade/"))
    assert "绿色工厂达标企业202645.00" in text
    assert "京华示例机电有限公司（二厂）尚未评价——" in text


def test_what_is_not_there_yet_is_explained_by_its_articles(people):
    unit = a_listed_factory(people)
    text = plain(see(people.chen, grade_page(unit)))
    assert "本单位还没有分级评价结果" in text
    assert "绿色工厂领军企业" in text
    assert "第七条" in text
    assert "第八条" in text
    assert "没有绿色工厂单位" in plain(see(people.liu, "/my/grade/"))


def test_a_grading_under_way_is_named_without_the_agencys_points(people):
    case = answered(people, a_grading(people, "scoring"), "concluded")
    page = see(people.chen, grade_page(case.unit))
    assert f'href="{case.get_absolute_url()}"' in page
    assert "已提交结论" in page
    assert "45.00" not in page


def test_without_the_requirements_there_is_no_grade_and_the_page_says_why(people):
    case = a_grading(people, "scoring")
    case = answered(people, case, "graded", J1=Answer(met=False))
    text = plain(see(people.chen, grade_page(case.unit)))
    assert "无相应级别第七条因不符合评价要求" in text
    assert "须先符合评价要求" in text


def test_the_year_is_chosen_by_the_address(people):
    case = a_grading(people, "graded")
    earlier = a_round(people, name="2025年度", year=2025, scheme=case.scheme)
    when = at("2026-03-17")
    answered(people, a_grading(people, "scoring", unit=case.unit, round=earlier, when=when), "graded", when=when, G1=Answer(value=Decimal(20)))  # fmt: skip
    assert "45.00" in plain(see(people.chen, grade_page(case.unit)))
    assert "2025年度评价结果" in plain(see(people.chen, f"{grade_page(case.unit)}?year=2025"))
    see(people.chen, f"{grade_page(case.unit)}?year=2019", 404)
    see(people.chen, f"{grade_page(case.unit)}?year=x", 404)


def test_nobody_reads_the_result_of_another_unit(people):
    case = a_grading(people, "graded")
    path = grade_page(case.unit)
    see(people.liu, path, 404)
    see(people.chen, "/my/grade/999999/", 404)
    for who in (people.zhao, people.sun, people.wu, people.zhou, people.he, people.gao, people.shi):
        see(who, path, 403)
    assert Client().get(path).status_code == 302


def test_a_distribution_of_few_is_not_shown_and_says_so(people):
    case = a_grading(people, "graded")
    text = plain(see(people.chen, grade_page(case.unit)))
    assert text.count("不足5家，不显示分布") == 3
    a_setting("distribution_least", "3")
    assert plain(see(people.chen, grade_page(case.unit))).count("不足3家，不显示分布") == 3


def test_a_distribution_marks_ones_own_place_and_names_nobody(people, monkeypatch):
    case = a_grading(people, "graded")
    monkeypatch.setattr(Setting, "number", classmethod(lambda cls, key, *, on: 1))
    page = see(people.chen, grade_page(case.unit))
    assert page.count("▼ 本单位") == 3
    assert plain(page).count("共1家。") == 3


def test_the_page_costs_the_same_however_many_are_graded(people):
    case = a_grading(people, "graded")
    before = cost(people.chen, grade_page(case.unit))
    unit = listed(a_unit(people.liu.entity, people.sun.district))
    closed = a_grading(people, "void", unit=unit, round=case.round)
    Grade.write(
        unit, score=Decimal(70), meets_requirements=True, edition=DRAFT_2023, year=2026, at=NOW, case=closed
    )  # fmt: skip
    assert cost(people.chen, grade_page(case.unit)) == before
    assert before <= 25


@pytest.mark.parametrize("state", ["admitted", "refused"])
def test_a_decided_application_explains_its_score_to_its_unit(people, state):
    check = a_checked_application(people, state)
    path = f"/applications/{check.target.no}/score/"
    text = plain(see(people.chen, path))
    assert "综合得分45.00第八条" in text
    assert "单位产品综合能耗2.1tce/t" in text
    assert "参照分级评价标准，不产生级别" in text
    assert f'href="{path}"' in see(people.chen, check.target.get_absolute_url())
    assert f'href="{path}"' in see(people.chen, grade_page(check.unit))


def test_before_the_decision_the_points_given_stay_unseen(people):
    check = a_checked_application(people, "examining")
    see(people.chen, f"/applications/{check.target.no}/score/", 404)
    for path in (check.target.get_absolute_url(), grade_page(check.unit)):
        page = see(people.chen, path)
        assert "45.00" not in page
        assert "/score/" not in page


def test_the_score_of_an_application_is_its_own_units_alone(people):
    path = f"/applications/{a_checked_application(people, 'refused').target.no}/score/"
    for who in vars(people).values():
        see(who, path, 200 if who == people.chen else 404)
    assert Client().get(path).status_code == 302
    see(people.chen, "/applications/LC-2026-9999/score/", 404)


# --- the unit's page


def test_everybody_reads_grade_and_duties_and_only_those_concerned_the_score(people):
    case = a_revised_grading(people)
    path = f"/units/{case.unit_id}/"
    for who in (None, people.liu, people.sun, people.wu):
        page = Client().get(path).content.decode() if who is None else see(who, path)
        assert "绿色工厂达标企业（2026年度）第七条" in plain(page)
        assert DRAFT_2023.bands[0].duties in page
        assert "42.50" not in page
    for who in (people.chen, people.zhao, people.zhou, people.he):
        assert "42.50" in see(who, path)


def test_the_unit_page_says_why_there_is_no_grade(people):
    case = answered(people, a_grading(people, "scoring"), "graded", J1=Answer(met=False))
    text = plain(see(people.zhao, f"/units/{case.unit_id}/"))
    assert "无相应级别（2026年度）第七条因不符合评价要求" in text
    assert "本级别企业" not in text
    # What is published are lists of those that have a grade (Article 14).
    for page in (
        Client().get(f"/units/{case.unit_id}/").content.decode(),
        see(people.liu, f"/units/{case.unit_id}/"),
    ):
        assert "无相应级别" not in page


def test_a_listed_factory_without_a_grade_says_so_to_those_concerned(people):
    unit = a_listed_factory(people)
    assert "尚未进行分级评价" in see(people.zhao, f"/units/{unit.pk}/")
    assert "分级评价" not in Client().get(f"/units/{unit.pk}/").content.decode()


def test_no_variable_is_missing_on_the_pages_of_results(people, settings):
    engine = dict(settings.TEMPLATES[0])
    engine["OPTIONS"] = engine["OPTIONS"] | {"string_if_invalid": "⟦%s⟧"}
    settings.TEMPLATES = [engine]
    case = a_revised_grading(people)
    a_unit(people.chen.entity, people.zhao.district, site="二厂")
    for path in ("/my/grade/", grade_page(case.unit), f"/units/{case.unit_id}/"):
        main = see(people.chen, path).partition("<main")[2].partition("</main>")[0]
        # What components do without.
        assert set(re.findall(r"⟦(.+?)⟧", main)) <= {"class", "qr"}, path
