"""The cultivation pool: applications to it (Articles 4, 5, 6, 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils.functional import cached_property
from django.utils.timezone import localdate

from greenmfg import periods, rulebook
from greenmfg.rulebook import Bar, Category, Finding, Level, Material, Route
from registry.acts import GIVEN, KEEP, VIA, Desk, Edit, act
from registry.models.batches import Batch
from registry.models.case import Case
from registry.models.diagnoses import Diagnosis
from registry.models.editions import edition_on
from registry.models.terms import Holiday
from registry.models.units import MERGED, Standing
from registry.roles import CHIEF, DISTRICT, EVALUATOR, OFFICER, UNIT

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2, "null": True, "blank": True}
SCORE: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "null": True, "blank": True}


class PoolApplication(Case):
    """入库申请."""

    KIND = "pool"
    LABEL = "入库申请"
    PREFIX = "LC"
    RANK = 30
    DRAFT = "draft"
    EDITABLE = frozenset({"draft", "returned_by_district", "returned_by_bureau"})
    CLOSED = frozenset({"district_declined", "lapsed", "refused", "withdrawn", "admitted", "pool_left"})
    SEEN_BY = (UNIT, DISTRICT, OFFICER, CHIEF, EVALUATOR)
    URL = "applications"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        WITH_DISTRICT = "with_district", "待区级推荐"
        RETURNED_BY_DISTRICT = "returned_by_district", "区级退回补正"
        DISTRICT_DECLINED = "district_declined", "区级不推荐"
        EXAMINING = "examining", "待市级审核"
        RETURNED_BY_BUREAU = "returned_by_bureau", "市级退回补正"
        RECHECKING = "rechecking", "第三方复核中"
        LAPSED = "lapsed", "不再受理"
        CLEARED = "cleared", "拟入库"
        ON_NOTICE = "on_notice", "公示中"
        ADMITTED = "admitted", "已入库"
        REFUSED = "refused", "不予入库"
        WITHDRAWN = "withdrawn", "已撤回"
        POOL_LEFT = "pool_left", "已出库"

    TONES = {
        "with_district": "blue",
        "examining": "blue",
        "returned_by_district": "orange",
        "returned_by_bureau": "orange",
        "rechecking": "violet",
        "district_declined": "red",
        "cleared": "green",
        "on_notice": "violet",
        "admitted": "green",
        "refused": "red",
    }

    # A recommendation that came to nothing before the public saw it gives its place back to the district.
    GIVES_BACK = frozenset({"withdrawn", "lapsed", "refused"})
    # What a later application takes over from an earlier one; the rest is asked anew.
    TAKEN_OVER = (
        "contact", "phone", "address", "industry", "output_value", "energy_tce", "water_m3", "data_year",
        "report_year", "report_agency", "report_date", "self_score", "self_note",
    )  # fmt: skip
    ROUTE_OF = {"nominate_self": Route.SELF, "ask_district": Route.DISTRICT}

    case_ptr = models.OneToOneField(
        Case, models.PROTECT, parent_link=True, primary_key=True, related_name="+"
    )
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次", related_name="applications")
    route = models.CharField("申请方式", max_length=10, choices=Route.choices(), blank=True)
    prefilled_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # What the enterprise confirms or fills in.
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    industry = models.CharField("行业", max_length=60, blank=True)
    unit_confirmed = models.BooleanField("已核对单位基本信息", default=False)
    output_value = models.DecimalField("工业总产值（万元）", **MONEY)
    energy_tce = models.DecimalField("综合能源消费量（吨标准煤）", **MONEY)
    water_m3 = models.DecimalField("取水量（立方米）", **MONEY)
    data_year = models.PositiveSmallIntegerField("数据年度", null=True, blank=True)
    report_year = models.PositiveSmallIntegerField("诊断报告年度", null=True, blank=True)
    report_agency = models.CharField("诊断机构", max_length=100, blank=True)
    report_date = models.DateField("报告出具日期", null=True, blank=True)
    self_score = models.DecimalField("自评得分", **SCORE)
    self_note = models.TextField("自评说明", max_length=2000, blank=True)
    # What follows from acts.
    submitted_on = models.DateField("首次提交日期", null=True, blank=True)
    recommended_on = models.DateField("区级推荐日期", null=True, blank=True)
    opinion = models.TextField("区级推荐意见", blank=True)
    demands = models.JSONField("补正事项", default=list, blank=True)
    score = models.DecimalField("综合得分", **SCORE)
    score_source = models.CharField("得分来源", max_length=200, blank=True)
    meets_requirements = models.BooleanField("符合绿色工厂评价要求", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "入库申请"
        constraints = [
            models.CheckConstraint(
                name="pool_scores_within_0_100",
                condition=(Q(score__isnull=True) | Q(score__gte=0, score__lte=100))
                & (Q(self_score__isnull=True) | Q(self_score__gte=0, self_score__lte=100)),
            ),
            models.CheckConstraint(
                name="pool_score_has_a_source", condition=Q(score__isnull=True) | ~Q(score_source="")
            ),
        ]
        indexes = [models.Index(fields=["batch"], name="pool_batch")]

    # --- the life

    # fmt: off
    @act("自荐提交", article=5, source="draft", target="examining", by=UNIT,
         tells=[OFFICER], due="bureau_days", submits=True)
    def nominate_self(self, *, by: Any, at: datetime, **data: Any) -> list[Edit]:
        self._file(Route.SELF, at)
        return self._told()

    @act("提交区级推荐", article=5, source="draft", target="with_district", by=UNIT,
         tells=[DISTRICT], due="district_days", submits=True)
    def ask_district(self, *, by: Any, at: datetime, **data: Any) -> list[Edit]:
        self._file(Route.DISTRICT, at)
        return self._told()

    @act("推荐", article=5, source="with_district", target="examining", by=DISTRICT,
         tells=[UNIT, OFFICER], due="bureau_days", undo=True, needs_reason=True)
    def recommend(self, *, by: Any, at: datetime, reason: str, **data: Any) -> None:
        self.recommended_on = localdate(at)
        self.opinion = reason

    @act("退回补正", article=5, source="with_district", target="returned_by_district", by=DISTRICT,
         tells=[UNIT], due=GIVEN, undo=True)
    def return_by_district(
        self, *, by: Any, at: datetime, demands: list[dict[str, Any]], **data: Any
    ) -> None:
        self.demands = demands

    @act("不推荐", article=5, source="with_district", target="district_declined", by=DISTRICT,
         tells=[UNIT], undo=True, needs_reason=True)
    def decline(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("补正后提交区级", article=5, source="returned_by_district", target="with_district", by=UNIT,
         tells=[DISTRICT], due="district_days", submits=True)
    def resubmit_to_district(
        self, *, by: Any, at: datetime, answers: Sequence[str] = (), **data: Any
    ) -> list[Edit]:
        self._answer(answers)
        return self._told()

    @act("不再受理", article=5, source="returned_by_district", target="lapsed", by=DISTRICT,
         tells=[UNIT], desk=Desk.AFTER_DUE)
    def lapse_with_district(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("登记得分", article=8, source="examining", target="examining", by=OFFICER,
         due=KEEP, internal=True, undo=True)
    def type_score(
        self, *, by: Any, at: datetime, score: Decimal, score_source: str, meets_requirements: bool, **data: Any
    ) -> None:
        self.score = rulebook.checked_score(score)
        self.score_source = score_source
        self.meets_requirements = meets_requirements

    @act("转第三方复核", article=3, source="examining", target="rechecking", by=VIA,
         tells=[UNIT, DISTRICT], due="recheck_days")
    def recheck(self, *, by: Any, at: datetime, agency_id: int, **data: Any) -> None:
        self.agency_id = agency_id  # whose people see the application for as long as they check it

    @act("第三方复核结束", article=3, source="rechecking", target="examining", by=VIA, due="bureau_days")
    def end_recheck(self, *, by: Any, at: datetime, **data: Any) -> None:
        self.agency = None

    @act("采纳复核结论", article=8, source="examining", target="examining", by=VIA, due=KEEP, internal=True)
    def take_score(
        self, *, by: Any, at: datetime, score: Decimal | None, score_source: str, meets_requirements: bool, **data: Any
    ) -> None:
        if score is not None:
            self.score = rulebook.checked_score(score)
            self.score_source = score_source
        self.meets_requirements = meets_requirements

    @act("同意入库", article=6, source="examining", target="cleared", by=OFFICER, internal=True, undo=True)
    def clear(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("退回补正", article=6, source="examining", target="returned_by_bureau", by=OFFICER,
         tells=[UNIT, DISTRICT], due=GIVEN, undo=True)
    def return_by_bureau(
        self, *, by: Any, at: datetime, demands: list[dict[str, Any]], **data: Any
    ) -> None:
        self.demands = demands

    @act("补正后提交市局", article=6, source="returned_by_bureau", target="examining", by=UNIT,
         tells=[OFFICER], due="bureau_days", submits=True)
    def resubmit_to_bureau(
        self, *, by: Any, at: datetime, answers: Sequence[str] = (), **data: Any
    ) -> list[Edit]:
        self._answer(answers)
        return self._told()

    @act("不再受理", article=6, source="returned_by_bureau", target="lapsed", by=OFFICER,
         tells=[UNIT, DISTRICT], desk=Desk.AFTER_DUE)
    def lapse(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("不予入库", article=6, source="examining", target="refused", by=OFFICER,
         tells=[UNIT, DISTRICT], undo=True, needs_reason=True)
    def refuse(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("退回审核", article=6, source="cleared", target="examining", by=OFFICER,
         due="bureau_days", internal=True, desk=Desk.NEVER, needs_reason=True)
    def reopen(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("列入公示", article=6, source="cleared", target="on_notice", by=VIA,
         tells=[UNIT, DISTRICT], due=GIVEN)
    def announce(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("异议核查", article=6, source="on_notice", target="on_notice", by=VIA, tells=[UNIT, DISTRICT], due=KEEP)
    def hold(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("异议不成立", article=6, source="on_notice", target="on_notice", by=VIA, tells=[UNIT, DISTRICT], due=KEEP)
    def release(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("公示期延长", article=6, source="on_notice", target="on_notice", by=VIA, tells=[UNIT, DISTRICT], due=GIVEN)
    def extend(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("异议成立，退回审核", article=6, source="on_notice", target="examining", by=VIA,
         tells=[UNIT, DISTRICT], due="bureau_days")
    def uphold(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("入库", article=6, source="on_notice", target="admitted", by=OFFICER,
         tells=[UNIT, DISTRICT], desk=Desk.AFTER_DUE)
    def admit(self, *, by: Any, at: datetime, **data: Any) -> None:
        assert self.unit is not None
        Standing.objects.create(
            unit=self.unit,
            level=Level.POOL,
            batch=self.batch.name,
            name_as_published=self.unit.name,
            since=localdate(at),
            opened_by_case_id=self.pk,
        )

    @act("撤回申请", article=None,
         source=["with_district", "returned_by_district", "examining", "returned_by_bureau", "cleared"],
         target="withdrawn", by=UNIT, tells=[DISTRICT, OFFICER], desk=Desk.NEVER)
    def withdraw(self, *, by: Any, at: datetime, **data: Any) -> None:
        pass

    @act("出库", article=6, source="admitted", target="pool_left", by=OFFICER,
         tells=[UNIT, DISTRICT], desk=Desk.NEVER, needs_reason=True)
    def leave_pool(self, *, by: Any, at: datetime, reason: str, **data: Any) -> None:
        standing = Standing.objects.get(opened_by_case_id=self.pk)
        standing.until = localdate(at)
        standing.ended_cause = reason[:200]
        standing.save(update_fields=["until", "ended_cause"])

    # fmt: on
    # --- model and law

    def _file(self, route: Route, at: datetime) -> None:
        self.route, self.submitted_on, self.batch = route, localdate(at), self.call_at(at, route)

    def _told(self) -> list[Edit]:
        """What the register learns of the unit from what it files: whom to call, and facts that were not known.

        A known address or industry is not overwritten: that a factory moved or changed its business is reported
        under Article 11.
        """
        unit = self.unit
        if unit is None:
            return []
        told = {name: getattr(self, name) for name in ("contact", "phone", "address", "industry")}
        fresh = {
            name: value
            for name, value in told.items()
            if value
            and value != getattr(unit, name)
            and (name in {"contact", "phone"} or not getattr(unit, name))
        }
        return [Edit(unit, "更新单位信息", changes=fresh, source=self.no)] if fresh else []

    def _answer(self, answers: Sequence[str]) -> None:
        """Put the enterprise's words beside the demands that they answer."""
        words = [*answers, *[""] * len(self.demands)]
        self.demands = [
            demand | {"answer": answer.strip()} if answer.strip() else demand
            for demand, answer in zip(self.demands, words, strict=False)
        ]

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

    def returns(self, act: str) -> int:
        """How often this act has returned the application before, without what was taken back."""
        return self.events.filter(act=act).exclude(caused__act="undo").count()

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
