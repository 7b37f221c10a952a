"""Schemes and gradings for the tests of this room."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from evaluation import upkeep
from evaluation.models import Grading, GradingRound, SchemeVersion
from evaluation.scheme import Scheme
from evaluation.scoring import Answer, plain_answers
from greenmfg.rulebook import Category, Level, Material
from registry.casework import new_op, perform
from registry.drafts import save_draft
from registry.models import Standing, Unit
from tests.factories import NOW, a_document, a_unit, do
from tests.people import Cast

REQUIREMENT = {"code": "J1", "name": "近三年无较大及以上事故", "kind": "veto"}
ENERGY = {
    "code": "N1",
    "name": "能源消耗强度",
    "kind": "quantitative",
    "points": "30",
    "waiver": "section",
    "gauges": [
        {"code": "product", "name": "单位产品综合能耗", "unit": "tce/t", "better": "lower", "base": "3", "lead": "1"},
        {"code": "value", "name": "单位产值综合能耗", "unit": "kgce/万元", "better": "lower", "base": "90", "lead": "30"},
    ],
}  # fmt: skip
RENEWABLE = {
    "code": "N2",
    "name": "可再生能源利用率",
    "kind": "quantitative",
    "points": "30",
    "waiver": "section",
    "gauges": [{"code": "a", "name": "可再生能源利用率", "unit": "%", "base": "0", "lead": "30"}],
}
SYSTEM = {"code": "G1", "name": "管理体系", "kind": "qualitative", "points": "20", "step": "0.5"}
TECHNOLOGY = {
    "code": "G2",
    "name": "先进工艺设备数量",
    "kind": "stepped",
    "points": "20",
    "gauges": [
        {
            "code": "a",
            "name": "数量",
            "unit": "项",
            "steps": [
                {"bound": "1", "points": "5"},
                {"bound": "3", "points": "12"},
                {"bound": "8", "points": "20"},
            ],
        }
    ],
}
SECTIONS = [
    {"code": "J", "name": "基本要求", "points": "0", "items": [REQUIREMENT]},
    {"code": "N", "name": "能源低碳化", "points": "60", "items": [ENERGY, RENEWABLE]},
    {"code": "G", "name": "生产管理", "points": "40", "items": [SYSTEM, TECHNOLOGY]},
]
# 13.50 + 7.00 + 12.50 + 12.00 = 45.00
ANSWERS = {
    "J1": Answer(met=True),
    "N1": Answer(value=Decimal("2.1")),
    "N2": Answer(value=Decimal(7)),
    "G1": Answer(value=Decimal("12.5")),
    "G2": Answer(value=Decimal(4)),
}


def a_document_of(code: str = "factory-test", **changes) -> dict:
    """A small scheme of every kind of item, as plain values."""
    heads = {"code": code, "category": "green_factory", "title": "测试指标体系", "basis": "测试"}
    return heads | {"sections": SECTIONS} | changes


def a_scheme(people: Cast, *, since: date | None = date(2026, 3, 18), when=NOW, **changes) -> SchemeVersion:
    """Drawn up by 周宁; put in force by 何静 from `since`, if there is such a day."""
    row = upkeep.draft(Scheme.load(a_document_of(**changes)), by=people.zhou, at=when)
    if since is None:
        return row
    return upkeep.put_in_force(row, since=since, seen=row.version, by=people.he, at=when)


def a_round(people: Cast, *, scheme: SchemeVersion | None = None, **fields) -> GradingRound:
    """A round of 2026 whose units evaluate themselves until 31 March."""
    given = {"name": "2026年度分级评价", "year": 2026, "own_due_on": date(2026, 3, 31)} | fields
    return GradingRound.objects.create(scheme=scheme or a_scheme(people), **given)


def listed(unit: Unit) -> Unit:
    """The unit, on the national list."""
    Standing.objects.get_or_create(
        unit=unit,
        level=Level.NATIONAL,
        until=None,
        defaults={"name_as_published": unit.name, "since": date(2024, 1, 1)},
    )
    return unit


def a_listed_factory(people: Cast) -> Unit:
    """陈晨's factory, on the national list."""
    found = Unit.objects.filter(entity=people.chen.entity, category=Category.GREEN_FACTORY).first()
    return listed(found or a_unit(people.chen.entity, people.zhao.district))


def a_grading(
    people: Cast, state: str = "self_assessing", *, unit=None, round=None, when=NOW, **own
) -> Grading:
    """A grading of 陈晨's factory by 吴迪's agency that has come to `state` through acts, on `when`."""
    unit, round = unit or a_listed_factory(people), round or a_round(people)
    case = perform(
        Grading(unit=unit, round=round, agency=people.wu.agency),
        "include", by=people.zhou, at=when, seen=0, op=new_op(),
    )  # fmt: skip
    if state == "void":
        return do(case, "void", people.zhou, when=when, reason="重复")
    if state == "self_assessing":
        return case
    case = save_draft(case, by=people.chen, seen=case.version, **case.own_scored(ANSWERS | own))
    case = do(case, "file_own", people.chen, when=when)
    if state == "to_assign":
        return do(case, "recuse", people.wu, when=when, reason="曾提供咨询")
    if state == "assigned":
        return case
    case = do(case, "begin", people.wu, when=when, independent=True)
    return answered(people, case, state, when=when)


def answered(people: Cast, case: Grading, state: str, *, when=NOW, **answers) -> Grading:
    """From scoring to `state`: 45.00 points unless told otherwise, with words and a report."""
    if state == "scoring":
        return case
    fields = case.scored(ANSWERS | answers)
    case = save_draft(case, by=people.wu, seen=case.version, conclusion="材料与现场一致。", **fields)
    if not case.documents.current().exists():
        a_document(case, Material.EVALUATION_REPORT, people.wu, when=when)
    case = do(case, "conclude", people.wu, when=when)
    return do(case, "award", people.zhou, when=when) if state == "graded" else case


__all__ = [
    "ANSWERS",
    "a_grading",
    "a_listed_factory",
    "a_round",
    "a_scheme",
    "answered",
    "listed",
    "plain_answers",
]
