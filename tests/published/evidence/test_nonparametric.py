"""Kaplan-Meier to Cox against R's survival, survRM2 and muhaz on the veteran and aml data sets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.fitting.cox import TRANSFORMS, cox
from hecon.survival.fitting.hazard_estimates import piecewise_hazard, smoothed_hazard
from hecon.survival.fitting.kaplan_meier_estimate import INTERVALS, kaplan_meier
from hecon.survival.fitting.log_rank import log_rank
from hecon.survival.fitting.restricted_mean import compare_restricted_means, restricted_mean

SETS = json.loads((Path(__file__).parent / "nonparametric.json").read_text())["sets"]
ARMS = [(name, arm) for name, each in SETS.items() for arm in each["levels"]]
arms = pytest.mark.parametrize(("name", "arm"), ARMS)
sets = pytest.mark.parametrize("name", SETS)


def numbers(values):
    return np.array([np.nan if v in (None, "NaN") else np.inf if v == "Inf" else v for v in values], dtype=float)


def of_set(name):
    data = SETS[name]["data"]
    return np.array(data["time"]), np.array(data["status"]), np.array(data["g"])


def estimate(name, arm):
    time, event, group = of_set(name)
    return kaplan_meier(time[group == arm], event[group == arm])


@arms
def test_kaplan_meier(name, arm):
    found, reference = estimate(name, arm), SETS[name]["arms"][arm]["km"]
    columns = {
        "time": found.times, "n_risk": found.at_risk, "n_event": found.events, "n_censor": found.censored,
        "surv": found.survival, "se_log_surv": found.standard_error_log, "cumhaz_nelson_aalen": found.cumulative_hazard,
    }  # fmt: skip
    for column, values in columns.items():
        np.testing.assert_allclose(values, numbers(reference[column]), rtol=1e-12, atol=1e-14, err_msg=column)


@arms
@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_and_quantiles(name, arm, interval):
    found, reference = estimate(name, arm), SETS[name]["arms"][arm]
    limits = reference["km"]["ci"][interval.replace("_", "")]
    low, high = found.limits(interval)
    np.testing.assert_allclose(low, numbers(limits["lower"]), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(high, numbers(limits["upper"]), rtol=1e-11, atol=1e-13)
    quantiles = reference["quantiles"][interval.replace("_", "")]
    table = found.quantiles(quantiles["p"], interval)
    for column, other in {"time": "est", "low": "lower", "high": "upper"}.items():
        expected = np.nan_to_num(numbers(quantiles[other]), nan=np.inf)
        np.testing.assert_allclose(table[column], expected, rtol=1e-12)


@arms
def test_numbers_at_risk_and_restricted_means(name, arm):
    found, reference = estimate(name, arm), SETS[name]["arms"][arm]
    assert found.at(reference["risk_table"]["time"])["at_risk"].tolist() == reference["risk_table"]["n_risk"]
    for row in reference["rmst"]:
        mean = restricted_mean(found, row["tau"])
        values = [mean.value, mean.standard_error, mean.low, mean.high]
        np.testing.assert_allclose(values, [row[key] for key in ("rmst", "se", "lower", "upper")], rtol=1e-12)


@arms
def test_median_follow_up(name, arm):
    expected = SETS[name]["arms"][arm]["reverse_km_median"]
    assert estimate(name, arm).median_follow_up()[0] == (np.inf if expected is None else expected)


@arms
def test_hazards(name, arm):
    found, reference = estimate(name, arm), SETS[name]["arms"][arm]
    pieces = piecewise_hazard(found, reference["pehaz"]["cuts"])
    for column in ("hazard", "events", "at_risk", "person_time"):
        np.testing.assert_allclose(pieces[column], reference["pehaz"][column], rtol=1e-12)
    smooth = reference["muhaz"]
    table = smoothed_hazard(found, until=smooth["until"], bandwidth=smooth["bandwidth"], times=smooth["times"])
    # Tied events one after another there and here; ties of an event with a censored time differ.
    np.testing.assert_allclose(table["hazard"], smooth["hazard"], rtol=0.01, atol=1e-12)


@sets
def test_log_rank_and_peto(name):
    time, event, group = of_set(name)
    for test in ("logrank", "peto_rho1", "logrank_stratified"):
        if test not in SETS[name]["comparison"]:
            continue
        reference = SETS[name]["comparison"][test]
        strata = SETS[name]["data"][reference["strata"]] if "strata" in reference else None
        found = log_rank(time, event, group, rho=reference["rho"], strata=strata)
        np.testing.assert_allclose(found.observed, reference["observed"], rtol=1e-11)
        np.testing.assert_allclose(found.expected, reference["expected"], rtol=1e-11)
        np.testing.assert_allclose(found.covariance, reference["var"], rtol=1e-11)
        assert [found.chi_squared, found.p] == pytest.approx([reference["chisq"], reference["p"]], rel=1e-10)


@sets
@pytest.mark.parametrize("model", ["cox_efron", "cox_breslow", "cox_exact", "cox_adjusted", "cox_stratified"])
def test_cox(name, model):
    if model not in SETS[name]["comparison"]:
        assert name == "aml"
        return
    reference, data = SETS[name]["comparison"][model], SETS[name]["data"]
    time, event, group = of_set(name)
    covariates = {"g": group == SETS[name]["levels"][1]}
    if "covariate" in reference:
        covariates[reference["covariate"]] = data[reference["covariate"]]
    ties = model[4:] if model[4:] in ("breslow", "exact") else "efron"
    fit = cox(time, event, covariates, ties=ties, strata=data[reference["strata"]] if "strata" in reference else None)
    table, tests = fit.table(), fit.tests()["chi_squared"]
    columns = {"log_hazard_ratio": "coef", "standard_error": "se", "hazard_ratio": "hr", "low": "lower",
               "high": "upper", "p": "wald_p"}  # fmt: skip
    for column, other in columns.items():
        np.testing.assert_allclose(table[column], reference[other], rtol=1e-9)
    likelihoods = [reference["loglik"], reference["loglik_null"]]
    assert [fit.log_likelihood, fit.log_likelihood_null] == pytest.approx(likelihoods, rel=1e-12)
    for test, other in {"likelihood_ratio": "lr", "score": "score", "wald": "wald"}.items():
        assert tests[test] == pytest.approx(reference[f"{other}_chisq"], rel=1e-8)
    if "zph_km" in reference:
        check_zph(fit.proportional_hazards("km"), reference["zph_km"])


@sets
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_proportional_hazards(name, transform):
    time, event, group = of_set(name)
    fit = cox(time, event, {"g": group == SETS[name]["levels"][1]})
    check_zph(fit.proportional_hazards(transform).iloc[[0]], SETS[name]["comparison"]["zph"][transform])


def check_zph(found, reference):
    for column, other in {"chi_squared": "chisq", "degrees_of_freedom": "df", "p": "p"}.items():
        np.testing.assert_allclose(found[column], np.atleast_1d(reference[other]), rtol=1e-9)


def test_difference_and_ratio_of_restricted_means():
    for name in SETS:
        control, treated = (estimate(name, arm) for arm in SETS[name]["levels"])
        for row in SETS[name]["comparison"].get("rmst_arm2_minus_arm1", []):
            found = compare_restricted_means(treated, control, row["tau"])
            for measure in ("difference", "ratio"):
                values = found.loc[measure, ["value", "low", "high", "p"]].astype(float)
                np.testing.assert_allclose(values, row[measure], rtol=1e-11)


@arms
@pytest.mark.parametrize("how", ["local", "global"])
def test_bandwidths_chosen_from_the_data(name, arm, how):
    """Bandwidths and hazard are muhaz's, to rounding where no event ties with a censored time (aml)."""
    reference = SETS[name]["arms"][arm]["muhaz_chosen"]
    expected = np.array(reference[how])
    table = smoothed_hazard(estimate(name, arm), until=reference["until"], bandwidth=how, times=reference["times"])
    if name == "aml":
        np.testing.assert_allclose(table["hazard"], expected, rtol=1e-9, atol=1e-12)
        return
    # Ties: the event first here, whichever stands first in the data there.
    np.testing.assert_allclose(table["hazard"], expected, rtol=0.05)
    assert (np.abs(table["hazard"] - expected) / expected.max()).median() < 0.003
