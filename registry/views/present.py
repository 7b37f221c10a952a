"""Facts turned into what components show: due lights, timelines, tags. Values in, plain dicts out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime

from greenmfg import periods
from registry.models import Case, Event
from registry.roles import PUBLIC

AMBER_DAYS = 3  # working days before the day itself


def short_date(day: date, *, today: date) -> str:
    """3月18日; with the year when it is another."""
    words = f"{day.month}月{day.day}日"
    return words if day.year == today.year else f"{day.year}年{words}"


def moment(at: datetime) -> str:
    """3月18日 15:20 in Beijing."""
    local = localtime(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def due(day: date | None, *, today: date, calendar: periods.Calendar) -> dict[str, str]:
    """A deadline as light, words and a fuller title; empty without a deadline."""
    if day is None:
        return {}
    left = periods.working_days_between(today, day, calendar=calendar)
    title = f"{periods.chinese_date(day)}24时前"
    if day < today:
        over = -left or (today - day).days
        unit = "个工作日" if left else "日"
        return {"light": "red", "due": f"逾期 {over} {unit}", "due_title": title}
    if day == today:
        return {"light": "amber", "due": "今日到期", "due_title": title}
    light = "amber" if left <= AMBER_DAYS else "green"
    return {"light": light, "due": f"剩 {left} 个工作日", "due_title": title}


def nobody(event: Event) -> str:
    """Who acted where no person is named: the public, or the system."""
    prefix = event.stream.removeprefix("case:").partition("-")[0]
    kind = next((kind for kind in Case.kinds.values() if prefix == kind.PREFIX), None)
    row = kind.acts().get(event.act) if kind else None
    return PUBLIC.label if row and PUBLIC in row.by else "系统"


def timeline(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as the timeline shows them, in the order given."""
    return [
        {
            "title": event.label,
            "who": f"{event.by.office} {event.by.name}" if event.by else nobody(event),
            "when": moment(event.at),
            "iso": event.at.isoformat(),
            "quote": event.reason,
            "items": [item["text"] for item in event.data.get("demands", [])],
            "article": event.article,
        }
        for event in events
    ]


def tag(case: Case) -> dict[str, str]:
    """The state as a tag."""
    return {"label": case.state_label, "tone": case.tone}


def tag_or_held(case: Case, user: Any) -> dict[str, str]:
    """The state as a tag; 异议核查中 while an objection holds it. Outside of the bureau only once it is being checked:
    of one that is turned away nobody hears."""
    if case.state == "on_notice":
        waiting = case.objections.filter(closed_at__isnull=True)
        if (waiting if user.sees_internal else waiting.filter(state="checking")).exists():
            return {"label": "异议核查中", "tone": "orange"}
    return tag(case)


def megabytes(size: int) -> str:
    """1.5 MB; small files in KB."""
    return f"{size / 1048576:.1f} MB" if size >= 104858 else f"{max(1, round(size / 1024))} KB"
