"""The text of the measure, and that each article is code or says why not."""

import inspect
from hashlib import sha256

import pytest

from greenmfg import rulebook


def test_there_are_sixteen_articles_in_order() -> None:
    assert [article.number for article in rulebook.ARTICLES] == list(range(1, 17))
    assert [article.title for article in rulebook.ARTICLES][7:11] == [
        "第八条",
        "第九条",
        "第十条",
        "第十一条",
    ]
    assert rulebook.article(8).anchor == "art-8"


def test_the_text_is_as_published() -> None:
    """The digest of all paragraphs. It changes only when the published text is typed in anew."""
    text = "\n".join(p for article in rulebook.ARTICLES for p in article.paragraphs)
    assert (
        sha256(text.encode()).hexdigest()
        == "c1282cd724efda708f16dce595556f3b3871715a6a47c7a87c18fa11a8f3e112"
    )


def test_chapters() -> None:
    first: dict[str, int] = {}
    for article in rulebook.ARTICLES:
        first.setdefault(article.chapter, article.number)
    assert first == {"总则": 1, "培育创建": 4, "分级评价": 7, "动态管理": 9, "支持政策": 15, "附则": 16}


def test_items_stand_apart() -> None:
    assert {a.number: len(a.items) for a in rulebook.ARTICLES if a.items} == {7: 4, 10: 7}
    assert rulebook.article(7).items[3].startswith("（四）绿色工厂领军企业")
    assert rulebook.article(7).lead.endswith("绿色工厂达标企业、优质企业、标杆企业、领军企业。")


@pytest.mark.parametrize("number", [0, 17, -1])
def test_there_is_no_other_article(number: int) -> None:
    with pytest.raises(LookupError):
        rulebook.article(number)


@pytest.mark.parametrize("number", range(1, 17))
def test_each_article_is_code_or_says_why_not(number: int) -> None:
    article = rulebook.article(number)
    assert article.functions or article.not_code.startswith("不写成代码：")
    for name in article.functions:
        assert inspect.isfunction(getattr(rulebook, name)), name


@pytest.mark.article(1)
def test_aims_are_not_code() -> None:
    assert rulebook.article(1).functions == ()
    assert rulebook.article(1).not_code


@pytest.mark.article(3)
def test_duties_are_not_code() -> None:
    assert rulebook.article(3).functions == ()
    assert rulebook.article(3).not_code


def test_each_function_belongs_to_one_article() -> None:
    placed = [name for article in rulebook.ARTICLES for name in article.functions]
    helpers = {"article", "cite", "numeral"}
    public = {name for name in rulebook.__all__ if inspect.isfunction(getattr(rulebook, name))}
    assert sorted(placed) == sorted(public - helpers)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (16, "十六"), (20, "二十"), (99, "九十九")],
)
def test_numerals(number: int, text: str) -> None:
    assert rulebook.numeral(number) == text


@pytest.mark.parametrize("number", [0, 100])
def test_numerals_end(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        rulebook.numeral(number)


def test_citing() -> None:
    assert rulebook.cite(8) == "第八条"
    assert rulebook.cite(10, item=1) == "第十条第（一）项"
    finding = rulebook.Finding(5, "缺少本年度或上一年度绿色诊断评估报告")
    assert finding.binding is True
    assert str(finding) == "缺少本年度或上一年度绿色诊断评估报告（第五条）"
