"""The three pages that every kind of case is seen through: a list, a case, an act. And taking back.

`urls → ActView → form → perform → redirect`. Refusals are answered in one place, with what was typed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from greenmfg import clock, periods, rulebook
from registry.acts import Act, AgainstRule, NotNow, NotYours, Refused
from registry.casework import new_op, perform
from registry.forms import ActForm, form_for
from registry.models import Case, Event, Holiday, Setting, User
from registry.roles import Role
from registry.undoing import undo
from registry.views import present


class RoleRequired(LoginRequiredMixin):
    """Signed in, and holding one of `roles`; others get 403."""

    roles: ClassVar[tuple[Role, ...]] = ()
    request: HttpRequest

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and self.roles and not self.user.plays(*self.roles):
            self.refuse_role()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def refuse_role(self) -> None:
        raise PermissionDenied("您没有查看本页面的权限")


class CasePage(RoleRequired, View):
    """A page about one case, fetched among those this person may see: others are 404."""

    model: type[Case] = Case
    related: ClassVar[tuple[str, ...]] = ("unit__entity", "unit__district", "district", "handler")

    def get_case(self) -> Any:
        visible = self.model.objects.visible_to(self.user).select_related(*self.related)
        return get_object_or_404(visible, no=self.kwargs["no"])

    def refuse_role(self) -> None:
        self.get_case()  # whoever may not even see the case is not told that it is there
        super().refuse_role()

    def buttons(self, case: Case) -> list[dict[str, Any]]:
        """The acts open to this person with what the measure says to each."""
        now = clock.now()
        found = []
        for row in case.acts_open_to(self.user):
            findings = case.findings(row.name, now)
            found.append(
                {
                    "act": row,
                    "url": f"{case.get_absolute_url()}{row.name}/",
                    "findings": findings,
                    "blocked": any(f.binding for f in findings),
                }
            )
        return found

    def history(self, case: Case) -> QuerySet[Event]:
        """The events, newest first, as far as this person sees them."""
        events = case.events.visible_to(self.user).select_related("by__district", "by__entity", "by__agency")
        return events.order_by("-seq")

    def timeline(self, case: Case) -> list[dict[str, Any]]:
        """What happened, newest first, as far as this person sees it."""
        return present.timeline(self.history(case))

    @cached_property
    def calendar(self) -> periods.Calendar:
        """The calendar that the page counts with, read once."""
        return Holiday.calendar_around(clock.today())

    def due(self, case: Case) -> dict[str, str]:
        today = clock.today()
        return {} if case.is_closed else present.due(case.due_on, today=today, calendar=self.calendar)


class CaseDetail(CasePage):
    """One case: facts, buttons, timeline. Kinds add facts and a template."""

    template_name = "registry/case.html"

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        return render(request, self.template_name, self.page(case))

    def page(self, case: Any) -> dict[str, Any]:
        return {
            "case": case,
            "tag": present.tag(case),
            "due": self.due(case),
            "buttons": self.buttons(case),
            "facts": self.facts(case),
            "events": self.timeline(case),
        }

    def facts(self, case: Any) -> list[dict[str, Any]]:
        """What the page states about the case."""
        return []


class ActView(CasePage):
    """GET asks, with consequences and findings; POST performs."""

    template_name = "registry/act.html"

    def start(self, act: str) -> tuple[Any, Act]:
        """The case and the row of the act; 404 for an act that the kind does not have."""
        row = self.model.acts().get(act)
        if row is None or row.follows:
            raise Http404(act)
        return self.get_case(), row

    def get(self, request: HttpRequest, act: str, **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        if case.pk and case.state not in row.sources:
            refusal = NotNow(f"{case.no} 现为“{case.state_label}”，不能办理“{row.label}”", case=case)
            return self.refuse(case, row, None, refusal)
        form = form_for(case, row, at=clock.now(), initial=self.initial(case, row))
        return self.show(case, row, form)

    def post(self, request: HttpRequest, act: str, **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        now = clock.now()
        form = form_for(case, row, at=now, data=request.POST)
        if not form.is_valid():
            return self.show(case, row, form, status=422)
        try:
            done = perform(
                case,
                row.name,
                by=self.user,
                at=now,
                seen=number(request.POST.get("seen")),
                op=request.POST.get("op", "")[:40] or new_op(),
                reason=form.cleaned_data.get("reason", "").strip(),
                **form.act_data(),
            )
        except Refused as refusal:
            return self.refuse(case, row, form, refusal)
        if case.pk and case.unit_id == done.unit_id:
            done.unit = case.unit  # its name was read with the page
        self.remember(done, row, now)
        return redirect(self.next_url(done, row))

    def _stands(self, case: Case, row: Act) -> None:
        if not any(role.may(case, self.user) for role in row.by):
            basis = f"（{rulebook.cite(row.article)}）" if row.article else ""
            raise PermissionDenied(f"您没有办理“{row.label}”的权限{basis}")

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        """What the form of this act starts with."""
        return {name: value for name, value in self.request.GET.items() if name != "next"}

    def show(self, case: Any, row: Act, form: ActForm, **extra: Any) -> HttpResponse:
        """The asking page, with the errors of the form if any."""
        status = extra.pop("status", 200)
        findings = case.findings(row.name, clock.now()) if case.pk or not row.opens else []
        return render(
            self.request,
            self.template_name,
            self.page(case, row, form)
            | {"findings": findings, "blocked": any(f.binding for f in findings)}
            | extra,
            status=status,
        )

    def page(self, case: Any, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        """What the page shows; without a row where the act is still to be chosen."""
        return {
            "case": case,
            "row": row,
            "form": form,
            "op": new_op(),
            "tag": present.tag(case) if case.pk else None,
            "next": self.request.POST.get("next") or self.request.GET.get("next", ""),
            "after": self.consequences(case, row) if row else [],
            "back": case.get_absolute_url() if case.pk else self.request.path.removesuffix("new/"),
        }

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        """What happens if this is pressed: the next state, who is told, until when it may be taken back."""
        kind = Case.kinds[case.KIND]
        facts = [{"label": "办理后状态", "value": str(dict(kind.State.choices)[row.target])}]
        if row.tells:
            facts.append({"label": "将通知", "value": "、".join(role.label for role in row.tells)})
        if row.undo:
            seconds = Setting.number("undo_seconds", on=clock.today())
            facts.append({"label": "可撤回", "value": f"提交后 {seconds} 秒内"})
        return facts

    def refuse(self, case: Any, row: Act, form: ActForm | None, refusal: Refused) -> HttpResponse:
        """The one answer to a refusal: the page again, with why and with all that was typed."""
        if isinstance(refusal, NotYours):
            raise PermissionDenied(refusal.message) from refusal
        if isinstance(refusal, NotNow) and case.pk:
            case = self.get_case()
        findings = refusal.findings if isinstance(refusal, AgainstRule) else []
        errors: list[dict[str, Any]] = [{"text": f.message, "article": f.article} for f in findings]
        errors = errors or [{"text": refusal.message, "article": row.article}]
        context = self.page(case, row, form) | {"errors": errors, "refusal": refusal, "findings": []}
        if isinstance(refusal, AgainstRule) and refusal.needs_reason:
            context["errors_title"] = "须写明理由后才能继续"
        return render(self.request, self.template_name, context, status=refusal.status)

    def remember(self, done: Case, row: Act, now: datetime) -> None:
        """Tell what was done, and keep in the session that it may be taken back."""
        name = done.unit.name if done.unit else done.no
        if not row.undo:
            messages.success(self.request, f"已办理“{row.label}”：{name}")
            self.request.session.pop("undo", None)
            return
        until = now + timedelta(seconds=Setting.number("undo_seconds", on=now.date()))
        self.request.session["undo"] = {
            "text": f"已办理“{row.label}”：{name}",
            "url": f"{done.get_absolute_url()}undo/",
            "until": until.timestamp(),
            "seen": done.version,
            "op": new_op(),
        }

    def next_url(self, done: Case, row: Act) -> str:
        asked = self.request.POST.get("next", "")
        if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={self.request.get_host()}):
            return asked
        return done.get_absolute_url()


class OpenView(ActView):
    """An opening act: there is no case yet."""

    act: str = ""

    def start(self, act: str) -> tuple[Any, Act]:
        return self.new_case(), self.model.acts()[act]

    def new_case(self) -> Case:
        return self.model()

    def refuse_role(self) -> None:
        RoleRequired.refuse_role(self)  # there is no case to look for

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return super().get(request, act=self.act, **kwargs)

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        return super().post(request, act=self.act, **kwargs)


class UndoView(CasePage):
    """撤回本次决定."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        op = request.POST.get("op", "")[:40] or new_op()
        request.session.pop("undo", None)
        try:
            undo(case, by=self.user, at=clock.now(), seen=number(request.POST.get("seen")), op=op)
        except Refused as refusal:
            return render(
                request,
                "409.html",
                {"refusal": refusal, "case": case, "back": case.get_absolute_url()},
                status=refusal.status,
            )
        messages.success(request, f"已撤回对 {case.unit.name if case.unit else case.no} 的本次决定")
        return redirect(case.get_absolute_url())


def number(text: str | None, *, among: tuple[int, ...] = ()) -> int:
    """A whole number from a form or address; 0, or the first allowed one, when it is none."""
    number = int(text) if text and text.isdecimal() and len(text) < 10 else 0
    return number if not among or number in among else among[0]


__all__ = ["ActView", "CaseDetail", "CasePage", "OpenView", "RoleRequired", "UndoView"]
