"""Files made byte by byte: what strangers might send, and what honest people do send.

No library that reads PDF writes them, so a fault in the reader cannot hide in the writer; only encrypted and
linearised ones come from qpdf, which is where such files come from in life, too.
"""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s>>"
INK = b"0.2 0.6 0.3 rg 100 100 300 400 re f"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A PDF stream object."""
    return b"<< %s /Length %d >>\nstream\n" % (entries, len(data)) + data + b"\nendstream"


def assemble(
    objects: list[bytes], *, trailer: bytes = b"", version: bytes = b"1.7", before: bytes = b""
) -> bytes:
    """A PDF of these objects, numbered from 1, with its table and trailer; `before` precedes the header."""
    out = bytearray(before + b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        table,
    )
    return bytes(out)


def pdf(
    *extra: bytes,
    catalog: bytes = b"",
    page: bytes = b"",
    contents: bytes | None = None,
    trailer: bytes = b"",
    before: bytes = b"",
) -> bytes:
    """One page with a green rectangle. `extra` objects are numbered from 5."""
    return assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            PAGE % page,
            contents if contents is not None else stream(INK),
            *extra,
        ],
        trailer=trailer,
        before=before,
    )


def pdf_of_pages(count: int) -> bytes:
    """So many pages, in a tree of one level."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    pages = [b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), b"null", stream(INK)]
    return assemble([b"<< /Type /Catalog /Pages 2 0 R >>", *pages, *[PAGE % b""] * count])


def pdf_with_object_streams() -> bytes:
    """PDF 1.5 as current office programs write it: objects inside a stream, the table a stream too."""
    inner = [
        (1, b"<< /Type /Catalog /Pages 2 0 R >>"),
        (2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
        (3, PAGE % b""),
    ]
    index, body = b"", b""
    for number, content in inner:
        index += b"%d %d " % (number, len(body))
        body += content + b" "
    packed = zlib.compress(index + body)
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    at_ink = len(out)
    out += b"4 0 obj\n" + stream(INK) + b"\nendobj\n"
    at_pack = len(out)
    head = b"/Type /ObjStm /N 3 /First %d /Filter /FlateDecode" % len(index)
    out += b"5 0 obj\n" + stream(packed, head) + b"\nendobj\n"
    at_table = len(out)
    rows = [(0, 0, 65535), (2, 5, 0), (2, 5, 1), (2, 5, 2), (1, at_ink, 0), (1, at_pack, 0), (1, at_table, 0)]
    table = zlib.compress(b"".join(struct.pack(">BIH", *row) for row in rows))
    head = b"/Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode"
    out += b"6 0 obj\n" + stream(table, head) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at_table
    return bytes(out)


def pdf_updated() -> bytes:
    """A PDF with a second revision appended, as signing programs leave it."""
    first = pdf()
    at = len(first)
    out = first + b"3 0 obj\n" + PAGE % b"/Rotate 0 " + b"\nendobj\n"
    table = len(out)
    previous = first.rindex(b"xref\n0 ")
    return (
        out
        + b"xref\n3 1\n%010d 00000 n \n" % at
        + b"trailer\n<< /Size 5 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (previous, table)
    )


def signed_looking_pdf() -> bytes:
    """A form with a signature field whose seal is drawn red; the signature itself is filler."""
    seal = stream(b"1 0 0 rg 0 0 150 150 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 150 150]")
    return pdf(
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /Rect [400 50 550 200] /P 3 0 R"
        b" /V 6 0 R /AP << /N 7 0 R >> >>",
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3]"
        b" /Contents <" + b"30820000" * 64 + b"> >>",
        seal,
        catalog=b"/AcroForm << /Fields [5 0 R] /SigFlags 3 >>",
        page=b"/Annots [5 0 R] ",
    )


def rewritten(
    content: bytes, *, encryption: pikepdf.Encryption | None = None, linearize: bool = False
) -> bytes:
    """A PDF as qpdf writes it again."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, encryption=encryption or False, linearize=linearize)
    return out.getvalue()


def pdf_with_image(*, width: int, height: int, data: bytes = b"") -> bytes:
    """One page showing a grey image that claims this size."""
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )
    return pdf(
        stream(zlib.compress(data), entries % (width, height) + b" /Filter /FlateDecode"),
        page=b"/Resources << /XObject << /Im1 5 0 R >> >> ",
        contents=stream(b"400 0 0 400 50 50 cm /Im1 Do"),
    )


def pdf_with_exponential_tree() -> bytes:
    """Ten levels of page folders, each naming the next ten times: ten thousand million pages."""
    levels = [
        b"<< /Type /Pages /Count 10 /Kids [%s] >>" % (b"%d 0 R " % (number + 1) * 10)
        for number in range(2, 12)
    ]
    return assemble([b"<< /Type /Catalog /Pages 2 0 R >>", *levels, b"<< /Type /Page /MediaBox [0 0 9 9] >>"])


def jpeg(*, width: int = 640, height: int = 480, progressive: bool = False) -> bytes:
    """A picture with something on it."""
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    picture.save(out, "JPEG", progressive=progressive)
    return out.getvalue()


def jpeg_claiming(*, width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    content = bytearray(jpeg(width=16, height=16))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def zipped(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


OFD = {
    "OFD.xml": b'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>',
    "Doc_0/Document.xml": b"<ofd:Document/>" * 50,
    "Doc_0/Pages/Page_0/Content.xml": b"<ofd:Page/>" * 50,
}
DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
XLSX = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def ofd(**changed: bytes) -> bytes:
    """An OFD-like zip; `changed` entries, by path, are added or replace others."""
    return zipped({**OFD, **changed})


def ofd_renamed(old: bytes, new: bytes) -> bytes:
    """An OFD with an entry whose name was changed afterwards, to what no packer would write."""
    assert len(old) == len(new)
    return ofd(**{old.decode(): b"x"}).replace(old, new)


def ofd_flagged_encrypted() -> bytes:
    """An OFD whose entries say that they need a password."""
    content = bytearray(ofd())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def ofd_overlapping() -> bytes:
    """An OFD whose table lists the same bytes many times under other names."""
    content = ofd()
    end = content.rindex(b"PK\x05\x06")
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    row = bytearray(content[first:second])
    copies = b""
    for number in range(50):
        row[46:53] = b"O%02d.xml" % number
        copies += bytes(row)
    table = content[first:end] + copies
    count = len(OFD) + 50
    return (
        content[:first]
        + table
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(table), first, 0)
    )


def ofd_with_wrong_sum() -> bytes:
    """An OFD one of whose stored bytes was changed after its sum was taken."""
    content = zipped(OFD, method=zipfile.ZIP_STORED)
    at = content.index(b"<ofd:Page/>")
    return content[:at] + b"<ofd:Rage/>" + content[at + 11 :]
