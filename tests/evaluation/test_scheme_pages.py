"""The pages of schemes: what each person reads, types and is told."""

from __future__ import annotations

from datetime import date

import pytest

from evaluation.models import SchemeVersion
from greenmfg import clock
from tests.evaluation.gradings import SECTIONS, a_scheme
from tests.factories import NOW
from tests.people import cast
from tests.registry.pages import as_, plain, see

pytestmark = pytest.mark.django_db
HOME = "/manage/indicators/"


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def sent(user, url: str, typed: dict, status: int = 302) -> str:
    answer = as_(user).post(url, typed)
    assert answer.status_code == status, f"{url}: {answer.status_code} {plain(answer.content.decode())[:900]}"
    return answer.get("Location") or answer.content.decode()


def doubted(code: str = "G1") -> list[dict]:
    return [
        one | {"items": [it | {"doubt": "未见标准附录"} if it["code"] == code else it for it in one["items"]]}
        for one in SECTIONS
    ]


def test_the_list_tells_how_each_stands_and_what_is_still_open(people):
    for code, since in (("factory-a", date(2026, 3, 18)), ("factory-b", date(2028, 1, 1))):
        a_scheme(people, since=since, code=code, title=f"指标{code}")
    a_scheme(people, since=None, code="factory-c", title="指标factory-c", sections=doubted())
    shown = plain(see(people.zhou, HOME))
    assert "指标factory-afactory-a施行中2026年3月18日500据此起草" in shown
    assert "指标factory-bfactory-b自2028年1月1日起施行2028年1月1日500" in shown
    assert "指标factory-cfactory-c准备中—510据此起草" in shown
    assert "仅供查阅" in shown
    shown = plain(see(people.wu, HOME))
    assert "factory-a" in shown
    assert "factory-b" not in shown
    assert "据此起草" not in shown
    see(people.wu, f"{HOME}factory-c/", 404)
    assert "可再生能源利用率（%），越高越好基准值：0引领值：30" in plain(see(people.wu, f"{HOME}factory-a/"))


def test_a_copy_is_changed_item_by_item_checked_and_put_in_force_by_another(people):
    a_scheme(people, since=date(2026, 3, 18), sections=SECTIONS)
    a_scheme(people, since=None, code="factory-doubt", sections=doubted())
    typed = {"code": "factory-2027", "title": "新指标体系", "basis": "京经信发〔2027〕1号", "note": ""}
    typed["replaces"] = "factory-test"
    page = sent(people.zhou, f"{HOME}new/?from=factory-doubt", typed)
    assert page == f"{HOME}factory-2027/"
    shown = plain(see(people.he, page))
    assert "G1管理体系：待核：未见标准附录" in shown
    assert "据factory-doubt《测试指标体系》起草" in shown
    assert "尚不能施行" in sent(people.he, page, {"in_force_from": "2028-01-01", "seen": "1"}, 422)

    item = {
        "points": "20",
        "step": "1",
        "waiver": "none",
        "evidence": "证书",
        "guide": "",
        "doubt": "",
        "seen": "1",
    }
    refused = sent(people.zhou, f"{page}items/G1/", item, 422)
    assert "取消待核须写明核对的依据" in refused
    sent(people.zhou, f"{page}items/G1/", item | {"checked": "标准附录C"})
    assert "已被他人更新" in sent(people.zhou, f"{page}items/G1/", item | {"checked": "标准附录C"}, 409)
    shown = plain(see(people.zhou, page))
    assert "核对依据标准附录C" in shown
    assert "与《测试指标体系》（factory-test）的差异" in shown
    sent(people.zhou, page, {"in_force_from": "2028-01-01", "seen": "2"}, 403)
    sent(people.he, page, {"in_force_from": "2028-01-01", "seen": "2"})
    see(people.zhou, f"{page}items/G1/", 403)
    see(people.zhou, f"{page}edit/", 403)
    sent(people.he, page, {"take_back": "1", "seen": "3"})
    sent(people.he, page, {"drop": "1", "seen": "4"}, 403)
    assert sent(people.zhou, page, {"drop": "1", "seen": "4"}) == HOME
    assert not SchemeVersion.objects.filter(code="factory-2027").exists()


def test_what_does_not_fit_in_an_item_is_said_at_its_field_and_kept(people):
    a_scheme(people, since=None)
    words = {"waiver": "none", "evidence": "", "guide": "", "doubt": "", "seen": "1"}
    url = f"{HOME}factory-test/items/"
    shown = sent(people.zhou, f"{url}N2/", words | {"points": "30", "g0_base": "40", "g0_lead": "30"}, 422)
    assert 'href="#id_g0_lead">引领值：引领值应大于基准值' in shown
    assert 'value="40"' in shown
    shown = sent(people.zhou, f"{url}N2/", words | {"points": "1e1", "g0_base": "", "g0_lead": ""}, 422)
    assert "满分：应为数字，不带单位、逗号和百分号" in shown
    steps = {f"g0_s{n}_{name}": "" for n in range(5) for name in ("bound", "points")}
    steps |= {"g0_s0_bound": "1", "g0_s0_points": "5", "g0_s2_bound": "8", "g0_s2_points": "4"}
    shown = sent(people.zhou, f"{url}G2/", words | {"points": "20"} | steps, 422)
    assert 'href="#id_g0_s2_points">第 3 档得分：各档得分应随界限递增' in shown
    shown = sent(people.zhou, f"{url}G2/", words | {"points": "20"} | steps | {"g0_s2_points": ""}, 422)
    assert 'href="#id_g0_s2_points">第 3 档得分：界限和得分须一并填写' in shown
    assert SchemeVersion.objects.get(code="factory-test").version == 1
    sent(people.zhou, f"{url}G2/", words | {"points": "20"} | steps | {"g0_s2_points": "20"})
    (gauge,) = SchemeVersion.objects.get(code="factory-test").loaded().by_code["G2"].gauges
    assert [(step.bound, step.points) for step in gauge.steps] == [(1, 5), (8, 20)]


def test_heads_and_points_of_sections_are_changed_together(people):
    a_scheme(people, since=None)
    typed = {"code": "factory-test", "title": "改名", "basis": "测试", "note": "", "seen": "1"}
    for n, points in enumerate(("0", "70", "30")):
        typed |= {f"name_{n}": f"第{n}组", f"points_{n}": points}
    page = sent(people.zhou, f"{HOME}factory-test/edit/", typed)
    shown = plain(see(people.he, page))
    assert "第1组：各项满分合计60，与本级满分70不符" in shown
    assert "请写明依据" in sent(people.zhou, f"{page}edit/", typed | {"basis": "", "seen": "2"}, 422)
    assert "已被他人更新" in sent(people.zhou, f"{page}edit/", typed, 409)
