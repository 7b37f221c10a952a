"""`manage.py heartbeat`: do beat and a worker live? For health checks and monitoring."""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError

from greenmfg import clock
from greenmfg.tasks import HEARTBEAT

PATIENCE = timedelta(minutes=3)  # the schedule beats each minute


class Command(BaseCommand):
    help = "Exits 0 if a worker was woken by beat within the last three minutes, else 1."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        last = cache.get(HEARTBEAT)
        if last is None:
            raise CommandError("no heartbeat")
        age = clock.now() - datetime.fromisoformat(last)
        if age > PATIENCE:
            raise CommandError(f"the last heartbeat is {age.total_seconds():.0f} s old")
        self.stdout.write(f"{age.total_seconds():.0f} s ago")
