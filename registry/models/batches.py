"""批次 and 名额: calls for entries, and how many each district may recommend in one (Article 6)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime, make_aware

from greenmfg import rulebook
from greenmfg.rulebook import Call, Category
from registry.models.log import Chained
from registry.models.people import District


def _all_categories() -> list[str]:
    return [str(category) for category in Category]


def _all_routes() -> list[str]:
    return [str(route) for route in rulebook.Route]


class BatchQuerySet(models.QuerySet["Batch"]):
    """Calls by the moment."""

    def calls(self) -> BatchQuerySet:
        """Those that are calls for entries to the pool."""
        return self.filter(kind=Batch.Kind.CALL)

    def begun(self, at: datetime) -> BatchQuerySet:
        """Those whose opening has come by that moment."""
        now = localtime(at)
        today = Q(opens_on=now.date()) & (Q(opens_time=None) | Q(opens_time__lte=now.time()))
        return self.filter(Q(opens_on__lt=now.date()) | today)

    def not_over(self, at: datetime) -> BatchQuerySet:
        """Those whose close has not come by that moment."""
        now = localtime(at)
        today = Q(closes_on=now.date()) & (Q(closes_time=None) | Q(closes_time__gt=now.time()))
        return self.filter(Q(closes_on__gt=now.date()) | today)

    def open_at(self, at: datetime) -> BatchQuerySet:
        """The calls that take entries at that moment, the one that closes first in front."""
        return self.calls().begun(at).not_over(at).order_by("closes_on", "closes_time", "pk")

    def coming(self, at: datetime) -> BatchQuerySet:
        """The calls that have not opened by that moment, the next one in front."""
        begun = self.begun(at).values("pk")
        return self.calls().exclude(pk__in=begun).order_by("opens_on", "opens_time", "pk")


class Batch(Chained):
    """批次: a call for entries: when, for whom, by which ways, and what else it asks for."""

    class Kind(models.TextChoices):
        CALL = "call", "培育库征集"

    class Phase(models.TextChoices):
        PLANNED = "planned", "未开始"
        OPEN = "open", "征集中"
        REVIEWING = "reviewing", "审核中"
        ENDED = "ended", "已结束"

    TONES = {"planned": "grey", "open": "blue", "reviewing": "violet", "ended": "green"}

    name = models.CharField("名称", max_length=60, unique=True)
    kind = models.CharField("种类", max_length=12, choices=Kind.choices, default=Kind.CALL)
    opens_on = models.DateField("开放日")
    opens_time = models.TimeField("开放时刻", null=True, blank=True)
    closes_on = models.DateField("截止日")
    closes_time = models.TimeField("截止时刻", null=True, blank=True)
    categories = models.JSONField("开放类型", default=_all_categories)
    routes = models.JSONField("申请方式", default=_all_routes)
    districts = models.JSONField("推荐区", default=list, blank=True)  # codes; empty: all
    materials = models.JSONField("另行要求的材料", default=list, blank=True)  # [{name, required}]
    text = models.TextField("征集说明", max_length=4000, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批次"
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                name="batch_closes_after_it_opens",
                condition=Q(closes_on__gt=F("opens_on"))
                | Q(closes_on=F("opens_on"))
                & (Q(opens_time=None) | Q(closes_time=None) | Q(closes_time__gt=F("opens_time"))),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/batches/{self.pk}/"

    # --- when

    @property
    def opens(self) -> datetime:
        """The first moment."""
        return make_aware(datetime.combine(self.opens_on, self.opens_time or time.min))

    @property
    def closes(self) -> datetime:
        """The first moment at which it is over; a whole day ends at midnight."""
        if self.closes_time:
            return make_aware(datetime.combine(self.closes_on, self.closes_time))
        return make_aware(datetime.combine(self.closes_on + timedelta(days=1), time.min))

    def phase(self, at: datetime) -> Phase:
        """How far the call has come at that moment. It has ended when the bureau says so, not by the clock."""
        if self.ended_at:
            return self.Phase.ENDED
        if at < self.opens:
            return self.Phase.PLANNED
        return self.Phase.OPEN if at < self.closes else self.Phase.REVIEWING

    # --- what the law looks at

    @property
    def law(self) -> Call:
        """The call as plain values for the rulebook."""
        return Call(
            self.name,
            opens=self.opens,
            closes=self.closes,
            categories=frozenset(self.categories),
            routes=frozenset(self.routes),
            districts=frozenset(self.districts),
        )

    @classmethod
    def taking(
        cls,
        category: Category,
        at: datetime,
        *,
        route: str | None = None,
        district: str | None = None,
        among: Collection[Batch] | None = None,
    ) -> Batch | None:
        """The open call for an application: of those that take its category one that also takes its way in, the
        first to close; when none takes that way, the first that takes the category. `among`: the open calls, when
        they are known."""
        known = cls.objects.open_at(at) if among is None else among
        possible = [call for call in known if category in call.categories]
        fit = [
            call
            for call in possible
            if not rulebook.call_takes(call.law, category=category, route=route, district=district)
        ]
        return next(iter(fit or possible), None)

    def lacks(self, filed: Collection[str]) -> list[str]:
        """The materials that must be filed in this call and are not among the names in `filed`."""
        return [item["name"] for item in self.materials if item["required"] and item["name"] not in filed]

    def places(self) -> dict[str, int]:
        """The quotas: district code → places."""
        return dict(self.quotas.order_by("district__order").values_list("district_id", "places"))

    def places_of(self, district: District | str | None) -> int | None:
        """The quota of a district; None where the call sets none."""
        code = getattr(district, "pk", district)
        return self.quotas.filter(district_id=code).values_list("places", flat=True).first()


class Quota(models.Model):
    """名额: how many units a district may recommend in a call. No row: no limit."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="quotas", verbose_name="批次")
    district = models.ForeignKey(District, models.PROTECT, related_name="+", verbose_name="区")
    places = models.PositiveSmallIntegerField("名额")

    class Meta:
        verbose_name = verbose_name_plural = "名额"
        constraints = [models.UniqueConstraint(fields=["batch", "district"], name="quota_once")]

    def __str__(self) -> str:
        return f"{self.batch} {self.district} {self.places}"
