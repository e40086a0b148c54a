"""Factors by edge, weights for several horizons, values by month and cycle, costs of moves: by hand."""

import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.errors import AlignmentError, InputError, LineError, UnknownNameError

STATES = ["well", "ill", "dead"]
MOVES = {("well", "ill"): 0.3, ("well", "dead"): 0.1, ("ill", "dead"): 0.5}
WELL, ILL = np.array([1, 0.6, 0.36, 0.216]), np.array([0, 0.3, 0.33, 0.273])
#: Horizons of 1 and 3 years.
BASE = {"horizons": [1, 3], "cycle_length": 1, "cycle_unit": "year", "discount_rate_cost": 0.03,
        "discount_timing": "edges"}  # fmt: skip
V = 1.03 ** -np.arange(4.0)


def run(*lines, values=None, **settings):
    def outcome(p, time):
        state = he.markov(time, he.Transitions(STATES, MOVES), "well")
        made = [line(p, time, state) for line in lines]
        return he.Outcome(state, [part for one in made for part in (one if isinstance(one, list) else [one])])

    labels = {"strategy": ["A", "B"], "state": STATES, "age": ["60", "62"]}
    return he.run(he.Case(outcome, values or {}, labels=labels, settings=BASE | settings))


def first(result):
    return result.lines[0].discounted[0].tolist()


# --- factors by edge ---


def test_a_factor_by_edge_multiplies_the_shares_at_the_edges():
    found = run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "ill"), 100 + 10 * he.edge_times(time)))
    each = ILL * (100 + 10 * np.arange(4)) * V
    assert first(found) == pytest.approx([each[1] / 2, each[1] + each[2] + each[3] / 2])


def test_it_differs_from_a_factor_by_cycle_and_takes_states_strategies_and_draws():
    values = {"price": {"A": 1.0, "B": 3.0}, "by_edge": ("edge", [1.0, 2.0, 4.0, 8.0])}
    found = run(lambda p, time, state: he.cost("Care", he.years_in(time, state), p.by_edge, p.price, he.alive(state)),
                values=values)  # fmt: skip
    assert found.lines[0].axes.dims == ("strategy", "state")
    each = ILL * np.array([1, 2, 4, 8]) * V
    expected = each[1] + each[2] + each[3] / 2
    assert found.lines[0].discounted[:, 1, 1].tolist() == pytest.approx([expected, 3 * expected])
    drawn = {**values, "price": ("draw", [1.0, 5.0])}
    found = run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "ill"), p.price * p.by_edge),
                values=drawn)  # fmt: skip
    assert found.totals.cost.values[:, 0, 1].tolist() == pytest.approx([expected, 5 * expected])


@pytest.mark.parametrize("accrual", ["start", "end", "simpson", (0.25, 1.0, 1.5, 0.5)])
def test_any_rule_weighs_the_edges(accrual):
    horizon = {"horizons": [3], "accrual": accrual}
    weights = {"start": [1, 1, 1, 0], "end": [0, 1, 1, 1]}.get(accrual, accrual)
    if accrual == "simpson":
        weights = run(lambda p, time, state: he.cost("X", he.years_in(time, state, "well")), **horizon).time
        weights = weights.residence_weights(None)[:, 0]
    found = run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "ill"), he.edge_times(time)), **horizon)
    assert first(found) == pytest.approx([np.asarray(weights) @ (ILL * np.arange(4) * V)])


def test_values_by_age_at_the_edges():
    table = {"norm": ("age", [0.9, 0.5])}

    def line(p, time, state):
        return he.cost("Care", he.years_in(time, state, "well"), he.by_age(time, p.norm, 60, at="edge"))

    each = WELL * np.array([0.9, 0.9, 0.5, 0.5]) * V
    assert first(run(line, values=table)) == pytest.approx([(each[0] + each[1]) / 2, each @ [0.5, 1, 1, 0.5]])


def test_values_by_model_edge_lie_on_straight_lines_where_a_horizon_cuts_a_cycle():
    found = run(
        lambda p, time, state: he.cost("Care", he.years_in(time, state, "well"), p.by_edge),
        values={"by_edge": ("edge", [10.0, 20.0, 40.0, 80.0])}, horizons=[1.5, 3], discount_rate_cost=0,
    )  # fmt: skip
    each = np.array([10 * 1, 20 * 0.6, 30 * 0.48])
    assert found.lines[0].discounted[0, 0] == pytest.approx((each[0] + each[1]) / 2 + (each[1] + each[2]) / 4)


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (
            lambda p, time, state: he.cost("X", he.entering(state, "dead"), he.edge_times(time)),
            LineError, r"line 'X': a factor by edge multiplies time in states.*Entering dead is counted by cycle",
        ),
        (
            lambda p, time, state: he.cost("X", he.years_in(time, state, "ill"), he.alive(state) * he.edge_times(time)),
            LineError, r"line 'X': a factor by edge varies by state, which its flow does not",
        ),
        (
            lambda p, time, state: he.cost("X", he.years_in(time, state), xr.DataArray([1.0, 2.0], dims="edge")),
            AlignmentError, r"2 values by edge do not fit the 4 edges of model cycles",
        ),
    ],
)  # fmt: skip
def test_wrong_factors_by_edge(line, error, words):
    with pytest.raises(error, match=words):
        run(line)


# --- weights of several horizons ---


def test_each_horizon_has_its_weights():
    weights = ((0.5, 0.5), (0.25, 1.0, 1.25, 0.5))
    line = lambda p, time, state: he.cost("Care", he.years_in(time, state, "well"), 10.0)  # noqa: E731
    found = run(line, accrual=weights)
    each = 10 * WELL * V
    assert first(found) == pytest.approx([each[:2] @ weights[0], each @ weights[1]])
    as_typed = run(line, accrual="0.5, 0.5 | 0.25, 1, 1.25, 0.5")
    assert first(as_typed) == first(found)
    assert as_typed.case.settings.accrual == weights


def test_by_cycle_under_weights_of_several_horizons():
    weights = ((0.5, 0.5), (0.25, 1.0, 1.25, 0.5))
    profile = xr.DataArray([1.0, 3.0, 4.0], dims="cycle")
    found = run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "well"), profile), accrual=weights)
    each = WELL * V
    assert first(found) == pytest.approx([each[:2] @ [0.5, 0.5], (each * [1, 3, 4, 4]) @ weights[1]])


@pytest.mark.parametrize(
    ("accrual", "words"),
    [
        ((0.5, 1, 1, 0.5), "is 1 list of weights; there are 2 horizons: give one list of weights for each"),
        (((0.5, 1, 0.5), (0.5, 1, 1, 0.5)), "gives 3 weights; there are 2 cycle edges up to year 1, and each has one"),
        ((0.5, (1, 1, 0.5)), "must be one list of weights, or one list for each horizon"),
    ],
)
def test_weights_that_do_not_fit(accrual, words):
    with pytest.raises(InputError, match=words):
        run(lambda p, time, state: he.cost("Care", he.years_in(time, state, "well"), 10.0), accrual=accrual)


# --- by month, by cycle ---


def test_what_is_paid_by_month_and_by_cycle():
    def by_month(p, time, state):
        return he.cost("Visits", he.years_in(time, state, "well"), he.per_month(p.visits_cost))

    def by_cycle(p, time, state):
        return he.cost("Visits", he.years_in(time, state, "well"), he.per_cycle(p.visits_cost, time))

    years = (WELL * V) @ [0.5, 1, 1, 0.5]
    values = {"visits_cost": {"A": 110.0, "B": 55.0}}
    assert run(by_month, values=values).lines[0].discounted[:, 1].tolist() == pytest.approx([1320 * years, 660 * years])
    assert run(by_cycle, values=values).lines[0].discounted[:, 1].tolist() == pytest.approx([110 * years, 55 * years])


def test_units_follow():
    def visits(name):
        def line(p, time, state):
            return he.cost("Visits", he.years_in(time, state, "well"), he.per_month(p[name]))

        return run(line, values={name: 110.0})

    years = (WELL * V) @ [0.5, 1, 1, 0.5]
    assert first(visits("visits_cost_per_month"))[1] == pytest.approx(1320 * years)
    with pytest.raises(LineError, match=r"visits_cost_per_year .* is not per month"):
        visits("visits_cost_per_year")
    with pytest.raises(LineError, match=r"line 'Visits': .*"):
        run(lambda p, time, state: he.cost("Visits", he.entering(state, "dead"), he.per_month(p.visit_cost_per_month)),
            values={"visit_cost_per_month": 110.0})  # fmt: skip


# --- moves ---


def test_moves_have_their_prices():
    found = run(lambda p, time, state: he.transition_costs(
        state, {("well", "ill"): 100.0, ("ill", "dead"): p.last_days_cost, ("well", "dead"): 0.0}
    ), values={"last_days_cost": {"A": 10.0, "B": 20.0}}, discount_rate_cost=0)  # fmt: skip
    assert [line.name for line in found.lines] == ["Moving well to ill", "Moving ill to dead", "Moving well to dead"]
    falling, dying = 0.3 * WELL[:3].sum(), 0.5 * ILL[:3].sum()
    expected = [100 * falling + 10 * dying, 100 * falling + 20 * dying]
    assert found.totals.cost.values[:, 1].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("prices", "error", "words"),
    [
        ({("well", "il"): 1.0}, UnknownNameError, "Did you mean 'ill'"),
        ({("ill", "well"): 1.0}, UnknownNameError, "transition from 'ill' to"),
        ({"well to ill": 1.0}, LineError, r"'well to ill' must be a pair of states"),
    ],
)
def test_moves_that_are_not_there(prices, error, words):
    with pytest.raises(error, match=words):
        run(lambda p, time, state: he.transition_costs(state, prices))


# --- breakdown in columns ---


def test_the_breakdown_has_real_columns():
    def care(p, time, state):
        return he.cost("Care", he.years_in(time, state), p.price)

    def dying(p, time, state):
        return he.cost("Dying", he.entering(state, "dead"), 50.0)

    result = run(care, dying, lambda p, time, state: he.cost("Test", he.at_start(time), 7.0),
                 values={"price": {"well": 1.0, "ill": 2.0, "dead": 0.0}})  # fmt: skip
    table = result.breakdown(by=["line", "state"])
    assert list(table) == ["strategy", "horizon_years", "kind", "line", "state", "value"]
    pairs = {("Care", "well"), ("Care", "ill"), ("Care", "dead"), ("Dying", "dead"), ("Test", "")}
    assert set(zip(table.line, table.state, strict=True)) == pairs
    total = table.groupby(["strategy", "horizon_years"]).value.sum()
    np.testing.assert_allclose(total, result.totals.cost.values.ravel())
    by_state = result.breakdown(by="state").set_index(["strategy", "horizon_years", "state"]).value
    own = table[(table.strategy == "A") & (table.horizon_years == 3) & (table.state == "dead")].value.sum()
    assert by_state["A", 3, "dead"] == pytest.approx(own)
    lines = result.breakdown(by="line", undiscounted=True)
    assert lines.value.sum() == pytest.approx(result.breakdown(undiscounted=True).value.sum())
    with pytest.raises(UnknownNameError, match=r"'stat'.*Did you mean 'state'"):
        result.breakdown(by=["line", "stat"])


def test_cohorts_are_a_column_too():
    def outcome(p, time):
        state = he.markov(time, he.Transitions(STATES, {**MOVES, ("well", "dead"): p.dying}), "well", cohorts=p.share)
        return he.Outcome(state, [he.cost("Care", he.years_in(time, state), 10.0, he.alive(state))])

    labels = {"strategy": ["A"], "state": STATES, "age": ["60", "62"]}
    values = {"dying": {"60": 0.1, "62": 0.4}, "share": {"60": 0.75, "62": 0.25}}
    table = he.run(he.Case(outcome, values, labels=labels, settings=BASE)).breakdown(by=["line", "state", "age"])
    own = table[(table.horizon_years == 3)].set_index(["state", "age"]).value
    assert own["well", "60"] == pytest.approx(10 * 0.75 * (WELL * V) @ [0.5, 1, 1, 0.5])
    assert own["well", "62"] == pytest.approx(10 * 0.25 * (0.3 ** np.arange(4) * V) @ [0.5, 1, 1, 0.5])
