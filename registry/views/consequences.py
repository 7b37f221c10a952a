"""What follows from the acts that end an application or turn it round, in words: asked before they are done."""

from __future__ import annotations

from datetime import datetime

from greenmfg.periods import chinese_date
from registry.models import PoolApplication
from registry.views.new_application import way_on

# The acts of officials that have a page of their own, with what follows from them.
WEIGHTY = frozenset({"decline", "lapse", "lapse_with_district", "refuse", "reopen", "leave_pool"})


def of(case: PoolApplication, act: str, now: datetime) -> list[dict[str, str]]:
    """The facts to be weighed before `act`: what becomes of the application, the quota, the unit's next try."""
    today = chinese_date(now.date())
    ends = "即行办结，不能恢复"
    words = {
        "decline": [("本申请", "即行办结，推荐以外的决定不占名额"), ("理由", "将送达企业")],
        "lapse": [("本申请", f"本批次不再受理，{ends}"), ("理由", "补正期限届满仍未补正")],
        "lapse_with_district": [("本申请", f"本批次不再受理，{ends}"), ("理由", "补正期限届满仍未补正")],
        "refuse": [("本申请", "即行办结，不列入公示"), ("理由", "将送达企业和所在区")],
        "reopen": [
            ("本申请", "退回“待市级审核”，审核期限重新起算"),
            ("已登记的得分", "保留，可以更改"),
            ("企业", "不另行通知，以后续决定为准"),
        ],
        "leave_pool": [
            ("培育库资格", f"自{today}终止，原因记入单位档案"),
            ("已发布的名单", "不变，下一期名单不再列入"),
            ("国家级推荐", "不再作为培育库单位推荐"),
        ],
        "withdraw": [("本申请", ends), ("已上传的材料", "保留在本申请的历史版本中")],
    }.get(act, [])
    if not words:
        return []
    if act != "reopen" and case.recommended_on and act != "leave_pool":
        words = [*words, ("区级推荐名额", "退还该区" if not case.announced() else "曾经公示，不退还")]
    if act != "reopen":
        words = [*words, ("重新申请", after_end(case, act, now))]
    return [{"label": label, "value": value} for label, value in words]


def after_end(case: PoolApplication, act: str, now: datetime) -> str:
    """When the unit could apply again, were this act done now."""
    target = case.acts()[act].target
    return str(way_on(case, now, state=target)["words"])
