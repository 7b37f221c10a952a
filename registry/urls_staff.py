"""Addresses: staff pages."""

from django.urls import path

from registry.views import desk

urlpatterns = [
    path("desk/", desk.DeskView.as_view()),
    path("desk/todo/", desk.TodoList.as_view()),
    path("desk/done/", desk.DoneList.as_view()),
]
