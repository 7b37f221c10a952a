"""Documents: what was uploaded to a case. Versions are kept, nothing is deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from greenmfg.rulebook import Material
from registry.models.case import Case
from registry.models.diagnoses import Diagnosis
from registry.models.people import User
from registry.roles import AUDITOR, CHIEF, EVALUATOR, OFFICER, Role

# Kinds that not everybody sees who sees their case, and by whom they are seen. The one place that says so.
NARROW: dict[Material, tuple[Role, ...]] = {
    Material.CHECK_RECORD: (OFFICER, CHIEF, AUDITOR),  # internal to the bureau
    Material.EVALUATION_REPORT: (OFFICER, CHIEF, EVALUATOR),  # the bureau and the case's agency
}
MANY = Material.EVIDENCE  # the one kind of which several files are in force at once


def _kept_from(user: Any) -> list[Material]:
    """The kinds that this user does not see."""
    return [kind for kind, who in NARROW.items() if not user.plays(*who)]


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents as a person may see them."""

    def visible_to(self, user: Any) -> DocumentQuerySet:
        """Documents of the cases and diagnoses that this user sees, but for the kinds kept from them (NARROW);
        never those of a case that is merely public.

        An auditor sees no cases, yet may hold what is named in the log against it.
        """
        if not getattr(user, "is_active", False):
            return self.none()
        public = Q(pk__in=[])
        for kind in Case.kinds.values():
            if kind.PUBLIC:
                public |= Q(state__in=kind.PUBLIC, kind=kind.KIND)
        seen = Case.objects.visible_to(user).exclude(public).values("pk")
        where = Q(case__in=seen) & ~Q(kind__in=_kept_from(user))
        if user.plays(AUDITOR):
            audited = [kind for kind, who in NARROW.items() if AUDITOR in who]
            where |= Q(kind__in=audited, case__isnull=False)
        return self.filter(where | Q(diagnosis__in=Diagnosis.objects.visible_to(user).values("pk")))

    def of(self, case: Case, user: Any) -> DocumentQuerySet:
        """As visible_to, for a case that was fetched among those this user sees: not asked a second time."""
        if not getattr(user, "is_active", False) or case.state in Case.kinds[case.kind].PUBLIC:
            return self.none()
        return self.filter(case_id=case.pk).exclude(kind__in=_kept_from(user))

    def current(self) -> DocumentQuerySet:
        """The versions in force."""
        return self.filter(superseded_at__isnull=True)

    def filed(self) -> DocumentQuerySet:
        """Without what the bureau put to a case: what was filed by whom it is."""
        return self.exclude(kind=Material.CHECK_RECORD)


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

    @property
    def is_internal(self) -> bool:
        """Is it kept from whom the case is about?"""
        return self.kind in NARROW

    @classmethod
    def put(cls, home: Case | Diagnosis, *, kind: Material, by: User, at: datetime, **file: Any) -> Document:
        """Put a stored file into its slot; the version before it is kept, not deleted. Evidence adds up.

        `file`: name, path, media_type, size, pages, sha256, as intake received it or another row holds it, and for
        evidence `asked`, the material of the call that it answers. The caller holds the lock of `home`.
        """
        link = {"case_id" if isinstance(home, Case) else "diagnosis_id": home.pk}
        earlier = cls.objects.filter(kind=kind, asked=file.get("asked", ""), **link)
        if kind != MANY:
            earlier.current().update(superseded_at=at)
        return cls.objects.create(
            kind=kind, version=earlier.count() + 1, uploaded_by=by, uploaded_at=at, **link, **file
        )

    @property
    def file(self) -> dict[str, Any]:
        """The stored file behind the row, to be put elsewhere without sending it again."""
        return {
            name: getattr(self, name) for name in ("name", "path", "media_type", "size", "pages", "sha256")
        }
