"""消息, 个人设置, 搜索 and, for the auditor, 办理日志."""

from __future__ import annotations

import json
from contextlib import suppress
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
from registry.models import (
    Batch,
    Case,
    District,
    EvaluatorAgency,
    Event,
    Holiday,
    LaterEdition,
    LegalEntity,
    Message,
    Publicity,
    Roster,
    Setting,
    Unit,
    User,
    Wording,
)
from registry.roles import AUDITOR
from registry.views import present
from registry.views.cases import RoleRequired
from registry.views.exports import EXPORT, Exporting, Shown

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
        message = get_object_or_404(self.inbox().select_related("case", "event"), pk=key)
        if message.read_at is None:
            Message.objects.filter(pk=message.pk).update(read_at=now)
        return redirect(message.get_absolute_url() or "/me/notifications/")


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
        rows = Unit.objects.in_use().visible_to(self.user).filter(entity__search__contains=folded)
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


class AuditLog(Exporting, RoleRequired, View):
    """办理日志: every event of every stream, newest first, for the auditor to read."""

    roles = (AUDITOR,)
    title = "办理日志"
    measure = "条"
    shown = (
        Shown(heading="时间", key="when", width=38),
        Shown(heading="人员", parts=(("人员", "who", 20), ("账号", "account", 24))),
        Shown(
            heading="动作",
            parts=(("动作", "label", 34), ("依据", "cited", 16), ("状态变化", "moved", 36)),
        ),
        Shown(heading="对象", parts=(("对象", "no", 32), ("记录流", "stream", 32), ("序号", "seq", 12))),
        Shown(
            heading="内容", parts=(("说明", "words", 50), ("修改内容", "changed", 60), ("校验值", "hash", 70))
        ),
    )

    def listed(self, most: int) -> tuple[int, list[Any]]:
        rows = self.filtered()
        count = rows.count()
        found = rows.select_related("by", "case").order_by("-pk") if count <= most else ()
        return count, [audit_row(event) for event in found]

    def conditions(self) -> list[str]:
        get = self.request.GET
        words = {"since": "自", "until": "至", "person": "人员", "act": "动作", "no": "编号"}
        return [f"{word}：{get[name]}" for name, word in words.items() if get.get(name)]

    def show(self, *, status: int = 200) -> HttpResponse:
        get = self.request.GET
        rows = self.filtered()
        before = get.get("before", "")
        if before.isdecimal() and len(before) < 16:
            rows = rows.filter(pk__lt=int(before))
        events = list(rows.select_related("by", "case").order_by("-pk")[: PER_PAGE + 1])
        more = len(events) > PER_PAGE
        query = get.copy()
        for name in ("before", EXPORT):
            query.pop(name, None)
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
            "heads": [one.heading for one in self.shown],
            "exports": self.exports() if events else [],
        }
        return render(self.request, "registry/manage/audit.html", context, status=status)

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
    data = facts.get("data", {})
    fields = data.pop("fields", {})
    changes = [
        {
            "name": labels.get(name, name),
            "old": _said(old, labels),
            "new": _said(new, labels),
        }
        for name, (old, new) in (facts.get("changes", {}) | fields).items()
    ]
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
        "cited": rulebook.cite(event.article) if event.article else "",
        "changes": changes,
        "changed": "；".join(f"{one['name']}：{one['old']} → {one['new']}" for one in changes),
        "data": [(labels.get(name, name), _said(value, labels)) for name, value in data.items() if value],
        "hash": event.hash,
        "request_id": event.request_id,
    }


def _said(value: Any, labels: dict[str, str]) -> str:
    """A value of an event in words: what is kept as a list or a table is told part by part."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict):
        return "；".join(f"{labels.get(name, name)}：{_said(part, labels)}" for name, part in value.items())
    if isinstance(value, list):
        value = "、".join(_said(part, labels) for part in value)
    return "空" if value in (None, "") else str(value)


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
    "member": "成员",
    "registration": "企业注册",
    "merge": "合并记录",
    "other": "另一法人主体",
    "fields": "修改内容",
    "old": "原值",
    "new": "新值",
    "basis": "依据",
    "text": "内容",
    "where": "位置",
    "article": "依据条号",
    "size": "字节数",
    "format": "文件格式",
    "source": "来源",
    "checked": "核对依据",
    "replaces": "替代",
    "answer": "评价值",
    "left_out": "略过行数",
    "made": "新增",
    "lists": "名单编号",
    "districts": "所在区依据",
    "diagnoses": "绿色诊断",
}


# Streams of what is no case, in the words of a user.
STREAM_LABELS = {
    "unit": "单位",
    "entity": "法人主体",
    "user": "账号",
    "exports": "导出",
    "imports": "导入",
    "setting": "设置",
    "holiday": "休假日历",
    "edition": "办法版本",
    "wording": "文书用语",
    "district": "区",
    "evaluatoragency": "第三方评价机构",
    "batch": "批次",
    "scheme": "指标体系",
    "round": "分级评价批次",
}


def _stream_label(stream: str) -> str:
    """账号 5 for `user:5`, 设置 for `ledger:setting`; a stream without a word of its own as it is."""
    kind, _, key = stream.partition(":")
    if kind == "ledger":
        return STREAM_LABELS.get(key, stream)
    return f"{STREAM_LABELS[kind]} {key}" if kind in STREAM_LABELS else stream


def _holder(stream: str) -> type[Any] | None:
    """The model whose stream this is, or whose rows this ledger tells of; None for other ledgers."""
    name, _, key = stream.partition(":")
    ledgers = {"edition": LaterEdition, "setting": Setting, "wording": Wording, "holiday": Holiday}
    ledgers |= {"district": District, "evaluatoragency": EvaluatorAgency, "batch": Batch}
    streams = {"unit": Unit, "entity": LegalEntity, "user": User}
    return ledgers.get(key) if name == "ledger" else streams.get(name)


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
