"""The gallery of components at /_ui/, for development only: pages drawn from invented samples, for eyes and axe.

`?screen=` chooses desk, review, list, enterprise or public; without it all components stand on one page.
"""

import random

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from registry.views import gallery_samples as samples
from registry.views.drawing import Band, histogram, ruler, tile_levels

SCREENS = ("desk", "review", "list", "enterprise", "public", "login")
BANDS = (Band("达标", 0, 60, 0), Band("优质", 60, 80, 1), Band("标杆", 80, 90, 2), Band("领军", 90, 100, 3))


def gallery(request: HttpRequest) -> HttpResponse:
    """All components with sample data; 404 outside of DEBUG and for an unknown `screen`."""
    screen = request.GET.get("screen", "")
    if not settings.DEBUG or (screen and screen not in SCREENS):
        raise Http404
    people = {"enterprise": samples.UI_ENTERPRISE, "public": samples.UI_PUBLIC, "login": samples.UI_PUBLIC}
    ui = people.get(screen, samples.UI_STAFF)
    context = {
        **samples.CONTEXT,
        "ui": {**ui, "size": request.COOKIES.get("size", "")},
        "ruler": ruler(BANDS, score=72.5, label="72.5 优质"),
        "hist": histogram(_scores(), BANDS, start=45, step=5),
        "districts": _districts(),
    }
    template = "account/login.html" if screen == "login" else f"gallery/{screen}.html"
    return render(request, template if screen else "gallery.html", context)


def _scores() -> list[float]:
    chance = random.Random(8)  # the same picture every time
    return [round(min(100, max(45, chance.gauss(74, 10))), 1) for _ in range(86)]


def _districts() -> dict[str, dict[str, object]]:
    counts = dict(zip(samples.DISTRICTS, samples.DISTRICT_COUNTS, strict=True))
    levels = tile_levels(counts)
    return {
        code: {"value": n, "level": levels[code], "url": f"?district={code}"} for code, n in counts.items()
    }
