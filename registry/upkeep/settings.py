"""Values of settings from a day on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from greenmfg.periods import chinese_date
from registry.acts import NotNow
from registry.models import Setting, User
from registry.models.terms import KNOWN
from registry.upkeep import FIRST_WORDS, enter, stand_in

LEDGER = "setting"
AHEAD = timedelta(days=3 * 366)  # a day further off than this is a slip of the hand


def set_value(key: str, *, value: str, basis: str, since: date, by: User, at: datetime) -> Setting:
    """A value from `since` on, tomorrow at the earliest: what a day began with holds for all of it.

    Raises NotYours for who does not keep this setting, ValidationError by field for what does not fit.
    """
    known, today = KNOWN[key], localdate(at)
    stand_in(known.keeper, by, known.label)
    value, basis = value.strip(), basis.strip()
    if known.kind == "number" and value.isascii() and value.isdecimal():
        value = str(int(value))
    wrong: dict[str, str] = {}
    if problem := known.problem(value):
        wrong["value"] = problem
    if not basis:
        wrong["basis"] = FIRST_WORDS
    if since <= today:
        wrong["in_force_from"] = f"施行日期最早为明天（{chinese_date(today + timedelta(days=1))}）"
    elif since > today + AHEAD:
        wrong["in_force_from"] = "施行日期超出三年，请核对年份"
    if wrong:
        raise ValidationError(wrong)
    before = Setting.term(key, on=since)
    try:
        with transaction.atomic():
            row = Setting.objects.create(key=key, value=value, basis=basis, in_force_from=since)
            fields = {
                "value": [before.value, value],
                "basis": [before.basis, basis],
                "in_force_from": [before.since, since],
            }
            enter(LEDGER, "设定值", by=by, at=at, item=known.label, key=key, fields=fields)
    except IntegrityError as error:
        words = f"{chinese_date(since)}起已有设定值，请先撤下，或者另选日期"
        raise ValidationError({"in_force_from": words}) from error
    return row


def take_down(key: str, *, since: date, by: User, at: datetime) -> None:
    """Take a value away whose day has not come. Raises NotYours, NotNow once it has or when it is gone."""
    known = KNOWN[key]
    stand_in(known.keeper, by, known.label)
    with transaction.atomic():
        row = Setting.objects.select_for_update().filter(key=key, in_force_from=since).first()
        if row is None:
            raise NotNow("该设定值已被撤下")
        if since <= localdate(at):
            raise NotNow("该设定值已施行，不能撤下；如需更改，请设定新的值")
        row.delete()
        fields = {"value": [row.value, None], "basis": [row.basis, None], "in_force_from": [since, None]}
        enter(LEDGER, "撤下设定值", by=by, at=at, item=known.label, key=key, fields=fields)
