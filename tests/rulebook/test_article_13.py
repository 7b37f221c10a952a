"""Article 13: what a district reports."""

import pytest

from greenmfg.rulebook import Finding, ReportKind, article, district_report

pytestmark = pytest.mark.article(13)

NAMED = [kind for kind in ReportKind if kind is not ReportKind.OTHER]


def test_five_kinds_in_the_words_of_the_article_and_one_more() -> None:
    assert "、".join(kind.label for kind in NAMED) + "等情形" in article(13).lead
    assert len(NAMED) == 5
    assert ReportKind.OTHER.label == "其他情形"


@pytest.mark.parametrize("kind", NAMED)
def test_a_named_kind_needs_no_words(kind: ReportKind) -> None:
    assert district_report(kind, words="") == []


@pytest.mark.parametrize("words", ["", " ", "\u3000\n"])
def test_another_kind_needs_words(words: str) -> None:
    assert district_report(ReportKind.OTHER, words=words) == [Finding(13, "选择“其他情形”的，须写明具体情况")]
    assert district_report(ReportKind.OTHER, words="厂区停产搬迁") == []
