"""What a person without an account does about a notice, step by step, in a browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

PHONE = "010-5555 6666"
WHO = "金丝雀研究所"


def object_to(page: Page, no: str, unit: str, scan: Path) -> str:
    """From the notice to the code, which is returned."""
    page.goto(f"/notices/{no}/")
    page.get_by_role("link", name="提出异议").click()
    choice = page.get_by_label("对哪一家单位有异议")
    choice.select_option(label=choice.locator("option", has_text=unit).inner_text())
    page.get_by_label("单位", exact=True).check()
    page.get_by_label("单位名称或者个人姓名").fill(WHO)
    page.get_by_label("联系电话").fill(PHONE)
    page.get_by_label("反映的事实").fill("夜间排放异味")
    page.get_by_label("签名或者盖章的书面异议").set_input_files(scan)
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("异议已提交")
    return page.locator(".code-once").inner_text()


def track(page: Page, code: str) -> None:
    page.goto("/objections/track/")
    page.get_by_label("受理查询码").fill(code)
    page.get_by_label("联系电话").fill(PHONE)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("heading", name="办理情况")).to_be_visible()


def decide(page: Page, act: str, **fields: str) -> None:
    """One act of the objection that is open in this window."""
    page.get_by_role("link", name=act, exact=True).click()
    for label, words in fields.items():
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name=act, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(f"已办理“{act}”")
