"""Article 15: support prefers green manufacturing units."""

import pytest

from greenmfg.rulebook import Finding, Level, Support, support_eligible

pytestmark = pytest.mark.article(15)


@pytest.mark.parametrize("support", list(Support))
@pytest.mark.parametrize("level", [Level.MUNICIPAL, Level.NATIONAL])
def test_a_listed_unit_is_eligible(support: Support, level: Level) -> None:
    assert support_eligible(support, level=level) == []


@pytest.mark.parametrize(
    ("level", "state"),
    [(Level.POOL, "该单位在培育库内，尚未列入名单"), (None, "该单位不在绿色制造单位名单内")],
)
def test_others_are_not(level: Level | None, state: str) -> None:
    assert support_eligible(Support.GREEN_FINANCE, level=level) == [
        Finding(15, f"绿色金融的优先支持对象为名单内的绿色制造单位，{state}")
    ]
