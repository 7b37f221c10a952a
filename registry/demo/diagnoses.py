"""Diagnoses of the demo: about half of the units over three years, measures in every progress, some invited."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

from greenmfg.rulebook import Category, Material
from registry import diagnosing
from registry.drafts import put_check_record
from registry.models import Diagnosis, PoolApplication, Unit, User

if TYPE_CHECKING:
    from registry.demo.seed import Seeder

AGENCIES = ["示例诊断机构", "京南示例节能服务中心", "示例绿色评价中心"]
FOUND = [
    ("空压机长期空载运行", "更换为变频空压机并联网控制", "46.50"),
    ("余热直接排放", "安装余热回收装置用于采暖", "120.00"),
    ("厂房屋面闲置", "建设屋顶分布式光伏", "210.80"),
    ("照明为老旧金卤灯", "改造为智能照明", "18.20"),
    ("循环水补水量偏高", "改造循环水系统并加装计量", ""),
]
PROGRESS = ["done", "doing", "planned", "done", "dropped", "planned", "doing"]
NOTES = {"done": "已验收（示例）", "doing": "设备已到货（示例）", "dropped": "产线调整，不再实施（示例）"}


def fill(seeder: Seeder) -> None:
    """Diagnoses of every second unit, and of units that nobody has brought to the pool yet."""
    progress = cycle(PROGRESS)
    newest: list[Diagnosis] = []
    placed = Unit.objects.in_use().filter(district__isnull=False)
    for n, unit in enumerate(placed.select_related("entity").order_by("pk")):
        if (n % 2 and n > 1) or unit.category == Category.GREEN_SUPPLY_CHAIN:
            continue
        for year in _years(seeder.today.year, n):
            newest.append(_diagnosed(seeder, unit, year, n, progress))
    _invited(seeder, newest)
    checked = PoolApplication.objects.filter(state="examining").order_by("pk").first()
    if checked is not None:
        put_check_record(
            checked,
            by=seeder.officer,
            at=seeder.ago(1),
            **seeder.files[Material.EVIDENCE] | {"name": "现场核查记录（示例）.pdf"},
        )


def _years(this: int, n: int) -> list[int]:
    return [this - 1] if n % 3 else [this - 2, this - 1] if n % 4 else [this - 3, this]


def _diagnosed(seeder: Seeder, unit: Unit, year: int, n: int, progress: Any) -> Diagnosis:
    by: User = seeder.district_of(unit)
    at = seeder.ago(150 - n % 40) if year < seeder.today.year else seeder.ago(20 + n % 9)
    done_on = min(date(year, 12, 1), (at - timedelta(days=10)).date())
    found = diagnosing.register(
        Diagnosis(
            unit=unit,
            year=year,
            done_on=done_on,
            summary="总体用能水平良好，压缩空气和余热利用有潜力（示例）。",
        ),
        by=by,
        at=at,
        agency=AGENCIES[0] if year == seeder.today.year - 1 else AGENCIES[n % 2],
        report=seeder.files[Material.DIAGNOSIS_REPORT] if n % 5 else None,
    )
    rows = [
        {
            "id": None,
            "drop": False,
            "finding": finding,
            "words": words,
            "saving_tce": saving or None,
            "planned_on": seeder.today + timedelta(days=30 * (k + n % 4) - 45),
        }
        for k, (finding, words, saving) in enumerate(FOUND[n % 3 : n % 3 + 2 + n % 2])
    ]
    found = diagnosing.set_measures(found, by=by, at=at, seen=found.version, rows=rows)
    said = [(measure.pk, next(progress)) for measure in found.measures.all()]
    far = [{"id": pk, "progress": one, "note": NOTES.get(one, "")} for pk, one in said]
    return diagnosing.set_progress(found, by=by, at=seeder.ago(12), seen=found.version, rows=far)


def _invited(seeder: Seeder, diagnoses: list[Diagnosis]) -> None:
    """Two of three potential units that are left; the others wait for somebody to try it."""
    left = {one.pk for one in Diagnosis.objects.potential()}
    for n, one in enumerate(each for each in diagnoses if each.pk in left):
        if n % 3 == 0 and not diagnosing.why_not(one.unit, on=seeder.ago(3).date()):
            diagnosing.invite(one, by=seeder.officer, at=seeder.ago(3))
