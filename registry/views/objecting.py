"""提出异议 and 异议查询: what anybody may do about a notice without an account (Article 6).

Who objects is seen by those who handle it and by nobody else. A refusal keeps nothing: no row, no file; what was
typed is shown again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import ratelimit
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.crypto import constant_time_compare
from django.utils.timezone import localdate
from django.views.generic import View

from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Material
from registry import intake
from registry.acts import AgainstRule, Refused
from registry.casework import new_op, perform
from registry.forms import PublicObjectionForm, TrackForm
from registry.models import Case, Holiday, Objection, Publicity, Setting, TooMany, phone_digits
from registry.tracking import code_for, digest_of
from registry.views.notices import notice_row
from registry.views.site import contact

AGAIN = "文件不会保留，请重新选择"


class Private(View):
    """A page of the public site that is for one reader: kept nowhere, not even by the browser's way back."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        response["Cache-Control"] = "private, no-store"
        return response


class Object(Private):
    """提出异议 against one unit of a notice that runs."""

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        notice = self.notice(no)
        return self.show(notice, self.form(notice))

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        notice = self.notice(no)
        form = self.form(notice, request.POST, request.FILES)
        if not ratelimit.consume(request, action="objection"):
            return self.refuse(notice, form, TooMany())
        if not form.is_valid():
            return self.show(notice, form, status=422)
        received: list[intake.Received] = []
        try:
            self.take_in(form, received)
            if form.errors:
                return self.show(notice, form, status=422)
            done = self.file(notice, form, received)
        except Refused as refusal:
            return self.refuse(notice, form, refusal)
        finally:
            _discard_unless_kept(received)
        return self.filed(notice, done)

    def notice(self, no: str) -> Publicity:
        """A notice that anybody may read; 404 else."""
        shown = Publicity.objects.filter(state__in=Publicity.PUBLIC)
        found: Publicity = get_object_or_404(shown, no=no)
        return found

    def form(self, notice: Publicity, data: Any = None, files: Any = None) -> PublicObjectionForm:
        given = {"line": self.request.GET.get("line", "")}
        case = Objection(publicity=notice)
        return PublicObjectionForm(
            data, files=files, case=case, row=Objection.acts()["file"], at=clock.now(), initial=given
        )

    def take_in(self, form: PublicObjectionForm, received: list[intake.Received]) -> None:
        """Check and store the files, adding each to `received`; what is wrong with one stands at its field."""
        limit = Setting.number("objection_mb", on=clock.today()) * 1024 * 1024
        for field in ("scan", "evidence"):
            given = form.cleaned_data[field]
            for upload in given if isinstance(given, list) else [given]:
                with _rejections_at(form, field, upload):
                    received.append(intake.receive(upload, max_bytes=limit))

    def file(
        self, notice: Publicity, form: PublicObjectionForm, received: list[intake.Received]
    ) -> tuple[Objection, str]:
        """The objection on record and its code. Raises Refused, and nothing is kept."""
        typed, n = form.typed(), form.cleaned_data["line"]
        kinds = [Material.OBJECTION, *[Material.EVIDENCE] * (len(received) - 1)]
        # A double click is the same form with the same files; a form sent once more after a change is another.
        content = [notice.no, str(n), *typed.values(), *(file.sha256 for file in received)]
        given = self.request.POST.get("op", "")[:40] or new_op()
        op = hashlib.sha256("\0".join([given, *content]).encode()).hexdigest()[:40]
        code = code_for(op)
        target = Case.objects.get(notice_lines__publicity=notice, notice_lines__n=n)
        done = perform(
            Objection(publicity=notice, target=target),
            "file",
            by=None,
            at=clock.now(),
            seen=0,
            op=op,
            code_digest=digest_of(code),
            files=[{"kind": str(kind)} | vars(file) for kind, file in zip(kinds, received, strict=True)],
            **typed,
        )
        return done, code

    def show(self, notice: Publicity, form: PublicObjectionForm, **extra: Any) -> HttpResponse:
        status = extra.pop("status", 200)
        today = clock.today()
        context = {
            "notice": notice_row(notice, today=today, calendar=Holiday.calendar_around(today)),
            "form": form,
            "op": self.request.POST.get("op", "")[:40] or new_op(),
            "contact": contact(),
            "again": AGAIN if form.is_bound else "",
        }
        return render(self.request, "registry/public/object.html", context | extra, status=status)

    def refuse(self, notice: Publicity, form: PublicObjectionForm, refusal: Refused) -> HttpResponse:
        findings = refusal.findings if isinstance(refusal, AgainstRule) else []
        errors = [{"text": f.message, "article": f.article} for f in findings] or [{"text": refusal.message}]
        notice = self.notice(notice.no)  # it may have been closed in between
        return self.show(notice, form, errors=errors, status=refusal.status)

    def filed(self, notice: Publicity, done: tuple[Objection, str]) -> HttpResponse:
        """What is shown once: the code, what comes next and by when."""
        objection, code = done
        context = {
            "notice": {"no": notice.no, "title": notice.title},
            "code": code,
            "no": objection.no,
            "unit": objection.unit.name if objection.unit else "",
            "filed": chinese_date(objection.received_on),
            "steps": [
                {
                    "when": f"{chinese_date(objection.due_on)}前" if objection.due_on else "",
                    "what": ACCEPTING,
                },
                {
                    "when": f"受理后 {Setting.number('objection_days', on=clock.today())} 个工作日内",
                    "what": CHECKING,
                },
                {"when": "随时", "what": "凭查询码和联系电话查询办理情况和答复"},
            ],
            "contact": contact(),
            "printed": chinese_date(clock.today()),
        }
        return render(self.request, "registry/public/objected.html", context)


ACCEPTING = "市经济和信息化局决定是否受理；匿名的，没有签名或者盖章的，与本次公示无关的，不予受理"
CHECKING = "核查所反映的事实并作出答复；核查办结以前，所涉单位不予入库，其他单位不受影响"
NOT_FOUND = "未找到，请核对查询码"


class Track(Private):
    """异议查询: by code and telephone number. Every mismatch has the same answer."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(TrackForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TrackForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        digest = digest_of(form.cleaned_data["code"])
        if not ratelimit.consume(request, action="objection_track", key=digest):
            return self.show(form, errors=[{"text": "查询过于频繁，请稍后再试"}], status=429)
        found = (
            Objection.objects.filter(code_digest=digest).select_related("publicity", "unit__entity").first()
        )
        mine = phone_digits(form.cleaned_data["phone"])
        if not constant_time_compare(phone_digits(found.phone) if found else "-", mine) or found is None:
            return self.show(form, errors=[{"text": NOT_FOUND}], status=404)
        return self.show(form, found=followed(found))

    def show(self, form: TrackForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        context = {"form": form, "contact": contact(), "printed": chinese_date(clock.today())}
        return render(self.request, "registry/public/track.html", context | extra, status=status)


def followed(objection: Objection) -> dict[str, Any]:
    """Where an objection stands, for who raised it: nothing about anybody else, nor what the bureau wrote for itself."""
    moved = {event.to_state: event for event in objection.events.order_by("seq") if event.to_state}
    days = {state: chinese_date(localdate(event.at)) for state, event in moved.items()}
    decided = objection.state in Objection.CLOSED
    end = objection.state if decided else ""
    path = ["received", end] if end == "turned_away" else ["received", "checking", end]
    labels = {"received": "提交", "checking": "受理，核查", "": "答复"}
    return {
        "no": objection.no,
        "tag": {"label": objection.state_label, "tone": objection.tone},
        "notice": objection.publicity.title,
        "notice_url": f"/notices/{objection.publicity.no}/",
        "unit": objection.unit.name if objection.unit else "",
        "filed": chinese_date(objection.received_on),
        "because": objection.get_because_display(),
        "answer": objection.answer if decided else "",
        "due": chinese_date(objection.due_on) if objection.due_on and not decided else "",
        "steps": [
            {
                "label": labels.get(state, objection.state_label),
                "state": "now"
                if state == objection.state and not decided
                else "done"
                if state in days
                else "todo",
                "note": days.get(state, ""),
            }
            for state in path
        ],
    }


@contextmanager
def _rejections_at(form: PublicObjectionForm, field: str, upload: UploadedFile) -> Iterator[None]:
    try:
        yield
    except intake.Rejected as rejected:
        form.add_error(field, rejected.message)


def _discard_unless_kept(received: list[intake.Received]) -> None:
    """Remove what no row came to point at: all of it after a refusal, and a double click's second copies."""
    from registry.models import Document

    paths = {file.path for file in received}
    kept = set(Document.objects.filter(path__in=paths).values_list("path", flat=True)) if paths else set()
    for path in paths - kept:
        intake.discard(path)


__all__ = ["Object", "Track"]
