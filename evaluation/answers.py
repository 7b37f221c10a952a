"""What was entered for the items of a scheme, as frozen values and as the plain ones that are stored. Pure Python."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from evaluation.plainly import NotAScheme, flag, maybe, number, parts, plain, words


class NotAnAnswer(ValueError):
    """An entry that no item can be answered with; `item` is its code, the message Chinese and fit to stand beside it."""

    def __init__(self, item: str, message: str) -> None:
        super().__init__(message)
        self.item, self.message = item, message


class Product(NamedTuple):
    """One of several products: its value and weight; base and lead where its own standard sets them."""

    name: str
    value: Decimal
    weight: Decimal
    base: Decimal | None = None
    lead: Decimal | None = None


class Answer(NamedTuple):
    """What was entered for one item.

    value       of a measured item, in its gauge's unit; the points of a judged one
    met         of a basic requirement
    na          不适用
    gauge       which of several ways it was measured by; empty for the first
    size        by which the bracket is found
    base, lead  with `source`, where the scheme leaves them to a standard of the unit's own products
    words       what the person who entered it wrote beside it
    pages       evidence: (id of the document, page from 1)
    """

    value: Decimal | None = None
    met: bool | None = None
    na: bool = False
    gauge: str = ""
    size: Decimal | None = None
    products: tuple[Product, ...] = ()
    base: Decimal | None = None
    lead: Decimal | None = None
    source: str = ""
    words: str = ""
    pages: tuple[tuple[int, int], ...] = ()

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Answer:
        """From the plain values that `dump` gives. Raises NotAScheme for what cannot be read."""
        if not isinstance(stored, Mapping):
            raise NotAScheme("答案不能读取")
        get = stored.get
        return cls(
            value=maybe(get("value")),
            met=None if get("met") is None else flag(stored, "met"),
            na=flag(stored, "na"),
            gauge=words(stored, "gauge", ""),
            size=maybe(get("size")),
            products=tuple(map(_product, parts(stored, "products"))),
            base=maybe(get("base")),
            lead=maybe(get("lead")),
            source=words(stored, "source", ""),
            words=words(stored, "words", ""),
            pages=tuple(map(_page, parts(stored, "pages"))),
        )

    def dump(self) -> dict[str, Any]:
        """As plain values, numbers as text; what is empty is left out."""
        found: dict[str, Any] = {
            name: f"{plain(value):f}"
            for name in ("value", "size", "base", "lead")
            if (value := getattr(self, name)) is not None
        }
        found |= {name: value for name in ("gauge", "source", "words") if (value := getattr(self, name))}
        if self.met is not None:
            found["met"] = self.met
        if self.na:
            found["na"] = True
        if self.products:
            found["products"] = [_plain_product(product) for product in self.products]
        if self.pages:
            found["pages"] = [list(pair) for pair in self.pages]
        return found

    @property
    def is_empty(self) -> bool:
        """Does it say nothing that a score could rest on?"""
        return self.value is None and self.met is None and not self.na and not self.products


NOTHING = Answer()


def _product(stored: Any) -> Product:
    if not isinstance(stored, Mapping):
        raise NotAScheme("产品不能读取")
    name, value, weight = words(stored, "name"), number(stored.get("value")), number(stored.get("weight"))
    return Product(name, value, weight, maybe(stored.get("base")), maybe(stored.get("lead")))


def _page(pair: Any) -> tuple[int, int]:
    if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(type(one) is int for one in pair)):
        raise NotAScheme("证明材料的页码不能读取")
    return pair[0], pair[1]


def _plain_product(product: Product) -> dict[str, str]:
    numbers = {name: getattr(product, name) for name in ("value", "weight", "base", "lead")}
    return {"name": product.name} | {name: f"{plain(v):f}" for name, v in numbers.items() if v is not None}


def answers_from(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    """Stored answers (item code → plain values) as they are scored. Raises NotAScheme for what cannot be read."""
    if not isinstance(stored, Mapping):
        raise NotAScheme("答案不能读取")
    return {code: Answer.load(one) for code, one in stored.items()}


def plain_answers(answers: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """Answers as they are stored; those that say nothing are left out."""
    dumped = {code: answer.dump() for code, answer in answers.items()}
    return {code: one for code, one in dumped.items() if one}


def overlaid(answers: Mapping[str, Answer], revised: Mapping[str, Answer]) -> dict[str, Answer]:
    """The agency's answers with those that the bureau revised in their place."""
    return {**answers, **revised}
