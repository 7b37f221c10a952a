"""The heartbeat: written each minute by a worker that beat has woken, so that both are seen to live."""

from celery import shared_task
from django.core.cache import cache

from greenmfg import clock

HEARTBEAT = "heartbeat"


@shared_task(name="greenmfg.heartbeat")
def heartbeat() -> None:
    """Stores the present moment (ISO 8601) under the cache key HEARTBEAT for one day."""
    cache.set(HEARTBEAT, clock.now().isoformat(), 24 * 3600)
