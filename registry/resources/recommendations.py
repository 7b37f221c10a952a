"""区级推荐: each row is the act on one application that waits with the district, in a transaction of its own (Article 5).

All rows are checked first and nothing is done while one is wrong, unless the person leaves those out. The operation id of
a row comes from the file's hash and its line, so that a repeat does nothing.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from import_export.results import Result
from tablib import Dataset

from registry.acts import Refused
from registry.casework import perform
from registry.models import Event, PoolApplication, User
from registry.names import fold
from registry.resources.cells import Cell, CellError, Choice, Text
from registry.resources.importing import INVALID, NEW, SAME, Column, Importer
from registry.resources.sheets import NAME
from registry.roles import DISTRICT

ACTS = {"推荐": "recommend", "不推荐": "decline"}


class Recommendations(Importer):
    """The district's word on the applications that wait with it."""

    KEY = "recommendations"
    TITLE = "区级推荐"
    ABOUT = (
        "对本区待推荐的入库申请逐件出具推荐意见（第五条）。每行各自办理一件，企业和市局随即收到通知；"
        "是否推荐和推荐意见都留空的行不办理。退回补正请在申请页面逐件办理。"
    )
    ROLES = (DISTRICT,)
    TITLES = ("申请编号", NAME)
    MOST = 500
    DONE_AT = "/applications/"
    LISTS = True
    acts_each = True
    statuses = {NEW: "办理", SAME: "不办理", INVALID: "有误"}
    columns = (
        Column(
            heading="申请编号",
            attribute="no",
            also=("编号",),
            needed=True,
            cell=Cell(most=20, required=True),
            example="LC-2026-0001",
            width=18,
            tip="请勿改动",
        ),
        Column(
            heading=NAME,
            attribute="name",
            also=("申请单位", "企业名称"),
            needed=True,
            cell=Cell(most=200, required=True),
            example="北京示例机电有限公司",
            width=36,
            tip="请勿改动，用于核对",
        ),
        Column(
            heading="是否推荐",
            attribute="act",
            needed=True,
            cell=Choice(ACTS, required=False),
            example="推荐",
            width=12,
            tip="推荐，或者不推荐",
        ),
        Column(
            heading="推荐意见",
            attribute="reason",
            also=("意见",),
            needed=True,
            cell=Text(most=2000),
            example="材料齐全，同意推荐。",
            width=60,
            tip="不推荐的写明理由；企业和市局都能看到",
        ),
    )

    @classmethod
    def waiting(cls, by: User | None) -> Any:
        """The applications of this person's district, as far as they may be seen."""
        return PoolApplication.objects.visible_to(by).select_related("unit__entity", "district", "batch")

    @classmethod
    def listed(cls, by: User) -> list[dict[str, str]]:
        rows = cls.waiting(by).filter(state="with_district").order_by("due_on", "pk")
        return [{"申请编号": case.no, NAME: case.unit.name} for case in rows]

    def prepare(self) -> None:
        self.lines: dict[str, int] = {}
        self.todo: dict[int, Any] = {}
        self.cases = {case.no: case for case in self.waiting(self.by)}
        ops = Event.objects.filter(by=self.by, op__startswith=self.op(""))
        self.done = set(ops.values_list("op", flat=True))

    def op(self, line: Any) -> str:
        """The operation id of a row: the same file does the same once."""
        return f"{self.sha256[:40]}:{line}"

    def judge(self, row: Any, cells: Any) -> dict[str, CellError]:
        row.no = unicodedata.normalize("NFKC", row.no).upper()
        case = self.cases.get(row.no)
        if case is None or (self.by and case.district_id != self.by.district_id):
            missing = CellError(
                "没有找到本区的这件申请", value=row.no, suggestion="请下载预填模板，不要改动编号"
            )
            return {"no": missing}
        if fold(row.name) not in {fold(case.unit.name), fold(case.unit.entity.name)}:
            return {
                "name": CellError(
                    "与申请单位名称不一致",
                    value=row.name,
                    suggestion=f"该编号的申请单位为“{case.unit.name}”，请核对是否错行",
                )
            }
        if case.no in self.lines:
            again = f"与第 {self.lines[case.no]} 行重复"
            return {"no": CellError(again, value=row.no, suggestion="一件申请只保留一行")}
        self.lines[case.no] = row.line
        if self.op(row.line) in self.done or not (row.act or row.reason):
            return {}
        return self._stands(row, case)

    def _stands(self, row: Any, case: PoolApplication) -> dict[str, CellError]:
        half = {"act": "推荐，或者不推荐", "reason": "推荐的写明意见，不推荐的写明理由"}
        if empty := [name for name in half if not getattr(row, name)]:
            return {name: CellError("未填写", value="", suggestion=f"请填写：{half[name]}") for name in empty}
        act = case.acts()[row.act]
        if case.state not in act.sources:
            words = f"现为“{case.state_label}”，不能办理“{act.label}”"
            return {"no": CellError(words, value=row.no, suggestion="请删除本行，或者查看该申请的最新情况")}
        against = [finding for finding in case.findings(row.act, self.at) if finding.binding]
        if against:
            words = "；".join(finding.message for finding in against)
            return {"act": CellError(words, value=act.label, suggestion="请在申请页面查看原因")}
        return {}

    def take(self, row: Any, cells: Any) -> tuple[str, str, str]:
        if self.op(row.line) in self.done:
            return SAME, "已按本文件办理", ""
        if not row.act:
            return SAME, "未填写推荐意见", ""
        case = self.cases[row.no]
        self.todo[row.line] = (case, row)
        return NEW, case.acts()[row.act].label, ""

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        """Nothing within the transaction: acts are carried out after it, each in its own."""
        self.counted = (len(dataset), len(result.invalid_rows))

    def carry_out(self) -> dict[int, str]:
        refused: dict[int, str] = {}
        for line, (case, row) in self.todo.items():
            try:
                perform(
                    case,
                    row.act,
                    by=self.by,
                    at=self.at,
                    seen=case.version,
                    op=self.op(line),
                    reason=row.reason,
                    bulk=self.sha256[:40],
                )
            except Refused as refusal:
                refused[line] = refusal.message
                self.results[line] = (INVALID, "", "")
        rows, left_out = self.counted
        if self.written:
            self.log(rows=rows, left_out=left_out + len(refused))
        return refused

    def made(self) -> dict[str, int]:
        return {label: sum(row.act == act for _, row in self.todo.values()) for label, act in ACTS.items()}
