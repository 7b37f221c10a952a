"""Calls of the demo in every phase: planned, open with quotas and an extension, reviewing, ended."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from greenmfg.rulebook import Category, Level
from registry import calls
from registry.drafts import save_draft
from registry.models import Batch, District, PoolApplication, Standing, Unit, User

if TYPE_CHECKING:
    from registry.demo.seed import Seeder

# What has become of the parks of the special call, whose entries have closed.
SPECIAL = ["examining", "returned_by_bureau", "refused", "cleared", "draft", "withdrawn"]
ANSWERS = ["已补充诊断机构盖章页，见第 12 页", "已计入外购热力 12.5 吨标准煤"]


def show_calls(seeder: Seeder) -> None:
    """After the applications: the calls around them, and corrections that have come back."""
    _end_the_earlier(seeder)
    _extend_and_limit(seeder)
    _special(seeder)
    _next(seeder)
    _corrected(seeder)
    _revoked(seeder)


def _end_the_earlier(seeder: Seeder) -> None:
    fresh = Batch.objects.get(pk=seeder.earlier.pk)
    calls.end(fresh, by=seeder.officer, at=seeder.ago(35), seen=fresh.head_seq, reason="全部申请已办结")


def _extend_and_limit(seeder: Seeder) -> None:
    call, by = seeder.running, seeder.officer
    fresh = calls.extend(
        Batch.objects.get(pk=call.pk),
        by=by,
        at=seeder.ago(3),
        seen=call.head_seq,
        closes_on=seeder.today + timedelta(days=30),
        closes_time=time(17),
        reason="部分区诊断机构出具报告较晚（示例）",
    )
    used = PoolApplication.places_used(fresh)
    # Every third district has used up its places.
    places = {
        district.pk: used.get(district.pk, 0) + (0 if n % 3 == 2 and used.get(district.pk) else 2)
        for n, district in enumerate(District.objects.all())
    }
    calls.set_quotas(
        fresh,
        by=by,
        at=seeder.ago(2),
        seen=fresh.head_seq,
        places=places,
        reason="按各区工业企业数量分配（示例）",
    )


def _special(seeder: Seeder) -> None:
    """A call for parks alone, closed for entries, with applications still under way."""
    call = calls.plan(
        by=seeder.officer,
        at=seeder.ago(90),
        places={},
        fields={
            "name": f"{seeder.today.year}年园区专项",
            "opens_on": seeder.today - timedelta(days=75),
            "closes_on": seeder.today - timedelta(days=45),
            "categories": [Category.GREEN_PARK.value],
        },
    )
    homes = [unit for unit in seeder.made[4:] if unit.category != Category.GREEN_PARK]
    for n, (state, home) in enumerate(zip(SPECIAL, homes, strict=False)):
        clerk = seeder.clerk[home.pk]
        park = seeder.unit(
            home.entity, Category.GREEN_PARK, str(home.district_id), "园区管理服务", contact=clerk.name
        )
        at = seeder.ago(52 - n)
        seeder.bring(park, state, at, clerk, by_district=n % 2 == 0, batch=call)


def _next(seeder: Seeder) -> None:
    calls.plan(
        by=seeder.officer,
        at=seeder.ago(1),
        places={"110114": 5, "110115": 4, "BDA": 8},
        fields={
            "name": f"{seeder.today.year}年第三批",
            "opens_on": seeder.today + timedelta(days=60),
            "opens_time": time(9),
            "closes_on": seeder.today + timedelta(days=90),
            "closes_time": time(17),
            "categories": [Category.GREEN_FACTORY.value, Category.GREEN_PARK.value],
            "materials": [
                {"name": "安全生产承诺书", "required": True},
                {"name": "产品碳足迹报告", "required": False},
            ],
        },
    )


def _corrected(seeder: Seeder) -> None:
    """One application that was returned and has come back: with words to each demand and one thing changed."""
    among = PoolApplication.objects.filter(state="returned_by_bureau", batch=seeder.running)
    case = among.exclude(unit__entity__people__username="qiye").order_by("pk").first()
    assert case is not None
    clerk = seeder.clerk[case.unit_id or 0]
    save_draft(
        case, by=clerk, seen=case.version, energy_tce=(case.energy_tce or Decimal()) + Decimal("12.50")
    )
    seeder.act(case, "resubmit_to_bureau", clerk, seeder.ago(1), answers=ANSWERS)


def _revoked(seeder: Seeder) -> None:
    """刘洋's enterprise once lost a listed title after a relocation: Article 12 lets it apply again."""
    liu = User.objects.get(username="qiye2")
    unit = Unit.objects.get(entity=liu.entity)
    Standing.objects.create(
        unit=unit,
        level=Level.NATIONAL,
        name_as_published=unit.name,
        since=seeder.today - timedelta(days=1900),
        until=seeder.today - timedelta(days=500),
        ended_cause="发生厂区迁址，复审不通过（示例）",
    )
