"""试算 for the bureau: who would change grade under another scheme or edition; nothing is written (Articles 7, 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.views.generic import View

from evaluation import whatif
from evaluation.models import SchemeVersion
from evaluation.whatif import CannotBeTried, Left, Trial, Tried
from greenmfg import clock
from greenmfg.rulebook import Category, Edition, IncompleteEdition
from registry.models import LaterEdition, Unit
from registry.models.editions import edition_on, editions
from registry.roles import CHIEF, OFFICER
from registry.views.cases import RoleRequired
from registry.views.exports import Exporting, Shown
from registry.views.site import link, paged

PER_PAGE = 50
WHO = (
    Shown(heading="单位", parts=(("单位", "name", 70), ("评价编号", "case", 32))),
    Shown(heading="所在区", key="district", width=20),
    Shown(heading="评价年度", key="year", width=18),
    Shown(heading="原得分", key="score_before", look="num", width=18),
    Shown(heading="原级别", key="before", width=22),
)
COMPARED = (
    *WHO,
    Shown(heading="试算得分", key="score_after", look="num", width=18),
    Shown(heading="试算级别", key="after", width=22),
    Shown(heading="得分变化", key="change", look="num", width=18),
)
LEFT = (*WHO, Shown(heading="没有可用评价值的指标", key="items", width=90))
TABS = {"moved": "级别变化", "same": "级别不变", "left": "不能比较"}


class WhatIf(Exporting, RoleRequired, View):
    """A form to choose by what, and who would change grade; in tabs those who would not, and who cannot be compared."""

    roles = (OFFICER, CHIEF)
    title = "分级评价试算"
    measure = "家"

    @property
    def shown(self) -> tuple[Shown, ...]:  # type: ignore[override]
        return LEFT if self.tab == "left" else COMPARED

    @property
    def tab(self) -> str:
        asked = self.request.GET.get("tab", "")
        return asked if asked in TABS else "moved"

    @property
    def move(self) -> str:
        """One kind of change that is looked at alone."""
        return self.request.GET.get("move", "") if self.tab == "moved" else ""

    # --- by what

    @cached_property
    def schemes(self) -> list[SchemeVersion]:
        """Those of factories, which alone are graded (Article 7)."""
        rows = SchemeVersion.objects.visible_to(self.user, on=clock.today())
        return list(rows.filter(category=Category.GREEN_FACTORY, archived=False))

    @cached_property
    def scheme(self) -> SchemeVersion | None:
        asked = self.request.GET.get("scheme", "")
        if not asked:
            return None
        return get_object_or_404(SchemeVersion, code=asked, pk__in=[row.pk for row in self.schemes])

    @cached_property
    def known(self) -> tuple[Edition, ...]:
        return editions()

    @cached_property
    def preparing(self) -> list[LaterEdition]:
        rows = LaterEdition.objects.filter(in_force_from__isnull=True).prefetch_related("bands")
        return list(rows.order_by("-pk"))

    @cached_property
    def edition(self) -> Edition:
        """The one that was asked for, in preparation or not; else the one in force. Raises CannotBeTried."""
        asked = self.request.GET.get("edition", "")
        if not asked:
            return edition_on(clock.today())
        for one in self.known:
            if one.code == asked:
                return one
        row = get_object_or_404(LaterEdition.objects.prefetch_related("bands"), code=asked)
        try:
            return row.loaded(on=clock.today())
        except IncompleteEdition as error:
            raise CannotBeTried(f"{error}；请先填写该版本各级别的得分下限，再试算") from error

    @property
    def is_asked(self) -> bool:
        return bool(self.request.GET.get("scheme") or self.request.GET.get("edition"))

    @cached_property
    def trial(self) -> Trial:
        scheme = self.scheme.loaded() if self.scheme else None
        units = Unit.objects.visible_to(self.user).in_use()
        return whatif.trial(units, scheme=scheme, edition=self.edition, known=self.known)

    # --- what is shown

    def rows(self) -> list[Tried] | list[Left]:
        if self.tab == "left":
            return list(self.trial.left)
        if self.tab == "same":
            return [one for one in self.trial.compared if not one.moves]
        return [one for one in self.trial.moved if self.move in {"", one.move}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_asked:
            return self.page({})
        try:
            whatif.check(self.scheme.loaded() if self.scheme else None, self.edition)
        except CannotBeTried as error:
            return self.page({"errors": [{"text": str(error)}]}, status=422)
        return super().get(request, *args, **kwargs)

    def listed(self, most: int) -> tuple[int, list[Mapping[str, Any]]]:
        rows = self.rows()
        return len(rows), [told(one) for one in rows] if len(rows) <= most else []

    def conditions(self) -> list[str]:
        chosen = f"指标体系：{self.scheme.title}（{self.scheme.code}）" if self.scheme else "指标体系：不变"
        found = [chosen, f"办法版本：{self.edition.code}", TABS[self.tab]]
        return [*found, self.move] if self.move else found

    def show(self, *, status: int = 200) -> HttpResponse:
        rows, pager = paged(self.request, self.rows(), size=PER_PAGE, measure="家")
        trial = self.trial
        moved = sum(count for _, count in trial.moves)
        counts = {"moved": moved, "same": len(trial.compared) - moved, "left": len(trial.left)}
        context = {
            "asked": True,
            "by": self.conditions()[:2],
            "rows": [told(one) for one in rows],
            "pager": pager,
            "shown": self.shown,
            "tab": self.tab,
            "counts": counts,
            "total": len(trial.compared) + len(trial.left),
            "tabs": [
                {
                    "label": label,
                    "url": link(self.request, tab=key, page="", move=""),
                    "count": counts[key],
                    "current": key == self.tab,
                }
                for key, label in TABS.items()
            ],
            "moves": [
                {
                    "label": move,
                    "count": count,
                    "current": move == self.move,
                    "url": link(self.request, tab="moved", page="", move="" if move == self.move else move),
                }
                for move, count in trial.moves
            ],
            "exports": self.exports() if rows else [],
            "scaled": self.scheme is not None,
        }
        return self.page(context, status=status)

    def page(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        today = clock.today()
        in_force = edition_on(today)
        context |= {
            "schemes": [
                {"value": row.code, "label": f"{row.title}（{row.code}）", "selected": row == self.scheme}
                for row in self.schemes
            ],
            "editions": [
                {
                    "value": one.code,
                    "label": f"{one.title}（{one.code}，{words}）",
                    "selected": one.code == self.request.GET.get("edition"),
                }
                for one, words in [
                    *((row, "准备中") for row in self.preparing),
                    *((one, "现行" if one == in_force else "") for one in reversed(self.known)),
                ]
            ],
            "in_force": in_force,
        }
        return render(self.request, "evaluation/schemes/whatif.html", context, status=status)


def told(one: Tried | Left) -> dict[str, Any]:
    """A row of the page and of the file."""
    heads: dict[str, Any] = {
        "name": one.name,
        "url": f"/units/{one.unit}/",
        "district": one.district,
        "case": one.case,
        "year": one.year,
        "score_before": f"{one.score_before:.2f}",
        "before": one.before,
    }
    if isinstance(one, Left):
        return heads | {"items": "；".join(one.items)}
    return heads | {
        "score_after": f"{one.score_after:.2f}",
        "after": one.after,
        "change": f"{one.change:+.2f}" if one.change else "0.00",
    }


__all__ = ["WhatIf"]
