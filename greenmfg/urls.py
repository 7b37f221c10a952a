"""Addresses: the rooms' own, sign-in, and the back stage."""

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.urls"))]
