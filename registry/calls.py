"""What the bureau does with a call for entries: planning, changing, extending, quotas, ending (Article 6).

A call is no case: it has no states that an act moves, only dates. So its history is written by `record`, in its
own stream, each entry with the words that were given for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from greenmfg.rulebook import Finding
from registry.acts import AgainstRule, NotNow
from registry.casework import nudge, record
from registry.models import Batch, District, Event, Message, PoolApplication, Quota, User
from registry.roles import DISTRICT

FIELDS = (
    "name",
    "opens_on",
    "opens_time",
    "closes_on",
    "closes_time",
    "categories",
    "routes",
    "districts",
    "materials",
    "text",
)


def plan(*, by: User, at: datetime, fields: Mapping[str, Any], places: Mapping[str, int]) -> Batch:
    """新建征集批次 with its quotas (district code → places). IntegrityError on a name that is taken."""
    with transaction.atomic():
        call = Batch.objects.create(**fields)
        _write_quotas(call, places)
        return record(
            call, "新建征集批次", by=by, at=at, changes={}, fields=_plain(call), places=dict(places)
        )


def change(
    call: Batch,
    *,
    by: User,
    at: datetime,
    seen: int,
    fields: Mapping[str, Any],
    places: Mapping[str, int],
    reason: str,
) -> Batch:
    """修改: anything, as long as the call has not opened. Raises NotNow afterwards, and when somebody was faster."""
    with transaction.atomic():
        fresh = _lock(call, seen=seen)
        if fresh.phase(at) is not Batch.Phase.PLANNED:
            raise NotNow(f"{fresh.name}已开放征集，不能修改，可以延长截止时间或者调整名额")
        before = fresh.places()
        _write_quotas(fresh, places)
        return record(
            fresh,
            "修改征集批次",
            by=by,
            at=at,
            changes=fields,
            reason=reason,
            places=[before, dict(places)],
        )


def extend(
    call: Batch,
    *,
    by: User,
    at: datetime,
    seen: int,
    closes_on: date,
    closes_time: time | None,
    reason: str,
) -> Batch:
    """延长征集: a later close, with words, told to all districts that may recommend and to who has a draft in it.

    Raises AgainstRule for a close that is not later or already past, NotNow for a call that has ended.
    """
    with transaction.atomic():
        fresh = _lock(call, seen=seen)
        if fresh.ended_at:
            raise NotNow(f"{fresh.name}已结束，不能延长")
        old = fresh.law.closing
        new = _with_close(fresh, closes_on, closes_time).closes
        if new <= fresh.closes or new <= at:
            against = [Finding(6, f"延长后的截止时间应晚于现在的截止时间（{old}），并且晚于当前时间")]
            raise AgainstRule(against[0].message, findings=against)
        fresh = record(
            fresh,
            "延长征集",
            by=by,
            at=at,
            changes={"closes_on": closes_on, "closes_time": closes_time},
            reason=reason,
            moved=f"截止时间由{old}延长至{_with_close(fresh, closes_on, closes_time).law.closing}",
        )
        _tell(fresh, "extended", by=by, at=at, old=old, reason=reason)
        transaction.on_commit(nudge)
        return fresh


def set_quotas(
    call: Batch, *, by: User, at: datetime, seen: int, places: Mapping[str, int], reason: str
) -> Batch:
    """调整名额 at any time before the end. Raises AgainstRule for fewer places than a district has used."""
    with transaction.atomic():
        fresh = _lock(call, seen=seen)  # with it, nobody recommends in this call until we are through
        if fresh.ended_at:
            raise NotNow(f"{fresh.name}已结束，不能调整名额")
        used = PoolApplication.places_used(fresh)
        over = [
            Finding(6, f"{district.short}已推荐 {used[district.pk]} 个，名额不能少于此数")
            for district in District.objects.filter(pk__in=used)
            if district.pk in places and places[district.pk] < used[district.pk]
        ]
        if over:
            raise AgainstRule("；".join(finding.message for finding in over), findings=over)
        before = fresh.places()
        _write_quotas(fresh, places)
        return record(
            fresh, "调整名额", by=by, at=at, changes={}, reason=reason, places=[before, dict(places)]
        )


def end(call: Batch, *, by: User, at: datetime, seen: int, reason: str) -> Batch:
    """结束批次: all that was filed has been decided. Raises AgainstRule while entries come in or a case is open."""
    with transaction.atomic():
        fresh = _lock(call, seen=seen)
        if fresh.ended_at:
            raise NotNow(f"{fresh.name}已结束")
        against = standing_open(fresh, at=at)
        if against:
            raise AgainstRule("；".join(f.message for f in against), findings=against)
        return record(fresh, "结束批次", by=by, at=at, changes={"ended_at": at}, reason=reason)


def standing_open(call: Batch, *, at: datetime) -> list[Finding]:
    """What must be over before a call can be ended."""
    if at < call.closes:
        return [Finding(6, f"{call.name}征集至{call.law.closing}，尚未截止")]
    left = PoolApplication.objects.filter(batch=call, closed_at__isnull=True).exclude(state="draft").count()
    return [Finding(6, f"还有 {left} 件申请没有办结")] if left else []


# --- small parts


def _lock(call: Batch, *, seen: int) -> Batch:
    """The call as it is now, locked. Raises NotNow when it has moved on since it was looked at."""
    fresh = Batch.objects.select_for_update(no_key=True).get(pk=call.pk)
    if fresh.head_seq != seen:
        raise NotNow(f"{fresh.name}已被他人更新，请核对后重新办理")
    return fresh


def _with_close(call: Batch, closes_on: date, closes_time: time | None) -> Batch:
    """The call in memory, with another close."""
    return Batch(name=call.name, opens_on=call.opens_on, closes_on=closes_on, closes_time=closes_time)


def _write_quotas(call: Batch, places: Mapping[str, int]) -> None:
    call.quotas.exclude(district__in=places).delete()
    for code, number in places.items():
        Quota.objects.update_or_create(batch=call, district_id=code, defaults={"places": number})


def _plain(call: Batch) -> dict[str, Any]:
    return {name: getattr(call, name) for name in FIELDS}


def _tell(call: Batch, what: str, *, by: User, at: datetime, **words: Any) -> None:
    """One message to each person whom it concerns, caused by the entry that was just written."""
    event = Event.objects.get(stream=call.stream, seq=call.head_seq)
    drafts = PoolApplication.objects.filter(batch=call, state=PoolApplication.DRAFT)
    districts = User.objects.filter(role=DISTRICT.code, is_active=True)
    if call.districts:
        districts = districts.filter(district_id__in=call.districts)
    enterprises = User.objects.filter(
        role="unit", is_active=True, entity_id__in=drafts.values("unit__entity_id")
    )
    Message.objects.bulk_create(
        _letters(what, call, event, [*districts, *enterprises], by=by, at=at, **words)
    )


def _letters(
    what: str, call: Batch, event: Event, people: Iterable[User], *, by: User, at: datetime, **words: Any
) -> list[Message]:
    text = render_to_string(f"registry/batches/{what}.txt", {"call": call, "by": by, **words})
    subject, _, body = text.strip().partition("\n")
    return [
        Message(to=person, event=event, subject=subject.strip(), text=body.strip(), visible_from=at)
        for person in people
        if person.pk != by.pk
    ]
