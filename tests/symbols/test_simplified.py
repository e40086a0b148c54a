"""What a formula leaves out: a nought that is added, a one that multiplies, two signs that undo each other."""

import math

import numpy as np
import pytest

from hecon.errors import HeconError
from hecon.symbols.draft import CellColumn, Span, total
from hecon.symbols.excel import LONGEST, Address, formula
from hecon.symbols.expression import divide, leaf, number_of
from hecon.symbols.functions import both

A, B = leaf("a", 3.0), leaf("b", 5.0)


def test_two_signs_undo_each_other():
    opposite = -A
    assert -opposite is A
    assert (A + -B) is (A - B)
    assert number_of(A + -B) == -2.0
    assert -(A - B) is (B - A)
    assert (-1 * A) is (A * -1) is opposite
    assert number_of(-1 * A) == -3.0


def test_a_division_by_nought_is_that_of_numpy():
    with np.errstate(all="ignore"):
        for a in (-2.0, 2.0):
            assert divide(a, 0.0) == np.float64(a) / 0.0
    assert math.isnan(divide(0.0, 0.0))


def test_of_two_conditions_one_that_is_known_decides():
    condition = leaf("given", 1.0) > 0.5
    pair = np.array([condition], dtype=object)
    assert both(pair, np.array([True]))[0] is condition
    assert not both(np.array([False]), pair)[0]
    assert both(pair, pair)[0].op == "and"


def test_a_formula_holds_truths_as_words_and_no_number_that_a_cell_cannot_hold():
    assert formula(True, "Sheet", None) == "=TRUE"
    for number in (math.inf, -math.inf, math.nan):
        with pytest.raises(HeconError, match="which no cell can hold"):
            formula(number, "Sheet", None)


def test_a_formula_that_nobody_can_follow_is_refused():
    long = cell = CellColumn("Cost", "New", {}, None, [1.0]).cells[0]
    for power in range(2, 60):
        long = long + cell**power
    with pytest.raises(HeconError, match=rf"a formula on sheet 'Costs' has \d+ characters; {LONGEST} are the most"):
        formula(long, "Costs", lambda column, sheet: Address("Costs", 1, 1))


def test_a_yes_or_no_asked_of_a_sum_of_cells_says_what_it_is():
    cells = CellColumn("Cost", "New", {}, "cycle", [1.0, 2.0])
    with pytest.raises(HeconError, match="a choice that Python makes on 'a sum': write it with hecon's own functions"):
        bool(total(Span(cells, 0, 1)))
