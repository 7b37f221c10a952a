"""Two records of one enterprise become one, and two again; a unit without a district is given its district."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from registry.models import LegalEntity, Standing, Unit
from registry.verify import verify
from tests.journeys.conftest import Visit
from tests.people import Cast
from tests.registry.registrations import an_imported_entity

KEPT, GONE = "京华示例机电有限公司", "京华示例机电厂"


def test_merged_with_a_preflight_and_taken_back(visit: Visit, people: Cast) -> None:
    unit = an_imported_entity(people, GONE)
    page = visit("shiju")
    page.goto("/entities/?q=京华示例机电有限")
    page.get_by_role("link", name=KEPT, exact=True).click()
    page.get_by_role("link", name=re.compile(f"核对合并.*{GONE}")).click()
    preflight = page.locator(".panel", has_text="将转入保留主体")
    expect(preflight).to_contain_text("资格")
    expect(preflight).to_contain_text(f"“{GONE}”登记为曾用名")
    page.get_by_label("理由").fill("两期名单中的同一企业")
    page.get_by_role("button", name="合并").click()
    expect(page.get_by_role("status").filter(has_text=f"已将“{GONE}”并入“{KEPT}”")).to_be_visible()
    assert Standing.objects.get().unit.entity.name == KEPT
    page.goto(f"/entities/{unit.entity_id}/")
    expect(page.get_by_text("本条记录已并入其他法人主体")).to_be_visible()
    page.get_by_role("link", name="恢复分立").click()
    page.get_by_label("理由").fill("核对有误")
    page.get_by_role("button", name="恢复分立").click()
    expect(page.get_by_role("status").filter(has_text=f"已恢复“{GONE}”")).to_be_visible()
    assert Standing.objects.get().unit == unit
    assert not LegalEntity.objects.exclude(merged_into=None).exists()
    verify()


def test_the_queue_of_units_without_a_district(visit: Visit, people: Cast) -> None:
    units = [an_imported_entity(people, f"{sign}示例铸造有限公司") for sign in "甲乙丙"]
    page = visit("shiju")
    page.get_by_role("link", name="确定所在区").click()
    for name in ("甲示例铸造有限公司", "丙示例铸造有限公司"):
        page.get_by_label(f"选择 {name}").check()
    page.get_by_label("所在区").select_option("大兴区")
    page.get_by_role("button", name="确定所在区").click()
    expect(page.get_by_role("status").filter(has_text="已将 2 家单位划入大兴区")).to_be_visible()
    assert [Unit.objects.get(pk=unit.pk).district_id for unit in units] == ["110115", None, "110115"]
    sun = visit("quju2")
    sun.goto("/units/")
    expect(sun.get_by_role("link", name="甲示例铸造有限公司")).to_be_visible()
    sun.goto("/me/notifications/")
    expect(sun.get_by_text("2 家单位划入大兴区").first).to_be_visible()
