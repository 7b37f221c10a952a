"""Names as keys, names as shown, and the unified social credit code against an independent reader of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from registry.names import check_sign, clean_code, code_problem, fold, search_text, tidy

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# GB 32100-2015, table of registering departments: digits for most, letters for some.
DEPARTMENTS = "123459ANY"

bodies = st.text(SIGNS, min_size=9, max_size=9)
first_17 = st.builds(
    lambda department, category, region, body: department + category + region + body,
    st.sampled_from("123459"),
    st.sampled_from("1239"),
    st.text("0123456789", min_size=6, max_size=6),
    bodies,
)


@given(first_17)
def test_the_check_sign_is_the_oracles(body):
    assert check_sign(body) == uscc.calc_check_digit(body)


@given(first_17, st.sampled_from(SIGNS))
def test_a_code_is_sound_exactly_when_the_oracle_says_so(body, last):
    assert (code_problem(body + last) == "") is uscc.is_valid(body + last)


@given(first_17, st.integers(0, 17), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_found(body, place, sign):
    code = body + check_sign(body)
    assume(code[place] != sign)
    assert code_problem(code[:place] + sign + code[place + 1 :])


@given(first_17, st.integers(0, 16))
def test_two_neighbours_exchanged_are_always_found(body, place):
    code = body + check_sign(body)
    assume(code[place] != code[place + 1])
    assert code_problem(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@given(st.text(max_size=20))
def test_whatever_is_typed_gets_an_answer_and_never_an_error(text):
    code = clean_code(text)
    assert isinstance(code_problem(code), str)
    if code_problem(code) == "":
        assert uscc.is_valid(code) or not code[:8].isdecimal()


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_departments_with_a_letter_are_sound_where_the_oracle_knows_digits_only(department):
    body = department + "1110000" + "60003734" + "1"
    assert code_problem(body + uscc.calc_check_digit(body)) == ""
    assert uscc.is_valid(body + check_sign(body)) is department.isdigit()


def test_a_problem_names_its_place():
    assert code_problem("91110000600037341L") == ""
    assert code_problem("91110000600037341") == "统一社会信用代码应为 18 位，现为 17 位"
    assert code_problem("911100006000O7341L") == ("统一社会信用代码应为 18 位，请核对第 13 位（不应出现“O”）")
    assert code_problem("911100006000373419") == "统一社会信用代码应为 18 位，请核对第 18 位（校验未通过）"


def test_a_code_is_cleaned_of_what_people_type():
    assert clean_code(" ９１１１0000-6000 37341l\t") == "91110000600037341L"


# --- names

SAME = [
    ("北京 示例（集团）有限公司", "北京示例(集团)有限公司"),
    ("北京示例〔集团〕有限公司", "北京示例（集团）有限公司"),
    ("ＡＢＢ示例公司", "abb示例公司"),
    ("北京　示例\u00a0公司", "北京示例公司"),
    ("㈱示例", "(株)示例"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_to_write_a_name_are_one_key(one, other):
    assert fold(one) == fold(other)


def test_different_names_stay_different():
    assert fold("北京示例一厂") != fold("北京示例二厂")
    assert fold("北京示例有限公司") != fold("北京示例有限责任公司")


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name):
    assert fold(fold(name)) == fold(name)


@given(st.text(max_size=40))
def test_a_name_as_shown_has_the_key_of_the_name_as_given(name):
    assert fold(tidy(name)) == fold(name)
    assert tidy(tidy(name)) == tidy(name)


@given(st.text(max_size=40))
def test_width_does_not_matter(name):
    assert fold(unicodedata.normalize("NFKC", name)) == fold(name)


def test_a_name_as_shown_has_full_width_brackets_and_single_spaces():
    assert tidy("  北京示例(集团)  有限公司 ") == "北京示例（集团） 有限公司"


@pytest.mark.parametrize(
    "needle", ["京华", "机电", "jinghua", "jhslj", "燕山", "91110114ma", "(集团)", "yanshan"]
)
def test_a_search_finds_by_part_of_name_former_name_pinyin_initials_and_code(needle):
    text = search_text("京华示例机电（集团）有限公司", "燕山示例厂", code="91110114MA00000012")
    assert fold(needle) in text


def test_a_search_does_not_find_across_two_names():
    text = search_text("京华", "燕山")
    assert "华燕" not in text
    assert "huayan" not in text
