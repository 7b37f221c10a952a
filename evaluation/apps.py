"""Chapter 3 of the measure, graded evaluation (Articles 7, 8); its first inhabitant is the third-party check."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = "评价"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluation import shipped
        from evaluation.models.schemes import GUARDS
        from evaluation.views.joining import ROOM
        from registry import guards
        from registry.views import onward

        onward.join(ROOM)
        guards.join(GUARDS + guards.frozen("evaluation_scoreline"))
        post_migrate.connect(shipped.install, dispatch_uid="evaluation.shipped")
