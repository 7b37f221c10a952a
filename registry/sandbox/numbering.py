"""第 n 页 共 m 页: which signs it takes, and how wide each is. Known to both sides of the sandbox."""

from collections.abc import Iterator

SIGNS = "第页共0123456789"  # one page each, in this order
FULL, HALF = 9, 5  # points: the width of a sign's page, full-width and half-width


def line(n: int, many: int) -> list[tuple[str, int]]:
    """(sign, its width) of the line that numbers page n of many, spaces included."""
    return list(_measured(f"第 {n} 页 共 {many} 页"))


def _measured(text: str) -> Iterator[tuple[str, int]]:
    return ((sign, HALF if sign.isascii() else FULL) for sign in text)
