"""公示公告 for everybody: the list, one notice as page and as PDF, and what was corrected in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.timezone import localdate

from greenmfg import clock, periods
from greenmfg.periods import Calendar, chinese_date
from registry import names, printing
from registry.models import Correction, Holiday, NoticeLine, Publicity
from registry.views import present
from registry.views.site import (
    CATEGORIES,
    contact,
    day_words,
    filters,
    link,
    paged,
    public_page,
    select,
)

LINES = 100  # of a notice or list on one page
ISSUER = "北京市经济和信息化局"
STATES = (("running", "公示中"), ("closed", "已结束"))
PDF_KEPT = 24 * 3600  # seconds


def notice_row(notice: Publicity, *, today: date, calendar: Calendar) -> dict[str, Any]:
    """A notice with its period in words and its light."""
    row: dict[str, Any] = {
        "no": notice.no,
        "url": f"/notices/{notice.no}/",
        "title": notice.title,
        "starts_on": notice.starts_on,
        "period": f"{chinese_date(notice.starts_on)}至{chinese_date(notice.open_until)}",
        "extended": notice.extended_to is not None,
        "until": chinese_date(notice.open_until),
        "takes_objections": notice.state == "running" and today <= notice.open_until,
        "ended": f"公示已于{chinese_date(notice.open_until)}结束",
    }
    if notice.state == "closed":
        return row | {"label": "已结束", "tone": "grey", "note": ""}
    if today > notice.open_until:
        return row | {"label": "公示期满", "tone": "grey", "note": ""}
    if today < notice.starts_on:
        return row | {
            "label": "即将公示",
            "tone": "blue",
            "note": f"{present.short_date(notice.starts_on, today=today)}起",
        }
    due = present.due(notice.open_until, today=today, calendar=calendar)
    return row | due | {"label": "公示中", "tone": "violet", "note": ""}


def correction_row(correction: Correction) -> dict[str, Any]:
    """A correction in words, with the day of its signature once it has one. Its line and notice come with it."""
    at = correction.closed_at
    return {
        "no": correction.no,
        "url": f"/notices/{correction.publicity.no}/corrections/{correction.no}/",
        "notice": correction.publicity.title,
        "about": f"第 {correction.line.n} 项 {correction.line.name}" if correction.line else "",
        "place": correction.get_place_display(),
        "said": correction.said,
        "right": correction.right,
        "why": correction.why,
        "extended_to": day_words(correction.extended_to),
        "line_id": correction.line_id,
        "published": chinese_date(localdate(at)) if at else "",
    }


def published_corrections(**where: Any) -> list[dict[str, Any]]:
    """Rows of the published corrections that fit, oldest first."""
    found = Correction.objects.filter(state="published", **where).select_related("line", "publicity")
    return [correction_row(correction) for correction in found.order_by("closed_at", "pk")]


def paper(
    notice: Publicity, lines: Iterable[dict[str, Any]], *, corrections: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """What `registry/gazette/paper.html` draws: the notice as the public reads it, for the public page, for who
    signs it, and for print. `lines` are values of NoticeLine with id, n, name, category and district; the rows of
    the published corrections are read here unless the page has them.
    """
    if corrections is None:
        corrections = published_corrections(publicity=notice) if notice.pk else []
    of_line: dict[int, list[dict[str, Any]]] = {}
    for row in corrections:
        of_line.setdefault(row["line_id"] or 0, []).append(row)
    return {
        "title": notice.title,
        "paragraphs": [text for text in notice.text.splitlines() if text.strip()],
        "period": period_words(notice.starts_on, notice.ends_on, days=notice.days),
        "extended_to": day_words(notice.extended_to),
        "issuer": ISSUER,
        "signed": day_words(notice.published_on()) if notice.pk else "",
        "corrections": of_line.get(0, []),
        "lines": [
            {
                "n": line["n"],
                "name": line["name"],
                "category": CATEGORIES.get(line["category"], line["category"]),
                "district": line["district"] or "—",
                "corrections": of_line.get(line.get("id") or -1, []),
            }
            for line in lines
        ],
    }


def lines_of(notice: Publicity) -> QuerySet[Any, dict[str, Any]]:
    """The lines as `paper` takes them."""
    return notice.lines.values("id", "n", "name", "category", "district")


def period_words(starts_on: date, ends_on: date, *, days: int) -> str:
    """2026年3月19日至2026年3月25日（5 个工作日）."""
    return f"{periods.chinese_date(starts_on)}至{periods.chinese_date(ends_on)}（{days} 个工作日）"


@public_page
def notices(request: HttpRequest) -> HttpResponse:
    """All notices that are or were public, the running ones first; or the corrections of them."""
    today = clock.today()
    corrected = request.GET.get("kind") == "corrections"
    tabs = [
        {"label": "公示", "url": link(request, kind="", state="", page=""), "current": not corrected},
        {
            "label": "更正公告",
            "url": link(request, kind="corrections", state="", page=""),
            "current": corrected,
        },
    ]
    shown = Publicity.objects.filter(state__in=Publicity.PUBLIC)
    years = [(str(year.year), f"{year.year} 年") for year in shown.dates("starts_on", "year", order="DESC")]
    selects = [] if corrected else [select(request, "state", "状态", STATES)]
    selects.append(select(request, "year", "年份", years))
    context: dict[str, Any] = {"tabs": tabs, "filters": filters(request, selects), "corrected": corrected}
    context["keep"] = [{"name": "kind", "value": "corrections"}] if corrected else []
    context["narrowed"] = any(request.GET.get(name) for name in ("q", "state", "year"))
    rows = _corrections(request) if corrected else _notices(request, shown)
    page, context["pager"] = paged(request, rows, size=20)
    if corrected:
        context["rows"] = [correction_row(one) for one in page]
    else:
        calendar = Holiday.calendar_around(today)
        under: dict[str, list[dict[str, Any]]] = {}
        for row in published_corrections(publicity__in=[notice.pk for notice in page]):
            under.setdefault(row["url"].split("/")[2], []).append(row)
        context["rows"] = [
            notice_row(notice, today=today, calendar=calendar) | {"corrections": under.get(notice.no, [])}
            for notice in page
        ]
    return render(request, "registry/public/notices.html", context)


def _notices(request: HttpRequest, shown: QuerySet[Publicity]) -> QuerySet[Publicity]:
    get = request.GET
    if get.get("state") in dict(STATES):
        shown = shown.filter(state=get["state"])
    if year := _year(request):
        shown = shown.filter(starts_on__year=year)
    if needle := get.get("q", "").strip():
        named = NoticeLine.objects.filter(name__contains=names.tidy(needle)).values("publicity")
        shown = shown.filter(Q(title__contains=needle) | Q(no__iexact=needle) | Q(pk__in=named))
    return shown.order_by("-state", "-starts_on", "-pk")  # "running" sorts after "closed"


def _corrections(request: HttpRequest) -> QuerySet[Correction]:
    found = Correction.objects.filter(state="published").select_related("line", "publicity")
    if year := _year(request):
        found = found.filter(closed_at__year=year)
    if needle := request.GET.get("q", "").strip():
        title = Q(publicity__title__contains=needle) | Q(no__iexact=needle)
        found = found.filter(title | Q(line__name__contains=names.tidy(needle)) | Q(right__contains=needle))
    return found.order_by("-closed_at", "-pk")


def _year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) > 0 else 0


def _shown(no: str) -> Publicity:
    return get_object_or_404(Publicity.objects.filter(state__in=Publicity.PUBLIC), no=no)


@public_page
def notice(request: HttpRequest, no: str) -> HttpResponse:
    """One notice: its words, its units, its period, and how to object (Article 6)."""
    found = _shown(no)
    today = clock.today()
    lines, pager = paged(request, lines_of(found), size=LINES, measure="家")
    context = {
        "notice": notice_row(found, today=today, calendar=Holiday.calendar_around(today)),
        "paper": paper(found, lines),
        "pager": pager,
        "contact": contact(),
        "printed": chinese_date(today),
    }
    return render(request, "registry/public/notice.html", context)


@public_page
def correction(request: HttpRequest, no: str, correction_no: str) -> HttpResponse:
    """One correction: what the notice says, what is right, and why."""
    found = _shown(no)
    published = Correction.objects.filter(state="published", publicity=found).select_related(
        "line", "publicity"
    )
    one = get_object_or_404(published, no=correction_no)
    today = clock.today()
    context = {
        "notice": notice_row(found, today=today, calendar=Holiday.calendar_around(today)),
        "correction": correction_row(one),
        "issuer": ISSUER,
        "contact": contact(),
        "printed": chinese_date(today),
    }
    return render(request, "registry/public/correction.html", context)


@public_page
def notice_pdf(request: HttpRequest, no: str) -> HttpResponse:
    """The notice on paper, with its list and what was corrected in it."""
    found = _shown(no)
    context = {"paper": paper(found, lines_of(found)), "no": found.no, "contact": contact()}
    html = render_to_string("print/notice.html", context)
    # Printing is dear, and anybody may ask for it at any rate: the same words are printed once.
    key = f"notice-pdf:{hashlib.sha256(html.encode()).hexdigest()}"
    content = cache.get(key)
    if content is None:
        content = printing.html_pdf(html, title=found.title, dated=found.published_on(), author=ISSUER)
        cache.set(key, content, PDF_KEPT)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.no}.pdf"'
    return answer
