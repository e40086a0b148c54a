import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.errors import LineError

LABELS = {"strategy": ["A", "B"], "state": ["alive", "dead"]}


def run(*lines, values=None, **settings):
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.rate))
        return he.Outcome(state, [line(p, time, state) for line in lines])

    base = {"horizons": [2], "cycle_length": 1, "cycle_unit": "year", "discount_rate_cost": 0}
    return he.run(he.Case(outcome, {"rate": 0.5, **(values or {})}, labels=LABELS, settings=base | settings))


def test_a_line_is_its_flow_times_its_factors():
    line = run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "alive"), 10, p.rate)).lines[0]
    s = np.exp(-0.5 * np.arange(3))
    assert line.discounted[0, 0] == pytest.approx(5 * (s[0] / 2 + s[1] + s[2] / 2))


def test_a_factor_by_cycle_and_by_strategy():
    profile = xr.DataArray([[1.0, 2.0], [0.0, 3.0]], dims=("strategy", "cycle"), coords={"strategy": ["A", "B"]})
    s = np.exp(-0.5 * np.arange(3))

    def line(p, time, state):
        return he.cost("Doses", he.share_at_start(time, he.Exponential(p.rate)), profile, 7.0)

    assert run(line).lines[0].discounted[:, 0].tolist() == pytest.approx([7 * (1 + 2 * s[1]), 7 * 3 * s[1]])


def test_starting_costs_are_never_discounted_nor_corrected():
    result = run(lambda p, time, state: he.cost("Start", he.at_start(time), 100.0), discount_rate_cost=0.1)
    assert result.table().cost.tolist() == [100.0, 100.0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (lambda p, time, state: he.cost("X", state, 1.0), "the second argument is a flow"),
        (lambda p, time, state: he.cost("X", he.at_start(time), "ten"), "a number or a labelled array, not str"),
        (lambda p, time, state: he.cost("X", he.at_start(time), float("nan")), "line 'X' is not a finite number"),
        (
            lambda p, time, state: he.cost("X", he.years_in(time, state), xr.DataArray([1.0, 2.0], dims="colour")),
            "'colour' is not a declared dimension",
        ),
        (
            lambda p, time, state: he.cost(
                "X", he.at_start(time), xr.DataArray([1.0, 2.0], dims="strategy", coords={"strategy": ["B", "A"]})
            ),
            "its labels of 'strategy'",
        ),
        (
            lambda p, time, state: he.cost(
                "X", he.years_in(time, state), xr.DataArray([1.0], dims="state", coords={"state": ["alive"]})
            ),
            "labels of 'state' differ",
        ),
        (
            lambda p, time, state: he.cost("X", he.at_start(time), xr.DataArray(np.ones(2), dims="cycle")),
            "varies by cycle cannot multiply a flow at the start",
        ),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_name(line, words):
    with pytest.raises(LineError, match=words):
        run(line)


def test_not_finite_says_which_strategy():
    with pytest.raises(LineError, match="strategy B"):
        run(
            lambda p, time, state: he.cost("X", he.at_start(time), p.price),
            values={"price": {"A": 1.0, "B": float("inf")}},
        )


def test_an_outcome_needs_lines_of_different_names():
    def twice(p, time, state):
        return he.cost("X", he.at_start(time), 1.0)

    with pytest.raises(LineError, match="two lines of kind cost are called 'X'"):
        run(twice, twice)
    with pytest.raises(LineError, match="at least one line"):
        run()
    with pytest.raises(LineError, match="not float"):
        run(lambda p, time, state: 3.0)
