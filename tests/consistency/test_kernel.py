"""The kernel agrees with itself: acts, edges, articles, message templates, diagrams, and the one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.template.loader import get_template, render_to_string

from greenmfg import rulebook
from registry.acts import BEGIN, GIVEN, KEEP
from registry.models import Case, Event, Message, Objection, PoolApplication, Publicity, Roster
from registry.models.terms import KNOWN
from tests.evaluation.checks import an_evaluation, another_agency, brought_to
from tests.evaluation.gradings import a_grading, a_round
from tests.factories import AFTER_NOTICE, DEMANDS, SCORED, a_notice, an_application, at, do
from tests.people import cast
from tests.registry.papers import HEAD, a_correction, a_roster, an_objection, filed
from tests.registry.registrations import FIELDS, a_registration

BASE = Path(settings.BASE_DIR)
MESSAGES = BASE / "templates" / "messages"
ROOMS = ("greenmfg", "registry", "evaluation", "review")
ACTS = [
    pytest.param(kind, row, id=f"{kind.KIND}-{row.name}")
    for kind in Case.kinds.values()
    for row in kind.acts().values()
]


# --- acts


@pytest.mark.parametrize(("kind", "row"), ACTS)
def test_an_act_goes_from_known_states_to_a_known_state_under_a_real_article(kind, row):
    known = {value for value, _ in kind.State.choices}
    assert row.target in known
    assert set(row.sources) <= known | {BEGIN}
    assert row.article is None or row.article in {article.number for article in rulebook.ARTICLES}
    assert row.due is None or row.due in KNOWN or row.due in {GIVEN, KEEP}
    assert set(row.apart_from) <= set(kind.acts())


@pytest.mark.parametrize(("kind", "row"), ACTS)
def test_what_may_be_taken_back_has_no_effects_and_opens_nothing(kind, row):
    if row.undo:
        assert not row.opens
        assert "Then(" not in source_of(kind, row.name)


@pytest.mark.parametrize("kind", Case.kinds.values(), ids=Case.kinds)
def test_every_state_is_reached_and_every_open_one_can_be_left(kind):
    edges = kind.edges()
    known = {value for value, _ in kind.State.choices}
    reached, border = set(), {BEGIN}
    while border:
        border = {target for source, target in edges if source in border} - reached
        reached |= border
    assert reached == known
    assert known - {source for row in kind.acts().values() for source in row.sources} <= kind.CLOSED
    assert kind.CLOSED | kind.EDITABLE | kind.PUBLIC | set(kind.TONES) <= known


def test_kinds_have_ranks_prefixes_and_addresses_of_their_own():
    kinds = list(Case.kinds.values())
    for name in ("RANK", "PREFIX", "URL", "LABEL"):
        values = [getattr(kind, name) for kind in kinds]
        assert all(values)
        assert len(set(values)) == len(values)


# --- effects


def source_of(kind: type[Case], name: str) -> str:
    import inspect
    import textwrap

    return textwrap.dedent(inspect.getsource(getattr(kind, name)))


# Which kinds each act moves beside its own case. Written here by hand; a new effect must be thought about.
EFFECTS = {
    ("publicity", "sign"): {("pool", "announce")},
    ("publicity", "extend"): {("pool", "extend")},
    ("correction", "sign"): {("publicity", "extend")},
    ("objection", "accept"): {("pool", "hold")},
    ("objection", "uphold"): {("pool", "uphold")},
    ("objection", "dismiss"): {("pool", "release")},
    ("evaluation", "commission"): {("pool", "recheck")},
    ("evaluation", "recuse"): {("pool", "end_recheck")},
    ("evaluation", "confirm"): {("pool", "end_recheck"), ("pool", "take_score")},
    ("evaluation", "void"): {("pool", "end_recheck")},
}


def test_an_effect_goes_to_a_kind_of_higher_rank_only():
    for (kind, act), targets in EFFECTS.items():
        for target, follows in targets:
            assert Case.kinds[target].RANK > Case.kinds[kind].RANK
            assert Case.kinds[target].acts()[follows].follows
            assert act in Case.kinds[kind].acts()


def test_the_table_of_effects_is_whole():
    """Every body that speaks of Then stands in the table, and every act that only follows is somebody's effect."""
    speaking = {
        (kind.KIND, row.name)
        for kind in Case.kinds.values()
        for row in kind.acts().values()
        if "Then(" in source_of(kind, row.name)
    }
    assert speaking == set(EFFECTS)
    assert {effect for targets in EFFECTS.values() for effect in targets} == {
        (kind.KIND, row.name) for kind in Case.kinds.values() for row in kind.acts().values() if row.follows
    }


def test_an_effect_against_the_order_of_ranks_is_an_error_of_ours(db, monkeypatch):
    people = cast()
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    monkeypatch.setattr(Publicity, "RANK", PoolApplication.RANK)
    with pytest.raises(RuntimeError, match="higher rank only"):
        do(notice, "sign", people.he)
    assert Publicity.objects.get().state == "drafted"


# --- one door


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((BASE / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(BASE).as_posix(), ast.parse(path.read_text())


def back_doors(tree: ast.Module) -> Iterator[int]:
    """Lines that write a state: an assignment to `.state`, `update(state=…)`, `update_or_create`, `setattr`."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = [t for target in node.targets for t in ast.walk(target) if isinstance(t, ast.expr)]
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets):
            yield node.lineno
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            writes = name in {"update", "bulk_update", "update_or_create", "save_draft", "get_or_create"}
            if writes and any(keyword.arg == "state" for keyword in node.keywords):
                yield node.lineno
            literals = [a.value for a in ast.walk(node) if isinstance(a, ast.Constant)]
            if name in {"bulk_update", "setattr"} and "state" in literals:
                yield node.lineno


def acts_called(tree: ast.Module, names: set[str]) -> Iterator[int]:
    """Lines that call an act's body by its name with `by=` and `at=`: only `perform` may. A function of an imported
    module may have the same name."""
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.islower()
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            if isinstance(node.func.value, ast.Name) and node.func.value.id in modules:
                continue
            given = {keyword.arg for keyword in node.keywords}
            if given >= {"by", "at"}:
                yield node.lineno


# The clean slate of an unsaved case, and a new draft's state.
MAY_WRITE_STATE = {"registry/casework.py": 1, "registry/drafts.py": 1}


def test_no_state_is_written_but_by_the_one_door():
    found = {path: len(lines) for path, tree in modules() if (lines := list(back_doors(tree)))}
    assert found == MAY_WRITE_STATE


def test_no_act_is_called_but_by_perform():
    names = {row.name for kind in Case.kinds.values() for row in kind.acts().values()}
    assert {
        path: list(acts_called(tree, names)) for path, tree in modules() if list(acts_called(tree, names))
    } == {}


@pytest.mark.parametrize(
    "line",
    [
        "case.state = 'admitted'",
        "a, case.state = 1, 'admitted'",
        "Case.objects.filter(pk=1).update(state='admitted')",
        "Case.objects.update_or_create(pk=1, state='x')",
        "Case.objects.bulk_update(cases, ['state'])",
        "setattr(case, 'state', 'x')",
        "case.state += 'x'",
    ],
)
def test_the_scan_sees_every_back_door(line):
    assert list(back_doors(ast.parse(line))) == [1]


def test_the_scan_sees_an_act_called_directly():
    assert list(acts_called(ast.parse("case.admit(by=user, at=now)"), {"admit"})) == [1]


def test_nothing_below_the_edge_reads_the_clock():
    below = re.compile(r"registry/(models/.*|casework|acts|roles|guards|names|verify|diagrams)\.py")
    reads = {"now", "today", "utcnow", "localtime"}
    for path, tree in modules():
        if not below.fullmatch(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert name not in reads or node.args, f"{path}:{node.lineno}"


# --- messages


# Told by edits that are no act (record with `tells`).
RECORDED = {"diagnosis/invite.txt"}


def test_every_act_that_tells_has_its_template_and_no_template_is_unused():
    wanted = {
        f"{kind.KIND}/{row.name}.txt"
        for kind in Case.kinds.values()
        for row in kind.acts().values()
        if row.tells
    }
    assert {path.relative_to(MESSAGES).as_posix() for path in MESSAGES.rglob("*.txt")} == wanted | RECORDED


@pytest.fixture
def strict(settings):
    """Templates in which a variable that is not there shows up as a mark."""
    engine = dict(settings.TEMPLATES[0])
    engine["OPTIONS"] = engine["OPTIONS"] | {"string_if_invalid": "⟦%s⟧"}
    settings.TEMPLATES = [engine]


@pytest.fixture
def a_whole_life(db):
    """Every act that tells somebody, done once or more, by the people whose acts they are."""
    people = cast()
    an_application(people, "pool_left")
    returned = an_application(people, "returned_by_district", by=people.liu)
    returned = do(returned, "resubmit_to_district", people.liu)
    returned = do(
        returned,
        "return_by_district",
        people.sun,
        demands=DEMANDS,
        due_on=date(2026, 3, 20),
        reason="补传的报告缺页",
    )
    do(returned, "lapse_with_district", people.sun, when=AFTER_NOTICE)
    an_application(people, "district_declined", by=people.liu)
    returned = an_application(people, "returned_by_bureau", by=people.liu)
    do(do(returned, "resubmit_to_bureau", people.liu), "refuse", people.zhou, reason="不符合")
    an_application(people, "lapsed", by=people.liu)
    case = do(an_application(people, "with_district", by=people.liu), "recommend", people.sun, reason="同意")
    case = do(do(case, "type_score", people.zhou, **SCORED), "clear", people.zhou)
    notice = do(a_notice(people, case, signed=False), "send_back", people.he, reason="改标题")
    notice = do(notice, "redraw", people.zhou, title="新", text="新", starts_on=date(2026, 3, 19), days=5)
    do(notice, "sign", people.he)
    a_correction(people, notice, "published", extended_to=date(2026, 3, 27))
    a_correction(people, notice, "sent_back", then="redraw")
    do(filed(case), "turn_away", people.zhou, because="unsigned")
    do(do(an_objection(people, case), "accept", people.zhou), "dismiss", people.zhou, reason="查无实据")
    do(do(an_objection(people, case), "accept", people.zhou), "uphold", people.zhou, reason="查证属实")
    do(case, "withdraw", people.liu)
    for end in ("recuse", "void", "confirm"):
        case = an_application(people, "examining", by=people.liu)
        check = an_evaluation(people, case)
        if end == "recuse":
            do(check, "recuse", people.wu, reason="曾为该单位提供咨询")
        elif end == "void":
            do(check, "void", people.zhou, reason="另行委托")
        else:
            check = brought_to(people, check, "concluded")
            check = do(check, "send_back", people.zhou, reason="请补充现场核查情况")
            do(do(check, "conclude", people.wu), "confirm", people.zhou)
        do(case, "withdraw", people.liu)
    round = a_round(people)
    graded = a_grading(people, "concluded", round=round)
    graded = do(graded, "send_back", people.zhou, reason="请补充现场核查情况")
    do(do(graded, "conclude", people.wu), "award", people.zhou)
    late = a_grading(people, round=a_round(people, scheme=round.scheme, name="另一批次"))
    late = do(late, "go_on", people.zhou, when=at("2026-04-02"))
    do(
        do(late, "recuse", people.wu, reason="曾提供咨询"),
        "assign",
        people.zhou,
        agency=another_agency().agency,
    )
    do(late, "reassign", people.zhou, agency=another_agency("示例第三评估院").agency)
    do(late, "void", people.zhou, reason="重复")
    an_application(people, "admitted", by=people.liu)
    roster = a_roster(people, filled=False)
    roster = do(do(roster, "send_back", people.he, reason="改标题"), "redraw", people.zhou, **HEAD)
    do(roster, "publish", people.he)
    for end in ("confirmed", "declined", "lapsed", "withdrawn"):
        a_registration(people, end)
    again = a_registration(people, "returned")
    do(again, "refile", again.opened_by, **FIELDS, district=people.zhao.district)
    return people


@pytest.mark.usefixtures("strict")
def test_every_message_renders_for_a_real_case_with_every_variable_there(a_whole_life):
    told = {
        (kind.KIND, row.name) for kind in Case.kinds.values() for row in kind.acts().values() if row.tells
    }
    assert set(Event.objects.filter(messages__isnull=False).values_list("case__kind", "act")) == told
    for message in Message.objects.select_related("event"):
        what = f"{message.event}: {message.subject}\n{message.text}"
        assert message.subject, what
        assert message.text, what
        assert "⟦" not in what
        assert "None" not in what
        assert "&" not in what, "plain text is not escaped"


def test_the_strict_engine_would_see_a_missing_variable(strict, tmp_path, settings):
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    (tmp_path / "x.txt").write_text("{{ case.unit.nme }}")
    assert "⟦" in render_to_string("x.txt", {"case": PoolApplication()})


def test_a_message_template_begins_with_a_subject():
    for path in MESSAGES.rglob("*.txt"):
        get_template(f"messages/{path.relative_to(MESSAGES).as_posix()}")
        words = re.sub(r"{%.*?%}", "", path.read_text()).strip()
        subject, _, text = words.partition("\n")
        assert 5 <= len(subject) <= 120, path
        assert text.strip(), path


# --- diagrams


def test_the_state_diagrams_are_current():
    call_command("draw_states", check=True)


def test_a_stale_diagram_is_found(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="已过时"):
        call_command("draw_states", check=True)
    call_command("draw_states")
    call_command("draw_states", check=True)
    page = (tmp_path / "docs" / "states.md").read_text()
    assert page.count("```mermaid") == len(Case.kinds)
    for kind in (PoolApplication, Publicity, Objection, Roster):
        for row in kind.acts().values():
            assert page.count(f" : {row.label}") >= 1
