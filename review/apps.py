"""Chapter 4 of the measure, dynamic management (Articles 9 to 14)."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    default_auto_field = "django.db.models.BigAutoField"
