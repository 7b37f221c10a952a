"""What can be imported, in the order in which it is offered."""

from __future__ import annotations

from registry.models import User
from registry.resources.diagnoses import Diagnoses
from registry.resources.districts import Districts
from registry.resources.importing import Importer
from registry.resources.published import PublishedLines
from registry.resources.recommendations import Recommendations
from registry.resources.units import Units

IMPORTERS: dict[str, type[Importer]] = {
    kind.KEY: kind for kind in (Recommendations, Units, Diagnoses, PublishedLines, Districts)
}


def open_to(user: User) -> list[type[Importer]]:
    """The imports that this person may do."""
    return [kind for kind in IMPORTERS.values() if kind.may(user)]
