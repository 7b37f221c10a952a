"""指标体系 as kept rows: drawn up, put in force with its day and basis, and frozen from then on (Article 7)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Q

from evaluation.scheme import Scheme
from greenmfg.rulebook import Category
from registry.roles import ADMIN, AUDITOR, CHIEF, DISTRICT, EVALUATOR, OFFICER, SECURITY

# Who reads schemes in force; the bureau reads those in preparation as well.
READERS = (DISTRICT, EVALUATOR, ADMIN, SECURITY, AUDITOR)


class SchemeQuerySet(models.QuerySet["SchemeVersion"]):
    """Which schemes a person may read."""

    def visible_to(self, user: Any, *, on: date) -> SchemeQuerySet:
        """The bureau sees all; other staff, who work by them, those that are or were in force on that day."""
        if OFFICER.held_by(user) or CHIEF.held_by(user):
            return self.all()
        if any(role.held_by(user) for role in READERS):
            return self.filter(in_force_from__lte=on)
        return self.none()


class SchemeVersion(models.Model):
    """One version of a scheme. `sections` is the document that evaluation/scheme.py reads.

    In preparation until it has a day from which it is in force; with its day come it is frozen (guards below).
    `archived`: kept to read records made under it, never put in force.
    """

    code = models.CharField("编号", max_length=40, unique=True)
    category = models.CharField("类型", max_length=20, choices=Category.choices())
    title = models.CharField("名称", max_length=120)
    basis = models.CharField("依据", max_length=300)
    note = models.CharField("说明", max_length=1000, blank=True)
    sections = models.JSONField("指标", default=list)
    archived = models.BooleanField("仅供查阅", default=False)
    is_example = models.BooleanField("示例数据", default=False)
    # From its day on that one is no longer offered. Several may be in force side by side: a general one, and those of trades.
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name="所替代的指标体系",
    )
    in_force_from = models.DateField("施行日期", null=True, blank=True)
    drafters = models.ManyToManyField("registry.User", related_name="+", verbose_name="起草人")
    put_by = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="施行人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标体系"
        ordering = ["category", "-in_force_from", "-pk"]
        constraints = [
            models.CheckConstraint(name="scheme_has_a_basis", condition=~Q(basis="")),
            models.CheckConstraint(
                name="scheme_is_put_in_force_by_somebody",
                condition=Q(in_force_from__isnull=True) | Q(put_by__isnull=False),
            ),
            models.CheckConstraint(
                name="scheme_archived_is_never_in_force",
                condition=Q(in_force_from__isnull=True) | Q(archived=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/manage/indicators/{self.code}/"

    @property
    def document(self) -> dict[str, Any]:
        """The whole scheme as plain values."""
        heads = {name: getattr(self, name) for name in ("code", "category", "title", "basis", "note")}
        return heads | {"sections": self.sections}

    def take(self, scheme: Scheme) -> None:
        """Write a scheme into the row's fields (in memory; the caller saves)."""
        document = scheme.dump()
        self.note = document.pop("note", "")
        for name, value in document.items():
            setattr(self, name, value)

    def loaded(self) -> Scheme:
        """As scoring reads it. Raises NotAScheme for a document that cannot be read."""
        return _loaded(self.pk, self.version, self) if self.pk else Scheme.load(self.document)

    @property
    def state(self) -> str:
        """archived, draft, or in_force (perhaps from a day to come)."""
        return "archived" if self.archived else "in_force" if self.in_force_from else "draft"

    @property
    def is_draft(self) -> bool:
        return self.state == "draft"


class _Key:
    """A row by its id and version: the same document, which need not be read again."""

    __slots__ = ("pk", "row", "version")

    def __init__(self, pk: int, version: int, row: SchemeVersion) -> None:
        self.pk, self.version, self.row = pk, version, row

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, _Key) and (self.pk, self.version) == (other.pk, other.version)
        return same and self.row.document == other.row.document

    def __hash__(self) -> int:
        return hash((self.pk, self.version))


@lru_cache(maxsize=64)
def _read(key: _Key) -> Scheme:
    return Scheme.load(key.row.document)


def _loaded(pk: int, version: int, row: SchemeVersion) -> Scheme:
    return _read(_Key(pk, version, row))


def schemes_on(day: date, *, category: str | None = None) -> list[SchemeVersion]:
    """The schemes in force on that day and not replaced, the latest in front; of one category if named."""
    rows = list(SchemeVersion.objects.filter(in_force_from__lte=day).order_by("-in_force_from", "-pk"))
    gone = {row.replaces_id for row in rows}
    return [row for row in rows if row.pk not in gone and (category is None or row.category == category)]


GUARDS = """
-- A scheme begins in preparation; once put in force it is as it is. Before its day it can be taken back whole.
CREATE OR REPLACE FUNCTION guard_scheme() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moves text[] := ARRAY['in_force_from', 'put_by_id', 'version'];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.in_force_from IS NULL THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'scheme %: it begins in preparation', NEW.code USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.in_force_from IS NULL AND NOT OLD.archived THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.in_force_from IS NOT NULL AND (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) THEN
      RAISE EXCEPTION 'scheme %: it is put in force as it was drawn up', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.in_force_from IS NULL
      AND OLD.in_force_from > (now() AT TIME ZONE 'Asia/Shanghai')::date
      AND (to_jsonb(NEW) - moves) = (to_jsonb(OLD) - moves) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of scheme % is refused: it is frozen', TG_OP, OLD.code USING ERRCODE = 'check_violation';
END $$;
DROP TRIGGER IF EXISTS by_its_day ON evaluation_schemeversion;
CREATE TRIGGER by_its_day BEFORE INSERT OR UPDATE OR DELETE ON evaluation_schemeversion
  FOR EACH ROW EXECUTE FUNCTION guard_scheme();
"""
