"""The tasks that an application consists of, what of them is done, and what comes next. No pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry.forms import DataTask, ReportTask, ScoreTask, UnitTask
from registry.models import PoolApplication, Setting


@dataclass(frozen=True)
class Task:
    """One task of an application: a form, slots for files, or both. `article` stands behind it."""

    key: str
    label: str
    group: str
    article: int
    hint: str
    form: type[forms.ModelForm[Any]] | None = None
    slot: Material | None = None


UNIT_TASK = Task("unit", "核对单位基本信息", "核对资料", 6, "由单位名录带出，核对后确认", UnitTask)
REPORT = Task(
    "report",
    "绿色诊断评估报告",
    "上传与填报",
    5,
    "本年度或上一年度报告",
    ReportTask,
    Material.DIAGNOSIS_REPORT,
)
DOSSIER = Task(
    "dossier",
    "评价材料",
    "上传与填报",
    5,
    "对照国家相关评价要求形成的评价材料",
    None,
    Material.EVALUATION_DOSSIER,
)
DATA = Task("data", "年度能源资源数据", "上传与填报", 6, "产值、综合能源消费量、取水量", DataTask)
SCORE = Task("score", "分级评价自评", "上传与填报", 8, "参照分级评价标准，自行评价得分", ScoreTask)
EVIDENCE = Task("evidence", "佐证材料", "上传与填报", 6, "选填，可上传多份", None, Material.EVIDENCE)


def tasks_of(category: Category) -> list[Task]:
    """The tasks that an application of this category consists of (Article 5)."""
    if category is Category.GREEN_SUPPLY_CHAIN:
        return [UNIT_TASK, DOSSIER, DATA, EVIDENCE]
    if category is Category.GREEN_PARK:
        return [UNIT_TASK, REPORT, DATA, EVIDENCE]
    return [UNIT_TASK, REPORT, DATA, SCORE, EVIDENCE]


def state_of(task: Task, case: PoolApplication, materials: set[Material]) -> tuple[str, str]:
    """(words, tone) of a task: done tasks stay plain so that open ones stand out."""
    if case.state.startswith("returned") and task in {place_of(d, case.category) for d in case.demands}:
        return "需补正", "red"
    done = {
        "unit": case.unit_confirmed,
        "report": Material.DIAGNOSIS_REPORT in materials and case.report_year is not None,
        "dossier": Material.EVALUATION_DOSSIER in materials,
        "data": bool(case.data_year and case.output_value is not None and case.energy_tce is not None),
        "score": case.self_score is not None,
        "evidence": True,
    }[task.key]
    if task.key == "evidence":
        return ("已上传" if Material.EVIDENCE in materials else "选填"), ""
    return ("已完成", "") if done else ("未完成", "blue")


def place_of(demand: dict[str, Any], category: Category) -> Task | None:
    """The task that a demand points to: by its key, else by the words of its place."""
    words = f"{demand.get('where', '')}{demand.get('text', '')}"
    for task in tasks_of(category):
        if demand.get("task") == task.key or task.label in words:
            return task
    return None


def holder(case: PoolApplication) -> str:
    """Who holds the application now."""
    district = case.district.office or case.district.name if case.district else "区级工业主管部门"
    return {
        "draft": "贵单位",
        "with_district": district,
        "returned_by_district": "贵单位",
        "returned_by_bureau": "贵单位",
        "examining": "市经济和信息化局",
        "rechecking": "第三方评价机构（市经济和信息化局委托）",
        "cleared": "市经济和信息化局",
        "on_notice": "市经济和信息化局（公示中）",
    }.get(case.state, "已办结")


def fixes(case: PoolApplication) -> list[dict[str, Any]]:
    """The corrections demanded, each with the task where it is made."""
    if not case.state.startswith("returned"):
        return []
    base = case.get_absolute_url()
    found = []
    for demand in case.demands:
        task = place_of(demand, case.category)
        found.append(
            {
                "text": demand["text"],
                "where": demand["where"],
                "article": demand["article"],
                "url": f"{base}tasks/{task.key}/" if task else base,
                "button": "去补传" if task and task.slot else "去修改",
            }
        )
    return found


def after(case: PoolApplication, task: Task) -> dict[str, str]:
    """Where one goes from a task: while correcting, to the next place, then to filing; else to the task list."""
    base = case.get_absolute_url()
    places = [d["url"] for d in fixes(case)]
    here = f"{base}tasks/{task.key}/"
    if here not in places:
        return {"url": base, "label": "返回任务清单", "save": "保存并返回"}
    rest = [url for url in places[places.index(here) + 1 :] if url not in {here, base}]
    if rest:
        return {"url": rest[0], "label": "去改下一处", "save": "保存，去改下一处"}
    return {"url": f"{base}check/", "label": "去核对提交", "save": "保存，去核对提交"}


def ahead(case: PoolApplication) -> list[dict[str, Any]]:
    """接下来: the steps that follow, with their terms."""
    keys = ("district_days", "bureau_days", "notice_days", "recheck_days")
    days = {key: term.words for key, term in Setting.terms(*keys, on=clock.today()).items()}
    district = {"when": days["district_days"], "what": "区级工业主管部门出具推荐意见"}
    bureau = {"when": days["bureau_days"], "what": "市经济和信息化局审核"}
    rest = [
        {"when": days["notice_days"], "what": "公示"},
        {"when": "公示无异议", "what": "纳入培育库"},
    ]
    by_district = [district] if case.route != "self" else []
    ways = {
        "draft": [{"when": "今天", "what": "完成填报并提交", "now": True}, *by_district, bureau, *rest],
        "returned_by_district": [
            {"when": "今天", "what": "补正并重新提交", "now": True},
            district,
            bureau,
            *rest,
        ],
        "returned_by_bureau": [{"when": "今天", "what": "补正并重新提交", "now": True}, bureau, *rest],
        "with_district": [district | {"now": True}, bureau, *rest],
        "examining": [bureau | {"now": True}, *rest],
        "rechecking": [
            {"when": days["recheck_days"], "what": "第三方复核", "now": True},
            bureau,
            *rest,
        ],
        "cleared": [rest[0] | {"now": True}, rest[1]],
        "on_notice": [rest[0] | {"now": True}, rest[1]],
    }
    return ways.get(case.state, [])
