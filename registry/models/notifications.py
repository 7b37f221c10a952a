"""Messages: rows written in the act's transaction, shown and sent from `visible_from`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from registry.models.log import Event


class MessageQuerySet(models.QuerySet["Message"]):
    """The inbox and the outbox are two questions to one table."""

    def inbox(self, user: Any, *, now: datetime) -> MessageQuerySet:
        """What this user may read now, newest first."""
        return self.filter(to=user, visible_from__lte=now, voided_at__isnull=True).order_by(
            "-visible_from", "-id"
        )

    def to_send(self, *, now: datetime) -> MessageQuerySet:
        """What should leave by mail now, oldest first."""
        return self.filter(
            visible_from__lte=now, voided_at__isnull=True, sent_at__isnull=True, given_up_at__isnull=True
        ).order_by("visible_from", "id")


class Message(models.Model):
    """站内消息: one event told to one person, once."""

    to = models.ForeignKey("registry.User", models.PROTECT, related_name="messages")
    event = models.ForeignKey("registry.Event", models.PROTECT, related_name="messages")
    case = models.ForeignKey("registry.Case", models.PROTECT, null=True, related_name="messages")
    subject = models.CharField("标题", max_length=200)
    text = models.TextField("正文")
    visible_from = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        constraints = [models.UniqueConstraint(fields=["to", "event"], name="message_once")]
        indexes = [
            models.Index(fields=["to", "-visible_from"], name="message_inbox"),
            models.Index(
                fields=["to"],
                name="message_unread",
                condition=Q(read_at__isnull=True, voided_at__isnull=True),
            ),
            models.Index(
                fields=["visible_from"],
                name="message_to_send",
                condition=Q(sent_at__isnull=True, voided_at__isnull=True, given_up_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Where the reader finds what it is about: the case, else the unit. Empty where there is neither."""
        if self.case is not None:
            return self.case.get_absolute_url()
        return f"/units/{self.event.unit_id}/" if self.event.unit_id else ""

    @classmethod
    def tell(cls, event: Event, to: Iterable[int], words: str, *, visible_from: datetime) -> None:
        """Write the messages of an event to these people. The first line of `words` is the subject."""
        subject, _, text = words.strip().partition("\n")
        cls.objects.bulk_create(
            cls(
                to_id=addressee,
                event=event,
                case_id=event.case_id,
                subject=subject.strip()[: cls._meta.get_field("subject").max_length],
                text=text.strip(),
                visible_from=visible_from,
            )
            for addressee in to
        )
