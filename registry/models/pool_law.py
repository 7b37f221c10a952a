"""Where an application to the pool and the measure meet: its facts handed to the rulebook (Articles 4, 5, 6, 8, 12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q
from django.utils.functional import cached_property
from django.utils.timezone import localdate

from greenmfg import periods, rulebook
from greenmfg.rulebook import Bar, Category, Finding, Level, Material
from registry.models.batches import Batch
from registry.models.diagnoses import Diagnosis
from registry.models.editions import edition_on
from registry.models.terms import Holiday
from registry.models.units import MERGED, Standing

if TYPE_CHECKING:
    from registry.models.pool import PoolApplication

    Base = PoolApplication
else:
    Base = object


class PoolLaw(Base):
    """The law of `PoolApplication`, whose life and fields stand in pool.py."""

    def call_at(self, at: datetime, route: str | None = None) -> Batch:
        """The call that a draft files with: its own while that is open for it, else one that is; else its own."""
        own = self.batch
        is_open = own.law.is_open(at)
        if is_open and not self._beyond(own, route):
            return own
        other = Batch.taking(self.category, at, route=route, district=self.district_id)
        return other if other and not (is_open and self._beyond(other, route)) else own

    def _beyond(self, call: Batch, route: str | None) -> list[Finding]:
        """What a call does not take of this application, on this way."""
        place = self.district.name if self.district else ""
        return rulebook.call_takes(
            call.law, category=self.category, route=route, district=self.district_id, place=place
        )

    def filing(self, at: datetime, route: str) -> list[Finding]:
        """What its call says against a first submission on this way, now (Article 6)."""
        call = self.call_at(at, route)
        return rulebook.call_open(call.law, at=at) or self._beyond(call, route)

    @classmethod
    def holding_places(cls) -> models.QuerySet[PoolApplication]:
        """The recommended applications that hold a place of their district's quota.

        A place is free again when the recommendation was taken back, and when the application was withdrawn,
        lapsed or refused without ever having been announced to the public.
        """
        from registry.models.gazette import NoticeLine

        shown = NoticeLine.objects.filter(publicity__state__in=["running", "closed"]).values("case")
        return cls.objects.filter(recommended_on__isnull=False).exclude(
            Q(state__in=cls.GIVES_BACK) & ~Q(pk__in=shown)
        )

    def announced(self) -> bool:
        """Has it ever stood on a notice that the public saw?"""
        return self.notice_lines.filter(publicity__state__in=["running", "closed"]).exists()

    @classmethod
    def places_used(cls, batch: Batch) -> dict[str, int]:
        """District code → how many places of its quota are held in this call."""
        held = cls.holding_places().filter(batch=batch, district__isnull=False).order_by()
        return dict(held.values_list("district_id").annotate(n=Count("pk")))

    def quota(self) -> list[Finding]:
        """What the call's quota says against one more recommendation by the district (Article 6)."""
        places = self.batch.places_of(self.district_id)
        if places is None:
            return []
        others = self.holding_places().filter(batch=self.batch_id, district=self.district_id)
        used = others.exclude(pk=self.pk).count()
        place = self.district.short if self.district else ""
        return rulebook.quota_left(call=self.batch.name, place=place, places=places, used=used)

    def lock_before(self, act: str) -> None:
        # Recommendations within a call are counted one after the other: together they never exceed a quota. So is
        # what gives a place back to its holder: taking back a refusal.
        if act == "recommend" or (act == "undo" and self.recommended_on):
            self.batch = Batch.objects.select_for_update(no_key=True).get(pk=self.batch_id)

    @property
    def category(self) -> Category:
        assert self.unit is not None
        return Category(self.unit.category)

    def papers(self) -> tuple[set[Material], set[str]]:
        """The kinds of documents in force on this application; and which materials its call asks for are there."""
        found = list(self.documents.current().values_list("kind", "asked"))
        return {Material(kind) for kind, asked in found if not asked}, {asked for _, asked in found if asked}

    @cached_property
    def diagnosed(self) -> dict[int, Diagnosis]:
        """The unit's diagnoses on record, by year."""
        rows = Diagnosis.objects.filter(unit=self.unit_id).select_related("agency", "unit", "registered_by")
        return {diagnosis.year: diagnosis for diagnosis in rows}

    def register_doubts(self) -> list[Finding]:
        """Where what is said of the report differs from the register of diagnoses (Article 5)."""
        return rulebook.register_doubts(
            self.category,
            report_year=self.report_year,
            report_agency=self.report_agency,
            on_record={year: diagnosis.agency.name for year, diagnosis in self.diagnosed.items()},
        )

    def bars(self) -> list[Bar]:
        """The bars against the applicant's entity, in any category: the city's and the national clock."""
        assert self.unit is not None
        ended = Standing.objects.filter(unit__entity_id=self.unit.entity_id, until__isnull=False)
        ended = ended.exclude(ended_cause=MERGED)  # the same title goes on under the same entity
        return [bar for standing in ended for bar in standing.bars()]

    def missing_answers(self) -> list[Finding]:
        """What the application itself still lacks before it can be examined (Article 6)."""
        asked = [
            (self.unit_confirmed, "请先完成“核对单位基本信息”"),
            (
                self.data_year and self.output_value is not None and self.energy_tce is not None,
                "请填写“年度能源资源数据”",
            ),
            (
                self.self_score is not None or self.category is not Category.GREEN_FACTORY,
                "请填写“分级评价自评”得分",
            ),
        ]
        return [Finding(6, words) for done, words in asked if not done]

    def findings(self, act: str, at: datetime) -> list[Finding]:
        today = localdate(at)
        found: list[Finding] = []
        route = self.ROUTE_OF.get(act)
        if route:
            found += self.filing(at, route)
        if act in {"nominate_self", "ask_district", "admit"} and self._in_pool():
            found.append(Finding(6, "该单位已在培育库内"))
        if act == "nominate_self":
            found += rulebook.may_self_nominate(self.category)
        submits = act in self.acts() and self.acts()[act].submits
        if submits:
            found += self.missing_answers()
        if submits or act == "clear":
            materials, asked = self.papers()
            # A report stays good for the year in which it was first filed.
            found += rulebook.missing_documents(
                self.category,
                materials=materials,
                report_year=self.report_year,
                on=self.submitted_on or today,
            )
            if submits:
                call = self.call_at(at, route) if route else self.batch
                found += rulebook.asked_materials(call=call.name, missing=call.lacks(asked))
            found += rulebook.may_apply_again(self.bars(), on=today)
        if act == "recommend" or (act == "undo" and self.recommended_on):
            found += self.quota()
        if act in {"return_by_district", "return_by_bureau"}:
            found += rulebook.told_at_once(returns=self.returns(act))
        if act == "clear":
            found += self.register_doubts()
            found += rulebook.missing_recommendation(
                self.category, recommended=self.recommended_on is not None
            )
            found += rulebook.pool_score(
                self.category,
                self.score,
                meets_requirements=self.meets_requirements,
                edition=edition_on(today),
            )
        if act in {"lapse", "lapse_with_district"} and self.due_on:
            # A date that was given stays; one that has become a holiday since gives way (民法典 第二百零三条).
            due = periods.rolled(self.due_on, calendar=Holiday.calendar_around(self.due_on))
            if today <= due.on:
                found.append(Finding(6, f"补正期限至{due.explanation}，尚未届满"))
        if act == "admit":
            found += self._admission(today)
        return found

    def _in_pool(self) -> bool:
        assert self.unit is not None
        return self.unit.standing(Level.POOL) is not None

    def _admission(self, today: date) -> list[Finding]:
        from registry.models.gazette import Publicity

        notice = Publicity.objects.filter(lines__case_id=self.pk).order_by("-pk").first()
        return rulebook.pool_admission(
            notice_closed=notice is not None and notice.state == "closed",
            notice_ends_on=notice.open_until if notice else None,
            on=today,
            open_objections=self.objections.filter(closed_at__isnull=True).count(),
        )
