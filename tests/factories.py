"""Things that tests need: units, calls, applications at any point of their life.

A case gets to a state only as in life: through acts by the people whose acts they are.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from greenmfg.rulebook import DRAFT_2023, Category, Material
from registry.casework import new_op, perform
from registry.drafts import open_draft, save_draft
from registry.models import (
    Batch,
    Case,
    Document,
    LaterEdition,
    PoolApplication,
    Publicity,
    Setting,
    Unit,
    User,
)
from registry.upkeep import editions as upkeep_editions
from tests.people import Cast

BEIJING = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """`2026-03-18` or `2026-03-18 10:30` in Beijing."""
    return datetime.fromisoformat(text if " " in text else f"{text} 10:00").replace(tzinfo=BEIJING)


NOW = at("2026-03-18")


def a_call(**fields) -> Batch:
    """A call for entries that is open in March 2026."""
    given = {"name": "2026年第一批", "opens_on": date(2026, 3, 1), "closes_on": date(2026, 3, 31)} | fields
    return Batch.objects.get_or_create(name=given.pop("name"), defaults=given)[0]


def a_setting(key: str, value: str, *, since: date = date(2024, 1, 1), basis: str = "测试") -> Setting:
    """A value in force from that day on."""
    return Setting.objects.create(key=key, value=value, basis=basis, in_force_from=since)


def an_edition(
    people: Cast, code: str = "2026-01", *, since: date | None = None, when: datetime = NOW, **changes
) -> LaterEdition:
    """The draft of 2023 with these numbers changed, drawn up by 周宁; put in force by 何静 when `since` is given.

    `lowers` gives the bounds of its four grades; None leaves one open.
    """
    fields, bands = upkeep_editions.copied(DRAFT_2023)
    for band, lower in zip(bands, changes.pop("lowers", ()), strict=False):
        band["lower"] = None if lower is None else Decimal(lower)
    fields |= {"code": code, "title": f"办法（{code}）", "basis": "测试文件", "note": ""} | changes
    row = upkeep_editions.draft(fields, bands, by=people.zhou, at=when)
    if since is None:
        return row
    return upkeep_editions.put_in_force(row, since=since, seen=row.version, by=people.he, at=when)


def a_unit(entity, district, category: Category = Category.GREEN_FACTORY, **fields) -> Unit:
    """A unit of this entity in this district (a District or its code)."""
    return Unit.objects.create(
        entity=entity,
        category=category,
        district_id=getattr(district, "pk", district),
        contact="陈晨",
        phone="010-00000000",
        address="示例路1号",
        industry="通用设备制造业",
        **fields,
    )


def a_document(case: Case, kind: Material, by: User, *, when: datetime = NOW) -> Document:
    """A document row with a made-up file behind it (no bytes: intake has tests of its own)."""
    return Document.objects.create(
        case_id=case.pk,
        kind=kind,
        name=f"{kind.label}.pdf",
        path="none.pdf",
        media_type="application/pdf",
        size=1000,
        pages=12,
        sha256=hashlib.sha256(kind.encode()).hexdigest(),
        uploaded_by=by,
        uploaded_at=when,
    )


def a_draft(
    people: Cast, *, category: Category = Category.GREEN_FACTORY, by: User | None = None, when: datetime = NOW
) -> PoolApplication:
    """A complete draft of 陈晨's (or another's) unit, ready to be submitted."""
    by = by or people.chen
    district = people.zhao.district if by == people.chen else people.sun.district
    unit = Unit.objects.filter(entity=by.entity, category=category).first() or a_unit(
        by.entity, district, category
    )
    draft = open_draft(PoolApplication(unit=unit, district=unit.district, batch=a_call()), by=by, at=when)
    material = (
        Material.EVALUATION_DOSSIER if category is Category.GREEN_SUPPLY_CHAIN else Material.DIAGNOSIS_REPORT
    )
    a_document(draft, material, by, when=when)
    return save_draft(
        draft,
        by=by,
        seen=draft.version,
        unit_confirmed=True,
        contact="陈晨",
        phone="010-00000000",
        address="示例路1号",
        industry="通用设备制造业",
        data_year=2025,
        output_value=Decimal("12000.00"),
        energy_tce=Decimal("830.50"),
        water_m3=Decimal("5200"),
        report_year=2025,
        report_agency="示例诊断机构",
        report_date=date(2025, 12, 1),
        self_score=Decimal("78.50"),
    )


def do(case, act: str, by: User, *, when: datetime = NOW, **data):
    """One act as the form would post it: with the version just read and a fresh operation id."""
    fresh = type(case).objects.get(pk=case.pk)
    return perform(fresh, act, by=by, at=when, seen=fresh.version, op=new_op(), **data)


SCORED = {"score": Decimal("72.50"), "score_source": "第三方评价报告第41页", "meets_requirements": True}


def an_application(people: Cast, state: str = "examining", **draft) -> PoolApplication:
    """An application that has come to `state` through acts, on NOW."""
    case = a_draft(people, **draft)
    author, officer = draft.get("by", people.chen), people.zhou
    district = people.zhao if author == people.chen else people.sun
    if state == "draft":
        return case
    if state in {"with_district", "returned_by_district", "district_declined"}:
        case = do(case, "ask_district", author)
        if state == "returned_by_district":
            case = do(case, "return_by_district", district, demands=DEMANDS, due_on=date(2026, 3, 25))
        if state == "district_declined":
            case = do(case, "decline", district, reason="生产经营异常")
        return case
    if case.category is Category.GREEN_SUPPLY_CHAIN:
        case = do(do(case, "ask_district", author), "recommend", district, reason="材料齐全，同意推荐。")
    else:
        case = do(case, "nominate_self", author)
    if state == "examining":
        return case
    if state in {"returned_by_bureau", "lapsed"}:
        case = do(case, "return_by_bureau", officer, demands=DEMANDS, due_on=date(2026, 3, 25))
        return do(case, "lapse", officer, when=at("2026-03-26")) if state == "lapsed" else case
    if state == "refused":
        return do(case, "refuse", officer, reason="不属于本市工业企业")
    if state == "withdrawn":
        return do(case, "withdraw", author)
    case = do(do(case, "type_score", officer, **SCORED), "clear", officer)
    if state == "cleared":
        return case
    notice = a_notice(people, case)
    if state != "on_notice":
        do(notice, "close", officer, when=AFTER_NOTICE)
        case = do(case, "admit", officer, when=AFTER_NOTICE)
        if state == "pool_left":
            case = do(case, "leave_pool", officer, when=AFTER_NOTICE, reason="企业停产")
    return PoolApplication.objects.get(pk=case.pk)


DEMANDS = [
    {"task": "report", "where": "第 3 项 绿色诊断评估报告", "text": "请补充诊断机构盖章页", "article": 5},
    {"task": "data", "where": "第 4 项 年度能源资源数据", "text": "请核对综合能源消费量", "article": 5},
]
AFTER_NOTICE = at("2026-03-26")


def a_notice(people: Cast, *cases: Case, signed: bool = True, when: datetime = NOW) -> Publicity:
    """A notice over these cleared cases from 2026-03-19 for 5 working days, so up to 03-25."""
    notice = perform(
        Publicity(),
        "draw_up",
        by=people.zhou,
        at=when,
        seen=0,
        op=new_op(),
        cases=[case.pk for case in cases],
        title="关于2026年第一批北京市绿色制造培育库拟入库单位的公示",
        text="根据办法第六条，现将拟入库单位予以公示。",
        starts_on=(when + timedelta(days=1)).date(),
        days=5,
    )
    return do(notice, "sign", people.he, when=when) if signed else notice
