"""The cultivation pool: applications to it (Articles 4, 5, 6, 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate

from greenmfg import rulebook
from greenmfg.rulebook import Level, Route
from registry.acts import GIVEN, KEEP, VIA, Desk, Edit, act
from registry.models.batches import Batch
from registry.models.case import Case
from registry.models.pool_law import PoolLaw
from registry.models.units import Standing
from registry.roles import CHIEF, DISTRICT, EVALUATOR, OFFICER, UNIT

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2, "null": True, "blank": True}
SCORE: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "null": True, "blank": True}


class PoolApplication(PoolLaw, Case):
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
    # Item by item, where a scheme is in force: {scheme: its code, answers: …}. The room above reads and writes it.
    self_sheet = models.JSONField("自评明细", default=dict, blank=True)
    self_agency = models.CharField("自评协助机构", max_length=100, blank=True)
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
    # --- what filing writes down; what the measure says to each act stands in pool_law.py

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
