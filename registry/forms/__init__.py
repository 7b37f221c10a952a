"""Forms check shape; the rulebook judges substance."""

from registry.forms.accounts import (
    ConfirmForm,
    InvitationForm,
    MergeForm,
    MergePair,
    NewAccountForm,
    PlacingForm,
    RegistrationForm,
)
from registry.forms.base import FORMS, ActForm, DateInput, ScoreField, form_for, form_of
from registry.forms.gazette import NewPublicityForm, ObjectionForm, PublicityForm
from registry.forms.pool import NewApplicationForm, OpinionForm, ReturnForm, ScoreForm, SubmitForm
from registry.forms.rosters import RosterForm
from registry.forms.tasks import DataTask, ReportTask, ScoreTask, TaskForm, UnitTask

__all__ = [
    "FORMS",
    "ActForm",
    "ConfirmForm",
    "DataTask",
    "DateInput",
    "InvitationForm",
    "MergeForm",
    "MergePair",
    "NewAccountForm",
    "NewApplicationForm",
    "NewPublicityForm",
    "ObjectionForm",
    "OpinionForm",
    "PlacingForm",
    "PublicityForm",
    "RegistrationForm",
    "ReportTask",
    "ReturnForm",
    "RosterForm",
    "ScoreField",
    "ScoreForm",
    "ScoreTask",
    "SubmitForm",
    "TaskForm",
    "UnitTask",
    "form_for",
    "form_of",
]
