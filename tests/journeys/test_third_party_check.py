"""The bureau asks a third party: it declares, scores and reports, and its score reaches the application with its source;
or it steps aside, and another is asked."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from evaluation.models import Evaluation
from greenmfg.rulebook import Material
from registry import drafts, intake
from registry.models import PoolApplication
from tests.evaluation.checks import another_agency
from tests.factories import NOW, a_draft, an_application, do
from tests.journeys.conftest import Visit
from tests.journeys.filling import saved
from tests.journeys.test_self_nomination import decide
from tests.people import PASSWORD, Cast

UNIT = "京华示例机电有限公司"


def test_a_third_party_scores_and_the_application_shows_it(visit: Visit, people: Cast, report: Path) -> None:
    case = filed_with(report, people)
    zhou, wu, chen = visit("shiju"), visit("pingjia"), visit("qiye")
    no = commission(zhou, case, "示例评价中心", "请复核外购热力的计量")
    begin(wu, no)
    score(wu, no, report)
    confirm(zhou, no)
    # The application says what, and where it comes from; then it is cleared as any other.
    expect(zhou).to_have_url(re.compile(f"/applications/{case.no}/review/$"))
    expect(zhou.get_by_text(f"来源：示例评价中心第三方评价（{no}）")).to_be_visible()
    expect(zhou.get_by_text("综合评价 81.30 分，达到 60 分")).to_be_visible()
    decide(zhou, "同意入库")
    expect(zhou.get_by_role("status").filter(has_text="已办理“同意入库”")).to_be_visible()
    done = PoolApplication.objects.get(pk=case.pk)
    assert (done.state, str(done.score), done.agency) == ("cleared", "81.30", None)
    # The enterprise reads that it went and came back, without the score.
    chen.goto(f"/applications/{case.no}/")
    expect(chen.locator(".timeline").get_by_text("转第三方复核")).to_be_visible()
    expect(chen.get_by_text("第三方复核结束")).to_be_visible()
    assert "81.30" not in chen.content()
    # The agency keeps its own page and has lost the application.
    wu.goto(f"/eval/{no}/")
    expect(wu.get_by_text("已确认").first).to_be_visible()
    answer = wu.goto(f"/applications/{case.no}/")
    assert answer is not None
    assert answer.status == 404


def test_an_agency_steps_aside_and_another_is_asked(visit: Visit, people: Cast) -> None:
    other = another_agency("示例评估院")
    other.set_password(PASSWORD)
    other.save()
    case = an_application(people, "examining")
    zhou, wu = visit("shiju"), visit("pingjia")
    first = commission(zhou, case, "示例评价中心", "请复核")
    wu.goto("/eval/")
    wu.get_by_role("link", name=UNIT).click()
    wu.get_by_label("为该单位提供过咨询等服务").check()
    wu.get_by_role("button", name="回避").click()
    expect(wu.get_by_text("已回避").first).to_be_visible()
    assert PoolApplication.objects.get(pk=case.pk).state == "examining"
    # The bureau reads why, and the agency cannot be chosen again.
    zhou.goto("/me/notifications/")
    zhou.get_by_role("button", name=re.compile("评价机构回避")).click()
    expect(zhou.get_by_text("为该单位提供过咨询等服务").first).to_be_visible()
    zhou.goto(f"/eval/new/?case={case.no}")
    expect(zhou.get_by_role("radio", name=re.compile("示例评价中心"))).to_be_disabled()
    expect(zhou.get_by_text("示例评价中心已就本事项办理过回避")).to_be_visible()
    second = commission(zhou, case, "示例评估院", "请复核")
    assert second != first
    mine = visit(other.username)
    mine.goto("/eval/")
    expect(mine.get_by_role("link", name=UNIT)).to_be_visible()
    wu.goto("/eval/?tab=todo")
    expect(wu.get_by_text(second)).to_have_count(0)
    assert Evaluation.objects.get(no=second).agency == other.agency


def filed_with(report: Path, people: Cast) -> PoolApplication:
    """An application of 陈晨's with a report whose pages can be looked at."""
    draft = a_draft(people)
    received = intake.receive(SimpleUploadedFile(report.name, report.read_bytes()), max_bytes=10**6)
    drafts.attach(draft, by=people.chen, at=NOW, kind=Material.DIAGNOSIS_REPORT, **vars(received))
    return do(draft, "nominate_self", people.chen)


def commission(page: Page, case: PoolApplication, agency: str, task: str) -> str:
    """From the review page to the agency; returns the number of the evaluation."""
    page.goto(f"/applications/{case.no}/review/")
    page.keyboard.press("f")
    page.get_by_role("button", name=re.compile("提交，并打开下一件")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("转第三方复核")
    page.locator(".radio-cards label", has_text=agency).click()
    page.get_by_label("复核内容").fill(task)
    page.get_by_role("button", name="委托评价").click()
    expect(page).to_have_url(re.compile(r"/eval/PJ-2026-\d+/$"))
    assert PoolApplication.objects.get(pk=case.pk).state == "rechecking"
    return page.url.rstrip("/").rpartition("/")[2]


def begin(page: Page, no: str) -> None:
    """From the desk; nothing of the material before the declaration."""
    page.goto("/desk/")
    page.get_by_role("link", name=UNIT, exact=True).click()
    expect(page.get_by_text("请复核外购热力的计量")).to_be_visible()
    expect(page.locator("[data-pages]")).to_have_count(0)
    page.get_by_label(re.compile("本机构未承担该单位的绿色诊断")).check()
    with page.expect_response(re.compile(r"/documents/\d+/pages/1\.webp$")) as picture:
        page.get_by_role("button", name="开始评价").click()
    assert picture.value.status == 200


def score(page: Page, no: str, report: Path) -> None:
    """The page keeps what is typed; the report is asked for; what was kept is submitted."""
    page.get_by_label("综合评价得分").fill("81.30")
    page.get_by_label("符合", exact=True).check()
    page.get_by_label("评价结论").fill("经现场核查，外购热力已计入。")
    saved(page)
    page.reload()
    expect(page.get_by_label("综合评价得分")).to_have_value("81.30")
    page.get_by_role("button", name="核对并提交结论").click()
    expect(page.get_by_text("请上传第三方评价报告")).to_be_visible()
    page.goto(f"/eval/{no}/")
    page.set_input_files("[data-upload] input[type=file]", report)
    expect(page.locator(".file-card", has_text=f"{report.name} 已通过检查")).to_contain_text("3 页")
    page.get_by_role("button", name="核对并提交结论").click()
    expect(page.get_by_text("经现场核查，外购热力已计入。")).to_be_visible()
    page.get_by_label(re.compile("本机构对评价结论和评价报告")).check()
    page.get_by_role("button", name="提交结论").click()
    expect(page.get_by_text("已提交结论").first).to_be_visible()
    assert Evaluation.objects.get(no=no).submissions.count() == 1


def confirm(page: Page, no: str) -> None:
    page.goto("/desk/todo/")
    page.get_by_role("row", name=re.compile(no)).get_by_role("link").first.click()
    expect(page.get_by_role("row", name=re.compile("综合得分"))).to_contain_text("81.30")
    page.get_by_role("link", name="确认").click()
    page.get_by_role("button", name="确认").click()
