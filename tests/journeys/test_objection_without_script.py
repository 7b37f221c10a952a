"""Without JavaScript an objection is filed and followed; what was typed is never lost, and of files one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from registry.models import Objection
from tests.factories import an_application
from tests.journeys.conftest import Visit
from tests.journeys.objecting import object_to, track
from tests.people import Cast

pytestmark = pytest.mark.article(6)


def test_filed_after_a_mistake_and_followed(visit: Visit, people: Cast, report: Path, tmp_path: Path) -> None:
    case = an_application(people, "on_notice")
    no = case.notice_lines.get().publicity.no
    page = visit(java_script_enabled=False)
    page.goto(f"/notices/{no}/object/")
    page.get_by_label("反映的事实").fill("只写了事实")
    wrong = tmp_path / "照片.docx"
    wrong.write_bytes(b"not a picture")
    page.get_by_label("签名或者盖章的书面异议").set_input_files(wrong)
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator(".errors")).to_contain_text("请选择所涉单位")
    expect(page.get_by_text("文件不会保留，请重新选择")).to_be_visible()
    expect(page.get_by_label("反映的事实")).to_have_value("只写了事实")
    code = object_to(page, no, "京华示例机电有限公司", report)
    track(page, code)
    expect(page.get_by_role("heading", level=1)).to_contain_text("待受理")
    assert Objection.objects.get().documents.get().pages == 3
