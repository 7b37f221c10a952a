"""The register as an import sees it: read once, matched in memory, added to in bulk. Nothing on the books is edited.

A published list is evidence, not an act of Article 11: what it suggests about an existing entity (another name,
a district) is told to the person who imports, and goes through the acts that are there for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from greenmfg.rulebook import Category, Level
from registry.models import (
    Counter,
    District,
    FormerName,
    LegalEntity,
    Roster,
    RosterLine,
    Standing,
    Unit,
    User,
)
from registry.names import fold
from registry.resources.cells import CellError
from registry.resources.likeness import alike, core, split_former


@dataclass
class List:
    """An imported list, on the books or about to be, with its lines by folded name."""

    roster: Roster
    lines: dict[str, RosterLine] = field(default_factory=dict)
    last: int = 0  # the highest 序号

    def put(self, line: RosterLine) -> None:
        self.lines[fold(line.name)] = line
        self.last = max(self.last, line.n)


@dataclass(frozen=True)
class Entry:
    """What bringing in one line comes to: what it matched or must be looked at, what it adds, in Chinese phrases;
    `rename_of` is the name that it may be a new form of."""

    remarks: list[str] = field(default_factory=list)
    adds: list[str] = field(default_factory=list)
    rename_of: str = ""

    def __str__(self) -> str:
        return "；".join([*self.remarks, *(["新增" + "、".join(self.adds)] if self.adds else [])])


class Books:
    """Everything that a line can match, in a fixed number of queries however long the file is."""

    def __init__(self) -> None:
        self.lists: dict[tuple[str, str, str], list[List]] = defaultdict(list)
        self.entities: dict[int, LegalEntity] = {}
        # Names by how sure they are: borne now, borne before, published once for this entity.
        self.names: tuple[dict[str, list[LegalEntity]], ...] = (
            defaultdict(list),
            defaultdict(list),
            defaultdict(list),
        )
        self.known: tuple[list[str], list[str], list[LegalEntity]] = ([], [], [])  # folded, core, whose
        self.listed: dict[int, set[int]] = defaultdict(set)  # id(entity) → id(List) of the lists it is on
        self.units: dict[tuple[int, str], list[Unit]] = defaultdict(list)  # (id(entity), category)
        self.standings: dict[tuple[int, str], list[Standing]] = defaultdict(list)  # (id(unit), level)
        self.new: dict[type[models.Model], list[Any]] = defaultdict(list)
        self._read()

    def _read(self) -> None:
        for entity in LegalEntity.objects.in_use().order_by("pk"):
            self.entities[entity.pk] = entity
            self._name(0, entity.name, entity)
        for former in FormerName.objects.order_by("pk"):
            self._name(1, former.name, self.entities[former.entity_id])
        units = {}
        for unit in Unit.objects.in_use().order_by("pk"):
            units[unit.pk] = unit
            unit.entity = self.entities[unit.entity_id]
            self.units[id(unit.entity), unit.category].append(unit)
        for standing in Standing.objects.filter(unit__in=list(units)).order_by("pk"):
            self.standings[id(units[standing.unit_id]), standing.level].append(standing)
        lists = {}
        for roster in Roster.objects.filter(state="imported").order_by("pk"):
            lists[roster.pk] = self._list(roster)
        for line in RosterLine.objects.filter(roster__in=list(lists)).order_by("pk"):
            line.roster = lists[line.roster_id].roster
            lists[line.roster_id].put(line)
            if line.unit_id:
                line.unit = units[line.unit_id]
                self._published(line, lists[line.roster_id])

    def _name(self, sureness: int, name: str, entity: LegalEntity) -> None:
        folded = fold(name)
        if entity not in self.names[sureness][folded]:
            self.names[sureness][folded].append(entity)
        folded_names, cores, whose = self.known
        folded_names.append(folded)
        cores.append(core(folded))
        whose.append(entity)

    def _published(self, line: RosterLine, where: List) -> None:
        assert line.unit is not None
        entity = line.unit.entity
        self.listed[id(entity)].add(id(where))
        for name in filter(None, split_former(line.name)):
            if fold(name) != fold(entity.name):
                self._name(2, name, entity)

    def _list(self, roster: Roster) -> List:
        found = List(roster)
        self.lists[roster.category, roster.level, fold(roster.batch)].append(found)
        return found

    # --- what there is

    def list_of(self, head: Roster) -> List | None:
        """The imported list with this 类型, 级别, 批次 and 公布日期; one side may lack the date.

        Raises CellError when the row lacks it and there are several.
        """
        same = self.lists.get((head.category, head.level, fold(head.batch)), [])
        if exact := [one for one in same if one.roster.dated == head.dated]:
            return exact[0]
        if head.dated is None and len(same) > 1:
            days = "、".join(sorted(str(one.roster.dated) for one in same))
            raise CellError(
                "同一批次有多份名单，缺少公布日期无法区分", value="", suggestion=f"请填写公布日期：{days}"
            )
        undated = [one for one in same if one.roster.dated is None]
        return same[0] if same and head.dated is None else undated[0] if undated else None

    def entity_of(self, name: str) -> tuple[LegalEntity | None, str]:
        """(the entity that this published name stands for, how it was found). Raises CellError if several do."""
        now, former = split_former(name)
        ways = [(now, ("对应已有法人主体", "按曾用名对应到“{}”", "按公布过的名称对应到“{}”"))]
        if former:
            stated = "按注明的原名对应到“{}”，在册名称未改，请按第十一条办理名称变更"
            ways.append((former, (stated, stated, stated)))
        for text, words in ways:
            for names, how in zip(self.names, words, strict=True):
                found = names.get(fold(text), [])
                if len(found) > 1:
                    raise CellError(
                        f"名册中有 {len(found)} 个法人主体用过此名称",
                        value=name,
                        suggestion="请先核对这些法人主体，再登记本行",
                    )
                if found:
                    return found[0], how.format(found[0].name)
        return None, ""

    def unit_of(self, entity: LegalEntity | None, category: str) -> Unit | None:
        """The entity's unit of this category; of several sites the main one. Raises CellError if there is none such."""
        found = self.units.get((id(entity), category), [])
        main = [unit for unit in found if not unit.site] or found
        if len(main) > 1:
            raise CellError(
                "该法人主体有多个厂区，无法确定是哪一个",
                value=entity.name if entity else "",
                suggestion="请核对厂区后登记本行",
            )
        return main[0] if main else None

    def problems(self, line: RosterLine, *, in_beijing: bool, place: District | None) -> dict[str, CellError]:
        """What stands against bringing in this line, whose cells are sound, by the field it is shown at."""
        try:
            self.list_of(line.roster)
        except CellError as error:
            return {"roster__dated": error}
        if not in_beijing:
            return {}
        try:
            unit = self.unit_of(self.entity_of(line.name)[0], line.category)
        except CellError as error:
            return {"name": error}
        if unit and unit.pk is None and place and unit.district and unit.district != place:
            return {
                "said__place": CellError(
                    f"同一单位在本文件另一行填写的是“{unit.district}”",
                    value=place.short,
                    suggestion="请核对后统一",
                )
            }
        return {}

    # --- bringing in

    def enter(self, line: RosterLine, *, in_beijing: bool, place: District | None) -> Entry:
        """Add a checked line, and what it needs, to what `save` will write."""
        where = self.list_of(line.roster) or self._list(line.roster)
        if where.roster is line.roster:
            self.new[Roster].append(line.roster)
        line.roster = where.roster
        line.n = line.n or where.last + 1
        where.put(line)
        if not in_beijing:
            return Entry(["外地单位，只登记名单"])
        entity, how = self.entity_of(line.name)
        remarks, adds, rename_of = [how] if entity else [], [], ""
        if entity is None:
            entity, rename_of = self._new_entity(line, where)
            adds.append("法人主体")
            if rename_of:
                remarks.append(f"与{rename_of}相近，疑为更名，未合并，请核对")
        line.unit = self._unit(line, entity, place, remarks, adds)
        line.standing = self._standing(line, remarks, adds)
        self._published(line, where)
        return Entry(remarks, adds, rename_of)

    def _new_entity(self, line: RosterLine, where: List) -> tuple[LegalEntity, str]:
        now, former = split_former(line.name)
        near = next(
            (
                f"“{self.known[2][place].name}”（{percent}%）"
                for place, percent in alike(fold(now), self.known[0], self.known[1])
                if id(where) not in self.listed[id(self.known[2][place])]  # one list names nobody twice
            ),
            "",
        )
        entity = LegalEntity()
        entity.call(now, former=(former,) if former else ())
        self.new[LegalEntity].append(entity)
        self._name(0, now, entity)
        if former:
            self.new[FormerName].append(FormerName(entity=entity, name=former, folded=fold(former)))
            self._name(1, former, entity)
        return entity, near

    def _unit(
        self,
        line: RosterLine,
        entity: LegalEntity,
        district: District | None,
        remarks: list[str],
        adds: list[str],
    ) -> Unit:
        unit = self.unit_of(entity, line.category)
        if unit is None:
            unit = Unit(entity=entity, category=line.category, industry=line.industry, district=district)
            self.units[id(entity), line.category].append(unit)
            self.new[Unit].append(unit)
            adds.append("单位" if district else "单位（区待定）")
        elif unit.pk is None:  # made by an earlier row of this file, which may have known less
            unit.district = unit.district or district
            unit.industry = unit.industry or line.industry
        elif district and unit.district_id != district.pk:
            remarks.append(f"单位已在册，所在区“{district.short}”未写入，请在单位页面办理")
        return unit

    def _standing(self, line: RosterLine, remarks: list[str], adds: list[str]) -> Standing:
        level, since = line.roster.level, line.roster.dated
        label = Level(level).label
        held = self.standings[id(line.unit), level]
        for one in held:
            if one.until is None:
                remarks.append(f"沿用{label}资格" + (f"（{one.batch}）" if one.batch else ""))
                return one
            if since is None or one.until > since:
                remarks.append(f"{label}资格已于 {one.until} 终止，不重新生效")
                return one
        standing = Standing(
            unit=line.unit, level=level, batch=line.roster.batch, name_as_published=line.name, since=since
        )
        held.append(standing)
        self.new[Standing].append(standing)
        adds.append(f"{label}资格")
        return standing

    def save(self, *, by: User | None, at: datetime) -> None:
        """Write what was entered, parents first; the lines themselves are the resource's to write."""
        imported = Roster.acts()["bring_in"].target
        for roster in self.new[Roster]:
            for name, value in {
                "kind": Roster.KIND,
                "no": Counter.next_no(Roster.PREFIX, year=localdate(at).year),
                "state": imported,
                "version": 1,
                "opened_by": by,
                "opened_at": at,
                "closed_at": at,
                "title": f"{Level(roster.level).label}{Category(roster.category).label}名单（{roster.batch}）",
            }.items():
                setattr(roster, name, value)
            roster.save(force_insert=(models.Model,))
        for model in (LegalEntity, FormerName, Unit, Standing):
            model._default_manager.bulk_create(self.new[model])

    def made(self) -> dict[str, int]:
        """How many rows of each table `save` writes, by the word a user knows."""
        words = {
            Roster: "名单",
            LegalEntity: "法人主体",
            FormerName: "曾用名",
            Unit: "单位",
            Standing: "资格",
        }
        return {word: len(self.new[model]) for model, word in words.items()}


def differences(line: RosterLine, there: RosterLine) -> list[str]:
    """In what a row differs from the line of the same name that is on the books; the first stays as it is."""
    pairs: Iterable[tuple[str, Any, Any]] = (
        ("名称写法", line.name, there.name),
        ("序号", line.n, there.n),
        ("地区", line.region, there.region),
        ("行业", line.industry, there.industry),
        ("第三方评价机构", line.evaluator, there.evaluator),
        ("公布日期", line.roster.dated, there.roster.dated),
    )
    return [f"{what}与已登记的“{old}”不同，未改" for what, new, old in pairs if new and new != old]
