"""公示结束记录: what was announced, which objections came, and how things stood when the notice was closed.

It tells of the moment of closing and of nothing later, so that it can be printed again and stays the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.timezone import localdate

from greenmfg import periods, rulebook
from greenmfg.rulebook import Category
from registry.models import Correction, Event, Objection, Publicity
from registry.models.editions import edition_on
from registry.printing import html_pdf

ISSUER = "北京市经济和信息化局"
TITLE = "公示结束记录"
TURNED_AWAY = Objection.State.TURNED_AWAY.label


def closing_record(notice: Publicity) -> bytes:
    """The record of a closed notice as PDF (Article 6). Raises ValueError unless it is closed."""
    events = {event.act: event for event in notice.events.select_related("by").order_by("seq")}
    closing = events.get("close")
    if notice.state != "closed" or closing is None:
        raise ValueError(f"{notice.no} is not closed")
    context = _context(notice, closing=closing, signing=events["sign"])
    html = render_to_string("print/closing_record.html", context)
    return html_pdf(html, title=f"{TITLE} {notice.no}", dated=localdate(closing.at), author=ISSUER)


def _context(notice: Publicity, *, closing: Event, signing: Event) -> dict[str, Any]:
    dated = localdate(closing.at)
    raised = list(
        Objection.objects.filter(publicity=notice)
        .select_related("unit__entity")
        .order_by("received_on", "no")
    )
    by_case: dict[int, list[Objection]] = {}
    for objection in raised:
        by_case.setdefault(objection.target_id, []).append(objection)
    labels = dict(Category.choices())
    turned_away = sum(_decided(objection, closing.at) == TURNED_AWAY for objection in raised)
    corrections = Correction.objects.filter(publicity=notice, state="published", closed_at__lte=closing.at)
    lines = [
        {
            "no": line.case.no,
            "name": line.name,
            "category": labels.get(Category(line.category), line.category),
            "district": line.district or "待定区",
            "outcome": _outcome([_decided(o, closing.at) for o in by_case.get(line.case_id, [])]),
        }
        for line in notice.lines.select_related("case")
    ]
    clean = sum(line["outcome"] == "公示无异议" for line in lines)
    held = len(lines) - clean
    days = f"{periods.chinese_date(notice.starts_on)}至{periods.chinese_date(notice.ends_on)}"
    longer = f"，经更正延长至{periods.chinese_date(notice.extended_to)}" if notice.extended_to else ""
    edition = edition_on(dated)
    conclusion = f"公示期满，{len(lines)} 家单位中 {clean} 家公示无异议，可按程序办理入库。"
    if held:
        conclusion += f"其余 {held} 家按异议核查结果办理，核查办结前不予入库。"
    return {
        "issuer": ISSUER,
        "no": notice.no,
        "subject": notice.title,
        "period": f"{days}（{notice.days} 个工作日）{longer}",
        "place": "北京市绿色制造单位管理平台公示公告栏",
        "basis": f"《{edition.title}》{rulebook.cite(6)}",
        "lines": lines,
        "turned_away": turned_away,
        "corrections": "；".join(
            f"{one.no} {periods.chinese_date(localdate(one.closed_at))} 更正{one.get_place_display()}"
            for one in corrections.order_by("closed_at", "pk")
        ),
        "objections": [
            {
                "no": objection.no,
                "received": periods.chinese_date(objection.received_on),
                "about": objection.unit.name if objection.unit else "",
                "outcome": _decided(objection, closing.at) or "核查中",
            }
            for objection in raised
        ],
        "conclusion": conclusion,
        "officer": str(closing.by or ""),
        "chief": str(signing.by or ""),
        "dated": periods.chinese_date(dated),
        "check": f"办理记录：{closing.stream} 第 {closing.seq} 条　校验值：{closing.hash}",
    }


def _decided(objection: Objection, at: datetime) -> str:
    """How the objection had been decided by that moment; empty while it was being checked."""
    was_decided = objection.closed_at is not None and objection.closed_at <= at
    return objection.state_label if was_decided else ""


def _outcome(decisions: list[str]) -> str:
    decisions = [decision for decision in decisions if decision != TURNED_AWAY]
    if not decisions:
        return "公示无异议"
    if "异议成立" in decisions:
        return "异议成立"
    return "异议核查中" if "" in decisions else "异议不成立"
