"""Records and receipts: what they say, and that they reach for nothing outside."""

import gc
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pypdfium2
import pytest
from django.template.loader import render_to_string

from registry import printing
from registry.printing import html_pdf


def pages_of(content: bytes) -> list[str]:
    """The text of each page, without the blanks and line breaks that only the layout has put in."""
    with closing(pypdfium2.PdfDocument(content)) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket on loopback that must hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="http://127.0.0.1:{port}/x.png">',
        '<img src="file:///etc/hostname">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<style>@import url("http://127.0.0.1:{port}/x.css");</style>',
        '<style>@font-face {{ font-family: x; src: url("http://127.0.0.1:{port}/x.ttf") }}</style>',
        '<p style="background: url(http://127.0.0.1:{port}/x.png)">',
        '<svg width="9" height="9"><image href="http://127.0.0.1:{port}/x.png" width="9" height="9"/></svg>',
    ],
)
def test_a_paper_that_asks_for_anything_is_refused(markup: str, listener: socket.socket) -> None:
    html = "<html><body>" + markup.format(port=listener.getsockname()[1])
    with pytest.raises(printing.OutsideResource):
        html_pdf(html, title="题", dated=None)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_the_closing_record_tells_what_became_of_the_notice() -> None:
    line = {
        "no": "RK-2026-0001",
        "name": "北京喆源示例有限公司",
        "category": "绿色工厂",
        "district": "怀柔区",
        "outcome": "无异议",
    }
    facts = {
        "issuer": "北京市经济和信息化局",
        "no": "GS-2026-0003",
        "subject": "关于2026年第3批拟入库单位的公示",
        "period": "2026年11月2日至2026年11月8日",
        "place": "公示公告栏",
        "basis": "第六条",
        "lines": [line, line],
        "objections": [],
        "conclusion": "公示期满。",
        "officer": "周宁",
        "chief": "何静",
        "dated": "2026年11月9日",
        "check": "",
    }
    (page,) = pages_of(paper("closing_record", facts))
    assert "收到异议公示期内未收到异议" in page
    assert "公示单位数2家" in page
    assert page.count("RK-2026-0001北京喆源示例有限公司绿色工厂，怀柔区无异议") == 2
    assert "二、结论公示期满。公示签发人：何静公示结束经办人：周宁北京市经济和信息化局2026年11月9日" in page
    objection = {"no": "YY-1", "received": "2026年11月5日", "about": line["name"], "outcome": "<b>不成立</b>"}
    text = "".join(pages_of(paper("closing_record", {**facts, "objections": [objection]})))
    assert "收到异议1件" in text
    assert "YY-12026年11月5日北京喆源示例有限公司<b>不成立</b>三、结论" in text


def test_the_receipt_names_case_version_and_files() -> None:
    facts = {
        "issuer": "北京市经济和信息化局",
        "no": "RK-2026-0001",
        "matter": "培育库入库申请",
        "unit": "北京喆源示例有限公司",
        "code": "91110000MA0000000X",
        "district": "怀柔区",
        "filed_by": "陈晨",
        "filed_at": "2026年11月22日 14:05",
        "version": "第 2 次提交",
        "documents": [{"title": "诊断报告", "file": "a b.pdf", "pages": 86, "digest": "9f86d081" * 8}],
        "next_step": "区级推荐",
        "contact": "010-00000000",
        "dated": "2026年11月22日",
        "check": "校验值",
    }
    (page,) = pages_of(paper("receipt", facts))
    for part in [
        "受理编号：RK-2026-0001",
        "2026年11月22日14:05（第2次提交）",
        "1诊断报告ab.pdf86" + "9f86d081" * 8,
    ]:
        assert part in page
    (page,) = pages_of(paper("receipt", {**facts, "documents": []}))
    assert "已收材料" not in page


def paper(name: str, facts: dict[str, object]) -> bytes:
    return html_pdf(render_to_string(f"print/{name}.html", facts), title=name, dated=date(2026, 11, 22))
