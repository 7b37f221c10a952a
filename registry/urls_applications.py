"""Addresses: applications to the pool, for enterprises and officials, and their documents."""

from django.urls import path

from registry.models import PoolApplication
from registry.views import (
    applications,
    bundle,
    diagnoses,
    diagnosis_edits,
    files,
    filing,
    my,
    new_application,
)
from registry.views.cases import UndoView

urlpatterns = [
    path("my/", my.MyDesk.as_view()),
    path("my/applications/new/", new_application.NewApplication.as_view()),
    path("applications/", applications.ApplicationList.as_view()),
    path("applications/<no>/", my.ApplicationHome.as_view()),
    path("applications/<no>/review/", applications.ReviewView.as_view()),
    path("applications/<no>/tasks/<key>/", my.TaskView.as_view()),
    path("applications/<no>/files/", files.FilesView.as_view()),
    path("applications/<no>/files/<int:pk>/aside/", files.FileAside.as_view()),
    path("applications/<no>/check/", filing.CheckView.as_view()),
    path("applications/<no>/receipt/", filing.Receipt.as_view()),
    path("applications/<no>/receipt.pdf", filing.Receipt.as_view(), {"format": "pdf"}),
    path("applications/<no>/move/", new_application.MoveDraft.as_view()),
    path("applications/<no>/bundle.pdf", bundle.BundleView.as_view()),
    path("applications/<no>/check-record/", files.CheckRecordView.as_view()),
    path("applications/<no>/undo/", UndoView.as_view(model=PoolApplication)),
    path("applications/<no>/<act>/", filing.EnterpriseAct.as_view()),
    path("diagnoses/", diagnoses.DiagnosisList.as_view()),
    path("diagnoses/new/", diagnosis_edits.NewDiagnosis.as_view()),
    path("diagnoses/invite/", diagnoses.InviteView.as_view()),
    path("diagnoses/<int:pk>/", diagnoses.DiagnosisDetail.as_view()),
    path("diagnoses/<int:pk>/edit/", diagnosis_edits.EditDiagnosis.as_view()),
    path("diagnoses/<int:pk>/measures/", diagnosis_edits.MeasuresView.as_view()),
    path("diagnoses/<int:pk>/progress/", diagnosis_edits.ProgressView.as_view()),
    path("documents/<int:pk>/", files.DocumentView.as_view()),
    path("documents/<int:pk>/pages/<int:page>.webp", files.PageImage.as_view()),
]
