"""Evaluations for the tests of this room."""

from __future__ import annotations

from decimal import Decimal

from evaluation.models import Evaluation
from greenmfg.rulebook import Category, Material
from registry.casework import new_op, perform
from registry.drafts import save_draft
from registry.models import Case, EvaluatorAgency, User
from tests.factories import NOW, a_document, an_application, do
from tests.people import Cast

ANSWERS = {"score": Decimal("81.30"), "meets_requirements": True, "conclusion": "材料与现场情况一致。"}


def an_evaluation(people: Cast, case: Case, *, agency=None, scheme=None, when=NOW, **given) -> Evaluation:
    """吴迪's agency (or another) is asked to check this application."""
    target = Case.objects.get(pk=case.pk)
    agency = agency or people.wu.agency
    return perform(
        Evaluation(target=target, agency=agency, scheme=scheme),
        "commission",
        by=people.zhou,
        at=when,
        seen=0,
        op=new_op(),
        task="复核能源资源数据",
        **given,
    )


def answered(check: Evaluation, by: User, *, when=NOW, **answers) -> Evaluation:
    """All that a conclusion needs, as a draft: 81.30, 符合, some words, and the report."""
    check = Evaluation.objects.get(pk=check.pk)
    given = ANSWERS | answers
    if check.category is not Category.GREEN_FACTORY:
        given["score"] = None
    check = save_draft(check, by=by, seen=check.version, **given)
    if not check.documents.current().exists():
        a_document(check, Material.EVALUATION_REPORT, by, when=when)
    return check


def a_check(people: Cast, state: str = "assigned", *, when=NOW, **draft) -> Evaluation:
    """An evaluation of a new application that has come to `state` through acts, on `when`."""
    check = an_evaluation(people, an_application(people, "examining", **draft), when=when)
    return brought_to(people, check, state, when=when)


def brought_to(people: Cast, check: Evaluation, state: str, *, when=NOW) -> Evaluation:
    """The evaluation, from assigned to `state`."""
    if state == "recused":
        return do(check, "recuse", people.wu, when=when, reason="曾为该单位提供咨询")
    if state == "void":
        return do(check, "void", people.zhou, when=when, reason="另行委托")
    if state == "assigned":
        return check
    check = do(check, "begin", people.wu, when=when, independent=True)
    if state == "scoring":
        return check
    check = do(answered(check, people.wu, when=when), "conclude", people.wu, when=when)
    return do(check, "confirm", people.zhou, when=when) if state == "confirmed" else check


def another_agency(name: str = "示例评估院") -> User:
    """A person of another agency."""
    agency = EvaluatorAgency.objects.create(name=name)
    return User.objects.create(username=f"e-{name}", name="郑重", role="evaluator", agency=agency)
