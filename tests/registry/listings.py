"""Published lists for tests: rows, files, and the import of them."""

import csv
import io
import re
import unicodedata
from datetime import date

import xlsxwriter

from registry.models import Event, FormerName, LegalEntity, Roster, RosterLine, Standing, Unit
from registry.resources.published import import_published
from tests.factories import NOW

FACTORY, CHAIN, PARK = "绿色工厂", "绿色供应链管理企业", "绿色工业园区"
TABLES = (LegalEntity, FormerName, Unit, Standing, Roster, RosterLine, Event)


def a_row(name: str, **cells: str) -> dict[str, str]:
    """A row of the third national list of factories."""
    return {
        "类型": FACTORY, "级别": "国家级", "批次": "第三批", "年度": "2018", "公布日期": "2018-10-29", "地区": "北京",
        "单位名称": name,
    } | cells  # fmt: skip


FOURTH = {"批次": "第四批", "年度": "2019", "公布日期": "2019-09-02"}


def a_csv(*rows: dict[str, str], encoding: str = "utf-8", headings: dict[str, str] | None = None) -> bytes:
    out = io.StringIO(newline="")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.writer(out)
    writer.writerow([(headings or {}).get(column, column) for column in columns])
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue().encode(encoding)


def an_xlsx(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for place, value in enumerate(row):
                page.write(at, place, value, day if isinstance(value, date) else None)
    return out.getvalue()


def bring_in(content: bytes, *, name: str = "名单.csv", by=None, **options):
    return import_published(io.BytesIO(content), name=name, by=by, at=NOW, **options)


def sizes() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in TABLES}


def plain(name: str) -> str:
    """Folding by the tests' own hand."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).lower()
