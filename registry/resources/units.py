"""单位: new ones are registered; of those on the books what is missing is filled in and the contact renewed."""

from __future__ import annotations

from typing import Any

from greenmfg.rulebook import Category
from registry.models import Unit, User
from registry.resources.cells import Cell, CellError, Phone
from registry.resources.importing import CHANGED, NEW, SAME, Column
from registry.resources.register import UNIT, OfUnits, Wrong
from registry.roles import DISTRICT

FILLED = {"industry": "行业", "address": "地址"}
RENEWED = ("contact", "phone")
CATEGORIES = {str(code): label for code, label in Category.choices()}


class Units(OfUnits):
    """Units with their contacts, by code, else by name; each changed unit has an entry of its own."""

    KEY = "units"
    TITLE = "单位"
    ABOUT = (
        "登记新单位，补全在册单位空缺的代码、区、行业、地址，更新联系人和电话；"
        "名称、所在区的变化不能导入，按第十一条办理。"
    )
    TITLES = ("单位名称", "类型", "厂区")
    DONE_AT = "/units/"
    LISTS = True
    columns = (
        *UNIT,
        Column(
            heading="行业",
            attribute="industry",
            also=("所属行业",),
            cell=Cell(most=60),
            example="通用设备制造业",
        ),
        Column(
            heading="地址",
            attribute="address",
            cell=Cell(most=200),
            example="北京市昌平区示例路1号",
            width=32,
        ),
        Column(heading="联系人", attribute="contact", cell=Cell(most=40), example="张三"),
        Column(heading="联系电话", attribute="phone", also=("电话",), cell=Phone(), example="010-00000000"),
    )

    @classmethod
    def listed(cls, by: User) -> list[dict[str, str]]:
        rows = Unit.objects.select_related("entity", "district").order_by(
            "entity__folded", "category", "site"
        )
        if by.plays(DISTRICT):
            rows = rows.filter(district=by.district)
        return [
            {
                "统一社会信用代码": unit.entity.credit_code or "",
                "单位名称": unit.entity.name,
                "类型": CATEGORIES[unit.category],
                "厂区": unit.site,
                "区": unit.district.name if unit.district else "",
                "行业": unit.industry,
                "地址": unit.address,
                "联系人": unit.contact,
                "联系电话": unit.phone,
            }
            for unit in rows
        ]

    def prepare(self) -> None:
        super().prepare()
        self.lines: dict[tuple[Any, ...], int] = {}

    def judge(self, row: Any, cells: Any) -> dict[str, CellError]:
        try:
            entity, _ = self.known.unit_of(row)
        except Wrong as wrong:
            return {wrong.attribute: wrong.error}
        key = self.known.key(entity, row.category, row.site) if entity else None
        if key and key in self.lines:
            twice = CellError(
                f"与第 {self.lines[key]} 行重复", value=row.name, suggestion="同一单位只保留一行"
            )
            return {"name": twice}
        return {}

    def take(self, row: Any, cells: Any) -> tuple[str, str, str]:
        coded = len(self.known.coded)
        plan = self.known.plan(row, filled=tuple(FILLED), renewed=RENEWED)
        unit = plan.unit
        self.lines[self.known.key(unit.entity, row.category, row.site)] = row.line
        if plan.is_new:
            notes = [] if unit.district_id else ["区待定"]
            if plan.rename_of:
                notes.append(f"与在册{plan.rename_of}相近，疑为更名，未合并，请核对")
            return NEW, "；".join(notes), plan.rename_of
        got_code = len(self.known.coded) > coded
        notes = [*(["补登信用代码"] if got_code else []), *self._words(unit, plan.changes)]
        notes += self.known.kept(row, unit, FILLED)
        return CHANGED if plan.changes or got_code else SAME, "；".join(notes), ""

    def _words(self, unit: Unit, changes: dict[str, Any]) -> list[str]:
        return [
            f"{unit._meta.get_field(name).verbose_name}：{getattr(unit, name) or '空'} → {value}"
            for name, value in changes.items()
        ]

    def write(self) -> None:
        self.known.write(by=self.by, at=self.at, file=self.name, sha256=self.sha256)

    def made(self) -> dict[str, int]:
        return self.known.made()
