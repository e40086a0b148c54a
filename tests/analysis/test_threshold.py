"""Thresholds against closed forms, verified by a run at the root; the root finder on functions of every shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import build, inputs, outcome, rows

import hecon as he
from hecon.analysis.sensitivity.threshold import find_roots, threshold, value_based_price


def test_a_price_at_which_the_decision_flips_is_exact():
    found = threshold(inputs(), "price: A", model=outcome)
    assert found.status.tolist() == ["found", "found"]
    assert found.threshold.tolist() == pytest.approx([40, 40], rel=1e-13)
    assert found.change.tolist() == pytest.approx([-0.2, -0.2])
    run = he.run(inputs().base_case(outcome).with_values(price={"A": found.threshold[0]}))
    assert run.summary().net_monetary_benefit_at_100.diff().iloc[2] == pytest.approx(0, abs=1e-9)
    assert found.outcome_at_threshold.abs().max() < 1e-9


def test_a_value_based_price_at_every_willingness_to_pay():
    found = value_based_price(inputs(willingness_to_pay=(100, 200)), "price: A", "A", model=outcome)
    assert found.threshold.tolist() == pytest.approx([40, 60, 40, 60])
    assert found.willingness_to_pay.tolist() == [100, 200, 100, 200]


def test_any_outcome_and_target():
    found = threshold(inputs(), "fee", outcome="cost", target=1000, strategy="A", model=outcome)
    assert found.threshold.tolist() == pytest.approx([950, 950])


def test_the_next_best_strategy():
    found = threshold(inputs(), "price: B", outcome="net_monetary_benefit_over_next_best", strategy="A", model=outcome)
    assert found.threshold.tolist() == pytest.approx([30, 30])


def test_no_root_is_said():
    own = threshold(inputs(), "fee", model=outcome)
    assert own.status.tolist() == ["does not depend on the input"] * 2
    assert own.threshold.isna().all()
    below = threshold(inputs(willingness_to_pay=(1,)), "price: A", model=outcome, between=(30, 90))
    assert below.status.tolist() == ["always below the target"] * 2
    above = threshold(inputs(), "gain: A", model=outcome, between=(2, 3))
    assert above.status.tolist() == ["always above the target"] * 2


def test_every_root_of_a_curve_and_a_jump():
    frame = rows({"parameter": "dose", "value": 2.0}, {"parameter": "step", "value": 1.0})

    def curved(p, time):
        state = he.partition(time, overall=he.Exponential(1e-12))
        cost = (p.dose - 1) * (p.dose - 4) * (p.dose - 9)
        return he.Outcome(
            state, [he.cost("Curve", he.at_start(time), cost + 10 * np.floor(p.step / 3) - 5 * (p.step > 0))]
        )

    own = build(frame, labels={"strategy": ("A",)})
    found = threshold(own, "dose", 1.0, "cost", -5.0, model=curved)
    assert found.threshold.tolist() == pytest.approx([1, 4, 9], rel=1e-12)
    jump = threshold(own, "step", 1.0, "cost", 10.0, between=(2, 4), model=curved)
    assert jump.status.tolist() == ["jumps across the target"]
    assert jump.threshold[0] == pytest.approx(3, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"between": (3, 1)}, "the lower first"),
        ({"between": (-1, 3)}, "must be at least 0"),
        ({"target": np.inf}, "finite"),
    ],
)
def test_wrong_questions(options, words):
    with pytest.raises(he.HeconError, match=words):
        threshold(inputs(), "price: A", model=outcome, **options)


@given(st.lists(st.floats(-0.99, 0.99), min_size=1, max_size=5), st.sampled_from([1, 3, 7]), st.floats(0.1, 30))
def test_roots_of_several_functions_at_once(roots, power, steepness):
    roots = np.array(roots)
    calls = []

    def function(x):
        calls.append(1)
        return np.tanh(steepness * (x - roots)) ** power

    low, high = np.full(len(roots), -1.0), np.full(len(roots), 1.0)
    found, height = find_roots(function, low, high, function(low), function(high))
    assert np.abs(height).max() < 1e-12
    assert found == pytest.approx(roots, abs=1e-2 if power > 1 else 1e-12)


def test_a_straight_line_is_solved_in_a_step():
    calls = []

    def line(x):
        calls.append(x)
        return 3 * x - 1

    found, _ = find_roots(line, np.array([0.0]), np.array([1.0]), np.array([-1.0]), np.array([2.0]))
    assert found[0] == pytest.approx(1 / 3, rel=1e-15)
    assert len(calls) <= 4
