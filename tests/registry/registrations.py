"""Registrations for tests, at any point of their life: as in life, through acts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg.rulebook import Category, Level
from registry.casework import new_op, perform
from registry.models import (
    Document,
    LegalEntity,
    Registration,
    Roster,
    RosterLine,
    Standing,
    Unit,
    User,
)
from tests.factories import NOW, at, do
from tests.people import PASSWORD, Cast
from tests.registry.hostile import pdf_of_pages

CODE = "91110114MA01REG06N"  # passes the check
OTHER_CODE = "91110114MA01REG14H"
NAME = "昌平示例传动设备有限公司"
FIELDS: dict[str, Any] = {
    "credit_code": CODE,
    "code_evidence": "",
    "name": NAME,
    "category": Category.GREEN_FACTORY,
    "site": "",
    "address": "示例路8号",
    "industry": "通用设备制造业",
    "contact": "林华",
    "phone": "010-00000000",
    "email": "lin@example.org",
}
DEMANDS = [{"where": "授权书", "text": "授权书未加盖公章，请盖章后重新上传", "article": 3}]
LAPSED = at("2026-03-26")


def an_authorisation() -> Document:
    """An unsaved document, as intake would have received it."""
    return Document(
        name="授权书.pdf", path="none.pdf", media_type="application/pdf", size=1000, pages=1, sha256="0" * 64
    )


def a_registrant(username: str = "lin", **about: Any) -> User:
    """A person who comes in with a registration: not saved."""
    given = {"name": "林华", "email": "lin@example.org", "role": "registrant"} | about
    return User(username=username, password=make_password(PASSWORD), **given)


def a_registration(
    people: Cast, state: str = "filed", *, by: User | None = None, when: datetime = NOW, **fields: Any
) -> Registration:
    """A registration in 赵敏's district that has come to `state`."""
    by = by or a_registrant(f"lin{User.objects.count()}")
    data = FIELDS | {"district": people.zhao.district} | fields
    case = perform(
        Registration(), "register", by=by, at=when, seen=0, op=new_op(), document=an_authorisation(), **data
    )
    if state in {"returned", "lapsed"}:
        case = do(case, "send_back", people.zhao, when=when, demands=DEMANDS, due_on=date(2026, 3, 25))
        return do(case, "lapse", people.zhao, when=LAPSED) if state == "lapsed" else case
    if state == "declined":
        return do(case, "decline", people.zhao, when=when, reason="不在本区")
    if state == "withdrawn":
        return do(case, "withdraw", case.opened_by, when=when)
    if state == "confirmed":
        return do(case, "confirm", people.zhao, when=when, entity=None, units=[])
    return case


def an_imported_entity(
    people: Cast, name: str = NAME, *, district: Any = None, code: str | None = None
) -> Unit:
    """A factory as a published list brings it in: no code, no district, a national title."""
    entity = LegalEntity(credit_code=code)
    entity.call(name)
    entity.save()
    unit = Unit.objects.create(entity=entity, category=Category.GREEN_FACTORY, district=district)
    roster = Roster.objects.filter(batch="第五批").first() or perform(
        Roster(),
        "bring_in",
        by=people.zhou,
        at=at("2026-01-05"),
        seen=0,
        op=new_op(),
        level=Level.NATIONAL,
        category=Category.GREEN_FACTORY,
        title="国家级绿色工厂名单（第五批）",
        batch="第五批",
        dated=date(2020, 10, 16),
    )
    standing = Standing.objects.create(
        unit=unit, level=Level.NATIONAL, batch="第五批", name_as_published=name, since=date(2020, 10, 16)
    )
    RosterLine.objects.create(
        roster=roster,
        n=roster.lines.count() + 1,
        name=name,
        category=unit.category,
        region="北京",
        unit=unit,
        standing=standing,
    )
    return unit


def a_file(name: str = "授权书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf_of_pages(1), content_type="application/pdf")


def form(**changes: Any) -> dict[str, Any]:
    """What the page of registration posts."""
    account = {"username": "lin", "password1": PASSWORD, "password2": PASSWORD}
    posted = FIELDS | account | {"district": "110114", "op": new_op(), "authorisation": a_file()} | changes
    return {name: value for name, value in posted.items() if value is not None}
