"""合并法人主体 and 恢复分立: every row that points to one record is pointed to the other, listed, and back by the list.

Nothing is deleted: the record merged away stays as an empty shell with a pointer. What is history (events, other
merges) keeps saying what it said. The plan is computed the same way for the page that asks and for the deed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.timezone import localdate

from greenmfg.rulebook import Category, Finding, Level
from registry import names
from registry.acts import AgainstRule, NotNow
from registry.casework import record
from registry.models import Case, Chained, Event, FormerName, LegalEntity, Merge, Standing, Unit, User
from registry.models.units import MERGED

HISTORY = (Event, Merge)  # rows that go on saying what they said


@dataclass(frozen=True)
class Move:
    """One value of one row, before and after, as plain text."""

    row: models.Model
    field: str
    old: str | None
    new: str | None


@dataclass
class Plan:
    """What merging would do: values to change in this order, a name to add, what forbids it, what to know."""

    kept: LegalEntity
    gone: LegalEntity
    moves: list[Move] = field(default_factory=list)
    name: str = ""  # of `gone`, which `kept` then bears as a former one
    blocks: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def change(self, row: models.Model, name: str, value: Any) -> None:
        """Add one change. `value` is the field's new value, for a link the key."""
        self.moves.append(Move(row, name, _text(row, name), None if value is None else str(value)))

    def counts(self) -> dict[str, int]:
        """How many rows of each table go over, by the word that a user knows."""
        found: dict[str, set[Any]] = {}
        for move in self.moves:
            if isinstance(_field(move.row, move.field), models.ForeignKey) and move.row.pk != self.gone.pk:
                row = move.row
                kind = Case.kinds[row.kind].LABEL if isinstance(row, Case) else row._meta.verbose_name
                words = "名单行" if row._meta.model_name == "rosterline" else str(kind)
                found.setdefault(words, set()).add(row.pk)
        return {words: len(keys) for words, keys in found.items()}


def _field(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name)


def _text(row: models.Model, name: str) -> str | None:
    """A value as it stands in the list: the text that the field itself would write."""
    one = _field(row, name)
    return None if one.value_from_object(row) is None else one.value_to_string(row)


def _value(model: type[models.Model], name: str, text: str | None) -> Any:
    """The value that such a text stands for, for a link the row that it leads to."""
    one: Any = model._meta.get_field(name)
    if text is None or not isinstance(one, models.ForeignKey):
        return None if text is None else one.to_python(text)
    return one.related_model._default_manager.get(pk=text)  # type: ignore[union-attr]


def _links_to(model: type[models.Model]) -> Iterator[models.ForeignKey[Any, Any]]:
    """Every foreign key to this table, of whatever room, except those of history."""
    for one in model._meta.get_fields(include_hidden=True):
        if one.auto_created and not one.concrete and one.related_model not in HISTORY:
            yield one.field  # type: ignore[union-attr]


def _rows(link: models.ForeignKey[Any, Any], target: models.Model) -> models.QuerySet[Any]:
    return link.model._default_manager.filter(**{link.name: target}).order_by("pk")


def _rival(row: models.Model, link: models.ForeignKey[Any, Any], target: models.Model) -> Any:
    """The row that already stands where this one would come to stand, by the table's own rules; None if it is free."""
    manager = type(row)._default_manager
    if link.unique:
        return manager.filter(**{link.name: target}).first()
    for rule in row._meta.constraints:
        if not isinstance(rule, models.UniqueConstraint) or link.name not in rule.fields:
            continue
        others = {name: _field(row, name).value_from_object(row) for name in rule.fields if name != link.name}
        if None in others.values():
            continue
        condition = rule.condition or models.Q()
        if manager.filter(condition, pk=row.pk).exists():
            rival = manager.filter(condition, **{link.name: target}, **others).first()
            if rival is not None:
                return rival
    return None


def plan_of(kept: LegalEntity, gone: LegalEntity, *, on: date) -> Plan:
    """What merging `gone` into `kept` on that day would do. Reads only."""
    plan = Plan(kept, gone)
    if kept.pk == gone.pk:
        plan.blocks.append("请选择两个不同的法人主体")
        return plan
    for one in (kept, gone):
        if one.merged_into_id:
            plan.blocks.append(f"“{one}”已并入其他法人主体")
    if kept.credit_code and gone.credit_code:  # the table has each code once, so they differ
        plan.blocks.append(
            f"两者的统一社会信用代码不同（{kept.credit_code}、{gone.credit_code}），不是同一法人主体"
        )
    twins = {(unit.category, unit.site): unit for unit in Unit.objects.filter(entity=kept)}
    for unit in Unit.objects.filter(entity=gone).select_related("entity", "district").order_by("pk"):
        twin = twins.get((unit.category, unit.site))
        if twin is None:
            plan.change(unit, "entity", kept.pk)
        else:
            _join(plan, unit, twin, on=on)
    for link in _links_to(LegalEntity):
        if link.model is not Unit:
            for row in _rows(link, gone):
                plan.change(row, link.name, kept.pk)
    if gone.credit_code:
        code, evidence = gone.credit_code, gone.code_evidence
        plan.change(gone, "credit_code", None)
        plan.change(kept, "credit_code", code)
        plan.change(kept, "code_evidence", evidence)
    if names.fold(gone.name) != names.fold(kept.name):
        plan.name = gone.name
    plan.change(gone, "merged_into", kept.pk)
    return plan


def _join(plan: Plan, unit: Unit, twin: Unit, *, on: date) -> None:
    """Two units of one category and site are one: all of `unit` goes to `twin`."""
    label = Category(unit.category).label
    if twin.district_id and unit.district_id and twin.district_id != unit.district_id:
        plan.remarks.append(f"{label}所在区不同，保留{twin.district}，不取{unit.district}")
    for link in _links_to(Unit):
        for row in _rows(link, unit):
            rival = _rival(row, link, twin)
            if rival is None:
                plan.change(row, link.name, twin.pk)
            elif isinstance(row, Standing):
                later = max(row, rival, key=lambda one: (one.since or date.max, one.pk))
                plan.remarks.append(
                    f"{label}的{Level(later.level).label}资格重复，{later.batch or '后一条'}以“{MERGED}”终止，恢复分立时一并恢复"
                )
                plan.change(later, "until", max(on, later.since or on))
                plan.change(later, "ended_cause", MERGED)
                plan.change(row, link.name, twin.pk)
            elif isinstance(row, Case):
                kind = Case.kinds[row.kind].LABEL
                plan.blocks.append(f"两者各有一件未办结的{kind}（{rival.no}、{row.no}），请先办结其中一件")
            else:
                plan.remarks.append(f"{row}：保留主体已有同类记录，留在原记录中")
    for name in ("district", "industry", "address", "contact", "phone"):
        value = _field(unit, name).value_from_object(unit)
        if value and not _field(twin, name).value_from_object(twin):
            plan.change(twin, name, value)


def merge(kept: int, gone: int, *, by: User, at: datetime, reason: str) -> Merge:
    """Merge the record `gone` into `kept`, all or nothing, with an event in both streams.

    Raises AgainstRule with what stands against it, or for want of a reason; NotNow when somebody was faster.
    """
    try:
        with transaction.atomic():
            mine, theirs = _locked(kept, gone)
            plan = plan_of(mine, theirs, on=localdate(at))
            if plan.blocks:
                raise AgainstRule(
                    "；".join(plan.blocks), findings=[Finding(3, words) for words in plan.blocks]
                )
            if not reason.strip():
                words = Finding(3, "合并须写明理由", binding=False)
                raise AgainstRule(words.message, findings=[words], needs_reason=True)
            deed = Merge(kept=mine, gone=theirs, reason=reason.strip(), by=by, at=at)
            deed.moves = [
                [move.row._meta.label, move.row.pk, move.field, move.old, move.new] for move in plan.moves
            ]
            deed.save()
            _carry(deed.moves, by=by, at=at, what="合并法人主体", deed=deed)
            if plan.name:
                row = FormerName.objects.create(
                    entity=mine, name=plan.name, folded=names.fold(plan.name), until=localdate(at)
                )
                deed.made = [[row._meta.label, row.pk]]
                deed.save(update_fields=["made"])
            _tell(deed, "并入法人主体", "并入其他法人主体", by=by, at=at, reason=deed.reason)
            return deed
    except IntegrityError as error:
        raise NotNow("两个法人主体刚有变化，请核对后重新办理") from error


def changed_since(deed: Merge) -> list[str]:
    """What has another value now than the merge gave it: each forbids taking the merge back."""
    found = []
    for label, pk, name, _old, new in deed.moves:
        row = apps.get_model(label)._default_manager.filter(pk=pk).first()
        if row is None or _text(row, name) != new:
            what = f"{row}的{_field(row, name).verbose_name}" if row else "一条记录"
            found.append(f"{what}在合并之后又有变动")
    for label, pk in deed.made:
        if not apps.get_model(label)._default_manager.filter(pk=pk).exists():
            found.append("合并时登记的曾用名已不在")
    return list(dict.fromkeys(found))


def restore(deed: Merge, *, by: User, at: datetime, reason: str) -> Merge:
    """恢复分立: the list backward. Raises NotNow when it was taken back before or something has changed since,
    AgainstRule for want of a reason."""
    try:
        with transaction.atomic():
            _locked(deed.kept_id, deed.gone_id)
            fresh = Merge.objects.select_for_update().get(pk=deed.pk)
            if not fresh.stands:
                raise NotNow("该次合并已恢复分立")
            if problems := changed_since(fresh):
                raise NotNow("；".join(problems))
            if not reason.strip():
                words = Finding(3, "恢复分立须写明理由", binding=False)
                raise AgainstRule(words.message, findings=[words], needs_reason=True)
            for label, pk in fresh.made:
                apps.get_model(label)._default_manager.filter(pk=pk).delete()
            backward = [[label, pk, name, new, old] for label, pk, name, old, new in reversed(fresh.moves)]
            _carry(backward, by=by, at=at, what="恢复分立", deed=fresh)
            fresh.restored_by, fresh.restored_at = by, at
            fresh.save(update_fields=["restored_by", "restored_at"])
            _tell(fresh, "恢复分立", "恢复分立", by=by, at=at, reason=reason.strip())
            return fresh
    except IntegrityError as error:
        raise NotNow("合并之后的办理与原记录冲突，不能恢复分立") from error


def _locked(kept: int, gone: int) -> tuple[LegalEntity, LegalEntity]:
    """Both entities, under lock: the cases of their units first, then they, then the units; each by key."""
    cases = Case.objects.filter(unit__entity__in=[kept, gone]).order_by("pk")
    list(cases.select_for_update(of=("self",), no_key=True).values_list("pk"))
    both = LegalEntity.objects.filter(pk__in=[kept, gone]).order_by("pk").select_for_update(no_key=True)
    found = {entity.pk: entity for entity in both}
    if len({kept, gone}) != len(found):
        raise NotNow("法人主体不存在，请刷新后重新选择")
    list(Unit.objects.filter(entity__in=[kept, gone]).order_by("pk").select_for_update(no_key=True))
    return found[kept], found[gone]


def _carry(moves: list[list[Any]], *, by: User, at: datetime, what: str, deed: Merge) -> None:
    """Write the values in their order; whatever has a stream of its own gets an entry there."""
    for (label, pk), some in groupby(moves, key=lambda move: (move[0], move[1])):
        model: Any = apps.get_model(label)
        changes = {name: _value(model, name, new) for _label, _pk, name, _old, new in some}
        rows = model._default_manager.filter(pk=pk)
        if issubclass(model, Chained):
            record(rows.get(), what, by=by, at=at, changes=changes, merge=deed.pk)
        else:
            rows.update(**changes)


def _tell(deed: Merge, to_kept: str, to_gone: str, *, by: User, at: datetime, reason: str) -> None:
    """The entry in both streams, and the words by which the kept one is found."""
    for entity, other, what in ((deed.kept, deed.gone, to_kept), (deed.gone, deed.kept, to_gone)):
        fresh = LegalEntity.objects.get(pk=entity.pk)
        search = names.search_text(fresh.name, *fresh.names_before(), code=fresh.credit_code)
        record(
            fresh, what, by=by, at=at, changes={"search": search}, reason=reason,
            merge=deed.pk, other=str(other), rows=len(deed.moves),
        )  # fmt: skip
