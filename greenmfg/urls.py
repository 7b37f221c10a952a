"""Addresses: the rooms' own, sign-in, and the back stage."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("backstage/", admin.site.urls),
    path("", include("evaluation.urls")),
    path("", include("registry.urls")),
]

if settings.DEBUG:
    from registry.views.gallery import gallery

    urlpatterns.append(path("_ui/", gallery))
