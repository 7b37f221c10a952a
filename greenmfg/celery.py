"""The Celery application: settings come from Django's settings under the prefix CELERY_."""

import os

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings

from greenmfg.requests import bind, unbind

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenmfg.settings")

app = Celery("greenmfg")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_web(**kwargs: object) -> None:
    """One log format everywhere: Celery's own handlers would drop the request id."""
    from logging.config import dictConfig

    dictConfig(settings.LOGGING)


@task_prerun.connect
def _take_task_id(task_id: str = "", **kwargs: object) -> None:
    """What a task logs and records carries the task's id, as a page's work carries the request's."""
    bind(task_id)


@task_postrun.connect
def _drop_task_id(**kwargs: object) -> None:
    unbind()
