"""Forms check shape; the rulebook judges substance."""

from registry.forms.base import FORMS, ActForm, DateInput, ScoreField, form_for, form_of
from registry.forms.corrections import CorrectionForm
from registry.forms.gazette import NewPublicityForm, PublicityForm
from registry.forms.objections import (
    DecisionForm,
    ObjectionForm,
    PublicObjectionForm,
    TrackForm,
    TurnAwayForm,
)
from registry.forms.pool import NewApplicationForm, OpinionForm, ReturnForm, ScoreForm, SubmitForm
from registry.forms.rosters import RosterForm
from registry.forms.tasks import DataTask, ReportTask, ScoreTask, TaskForm, UnitTask

__all__ = [
    "FORMS",
    "ActForm",
    "CorrectionForm",
    "DataTask",
    "DateInput",
    "DecisionForm",
    "NewApplicationForm",
    "NewPublicityForm",
    "ObjectionForm",
    "OpinionForm",
    "PublicObjectionForm",
    "PublicityForm",
    "ReportTask",
    "ReturnForm",
    "RosterForm",
    "ScoreField",
    "ScoreForm",
    "ScoreTask",
    "SubmitForm",
    "TaskForm",
    "TrackForm",
    "TurnAwayForm",
    "UnitTask",
    "form_for",
    "form_of",
]
