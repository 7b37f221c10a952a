"""提出异议 and 异议查询, by anybody: filed whole or not at all, followed by code, and never known to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from greenmfg import clock
from registry import intake
from registry.casework import new_op
from registry.models import Document, Event, Message, Objection
from tests import factories
from tests.factories import AFTER_NOTICE, NOW, a_setting, an_application, at, do
from tests.people import cast
from tests.registry import hostile
from tests.registry.pages import as_, see
from tests.registry.papers import a_correction, an_objection
from tests.registry.sending import files_below

pytestmark = [pytest.mark.django_db, pytest.mark.article(6)]

TYPED = {
    "line": "1",
    "capacity": "person",
    "objector": "金丝雀甲",
    "phone": "13911112222",
    "facts": "夜间排放异味",
}
CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def people(db):
    return cast()


@pytest.fixture
def case(people):
    return an_application(people, "on_notice")


@pytest.fixture
def form(case) -> str:
    return f"/notices/{case.notice_lines.get().publicity.no}/object/"


def paper(name: str = "金丝雀乙的异议书.pdf", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or hostile.pdf_of_pages(2))


def send(form: str, *, client: Client | None = None, **fields):
    given = TYPED | {"op": new_op(), "scan": paper()} | fields
    return (client or Client()).post(
        form, {name: value for name, value in given.items() if value is not None}
    )


def track(code: str, phone: str = "13911112222"):
    return Client().post("/objections/track/", {"code": code, "phone": phone})


def text(answer) -> str:
    return answer.content.decode()


# --- filing


def test_the_notice_leads_to_the_form_while_it_is_out(form):
    notice = form.removesuffix("object/")
    assert f'href="{form}"' in text(Client().get(notice))
    page = Client().get(form)
    assert page["Cache-Control"] == "private, no-store"
    assert 'name="scan"' in text(page)
    with clock.fixed(at("2026-03-25 23:59")):
        assert 'name="scan"' in text(Client().get(form))
    with clock.fixed(at("2026-03-26 00:00")):
        assert form not in text(Client().get(notice))
        closed = text(Client().get(form))
    assert "公示已于2026年3月25日结束" in closed
    assert 'name="scan"' not in closed


def test_filed_with_its_papers_in_one_step_and_the_code_is_shown_once(form, case):
    evidence = [paper("照片.jpg", hostile.jpeg()), paper("记录.pdf")]
    answer = send(form, evidence=evidence)
    page = text(answer)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    (code,) = set(CODE.findall(page))
    assert "2026年3月23日前" in page  # by when it is decided whether it is accepted
    objection = Objection.objects.get()
    assert objection.no in page
    assert (objection.target_id, objection.objector, objection.opened_by) == (case.pk, "金丝雀甲", None)
    papers = [(d.kind, d.name, d.pages, d.uploaded_by) for d in objection.documents.order_by("pk")]
    assert papers == [
        ("objection", "金丝雀乙的异议书.pdf", 2, None),
        ("evidence", "照片.jpg", 1, None),
        ("evidence", "记录.pdf", 2, None),
    ]
    assert code.replace("-", "") not in objection.code_digest
    assert not Event.objects.filter(body__contains=code).exists()
    assert "金丝雀" not in page


def test_a_double_click_is_one_objection_with_one_code_and_keeps_no_second_copy(form, media_root):
    op = new_op()
    first, second = text(send(form, op=op)), text(send(form, op=op))
    assert CODE.findall(first) == CODE.findall(second) != []
    assert Objection.objects.count() == 1
    assert len(stored(media_root)) == 1


def test_the_same_form_sent_after_a_change_is_another_objection(form):
    """The way back in the browser brings the old form; what is then written must not vanish."""
    op = new_op()
    first, second = text(send(form, op=op)), text(send(form, op=op, facts="还有废水"))
    assert CODE.findall(first) != CODE.findall(second)
    assert set(Objection.objects.values_list("facts", flat=True)) == {"夜间排放异味", "还有废水"}


def stored(root: Path) -> list[Path]:
    return [
        path for path in files_below(root) if ".cache" not in path.parts and ".quarantine" not in path.parts
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"line": ""}, "请选择所涉单位"),
        ({"line": "9"}, "请在公示单位中选择"),
        ({"capacity": ""}, "请选择以单位名义还是以个人名义反映"),
        ({"objector": ""}, "匿名不予受理"),
        ({"objector": "x" * 81}, "80"),
        ({"phone": "12"}, "联系电话应为固定电话（含区号）或者手机号码"),
        ({"facts": " "}, "请写明反映的事实"),
        ({"scan": None}, "请上传书面异议的扫描件或者照片"),
        ({"evidence": [paper() for _ in range(4)]}, "证明材料最多 3 个文件"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_kept(form, media_root, change, words):
    given = {"facts": "夜间排放异味"} | change
    answer = send(form, **given)
    page = text(answer)
    assert answer.status_code == 422
    assert words in page
    assert "文件不会保留，请重新选择" in page
    for name, value in (TYPED | {"facts": given["facts"]}).items():
        if name not in change and name not in {"line", "capacity"}:
            assert value in page
    if "line" not in change:
        assert '<option value="1" selected>' in page
    assert not Objection.objects.exists()
    assert stored(media_root) == []


@pytest.mark.parametrize("field", ["scan", "evidence"])
def test_a_file_that_is_not_taken_takes_the_others_with_it(form, media_root, field):
    bad = paper("表.docx", hostile.zipped(hostile.DOCX))
    answer = send(form, **{"evidence": [paper()], field: bad})
    assert answer.status_code == 422
    assert "只能上传 PDF、OFD 或 JPG" in text(answer)
    assert "金丝雀甲" in text(answer)
    assert not Objection.objects.exists()
    assert stored(media_root) == []


def test_the_size_limit_is_a_setting(form):
    a_setting("objection_mb", "0")
    assert "超过 0 MB" in text(send(form))


def test_too_late_is_refused_with_the_article_and_nothing_is_kept(form, media_root):
    with clock.fixed(at("2026-03-26 00:00")):
        answer = send(form)
    page = text(answer)
    assert answer.status_code == 422
    assert "公示已于2026年3月25日结束" in page
    assert '<a class="article" href="/rules/#art-6">第六条</a>' in page
    assert "夜间排放异味" in page
    assert not Objection.objects.exists()
    assert stored(media_root) == []


def test_on_a_closed_notice_too(form, people, case):
    do(case.notice_lines.get().publicity, "close", people.zhou, when=AFTER_NOTICE)
    with clock.fixed(AFTER_NOTICE):
        answer = send(form)
    assert (answer.status_code, Objection.objects.count()) == (422, 0)
    assert "只有公示中的公示可以登记异议" in text(answer)


def test_a_failure_of_ours_leaves_no_file_behind(form, media_root, monkeypatch):
    monkeypatch.setattr("registry.views.objecting.perform", lambda *args, **data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(form)
    assert stored(media_root) == []


def test_a_notice_that_is_not_out_has_no_form(people):
    drafted = factories.a_notice(people, an_application(people, "cleared"), signed=False)
    for no in (drafted.no, "GS-2026-9999"):
        assert Client().get(f"/notices/{no}/object/").status_code == 404
        assert send(f"/notices/{no}/object/").status_code == 404


def test_who_is_signed_in_files_as_nobody_in_particular(form, people):
    assert send(form, client=as_(people.chen)).status_code == 200
    event = Event.objects.get(act="file")
    assert (event.by, Objection.objects.get().opened_by) == (None, None)


def test_an_address_may_send_so_many_and_a_telephone_number_gets_the_same_words(form, settings):
    refusals = [send(form, facts=f"{n}") for n in range(4)]
    assert [answer.status_code for answer in refusals] == [200, 200, 200, 429]
    settings.ACCOUNT_RATE_LIMITS = {"objection": "1/h/ip"}
    limited = [send(form, phone="010-7654321", facts=f"{n}") for n in range(2)]
    assert [answer.status_code for answer in limited] == [200, 429]
    words = [re.search(r'<strong class="bad">([^<]+)', text(answer)) for answer in (refusals[3], limited[1])]
    assert words[0]
    assert words[1]
    assert words[0][1] == words[1][1]
    assert "1</textarea>" in text(limited[1])


# --- following


@pytest.fixture
def code(form) -> str:
    return CODE.findall(text(send(form)))[0]


def test_by_code_and_number_one_follows_it_to_the_answer(code, people):
    objection = Objection.objects.get()
    page = text(track(code))
    assert "待受理" in page
    do(objection, "accept", people.zhou)
    page = text(track(code.lower().replace("-", " "), "139 1111-2222"))
    assert "核查中" in page
    do(objection, "uphold", people.zhou, reason="内部：现场查实", answer="经核查，反映属实。")
    page = text(track(code))
    assert "异议成立" in page
    assert "经核查，反映属实。" in page
    assert "内部" not in page
    assert "金丝雀" not in page


def test_turned_away_one_reads_why(code, people):
    do(Objection.objects.get(), "turn_away", people.zhou, because="unsigned", answer="请补签后重新提交")
    page = text(track(code))
    for words in ("不予受理", "未加盖公章，或者未手写签名", "请补签后重新提交", "第六条"):
        assert words in page


def test_every_mismatch_has_the_same_answer(code):
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    answers = [track(code, "13911112223"), track(wrong), track("x"), track(code, "0")]
    assert {answer.status_code for answer in answers} == {404}
    bare = {re.sub(r'value="[^"]*"', "", text(answer)) for answer in answers}
    assert len(bare) == 1
    assert "未找到，请核对查询码" in bare.pop()


def test_a_letter_that_was_registered_has_no_code(people, case):
    an_objection(people, case)
    assert track("", "13800000000").status_code == 422
    assert track("-", "13800000000").status_code == 404


def test_guessing_is_slowed(code, settings):
    settings.ACCOUNT_RATE_LIMITS = {"objection_track": "2/10m/key"}
    answers = [track(code, f"1391111000{n}").status_code for n in range(3)]
    assert answers == [404, 404, 429]


# --- deciding


def test_an_officer_looks_at_the_papers_adds_a_record_and_answers(code, people):
    objection = Objection.objects.get()
    url = objection.get_absolute_url()
    page = see(people.zhou, url)
    letter = objection.documents.get()
    assert f"/documents/{letter.pk}/pages/2.webp" in page
    assert "金丝雀甲（个人）" in page
    assert as_(people.zhou).get(f"/documents/{letter.pk}/pages/1.webp").status_code == 200
    record = {"kind": "check_record", "file": paper("现场核查笔录.pdf")}
    for _ in range(2):  # sent twice it lies there once
        record["file"].seek(0)
        assert as_(people.zhou).post(f"{url}files/", record).status_code == 302
    another = {"kind": "check_record", "file": paper("复核.pdf", hostile.pdf_of_pages(3))}
    assert as_(people.zhou).post(f"{url}files/", another).status_code == 302
    assert objection.documents.current().filter(kind="check_record").count() == 2
    events = Event.objects.filter(case=objection.pk, act="record")
    assert [event.label for event in events] == ["添加核查记录"] * 2
    assert not any("笔录" in event.body for event in events)
    assert as_(people.he).post(f"{url}files/", record).status_code == 403
    assert as_(people.zhou).post(f"{url}files/", {"kind": "x"}).status_code == 422
    for path in ("accept/", "turn_away/"):
        assert as_(people.zhou).get(f"{url}{path}").status_code == 200
    do(objection, "accept", people.zhou)
    form = {"op": new_op(), "seen": str(Objection.objects.get().version), "reason": "查实"}
    answer = as_(people.zhou).post(f"{url}uphold/", form)
    assert answer.status_code == 422
    assert "请填写给反映人的答复" in text(answer)
    assert as_(people.zhou).post(f"{url}uphold/", form | {"answer": "属实"}).status_code == 302
    late = as_(people.zhou).post(f"{url}files/", record | {"file": paper("晚.pdf", hostile.pdf_of_pages(4))})
    assert late.status_code == 409


def test_other_reasons_need_words(code, people):
    objection = Objection.objects.get()
    form = {"op": new_op(), "seen": str(objection.version), "because": "other"}
    answer = as_(people.zhou).post(f"{objection.get_absolute_url()}turn_away/", form)
    assert answer.status_code == 422
    assert "属其他情形的，请写明原因" in text(answer)


def test_the_unit_sees_that_it_is_checked_and_not_by_whom_it_was_raised(code, people, case):
    url = f"/applications/{case.no}/"
    assert "异议核查中" not in see(people.chen, url)
    assert "异议核查中" in see(people.zhou, f"{url}review/")
    do(Objection.objects.get(), "accept", people.zhou)
    for person, path in ((people.chen, url), (people.zhao, f"{url}review/")):
        assert "异议核查中" in see(person, path)
    do(Objection.objects.get(), "dismiss", people.zhou, reason="不实", answer="不实")
    assert "异议核查中" not in see(people.chen, url)
    assert "异议不成立" in see(people.chen, url)


# --- nobody else ever learns who


CANARIES = ("金丝雀", "13911112222", "139 1111 2222", "夜间排放异味")
OUTSIDE = ("nobody", "chen", "liu", "zhao", "sun", "wu", "gao", "shen", "shi")


def pages_of(client: Client, start: list[str]) -> dict[str, str]:
    """Every page of ours that is reached from these by links."""
    found: dict[str, str] = {}
    ahead = list(start)
    while ahead:
        path = ahead.pop()
        if path in found:
            continue
        answer = client.get(path)
        body = b"".join(answer) if answer.streaming else answer.content
        found[path] = body.decode("utf-8", "replace")
        if "html" in answer.get("Content-Type", ""):
            links = re.findall(r'(?:href|src|action)="(/[^"#?]*)', found[path])
            ahead += [
                link for link in links if not link.startswith(("/static/", "/accounts/", "/backstage/"))
            ]
    return found


def test_who_objects_is_on_no_page_of_anybody_outside_the_bureau(code, people, case):
    objection = do(Objection.objects.get(), "accept", people.zhou)
    notice = objection.publicity
    a_correction(people, notice, "published")
    do(objection, "uphold", people.zhou, reason="查实", answer="属实")
    do(notice, "close", people.zhou, when=AFTER_NOTICE)
    starts = ["/", "/notices/", f"/notices/{notice.no}/", "/desk/", "/my/", "/me/notifications/", "/desk/done/",
              f"/applications/{case.no}/", f"/units/{case.unit_id}/", "/manage/audit/",
              f"/search/?q={case.no}", "/search/?q=金丝雀甲", f"/objections/{objection.no}/",
              f"/documents/{objection.documents.get().pk}/", f"/publicity/{notice.no}/"]  # fmt: skip
    with clock.fixed(AFTER_NOTICE):
        for who in OUTSIDE:
            client = Client() if who == "nobody" else as_(getattr(people, who))
            for path, body in pages_of(client, starts).items():
                told = path.endswith("q=金丝雀甲")  # the page repeats what was searched for
                hits = [word for word in CANARIES if word in body and not (told and word == "金丝雀")]
                assert hits == [], (who, path)
    bureau = pages_of(as_(people.zhou), [f"/objections/{objection.no}/"])
    assert "金丝雀甲" in bureau[f"/objections/{objection.no}/"]  # the walk would see it


def test_who_objects_is_in_no_message_no_log_and_no_paper(code, people, case):
    objection = do(Objection.objects.get(), "accept", people.zhou)
    do(objection, "dismiss", people.zhou, reason="不实", answer="不实")
    do(case.notice_lines.get().publicity, "close", people.zhou, when=AFTER_NOTICE)
    written = [f"{m.subject}{m.text}" for m in Message.objects.all()]
    written += list(Event.objects.values_list("body", flat=True))
    assert not [word for word in CANARIES for one in written if word in one]
    assert not Document.objects.filter(path__contains="金丝雀").exists()


def test_the_size_of_a_whole_form_fits_the_gate(settings):
    """Four files at the limit pass the web server in front, which takes 210 MB."""
    gate = (Path(settings.BASE_DIR) / "deploy/nginx.conf.template").read_text()
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m", gate)
    from registry.models.terms import KNOWN

    assert 4 * int(KNOWN["objection_mb"].default) < int(megabytes)


def test_files_of_the_public_are_checked_like_all_others(form):
    with pytest.raises(intake.Rejected):
        intake.receive(paper("a.pdf", hostile.zipped(hostile.DOCX)), max_bytes=10**6)
    assert send(form, scan=paper("脚本.pdf", b"<html><script>1</script>")).status_code == 422
