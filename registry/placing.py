"""待定区: units that nobody has placed yet get their district, on record, and its people are told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from registry.casework import nudge, record
from registry.models import District, Event, Message, Unit, User
from registry.roles import DISTRICT


def place(keys: Iterable[int], district: District, *, by: User, at: datetime) -> tuple[list[Unit], int]:
    """Give these units their district: (those placed, how many others had one already or are gone).

    One entry in each unit's stream; one message to each person of the district about all of them.
    """
    wanted = set(keys)
    with transaction.atomic():
        rows = Unit.objects.pending().filter(pk__in=wanted).order_by("pk")
        placed = list(rows.select_for_update(of=("self",), no_key=True).select_related("entity"))
        done = [record(unit, "确定所在区", by=by, at=at, changes={"district": district}) for unit in placed]
        if done:
            _tell(placed, district, head=done[0], at=at)
    return placed, len(wanted) - len(placed)


def _tell(placed: list[Unit], district: District, *, head: Unit, at: datetime) -> None:
    event = Event.objects.get(stream=head.stream, seq=head.head_seq)
    people = User.objects.filter(role=DISTRICT.code, is_active=True, district=district).order_by("pk")
    names = "\n".join(f"{unit.name}（{unit.get_category_display()}）" for unit in placed)
    Message.objects.bulk_create(
        Message(
            to=person,
            event=event,
            subject=f"{len(placed)} 家单位划入{district.name}",
            text=f"市经济和信息化局已确定以下单位的所在区为{district.name}，请在“单位名录”中核对：\n{names}",
            visible_from=at,
        )
        for person in people
    )
    transaction.on_commit(nudge)
