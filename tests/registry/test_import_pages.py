"""Importing over the web: looked at before it is written, confirmed once, by whoever brought it and nobody else."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from greenmfg import clock
from registry import intake, tasks
from registry.models import Event, ImportFile, PoolApplication, Unit
from registry.resources.recommendations import Recommendations
from registry.resources.units import Units
from tests import factories
from tests.people import cast
from tests.registry.damaged import csv_file, digest_of_everything, table
from tests.registry.pages import as_, see

pytestmark = pytest.mark.django_db

NOW = factories.NOW
GOOD = {"单位名称": "昌平示例甲有限公司", "类型": "绿色工厂"}
WRONG = {"单位名称": "昌平示例乙有限公司", "类型": "绿色工场", "联系电话": "见名片"}


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def upload(*rows: dict[str, str], name: str = "单位.csv", kind=Units) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, csv_file(table(kind, *rows)))


def brought(person, *rows: dict[str, str], kind=Units) -> str:
    """The address of the preview after an upload."""
    answer = as_(person).post(f"/imports/{kind.KEY}/", {"file": upload(*rows, kind=kind)})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_the_preview_names_each_wrong_cell_and_writes_nothing(people):
    before = digest_of_everything()
    url = brought(people.zhao, GOOD, WRONG)
    page = see(people.zhao, url)
    assert "共 2 行：新增 <b>1</b>，更新 <b>0</b>，未变 <b>0</b>，有误 <b>1</b>" in page
    for cell in ("类型", "绿色工场", "不是可以识别的内容", "是否为“绿色工厂”", "见名片", "不是电话号码"):
        assert f">{cell}<" in page, cell
    assert "昌平示例甲" not in page  # wrong rows first
    assert "昌平示例甲有限公司 · 绿色工厂" in see(people.zhao, f"{url}?show=new")
    assert "只导入正确的 1 行" in page
    assert "全部导入" not in page
    after = digest_of_everything()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"registry_importfile", "django_session", "registry_user"}


def test_all_is_refused_while_a_row_is_wrong_and_the_right_ones_go_alone(people):
    url = brought(people.zhao, GOOD, WRONG)
    refused = as_(people.zhao).post(url, {"do": "all"})
    assert refused.status_code == 422
    assert "有 1 行有误，没有写入任何内容" in refused.content.decode()
    assert not Unit.objects.exists()
    assert as_(people.zhao).post(url, {"do": "nonsense"}).status_code == 422
    answer = as_(people.zhao).post(url, {"do": "sound"}, follow=True)
    assert "已导入 1 行，略过有误的 1 行" in answer.content.decode()
    assert "写入 1 行，略过 1 行" in see(people.zhao, url)
    assert Unit.objects.get().entity.name == "昌平示例甲有限公司"


def test_a_second_confirmation_does_nothing(people):
    url = brought(people.zhao, GOOD)
    client = as_(people.zhao)
    assert client.post(url, {"do": "all"}).status_code == 302
    again = client.post(url, {"do": "all"}, follow=True)
    assert "已经导入或者已经放弃，没有重复导入" in again.content.decode()
    assert "全部导入" not in again.content.decode()
    assert Event.objects.filter(stream="ledger:imports").count() == 1
    assert "导入单位" in see(people.zhao, "/imports/")


@pytest.mark.django_db(transaction=True)  # several connections, or what happens after the commit
def test_what_is_dropped_is_gone_with_its_bytes(people):
    url = brought(people.zhao, GOOD)
    file = ImportFile.objects.get()
    assert file.name in see(people.zhao, "/imports/")
    answer = as_(people.zhao).post(url, {"do": "drop"}, follow=True)
    assert "已放弃“单位.csv”，没有写入任何内容" in answer.content.decode()
    assert not ImportFile.objects.exists()
    assert not intake.verify(file.path, file.sha256)
    assert as_(people.zhao).post(url, {"do": "all"}).status_code == 404


def test_a_file_is_its_bringers_alone(people):
    url = brought(people.zhao, GOOD)
    for other in (people.sun, people.zhou):
        see(other, url, 404)
        see(other, f"{url}marked.xlsx", 404)
        assert as_(other).post(url, {"do": "all"}).status_code == 404
        assert "单位.csv" not in see(other, "/imports/")
    see(people.zhao, url.replace("units", "diagnoses"), 404)
    assert not Unit.objects.exists()


@pytest.mark.django_db(transaction=True)  # several connections, or what happens after the commit
def test_a_file_expires_and_is_swept(people):
    url = brought(people.zhao, GOOD)
    file = ImportFile.objects.get()
    with clock.fixed(NOW + ImportFile.KEPT - timedelta(seconds=1)):
        tasks.sweep_uploads()
        see(people.zhao, url)
    with clock.fixed(NOW + ImportFile.KEPT):
        see(people.zhao, url, 404)
        tasks.sweep_uploads()
    assert not ImportFile.objects.exists()
    assert not intake.verify(file.path, file.sha256)


def test_bytes_that_changed_on_the_disk_are_not_imported(people, monkeypatch):
    url = brought(people.zhao, GOOD)
    ImportFile.objects.update(sha256="0" * 64)
    answer = as_(people.zhao).post(url, {"do": "all"})
    assert answer.status_code == 422
    assert "已过期，请重新上传" in answer.content.decode()
    assert not Unit.objects.exists()
    assert ImportFile.objects.get().done_at is None


def test_a_file_that_is_no_table_is_refused_at_the_field_and_not_kept(people):
    client = as_(people.zhao)
    for content, says in ((b"", "是空的"), (b"%PDF-1.7", "这是 PDF 文件"), (b"a,b\n1,2\n", "没有找到列")):
        answer = client.post("/imports/units/", {"file": SimpleUploadedFile("<i>报告.csv", content)})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert says in page
        assert 'aria-invalid="true"' in page
        assert "<i>" not in page
    assert "请选择要导入的文件" in client.post("/imports/units/").content.decode()
    assert not ImportFile.objects.exists()


def test_an_import_that_changes_nothing_says_so(people):
    as_(people.zhao).post(brought(people.zhao, GOOD), {"do": "all"})
    url = brought(people.zhao, GOOD)
    assert "导入不产生变更" in see(people.zhao, url)
    answer = as_(people.zhao).post(url, {"do": "all"}, follow=True)
    assert "没有需要写入的内容，0 处变更" in answer.content.decode()
    assert Event.objects.filter(stream="ledger:imports").count() == 1


def test_the_marked_workbook_and_the_templates_are_downloads(people):
    url = brought(people.zhao, GOOD, WRONG)
    answer = as_(people.zhao).get(f"{url}marked.xlsx")
    assert answer["Content-Disposition"].startswith("attachment")
    heads = [cell.value for cell in load_workbook(io.BytesIO(answer.content)).active[1]]
    assert heads[-1] == "错误原因"
    factories.an_application(people, "with_district")
    for what, filled, count in (
        ("units", "", 0),
        ("units", "?filled=1", 1),
        ("recommendations", "?filled=1", 1),
    ):
        answer = as_(people.zhao).get(f"/imports/{what}/template.xlsx{filled}")
        page = load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert (page.max_row == 2, str(page["A2"].value or "").startswith("【示例】")) == (True, not count)
    exported = Event.objects.filter(stream="ledger:exports").order_by("pk")
    assert [event.label for event in exported] == ["导出单位（导入表）", "导出区级推荐（导入表）"]


@pytest.mark.article(5)
def test_recommendations_of_a_file_are_acts_of_who_confirms(people):
    case = factories.an_application(people, "with_district")
    row = {"申请编号": case.no, "单位名称": case.unit.name, "是否推荐": "推荐", "推荐意见": "同意推荐"}
    url = brought(people.zhao, row, kind=Recommendations)
    assert PoolApplication.objects.get().state == "with_district"
    as_(people.zhao).post(url, {"do": "all"})
    assert PoolApplication.objects.get().state == "examining"
    event = Event.objects.get(act="recommend")
    assert (event.by, event.reason) == (people.zhao, "同意推荐")
    assert "已按本文件办理" in see(people.zhao, url)
    assert "查看办理情况" in see(people.zhao, url)


def test_long_results_come_in_pages(people):
    url = brought(
        people.zhao, *({"单位名称": f"昌平示例{n}有限公司", "类型": "绿色工厂"} for n in range(130))
    )
    assert see(people.zhao, url).count('<tr class="row-good"') == 100
    assert see(people.zhao, f"{url}?page=2").count('<tr class="row-good"') == 30
