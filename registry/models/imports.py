"""导入文件: a table between its upload and the word of the person who brought it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    """Files as a person may see them."""

    def visible_to(self, user: Any, *, now: datetime) -> ImportFileQuerySet:
        """Those that this person brought, until they expire. Nobody sees another's."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self.filter(by=user, at__gt=now - ImportFile.KEPT)


class ImportFile(models.Model):
    """A table as it was uploaded. It expires; what an import brought in is in the log with the file's hash."""

    KEPT = timedelta(hours=24)

    what = models.CharField(max_length=20)
    name = models.CharField("文件名", max_length=160)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间", db_index=True)
    done_at = models.DateTimeField("导入时间", null=True, blank=True)
    rows = models.PositiveIntegerField("导入行数", default=0)
    left_out = models.PositiveIntegerField("略过行数", default=0)

    objects = ImportFileQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
