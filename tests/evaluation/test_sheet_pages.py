"""The sheet on its pages: what is typed is kept item by item, counted by the server, and never lost."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from evaluation.models import Evaluation, Grading
from evaluation.scoring import Answer
from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry.drafts import save_draft
from registry.models import Grade, PoolApplication
from tests.evaluation.checks import an_evaluation
from tests.evaluation.gradings import ANSWERS, SECTIONS, a_grading, a_scheme, answered
from tests.factories import NOW, a_document, a_draft, an_application, do
from tests.people import cast
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db

FORTY = {
    "code": "F",
    "name": "其他",
    "points": "40",
    "items": [
        {"code": "F1", "name": "其他", "kind": "qualitative", "points": "40", "step": "1", "waiver": "scheme"}
    ],
}
TYPED = {"v-J1": "yes", "v-N1": "2.1", "g-N1": "product", "v-N2": "7", "v-G1": "12.5", "v-G2": "4"}
QUIET = {"HTTP_X_AUTOSAVE": "1"}


@pytest.fixture(autouse=True)
def _in_march():
    with clock.fixed(NOW):
        yield


def words(page: str) -> str:
    """The words of a page, one blank between them."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


@pytest.fixture
def people():
    return cast()


def scoring(people, **draft) -> Evaluation:
    """An evaluation by a scheme, begun by 吴迪."""
    scheme = a_scheme(people)
    case = an_application(people, "examining", **draft)
    check = an_evaluation(people, case, scheme=scheme)
    return do(check, "begin", people.wu, independent=True)


def fresh(case):
    return type(case).objects.get(pk=case.pk)


def keep(people, case, typed, *, who="wu", **headers):
    data = typed | {"seen": fresh(case).version}
    return as_(getattr(people, who)).post(case.get_absolute_url(), data, **headers)


def test_the_server_counts_what_was_typed_and_tells_the_page(people):
    check = scoring(people)
    answer = keep(people, check, TYPED, **QUIET)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["total"], told["band"], told["answered"], told["items"]) == ("45.00", "达标", 5, 5)
    assert told["lines"]["N1"] == [
        "13.50",
        "30.00",
        "单位产品综合能耗 2.1 tce/t，基准值 3、引领值 1，在两者之间按线性计分",
    ]
    assert told["sections"]["G"] == "24.50"
    kept = fresh(check)
    assert int(answer["X-Version"]) == kept.version
    assert (kept.score, kept.meets_requirements) == (Decimal("45.00"), True)
    assert kept.answers == ANSWERS | {"N1": Answer(value=Decimal("2.1"), gauge="product")}


@pytest.mark.parametrize(
    ("item", "typed", "words_"),
    [
        ("v-N2", "abc", "请填写数字，如 12.5"),
        ("v-N2", "NaN", "请填写数字，如 12.5"),
        ("v-N2", "1e2", "请填写数字，如 12.5"),
        ("v-N2", "1.2345678", "数值最多 12 位整数、6 位小数"),
        ("v-G1", "-1", "得分应为 0–20 之间、0.5 的倍数"),
        ("v-G1", "20.5", "得分应为 0–20 之间、0.5 的倍数"),
        ("v-G1", "12.25", "得分应为 0–20 之间、0.5 的倍数"),
        ("e-N2", "x", "证据页请填写页码"),
        ("e-N2", "9-1", "没有第 9 份材料"),
        ("e-N2", "13", "第 1 份材料共 12 页，没有第 13 页"),
    ],
)
def test_a_wrong_entry_is_said_at_its_item_and_its_neighbours_are_kept(people, item, typed, words_):
    check = scoring(people)
    keep(people, check, TYPED, **QUIET)
    answer = keep(people, check, TYPED | {"v-G2": "8", item: typed}, **QUIET)
    assert answer.status_code == 422
    code = item.partition("-")[2]
    assert words_ in "".join(answer.json()["errors"][code])
    kept = fresh(check)
    assert int(answer["X-Version"]) == kept.version
    assert kept.answers[code] == (ANSWERS | {"N1": Answer(value=Decimal("2.1"), gauge="product")})[code]
    assert kept.answers["G2"].value == 8
    assert kept.score == Decimal("53.00")
    # By hand the page comes back with what was typed.
    page = keep(people, check, TYPED | {item: typed}).content.decode()
    assert f'value="{typed}"' in page
    assert words_ in words(page)


def test_full_width_figures_and_a_second_document_are_understood(people):
    check = scoring(people)
    a_document(check.target, Material.EVIDENCE, people.chen)
    keep(people, check, TYPED | {"v-N2": "１５", "e-N2": "P3，2-12"}, **QUIET)
    found = fresh(check).answers["N2"]
    ids = [d.pk for d in check.target.documents.current().filed()]
    assert (found.value, found.pages) == (15, ((ids[0], 3), (ids[1], 12)))
    page = see(people.wu, check.get_absolute_url())
    assert 'value="3，2-12"' in page
    assert f"?doc={ids[1]}#page-12" in page


def test_what_does_not_apply_gives_its_weight_to_its_section(people):
    check = scoring(people)
    told = keep(people, check, TYPED | {"na-N1": "on"}, **QUIET).json()
    assert told["lines"]["N1"] == ["0.00", "0.00", "不适用（权重分给同一级指标）"]
    assert told["lines"]["N2"][:2] == ["14.00", "60.00"]
    assert told["total"] == "38.50"


def test_not_everything_can_be_said_not_to_apply(people):
    scheme = a_scheme(people, sections=[{**SECTIONS[1], "points": "60"}, FORTY])
    check = do(
        an_evaluation(people, an_application(people, "examining"), scheme=scheme),
        "begin", people.wu, independent=True,
    )  # fmt: skip
    keep(people, check, {"v-N2": "7"}, **QUIET)
    answer = keep(people, check, {"na-N1": "on", "na-N2": "on", "na-F1": "on"}, **QUIET)
    assert answer.status_code == 422
    assert answer.json()["errors"]["F1"] == ["不能全部指标都选择不适用，请至少评价一项"]
    assert fresh(check).answers == {"N2": Answer(value=Decimal(7))}


def test_a_requirement_not_met_leaves_no_band(people):
    check = scoring(people)
    told = keep(people, check, TYPED | {"v-J1": "no"}, **QUIET).json()
    assert (told["band"], told["unmet"]) == ("", "不符合基本要求：近三年无较大及以上事故，无相应级别")
    assert fresh(check).meets_requirements is False


def test_somebody_elses_version_is_not_overwritten(people):
    check = scoring(people)
    data = TYPED | {"seen": check.version - 1}
    answer = as_(people.wu).post(check.get_absolute_url(), data, **QUIET)
    assert answer.status_code == 409
    assert fresh(check).sheet == {}
    page = as_(people.wu).post(check.get_absolute_url(), data)
    assert page.status_code == 409
    assert 'value="12.5"' in page.content.decode()


def test_the_unit_and_the_bureau_may_not_write_the_agencys_sheet(people):
    check = scoring(people)
    assert keep(people, check, TYPED, who="zhou").status_code == 403
    assert keep(people, check, TYPED, who="chen").status_code in {403, 404}
    assert fresh(check).sheet == {}


# --- the bureau


def concluded(people) -> Evaluation:
    check = scoring(people)
    return answered(people, check, "concluded")


def test_the_bureau_reads_three_columns_and_why(people):
    check = concluded(people)
    text = words(see(people.zhou, check.get_absolute_url()))
    assert re.search(r"能源消耗强度\s*单位产品综合能耗 2.1 tce/t，基准值 3、引领值 1", text)
    assert re.search(r"能源低碳化\s*60.00\s*—\s*20.50\s*20.50", text)
    assert "距“绿色工厂优质企业”（60 分）还差 15.00 分" in text
    assert "管理体系：由" not in text  # 7.50 points are not enough by themselves
    assert "可再生能源利用率：由 7.00 分提高到 22.00 分，即数值达到 22 %" in text


def revise(people, check, item: str, **typed):
    data = {"item": item, "seen": fresh(check).version, "op": "7" * 32} | typed
    return as_(people.zhou).post(f"{check.get_absolute_url()}revise/", data)


def test_a_revision_wants_a_reason_and_keeps_the_original(people):
    check = concluded(people)
    ask = see(people.zhou, f"{check.get_absolute_url()}revise/?item=N2")
    assert "第三方评价7.00" in words(ask)
    assert revise(people, check, "N2", **{"v-N2": "15"}).status_code == 422
    assert fresh(check).revised == {}
    wrong = revise(people, check, "N2", **{"v-N2": "x", "reason": "按结算凭证核减"})
    assert wrong.status_code == 422
    assert "请填写数字" in words(wrong.content.decode())
    assert "按结算凭证核减" in wrong.content.decode()
    assert revise(people, check, "N2", **{"v-N2": "15", "reason": "按结算凭证核减"}).status_code == 302
    now = fresh(check)
    assert now.answers["N2"].value == 7
    assert now.final_answers["N2"].value == 15
    assert now.concluded_score() == (Decimal("53.00"), True)
    text = words(see(people.zhou, check.get_absolute_url()))
    assert "修改理由：按结算凭证核减" in text
    assert "市局修改 1 项" in text
    # The agency sees what it filed, and not what the bureau makes of it.
    theirs = words(see(people.wu, check.get_absolute_url()))
    assert "按结算凭证核减" not in theirs
    assert "53.00" not in theirs
    done = do(check, "confirm", people.zhou)
    assert done.final_score == Decimal("53.00")
    target = PoolApplication.objects.get(pk=check.target_id)
    assert target.score == Decimal("53.00")
    assert target.score_source == f"示例评价中心第三方评价（{check.no}，市局修改 1 项）"


@pytest.mark.parametrize("item", ["", "ZZ"])
def test_an_unknown_item_cannot_be_revised(people, item):
    check = concluded(people)
    assert as_(people.zhou).get(f"{check.get_absolute_url()}revise/?item={item}").status_code == 404


def test_the_review_page_shows_the_sections(people):
    check = concluded(people)
    text = words(see(people.zhou, f"{check.target.get_absolute_url()}review/"))
    assert re.search(r"能源低碳化\s*60.00\s*—\s*20.50", text)
    assert re.search(r"合计\s*100.00\s*78.50\s*45.00\s*-33.50", text)


# --- the unit itself


def test_an_applicant_answers_item_by_item_and_the_total_is_its_score(people):
    a_scheme(people)
    draft = a_draft(people)
    url = f"{draft.get_absolute_url()}own/"
    assert url in see(people.chen, f"{draft.get_absolute_url()}tasks/score/")
    answer = as_(people.chen).post(
        url, TYPED | {"seen": draft.version, "self_agency": "示例评价中心"}, **QUIET
    )
    assert answer.json()["total"] == "45.00"
    kept = fresh(draft)
    assert (kept.self_score, kept.self_sheet["scheme"]) == (Decimal("45.00"), "factory-test")
    assert 'name="self_score"' not in see(people.chen, f"{draft.get_absolute_url()}tasks/score/")
    filed = do(draft, "nominate_self", people.chen)
    # Who helped with it should not also check it.
    check = an_evaluation(people, filed, scheme=a_scheme_known(), reason="另无合适机构")
    assert check.own == kept.self_sheet["answers"]
    assert check.own_score == Decimal("45.00")
    assert "协助该单位开展过自评" not in check.task
    for who in ("liu", "zhou"):
        assert as_(getattr(people, who)).get(url).status_code in {403, 404}


def a_scheme_known():
    from evaluation.models import SchemeVersion

    return SchemeVersion.objects.get(code="factory-test")


def test_without_a_scheme_in_force_there_is_nothing_to_answer(people):
    draft = a_draft(people)
    assert as_(people.chen).get(f"{draft.get_absolute_url()}own/").status_code == 404
    assert "own/" not in see(people.chen, f"{draft.get_absolute_url()}tasks/score/")


def test_a_supply_chain_is_scored_by_its_own_scheme(people):
    scheme = a_scheme(people, code="supply-test", category="green_supply_chain")
    case = an_application(people, "examining", category=Category.GREEN_SUPPLY_CHAIN)
    check = do(an_evaluation(people, case, scheme=scheme), "begin", people.wu, independent=True)
    done = do(answered(people, check, "concluded"), "confirm", people.zhou)
    target = PoolApplication.objects.get(pk=case.pk)
    assert (done.final_score, target.score) == (Decimal("45.00"), Decimal("45.00"))
    assert not Grade.objects.exists()


# --- a grading


def test_a_unit_evaluates_itself_then_waits_then_reads_its_grade(people):
    case = a_grading(people)
    mine = see(people.chen, "/my/")
    assert "2026年度分级评价" in mine
    assert case.get_absolute_url() in mine
    answer = keep(people, case, TYPED | {"own_agency": ""}, who="chen", **QUIET)
    assert answer.json()["total"] == "45.00"
    assert fresh(case).own_score == Decimal("45.00")
    filing = {"seen": fresh(case).version, "op": "8" * 32}
    url = f"{case.get_absolute_url()}file_own/"
    assert as_(people.chen).post(url, filing).status_code == 422  # without the pledge
    assert as_(people.chen).post(url, filing | {"pledge": "on"}).status_code == 302
    assert fresh(case).state == "assigned"
    assert "评价尚未完成" in see(people.chen, case.get_absolute_url())
    case = do(case, "begin", people.wu, independent=True)
    page = see(people.wu, case.get_absolute_url())
    assert "企业自评 13.50 分（2.1）" in words(page)
    case = answered(people, case, "concluded", N2=Answer(value=Decimal(30)))
    during = words(see(people.chen, case.get_absolute_url()))
    assert "68.00" not in during
    assert revise(people, case, "G1", **{"v-G1": "20", "reason": "体系证书齐全"}).status_code == 302
    asked = words(see(people.zhou, f"{case.get_absolute_url()}award/"))
    assert "级别绿色工厂优质企业" in asked
    do(case, "award", people.zhou)
    text = words(see(people.chen, case.get_absolute_url()))
    assert "绿色工厂优质企业 · 得分 75.50" in text
    assert "市局修改，理由：体系证书齐全" in text
    grade = Grade.objects.get()
    assert (grade.band, grade.score, grade.year) == ("good", Decimal("75.50"), 2026)


def test_an_incomplete_own_sheet_is_refused_with_what_is_missing(people):
    case = a_grading(people)
    save_draft(case, by=people.chen, seen=case.version, **case.own_scored({"N2": Answer(value=Decimal(7))}))
    data = {"seen": fresh(case).version, "op": "9" * 32, "pledge": "on"}
    answer = as_(people.chen).post(f"{case.get_absolute_url()}file_own/", data)
    assert answer.status_code == 422
    assert "还有 4 项指标未填写：近三年无较大及以上事故、能源消耗强度、管理体系" in words(
        answer.content.decode()
    )
    assert Grading.objects.get().state == "self_assessing"
