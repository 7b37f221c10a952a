"""Forms of this room. They check shape; the rulebook judges substance."""

from evaluation.forms.agencies import AgencyForm, SuspensionForm
from evaluation.forms.evaluations import (
    CommissionForm,
    ConclusionForm,
    DeclarationForm,
    PledgeForm,
    RecusalForm,
    agencies,
)

__all__ = [
    "AgencyForm",
    "CommissionForm",
    "ConclusionForm",
    "DeclarationForm",
    "PledgeForm",
    "RecusalForm",
    "SuspensionForm",
    "agencies",
]
