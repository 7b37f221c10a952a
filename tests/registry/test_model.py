"""An application against a little model of its life, written by hand from the design and not from the code.

Random people try random acts, also the wrong people and the wrong acts, and undo, in any order. After each step
the state is the model's, the version counts, the events have no gap, and nobody did what is not theirs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from greenmfg.rulebook import Category
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.models import Message, Objection, PoolApplication, Publicity, Standing
from registry.undoing import undo
from registry.verify import verify
from tests.factories import DEMANDS, NOW, SCORED, a_notice, an_application, at, do
from tests.people import Cast, cast
from tests.registry.papers import an_objection

# state → act → (who, next state). Who: the unit's chen, its district's zhao, the officer zhou.
LIFE: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {"nominate_self": ("chen", "examining"), "ask_district": ("chen", "with_district")},
    "with_district": {
        "recommend": ("zhao", "examining"),
        "decline": ("zhao", "district_declined"),
        "return_by_district": ("zhao", "returned_by_district"),
        "withdraw": ("chen", "withdrawn"),
    },
    "returned_by_district": {
        "resubmit_to_district": ("chen", "with_district"),
        "lapse_with_district": ("zhao", "lapsed"),
        "withdraw": ("chen", "withdrawn"),
    },
    "examining": {
        "type_score": ("zhou", "examining"),
        "clear": ("zhou", "cleared"),
        "return_by_bureau": ("zhou", "returned_by_bureau"),
        "refuse": ("zhou", "refused"),
        "withdraw": ("chen", "withdrawn"),
    },
    "returned_by_bureau": {
        "resubmit_to_bureau": ("chen", "examining"),
        "lapse": ("zhou", "lapsed"),
        "withdraw": ("chen", "withdrawn"),
    },
    "cleared": {"reopen": ("zhou", "examining"), "withdraw": ("chen", "withdrawn")},
    "on_notice": {"admit": ("zhou", "admitted")},
    "admitted": {"leave_pool": ("zhou", "pool_left")},
    "rechecking": {},  # the ways out of it are the evaluation's
    "district_declined": {},
    "lapsed": {},
    "refused": {},
    "withdrawn": {},
    "pool_left": {},
}
TAKEN_BACK = {
    "recommend",
    "decline",
    "return_by_district",
    "type_score",
    "clear",
    "return_by_bureau",
    "refuse",
}
FILINGS = {"nominate_self", "ask_district", "resubmit_to_district", "resubmit_to_bureau"}
CLOSED = {"district_declined", "lapsed", "refused", "withdrawn", "admitted", "pool_left"}
ACTS = sorted({act for row in LIFE.values() for act in row} | {"announce", "uphold", "sign", "no_such_act"})
WHO = sorted(vars(Cast)["__dataclass_fields__"])
GRACE = timedelta(days=7)


@dataclass
class Model:
    """What a person with a pencil would keep of an application."""

    state: str = "draft"
    version: int = 0
    events: int = 0
    filings: int = 0
    scored: bool = False
    recommended: bool = False
    due: date | None = None  # of a return, or the last day of the notice
    last: tuple[str, str, Model | None] = (
        "",
        "",
        None,
    )  # (act, who, the model before it) of what may be undone

    def copy(self) -> Model:
        return Model(
            self.state, self.version, self.events, self.filings, self.scored, self.recommended, self.due
        )


@dataclass
class World:
    """The notice and the objections around it."""

    notice: int | None = None
    closed: bool = True
    objections: list[int] = field(default_factory=list)


class Application(RuleBasedStateMachine):
    category: ClassVar[Category] = Category.GREEN_FACTORY

    # Not always from the beginning: random steps alone seldom come far.
    @initialize(
        category=st.sampled_from([Category.GREEN_FACTORY, Category.GREEN_SUPPLY_CHAIN]),
        state=st.sampled_from(
            ["draft", "with_district", "examining", "returned_by_bureau", "cleared", "on_notice"]
        ),
    )
    def begin(self, category: Category, state: str) -> None:
        self.before = transaction.savepoint()
        self.people = cast()
        self.category, self.now = category, NOW + timedelta(minutes=1)  # nothing of before can be undone
        self.case = case = an_application(self.people, state, category=category)
        self.model = Model(
            state,
            version=case.version,
            events=case.head_seq,
            filings=int(state != "draft"),
            scored=state in {"cleared", "on_notice"},
            recommended=category is Category.GREEN_SUPPLY_CHAIN and state not in {"draft", "with_district"},
            due=case.due_on,
        )
        self.world = World(Publicity.objects.get().pk, closed=False) if state == "on_notice" else World()

    def teardown(self) -> None:
        if hasattr(self, "before"):
            verify()
            transaction.savepoint_rollback(self.before)

    # --- what may happen

    @rule(act=st.sampled_from(ACTS), who=st.sampled_from(WHO), stale=st.sampled_from([0] * 7 + [1]))
    def anybody_tries_anything(self, act: str, who: str, stale: int) -> None:
        self._try(act, who, self.model.version - stale)

    @rule(data=st.data())
    def somebody_does_what_is_theirs(self, data: st.DataObject) -> None:
        if row := LIFE[self.model.state]:
            act = data.draw(st.sampled_from(sorted(row)))
            self._try(act, row[act][0], self.model.version)

    @precondition(lambda self: self.model.state != "draft")
    @rule(days=st.integers(1, 9))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.model.last = ("", "", None)

    @rule(who=st.sampled_from(WHO), own=st.booleans())
    def somebody_takes_the_last_act_back(self, who: str, own: bool) -> None:
        act, decided, before = self.model.last
        who = decided if own and decided else who
        case = PoolApplication.objects.get(pk=self.case.pk)
        try:
            undo(case, by=getattr(self.people, who), at=self.now, seen=case.version, op=new_op())
        except NotNow:
            assert before is None or who != decided
            return
        assert act in TAKEN_BACK
        assert who == decided
        assert before is not None
        self.model = Model(
            **vars(before) | {"version": self.model.version + 1, "events": self.model.events + 1}
        )

    @precondition(lambda self: self.model.state == "cleared" and self.world.closed)
    @rule()
    def a_notice_is_signed(self) -> None:
        notice = a_notice(self.people, PoolApplication.objects.get(pk=self.case.pk), when=self.now)
        self.world.notice, self.world.closed = notice.pk, False
        self._followed("on_notice", notice.ends_on)

    @precondition(lambda self: not self.world.closed)
    @rule()
    def the_notice_is_closed(self) -> None:
        notice = Publicity.objects.get(pk=self.world.notice)
        if self.now.date() <= notice.ends_on:
            with pytest.raises(AgainstRule):
                do(notice, "close", self.people.zhou, when=self.now)
        else:
            do(notice, "close", self.people.zhou, when=self.now)
            self.world.closed = True

    @precondition(lambda self: not self.world.closed)
    @rule()
    def the_notice_runs_out(self) -> None:
        ends = Publicity.objects.get(pk=self.world.notice).ends_on
        self.now = max(self.now, at(str(ends + timedelta(days=1))))
        self.model.last = ("", "", None)
        self.the_notice_is_closed()

    @precondition(lambda self: not self.world.closed and self.model.state == "on_notice")
    @rule()
    def an_objection_comes(self) -> None:
        notice = Publicity.objects.get(pk=self.world.notice)
        if self.now.date() > notice.ends_on:
            with pytest.raises(AgainstRule):
                an_objection(self.people, self.case, when=self.now)
            return
        objection = an_objection(self.people, self.case, when=self.now)
        self.world.objections.append(do(objection, "accept", self.people.zhou, when=self.now).pk)
        self._followed("on_notice", self.model.due)  # the unit hears of it

    @precondition(lambda self: self.world.objections)
    @rule(upheld=st.booleans())
    def an_objection_is_decided(self, upheld: bool) -> None:
        objection = Objection.objects.get(pk=self.world.objections.pop())
        act = "uphold" if upheld else "dismiss"
        do(objection, act, self.people.zhou, when=self.now, reason="核查结论")
        if self.model.state == "on_notice":
            self._followed(*(("examining", None) if upheld else ("on_notice", self.model.due)))

    # --- the model

    def _followed(self, state: str, due: date | None) -> None:
        self.model.state, self.model.due, self.model.last = state, due, ("", "", None)
        self.model.version += 1
        self.model.events += 1

    def _forbidden(self, act: str) -> bool:
        """Does the measure stand against it? Articles 5, 6 and 8, on a complete application."""
        model, today = self.model, self.now.date()
        supply = self.category is Category.GREEN_SUPPLY_CHAIN
        return (
            (act in {"nominate_self", "ask_district"} and today > date(2026, 3, 31))
            or (act == "nominate_self" and supply)
            or (act == "clear" and not supply and not model.scored)
            or (act == "clear" and supply and not model.recommended)
            or (act in {"lapse", "lapse_with_district"} and today <= (model.due or today))
            or (
                act == "admit"
                and (today <= (model.due or today) or not self.world.closed or bool(self.world.objections))
            )
        )

    def _try(self, act: str, who: str, seen: int) -> None:
        model, row = self.model, LIFE[self.model.state].get(act)
        due = (self.now + GRACE).date()
        data = {
            "type_score": SCORED,
            "return_by_district": {"demands": DEMANDS, "due_on": due},
            "return_by_bureau": {"demands": DEMANDS, "due_on": due},
        }.get(act, {})
        expected: type[Exception] | None = None
        if seen != model.version:
            expected = NotNow
        elif act == "announce" and model.state == "cleared":
            expected = NotYours  # it only follows from a notice
        elif act == "uphold" and model.state == "on_notice":
            expected = NotYours
        elif row is None:
            expected = NotNow
        elif row[0] != who:
            expected = NotYours
        elif self._forbidden(act):
            expected = AgainstRule
        call = {
            "by": getattr(self.people, who),
            "at": self.now,
            "seen": seen,
            "op": new_op(),
            "reason": "理由",
        }
        case = PoolApplication.objects.get(pk=self.case.pk)
        if expected is not None:
            with pytest.raises(expected):
                perform(case, act, **call, **data)
            return
        assert row is not None
        before = model.copy()
        done = perform(case, act, **call, **data)
        model.state = row[1]
        model.version += 1
        model.events += 1
        model.filings += act in FILINGS
        model.scored |= act == "type_score"
        model.recommended |= act == "recommend"
        model.due = due if act.startswith("return_by") else None
        model.last = (act, who, before) if act in TAKEN_BACK else ("", "", None)
        assert (done.state, done.version) == (model.state, model.version)

    # --- what always holds

    @invariant()
    def the_application_is_as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        case, model = PoolApplication.objects.get(pk=self.case.pk), self.model
        assert (case.state, case.version, case.head_seq) == (model.state, model.version, model.events)
        assert list(case.events.order_by("seq").values_list("seq", flat=True)) == [
            *range(1, model.events + 1)
        ]
        assert case.submissions.count() == model.filings
        assert case.is_closed is (model.state in CLOSED)
        assert (case.score is not None) is model.scored
        assert (case.recommended_on is not None) is model.recommended

    @invariant()
    def a_standing_is_held_exactly_by_who_was_admitted(self) -> None:
        if hasattr(self, "model"):
            current = Standing.objects.filter(opened_by_case_id=self.case.pk, until__isnull=True)
            assert current.exists() is (self.model.state == "admitted")

    @invariant()
    def nobody_is_told_of_what_was_taken_back(self) -> None:
        if hasattr(self, "model"):
            undone = Message.objects.filter(event__caused__act="undo")
            assert not undone.filter(voided_at__isnull=True).exists()


@pytest.mark.django_db
def test_an_application_lives_as_the_model_says():
    run_state_machine_as_test(
        Application,
        settings=settings(
            max_examples=500 if os.environ.get("TORTURE") else 25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_knows_every_state():
    assert set(LIFE) == {value for value, _ in PoolApplication.State.choices}
