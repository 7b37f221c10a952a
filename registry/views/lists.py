"""Published lists: found, read, compared, downloaded (Article 14)."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from greenmfg import clock
from greenmfg.periods import chinese_date
from registry import intake, names, publishing, roles
from registry.models import District, Roster, RosterFile, RosterLine, Standing, Unit, User
from registry.printing import list_pdf
from registry.views import present
from registry.views.notices import LINES
from registry.views.site import (
    CATEGORIES,
    LEVEL_TONES,
    LEVELS,
    day_words,
    filters,
    paged,
    public_page,
    select,
)

log = logging.getLogger(__name__)

FOUND = 50  # units, and lines, that a search shows
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
FORMAT_NAMES = {"pdf": "PDF 文件", "xlsx": "Excel 工作簿", "csv": "CSV 数据"}


@public_page
def lists(request: HttpRequest) -> HttpResponse:
    """The lists published here, then those published elsewhere before; or the units that a search finds."""
    level, category = request.GET.get("level", ""), request.GET.get("category", "")
    selects = [
        select(request, "level", "级别", LEVELS.items()),
        select(request, "category", "类型", CATEGORIES.items()),
    ]
    context: dict[str, Any] = {"filters": filters(request, selects)}
    if needle := request.GET.get("q", "").strip():
        return render(request, "registry/public/search.html", context | _found(needle, level, category))
    rows = Roster.objects.annotate(count=Count("lines"))
    if level in LEVELS:
        rows = rows.filter(level=level)
    if category in CATEGORIES:
        rows = rows.filter(Q(category=category) | Q(category=""))
    rows = rows.order_by(F("dated").desc(nulls_last=True), "-pk")
    ours, pager = paged(request, rows.filter(state="published"), size=20)
    theirs, older = paged(request, rows.filter(state="imported"), size=20, key="history")
    context |= {"ours": [_row(one) for one in ours], "pager": pager}
    context |= {"theirs": [_row(one) for one in theirs], "older": older}
    return render(request, "registry/public/lists.html", context)


def _row(roster: Any, *, count: int | None = None) -> dict[str, Any]:
    return {
        "no": roster.no,
        "url": f"/lists/{roster.no}/",
        "title": roster.title,
        "doc_no": roster.doc_no,
        "batch": roster.batch,
        "level": LEVELS.get(roster.level, roster.level),
        "category": CATEGORIES.get(roster.category, "全部类型"),
        "dated": day_words(roster.dated),
        "count": roster.count if count is None else count,
        "source": roster.source_url,
    }


def _found(needle: str, level: str, category: str) -> dict[str, Any]:
    """Units by name, former name, pinyin, initials or credit code; and lines of lists by name.

    Only what everybody may see: who is signed in searches the same lists here.
    """
    key = names.fold(needle)
    units = Unit.objects.in_use().visible_to(None).filter(entity__search__contains=key)
    lines = RosterLine.objects.filter(roster__state__in=Roster.PUBLIC).filter(
        Q(name__icontains=needle) | Q(name__icontains=names.tidy(needle))
    )
    if level in LEVELS:
        units = units.filter(standings__level=level, standings__until__isnull=True).distinct()
        lines = lines.filter(roster__level=level)
    if category in CATEGORIES:
        units, lines = units.filter(category=category), lines.filter(category=category)
    rows = units.select_related("entity", "district").order_by("entity__folded", "pk")[: FOUND + 1]
    found = list(rows)
    held: dict[int, list[dict[str, str]]] = {}
    standings = Standing.objects.filter(unit__in=[unit.pk for unit in found], until__isnull=True)
    for unit_id, standing_level in standings.values_list("unit_id", "level"):
        tag = {"label": LEVELS[standing_level], "tone": LEVEL_TONES[standing_level]}
        held.setdefault(unit_id, []).append(tag)
    in_lists = list(
        lines.order_by("-roster__dated", "-roster__pk", "n").values(
            "name", "region", "district", "category", "n", "roster__no", "roster__title", "roster__dated"
        )[: FOUND + 1]
    )
    for line in in_lists:
        line["category"] = CATEGORIES.get(line["category"], line["category"])
    return {
        "needle": needle,
        "units": [
            {
                "url": f"/units/{unit.pk}/",
                "name": unit.name,
                "category": CATEGORIES[unit.category],
                "district": unit.district.short if unit.district else "",
                "levels": held.get(unit.pk, []),
            }
            for unit in found[:FOUND]
        ],
        "lines": in_lists[:FOUND],
        "more_units": len(found) > FOUND,
        "more_lines": len(in_lists) > FOUND,
        "most": FOUND,
    }


@public_page
def roster(request: HttpRequest, no: str) -> HttpResponse:
    """One list: its head, its lines under filters, what changed, its files with their hashes."""
    found = get_object_or_404(Roster.objects.filter(state__in=Roster.PUBLIC), no=no)
    ours = found.state == "published"
    files = {file.format: file for file in found.files.all()} if ours else {}
    lines, pager = paged(request, _filtered(request, found), size=LINES, measure="家")
    selects = [select(request, "district", "区", [(d.short, d.short) for d in District.objects.all()])]
    if not found.category:
        selects.append(select(request, "category", "类型", CATEGORIES.items()))
    context = {
        "roster": _row(found, count=found.lines.count())
        | {"imported": not ours, "paragraphs": found.text.splitlines()},
        "facts": _facts(found),
        "lines": _lines(lines),
        "by_category": not found.category,
        "graded": found.is_graded,
        "pager": pager,
        "filters": filters(request, selects),
        "change": _change(found) if ours else None,
        "files": [_file(found, files[name]) for name in publishing.FORMATS if name in files],
        "waiting": ours and len(files) < len(publishing.FORMATS),
        "check": publishing.check_value(publishing.rows(found)) if ours else "",
        "printed": chinese_date(clock.today()),
    }
    return render(request, "registry/public/roster.html", context)


def _filtered(request: HttpRequest, roster: Roster) -> Any:
    lines = roster.lines.all()
    get = request.GET
    if needle := get.get("q", "").strip():
        key = names.fold(needle)
        lines = lines.filter(Q(name__icontains=needle) | Q(unit__entity__search__contains=key))
    if district := get.get("district"):
        lines = lines.filter(district=district)
    if get.get("category") in CATEGORIES:
        lines = lines.filter(category=get["category"])
    return lines.values(
        "n",
        "name",
        "category",
        "region",
        "district",
        "industry",
        "grade",
        "evaluator",
        "unit_id",
        "standing__until",
        "standing__level",
        "unit__entity__name",
        "unit__site",
    )


def _lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines as published, beside each what has become of the unit since."""
    ids = {line["unit_id"] for line in lines if line["unit_id"]}
    visible = set(Unit.objects.visible_to(None).filter(pk__in=ids).values_list("pk", flat=True))
    for line in lines:
        site = f"（{line['unit__site']}）" if line["unit__site"] else ""
        now = f"{line['unit__entity__name']}{site}" if line["unit__entity__name"] else ""
        line["category"] = CATEGORIES.get(line["category"], line["category"])
        line["url"] = f"/units/{line['unit_id']}/" if line["unit_id"] in visible else ""
        line["name_now"] = now if now and names.fold(now) != names.fold(line["name"]) else ""
        if line["standing__until"]:
            what = "已出库" if line["standing__level"] == "pool" else "资格已终止"
            line["ended"] = f"{what}（{chinese_date(line['standing__until'])}）"
    return lines


def _facts(roster: Roster) -> list[dict[str, Any]]:
    facts = [
        ("发文字号", roster.doc_no),
        ("批次", roster.batch),
        ("成文日期" if roster.state == "published" else "公布日期", day_words(roster.dated)),
        ("截至日期", day_words(roster.as_of)),
        ("级别", LEVELS.get(roster.level, roster.level)),
        ("类型", CATEGORIES.get(roster.category, "全部类型")),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _change(roster: Roster) -> dict[str, Any] | None:
    """The difference to the list before; None for the first of its kind."""
    earlier = roster.previous()
    if earlier is None:
        return None
    difference = roster.difference()
    return {
        "title": earlier.title,
        "url": f"/lists/{earlier.no}/",
        "added": [line.name for line in difference["added"]],
        "left": [line.name for line in difference["left"]],
        "renamed": [{"old": old.name, "new": new.name} for old, new in difference["renamed"]],
        "regraded": [
            {"name": new.name, "old": old.grade, "new": new.grade} for old, new in difference["regraded"]
        ],
    }


def _file(roster: Roster, file: RosterFile) -> dict[str, str]:
    return {
        "url": f"/lists/{roster.no}.{file.format}",
        "name": FORMAT_NAMES[file.format],
        "size": present.megabytes(file.size),
        "sha256": file.sha256,
    }


@public_page
def download(request: HttpRequest, no: str, extension: str) -> HttpResponseBase:
    """A file of a published list, only if its bytes are still those whose hash was published."""
    found = get_object_or_404(Roster.objects.filter(state="published"), no=no)
    file = found.files.filter(format=extension).first()
    if file is None:
        words = {"title": "文件正在生成，请稍后刷新", "text": "名单已经发布，文件通常在一分钟内生成。"}
        return _no_file(request, found, words)
    if not intake.verify(file.path, file.sha256):
        log.error("%s.%s is not what was published: %s", no, extension, file.path)
        words = {
            "title": "文件校验未通过，已暂停下载",
            "text": "请联系市经济和信息化局；名单内容以本页所列为准。",
        }
        return _no_file(request, found, words)
    etag = quote_etag(file.sha256)
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    unchanged = get_conditional_response(request, etag=etag)
    if isinstance(unchanged, HttpResponseNotModified):
        unchanged["Cache-Control"] = headers["Cache-Control"]
        return unchanged
    name = intake.clean_name(f"{found.title}（{found.no}）", extension=f".{extension}")
    response = intake.download(file.path, name=name, media_type=MEDIA_TYPES[extension])
    for header, value in headers.items():
        response[header] = value
    return response


def _no_file(request: HttpRequest, roster: Roster, words: dict[str, str]) -> HttpResponse:
    context = words | {"back": f"/lists/{roster.no}/"}
    return render(request, "registry/public/no_file.html", context, status=404)


@login_required
@require_safe
def preview(request: HttpRequest, no: str) -> HttpResponse:
    """The paper of a list that is being drawn up, with the draft mark; for those who draw up and sign."""
    user = request.user
    found = get_object_or_404(Roster.objects.visible_to(user), no=no)
    if not isinstance(user, User) or not user.plays(roles.OFFICER, roles.CHIEF):
        raise PermissionDenied("名单预览由市局办理人员查看")
    if found.state == "imported":
        return redirect(f"/lists/{found.no}/")
    if found.state == "published":
        return redirect(f"/lists/{found.no}.pdf")
    name = intake.clean_name(f"草稿 {found.title}（{found.no}）", extension=".pdf")
    headers = intake.download_headers(name, media_type=MEDIA_TYPES["pdf"])
    return HttpResponse(list_pdf(publishing.sheet(found)), headers=headers)
