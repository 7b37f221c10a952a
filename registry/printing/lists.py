"""A published list (名单) as an official document laid out after GB/T 9704-2012, or a bare table."""

import gc
import io
from collections.abc import Sequence
from datetime import date

import pikepdf
import weasyprint
from django.template.loader import render_to_string
from weasyprint.formatting_structure.boxes import TableRowBox

from .pdf import describe, lay_out, rendering, write
from .sheet import TYPE_AREA_MM, Sheet, chinese_date, title_lines

PART_ROWS = 1_000  # memory grows by 120 kB a row: 20,000 rows at once take 2.5 GB
HEAD_PT = 50  # largest size of the red head
MM_PER_PT = 25.4 / 72

Bookmark = tuple[int, str, int]  # level, label, page from 0


def list_pdf(sheet: Sheet, *, part_rows: int = PART_ROWS) -> bytes:
    """The list as PDF on A4 with repeated table head, page numbers as «— 2 —», bookmarks and properties.

    Up to `part_rows` rows come out as one tagged document; longer lists are laid out part by part and joined,
    with the same pages as in one piece but without tags. The same sheet gives the same bytes. ValueError if a
    row does not fit the columns. 3.5 s per 1,000 rows.
    """
    with rendering():
        if len(sheet.rows) > part_rows:
            return _joined(sheet, part_rows=part_rows)
        document = _lay_out_part(sheet, start=0, stop=part_rows, page_number=1)
        _describe(document, sheet)
        return write(document, tagged=True)


def _joined(sheet: Sheet, *, part_rows: int) -> bytes:
    whole = pikepdf.new()
    bookmarks: list[Bookmark] = []
    start, stop = 0, part_rows
    while start < len(sheet.rows):
        document = _lay_out_part(sheet, start=start, stop=stop, page_number=len(whole.pages) + 1)
        pages = list(document.pages)
        following = _drop_last_page(pages) if stop < len(sheet.rows) else len(sheet.rows)
        if following > start:  # else one page, or one row, is longer than a part
            bookmarks += [
                (level, label, len(whole.pages) + at)
                for at, page in enumerate(pages)
                for level, label, _, _ in page.bookmarks
            ]
            part = document.copy(pages)
            _describe(part, sheet)
            with pikepdf.open(io.BytesIO(write(part, tagged=False))) as printed:
                if not whole.pages:
                    _copy_properties(printed, whole)
                whole.pages.extend(printed.pages)
            start, stop = following, following
            del part
        stop += part_rows
        del document, pages
        gc.collect()
    _write_outline(whole, bookmarks)
    out = io.BytesIO()
    whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _drop_last_page(pages: list[weasyprint.Page]) -> int:
    """Drop the last page, as full as chance has it, and return the row that opens it.

    The next part begins with that row, so that no seam is seen. A row longer than a page is not cut apart.
    """
    rows = _rows_on(pages.pop())
    while pages and rows[0] in _rows_on(pages[-1]):
        rows = _rows_on(pages.pop())
    return rows[0]


def _rows_on(page: weasyprint.Page) -> list[int]:
    boxes = page._page_box.descendants()
    return [
        int(box.element.get("data-row")) for box in boxes if isinstance(box, TableRowBox) and _is_row(box)
    ]


def _is_row(box: TableRowBox) -> bool:
    return box.element is not None and "data-row" in box.element.attrib


def _lay_out_part(sheet: Sheet, *, start: int, stop: int, page_number: int) -> weasyprint.Document:
    """The pages for rows `start` to `stop`; the first page bears `page_number`."""
    issuer = sheet.issuer and (sheet.issuer if sheet.issuer.endswith("文件") else f"{sheet.issuer}文件")
    html = render_to_string(
        "print/list.html",
        {
            "sheet": sheet,
            "columns": [(c.heading, f"{100 * c.width_mm / sheet.width_mm:.3f}") for c in sheet.columns],
            "rows": _marked_rows(sheet, start=start, stop=stop),
            "is_first": start == 0,
            "is_last": stop >= len(sheet.rows),
            "is_verso": page_number % 2 == 0,
            "head": issuer,
            "head_pt": f"{min(HEAD_PT, 0.98 * TYPE_AREA_MM / MM_PER_PT / max(1, len(issuer))):.1f}",
            "title_lines": title_lines(sheet.title),
            "annex_lines": title_lines(sheet.annex) if sheet.annex else title_lines(sheet.title),
            "dated": chinese_date(sheet.dated) if sheet.dated else "",
            "as_of": chinese_date(sheet.as_of) if sheet.as_of else "",
            "count": len(sheet.rows),
            "signature_right_pt": _signature_right_pt(sheet.dated),
        },
    )
    return lay_out(html, css=f"@page :first {{ counter-reset: page {page_number} }}")


def _signature_right_pt(dated: date | None) -> int:
    """Right margin of the signature, 20 characters wide, that puts the end of the date four characters in."""
    date_pt = 16 * 3 + 9 * sum(character.isdigit() for character in chinese_date(dated)) if dated else 7 * 16
    return round(4 * 16 + date_pt / 2 - 20 * 16 / 2)


def _marked_rows(sheet: Sheet, *, start: int, stop: int) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """(number from 0, bookmark or "", [(align, text)…]) for each row of the part."""
    aligns = [column.align for column in sheet.columns]
    group = sheet.grouped_by
    return [
        (
            at,
            row[group] if group is not None and (at == 0 or sheet.rows[at - 1][group] != row[group]) else "",
            list(zip(aligns, row, strict=True)),
        )
        for at, row in enumerate(sheet.rows[start:stop], start=start)
    ]


def _describe(document: weasyprint.Document, sheet: Sheet) -> None:
    dated = sheet.dated or sheet.as_of
    describe(document.metadata, title=sheet.plain_title, dated=dated, author=sheet.issuer)


def _copy_properties(source: pikepdf.Pdf, target: pikepdf.Pdf) -> None:
    for key, value in source.docinfo.items():
        target.docinfo[key] = value
    target.Root.Lang = source.Root.Lang


def _write_outline(pdf: pikepdf.Pdf, bookmarks: Sequence[Bookmark]) -> None:
    with pdf.open_outline() as outline:
        parents = {0: outline.root}
        for level, label, page in bookmarks:
            item = pikepdf.OutlineItem(label, page)
            parents[max(above for above in parents if above < level)].append(item)
            parents = {above: items for above, items in parents.items() if above < level}
            parents[level] = item.children
