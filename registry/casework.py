"""The one door: no state of a case changes but through `perform`.

One POST = one act = one transaction = one event (and one each for what follows from it).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeVar

from celery import current_app
from django.db import IntegrityError, connection, models, transaction
from django.template.loader import render_to_string
from django.utils.timezone import localdate, localtime

from greenmfg import periods
from greenmfg.requests import current_id
from greenmfg.rulebook import Edition
from registry.acts import BEGIN, GIVEN, KEEP, Act, AgainstRule, Edit, NotNow, NotYours, Refused, Then
from registry.models.case import Case, Counter, Submission
from registry.models.editions import edition_on
from registry.models.log import (
    BOOKKEEPING,
    Chained,
    Event,
    Ledger,
    canonical,
    changed,
    digest,
    kept_out,
    plain_values,
    values,
)
from registry.models.notifications import Message
from registry.models.people import User
from registry.models.terms import Holiday, Setting
from registry.models.units import Unit

C = TypeVar("C", bound=Case)
T = TypeVar("T", bound=Chained)

DELIVER = "registry.deliver"


def new_op() -> str:
    """A fresh operation id, handed out with a form so that a resend is recognised."""
    return uuid.uuid4().hex


def perform(
    case: C,
    act: str,
    *,
    by: User | None,
    at: datetime,
    seen: int,
    op: str,
    reason: str = "",
    bulk: str = "",
    **data: Any,
) -> C:
    """Carry out one act and what follows from it, all or nothing. Returns the fresh case.

    `case` is saved, or unsaved for an opening act; `seen` is the version that the person looked at (0 for
    an opening); `op` the operation id of the form; `data` what the act's body takes; `by` is None for the public,
    or unsaved for a person who comes in with this act: then they are saved with it, or not at all.
    Raises NotNow (stale, done, or not possible now), NotYours, AgainstRule (with findings).
    """
    try:
        with transaction.atomic(durable=True):
            if by is not None and by.pk is None:
                by.save(force_insert=True)
            done = _Performance(by=by, at=at, bulk=bulk).run(
                case, act, op=op, seen=seen, reason=reason, data=data
            )
            row = done.acts().get(act)
            if row is None or not row.undo:  # what can be taken back is not sent before that time is over
                transaction.on_commit(nudge)
            return done
    except IntegrityError as error:
        # Two openings with one op meet the unique row: the second gets the first one's answer.
        again = done_before(op, by=by, act=act)
        if again is not None:
            return again
        raise explained(error, case) from error


def explained(error: IntegrityError, case: Case) -> Exception:
    """The refusal that a violated constraint means, or the error itself."""
    if "case_one_open_per_unit_and_kind" in str(error):
        return NotNow(f"该单位已有一件未办结的{case.LABEL}", case=case)
    if "roster_doc_no_once" in str(error):
        return NotNow("该发文字号已被使用，请核对", case=case)
    if "case_one_open_registration" in str(error):
        return NotNow("您已有一件未办结的企业注册", case=case)
    if "registry_legalentity_credit_code" in str(error):
        return NotNow("该统一社会信用代码已登记在册，请刷新后核对认领", case=case)
    return error


@dataclass(frozen=True)
class LeftOut:
    """A case that a bulk act left alone, and why."""

    case: Case
    refusal: Refused


def perform_each(
    cases: Iterable[tuple[C, int]], act: str, *, by: User, at: datetime, op: str, **data: Any
) -> tuple[list[C], list[LeftOut]]:
    """The same act on many cases, each in its own transaction: (those done, those left out with why).

    `cases` are (case, version seen). Each case's operation id is `op:case id`, so a resend repeats nothing.
    """
    done: list[C] = []
    left: list[LeftOut] = []
    for case, seen in cases:
        try:
            done.append(
                perform(case, act, by=by, at=at, seen=seen, op=f"{op}:{case.pk}", bulk=op[:40], **data)
            )
        except Refused as refusal:
            left.append(LeftOut(case, refusal))
    return done, left


def record(
    subject: T,
    what: str,
    *,
    by: User | None,
    at: datetime,
    changes: Mapping[str, Any],
    caused_by: Event | None = None,
    article: int | None = None,
    reason: str = "",
    internal: bool = True,
    tells: tuple[Iterable[int], str] | None = None,
    **data: Any,
) -> T:
    """Write the event of an edit that is no act, in the subject's stream. Returns the subject, fresh.

    `changes` maps a field name to its new value (set and saved here). A Ledger is made when it is new.
    `caused_by` is the event of the act that this follows from; `article` what it is done under; `reason` words for
    the timeline; `internal` False shows it to those outside the bureau, too; `tells` (user ids, words) sends a
    message, whose first line is its subject.
    Raises ValueError for a case's state: that moves by acts alone.
    """
    if isinstance(subject, Case) and "state" in changes:
        raise ValueError("a state changes through perform, never through record")
    with transaction.atomic():
        if isinstance(subject, Ledger):
            Ledger.objects.get_or_create(pk=subject.pk)
        model = subject.__class__  # not type(): the person of a request comes as a lazy stand-in
        if isinstance(subject, Case):
            fresh: Any = lock(subject)
            fresh.version += 1
        else:
            fresh = model._default_manager.select_for_update(no_key=True).get(pk=subject.pk)
        before = values(fresh)
        for name, value in changes.items():
            setattr(fresh, name, value)
        event = Event.write(
            fresh,
            act="record",
            label=what,
            at=at,
            by=by,
            changes=kept_out(changed(before, values(fresh)), getattr(fresh, "CONFIDENTIAL", ())),
            data=plain_values(data),
            case_id=fresh.pk if isinstance(fresh, Case) else None,
            unit_id=fresh.pk if isinstance(fresh, Unit) else None,
            article=article,
            edition=edition_on(localdate(at)).code if article else "",
            caused_by=caused_by,
            reason=reason,
            request_id=current_id(),
            internal=internal,
        )
        fresh.save()
        if tells:
            to, words = tells
            Message.tell(event, sorted(set(to)), words, visible_from=at)
            transaction.on_commit(nudge)
    return fresh  # type: ignore[no-any-return]


def nudge() -> None:
    """Tell the worker to look at the outbox. The outbox is the truth, so a dead broker only delays."""
    if current_app.conf.task_always_eager:
        return  # without a worker there is nobody to wake
    try:
        current_app.send_task(DELIVER, retry=False, ignore_result=True)
    except Exception:  # the broker is disposable: the next tick delivers
        logging.getLogger(__name__).warning("the broker did not take the nudge", exc_info=True)


class _Performance:
    """One call of `perform`: the outer act and its effects, by one person at one moment."""

    def __init__(self, *, by: User | None, at: datetime, bulk: str) -> None:
        self.by, self.at, self.bulk = by, at, bulk

    @cached_property
    def edition(self) -> Edition:
        """The edition of the day of decision, read once for the act and all that follows from it."""
        return edition_on(localdate(self.at))

    def run(self, case: C, act: str, *, op: str, seen: int, reason: str, data: dict[str, Any]) -> C:
        if case.pk is None:  # a resend must not take another number
            if again := done_before(op, by=self.by, act=act, case=case):
                return again
            fresh = _begin(case, by=self.by, at=self.at)
        else:
            fresh = lock(case)
        if again := done_before(op, by=self.by, act=act, case=case):  # done while we waited for the lock
            return again
        row = fresh.acts().get(act)
        if row is None:
            raise NotNow("没有这个办理动作", case=fresh)
        if case.pk is not None and fresh.version != seen:
            raise NotNow(_overtaken(fresh, by=self.by), case=fresh)
        self._possible(fresh, row)
        if not row.may(fresh, self.by) or (row.apart_from and not row.is_apart(self.by, fresh.done())):
            raise NotYours(f"您没有办理“{row.label}”的权限", case=fresh)
        self._carry_out(fresh, row, reason, data, op=op)
        return fresh

    def _possible(self, case: Case, row: Act) -> None:
        if case.state not in row.sources:
            raise NotNow(f"{case.no} 现为“{case.state_label}”，不能办理“{row.label}”", case=case)

    def _carry_out(
        self,
        case: Case,
        row: Act,
        reason: str,
        data: dict[str, Any],
        *,
        op: str | None = None,
        caused_by: Event | None = None,
    ) -> None:
        case.lock_before(row.name)
        self._judge(case, row, reason)
        opening, before, source = row.opens, values(case), case.state
        effects: list[Then | Edit] = (
            getattr(case, row.name)(by=self.by, at=self.at, reason=reason, **data) or []
        )
        case.due_on = self._due(case, row, data)
        case.version += 1
        case.closed_at = (case.closed_at or self.at) if case.state in case.CLOSED else None
        notes = plain_values(data, secret=case.CONFIDENTIAL) | {"version": case.version}
        if row.submits:
            notes["submission"] = self._submit(case).n
        changes = changed(before, values(case))
        event = Event.write(
            case,
            act=row.name,
            label=row.label,
            at=self.at,
            by=self.by,
            changes=kept_out(changes, case.CONFIDENTIAL),
            data=notes,
            case_id=case.pk,
            unit_id=case.unit_id,
            from_state=source,
            to_state=case.state,
            article=row.article,
            edition=self.edition.code,
            op=op,
            bulk=self.bulk,
            caused_by=caused_by,
            reason=reason,
            request_id=current_id(),
            internal=row.internal,
        )
        if opening:
            case.save(force_insert=(models.Model,))
        else:
            # A list that the body added to in place would compare equal to itself.
            lists = {f.name for f in case._meta.concrete_fields if isinstance(f, models.JSONField)}
            case.save(update_fields={*changes, *lists, *BOOKKEEPING})
        self._tell(case, row, event)
        self._follow(case, effects, event)

    def _judge(self, case: Case, row: Act, reason: str) -> None:
        found = case.findings(row.name, self.at)
        binding = [f for f in found if f.binding]
        if binding:
            raise AgainstRule("；".join(f.message for f in binding), findings=binding, case=case)
        if found and not reason.strip():
            raise AgainstRule("请写明理由后继续", findings=found, case=case, needs_reason=True)
        if row.needs_reason and not reason.strip():
            raise AgainstRule(f"办理“{row.label}”须填写说明", case=case, needs_reason=True)

    def _due(self, case: Case, row: Act, data: dict[str, Any]) -> date | None:
        if row.due is None:
            return None
        if row.due == KEEP:
            return case.due_on
        if row.due == GIVEN:
            given: date | None = data.get("due_on") or case.due_given()
            return given
        today = localdate(self.at)
        days = Setting.number(row.due, on=today)
        return periods.add_working_days(today, days, calendar=Holiday.calendar_around(today)).on

    def _submit(self, case: Case) -> Submission:
        assert self.by is not None  # the public files nothing that has versions
        payload = canonical(case.payload())
        return Submission.objects.create(
            case_id=case.pk,
            n=case.submissions.count() + 1,
            payload=payload,
            hash=digest("sha256", payload),
            by=self.by,
            at=self.at,
        )

    def _tell(self, case: Case, row: Act, event: Event) -> None:
        if not row.tells:
            return
        anybody = reduce(or_, (role.of(case) for role in row.tells))
        addressees = sorted(set(anybody.values_list("pk", flat=True)) - {self.by and self.by.pk})
        if not addressees:
            return
        words = render_to_string(
            f"messages/{case.KIND}/{row.name}.txt",
            {"case": case, "event": event, "by": self.by, "reason": event.reason, "data": event.data},
        )
        wait = (
            timedelta(seconds=Setting.number("undo_seconds", on=localdate(self.at)))
            if row.undo
            else timedelta()
        )
        Message.tell(event, addressees, words, visible_from=self.at + wait)

    def _follow(self, case: Case, effects: list[Then | Edit], event: Event) -> None:
        thens = [effect for effect in effects if isinstance(effect, Then)]
        for then in sorted(
            thens, key=lambda t: (Case.kinds[t.case.kind or t.case.KIND].RANK, t.case.pk or 0)
        ):
            kind = Case.kinds[then.case.kind or then.case.KIND]
            if kind.RANK <= case.RANK:
                raise RuntimeError(
                    f"{case.KIND} may not move a {kind.KIND}: effects go to a higher rank only"
                )
            next_case = _begin(then.case, by=self.by, at=self.at) if then.case.pk is None else lock(then.case)
            row = next_case.acts()[then.act]
            data = dict(then.data)
            reason = data.pop("reason", event.reason)
            try:
                self._possible(next_case, row)
                self._carry_out(next_case, row, reason, data, caused_by=event)
            except Refused as refusal:
                refusal.message = f"{next_case.no or next_case.LABEL}：{refusal.message}"
                raise
        # Cases first, then what they are about: the one order in which rows are locked.
        edits = [effect for effect in effects if isinstance(effect, Edit)]
        for edit in sorted(edits, key=lambda e: (e.subject._meta.model_name, e.subject.pk)):
            record(
                edit.subject,
                edit.what,
                by=self.by,
                at=self.at,
                changes=edit.changes,
                caused_by=event,
                **edit.data,
            )


def lock(case: C) -> C:
    """Lock the Case row and read everything afresh as its own kind."""
    kind: Any = Case.kinds[case.kind]
    # With the unit, which rules, roles and messages look at; the lock is on the case's row alone.
    cases = kind.objects.select_related("unit__entity")
    fresh: C = cases.select_for_update(of=("case_ptr",), no_key=True).get(pk=case.pk)
    return fresh


def _begin(case: C, *, by: User | None, at: datetime) -> C:
    """Prepare an unsaved case for its opening act: number, and its id, so that rows can hang on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('registry_case', 'id'))")
        (key,) = cursor.fetchone()
    fresh: C = type(case)(
        **{f.attname: getattr(case, f.attname) for f in case._meta.concrete_fields if not f.primary_key}
    )
    fresh.pk = fresh.id = key
    fresh.kind, fresh.opened_by, fresh.opened_at = case.KIND, by, at
    fresh.state, fresh.version = BEGIN, 0  # whatever the caller had set: an unsaved case has done nothing yet
    fresh.no = Counter.next_no(case.PREFIX, year=localdate(at).year)
    return fresh


def done_before(op: str, *, by: User | None, act: str, case: C | None = None) -> C | None:
    """The case as it stands if this operation was carried out already; NotNow if the id is another's."""
    event = Event.objects.filter(op=op).first()
    if event is None:
        return None
    same_case = case is None or case.pk is None or event.case_id == case.pk
    if event.by_id != (by and by.pk) or event.act != act or not same_case or event.case is None:
        raise NotNow("这次提交的编号已被使用，请刷新页面后重试", case=case)
    kind: Any = Case.kinds[event.case.kind]
    fresh: C = kind.objects.get(pk=event.case_id)
    return fresh


def _overtaken(case: Case, *, by: User | None) -> str:
    """Who was faster, in words; without naming what is kept inside the bureau to those outside of it."""
    event = case.events.order_by("-seq").select_related("by").first()
    if event is None or by is None or (event.internal and not by.sees_internal):
        return "本事项已被更新，请核对后重新办理"
    when = localtime(event.at).strftime("%H:%M")
    return f"{event.by or '系统'}于{when}已办理“{event.label}”，现为“{case.state_label}”，请核对后再办"


__all__: list[str] = [
    "BEGIN",
    "LeftOut",
    "done_before",
    "explained",
    "lock",
    "new_op",
    "nudge",
    "perform",
    "perform_each",
    "record",
]
