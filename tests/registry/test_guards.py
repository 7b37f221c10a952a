"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from registry.guards import FROZEN, install
from registry.models import (
    Case,
    Correction,
    Document,
    Edge,
    Event,
    NoticeLine,
    PoolApplication,
    Publicity,
    Roster,
    RosterFile,
    RosterLine,
    Submission,
)
from tests.factories import NOW, a_draft, a_notice, an_application, at, do
from tests.people import cast
from tests.registry.papers import a_correction, a_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@contextmanager
def refused(words: str):
    with pytest.raises((DatabaseError, psycopg.Error), match=words), transaction.atomic():
        yield


def run(sql: str, *params) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@contextmanager
def the_owner():
    """The rest as the role that owns the tables: no right stops it, only the triggers do."""
    run("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE wants no check pending, else it is refused for that
    run("RESET ROLE")
    yield
    run(f'SET ROLE "{settings.DATABASE_APP_ROLE}"')


def test_the_tests_speak_as_the_application(people):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)")
        assert cursor.fetchone() == (settings.DATABASE_APP_ROLE, False)


# --- history

HISTORY = [
    ("registry_event", "UPDATE registry_event SET reason = 'x'"),
    ("registry_event", "DELETE FROM registry_event"),
    ("registry_event", "TRUNCATE registry_event CASCADE"),
    ("registry_submission", "UPDATE registry_submission SET payload = '{}'"),
    ("registry_submission", "DELETE FROM registry_submission"),
    ("registry_submission", "TRUNCATE registry_submission"),
]


@pytest.mark.parametrize(("table", "sql"), HISTORY, ids=[sql for _, sql in HISTORY])
def test_the_application_cannot_change_history(people, table, sql):
    an_application(people, "examining")
    with refused("permission denied"):
        run(sql)


@pytest.mark.parametrize(("table", "sql"), HISTORY, ids=[sql for _, sql in HISTORY])
def test_the_owner_does_not_change_history_by_mistake_either(people, table, sql):
    an_application(people, "examining")
    with the_owner(), refused("is refused: its rows are kept as written"):
        run(sql)


@pytest.mark.parametrize("model", [Event, Submission])
def test_the_orm_cannot_change_history(people, model):
    an_application(people, "examining")
    row = model.objects.first()
    everything = model.objects.all()
    for change in (row.save, lambda: everything._raw_delete("default"), lambda: everything.update(at=NOW)):
        with refused("permission denied"):
            change()
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE registry_event DISABLE TRIGGER USER",
        "DROP TRIGGER frozen_rows ON registry_event",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION guard_frozen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE public.mine (id int)",
        "GRANT DELETE ON registry_event TO PUBLIC",
    ],
)
def test_the_application_cannot_take_the_guards_away(sql):
    if sql.startswith("GRANT"):
        # PostgreSQL answers such a grant with a warning and grants nothing.
        run(sql)
        with refused("permission denied"):
            run("DELETE FROM registry_event")
        return
    with refused("permission denied|must be owner"):
        run(sql)


# --- states


def test_every_edge_stands_in_the_database_and_no_other():
    wanted = {(kind.KIND, *edge) for kind in Case.kinds.values() for edge in kind.edges()}
    assert set(Edge.objects.values_list("kind", "source", "target")) == wanted


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO registry_edge (kind, source, target) VALUES ('pool', 'draft', 'admitted')",
        "UPDATE registry_edge SET target = 'admitted'",
        "DELETE FROM registry_edge",
        "DELETE FROM django_migrations",
    ],
)
def test_the_application_reads_edges_and_migrations_only(sql):
    with refused("permission denied"):
        run(sql)


def states_of(kind):
    return [value for value, _ in kind.State.choices]


def test_no_state_changes_along_no_edge(people):
    """Every pair of states that no act joins, by UPDATE as the application; every pair that one joins goes."""
    case = an_application(people, "examining")
    edges = PoolApplication.edges()
    for target in [*states_of(PoolApplication), "bogus", ""]:
        if target == "examining":
            continue
        if ("examining", target) in edges:
            with transaction.atomic():
                PoolApplication.objects.filter(pk=case.pk).update(state=target)
                transaction.set_rollback(True)
        else:
            with refused("no way from"):
                PoolApplication.objects.filter(pk=case.pk).update(state=target)
            with refused("no way from"):
                run("UPDATE registry_case SET state = %s WHERE id = %s", target, case.pk)
            stale = PoolApplication.objects.get(pk=case.pk)
            stale.state = target
            with refused("no way from"):
                stale.save()
            with refused("no way from"):
                Case.objects.bulk_update([stale], ["state"])
    case.refresh_from_db()
    assert case.state == "examining"


def test_no_case_begins_in_a_state_that_no_act_opens(people):
    for kind in Case.kinds.values():
        begins = {target for source, target in kind.edges() if source == ""}
        for n, state in enumerate([*states_of(kind), "bogus", ""]):
            row = Case(kind=kind.KIND, state=state, no=f"{kind.KIND}-{n}", opened_at=NOW)
            if state in begins:
                row.save()
            else:
                with refused("no way from"):
                    row.save()


def test_copy_is_guarded_like_insert():
    columns = "kind, no, state, version, opened_at, head_seq, head_hash"
    into = f"COPY registry_case ({columns}) FROM STDIN"
    with refused("no way from"), connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.write(b"pool\tLC-2026-9999\tadmitted\t1\t2026-03-18 10:00+08\t0\t\n")


def test_insert_on_conflict_is_guarded_like_update(people):
    case = an_application(people, "examining")
    with refused("no way from"):
        run(
            "INSERT INTO registry_case (id, kind, no, state, version, opened_at, head_seq, head_hash)"
            " VALUES (%s, 'pool', 'LC-X', 'draft', 1, now(), 0, '')"
            " ON CONFLICT (id) DO UPDATE SET state = 'admitted'",
            case.pk,
        )


def test_a_case_keeps_its_kind(people):
    case = an_application(people, "examining")
    with refused("its kind is fixed"):
        Case.objects.filter(pk=case.pk).update(kind="roster")


def test_a_temporary_table_does_not_stand_in_for_the_edges(people):
    """A temporary table is found before all others, so the guards must name the schema."""
    case = an_application(people, "examining")
    with refused("no way from"):
        run("CREATE TEMPORARY TABLE registry_edge (kind text, source text, target text)")
        run("INSERT INTO registry_edge VALUES ('pool', 'examining', 'admitted')")
        run("UPDATE registry_case SET state = 'admitted' WHERE id = %s", case.pk)


def test_a_score_without_a_source_or_beyond_the_scale_is_refused(people):
    case = an_application(people, "examining")
    for wrong in ({"score": "70"}, {"score": "100.01", "score_source": "x"}, {"self_score": "-0.01"}):
        with refused("pool_score"):
            PoolApplication.objects.filter(pk=case.pk).update(**wrong)


# --- what is kept


def test_no_case_is_deleted_and_no_particulars_of_one(people):
    case = an_application(people, "on_notice")
    a_roster(people, filled=False)
    assert {kind.objects.count() > 0 for kind in (PoolApplication, Publicity, Roster)} == {True}
    for kind in Case.kinds.values():
        if kind.objects.exists():
            with refused("DELETE of .* is refused"):
                run(f"DELETE FROM {kind._meta.db_table}")
    with refused("DELETE of registry_case is refused"):
        run("DELETE FROM registry_case WHERE id = %s", case.pk)
    with the_owner(), refused("TRUNCATE of registry_case is refused"):
        run("TRUNCATE registry_case CASCADE")


def test_every_kind_of_case_has_its_particulars_guarded():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'kept_rows'")
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded >= {kind._meta.db_table for kind in Case.kinds.values()}


def test_no_document_is_deleted_not_even_from_a_draft(people):
    a_draft(people)
    with refused("DELETE of registry_document is refused"):
        Document.objects.all()._raw_delete("default")
    with refused("permission denied"):
        run("TRUNCATE registry_document CASCADE")


def test_a_published_lists_file_is_neither_changed_nor_deleted(people):
    roster = a_roster(people, "published")
    RosterFile.objects.create(roster=roster, format="pdf", path="x", sha256="0" * 64, size=1, made_at=NOW)
    for sql in ("UPDATE registry_rosterfile SET path = 'y'", "DELETE FROM registry_rosterfile"):
        with refused("permission denied"):
            run(sql)
        with the_owner(), refused("of registry_rosterfile is refused"):
            run(sql)


# --- signed papers


def test_a_signed_notice_keeps_its_words_and_lines(people):
    notice = a_notice(people, an_application(people, "cleared"))
    other = an_application(people, "cleared", by=people.liu)
    for change in (
        {"title": "另一标题"},
        {"text": "另一正文"},
        {"starts_on": date(2026, 3, 20)},
        {"ends_on": date(2026, 3, 26)},
        {"days": 6},
    ):
        with refused("the paper is out"):
            Publicity.objects.filter(pk=notice.pk).update(**change)
    with refused("UPDATE of registry_noticeline is refused"):
        NoticeLine.objects.update(name="别的单位")
    with refused("DELETE of registry_noticeline is refused"):
        NoticeLine.objects.all().delete()
    with refused("INSERT of registry_noticeline is refused"):
        NoticeLine.objects.create(publicity=notice, case=other, n=2, name="x", category="green_factory")


def test_a_running_notice_gets_longer_and_never_shorter(people):
    notice = Publicity.objects.filter(pk=a_notice(people, an_application(people, "cleared")).pk)
    notice.update(extended_to=date(2026, 3, 27))
    for day in (date(2026, 3, 26), None):
        with refused("the paper is out"):
            notice.update(extended_to=day)
    notice.update(extended_to=date(2026, 3, 30))
    do(notice.get(), "close", people.zhou, when=at("2026-03-31"))
    with refused("the paper is out"):
        notice.update(extended_to=date(2026, 4, 3))


def test_a_signed_correction_keeps_its_words(people):
    notice = a_notice(people, an_application(people, "cleared"))
    drafted = a_correction(people, notice)
    Correction.objects.filter(pk=drafted.pk).update(right="尚可修改")
    signed = Correction.objects.filter(pk=do(drafted, "sign", people.he).pk)
    for change in ({"right": "x"}, {"said": "x"}, {"why": "x"}, {"extended_to": date(2026, 3, 30)}):
        with refused("the paper is out"):
            signed.update(**change)
    with refused("is refused"):
        signed._raw_delete("default")


def test_a_line_is_not_moved_out_of_a_signed_paper_nor_into_one(people):
    signed = a_notice(people, an_application(people, "cleared"))
    open_one = a_notice(people, an_application(people, "cleared", by=people.liu), signed=False)
    with refused("UPDATE of registry_noticeline is refused"):
        NoticeLine.objects.filter(publicity=signed).update(publicity=open_one)
    with refused("UPDATE of registry_noticeline is refused"):
        NoticeLine.objects.filter(publicity=open_one).update(publicity=signed)


def test_a_notice_still_being_drawn_up_may_change(people):
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    Publicity.objects.filter(pk=notice.pk).update(title="另一标题")
    NoticeLine.objects.filter(publicity=notice).update(name="别的单位")
    NoticeLine.objects.filter(publicity=notice).delete()
    assert notice.lines.count() == 0


def test_a_published_list_keeps_its_words_date_and_lines(people):
    roster = a_roster(people, "published")
    assert (roster.dated, roster.lines.count()) == (date(2026, 3, 27), 1)
    for change in (
        {"title": "x"},
        {"text": "x"},
        {"doc_no": "x"},
        {"as_of": NOW},
        {"dated": date(2026, 4, 1)},
    ):
        with refused("the paper is out"):
            Roster.objects.filter(pk=roster.pk).update(**change)
    with refused("UPDATE of registry_rosterline is refused"):
        RosterLine.objects.update(name="别的单位")
    with refused("DELETE of registry_rosterline is refused"):
        RosterLine.objects.all()._raw_delete("default")
    with refused("INSERT of registry_rosterline is refused"):
        RosterLine.objects.create(roster=roster, n=2, name="x", category="green_factory")


def test_matching_a_published_line_to_a_unit_is_knowledge_and_allowed(people):
    roster = a_roster(people, "published")
    RosterLine.objects.update(unit=None, standing=None)
    assert roster.lines.get().unit is None


def test_a_void_notice_keeps_its_words(people):
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    do(notice, "void", people.zhou, reason="合并到下一批")
    with refused("the paper is out"):
        Publicity.objects.filter(pk=notice.pk).update(title="另一标题")


# --- the guards themselves


def test_installing_twice_changes_nothing():
    with the_owner():
        before = set(Edge.objects.values_list("pk", "kind", "source", "target"))
        install()
        assert set(Edge.objects.values_list("pk", "kind", "source", "target")) == before


def test_installing_mends_edges_and_triggers():
    with the_owner():
        Edge.objects.filter(kind="pool", source="draft").delete()
        Edge.objects.create(kind="pool", source="draft", target="admitted")
        run("DROP TRIGGER frozen_rows ON registry_event")
        install()
    test_every_edge_stands_in_the_database_and_no_other()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'frozen_rows'")
        # Those of this room, and the frozen lines of confirmed scores.
        assert cursor.fetchone() == (len(FROZEN) + 1,)
