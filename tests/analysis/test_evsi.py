"""EVSI: against closed forms, between nought and the EVPPI, rising with the size of the study; designs of studies."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, gamma, norm

from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.evsi import evsi
from hecon.analysis.value.studies import studies
from hecon.analysis.value.trial import PARAMETER_LIKELIHOODS, Measurement, Study
from hecon.errors import HeconError, InputError, UnknownNameError

ROOT = Path(__file__).resolve().parents[2]
METHODS = ["regression", "moment_matching"]


def normal_value(mean, sd):
    """E[max(0, N(mean, sd))] - max(0, mean)."""
    return mean * norm.cdf(mean / sd) + sd * norm.pdf(mean / sd) - max(mean, 0)


def two(gain):
    return np.zeros((len(gain), 2)), np.column_stack([np.zeros(len(gain)), gain])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [2, 20, 200])
def test_mean_of_a_normal_input(method, size):
    """sd 2 before the study, sd 3 of one observation: the mean after it has variance 16 / (4 + 9 / n)."""
    found = []
    for seed in range(4):
        stream = np.random.default_rng(seed)
        gain = stream.normal(0.7, 2, 8000)
        trial = Study("trial", [Measurement("gain", "normal", size, sd=3)])
        table = {"gain": gain, "other": stream.normal(size=8000)}
        found.append(evsi(*two(gain + table["other"]), table, trial, 1.0, method, seed=seed).iloc[0])
    found = pd.DataFrame(found)
    truth = normal_value(0.7, np.sqrt(16 / (4 + 9 / size)))
    assert found.evsi.mean() == pytest.approx(truth, rel=0.05)
    assert (abs(found.evsi - truth) < 3.5 * found.standard_error).all()


@pytest.mark.parametrize("method", METHODS)
def test_response_of_a_beta_input(method):
    """Response p ~ Beta(4, 6) against 0.45; after n persons the mean is (4 + events) / (10 + n)."""
    p = np.random.default_rng(1).beta(4, 6, 20_000)
    for size in (10, 100):
        events = np.arange(size + 1)
        grid = np.linspace(0.0005, 0.9995, 1000)
        from scipy.stats import binom

        share = (binom.pmf(events[:, None], size, grid) * beta.pdf(grid, 4, 6)).sum(axis=1) / 1000
        truth = share @ np.maximum((4 + events) / (10 + size) - 0.45, 0)
        found = evsi(*two(p - 0.45), {"p": p}, Study("s", [Measurement("p", "binomial", size)]), 1.0, method).iloc[0]
        assert found.evsi == pytest.approx(truth, rel=0.08)
        assert abs(found.evsi - truth) < 3 * found.standard_error + 0.03 * truth


@pytest.mark.parametrize("likelihood", ["poisson", "exponential"])
def test_rate_of_a_gamma_input(likelihood):
    """A rate ~ Gamma(5, 20) against 0.3; the study nearly settles it when it is large."""
    rate = np.random.default_rng(1).gamma(5, 1 / 20, 10_000)
    gain = 0.3 - rate
    ceiling = 0.3 * gamma.cdf(0.3, 5, scale=1 / 20) - 0.25 * gamma.cdf(0.3, 6, scale=1 / 20) - 0.05
    sizes = (10, 100, 5000 if likelihood == "poisson" else 300)
    designs = [Study(str(n), [Measurement("rate", likelihood, n, follow_up=2.0)]) for n in sizes]
    by_method = [evsi(*two(gain), {"rate": rate}, designs[:2], 1.0, method) for method in METHODS]
    np.testing.assert_allclose(by_method[0].evsi, by_method[1].evsi, rtol=0.08)
    found = evsi(*two(gain), {"rate": rate}, designs, 1.0)
    assert found.evppi[0] == pytest.approx(ceiling, rel=0.04)
    assert (np.diff(found.evsi) > 0).all()
    assert found.share_of_evppi.iloc[-1] > 0.9
    if likelihood == "poisson":  # the mean after the study is (5 + events) / (20 + 2 n), events negative binomial
        from scipy.stats import nbinom

        for n, value in zip(sizes, found.evsi, strict=True):
            events = np.arange(40 * n)
            truth = nbinom.pmf(events, 5, 20 / (20 + 2 * n)) @ np.maximum(0.3 - (5 + events) / (20 + 2 * n), 0) - 0.05
            assert value == pytest.approx(truth, rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_a_hazard_ratio(method):
    """Only the logarithm is known better: gain = -log HR, log HR ~ N(-0.1, 0.3), 4 / events of variance."""
    ratio = np.exp(np.random.default_rng(3).normal(-0.1, 0.3, 20_000))
    trial = Study("rct", [Measurement("hr", "hazard_ratio", 300, event_share=0.4)])
    found = evsi(*two(-np.log(ratio) - 0.2), {"hr": ratio}, trial, 1.0, method).iloc[0]
    assert found.evsi == pytest.approx(normal_value(-0.1, np.sqrt(0.3**4 / (0.3**2 + 4 / 120))), rel=0.05)
    assert found.sample_size == 300


@pytest.mark.parametrize("method", METHODS)
def test_two_arms_and_three_strategies(method):
    """Two means, the difference of which counts, and a third strategy that is rarely best."""
    stream = np.random.default_rng(4)
    table = pd.DataFrame({"new": stream.normal(0.52, 0.05, 20_000), "old": stream.normal(0.5, 0.03, 20_000)})
    effects = np.column_stack([table.old, table.new, np.full(20_000, 0.45)])
    trial = Study("rct", [Measurement(x, "normal", 100, sd=0.5, arm=x) for x in ("new", "old")])
    found = evsi(0 * effects, effects, table, trial, [1.0, 1000.0], method)
    after = np.sqrt(sum(sd**4 / (sd**2 + 0.25 / 100) for sd in (0.05, 0.03)))
    assert found.evsi[0] == pytest.approx(normal_value(0.02, after), rel=0.08)
    assert found.evsi[1] == pytest.approx(1000 * found.evsi[0], rel=1e-6)
    assert found.sample_size.tolist() == [200, 200]


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(2, 4), st.sampled_from(METHODS))
def test_between_nought_and_the_evppi_and_rising(seed, strategies, method):
    stream = np.random.default_rng(seed)
    x = pd.DataFrame(stream.normal(size=(2000, 3)), columns=list("abc"))
    effects = x.to_numpy() @ stream.normal(size=(3, strategies)) + 0.5 * stream.normal(size=(2000, strategies))
    designs = [
        Study(str(n), [Measurement("a", "normal", n, sd=2), Measurement("b", "normal", n, sd=2)]) for n in (1, 8, 64)
    ]
    found = evsi(0 * effects, effects, x, designs, 1.0, method)
    error = found.standard_error.max() + 0.01 * found.evppi[0]
    assert (found.evsi >= 0).all()
    assert (np.diff(found.evsi) > -2 * error).all()
    assert (found.evsi <= found.evppi + 2 * error).all()
    assert found.evppi[0] == pytest.approx(evppi(0 * effects, effects, x, {"g": ["a", "b"]}, 1.0).evppi[0], rel=1e-12)


def test_standard_error_is_the_scatter_of_samples():
    found = []
    for seed in range(60):
        stream = np.random.default_rng(seed)
        gain = stream.normal(0.5, 1, 2000)
        trial = Study("t", [Measurement("gain", "normal", 5, sd=2.0)])
        table, noisy = {"gain": gain}, gain + stream.normal(size=2000)
        row = [evsi(*two(noisy), table, trial, 1.0, m, replicates=5, seed=seed).iloc[0] for m in METHODS]
        found.append([*(one.evsi for one in row), *(one.standard_error for one in row)])
    found = np.array(found)
    np.testing.assert_allclose(found[:, 2:].mean(axis=0), found[:, :2].std(axis=0), rtol=0.25)


def test_a_function_of_your_own():
    stream = np.random.default_rng(5)
    gain = stream.normal(0, 1, 5000)

    def simulate(parameters, stream):
        return parameters["gain"].to_numpy() + stream.normal(size=len(parameters)) / np.sqrt(4)

    def log_likelihood(summary, parameters):
        return -2 * (summary[0] - parameters["gain"].to_numpy()) ** 2

    own = Study("own", simulate=simulate, parameters=["gain"], participants=4, log_likelihood=log_likelihood)
    known = Study("known", [Measurement("gain", "normal", 4, sd=1.0)])
    for method in METHODS:
        found = evsi(*two(gain), {"gain": gain}, [own, known], 1.0, method)
        assert found.evsi[0] == pytest.approx(found.evsi[1], rel=0.05)
    without = Study("own", simulate=simulate, parameters=["gain"], participants=4)
    with pytest.raises(HeconError, match="'own' has no likelihood; moment matching needs"):
        evsi(*two(gain), {"gain": gain}, without, 1.0, "moment_matching")
    hopeless = Study("own", (), simulate, ["gain"], 4, log_likelihood=lambda summary, p: np.full(len(p), -np.inf))
    with pytest.raises(HeconError, match="log_likelihood of study 'own' must give a number for each of 5000 draws"):
        evsi(*two(gain), {"gain": gain}, hopeless, 1.0, "moment_matching")
    wrong = Study("wrong", simulate=lambda p, s: np.ones(3), parameters=["gain"], participants=4)
    with pytest.raises(HeconError, match="finite numbers"):
        evsi(*two(gain), {"gain": gain}, wrong, 1.0)


def test_a_study_of_what_is_known_is_worth_nothing():
    gain = np.random.default_rng(5).normal(0, 1, 500)
    for method in METHODS:
        trial = Study("t", [Measurement("fixed", "normal", 10, sd=1.0)])
        found = evsi(*two(gain), {"gain": gain, "fixed": np.ones(500)}, trial, 1.0, method)
        assert found.evsi.tolist() == [0]


def test_seed_population_and_order_of_designs():
    gain = np.random.default_rng(5).normal(0, 1, 1000)
    designs = [Study(str(n), [Measurement("gain", "normal", n, sd=1.0)]) for n in (5, 10)]
    one, again = (evsi(*two(gain), {"gain": gain}, designs, 1.0, population=10) for _ in range(2))
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    back = evsi(*two(gain), {"gain": gain}, designs[::-1], 1.0)
    assert back.evsi.tolist() == one.evsi.tolist()[::-1]
    np.testing.assert_allclose(one.population_evsi, 10 * one.evsi)


def test_too_few_draws_for_a_large_study_is_said():
    gain = np.random.default_rng(5).normal(0, 1, 300)
    trial = Study("huge", [Measurement("gain", "normal", 100_000, sd=1.0)])
    with pytest.raises(HeconError, match="'huge' is too large for moment matching with 300 draws"):
        evsi(*two(gain), {"gain": gain}, trial, 1.0, "moment_matching")
    assert evsi(*two(gain), {"gain": gain}, trial, 1.0).share_of_evppi[0] == pytest.approx(1, abs=0.02)


def test_wrong_calls():
    gain = np.random.default_rng(5).normal(0, 1, 100)
    trial = Study("t", [Measurement("gian", "normal", 10, sd=1.0)])
    with pytest.raises(UnknownNameError, match=r"'gian'.*Did you mean 'gain'"):
        evsi(*two(gain), {"gain": gain}, trial, 1.0)
    trial = Study("t", [Measurement("gain", "binomial", 10)])
    with pytest.raises(HeconError, match="a probability lies between 0 and 1"):
        evsi(*two(gain), {"gain": gain}, trial, 1.0)
    trial = Study("t", [Measurement("gain", "hazard_ratio", 10)])
    for method in METHODS:
        with pytest.raises(HeconError, match="the parameter of a hazard_ratio measurement is above 0"):
            evsi(*two(gain), {"gain": gain}, trial, 1.0, method)
    with pytest.raises(HeconError, match="designs is empty"):
        evsi(*two(gain), {"gain": gain}, [], 1.0)
    with pytest.raises(HeconError, match="data_sets is 1"):
        evsi(*two(gain), {"gain": gain}, trial, 1.0, data_sets=1)
    with pytest.raises(UnknownNameError, match="no method 'mcmc'"):
        evsi(*two(gain), {"gain": gain}, trial, 1.0, "mcmc")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"likelihood": ""}, "has no likelihood"),
        ({"likelihood": "binomal"}, "Did you mean 'binomial'"),
        ({"sample_size": 0}, "sample_size is 0; it must be a whole number of at least 1"),
        ({"sample_size": 2.5}, r"sample_size is 2\.5"),
        ({"sd": None}, "sd is None; a normal measurement needs it above 0"),
        ({"sd": -1}, "sd is -1"),
        ({"likelihood": "poisson"}, "follow_up is None"),
        ({"event_share": 0}, "event_share is 0"),
    ],
)
def test_wrong_measurements(wrong, message):
    with pytest.raises(HeconError, match=message):
        Measurement(**({"parameter": "x", "likelihood": "normal", "sample_size": 10, "sd": 1.0} | wrong))


def test_wrong_studies():
    with pytest.raises(HeconError, match="study 'x' has no likelihood"):
        Study("x")
    with pytest.raises(HeconError, match=r"also give parameters=\[...\] and participants="):
        Study("x", simulate=lambda p, s: p)
    with pytest.raises(HeconError, match="both"):
        Study("x", [Measurement("a", "binomial", 1)], simulate=lambda p, s: p)
    with pytest.raises(HeconError, match="at least 1"):
        Study("x", [Measurement("a", "binomial", 1)], participants=0)


def test_studies_of_a_table():
    table = pd.DataFrame(
        {
            "design": ["rct", "rct", "registry"],
            "arm": ["new", "old", None],
            "parameter": ["p_new", "p_old", "cost"],
            "likelihood": ["binomial", "binomial", "normal"],
            "sample_size": [100, 80, 500],
            "sd": [np.nan, np.nan, 12.0],
        }
    )
    rct, registry = studies(table)
    assert (rct.name, rct.size, rct.parameters) == ("rct", 180, ("p_new", "p_old"))
    assert registry.measurements == (Measurement("cost", "normal", 500, sd=12.0),)
    assert rct.sized(10).size == 20
    table["likelihood"] = ["", "binomial", "norml"]
    table["sample_size"] = [100, 0, 500]
    with pytest.raises(InputError) as caught:
        studies(table)
    assert [fault.where for fault in caught.value.faults] == [
        "row 0, design 'rct'",
        "row 1, design 'rct'",
        "row 2, design 'registry'",
    ]
    with pytest.raises(InputError, match=r"likelihood +is a column that designs need"):
        studies(table.drop(columns="likelihood"))


@pytest.mark.parametrize("likelihood", PARAMETER_LIKELIHOODS)
def test_the_likelihood_is_highest_near_the_truth(likelihood):
    """Averaged over data sets, the log-likelihood of the simulated summaries peaks at the value they came from."""
    one = Measurement("x", likelihood, 2000, sd=0.5, follow_up=1.5)
    values = np.linspace(0.2, 0.8, 61)
    stream = np.random.default_rng(1)
    summaries = one.summaries(np.full(40, 0.5), stream)
    assert summaries.shape == (40, one.width)
    total = sum(one.log_likelihood(summary, values) for summary in summaries)
    assert values[total.argmax()] == pytest.approx(0.5, abs=0.02)


SCRIPT = """
import os, sys
processors = int(sys.argv[1])
os.cpu_count = lambda: processors
import hecon as he
from hecon.analysis.value.sample_information import sample_information
psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws(2000), workers=processors)
for found in (
    he.value.evsi(psa, method=["regression", "moment_matching"]),
    sample_information(psa),
    he.evppi(psa, "topic"),
):
    print(found.select_dtypes("number").astype(float).map(float.hex).to_csv())
"""


@pytest.mark.slow
def test_equal_bits_on_any_number_of_processors():
    """Threads of linear algebra would cut its sums in other places; each run is a process, for they start with it."""
    said = []
    for processors in "14":
        own = {**os.environ, "OPENBLAS_NUM_THREADS": processors, "OMP_NUM_THREADS": processors}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, processors], cwd=ROOT, env=own, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert len(said[0].splitlines()) > 50
    assert said[0] == said[1]
