"""Chapter 3 of the measure, graded evaluation (Articles 7, 8); its first inhabitant is the third-party check."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = "评价"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluation.views.joining import ROOM
        from registry.views import onward

        onward.join(ROOM)
