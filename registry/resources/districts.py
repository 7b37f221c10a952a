"""区联系方式: the office and the number that the public page names for each of the 17 districts."""

from __future__ import annotations

from typing import Any

from registry.casework import record
from registry.models import District, Ledger, User
from registry.resources.cells import Cell, CellError, Phone
from registry.resources.importing import CHANGED, SAME, Column, Importer, Place
from registry.roles import ADMIN, OFFICER

FIELDS = {"office": "主管部门", "phone": "联系电话"}


class Districts(Importer):
    """Contacts of districts. An empty cell leaves what is there."""

    KEY = "districts"
    TITLE = "区联系方式"
    ABOUT = "更新各区工业主管部门的名称和联系电话，公众“办事指南”由此而来；空的单元格不清除原有内容。"
    ROLES = (ADMIN, OFFICER)
    TITLES = ("区",)
    MOST = 100
    DONE_AT = "/help/"
    LISTS = True
    columns = (
        Column(
            heading="区",
            attribute="place",
            also=("区名", "所在区"),
            needed=True,
            cell=Place(required=True),
            example="昌平区",
            width=24,
        ),
        Column(
            heading="主管部门",
            attribute="office",
            also=("工业主管部门",),
            needed=True,
            cell=Cell(most=60),
            example="昌平区经济和信息化局",
            width=36,
        ),
        Column(
            heading="联系电话",
            attribute="phone",
            also=("电话",),
            needed=True,
            cell=Phone(),
            example="010-00000000",
            width=24,
        ),
    )

    @classmethod
    def listed(cls, by: User) -> list[dict[str, str]]:
        return [
            {"区": district.name, "主管部门": district.office, "联系电话": district.phone}
            for district in District.objects.all()
        ]

    def prepare(self) -> None:
        self.lines: dict[str, int] = {}
        self.changes: dict[str, dict[str, Any]] = {}
        self.districts = {
            district.pk: district for district in District.objects.select_for_update(no_key=True)
        }
        self.cell("place").know(self.districts.values())

    def judge(self, row: Any, cells: Any) -> dict[str, CellError]:
        if row.place.pk in self.lines:
            twice = CellError(
                f"与第 {self.lines[row.place.pk]} 行重复", value=row.place.name, suggestion="一个区只保留一行"
            )
            return {"place": twice}
        return {}

    def take(self, row: Any, cells: Any) -> tuple[str, str, str]:
        self.lines[row.place.pk] = row.line
        found = {
            name: getattr(row, name)
            for name in FIELDS
            if getattr(row, name) and getattr(row, name) != getattr(row.place, name)
        }
        if not found:
            return SAME, "", ""
        self.changes[row.place.pk] = found
        words = [f"{FIELDS[name]}：{getattr(row.place, name) or '空'} → {new}" for name, new in found.items()]
        return CHANGED, "；".join(words), ""

    def write(self) -> None:
        for key, found in self.changes.items():
            district = self.districts[key]
            fields = {name: [getattr(district, name), value] for name, value in found.items()}
            for name, value in found.items():
                setattr(district, name, value)
            district.save(update_fields=list(found))
            record(
                Ledger(pk="district"),
                "导入修改区",
                by=self.by,
                at=self.at,
                changes={},
                item=str(district),
                key=district.pk,
                fields=fields,
                sha256=self.sha256,
            )

    def made(self) -> dict[str, int]:
        return {"区": len(self.changes)}
