"""Three small middlewares: the health page, the content security policy, and renewal of a session in use."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from greenmfg import clock

Respond = Callable[[HttpRequest], HttpResponse]

# Nothing inline, nothing from elsewhere: what an injected text could do ends here.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)


class Health:
    """Answers /healthz (200, or 503 without a database) for the container's own check, before anything else.

    That check knows neither the portal's name nor TLS, which later middlewares insist on; the proxy does not
    pass this address on.
    """

    PATH = "/healthz"

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != self.PATH:
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return HttpResponse("no database", content_type="text/plain", status=503)
        return HttpResponse("ok", content_type="text/plain")


class ContentSecurityPolicy:
    """Adds the policy to every answer that has not set a (stricter) one of its own, such as a served document."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response


class IdleSession:
    """Ends a session after SESSION_COOKIE_AGE seconds without use, writing it at most ten times in that span.

    Django either never renews a session or writes it with every request; this renews it when a tenth has passed.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.session_key and "_auth_user_id" in session:
            now = int(clock.now().timestamp())
            if now - session.get("seen", 0) >= settings.SESSION_COOKIE_AGE // 10:
                session["seen"] = now
        return self.get_response(request)
