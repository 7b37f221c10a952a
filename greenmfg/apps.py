"""The shell as an installed application: its system checks, and Celery bound in every process."""

from django.apps import AppConfig


class GreenmfgConfig(AppConfig):
    name = "greenmfg"
    verbose_name = "北京市绿色制造单位管理平台"

    def ready(self) -> None:
        # Without the Celery application a web process would send tasks to Celery's own default broker.
        from greenmfg import celery, checks  # noqa: F401
