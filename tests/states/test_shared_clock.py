"""A clock that several states share: time since either was entered, against the matrix of all places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markov_models import on, shares, timeline

import hecon as he
from hecon.errors import HeconError, InputError

STATES = ["well", "sick", "sicker", "dead"]
CYCLES = 8


def model(by_time, *, worsening=0.25, recovering=0.1, easing=0.05, time=None, since=("sick", "sicker")):
    """Sick and sicker die by the time since they fell ill, sicker people twice as often."""
    moves = {
        ("well", "sick"): 0.3,
        ("sick", "well"): recovering,
        ("sick", "sicker"): worsening,
        ("sick", "dead"): on("in_state", by_time),
        ("sicker", "sick"): easing,
        ("sicker", "dead"): on("in_state", 2 * np.asarray(by_time)),
    }
    transitions = he.Transitions(STATES, moves, since=since)
    return he.markov(time or timeline(CYCLES), transitions, {"well": 0.7, "sick": 0.2, "sicker": 0.1})


def unfolded(by_time, worsening=0.25, recovering=0.1, easing=0.05):
    """Trace of (well, sick by place, sicker by place, dead) from the matrix with a state for every place."""
    n = len(by_time)
    full = np.zeros((2 * n + 2, 2 * n + 2))
    full[0, 0], full[0, 1] = 0.7, 0.3
    for u, risk in enumerate(by_time):
        on_, sick, sicker = min(u + 1, n - 1), 1 + u, 1 + n + u
        full[sick, 0], full[sick, 1 + n + on_], full[sick, -1] = recovering, worsening, risk
        full[sick, 1 + on_] += 1 - recovering - worsening - risk
        full[sicker, 1 + on_], full[sicker, -1] = easing, 2 * risk
        full[sicker, 1 + n + on_] += 1 - easing - 2 * risk
    full[-1, -1] = 1
    share = np.zeros(len(full))
    share[[0, 1, 1 + n]] = 0.7, 0.2, 0.1
    trace = [share]
    for _ in range(CYCLES):
        trace.append(trace[-1] @ full)
    return np.array(trace)


@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=12), st.floats(0, 0.3), st.floats(0, 0.3))
def test_any_shared_clock_is_its_unfolded_matrix(by_time, worsening, easing):
    n, trace = len(by_time), unfolded(by_time, worsening, easing=easing)
    found = model(by_time, worsening=worsening, easing=easing).values()
    expected = [trace[:, 0], trace[:, 1 : 1 + n].sum(axis=1), trace[:, 1 + n : -1].sum(axis=1), trace[:, -1]]
    np.testing.assert_allclose(found, expected, atol=1e-14)


BY_TIME = np.array([0.02, 0.1, 0.2, 0.3])


def test_moves_and_worth_by_the_shared_clock():
    state, trace = model(BY_TIME), unfolded(BY_TIME)
    sick, sicker = trace[:, 1:5], trace[:, 5:9]
    np.testing.assert_allclose(he.moving(state, "sicker", "dead").values, sicker[:-1] @ (2 * BY_TIME), atol=1e-15)
    np.testing.assert_allclose(he.moving(state, "sick", "dead").values, sick[:-1] @ BY_TIME, atol=1e-15)
    np.testing.assert_allclose(he.moving(state, "sick", "sicker").values, 0.25 * sick[:-1].sum(axis=1), atol=1e-15)
    worth = on("in_state", [100.0, 50.0, 10.0, 10.0])
    found = he.years_by_time_in(state, "sicker", worth).values
    np.testing.assert_allclose(found, sicker @ worth.values, atol=1e-13)
    longer = on("in_state", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    padded = unfolded([*BY_TIME, 0.3, 0.3])
    found = he.years_by_time_in(state, "sicker", longer).values
    np.testing.assert_allclose(found, padded[:, 7:13] @ longer.values, atol=1e-13)


def test_by_hand():
    """Two cycles: the 0.2 who are sick at the start and worsen are at their second cycle of illness when sicker."""
    moves = {("sick", "sicker"): 0.5, ("sicker", "dead"): on("in_state", [0.0, 0.4]), ("sick", "dead"): 0.0}
    time = timeline(2)
    own = he.markov(time, he.Transitions(STATES[1:], moves), "sick").values()
    shared = he.markov(time, he.Transitions(STATES[1:], moves, since=["sick", "sicker"]), "sick").values()
    assert own[-1].tolist() == [0, 0, 0]  # the clock of sicker begins again
    assert shared[-1].tolist() == pytest.approx([0, 0, 0.5 * 0.4])


def test_without_a_shared_clock_it_begins_again():
    state = model(BY_TIME, since=())
    assert state.values()[-1, -1] < model(BY_TIME).values()[-1, -1]


def test_draws_and_cut_cycles():
    whole, cut = model(BY_TIME).values(), timeline(2.3, CYCLES)
    pieces = model(BY_TIME, time=cut).values()
    np.testing.assert_array_equal(pieces[:, np.isin(cut.edges, np.arange(CYCLES + 1.0))], whole)


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (["sick", "sickr"], r"since +'sickr' is not a state.* Did you mean 'sick"),
        (["sick"], r"since +has 'sick' alone"),
        ([["sick", "sicker"], ["sicker", "well"]], r"since +names 'sicker' twice"),
        (["sick", "dead"], r"since +names 'dead', which nobody leaves"),
    ],
)
def test_clocks_that_cannot_be(since, words):
    with pytest.raises(InputError, match=words):
        model(BY_TIME, since=since)


def test_rates_have_no_clock():
    with pytest.raises(InputError, match=r"since +counts time in states, which needs kind='probability'"):
        shares({("well", "ill"): 0.3, ("ill", "well"): 0.1}, kind="rate", since=["well", "ill"])


def test_a_limit_keeps_the_last_probability():
    time, curve = timeline(CYCLES), he.Weibull(1.6, 6.0)
    limited = he.probability_by_time_in_state(time, curve, limit=3)
    full = he.probability_by_time_in_state(time, curve)
    np.testing.assert_array_equal(limited, full[:3])
    held = on("in_state", [*full.values[:3], *[full.values[2]] * (CYCLES - 3)])
    np.testing.assert_allclose(model(limited / 4).values(), model(held / 4).values(), atol=1e-15)
    for wrong in (0, 2.5, True):
        with pytest.raises(HeconError, match=r"limit is .*whole number of cycles"):
            he.probability_by_time_in_state(time, curve, limit=wrong)
