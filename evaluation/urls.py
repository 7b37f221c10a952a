"""Addresses of evaluations."""

from django.urls import path

from evaluation.views import commission, lists, pages, results

urlpatterns = [
    path("my/grade/", results.MyGrades.as_view()),
    path("my/grade/<int:pk>/", results.MyGrade.as_view()),
    path("applications/<no>/score/", results.ApplicationScore.as_view()),
    path("eval/", lists.EvaluationList.as_view()),
    path("eval/new/", commission.NewEvaluation.as_view()),
    path("eval/<no>/", pages.EvaluationHome.as_view()),
    path("eval/<no>/files/", pages.EvaluationFiles.as_view()),
    path("eval/<no>/files/<int:pk>/aside/", pages.EvaluationFileAside.as_view()),
    path("eval/<no>/<act>/", pages.EvaluationAct.as_view()),
]
