"""消息, 个人设置, 搜索 and, for the auditor, 办理日志."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case as Choose
from django.db.models import IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.timezone import localtime
from django.views.generic import View

from greenmfg import clock, rulebook
from greenmfg.rulebook import Category
from registry import names
from registry.casework import record
from registry.models import Case, Event, LegalEntity, Message, Publicity, Roster, Unit, User
from registry.roles import AUDITOR
from registry.views import present
from registry.views.cases import RoleRequired

CATEGORIES = {str(code): label for code, label in Category.choices()}
PER_PAGE = 50
FOUND = 20  # of each group of a search


class Inbox(RoleRequired, View):
    """消息: what the acts have told this person. Opening one marks it as read, by POST."""

    def inbox(self) -> QuerySet[Message]:
        return Message.objects.inbox(self.user, now=clock.now())

    def get(self, request: HttpRequest) -> HttpResponse:
        unread = request.GET.get("tab") == "unread"
        rows = self.inbox().filter(read_at__isnull=True) if unread else self.inbox()
        paginator = Paginator(rows.select_related("case"), PER_PAGE)
        page = paginator.get_page(request.GET.get("page"))
        tab = "&tab=unread" if unread else ""
        context = {
            "rows": [
                {
                    "pk": message.pk,
                    "subject": message.subject,
                    "text": message.text,
                    "when": present.moment(message.visible_from),
                    "iso": message.visible_from.isoformat(),
                    "unread": message.read_at is None,
                    "no": message.case.no if message.case else "",
                }
                for message in page
            ],
            "total": paginator.count,
            "shown": f"第 {page.start_index()}–{page.end_index()} 条" if paginator.count else "",
            "unread_only": unread,
            "previous": f"?page={page.previous_page_number()}{tab}" if page.has_previous() else "",
            "next": f"?page={page.next_page_number()}{tab}" if page.has_next() else "",
        }
        return render(request, "registry/manage/inbox.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        if "all" in request.POST:
            self.inbox().filter(read_at__isnull=True).order_by().update(read_at=now)
            messages.success(request, "已全部标为已读")
            return redirect("/me/notifications/")
        pk = request.POST.get("message", "")
        key = int(pk) if pk.isdecimal() and len(pk) < 16 else 0
        message = get_object_or_404(self.inbox().select_related("case"), pk=key)
        if message.read_at is None:
            Message.objects.filter(pk=message.pk).update(read_at=now)
        return redirect(message.case.get_absolute_url() if message.case else "/me/notifications/")


class MySettings(RoleRequired, View):
    """个人设置: single-key shortcuts on or off (WCAG 2.1.4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "registry/manage/settings.html")

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("keys_on") == "on"
        if wanted != self.user.keys_on:
            record(self.user, "修改个人设置", by=self.user, at=clock.now(), changes={"keys_on": wanted})
        messages.success(request, "设置已保存")
        return redirect("/me/settings/")


class Search(RoleRequired, View):
    """One box over units, cases, papers and articles: what this person may see of each, in four groups."""

    def get(self, request: HttpRequest) -> HttpResponse:
        needle = request.GET.get("q", "").strip()[:100]
        found: dict[str, Any] = {"q": needle, "most": FOUND}
        if needle:
            found |= {
                "units": self.units(needle),
                "cases": self.cases(needle),
                "papers": self.papers(needle),
                "articles": articles(needle),
            }
            found["nothing"] = not any(found[key] for key in ("units", "cases", "papers", "articles"))
        return render(request, "registry/manage/search.html", found)

    def units(self, needle: str) -> list[dict[str, Any]]:
        """Exact code first, then what begins so (name, former name, pinyin, initials), then all that contain it."""
        folded = names.fold(needle)
        rank = Choose(
            When(entity__credit_code=names.clean_code(needle), then=Value(0)),
            When(entity__folded__startswith=folded, then=Value(1)),
            When(entity__search__contains=f"|{folded}", then=Value(1)),  # pinyin, initials, former names
            default=Value(2),
            output_field=IntegerField(),
        )
        rows = Unit.objects.visible_to(self.user).filter(entity__search__contains=folded)
        ordered = rows.annotate(rank=rank).order_by("rank", "entity__folded", "pk")
        return [
            {
                "name": unit.name,
                "url": f"/units/{unit.pk}/",
                "category": CATEGORIES[unit.category],
                "district": unit.district.short if unit.district else "待定区",
            }
            for unit in ordered.select_related("entity", "district")[:FOUND]
        ]

    def cases(self, needle: str) -> list[dict[str, Any]]:
        unit = Q(unit__entity__search__contains=names.fold(needle))
        rows = Case.objects.visible_to(self.user).filter(Q(no__icontains=needle) | unit)
        return [
            {
                "name": case.unit.name if case.unit else case.no,
                "no": case.no,
                "kind": Case.kinds[case.kind].LABEL,
                "url": case.get_absolute_url(),
                "state": case.state_label,
                "tone": case.tone,
            }
            for case in rows.select_related("unit__entity").order_by("-pk")[:FOUND]
        ]

    def papers(self, needle: str) -> list[dict[str, Any]]:
        """Notices and lists before the public, by their titles."""
        notices = Publicity.objects.filter(state__in=Publicity.PUBLIC, title__icontains=needle)
        lists = Roster.objects.filter(state__in=Roster.PUBLIC).filter(
            Q(title__icontains=needle) | Q(doc_no__icontains=needle)
        )
        rows = [
            *({"url": f"/notices/{n.no}/", "kind": "公示", "title": n.title} for n in _newest(notices)),
            *({"url": f"/lists/{n.no}/", "kind": "名单", "title": n.title} for n in _newest(lists)),
        ]
        return rows[:FOUND]


def _newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by("-pk")[:FOUND]


def articles(needle: str) -> list[dict[str, Any]]:
    """Articles whose number or text holds the words, with the words around."""
    found = []
    for article in rulebook.ARTICLES:
        text = "".join(article.paragraphs)
        at = text.find(needle)
        if at >= 0 or needle == rulebook.cite(article.number):
            start = max(0, at - 20)
            found.append(
                {
                    "number": article.number,
                    "excerpt": ("…" if start else "") + text[start : start + 90] + "…",
                }
            )
    return found


class AuditLog(RoleRequired, View):
    """办理日志: every event of every stream, newest first, for the auditor to read."""

    roles = (AUDITOR,)

    def get(self, request: HttpRequest) -> HttpResponse:
        get = request.GET
        rows = self.filtered()
        before = get.get("before", "")
        if before.isdecimal() and len(before) < 16:
            rows = rows.filter(pk__lt=int(before))
        events = list(rows.select_related("by", "case").order_by("-pk")[: PER_PAGE + 1])
        more = len(events) > PER_PAGE
        query = get.copy()
        query.pop("before", None)
        context = {
            "rows": [audit_row(event) for event in events[:PER_PAGE]],
            "older": f"?{query.urlencode()}&before={events[PER_PAGE - 1].pk}" if more else "",
            "newest": f"?{query.urlencode()}" if before else "",
            "fields": {name: get.get(name, "") for name in ("since", "until", "person", "act", "no")},
            "acts": [
                {
                    "label": kind.LABEL,
                    "acts": [
                        {"value": f"{kind.KIND}.{row.name}", "label": row.label}
                        for row in kind.acts().values()
                    ],
                }
                for kind in Case.kinds.values()
            ],
            "filtered": any(get.get(name) for name in ("since", "until", "person", "act", "no")),
        }
        return render(request, "registry/manage/audit.html", context)

    def filtered(self) -> QuerySet[Event]:
        get, rows = self.request.GET, Event.objects.visible_to(self.user)
        if since := _day(get.get("since")):
            rows = rows.filter(at__gte=_midnight(since))
        if until := _day(get.get("until")):
            rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
        if person := get.get("person", "").strip():
            rows = rows.filter(Q(by__name__contains=person) | Q(by__username=person))
        if act := get.get("act", "").strip():
            kind, _, name = act.rpartition(".")
            rows = rows.filter(act=name, case__kind=kind) if kind else rows.filter(act=name)
        if no := get.get("no", "").strip():
            rows = rows.filter(Q(case__no__iexact=no) | Q(stream=no))
        return rows


def audit_row(event: Event) -> dict[str, Any]:
    """One event as the auditor reads it: who, when, what, under which article, and what it changed."""
    facts = event.facts()
    kind = Case.kinds.get(event.case.kind) if event.case else None
    states = dict(kind.State.choices) if kind else {}
    labels = _field_labels(kind or _holder(event.stream))
    return {
        "pk": event.pk,
        "when": f"{localtime(event.at):%Y-%m-%d %H:%M:%S}",
        "iso": event.at.isoformat(),
        "who": event.by.name if event.by else present.nobody(event),
        "account": event.by.username if event.by else "",
        "label": event.label,
        "stream": event.stream,
        "seq": event.seq,
        "no": event.case.no if event.case else _stream_label(event.stream),
        "moved": f"{states.get(event.from_state, '起始')} → {states.get(event.to_state, event.to_state)}"
        if event.to_state
        else "",
        "article": event.article,
        "words": event.reason,
        "changes": [
            {
                "name": labels.get(name, name),
                "old": old if old is not None else "空",
                "new": new if new is not None else "空",
            }
            for name, (old, new) in facts.get("changes", {}).items()
        ],
        "data": [(labels.get(name, name), value) for name, value in facts.get("data", {}).items() if value],
        "hash": event.hash,
        "request_id": event.request_id,
    }


# What an event may carry besides fields of its subject.
DATA_LABELS = {
    "version": "版本",
    "submission": "提交版本",
    "demands": "补正事项",
    "due_on": "期限",
    "cases": "所列事项",
    "conditions": "条件",
    "rows": "条数",
    "lines": "名单内容校验值",
    "files": "文件",
    "sha256": "文件校验值",
    "file": "文件",
    "item": "对象",
    "key": "标识",
    "fields": "修改内容",
    "old": "原值",
    "new": "新值",
    "basis": "依据",
}


# Streams of what is no case, in the words of a user.
STREAM_LABELS = {
    "unit": "单位",
    "entity": "法人主体",
    "user": "账号",
    "exports": "导出",
    "setting": "设置",
    "holiday": "法定休假日与调休",
    "district": "区",
    "evaluatoragency": "第三方评价机构",
    "batch": "批次",
}


def _stream_label(stream: str) -> str:
    """账号 5 for `user:5`, 设置 for `ledger:setting`; a stream without a word of its own as it is."""
    kind, _, key = stream.partition(":")
    if kind == "ledger":
        return STREAM_LABELS.get(key, stream)
    return f"{STREAM_LABELS[kind]} {key}" if kind in STREAM_LABELS else stream


def _holder(stream: str) -> type[Any] | None:
    """The model whose stream this is, None for a ledger."""
    return {"unit": Unit, "entity": LegalEntity, "user": User}.get(stream.partition(":")[0])


def _field_labels(model: type[Any] | None) -> dict[str, str]:
    """Field name → the word that a user sees."""
    fields = model._meta.concrete_fields if model else ()
    return DATA_LABELS | {f.name: str(f.verbose_name) for f in fields}


def _day(text: str | None) -> date | None:
    """A day from the address; None when it is none."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.BEIJING)


__all__ = ["AuditLog", "Inbox", "MySettings", "Search"]
