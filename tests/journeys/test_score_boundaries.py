"""Scores at the edges of the grades, typed in a browser: what decides a grade is exact, and no number is let through that
is none (Articles 7, 8). The same table through the functions stands in tests/evaluation/test_scoring_examples.py."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import Page, expect

from evaluation.models import Grading
from greenmfg.rulebook import Material
from registry.models import Grade
from tests.evaluation.gradings import a_grading, a_round, a_scheme
from tests.factories import a_document, do
from tests.journeys.conftest import Visit
from tests.people import Cast

SECTIONS = [
    {
        "code": "J",
        "name": "基本要求",
        "points": "0",
        "items": [{"code": "J1", "name": "近三年无较大及以上事故", "kind": "veto"}],
    },
    {
        "code": "Z",
        "name": "综合",
        "points": "100",
        "items": [{"code": "Z1", "name": "综合评价", "kind": "qualitative", "points": "100", "step": "0.01"}],
    },
]
EDGES = [
    ("0", "达标"), ("59.99", "达标"), ("60", "优质"), ("60.00", "优质"), ("79.99", "优质"), ("80", "标杆"),
    ("89.99", "标杆"), ("90", "领军"), ("100", "领军"),
]  # fmt: skip
WRONG = [
    ("NaN", "请填写数字，如 12.5"),
    ("-0.01", "得分应为 0–100 之间、0.01 的倍数"),
    ("100.01", "得分应为 0–100 之间、0.01 的倍数"),
    ("59.995", "得分应为 0–100 之间、0.01 的倍数"),
    ("6e1", "请填写数字，如 12.5"),
]


def test_the_edges_of_the_grades(visit: Visit, people: Cast) -> None:
    case = scored_by_wu(people)
    page = visit("pingjia")
    page.goto(f"/gradings/{case.no}/")
    page.get_by_label("符合", exact=True).check()
    field, band, total = page.get_by_label("综合评价", exact=True), told(page, "band"), told(page, "total")
    for typed, name in EDGES:
        field.fill(typed)
        expect(total).to_have_text(f"{Decimal(typed):.2f}")
        expect(band).to_have_text(name)
    for typed, words in WRONG:
        field.fill(typed)
        expect(page.locator("[data-item=Z1] [data-errors]")).to_have_text(words)
        expect(total).to_have_text("100.00")  # what was right before is kept
    # Whatever the score, without the requirements there is no grade.
    field.fill("100")
    page.get_by_label("不符合", exact=True).check()
    expect(told(page, "unmet")).to_have_text("不符合基本要求：近三年无较大及以上事故，无相应级别")
    expect(band).to_have_text("—")
    with page.expect_response(lambda answer: answer.request.method == "POST") as kept:
        page.get_by_label("评价结论").fill("发生过较大事故。")
    assert kept.value.status == 200
    a_document(Grading.objects.get(pk=case.pk), Material.EVALUATION_REPORT, people.wu)
    done = do(do(case, "conclude", people.wu), "award", people.zhou)
    assert (done.final_score, done.final_meets) == (Decimal("100.00"), False)
    assert (Grade.objects.get().band, str(Grade.objects.get())) == ("", "无相应级别")


def scored_by_wu(people: Cast) -> Grading:
    scheme = a_scheme(people, code="edges", sections=SECTIONS)
    case = a_grading(people, round=a_round(people, scheme=scheme, own_due_on="2026-03-31"))
    case = do(case, "go_on", people.zhou, reason="企业来函说明不再自评")
    return do(case, "begin", people.wu, independent=True)


def told(page: Page, what: str):
    return page.locator(f"[data-told={what}]")
