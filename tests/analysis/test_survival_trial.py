"""A survival curve as what a study measures: its life table, its likelihood, its value against conjugate updating."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multinomial

from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.evsi import evsi
from hecon.analysis.value.survival_trial import LIFE_TABLE_INTERVALS, SurvivalMeasurement
from hecon.analysis.value.trial import Measurement, Study
from hecon.errors import HeconError

METHODS = ["regression", "moment_matching"]


def exponential(p, times):
    return np.exp(-p[["rate"]].to_numpy() * times)


def weibull(p, times):
    return np.exp(-((times / p[["scale"]].to_numpy()) ** p[["shape"]].to_numpy()))


def two(gain):
    return np.zeros((len(gain), 2)), np.column_stack([np.zeros(len(gain)), gain])


def conjugate_value(size, follow_up, shape, rate, least, data_sets=400_000):
    """EVSI of a censored exponential trial for the gain least - rate: the rate becomes Gamma(a + events, b + years)."""
    stream = np.random.default_rng(99)
    truth = stream.gamma(shape, 1 / rate, data_sets)
    events, years = np.zeros(data_sets), np.zeros(data_sets)
    for _ in range(size):
        times = stream.exponential(size=data_sets) / truth
        events += times <= follow_up
        years += np.minimum(times, follow_up)
    gains = least - (shape + events) / (rate + years)
    return np.maximum(gains, 0).mean() - max(least - shape / rate, 0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [10, 100])
def test_a_trial_of_an_exponential_curve_is_worth_what_conjugate_updating_says(method, size):
    rate = np.random.default_rng(1).gamma(5, 1 / 20, 20_000)
    trial = Study("trial", [SurvivalMeasurement("rate", exponential, size, follow_up=4.0)])
    found = evsi(*two(0.3 - rate), {"rate": rate}, trial, 1.0, method).iloc[0]
    truth = conjugate_value(size, 4.0, 5, 20, 0.3)
    assert abs(found.evsi - truth) < 3 * found.standard_error + 0.03 * truth


@pytest.mark.parametrize("method", METHODS)
def test_a_grouped_life_table_tells_what_the_times_themselves_tell(method):
    rate = np.random.default_rng(2).gamma(5, 1 / 20, 10_000)
    designs = [
        Study("grouped", [SurvivalMeasurement("rate", exponential, 50, follow_up=4.0)]),
        Study("times", [Measurement("rate", "exponential", 50, follow_up=4.0)]),
    ]
    found = evsi(*two(0.3 - rate), {"rate": rate}, designs, 1.0, method)
    assert found.evsi[0] == pytest.approx(found.evsi[1], rel=0.05)


def test_two_coefficients_of_one_curve():
    """A large trial settles a Weibull curve; a small one tells less, by both methods as much."""
    stream = np.random.default_rng(3)
    table = pd.DataFrame({"shape": np.exp(stream.normal(0.1, 0.2, 8000)), "scale": np.exp(stream.normal(0, 0.2, 8000))})
    gain = weibull(table, np.array([1.5]))[:, 0] - 0.25
    designs = [
        Study(str(n), [SurvivalMeasurement(("shape", "scale"), weibull, n, follow_up=3.0)]) for n in (10, 100, 10_000)
    ]
    by_regression = evsi(*two(gain), table, designs, 1.0)
    assert (np.diff(by_regression.evsi) > 0).all()
    assert by_regression.share_of_evppi.iloc[-1] == pytest.approx(1, abs=0.03)
    assert by_regression.evppi[0] == evppi(*two(gain), table, {"both": ["shape", "scale"]}, 1.0).evppi[0]
    by_moments = evsi(*two(gain), table, designs[:2], 1.0, "moment_matching")
    np.testing.assert_allclose(by_moments.evsi, by_regression.evsi[:2], rtol=0.08)


def test_life_tables_and_their_likelihood_are_multinomial():
    table = pd.DataFrame({"rate": [0.1, 0.3, 2.0]})
    one = SurvivalMeasurement("rate", exponential, 400, follow_up=2.0)
    data = one.simulation_of(table)(np.random.default_rng(1))
    assert data.shape == (3, one.width) == (3, LIFE_TABLE_INTERVALS + 1)
    edges = np.linspace(0, 2, LIFE_TABLE_INTERVALS + 1)
    for row in range(3):
        theirs = [
            multinomial(400, [*-np.diff(np.exp(-r * edges)), np.exp(-2 * r)]).logpmf(data[row]) for r in table.rate
        ]
        ours = one.likelihood_of(table)(data[row])
        np.testing.assert_allclose(ours - ours[0], np.array(theirs) - theirs[0], rtol=1e-9)
        assert ours.argmax() == row
    summaries = one.summarise(data)
    assert summaries.shape == (3, 4)
    assert summaries[0, 2] == pytest.approx(1 - np.exp(-0.2), abs=0.06)
    assert summaries[1, 3] == pytest.approx((1 - np.exp(-0.6)) / 0.3 / 2, abs=0.05)


def test_impossible_events_are_impossible():
    table = pd.DataFrame({"rate": [0.0, 0.5]})
    one = SurvivalMeasurement("rate", exponential, 20, follow_up=2.0)
    data = np.zeros(LIFE_TABLE_INTERVALS + 1)
    data[[0, -1]] = 1, 19
    assert one.likelihood_of(table)(data)[0] == -np.inf
    assert np.isfinite(one.likelihood_of(table)(data)[1])


def test_arms_of_survival_and_of_one_input_make_one_study():
    table = pd.DataFrame({"rate": [0.2, 0.3], "utility": [0.7, 0.8]})
    trial = Study(
        "both",
        [
            SurvivalMeasurement("rate", exponential, 50, 2.0, arm="new"),
            Measurement("utility", "normal", 30, sd=0.2, arm="new"),
            SurvivalMeasurement("rate", exponential, 40, 2.0, arm="old"),
        ],
        fixed_cost=10.0,
        cost_per_participant=2.0,
    )
    assert (trial.size, trial.cost, trial.parameters) == (90, 190.0, ("rate", "utility"))
    data = trial.simulation_of(table)(np.random.default_rng(1))
    assert data.shape == (2, 2 * (LIFE_TABLE_INTERVALS + 1) + 1)
    assert trial.summarise(data).shape == (2, 9)
    alone = sum(one.likelihood_of(table)(data[0, part]) for one, part in zip(
        trial.measurements, [slice(0, 25), slice(25, 26), slice(26, 51)], strict=True))  # fmt: skip
    np.testing.assert_allclose(trial.likelihood_of(table)(data[0]), alone)
    assert trial.sized(7).size == 14


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        (lambda p, t: np.ones(3), r"gave an array of shape \(3,\); it must give S\(t\) of shape \(2, 25\)"),
        (lambda p, t: np.tile(1 + t, (2, 1)), "must begin at 1 and never rise; draw 0 does not"),
        (lambda p, t: np.stack([np.exp(-t), 0.9 * np.exp(-t)]), "draw 1 does not"),
        (lambda p, t: np.full((2, len(t)), np.nan), "draw 0 does not"),
    ],
)
def test_what_is_no_survival_curve(curve, words):
    trial = Study("x", [SurvivalMeasurement("rate", curve, 5, 2.0)])
    with pytest.raises(HeconError, match=words):
        evsi(*two(np.array([1.0, -1.0])), {"rate": [1.0, 2.0]}, trial, 1.0)


@pytest.mark.parametrize(
    ("size", "follow_up", "words"), [(0, 1.0, "sample_size is 0"), (10, 0.0, "follow_up is 0; a survival measurement")]
)
def test_wrong_measurements(size, follow_up, words):
    with pytest.raises(HeconError, match=words):
        SurvivalMeasurement("rate", exponential, size, follow_up)
    with pytest.raises(HeconError, match="is measured by a SurvivalMeasurement"):
        Measurement("rate", "survival", 10, follow_up=1.0)
