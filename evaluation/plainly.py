"""Plain values, as they come out of a stored document or a form, read one by one into what they must be. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from greenmfg.rulebook.terms import Labelled

_DIGITS = 12  # before the point; more is a slip of the hand
_PLACES = 6


class NotAScheme(ValueError):
    """The document cannot be read as a scheme; the message is Chinese."""


def number(text: Any, *, name: str = "数值") -> Decimal:
    """A finite decimal number from its text. Raises NotAScheme for anything else, and for more than 12 digits before or 6 after the point."""
    if isinstance(text, bool) or not isinstance(text, str | int | float | Decimal) or "_" in str(text):
        raise NotAScheme(f"{name}应为数字")
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        raise NotAScheme(f"{name}应为数字") from None
    if not value.is_finite():
        raise NotAScheme(f"{name}应为数字")
    # By its digits: arithmetic on 1E+9999999 would overflow before it could be compared.
    if value and not (-_PLACES <= value.adjusted() < _DIGITS and value == round(value, _PLACES)):
        raise NotAScheme(f"{name}最多 {_DIGITS} 位整数、{_PLACES} 位小数")
    return plain(value)


def plain(value: Decimal) -> Decimal:
    """The same number without an exponent, a trailing zero or a minus zero: 20 for 2E+1, 62.5 for 62.50."""
    if not value:
        return Decimal(0)
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def maybe(text: Any, *, name: str = "数值") -> Decimal | None:
    """The same where nothing, or an empty text, stands for no number."""
    return None if text is None or text == "" else number(text, name=name)


T = TypeVar("T", bound=Labelled)

_NEEDED: Any = object()
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what no database keeps: NUL, half a character


def words(one: Mapping[str, Any], name: str, default: str = _NEEDED) -> str:
    """The text under `name`. Raises NotAScheme for what is no text, or is not there and has no default."""
    value = one.get(name, default)
    if value is _NEEDED:
        raise NotAScheme(f"缺少 {name}")
    if not isinstance(value, str) or _UNSTORABLE.search(value):
        raise NotAScheme(f"{name} 应为文字")
    return value


def flag(one: Mapping[str, Any], name: str) -> bool:
    """The yes or no under `name`, no where it is not there. Raises NotAScheme for anything else: "false" is no no."""
    value = one.get(name, False)
    if not isinstance(value, bool):
        raise NotAScheme(f"{name} 应为是或否")
    return value


def parts(one: Mapping[str, Any], name: str) -> Sequence[Any]:
    """The list under `name`, empty where it is not there. Raises NotAScheme for anything else."""
    value = one.get(name, ())
    if not isinstance(value, list | tuple):
        raise NotAScheme(f"{name} 应为列表")
    return value


def chosen(of: type[T], one: Mapping[str, Any], name: str, default: str = _NEEDED) -> T:
    try:
        return of(words(one, name, default))
    except NotAScheme:
        raise
    except ValueError:
        raise NotAScheme(f"{name} 不在可选范围内") from None


def groups(one: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    for part in parts(one, name):
        if not isinstance(part, Mapping):
            raise NotAScheme(f"{name} 中有不能读取的内容")
        yield part
