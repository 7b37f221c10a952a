"""更正公告 for the bureau: drawn up beside a notice that is out, signed by another person."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from greenmfg import clock, periods
from greenmfg.rulebook import Finding
from registry import names
from registry.acts import Act
from registry.models import Correction
from registry.roles import CHIEF, OFFICER
from registry.views.case_lists import DUE, STATE, CaseList
from registry.views.cases import ActView, CaseDetail
from registry.views.exports import Shown
from registry.views.gazette import FromNotice
from registry.views.notices import ISSUER, correction_row

BUREAU = (OFFICER, CHIEF)


class CorrectionList(CaseList):
    """更正公告."""

    roles = BUREAU
    model = Correction
    path = "/corrections/"
    title = "更正公告"
    columns = ("publicity__no", "publicity__title", "place", "line__name")
    shown: ClassVar[Any] = (
        Shown(
            heading="更正处 / 编号",
            look="main",
            sort="no",
            parts=(("更正处", "title", 60), ("编号", "no", 34)),
        ),
        STATE,
        Shown(
            heading="所属公示",
            key="publicity__title",
            parts=(("所属公示", "publicity__title", 70), ("公示编号", "publicity__no", 34)),
        ),
        DUE,
    )
    tab_states: ClassVar[Any] = (
        ("drafted", "待签发", ("drafted", "sent_back")),
        ("published", "已公布", ("published",)),
    )

    def filtered(self) -> QuerySet[Any]:
        rows = self.base()
        if needle := self.request.GET.get("q", "").strip():
            no = Q(no__iexact=needle) | Q(publicity__no__iexact=needle)
            rows = rows.filter(no | Q(line__name__contains=names.tidy(needle)))
        return rows

    def ordering(self) -> tuple[str, ...]:
        return ("-opened_at", "-pk")

    def selects(self) -> list[dict[str, Any]]:
        return []

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        place = str(dict(Correction.Place.choices)[row["place"]])
        title = f"{row['line__name']}：{place}" if row["line__name"] else place
        return super().row(row, today=today, calendar=calendar) | {"title": title, "sub": row["no"]}

    def page(self) -> dict[str, Any]:
        return super().page() | {
            "empty_title": "没有更正公告",
            "empty_text": "已签发的公示有误的，在该公示的页面拟更正",
        }


class NewCorrection(FromNotice):
    """拟更正, from the page of its notice."""

    model = Correction
    act = "draw_up"

    def new_case(self) -> Correction:
        return Correction(publicity=self.notice)

    def against(self, case: Any, row: Act) -> list[Finding]:
        found: list[Finding] = case.findings(row.name, clock.now())
        return found


class CorrectionDetail(CaseDetail):
    """One correction, as it will stand beside the notice."""

    roles = BUREAU
    model = Correction
    related = (*CaseDetail.related, "publicity", "line")
    template_name = "registry/gazette/correction.html"

    def facts(self, case: Correction) -> list[dict[str, Any]]:
        return facts_of(case)

    def page(self, case: Correction) -> dict[str, Any]:
        return super().page(case) | {
            "list_title": "更正公告",
            "correction": correction_row(case),
            "issuer": ISSUER,
        }


class CorrectionAct(ActView):
    """One act of a correction. 重新拟定 begins with what had been written; who signs sees what it says."""

    roles = BUREAU
    model = Correction
    related = (*ActView.related, "publicity", "line")

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        written = {name: getattr(case, name) for name in ("place", "said", "right", "why", "extended_to")}
        return written | {"line": case.line_id} if row.name == "redraw" else super().initial(case, row)

    def consequences(self, case: Any, row: Act) -> list[dict[str, str]]:
        return [*facts_of(case), *super().consequences(case, row)]


def facts_of(case: Correction) -> list[dict[str, Any]]:
    """What a correction says, name and value."""
    longer = periods.chinese_date(case.extended_to) if case.extended_to else "不延长"
    return [
        {"label": "所属公示", "value": case.publicity.title, "url": case.publicity.get_absolute_url()},
        *([{"label": "所涉单位", "value": f"{case.line.n}. {case.line.name}"}] if case.line else []),
        {"label": "更正处", "value": case.get_place_display()},
        {"label": "原文", "value": case.said},
        {"label": "更正为", "value": case.right},
        {"label": "更正原因", "value": case.why},
        {"label": "公示期", "value": longer, "article": 6},
    ]


__all__ = ["CorrectionAct", "CorrectionDetail", "CorrectionList", "NewCorrection"]
