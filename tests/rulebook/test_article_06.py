"""Article 6: calls and their quotas, and admission after a notice without objection."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from greenmfg.rulebook import (
    Call,
    Category,
    Finding,
    Route,
    asked_materials,
    call_open,
    call_takes,
    pool_admission,
    quota_left,
    told_at_once,
)

pytestmark = pytest.mark.article(6)

BEIJING = ZoneInfo("Asia/Shanghai")
LAST = date(2026, 3, 18)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


# Nine o'clock on the 2nd until five in the afternoon of the 31st; and the same in whole days.
CALL = Call("2026年第一批", opens=at("2026-03-02 09:00"), closes=at("2026-03-31 17:00"))
WHOLE = replace(CALL, opens=at("2026-03-02 00:00"), closes=at("2026-04-01 00:00"))


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        (CALL, "2026-03-02 09:00"),
        (CALL, "2026-03-31 16:59:59.999999"),
        (WHOLE, "2026-03-02 00:00"),
        (WHOLE, "2026-03-31 23:59:59.999999"),
    ],
)
def test_a_call_takes_from_its_first_moment_up_to_its_close(call: Call, moment: str) -> None:
    assert call.is_open(at(moment))
    assert call_open(call, at=at(moment)) == []


@pytest.mark.parametrize(
    ("call", "moment", "message"),
    [
        pytest.param(None, "2026-03-02 09:00", "目前没有开放的征集批次", id="no-call"),
        pytest.param(
            CALL,
            "2026-03-02 08:59:59",
            "2026年第一批征集自2026年3月2日9时起，尚未开始",
            id="a-second-too-soon",
        ),
        pytest.param(
            WHOLE, "2026-03-01 23:59", "2026年第一批征集自2026年3月2日起，尚未开始", id="the-day-before"
        ),
        pytest.param(
            CALL,
            "2026-03-31 17:00",
            "2026年第一批征集已于2026年3月31日17时截止，草稿已保留，可用于下一批",
            id="on-the-stroke",
        ),
        pytest.param(
            WHOLE,
            "2026-04-01 00:00",
            "2026年第一批征集已于2026年3月31日截止，草稿已保留，可用于下一批",
            id="midnight",
        ),
        pytest.param(
            replace(CALL, closes=at("2026-03-31 17:30")),
            "2026-04-01 00:00",
            "2026年第一批征集已于2026年3月31日17时30分截止，草稿已保留，可用于下一批",
            id="half-past",
        ),
    ],
)
def test_outside_a_call(call: Call | None, moment: str, message: str) -> None:
    assert call_open(call, at=at(moment)) == [Finding(6, message)]
    assert call is None or not call.is_open(at(moment))


FACTORY, SUPPLY = Category.GREEN_FACTORY, Category.GREEN_SUPPLY_CHAIN


@pytest.mark.parametrize(
    ("limits", "asked", "message"),
    [
        ({"categories": frozenset({SUPPLY})}, {"category": FACTORY}, "2026年第一批不征集绿色工厂"),
        (
            {"routes": frozenset({Route.DISTRICT})},
            {"category": FACTORY, "route": "self"},
            "2026年第一批不接受自荐，可采用的方式为区级推荐",
        ),
        (
            {"routes": frozenset({Route.SELF})},
            {"category": FACTORY, "route": "district", "district": "110114"},
            "2026年第一批不接受区级推荐，可采用的方式为自荐",
        ),
        (
            {"districts": frozenset({"110115"})},
            {"category": FACTORY, "route": "district", "district": "110114", "place": "昌平区"},
            "2026年第一批的推荐区不含昌平区",
        ),
        (
            {"districts": frozenset({"110115"})},
            {"category": FACTORY, "route": "district", "district": None},
            "2026年第一批的推荐区不含该区",
        ),
    ],
)
def test_what_a_call_does_not_take_is_named(
    limits: dict[str, Any], asked: dict[str, Any], message: str
) -> None:
    assert call_takes(replace(CALL, **limits), **asked) == [Finding(6, message)]


@pytest.mark.parametrize(
    "asked",
    [
        {"category": FACTORY},
        {"category": FACTORY, "route": "self"},
        {"category": SUPPLY, "route": "district", "district": "110115"},
        {"category": SUPPLY, "route": "district", "district": None},
    ],
)
def test_a_call_without_limits_takes_all(asked: dict[str, Any]) -> None:
    assert call_takes(CALL, **asked) == []


def test_a_limit_on_districts_is_no_limit_on_self_nomination() -> None:
    call = replace(CALL, districts=frozenset({"110115"}))
    assert call_takes(call, category=FACTORY, route="self", district="110114") == []


@pytest.mark.parametrize(
    ("places", "used", "full"), [(None, 99, False), (2, 1, False), (2, 2, True), (2, 3, True), (0, 0, True)]
)
def test_a_quota_is_full_when_all_its_places_are_used(places: int | None, used: int, full: bool) -> None:
    found = quota_left(call="2026年第一批", place="昌平", places=places, used=used)
    message = f"2026年第一批昌平名额 {places} 个，已推荐 {used} 个，不能再推荐"
    assert found == ([Finding(6, message)] if full else [])


def test_each_material_that_a_call_asks_for_is_named() -> None:
    assert asked_materials(call="2026年第一批", missing=["能源管理体系证书", "承诺书"]) == [
        Finding(6, "2026年第一批要求提交“能源管理体系证书”，尚未上传"),
        Finding(6, "2026年第一批要求提交“承诺书”，尚未上传"),
    ]


def test_a_second_return_is_let_through_with_words_and_the_first_without() -> None:
    assert told_at_once(returns=0) == []
    (found,) = told_at_once(returns=2)
    assert (found.article, found.binding) == (6, False)
    assert "已退回补正 2 次" in found.message
    assert "上次未告知" in found.message


def test_admitted_the_day_after_a_closed_notice_without_objection() -> None:
    assert (
        pool_admission(notice_closed=True, notice_ends_on=LAST, on=date(2026, 3, 19), open_objections=0) == []
    )


@pytest.mark.parametrize(
    ("closed", "ends_on", "on", "message"),
    [
        pytest.param(False, None, LAST, "尚未公示，不能入库", id="no-notice"),
        pytest.param(False, LAST, LAST, "公示期至2026年3月18日，期满前不能入库", id="on-its-last-day"),
        pytest.param(True, LAST, LAST, "公示期至2026年3月18日，期满前不能入库", id="closed-too-soon"),
        pytest.param(
            False, LAST, date(2026, 3, 19), "公示期已满但公示尚未办理结束，不能入库", id="not-closed-yet"
        ),
    ],
)
def test_not_before_the_notice_is_over(closed: bool, ends_on: date | None, on: date, message: str) -> None:
    assert pool_admission(notice_closed=closed, notice_ends_on=ends_on, on=on, open_objections=0) == [
        Finding(6, message)
    ]


def test_not_with_an_open_objection() -> None:
    assert pool_admission(
        notice_closed=True, notice_ends_on=LAST, on=date(2026, 3, 19), open_objections=2
    ) == [Finding(6, "有 2 件异议尚未办结，不能入库")]


def test_all_that_is_lacking_is_told_at_once() -> None:
    found = pool_admission(notice_closed=False, notice_ends_on=LAST, on=LAST, open_objections=1)
    assert [f.message for f in found] == [
        "公示期至2026年3月18日，期满前不能入库",
        "有 1 件异议尚未办结，不能入库",
    ]


def test_objections_are_counted() -> None:
    with pytest.raises(ValueError, match="counts objections"):
        pool_admission(notice_closed=True, notice_ends_on=LAST, on=LAST, open_objections=-1)
