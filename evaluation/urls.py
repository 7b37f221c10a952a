"""Addresses of schemes, agencies, evaluations, grading rounds and gradings."""

from django.urls import path

from evaluation.views import (
    agencies,
    awarding,
    books,
    commission,
    grading_list,
    gradings,
    including,
    lists,
    own,
    pages,
    rounds,
)

urlpatterns = [
    path("manage/indicators/import/", books.BringScheme.as_view()),
    path("manage/indicators/import/template.xlsx", books.EmptyWorkbook.as_view()),
    path("manage/indicators/import/<int:pk>/", books.SchemePreview.as_view()),
    path("manage/indicators/import/<int:pk>/marked.xlsx", books.MarkedScheme.as_view()),
    path("manage/indicators/<code>/workbook/", books.SchemeFile.as_view()),
    path("agencies/", agencies.AgencyList.as_view()),
    path("agencies/new/", agencies.AgencyEditor.as_view()),
    path("agencies/own/", agencies.OwnAgency.as_view()),
    path("agencies/<int:pk>/", agencies.AgencyPage.as_view()),
    path("agencies/<int:pk>/edit/", agencies.AgencyEditor.as_view()),
    path("eval/", lists.EvaluationList.as_view()),
    path("eval/new/", commission.NewEvaluation.as_view()),
    path("eval/<no>/", pages.EvaluationHome.as_view()),
    path("eval/<no>/files/", pages.EvaluationFiles.as_view()),
    path("eval/<no>/files/<int:pk>/aside/", pages.EvaluationFileAside.as_view()),
    path("eval/<no>/<act>/", pages.EvaluationAct.as_view()),
    path("grading/", rounds.RoundList.as_view()),
    path("grading/new/", rounds.NewRound.as_view()),
    path("grading/<int:pk>/", rounds.RoundProgress.as_view()),
    path("grading/<int:pk>/units/", including.RoundUnits.as_view()),
    path("grading/<int:pk>/include/", including.IncludeUnits.as_view()),
    path("grading/<int:pk>/confirm/", awarding.ConfirmGrades.as_view()),
    path("grading/<int:pk>/end/", rounds.EndRound.as_view()),
    path("gradings/", grading_list.GradingList.as_view()),
    path("applications/<no>/own/", own.OwnSheet.as_view()),
    path("gradings/<no>/", gradings.GradingHome.as_view()),
    path("gradings/<no>/files/", gradings.GradingFiles.as_view()),
    path("gradings/<no>/files/<int:pk>/aside/", gradings.GradingFileAside.as_view()),
    path("gradings/<no>/<act>/", gradings.GradingAct.as_view()),
]
