"""An application and its third-party checks, both against one little model, by random people doing random acts.

What always holds: the application is in rechecking exactly while one evaluation of it is open, and exactly then it
carries an agency, which is that evaluation's; so that agency's people see it, and nobody else's ever.
"""

from __future__ import annotations

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from evaluation.models import Evaluation
from registry.acts import AgainstRule, NotNow, NotYours
from registry.casework import new_op, perform
from registry.models import Case, PoolApplication
from registry.verify import verify
from tests.evaluation.checks import ANSWERS, another_agency, answered
from tests.factories import NOW, SCORED, an_application
from tests.people import cast

# The evaluation: state → act → (who, next state). Written from the design; `agency` is who was asked.
CHECK: dict[str, dict[str, tuple[str, str]]] = {
    "assigned": {"begin": ("agency", "scoring"), "recuse": ("agency", "recused"), "void": ("zhou", "void")},
    "scoring": {
        "conclude": ("agency", "concluded"),
        "recuse": ("agency", "recused"),
        "void": ("zhou", "void"),
    },
    "concluded": {
        "confirm": ("zhou", "confirmed"),
        "send_back": ("zhou", "scoring"),
        "void": ("zhou", "void"),
    },
}
ACTS = sorted({act for row in CHECK.values() for act in row})
WHO = ["chen", "zhao", "zhou", "he", "wu", "zheng"]  # 郑重 is of another agency


class Check(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.before = transaction.savepoint()
        people = cast()
        self.people = {who: getattr(people, who) for who in WHO if who != "zheng"} | {
            "zheng": another_agency()
        }
        self.cast = people
        self.case = an_application(people, "examining").pk
        self.open: int | None = None  # the evaluation that is open
        self.agency, self.state, self.ready, self.score = "", "", False, None
        self.aside: set[str] = set()  # who has stepped aside from this application
        self.opened = 0

    def teardown(self) -> None:
        if hasattr(self, "before"):
            verify()
            transaction.savepoint_rollback(self.before)

    @rule(by=st.sampled_from(WHO), agency=st.sampled_from(["wu", "zheng"]))
    def somebody_commissions(self, by: str, agency: str) -> None:
        asked = Evaluation(target=Case.objects.get(pk=self.case), agency=self.people[agency].agency)
        call = {"by": self.people[by], "at": NOW, "seen": 0, "op": new_op(), "task": "复核"}
        expected: type[Exception] | None = None
        if by != "zhou":
            expected = NotYours
        elif agency in self.aside:
            expected = AgainstRule
        elif self.open is not None:
            expected = NotNow
        if expected is not None:
            with pytest.raises(expected):
                perform(asked, "commission", **call)
            return
        self.open = perform(asked, "commission", **call).pk
        self.agency, self.state, self.ready = agency, "assigned", False
        self.opened += 1

    @rule(act=st.sampled_from(ACTS), by=st.sampled_from(WHO), ready=st.booleans())
    def somebody_moves_it(self, act: str, by: str, ready: bool) -> None:
        if self.open is None:
            return
        check = Evaluation.objects.get(pk=self.open)
        if ready and self.state == "scoring":
            check, self.ready = answered(check, self.people[self.agency]), True
            check = Evaluation.objects.get(pk=check.pk)
        row = CHECK[self.state].get(act)
        who = row and (self.agency if row[0] == "agency" else row[0])
        call = {"by": self.people[by], "at": NOW, "seen": check.version, "op": new_op(), "reason": "理由"}
        expected: type[Exception] | None = None
        if row is None:
            expected = NotNow
        elif by != who:
            expected = NotYours
        elif act == "conclude" and not self.ready:
            expected = AgainstRule
        if expected is not None:
            with pytest.raises(expected):
                perform(check, act, **call)
            return
        assert row is not None
        assert perform(check, act, **call).state == row[1]
        self.state = row[1]
        if act == "recuse":
            self.aside.add(self.agency)
        if act == "confirm":
            self.score = ANSWERS["score"]
        if self.state not in CHECK:
            self.open = None

    @rule(by=st.sampled_from(WHO))
    def the_officer_types_a_score_only_while_it_lies_with_the_bureau(self, by: str) -> None:
        case = PoolApplication.objects.get(pk=self.case)
        call = {"by": self.people[by], "at": NOW, "seen": case.version, "op": new_op()}
        expected = NotNow if self.open is not None else None if by == "zhou" else NotYours
        if expected is not None:
            with pytest.raises(expected):
                perform(case, "type_score", **call, **SCORED)
            return
        perform(case, "type_score", **call, **SCORED)
        self.score = SCORED["score"]

    @rule(who=st.sampled_from(WHO))
    def nobody_takes_the_application_away_from_its_check(self, who: str) -> None:
        if self.open is None:
            return
        case = PoolApplication.objects.get(pk=self.case)
        for act in (
            "withdraw",
            "clear",
            "refuse",
            "return_by_bureau",
            "recheck",
            "end_recheck",
            "take_score",
        ):
            call = {"by": self.people[who], "at": NOW, "seen": case.version, "op": new_op(), "reason": "x"}
            with pytest.raises((NotNow, NotYours)):
                perform(case, act, **call)

    # --- what always holds

    @invariant()
    def rechecking_means_one_open_evaluation_and_its_agency(self) -> None:
        if not hasattr(self, "case"):
            return
        case = PoolApplication.objects.get(pk=self.case)
        running = Evaluation.objects.filter(target=self.case, closed_at__isnull=True)
        assert [check.pk for check in running] == ([self.open] if self.open else [])
        assert case.state == ("rechecking" if self.open else "examining")
        assert case.agency == (running.get().agency if self.open else None)
        assert case.score == self.score
        assert Evaluation.objects.count() == self.opened

    @invariant()
    def the_agency_sees_the_application_exactly_while_it_checks(self) -> None:
        if not hasattr(self, "case"):
            return
        for who in ("wu", "zheng"):
            sees = PoolApplication.objects.visible_to(self.people[who]).filter(pk=self.case).exists()
            assert sees is (self.open is not None and who == self.agency)


@pytest.mark.django_db
def test_an_application_and_its_checks_live_as_the_model_says():
    run_state_machine_as_test(
        Check,
        settings=settings(
            max_examples=300 if os.environ.get("TORTURE") else 20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
