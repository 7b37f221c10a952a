"""Forms of this room. They check shape; the rulebook judges substance."""

from evaluation.forms.evaluations import (
    CommissionForm,
    ConclusionForm,
    DeclarationForm,
    PledgeForm,
    RecusalForm,
    agencies,
)

__all__ = ["CommissionForm", "ConclusionForm", "DeclarationForm", "PledgeForm", "RecusalForm", "agencies"]
