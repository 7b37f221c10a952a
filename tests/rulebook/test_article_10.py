"""Article 10: what keeps a standing, and the seven grounds that can end it."""

from datetime import date

import pytest

from greenmfg.rulebook import Finding, Ground, article, revocation, standing_kept

pytestmark = pytest.mark.article(10)

LAST = date(2026, 3, 18)


def test_the_grounds_are_the_words_of_the_article() -> None:
    assert [ground.number for ground in Ground] == [1, 2, 3, 4, 5, 6, 7]
    assert len(article(10).items) == len(Ground)
    for ground, item in zip(Ground, article(10).items, strict=True):
        assert ground.label in item
    assert Ground.FAILED.source == "第十条第（二）项"


@pytest.mark.parametrize("ground", [ground for ground in Ground if ground is not Ground.OTHER])
def test_a_named_ground_speaks_for_itself(ground: Ground) -> None:
    assert revocation(ground, words="") == []


@pytest.mark.parametrize("words", ["", "  \n", "\u3000"])
def test_the_catch_all_needs_words(words: str) -> None:
    assert revocation(Ground.OTHER, words=words) == [
        Finding(10, "以第（七）项为由报请撤销的，须写明具体情况")
    ]
    assert revocation(Ground.OTHER, words="连续两年能耗不达标") == []


def test_kept_after_a_passed_review_and_its_notice() -> None:
    assert (
        standing_kept(
            passed=True, notice_closed=True, notice_ends_on=LAST, on=date(2026, 3, 19), open_objections=0
        )
        == []
    )


@pytest.mark.parametrize(
    ("passed", "on", "objections", "message"),
    [
        pytest.param(False, date(2026, 3, 19), 0, "复审评价未合格，不能保留资格", id="failed"),
        pytest.param(True, LAST, 0, "公示期至2026年3月18日，期满前不能保留资格", id="notice-runs"),
        pytest.param(True, date(2026, 3, 19), 1, "有 1 件异议尚未办结，不能保留资格", id="objection"),
    ],
)
def test_not_kept_otherwise(passed: bool, on: date, objections: int, message: str) -> None:
    assert standing_kept(
        passed=passed, notice_closed=True, notice_ends_on=LAST, on=on, open_objections=objections
    ) == [Finding(10, message)]
