"""合并材料: one PDF with everything that was filed, numbered and marked, whatever strangers have put into it."""

from __future__ import annotations

import hashlib
import io
import resource
import time
import zlib
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg import clock
from greenmfg.rulebook import Material
from registry import bundles, drafts, intake
from registry.models import Document, PoolApplication
from tests.factories import NOW, a_draft, at, do
from tests.people import Cast, cast
from tests.registry import hostile
from tests.registry.pages import as_
from tests.registry.reading import bookmarks, lines_of, words_of

pytestmark = pytest.mark.django_db
LATER = at("2026-03-19 09:00")


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def today():
    with clock.fixed(NOW):
        yield


def put(
    case, people: Cast, content: bytes, *, kind=Material.DIAGNOSIS_REPORT, name="报告.pdf", by=None
) -> Document:
    """A file as its owner sends it."""
    received = intake.receive(SimpleUploadedFile(name, content), max_bytes=10**8)
    return drafts.attach(case, by=by or people.chen, at=NOW, kind=kind, **vars(received))


def a_case(people: Cast, report: bytes = b"", **more: bytes) -> PoolApplication:
    """A draft whose files are really there: a report, and evidence by name."""
    draft = a_draft(people)
    put(draft, people, report or hostile.pdf_of_pages(3))
    for name, content in more.items():
        put(draft, people, content, kind=Material.EVIDENCE, name=name.replace("_", "."))
    return PoolApplication.objects.get(pk=draft.pk)


def fetch(person, case, query: str = "", status: int = 200) -> bytes:
    answer = as_(person).get(f"/applications/{case.no}/bundle.pdf{query}")
    content = answer.getvalue()
    assert answer.status_code == status
    if status == 200:
        assert answer["Content-Disposition"].startswith(f"attachment; filename*=utf-8''{case.no}-")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    return content


def test_everything_filed_is_one_file_with_pages_marks_and_numbers(people: Cast):
    case = a_case(people, 票据_pdf=hostile.pdf_of_pages(2), 照片_jpg=hostile.jpeg(), 附表_ofd=hostile.ofd())
    case = do(case, "nominate_self", people.chen)
    content = fetch(people.chen, case)
    marks = bookmarks(content)
    front = marks[-3][1]
    assert [title for title, _ in marks] == [
        "封面", "目录", "申请表", "核对单位基本信息", "绿色诊断评估报告", "年度能源资源数据", "分级评价自评",
        "绿色诊断评估报告", "佐证材料：票据.pdf", "佐证材料：照片.jpg",
    ]  # fmt: skip
    assert [page for _, page in marks[-3:]] == [front, front + 3, front + 5]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        many = len(pdf.pages)
        assert many == front + 3 + 2 + 1
        assert str(pdf.docinfo["/Title"]) == f"{case.no} 京华示例机电有限公司 入库申请材料（第 1 次提交）"
        assert str(pdf.Root.PageLabels.Nums[1].S) == "/D"
    for n in range(1, many + 1):
        assert f"第{n}页共{many}页" in words_of(content, page=n)
    cover, contents = words_of(content, page=1), words_of(content, page=2)
    for expected in (case.no, "京华示例机电有限公司", "第1次提交", "2026年3月18日10:00", f"共{many}页"):
        assert expected in cover
    assert case.submissions.get().hash in cover
    for document in case.documents.current():
        assert document.sha256 in contents
    assert "另附" in contents
    rows = lines_of(content, page=2)
    for name, page in (("报告.pdf", front + 1), ("票据.pdf", front + 4), ("照片.jpg", front + 6)):
        assert [row for row in rows if name in row and str(page) in row.split()], name
    form = "".join(words_of(content, page=n) for n in range(3, front + 1))
    for expected in ("12000.00", "示例诊断机构", "2025年12月1日", "78.50"):
        assert expected in form


def test_the_same_versions_are_the_same_bytes_made_anew_or_kept(people: Cast, media_root: Path, monkeypatch):
    case = do(a_case(people), "nominate_self", people.chen)
    first = fetch(people.zhou, case)
    made = list((media_root / ".cache" / "made").iterdir())
    assert len(made) == 1
    monkeypatch.setattr(bundles.ask, "merge", None)  # not asked again while it is kept
    assert fetch(people.chen, case) == first
    monkeypatch.undo()
    made[0].unlink()
    assert fetch(people.chen, case) == first


def test_it_is_as_filed_whatever_came_after(people: Cast):
    case = do(a_case(people), "nominate_self", people.chen)
    first = fetch(people.chen, case)
    demands = [{"where": "绿色诊断评估报告", "text": "请补充盖章页", "article": 5}]
    case = do(case, "return_by_bureau", people.zhou, demands=demands, due_on=LATER.date())
    put(case, people, hostile.pdf_of_pages(5))
    case = PoolApplication.objects.get(pk=case.pk)
    drafts.save_draft(case, by=people.chen, seen=case.version, report_agency="另一诊断机构")
    assert fetch(people.chen, case) == first
    case = do(case, "resubmit_to_bureau", people.chen, when=LATER)
    second = fetch(people.chen, case)
    assert fetch(people.chen, case, "?n=1") == first
    assert fetch(people.chen, case, "?n=2") == second
    assert "另一诊断机构" in words_of(second)
    assert "另一诊断机构" not in words_of(first)
    with pikepdf.open(io.BytesIO(first)) as one, pikepdf.open(io.BytesIO(second)) as two:
        assert len(two.pages) == len(one.pages) + 2
    for n in ("3", "0", "x", "-1"):
        fetch(people.chen, case, f"?n={n}", status=404)


def test_a_draft_has_one_too_for_its_own_people(people: Cast):
    case = a_case(people)
    assert "草稿" in words_of(fetch(people.chen, case), page=1)
    for person in (people.liu, people.zhao, people.zhou, people.shi):
        fetch(person, case, status=404)


def test_a_former_name_stands_on_what_was_filed_under_it(people: Cast):
    case = do(a_case(people), "nominate_self", people.chen)
    first = fetch(people.chen, case)
    entity = people.chen.entity
    entity.former_names.create(name=entity.name, folded=entity.folded, until=LATER.date())
    entity.call("京华示例智能机电有限公司")
    entity.save()
    assert fetch(people.chen, case) == first


def test_internal_papers_are_in_the_bureaus_copy_alone(people: Cast):
    case = do(a_case(people), "nominate_self", people.chen)
    received = intake.receive(SimpleUploadedFile("核查.pdf", hostile.pdf_of_pages(4)), max_bytes=10**6)
    drafts.put_check_record(case, by=people.zhou, at=NOW, **vars(received))
    outside, inside = fetch(people.chen, case), fetch(people.zhou, case)
    assert bookmarks(inside)[-1][0] == "核查记录（内部）"
    assert "核查记录" not in words_of(outside)
    assert "不得对外提供" in words_of(inside, page=1)
    assert fetch(people.zhao, case) == outside
    with pikepdf.open(io.BytesIO(inside)) as one, pikepdf.open(io.BytesIO(outside)) as two:
        assert len(one.pages) == len(two.pages) + 4


def test_pages_of_every_shape_keep_it_and_seals_are_drawn(people: Cast):
    turned = hostile.pdf(page=b"/Rotate 90 /CropBox [100 100 300 500] ")
    case = a_case(people, hostile.signed_looking_pdf(), 转_pdf=turned)
    with pikepdf.open(io.BytesIO(fetch(people.chen, case))) as pdf:
        seal, crop = pdf.pages[-2], pdf.pages[-1]
        assert [float(x) for x in crop.mediabox] == [0, 0, 400, 200]
        assert [float(x) for x in seal.mediabox] == [0, 0, 595, 842]
        drawn = seal.Resources.XObject.Part
        assert b"Do" in drawn.read_bytes()  # the seal's appearance, now part of the page
        for page in pdf.pages:
            assert set(page.obj.keys()) <= {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
        assert set(pdf.Root.keys()) <= {"/Type", "/Pages", "/Outlines", "/PageLabels", "/PageMode", "/Lang"}


def test_nothing_in_a_page_moves_our_numbers(people: Cast):
    """Unbalanced operators, a shifted coordinate system, an open text object: confined to the page's own drawing."""
    rude = hostile.pdf(contents=hostile.stream(b"Q Q 5 0 0 5 900 900 cm BT q q 0 0 1 rg"))
    content = fetch(people.chen, a_case(people, rude))
    with pikepdf.open(io.BytesIO(content)) as pdf:
        many = len(pdf.pages)
    assert f"第{many}页共{many}页" in words_of(content, page=many)


def test_two_hundred_pages_in_bounded_time_and_memory(people: Cast):
    case = do(a_case(people, hostile.pdf_of_pages(200)), "nominate_self", people.chen)
    began = time.monotonic()
    content = fetch(people.chen, case)
    assert time.monotonic() - began < 30
    marks = bookmarks(content)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        many = len(pdf.pages)
    assert many == marks[-1][1] + 200
    assert f"第{many}页共{many}页" in words_of(content, page=many)
    assert len(content) < 2 << 20


def an_exploding_pdf() -> bytes:
    """A page of 300 MB in a few hundred bytes, packed twice; intake refuses it, so the row is written by hand."""
    once = zlib.compress(bytes(300 << 20), 9)
    return hostile.pdf(
        contents=hostile.stream(zlib.compress(once, 9), b"/Filter [/FlateDecode /FlateDecode]")
    )


def smuggled(case, people: Cast, content: bytes, *, pages: int = 1) -> Document:
    """A stored file that was never looked at."""
    path, sha = intake.keep(content)
    file = {
        "name": "夹带.pdf",
        "path": path,
        "media_type": "application/pdf",
        "size": len(content),
        "pages": pages,
    }
    return drafts.attach(case, by=people.chen, at=NOW, kind=Material.EVIDENCE, sha256=sha, **file)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(an_exploding_pdf, id="explodes"),
        pytest.param(lambda: b"%PDF-1.7\nnothing\n%%EOF\n", id="broken"),
        pytest.param(hostile.pdf_with_exponential_tree, id="pages without end"),
        pytest.param(
            lambda: hostile.rewritten(hostile.pdf(), encryption=pikepdf.Encryption(user="u", owner="o")),
            id="encrypted",
        ),
        pytest.param(lambda: hostile.pdf(page=b"/MediaBox [0 0 0 0] "), id="no size"),
        pytest.param(hostile.jpeg, id="another type"),
    ],
)
def test_what_cannot_be_joined_is_named_and_costs_little(people: Cast, content, media_root: Path):
    case = a_case(people)
    smuggled(case, people, content())
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    page = fetch(people.chen, case, status=422).decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "“夹带.pdf”不能并入合并文件，请分别下载原件" in page
    assert time.monotonic() - began < 60
    assert after.ru_utime - before.ru_utime < 45
    assert after.ru_maxrss < 1 << 20  # kilobytes: no child has ever held a gigabyte
    assert list((media_root / ".quarantine").iterdir()) == []
    assert not (media_root / ".cache" / "made").exists()


def test_actions_and_attachments_do_not_come_along(people: Cast):
    """What intake would refuse is left behind even if it got in."""
    case = a_case(people)
    active = hostile.pdf(
        b"<< /S /JavaScript /JS (app.alert(1)) >>",
        catalog=b"/OpenAction 5 0 R /Names << /JavaScript << /Names [(x) 5 0 R] >> >> ",
        page=b"/AA << /O 5 0 R >> /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A 5 0 R >>] ",
    )
    smuggled(case, people, active)
    content = fetch(people.chen, case)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not any(b"JavaScript" in thing.unparse(resolved=True) for thing in pdf.objects)


def test_a_missing_file_is_said_and_so_is_too_much(people: Cast, monkeypatch):
    case = a_case(people)
    Document.objects.filter(case=case.pk, superseded_at=None).update(path="2026/ab/" + "0" * 32)
    assert "“报告.pdf”不在存储中" in fetch(people.chen, case, status=422).decode()
    monkeypatch.setattr(bundles, "MAX_PAGES", 5)
    assert "超过 5 页，请分别下载原件" in fetch(people.chen, case, status=422).decode()


def test_a_parser_that_answers_oddly_is_not_believed(people: Cast, monkeypatch, media_root: Path):
    case = a_case(people)
    for program in ('print(\'{"verdict": "ok"}\')', "raise SystemExit(1)", "print('[]')"):
        monkeypatch.setattr(bundles.ask, "PROGRAM", program)
        assert "请分别下载原件" in fetch(people.chen, case, status=422).decode()
    assert not (media_root / ".cache" / "made").exists()


def test_made_files_that_nobody_reads_are_swept_and_made_again(people: Cast, media_root: Path):
    from datetime import timedelta

    case = a_case(people)
    first = hashlib.sha256(fetch(people.chen, case)).hexdigest()
    assert intake.sweep_made(timedelta(days=30)) == 0
    assert intake.sweep_made(timedelta(seconds=-1)) == 1
    assert hashlib.sha256(fetch(people.chen, case)).hexdigest() == first
