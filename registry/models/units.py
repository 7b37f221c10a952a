"""Who is on the books: legal entities, their units, and the standings these hold.

Three different things, three tables: in the real lists a company is both factory and supply-chain
enterprise, branches are listed on their own, and a name is not a key.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

from greenmfg import rulebook
from greenmfg.rulebook import Bar, Category, Clock, Level
from registry import names
from registry.models.log import Chained

MERGED = "合并登记"  # why a standing ended that another record of the same unit holds as well


class EntityQuerySet(models.QuerySet["LegalEntity"]):
    """Entities without those that were merged away."""

    def in_use(self) -> EntityQuerySet:
        """Those that stand for themselves: what lists, searches and choices show."""
        return self.filter(merged_into__isnull=True)


class LegalEntity(Chained):
    """法人主体: a legal person, a branch, or the body of a park."""

    name = models.CharField("名称", max_length=120)
    folded = models.CharField(max_length=120, editable=False, db_index=True)
    search = models.TextField(editable=False, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, unique=True)
    code_evidence = models.CharField(
        "代码校验未通过的佐证说明", max_length=200, blank=True, help_text="校验未通过但登记机关确认无误时填写"
    )
    is_example = models.BooleanField("示例数据", default=False)
    # An empty shell: everything of it went over to that entity. It keeps its page, and stands in no list or choice.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="并入"
    )

    objects = EntityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "法人主体"
        constraints = [
            models.CheckConstraint(
                name="entity_code_has_18_signs",
                condition=Q(credit_code__isnull=True) | Q(credit_code__regex=r"^[0-9A-Z]{18}$"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def names_before(self) -> tuple[str, ...]:
        """The names that it bore, as `call` takes them."""
        return tuple(self.former_names.order_by("pk").values_list("name", flat=True))

    def call(self, name: str, *, former: tuple[str, ...] = ()) -> None:
        """Set the name and the columns that follow from it (in memory; the caller saves)."""
        self.name = names.tidy(name)
        self.folded = names.fold(name)
        self.search = names.search_text(self.name, *former, code=self.credit_code)

    @property
    def stream(self) -> str:
        return f"entity:{self.pk}"


class FormerName(models.Model):
    """A name that an entity bore until a day."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=120)
    folded = models.CharField(max_length=120, db_index=True)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self) -> str:
        return self.name


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units as a person may see them."""

    def visible_to(self, user: Any) -> UnitQuerySet:
        """Bureau: all. District: its own. Enterprise: its own. Everybody: those in force on a list."""
        role = getattr(user, "role", "") if getattr(user, "is_active", False) else ""
        if role in {"officer", "chief", "auditor"}:
            return self
        listed = Q(pk__in=Standing.objects.filter(level__in=["municipal", "national"]).values("unit"))
        in_pool = Q(pk__in=Standing.objects.filter(level="pool", until__isnull=True).values("unit"))
        where = listed | in_pool
        if role == "district":
            where |= Q(district_id=user.district_id)
        if role == "unit":
            where |= Q(entity_id=user.entity_id)
        return self.filter(where)

    def in_use(self) -> UnitQuerySet:
        """Without those of entities that were merged away: what lists, searches and choices show."""
        return self.filter(entity__merged_into__isnull=True)

    def pending(self) -> UnitQuerySet:
        """待定区: those whose district the bureau must find out."""
        return self.in_use().filter(district__isnull=True)


class Unit(Chained):
    """单位: an entity in one category, at a site, in a district."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="units", verbose_name="法人主体")
    category = models.CharField("类型", max_length=20, choices=Category.choices())
    site = models.CharField("厂区", max_length=80, blank=True)
    district = models.ForeignKey(
        "registry.District", models.PROTECT, null=True, blank=True, verbose_name="区"
    )  # empty: waits in 待定区
    industry = models.CharField("行业", max_length=60, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        constraints = [
            models.UniqueConstraint(fields=["entity", "category", "site"], name="unit_entity_category_site")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The entity's name, with the site where one is told apart."""
        return f"{self.entity.name}（{self.site}）" if self.site else self.entity.name

    def name_on(self, day: date) -> str:
        """The name that the unit bore on that day."""
        later = self.entity.former_names.filter(until__gt=day).order_by("until", "pk").first()
        if later is None:
            return self.name
        return f"{later.name}（{self.site}）" if self.site else later.name

    def successor(self) -> Unit | None:
        """The unit that took this one's place when its entity was merged away, if it was."""
        kept = self.entity.merged_into_id
        same = Unit.objects.filter(entity_id=kept, category=self.category, site=self.site)
        return same.select_related("entity").first() if kept else None

    def standing(self, level: Level) -> Standing | None:
        """The standing in force on this level, if any."""
        return self.standings.filter(level=level, until__isnull=True).first()


class Standing(models.Model):
    """资格: a unit's place on a list, from a day, until a day with its cause."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="standings", verbose_name="单位")
    level = models.CharField("级别", max_length=10, choices=Level.choices())
    batch = models.CharField("批次", max_length=40, blank=True)
    name_as_published = models.CharField("公布时名称", max_length=120)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)
    ended_cause = models.CharField("终止原因", max_length=200, blank=True)
    barred_until = models.DateField("限制申报至", null=True, blank=True)  # Article 12
    review_due_on = models.DateField("复审期限", null=True, blank=True, db_index=True)
    last_review = models.DateField("最近复审", null=True, blank=True)
    annual_status = models.CharField("年度数据", max_length=20, blank=True)
    opened_by_case = models.ForeignKey(
        "registry.Case", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "资格"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "level"], condition=Q(until__isnull=True), name="standing_one_current"
            ),
            models.CheckConstraint(
                name="standing_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="standing_end_has_a_cause", condition=Q(until__isnull=True) | ~Q(ended_cause="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_level_display()}"

    def bars(self) -> list[Bar]:
        """The bars that its end has set against the entity: the city's clock and the national one (Articles 12, 16)."""
        if self.until is None:
            return []
        city = [Bar(Clock.CITY, self.until, self.barred_until, self.ended_cause)] if self.barred_until else []
        return city + ([rulebook.national_bar(self.until)] if self.level == Level.NATIONAL else [])

    def held_on(self, day: date) -> bool:
        """Was this standing in force on that day?"""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)
