"""The register as a table of units sees it: read once, matched in memory by code or name, added to at the end.

The name and the district of a unit that is on the books are never changed by a table: that is Article 11's way, through
the district. Nor is what a table does not know erased. Who imports is told of what differs, as far as it is theirs to see.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from greenmfg.rulebook import Category
from registry import names
from registry.casework import record
from registry.models import District, FormerName, LegalEntity, Unit, User
from registry.names import fold
from registry.resources.cells import Cell, CellError, Choice, Code, EntityName
from registry.resources.importing import Column, Importer, Place
from registry.resources.likeness import alike, core
from registry.resources.sheets import NAME, Unreadable
from registry.roles import DISTRICT, OFFICER

ARTICLE_11 = "单位更名请按第十一条办理名称变更；如系填写有误，请改为在册名称"
MOVED = "企业迁址请按第十一条办理；如系填写有误，请改为在册的区"

CODE = Column(
    heading="统一社会信用代码",
    attribute="code",
    also=("信用代码", "社会信用代码"),
    cell=Code(),
    example="91110114MA0000000T",
    width=24,
    tip="18 位；没有的留空，按名称核对",
)
NAMED = Column(
    heading=NAME,
    attribute="name",
    also=("名称", "企业名称"),
    needed=True,
    cell=EntityName(most=120, required=True, fewest=4),
    example="北京示例机电有限公司",
    width=36,
    tip="填写全称，与营业执照一致",
)
KIND = Column(
    heading="类型",
    attribute="category",
    also=("单位类型", "类别"),
    needed=True,
    cell=Choice({one.label: one.value for one in Category}),
    example=Category.GREEN_FACTORY.label,
    width=20,
)
SITE = Column(
    heading="厂区",
    attribute="site",
    cell=Cell(most=80),
    width=16,
    tip="同一法人有多个厂区的，填写厂区名称以区分；只有一个的留空",
)
DISTRICT_OF = Column(
    heading="区", attribute="place", also=("所在区",), cell=Place(), example="昌平区", width=18
)


UNIT = (CODE, NAMED, KIND, SITE, DISTRICT_OF)  # the columns that say which unit a row means


class OfUnits(Importer):
    """An import whose rows are about units."""

    ROLES = (DISTRICT, OFFICER)
    MOST = 3000

    def prepare(self) -> None:
        self.known = Known(self.by)
        self.cell("place").know(District.objects.all())
        self.cell("code").known = self.known.codes


class Wrong(Exception):
    """A cell that does not agree with the books: at which attribute, and what."""

    def __init__(self, attribute: str, error: CellError) -> None:
        super().__init__(error.message)
        self.attribute, self.error = attribute, error


@dataclass
class Plan:
    """What a table does to one unit: the unit, new or on the books; what changes; what is told besides."""

    unit: Unit
    is_new: bool
    changes: dict[str, Any] = field(default_factory=dict)
    rename_of: str = ""


class Known:
    """Everything that a row can match, in a fixed number of queries however long the file is."""

    def __init__(self, by: User | None) -> None:
        self.own = by.district if by is not None and by.plays(DISTRICT) else None
        self.by_code: dict[str, LegalEntity] = {}
        self.by_name: dict[str, list[LegalEntity]] = defaultdict(list)
        self.borne_before: dict[str, list[LegalEntity]] = defaultdict(list)
        self.units: dict[tuple[int, str, str], Unit] = {}
        self.seen: set[int] = set()  # id() of the entities whose facts this person may be told
        self.alike: tuple[list[str], list[str]] = ([], [])
        self.plans: dict[int, Plan] = {}  # id(unit) →
        self.coded: dict[int, tuple[LegalEntity, str]] = {}  # entities that get their code
        self.new: list[LegalEntity] = []
        entities = {entity.pk: entity for entity in LegalEntity.objects.order_by("pk")}
        for entity in entities.values():
            self._enter(entity)
        for former in FormerName.objects.order_by("pk"):
            self.borne_before[former.folded].append(entities[former.entity_id])
        for unit in Unit.objects.select_related("district").order_by("pk"):
            unit.entity = entities[unit.entity_id]
            self.units[self.key(unit.entity, unit.category, unit.site)] = unit
            if self.own is None or unit.district_id == self.own.pk:
                self.seen.add(id(unit.entity))

    def _enter(self, entity: LegalEntity) -> None:
        if entity.credit_code:
            self.by_code[entity.credit_code] = entity
        self.by_name[entity.folded].append(entity)
        folded, cores = self.alike
        folded.append(entity.folded)
        cores.append(core(entity.folded))

    @property
    def codes(self) -> frozenset[str]:
        """The codes on the books, for the cell that judges codes."""
        return frozenset(self.by_code)

    @staticmethod
    def key(entity: LegalEntity, category: str, site: str) -> tuple[int, str, str]:
        return id(entity), category, fold(site)

    # --- matching

    def unit_of(self, row: Any) -> tuple[LegalEntity | None, Unit | None]:
        """The entity and the unit that a row means, None for what is not on the books. Raises Wrong."""
        if self.own and row.place and row.place != self.own:
            raise Wrong(
                "place",
                CellError(
                    "不是本区", value=row.place.short, suggestion=f"只能导入本区（{self.own.short}）的单位"
                ),
            )
        entity = self._entity(row)
        unit = self.units.get(self.key(entity, row.category, row.site)) if entity else None
        if unit:
            self._check_place(row, unit)
        return entity, unit

    def _entity(self, row: Any) -> LegalEntity | None:
        named = self.by_name.get(fold(row.name), [])
        if row.code and (coded := self.by_code.get(row.code)):
            if coded not in named:
                theirs = f"“{coded.name}”" if id(coded) in self.seen else ""
                wrong = CellError(f"与该代码的在册名称{theirs}不一致", value=row.name, suggestion=ARTICLE_11)
                raise Wrong("name", wrong)
            return coded
        if len(named) > 1:
            wrong = CellError(
                f"名册中有 {len(named)} 个法人主体用此名称",
                value=row.name,
                suggestion="请填写统一社会信用代码",
            )
            raise Wrong("name", wrong)
        if named and row.code and (code := self._code(named[0])) and code != row.code:
            entity = named[0]
            theirs = f"（{code}）" if id(entity) in self.seen else ""
            wrong = CellError(
                f"与该单位在册的代码{theirs}不一致",
                value=row.code,
                suggestion="请核对营业执照；在册代码有误的，请系统管理员更正",
            )
            raise Wrong("code", wrong)
        if not named and (before := self.borne_before.get(fold(row.name))):
            now = f"“{before[0].name}”" if id(before[0]) in self.seen else "现名"
            wrong = CellError("是曾用名", value=row.name, suggestion=f"请填写{now}")
            raise Wrong("name", wrong)
        return named[0] if named else None

    def _code(self, entity: LegalEntity) -> str:
        """The entity's code, on the books or from an earlier row."""
        return self.coded[id(entity)][1] if id(entity) in self.coded else entity.credit_code or ""

    def _check_place(self, row: Any, unit: Unit) -> None:
        if self.own and unit.district_id is None:
            wrong = CellError(
                "该单位尚未确定所在区", value=row.name, suggestion="请联系市局确定所在区后再导入"
            )
            raise Wrong("name", wrong)
        if self.own and unit.district_id != self.own.pk:
            raise Wrong("name", CellError("该单位不在本区", value=row.name, suggestion=MOVED))
        if row.place and unit.district_id and unit.district_id != row.place.pk:
            assert unit.district is not None
            wrong = CellError(f"该单位在册于{unit.district.short}", value=row.place.short, suggestion=MOVED)
            raise Wrong("place", wrong)

    # --- planning

    def plan(self, row: Any, *, filled: tuple[str, ...], renewed: tuple[str, ...] = ()) -> Plan:
        """Plan what a checked row does to its unit: `filled` fields only where they are empty, `renewed` also anew."""
        entity, unit = self.unit_of(row)
        rename_of = ""
        if entity is None:
            rename_of = self._alike(row.name)
            entity = LegalEntity(credit_code=row.code or None)
            entity.call(row.name)
            self._enter(entity)
            self.seen.add(id(entity))
            self.new.append(entity)
        elif row.code and not self._code(entity) and id(entity) in self.seen:
            self.by_code[row.code] = entity
            self.coded[id(entity)] = (entity, row.code)
        if unit is None:
            unit = Unit(entity=entity, category=row.category, site=row.site, district=row.place or self.own)
            self.units[self.key(entity, row.category, row.site)] = unit
        plan = self.plans.setdefault(id(unit), Plan(unit, unit.pk is None, rename_of=rename_of))
        wanted = {name: getattr(row, name) for name in (*filled, *renewed) if getattr(row, name)}
        if row.place and not unit.district_id:
            wanted["district"] = row.place
        for name, value in wanted.items():
            now = plan.changes.get(name, getattr(unit, name))
            if now != value and (not now or name in renewed):
                if plan.is_new:
                    setattr(unit, name, value)
                else:
                    plan.changes[name] = value
        return plan

    def kept(self, row: Any, unit: Unit, fields: dict[str, str]) -> list[str]:
        """What a row says otherwise than the books, which stay: field → its word."""
        return [
            f"{word}与在册“{getattr(unit, name)}”不同，未改"
            for name, word in fields.items()
            if getattr(row, name) and getattr(unit, name) and getattr(row, name) != getattr(unit, name)
        ]

    def _alike(self, name: str) -> str:
        for place, percent in alike(fold(name), *self.alike):
            near = self.by_name[self.alike[0][place]]
            if near and id(near[0]) in self.seen:
                return f"“{near[0].name}”（{percent}%）"
        return ""

    # --- writing

    def write(self, *, by: User | None, at: Any, **source: Any) -> None:
        """Write what was planned, with an entry in the stream of each unit and of each entity that got its code.

        Raises Unreadable when a unit was edited by somebody since the books were read.
        """
        plans = [plan for plan in self.plans.values() if plan.is_new or plan.changes]
        self._still(plans)
        new = [plan.unit for plan in plans if plan.is_new]
        LegalEntity.objects.bulk_create(self.new)
        for unit in new:
            unit.entity = unit.entity  # which has its id now
        Unit.objects.bulk_create(new)
        for plan in plans:
            what = "导入登记单位" if plan.is_new else "导入更新单位信息"
            record(plan.unit, what, by=by, at=at, changes=plan.changes, **source)
        for entity, code in self.coded.values():
            former = FormerName.objects.filter(entity=entity).values_list("name", flat=True)
            search = names.search_text(entity.name, *former, code=code)
            changes = {"credit_code": code, "search": search}
            record(entity, "导入补登统一社会信用代码", by=by, at=at, changes=changes, **source)

    def _still(self, plans: list[Plan]) -> None:
        """Lock the units that will change; they must be as they were read."""
        there = {plan.unit.pk: plan for plan in plans if not plan.is_new}
        for fresh in Unit.objects.select_for_update(no_key=True).filter(pk__in=there).order_by("pk"):
            plan = there[fresh.pk]
            if any(
                fresh._meta.get_field(name).value_from_object(fresh)
                != fresh._meta.get_field(name).value_from_object(plan.unit)
                for name in plan.changes
            ):
                raise Unreadable(f"“{plan.unit.name}”的登记信息刚被他人修改，请重新导入")

    def made(self) -> dict[str, int]:
        """How many rows of each table `write` makes."""
        units = sum(plan.is_new for plan in self.plans.values())
        return {"法人主体": len(self.new), "单位": units}
