"""manage.py draw_states: draw docs/states.md from the acts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.diagrams import all_states


class Command(BaseCommand):
    help = "由办理动作绘制状态图 docs/states.md；--check 只检查其是否为最新。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="不写文件；文件已过时即以非零状态退出")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "states.md"
        text = all_states()
        if not check:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            raise CommandError("docs/states.md 已过时，请运行 manage.py draw_states")
