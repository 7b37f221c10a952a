"""邀请: a link for a new member of an enterprise. Whoever holds it may join once, until its day."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from registry.casework import record
from registry.models import Invitation, Setting, User


def digest_of(token: str) -> str:
    """What is kept of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(invitation: Invitation, *, by: User, at: datetime) -> str:
    """Save an invitation to the inviter's enterprise, on record there. Returns its token, which is kept nowhere."""
    assert by.entity is not None
    token = secrets.token_urlsafe(24)
    invitation.entity, invitation.invited_by, invitation.invited_at = by.entity, by, at
    invitation.digest = digest_of(token)
    invitation.expires_at = at + timedelta(days=Setting.number("invite_days", on=localdate(at)))
    with transaction.atomic():
        invitation.save()
        record(
            by.entity, "邀请成员", by=by, at=at, changes={}, internal=False,
            member=invitation.name, invitation=invitation.pk,
        )  # fmt: skip
    return token
