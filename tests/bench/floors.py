"""What nobody could avoid: the same answers with nothing between the request and the database.

Each floor asks the database the least that the page's words need, over the connection that the portal itself uses,
and builds its answer by adding strings. It goes through the portal's own middleware, for a page that does not know
who asks is no page of this portal, and answers the two questions that every page of the staff answers (how much
waits for me, how many messages are unread) in one statement. It has no form, no template, no query builder, no
filters, no counts on tabs, no rule. The floors of acts write what an act cannot do without, in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path
from django.utils.html import escape

from evaluation.scoring import Answer
from registry.models import PoolApplication, User

CATEGORIES = {
    "green_factory": "绿色工厂",
    "green_supply_chain": "绿色供应链管理企业",
    "green_park": "绿色工业园区",
}
STATES = {str(value): str(label) for value, label in PoolApplication.State.choices}
ROUTES = {"self": "自荐", "district": "区级推荐", "": ""}

# What an officer, or a district's officer, may see of the applications; that, too, cannot be avoided.
WHERE = "c.kind = 'pool' AND c.state <> 'draft'"
PARTICULARS = (
    "JOIN registry_poolapplication p ON p.case_ptr_id = c.id JOIN registry_unit u ON u.id = c.unit_id "
    "JOIN registry_legalentity e ON e.id = u.entity_id"
)


def rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement, straight from the driver."""
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        return cursor.execute(sql, params).fetchall()  # type: ignore[no-any-return]


def list_page(*, district: str = "", needle: str = "", page: int = 1) -> str:
    """One count and fifty rows of applications, as the cells that the list shows."""
    where, params = WHERE, []
    if district:
        where, params = f"{where} AND c.district_id = %s", [district]
    tables = "registry_case c"
    if needle:
        tables += (
            " JOIN registry_unit u ON u.id = c.unit_id JOIN registry_legalentity e ON e.id = u.entity_id"
        )
        where, params = f"{where} AND e.search LIKE %s", [*params, f"%{needle}%"]
    ((total,),) = rows(f"SELECT count(*) FROM {tables} WHERE {where}", params)
    # First which fifty, then what they say: joining all ten thousand to show fifty is no floor.
    found = rows(
        "SELECT c.no, e.name, u.site, u.category, d.short, p.route, p.score, c.state, p.submitted_on, c.due_on, "
        f"c.closed_at FROM (SELECT c.* FROM {tables} WHERE {where} ORDER BY c.due_on, c.id LIMIT 50 OFFSET %s) c "
        f"{PARTICULARS} LEFT JOIN registry_district d ON d.code = c.district_id ORDER BY c.due_on, c.id",
        [*params, 50 * (page - 1)],
    )
    today = date(2026, 3, 18)
    lines = [f"<h1>入库申请</h1><p>共 {total} 件</p><table>"]
    for no, name, site, category, place, route, score, state, submitted, due, closed in found:
        title = escape(f"{name}（{site}）" if site else name)
        left = "" if closed or due is None else f"剩 {(due - today).days} 日"
        lines.append(
            f'<tr><td><a href="/applications/{no}/review/">{title}</a> {no} · {place} · {ROUTES[route]}</td>'
            f"<td>{CATEGORIES[category]}</td><td>{_band(score)}</td><td>{STATES[state]}</td>"
            f"<td>{submitted or '—'}</td><td>{left}</td></tr>"
        )
    lines.append("</table>")
    return "".join(lines)


def _band(score: Decimal | None) -> str:
    if score is None:
        return "—"
    return (
        f"{score} {'领军' if score >= 90 else '标杆' if score >= 80 else '优质' if score >= 60 else '达标'}"
    )


def detail_page(no: str) -> str:
    """One application: its facts, documents and history, what bars its entity, and what waits after it."""
    ((key, *facts),) = rows(
        "SELECT c.id, e.name, e.credit_code, u.category, c.state, c.version, c.due_on, d.short, b.name, p.route, "
        "p.industry, p.address, p.contact, p.phone, p.report_agency, p.report_date, p.report_year, p.data_year, "
        "p.output_value, p.energy_tce, p.water_m3, p.self_score, p.self_note, p.opinion, p.score, p.score_source "
        f"FROM registry_case c {PARTICULARS} LEFT JOIN registry_district d ON d.code = c.district_id "
        f"JOIN registry_batch b ON b.id = p.batch_id WHERE {WHERE} AND c.no = %s",
        [no],
    )
    documents = rows(
        "SELECT id, kind, name, size, pages FROM registry_document WHERE case_id = %s AND superseded_at IS NULL",
        [key],
    )
    history = rows(
        "SELECT v.label, v.at, v.reason, v.article, w.name, w.role, d.office, e.name FROM registry_event v "
        "LEFT JOIN registry_user w ON w.id = v.by_id LEFT JOIN registry_district d ON d.code = w.district_id "
        "LEFT JOIN registry_legalentity e ON e.id = w.entity_id WHERE v.case_id = %s ORDER BY v.seq DESC",
        [key],
    )
    bars = rows(
        "SELECT s.barred_until, s.level, s.until FROM registry_standing s JOIN registry_unit u ON u.id = s.unit_id "
        "WHERE u.entity_id = (SELECT m.entity_id FROM registry_unit m JOIN registry_case c ON c.unit_id = m.id "
        "WHERE c.id = %s) AND s.until IS NOT NULL",
        [key],
    )
    queue = rows(
        "SELECT c.no, count(*) OVER () FROM registry_case c WHERE c.kind = 'pool' AND (c.state = 'examining' OR "
        "(c.state IN ('returned_by_bureau', 'on_notice') AND c.due_on < '2026-03-18')) AND c.handler_id IS NULL "
        "AND c.id <> %s ORDER BY c.due_on, c.id LIMIT 1",
        [key],
    )
    parts = [f"<h1>{escape(facts[0])}</h1><p>{queue} {bars}</p><dl>"]
    parts += [f"<dd>{escape(str(fact))}</dd>" for fact in facts]
    parts.append("</dl>")
    for number, kind, name, size, pages in documents:
        parts.append(f"<h2>{kind} {escape(name)} {size}</h2>")
        parts += [f'<img src="/documents/{number}/pages/{n}.webp">' for n in range(1, (pages or 0) + 1)]
    for label, at, reason, article, who, role, office, body in history:
        said = escape(reason)
        parts.append(f"<li>{label} {at} {who} {office or body or role} 第{article}条 {said}</li>")
    return "".join(parts)


def act(case_id: int, *, by: int, score: Decimal, tell: bool = False) -> None:
    """登记得分, or a decision that is told: lock, read, write, event, messages; one transaction, no rule asked."""
    now = datetime.now(UTC)
    with transaction.atomic(durable=True):
        ((stream, seq, unit, head, version),) = rows(
            "SELECT 'case:' || no, head_seq + 1, unit_id, head_hash, version FROM registry_case WHERE id = %s "
            "FOR NO KEY UPDATE",
            [case_id],
        )
        body = json.dumps({"act": "type_score", "score": str(score), "prev": head, "version": version})
        hashed = hashlib.sha256(body.encode()).hexdigest()
        ((event,),) = rows(
            "INSERT INTO registry_event (stream, seq, case_id, unit_id, act, label, from_state, to_state, by_id, "
            "act_for, at, article, edition, op, bulk, reason, request_id, internal, body, alg, prev_hash, hash) "
            "VALUES (%s, %s, %s, %s, %s, '登记得分', 'examining', 'examining', %s, '', %s, 8, '', %s, '', '', '', "
            "true, %s, 'sha256', %s, %s) RETURNING id",
            [stream, seq, case_id, unit, "type_score", by, now, uuid.uuid4().hex, body, head, hashed],
        )
        cursor = connection.connection.cursor()
        cursor.execute(
            "UPDATE registry_case SET version = version + 1, head_seq = %s, head_hash = %s, state = %s WHERE id = %s",
            [seq, hashed, "refused" if tell else "examining", case_id],
        )
        if not tell:
            cursor.execute(
                "UPDATE registry_poolapplication SET score = %s, score_source = '报告' WHERE case_ptr_id = %s",
                [score, case_id],
            )
            return
        people = rows(
            "SELECT w.id FROM registry_user w JOIN registry_case c ON c.id = %s JOIN registry_unit u "
            "ON u.id = c.unit_id WHERE w.is_active AND ((w.role = 'unit' AND w.entity_id = u.entity_id) "
            "OR (w.role = 'district' AND w.district_id = c.district_id))",
            [case_id],
        )
        for (person,) in people:
            cursor.execute(
                "INSERT INTO registry_message (to_id, event_id, case_id, subject, text, visible_from, attempts, "
                "last_error) VALUES (%s, %s, %s, '不予入库', '不予入库', %s, 0, '')",
                [person, event, case_id, now],
            )


LATE = "c.due_on < '2026-03-18'"
WAITING = {
    "officer": "(c.kind = 'pool' AND (c.state = 'examining' OR "
    f"(c.state IN ('on_notice', 'returned_by_bureau') AND {LATE}))) "
    f"OR (c.kind = 'publicity' AND (c.state = 'sent_back' OR (c.state = 'running' AND {LATE}))) "
    "OR (c.kind = 'objection' AND c.state IN ('checking', 'received')) "
    "OR (c.kind = 'roster' AND c.state = 'sent_back')",
    "district": "c.district_id = %s AND c.kind = 'pool' AND (c.state = 'with_district' OR "
    f"(c.state = 'returned_by_district' AND {LATE}))",
}


def frame(user: User) -> str:
    """What stands around every page: how many cases wait for this person, and how many messages are unread."""
    where, params = WAITING[user.role], [user.district_id] if user.district_id else []
    ((todo, unread),) = rows(
        f"SELECT (SELECT count(*) FROM registry_case c WHERE c.handler_id IS NULL AND ({where})), "
        "(SELECT count(*) FROM registry_message WHERE to_id = %s AND read_at IS NULL AND voided_at IS NULL "
        "AND visible_from <= '2026-03-18 10:00+08')",
        [*params, user.pk],
    )
    return f"<nav>{escape(user.name)} {todo} {unread}</nav>"


# --- the same, asked as pages


def list_view(request: HttpRequest) -> HttpResponse:
    user, get = request.user, request.GET
    assert isinstance(user, User)
    found = list_page(
        district=user.district_id or get.get("district", ""),
        needle=get.get("q", ""),
        page=int(get.get("page", 1)),
    )
    return HttpResponse(frame(user) + found)


def detail_view(request: HttpRequest, no: str) -> HttpResponse:
    assert isinstance(request.user, User)
    return HttpResponse(frame(request.user) + detail_page(no))


def act_view(request: HttpRequest, case_id: int) -> HttpResponse:
    assert request.user.pk
    act(case_id, by=request.user.pk, score=Decimal(request.POST["score"]))
    return HttpResponseRedirect("/")


urlpatterns = [
    path("_floor/applications/", list_view),
    path("_floor/applications/<no>/", detail_view),
    path("_floor/score/<int:case_id>/", act_view),
    path("", include("greenmfg.urls")),
]


# --- scores

# code, how it earns, points, base, lead, (bound, points) from the best step down
Rule = tuple[str, str, Decimal, Decimal, Decimal, tuple[tuple[Decimal, Decimal], ...]]
LINEAR, STEPS = "linear", "steps"
CENT, ZERO = Decimal("0.01"), Decimal(0)


def scored(rules: list[Rule], answers: Mapping[str, Answer]) -> Decimal:
    """The total of one sheet of answers, in one loop over bare numbers. Inside the context in which scores are computed."""
    total = ZERO
    for code, how, full, base, lead, steps in rules:
        value = answers[code].value
        assert value is not None
        if how == LINEAR:
            earned = (value - base) * full / (lead - base)
            earned = full if earned > full else ZERO if earned < ZERO else earned
        elif how == STEPS:
            earned = ZERO
            for bound, reached in steps:
                if value >= bound:
                    earned = reached
                    break
        else:
            earned = value
        total += earned.quantize(CENT)
    return total
