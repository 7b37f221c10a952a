"""The register's tables. Import models from here."""

from registry.models.accounts import Invitation, Registration
from registry.models.batches import Batch, Quota
from registry.models.case import Case, Counter, Edge, Submission
from registry.models.corrections import Correction
from registry.models.diagnoses import Diagnosis, Measure
from registry.models.editions import LaterBand, LaterEdition
from registry.models.files import Document
from registry.models.gazette import NoticeLine, Publicity
from registry.models.grades import Grade
from registry.models.imports import ImportFile
from registry.models.log import Chained, Event, Ledger
from registry.models.merges import Merge
from registry.models.notifications import Message
from registry.models.objections import Objection, TooMany, phone_digits
from registry.models.people import District, EvaluatorAgency, User
from registry.models.pool import PoolApplication
from registry.models.rosters import Roster, RosterFile, RosterLine
from registry.models.terms import Holiday, Setting, Wording
from registry.models.units import FormerName, LegalEntity, Standing, Unit

__all__ = [
    "Batch",
    "Case",
    "Chained",
    "Correction",
    "Counter",
    "Diagnosis",
    "District",
    "Document",
    "Edge",
    "EvaluatorAgency",
    "Event",
    "FormerName",
    "Grade",
    "Holiday",
    "ImportFile",
    "Invitation",
    "LaterBand",
    "LaterEdition",
    "Ledger",
    "LegalEntity",
    "Measure",
    "Merge",
    "Message",
    "NoticeLine",
    "Objection",
    "PoolApplication",
    "Publicity",
    "Quota",
    "Registration",
    "Roster",
    "RosterFile",
    "RosterLine",
    "Setting",
    "Standing",
    "Submission",
    "TooMany",
    "Unit",
    "User",
    "Wording",
    "phone_digits",
]
