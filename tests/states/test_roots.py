import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markov_models import STATES, on, timeline
from scipy.linalg import expm

import hecon as he
from hecon.errors import InputError

RATES = [("well", "ill"), ("well", "dead"), ("ill", "well"), ("ill", "dead")]


def yearly(rates):
    """Probabilities of a year from rates."""
    matrix = np.zeros((3, 3))
    for (origin, target), rate in zip(RATES, rates, strict=True):
        matrix[STATES.index(origin), STATES.index(target)] = rate
    matrix -= np.diag(matrix.sum(axis=1))
    year = expm(matrix)
    return {(a, b): year[i, j] for i, a in enumerate(STATES[:2]) for j, b in enumerate(STATES) if i != j}


@given(st.lists(st.floats(0.01, 1.5), min_size=4, max_size=4), st.sampled_from([1 / 52, 0.25, 3.0]))
def test_a_matrix_over_another_length_is_that_of_its_rates(rates, length):
    rescaled = he.rescale_transitions(he.Transitions(STATES, yearly(rates)), over=1, to=length)
    time = timeline(6, cycle_length=length)
    found = he.markov(time, rescaled, "well").values()
    exact = he.markov(time, he.Transitions(STATES, dict(zip(RATES, rates, strict=True)), kind="rate"), "well").values()
    on_cycles = np.isclose(time.edges / length, np.rint(time.edges / length))
    np.testing.assert_allclose(found[:, on_cycles], exact[:, on_cycles], atol=1e-10)


def test_equal_eigenvalues():
    given_rates = {("A", "B"): 0.12, ("A", "D"): 0.03, ("B", "D"): 0.15}
    transitions = he.Transitions(["A", "B", "D"], given_rates)
    week = he.rescale_transitions(transitions, over=1, to=1 / 52)
    back = he.rescale_transitions(week, over=1 / 52, to=1)
    for pair, value in given_rates.items():
        assert float(back.values[pair]) == pytest.approx(value, abs=1e-9)


def test_draws_and_strategies_keep_their_labels():
    ill = on(("draw", "strategy"), [[0.2, 0.1], [0.15, 0.12]], strategy=["A", "B"])
    moves = {("well", "ill"): ill, ("well", "dead"): 0.12, ("ill", "dead"): 0.5}
    rescaled = he.rescale_transitions(he.Transitions(STATES, moves), over=1, to=0.5)
    assert rescaled.values["well", "ill"].dims == ("draw", "strategy")
    one = he.rescale_transitions(he.Transitions(STATES, moves | {("well", "ill"): 0.1}), over=1, to=0.5)
    assert rescaled.values["well", "ill"].values[0, 1] == pytest.approx(float(one.values["well", "ill"]), rel=1e-12)


def test_what_would_be_a_guess_is_refused():
    moves = {("well", "ill"): 0.2, ("ill", "dead"): 0.5}
    with pytest.raises(InputError, match=r"well to dead +no constant rates give these probabilities"):
        he.rescale_transitions(he.Transitions(STATES, moves), over=1, to=0.5)
    swap = {("well", "ill"): 0.9, ("ill", "well"): 0.9, ("ill", "dead"): 0.05}
    with pytest.raises(InputError, match="no constant rates"):
        he.rescale_transitions(he.Transitions(STATES, swap), over=1, to=0.5)
    by_cycle = {("well", "ill"): on("cycle", [0.1, 0.2]), ("ill", "dead"): 0.5}
    with pytest.raises(InputError, match="varies by cycle or time in state"):
        he.rescale_transitions(he.Transitions(STATES, by_cycle), over=1, to=0.5)
    with pytest.raises(InputError, match="only probabilities have a length"):
        he.rescale_transitions(he.Transitions(STATES, moves, kind="rate"), over=1, to=0.5)
