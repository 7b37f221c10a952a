"""Evaluations in every state, and applications in 第三方复核中; those of one agency by the example scheme."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from evaluation.demo.schemes import answers
from evaluation.models import Evaluation, SchemeVersion, standing_aside
from greenmfg.rulebook import Category, Material
from registry.casework import new_op, perform
from registry.demo.papers import paper
from registry.demo.seed import Seeder
from registry.drafts import attach, save_draft
from registry.models import EvaluatorAgency, PoolApplication, User

TASK = "请对照国家相关评价要求，复核申报材料和数据。\n1. 外购热力的计量和结算凭证\n2. 综合能源消费量与上年相比变化较大的原因（示例）"
WORDS = (
    "经查阅申报材料并赴现场核查，能源计量器具配备、统计台账与结算凭证一致，外购热力已计入综合能源消费量；"
    "自评中“可再生能源利用”一项依据不足，予以核减。（示例）"
)
# Where each has come to, by whom, and how many days ago it was commissioned; those that have come far first.
STORIES = [
    ("scoring", "wu", 17),
    ("confirmed", "wu", 14),
    ("sent_back", "wu", 13),
    ("concluded", "wu", 12),
    ("concluded", "other", 11),
    ("scoring", "wu", 9),
    ("void", "wu", 8),
    ("recused", "wu", 5),
    ("assigned", "wu", 3),
    ("assigned", "wu", 1),
]


def fill(seeder: Seeder, scheme: SchemeVersion) -> None:
    """Two agencies at work on applications of the call that is open."""
    wu = User.objects.get(username="pingjia")
    agency = EvaluatorAgency.objects.create(name="示例节能环保评估院", legal_representative="示例人")
    other = User.objects.create(
        username="pingjia-2", name="示例评价员", role="evaluator", agency=agency, password="!"
    )
    waiting = PoolApplication.objects.filter(state="examining", unit__category=Category.GREEN_FACTORY)
    cases = iter(waiting.select_related("unit").order_by("submitted_on", "pk"))
    report = paper("第三方评价报告（示例）", dated=seeder.today)
    for n, (state, who, days) in enumerate(STORIES):
        person = wu if who == "wu" else other
        # Whoever diagnosed a unit does not check it.
        case = next(
            (
                case
                for case in cases
                if not standing_aside(
                    [person.agency], unit=case.unit_id, case=case, at=seeder.ago(days, hour=15)
                )
            ),
            None,
        )
        if case is None:
            return
        score = Decimal("81.30") - 3 * n
        tell(
            seeder,
            case,
            state,
            person=person,
            at=seeder.ago(days, hour=15),
            score=score,
            report=report,
            scheme=scheme if who == "wu" else None,
        )


def tell(
    seeder: Seeder,
    case: PoolApplication,
    state: str,
    *,
    person: User,
    at: datetime,
    score: Decimal,
    report: dict[str, Any],
    scheme: SchemeVersion | None,
) -> None:
    """One evaluation as far as `state`, through acts."""
    check: Any = perform(
        Evaluation(target=case, agency=person.agency, scheme=scheme),
        "commission",
        by=seeder.officer,
        at=at,
        seen=0,
        op=new_op(),
        task=TASK,
    )
    if state == "recused":
        seeder.act(check, "recuse", person, at + timedelta(hours=3), reason="为该单位提供过咨询等服务")
    elif state == "void":
        seeder.act(check, "void", seeder.officer, at + timedelta(days=1), reason="企业补充了凭证，无须复核。")
    if state in {"assigned", "recused", "void"}:
        return
    check = seeder.act(check, "begin", person, at + timedelta(days=1), independent=True)
    proof = tuple((one.pk, 1) for one in check.evidence_documents()[:1])
    found = (
        {"score": score, "meets_requirements": True}
        if scheme is None
        else check.scored(answers(scheme.loaded(), score / 100, pages=proof))
    )
    check = save_draft(check, by=person, seen=check.version, conclusion=WORDS, **found)
    if state == "scoring":
        return
    when = at + timedelta(days=4)
    attach(check, by=person, at=when, kind=Material.EVALUATION_REPORT, **report)
    seeder.act(check, "conclude", person, when + timedelta(hours=1))
    if state == "sent_back":
        words = "请补充现场核查的照片和记录，并说明核减的依据。"
        seeder.act(check, "send_back", seeder.officer, when + timedelta(days=1), reason=words)
    elif state == "confirmed":
        seeder.act(check, "confirm", seeder.officer, when + timedelta(days=1))
