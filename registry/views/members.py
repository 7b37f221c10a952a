"""成员: who acts for an enterprise, invited and disabled by its own people; and how an invitation is accepted."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from greenmfg import clock
from registry.casework import record
from registry.forms import InvitationForm, NewAccountForm
from registry.inviting import digest_of, invite
from registry.models import Event, Invitation, LegalEntity, Setting, User
from registry.roles import UNIT
from registry.views import present
from registry.views.cases import RoleRequired
from registry.views.registering import BACKEND, TOO_MANY

EVENTS = 50


class Members(RoleRequired, View):
    """成员: the list, the open invitations, and the form that invites."""

    roles = (UNIT,)

    @property
    def entity(self) -> LegalEntity:
        assert self.user.entity is not None
        return self.user.entity

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(InvitationForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite: the link is shown once, to hand on."""
        form = InvitationForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        invitation = form.save(commit=False)
        token = invite(invitation, by=self.user, at=clock.now())
        request.session["invited"] = {"name": invitation.name, "path": f"/join/{token}/"}
        return redirect("/my/people/")

    def show(self, form: InvitationForm, status: int = 200) -> HttpResponse:
        request, now = self.request, clock.now()
        events = Event.objects.visible_to(self.user).filter(stream=self.entity.stream).order_by("-seq")
        events = events.select_related("by__entity", "by__district")[:EVENTS]
        told = request.session.pop("invited", None)
        context = {
            "form": form,
            "entity": self.entity,
            "people": [
                {"user": person, "me": person.pk == self.user.pk}
                for person in self.entity.people.filter(role=UNIT.code).order_by("-is_active", "pk")
            ],
            "invitations": self.entity.invitations.open_at(now).select_related("invited_by").order_by("-pk"),
            "told": told and told | {"url": request.build_absolute_uri(told["path"])},
            "days": Setting.number("invite_days", on=clock.today()),
            "events": [
                row | {"quote": event.data.get("member", "")}
                for row, event in zip(present.timeline(events), events, strict=True)
            ],
        }
        answer = render(request, "registry/accounts/people.html", context, status=status)
        answer["Cache-Control"] = "private, no-store"
        return answer


class Disable(RoleRequired, View):
    """停用: one member closes another's account. GET asks."""

    roles = (UNIT,)

    def member(self, pk: int) -> User:
        others = User.objects.filter(entity_id=self.user.entity_id, role=UNIT.code, is_active=True)
        return get_object_or_404(others.exclude(pk=self.user.pk), pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return render(request, "registry/accounts/disable.html", {"member": self.member(pk)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = clock.now()
        with transaction.atomic():
            # Under the entity's lock, and both read again: two who disable each other leave one.
            entity = LegalEntity.objects.select_for_update(no_key=True).get(pk=self.user.entity_id)
            member = self.member(pk)
            if not User.objects.filter(pk=self.user.pk, is_active=True).exists():
                return redirect("/my/people/")
            record(member, "停用账号", by=self.user, at=now, changes={"is_active": False})
            record(entity, "停用成员", by=self.user, at=now, changes={}, internal=False, member=member.name)
        messages.success(request, f"已停用 {member.name} 的账号")
        return redirect("/my/people/")


class WithdrawInvitation(RoleRequired, View):
    """撤回邀请: the link opens nothing any more."""

    roles = (UNIT,)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = clock.now()
        with transaction.atomic():
            mine = Invitation.objects.open_at(now).filter(entity_id=self.user.entity_id)
            invitation = get_object_or_404(
                mine.select_for_update(of=("self",)).select_related("entity"), pk=pk
            )
            invitation.withdrawn_at = now
            invitation.save(update_fields=["withdrawn_at"])
            record(
                invitation.entity, "撤回邀请", by=self.user, at=now, changes={}, internal=False,
                member=invitation.name,
            )  # fmt: skip
        messages.success(request, f"已撤回对 {invitation.name} 的邀请")
        return redirect("/my/people/")


class Join(View):
    """/join/<token>/: the invited person chooses a user name and a password, once."""

    http_method_names = ["get", "post", "head", "options"]

    def invitation(self, token: str, *, locked: bool = False) -> Invitation:
        rows = Invitation.objects.select_related("entity", "invited_by", "accepted_by")
        if locked:
            rows = rows.select_for_update(of=("self",))
        return get_object_or_404(rows, digest=digest_of(token))

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation = self.invitation(token)
        open_now = invitation.is_open(clock.now())
        return self.show(invitation, NewAccountForm() if open_now else None, status=200 if open_now else 410)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation, now, form = self.invitation(token), clock.now(), NewAccountForm(request.POST)
        if request.user.is_authenticated:
            return self.show(invitation, None, status=409)
        if not ratelimit.consume(request, action="signup"):
            return self.show(invitation, form, errors=[{"text": TOO_MANY}], status=429)
        if not invitation.is_open(now):
            return self.again(invitation) or self.show(invitation, None, status=410)
        if not form.is_valid():
            return self.show(invitation, form, status=422)
        try:
            with transaction.atomic():
                fresh = self.invitation(token, locked=True)
                if fresh.is_open(now):
                    self.accept(fresh, form, now)
        except IntegrityError:
            form.add_error("username", NewAccountForm.TAKEN)
            return self.show(invitation, form, status=422)
        fresh = self.invitation(token)
        return self.again(fresh) or self.show(fresh, None, status=410)

    def accept(self, invitation: Invitation, form: NewAccountForm, now: Any) -> None:
        entity = invitation.entity
        about = {"name": invitation.name, "email": invitation.email, "phone": invitation.phone}
        person = form.person(role=UNIT.code, entity=entity, **about)
        person.save(force_insert=True)
        invitation.accepted_by, invitation.accepted_at = person, now
        invitation.save(update_fields=["accepted_by", "accepted_at"])
        record(person, "接受邀请", by=person, at=now, changes={}, invitation=invitation.pk)
        record(entity, "成员加入", by=person, at=now, changes={}, internal=False, member=person.name)

    def again(self, invitation: Invitation) -> HttpResponse | None:
        """The answer to whoever has just accepted, and to their second click."""
        person, post = invitation.accepted_by, self.request.POST
        if person is None or person.username != post.get("username") or not person.is_active:
            return None
        if not person.check_password(post.get("password1", "")):
            return None
        login(self.request, person, backend=BACKEND)
        return redirect("/my/")

    def show(
        self, invitation: Invitation, form: NewAccountForm | None, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        context = {
            "invitation": invitation,
            "form": form,
            "errors": errors,
            "is_open": invitation.is_open(clock.now()),
        }
        answer = render(self.request, "registry/accounts/join.html", context, status=status)
        answer["Cache-Control"] = "private, no-store"
        return answer


__all__ = ["Disable", "Join", "Members", "WithdrawInvitation"]
