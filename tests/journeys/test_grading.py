"""A listed factory is graded: it evaluates itself, its agency scores twenty items without a mouse, an officer revises one
with a reason and confirms; the grade stands on the unit's page with its article, and the explanation adds up."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from evaluation.models import Grading, ScoreLine
from evaluation.scoring import Answer
from greenmfg.rulebook import Material
from registry import drafts, intake
from registry.drafts import save_draft
from registry.models import Grade
from tests.evaluation.gradings import a_grading, a_round, a_scheme
from tests.factories import NOW, do
from tests.journeys.conftest import Visit
from tests.journeys.filling import saved
from tests.people import Cast

MOUSE = "addEventListener('pointerdown', (e) => { if (e.isTrusted) sessionStorage.mouse = 1; }, true);"
# Ten judged items of 5 points, ten measured in % from 0 to 100 of 5 points, and one basic requirement.
JUDGED = ["4.5", "4", "5", "3.5", "4.5", "5", "4", "4.5", "3", "5"]  # 43.0
MEASURED = [
    "90",
    "80.4",
    "100",
    "66.7",
    "75",
    "88.8",
    "50",
    "95",
    "70",
    "84",
]  # 40.00 in lines of two decimals


def twenty_items() -> list[dict]:
    judged = [
        {"code": f"P{n:02}", "name": f"管理指标{n}", "kind": "qualitative", "points": "5", "step": "0.5"}
        for n in range(1, 11)
    ]
    gauge = {"code": "a", "name": "比例", "unit": "%", "base": "0", "lead": "100"}
    measured = [
        {"code": f"R{n:02}", "name": f"绩效指标{n}", "kind": "quantitative", "points": "5", "gauges": [gauge]}
        for n in range(1, 11)
    ]
    required = [{"code": "J1", "name": "近三年无较大及以上事故", "kind": "veto"}]
    return [
        {"code": "J", "name": "基本要求", "points": "0", "items": required},
        {"code": "P", "name": "管理", "points": "50", "items": judged},
        {"code": "R", "name": "绩效", "points": "50", "items": measured},
    ]


def test_a_factory_is_graded_from_the_keyboard(visit: Visit, people: Cast, report: Path) -> None:
    case = assigned(people, report)
    wu, zhou, chen = visit("pingjia"), visit("shiju"), visit("qiye")
    score(wu, case)
    filed = Grading.objects.get(pk=case.pk)
    assert (filed.state, filed.score) == ("concluded", Decimal("83.00"))
    revise(zhou, case)
    confirm(zhou, case)
    grade = Grade.objects.get()
    assert (grade.title, grade.score) == ("绿色工厂标杆企业", Decimal("82.00"))
    lines = ScoreLine.objects.filter(case=case.pk, points__isnull=False)
    assert sum(line.points for line in lines) == Decimal("82.00")
    # The enterprise reads the same, with the reason.
    chen.goto(f"/gradings/{case.no}/")
    expect(chen.get_by_text("绿色工厂标杆企业").first).to_be_visible()
    expect(chen.get_by_text("市局修改，理由：现场核实台账不全")).to_be_visible()
    rows = chen.locator("tr", has=chen.locator(".cell-sub"))
    points = [Decimal(text) for text in rows.locator("td:nth-child(5)").all_inner_texts()]
    assert len(points) == 20
    assert sum(points) == Decimal("82.00")
    chen.goto(f"/units/{case.unit_id}/")
    panel = chen.locator(".panel", has=chen.get_by_role("heading", name="分级评价"))
    expect(panel).to_contain_text("绿色工厂标杆企业")
    expect(panel).to_contain_text("第七条")
    expect(panel).to_contain_text("应积极应用先进适用绿色低碳技术")


def assigned(people: Cast, report: Path) -> Grading:
    """A grading whose unit has evaluated itself, with the agency's report attached beforehand."""
    scheme = a_scheme(people, code="twenty-items", sections=twenty_items())
    case = a_grading(people, round=a_round(people, scheme=scheme))
    own = {f"P{n:02}": Answer(value=Decimal(5)) for n in range(1, 11)}
    own |= {f"R{n:02}": Answer(value=Decimal(90)) for n in range(1, 11)} | {"J1": Answer(met=True)}
    case = save_draft(case, by=people.chen, seen=case.version, **case.own_scored(own))
    case = do(case, "file_own", people.chen)
    case = do(case, "begin", people.wu, independent=True)
    received = intake.receive(SimpleUploadedFile(report.name, report.read_bytes()), max_bytes=10**6)
    drafts.attach(case, by=people.wu, at=NOW, kind=Material.EVALUATION_REPORT, **vars(received))
    return case


def score(page: Page, case: Grading) -> None:
    """Tab, digits, Enter; no pointer is pressed from the beginning of the sheet to the submission."""
    page.add_init_script(MOUSE)
    page.goto(f"/gradings/{case.no}/")
    page.evaluate("delete sessionStorage.mouse")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('[data-item]')"):
            break
    page.keyboard.press("1")  # 符合
    page.keyboard.press("Enter")
    for value in [*JUDGED, *MEASURED]:
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    page.keyboard.type("现场核查与申报一致。")
    saved(page)
    # The running total is the server's.
    expect(page.locator("[data-told=total]")).to_have_text("83.00")
    expect(page.locator("[data-told=band]")).to_have_text("标杆")
    expect(page.locator("[data-told=answered]")).to_have_text("21")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="提交结论", level=1)).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name === 'pledge'"):
            break
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已提交结论").first).to_be_visible()
    assert page.evaluate("sessionStorage.mouse || ''") == ""


def revise(page: Page, case: Grading) -> None:
    page.goto(f"/gradings/{case.no}/")
    page.get_by_role("link", name=re.compile(r"修改\s*管理指标3得分")).click()
    expect(page.get_by_text("第三方评价").first).to_be_visible()
    page.get_by_label("管理指标3", exact=True).fill("4")
    page.get_by_role("button", name="修改得分").click()
    # Without a reason the page comes back, with what was typed.
    expect(page.get_by_label("管理指标3", exact=True)).to_have_value("4")
    page.get_by_label("修改理由").fill("现场核实台账不全")
    page.get_by_role("button", name="修改得分").click()
    expect(page.get_by_text("修改理由：现场核实台账不全")).to_be_visible()
    expect(page.locator("#item-P03")).to_contain_text("5.00")  # the agency's stays
    expect(page.locator("#item-P03 td").nth(3)).to_have_text("4.00")


def confirm(page: Page, case: Grading) -> None:
    page.get_by_role("link", name="确认级别").click()
    expect(page.get_by_text("绿色工厂标杆企业")).to_be_visible()
    page.get_by_role("button", name="确认级别").click()
    expect(page.get_by_text("已定级").first).to_be_visible()
