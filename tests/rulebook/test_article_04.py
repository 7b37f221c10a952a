"""Article 4: nominations come from the pool, in the main."""

import pytest

from greenmfg.rulebook import nomination_source

pytestmark = pytest.mark.article(4)


def test_a_pool_unit_is_nominated_without_more() -> None:
    assert nomination_source(in_pool=True) == []


def test_the_main_source_is_not_the_only_one() -> None:
    [finding] = nomination_source(in_pool=False)
    assert (finding.article, finding.binding) == (4, False)
    assert "国家级申报推荐以培育库为主要来源" in finding.message
