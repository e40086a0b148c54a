"""Two-way grids against the formula of the model."""

import numpy as np
import pytest
from linear import inputs, outcome

import hecon as he
from hecon.analysis.sensitivity.two_way import two_way


def test_a_grid_is_the_formula_at_every_point():
    found = two_way(inputs(), "price: A", "gain: A", [30, 50], [0.9, 1.0, 1.1], model=outcome)
    assert set(found.table.horizon_years) == {1.0, 2.0}
    grid = found.grid(2.0)
    assert grid.shape == (2, 3)
    for price in (30, 50):
        for gain in (0.9, 1.0, 1.1):
            assert grid.loc[price, gain] == pytest.approx(100 * (gain - 0.8) - (price - 20))
    best = found.grid(2.0, "best_strategy")
    assert best.loc[30, 1.0] == "A"
    assert best.loc[50, 0.9] == "B"


def test_a_grid_spans_ranges_and_distributions():
    found = two_way(inputs(), "price: A", "price: B", points=3, model=outcome).table
    assert found["price · A"].unique().tolist() == [38, 50, 62]
    assert found["price · B"].unique() == pytest.approx(20 + np.array([-1, 0, 1]) * 1.959964 * 2)


@pytest.mark.parametrize(
    ("first", "second", "options", "words"),
    [
        ("fee", "fee", {}, "are the same"),
        ("fee", "prise: A", {}, "Did you mean 'price · A'"),
        ("fee", "price: A", {"points": 1}, "at least 2"),
        ("fee", "price: A", {"first_values": []}, "finite numbers"),
        ("fee", "price: A", {"first_values": [1, 1]}, "twice"),
    ],
)
def test_wrong_questions(first, second, options, words):
    with pytest.raises(he.HeconError, match=words):
        two_way(inputs(), first, second, model=outcome, **options)
