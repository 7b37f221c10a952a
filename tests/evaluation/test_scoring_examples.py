"""Points worked out by hand, for every way in which an item can be answered (Articles 7, 8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evaluation.explaining import outlook, why
from evaluation.scheme import NotAScheme, Scheme, number
from evaluation.scoring import NOTHING, Answer, NotAnAnswer, Product, score, weights_of
from greenmfg.rulebook import DRAFT_2023, NotAScore, grade
from tests.evaluation.making_schemes import judged, measured, scheme_of, stepped, worth

pytestmark = pytest.mark.article(7)
D = Decimal
UP = {"better": "higher", "base": "2", "lead": "8"}
DOWN = {"better": "lower", "base": "8", "lead": "2"}
BY_SIZE = {
    "size": "产能",
    "brackets": [{"least": "10", "base": "0", "lead": "10"}, {"least": "50", "base": "0", "lead": "20"}],
}
STEPS = [("1", "5"), ("3", "12"), ("8", "20")]
DOWN_STEPS = [("8", "5"), ("3", "12"), ("1", "20")]
EITHER = [{"code": "x", "name": "甲"} | UP, {"code": "y", "name": "乙"} | DOWN]


def points(item: dict, answer: Answer) -> Decimal | None:
    return score(scheme_of([item]), {"A": answer}).lines[0].points


@pytest.mark.parametrize(
    ("item", "value", "earned"),
    [
        (measured("A", **UP), "5", "10.00"),
        (measured("A", **UP), "2", "0.00"),
        (measured("A", **UP), "1.9", "0.00"),
        (measured("A", **UP), "-7", "0.00"),
        (measured("A", **UP), "8", "20.00"),
        (measured("A", **UP), "9", "20.00"),
        (measured("A", **UP), "4", "6.67"),
        (measured("A", **DOWN), "4", "13.33"),
        (measured("A", **DOWN), "8", "0.00"),
        (measured("A", **DOWN), "8.1", "0.00"),
        (measured("A", **DOWN), "2", "20.00"),
        (measured("A", **DOWN), "1", "20.00"),
        # 1.005 and 1.004999: half up, once
        (measured("A", "10", base="0", lead="10"), "1.005", "1.01"),
        (measured("A", "10", base="0", lead="10"), "1.004999", "1.00"),
        (judged("A"), "12.5", "12.50"),
        (judged("A"), "-0", "0.00"),
        (judged("A"), "20", "20.00"),
        (stepped("A", "20", STEPS), "0.999999", "0.00"),
        (stepped("A", "20", STEPS), "1", "5.00"),
        (stepped("A", "20", STEPS), "7.9", "12.00"),
        (stepped("A", "20", STEPS), "8", "20.00"),
        (stepped("A", "20", DOWN_STEPS, "lower"), "8.000001", "0.00"),
        (stepped("A", "20", DOWN_STEPS, "lower"), "3", "12.00"),
        (stepped("A", "20", DOWN_STEPS, "lower"), "-1", "20.00"),
    ],
)
def test_points(item: dict, value: str, earned: str) -> None:
    assert str(points(item, worth(value))) == earned


@pytest.mark.parametrize(("gauge", "earned"), [("", "6.67"), ("x", "6.67"), ("y", "13.33")])
def test_one_way_or_the_other(gauge: str, earned: str) -> None:
    assert points(measured("A", gauges=EITHER), worth("4")._replace(gauge=gauge)) == D(earned)


@pytest.mark.parametrize(
    ("size", "earned"),
    [(None, None), ("9.99", None), ("10", "10"), ("49.99", "10"), ("50", "5"), ("900", "5")],
)
def test_base_and_lead_by_size(size: str | None, earned: str | None) -> None:
    answer = worth("5")._replace(size=size and D(size))
    assert points(measured("A", **BY_SIZE), answer) == (earned and D(earned))


def product(name: str, value: str, weight: str, base: str | None = None, lead: str | None = None) -> Product:
    return Product(name, D(value), D(weight), base and D(base), lead and D(lead))


def test_three_products_by_their_weights() -> None:
    """(5 × 1/3 + 3 × 1/2 + 2 × 1) / 10 of 20 points = 31/60 of 20 = 10.33."""
    item = measured("A", **UP, products=3, weigh="产量")
    products = (product("甲", "4", "5"), product("乙", "5", "3"), product("丙", "9", "2"))
    assert points(item, Answer(products=products)) == D("10.33")
    assert points(item, Answer(products=products[:1])) == D("6.67")


def test_thirds_that_come_to_a_half_cent_are_rounded_up() -> None:
    """(1 + 1 + 2.5045) / 3 / 3 of 10 points is 5.005 exactly; as decimals the thirds would come to 5.00499…9."""
    item = measured("A", "10", base="0", lead="3", products=3, weigh="产量")
    products = tuple(product(str(n), value, "1") for n, value in enumerate(["1", "1", "2.5045"]))
    assert points(item, Answer(products=products)) == D("5.01")


def test_a_changed_weight_is_rounded_once_too() -> None:
    """5/6 of a weight of 10.05 is 8.375: 8.38. By way of 8.33…3 of 10 it would be 8.37."""
    sixths = measured("A", "10", base="0", lead="6")
    freed = judged("B", "0.05", "0.01", waiver="section")
    result = score(scheme_of([sixths, freed]), {"A": worth("5"), "B": Answer(na=True)})
    assert result.by_code["A"].weight == D("10.05")
    assert result.by_code["A"].points == D("8.38")


def test_products_each_by_its_own_standard() -> None:
    """1/2 by its standard and 1 by the other's, at 1 : 3: 7/8 of 20."""
    item = measured("A", given=True, products=3, weigh="产量")
    products = (product("甲", "5", "1", "0", "10"), product("乙", "9", "3", "0", "9"))
    assert points(item, Answer(products=products)) == D("17.50")
    assert points(item, Answer(products=(*products, product("丙", "1", "1")))) is None


@pytest.mark.parametrize(
    ("item", "answer", "words"),
    [
        (judged("A"), worth("12.25"), "得分应为 0–20 之间、0.5 的倍数"),
        (judged("A"), worth("20.5"), "得分应为 0–20 之间、0.5 的倍数"),
        (judged("A"), worth("-0.5"), "得分应为 0–20 之间、0.5 的倍数"),
        (judged("A"), worth("NaN"), "得分应为 0–20 之间、0.5 的倍数"),
        (judged("A"), Answer(na=True), "不能全部指标都选择不适用，请至少评价一项"),
        (measured("A", **UP), worth("sNaN"), "请填写数字"),
        (stepped("A", "20", STEPS), worth("Infinity"), "请填写数字"),
        (measured("A", gauges=EITHER), worth("4")._replace(gauge="z"), "请选择计量方法"),
        (measured("A", given=True), Answer(value=D(1), base=D(5), lead=D(2)), "引领值应大于基准值"),
        (measured("A", given=True), Answer(value=D(1), base=D(5), lead=D(5)), "基准值与引领值不能相同"),
        (measured("A", given=True), Answer(value=D(1), base=D("NaN"), lead=D(5)), "基准值和引领值应为数字"),
        (measured("A", **BY_SIZE), Answer(value=D(1), size=D("NaN")), "产能应为数字"),
        (
            measured("A", **UP, products=2, weigh="产量"),
            Answer(products=(product("甲", "1", "1"),) * 3),
            "最多填写 2 个产品",
        ),
        (
            measured("A", **UP, products=2, weigh="产量"),
            Answer(products=(product("甲", "1", "0"),)),
            "产品“甲”的数值和权重应为数字，权重大于 0",
        ),
    ],
)
def test_what_is_no_answer_is_refused(item: dict, answer: Answer, words: str) -> None:
    with pytest.raises(NotAnAnswer) as refused:
        points(item, answer)
    assert (refused.value.item, refused.value.message) == ("A", words)


# --- 不适用


def sections(waiver: str) -> Scheme:
    return scheme_of(
        [judged("A", "10", waiver=waiver), judged("B", "20"), judged("C", "30", waiver="credit")],
        [judged("D", "40")],
        requirements=1,
    )


@pytest.mark.parametrize(
    ("waiver", "weights", "total"),
    [
        ("zero", ["10", "20", "30", "40"], "45"),  # 0 + 10 + 15 + 20
        ("credit", ["10", "20", "30", "40"], "55"),  # 10 + 10 + 15 + 20
        ("section", ["0", "24", "36", "40"], "50"),  # 10 points at 20 : 30
        ("scheme", ["0", "22.22", "33.33", "44.45"], "50.01"),  # at 20 : 30 : 40; 11.11 + 16.67 + 22.23
    ],
)
def test_each_waiver(waiver: str, weights: list[str], total: str) -> None:
    halves = {"J0": Answer(met=True), "B": worth("10"), "C": worth("15"), "D": worth("20")}
    result = score(sections(waiver), halves | {"A": Answer(na=True)})
    assert [line.weight for line in result.lines] == [D(one) for one in weights]
    assert result.total == D(total)
    assert result.is_complete


def test_what_is_credited_takes_nothing_from_another_waiver() -> None:
    """A's points go to B alone: C, which does not apply itself, is credited its own 30 and no more."""
    found = weights_of(sections("section"), ["A", "C"])
    assert found == {"A": 0, "B": 30, "C": 30, "D": 40}


def test_a_section_left_empty_gives_its_points_to_the_whole_scheme() -> None:
    items = [judged("A", "10", waiver="section")], [judged("B", "30"), judged("C", "60")]
    assert weights_of(scheme_of(*items), ["A"]) == {"A": 0, "B": D("33.33"), "C": D("66.67")}


def test_nobody_is_graded_on_nothing() -> None:
    scheme = scheme_of([judged("A", "50", waiver="credit"), judged("B", "50", waiver="section")])
    with pytest.raises(NotAnAnswer, match="请至少评价一项"):
        score(scheme, {"A": Answer(na=True), "B": Answer(na=True)})
    assert weights_of(scheme, ["A", "B"]) == {"A": 50, "B": 50}


def test_what_must_be_evaluated_and_a_requirement_always_apply() -> None:
    scheme = sections("none")
    with pytest.raises(NotAnAnswer, match="该指标必须评价"):
        score(scheme, {"A": Answer(na=True)})
    with pytest.raises(NotAnAnswer, match="基本要求不能选择不适用"):
        score(scheme, {"J0": Answer(na=True)})


def test_an_empty_answer_is_an_open_one_and_a_strange_code_refused() -> None:
    scheme = sections("none")
    result = score(scheme, {"A": NOTHING, "J0": NOTHING})
    assert (str(result.total), result.meets, len(result.missing)) == ("0.00", None, 5)
    with pytest.raises(NotAnAnswer, match="没有编号为 Z 的指标"):
        score(scheme, {"Z": NOTHING})


# --- bands


@pytest.mark.parametrize("met", [True, False])
@pytest.mark.parametrize(
    ("value", "band", "above"),
    [
        ("0", "达标", "优质"),
        ("59.99", "达标", "优质"),
        ("59.994", "达标", "优质"),
        ("59.995", "优质", "标杆"),  # the line is 60.00 before a band is asked for, and is printed so
        ("60", "优质", "标杆"),
        ("79.99", "优质", "标杆"),
        ("80", "标杆", "领军"),
        ("89.99", "标杆", "领军"),
        ("90", "领军", None),
        ("100", "领军", None),
        ("120", "领军", None),
        ("-3", "达标", "优质"),
    ],
)
def test_a_sheet_and_its_band(value: str, band: str, above: str | None, met: bool) -> None:
    scheme = scheme_of([measured("A", "100", base="0", lead="100")], requirements=1)
    result = score(scheme, {"A": worth(value), "J0": Answer(met=met)})
    assert grade(result.total, meets_requirements=bool(result.meets)) == outlook(result, DRAFT_2023).band
    view = outlook(result, DRAFT_2023)
    assert (view.band and view.band.name) == (band if met else None)
    assert (view.above and view.above.name) == above


def test_a_verdict_that_an_agency_gives_counts_where_the_scheme_asks_for_none() -> None:
    result = score(scheme_of([judged("A", "100")]), {"A": worth("60")})
    assert result.meets is None
    assert outlook(result, DRAFT_2023).band is None
    assert outlook(result, DRAFT_2023, meets=True).band.name == "优质"


def test_a_total_above_a_hundred_has_no_outlook() -> None:
    result = score(scheme_of([judged("A", "80")], [judged("B", "80")]), {"A": worth("80"), "B": worth("80")})
    with pytest.raises(NotAScore):
        outlook(result, DRAFT_2023)


def test_a_step_that_nobody_can_reach_closes_nothing() -> None:
    """The highest step gives 5 of 20 points: 50 + 5 do not come to 60."""
    scheme = scheme_of([judged("A", "80", "1"), stepped("B", "20", [("1", "5")])])
    view = outlook(score(scheme, {"A": worth("50"), "B": worth("0")}), DRAFT_2023)
    assert [(closer.line.item.code, closer.value) for closer in view.closers] == [("A", D(60))]


# --- words


@pytest.mark.parametrize(
    ("item", "answer", "words"),
    [
        (judged("A"), NOTHING, "尚未填写"),
        (judged("A"), Answer(met=True), "尚未填写"),
        (measured("A", **BY_SIZE), worth("5"), "请填写产能"),
        (measured("A", **BY_SIZE), worth("5")._replace(size=D(3)), "产能 3 低于最小一档 10，不能计分"),
        (measured("A", given=True), worth("5"), "请填写所适用标准的基准值和引领值"),
        (measured("A"), worth("5"), "基准值、引领值尚未确定，不能计分"),
        (measured("A", **UP), worth("5"), "数值 5，基准值 2、引领值 8，在两者之间按线性计分"),
        (measured("A", **UP), worth("5")._replace(products=(product("甲", "1", "1"),)), "数值 5，基准值 2、引领值 8，在两者之间按线性计分"),
        (stepped("A", "20", STEPS), worth("0"), "数量 0，未达到最低一档"),
    ],
)  # fmt: skip
def test_words_of_a_line(item: dict, answer: Answer, words: str) -> None:
    assert why(score(scheme_of([item]), {"A": answer}).lines[0]) == words


# --- numbers


@pytest.mark.parametrize("text", [True, None, "", "abc", "1_000", "NaN", "Infinity", "1e999999999999", "1e-99999999",
                                  "1000000000000", "0.0000001", [], {}, b"1", "9" * 5000, float("inf")])  # fmt: skip
def test_what_is_no_number(text: object) -> None:
    with pytest.raises(NotAScheme, match="数值"):
        number(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1E+3", "1000"), ("-0", "0"), ("0.00", "0"), (" 62.50 ", "62.5"), (7, "7"), (0.1, "0.1"),
     ("999999999999.999999", "999999999999.999999"), ("0e99999999999", "0")],
)  # fmt: skip
def test_numbers(text: object, shown: str) -> None:
    assert str(number(text)) == shown
