"""What a page asks twice is read once: kept for one GET or HEAD, and nowhere else.

A page is put together from parts that know nothing of each other (a form, a finding, a date in words), and each asks
for the calendar or the settings of the day itself. Handing these facts through every part would tie the parts
together; a cache beyond the request would be wrong just after somebody's change. So they are kept for as long as one
safe request is answered. A POST, a task, a command and whatever is streamed after the answer ask the database each
time: there an act may have changed what was read before.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

SAFE = ("GET", "HEAD")
T = TypeVar("T")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept_for_a_page", default=None)


def once(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers; within one page the first answer under this key, which nobody may change.

    The key names the fact and all that the answer depends on.
    """
    kept = _kept.get()
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    answer: T = kept[key]
    return answer


class OncePerPage:
    """Middleware, last in the list: an empty memo for a GET or HEAD, none for what changes something.

    Set for each request, so that one made within another has nothing of it; put back whatever happens.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = _kept.set({} if request.method in SAFE else None)
        try:
            return self.get_response(request)
        finally:
            _kept.reset(before)
