"""The demo's registrations in every state, its imported units without a district, a merge, and an invitation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from greenmfg.rulebook import Category, Level
from registry import names
from registry.casework import new_op, perform
from registry.demo.papers import paper
from registry.inviting import invite
from registry.merging import merge
from registry.models import (
    Document,
    Invitation,
    LegalEntity,
    Registration,
    Roster,
    RosterLine,
    Standing,
    Unit,
    User,
)

if TYPE_CHECKING:
    from registry.demo.seed import Seeder

DEMANDS = [{"where": "授权书", "text": "授权书未加盖公章，请盖章后重新上传", "article": 3}]
# Published names; the last two are one works, whose name changed between two lists.
LISTED = [
    "京昌示例动力设备有限公司",
    "北泽示例印刷有限公司",
    "首安示例陶瓷有限公司",
    "通宝示例玻璃有限公司",
    "京石示例铸锻厂",
    "京石示例铸锻有限公司",
]


def fill(seeder: Seeder) -> None:
    """Everything that this part of the portal has to show."""
    listed = _listed(seeder)
    _registrations(seeder)
    merge(
        listed[5].entity_id, listed[4].entity_id, by=seeder.officer, at=seeder.ago(2),
        reason="同一企业的两条记录，名称前后不同（示例）。",
    )  # fmt: skip
    chen = User.objects.get(username="qiye")
    invite(Invitation(name="示例同事", email="tongshi@example.org"), by=chen, at=seeder.ago(1))


def _listed(seeder: Seeder) -> list[Unit]:
    """A published list as it is brought in: entities without codes, units without districts."""
    roster = perform(
        Roster(),
        "bring_in",
        by=seeder.officer,
        at=seeder.ago(50),
        seen=0,
        op=new_op(),
        level=Level.NATIONAL,
        category=Category.GREEN_FACTORY,
        title="国家级绿色工厂名单第二期（示例，非真实名单）",
        batch="示例第二期",
        dated=seeder.ago(190).date(),
    )
    units = []
    for n, name in enumerate(LISTED, start=1):
        entity = LegalEntity(is_example=True)
        entity.call(name)
        entity.save()
        unit = Unit.objects.create(entity=entity, category=Category.GREEN_FACTORY)
        standing = Standing.objects.create(
            unit=unit, level=Level.NATIONAL, batch=roster.batch, name_as_published=name, since=roster.dated
        )
        RosterLine.objects.create(
            roster=roster, n=n, name=name, category=unit.category, region="北京", unit=unit, standing=standing
        )
        units.append(unit)
    return units


def _registrations(seeder: Seeder) -> None:
    sheet = paper("企业授权书（示例）", dated=date(seeder.today.year, 1, 10))
    clerk = User.objects.get(username="quju")
    password = make_password(settings.DEMO_PASSWORD)
    # (user name, enterprise, days ago, what the district did)
    lives: list[tuple[str, str, int, str]] = [
        ("zhuce", LISTED[0], 2, ""),
        ("zhuce2", "昌润示例仪表有限公司", 6, "send_back"),
        ("zhuce3", "京昌示例钟表有限公司", 20, "confirm"),
        ("zhuce4", "城南示例商贸有限公司", 15, "decline"),
        ("zhuce5", "昌远示例模具有限公司", 25, "lapse"),
        ("zhuce6", "昌和示例轴承有限公司", 9, "withdraw"),
    ]
    for n, (username, name, days, end) in enumerate(lives, start=1):
        first = f"91110114MA01Y{n:04d}"
        person = User(username=username, name="示例经办", role="registrant", email=f"{username}@example.org")
        person.password = password
        case = perform(
            Registration(),
            "register",
            by=person,
            at=seeder.ago(days),
            seen=0,
            op=new_op(),
            document=Document(**sheet),
            credit_code=first + names.check_sign(first),
            code_evidence="",
            name=name,
            category=Category.GREEN_FACTORY,
            district=clerk.district,
            site="",
            address=f"示例路{n}号",
            industry="专用设备制造业",
            contact="示例经办",
            phone="010-00000000",
            email=person.email,
        )
        later = seeder.ago(max(days - 1, 0))
        returned: dict[str, Any] = {"demands": DEMANDS, "due_on": (later + timedelta(days=7)).date()}
        if end == "send_back":
            returned["due_on"] = seeder.today + timedelta(days=4)
            seeder.act(case, "send_back", clerk, later, **returned)
        elif end == "confirm":
            seeder.act(case, "confirm", clerk, later, entity=None, units=[])
            LegalEntity.objects.filter(name=name).update(is_example=True)
        elif end == "decline":
            seeder.act(case, "decline", clerk, later, reason="企业地址不在本区，且不属于工业企业（示例）。")
        elif end == "lapse":
            case = seeder.act(case, "send_back", clerk, later, **returned)
            seeder.act(case, "lapse", clerk, later + timedelta(days=17))
        elif end == "withdraw":
            seeder.act(case, "withdraw", person, later)
