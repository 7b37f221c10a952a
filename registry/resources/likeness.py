"""When two names of published lists may be one legal entity that was renamed. Pure; only ever a hint for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

# Of the cores of two names, in percent: see docs/decisions/0006-published-lists.md.
ALIKE = 80.0
_FORMER = re.compile(r"(?P<now>.+?)[（(〔\[](?:原名?|曾用名)[:：]?(?P<former>.{4,})[）)〕\]]\s*")
_FORM = re.compile(r"(?:\(?集团\)?)?(?:股份有限公司|有限责任公司|股份公司|有限公司|集团公司|公司|集团)$")
_ZONE = re.compile(
    r"(?:国家)?(?:经济技术|高新技术产业|经济|工业|产业|循环化工|新型)*(?:开发区|园区|示范区|园)$"
)
_PLACE = re.compile(r"^(?:北京市?|中国)|\((?:北京市?|中国)\)")
_BRANCH = re.compile(r"(?P<parent>.+?公司)(?P<branch>.+)")
_NUMERAL = re.compile(r"[0-9]+|[一二三四五六七八九十百]+|[甲乙丙丁](?=[厂区部])")


def split_former(name: str) -> tuple[str, str]:
    """(name, former name) of a name as published: `甲公司（原乙公司）` names both; else the second is empty."""
    found = _FORMER.fullmatch(name.strip())
    return (found["now"].strip(), found["former"].strip()) if found else (name, "")


def core(folded: str) -> str:
    """What tells one folded name from another: without 北京, 中国 and the form of the company or park.

    The whole name where no two characters would be left.
    """
    if branch := _BRANCH.fullmatch(folded):
        return core(branch["parent"]) + branch["branch"]
    bare = _ZONE.sub("", _FORM.sub("", _PLACE.sub("", folded)))
    return bare if len(bare) >= 2 else folded


def are_plainly_two(one: str, other: str) -> bool:
    """Are these folded names, however alike, those of two entities? A branch and its parent, two branches of one
    parent, a branch and another company, or names that differ in a number (一分厂, 二分厂)."""
    branches = [_BRANCH.fullmatch(name) for name in (one, other)]
    if any(branches):
        if not all(branches):
            return True
        first, second = (core(found["parent"]) for found in branches if found)
        if first == second:
            return True
    return _NUMERAL.findall(one) != _NUMERAL.findall(other)


def alike(name: str, others: Sequence[str], cores: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(place, likeness in percent) of the folded names that may be an older or newer form of `name`, best first.

    `cores` are the cores of `others`, computed once by the caller. The same name is no other form of itself.
    """
    hits = process.extract(core(name), cores, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None)
    for _, score, place in hits:
        if others[place] != name and not are_plainly_two(name, others[place]):
            yield place, round(score)
