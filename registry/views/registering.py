"""/register/: an enterprise makes its account and files its registration in one go, all or nothing."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from greenmfg import clock
from registry import intake
from registry.acts import Refused
from registry.casework import new_op, perform
from registry.forms import NewAccountForm, RegistrationForm
from registry.models import Document, Event, Registration, Setting, User
from registry.roles import REGISTRANT

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TOO_MANY = "提交过于频繁，请过一段时间再试"
GROUPS = [
    ("企业", ("credit_code", "code_evidence", "name", "category", "district", "site", "address", "industry")),
    ("经办人", ("contact", "phone", "email", "authorisation")),
]


def fields_of(form: RegistrationForm) -> list[dict[str, Any]]:
    """The form's fields in the groups that the page shows; evidence for a code only when it is called for."""
    asked = bool(form["credit_code"].errors or form["code_evidence"].value())
    return [
        {"title": title, "fields": [form[name] for name in some if name != "code_evidence" or asked]}
        for title, some in GROUPS
    ]


def file_case(
    case: Registration, act: str, *, by: User, form: RegistrationForm, seen: int, op: str
) -> tuple[Registration | None, int]:
    """The act with its file, all or nothing: (the case, 200), or (None, status) with the error in the form.

    Raises what `perform` raises; then the file is gone again.
    """
    document, path = None, ""
    if upload := form.cleaned_data.get("authorisation"):
        try:
            received = intake.receive(
                upload, max_bytes=Setting.number("upload_mb", on=clock.today()) * 1024 * 1024
            )
        except intake.Rejected as rejected:
            form.add_error("authorisation", rejected.message)
            return None, rejected.status
        document, path = Document(**vars(received)), received.path
    try:
        done = perform(
            case,
            act,
            by=by,
            at=clock.now(),
            seen=seen,
            op=op,
            reason=form.cleaned_data.get("reason", "").strip(),
            document=document,
            **form.act_data(),
        )
    except BaseException:
        if path:
            intake.discard(path)
        raise
    if (
        document is not None and document.case_id != done.pk
    ):  # done before: the file of the first time lies there
        intake.discard(path)
    return done, 200


class Register(View):
    """/register/: an enterprise makes its account and files its registration in one go; or files another one with
    the account that it has."""

    http_method_names = ["get", "post", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        known = isinstance(user, User) and user.is_active
        if known and (not user.plays(REGISTRANT) or open_registration(user)):
            return redirect("/my/" if user.plays(REGISTRANT) else "/desk/")
        self.account = user if known else None
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def form(self, data: Any = None, files: Any = None) -> RegistrationForm:
        row, at = Registration.acts()["register"], clock.now()
        initial: dict[str, Any] = {}
        if self.account:
            initial = {"contact": self.account.name, "phone": self.account.phone, "email": self.account.email}
        return RegistrationForm(data, files=files, case=Registration(), row=row, at=at, initial=initial)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(self.form(), None if self.account else NewAccountForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        op = request.POST.get("op", "")[:40] or new_op()
        if (again := self.again(op)) is not None:
            return again
        form = self.form(request.POST, request.FILES)
        account = None if self.account else NewAccountForm(request.POST)
        if not ratelimit.consume(request, action="signup"):
            return self.show(form, account, errors=[{"text": TOO_MANY}], status=429)
        sound = form.is_valid()
        if account is not None:
            sound = account.is_valid() and sound
        if not sound:
            return self.show(form, account, status=422)
        filled = form.cleaned_data
        about = {"name": filled["contact"], "email": filled["email"], "phone": filled["phone"]}
        user = self.account or account.person(role=REGISTRANT.code, **about)  # type: ignore[union-attr]
        try:
            done, status = file_case(Registration(), "register", by=user, form=form, seen=0, op=op)
        except (Refused, IntegrityError) as error:
            return self.lost(error, form, account, op)
        if done is None:
            return self.show(form, account, status=status)
        if account is not None:
            login(request, user, backend=BACKEND)
        messages.success(request, f"已提交，受理编号 {done.no}")
        return redirect("/my/")

    def again(self, op: str) -> HttpResponse | None:
        """The answer to a second click: the same form by somebody who knows the password that the first one set."""
        event = (
            Event.objects.filter(op=op, act="register", case__kind=Registration.KIND)
            .select_related("by")
            .first()
        )
        if event is None or event.by is None:
            return None
        if self.account is None:
            post = self.request.POST
            if event.by.username != post.get("username") or not event.by.check_password(
                post.get("password1", "")
            ):
                return None
            login(self.request, event.by, backend=BACKEND)
        elif event.by_id != self.account.pk:
            return None
        return redirect("/my/")

    def lost(
        self, error: Exception, form: RegistrationForm, account: NewAccountForm | None, op: str
    ) -> HttpResponse:
        """Somebody was faster: this same form a moment ago, or another person with that user name."""
        if (again := self.again(op)) is not None:
            return again
        if (
            account is not None
            and User.objects.filter(username__iexact=account.data.get("username", "")).exists()
        ):
            account.add_error("username", NewAccountForm.TAKEN)
            return self.show(form, account, status=422)
        if isinstance(error, Refused):
            return self.show(form, account, errors=[{"text": error.message}], status=error.status)
        raise error

    def show(self, form: RegistrationForm, account: NewAccountForm | None, **extra: Any) -> HttpResponse:
        status = extra.pop("status", 200)
        context = {
            "form": form,
            "groups": fields_of(form),
            "account": account,
            "op": self.request.POST.get("op") or new_op(),
            "days": Setting.number("register_days", on=clock.today()),
        }
        answer = render(self.request, "registry/accounts/register.html", context | extra, status=status)
        answer["Cache-Control"] = "private, no-store"
        return answer


def open_registration(user: User) -> bool:
    """Has this person a registration that is not closed?"""
    return Registration.objects.filter(opened_by=user, closed_at__isnull=True).exists()


__all__ = ["Register"]
