"""The register's tables. Import models from here."""

from registry.models.case import Case, Counter, Edge, Submission
from registry.models.diagnoses import Diagnosis, Measure
from registry.models.files import Document
from registry.models.gazette import NoticeLine, Objection, Publicity
from registry.models.imports import ImportFile
from registry.models.log import Chained, Event, Ledger
from registry.models.notifications import Message
from registry.models.people import District, EvaluatorAgency, User
from registry.models.pool import Batch, PoolApplication
from registry.models.rosters import Roster, RosterFile, RosterLine
from registry.models.terms import Holiday, Setting, Wording
from registry.models.units import FormerName, LegalEntity, Standing, Unit

__all__ = [
    "Batch",
    "Case",
    "Chained",
    "Counter",
    "Diagnosis",
    "District",
    "Document",
    "Edge",
    "EvaluatorAgency",
    "Event",
    "FormerName",
    "Holiday",
    "ImportFile",
    "Ledger",
    "LegalEntity",
    "Measure",
    "Message",
    "NoticeLine",
    "Objection",
    "PoolApplication",
    "Publicity",
    "Roster",
    "RosterFile",
    "RosterLine",
    "Setting",
    "Standing",
    "Submission",
    "Unit",
    "User",
    "Wording",
]
