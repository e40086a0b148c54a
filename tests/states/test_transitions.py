import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markov_models import MOVES, STATES, by_strategy, on, shares, timeline

import hecon as he
from hecon.errors import InputError, UnknownNameError
from hecon.states.generator import exponential, integral


def refused(match, moves=MOVES, **options):
    with pytest.raises(InputError, match=match):
        shares({pair: value for pair, value in moves.items() if value is not None}, **options)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({("well", r"ill"): 1.7}, r"well to ill +the probability is 1.7; .* If it is a rate, say kind='rate'"),
        ({("well", "ill"): -0.2}, r"well to ill +the probability is -0.2; a probability lies between 0 and 1"),
        ({("well", "ill"): float("nan")}, r"well to ill .*it is missing"),
        (
            {("well", "ill"): 0.97},
            r"probabilities from 'well' to ill, dead sum to 1.02; a row of",
        ),
        ({("well", r"well"): 0.7}, r"probabilities from 'well' to ill, dead sum to 0.95, with staying; it must be 1"),
        ({("dead", "well"): 0.1}, r"dead to well +leaves 'dead', which nobody leaves: it is absorbing"),
        ({("well", "il"): 0.1}, r"'il' is not a state .* Did you mean 'ill'"),
        (
            {("well", "ill"): he.REMAINING, ("well", "dead"): he.REMAINING},
            r"the row of 'well' has 2 complements \(ill, dead\); one is allowed",
        ),
    ],
)
def test_wrong_probabilities_are_named(change, match):
    refused(match, MOVES | change)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({("well", "ill"): -2.0}, r"well to ill +the rate is -2; a rate is at least 0"),
        ({("well", "well"): 0.2}, r"rate of staying"),
        ({("well", "ill"): he.REMAINING}, r"only probabilities have; these are rates"),
        ({("dead", "ill"): 2.0}, r"it is absorbing"),
    ],
)
def test_wrong_rates_are_named(change, match):
    refused(match, MOVES | change, kind="rate")


def test_every_fault_is_listed_at_once():
    with pytest.raises(InputError) as caught:
        shares(MOVES | {("well", "ill"): 2.0, ("ill", "dead"): -1.0})
    assert [fault.where for fault in caught.value.faults] == ["well to ill", "ill to dead"]


def test_the_place_says_draw_strategy_and_cycle():
    rising = on("cycle", [0.1] * 4 + [0.9] * 4)
    high = on(("draw", "strategy"), [[0.1, 0.1], [0.1, 0.5]], strategy=["A", "B"])
    refused(r"sum to 1.4 \(draw 1, strategy B, cycle 5\)", {("well", "ill"): high, ("well", "dead"): rising})
    refused(
        r"the probability \(draw 1, strategy B\) is 1.5",
        {("well", "ill"): high + (high > 0.2) * 1.0, ("ill", "dead"): 0.1},
    )


def test_places_come_from_cells_where_there_are_any():
    cells = {("well", "ill"): "Transitions!F5", ("well", "ill", "B"): "Transitions!F9"}
    with pytest.raises(InputError) as caught:
        he.Transitions(STATES, MOVES | {("well", "ill"): by_strategy(0.1, 1.2)}, cells=cells)
    assert caught.value.faults[0].where == "Transitions!F9"
    with pytest.raises(InputError) as caught:
        he.Transitions(STATES, MOVES | {("well", "ill"): 1.2}, cells=cells)
    assert caught.value.faults[0].where == "Transitions!F5"


def test_states_and_kinds():
    with pytest.raises(InputError, match=r"at least two different states"):
        he.Transitions(["well", "well"], {})
    with pytest.raises(InputError, match=r"Did you mean 'rate'"):
        he.Transitions(STATES, MOVES, kind="rates")
    with pytest.raises(InputError, match=r"dead +'dad' is not a state"):
        he.Transitions(STATES, MOVES, dead="dad")
    with pytest.raises(InputError, match=r"must be a pair of states"):
        he.Transitions(STATES, {"well": 0.2})
    assert he.Transitions(["a", "b"], {("a", "b"): 0.1}).dead == ("b",)
    assert he.Transitions(["a", "b", "c"], {("a", "b"): 0.1, ("b", "c"): 0.1}, dead=["c"]).dead == ("c",)


def test_the_order_of_pairs_changes_no_bit():
    turned = dict(reversed(list(MOVES.items())))
    np.testing.assert_array_equal(shares(MOVES).values(), shares(turned).values())


def test_a_complement_may_be_another_move():
    leaving = shares({("well", "ill"): he.REMAINING, ("well", "dead"): 0.1, ("ill", "dead"): 0.5})
    assert leaving.values()[:, 1].tolist() == pytest.approx([0, 0.9, 0.1])
    kept = shares({("well", "well"): 0.3, ("well", "ill"): he.REMAINING, ("well", "dead"): 0.1, ("ill", "dead"): 0.5})
    assert kept.values()[:, 1].tolist() == pytest.approx([0.3, 0.6, 0.1])


def test_a_row_that_is_given_whole_is_the_row_with_its_rest():
    whole = MOVES | {("well", "well"): 0.75, ("ill", "ill"): 0.6, ("dead", "dead"): 1.0}
    np.testing.assert_allclose(shares(whole).values(), shares().values(), atol=1e-15)


def test_counts_are_shares_of_their_row():
    counts = {("well", "well"): 60, ("well", "ill"): 30, ("well", "dead"): 10, ("ill", "dead"): 1, ("ill", "ill"): 3}
    state = shares(counts, kind="count")
    assert state.values()[:, 1].tolist() == pytest.approx([0.6, 0.3, 0.1])
    refused("counts of the row of 'ill' are all 0", counts | {("ill", "dead"): 0, ("ill", "ill"): 0}, kind="count")
    refused("the count is -1; a count is at least 0", counts | {("ill", "dead"): -1}, kind="count")


MATRIX = np.array([[0.5, 0.3, 0.2], [0, 0.6, 0.4], [0, 0, 1]])
FRAME = pd.DataFrame(MATRIX, index=STATES, columns=STATES)


@pytest.mark.parametrize(
    "given",
    [
        MATRIX,
        np.stack([MATRIX] * 8),
        FRAME.loc[["dead", "ill", "well"], ["ill", "well", "dead"]],
        on(("from", "to"), MATRIX),
        on(("to", "from"), MATRIX[:2].T, **{"from": STATES[:2], "to": STATES}),
        on(("cycle", "from", "to"), [MATRIX] * 8, cycle=range(1, 9)),
        np.where(np.eye(3) == 1, np.nan, MATRIX),
    ],
)
def test_every_way_to_give_a_matrix(given):
    transitions = he.Transitions.from_matrix(STATES, given)
    assert (transitions.exits("well"), transitions.exits("ill")) == (("ill", "dead"), ("dead",))
    found = he.markov(timeline(), transitions, "well").values()
    np.testing.assert_allclose(found.T, [np.linalg.matrix_power(MATRIX, n)[0] for n in range(9)], atol=1e-15)


def test_a_matrix_for_each_strategy_by_cycle_or_not():
    later = np.stack([np.linalg.matrix_power(MATRIX, 1 + n % 2) for n in range(8)])
    transitions = he.Transitions.from_matrix(STATES, {"A": FRAME, "B": later})
    found = he.markov(timeline(), transitions, "well")
    assert found.axes.labels["strategy"] == ("A", "B")
    share = np.array([1.0, 0, 0])
    for cycle in range(8):
        share = share @ later[cycle]
    np.testing.assert_allclose(found.values()[1, :, -1], share, atol=1e-15)
    np.testing.assert_allclose(found.values()[0, :, -1], np.linalg.matrix_power(MATRIX, 8)[0], atol=1e-15)


def test_matrices_of_counts_and_of_rates():
    state = he.markov(timeline(), he.Transitions.from_matrix(STATES, MATRIX), "well")
    counted = he.Transitions.from_matrix(STATES, 100 * MATRIX, kind="count")
    np.testing.assert_allclose(he.markov(timeline(), counted, "well").values(), state.values(), atol=1e-15)
    rates = np.array([[0, 0.3, 0.2], [0, 0, 0.4], [0, 0, 0]])
    whole = rates - np.diag(rates.sum(axis=1))
    found = [he.Transitions.from_matrix(STATES, each, kind="rate") for each in (rates, whole)]
    np.testing.assert_array_equal(*(he.markov(timeline(), each, "well").values() for each in found))
    with pytest.raises(InputError, match=r"the row of 'ill' +does not sum to 0"):
        he.Transitions.from_matrix(STATES, whole + np.diag([0, 0.1, 0]), kind="rate")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (MATRIX[:2], r"has shape \(2, 3\); it must be \(3, 3\)"),
        (np.ones((2, 8, 3, 3)), "more dimensions need names"),
        (FRAME.rename(index={"ill": "sick"}), "has 'sick' among its rows: not a state"),
        (FRAME.drop(columns="dead"), "has no dead among its columns"),
        ({"A": FRAME, "B": FRAME.iloc[:2]}, "the matrix of B +has no dead among its rows"),
        ({}, "give one for each strategy"),
        (on(("from", "state"), MATRIX), "has no dimension 'to'"),
        (on(("from", "to"), MATRIX[:, :2]), "has 2 places on 'to' for 3 states"),
    ],
)
def test_a_matrix_that_does_not_fit(given, words):
    with pytest.raises(InputError, match=words):
        he.Transitions.from_matrix(STATES, given)


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        ([0.5, 0.3, 0.1], 0, "from 'well' to ill, dead sum to 0.9, with staying; it must be 1"),
        ([0.5, 0.4, 0.2], 0, "sum to 1.1, with staying"),
        ([0, 0, 0.9], 2, "dead to dead +is the only transition of its row, and must be 1"),
    ],
)
def test_every_row_of_a_matrix_sums_to_1(row, place, words):
    matrix = MATRIX.copy()
    matrix[place] = row
    with pytest.raises(InputError, match=words):
        he.markov(timeline(), he.Transitions.from_matrix(STATES, matrix), "well")


def test_a_vector_is_one_value_for_each_model_cycle():
    rising = np.linspace(0.1, 0.5, 8)
    expected = shares({("well", "ill"): on("cycle", rising), ("ill", "dead"): 0.3}).values()
    for vector in (rising, rising.tolist(), pd.Series(rising)):
        np.testing.assert_array_equal(shares({("well", "ill"): vector, ("ill", "dead"): 0.3}).values(), expected)
    factors = shares({("well", "ill"): (rising, by_strategy(1.0, 0.5)), ("ill", "dead"): 0.3}).values()
    np.testing.assert_array_equal(factors[0], expected)
    with pytest.raises(he.AlignmentError, match="well to ill has 5 values by cycle; there are 8 model cycles"):
        shares({("well", "ill"): rising[:5], ("ill", "dead"): 0.3})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"A": 0.1, "B": 0.2}, "is a dict; give a number, a vector by model cycle, or a labelled array"),
        ("0.1", "is '0.1'; give a number"),
        (he.Exponential(0.1), r"is a curve; give he.states.probability_by_cycle\(time, curve\)"),
        (np.ones((2, 8)), "has 2 dimensions without names"),
    ],
)
def test_what_is_no_probability_is_refused(value, words):
    refused(f"well to ill +{words}", {("well", "ill"): value, ("ill", "dead"): 0.1})


def test_ratios_act_on_chosen_moves_and_staying_takes_the_rest():
    base = he.Transitions(STATES, MOVES | {("well", "well"): 0.75})
    halved = base.with_relative_risk(0.5, [("well", "ill")])
    first = he.markov(timeline(), halved, "well").values()[:, 1]
    assert first.tolist() == pytest.approx([0.85, 0.1, 0.05])
    slowed = base.with_hazard_ratio(2.0, [("well", "ill")])
    assert he.markov(timeline(), slowed, "well").values()[1, 1] == pytest.approx(1 - 0.8**2)
    odds = base.with_odds_ratio(1.5, [("well", "ill")])
    assert he.markov(timeline(), odds, "well").values()[1, 1] == pytest.approx(0.27272727272727276)
    with pytest.raises(UnknownNameError, match=r"no transition ill to il "):
        base.with_relative_risk(0.5, [("ill", "il")])
    rates = he.Transitions(STATES, MOVES, kind="rate").with_hazard_ratio(2.0)
    doubled = shares({pair: 2 * value for pair, value in MOVES.items()}, kind="rate")
    np.testing.assert_allclose(he.markov(timeline(), rates, "well").values(), doubled.values(), rtol=1e-12)


@given(st.integers(1, 9), st.sampled_from(["probability", "rate"]))
def test_equal_bits_for_any_block_of_draws(size, kind):
    generator = np.random.default_rng(3)
    scale = 0.3 if kind == "probability" else 20.0
    drawn = {pair: generator.uniform(0, scale, (70, 2)) for pair in MOVES}

    def weighed(part):
        moves = {pair: on(("draw", "strategy"), v[part], strategy=["A", "B"]) for pair, v in drawn.items()}
        return shares(moves, kind=kind).contracted(np.arange(18.0).reshape(9, 2))

    whole = weighed(slice(None))
    for start in range(0, 70, size * 8):
        part = slice(start, start + size * 8)
        np.testing.assert_array_equal(weighed(part), whole[part])


def test_large_and_small_rates_together():
    """Rates that differ by ten powers of ten keep every entry's relative precision: nothing cancels."""
    rates = {(0, 1): np.array([1e-8]), (1, 2): np.array([100.0])}
    found = exponential(rates, 3, 1.0)
    assert found[0, 2][0] == pytest.approx(1e-8 * (1 - 1 / 100), rel=1e-6)
    assert found[1, 1][0] == pytest.approx(np.exp(-100), rel=1e-11)
    assert sum(found[0, j][0] for j in range(3)) == pytest.approx(1, abs=1e-15)
    spent = integral(rates, 3, 1.0)
    assert spent[1, 1][0] == pytest.approx((1 - np.exp(-100)) / 100, rel=1e-10)
