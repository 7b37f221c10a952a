"""Words that officers choose from: each change on record with what stood there before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from registry.acts import NotNow
from registry.models import User, Wording
from registry.models.log import changed, values
from registry.roles import OFFICER
from registry.upkeep import enter, stand_in

LEDGER = "wording"
FIELDS = ("label", "where", "text", "article", "order", "active")


def write(
    row: Wording, fields: dict[str, Any], *, seen: dict[str, str | None], by: User, at: datetime
) -> Wording:
    """Save a wording, new (unsaved, with its code and kind) or changed. `seen` is what stood there when it was opened.

    Raises NotYours, NotNow when somebody was faster, ValidationError by field: also for a name in braces that no
    page of this use can fill.
    """
    stand_in(OFFICER, by, "修改文书用语")
    if unknown := Wording.unknown(str(fields["text"]), kind=row.kind):
        raise ValidationError(
            {"text": f"“{unknown}”不是本用途可用的占位，请从下列占位中选用，或者删去花括号"}
        )
    try:
        with transaction.atomic():
            fresh = Wording.objects.select_for_update().get(pk=row.pk) if row.pk else row
            before = values(fresh) if row.pk else {}
            if before != seen:
                raise NotNow("该用语已被他人修改，请核对后重新保存")
            for name in FIELDS:
                setattr(fresh, name, fields[name])
            fresh.save()
            after = values(fresh)
            moved = changed({name: before.get(name) for name in after}, after)
            if moved:
                what = "修改用语" if before else "新增用语"
                enter(LEDGER, what, by=by, at=at, item=str(fresh), key=fresh.code, fields=moved)
    except IntegrityError as error:
        raise ValidationError({"code": "编号已被使用，请更换"}) from error
    return fresh
