"""Addresses of schemes, agencies, evaluations and gradings."""

from django.urls import path

from evaluation.views import (
    agencies,
    books,
    commission,
    gradings,
    lists,
    own,
    pages,
    results,
    scheme_edits,
    schemes,
    whatif,
)

"""Addresses of evaluations, gradings and schemes."""


urlpatterns = [
    path("manage/indicators/", schemes.SchemeList.as_view()),
    path("manage/indicators/new/", scheme_edits.NewScheme.as_view()),
    path("manage/indicators/import/", books.BringScheme.as_view()),
    path("manage/indicators/import/template.xlsx", books.EmptyWorkbook.as_view()),
    path("manage/indicators/import/<int:pk>/", books.SchemePreview.as_view()),
    path("manage/indicators/import/<int:pk>/marked.xlsx", books.MarkedScheme.as_view()),
    path("manage/indicators/<code>/", schemes.SchemePage.as_view()),
    path("manage/indicators/<code>/edit/", scheme_edits.EditHeads.as_view()),
    path("manage/indicators/<code>/items/<path:item>/", scheme_edits.EditItem.as_view()),
    path("manage/indicators/<code>/workbook/", books.SchemeFile.as_view()),
    path("agencies/", agencies.AgencyList.as_view()),
    path("agencies/new/", agencies.AgencyEditor.as_view()),
    path("agencies/own/", agencies.OwnAgency.as_view()),
    path("agencies/<int:pk>/", agencies.AgencyPage.as_view()),
    path("agencies/<int:pk>/edit/", agencies.AgencyEditor.as_view()),
    path("my/grade/", results.MyGrades.as_view()),
    path("my/grade/<int:pk>/", results.MyGrade.as_view()),
    path("applications/<no>/score/", results.ApplicationScore.as_view()),
    path("eval/", lists.EvaluationList.as_view()),
    path("eval/new/", commission.NewEvaluation.as_view()),
    path("eval/<no>/", pages.EvaluationHome.as_view()),
    path("eval/<no>/files/", pages.EvaluationFiles.as_view()),
    path("eval/<no>/files/<int:pk>/aside/", pages.EvaluationFileAside.as_view()),
    path("eval/<no>/<act>/", pages.EvaluationAct.as_view()),
    path("applications/<no>/own/", own.OwnSheet.as_view()),
    path("gradings/<no>/", gradings.GradingHome.as_view()),
    path("gradings/<no>/files/", gradings.GradingFiles.as_view()),
    path("gradings/<no>/files/<int:pk>/aside/", gradings.GradingFileAside.as_view()),
    path("gradings/<no>/<act>/", gradings.GradingAct.as_view()),
    path("grading/whatif/", whatif.WhatIf.as_view()),
]
