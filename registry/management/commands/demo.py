"""`manage.py demo`: fill an empty portal with invented, marked people, units and cases."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from greenmfg import clock
from registry import publishing
from registry.demo.seed import Unfinished, seed
from registry.models import Roster, User


class Command(BaseCommand):
    help = "Fill an empty portal with demo people and cases (demo mode only). A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("演示数据只能在演示模式（DEMO=1）下装入")
        try:
            fresh = seed(clock.now(), lambda words: self.stdout.write(f"  · {words}"))
        except Unfinished as error:
            raise CommandError("上次装入演示数据时中断，请执行 make reset 后重试") from error
        if not fresh:
            self.stdout.write("  · 已有数据，保持不变")
        for roster in Roster.objects.filter(state="published", files=None):
            publishing.render(roster, at=clock.now())
            self.stdout.write(f"  · 名单文件 {roster.no}")
        people = {user.username: user for user in User.objects.filter(username__in=settings.DEMO_USERNAMES)}
        self.stdout.write(f"\n  演示账号（密码均为 {settings.DEMO_PASSWORD}）")
        for username in settings.DEMO_USERNAMES:
            user = people[username]
            self.stdout.write(f"    {username:<8} {user.name}  {user.get_role_display()}")
