"""System settings in the demo: a value that has changed and one that will, editions to come, words with versions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from greenmfg.rulebook import DRAFT_2023
from registry.models import Wording
from registry.models.log import values
from registry.upkeep import editions, settings, wordings

if TYPE_CHECKING:
    from registry.demo.seed import Seeder

EXAMPLE = "示例文件，非真实文件"


def system_settings(seeder: Seeder) -> None:
    """Each as its keeper would have done it, on days of the past and for days to come."""
    officer, chief, now = seeder.officer, seeder.chief, seeder.now
    past, coming = seeder.ago(60), (now + timedelta(days=30)).date().replace(day=1)
    coming = coming if coming > now.date() else (now + timedelta(days=31)).date()
    for key, value, at, since in (
        ("signing_days", "2", past, (past + timedelta(days=1)).date()),
        ("notice_days", "7", seeder.ago(3), coming),
    ):
        settings.set_value(key, value=value, basis=EXAMPLE, since=since, by=officer, at=at)
    fields, bands = editions.copied(DRAFT_2023)
    fields |= {"basis": EXAMPLE, "title": "北京市绿色制造单位管理办法（示例）"}
    stricter = fields | {
        "code": "9001-demo",
        "pool_threshold": Decimal(65),
        "note": "示例：入库得分提高到 65 分。",
    }
    planned = editions.draft(stricter, bands, by=officer, at=seeder.ago(10))
    since = (now + timedelta(days=180)).date()
    editions.put_in_force(planned, since=since, seen=planned.version, by=chief, at=seeder.ago(8))
    open_bands = [bands[0], *(band | {"lower": None} for band in bands[1:])]
    editions.draft(
        fields | {"code": "9002-demo", "note": "示例：级别界限尚未确定。"}, open_bands, by=officer, at=past
    )
    stamp, unclear = Wording.objects.get(code="R02"), Wording.objects.get(code="R09")
    for row, changes in (
        (stamp, {"text": "请补充加盖诊断机构公章的页面"}),
        (stamp, {"text": "请补充诊断机构盖章页"}),
        (unclear, {"text": "附件无法打开或者页面不清，请重新上传清晰的文件"}),
    ):
        fresh = Wording.objects.get(pk=row.pk)
        given = {name: getattr(fresh, name) for name in wordings.FIELDS} | changes
        wordings.write(fresh, given, seen=values(fresh), by=officer, at=seeder.ago(20))
