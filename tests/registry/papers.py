"""Published lists, diagnoses and objections for the tests of this room."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate

from registry import diagnosing, intake
from registry.casework import new_op, perform
from registry.models import Case, Correction, Diagnosis, Objection, Publicity, Roster, Unit
from registry.tracking import code_for, digest_of
from tests.factories import NOW, an_application, at, do
from tests.people import Cast
from tests.registry import hostile

HEAD = {
    "level": "pool",
    "category": "",
    "title": "北京市绿色制造名单培育库（2026年第一批）",
    "text": "",
    "doc_no": "京经信函〔2026〕1号",
    "as_of": date(2026, 3, 27),
}
DRAWN = at("2026-03-27")


def a_roster(people: Cast, state: str = "drafted", *, filled: bool = True, **head) -> Roster:
    """A list of the pool with 陈晨's unit on it, drawn and brought to `state` on 27 March 2026."""
    if filled:
        an_application(people, "admitted")
    roster = perform(Roster(), "draw_up", by=people.zhou, at=DRAWN, seen=0, op=new_op(), **HEAD | head)
    if state == "sent_back":
        roster = do(roster, "send_back", people.he, when=DRAWN, reason="改标题")
    if state == "published":
        roster = do(roster, "publish", people.he, when=DRAWN)
    if state == "void":
        roster = do(roster, "void", people.zhou, when=DRAWN, reason="重拟")
    return roster


def a_diagnosis(
    people: Cast,
    unit: Unit,
    *,
    year: int = 2025,
    by=None,
    agency: str = "示例诊断机构",
    report: bool = False,
    when=NOW,
) -> Diagnosis:
    """A diagnosis of this unit, registered by 赵敏 unless told otherwise; with a report of two pages if asked."""
    file = None
    if report:
        upload = SimpleUploadedFile(f"{year}年诊断报告.pdf", hostile.pdf_of_pages(2))
        file = vars(intake.receive(upload, max_bytes=10**6))
    return diagnosing.register(
        Diagnosis(unit=unit, year=year, done_on=date(year, 12, 1), summary="空压机变频改造有潜力。"),
        by=by or people.zhao,
        at=when,
        agency=agency,
        report=file,
    )


MEASURES = [
    {"id": None, "drop": False, "finding": "空压机长期空载", "words": "更换变频空压机", "saving_tce": Decimal("12.50"), "planned_on": date(2026, 3, 10)},
    {"id": None, "drop": False, "finding": "余热未回收", "words": "安装余热回收装置", "saving_tce": None, "planned_on": date(2026, 6, 30)},
    {"id": None, "drop": False, "finding": "屋面闲置", "words": "建设屋顶光伏", "saving_tce": Decimal("80.00"), "planned_on": None},
]  # fmt: skip


def an_objection(people: Cast, case: Case, *, when=NOW) -> Objection:
    """An objection against a case that is on notice, as received."""
    notice = Publicity.objects.filter(lines__case=case.pk).latest("pk")
    return perform(
        Objection(publicity=notice, target=Case.objects.get(pk=case.pk)),
        "receive",
        by=people.zhou,
        at=when,
        seen=0,
        op=new_op(),
        objector="王某",
        phone="13800000000",
        received_on=localdate(when),
        facts="存在环境违法",
    )


def filed(case: Case, *, when=NOW, op: str = "", **typed) -> Objection:
    """An objection as the public files it, with one made-up file; its code is `code_for` its operation id."""
    notice = Publicity.objects.filter(lines__case=case.pk).latest("pk")
    op = op or new_op()
    given = {
        "capacity": "person",
        "objector": "李某",
        "phone": "13900000000",
        "facts": "夜间排放异味",
    } | typed
    scan = {
        "kind": "objection",
        "name": "异议书.pdf",
        "path": f"2026/00/{new_op()}",
        "media_type": "application/pdf",
        "size": 1000,
        "pages": 2,
        "sha256": "0" * 64,
    }
    return perform(
        Objection(publicity=notice, target=Case.objects.get(pk=case.pk)),
        "file",
        by=None,
        at=when,
        seen=0,
        op=op,
        code_digest=digest_of(code_for(op)),
        files=[scan],
        **given,
    )


WRONG_NAME = {"place": "name", "right": "京华示例机电股份有限公司", "why": "单位名称登记有误"}


def a_correction(
    people: Cast, notice: Publicity, state: str = "drafted", *, when=NOW, then: str = "", **words
) -> Correction:
    """A correction of the notice's first line (or as `words` say), brought to `state`; `then` one act more."""
    given = {"line": notice.lines.first().pk, "extended_to": None} | WRONG_NAME | words
    case = perform(
        Correction(publicity=notice), "draw_up", by=people.zhou, at=when, seen=0, op=new_op(), **given
    )
    if state == "sent_back":
        case = do(case, "send_back", people.he, when=when, reason="请写明原因")
    if state == "published":
        case = do(case, "sign", people.he, when=when)
    if state == "void":
        case = do(case, "void", people.zhou, when=when, reason="不必更正")
    return do(case, then, people.zhou, when=when, **given) if then else case
