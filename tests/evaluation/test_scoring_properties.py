"""What must hold of every scheme and every sheet (Articles 7, 8)."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.explaining import outlook, why
from evaluation.scheme import NotAScheme, Scheme
from evaluation.scoring import Answer, NotAnAnswer, answers_from, plain_answers, score, weights_of
from greenmfg.rulebook import DRAFT_2023
from tests.evaluation.making_schemes import improved, schemes, sheets, weights

pytestmark = pytest.mark.article(7)
few = settings(max_examples=60)
CENT = Decimal("0.01")


@few
@given(sheets())
def test_a_total_is_the_sum_of_its_lines_and_lies_within_its_bounds(drawn) -> None:
    result = score(*drawn)
    assert result.is_complete
    assert result.total == sum(line.points for line in result.lines)
    assert sum(result.of(section)[1] or 0 for section in result.scheme.sections) == result.total
    assert 0 <= result.total <= 100
    assert sum(line.weight for line in result.lines) == 100
    for line in result.lines:
        assert 0 <= line.points <= line.weight
        for number in (line.weight, line.points):
            assert number == number.quantize(CENT)
        assert not line.points.is_signed()
        assert line.points.as_tuple().exponent == -2


@few
@given(sheets(), weights, st.data())
def test_a_better_value_never_earns_less(drawn, by, data) -> None:
    scheme, answers = drawn
    code = data.draw(st.sampled_from(scheme.scored)).code
    better = answers | {code: improved(scheme.by_code[code], answers[code], by)}
    before, after = score(scheme, answers), score(scheme, better)
    assert after.by_code[code].points >= before.by_code[code].points
    assert after.total >= before.total


@few
@given(sheets(), st.randoms(use_true_random=False))
def test_no_order_matters(drawn, dice) -> None:
    scheme, answers = drawn
    document = scheme.dump()
    pairs = list(answers.items())
    dice.shuffle(pairs)
    for section in document["sections"]:
        dice.shuffle(section["items"])
    dice.shuffle(document["sections"])
    turned, result = score(Scheme.load(document), dict(pairs)), score(scheme, answers)
    assert (turned.total, turned.meets) == (result.total, result.meets)
    assert {c: (line.weight, line.points) for c, line in turned.by_code.items()} == {
        c: (line.weight, line.points) for c, line in result.by_code.items()
    }


@few
@given(sheets(partial=True))
def test_what_was_stored_comes_to_the_same_to_the_last_digit(drawn) -> None:
    scheme, answers = drawn
    stored = json.loads(json.dumps([scheme.dump(), plain_answers(answers)]))
    again, read = Scheme.load(stored[0]), answers_from(stored[1])
    assert again == scheme
    assert read == answers
    assert again.dump() == scheme.dump()
    assert plain_answers(read) == plain_answers(answers)
    first, second = score(scheme, answers), score(again, read)
    assert str(first.total) == str(second.total)
    assert first.lines == second.lines


@few
@given(schemes(), st.data())
def test_weights_come_to_a_hundred_whatever_is_waived(scheme, data) -> None:
    waived = data.draw(st.sets(st.sampled_from([item.code for item in scheme.items])))
    found = weights_of(scheme, waived)
    assert sum(found.values()) == 100
    assert all(weight >= 0 and weight == weight.quantize(CENT) for weight in found.values())


@few
@given(sheets(partial=True))
def test_every_line_has_its_words(drawn) -> None:
    for line in score(*drawn).lines:
        assert why(line).strip()


@few
@given(sheets(partial=True))
def test_what_would_close_the_distance_does(drawn) -> None:
    scheme, answers = drawn
    result = score(scheme, answers)
    view = outlook(result, DRAFT_2023)
    if view.above is None:
        assert result.total >= 90
        assert view.closers == view.together == ()
        return
    assert view.distance == view.above.lower - result.total > 0
    for closer in view.closers:
        assert view.distance <= closer.gain <= closer.line.lost
        if closer.value is not None:
            code = closer.line.item.code
            answer = answers.get(code, Answer())._replace(value=closer.value)
            assert (
                score(scheme, answers | {code: answer}).total
                == result.total + closer.gain
                >= view.above.lower
            )
    assert not (view.closers and view.together)
    assert not view.together or sum(line.lost for line in view.together) >= view.distance


@few
@given(sheets())
def test_every_line_is_rounded_once_and_half_up(drawn) -> None:
    """Against fractions, which round nothing."""
    for line in score(*drawn).lines:
        gauge = line.item.gauge(line.answer.gauge)
        if line.answer.na or gauge is None or gauge.steps:
            continue
        parts = line.answer.products or [line.answer]
        whole = earned = Fraction(0)
        for part in parts:
            base, lead = (part.base, part.lead) if gauge.given else gauge.bounds(line.answer.size)
            share = Fraction(part.value - base) / Fraction(lead - base)
            weight = Fraction(part.weight) if line.answer.products else Fraction(1)
            whole, earned = whole + weight, earned + weight * min(max(share, Fraction(0)), Fraction(1))
        cents = Fraction(line.weight) * earned / whole * 100
        assert line.points == Decimal(int(cents + Fraction(1, 2))).scaleb(-2)


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["1e999999999", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def _places(document: object, way: tuple = ()):
    """The way to every place in a document."""
    yield way
    pairs = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in pairs:
        yield from _places(value, (*way, key))


def _put(document, way: tuple, value: object):
    if not way:
        return value
    document = document.copy()
    document[way[0]] = _put(document[way[0]], way[1:], value)
    return document


@settings(max_examples=150)
@given(schemes(), nonsense, st.data())
def test_a_document_is_read_whole_or_refused(scheme, value, data) -> None:
    document = scheme.dump()
    spoilt = _put(document, data.draw(st.sampled_from(list(_places(document)))), value)
    try:
        found = Scheme.load(spoilt)
    except NotAScheme:
        return
    assert Scheme.load(found.dump()) == found


@settings(max_examples=150)
@given(sheets(), nonsense, st.data())
def test_answers_are_read_whole_or_refused(drawn, value, data) -> None:
    scheme, answers = drawn
    plain = plain_answers(answers)
    spoilt = _put(plain, data.draw(st.sampled_from(list(_places(plain)))), value)
    try:
        found = answers_from(spoilt)
        result = score(scheme, found)
    except (NotAScheme, NotAnAnswer):
        return
    assert all(why(line) for line in result.lines)
    assert answers_from(plain_answers(found)) == {code: one for code, one in found.items() if one != Answer()}
