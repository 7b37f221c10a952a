"""The tasks that an application consists of, what of them is done, and what comes next. No pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry.forms import DataTask, ReportTask, ScoreTask, UnitTask
from registry.models import Batch, Document, PoolApplication, Setting


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
    asked: str = ""  # the material of the call that it is for
    optional: bool = False

    def holds(self, document: Document) -> bool:
        """Is this document filed under this task?"""
        return document.kind == self.slot and document.asked == self.asked


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
EVIDENCE = Task(
    "evidence", "佐证材料", "上传与填报", 6, "选填，可上传多份", None, Material.EVIDENCE, optional=True
)


def call_of(case: PoolApplication) -> Batch:
    """The call whose demands an application has to meet: of a draft the one that it would file with now."""
    return case.call_at(clock.now()) if case.state == case.DRAFT else case.batch


def asked_by(call: Batch) -> list[Task]:
    """One task for each material that the call asks for beside those of Article 5 (Article 6)."""
    return [
        Task(
            f"asked-{n}",
            item["name"],
            "上传与填报",
            6,
            f"{call.name}要求提交" if item["required"] else f"{call.name}要求，选交",
            None,
            Material.EVIDENCE,
            item["name"],
            optional=not item["required"],
        )
        for n, item in enumerate(call.materials, start=1)
    ]


def tasks_of(case: PoolApplication) -> list[Task]:
    """The tasks that an application consists of, by its category (Article 5) and its call."""
    asked = asked_by(call_of(case))
    if case.category is Category.GREEN_SUPPLY_CHAIN:
        return [UNIT_TASK, DOSSIER, DATA, *asked, EVIDENCE]
    if case.category is Category.GREEN_PARK:
        return [UNIT_TASK, REPORT, DATA, *asked, EVIDENCE]
    return [UNIT_TASK, REPORT, DATA, SCORE, *asked, EVIDENCE]


def state_of(
    task: Task, case: PoolApplication, documents: Sequence[Document], wanted: Collection[Task] = ()
) -> tuple[str, str]:
    """(words, tone) of a task: done tasks stay plain so that open ones stand out. `wanted`: to be corrected."""
    if task in wanted:
        return "需补正", "red"
    filed = any(task.holds(document) for document in documents)
    if task.optional:
        return ("已上传" if filed else "选填"), ""
    done = {
        "unit": case.unit_confirmed,
        "report": filed and case.report_year is not None,
        "data": bool(case.data_year and case.output_value is not None and case.energy_tce is not None),
        "score": case.self_score is not None,
    }.get(task.key, filed)
    return ("已完成", "") if done else ("未完成", "blue")


def place_of(demand: dict[str, Any], tasks: Iterable[Task]) -> Task | None:
    """The task that a demand points to: by its key, else by the words of its place, a task's or a field's."""
    tasks = list(tasks)
    words = f"{demand.get('where', '')}{demand.get('text', '')}"
    for task in tasks:
        if demand.get("task") == task.key or task.label in words:
            return task
    return next((task for task in tasks if field_of(demand, task)), None)


def field_of(demand: dict[str, Any], task: Task) -> str:
    """The field of a task that a demand names, in its place before in its text; empty when it names none.

    Where a task also takes a file, what the text names is as likely to stand in the file: there only the place counts.
    """
    names = {name: label for name, label in labels_of(task).items() if label}
    for words in (demand.get("where", ""), "" if task.slot else demand.get("text", "")):
        found = [name for name, label in names.items() if label in words]
        if found:
            return max(found, key=lambda name: len(names[name]))
    return ""


def labels_of(task: Task) -> dict[str, str]:
    """Name → label of the fields of a task, without the unit in brackets."""
    fields: dict[str, Any] = getattr(task.form, "base_fields", {})
    return {
        name: re.sub("（.*）", "", str(field.label or ""))
        for name, field in fields.items()
        if name != "unit_confirmed"
    }


def where_words(demand: dict[str, Any]) -> str:
    """The place of a demand in words, with its page."""
    page = f" 第 {demand['page']} 页" if demand.get("page") else ""
    return f"{demand['where']}{page}"


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
    """The corrections demanded, each with the task where it is made and the field that it names."""
    if not case.state.startswith("returned"):
        return []
    base, tasks = case.get_absolute_url(), tasks_of(case)
    found = []
    for demand in case.demands:
        task = place_of(demand, tasks)
        field = field_of(demand, task) if task else ""
        found.append(
            {
                "text": demand["text"],
                "where": where_words(demand),
                "article": demand["article"],
                "task": task,
                "url": (f"{base}tasks/{task.key}/" + (f"#id_{field}" if field else "")) if task else base,
                "button": "去补传" if task and task.slot and not field else "去修改",
            }
        )
    return found


def after(case: PoolApplication, task: Task) -> dict[str, str]:
    """Where one goes from a task: while correcting, to the next place, then to filing; else to the task list."""
    base = case.get_absolute_url()
    places = [(d["task"], d["url"]) for d in fixes(case)]
    here = [n for n, (place, _) in enumerate(places) if place == task]
    if not here:
        return {"url": base, "label": "返回任务清单", "save": "保存并返回"}
    rest = [url for place, url in places[here[0] + 1 :] if place not in {task, None}]
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
