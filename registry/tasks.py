"""Work away from the page. Each task only looks at what stands in rows, so it may run late, twice, or be killed.

What mail delivery promises: a message that is due leaves at least once while the mail server takes it, and exactly
once unless a worker dies between the server's answer and the commit. Each such death costs one repetition, with
the same Message-ID; since an attempt is counted before the mail leaves, no message leaves more often than WAITS has
entries. A message taken back is not sent, nor one whose addressee has meanwhile left or may no longer see the case.
"""

from __future__ import annotations

import logging
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from celery import shared_task
from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from greenmfg import clock
from registry import intake, publishing
from registry.casework import DELIVER, nudge
from registry.models import Case, Message
from registry.resources import brought

log = logging.getLogger(__name__)

# When attempt n is due, counted from `visible_from`: at once, then ever later, the last after almost three days.
WAITS = (timedelta(), *(timedelta(minutes=2**n) for n in range(1, 13)))
PER_RUN = 200  # mails, at a second each well within a task's time limit

# The server took the connection and refused this one mail; anything else says that no mail goes out now.
REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)

STALE_UPLOAD = timedelta(hours=1)
# Long, because after the database was restored from a backup, newer files have no row until somebody looks.
ORPHANED = timedelta(days=7)
UNREAD = timedelta(days=30)  # merged files can be made again


@shared_task(name=DELIVER)
def deliver() -> None:
    """Send the mails that are due, one row at a time; start the rendering of lists that were just published."""
    if publishing.waiting().exists():
        with suppress(OperationalError):  # the broker went away: beat will ask again within a minute
            render_rosters.apply_async(retry=False)
    if not _due(clock.now()).exists():
        return
    mail = get_connection()
    try:
        mail.open()
    except OSError as error:  # no message's fault, so no attempt is counted
        log.warning("the mail server cannot be reached: %s", error)
        return
    tried: list[int] = []
    try:
        while len(tried) < PER_RUN and _send_next(mail, tried):
            pass
    finally:
        with suppress(OSError):
            mail.close()
    if len(tried) == PER_RUN and _due(clock.now()).exclude(pk__in=tried).exists():
        nudge()


@shared_task(name="registry.render_rosters")
def render_rosters() -> None:
    """Make the files of published lists that lack them. One that fails is logged and does not hold up the rest."""
    for roster in publishing.waiting():
        try:
            publishing.render(roster, at=clock.now())
        except Exception:
            log.exception("the files of %s could not be made", roster.no)


@shared_task(name="registry.sweep_uploads")
def sweep_uploads() -> None:
    """Remove what killed uploads and rollbacks left on the disk: never a file that some row points at."""
    left = intake.sweep_quarantine(STALE_UPLOAD)
    brought.sweep(clock.now())
    known = _known_paths()
    orphans = intake.sweep_orphans(known.__contains__, older_than=ORPHANED)
    made = intake.sweep_made(UNREAD)
    if left or orphans or made:
        log.info("swept %d unfinished uploads, %d files without a row, %d merged files", left, orphans, made)


def _known_paths() -> set[str]:
    """The stored files that rows point at: of every table with `path` and `sha256`, whichever room it is in."""
    holders = [
        model
        for model in apps.get_models()
        if {"path", "sha256"} <= {field.name for field in model._meta.get_fields()}
    ]
    return {path for model in holders for path in model._default_manager.values_list("path", flat=True)}


def _due(now: datetime) -> QuerySet[Message]:
    """What may be tried now: due to be sent, and its last attempt far enough back."""
    turn = Q(pk__in=[])
    for attempts, wait in enumerate(WAITS):
        turn |= Q(attempts=attempts, visible_from__lte=now - wait)
    return Message.objects.to_send(now=now).filter(turn)


def _send_next(mail: Any, tried: list[int]) -> bool:
    """Deal with the next due message not `tried` in this run; False when there is none or no mail goes out now."""
    now = clock.now()
    with transaction.atomic():  # counted before it leaves, and committed, so that a kill is counted too
        free = _due(now).exclude(pk__in=tried).select_for_update(skip_locked=True, no_key=True)
        key = free.values_list("pk", flat=True).first()
        if key is None:
            return False
        Message.objects.filter(pk=key).update(attempts=F("attempts") + 1)
    tried.append(key)
    with transaction.atomic():
        # Read again under the lock: it may have been taken back or sent by another worker in between.
        still = Message.objects.to_send(now=now).select_for_update(
            of=("self",), skip_locked=True, no_key=True
        )
        message = still.select_related("to", "event", "case").filter(pk=key).first()
        if message is None:
            return True
        if why_not := _no_mail_because(message):
            message.given_up_at, message.last_error = now, why_not
            message.save(update_fields=["given_up_at", "last_error"])
            return True
        return _send(message, mail, now=now)


def _send(message: Message, mail: Any, *, now: datetime) -> bool:
    goes_on = True
    try:
        letter(message, connection=mail).send()
        message.sent_at, message.last_error = now, ""
    except REFUSED as error:
        _note(message, error, now=now)
    except OSError as error:  # the line broke: the others need not try now
        _note(message, error, now=now)
        goes_on = False
    message.save(update_fields=["sent_at", "given_up_at", "last_error"])
    return goes_on


def _note(message: Message, error: Exception, *, now: datetime) -> None:
    message.last_error = f"{type(error).__name__}: {error}"[:200]
    if message.attempts >= len(WAITS):
        message.given_up_at = now
        log.error("gave up mailing message %d after %d attempts", message.pk, message.attempts)


def _no_mail_because(message: Message) -> str:
    """Why this message stays in the inbox alone; asked at the moment of sending. Empty if it is to be mailed."""
    if not message.to.is_active:
        return "收件人账号已停用"
    if not message.to.email:
        return "收件人未登记邮箱，仅站内显示"
    if message.case_id and not Case.objects.visible_to(message.to).filter(pk=message.case_id).exists():
        return "收件人已不再办理本事项"
    return ""


def letter(message: Message, *, connection: Any = None) -> EmailMessage:
    """The mail that a message becomes. The same message has the same Message-ID however often it leaves."""
    link = f"{settings.PORTAL_URL}{message.get_absolute_url() or '/'}"
    text = f"{message.to.name}，您好：\n\n{message.text}\n\n查看事项：{link}\n\n本邮件由系统自动发送，请勿直接回复。\n"
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    return EmailMessage(
        subject=f"{message.subject} - 北京市绿色制造单位管理平台",
        body=text,
        to=[message.to.email],
        headers={"Message-ID": f"<message-{message.pk}-{message.event.hash[:16]}@{host}>"},
        connection=connection,
    )
