"""Two rounds of gradings: last year's, ended, and this year's in every state."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

from evaluation.demo.schemes import answers
from evaluation.models import Grading, GradingRound, SchemeVersion
from greenmfg.rulebook import Category, Level, Material
from registry.casework import new_op, perform, record
from registry.demo.papers import paper
from registry.demo.seed import Seeder
from registry.drafts import attach, save_draft
from registry.models import Standing, Unit, User

# Where this year's have come to, in turn.
STATES = ("self_assessing", "assigned", "scoring", "concluded", "graded", "concluded", "to_assign", "void",
          "graded", "sent_back", "self_assessing", "concluded")  # fmt: skip
QUALITY = ("0.88", "0.52", "0.71", "0.94", "0.63", "0.79", "0.83", "0.57", "0.98", "0.68", "0.74", "0.90")
WORDS = "经查阅统计台账、结算凭证并赴现场核查，各项数据真实可溯；自评中个别指标依据不足，已予核减。（示例）"


def fill(seeder: Seeder, scheme: SchemeVersion) -> None:
    """The factories of the demo's national list, graded last year and again this year."""
    units = _listed(seeder)
    agents = cycle(User.objects.filter(role="evaluator").order_by("pk"))
    year = seeder.today.year
    last = _round(seeder, scheme, year - 1, seeder.ago(330))
    for n, (unit, agent) in enumerate(zip(units[:10], agents, strict=False)):
        quality = Decimal(QUALITY[n]) - Decimal("0.04")
        _tell(seeder, unit, last, agent, "graded", quality=quality, at=seeder.ago(320 - n))
    record(last, "结束批次", by=seeder.officer, at=seeder.ago(250), changes={"ended_at": seeder.ago(250)})
    this = _round(seeder, scheme, year, seeder.ago(30))
    for n, (unit, state, agent) in enumerate(zip(units, STATES, agents, strict=False)):
        _tell(seeder, unit, this, agent, state, quality=Decimal(QUALITY[n]), at=seeder.ago(28 - n % 3))


def _listed(seeder: Seeder) -> list[Unit]:
    """Factories of the demo, put on its national list; the enterprise that signs in for the demo in front."""
    factories = [unit for unit in seeder.made if unit.category == Category.GREEN_FACTORY]
    own = list(Unit.objects.filter(entity__people__username="qiye", category=Category.GREEN_FACTORY)[:1])
    units = [*own, *(unit for unit in factories if unit not in own)][: len(STATES)]
    since = seeder.ago(500).date()
    for unit in units:
        Standing.objects.get_or_create(
            unit=unit,
            level=Level.NATIONAL,
            until=None,
            defaults={"batch": "示例批次", "name_as_published": unit.name, "since": since},
        )
    return units


def _round(seeder: Seeder, scheme: SchemeVersion, year: int, at: datetime) -> GradingRound:
    found = GradingRound.objects.create(
        name=f"{year}年度分级评价（示例）",
        year=year,
        scheme=scheme,
        own_due_on=(at + timedelta(days=45)).date(),
        text="对已入围国家级绿色工厂的单位开展年度分级评价（示例）。",
    )
    return record(found, "新建分级评价批次", by=seeder.officer, at=at, changes={})


def _tell(
    seeder: Seeder,
    unit: Unit,
    round: GradingRound,
    agent: User,
    state: str,
    *,
    quality: Decimal,
    at: datetime,
) -> None:
    """One grading as far as `state`, through acts."""
    case: Any = perform(
        Grading(unit=unit, round=round, agency=agent.agency),
        "include", by=seeder.officer, at=at, seen=0, op=new_op(),
        reason="本行业可承担评价的机构有限（示例）",
    )  # fmt: skip
    if state == "void":
        seeder.act(
            case,
            "void",
            seeder.officer,
            at + timedelta(days=2),
            reason="企业已停产，本年度不再评价（示例）。",
        )
    clerk = User.objects.filter(role="unit", entity=unit.entity_id).order_by("pk").first()
    if state in {"void", "self_assessing"} or clerk is None:
        return
    day = at + timedelta(days=5)
    proof = attach(
        case,
        by=clerk,
        at=day,
        kind=Material.EVIDENCE,
        **paper("分级评价佐证材料（示例）", dated=seeder.today),
    )
    scheme = case.loaded_scheme
    mine = answers(scheme, quality + Decimal("0.05"), pages=((proof.pk, 1),))
    case = Grading.objects.get(pk=case.pk)
    case = save_draft(case, by=clerk, seen=case.version, **case.own_scored(mine))
    case = seeder.act(case, "file_own", clerk, day)
    if state == "to_assign":
        seeder.act(case, "recuse", agent, day + timedelta(days=1), reason="为该单位提供过咨询等服务")
    if state in {"assigned", "to_assign"}:
        return
    case = seeder.act(case, "begin", agent, day + timedelta(days=1), independent=True)
    theirs = answers(scheme, quality, pages=((proof.pk, 1),))
    case = save_draft(case, by=agent, seen=case.version, conclusion=WORDS, **case.scored(theirs))
    if state == "scoring":
        return
    report = paper("分级评价报告（示例）", dated=seeder.today)
    attach(case, by=agent, at=day, kind=Material.EVALUATION_REPORT, **report)
    case = seeder.act(case, "conclude", agent, day + timedelta(days=4))
    if state == "sent_back":
        words = "请补充工业用水重复利用率的计量依据。"
        seeder.act(case, "send_back", seeder.officer, day + timedelta(days=5), reason=words)
    if state == "graded":
        if unit.pk % 2:
            judged = {"value": "5.5"}
            case = seeder.act(
                case, "revise", seeder.officer, day + timedelta(days=5), item="B1", answer=judged,
                reason="案例节约量的测算依据不足，按可核实部分计分（示例）",
            )  # fmt: skip
        seeder.act(case, "award", seeder.officer, day + timedelta(days=6))
