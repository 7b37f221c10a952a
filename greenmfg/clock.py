"""The one place that reads the time. Everything below the edge is handed `at` or `today`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

BEIJING = ZoneInfo("Asia/Shanghai")

# Of the process, not of a thread or context: a test that stops the clock must also stop it for its live server.
_stopped_at: datetime | None = None


def now() -> datetime:
    """This moment, aware, in Beijing time. In demo mode moved by CLOCK_SHIFT_DAYS (days, may be negative)."""
    if _stopped_at is not None:
        return _stopped_at
    return datetime.now(BEIJING) + timedelta(days=settings.CLOCK_SHIFT_DAYS)


def today() -> date:
    """The day it is in Beijing."""
    return now().date()


@contextmanager
def fixed(at: datetime) -> Iterator[datetime]:
    """Within the block `now()` is `at`, which must be aware (ValueError else); yields it in Beijing time."""
    global _stopped_at  # noqa: PLW0603 - the clock is the one thing a process has one of
    if at.tzinfo is None:
        raise ValueError("the clock needs an aware datetime")
    before, _stopped_at = _stopped_at, at.astimezone(BEIJING)
    try:
        yield _stopped_at
    finally:
        _stopped_at = before
