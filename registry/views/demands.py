"""补正核对: each demand beside what became of it, by comparing the last two submissions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from registry.models import Document, PoolApplication, Submission
from registry.views.tasks import Task, field_of, place_of, tasks_of, where_words

CLIPPED = 120


def located(case: PoolApplication, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The demands with their places in words; one with a page leads to that page of its document."""
    tasks = tasks_of(case)
    found = []
    for n, demand in enumerate(case.demands, start=1):
        task = place_of(demand, tasks)
        document = next((d for d in documents if task and task.slot and task.holds(d)), None)
        page = demand.get("page")
        found.append(
            {
                "n": n,
                "text": demand["text"],
                "where": where_words(demand),
                "article": demand["article"],
                "answer": demand.get("answer", ""),
                "task": task,
                "field": field_of(demand, task) if task else "",
                "document": document and document.pk,
                "page": page,
                "url": f"?doc={document.pk}#page-{page}" if document and page else "",
            }
        )
    return found


def checked(
    case: PoolApplication, documents: Sequence[Document], submissions: Sequence[Submission]
) -> list[dict[str, Any]]:
    """The demands of the last return with 已修改 or 未修改. Empty before the enterprise has filed again."""
    if len(submissions) < 2 or not case.demands or case.state.startswith("returned"):
        return []
    before, now = (json.loads(submission.payload) for submission in submissions[-2:])
    tasks = tasks_of(case)
    return [
        demand
        | {"changed": any(differs(task, demand["field"], before, now) for task in _among(demand, tasks))}
        for demand in located(case, documents)
    ]


def _among(demand: dict[str, Any], tasks: list[Task]) -> list[Task]:
    """The task that a demand is about; all of them when its words name none."""
    return [demand["task"]] if demand["task"] else tasks


def differs(task: Task, field: str, before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Did a task change between two submissions: the named field, or any of its fields and files?"""
    if field:
        return bool(before.get(field) != now.get(field)) or files(task, before) != files(task, now)
    names = [*_fields(task), *(["self_sheet"] if task.key == "score" else [])]
    return any(before.get(name) != now.get(name) for name in names) or files(task, before) != files(task, now)


def files(task: Task, payload: dict[str, Any]) -> set[str]:
    """The hashes of the files that lay under a task."""
    return {
        document["sha256"]
        for document in payload["documents"]
        if task.slot and document["kind"] == task.slot and document.get("asked", "") == task.asked
    }


def differences(case: PoolApplication, submissions: Sequence[Submission]) -> list[dict[str, Any]]:
    """What changed between the last two submissions, task by task: {name, before, after}."""
    if len(submissions) < 2:
        return []
    before, now = (json.loads(submission.payload) for submission in submissions[-2:])
    rows = []
    for task in tasks_of(case):
        for name in _fields(task):
            if before.get(name) != now.get(name):
                label = str(PoolApplication._meta.get_field(name).verbose_name)
                rows.append({"name": label, "before": _clip(before.get(name)), "after": _clip(now.get(name))})
        if (old := files(task, before)) != (new := files(task, now)):
            rows.append({"name": task.label, "before": _count(old - new), "after": _count(new - old)})
    return rows


def _fields(task: Task) -> list[str]:
    """The fields of a task that say something; a tick says nothing by itself."""
    names: Iterable[str] = task.form._meta.fields or () if task.form else ()
    return [name for name in names if name != "unit_confirmed"]


def _clip(value: Any) -> str:
    words = str(value or "—")
    return words if len(words) <= CLIPPED else f"{words[:CLIPPED]}……"


def _count(hashes: set[str]) -> str:
    return f"{len(hashes)} 个文件" if hashes else "—"
