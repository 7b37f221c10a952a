"""Documents: what was uploaded to a case. Versions are kept, nothing is deleted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from greenmfg.rulebook import Material
from registry.models.case import Case


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents as a person may see them."""

    def visible_to(self, user: Any) -> DocumentQuerySet:
        """Documents of cases that this user sees; never those of a case that is merely public."""
        if not getattr(user, "is_active", False):
            return self.none()
        own = Q()
        for kind in Case.kinds.values():
            own |= Q(state__in=kind.PUBLIC, kind=kind.KIND)
        seen = Case.objects.visible_to(user).exclude(own).values("pk")
        return self.filter(case__in=seen)

    def current(self) -> DocumentQuerySet:
        """The versions in force."""
        return self.filter(superseded_at__isnull=True)


class Document(models.Model):
    """材料: one version of one file. The bytes lie under MEDIA_ROOT, named by us and hashed."""

    # It belongs to a case or to a diagnosis.
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="documents")
    diagnosis = models.ForeignKey(
        "registry.Diagnosis", models.PROTECT, null=True, blank=True, related_name="documents"
    )
    kind = models.CharField("材料", max_length=20, choices=Material.choices())
    asked = models.CharField(
        "批次要求的材料", max_length=60, blank=True
    )  # its name in the call, for evidence
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField("文件名", max_length=160)
    path = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField("大小")
    pages = models.PositiveIntegerField("页数", null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, related_name="+"
    )  # empty: by the public
    uploaded_at = models.DateTimeField("上传时间")
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        ordering = ["kind", "id"]
        constraints = [
            # Evidence and records of checking may be many files; every other kind has one version in force.
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(superseded_at__isnull=True) & ~Q(kind__in=["evidence", "check_record"]),
                name="document_one_current",
            ),
            models.UniqueConstraint(
                fields=["diagnosis", "kind"],
                condition=Q(superseded_at__isnull=True) & ~Q(kind="evidence"),
                name="document_one_current_of_diagnosis",
            ),
            models.CheckConstraint(
                name="document_has_one_home",
                condition=Q(case__isnull=False, diagnosis__isnull=True)
                | Q(case__isnull=True, diagnosis__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What it is: the material that a call asks for by its name, else its kind."""
        return self.asked or self.get_kind_display()
