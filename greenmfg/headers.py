"""Two small middlewares: the content security policy, and the renewal of a session that is in use."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from greenmfg import clock

type_of_view = Callable[[HttpRequest], HttpResponse]

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


class ContentSecurityPolicy:
    """Adds the policy to every answer that has not set a (stricter) one of its own, such as a served document."""

    def __init__(self, get_response: type_of_view) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response


class IdleSession:
    """Ends a session after SESSION_COOKIE_AGE seconds without use, writing it at most ten times in that span.

    Django either never renews a session or writes it with every request; this renews it when a tenth has passed.
    """

    def __init__(self, get_response: type_of_view) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.session_key and "_auth_user_id" in session:
            now = int(clock.now().timestamp())
            if now - session.get("seen", 0) >= settings.SESSION_COOKIE_AGE // 10:
                session["seen"] = now
        return self.get_response(request)
