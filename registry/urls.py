"""The register's addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("registry.urls_public")),
    path("", include("registry.urls_staff")),
    path("", include("registry.urls_applications")),
    path("", include("registry.urls_accounts")),
]
