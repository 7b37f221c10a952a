"""合并法人主体: two records of one entity become one, on record, and reversible by that record."""

from __future__ import annotations

from typing import Any

from django.db import models

from registry.models.people import User
from registry.models.units import LegalEntity


class Merge(models.Model):
    """What one merge re-pointed, value by value. Taking it back is the same list backward."""

    kept = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name="保留")
    gone = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name="并入")
    reason = models.TextField("理由", max_length=2000)
    moves = models.JSONField(default=list)  # [table, key, field, old text, new text] in the order carried out
    made = models.JSONField(default=list)  # [table, key] of rows that the merge added
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("时间")
    restored_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    restored_at = models.DateTimeField("恢复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合并登记"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="merge_of_two", condition=~models.Q(kept=models.F("gone")) & ~models.Q(reason="")
            ),
            models.UniqueConstraint(
                fields=["gone"], condition=models.Q(restored_at__isnull=True), name="merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gone} → {self.kept}"

    def get_absolute_url(self) -> str:
        return f"/entities/merges/{self.pk}/restore/"

    @property
    def stands(self) -> bool:
        """Is it in force, not taken back?"""
        return self.restored_at is None

    def rows(self) -> list[dict[str, Any]]:
        """The list of re-pointings with names for its columns."""
        return [dict(zip(("table", "key", "field", "old", "new"), move, strict=True)) for move in self.moves]
