"""Workbooks of schemes as people make and damage them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import openpyxl

from evaluation.books import scheme_workbook
from evaluation.scheme import Scheme
from evaluation.shipped import shipped

Book = Any


def shipped_scheme(code: str = "supply-chain-general") -> Scheme:
    return next(one.scheme for one in shipped() if one.scheme.code == code)


def changed(change: Callable[[Book], None], *, scheme: Scheme | None = None) -> bytes:
    """The workbook of a scheme (the 20 items unless given) after somebody has worked on it in an office program."""
    book = openpyxl.load_workbook(io.BytesIO(_good(scheme or shipped_scheme())))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def _good(scheme: Scheme) -> bytes:
    return scheme_workbook(scheme)


def put(cell: str, value: Any, *, sheet: str = "指标", as_text: bool = True) -> Callable[[Book], None]:
    """Write into one cell, as a text unless told otherwise."""

    def change(book: Book) -> None:
        book[sheet][cell].value = value
        if as_text and isinstance(value, str):
            book[sheet][cell].data_type = "s"

    return change


def both(*changes: Callable[[Book], None]) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        for one in changes:
            one(book)

    return change
