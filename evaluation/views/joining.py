"""What this room adds to the pages of an application: the way to a third party, and what came of it."""

from __future__ import annotations

from typing import Any

from evaluation.models import Evaluation, Grading
from evaluation.views import outcome
from evaluation.views.own import url_for
from greenmfg import clock
from registry.models import Holiday, PoolApplication, User
from registry.roles import EVALUATOR, OFFICER
from registry.views import present
from registry.views.onward import Panel, Room, Way


def ways(case: PoolApplication, user: User) -> list[Way]:
    """转第三方复核 (Article 3), for officers, as long as the application is being examined."""
    if not (OFFICER.may(case, user) and case.could("recheck")):
        return []
    return [Way("recheck", note="选定评价机构", key="F", url=f"/eval/new/?case={case.no}")]


def panels(case: PoolApplication, user: User) -> list[Panel]:
    """The evaluations of this application, the latest first, for those who see evaluations."""
    seen = Evaluation.objects.visible_to(user).filter(target=case.pk).select_related("agency", "scheme")
    found = list(seen.order_by("-pk"))
    if not found:
        return []
    today = clock.today()
    calendar = Holiday.calendar_around(today) if any(not one.is_closed for one in found) else None
    rows = [
        {
            "no": one.no,
            "url": one.get_absolute_url(),
            "agency": one.agency,
            "tag": present.tag(one),
            "score": (one.final_score or one.score) if one.is_filed else None,
            "verdict": one.verdict if one.is_filed else "",
            **(
                present.due(one.due_on, today=today, calendar=calendar)
                if calendar and not one.is_closed
                else {}
            ),
        }
        for one in found
    ]
    scored = next((one for one in found if one.scheme_id is not None and one.is_filed), None)
    table = outcome.by_section(scored) if scored else {}
    return [Panel("evaluation/panel.html", {"rows": rows, "table": table})]


def home(case: PoolApplication, user: User) -> str:
    """An evaluator works on an application where it is evaluated."""
    if not EVALUATOR.may(case, user):
        return ""
    mine = Evaluation.objects.visible_to(user).filter(target=case.pk, closed_at__isnull=True).first()
    return mine.get_absolute_url() if mine else ""


def mine(user: User) -> list[dict[str, Any]]:
    """The open gradings of an enterprise: to be answered, or under way elsewhere."""
    seen = Grading.objects.visible_to(user).filter(closed_at__isnull=True)
    rows = list(seen.select_related("unit__entity", "round").order_by("due_on", "pk")[:20])
    today = clock.today()
    calendar = Holiday.calendar_around(today) if rows else None
    return [
        {
            "title": f"{row.round.name}：{row.unit.name if row.unit else ''}",
            "sub": row.no,
            "url": row.get_absolute_url(),
            "tag": present.tag(row),
            "waits": row.state == "self_assessing",
            "holder": "贵单位" if row.state == "self_assessing" else "第三方评价机构、市经济和信息化局",
        }
        | (present.due(row.due_on, today=today, calendar=calendar) if calendar else {})
        for row in rows
    ]


ROOM = Room(ways=ways, panels=panels, home=home, own=url_for, mine=mine)
