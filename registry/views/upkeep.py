"""What the pages of 系统设置 share: who comes in, how a refusal is answered, and the record of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.utils.timezone import localtime
from django.views.generic import View

from registry.acts import NotNow, NotYours
from registry.models import Event
from registry.roles import ADMIN, CHIEF, OFFICER
from registry.views.cases import RoleRequired

SHOWN = 50  # changes of one thing on its page
T = TypeVar("T")


class KeptPage(RoleRequired, View):
    """A page of 系统设置: read by the bureau and the administrator, changed by whom `upkeep` lets."""

    roles: ClassVar[Any] = (OFFICER, CHIEF, ADMIN)


def tried(form: Form, change: Callable[[], T]) -> tuple[T | None, int]:
    """Make the change; what does not fit goes to the fields of the form. Returns (result, status).

    The status is 422 for what does not fit, 409 for who came too late; 403 is raised.
    """
    try:
        return change(), 200
    except ValidationError as wrong:
        for field, words in wrong.message_dict.items():
            form.add_error(field if field in form.fields else None, words)
        return None, 422
    except NotYours as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except NotNow as refusal:
        form.add_error(None, refusal.message)
        return None, 409


@contextmanager
def refusals() -> Iterator[list[dict[str, str]]]:
    """Collects why a change without a form came too late, as lines of an error summary; 403 is raised."""
    found: list[dict[str, str]] = []
    try:
        yield found
    except NotYours as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except NotNow as refusal:
        found.append({"text": refusal.message})


def history(ledger: str, key: str, *, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The changes of one thing in its ledger, newest first: {when, iso, who, label, rows: [{name, old, new}]}."""
    mark = f'"key":"{key}"'
    events = Event.objects.filter(stream=f"ledger:{ledger}", body__contains=mark).select_related("by")
    return [
        {
            "when": f"{localtime(event.at):%Y-%m-%d %H:%M}",
            "iso": event.at.isoformat(),
            "who": event.by.name if event.by else "系统",
            "label": event.label,
            "rows": [
                {"name": labels.get(name, name), "old": _shown(old), "new": _shown(new)}
                for name, (old, new) in _in_order(event.data.get("fields", {}), labels)
                if old != new
            ],
        }
        for event in events.order_by("-seq")[:SHOWN]
    ]


def _in_order(fields: dict[str, Any], labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    """As the labels are ordered; what has none comes last."""
    places = {name: n for n, name in enumerate(labels)}
    return sorted(fields.items(), key=lambda pair: places.get(pair[0], len(places)))


def _shown(value: Any) -> str:
    return {"True": "是", "False": "否", "None": "—", "": "—"}.get(str(value), str(value))
