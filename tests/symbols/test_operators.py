"""Operators on numbers that remember: the values of plain numbers, in either order and in arrays, or a refusal."""

import math
import operator

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import hecon as he
from hecon.symbols.expression import Symbol, leaf, number_of

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
UFUNCS = [np.exp, np.log, np.sqrt, np.expm1, np.log1p, np.floor, np.ceil, np.abs]
NUMBERS = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)
POSITIVE = st.floats(0.01, 50.0)


@pytest.mark.parametrize("apply", ARITHMETIC + COMPARISONS)
@given(NUMBERS, NUMBERS)
def test_an_operator_gives_the_value_of_plain_numbers(apply, a, b):
    assume(apply is not operator.truediv or b != 0)
    expected = float(apply(a, b))
    one, other = leaf("one", a), leaf("other", b)
    for left, right in ((one, other), (one, b), (a, other)):
        assert number_of(apply(left, right)) == expected
    array = np.array([one, other], dtype=object)
    if apply in ARITHMETIC:
        assert [number_of(item) for item in apply(array, b)] == [expected, float(apply(b, b))]


@given(POSITIVE, st.floats(-3, 3))
def test_a_power_gives_the_value_of_plain_numbers(base, exponent):
    for left, right in (
        (leaf("b", base), leaf("e", exponent)),
        (leaf("b", base), exponent),
        (base, leaf("e", exponent)),
    ):
        assert number_of(left**right) == math.pow(base, exponent)


def test_a_power_beyond_all_numbers_is_infinite_and_one_that_is_none_is_missing():
    assert (leaf("b", 1e200) ** 2).value == math.inf
    assert (leaf("b", 0.0) ** -1).value == math.inf
    assert math.isnan((leaf("b", -2.0) ** 0.5).value)


def test_a_power_of_1_is_the_number_itself_and_of_0_is_1():
    base = leaf("b", 3.0)
    assert base**1 is base
    assert base**0 == 1.0
    assert operator.pos(base) is base
    assert operator.neg(-base) is base


@pytest.mark.parametrize("function", UFUNCS)
@given(POSITIVE)
def test_functions_of_numpy_reach_the_items_of_an_array(function, x):
    (item,) = function(np.array([leaf("x", x)], dtype=object))
    assert isinstance(item, Symbol)
    assert number_of(item) == pytest.approx(function(x), rel=1e-12)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda symbol: 1 if symbol > 0 else 2, "cannot follow a choice that Python makes"),
        (lambda symbol: not symbol, "cannot follow a choice that Python makes"),
        (lambda symbol: np.array([symbol], dtype=object) > 0, "cannot follow a choice that Python makes"),
        (float, "where it is turned into a plain number"),
        (math.exp, "where it is turned into a plain number"),
    ],
)
def test_what_would_cut_a_number_from_its_cell_is_refused(ask, words):
    with pytest.raises(he.HeconError, match=words):
        ask(leaf("price", 4.0))
