"""Which legal entity on the books a registration may be: by its code, by its names, or by names that are near."""

from __future__ import annotations

from dataclasses import dataclass, field

from registry import names
from registry.models import FormerName, LegalEntity, RosterLine, Unit, User
from registry.resources.likeness import alike, core, split_former

MOST = 8  # near names that are offered; the sure ones all are


@dataclass
class Claimable:
    """An entity that could be claimed: why it is offered, who acts for it, its units."""

    entity: LegalEntity
    why: list[str] = field(default_factory=list)
    people: int = 0
    units: list[Unit] = field(default_factory=list)


def claimable(code: str, name: str, *, also: str = "") -> list[Claimable]:
    """The entities that a registration with this code and name may be, the surest first.

    By code whatever it is called; by name only those without a code. `also` is what somebody typed to look further.
    """
    found: dict[int, Claimable] = {}

    def offer(entity: LegalEntity, why: str) -> None:
        found.setdefault(entity.pk, Claimable(entity)).why.append(why)

    for entity in LegalEntity.objects.in_use().filter(credit_code=code):
        offer(entity, "统一社会信用代码相同")
    without = {
        one.pk: one for one in LegalEntity.objects.in_use().filter(credit_code__isnull=True).order_by("pk")
    }
    borne = _names(without)
    folded = names.fold(name)
    for pk, text, kind in borne:
        if text == folded:
            offer(without[pk], f"{kind}相同")
    near = 0
    for place, percent in alike(folded, [text for _, text, _ in borne], [core(text) for _, text, _ in borne]):
        pk, _text, kind = borne[place]
        if pk not in found and near < MOST:
            near += 1
            offer(without[pk], f"{kind}相近（{percent}%）")
    if also.strip():
        for entity in LegalEntity.objects.in_use().filter(search__contains=names.fold(also))[:MOST]:
            if entity.pk not in found:
                offer(entity, "按名称查找")
    return _with_units(found)


def _names(entities: dict[int, LegalEntity]) -> list[tuple[int, str, str]]:
    """(entity, folded name, what kind of name): borne now, borne before, published."""
    keys = list(entities)
    rows = [(pk, entity.folded, "现用名称") for pk, entity in entities.items()]
    rows += [
        (pk, folded, "曾用名")
        for pk, folded in FormerName.objects.filter(entity__in=keys).values_list("entity", "folded")
    ]
    published = (
        RosterLine.objects.filter(unit__entity__in=keys).values_list("unit__entity", "name").distinct()
    )
    for pk, text in published:
        rows += [(pk, names.fold(part), "公布时名称") for part in split_former(text) if part]
    return list(dict.fromkeys(rows))


def _with_units(found: dict[int, Claimable]) -> list[Claimable]:
    units = (
        Unit.objects.filter(entity__in=list(found))
        .select_related("entity", "district")
        .order_by("category", "pk")
    )
    for unit in units.prefetch_related("standings"):
        found[unit.entity_id].units.append(unit)
    for pk in User.objects.filter(entity__in=list(found), is_active=True).values_list("entity", flat=True):
        found[pk].people += 1
    return list(found.values())
