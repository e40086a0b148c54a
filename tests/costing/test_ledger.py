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
            lambda p, time, state: he.cost("X", he.at_start(time), p.price, 1e300),
            values={"price": {"A": 1.0, "B": 1e10}},
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


def test_a_factor_for_each_model_cycle_meets_a_horizon_between_them():
    rising = xr.DataArray([1.0, 2.0, 5.0], dims="cycle")

    def line(p, time, state):
        ones = he.stepwise(time, {0: 1.0, 1: 1.0})  # one value for each part of a cut cycle
        return he.cost("Care", he.years_in(time, state, "alive"), rising, ones)

    result = run(line, horizons=[1.5, 3])
    s = np.exp(-0.5 * np.array([0, 1, 1.5, 2, 3]))
    first = (s[0] + s[1]) / 2 + 2 * 0.5 * (s[1] + s[2]) / 2
    assert result.lines[0].discounted[0].tolist() == pytest.approx(
        [first, first + 2 * 0.5 * (s[2] + s[3]) / 2 + 5 * (s[3] + s[4]) / 2]
    )
    with pytest.raises(LineError, match="line 'Care': 3 values by cycle do not fit 2 model cycles"):
        run(line, horizons=[2])


@pytest.mark.parametrize("horizon", [1, 2, 5, 6])
@pytest.mark.parametrize("draws", [None, 3])
def test_values_by_cycle_under_simpsons_rule(horizon, draws):
    """A value that is the same in all cycles changes nothing; one by cycle sums what each cycle gives."""
    scale = np.ones(1) if draws is None else np.array([1.0, 2.0, 3.0])
    profile = np.arange(1.0, horizon + 1)

    def line(name, by_cycle):
        def build(p, time, state):
            array = xr.DataArray(by_cycle, dims="cycle")
            return he.cost(name, he.years_in(time, state, "alive"), array * p.scale if draws else array)

        return build

    values = {"scale": ("draw", scale)} if draws else {}
    settings = {"horizons": [horizon], "accrual": "simpson", "discount_rate_cost": 0.05, "discount_timing": "edges"}
    each = [line(f"cycle {c}", np.eye(horizon)[c]) for c in range(horizon)]
    plain = lambda p, time, state: he.cost("plain", he.years_in(time, state, "alive"))  # noqa: E731
    lines = run(line("by cycle", profile), plain, *each, values=values, **settings).lines
    by_cycle, whole, *parts = (part.discounted[..., 0, 0] for part in lines)
    np.testing.assert_allclose(sum(parts), whole * scale if draws else whole, rtol=1e-12)
    np.testing.assert_allclose(by_cycle, sum(n * part for n, part in zip(profile, parts, strict=True)), rtol=1e-12)


def test_values_by_cycle_under_given_weights_belong_to_the_edge_their_cycle_begins():
    weights, values = (0.5, 1.5, 0.75, 0.25), np.array([1.0, 3.0, 4.0])

    def line(p, time, state):
        return he.cost("Care", he.years_in(time, state, "alive"), xr.DataArray(values, dims="cycle"))

    found = run(line, horizons=[3], accrual=weights).lines[0].discounted[0, 0]
    assert found == pytest.approx(np.exp(-0.5 * np.arange(4)) * weights @ [1, 3, 4, 4])


@pytest.mark.parametrize(
    "flow",
    [
        lambda time, state: he.years_in(time, state, "alive"),
        lambda time, state: he.at_start(time),
        lambda time, state: he.entering(state, "dead"),
    ],
)
def test_values_by_state_are_not_added_up_on_a_flow_that_does_not_tell_states_apart(flow):
    with pytest.raises(LineError, match=r"varies by state, which its flow does not.*p.part\('...', state='alive'\)"):
        run(lambda p, time, state: he.cost("X", flow(time, state), p.c), values={"c": ("state", [1.0, 2.0])})


def test_starting_costs_by_the_state_somebody_starts_in():
    def line(p, time, state):
        return he.cost("X", he.at_start(time, state), p.c)

    assert run(line, values={"c": ("state", [7.0, 2.0])}).table().cost.tolist() == [7.0, 7.0]
