"""What officials do on the review page, step by step, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

Demand = tuple[str, str, str, str]  # text, place, page, article


def choose(page: Page, no: str, label: str) -> None:
    """Open the review page of this application and choose this decision."""
    page.goto(f"/applications/{no}/review/")
    page.locator("#decide .radio-cards label", has_text=re.compile(f"^{label}")).click()


def decide(page: Page, no: str, label: str, words: str = "") -> None:
    """Choose, write the words, send; the page says that it is done."""
    choose(page, no, label)
    if words:
        page.get_by_label("说明", exact=True).fill(words)
    send(page, label)


def send(page: Page, label: str) -> None:
    page.get_by_role("button", name=re.compile("^提交，并打开下一件")).click()
    expect(page.get_by_role("status").filter(has_text=f"已办理“{label}”")).to_be_visible()


def demand(page: Page, *demands: Demand, until: str) -> None:
    """Fill in the things to correct and the date, on a review page where 退回补正 is chosen."""
    while page.locator("[data-demand] [data-remove]:visible").count():
        page.locator("[data-demand] [data-remove]:visible").first.click()
    for text, where, number, article in demands:
        page.get_by_role("button", name="空白项").click()
        row = page.locator(".demands > [data-demand]").last
        row.get_by_label("补正事项内容").fill(text)
        row.get_by_label("所在栏目").fill(where)
        row.get_by_label("第几页（选填）").fill(number)
        row.get_by_label("依据第几条").fill(article)
    page.get_by_label("补正期限").fill(until)


def resubmit(page: Page, no: str, button: str, *answers: str) -> None:
    """核对并提交 with the pledge and a word to each demand; ends on the receipt."""
    page.goto(f"/applications/{no}/check/")
    for n, answer in enumerate(answers, start=1):
        page.get_by_label(f"第 {n} 项修改说明").fill(answer)
    page.get_by_label(re.compile("本单位承诺")).check()
    page.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile(r"/receipt/$"))
