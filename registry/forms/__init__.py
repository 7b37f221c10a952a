"""Forms check shape; the rulebook judges substance."""

from registry.forms.base import FORMS, ActForm, DateInput, ScoreField, form_for, form_of
from registry.forms.batches import CallForm, EndForm, ExtendForm, QuotaForm
from registry.forms.gazette import NewPublicityForm, ObjectionForm, PublicityForm
from registry.forms.pool import (
    NewApplicationForm,
    OpinionForm,
    ResubmitForm,
    ReturnForm,
    ScoreForm,
    SubmitForm,
)
from registry.forms.rosters import RosterForm
from registry.forms.tasks import DataTask, ReportTask, ScoreTask, TaskForm, UnitTask
from registry.forms.upkeep import (
    BandForms,
    DayForm,
    EditionForm,
    ForceForm,
    SettingForm,
    WordingForm,
    YearForm,
)

__all__ = [
    "FORMS",
    "ActForm",
    "BandForms",
    "CallForm",
    "DataTask",
    "DateInput",
    "DayForm",
    "EditionForm",
    "EndForm",
    "ExtendForm",
    "ForceForm",
    "NewApplicationForm",
    "NewPublicityForm",
    "ObjectionForm",
    "OpinionForm",
    "PublicityForm",
    "QuotaForm",
    "ReportTask",
    "ResubmitForm",
    "ReturnForm",
    "RosterForm",
    "ScoreField",
    "ScoreForm",
    "ScoreTask",
    "SettingForm",
    "SubmitForm",
    "TaskForm",
    "UnitTask",
    "WordingForm",
    "YearForm",
    "form_for",
    "form_of",
]
