"""入库公示 and 异议核查: from the draft of a notice to the pool, and what stands in the way."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pikepdf
import pytest

from greenmfg import clock
from registry.casework import new_op
from registry.models import Case, Objection, Publicity, Standing
from tests import factories
from tests.people import cast
from tests.registry.pages import applications, as_, chosen, objection, see, seen

pytestmark = pytest.mark.django_db

AFTER = factories.AFTER_NOTICE


@pytest.fixture
def people():
    return cast()


@pytest.fixture(autouse=True)
def in_march():
    with clock.fixed(factories.NOW):
        yield


def typed(*cases: Case, **fields) -> dict:
    """A notice as its form posts it."""
    given = {
        "op": new_op(),
        "seen": "0",
        "title": "关于2026年第一批北京市绿色制造培育库拟入库单位的公示",
        "text": "根据办法第六条，现予以公示。",
        "starts_on": "2026-03-19",
        "days": "5",
        "cases": [str(case.pk) for case in cases],
    }
    return given | fields


def test_from_draft_to_pool(people):
    case, other = applications(people, "cleared", 2)
    zhou, he = as_(people.zhou), as_(people.he)
    text = zhou.get("/publicity/new/").content.decode()
    assert "关于2026年第一批北京市绿色制造培育库拟入库单位的公示" in text
    assert "2026年3月19日至2026年3月25日（5 个工作日）" in text
    assert "匿名反映不予受理" in text
    answer = zhou.post("/publicity/new/", typed(case, other))
    notice = Publicity.objects.get()
    url = notice.get_absolute_url()
    assert answer["Location"] == url == f"/publicity/{notice.no}/"
    assert f'href="{url}sign/"' in he.get(url).content.decode()
    assert he.post(f"{url}sign/", seen(notice)).status_code == 302
    assert he.post(f"{url}sign/", seen(notice)).status_code == 409
    assert zhou.post(f"{url}close/", seen(notice)).status_code == 422
    with clock.fixed(AFTER):
        assert zhou.post(f"{url}close/", seen(notice)).status_code == 302
        page = zhou.get(url).content.decode()
        values = chosen(case, other)
        assert all(f'value="{value}"' in page for value in values)
        result = zhou.post(f"{url}admit/", {"op": new_op(), "case": values}).content.decode()
    assert "已入库 2 家" in result
    assert Standing.objects.filter(level="pool", until__isnull=True).count() == 2


def test_admission_sent_twice_admits_once(people):
    (case,) = applications(people, "cleared", 1)
    notice = factories.a_notice(people, case)
    with clock.fixed(AFTER):
        factories.do(notice, "close", people.zhou, when=AFTER)
        form = {"op": new_op(), "case": chosen(case)}
        answers = [as_(people.zhou).post(f"/publicity/{notice.no}/admit/", form) for _ in range(2)]
    assert ["已入库 1 家" in answer.content.decode() for answer in answers] == [True, True]
    assert Standing.objects.count() == 1


def test_preview_counts_the_days_and_writes_nothing(people):
    (case,) = applications(people, "cleared", 1)
    form = typed(case, starts_on="2026-04-30", days="3", preview="1")
    text = as_(people.zhou).post("/publicity/new/", form).content.decode()
    assert "2026年4月30日至2026年5月7日（3 个工作日）" in text  # 1 to 5 May are a holiday
    assert text.count(case.unit.name) == 3  # the choice, its label, the preview
    assert not Publicity.objects.exists()


def test_nothing_typed_is_lost_when_no_unit_was_chosen(people):
    applications(people, "cleared", 1)
    answer = as_(people.zhou).post("/publicity/new/", typed(title="另一个标题"))
    assert answer.status_code == 422
    assert "另一个标题" in answer.content.decode()
    assert "请至少选择一件拟入库申请" in answer.content.decode()


def test_two_persons_and_no_others(people):
    (case,) = applications(people, "cleared", 1)
    notice = factories.a_notice(people, case, signed=False)
    see(people.he, "/publicity/new/", 403)
    assert as_(people.zhou).post(f"/publicity/{notice.no}/sign/", seen(notice)).status_code == 403
    for outsider in (people.zhao, people.chen, people.wu, people.gao):
        see(outsider, "/publicity/", 403)
        see(outsider, f"/publicity/{notice.no}/", 404)  # unseen while it is being drawn up
    factories.do(notice, "sign", people.he)
    see(people.zhao, f"/publicity/{notice.no}/", 403)  # its public page is another
    see(people.zhou, "/publicity/GS-2026-9999/", 404)
    see(people.zhou, f"/publicity/{notice.no}/announce/", 404)


def test_sent_back_is_redrawn_from_what_was_written(people):
    (case,) = applications(people, "cleared", 1)
    notice = factories.a_notice(people, case, signed=False)
    answer = as_(people.he).post(f"/publicity/{notice.no}/send_back/", seen(notice))
    assert answer.status_code == 422
    assert "请填写说明" in answer.content.decode()
    as_(people.he).post(f"/publicity/{notice.no}/send_back/", seen(notice) | {"reason": "请改标题"})
    text = see(people.zhou, f"/publicity/{notice.no}/redraw/")
    assert notice.title in text
    assert 'value="2026-03-19"' in text


def test_list_finds_a_notice_by_a_unit_on_it(people):
    case, other = applications(people, "cleared", 2)
    first, second = factories.a_notice(people, case), factories.a_notice(people, other, signed=False)
    text = see(people.zhou, f"/publicity/?tab=all&q={case.unit.name}")
    assert first.no in text
    assert second.no not in text
    assert second.no in see(people.zhou, "/publicity/?tab=drafted")


def test_objection_holds_only_its_unit(people):
    held, free = applications(people, "cleared", 2)
    notice = factories.a_notice(people, held, free)
    raised = objection(people, notice, held)
    url = notice.get_absolute_url()
    with clock.fixed(AFTER):
        factories.do(notice, "close", people.zhou, when=AFTER)
        page = see(people.zhou, url)
        form = {"op": new_op(), "case": chosen(held, free)}
        text = as_(people.zhou).post(f"{url}admit/", form).content.decode()
    assert "可入库 1 家" in page
    assert f'value="{held.pk}:' not in page
    assert raised.no in page
    assert "已入库 1 家，移出 1 家" in text
    assert "有 1 件异议尚未办结，不能入库" in text
    assert Case.objects.get(pk=held.pk).state == "on_notice"


def test_a_unit_announced_anew_is_admitted_by_its_latest_notice(people):
    (case,) = applications(people, "cleared", 1)
    first = factories.a_notice(people, case)
    raised = factories.do(objection(people, first, case), "accept", people.zhou)
    factories.do(raised, "uphold", people.zhou, reason="属实")
    factories.do(case, "clear", people.zhou)
    second = factories.a_notice(people, case)
    with clock.fixed(AFTER):
        for notice in (first, second):
            factories.do(notice, "close", people.zhou, when=AFTER)
        assert "办理入库" not in see(people.zhou, first.get_absolute_url())
        assert "办理入库" in see(people.zhou, second.get_absolute_url())


def test_a_stale_version_or_a_stranger_is_left_out(people):
    (case,) = applications(people, "cleared", 1)
    notice = factories.a_notice(people, case)
    url = f"/publicity/{notice.no}/admit/"
    with clock.fixed(AFTER):
        factories.do(notice, "close", people.zhou, when=AFTER)
        stale = as_(people.zhou).post(url, {"op": new_op(), "case": [f"{case.pk}:1", "x", "1:y"]})
        strange = as_(people.zhou).post(url, {"case": ["999999:1"]})
        assert as_(people.he).post(url, {}).status_code == 403
    assert "移出 1 家" in stale.content.decode()
    assert strange.status_code == 302
    assert not Standing.objects.exists()


def test_closing_record_tells_of_the_closing_and_stays_the_same(people):
    held, free = applications(people, "cleared", 2)
    notice = factories.a_notice(people, held, free)
    raised = objection(people, notice, held)
    url = f"/publicity/{notice.no}/record.pdf"
    see(people.zhou, url, 404)
    with clock.fixed(AFTER):
        factories.do(notice, "close", people.zhou, when=AFTER)
    first = as_(people.he).get(url)
    assert first["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(first.content)) as pdf:
        assert notice.no in str(pdf.docinfo["/Title"])
    later = AFTER + timedelta(days=1)
    checked = factories.do(raised, "accept", people.zhou, when=later)
    factories.do(checked, "dismiss", people.zhou, when=later, reason="不实")
    assert as_(people.zhou).get(url).content == first.content


def test_objection_is_received_on_a_running_notice_only(people):
    (case,) = applications(people, "cleared", 1)
    notice = factories.a_notice(people, case)
    url = f"/publicity/{notice.no}/objections/new/"
    form = {
        "op": new_op(),
        "seen": "0",
        "target": str(case.pk),
        "capacity": "person",
        "objector": "示例居民",
        "phone": "010-00000001",
        "received_on": "2026-03-18",
        "facts": "夜间排放",
    }
    assert 'name="objector"' in see(people.zhou, url)
    see(people.he, url, 403)
    assert as_(people.zhou).post(url, form | {"objector": ""}).status_code == 422
    assert as_(people.zhou).post(url, form | {"target": "x"}).status_code == 422
    answer = as_(people.zhou).post(url, form)
    raised = Objection.objects.get()
    assert answer["Location"] == f"/objections/{raised.no}/"
    assert "示例居民" in see(people.he, f"/objections/{raised.no}/")
    assert raised.no in see(people.zhou, f"/objections/?q={case.no}")
    see(people.zhao, f"/objections/{raised.no}/", 404)
    with clock.fixed(AFTER):
        factories.do(notice, "close", people.zhou, when=AFTER)
        closed = see(people.zhou, url)
        assert as_(people.zhou).post(url, form | {"op": new_op()}).status_code == 422
    assert "只有公示中的公示可以登记异议" in closed
    assert 'name="objector"' not in closed


def test_who_signs_sees_which_units_are_exceptions_and_why(people):
    """Article 8 says 原则上: an entry below 60 has a written reason, and the signature covers it knowingly."""
    low = factories.an_application(people, "examining")
    low = factories.do(low, "type_score", people.zhou, **factories.SCORED | {"score": Decimal("58.20")})
    low = factories.do(low, "clear", people.zhou, reason="正在改造，年内可达标")
    plain = factories.an_application(people, "cleared", by=people.liu)
    notice = factories.a_notice(people, low, plain, signed=False)
    page = see(people.he, notice.get_absolute_url())
    assert "58.20" in page
    assert page.count("例外同意入库") == 1
    assert '例外同意入库：正在改造，年内可达标（<a class="article" href="/rules/#art-8">第八条</a>）' in page
    assert "1 家（京华示例机电有限公司），理由见公示页" in see(people.he, f"{notice.get_absolute_url()}sign/")
    assert "58.20" not in see(people.chen, f"/applications/{low.no}/")
