"""Every address × every person has its expected answer, for reading and for posting."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry import drafts, intake, publishing
from registry.models import PoolApplication, User
from registry.resources import brought
from registry.resources.units import Units
from tests.factories import a_draft, a_notice, an_application, at, do
from tests.people import Cast, cast
from tests.registry.damaged import a_table
from tests.registry.hostile import pdf_of_pages
from tests.registry.papers import a_roster, an_objection

TODAY = at("2026-03-27 15:00")
PEOPLE = ("nobody", "chen", "liu", "zhao", "sun", "zhou", "he", "wu", "gao", "shen", "shi")

# 陈晨's entity has a draft, {draft}, an application with the district, {district}, and one with the bureau,
# {bureau}; `admitted` is in the pool. 刘洋's is on a notice that runs. 刘洋 and 孙莉 must see nothing of 陈晨's.
# Posts are empty: 422 or 409 means that the door was open and the form refused.
TABLE = """
GET  /                                               200
POST /                                               405
GET  /notices/                                       200
POST /notices/                                       405
GET  /notices/{running}/                             200
POST /notices/{running}/                             405
GET  /notices/{drafted}/                             404
POST /notices/{drafted}/                             405
GET  /lists/                                         200
POST /lists/                                         405
GET  /lists/{published}/                             200
POST /lists/{published}/                             405
GET  /lists/{roster}/                                404
POST /lists/{roster}/                                405
GET  /lists/{published}.pdf                          200
POST /lists/{published}.pdf                          405
GET  /lists/{roster}.pdf                             404
POST /lists/{roster}.pdf                             405
GET  /lists/edit/{roster}/preview.pdf                302 404 404 404 404 200 200 404 404 404 404
POST /lists/edit/{roster}/preview.pdf                302 405 405 405 405 405 405 405 405 405 405
GET  /units/{unit}/                                  404 200 404 200 404 200 200 404 404 404 200
POST /units/{unit}/                                  405
GET  /units/{in_pool}/                               200
POST /units/{in_pool}/                               405
GET  /rules/                                         200
POST /rules/                                         405
GET  /help/                                          200
POST /help/                                          405
GET  /accessibility/                                 200
POST /accessibility/                                 405
GET  /sitemap/                                       200
POST /sitemap/                                       405
GET  /me/size/                                       405
POST /me/size/                                       302
GET  /desk/                                          302 302 302 200 200 200 200 200 200 200 200
POST /desk/                                          302 405 405 405 405 405 405 405 405 405 405
GET  /desk/todo/                                     302 403 403 200 200 200 200 200 403 403 403
POST /desk/todo/                                     302 403 403 405 405 405 405 405 403 403 403
GET  /desk/done/                                     302 403 403 200 200 200 200 200 403 403 403
POST /desk/done/                                     302 403 403 405 405 405 405 405 403 403 403
GET  /me/notifications/                              302 200 200 200 200 200 200 200 200 200 200
POST /me/notifications/                              302 404 404 404 404 404 404 404 404 404 404
GET  /me/settings/                                   302 200 200 200 200 200 200 200 200 200 200
POST /me/settings/                                   302 302 302 302 302 302 302 302 302 302 302
GET  /search/                                        302 200 200 200 200 200 200 200 200 200 200
POST /search/                                        302 405 405 405 405 405 405 405 405 405 405
GET  /pool/                                          302 403 403 200 200 200 200 403 403 403 403
POST /pool/                                          302 403 403 405 405 405 405 403 403 403 403
GET  /imports/                                       302 403 403 200 200 200 403 403 200 403 403
POST /imports/                                       302 403 403 405 405 405 403 403 405 403 403
GET  /imports/units/                                 302 403 403 200 200 200 403 403 403 403 403
POST /imports/units/                                 302 403 403 422 422 422 403 403 403 403 403
GET  /imports/nothing/                               302 403 403 404 404 404 403 403 404 403 403
POST /imports/nothing/                               302 403 403 404 404 404 403 403 404 403 403
GET  /imports/units/template.xlsx                    302 403 403 200 200 200 403 403 403 403 403
POST /imports/units/template.xlsx                    302 403 403 405 405 405 403 403 405 403 403
GET  /imports/units/{brought}/                       302 403 403 200 404 404 403 403 403 403 403
POST /imports/units/{brought}/                       302 403 403 422 404 404 403 403 403 403 403
GET  /imports/units/{brought}/marked.xlsx            302 403 403 200 404 404 403 403 403 403 403
POST /imports/units/{brought}/marked.xlsx            302 403 403 405 405 405 403 403 405 403 403
GET  /lists/edit/                                    302 403 403 403 403 200 200 403 200 403 403
POST /lists/edit/                                    302 403 403 403 403 405 405 403 405 403 403
GET  /lists/edit/new/                                302 403 403 403 403 200 403 403 403 403 403
POST /lists/edit/new/                                302 403 403 403 403 422 403 403 403 403 403
GET  /lists/edit/{published}/                        302 403 403 403 403 200 200 403 200 403 403
POST /lists/edit/{published}/                        302 403 403 403 403 405 405 403 405 403 403
GET  /lists/edit/{roster}/                           302 404 404 404 404 200 200 404 404 404 404
POST /lists/edit/{roster}/                           302 404 404 404 404 405 405 404 405 404 404
GET  /lists/edit/{roster}/publish/                   302 404 404 404 404 403 200 404 404 404 404
POST /lists/edit/{roster}/publish/                   302 404 404 404 404 403 409 404 404 404 404
GET  /manage/audit/                                  302 403 403 403 403 403 403 403 403 403 200
POST /manage/audit/                                  302 403 403 403 403 403 403 403 403 403 405
GET  /publicity/                                     302 403 403 403 403 200 200 403 403 403 403
POST /publicity/                                     302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/new/                                 302 403 403 403 403 200 403 403 403 403 403
POST /publicity/new/                                 302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/{drafted}/                           302 404 404 404 404 200 200 404 404 404 404
POST /publicity/{drafted}/                           302 404 404 404 404 405 405 404 404 404 404
GET  /publicity/{running}/                           302 403 403 403 403 200 200 403 403 403 403
POST /publicity/{running}/                           302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{closed}/record.pdf                  302 403 403 403 403 200 200 403 403 403 403
POST /publicity/{closed}/record.pdf                  302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{running}/record.pdf                 302 403 403 403 403 404 404 403 403 403 403
POST /publicity/{running}/record.pdf                 302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{closed}/admit/                      302 403 403 403 403 302 403 403 403 403 403
POST /publicity/{closed}/admit/                      302 403 403 403 403 302 403 403 403 403 403
GET  /publicity/{running}/objections/new/            302 403 403 403 403 200 403 403 403 403 403
POST /publicity/{running}/objections/new/            302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/{drafted}/sign/                      302 404 404 404 404 403 200 404 404 404 404
POST /publicity/{drafted}/sign/                      302 404 404 404 404 403 409 404 404 404 404
GET  /publicity/{drafted}/announce/                  302 404 404 404 404 404 404 404 404 404 404
POST /publicity/{drafted}/announce/                  302 404 404 404 404 404 404 404 404 404 404
GET  /objections/                                    302 403 403 403 403 200 200 403 403 403 403
POST /objections/                                    302 403 403 403 403 405 405 403 403 403 403
GET  /objections/{objection}/                        302 404 404 404 404 200 200 404 404 404 404
POST /objections/{objection}/                        302 404 404 404 404 405 405 404 404 404 404
GET  /objections/{objection}/accept/                 302 404 404 404 404 200 403 404 404 404 404
POST /objections/{objection}/accept/                 302 404 404 404 404 409 403 404 404 404 404
GET  /my/                                            302 200 200 403 403 403 403 403 403 403 403
POST /my/                                            302 405 405 403 403 403 403 403 403 403 403
GET  /my/applications/new/                           302 200 200 403 403 403 403 403 403 403 403
POST /my/applications/new/                           302 422 422 403 403 403 403 403 403 403 403
GET  /applications/                                  302 403 403 200 200 200 200 403 403 403 403
POST /applications/                                  302 403 403 405 405 405 405 403 403 403 403
GET  /applications/{draft}/                          302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/                          302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/                       302 200 404 302 404 302 302 404 404 404 404
POST /applications/{district}/                       302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{bureau}/                         302 200 404 302 404 302 302 404 404 404 404
POST /applications/{bureau}/                         302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/review/                   302 403 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/review/                   302 403 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/review/                302 403 404 200 404 200 200 404 404 404 404
POST /applications/{district}/review/                302 403 404 422 404 422 422 404 404 404 404
GET  /applications/{draft}/tasks/unit/               302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/tasks/unit/               302 409 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/tasks/unit/            302 302 404 404 404 404 404 404 404 404 404
POST /applications/{district}/tasks/unit/            302 409 404 404 404 404 404 404 404 404 404
GET  /applications/{draft}/files/                    302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/files/                    302 422 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/files/                 302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/files/                 302 422 404 403 404 403 403 404 404 404 404
GET  /applications/{draft}/files/{draft_file}/aside/ 302 405 405 405 405 405 405 405 405 405 405
POST /applications/{draft}/files/{draft_file}/aside/ 302 302 404 404 404 404 404 404 404 404 404
GET  /applications/{draft}/check/                    302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/check/                    302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/check/                 302 302 404 404 404 404 404 404 404 404 404
POST /applications/{district}/check/                 302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/receipt/                  302 404 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/receipt/                  302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/receipt/               302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/receipt/               302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/receipt.pdf            302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/receipt.pdf            302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/undo/                  302 405 405 405 405 405 405 405 405 405 405
POST /applications/{district}/undo/                  302 409 404 409 404 409 409 404 404 404 404
GET  /applications/{draft}/nominate_self/            302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/nominate_self/            302 422 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/recommend/             302 403 404 302 404 403 403 404 404 404 404
POST /applications/{district}/recommend/             302 403 404 422 404 403 403 404 404 404 404
GET  /applications/{bureau}/type_score/              302 403 404 403 404 302 403 404 404 404 404
POST /applications/{bureau}/type_score/              302 403 404 403 404 422 403 404 404 404 404
GET  /applications/{bureau}/clear/                   302 403 404 403 404 302 403 404 404 404 404
POST /applications/{bureau}/clear/                   302 403 404 403 404 409 403 404 404 404 404
GET  /applications/{district}/withdraw/              302 200 404 403 404 403 403 404 404 404 404
POST /applications/{district}/withdraw/              302 409 404 403 404 403 403 404 404 404 404
GET  /applications/{bureau}/announce/                404
POST /applications/{bureau}/announce/                404
GET  /documents/{draft_file}/                        302 200 404 404 404 404 404 404 404 404 404
POST /documents/{draft_file}/                        302 405 405 405 405 405 405 405 405 405 405
GET  /documents/{filed_file}/                        302 200 404 200 404 200 200 404 404 404 404
POST /documents/{filed_file}/                        302 405 405 405 405 405 405 405 405 405 405
GET  /documents/{filed_file}/pages/1.webp            302 200 404 200 404 200 200 404 404 404 404
POST /documents/{filed_file}/pages/1.webp            302 405 405 405 405 405 405 405 405 405 405
"""


def routes(resolver: URLResolver | None = None, above: str = "") -> Iterator[str]:
    """Every route of the portal's own, as `resolve` names it; allauth's and the admin's have rules below."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = above + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        elif not route.startswith(("accounts/", "backstage/")):
            yield from routes(entry, route)


class World:
    """The cast, a client for each of them, and the things that the table's addresses name."""

    def __init__(self) -> None:
        self.people: Cast = cast()
        self.clients = {name: Client() for name in PEOPLE}
        for name, user in self.people.everybody().items():
            self.clients[name].force_login(user)
        self.things = self._things()

    def address(self, template: str) -> str:
        return template.format(**self.things)

    def answer(self, name: str, method: str, template: str) -> str:
        """The status that this person gets."""
        response = self.clients[name].generic(method, self.address(template))
        if response.streaming:
            response.getvalue()  # and with that closes the file
        return str(response.status_code)

    def _things(self) -> dict[str, object]:
        people, chen, liu = self.people, self.people.chen, self.people.liu
        admitted = an_application(people, "admitted")
        closed = admitted.notice_lines.get().publicity
        draft = self._with_a_file(a_draft(people, by=chen))
        district = self._with_a_file(a_draft(people, category=Category.GREEN_PARK))
        district = do(district, "ask_district", chen)
        bureau = an_application(people, "examining", category=Category.GREEN_SUPPLY_CHAIN)
        other = an_application(people, "on_notice", by=liu)
        running = other.notice_lines.get().publicity
        drafted = a_notice(
            people, an_application(people, "cleared", by=liu, category=Category.GREEN_PARK), signed=False
        )
        published = a_roster(people, "published", filled=False)
        publishing.render(published, at=TODAY)
        return {
            "admitted": admitted.no,
            "draft": draft.no,
            "district": district.no,
            "bureau": bureau.no,
            "other": other.no,
            "draft_file": draft.documents.current().latest("pk").pk,
            "filed_file": district.documents.current().latest("pk").pk,
            "closed": closed.no,
            "running": running.no,
            "drafted": drafted.no,
            "objection": an_objection(people, other).no,
            "brought": brought.keep_upload(
                Units, a_table(Units, "昌平示例有限公司"), by=people.zhao, at=TODAY
            ).pk,
            "published": published.no,
            "roster": a_roster(people, filled=False, doc_no="京经信函〔2026〕2号").no,
            "unit": district.unit_id,
            "in_pool": admitted.unit_id,
        }

    def _with_a_file(self, case: PoolApplication) -> PoolApplication:
        received = intake.receive(SimpleUploadedFile("报告.pdf", pdf_of_pages(2)), max_bytes=10**6)
        drafts.attach(case, by=self.people.chen, at=TODAY, kind=Material.DIAGNOSIS_REPORT, **vars(received))
        return PoolApplication.objects.get(pk=case.pk)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.fixed(TODAY):
        yield World()


def rows() -> list[tuple[str, str, list[str]]]:
    """(method, address, expected answers in the order of PEOPLE) of each line of the table."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return [(method, address, answers) for method, address, *answers in lines]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_answers_every_person_as_the_table_says(world: World, method: str) -> None:
    wrong = []
    for row_method, address, expected in rows():
        if row_method != method:
            continue
        answers = [world.answer(name, method, address) for name in PEOPLE]
        wanted = expected if len(expected) > 1 else expected * len(PEOPLE)
        wrong += [
            f"{method} {address} by {name}: {answer}, expected {want}"
            for name, answer, want in zip(PEOPLE, answers, wanted, strict=True)
            if answer != want
        ]
    assert wrong == []


def test_every_route_stands_in_the_table_for_reading_and_for_posting(world: World) -> None:
    covered = {(method, resolve(world.address(address)).route) for method, address, _ in rows()}
    assert {(method, route) for method in ("GET", "POST") for route in routes()} == covered


def test_nobody_without_an_account_learns_which_numbers_exist(world: World) -> None:
    """An anonymous reader is sent to sign in, with the way back, for cases that exist and for those that do not."""
    for address in (f"/applications/{world.things['draft']}/", "/applications/LC-2026-9999/"):
        answer = world.clients["nobody"].get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("name", ["liu", "sun"])
def test_neighbours_cannot_tell_what_is_hidden_from_what_does_not_exist(world: World, name: str) -> None:
    hidden = world.clients[name].get(f"/applications/{world.things['district']}/files/")
    missing = world.clients[name].get("/applications/LC-2026-9999/files/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    pages = [
        re.sub(r"错误编号 \w+|LC-2026-\d+|[A-Za-z0-9]{64}", "", page.content.decode())
        for page in (hidden, missing)
    ]
    assert pages[0] == pages[1]


# --- rules for what is not ours: the admin's and allauth's addresses


def test_back_stage_is_for_the_two_administrators(world: World) -> None:
    for address in ("/backstage/", "/backstage/registry/", "/backstage/registry/case/"):
        ends = {name: world.clients[name].get(address, follow=True) for name in PEOPLE}
        assert ends.pop("nobody").redirect_chain[-1][0].startswith("/accounts/login/?next=")
        inside = {ends.pop(name).status_code for name in ("gao", "shen")}
        assert inside == ({404} if address.endswith("/case/") else {200})
        assert {end.status_code for end in ends.values()} == {403}, address
    # 高远 keeps accounts and settings, 沈安 grants roles; cases are nobody's here.
    index = {name: world.clients[name].get("/backstage/").content.decode() for name in ("gao", "shen")}
    assert "/backstage/registry/setting/" in index["gao"]
    assert "/backstage/registry/setting/" not in index["shen"]
    assert not any(
        "poolapplication" in page or "/backstage/registry/event/" in page for page in index.values()
    )


def test_nobody_makes_an_account_alone(world: World) -> None:
    form = {
        "username": "new",
        "email": "new@example.org",
        "password1": "Abc-20-xyz",
        "password2": "Abc-20-xyz",
    }
    for client in world.clients.values():
        client.get("/accounts/signup/")
        client.post("/accounts/signup/", form)
    assert User.objects.count() == len(PEOPLE) - 1


def test_pages_of_ones_own_account_ask_for_sign_in_first(world: World) -> None:
    for address in (
        "email/",
        "password/change/",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/recovery-codes/",
        "reauthenticate/",
    ):
        answer = world.clients["nobody"].get(f"/accounts/{address}")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/"), (
            address
        )
