"""Forms check shape; the rulebook judges substance."""

from registry.forms.base import FORMS, ActForm, DateInput, ScoreField, VerdictField, form_for, form_of
from registry.forms.gazette import NewPublicityForm, ObjectionForm, PublicityForm
from registry.forms.pool import NewApplicationForm, OpinionForm, ReturnForm, ScoreForm, SubmitForm
from registry.forms.rosters import RosterForm
from registry.forms.tasks import DataTask, ReportTask, ScoreTask, TaskForm, UnitTask

__all__ = [
    "FORMS",
    "ActForm",
    "DataTask",
    "DateInput",
    "NewApplicationForm",
    "NewPublicityForm",
    "ObjectionForm",
    "OpinionForm",
    "PublicityForm",
    "ReportTask",
    "ReturnForm",
    "RosterForm",
    "ScoreField",
    "ScoreForm",
    "ScoreTask",
    "SubmitForm",
    "TaskForm",
    "UnitTask",
    "VerdictField",
    "form_for",
    "form_of",
]
