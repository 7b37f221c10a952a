"""A stranger's file enters whole and unchanged, or not at all and with words that help."""

import hashlib
import unicodedata
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registry import intake
from registry.intake import Received, Rejected, receive
from tests.registry import hostile
from tests.registry.sending import LIMIT, MB, files_below, send

BROKEN = "文件打不开，请重新导出"
ENCRYPTED = "文件已加密，请取消密码后重传"
SCRIPT = "文件含有脚本（JavaScript），请用“打印为 PDF”重新导出后上传"
LAUNCH = "文件含有打开其他文件、程序或外发数据的动作，请用“打印为 PDF”重新导出后上传"
MEDIA = "文件含有音频、视频或三维内容，请用“打印为 PDF”重新导出后上传"
ATTACHED = "文件夹带附件，请删除附件后重传，附件可另行上传"
XFA = "文件是动态表单（XFA），请用“打印为 PDF”重新导出后上传"
BOMB = "文件内容展开后过大，请重新导出或拆分后上传"
VAST = "文件中的图片尺寸过大，请降低分辨率后重新导出"
POLYGLOT = "文件中夹带了其他文件，请重新导出"
NO_PAGES = "文件没有页面，请重新导出"
EMPTY = "文件内容为空，请重新选择文件"


def wrong(extension: str) -> str:
    return f"只能上传 PDF、OFD 或 JPG；您选择的是 .{extension}，请先另存为 PDF"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


Make = Callable[[], bytes]

HOSTILE: dict[str, tuple[str, Make, int, str]] = {
    # sizes
    "empty": ("a.pdf", lambda: b"", 422, EMPTY),
    "too large": ("能耗报告.pdf", lambda: bytes(LIMIT + 1), 413, '"能耗报告.pdf"为 8.1 MB，超过 8 MB。可在 WPS"PDF 压缩"后重试'),
    # wrong types, whatever they are called
    "docx as pdf": ("a.pdf", lambda: hostile.zipped(hostile.DOCX), 415, wrong("docx")),
    "docx as docx": ("a.docx", lambda: hostile.zipped(hostile.DOCX), 415, wrong("docx")),
    "xlsx as ofd": ("a.ofd", lambda: hostile.zipped(hostile.XLSX), 415, wrong("xlsx")),
    "zip as pdf": ("a.pdf", lambda: hostile.zipped({"a.txt": b"x"}), 415, wrong("zip")),
    "program as pdf": ("a.pdf", lambda: b"MZ" + bytes(400), 415, wrong("exe")),
    "elf as pdf": ("a.pdf", lambda: b"\x7fELF" + bytes(400), 415, wrong("elf")),
    "old word": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(400), 415, wrong("doc")),
    "old excel": ("表.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(400), 415, wrong("xls")),
    "png as jpg": ("a.jpg", lambda: b"\x89PNG\r\n\x1a\n" + bytes(400), 415, wrong("png")),
    "rar": ("a.rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(99), 415, wrong("rar")),
    "web page as pdf": ("a.pdf", lambda: b"<!DOCTYPE html><script>1</script>", 415, wrong("html")),
    "text": ("a.txt", lambda: b"hello", 415, wrong("txt")),
    "nothing known": ("a", lambda: b"hello", 415, "只能上传 PDF、OFD 或 JPG；无法识别您选择的文件，请先另存为 PDF"),
    "pdf called exe": ("a.exe", hostile.pdf, 415, "文件名以 .exe 结尾，内容却是 PDF，请改正文件名后重传"),
    "jpeg called pdf": ("a.pdf", hostile.jpeg, 415, "文件名以 .pdf 结尾，内容却是 JPG，请改正文件名后重传"),
    # broken
    "noise": ("a.pdf", lambda: b"not a pdf at all" * 9, 422, BROKEN),
    "header only": ("a.pdf", lambda: b"%PDF-1.7\n", 422, BROKEN),
    "cut off": ("a.pdf", lambda: hostile.pdf_of_pages(20)[:-200], 422, BROKEN),
    "page undrawable": (
        "a.pdf",
        lambda: hostile.pdf(contents=hostile.stream(b"garbage" * 9, b"/Filter /FlateDecode")),
        422,
        BROKEN,
    ),
    "header late": ("a.pdf", lambda: hostile.pdf(before=b"GIF89a;"), 415, wrong("gif")),
    "no pages": ("a.pdf", lambda: hostile.assemble([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]), 422, NO_PAGES),
    "pages in a circle": ("a.pdf", lambda: hostile.assemble([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]), 422, BROKEN),
    "pages without end": ("a.pdf", hostile.pdf_with_exponential_tree, 422, BROKEN),
    "too many pages": ("a.pdf", lambda: hostile.pdf_of_pages(3001), 422, "文件共 3001 页，超过 3000 页，请拆分后上传"),
    # encrypted
    "password": ("a.pdf", lambda: hostile.rewritten(hostile.pdf(), encryption=pikepdf.Encryption(user="u", owner="o")), 422, ENCRYPTED),
    "rights only": ("a.pdf", lambda: hostile.rewritten(hostile.pdf(), encryption=pikepdf.Encryption(owner="o", R=4)), 422, ENCRYPTED),
    "certificate": ("a.pdf", lambda: hostile.pdf(b"<< /Filter /Adobe.PubSec /V 4 /SubFilter /adbe.pkcs7.s5 >>", trailer=b"/Encrypt 5 0 R /ID [<00> <00>]"), 422, ENCRYPTED),
    # active
    "script on opening": ("a.pdf", lambda: hostile.pdf(catalog=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), 422, SCRIPT),
    "script, name disguised": ("a.pdf", lambda: hostile.pdf(b"<< /S /J#61va#53cript /#4aS (x) >>"), 422, SCRIPT),
    "script in a stream": ("a.pdf", lambda: hostile.pdf(b"<< /S /X /JS 6 0 R >>", hostile.stream(b"x")), 422, SCRIPT),
    "script deep inside": ("a.pdf", lambda: hostile.pdf(page=b"/AA << /O << /Next [null << /S /JavaScript >>] >> >> "), 422, SCRIPT),
    "script hidden by a second key": ("a.pdf", lambda: hostile.pdf(b"<< /S /JavaScript /S /GoTo >>"), 422, BROKEN),
    "launch": ("a.pdf", lambda: hostile.pdf(b"<< /S /Launch /F (cmd.exe) >>"), 422, LAUNCH),
    "launch, kind kept elsewhere": ("a.pdf", lambda: hostile.pdf(b"<< /S 6 0 R /F (cmd.exe) >>", b"/Launch"), 422, LAUNCH),
    "form sent away": ("a.pdf", lambda: hostile.pdf(b"<< /S /SubmitForm /F (http://a.example) >>"), 422, LAUNCH),
    "remote file": ("a.pdf", lambda: hostile.pdf(page=b"/AA << /O << /S /GoToE /F (\\\\\\\\a\\\\b) >> >> "), 422, LAUNCH),
    "film": ("a.pdf", lambda: hostile.pdf(b"<< /Type /Annot /Subtype /RichMedia >>"), 422, MEDIA),
    "attached file": ("a.pdf", lambda: hostile.pdf(hostile.stream(b"MZ", b"/Type /EmbeddedFile"), b"<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>"), 422, ATTACHED),
    "xfa": ("a.pdf", lambda: hostile.pdf(hostile.stream(b"<xdp/>"), catalog=b"/AcroForm << /Fields [] /XFA 5 0 R >>"), 422, XFA),
    "zip behind a pdf": ("a.pdf", lambda: hostile.pdf() + hostile.zipped({"a": b"x"}), 422, POLYGLOT),
    "zip behind a jpeg": ("a.jpg", lambda: hostile.jpeg() + hostile.zipped({"a": b"x"}), 422, POLYGLOT),
    # exploding
    "bomb": ("a.pdf", lambda: hostile.pdf(contents=hostile.stream(zlib.compress(bytes(300 * MB)), b"/Filter /FlateDecode")), 422, BOMB),
    "bomb in a bomb": ("a.pdf", lambda: hostile.pdf(contents=hostile.stream(zlib.compress(zlib.compress(bytes(300 * MB))), b"/Filter [/FlateDecode /FlateDecode]")), 422, BOMB),
    "many small bombs": ("a.pdf", lambda: hostile.pdf(*[hostile.stream(zlib.compress(bytes(100 * MB)), b"/Filter /FlateDecode")] * 8), 422, BOMB),
    "image of four thousand million": ("a.pdf", lambda: hostile.pdf_with_image(width=65000, height=65000), 422, VAST),
    "jpeg cut off": ("a.jpg", lambda: hostile.jpeg()[:-900], 422, BROKEN),
    "jpeg head only": ("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(99), 422, BROKEN),
    "jpeg vast": ("a.jpg", lambda: hostile.jpeg_claiming(width=60000, height=60000), 422, VAST),
    "ofd bomb": ("a.ofd", lambda: hostile.ofd(bomb=bytes(100 * MB)), 422, BOMB),
    "ofd overlapping": ("a.ofd", hostile.ofd_overlapping, 422, BOMB),
    "ofd of many entries": ("a.ofd", lambda: hostile.zipped({**hostile.OFD, **{f"{n}": b"" for n in range(20_001)}}), 422, BOMB),
    "ofd climbing": ("a.ofd", lambda: hostile.ofd(**{"../../etc/passwd": b"x"}), 422, BROKEN),
    "ofd absolute": ("a.ofd", lambda: hostile.ofd(**{"/etc/passwd": b"x"}), 422, BROKEN),
    "ofd backslash": ("a.ofd", lambda: hostile.ofd(**{"Doc_0\\..\\x": b"x"}), 422, BROKEN),
    "ofd nul": ("a.ofd", lambda: hostile.ofd_renamed(b"Doc_0/evilname.xml", b"Doc_0/evil\x00ame.xml"), 422, BROKEN),
    "ofd twice": ("a.ofd", lambda: hostile.ofd(**{"ofd.XML": b"x"}), 422, BROKEN),
    "ofd encrypted": ("a.ofd", hostile.ofd_flagged_encrypted, 422, ENCRYPTED),
    "ofd wrong sum": ("a.ofd", hostile.ofd_with_wrong_sum, 422, BROKEN),
    "ofd cut off": ("a.ofd", lambda: hostile.ofd()[:-30], 422, BROKEN),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_refused_in_words_and_leaves_nothing(case: str, media_root: Path):
    name, make, status, message = HOSTILE[case]
    with pytest.raises(Rejected) as refusal:
        send(make(), name)
    assert (refusal.value.status, refusal.value.message) == (status, message)
    assert files_below(media_root) == []


HONEST: dict[str, tuple[str, Make, str, str, int | None]] = {
    "plain": ("report.pdf", hostile.pdf, "report.pdf", "application/pdf", 1),
    "many pages": ("a.pdf", lambda: hostile.pdf_of_pages(800), "a.pdf", "application/pdf", 800),
    "chinese name": ("2026年绿色诊断评估报告（终稿）.PDF", hostile.pdf, "2026年绿色诊断评估报告（终稿）.pdf", "application/pdf", 1),
    "no extension": ("绿色诊断报告 v1.2", hostile.pdf, "绿色诊断报告 v1.2.pdf", "application/pdf", 1),
    "dot in the name": ("某某公司.v2", hostile.pdf, "某某公司.v2.pdf", "application/pdf", 1),
    "linearised": ("a.pdf", lambda: hostile.rewritten(hostile.pdf_of_pages(12), linearize=True), "a.pdf", "application/pdf", 12),
    "pdf 1.4": ("a.pdf", lambda: hostile.pdf().replace(b"%PDF-1.7", b"%PDF-1.4"), "a.pdf", "application/pdf", 1),
    "object streams": ("a.pdf", hostile.pdf_with_object_streams, "a.pdf", "application/pdf", 1),
    "second revision": ("a.pdf", hostile.pdf_updated, "a.pdf", "application/pdf", 1),
    "signature field": ("盖章.pdf", hostile.signed_looking_pdf, "盖章.pdf", "application/pdf", 1),
    "image": ("a.pdf", lambda: hostile.pdf_with_image(width=400, height=400, data=bytes(range(256)) * 625), "a.pdf", "application/pdf", 1),
    "wrong table": ("a.pdf", lambda: hostile.pdf().replace(b"startxref\n", b"startxref\n1"), "a.pdf", "application/pdf", 1),
    "blank lines before": ("a.pdf", lambda: hostile.pdf(before=b"\r\n\r\n"), "a.pdf", "application/pdf", 1),
    "words about scripts": ("a.pdf", lambda: hostile.pdf(b"<< /Title (about /JavaScript and /Launch, /EF and /XFA) >>", trailer=b"/Info 5 0 R"), "a.pdf", "application/pdf", 1),
    "web links": ("a.pdf", lambda: hostile.pdf(page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://a.example) >> >>] "), "a.pdf", "application/pdf", 1),
    "photograph": ("厂区.JPG", hostile.jpeg, "厂区.jpg", "image/jpeg", 1),
    "progressive photograph": ("a.jpeg", lambda: hostile.jpeg(progressive=True), "a.jpeg", "image/jpeg", 1),
    "photograph of 24 million": ("a.jpg", lambda: hostile.jpeg(width=6000, height=4000), "a.jpg", "image/jpeg", 1),
    "ofd": ("公文.ofd", hostile.ofd, "公文.ofd", "application/ofd", None),
}  # fmt: skip


@pytest.mark.parametrize("case", HONEST)
def test_honest_file_enters_unchanged(case: str, media_root: Path):
    name, make, shown, media_type, pages = HONEST[case]
    content = make()
    received = send(content, name)
    stored = media_root / received.path
    assert received == Received(
        received.path, shown, media_type, len(content), hashlib.sha256(content).hexdigest(), pages
    )
    assert stored.read_bytes() == content
    assert files_below(media_root) == [stored]
    assert intake.verify(received.path, received.sha256)


def test_only_the_allowed_kinds():
    with pytest.raises(Rejected) as refusal:
        send(hostile.jpeg(), "a.jpg", allowed=("pdf",))
    assert (refusal.value.status, refusal.value.message) == (
        415, "只能上传 PDF；您选择的是 .jpg，请先另存为 PDF",
    )  # fmt: skip
    with pytest.raises(Rejected) as refusal:
        send(hostile.ofd(), "a.ofd", allowed=("pdf", "jpg"))
    assert refusal.value.message == "只能上传 PDF 或 JPG；您选择的是 .ofd，请先另存为 PDF"


def test_size_is_counted_not_believed(media_root: Path):
    upload = SimpleUploadedFile("a.pdf", bytes(LIMIT + 1))
    upload.size = 10
    with pytest.raises(Rejected) as refusal:
        receive(upload, max_bytes=LIMIT)
    assert refusal.value.status == 413
    assert files_below(media_root) == []


def test_declared_type_is_not_believed():
    content = hostile.pdf()
    assert (
        receive(SimpleUploadedFile("a.pdf", content, "text/html"), max_bytes=LIMIT).media_type
        == "application/pdf"
    )


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\报告.pdf", "报告.pdf"),
        ("C:\\报告.pdf", "报告.pdf"),
        ("报告\x00.exe.pdf", "报告.exe.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe.pdf"),
        ("con.pdf", "_con.pdf"),
        ("LPT1.报告.pdf", "_LPT1.报告.pdf"),
        ("aux", "_aux.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ('a"b<c>d|e?f*g.pdf', "a_b_c_d_e_f_g.pdf"),
        (" .. .pdf", "未命名.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "未命名.pdf"),
        (None, "未命名.pdf"),
        ("绿" * 4096 + ".pdf", "绿" * 116 + ".pdf"),
        ("\ud800a.pdf", "a.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("\u200b\u2066\ufeff.pdf", "未命名.pdf"),
    ],
)
def test_names_are_harmless(raw: str | None, shown: str):
    cleaned = intake.clean_name(raw, extension=".pdf")
    assert cleaned == shown
    assert len(cleaned) <= 120
    assert intake.clean_name(cleaned, extension=".pdf") == cleaned
    assert not any(unicodedata.category(char)[0] == "C" for char in cleaned)
    cleaned.encode("utf-8")


def test_the_users_name_never_reaches_the_disk(media_root: Path):
    upload = SimpleUploadedFile("a.pdf", hostile.pdf())
    upload._name = "../../../" + "绿" * 2000 + ".pdf"  # past Django's own cleaning, as a chunked upload might
    received = receive(upload, max_bytes=LIMIT)
    assert files_below(media_root) == [media_root / received.path]
    assert received.path.isascii()
    assert received.name == "绿" * 116 + ".pdf"
