"""Article 6: calls, and admission after a notice without objection."""

from datetime import date

import pytest

from greenmfg.rulebook import Finding, call_open, pool_admission

pytestmark = pytest.mark.article(6)

OPENS, CLOSES = date(2026, 3, 2), date(2026, 3, 31)
LAST = date(2026, 3, 18)


@pytest.mark.parametrize("on", [OPENS, date(2026, 3, 15), CLOSES])
def test_both_days_belong_to_the_call(on: date) -> None:
    assert call_open(opens_on=OPENS, closes_on=CLOSES, on=on) == []


def test_a_call_without_an_end_stays_open() -> None:
    assert call_open(opens_on=OPENS, closes_on=None, on=date(2030, 1, 1)) == []


@pytest.mark.parametrize(
    ("opens_on", "on", "message"),
    [
        pytest.param(None, OPENS, "目前没有开放的征集批次", id="no-call"),
        pytest.param(OPENS, date(2026, 3, 1), "本批次征集自2026年3月2日起，尚未开始", id="the-day-before"),
        pytest.param(OPENS, date(2026, 4, 1), "本批次征集已于2026年3月31日截止", id="the-day-after"),
    ],
)
def test_outside_a_call(opens_on: date | None, on: date, message: str) -> None:
    assert call_open(opens_on=opens_on, closes_on=CLOSES, on=on) == [Finding(6, message)]


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
