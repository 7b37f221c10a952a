"""Bring in a published list: `manage.py import_listings FILE [--dry-run] [--report OUT.xlsx] [--by USERNAME]`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from greenmfg import clock
from registry.acts import NotYours
from registry.models import User
from registry.resources.importing import INVALID, ImportOutcome
from registry.resources.preview import row_lines, summary_lines, write_report
from registry.resources.published import import_published
from registry.resources.sheets import Unreadable


class Command(BaseCommand):
    help = "导入公布的绿色制造名单（csv 或 xlsx）；重复导入同一名单不产生变更"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="名单文件：csv（UTF-8、GB18030）或 xlsx")
        parser.add_argument("--dry-run", action="store_true", help="试运行：逐行显示结果，不写入")
        parser.add_argument(
            "--report", type=Path, metavar="OUT.xlsx", help="把逐行结果写成工作簿，标出有误的单元格"
        )
        parser.add_argument("--by", metavar="USERNAME", help="办理人用户名（市局经办）；不填则记为系统导入")
        parser.add_argument("--skip-invalid", action="store_true", help="略过有误的行，导入其余各行")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        report: Path | None = options["report"]
        if report and report.suffix.lower() != ".xlsx":
            raise CommandError("--report 请指定 .xlsx 文件")
        if report and (not report.parent.is_dir() or report.resolve() == path.resolve()):
            raise CommandError("--report 的文件夹不存在，或者与名单是同一个文件")
        outcome = self._import(path, **options)
        for line in row_lines(outcome, all_rows=outcome.dry_run):
            self.stdout.write(line)
        if outcome.dry_run or outcome.counts[INVALID]:
            self.stdout.write("")
        for line in summary_lines(outcome):
            self.stdout.write(line)
        if report:
            try:
                write_report(outcome, report)
            except OSError as error:
                raise CommandError(f"结果如上；报告未能写入 {report}：{error.strerror or error}") from error
            self.stdout.write(f"逐行结果：{report}")
        if outcome.stopped or outcome.counts[INVALID] == len(outcome.rows):
            raise SystemExit(1)

    def _import(self, path: Path, **options: Any) -> ImportOutcome:
        by = None
        if options["by"]:
            by = User.objects.filter(username=options["by"]).first()
            if by is None:
                raise CommandError(f"没有用户“{options['by']}”")
        try:
            with path.open("rb") as file:
                return import_published(
                    file,
                    name=path.name,
                    by=by,
                    at=clock.now(),
                    dry_run=options["dry_run"],
                    skip_invalid=options["skip_invalid"],
                )
        except (Unreadable, NotYours) as error:
            self.stdout.write(f"未导入：{error}。")
            raise SystemExit(1) from error
        except OSError as error:
            self.stdout.write(f"未导入：无法读取 {path}（{error.strerror or error}）。")
            raise SystemExit(1) from error
