"""Every kind of paper × every person × every state of its application: who sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile

from greenmfg.rulebook import Material
from registry import drafts, intake
from registry.acts import NotNow, NotYours
from registry.models import Document, Event, PoolApplication
from registry.tasks import sweep_uploads
from registry.verify import verify
from tests.evaluation.checks import an_evaluation
from tests.factories import NOW, a_document, an_application, do
from tests.people import Cast, cast
from tests.registry import hostile
from tests.registry.pages import as_, see
from tests.registry.papers import a_diagnosis

pytestmark = pytest.mark.django_db
STATES = [value for value, _ in PoolApplication.State.choices]
BUREAU = {"zhou", "he"}


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def a_case(people: Cast, state: str) -> PoolApplication:
    if state != "rechecking":
        return an_application(people, state)
    case = an_application(people, "examining")
    an_evaluation(people, case)
    return PoolApplication.objects.get(pk=case.pk)


def those_who_see(document: Document, people: Cast) -> set[str]:
    everybody = [*people.everybody().items(), ("anonymous", AnonymousUser())]
    return {who for who, person in everybody if document in Document.objects.visible_to(person)}


def expected(kind: Material, state: str) -> set[str]:
    """Written from the words of the rule, not from the code."""
    seeing = {"chen"} if state == "draft" else {"chen", "zhao"} | BUREAU
    if state == "rechecking":
        seeing |= {"wu"}
    if kind is Material.CHECK_RECORD:
        return (seeing & BUREAU) | {"shi"}
    if kind is Material.EVALUATION_REPORT:
        return seeing & (BUREAU | {"wu"})
    return seeing


@pytest.mark.parametrize("state", STATES)
def test_a_paper_is_seen_as_its_kind_says(people: Cast, state: str):
    case = a_case(people, state)
    case.documents.current().update(superseded_at=NOW)
    for kind in Material:
        document = a_document(case, kind, people.zhou)
        assert those_who_see(document, people) == expected(kind, state), (kind, state)


def test_what_is_kept_from_the_unit_is_on_none_of_its_pages(people: Cast):
    case = an_application(people, "returned_by_bureau")
    record = a_document(case, Material.CHECK_RECORD, people.zhou)
    Document.objects.filter(pk=record.pk).update(name="现场核查记录.pdf")
    home = case.get_absolute_url()
    for person in (people.chen, people.zhao):
        for page in ("", "files/", "check/", "receipt/", "review/"):
            answer = as_(person).get(f"{home}{page}")
            assert "现场核查记录" not in answer.content.decode(), (person, page)
    for page in ("review/", "files/"):
        assert "现场核查记录" in see(people.zhou, f"{home}{page}")
        assert "内部" in see(people.he, f"{home}{page}")


def test_what_an_officer_put_there_is_not_filed_by_the_enterprise(people: Cast):
    case = an_application(people, "returned_by_bureau")
    record = a_document(case, Material.CHECK_RECORD, people.zhou)
    case = do(case, "resubmit_to_bureau", people.chen)
    payload = case.submissions.latest("n").payload
    assert record.sha256 not in payload
    with pytest.raises(Document.DoesNotExist):
        case.documents.current().filed().get(pk=record.pk)
    aside = as_(people.chen).post(f"{case.get_absolute_url()}files/{record.pk}/aside/")
    assert aside.status_code == 404


# --- 核查记录


def received(name: str = "核查.pdf", pages: int = 1) -> dict:
    return vars(intake.receive(SimpleUploadedFile(name, hostile.pdf_of_pages(pages)), max_bytes=10**6))


@pytest.mark.parametrize("state", [state for state in STATES if state != "draft"])
def test_an_officer_puts_a_check_record_to_any_filed_application(people: Cast, state: str):
    case = a_case(people, state)
    first = drafts.put_check_record(case, by=people.zhou, at=NOW, **received())
    second = drafts.put_check_record(case, by=people.zhou, at=NOW, **received(pages=2))
    assert (first.version, second.version) == (1, 2)
    assert list(case.documents.current().filter(kind=Material.CHECK_RECORD)) == [second]
    event = case.events.latest("seq")
    assert (event.label, event.internal) == ("登记核查记录", True)
    assert event.data == {"document": second.pk, "version": 2, "sha256": second.sha256}
    assert PoolApplication.objects.get(pk=case.pk).state == state
    verify()


def test_nobody_else_does_and_nobody_on_a_draft(people: Cast):
    draft = an_application(people, "draft")
    with pytest.raises(NotNow, match="尚未提交，不能登记核查记录"):
        drafts.put_check_record(draft, by=people.zhou, at=NOW, **received())
    case = do(draft, "nominate_self", people.chen)
    for who, person in people.everybody().items():
        if who != "zhou":
            with pytest.raises(NotYours):
                drafts.put_check_record(case, by=person, at=NOW, **received())
    assert not Document.objects.filter(kind=Material.CHECK_RECORD).exists()


def test_the_page_takes_a_file_and_says_what_is_wrong_with_another(people: Cast, media_root: Path):
    case = an_application(people, "examining")
    page = f"{case.get_absolute_url()}check-record/"
    wrong = as_(people.zhou).post(page, {"file": SimpleUploadedFile("a.pdf", b"MZ" + bytes(99))})
    assert wrong.status_code == 415
    assert "只能上传 PDF、OFD 或 JPG" in wrong.content.decode()
    good = as_(people.zhou).post(page, {"file": SimpleUploadedFile("核查.pdf", hostile.pdf())})
    assert (good.status_code, good["Location"]) == (302, f"{case.get_absolute_url()}review/")
    assert case.documents.get(kind=Material.CHECK_RECORD).name == "核查.pdf"
    assert "核查记录（内部）" in see(people.zhou, good["Location"])


# --- one file, two homes


def test_a_file_that_a_diagnosis_and_an_application_share_is_swept_for_neither(
    people: Cast, media_root: Path
):
    case = an_application(people, "draft")
    diagnosis = a_diagnosis(people, case.unit, report=True)
    held = diagnosis.documents.get()
    shared = drafts.attach(case, by=people.chen, at=NOW, kind=Material.DIAGNOSIS_REPORT, **held.file)
    assert (shared.path, shared.sha256) == (held.path, held.sha256)
    place = media_root / held.path
    import os

    os.utime(place, (0, 0))
    sweep_uploads()
    assert place.exists()
    drafts.set_aside(shared, case=case, by=people.chen, at=NOW)
    sweep_uploads()
    assert intake.verify(held.path, held.sha256)
    assert Event.objects.filter(unit=case.unit, label="登记绿色诊断").exists()
