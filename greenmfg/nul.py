"""What no database takes: the sign NUL. It is no part of any text that a person writes, so it is refused at the door."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NUL = "\x00"


class WithoutNul:
    """Middleware: 400 for an address or a form that holds NUL, on every page alike. Files are judged by their intake."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        texts = [request.path, *_texts(request.GET)]
        if request.content_type == "application/x-www-form-urlencoded":
            texts += _texts(request.POST)
        if any(NUL in text for text in texts):
            return render(request, "400.html", status=400)
        return self.get_response(request)


def _texts(given: object) -> list[str]:
    return [text for name, values in given.lists() for text in (name, *values)]  # type: ignore[attr-defined]
