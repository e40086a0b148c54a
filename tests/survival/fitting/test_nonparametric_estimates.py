from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hecon.errors import HeconError, InputError
from hecon.survival.fitting.cox import cox
from hecon.survival.fitting.hazard_estimates import log_cumulative_hazard, piecewise_hazard, smoothed_hazard
from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
from hecon.survival.fitting.log_rank import log_rank
from hecon.survival.fitting.restricted_mean import restricted_mean


def simulated(size=200, seed=1, ratio=0.6):
    generator = np.random.default_rng(seed)
    treated = generator.integers(0, 2, size)
    time = generator.exponential(10 / np.where(treated, ratio, 1.0))
    censored = generator.uniform(4, 25, size)
    return np.round(np.minimum(time, censored), 1) + 0.1, (time < censored).astype(int), treated


def test_against_scipy():
    time, event, treated = simulated()
    data = stats.CensoredData.right_censored(time, event == 0)
    found, other = kaplan_meier(time, event), stats.ecdf(data).sf
    np.testing.assert_allclose(found.survival, other.probabilities, rtol=1e-13)
    both = [stats.CensoredData.right_censored(time[treated == g], event[treated == g] == 0) for g in (0, 1)]
    test = stats.logrank(*both)
    assert log_rank(time, event, treated).p == pytest.approx(test.pvalue, rel=1e-10)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("late", [False, True])
def test_intervals_and_restricted_means_by_loops(seed, late):
    """Each estimate again, patient by patient: Greenwood's sum, three intervals, the area and its variance."""
    time, event, _ = simulated(80, seed + 20)
    entry = np.where(np.random.default_rng(seed).uniform(size=80) < 0.3, 0.2 * time, 0.0) if late else np.zeros(80)
    found, z = kaplan_meier(time, event, entry=entry if late else None), stats.norm.ppf(0.975)
    survival, variance, steps = 1.0, 0.0, []
    for t in sorted(set(time[event == 1])):
        n = sum(1 for a, b in zip(entry, time, strict=True) if a < t <= b)
        d = sum(1 for b, e in zip(time, event, strict=True) if b == t and e)
        survival, variance = survival * (1 - d / n), variance + (d / (n * (n - d)) if n > d else np.inf)
        steps.append((t, survival, variance, d / (n * (n - d)) if n > d else 0.0))
    place = np.searchsorted(found.times, [step[0] for step in steps])
    expected = {
        "plain": lambda s, v: (max(s - z * s * v**0.5, 0), min(s + z * s * v**0.5, 1)),
        "log": lambda s, v: (s * np.exp(-z * v**0.5), min(s * np.exp(z * v**0.5), 1)),
        "log_log": lambda s, v: tuple(s ** np.exp(side * z * v**0.5 / np.log(s)) for side in (-1, 1)),
    }
    for name, limits in expected.items():
        low, high = found.limits(name)
        # At S = 0 there is none.
        for (_, s, v, _), a, b in zip(steps, low[place], high[place], strict=True):
            if s > 0:
                assert [a, b] == pytest.approx(sorted(limits(s, v)), rel=1e-10)
    horizon = float(np.quantile(time, 0.8))
    edges = [(0.0, 1.0), *((t, s) for t, s, _, _ in steps if t < horizon), (horizon, 0.0)]
    areas = [s * (b - a) for (a, s), (b, _) in zip(edges, edges[1:], strict=False)]
    spread = sum(sum(areas[i + 1 :]) ** 2 * steps[i][3] for i in range(len(edges) - 2))
    mean = restricted_mean(found, horizon)
    assert [mean.value, mean.standard_error] == pytest.approx([sum(areas), spread**0.5], rel=1e-10)


def test_whole_weights_are_copies_of_patients():
    time, event, treated = simulated(60)
    copies = np.random.default_rng(3).integers(1, 4, 60)
    again = [np.repeat(values, copies) for values in (time, event, treated)]
    weighted, plain = kaplan_meier(time, event, weights=copies), kaplan_meier(*again[:2])
    np.testing.assert_allclose(weighted.standard_error_log, plain.standard_error_log, rtol=1e-12)
    for ties in ("breslow",):
        one = cox(time, event, {"x": treated}, weights=copies, ties=ties)
        other = cox(again[0], again[1], {"x": again[2]}, ties=ties)
        np.testing.assert_allclose(one.table(), other.table(), rtol=1e-9)


def test_a_log_rank_test_is_the_score_test_of_cox_without_ties():
    time, event, treated = simulated()
    time = time + np.arange(len(time)) * 1e-7
    score = cox(time, event, {"x": treated}).tests().loc["score", "chi_squared"]
    assert log_rank(time, event, treated).chi_squared == pytest.approx(score, rel=1e-9)


def test_late_entry_by_hand():
    """At 2 one has entered, at 4 three: S = (1 - 1/1)... would be 0, so the early event has two at risk."""
    found = kaplan_meier([2, 5, 4, 6], [1, 1, 1, 0], entry=[0, 1, 3, 3])
    assert found.at_risk.tolist() == [2, 3, 2, 1]
    assert found.survival == pytest.approx([1 / 2, 1 / 2 * 2 / 3, 1 / 2 * 2 / 3 / 2, 1 / 6])
    assert found.at([0, 2, 4]).at_risk.tolist() == [1, 2, 3]


def test_late_entry_in_cox_is_a_split_of_follow_up():
    """Follow-up cut in two at any time gives the same partial likelihood and robust error by patient."""
    time, event, treated = simulated(80)
    cut = np.minimum(time / 2, 5.0)
    patient = np.arange(80)
    whole = cox(time, event, {"x": treated}, robust=True)
    halves = cox(
        np.r_[cut, time], np.r_[0 * event, event], {"x": np.r_[treated, treated]},
        entry=np.r_[0 * cut, cut], cluster=np.r_[patient, patient],
    )  # fmt: skip
    np.testing.assert_allclose(halves.table(), whole.table(), rtol=1e-9)
    assert halves.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)


def test_exact_ties_agree_with_all_subsets():
    from itertools import combinations

    x, b = np.array([[0.3, 1.0], [1.2, 0.0], [-0.4, 1.0], [0.9, 0.0], [0.1, 1.0]]), np.array([0.7, -0.4])
    from hecon.survival.fitting.partial_likelihood import _subsets

    sums = np.array([x[list(chosen)].sum(axis=0) for chosen in combinations(range(5), 3)])
    masses = np.exp(sums @ b)
    value, slope, curvature = _subsets(x, b, 3)
    mean = masses @ sums / masses.sum()
    assert value == pytest.approx(np.log(masses.sum()), rel=1e-14)
    np.testing.assert_allclose(slope, mean, rtol=1e-13)
    np.testing.assert_allclose(curvature, (masses * sums.T) @ sums / masses.sum() - np.outer(mean, mean), rtol=1e-12)


@pytest.mark.slow
def test_the_smoothed_hazard_of_a_constant_hazard_is_flat():
    time = np.random.default_rng(5).exponential(5.0, 4000)
    for bandwidth in ("local", "global", 1.0):
        found = smoothed_hazard(kaplan_meier(time, np.ones(4000)), until=8, bandwidth=bandwidth)
        np.testing.assert_allclose(found["hazard"], 0.2, rtol=0.3)
        assert found["hazard"].mean() == pytest.approx(0.2, rel=0.04)


def test_a_weibull_is_a_line_in_log_cumulative_hazard():
    shares = (np.arange(400) + 0.5) / 400
    time = 3 * (-np.log1p(-shares)) ** (1 / 1.6)
    table = log_cumulative_hazard(kaplan_meier(time, np.ones(400)))
    assert np.polyfit(table.log_time[40:], table.log_cumulative_hazard[40:], 1)[0] == pytest.approx(1.6, rel=0.02)


def test_no_events_in_a_piece_has_an_upper_limit():
    found = piecewise_hazard(kaplan_meier([5, 6, 9], [0, 0, 1]), [0, 4, 10])
    assert found.hazard.tolist() == pytest.approx([0, 1 / 8])
    assert found.high[0] == pytest.approx(-np.log(0.025) / 12)


FAULTS = [
    (lambda: kaplan_meier([1, -2], [1, 0]), "time, row 2 +is -2; a time is a finite number of at least 0"),
    (lambda: kaplan_meier([1, 2], [1, 2]), "event, row 2 +is 2; an event is coded 1 .it happened. or 0"),
    (lambda: kaplan_meier([1, "x"], [1, 0]), "time, row 2 +is 'x'; every row needs a finite number"),
    (lambda: kaplan_meier([1, None], [1, 0]), "time, row 2"),
    (lambda: kaplan_meier([1, 2], [1]), "event +has 1 rows, but time has 2"),
    (lambda: kaplan_meier([], []), "time +is empty"),
    (
        lambda: kaplan_meier([1, 2], [1, 0], entry=[0, 2]),
        "entry, row 2 +is 2; a patient enters before the time of the same row, 2",
    ),
    (lambda: kaplan_meier([1, 2], [1, 0], weights=[1, -1]), "weights, row 2 +is -1"),
    (lambda: kaplan_meier([1, 2], [1, 0], interval="loglog"), "Did you mean 'log_log'"),
    (lambda: kaplan_meier([1, 2], [1, 0], level=95), "level +is 95"),
    (lambda: log_rank([1, 2], [1, 0], ["A", "A"]), "one group only, A"),
    (lambda: log_rank([1, 2], [0, 0], ["A", "B"]), "event +is 0 in every row"),
    (lambda: log_rank([1, 2], [1, 0], ["A", None]), "group, row 2 +is blank"),
    (lambda: cox([1, 2], [0, 0], {"x": [0, 1]}), "event +is 0 in every row"),
    (lambda: cox([1, 2], [1, 1], {"x": [1, 1]}), "x +is 1 in every row"),
    (lambda: cox([1, 2], [1, 1], {}), "covariates +is empty"),
    (lambda: cox([1, 2, 3], [1, 1, 0], {"x": [0, 1, 0], "y": [1, 0, 1]}), "repeat one another"),
    (lambda: cox([1, 2], [1, 1], {"x": [0, 1]}, ties="effron"), "Did you mean 'efron'"),
    (lambda: cox([1, 2], [1, 1], {"x": [0, 1]}, ties="exact", weights=[1, 1]), "takes neither weights"),
    (lambda: restricted_mean(kaplan_meier([1, 2], [1, 0]), 3), "the data end at 2 with 50.0% event-free"),
    (lambda: piecewise_hazard(kaplan_meier([1, 2], [1, 0]), [2, 1]), "cuts"),
]


@pytest.mark.parametrize(("call", "words"), FAULTS)
def test_faults_name_argument_and_row(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_a_ratio_without_bounds_is_said():
    with pytest.raises(HeconError, match="hazard ratio of x goes to infinity"):
        cox([1, 2, 5, 6], [1, 1, 0, 0], {"x": [1, 1, 0, 0]})


def test_all_censored_and_one_patient_have_an_estimate():
    assert kaplan_meier([1, 2], [0, 0]).survival.tolist() == [1, 1]
    assert kaplan_meier([3], [1]).median()[0] == 3
    assert kaplan_meier([1, 2], [0, 0]).median()[0] == np.inf
