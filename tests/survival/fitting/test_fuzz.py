"""Simulated data of every awkward kind: no crash, nothing silent, nested likelihoods in order, truth within errors.

Every seed is a data set and fits all families that can be fitted to it; a wider range is a longer run.
"""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest

import hecon as he
from hecon.errors import InputError
from hecon.survival.fitting.fits import STANDARD

FAMILIES = (*STANDARD, "weibull_ph")
#: A fit of the first contains one of the second.
WITHIN = [
    ("weibull", "exponential"),
    ("gompertz", "exponential"),
    ("gamma", "exponential"),
    ("generalised_gamma", "weibull"),
    ("generalised_gamma", "lognormal"),
    ("generalised_gamma", "gamma"),
    ("spline_hazard_1", "weibull"),
    ("spline_odds_1", "loglogistic"),
    ("spline_normal_1", "lognormal"),
    ("weibull", "weibull_ph"),
    ("weibull_ph", "weibull"),
    ("generalised_f", "generalised_gamma"),
    ("generalised_f", "loglogistic"),
    ("weibull_mixture", "weibull"),
    ("piecewise_exponential", "exponential"),
]


def simulated(seed):
    """Data of one kind or another: few rows, heavy censoring, ties, one event, hours to decades, late entry, visits."""
    rng = np.random.default_rng(seed)
    size = int(rng.choice([3, 6, 15, 40, 120, 300]))
    unit = 10.0 ** rng.uniform(-4, 3)
    kind = rng.choice(["weibull", "lognormal", "loglogistic", "gompertz", "cured"])
    shape, u = rng.uniform(0.4, 3.0), rng.uniform(size=size)
    if kind == "weibull":
        time = (-np.log(u)) ** (1 / shape)
    elif kind == "lognormal":
        time = np.exp(rng.normal(size=size) / shape)
    elif kind == "loglogistic":
        time = (1 / u - 1) ** (1 / shape)
    elif kind == "gompertz":
        time = np.log1p(-np.log(u) * 2) / 2
    else:
        time = np.where(rng.uniform(size=size) < 0.4, 1e6, (-np.log(u)) ** (1 / shape))
    censoring = rng.uniform(
        0, rng.choice([0.5, 2.0, 6.0]) * np.median(time[time < 1e5]) if (time < 1e5).any() else 1, size
    )
    time, event = np.minimum(time, censoring), (time <= censoring).astype(int)
    time = np.maximum(time * unit, 1e-3 * unit)
    if rng.uniform() < 0.3:  # ties
        time = np.maximum(np.ceil(time / unit * 4), 1) / 4 * unit
    if not event.any() or rng.uniform() < 0.05:
        event[:] = 0
        event[rng.integers(size)] = 1
    entry = time * rng.uniform(0, 0.9, size) * (rng.uniform(size=size) < 0.5) if rng.uniform() < 0.3 else None
    weights = rng.uniform(0.2, 2.0, size) if rng.uniform() < 0.2 else None
    data = {"time": time, "event": event, "entry": entry, "weights": weights}
    if rng.uniform() < 0.25:  # events that are known to lie between two visits, or before the first
        step = unit * rng.uniform(0.1, 1.0)
        seen = (event == 1) & (rng.uniform(size=size) < rng.choice([0.5, 1.0]))
        lower = np.where(seen, np.floor(time / step) * step, time)
        upper = np.where(event == 1, np.where(seen, lower + step, time), np.inf)
        if entry is not None:
            lower = np.where(seen, np.maximum(lower, 1.0001 * entry), lower)
        data = {"time": lower, "upper": upper, "entry": entry, "weights": weights}
    return data


def every_fit(data, seed):
    """All families and both forms of cure; the generalised F, which takes its time, for few rows or now and then."""
    families = (*FAMILIES, "generalised_f") if len(data["time"]) <= 15 or seed % 10 == 0 else FAMILIES
    fits = dict(he.fit_all(**data, families=families, spline_knots=[1]).fits)
    fits |= {f"weibull_{cure}": he.fit("weibull", **data, cure=cure) for cure in ("mixture", "non_mixture")}
    with contextlib.suppress(InputError):  # its breaks fall together
        fits["piecewise_exponential"] = he.fit("piecewise_exponential", **data, knots=2)
    return fits


def unbounded(fit):
    """Whether the likelihood rises without end (the only event is the last time, say): followed so far, and said."""
    return any("nearly one time" in note for note in fit.notes)


def at_a_boundary(fit):
    """Whether the likelihood rises towards a boundary that no coefficient reaches: followed until it hardly rises."""
    return any("runs to its boundary" in note for note in fit.notes)


def check(seed):
    data = simulated(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = every_fit(data, seed)
        for name, inner in WITHIN:
            if name in fits and inner in fits and not unbounded(fits[inner]):
                short = 0.01 if at_a_boundary(fits[inner]) and fits[name].notes else 1e-6
                assert fits[name].loglik >= fits[inner].loglik - short * (1 + abs(fits[inner].loglik)), (
                    seed,
                    name,
                    inner,
                )
        for name, fit in fits.items():
            assert np.isfinite(fit.loglik), (seed, name)
            assert np.isfinite(fit.covariance).all(), (seed, name)
            assert (np.linalg.eigvalsh(fit.covariance) >= -1e-8 * np.abs(fit.covariance).max()).all(), (seed, name)
            assert fit.family.split("_")[0] in repr(fit)
            top = fit._top.summit
            assert top.converged or fit.notes, (seed, name)
            if not fit.notes:
                slope = top.gradient @ fit.covariance @ top.gradient
                assert slope < 1e-9, (seed, name, slope)
                survival = fit.curve.survival(np.sort(data["time"]))
                assert np.all(np.diff(survival) <= 1e-12), (seed, name)
                assert np.all((survival >= 0) & (survival <= 1)), (seed, name)
                if fit.standard_errors.max() < 1:
                    assert fit.draws(3, seed=1).survival(float(data["time"][0])).shape == (3,)


@pytest.mark.parametrize("seed", range(8))
def test_data_of_every_kind(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 500))
def test_more_data_of_every_kind(seed):
    check(seed)


TRUE = {
    "exponential": (he.Exponential(0.4), [0.4]),
    "weibull": (he.Weibull(1.4, 3.0), [1.4, 3.0]),
    "weibull_ph": (he.WeibullPH(1.4, 0.2), [1.4, 0.2]),
    "gompertz": (he.Gompertz(0.2, 0.2), [0.2, 0.2]),
    "lognormal": (he.Lognormal(0.8, 0.7), [0.8, 0.7]),
    "loglogistic": (he.LogLogistic(1.8, 2.5), [1.8, 2.5]),
    "gamma": (he.Gamma(1.8, 0.7), [1.8, 0.7]),
    "generalised_gamma": (he.GeneralisedGamma(0.9, 0.7, 0.5), [0.9, 0.7, 0.5]),
}


#: The family with three coefficients takes its time.
BY_FAMILY = [pytest.param(name, marks=pytest.mark.slow if len(TRUE[name][1]) > 2 else ()) for name in TRUE]


@pytest.mark.parametrize("family", BY_FAMILY)
def test_intervals_hold_the_truth_at_their_rate(family):
    curve, true = TRUE[family]
    rng = np.random.default_rng(7)
    held, trials = np.zeros(len(true)), 60
    for _ in range(trials):
        time, end = np.asarray(curve.quantile(rng.uniform(size=200))), rng.uniform(1, 8, 200)
        found = he.fit(family, np.minimum(time, end), (time <= end).astype(int)).intervals(0.9)
        held += (found["lower"] <= true) & (true <= found["upper"])
    # 90 % of 60, less or more four standard errors of a binomial.
    assert np.all(np.abs(held / trials - 0.9) < 4 * np.sqrt(0.9 * 0.1 / trials)), held


def late_and_visited(rng, size):
    """Weibull times of those who enter late, half of the events between visits."""
    time, entry = np.asarray(he.Weibull(1.4, 3.0).quantile(rng.uniform(size=3 * size))), rng.uniform(0, 2, 3 * size)
    time, entry = (values[time > entry][:size] for values in (time, entry))
    end = entry + rng.uniform(1, 8, len(time))
    seen = (time <= end) & (rng.uniform(size=len(time)) < 0.5)
    lower = np.where(seen, np.maximum(np.floor(time * 2) / 2, entry * 1.000001), np.minimum(time, end))
    upper = np.where(seen, np.floor(time * 2) / 2 + 0.5, np.where(time <= end, time, np.inf))
    return {"time": lower, "upper": upper, "entry": entry}


def some_cured(rng, size):
    time = np.where(rng.uniform(size=size) < 0.35, np.inf, he.Weibull(1.4, 3.0).quantile(rng.uniform(size=size)))
    end = rng.uniform(6, 20, size)
    return {"time": np.minimum(time, end), "event": (time <= end).astype(int), "cure": "mixture"}


def with_a_background(rng, size):
    """A Weibull excess hazard on top of a constant one that is known."""
    rate = rng.uniform(0.02, 0.1, size)
    own = np.asarray(he.Weibull(1.4, 3.0).quantile(rng.uniform(size=size)))
    time, end = np.minimum(own, rng.exponential(1 / rate)), rng.uniform(1, 8, size)
    return {"time": np.minimum(time, end), "event": (time <= end).astype(int), "background": rate}


def by_arm(rng, size):
    arm = np.arange(size) % 2
    time = np.asarray(he.Weibull(1.4, 3.0).quantile(rng.uniform(size=size))) * np.exp(0.5 * arm)
    end = rng.uniform(1, 8, size)
    return {"time": np.minimum(time, end), "event": (time <= end).astype(int), "covariates": {"arm": arm}}


OF_OTHER_KINDS = [
    (late_and_visited, [1.4, 3.0]),
    (some_cured, [0.35, 1.4, 3.0]),
    (with_a_background, [1.4, 3.0]),
    (by_arm, [1.4, 3.0, 0.5]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "true"), OF_OTHER_KINDS)
def test_intervals_hold_the_truth_at_their_rate_with_data_of_other_kinds(kind, true):
    rng = np.random.default_rng(17)
    held, trials = np.zeros(len(true)), 80
    for _ in range(trials):
        found = he.fit("weibull", **kind(rng, 250)).intervals(0.9)
        held += (found["lower"] <= true) & (true <= found["upper"])
    assert np.all(np.abs(held / trials - 0.9) < 4 * np.sqrt(0.9 * 0.1 / trials)), held


def test_late_entries_of_a_loglogistic_reach_the_top():
    rng = np.random.default_rng(11)
    curve = he.LogLogistic(2.5, 10.0)
    time = np.asarray(curve.quantile(rng.uniform(size=4000)))
    entry = rng.uniform(0, 25, 4000)
    seen = time > entry
    time, entry = time[seen], entry[seen]
    end = entry + rng.uniform(1, 15, len(time))
    event = (time <= end).astype(int)
    time = np.minimum(time, end)
    fit = he.fit("loglogistic", time, event, entry=entry)
    assert not fit.notes
    truth = he.SurvivalData(time, np.where(event == 1, time, np.inf), entry, np.ones(len(time)))
    at_truth = _loglik(curve, truth)
    assert fit.loglik >= at_truth
    assert fit.loglik == pytest.approx(_loglik(fit.curve, truth), abs=1e-8)
    assert np.all(np.abs(fit.estimates - np.log([2.5, 10.0])) < 3.5 * fit.standard_errors)
    # Every start arrives: the top is where the whole grid of shapes and scales is lower.
    grid = [he.LogLogistic(a, b) for a in np.linspace(0.5, 6, 23) for b in np.linspace(2, 30, 29)]
    assert max(_loglik(one, truth) for one in grid) <= fit.loglik


def _loglik(curve, data):
    event = data.is_event
    total = np.log(curve.hazard(data.lower[event])).sum() - curve.cumulative_hazard(data.lower).sum()
    return total + curve.cumulative_hazard(data.entry).sum()


def test_a_family_that_data_cannot_hold_is_in_the_table_with_the_reason():
    fits = he.fit_all([1.0, 2.0, 3.0], [1, 0, 0], families=["weibull"], spline_knots=[1])
    assert list(fits) == ["weibull"]
    assert set(fits.refused) == {"spline_hazard_1", "spline_odds_1", "spline_normal_1"}
    assert "fall together" in fits.table().loc["spline_odds_1", "notes"]
    with pytest.raises(InputError, match="fall together"):
        he.fit("spline_odds", [1.0, 2.0, 3.0], [1, 0, 0], knots=1)
