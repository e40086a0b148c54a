import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markov_models import by_strategy, on, shares, timeline

import hecon as he
from hecon.errors import HeconError, InputError
from hecon.states import time_in_state

#: Risk of death by years spent ill, and a risk of recovery that does not vary by it.
BY_YEARS = on("in_state", [0.1, 0.2, 0.4, 0.6])


def unfolded(risks, cycles, falling=0.3, recovering=0.15):
    """Shares (well, ill by time in state, dead) from the matrix with one state for each year ill."""
    tunnels = len(risks)
    full = np.zeros((tunnels + 2, tunnels + 2))
    full[0, :2] = 1 - falling, falling
    for place, risk in enumerate(risks):
        full[1 + place, 0], full[1 + place, -1] = recovering, risk
        full[1 + place, 1 + min(place + 1, tunnels - 1)] += 1 - recovering - risk
    full[-1, -1] = 1
    trace = [np.eye(tunnels + 2)[0]]
    for _ in range(cycles):
        trace.append(trace[-1] @ full)
    return np.array(trace)


def model(time=None, risks=BY_YEARS):
    return shares({("well", "ill"): 0.3, ("ill", "well"): 0.15, ("ill", "dead"): risks}, time)


def test_the_unfolded_matrix():
    trace, found = unfolded(BY_YEARS.values, 8), model().values()
    np.testing.assert_allclose(found, [trace[:, 0], trace[:, 1:-1].sum(axis=1), trace[:, -1]], atol=1e-15)


@given(st.lists(st.floats(0, 0.8), min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 0.2))
def test_any_tunnel_is_its_unfolded_matrix(risks, falling, recovering):
    moves = {("well", "ill"): falling, ("ill", "well"): recovering, ("ill", "dead"): on("in_state", risks)}
    state = shares(moves, start={"well": 0.5, "ill": 0.25, "dead": 0.25})
    full = np.zeros((len(risks) + 2,) * 2)
    full[0, :2] = 1 - falling, falling
    for place, risk in enumerate(risks):
        full[1 + place, 0], full[1 + place, -1] = recovering, risk
        full[1 + place, 1 + min(place + 1, len(risks) - 1)] += 1 - recovering - risk
    full[-1, -1] = 1
    share = np.zeros(len(full))
    share[[0, 1, -1]] = 0.5, 0.25, 0.25
    for cycle in range(9):
        expected = [share[0], share[1:-1].sum(), share[-1]]
        np.testing.assert_allclose(state.values()[:, cycle], expected, atol=1e-14)
        share = share @ full


@given(st.floats(0.3, 5), st.floats(0.3, 5), st.floats(0, 0.3))
def test_a_tunnel_entered_at_the_start_only_is_the_model_by_cycle(shape, scale, recovering):
    """Time in the state is then time since the start."""
    time, curve = timeline(8), he.Weibull(shape, scale)
    left = 1 - recovering

    def dying(probability):
        moves = {("ill", "well"): recovering, ("ill", "dead"): (left, probability(time, curve))}
        return he.markov(time, he.Transitions(["ill", "well", "dead"], moves, dead=["dead"]), {"ill": 0.9, "well": 0.1})

    in_state, by_cycle = dying(he.probability_by_time_in_state), dying(he.probability_by_cycle)
    np.testing.assert_allclose(in_state.values(), by_cycle.values(), atol=1e-14)


def test_moves_out_of_a_tunnel():
    trace, state = unfolded(BY_YEARS.values, 8), model()
    np.testing.assert_allclose(he.moving(state, "ill", "dead").values, trace[:-1, 1:-1] @ BY_YEARS.values, atol=1e-15)
    np.testing.assert_allclose(he.moving(state, "ill", "well").values, trace[:-1, 1:-1].sum(axis=1) * 0.15, atol=1e-15)
    np.testing.assert_allclose(he.entering(state, "ill").values, trace[:-1, 0] * 0.3, atol=1e-15)


def test_worth_by_time_in_state():
    worth = on("in_state", [100.0, 50.0, 10.0])
    trace, state = unfolded([0.1, 0.2, 0.4, 0.6], 8), model()
    expected = trace[:, 1:-1] @ [100.0, 50.0, 10.0, 10.0]
    np.testing.assert_allclose(he.years_by_time_in(state, "ill", worth).values, expected, atol=1e-12)


def test_worth_by_time_in_a_state_without_memory():
    state = shares({("well", "ill"): 0.3, ("ill", "well"): 0.15, ("ill", "dead"): 0.25})
    trace = unfolded([0.25] * 10, 8)
    worth = on(("strategy", "in_state"), [[100.0, 50.0, 0.0]], strategy=["A"])
    with pytest.raises(InputError, match=r"varies by strategy, which the states do not"):
        he.years_by_time_in(state, "ill", worth)
    values = he.years_by_time_in(state, "ill", worth.isel(strategy=0, drop=True)).values
    np.testing.assert_allclose(values, trace[:, 1:-1] @ [100.0, 50.0, *[0.0] * 8], atol=1e-12)
    one_year = he.years_by_time_in(state, "ill", on("in_state", [1.0, 1.0]))
    np.testing.assert_allclose(one_year.values, state.values()[1], atol=1e-14)


def test_a_tunnel_that_starts_full_and_cannot_be_entered_again_is_the_time_varying_model():
    time, curve = timeline(8), he.Weibull(1.5, 3.0)
    in_state = he.Transitions(["alive", "dead"], {("alive", "dead"): he.probability_by_time_in_state(time, curve)})
    by_cycle = he.Transitions(["alive", "dead"], {("alive", "dead"): he.probability_by_cycle(time, curve)})
    np.testing.assert_allclose(
        he.markov(time, in_state, "alive").values(), he.markov(time, by_cycle, "alive").values(), atol=1e-15
    )


def test_clock_reset_is_a_convolution_and_clock_forward_is_not():
    time = timeline(8)
    progression, after = he.Exponential(0.4), he.Weibull(2.0, 2.0)
    first = he.probability_by_cycle(time, progression)

    def model(clock):
        moves = {("progression_free", "progressed"): first, ("progressed", "dead"): clock(time, after)}
        return he.markov(time, he.Transitions(["progression_free", "progressed", "dead"], moves), "progression_free")

    reset, forward = model(he.probability_by_time_in_state), model(he.probability_by_cycle)
    entries = he.entering(reset, "progressed").values
    survival = after.survival(np.arange(9.0))
    expected = [sum(entries[s] * survival[t - 1 - s] for s in range(t)) for t in range(9)]
    np.testing.assert_allclose(reset.values()[1], expected, atol=1e-15)
    assert (forward.values()[1][3:] < reset.values()[1][3:]).all()


def test_factors_by_cycle_and_by_time_in_state_multiply():
    surviving = on("cycle", np.linspace(1.0, 0.3, 8))
    risks = by_strategy(1.0, 0.5)
    state = shares({("well", "ill"): 0.3, ("ill", "dead"): (surviving, BY_YEARS, risks)})
    whole = shares({("well", "ill"): 0.3, ("ill", "dead"): surviving * BY_YEARS * risks})
    np.testing.assert_allclose(state.values(), whole.values(), atol=1e-15)
    share = np.zeros(6)
    share[0] = 1
    for cycle in range(8):
        now = BY_YEARS.values * surviving.values[cycle]
        ill = share[1:5] * (1 - now)
        share = np.array([share[0] * 0.7, share[0] * 0.3, ill[0], ill[1], ill[2] + ill[3], share[5] + share[1:5] @ now])
    np.testing.assert_allclose(state.values()[0, :, -1], [share[0], share[1:5].sum(), share[5]], atol=1e-14)


def test_everybody_leaves_where_another_move_takes_the_rest():
    state = shares({("well", "ill"): 0.3, ("ill", "well"): BY_YEARS, ("ill", "dead"): he.REMAINING})
    np.testing.assert_allclose(state.values()[1][1:], 0.3 * state.values()[0][:-1], atol=1e-15)
    np.testing.assert_allclose(he.moving(state, "ill", "dead").values, state.values()[1][:-1] * 0.9, atol=1e-15)


def test_cut_cycles():
    time = timeline(2.3, 8)
    whole, pieces = model().values(), model(time).values()
    np.testing.assert_array_equal(pieces[:, np.isin(time.edges, np.arange(9.0))], whole)
    weights = np.random.default_rng(1).uniform(size=(time.cycles + 1, 2))
    flow = he.years_by_time_in(model(time), "ill", on("in_state", [3.0, 1.0]))
    np.testing.assert_allclose(flow.shares.contracted(weights), flow.values @ weights, rtol=1e-12)


def test_what_time_in_state_cannot_do_is_said():
    with pytest.raises(InputError, match=r"varies by time in state, which needs kind='probability'"):
        shares({("well", "ill"): 0.3, ("ill", "dead"): BY_YEARS}, kind="rate")
    rates = shares({("well", "ill"): 0.3, ("ill", "dead"): 0.1}, kind="rate")
    with pytest.raises(InputError, match=r"not with rates"):
        he.years_by_time_in(rates, "ill", BY_YEARS)
    with pytest.raises(InputError, match=r"is not among its dimensions"):
        he.years_by_time_in(model(), "ill", 3.0)
    with pytest.raises(InputError, match=r"sum to 1\.1 .*after 3 cycles in it"):
        shares({("well", "ill"): 0.3, ("ill", "well"): 0.5, ("ill", "dead"): BY_YEARS})


def test_values_by_time_in_state_of_different_length():
    recovering = on("in_state", [0.3, 0.05])
    found = shares({("well", "ill"): 0.3, ("ill", "well"): recovering, ("ill", "dead"): BY_YEARS})
    padded = on("in_state", [0.3, 0.05, 0.05, 0.05])
    whole = shares({("well", "ill"): 0.3, ("ill", "well"): padded, ("ill", "dead"): BY_YEARS})
    np.testing.assert_array_equal(found.values(), whole.values())
    product = shares(
        {("well", "ill"): 0.3, ("ill", "well"): 0.1, ("ill", "dead"): (BY_YEARS, on("in_state", [1, 0.5]))}
    )
    halved = on("in_state", [0.1, 0.1, 0.2, 0.3])
    whole = shares({("well", "ill"): 0.3, ("ill", "well"): 0.1, ("ill", "dead"): halved})
    np.testing.assert_allclose(product.values(), whole.values(), atol=1e-15)


def test_worth_by_time_in_state_and_by_cycle_is_a_factor_of_the_line():
    with pytest.raises(InputError, match=r"cycle +varies by it too; make that part a factor"):
        he.years_by_time_in(model(), "ill", on(("in_state", "cycle"), np.ones((2, 8))))


def many_years(*factors):
    """Shares over 1,992 months of a state that nearly everybody leaves within its first hundred."""
    risks = by_strategy(*factors) * on("in_state", np.append(np.linspace(0.2, 0.6, 100), np.full(1900, 0.6)))
    moves = {("well", "ill"): 0.1, ("ill", "well"): 0.1, ("ill", "dead"): risks}
    return shares(moves, timeline(166, cycle_unit="month")).values()


def test_a_tunnel_holds_no_more_places_than_somebody_is_at(monkeypatch):
    """No digit changes by what is left out, and no bit by whoever stands beside."""
    both = many_years(1.0, 0.01)
    np.testing.assert_array_equal(many_years(1.0), both[:1])
    monkeypatch.setattr(time_in_state, "NOBODY", 0.0)
    np.testing.assert_allclose(both, many_years(1.0, 0.01), rtol=0, atol=1e-22)


def test_the_work_of_a_tunnel_ends_where_it_is_empty(monkeypatch):
    """With fewer places than cycles told apart, who leaves soon is followed; who stays is not, and one line says so."""
    monkeypatch.setattr(time_in_state, "MOST_PLACES", 400)
    assert many_years(1.0).shape == (1, 3, 1993)
    with pytest.raises(HeconError, match=r"time in state 'ill' is told apart over more than .* limit="):
        many_years(0.01)


@given(st.integers(1, 900), st.integers(0, 900))
def test_sums_over_places_do_not_depend_on_empty_ones(places, empty):
    values = np.random.default_rng(places).uniform(size=(places, 3))
    padded = np.vstack([values, np.zeros((empty, 3))])
    np.testing.assert_array_equal(time_in_state.over_places(padded), time_in_state.over_places(values))
    np.testing.assert_array_equal(time_in_state.over_places(values[:, :1]), time_in_state.over_places(values)[:1])
    np.testing.assert_allclose(time_in_state.over_places(values), values.sum(axis=0), rtol=1e-13)
