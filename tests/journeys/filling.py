"""What an enterprise does in the portal, step by step, in a browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect


def start(page: Page, category: str = "绿色工厂") -> str:
    """新建入库申请 of this category; returns the address of its task list."""
    page.goto("/my/")
    page.get_by_role("link", name="新建入库申请").first.click()
    page.locator("label", has_text=category).first.click()
    page.get_by_role("button", name="开始填报").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{category}培育库入库申请")
    return page.url


def open_task(page: Page, home: str, task: str) -> None:
    page.goto(home)
    page.get_by_role("link", name=task).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(task)


def saved(page: Page) -> None:
    """The page says that the server has it."""
    expect(page.locator("[data-save-state][data-state=saved]")).to_contain_text("已自动保存")


def upload(page: Page, file: Path) -> None:
    """The report of three pages; done when the page shows it as checked."""
    page.set_input_files("[data-upload] input[type=file]", file)
    expect(page.locator(".file-card", has_text=f"{file.name} 已通过检查")).to_contain_text(
        "3 页 · 可正常打开"
    )


def fill_factory(page: Page, home: str, report: Path) -> None:
    """All four tasks of a factory, each kept by the page itself."""
    open_task(page, home, "核对单位基本信息")
    page.get_by_label("以上信息已核对无误").check()
    saved(page)
    open_task(page, home, "绿色诊断评估报告")
    upload(page, report)
    page.get_by_label("诊断报告年度").fill("2025")
    page.get_by_label("诊断机构").fill("示例诊断机构")
    page.get_by_label("报告出具日期").fill("2025-12-01")
    saved(page)
    open_task(page, home, "年度能源资源数据")
    page.get_by_label("数据年度").fill("2025")
    page.get_by_label("工业总产值（万元）").fill("12000.5")
    page.get_by_label("综合能源消费量（吨标准煤）").fill("830.5")
    saved(page)
    open_task(page, home, "分级评价自评")
    page.get_by_label("自评得分").fill("61.00")
    saved(page)
