"""Later editions of the measure's numbers (Article 16): drawn up by an officer, put in force by a chief."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from greenmfg import rulebook
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Edition, IncompleteEdition
from registry.acts import NotNow, NotYours
from registry.models import LaterBand, LaterEdition, User
from registry.models.editions import editions, plain
from registry.models.log import changed, values
from registry.roles import CHIEF, OFFICER
from registry.upkeep import FIRST_WORDS, enter, stand_in

LEDGER = "edition"
TEXTS = ("code", "title", "basis", "note")
NUMBERS = ("pool_threshold", "change_days", "bar_years")
CODE = re.compile(r"[0-9][0-9a-z-]{2,19}")
AHEAD = timedelta(days=3 * 366)  # a day further off than this is a slip of the hand

Band = dict[str, Any]  # code (empty for a new one), name, title, lower (Decimal or None), duties


def draft(fields: dict[str, Any], bands: Sequence[Band], *, by: User, at: datetime) -> LaterEdition:
    """A new edition in preparation; bounds may be open. Raises NotYours, ValidationError by field."""
    stand_in(OFFICER, by, "起草版本")
    row = LaterEdition()
    _write(row, fields, bands)
    try:
        with transaction.atomic():
            row.save()
            row.drafters.add(by)
            _put_bands(row, bands)
            _enter(row, "起草版本", {}, by=by, at=at)
    except IntegrityError as error:
        raise ValidationError({"code": "版本号已被使用，请更换"}) from error
    return row


def redraft(
    row: LaterEdition, fields: dict[str, Any], bands: Sequence[Band], *, seen: int, by: User, at: datetime
) -> LaterEdition:
    """Change an edition in preparation. Raises NotYours, NotNow, ValidationError by field."""
    stand_in(OFFICER, by, "修改版本")
    try:
        with transaction.atomic():
            fresh = _locked(row, seen=seen)
            _in_preparation(fresh)
            before = snapshot(fresh)
            _write(fresh, fields, bands)
            fresh.version += 1
            fresh.save()
            fresh.drafters.add(by)
            fresh.bands.all().delete()
            _put_bands(fresh, bands)
            _enter(fresh, "修改版本", before, by=by, at=at)
    except IntegrityError as error:
        raise ValidationError({"code": "版本号已被使用，请更换"}) from error
    return fresh


def drop(row: LaterEdition, *, seen: int, by: User, at: datetime) -> None:
    """Give up an edition in preparation; what it said stays in the ledger. Raises NotYours, NotNow."""
    stand_in(OFFICER, by, "放弃起草")
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        _in_preparation(fresh)
        gone = {name: [value, None] for name, value in snapshot(fresh).items()}
        fresh.delete()
        enter(LEDGER, "放弃起草", by=by, at=at, item=f"{row.code} {row.title}", key=row.code, fields=gone)


def put_in_force(row: LaterEdition, *, since: date, seen: int, by: User, at: datetime) -> LaterEdition:
    """In force from `since`, today at the earliest (Article 16 lets the measure hold from its publication).

    By a chief who had no part in drawing it up. Raises NotYours, NotNow, ValidationError: `in_force_from` for the
    day, `bands` for what is not complete.
    """
    stand_in(CHIEF, by, "施行版本")
    today = localdate(at)
    if since < today:
        raise ValidationError({"in_force_from": "施行日期不能早于今天"})
    if since > today + AHEAD:
        raise ValidationError({"in_force_from": "施行日期超出三年，请核对年份"})
    try:
        with transaction.atomic():
            fresh = _locked(row, seen=seen)
            _in_preparation(fresh)
            if fresh.drafters.filter(pk=by.pk).exists():
                raise NotYours("起草版本与施行版本须由两人分别办理，您参与了起草")
            if other := next((one for one in editions() if one.in_force_from == since), None):
                words = f"版本 {other.code} 自{chinese_date(since)}起施行，同一日不能有两个版本"
                raise ValidationError({"in_force_from": words})
            try:
                fresh.loaded(on=since)
            except IncompleteEdition as error:
                raise ValidationError({"bands": str(error)}) from error
            before = snapshot(fresh)
            fresh.in_force_from, fresh.put_by, fresh.version = since, by, fresh.version + 1
            fresh.save()
            _enter(fresh, "施行版本", before, by=by, at=at)
    except IntegrityError as error:  # two chiefs at once
        raise ValidationError({"in_force_from": "已有版本自该日起施行，请另选日期"}) from error
    return fresh


def take_back(row: LaterEdition, *, seen: int, by: User, at: datetime) -> LaterEdition:
    """Back into preparation, as long as its day has not come. Raises NotYours, NotNow."""
    stand_in(CHIEF, by, "暂缓施行")
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        if fresh.in_force_from is None or fresh.in_force_from <= localdate(at):
            raise NotNow(f"版本 {fresh.code} 不在待施行状态，不能暂缓")
        before = snapshot(fresh)
        fresh.in_force_from, fresh.put_by, fresh.version = None, None, fresh.version + 1
        fresh.save()
        _enter(fresh, "暂缓施行", before, by=by, at=at)
    return fresh


def copied(edition: Edition) -> tuple[dict[str, Any], list[Band]]:
    """An edition as the beginning of the next one: everything but its code, its basis and its note."""
    fields = {"title": edition.title} | {name: getattr(edition, name) for name in NUMBERS}
    return fields, [
        {"code": b.code, "name": b.name, "title": b.title, "lower": b.lower, "duties": b.duties}
        for b in edition.bands
    ]


def snapshot(row: LaterEdition) -> dict[str, str | None]:
    """All that an edition says, as plain text, for the ledger."""
    found = values(row) | {"pool_threshold": f"{plain(row.pool_threshold)}"}
    for band in row.bands.all():
        found[f"band_{band.code}"] = f"{band.title}（{band.name}）{_bound(band.lower)}：{band.duties}"
    return found


def _bound(lower: Decimal | None) -> str:
    return "下限尚未确定" if lower is None else f"{plain(lower)} 分起"


def _locked(row: LaterEdition, *, seen: int) -> LaterEdition:
    fresh = LaterEdition.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    if fresh is None:
        raise NotNow("该版本已被放弃")
    if fresh.version != seen:
        raise NotNow("该版本已被他人更新，请核对后重新办理")
    return fresh


def _in_preparation(row: LaterEdition) -> None:
    if row.in_force_from is not None:
        day = chinese_date(row.in_force_from)
        raise NotNow(f"版本 {row.code} 已定于{day}起施行，不能再改；如需更改，请起草新的版本")


def _write(row: LaterEdition, fields: dict[str, Any], bands: Sequence[Band]) -> None:
    """Set the fields when they fit together; ValidationError by field, `bands` for what concerns the grades."""
    wrong: dict[str, str] = {}
    code = str(fields["code"]).strip()
    if not CODE.fullmatch(code) or code in {edition.code for edition in rulebook.EDITIONS}:
        wrong["code"] = "版本号以数字开头，3–20 位数字、小写字母或连字符，不与已有版本相同，如 2027-01"
    if not str(fields["basis"]).strip():
        wrong["basis"] = FIRST_WORDS
    for name in (*TEXTS, *NUMBERS):
        setattr(row, name, fields.get(name) if name in NUMBERS else str(fields.get(name) or "").strip())
    known = [(band["title"], band["lower"]) for band in bands if band["lower"] is not None]
    crossed = next((high for (_, low), (high, at) in pairwise(known) if low >= at), "")
    try:
        row.loaded([LaterBand(n=n, **_named(bands, n)) for n in range(len(bands))])
    except IncompleteEdition as error:
        field = "pool_threshold" if not 0 <= Decimal(row.pool_threshold) <= 100 else "bands"
        wrong.setdefault(field, f"{error}" + (f"：请核对“{crossed}”" if crossed else ""))
    if not bands:
        wrong.setdefault("bands", "请至少填写一个级别")
    if wrong:
        raise ValidationError(wrong)


def _named(bands: Sequence[Band], n: int) -> Band:
    """The n-th band with a code: its own, else the first free one; what is stored with a grade never changes."""
    taken = {band["code"] for band in bands if band["code"]}
    free = (f"band-{k}" for k in range(1, 100) if f"band-{k}" not in taken)
    codes = [band["code"] or next(free) for band in bands]
    return {**bands[n], "code": codes[n]}


def _put_bands(row: LaterEdition, bands: Sequence[Band]) -> None:
    LaterBand.objects.bulk_create(LaterBand(edition=row, n=n, **_named(bands, n)) for n in range(len(bands)))


def _enter(row: LaterEdition, what: str, before: dict[str, str | None], *, by: User, at: datetime) -> None:
    fresh = LaterEdition.objects.get(pk=row.pk)
    after = snapshot(fresh)
    names = {**before, **after}
    fields = changed({n: before.get(n) for n in names}, {n: after.get(n) for n in names})
    enter(LEDGER, what, by=by, at=at, item=str(fresh), key=fresh.code, fields=fields)
