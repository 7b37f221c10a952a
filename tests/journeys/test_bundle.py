"""All that was filed comes as one file, the same for the enterprise and, but for internal papers, for the bureau."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from playwright.sync_api import Page, expect

from tests.factories import a_draft, do
from tests.journeys.conftest import Visit, download
from tests.journeys.filling import open_task, upload
from tests.people import Cast
from tests.registry.reading import bookmarks, words_of


def test_one_file_with_everything(visit: Visit, people: Cast, report: Path, tmp_path: Path) -> None:
    case = a_draft(people)
    chen, zhou = visit("qiye"), visit("shiju")
    open_task(chen, f"/applications/{case.no}/", "绿色诊断评估报告")
    upload(chen, report)
    do(case, "nominate_self", people.chen)
    chen.goto(f"/applications/{case.no}/receipt/")
    from_receipt = download(chen, "合并材料（PDF）", tmp_path).read_bytes()
    chen.goto(f"/applications/{case.no}/")
    assert download(chen, "合并材料（PDF）", tmp_path).read_bytes() == from_receipt
    titles = [title for title, _ in bookmarks(from_receipt)]
    assert titles[:3] == ["封面", "目录", "申请表"]
    assert titles[-1] == "绿色诊断评估报告"
    assert case.no in words_of(from_receipt, page=1)
    put_record(zhou, case.no, report)
    inside = download(zhou, "合并材料", tmp_path).read_bytes()
    assert bookmarks(inside)[-1][0] == "核查记录（内部）"
    with pikepdf.open(io.BytesIO(inside)) as ours, pikepdf.open(io.BytesIO(from_receipt)) as theirs:
        assert len(ours.pages) == len(theirs.pages) + 3
    chen.reload()
    assert download(chen, "合并材料（PDF）", tmp_path).read_bytes() == from_receipt
    expect(chen.get_by_text("核查记录")).to_have_count(0)


def put_record(page: Page, no: str, file: Path) -> None:
    page.goto(f"/applications/{no}/review/")
    page.get_by_role("link", name="登记核查记录").click()
    page.set_input_files("[data-upload] input[type=file]", file)
    expect(page).to_have_url(f"{page.url.partition('/applications/')[0]}/applications/{no}/review/")
    expect(page.get_by_role("link", name="核查记录（内部）")).to_be_visible()
