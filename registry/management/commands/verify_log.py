"""manage.py verify_log: is every chain of the log whole?"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.verify import Broken, verify


class Command(BaseCommand):
    help = "核验办理记录：逐条重算哈希、核对序号与链头。发现第一处断裂即以非零状态退出。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stream", default="", help="只核验一条链，如 case:LC-2026-0147、unit:5")

    def handle(self, *args: Any, stream: str, **options: Any) -> None:
        began = time.monotonic()
        try:
            found = verify(stream)
        except Broken as broken:
            raise CommandError(f"断裂：{broken}") from broken
        spent = time.monotonic() - began
        self.stdout.write(
            f"核验通过：{found.events} 条记录，{found.streams} 条链，{found.holders} 个对象，用时 {spent:.1f} 秒"
        )
