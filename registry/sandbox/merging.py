"""Joining files into one PDF: each page drawn into a clean page of ours, numbered; nothing else comes along.

Of a stranger's file only what its pages show is taken: no actions, names, forms, attachments or links. Seals and
signatures are drawn in as they look; whether they hold is told by the original alone.
"""

import os
from contextlib import ExitStack
from typing import Any, BinaryIO

import pikepdf
from PIL import Image, JpegImagePlugin  # noqa: F401 - the plugin must be loaded before `confine`

from registry.sandbox.numbering import SIGNS, line
from registry.sandbox.pdf import limit_streams
from registry.sandbox.verdict import MAX_PIXELS, MAX_SIDE, MAX_UNFOLDED, Refuse

A4 = (595, 842)  # points
EDGE = 28  # points of white around a picture
FOOT = 14  # points from the lower edge to the numbering

# What EXIF says about how a camera was held: the matrix that sets the unit square upright.
_UPRIGHT = {3: (-1, 0, 0, -1, 1, 1), 6: (0, -1, 1, 0, 0, 1), 8: (0, 1, -1, 0, 1, 0)}


def merge(plan: dict[str, Any], answer: BinaryIO) -> None:
    """Write the PDF that `plan` describes: {"signs": fd, "parts": [{"fd", "kind": pdf|jpg, "title"}, …],
    "bookmarks": [[level, title, page from 0], …] of the first part, "title", "author", "date": PDF date or ""}.

    Raises Refuse with the number of the part that cannot be joined (from 0) as its detail.
    """
    limit_streams()
    with ExitStack() as open_files:
        whole = pikepdf.new()
        marks: list[tuple[int, str, int]] = [tuple(mark) for mark in plan["bookmarks"]]  # type: ignore[misc]
        for number, part in enumerate(plan["parts"]):
            if number:
                marks.append((1, part["title"], len(whole.pages)))
            source = open_files.enter_context(os.fdopen(part["fd"], "rb"))
            try:
                add = _add_picture if part["kind"] == "jpg" else _add_pages
                add(whole, source, open_files)
            except (MemoryError, RecursionError) as error:
                raise Refuse("bomb", number) from error
            except Exception as error:  # the libraries know many, and each is this file's own
                raise Refuse("broken", number) from error
        _number(whole, open_files.enter_context(os.fdopen(plan["signs"], "rb")), open_files)
        _outline(whole, marks)
        whole.Root.PageLabels = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.D)])
        whole.Root.Lang = pikepdf.String("zh-CN")
        whole.Root.PageMode = pikepdf.Name.UseOutlines
        for key, value in (
            ("/Title", plan["title"]),
            ("/Author", plan["author"]),
            ("/CreationDate", plan["date"]),
        ):
            if value:
                whole.docinfo[key] = value
        # Contents are read and packed here, one after the other: what explodes explodes within our limits.
        whole.save(answer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _add_pages(whole: pikepdf.Pdf, source: BinaryIO, open_files: ExitStack) -> None:
    pdf = open_files.enter_context(pikepdf.open(source, access_mode=pikepdf.AccessMode.stream))
    if pdf.is_encrypted or not pdf.pages:
        raise ValueError("encrypted or empty")
    pdf.flatten_annotations("screen")
    unfolded = 0
    for page in pdf.pages:
        for box in (
            "/TrimBox",
            "/ArtBox",
            "/BleedBox",
        ):  # a reader shows the crop box, so that is what is taken
            if box in page.obj:
                del page.obj[box]
        form = whole.copy_foreign(page.as_form_xobject())
        unfolded += len(form.read_bytes())  # now, so that what explodes is known by its number
        if unfolded > MAX_UNFOLDED:
            raise MemoryError
        left, low, right, high = (float(number) for number in form.BBox)
        matrix = [float(number) for number in form.get("/Matrix", [1, 0, 0, 1, 0, 0])]
        corners = [_moved(matrix, x, y) for x in (left, right) for y in (low, high)]
        x, y = min(c[0] for c in corners), min(c[1] for c in corners)
        width, height = max(c[0] for c in corners) - x, max(c[1] for c in corners) - y
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            raise ValueError("no size")
        _add(whole, form, (width, height), (1, 0, 0, 1, -x, -y))


def _moved(matrix: list[float], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _add_picture(whole: pikepdf.Pdf, source: BinaryIO, open_files: ExitStack) -> None:
    """A photograph as it is, on a sheet of A4 that lies as it does."""
    with Image.open(source, formats=["JPEG"]) as picture:
        width, height = picture.size
        mode, turn = picture.mode, picture.getexif().get(0x0112, 1)
        inverted = mode == "CMYK" and "adobe" in picture.info
    if width * height > MAX_PIXELS or mode not in {"L", "RGB", "CMYK"}:
        raise ValueError("no picture of ours")
    source.seek(0)
    image = whole.make_stream(
        source.read(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name({"L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}[mode]),
        Filter=pikepdf.Name.DCTDecode,
        **({"Decode": pikepdf.Array([1, 0] * 4)} if inverted else {}),
    )
    if turn in {6, 8}:
        width, height = height, width
    sheet = A4 if height >= width else A4[::-1]
    scale = min((sheet[0] - 2 * EDGE) / width, (sheet[1] - 2 * EDGE) / height)
    wide, high = width * scale, height * scale
    left, low = (sheet[0] - wide) / 2, (sheet[1] - high) / 2
    a, b, c, d, e, f = _UPRIGHT.get(turn, (1, 0, 0, 1, 0, 0))
    matrix = (a * wide, b * high, c * wide, d * high, e * wide + left, f * high + low)
    _add(whole, image, sheet, matrix)


def _add(whole: pikepdf.Pdf, thing: Any, size: tuple[float, float], matrix: tuple[float, ...]) -> None:
    """A new page of this size that shows the form or picture, which can change nothing outside of itself."""
    moved = b" ".join(b"%.4f" % number for number in matrix)
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, *(round(side, 2) for side in size)],
        Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Part=thing)),
        Contents=whole.make_stream(b"q " + moved + b" cm /Part Do Q\n"),
    )
    whole.pages.append(pikepdf.Page(whole.make_indirect(page)))


def _number(whole: pikepdf.Pdf, source: BinaryIO, open_files: ExitStack) -> None:
    """第 n 页 共 m 页 at the foot of each page, put together from one drawing of each sign."""
    sheet = open_files.enter_context(pikepdf.open(source))
    signs = {
        sign: whole.copy_foreign(page.as_form_xobject())
        for sign, page in zip(SIGNS, sheet.pages, strict=True)
    }
    many = len(whole.pages)
    for n, page in enumerate(whole.pages, start=1):
        signed = line(n, many)
        x = (float(page.mediabox[2]) - sum(width for _, width in signed)) / 2
        drawn = []
        for sign, width in signed:
            if sign != " ":
                drawn.append(f"q 1 0 0 1 {x:.2f} {FOOT} cm /Sign{SIGNS.index(sign)} Do Q")
            x += width
        for sign, form in signs.items():
            page.Resources.XObject[f"/Sign{SIGNS.index(sign)}"] = form
        page.contents_add("\n".join(drawn).encode())


def _outline(whole: pikepdf.Pdf, marks: list[tuple[int, str, int]]) -> None:
    with whole.open_outline() as outline:
        parent: pikepdf.OutlineItem | None = None
        for level, title, page in marks:
            item = pikepdf.OutlineItem(title, page)
            if level > 1 and parent is not None:
                parent.children.append(item)
            else:
                parent = item
                outline.root.append(item)
