"""An id for each request (or task): in every log line, in the answer's header, on the error page, on the events."""

from collections.abc import Callable
from contextvars import ContextVar
from logging import Filter, LogRecord
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_id() -> str:
    """The id of the request or task that is being worked on; empty outside of both."""
    return _current.get()


def bind(request_id: str) -> None:
    """From here on, in this context, work belongs to `request_id`."""
    _current.set(request_id)


def unbind() -> None:
    _current.set("")


class RequestId:
    """Middleware, first in the list. The id is always ours: one sent by a client could forge the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex[:16]
        bind(request_id)
        try:
            response = self.get_response(request)
        finally:
            unbind()
        response[HEADER] = request_id
        return response


class WithRequestId(Filter):
    """Logging filter that gives each record its `request_id` ("-" outside of a request)."""

    def filter(self, record: LogRecord) -> bool:
        record.request_id = current_id() or "-"
        return True


def request_id(request: HttpRequest) -> dict[str, str]:
    """Context processor: `{{ request_id }}` on pages that ask a user to name it."""
    return {"request_id": current_id()}
