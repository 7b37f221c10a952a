"""Evaluations for the tests of this room."""

from __future__ import annotations

from decimal import Decimal

from evaluation.models import Evaluation
from registry.casework import new_op, perform
from registry.models import Case
from tests.factories import NOW
from tests.people import Cast

CONCLUDED = {"score": Decimal("81.30"), "meets_requirements": True, "conclusion": "材料与现场情况一致。"}


def an_evaluation(people: Cast, case: Case, *, agency=None, when=NOW) -> Evaluation:
    """吴迪's agency (or another) is asked to check this application."""
    target = Case.objects.get(pk=case.pk)
    agency = agency or people.wu.agency
    return perform(
        Evaluation(target=target, agency=agency),
        "commission",
        by=people.zhou,
        at=when,
        seen=0,
        op=new_op(),
        task="复核能源资源数据",
    )
