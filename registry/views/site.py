"""What the pages of the public site share: caching, paging, contacts, and standings in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Level
from registry.models import Setting, Standing

CATEGORIES = {str(code): label for code, label in Category.choices()}
LEVELS = {str(code): label for code, label in Level.choices()}
LEVEL_TONES = {"pool": "grey", "municipal": "blue", "national": "green"}

Page = Callable[..., HttpResponseBase]


def public_page(view: Page) -> Page:
    """A page of the public site: GET and HEAD, and cacheable for a minute when it shows nobody in particular.

    A visitor without any cookie gets what every such visitor gets. Whoever has one (signed in, larger type, a
    token for forms) gets a page that is kept nowhere.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = view(request, *args, **kwargs)
        plain = not request.COOKIES and "CSRF_COOKIE_NEEDS_UPDATE" not in request.META
        if not response.has_header("Cache-Control"):
            if plain and response.status_code == 200:
                response["Cache-Control"] = "public, max-age=60"
            else:
                response["Cache-Control"] = "private, no-store"
        response["Vary"] = "Cookie"
        return response

    return page


def settings_in_force(*keys: str) -> dict[str, str]:
    """The values of these known settings today, in one query."""
    return {key: term.value for key, term in Setting.terms(*keys, on=clock.today()).items()}


def contact() -> dict[str, str]:
    """Whom to call, write and send to: phone, mail, address."""
    found = settings_in_force("notice_phone", "notice_mail", "notice_address")
    return {key.removeprefix("notice_"): value for key, value in found.items()}


def link(request: HttpRequest, **changes: Any) -> str:
    """This page's address with some of its query changed; an empty value takes the name out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value != "":
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def paged(
    request: HttpRequest,
    rows: QuerySet[Any] | list[Any],
    *,
    size: int,
    key: str = "page",
    measure: str = "件",
) -> tuple[list[Any], dict[str, Any]]:
    """One page of rows and what `pagination.html` needs. A page that is not there gives the nearest one."""
    paginator = Paginator(rows, size)
    page = paginator.get_page(request.GET.get(key))
    numbers = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    pager = {
        "total": paginator.count,
        "shown": f"第 {page.start_index()}–{page.end_index()} {measure}" if paginator.num_pages > 1 else "",
        "pages": [
            {"n": n, "url": link(request, **{key: n}), "current": n == page.number}
            if isinstance(n, int)
            else {"gap": True}
            for n in numbers
        ]
        if paginator.num_pages > 1
        else [],
        "previous": link(request, **{key: page.previous_page_number()}) if page.has_previous() else "",
        "next": link(request, **{key: page.next_page_number()}) if page.has_next() else "",
    }
    return list(page.object_list), pager


def select(request: HttpRequest, name: str, label: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """One choice of a filter bar."""
    chosen = request.GET.get(name, "")
    return {
        "name": name,
        "label": label,
        "options": [
            {"value": value, "label": words, "selected": value == chosen} for value, words in options
        ],
    }


def filters(request: HttpRequest, selects: list[dict[str, Any]]) -> dict[str, Any]:
    """What `filter_bar.html` needs besides its placeholder."""
    chips = [
        {"label": f"{one['label']}：{option['label']}", "url": link(request, **{one["name"]: "", "page": ""})}
        for one in selects
        for option in one["options"]
        if option["selected"]
    ]
    if q := request.GET.get("q", "").strip():
        chips.insert(0, {"label": f"包含“{q}”", "url": link(request, q="", page="")})
    return {"q": q, "selects": selects, "chips": chips, "clear": request.path}


def standing_words(standing: Standing) -> dict[str, Any]:
    """A standing as anybody may read it. Why a unit left the pool is between it and the bureau; why a title
    ended is public.
    """
    return {
        "level": LEVELS[standing.level],
        "tone": LEVEL_TONES[standing.level] if standing.until is None else "grey",
        "batch": standing.batch,
        "name": standing.name_as_published,
        "since": day_words(standing.since),
        "until": day_words(standing.until),
        "over": standing.until is not None,
        "state": _state(standing),
        "cause": standing.ended_cause if standing.level != Level.POOL else "",
        "barred_until": day_words(standing.barred_until),
    }


def _state(standing: Standing) -> str:
    if standing.until is None:
        return "有效"
    return "已出库" if standing.level == Level.POOL else "资格已终止"


def day_words(day: date | None) -> str:
    """2026年3月18日, or empty."""
    return chinese_date(day) if day else ""
