"""What the database itself refuses. One idempotent text of SQL, run as the owner after each migration.

The row lock and the version in `perform` keep honest code right; these triggers and rights hold against
everything else that signs in as the application's role. The functions name their tables with the schema: a
temporary table of the same name would otherwise be found first and could say anything.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

SQL = """
CREATE OR REPLACE FUNCTION guard_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: its rows are kept as written', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION guard_edge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  came_from text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE '' END;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.kind <> OLD.kind THEN
    RAISE EXCEPTION 'case %: its kind is fixed', OLD.no USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM public.registry_edge e
                 WHERE e.kind = NEW.kind AND e.source = came_from AND e.target = NEW.state) THEN
    RAISE EXCEPTION 'case %: no way from "%" to "%"', NEW.no, came_from, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- A line of a notice or list may change only while its paper is still being drawn up.
CREATE OR REPLACE FUNCTION guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  line jsonb;
  paper_state text;
BEGIN
  -- Matching a line to one of our units adds knowledge and changes nothing that was published.
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'unit_id' - 'standing_id')
                        = (to_jsonb(OLD) - 'unit_id' - 'standing_id') THEN
    RETURN NEW;
  END IF;
  -- The paper that a line comes from and the one that it goes to: else it could be moved out of a signed one.
  FOREACH line IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
                                   WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
                                   ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END
  LOOP
    -- With a lock, so that a signature just being given is waited for.
    SELECT state INTO paper_state FROM public.registry_case
      WHERE id = (line ->> TG_ARGV[0])::bigint FOR SHARE;
    IF paper_state IN ('running', 'closed', 'published', 'imported')
        AND NOT (TG_OP = 'INSERT' AND paper_state = 'imported') THEN
      RAISE EXCEPTION '% of % is refused: the paper is %', TG_OP, TG_TABLE_NAME, paper_state
        USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- What a signed notice or published list says stays as it is; a list gets its date with the signature.
CREATE OR REPLACE FUNCTION guard_paper() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
BEGIN
  IF was ? 'dated' AND was ->> 'dated' IS NULL THEN
    was := was || jsonb_build_object('dated', to_jsonb(NEW) -> 'dated');
  END IF;
  -- A notice that still runs may be made longer, by a correction.
  IF was ? 'extended_to' AND to_jsonb(NEW) ->> 'extended_to' > coalesce(was ->> 'extended_to', was ->> 'ends_on')
      AND EXISTS (SELECT 1 FROM public.registry_case c WHERE c.id = OLD.case_ptr_id AND c.state = 'running') THEN
    was := was || jsonb_build_object('extended_to', to_jsonb(NEW) -> 'extended_to');
  END IF;
  IF to_jsonb(NEW) <> was AND EXISTS (
      SELECT 1 FROM public.registry_case c WHERE c.id = OLD.case_ptr_id AND c.closed_at IS NOT NULL
      UNION ALL
      SELECT 1 FROM public.registry_case c WHERE c.id = OLD.case_ptr_id AND c.state = 'running') THEN
    RAISE EXCEPTION '% is refused: the paper is out', TG_OP USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- A setting's value stands once its day has come; before, it may be withdrawn, never rewritten.
CREATE OR REPLACE FUNCTION guard_setting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' OR OLD.in_force_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION '% of % is refused: its day has come', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END $$;

-- An edition begins in preparation, is put in force whole, and is then as it is. Before its day it can be taken back.
CREATE OR REPLACE FUNCTION guard_edition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moves text[] := ARRAY['in_force_from', 'put_by_id', 'version'];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.in_force_from IS NULL THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'edition %: it begins in preparation', NEW.code USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.in_force_from IS NULL THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.in_force_from IS NOT NULL AND (
        (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves)
        OR NOT EXISTS (SELECT 1 FROM public.registry_laterband b WHERE b.edition_id = OLD.id)
        OR EXISTS (SELECT 1 FROM public.registry_laterband b WHERE b.edition_id = OLD.id AND b.lower IS NULL)) THEN
      RAISE EXCEPTION 'edition %: not complete', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.in_force_from IS NULL
      AND OLD.in_force_from > (now() AT TIME ZONE 'Asia/Shanghai')::date
      AND (to_jsonb(NEW) - moves) = (to_jsonb(OLD) - moves) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of edition % is refused: it has been put in force', TG_OP, OLD.code
    USING ERRCODE = 'check_violation';
END $$;

CREATE OR REPLACE FUNCTION guard_band() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  band jsonb;
  since date;
BEGIN
  FOREACH band IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
                                   WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
                                   ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END
  LOOP
    -- With a lock, so that an edition just being put in force is waited for.
    SELECT in_force_from INTO since FROM public.registry_lateredition
      WHERE id = (band ->> 'edition_id')::bigint FOR SHARE;
    IF since IS NOT NULL THEN
      RAISE EXCEPTION '% of a band is refused: its edition has been put in force', TG_OP
        USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

FROZEN = (
    "registry_event",
    "registry_submission",
    "registry_rosterfile",
    "registry_grade",
)  # no UPDATE, DELETE, TRUNCATE by anybody
KEPT = ("registry_case", "registry_document")  # no DELETE, TRUNCATE
DATED = (
    "registry_setting",
    "registry_lateredition",
    "registry_laterband",
)  # no TRUNCATE; the rest by their day
READ_ONLY = ("registry_edge", "django_migrations")  # SELECT only, for the app's role

_joined: list[str] = []  # what rooms above guard in their own tables


def join(sql: str) -> None:
    """Called once by a room above, in its AppConfig.ready(): idempotent SQL for its tables, run after ours."""
    _joined.append(sql)


def frozen(table: str) -> str:
    """The triggers that keep the rows of a table as written."""
    rows = _trigger("frozen_rows", table, "UPDATE OR DELETE", "guard_frozen()")
    return rows + _trigger("frozen_table", table, "TRUNCATE", "guard_frozen()", each="STATEMENT")


def _trigger(name: str, table: str, when: str, call: str, *, each: str = "ROW") -> str:
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {table};\n"
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {call};\n"
    )


def statements() -> str:
    """All functions and triggers as one text that can be run again and again."""
    from registry.models import Case

    text = SQL
    for table in FROZEN:
        text += _trigger("frozen_rows", table, "UPDATE OR DELETE", "guard_frozen()")
    for table in KEPT:
        text += _trigger("kept_rows", table, "DELETE", "guard_frozen()")
    for kind in Case.kinds.values():
        # The particulars of a case are as much the case as its row in registry_case.
        text += _trigger("kept_rows", kind._meta.db_table, "DELETE", "guard_frozen()")
    for table in FROZEN + KEPT + DATED:
        text += _trigger("frozen_table", table, "TRUNCATE", "guard_frozen()", each="STATEMENT")
    text += _trigger("legal_edge", "registry_case", "INSERT OR UPDATE OF state, kind", "guard_edge()")
    for table, link in (("registry_noticeline", "publicity_id"), ("registry_rosterline", "roster_id")):
        text += _trigger("line_of_paper", table, "INSERT OR UPDATE OR DELETE", f"guard_line('{link}')")
    for table in ("registry_publicity", "registry_roster", "registry_correction"):
        text += _trigger("paper_out", table, "UPDATE", "guard_paper()")
    text += _trigger("by_its_day", "registry_setting", "UPDATE OR DELETE", "guard_setting()")
    text += _trigger("by_its_day", "registry_lateredition", "INSERT OR UPDATE OR DELETE", "guard_edition()")
    text += _trigger("by_its_day", "registry_laterband", "INSERT OR UPDATE OR DELETE", "guard_band()")
    return text + "".join(_joined)


def rights(role: str) -> str:
    """What the app's role may do: everything with rows, but not with history, edges or the schema."""
    sure = '"' + role.replace('"', '""') + '"'
    return (
        f"GRANT USAGE ON SCHEMA public TO {sure};\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {sure};\n"
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {sure};\n"
        f"REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM {sure};\n"
        f"REVOKE UPDATE, DELETE ON {', '.join(FROZEN)} FROM {sure};\n"
        f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(READ_ONLY)} FROM {sure};\n"
    )


def install(sender: Any = None, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """After migrations: write the edges from the acts, set triggers and rights. Signal receiver, idempotent."""
    from registry.models import Case, Edge

    if sender is not None and sender.name != "registry":  # once; all rooms' tables are there by then
        return
    connection = connections[using]
    tables = {"registry_event", *(kind._meta.db_table for kind in Case.kinds.values())}
    if not tables <= set(connection.introspection.table_names()):
        return  # migrated back, or not yet to the end
    wanted = {(kind.KIND, *edge) for kind in Case.kinds.values() for edge in kind.edges()}
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(statements())
        there = set(Edge.objects.using(using).values_list("kind", "source", "target"))
        for kind, source, target in there - wanted:
            Edge.objects.using(using).filter(kind=kind, source=source, target=target).delete()
        Edge.objects.using(using).bulk_create(
            Edge(kind=kind, source=source, target=target) for kind, source, target in sorted(wanted - there)
        )
        role = settings.DATABASE_APP_ROLE
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            cursor.execute(rights(role))
