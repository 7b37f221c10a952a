"""The public site: home, units, help. Readable by anybody, without a script, on paper."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from greenmfg import clock, rulebook
from greenmfg.periods import Calendar, chinese_date
from greenmfg.rulebook import Category
from registry import roles
from registry.models import Batch, Case, District, Event, Holiday, Publicity, Roster, Unit, User
from registry.models.editions import edition_on
from registry.models.units import MERGED
from registry.views import present
from registry.views.context import SIZES
from registry.views.diagnoses import of_unit
from registry.views.notices import notice_row
from registry.views.site import (
    CATEGORIES,
    contact,
    day_words,
    public_page,
    settings_in_force,
    standing_words,
)

UNIT_EVENTS = 50
YEAR = 365 * 24 * 3600  # seconds


# --- home


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """What goes on now: notices, the call, the latest lists; and the ways in."""
    today = clock.today()
    calendar = Holiday.calendar_around(today)
    shown = Publicity.objects.filter(state__in=Publicity.PUBLIC)
    running = shown.filter(state="running").order_by("ends_on", "pk")[:5]
    last = None if running else shown.order_by("-ends_on", "-pk").first()
    lists = Roster.objects.filter(state="published").annotate(count=Count("lines"))
    return render(
        request,
        "registry/public/home.html",
        {
            "notices": [notice_row(notice, today=today, calendar=calendar) for notice in running],
            "last_notice": last and notice_row(last, today=today, calendar=calendar),
            "call": _call(calendar),
            "lists": lists.order_by("-dated", "-pk")[:5],
            "edition": edition_on(today),
            "contact": contact(),
        },
    )


def _call(calendar: Calendar) -> dict[str, Any] | None:
    """The call that is open, else the next one."""
    now = clock.now()
    batch = Batch.objects.open_at(now).first()
    if batch:
        due = present.due(batch.closes_on, today=now.date(), calendar=calendar)
        return {"name": batch.name, "open": True, "until": batch.law.closing} | due
    coming = Batch.objects.coming(now).first()
    if coming is None:
        return None
    return {"name": coming.name, "open": False, "from": coming.law.opening}


# --- units


@public_page
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: its standings for everybody; its facts, cases and timeline for those who deal with it."""
    visible = Unit.objects.visible_to(request.user).select_related("entity", "district")
    found = visible.filter(pk=pk).first()
    kept = _successor(pk) if found is None or found.entity.merged_into_id else None
    if found is None:
        # Old links and printed codes lead on to the unit that took its place, as far as this reader sees that.
        return redirect(f"/units/{get_object_or_404(visible, pk=kept.pk if kept else None).pk}/")
    standings = found.standings.exclude(ended_cause=MERGED).order_by("until", "-since", "pk")
    words = [standing_words(standing) for standing in standings]
    context = {
        "unit": found,
        "successor": {"name": kept.name, "url": f"/units/{kept.pk}/"} if kept else None,
        "category": CATEGORIES[found.category],
        "held": [one for one in words if not one["over"]],
        "ended": [one for one in words if one["over"]],
        "former": [
            {"name": former.name, "until": day_words(former.until)}
            for former in found.entity.former_names.order_by("-until", "-pk")
        ],
        "today": chinese_date(clock.today()),
    }
    user = request.user
    deals = isinstance(user, User) and _deals_with(user, found)
    context |= _graded(found, with_scores=deals)
    if isinstance(user, User) and deals:
        context |= _whole_file(user, found)
    return render(request, "registry/public/unit.html", context)


def _successor(pk: int) -> Unit | None:
    """The unit that took this one's place in a merge, if it was merged away."""
    gone = Unit.objects.filter(pk=pk, entity__merged_into__isnull=False).select_related("entity").first()
    return gone.successor() if gone else None


def _deals_with(user: User, unit: Unit) -> bool:
    """The bureau, the unit's own district, and its own people."""
    if user.plays(roles.OFFICER, roles.CHIEF):
        return True
    return (user.plays(roles.DISTRICT) and user.district_id == unit.district_id) or (
        user.plays(roles.UNIT) and user.entity_id == unit.entity_id
    )


def _graded(unit: Unit, *, with_scores: bool) -> dict[str, Any]:
    """分级评价: the grade that the unit has, what it asks of it, and those of the years before (Article 7).

    Anybody may read a grade; the score, and that there is none or none yet, only those who deal with the unit: what is
    published are lists of those that have a grade (Article 14).
    """
    given = list(unit.grades.all())
    if not with_scores:
        given = [one for one in given if one.band] if given and given[0].band else []
    if not given and not (with_scores and unit.category == Category.GREEN_FACTORY):
        return {}
    band = given[0].as_band() if given else None
    rows = [
        {
            "is_present": one == given[0],
            "title": str(one),
            "year": one.year,
            "decided": day_words(one.decided_on),
            "score": one.score if with_scores else None,
            "none": not one.band,
        }
        for one in sorted(given, key=lambda one: -one.year)
    ]
    return {"grades": rows, "duties": band.duties if band else "", "with_scores": with_scores}


def _whole_file(user: User, unit: Unit) -> dict[str, Any]:
    """The register's facts, the unit's cases and one timeline, as far as this person sees them."""
    today = clock.today()
    seen = Case.objects.visible_to(user).filter(unit=unit)
    cases = list(seen.order_by("-opened_at", "-pk")[:20])
    events = (
        Event.objects.visible_to(user)
        .filter(Q(case__in=seen) | Q(case__isnull=True, unit=unit))
        .select_related("by__district", "by__entity", "by__agency")
        .order_by("-at", "-pk")[:UNIT_EVENTS]
    )
    facts = [
        ("统一社会信用代码", unit.entity.credit_code or "未登记"),
        ("地址", unit.address),
        ("行业", unit.industry),
        ("联系人", unit.contact),
        ("联系电话", unit.phone),
    ]
    return {
        "facts": [{"label": label, "value": value} for label, value in facts],
        "diagnoses": of_unit(user, unit),
        "cases": [
            {
                "label": Case.kinds[case.kind].LABEL,
                "no": case.no,
                "url": case.get_absolute_url(),
                "tag": present.tag(case),
                "opened": present.short_date(case.opened_at.astimezone(clock.BEIJING).date(), today=today),
            }
            for case in cases
        ],
        "events": present.timeline(events),
    }


# --- help, and the size of type


@csrf_exempt  # what it sets is harmless, and a token would keep every public page out of every cache
@require_POST
def size(request: HttpRequest) -> HttpResponse:
    """大字版: keep the chosen size of type in a cookie for a year, and go back to the page."""
    chosen, back = request.POST.get("size", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    if chosen in SIZES:
        response.set_cookie(
            "size", chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    else:
        response.delete_cookie("size")
    return response


@public_page
def help_page(request: HttpRequest) -> HttpResponse:
    """How to apply, whom to ask: the bureau and the seventeen bodies of the districts."""
    values = settings_in_force(
        "upload_mb", "correction_days", "objection_mb", "objection_days", "objection_accept_days"
    )
    return render(
        request,
        "registry/public/help.html",
        {"districts": District.objects.all(), "contact": contact(), "values": values},
    )


@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was done for those who see, hear or move less well, and whom to tell what is missing."""
    return render(request, "registry/public/accessibility.html", {"contact": contact()})


@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """All public pages on one."""
    return render(request, "registry/public/sitemap.html", {"articles": rulebook.ARTICLES})
