"""Addresses of evaluations."""

from django.urls import path

from evaluation.views import commission, gradings, lists, own, pages

urlpatterns = [
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
]
