"""Objections and corrections of the demo: one in every state, filed by the public and by letter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenmfg.rulebook import Material
from registry.casework import new_op, perform
from registry.demo.papers import paper
from registry.models import Case, Correction, Document, Objection
from registry.tracking import code_for, digest_of

if TYPE_CHECKING:
    from registry.demo.seed import Seeder

FACTS = [
    "反映该单位夜间排放异味，附近居民多次反映（示例）。",
    "反映该单位申报的取水量与水费凭证不一致（示例）。",
    "反映该单位评价报告中的部分照片不是本厂区（示例）。",
]
# How far each one comes, and how it came in.
OUTCOMES = [
    ("received", "public"),
    ("checking", "public"),
    ("turned_away", "public"),
    ("upheld", "public"),
    ("dismissed", "letter"),
    ("received", "letter"),
]


def objections(seeder: Seeder) -> None:
    """Against the units of the notice that runs, as many as it has; then what is wrong in the notice itself."""
    lines = list(Case.objects.filter(notice_lines__publicity=seeder.public).order_by("pk"))
    scan = paper("书面异议（示例）", dated=seeder.today)
    checked = paper("现场核查记录（示例）", dated=seeder.today)
    for n, (outcome, way) in enumerate(OUTCOMES):
        case = lines[n % len(lines)]
        if case.kind != "pool" or Case.objects.get(pk=case.pk).state != "on_notice":
            continue
        at = seeder.ago(2, hour=9 + n)
        objection = _raised(seeder, case, n, at, by_public=way == "public", scan=scan)
        _decided(seeder, objection, outcome, at, checked=checked)


def _raised(
    seeder: Seeder, case: Case, n: int, at: datetime, *, by_public: bool, scan: dict[str, Any]
) -> Objection:
    case = Objection(publicity=seeder.public, target=case)
    who = {
        "capacity": "person" if n % 2 else "body",
        "objector": "示例反映人" if n % 2 else "示例反映单位",
        "phone": f"010-0000000{n}",
        "facts": FACTS[n % len(FACTS)],
    }
    if not by_public:
        return perform(
            case, "receive", by=seeder.officer, at=at, seen=0, op=new_op(), received_on=at.date(), **who
        )
    op = new_op()
    files = [{"kind": str(Material.OBJECTION)} | scan]
    code = digest_of(code_for(op))
    return perform(case, "file", by=None, at=at, seen=0, op=op, code_digest=code, files=files, **who)


def _decided(
    seeder: Seeder, objection: Objection, outcome: str, at: datetime, *, checked: dict[str, Any]
) -> None:
    if outcome == "received":
        return
    later = at + timedelta(hours=4)
    if outcome == "turned_away":
        words = "书面材料没有手写签名，请补签后重新提交。"
        seeder.act(objection, "turn_away", seeder.officer, later, because="unsigned", answer=words)
        return
    objection = seeder.act(objection, "accept", seeder.officer, later)
    Document.objects.create(
        case_id=objection.pk,
        kind=Material.CHECK_RECORD,
        uploaded_by=seeder.officer,
        uploaded_at=later,
        **checked,
    )
    if outcome == "upheld":
        words = {
            "reason": "经核查，取水量填报有误。",
            "answer": "经核查，您反映的取水量填报问题属实，该单位已退回审核。",
        }
        seeder.act(objection, "uphold", seeder.officer, seeder.ago(1), **words)
    elif outcome == "dismissed":
        words = {
            "reason": "经核查，数据与凭证一致。",
            "answer": "经核查，申报数据与凭证一致，未发现您反映的问题。",
        }
        seeder.act(objection, "dismiss", seeder.officer, seeder.ago(1), **words)


def corrections(seeder: Seeder) -> None:
    """To the notice that runs: published, waiting for its signature, sent back, given up."""
    lines = list(seeder.public.lines.all())

    def drawn(n: int, place: str, right: str, why: str) -> Correction:
        line = lines[n % len(lines)].pk
        words = {"place": place, "line": line, "right": right, "why": why, "extended_to": None}
        case = Correction(publicity=seeder.public)
        return perform(case, "draw_up", by=seeder.officer, at=seeder.ago(2), seen=0, op=new_op(), **words)

    first = lines[0]
    name = f"{first.name.removesuffix('有限公司')}股份有限公司"
    seeder.act(drawn(0, "name", name, "单位名称登记有误（示例）"), "sign", seeder.chief, seeder.ago(1))
    drawn(1, "district", "通州", "所在区登记有误（示例）")
    back = drawn(2, "category", "绿色工业园区", "类型登记有误（示例）")
    seeder.act(back, "send_back", seeder.chief, seeder.ago(1), reason="请附登记信息后再报。")
    void = drawn(3, "district", "大兴", "所在区登记有误（示例）")
    seeder.act(void, "void", seeder.officer, seeder.ago(1), reason="核对无误，不必更正。")
