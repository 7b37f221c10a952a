"""How far a call has come: its four gates, its districts, and what stands before the next gate."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Count

from greenmfg.periods import chinese_date
from registry.models import Batch, District, NoticeLine, Objection, PoolApplication

LIST = "/applications/"
GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("征集", ("with_district", "returned_by_district", "district_declined")),
    ("审核", ("examining", "rechecking", "returned_by_bureau", "lapsed", "refused", "withdrawn")),
    ("公示", ("cleared", "on_notice")),
    ("入库", ("admitted", "pool_left")),
)
# Applications of these states wait for nobody any more.
LABELS = {str(value): str(label) for value, label in PoolApplication.State.choices}
CLEARED = {"cleared", "on_notice", "admitted", "pool_left"}


class Progress:
    """The numbers of one call at one moment, read in a handful of queries."""

    def __init__(self, call: Batch, *, at: datetime) -> None:
        self.call, self.at = call, at
        filed = PoolApplication.objects.filter(batch=call).exclude(state="draft").order_by()
        rows = filed.values_list("state", "district_id").annotate(n=Count("pk"))
        self.by_state: Counter[str] = Counter()
        self.by_district: dict[str | None, Counter[str]] = defaultdict(Counter)
        for state, district, n in rows:
            self.by_state[state] += n
            self.by_district[district][state] += n
        self.filed = sum(self.by_state.values())
        # Their number is the bureau's to know, their contents are not.
        self.drafts = PoolApplication.objects.filter(batch=call, state="draft").count()
        asked = filed.filter(recommended_on__isnull=False)
        self.recommended = dict(asked.values_list("district_id").annotate(n=Count("pk")))
        self.used = PoolApplication.places_used(call)
        self.places = call.places()
        self.names = list(District.objects.all())

    def link(self, **query: str) -> str:
        """The list of applications of this call, narrowed down."""
        rest = "".join(f"&{name}={value}" for name, value in query.items())
        return f"{LIST}?tab=all&batch={self.call.pk}{rest}"

    def total(self, *states: str) -> int:
        return sum(self.by_state[state] for state in states)

    def gates(self) -> list[dict[str, Any]]:
        """The four gates: {title, state, note, rows: [{label, n, url}], blocks: [words]}."""
        blocks = self.blocks()
        now = next((n for n, found in enumerate(blocks) if found), len(GATES))
        phase = self.call.phase(self.at)
        if phase is Batch.Phase.PLANNED:
            now = -1
        if phase is Batch.Phase.ENDED:
            now = len(GATES)
        return [
            {
                "title": title,
                "state": "done" if n < now else "now" if n == now else "todo",
                "rows": [
                    {"label": LABELS[state], "n": self.by_state[state], "url": self.link(state=state)}
                    for state in states
                    if self.by_state[state] or state not in PoolApplication.CLOSED or state == "admitted"
                ],
                "blocks": blocks[n],
            }
            for n, (title, states) in enumerate(GATES)
        ]

    def blocks(self) -> list[list[str]]:
        """For each gate, what must be over before the next one is all there is. Empty: nothing holds it up."""
        return [self._entries(), self._examination(), self._notice(), self._admission()]

    def _entries(self) -> list[str]:
        call, found = self.call, []
        if self.at < call.opens:
            found.append(f"征集自{call.law.opening}开始")
        elif self.at < call.closes:
            found.append(f"征集至{call.law.closing}")
        if waiting := self.per_district("with_district"):
            found.append(f"{self.total('with_district')} 件待区级推荐：{waiting}")
        if waiting := self.per_district("returned_by_district"):
            found.append(f"{self.total('returned_by_district')} 件区级退回，待企业补正：{waiting}")
        return found

    def _examination(self) -> list[str]:
        words = [
            ("examining", "件待市级审核"),
            ("rechecking", "件在第三方复核"),
            ("returned_by_bureau", "件市级退回，待企业补正"),
        ]
        return [f"{n} {text}" for state, text in words if (n := self.total(state))]

    def _notice(self) -> list[str]:
        found = []
        if n := self.total("cleared"):
            found.append(f"{n} 件拟入库，尚未公示")
        lines = NoticeLine.objects.filter(
            case__in=PoolApplication.objects.filter(batch=self.call, state="on_notice").values("pk"),
            publicity__state="running",
        )
        for no, ends_on, n in (
            lines.order_by("publicity__ends_on", "publicity__no")
            .values_list("publicity__no", "publicity__ends_on")
            .annotate(n=Count("pk"))
        ):
            over = ends_on < self.at.date()
            words = "公示期已满，待办理结束" if over else f"公示至{chinese_date(ends_on)}"
            found.append(f"{n} 件{words}（{no}）")
        return found

    def _admission(self) -> list[str]:
        on_notice = PoolApplication.objects.filter(batch=self.call, state="on_notice")
        held = Objection.objects.filter(target__in=on_notice.values("pk"), closed_at__isnull=True)
        objected = held.values("target").distinct().count()
        closed = on_notice.filter(notice_lines__publicity__state="closed").exclude(
            notice_lines__publicity__state="running"
        )
        ready = closed.exclude(pk__in=held.values("target")).distinct().count()
        found = [f"{objected} 件有异议尚未办结"] if objected else []
        return found + ([f"{ready} 件公示已结束，待办理入库"] if ready else [])

    def per_district(self, state: str) -> str:
        """昌平 2 件、大兴 1 件."""
        found = [(d.short, self.by_district[d.pk][state]) for d in self.names if d.pk in self.by_district]
        return "、".join(f"{name} {n} 件" for name, n in found if n)

    def districts(self) -> list[dict[str, Any]]:
        """One row for each district: quota, filed, recommended, cleared, admitted, and what waits for it."""
        among = set(self.call.districts)
        rows = []
        for district in self.names:
            counts = self.by_district.get(district.pk, Counter())
            waiting = counts["with_district"]
            recommended = self.recommended.get(district.pk, 0)
            takes_part = not among or district.pk in among
            places, used = self.places.get(district.pk), self.used.get(district.pk, 0)
            rows.append(
                {
                    "name": district.short,
                    "url": self.link(district=district.pk),
                    "places": places,
                    "used": used,
                    "full": places is not None and used >= places,
                    "filed": sum(counts.values()),
                    "waiting": waiting,
                    "waiting_url": self.link(district=district.pk, state="with_district"),
                    "recommended": recommended,
                    "cleared": sum(counts[state] for state in CLEARED),
                    "admitted": counts["admitted"],
                    "out": not takes_part,
                    "silent": takes_part and bool(waiting) and not recommended,
                }
            )
        return rows

    def silent(self) -> list[str]:
        """The districts that have applications before them and have not recommended one yet."""
        return [row["name"] for row in self.districts() if row["silent"]]
