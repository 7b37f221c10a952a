"""What leaves the house on paper or as a file says exactly what the records say, and reaches for nothing outside."""

import dataclasses
import hashlib
import io
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from registry import printing
from registry.printing import Column, Sheet, list_csv, list_pdf, list_xlsx
from registry.printing.pdf import OPEN_FILES
from registry.printing.sheet import title_lines

COLUMNS = [
    Column(heading="序号", width_mm=12, align="center"),
    Column(heading="单位名称", width_mm=62),
    Column(heading="统一社会信用代码", width_mm=44, align="center"),
    Column(heading="所在区", width_mm=38),
]
DISTRICTS = ["东城区", "海淀区", "怀柔区", "北京经济技术开发区"]
RARE = "喆堃镕珺昇䶮"  # not in GB 2312


def sheet_of(count: int, **changes: object) -> Sheet:
    rows = [
        [
            str(at + 1),
            f"北京{RARE[at % len(RARE)]}源示例{at + 1}有限公司",
            f"91110{at:012d}X",
            DISTRICTS[at * len(DISTRICTS) // count],
        ]
        for at in range(count)
    ]
    official = Sheet(
        title="关于公布北京市2026年第一批绿色工厂名单的通知",
        columns=COLUMNS,
        rows=rows,
        dated=date(2026, 11, 22),
        issuer="北京市经济和信息化局",
        doc_no="京经信发〔2026〕12号",
        addressee="各有关单位",
        body=["依据《北京市绿色制造单位管理办法》第十四条，现将名单予以公布。"],
        annex="北京市2026年第一批绿色工厂名单",
        as_of=date(2026, 11, 20),
        note="排名不分先后。",
        check="记录校验值：0123456789abcdef",
        grouped_by=3,
    )
    return dataclasses.replace(official, **changes)  # type: ignore[arg-type]


def pages_of(content: bytes) -> list[str]:
    """The text of each page, without the blanks and line breaks that only the layout has put in."""
    with closing(pypdfium2.PdfDocument(content)) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


def bookmarks_of(content: bytes) -> list[tuple[int, str, int | None]]:
    with closing(pypdfium2.PdfDocument(content)) as document:
        return [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket on loopback that must hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server
        with pytest.raises(TimeoutError):
            server.accept()


# --- The list as PDF -------------------------------------------------------------------------------------------


def test_every_row_can_be_copied_from_the_pdf_in_order() -> None:
    sheet = sheet_of(60)
    text = "".join(pages_of(list_pdf(sheet)))
    places = [text.find("".join(row)) for row in sheet.rows]
    assert -1 not in places
    assert places == sorted(places)


def test_a_second_reader_finds_the_same_text() -> None:
    sheet = sheet_of(60)
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=list_pdf(sheet), capture_output=True, check=True
    )
    text = re.sub(r"\s", "", done.stdout.decode())
    assert [row for row in sheet.rows if "".join(row) not in text] == []


def test_the_document_says_what_an_official_document_says() -> None:
    sheet = sheet_of(3)
    first, annex = pages_of(list_pdf(sheet))
    for part in ["北京市经济和信息化局文件", sheet.doc_no, sheet.title, "各有关单位：", *sheet.body]:
        assert part in first
    assert f"附件：{sheet.annex}北京市经济和信息化局2026年11月22日" in first
    assert annex.startswith(f"附件{sheet.annex}截至2026年11月20日，共3家")
    assert "注：排名不分先后。记录校验值：0123456789abcdef" in annex


def test_the_table_head_stands_on_each_page_of_the_annex() -> None:
    _, *annex = pages_of(list_pdf(sheet_of(60)))
    assert len(annex) > 2
    assert [page.count("序号单位名称统一社会信用代码所在区") for page in annex] == [1] * len(annex)


@pytest.mark.parametrize("part_rows", [1_000, 25, 30])  # a part begins on an odd page, on an even page
def test_page_numbers_have_dashes_and_stand_outside(part_rows: int) -> None:
    content = list_pdf(sheet_of(60), part_rows=part_rows)
    with closing(pypdfium2.PdfDocument(content)) as document:
        for number, page in enumerate(document, start=1):
            text = page.get_textpage()
            found = text.search(f"— {number} —")
            place = found.get_next()
            assert place is not None, number
            left, bottom, _, _ = text.get_charbox(place[0])
            middle, type_area_bottom = page.get_width() / 2, 35 / 25.4 * 72
            assert (left > middle) == (number % 2 == 1), number
            assert bottom < type_area_bottom - 7 / 25.4 * 72, number


def test_a_text_page_holds_22_lines_of_28_characters() -> None:
    content = list_pdf(sheet_of(1, body=["绿" * 26 + "色" * 28 * 60]))
    with closing(pypdfium2.PdfDocument(content)) as document:
        text = document[1].get_textpage().get_text_range()
    lines = [line for line in text.split("\r\n") if set(line) == {"色"}]
    assert [len(line) for line in lines] == [28] * 22


def test_properties_name_title_issuer_date_and_language() -> None:
    for part_rows in (1_000, 25):
        with pikepdf.open(io.BytesIO(list_pdf(sheet_of(60), part_rows=part_rows))) as pdf:
            assert pdf.docinfo["/Title"] == "关于公布北京市2026年第一批绿色工厂名单的通知"
            assert pdf.docinfo["/Author"] == "北京市经济和信息化局"
            assert pdf.docinfo["/CreationDate"] == pdf.docinfo["/ModDate"] == "D:20261122"
            assert pdf.Root.Lang == "zh-CN"
            assert all(tuple(map(round, page.mediabox)) == (0, 0, 595, 842) for page in pdf.pages)


def test_the_faces_are_embedded_and_the_file_does_nothing() -> None:
    with pikepdf.open(io.BytesIO(list_pdf(sheet_of(5)))) as pdf:
        objects = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary)]
        fonts = [item for item in objects if item.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in font for font in fonts)
        active = {"/JS", "/JavaScript", "/Launch", "/EmbeddedFiles", "/URI", "/OpenAction", "/AA"}
        assert [key for item in objects for key in item if key in active] == []


def test_the_same_list_is_the_same_file_in_another_process(settings: Any) -> None:
    sheet = sheet_of(60)
    hashes = {
        part_rows: hashlib.sha256(list_pdf(sheet, part_rows=part_rows)).hexdigest()
        for part_rows in (25, 1_000)
    }
    program = f"""
import datetime, hashlib, django
from django.conf import settings
settings.configure(
    BASE_DIR={str(settings.BASE_DIR)!r},
    NOTO_SERIF_SC={str(settings.NOTO_SERIF_SC)!r},
    OFFICIAL_FONTS="",
    TEMPLATES=[{{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [{str(settings.BASE_DIR / "templates")!r}],
    }}],
)
django.setup()
from registry.printing import Column, Sheet, list_pdf
sheet = {sheet!r}
print({{part_rows: hashlib.sha256(list_pdf(sheet, part_rows=part_rows)).hexdigest() for part_rows in (25, 1_000)}})
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env={"PYTHONHASHSEED": "7", "TZ": "America/New_York", "LANG": "C"},
    )
    assert done.stdout.strip() == str(hashes)


def test_parts_leave_no_seam() -> None:
    """The pages and bookmarks of a list laid out in parts are those of the list laid out at once."""
    whole, parts = list_pdf(sheet_of(75)), list_pdf(sheet_of(75), part_rows=20)
    assert pages_of(parts) == pages_of(whole)
    assert bookmarks_of(parts) == bookmarks_of(whole)
    assert [title for _, title, _ in bookmarks_of(parts)][2:] == DISTRICTS


def test_parts_cut_no_long_row_apart_and_may_be_shorter_than_a_page() -> None:
    rows = [[str(at), f"{at}号" + "长" * (3_000 if at in {9, 10, 30} else 5), "", ""] for at in range(40)]
    whole, parts = (list_pdf(sheet_of(1, rows=rows, grouped_by=None), part_rows=part) for part in (99, 8))
    assert pages_of(parts) == pages_of(whole)


def test_more_than_a_thousand_rows_keep_their_order_and_page_numbers() -> None:
    sheet = Sheet(
        title="长名单",
        columns=[Column(heading="序号", width_mm=20), Column(heading="单位名称", width_mm=60)],
        rows=[[f"{at:05d}", f"北京喆{at}公司"] for at in range(1, 1_202)],
        dated=date(2026, 1, 5),
    )
    pages = pages_of(list_pdf(sheet))
    assert re.findall(r"(\d{5})北京喆(\d+)公司", "".join(pages)) == [
        (f"{at:05d}", str(at)) for at in range(1, 1_202)
    ]
    assert [f"—{number}—" in page for number, page in enumerate(pages, start=1)] == [True] * len(pages)


def test_a_draft_shows_on_each_page_and_bears_no_date() -> None:
    pages = pages_of(list_pdf(sheet_of(60, draft=True, dated=None, doc_no="")))
    assert [("草稿" in page) for page in pages] == [True] * len(pages)
    assert "2026年11月22日" not in "".join(pages)
    assert "草稿" not in "".join(pages_of(list_pdf(sheet_of(3))))


def test_a_table_without_issuer_is_no_official_document_and_may_lie_across() -> None:
    columns = [*COLUMNS, Column(heading="行业", width_mm=60)]
    rows = [[*row, "医药制造业"] for row in sheet_of(3).rows]
    content = list_pdf(sheet_of(1, issuer="", columns=columns, rows=rows))
    (page,) = pages_of(content)
    assert "文件" not in page
    assert "附件" not in page
    with closing(pypdfium2.PdfDocument(content)) as document:
        assert document[0].get_width() > document[0].get_height()


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": []},
        {"columns": [Column(heading="宽", width_mm=226)]},
        {"columns": [Column(heading="斜", width_mm=10, align="justify")]},
    ],
)
def test_an_impossible_sheet_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mm of columns|unknown alignment"):
        sheet_of(1, **changes)


@pytest.mark.parametrize("write", [list_pdf, list_xlsx, list_csv])
def test_a_row_that_does_not_fit_the_columns_is_refused(write: object) -> None:
    with pytest.raises(ValueError, match="zip"):
        write(sheet_of(1, rows=[["1", "名"]], grouped_by=None))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("短标题", ["短标题"]),
        ("关于公布\n名单的通知", ["关于公布", "名单的通知"]),
        (
            "关于公布北京市2026年第一批绿色工厂名单的通知",
            ["关于公布北京市2026年第一批", "绿色工厂名单的通知"],
        ),
        ("绿" * 41, ["绿" * 14, "绿" * 13, "绿" * 14]),
        ("1" * 60, ["1" * 30, "1" * 30]),
    ],
)
def test_a_long_title_breaks_evenly_and_never_inside_a_number(title: str, lines: list[str]) -> None:
    assert title_lines(title) == lines


@given(st.text(st.sampled_from("绿色的（）《》、2026a"), min_size=1, max_size=90))
def test_breaking_a_title_loses_nothing(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert all(lines)


# --- Nothing from outside ----------------------------------------------------------------------------------------


def test_texts_are_printed_and_never_fetched(listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    hostile = f'<img src="{address}"><style>@import "{address}";</style>'
    sheet = Sheet(
        title=hostile,
        columns=[Column(heading=hostile, width_mm=100)],
        rows=[[hostile], [f'"><link rel=attachment href="{address}">'], ["{{ sheet }}{% now 'Y' %}"]],
        dated=date(2026, 1, 5),
        issuer=hostile,
        doc_no=hostile,
        addressee=hostile,
        body=[hostile],
        annex=hostile,
        counted=hostile,
        note=hostile,
        check=hostile,
        grouped_by=0,
    )
    text = "".join(pages_of(list_pdf(sheet)))
    assert text.count(f'<imgsrc="{address}">') >= 10
    assert "{{sheet}}{%now'Y'%}" in text


# --- Faces ---------------------------------------------------------------------------------------------------------


def test_the_bureaus_faces_come_first_and_rare_characters_from_the_open_one(
    settings: Any, tmp_path: Path
) -> None:
    """A folder with a 仿宋 that, like the real one, knows common characters only."""
    options = subset.Options(name_IDs=["*"], notdef_outline=True)
    with TTFont(Path(settings.NOTO_SERIF_SC) / OPEN_FILES[400]) as font:
        maker = subset.Subsetter(options)
        maker.populate(text="各有关单位：依据第条")
        maker.subset(font)
        for name in font["name"].names:
            if name.nameID in {1, 4}:
                name.string = "FangSong_GB2312"
        font.save(tmp_path / "whatever.ttf")
    settings.OFFICIAL_FONTS = str(tmp_path)
    content = list_pdf(sheet_of(1, addressee="各有关单位喆"))
    assert "各有关单位喆：" in pages_of(content)[0]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        descriptors = [
            item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/FontName" in item
        ]
        names = {re.sub(r"^/[A-Z]+\+", "", str(item.FontName)) for item in descriptors}
    assert names == {"Print-Body", "Print-Song", "Print-Song-Bold"}
    assert printing.problems() == []


def test_missing_and_broken_faces_are_reported(settings: Any, tmp_path: Path) -> None:
    assert printing.problems() == []
    settings.NOTO_SERIF_SC = tmp_path
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    settings.OFFICIAL_FONTS = str(tmp_path)
    regular, bold, official = printing.problems()
    assert "NotoSerifSC_400Regular.ttf is missing" in regular
    assert "NotoSerifSC_700Bold.ttf is missing" in bold
    assert official.startswith(f"OFFICIAL_FONTS={tmp_path}: ")
