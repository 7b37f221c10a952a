"""Ten thousand applications, as the register would hold them after some years: units, papers, history, messages.

Rows go in by COPY, parent then child. The guards of the database stay on: each application is inserted as a draft
and walks to its state along legal edges. The hash chains of these rows are made up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, models

from greenmfg.rulebook import Category, Level, Material
from registry.models import (
    Batch,
    Case,
    District,
    Document,
    Event,
    LegalEntity,
    Message,
    PoolApplication,
    Standing,
    Submission,
    Unit,
    User,
)
from tests.factories import at
from tests.people import Cast

TODAY = at("2026-03-18")
# How the applications of the last years stand, in parts of a hundred.
SHARES = {
    "draft": 3,
    "with_district": 8,
    "returned_by_district": 2,
    "district_declined": 2,
    "examining": 12,
    "returned_by_bureau": 4,
    "lapsed": 3,
    "cleared": 5,
    "on_notice": 5,
    "admitted": 44,
    "refused": 6,
    "withdrawn": 4,
    "pool_left": 2,
}
PLACES = ("京华", "燕山", "永定", "潮白", "温榆", "妙峰", "云蒙", "莲花")
TRADES = ("机电", "新材料", "绿色能源", "精密仪器", "生物医药", "汽车零部件", "电子", "食品")
INDUSTRIES = ("通用设备制造业", "医药制造业", "汽车制造业", "食品制造业")


def fill(people: Cast, *, applications: int = 10_000) -> None:
    """Fill an empty register: two applications for each unit, an older closed one and one of this year.

    In the application's role; the same rows with every run. The walk leaves dead rows: vacuum afterwards.
    """
    chance = random.Random(20260318)
    units = _units(applications // 2, chance)
    cases = _applications(units, applications, people, chance)
    _history(cases, people)


def _keys(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys from the model's sequence."""
    table, column = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def copy(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Unsaved instances into the model's own table; those without a key get one."""
    rows = list(rows)
    missing = [row for row in rows if row.pk is None]
    for row, key in zip(missing, _keys(model, len(missing)) if missing else (), strict=True):
        row.pk = key
    fields = model._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as into,
    ):
        for row in rows:
            into.write_row([f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields])


def _units(count: int, chance: random.Random) -> list[Unit]:
    """Units of all kinds in all districts; each entity has one unit and one person who files for it."""
    districts = list(District.objects.values_list("code", flat=True))
    entities, units, people = [], [], []
    for n in range(count):
        name = f"{PLACES[n % 8]}{chance.choice(TRADES)}示例{n:05d}有限公司"
        entity = LegalEntity(credit_code=f"91110100{n:010d}", is_example=True)
        entity.call(name)
        entities.append(entity)
    copy(LegalEntity, entities)
    for n, entity in enumerate(entities):
        category = (Category.GREEN_FACTORY, Category.GREEN_SUPPLY_CHAIN, Category.GREEN_PARK)[
            0 if n % 10 < 7 else 1 if n % 10 < 9 else 2
        ]
        units.append(
            Unit(
                entity=entity,
                category=category,
                district_id=districts[n % len(districts)],
                industry=chance.choice(INDUSTRIES),
                address=f"示例路{n}号",
                contact=f"联系人{n}",
                phone="010-00000000",
            )
        )
        people.append(
            User(
                username=f"unit{n}",
                password="!",
                name=f"经办{n}",
                role="unit",
                entity=entity,
                email=f"unit{n}@example.org",
            )
        )
    copy(Unit, units)
    copy(User, people)
    return units


def _applications(
    units: Sequence[Unit], count: int, people: Cast, chance: random.Random
) -> list[tuple[PoolApplication, str]]:
    """Applications with the states that they have walked to."""
    open_states = [s for s in SHARES if s not in PoolApplication.CLOSED]
    closed_states = sorted(PoolApplication.CLOSED)
    batches = [
        Batch(name=f"{year}年第{half}批", opens_on=date(year, month, 1), closes_on=date(year, month, 31))
        for year in (2024, 2025, 2026)
        for half, month in (("一", 3), ("二", 8))
    ]
    copy(Batch, batches)
    found: list[tuple[PoolApplication, str]] = []
    for n in range(count):
        unit, old = units[n % len(units)], n < len(units)
        among = closed_states if old else [*open_states, *closed_states]
        state = chance.choices(among, [SHARES[s] for s in among])[0]
        opened = TODAY - timedelta(days=chance.randrange(120, 700) if old else chance.randrange(1, 100))
        found.append(
            (_application(n, unit, opened, batches[n % 4 if old else 4], state, people, chance), state)
        )
    for key, (case, _) in zip(_keys(Case, count), found, strict=True):
        case.id = case.case_ptr_id = key
    copy(Case, [case for case, _ in found])
    copy(PoolApplication, [case for case, _ in found])
    _walk(found)
    return found


def _application(
    n: int, unit: Unit, opened: datetime, batch: Batch, state: str, people: Cast, chance: random.Random
) -> PoolApplication:
    filed = state != "draft"
    judged = state in {"cleared", "on_notice", "admitted", "pool_left"} or (
        state == "examining" and n % 2 == 0
    )
    supply = unit.category == Category.GREEN_SUPPLY_CHAIN
    closed = state in PoolApplication.CLOSED
    return PoolApplication(
        kind="pool",
        no=f"LC-{opened.year}-{n + 1:05d}",
        unit=unit,
        district_id=unit.district_id,
        state="draft",
        version=EVENTS + 1 if filed else 1,
        due_on=None if closed or not filed else (TODAY + timedelta(days=chance.randrange(-5, 15))).date(),
        opened_by=people.chen,
        opened_at=opened,
        closed_at=opened + timedelta(days=40) if closed else None,
        head_seq=EVENTS if filed else 0,
        head_hash="0" * 64 if filed else "",
        batch=batch,
        route="district" if supply or n % 3 == 0 else "self",
        contact=unit.contact,
        phone=unit.phone,
        address=unit.address,
        industry=unit.industry,
        unit_confirmed=filed,
        data_year=opened.year - 1,
        output_value=Decimal(chance.randrange(10**6, 10**9)) / 100,
        energy_tce=Decimal(chance.randrange(10**4, 10**7)) / 100,
        water_m3=Decimal(5200),
        report_year=opened.year - 1,
        report_agency="示例诊断机构",
        report_date=date(opened.year - 1, 12, 1),
        self_score=Decimal("78.50"),
        submitted_on=opened.date() if filed else None,
        recommended_on=opened.date() if filed and (supply or n % 3 == 0) else None,
        opinion="材料齐全，同意推荐。" if filed and n % 3 == 0 else "",
        score=Decimal(chance.randrange(6000, 9999)) / 100 if judged else None,
        score_source="第三方评价报告第41页" if judged else "",
        meets_requirements=True if judged else None,
    )


def _walk(cases: Sequence[tuple[PoolApplication, str]]) -> None:
    """Move each case from draft to its state, edge by edge, under the database's own guard."""
    routes = _routes()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE walker (id bigint PRIMARY KEY, goal text)")
        with cursor.copy("COPY walker FROM STDIN") as into:
            for case, state in cases:
                into.write_row([case.pk, state])
        for goal, route in routes.items():
            for state in route:
                cursor.execute(
                    "UPDATE registry_case c SET state = %s FROM walker w WHERE w.id = c.id AND w.goal = %s",
                    [state, goal],
                )
        cursor.execute("DROP TABLE walker")
    for case, state in cases:
        case.state = state


def _routes() -> dict[str, list[str]]:
    """The shortest way from draft to each state, along the edges that the acts declare."""
    routes: dict[str, list[str]] = {"draft": []}
    fresh = ["draft"]
    while fresh:
        here = fresh.pop(0)
        for source, target in sorted(PoolApplication.edges()):
            if source == here and target not in routes:
                routes[target] = [*routes[here], target]
                fresh.append(target)
    return routes


EVENTS = 4  # of each application that was filed
STORY = (
    ("nominate_self", "自荐提交", "draft", "examining"),
    ("return_by_bureau", "退回补正", "examining", "returned_by_bureau"),
    ("resubmit_to_bureau", "补正后提交市局", "returned_by_bureau", "examining"),
    ("type_score", "登记得分", "examining", "examining"),
)


def _history(cases: Sequence[tuple[PoolApplication, str]], people: Cast) -> None:
    """Events, submissions, documents, messages and standings of these applications."""
    events, submissions, documents, standings = [], [], [], []
    for case, state in cases:
        supply = case.unit is not None and case.unit.category == Category.GREEN_SUPPLY_CHAIN
        kinds = (Material.EVALUATION_DOSSIER if supply else Material.DIAGNOSIS_REPORT, Material.EVIDENCE)
        papers = [_document(case, kind, people) for kind in kinds]
        documents += papers
        if state == "draft":
            continue
        events += [_event(case, seq, people) for seq in range(1, EVENTS + 1)]
        submissions += [
            Submission(
                case_id=case.pk,
                n=n,
                payload=_payload(case, papers[:n]),
                hash="0" * 64,
                by=people.chen,
                at=case.opened_at,
            )
            for n in (1, 2)
        ]
        if state in {"admitted", "pool_left"} and case.no.startswith(("LC-2024", "LC-2025")):
            standings.append(_standing(case))
    copy(Document, documents)
    copy(Event, events)
    copy(Submission, submissions)
    copy(Standing, standings)
    copy(
        Message,
        [
            Message(
                to=people.zhou,
                event=event,
                case_id=event.case_id,
                subject="入库申请已提交",
                text="请及时办理。",
                visible_from=event.at,
                read_at=None if event.at > TODAY - timedelta(days=10) else event.at,
                sent_at=event.at,
            )
            for event in events
            if event.seq == 1
        ],
    )


def _payload(case: PoolApplication, papers: Sequence[Document]) -> str:
    """What `Case.payload` would have frozen, with these papers: a return brought the second one."""
    fields = {
        f.attname: None if f.value_from_object(case) is None else f.value_to_string(case)
        for f in case.own_fields()
    }
    filed = [{"kind": d.kind, "asked": d.asked, "version": d.version, "sha256": d.sha256} for d in papers]
    return json.dumps(fields | {"documents": filed}, ensure_ascii=False)


def _event(case: PoolApplication, seq: int, people: Cast) -> Event:
    act, label, source, target = STORY[seq - 1]
    return Event(
        stream=case.stream,
        seq=seq,
        case_id=case.pk,
        unit_id=case.unit_id,
        act=act,
        label=label,
        from_state=source,
        to_state=target,
        by=people.zhou if act in {"return_by_bureau", "type_score"} else people.chen,
        at=case.opened_at + timedelta(days=seq),
        article=6,
        edition="2023-draft",
        op=f"fill-{case.pk}-{seq}",
        internal=act == "type_score",
        body='{"changes":{},"data":{}}',
        hash="0" * 64,
    )


def _document(case: PoolApplication, kind: Material, people: Cast) -> Document:
    return Document(
        case_id=case.pk,
        kind=kind,
        name=f"{kind.label}.pdf",
        path="none.pdf",
        media_type="application/pdf",
        size=2_000_000,
        pages=12,
        sha256="0" * 64,
        uploaded_by=people.chen,
        uploaded_at=case.opened_at,
    )


def _standing(case: PoolApplication) -> Standing:
    """Ended, so that a unit may have had several."""
    assert case.closed_at is not None
    day = case.closed_at.date()
    return Standing(
        unit_id=case.unit_id,
        level=Level.POOL,
        batch=case.batch.name,
        name_as_published=case.unit.name if case.unit else "",
        since=day,
        until=day + timedelta(days=30),
        ended_cause="示例数据",
        opened_by_case_id=case.pk,
    )
