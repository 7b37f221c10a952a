"""Addresses of evaluations."""

from django.urls import path

from evaluation.views import agencies, commission, lists, pages

urlpatterns = [
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
]
