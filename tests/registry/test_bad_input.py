"""What people send that cannot be taken: the status, the words, where they stand, and that nothing is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from greenmfg import clock
from greenmfg.rulebook import Category
from registry.casework import new_op
from registry.models import Event, PoolApplication, Submission
from tests.factories import NOW, SCORED, a_draft, a_notice, a_setting, an_application, do
from tests.people import Cast, cast
from tests.registry import hostile

pytestmark = pytest.mark.django_db

SCORE_WORDS = "综合得分应为 0–100 之间的数字，最多 2 位小数"


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    """The text of a page as it is read, with each run of blanks as one."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(bare))


def refusals(response: Any) -> str:
    """What the summary of errors says."""
    found = re.search(r'<div[^>]*class="errors".*?</div>', response.content.decode(), re.S)
    assert found, words(response)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", found[0]))).strip()


def post_act(user: Any, case: Any, act: str, *, op: str = "", seen: int | None = None, **data: Any) -> Any:
    version = PoolApplication.objects.get(pk=case.pk).version if seen is None else seen
    body = {"op": op or new_op(), "seen": version, **data}
    return as_(user).post(f"/applications/{case.no}/{act}/", body)


class Unchanged:
    """Everything stored of a case before and after: used as a context."""

    def __init__(self, case: Any) -> None:
        self.pk = case.pk

    def _now(self) -> Any:
        case = PoolApplication.objects.get(pk=self.pk)
        fields = {f.attname: getattr(case, f.attname) for f in case._meta.concrete_fields}
        files = sorted(str(path) for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
        rows = list(case.documents.order_by("pk").values())
        return fields, rows, files, Event.objects.count(), Submission.objects.count()

    def __enter__(self) -> None:
        self.before = self._now()

    def __exit__(self, *error: Any) -> None:
        assert self._now() == self.before


# --- files


@pytest.fixture
def draft(people: Cast) -> PoolApplication:
    return a_draft(people)


def send(case: Any, user: Any, name: str, content: bytes, kind: str = "diagnosis_report") -> Any:
    form = {
        "kind": kind,
        "file": SimpleUploadedFile(name, content),
        "next": f"/applications/{case.no}/tasks/report/",
    }
    return as_(user).post(f"/applications/{case.no}/files/", form)


BAD_FILES = {
    "another type": ("报告.docx", hostile.zipped(hostile.DOCX), 415, "只能上传 PDF、OFD 或 JPG；您选择的是 .docx，请先另存为 PDF"),
    "another type under a good name": ("报告.pdf", hostile.zipped(hostile.DOCX), 415, "只能上传 PDF、OFD 或 JPG；"),
    "a picture called PDF": ("报告.pdf", hostile.jpeg(), 415, "文件名以 .pdf 结尾，内容却是 JPG，请改正文件名后重传"),
    "a page of the web": ("报告.pdf", b"<!doctype html><script>alert(1)</script>", 415, "只能上传 PDF、OFD 或 JPG；"),
    "empty": ("报告.pdf", b"", 422, "文件内容为空，请重新选择文件"),
    "encrypted": (
        "报告.pdf",
        hostile.rewritten(hostile.pdf(), encryption=pikepdf.Encryption(owner="o", user="u")),
        422,
        "文件已加密，请取消密码后重传",
    ),
    "broken": ("报告.pdf", hostile.pdf()[:200], 422, "文件打不开，请重新导出"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused_with_what_to_do_and_the_old_one_stays(
    people: Cast, draft: PoolApplication, name: str
) -> None:
    file, content, status, expected = BAD_FILES[name]
    with Unchanged(draft):
        answer = send(draft, people.chen, file, content)
    assert answer.status_code == status
    assert expected in refusals(answer)
    assert (
        f'href="/applications/{draft.no}/tasks/report/"' in answer.content.decode()
    )  # the way back to the slot


def test_file_over_the_limit(people: Cast, draft: PoolApplication) -> None:
    a_setting("upload_mb", "1")
    large = hostile.pdf(hostile.stream(b"%" + bytes(range(256)) * 6000))
    with Unchanged(draft):
        answer = send(draft, people.chen, "报告.pdf", large)
    assert answer.status_code == 413
    assert '"报告.pdf"为 1.5 MB，超过 1 MB。可在 WPS"PDF 压缩"后重试' in refusals(answer)
    page = as_(people.chen).get(f"/applications/{draft.no}/tasks/report/")
    assert "单个文件最大 1 MB" in words(page)  # said before anybody chooses a file


def test_no_file_and_no_slot(people: Cast, draft: PoolApplication) -> None:
    with Unchanged(draft):
        nothing = as_(people.chen).post(f"/applications/{draft.no}/files/", {"kind": "diagnosis_report"})
        nowhere = send(draft, people.chen, "报告.pdf", hostile.pdf(), kind="recommendation")
    assert (nothing.status_code, "请选择要上传的文件" in refusals(nothing)) == (422, True)
    assert (nowhere.status_code, "请从材料栏目中上传文件" in refusals(nowhere)) == (422, True)


def test_file_after_filing_is_too_late(people: Cast) -> None:
    case = an_application(people)
    with Unchanged(case):
        answer = send(case, people.chen, "报告.pdf", hostile.pdf())
    assert answer.status_code == 409
    assert f"{case.no} 现为“待市级审核”，不能更换材料" in refusals(answer)


def test_same_file_again_is_taken_with_a_warning(people: Cast, draft: PoolApplication) -> None:
    send(draft, people.chen, "报告.pdf", hostile.pdf())
    answer = as_(people.chen).post(
        f"/applications/{draft.no}/files/",
        {"kind": "diagnosis_report", "file": SimpleUploadedFile("报告.pdf", hostile.pdf())},
        follow=True,
    )
    assert "“报告.pdf”与上次提交的文件完全相同，未作修改，请确认" in words(answer)


# --- acts that the measure or the moment forbids


@pytest.mark.article(5)
def test_report_of_another_year(people: Cast, draft: PoolApplication) -> None:
    PoolApplication.objects.filter(pk=draft.pk).update(report_year=2023)
    with Unchanged(draft):
        answer = post_act(people.chen, draft, "nominate_self", pledge="on", reason="年度有误")
    assert answer.status_code == 422
    assert "第五条" in refusals(answer)
    assert "2023" in refusals(answer)
    assert re.search(r'name="pledge"[^>]* checked', answer.content.decode())  # need not be given again


def test_pledge_is_asked_for(people: Cast, draft: PoolApplication) -> None:
    with Unchanged(draft):
        answer = post_act(people.chen, draft, "nominate_self")
    assert answer.status_code == 422
    assert "请阅读并勾选承诺" in words(answer)


@pytest.mark.parametrize(
    ("who", "act", "status", "expected"),
    [
        ("zhao", "recommend", 409, "现为“待市级审核”，不能办理“推荐”"),
        ("zhou", "admit", 409, "现为“待市级审核”，不能办理“入库”"),
        ("chen", "nominate_self", 409, "现为“待市级审核”，不能办理“自荐提交”"),
        ("zhao", "clear", 403, "您没有办理“同意入库”的权限"),
        ("chen", "refuse", 403, "您没有"),
        ("zhou", "announce", 404, "没有找到"),
        ("zhou", "no_such_act", 404, "没有找到"),
        ("liu", "withdraw", 404, "没有找到"),
        ("sun", "recommend", 404, "没有找到"),
    ],
)
def test_illegal_act(people: Cast, who: str, act: str, status: int, expected: str) -> None:
    case = an_application(people)
    typed = "我已经写好的说明"
    with Unchanged(case):
        answer = post_act(getattr(people, who), case, act, reason=typed, pledge="on")
    assert answer.status_code == status
    assert expected in words(answer)
    if status == 409:
        assert typed in answer.content.decode()


def test_act_repeated_after_it_was_done(people: Cast) -> None:
    case = an_application(people)
    do(case, "refuse", people.zhou, reason="不属于本市工业企业")
    with Unchanged(case):
        answer = post_act(people.zhou, case, "refuse", reason="再写一遍的理由")
    assert answer.status_code == 409
    assert f"{case.no} 现为“不予入库”，不能办理“不予入库”" in refusals(answer)
    assert "再写一遍的理由" in words(answer)


def test_stale_version_says_who_was_faster_and_shows_what_was_typed(people: Cast) -> None:
    case = an_application(people)
    seen = case.version
    do(case, "type_score", people.zhou, **SCORED)
    with Unchanged(case):
        answer = post_act(people.zhou, case, "refuse", seen=seen, reason="写了很久的理由")
    assert answer.status_code == 409
    assert "周宁于10:00已办理“登记得分”，现为“待市级审核”，请核对后再办" in refusals(answer)
    assert "写了很久的理由" in words(answer)
    fresh = PoolApplication.objects.get(pk=case.pk).version
    assert f'name="seen" value="{fresh}"' in answer.content.decode()  # and can be sent again after a look


def test_stale_task_form_shows_what_was_typed(people: Cast, draft: PoolApplication) -> None:
    with Unchanged(draft):
        answer = as_(people.chen).post(
            f"/applications/{draft.no}/tasks/report/",
            {"seen": 1, "report_agency": "我填的机构", "report_year": "2024"},
        )
    assert answer.status_code == 409
    assert "您填写的内容仍保留在下方，请核对后重新保存" in refusals(answer)
    assert 'value="我填的机构"' in answer.content.decode()


# --- forms


@pytest.mark.article(8)
@pytest.mark.parametrize("score", ["NaN", "Infinity", "1e2", "101", "-1", "58.205", "五十八", "0x10", "60,5"])
def test_score_that_is_none(people: Cast, score: str) -> None:
    case = an_application(people)
    with Unchanged(case):
        form = {"score": score, "score_source": "第三方评价报告第3页", "meets_requirements": "yes"}
        answer = post_act(people.zhou, case, "type_score", **form)
    assert answer.status_code == 422
    assert SCORE_WORDS in words(answer)
    page = answer.content.decode()
    assert f'value="{score}"' in page
    assert 'value="第三方评价报告第3页"' in page


@pytest.mark.parametrize("score", ["NaN", "1e2", "101", "71.005"])
def test_own_score_that_is_none(people: Cast, draft: PoolApplication, score: str) -> None:
    with Unchanged(draft):
        form = {"self_score": score, "self_note": "自评说明一段", "seen": draft.version}
        answer = as_(people.chen).post(f"/applications/{draft.no}/tasks/score/", form)
    assert answer.status_code == 422
    assert SCORE_WORDS in words(answer)
    assert f'value="{score}"' in answer.content.decode()
    assert "自评说明一段" in words(answer)


GOOD = {
    "demand_text": "请补充盖章页",
    "demand_where": "绿色诊断评估报告",
    "demand_article": "5",
    "due_on": "2026-03-27",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"demand_text": "", "demand_where": "", "demand_article": ""}, "请至少列明一项补正内容"),
        ({"demand_where": ""}, "第 1 项补正事项请写明内容和位置"),
        ({"demand_article": "17"}, "第 1 项补正事项请填写依据的条号（1–16）"),
        ({"demand_article": "五"}, "第 1 项补正事项请填写依据的条号（1–16）"),
        ({"due_on": ""}, "请填写补正期限"),
        ({"due_on": "2026-03-18"}, "补正期限应晚于今天"),
        ({"due_on": "下周五"}, "日期格式应为 2026-03-18"),
    ],
)
def test_return_that_says_too_little(people: Cast, changed: dict[str, str], expected: str) -> None:
    case = an_application(people)
    sent = GOOD | changed
    with Unchanged(case):
        answer = post_act(people.zhou, case, "return_by_bureau", **sent)
    assert answer.status_code == 422
    assert expected in words(answer)
    page = answer.content.decode()
    for value in sent.values():
        assert value in page  # typed text, place, article and date stand there again


def test_reason_that_is_required(people: Cast) -> None:
    case = an_application(people)
    with Unchanged(case):
        answer = post_act(people.zhou, case, "refuse", reason="   ")
    assert (answer.status_code, "请填写说明" in words(answer)) == (422, True)


def test_new_application_without_a_category_or_a_call(people: Cast) -> None:
    before = PoolApplication.objects.count()
    answer = as_(people.chen).post("/my/applications/new/", {"category": "teahouse"})
    assert answer.status_code == 422
    a_draft(people)  # opens the call of March
    with clock.fixed(NOW.replace(month=5)):
        late = as_(people.chen).post("/my/applications/new/", {"category": Category.GREEN_PARK})
    assert (late.status_code, "目前没有开放的征集批次" in refusals(late)) == (422, True)
    assert PoolApplication.objects.count() == before + 1


def test_second_application_of_the_same_unit(people: Cast, draft: PoolApplication) -> None:
    with Unchanged(draft):
        answer = as_(people.chen).post("/my/applications/new/", {"category": Category.GREEN_FACTORY})
    assert answer.status_code == 409
    assert PoolApplication.objects.count() == 1


# --- operation ids, tokens, two persons


def test_double_post_is_one_event_and_the_same_answer(people: Cast) -> None:
    case = do(a_draft(people), "ask_district", people.chen)
    form = {"op": new_op(), "seen": case.version, "reason": "材料齐全，同意推荐。"}
    client = as_(people.zhao)
    first, second = (client.post(f"/applications/{case.no}/recommend/", form) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(case=case, act="recommend").count() == 1
    assert PoolApplication.objects.get(pk=case.pk).version == case.version + 1


def test_operation_id_of_somebody_else(people: Cast) -> None:
    case = do(a_draft(people), "ask_district", people.chen)
    used = Event.objects.get(case=case).op
    with Unchanged(case):
        answer = post_act(people.zhao, case, "recommend", op=used, reason="同意推荐，意见另附。")
    assert answer.status_code == 409
    assert "这次提交的编号已被使用，请刷新页面后重试" in refusals(answer)
    assert "同意推荐，意见另附。" in words(answer)


def test_form_without_its_token(people: Cast) -> None:
    case = an_application(people)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.zhou)
    with Unchanged(case):
        answer = client.post(
            f"/applications/{case.no}/refuse/", {"reason": "理由", "op": new_op(), "seen": case.version}
        )
    assert answer.status_code == 403
    assert "页面已过期，本次提交未办理" in words(answer)
    assert not re.search(r"CSRF|Forbidden|cookie", words(answer))


def test_who_drew_up_a_notice_cannot_sign_it_even_after_promotion(people: Cast) -> None:
    notice = a_notice(people, an_application(people, "cleared"), signed=False)
    people.zhou.role = "chief"
    people.zhou.save()
    form = {"op": new_op(), "seen": notice.version}
    refused = as_(people.zhou).post(f"/publicity/{notice.no}/sign/", form)
    assert (refused.status_code, "您没有办理“签发”的权限" in words(refused)) == (403, True)
    notice.refresh_from_db()
    assert notice.state == "drafted"
    assert as_(people.he).post(f"/publicity/{notice.no}/sign/", form | {"op": new_op()}).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.starts_on) == ("running", date(2026, 3, 19))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/?q=%00", "/lists/?q=a%00b", "/notices/?%00=1", "/units/%00/"])
def test_an_address_with_nul_is_refused_and_is_no_error_of_ours(client, address):
    answer = client.get(address)
    assert answer.status_code == 400
    assert "请求不能识别" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_with_nul_is_refused_before_anything_is_written(client):
    answer = client.post(
        "/accounts/login/", "login=a%00b&password=x", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400
