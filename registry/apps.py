"""The register: who is on the books, the pool, notices and lists; and the casework kernel."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "名录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry import guards

        post_migrate.connect(guards.install, dispatch_uid="registry.guards")
