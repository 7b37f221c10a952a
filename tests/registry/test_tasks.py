"""Work away from the page: mail leaves once and late rather than never, lists are rendered, leftovers swept."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from greenmfg import clock
from registry import intake, publishing, tasks
from registry.casework import new_op
from registry.models import Document, Message, RosterFile
from registry.undoing import undo
from tests import factories
from tests.factories import NOW, do
from tests.people import Cast, cast
from tests.registry.smtp_catcher import Catcher, catching
from tests.registry.test_publishing import a_roster, some_standings

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def server(settings: Any) -> Iterator[Catcher]:
    with catching() as catcher:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", catcher.port
        settings.PORTAL_URL = "https://greenmfg.example.org"
        yield catcher


def deliver(at: datetime = LATER) -> None:
    with clock.fixed(at):
        tasks.deliver()


def to_officer(people: Cast) -> Message:
    """陈晨 has submitted; 周宁 is told at once."""
    case = factories.an_application(people, "examining")
    return Message.objects.get(case_id=case.pk, to=people.zhou)


# --- what arrives


def test_a_mail_says_what_the_message_says_and_where_to_go(people: Cast, server: Catcher) -> None:
    message = to_officer(people)
    deliver()
    (mail,) = server.caught
    body = mail.get_content().replace("\r\n", "\n")
    assert mail["To"] == "shiju@example.org"
    assert mail["Subject"].strip() == f"{message.subject} - 北京市绿色制造单位管理平台"
    assert body.startswith("周宁，您好：\n")
    assert message.text in body
    assert f"https://greenmfg.example.org/applications/{message.case.no}/" in body
    message.refresh_from_db()
    assert (message.sent_at, message.attempts, message.last_error) == (LATER, 1, "")


def test_what_is_sent_is_not_sent_again(people: Cast, server: Catcher) -> None:
    to_officer(people)
    deliver()
    deliver(LATER + timedelta(days=3))
    assert len(server.caught) == 1


def test_everybody_told_gets_a_mail_over_one_connection(people: Cast, server: Catcher) -> None:
    factories.an_application(people, "admitted")
    due = Message.objects.count()
    assert due > 5
    deliver(factories.at("2026-03-27"))
    assert len(server.caught) == due
    assert not Message.objects.filter(sent_at__isnull=True).exists()


# --- what does not leave


def test_nothing_leaves_before_it_is_visible_nor_when_it_was_taken_back(
    people: Cast, server: Catcher
) -> None:
    case = factories.an_application(people, "examining")
    Message.objects.all().update(sent_at=NOW)
    case = do(case, "refuse", people.zhou, reason="不属于本市工业企业")
    new = Message.objects.filter(sent_at__isnull=True)
    assert {m.to for m in new} == {people.chen, people.zhao}
    assert {m.visible_from for m in new} == {NOW + timedelta(seconds=30)}
    deliver(NOW + timedelta(seconds=29))
    assert server.caught == []
    undo(case, by=people.zhou, at=NOW + timedelta(seconds=20), seen=case.version, op=new_op())
    deliver(NOW + timedelta(days=1))
    assert server.caught == []
    assert [m.attempts for m in Message.objects.filter(voided_at__isnull=False)] == [0, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "收件人未登记邮箱，仅站内显示"),
        ({"is_active": False}, "收件人账号已停用"),
        ({"role": "admin"}, "收件人已不再办理本事项"),
    ],
)
def test_who_it_is_for_is_asked_at_the_moment_of_sending(
    people: Cast, server: Catcher, changes: dict[str, object], words: str
) -> None:
    message = to_officer(people)
    type(people.zhou).objects.filter(pk=people.zhou.pk).update(**changes)
    deliver()
    message.refresh_from_db()
    assert server.caught == []
    assert (message.sent_at, message.given_up_at, message.last_error) == (None, LATER, words)
    assert Message.objects.inbox(people.zhou, now=LATER).get() == message  # the inbox shows it all the same


# --- what goes wrong


def test_a_refused_mail_is_tried_later_and_given_up_at_last_without_holding_up_others(
    people: Cast, server: Catcher
) -> None:
    message = to_officer(people)
    district = factories.an_application(people, "with_district", by=people.liu)
    server.refuses.add("shiju@")
    deliver()
    assert server.addressees() == ["quju2@example.org"]
    assert Message.objects.get(case_id=district.pk).sent_at == LATER
    message.refresh_from_db()
    assert message.attempts == 1
    assert "SMTPRecipientsRefused" in message.last_error
    for wait in tasks.WAITS[1:]:
        before = Message.objects.get(pk=message.pk)
        assert before.given_up_at is None
        deliver(NOW + wait - timedelta(seconds=1))
        assert Message.objects.get(pk=message.pk).attempts <= before.attempts + 1
        deliver(NOW + wait)
    message.refresh_from_db()
    assert message.attempts == len(tasks.WAITS)
    assert message.given_up_at == NOW + tasks.WAITS[-1]
    assert timedelta(days=2) < tasks.WAITS[-1] < timedelta(days=3)
    server.refuses.clear()
    deliver(NOW + timedelta(days=30))
    assert server.addressees() == ["quju2@example.org"]


def test_an_unreachable_server_costs_no_attempt(people: Cast, settings: Any) -> None:
    message = to_officer(people)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    deliver()
    message.refresh_from_db()
    assert (message.attempts, message.sent_at, message.last_error) == (0, None, "")


def test_a_broken_line_ends_the_run_and_the_next_run_goes_on(people: Cast, server: Catcher) -> None:
    first = to_officer(people)
    factories.an_application(people, "with_district", by=people.liu)
    server.hangs_up = True
    deliver()
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 1]
    server.hangs_up = False
    deliver(LATER + timedelta(minutes=5))
    assert server.addressees() == ["quju2@example.org", "shiju@example.org"]
    assert Message.objects.get(pk=first.pk).attempts == 2


class Killed(BaseException):
    """What ends a worker and is caught by nobody."""


def test_killed_between_mail_and_commit_it_leaves_twice_with_one_id(
    people: Cast, server: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = to_officer(people)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Message, "save", die)
        with pytest.raises(Killed):
            deliver()
    message.refresh_from_db()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert len(server.caught) == 1
    for later in (1, 2, 3):
        deliver(LATER + timedelta(hours=later))
    assert len(server.caught) == 2
    assert len({mail["Message-ID"] for mail in server.caught}) == 1
    message.refresh_from_db()
    assert (message.sent_at, message.attempts) == (LATER + timedelta(hours=1), 2)


def test_killed_each_time_it_leaves_a_bounded_number_of_times(
    people: Cast, server: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_officer(people)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(Message, "save", die)
    for _ in tasks.WAITS:
        with pytest.raises(Killed):
            deliver(NOW + timedelta(days=9))
    deliver(NOW + timedelta(days=9))
    assert len(server.caught) == len(tasks.WAITS)


@pytest.mark.django_db(transaction=True)  # several connections, or what happens after the commit
def test_two_workers_at_once_send_each_mail_once(server: Catcher) -> None:
    people = cast()
    factories.an_application(people, "admitted")
    due, together = Message.objects.count(), threading.Barrier(2)

    def work() -> None:
        together.wait(timeout=10)
        tasks.deliver()
        connection.close()

    with clock.fixed(factories.at("2026-03-27")):
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=30)
    assert len({mail["Message-ID"] for mail in server.caught}) == len(server.caught) == due


# --- lists and leftovers


def test_delivery_starts_the_rendering_of_a_list_just_published(people: Cast) -> None:
    some_standings(people, 2)
    roster = a_roster(people)
    deliver()
    assert sorted(roster.files.values_list("format", flat=True)) == ["csv", "pdf", "xlsx"]
    assert {file.made_at for file in roster.files.all()} == {LATER}


def test_a_list_that_cannot_be_rendered_does_not_hold_up_the_next(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_standings(people, 1)
    first = a_roster(people)
    second = a_roster(people, doc_no="京经信发〔2026〕13号")
    honest = publishing.sheet

    def sheet(roster):
        if roster.pk == first.pk:
            raise RuntimeError("broken")
        return honest(roster)

    monkeypatch.setattr(publishing, "sheet", sheet)
    tasks.render_rosters()
    assert first.files.count() == 0
    assert second.files.count() == 3


def aged(path: Path, age: timedelta) -> Path:
    old = time.time() - age.total_seconds()
    os.utime(path, (old, old))
    return path


def test_the_sweep_takes_leftovers_and_nothing_that_a_row_points_at(people: Cast) -> None:
    root = Path(settings.MEDIA_ROOT)
    some_standings(people, 1)
    roster = a_roster(people)
    case = factories.an_application(people, "draft")
    week = timedelta(days=8)
    kept = [aged(root / file.path, week) for file in publishing.render(roster, at=NOW)]
    path, sha256 = intake.keep(b"a report")
    Document.objects.filter(case_id=case.pk).update(path=path, sha256=sha256)
    kept.append(aged(root / path, week))
    young = root / intake.keep(b"not a week old")[0]
    orphan = aged(root / intake.keep(b"nobody's")[0], week)
    quarantine = root / ".quarantine"
    stale, fresh = quarantine / "a", quarantine / "b"
    stale.write_bytes(b"")
    fresh.write_bytes(b"")
    aged(stale, timedelta(hours=2))
    tasks.sweep_uploads()
    assert [place.exists() for place in kept] == [True] * 4
    assert (young.exists(), orphan.exists(), stale.exists(), fresh.exists()) == (True, False, False, True)
    assert RosterFile.objects.count() == 3


def test_beat_wakes_every_task_by_its_right_name() -> None:
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    ours = {tasks.deliver.name, tasks.render_rosters.name, tasks.sweep_uploads.name}
    assert ours == {"registry.deliver", "registry.render_rosters", "registry.sweep_uploads"}
    assert ours <= named
