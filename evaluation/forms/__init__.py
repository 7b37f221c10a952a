"""Forms of this room. They check shape; the rulebook judges substance."""

from evaluation.forms.agencies import AgencyForm, SuspensionForm
from evaluation.forms.conclusions import ConclusionForm, OwnForm, ScoringForm
from evaluation.forms.evaluations import (
    CommissionForm,
    DeclarationForm,
    PledgeForm,
    RecusalForm,
    agencies,
)
from evaluation.forms.revisions import RevisionForm
from evaluation.forms.sheets import SheetForm

__all__ = [
    "AgencyForm",
    "CommissionForm",
    "ConclusionForm",
    "DeclarationForm",
    "OwnForm",
    "PledgeForm",
    "RecusalForm",
    "RevisionForm",
    "ScoringForm",
    "SheetForm",
    "SuspensionForm",
    "agencies",
]
