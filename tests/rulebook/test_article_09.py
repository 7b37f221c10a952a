"""Article 9: dynamic management covers existing green manufacturing units."""

import pytest

from greenmfg.rulebook import Level, owes_annual_data

pytestmark = pytest.mark.article(9)


@pytest.mark.parametrize(
    ("level", "owes"),
    [(None, False), (Level.POOL, False), (Level.MUNICIPAL, True), (Level.NATIONAL, True)],
)
def test_who_owes_yearly_data(level: Level | None, owes: bool) -> None:
    assert owes_annual_data(level) is owes
