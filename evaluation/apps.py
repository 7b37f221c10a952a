"""Chapter 3 of the measure, graded evaluation (Articles 7, 8)."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"
