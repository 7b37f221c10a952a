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
from registry.forms.base import FORMS, ActForm, DateInput, ScoreField, VerdictField, form_for, form_of
from registry.forms.batches import CallForm, EndForm, ExtendForm, QuotaForm
from registry.forms.corrections import CorrectionForm
from registry.forms.diagnoses import DiagnosisForm, MeasureRows, ProgressRows
from registry.forms.gazette import NewPublicityForm, PublicityForm
from registry.forms.objections import (
    DecisionForm,
    ObjectionForm,
    PublicObjectionForm,
    TrackForm,
    TurnAwayForm,
)
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
    "ConfirmForm",
    "CorrectionForm",
    "DataTask",
    "DateInput",
    "DayForm",
    "DecisionForm",
    "DiagnosisForm",
    "EditionForm",
    "EndForm",
    "ExtendForm",
    "ForceForm",
    "InvitationForm",
    "MeasureRows",
    "MergeForm",
    "MergePair",
    "NewAccountForm",
    "NewApplicationForm",
    "NewPublicityForm",
    "ObjectionForm",
    "OpinionForm",
    "PlacingForm",
    "ProgressRows",
    "PublicObjectionForm",
    "PublicityForm",
    "QuotaForm",
    "RegistrationForm",
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
    "TrackForm",
    "TurnAwayForm",
    "UnitTask",
    "VerdictField",
    "WordingForm",
    "YearForm",
    "form_for",
    "form_of",
]
