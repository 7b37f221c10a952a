"""Schemes: drawn up by an officer, put in force by a chief who had no part in it, frozen from then on (Article 7)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import EllipsisType
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from evaluation.models import SchemeVersion
from evaluation.scheme import Item, NotAScheme, Scheme
from evaluation.telling import in_words
from greenmfg.periods import chinese_date
from registry.acts import NotNow, NotYours
from registry.models import User
from registry.roles import CHIEF, OFFICER
from registry.upkeep import FIRST_WORDS, enter, stand_in

LEDGER = "scheme"
CODE = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
RESERVED = {"new", "import"}  # pages beside those of the schemes
AHEAD = timedelta(days=3 * 366)  # a day further off than this is a slip of the hand


def draft(
    scheme: Scheme, *, by: User, at: datetime, source: str = "", replaces: SchemeVersion | None = None
) -> SchemeVersion:
    """A new scheme in preparation, with values still open if need be.

    `source` names what it came from; `replaces` the scheme in whose place it comes when it is in force.
    Raises NotYours, ValidationError by field.
    """
    stand_in(OFFICER, by, "起草指标体系")
    _fits(scheme, replaces)
    row = SchemeVersion(replaces=replaces)
    row.take(scheme)
    try:
        with transaction.atomic():
            row.save()
            row.drafters.add(by)
            _enter(row, "起草指标体系", {}, by=by, at=at, source=source)
    except IntegrityError as error:
        raise ValidationError({"code": "编号已被使用，请更换"}) from error
    return row


def redraft(
    row: SchemeVersion,
    scheme: Scheme,
    *,
    seen: int,
    by: User,
    at: datetime,
    source: str = "",
    checked: str = "",
    replaces: SchemeVersion | EllipsisType | None = ...,
) -> SchemeVersion:
    """Another text for a scheme in preparation; `checked` says with what it was compared, `replaces` as in `draft`.

    Raises NotYours, NotNow, ValidationError by field: `checked` where an item is no longer 待核 and nobody says why.
    """
    stand_in(OFFICER, by, "修改指标体系")
    _fits(scheme, None if replaces is ... else replaces)
    try:
        with transaction.atomic():
            fresh = _locked(row, seen=seen)
            _in_preparation(fresh)
            if cleared(fresh.loaded(), scheme) and not checked.strip():
                raise ValidationError({"checked": "取消待核须写明核对的依据（文件名称、文号和页码）"})
            before = snapshot(fresh)
            fresh.take(scheme)
            if replaces is not ...:
                fresh.replaces = replaces
            fresh.version += 1
            fresh.save()
            fresh.drafters.add(by)
            _enter(fresh, "修改指标体系", before, by=by, at=at, source=source, checked=checked.strip())
    except IntegrityError as error:
        raise ValidationError({"code": "编号已被使用，请更换"}) from error
    return fresh


def change_item(
    row: SchemeVersion, item: Item, *, seen: int, by: User, at: datetime, checked: str = ""
) -> SchemeVersion:
    """Another text for one item of a scheme in preparation.

    Where it is no longer 待核, `checked` says with what source it was compared. Raises as `redraft`.
    """
    scheme = row.loaded()
    sections = tuple(
        replace(section, items=tuple(item if one.code == item.code else one for one in section.items))
        for section in scheme.sections
    )
    return redraft(row, replace(scheme, sections=sections), seen=seen, by=by, at=at, checked=checked)


def cleared(before: Scheme, after: Scheme) -> list[Item]:
    """The items that were 待核 and would no longer be."""
    return [
        item
        for item in after.items
        if not item.doubt and (old := before.by_code.get(item.code)) and old.doubt
    ]


def vouch(row: SchemeVersion, *, seen: int, by: User, at: datetime) -> SchemeVersion:
    """核对: an officer answers for a scheme that came with the portal, as its drafter. Raises NotYours, NotNow."""
    stand_in(OFFICER, by, "核对指标体系")
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        _in_preparation(fresh)
        before = snapshot(fresh)
        fresh.version += 1
        fresh.save()
        fresh.drafters.add(by)
        _enter(fresh, "核对指标体系", before, by=by, at=at)
    return fresh


def drop(row: SchemeVersion, *, seen: int, by: User, at: datetime) -> None:
    """Give up a scheme in preparation; what it said stays in the ledger. Raises NotYours, NotNow."""
    stand_in(OFFICER, by, "放弃起草")
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        _in_preparation(fresh)
        gone = {name: [value, None] for name, value in snapshot(fresh).items()}
        fresh.delete()
        enter(LEDGER, "放弃起草", by=by, at=at, item=row.title, key=row.code, fields=gone)


def put_in_force(row: SchemeVersion, *, since: date, seen: int, by: User, at: datetime) -> SchemeVersion:
    """In force from `since`, today at the earliest.

    By a chief who had no part in drawing it up. Raises NotYours, NotNow, ValidationError: `in_force_from` for the day,
    `sections` for what is not complete or still 待核: nothing unverified decides on anybody.
    """
    stand_in(CHIEF, by, "施行指标体系")
    today = localdate(at)
    if since < today:
        raise ValidationError({"in_force_from": "施行日期不能早于今天"})
    if since > today + AHEAD:
        raise ValidationError({"in_force_from": "施行日期超出三年，请核对年份"})
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        _in_preparation(fresh)
        if fresh.drafters.filter(pk=by.pk).exists():
            raise NotYours("起草指标体系与施行须由两人分别办理，您参与了起草")
        if not fresh.drafters.exists():
            raise ValidationError({"sections": "系统预置的指标体系须先经市局经办核对，方可施行"})
        if found := fresh.loaded().problems():
            words = "；".join(f"{code} {text}".strip() for code, text in found[:5])
            more = f"等 {len(found)} 处" if len(found) > 5 else ""
            raise ValidationError({"sections": f"指标体系尚不能施行：{words}{more}"})
        before = snapshot(fresh)
        fresh.in_force_from, fresh.put_by, fresh.version = since, by, fresh.version + 1
        fresh.save()
        _enter(fresh, "施行指标体系", before, by=by, at=at)
    return fresh


def take_back(row: SchemeVersion, *, seen: int, by: User, at: datetime) -> SchemeVersion:
    """Back into preparation, as long as its day has not come. Raises NotYours, NotNow."""
    stand_in(CHIEF, by, "暂缓施行")
    with transaction.atomic():
        fresh = _locked(row, seen=seen)
        if fresh.in_force_from is None or fresh.in_force_from <= localdate(at):
            raise NotNow(f"{fresh.title}不在待施行状态，不能暂缓")
        before = snapshot(fresh)
        fresh.in_force_from, fresh.put_by, fresh.version = None, None, fresh.version + 1
        fresh.save()
        _enter(fresh, "暂缓施行", before, by=by, at=at)
    return fresh


def snapshot(row: SchemeVersion) -> dict[str, str | None]:
    """All that a scheme says, one text an item, for the ledger."""
    scheme = row.loaded()
    found: dict[str, str | None] = {
        "code": scheme.code,
        "category": scheme.category.label,
        "title": scheme.title,
        "basis": scheme.basis,
        "note": scheme.note,
        "replaces": row.replaces.title if row.replaces else None,
        "in_force_from": row.in_force_from.isoformat() if row.in_force_from else None,
    }
    for section in scheme.sections:
        found[f"一级指标 {section.code}"] = f"{section.name}，满分 {section.points:f}"
        found |= {f"指标 {item.code}": in_words(item) for item in section.items}
    return found


def _fits(scheme: Scheme, replaces: SchemeVersion | None) -> None:
    wrong: dict[str, str] = {}
    if replaces is not None and (replaces.category != scheme.category or replaces.code == scheme.code):
        wrong["replaces"] = "只能替代同一类型的其他指标体系"
    if not CODE.fullmatch(scheme.code) or scheme.code in RESERVED:
        wrong["code"] = "编号为 3–40 位小写字母、数字或连字符，如 factory-2027"
    if not scheme.basis.strip():
        wrong["basis"] = FIRST_WORDS
    if not scheme.title.strip():
        wrong["title"] = "请填写名称"
    if not scheme.scored:
        wrong["sections"] = "请至少填写一项指标"
    try:
        Scheme.load(scheme.dump())
    except NotAScheme as error:
        wrong["sections"] = str(error)
    if wrong:
        raise ValidationError(wrong)


def _locked(row: SchemeVersion, *, seen: int) -> SchemeVersion:
    fresh = SchemeVersion.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    if fresh is None:
        raise NotNow("该指标体系已被放弃")
    if fresh.version != seen:
        raise NotNow("该指标体系已被他人更新，请核对后重新办理")
    return fresh


def _in_preparation(row: SchemeVersion) -> None:
    if row.archived:
        raise NotNow(f"{row.title}仅供查阅，不能修改或施行")
    if row.in_force_from is not None:
        day = chinese_date(row.in_force_from)
        raise NotNow(f"{row.title}已定于{day}起施行，不能再改；如需更改，请另起草新的版本")


def _enter(
    row: SchemeVersion, what: str, before: dict[str, str | None], *, by: User, at: datetime, **said: str
) -> None:
    after = snapshot(row)
    names = [*before, *(name for name in after if name not in before)]
    fields: dict[str, list[Any]] = {
        name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)
    }
    fields |= {name: [None, words] for name, words in said.items() if words}
    enter(LEDGER, what, by=by, at=at, item=row.title, key=row.code, fields=fields)
