from __future__ import annotations

import numpy as np
import pytest

from hecon.errors import HeconError, InputError
from hecon.survival.families import FAMILIES
from hecon.survival.fitting.published_fit import STARTS, fit_published
from hecon.survival.fitting.summaries import published
from hecon.survival.weibull import Weibull

MEDIAN = published("median", 11.5, 8.9, 13.9)
LANDMARK = published("survival", 0.21, 0.15, 0.29, at=24)


@pytest.mark.parametrize("family", [name for name in STARTS if len(FAMILIES[name].domains) == 2])
def test_two_summaries_settle_two_coefficients(family):
    fit = fit_published(family, [MEDIAN, LANDMARK])
    assert fit.curve.median() == pytest.approx(11.5, rel=1e-9)
    assert fit.curve.survival(24.0) == pytest.approx(0.21, rel=1e-9)
    assert fit.degrees_of_freedom == 0
    assert fit.chi_squared < 1e-12


def test_the_covariance_gives_the_published_intervals_back():
    """Symmetric on their scales, the intervals come back to the digits; else their widths do."""
    median = published("median", 10, 10 / 1.3, 10 * 1.3)
    share = published("survival", 0.3, 0.3**1.2, 0.3 ** (1 / 1.2), at=20)
    table = fit_published("weibull", [median, share]).table
    np.testing.assert_allclose(table[["fitted_low", "fitted_high"]], table[["low", "high"]], rtol=1e-7)
    uneven = fit_published("lognormal", [MEDIAN, LANDMARK]).table.iloc[0]
    assert uneven["fitted_high"] / uneven["fitted_low"] == pytest.approx(13.9 / 8.9, rel=1e-7)


def test_draws_spread_as_published():
    fit = fit_published("weibull", [MEDIAN, LANDMARK])
    medians = fit.drawn(4000, seed=3)[""].median()
    assert np.log(medians).std() == pytest.approx(np.log(13.9 / 8.9) / 3.92, rel=0.06)
    assert float(medians.median()) == pytest.approx(11.5, rel=0.02)
    assert medians.dims == ("draw",)
    np.testing.assert_array_equal(fit.drawn(5, seed=3)[""].median(), fit.drawn(5, seed=3)[""].median())


def test_a_constant_hazard_by_hand():
    """log rate = log log 2 - log median, so both have the same standard error."""
    fit = fit_published("exponential", [MEDIAN])
    assert fit.coefficients["rate"] == pytest.approx(np.log(2) / 11.5)
    assert np.sqrt(fit.covariance.iloc[0, 0]) == pytest.approx(MEDIAN.error, rel=1e-8)


def test_what_is_over_tests_the_family():
    true = Weibull(0.6, 10)
    rows = [published("survival", true.survival(t), true.survival(t) ** 1.05, true.survival(t) ** 0.95, at=t)
            for t in (2.0, 6.0, 18.0)]  # fmt: skip
    right, wrong = fit_published("weibull", rows), fit_published("exponential", rows)
    assert right.coefficients["shape"] == pytest.approx(0.6, rel=1e-8)
    assert right.degrees_of_freedom == 1
    assert right.chi_squared == pytest.approx(0, abs=1e-9)
    assert wrong.p < 1e-6
    assert "independent" in right.notes[-1]


def test_arms_are_fitted_together_through_their_ratio():
    rows = [
        published("median", 6.5, 4.5, 8.3, arm="Pd"),
        published("median", 11.5, 8.9, 13.9, arm="Isa-Pd"),
        published("hazard_ratio", 0.596, 0.436, 0.814, arm="Isa-Pd", against="Pd"),
    ]
    fit = fit_published("weibull", rows, reference="Pd")
    assert fit.curves["Pd"].median() == pytest.approx(6.5, rel=1e-8)
    assert fit.curves["Isa-Pd"].median() == pytest.approx(11.5, rel=1e-8)
    assert fit.ratios == pytest.approx({"Isa-Pd": 0.596})
    assert fit.coefficients["shape"] == pytest.approx(-np.log(0.596) / np.log(11.5 / 6.5), rel=1e-8)
    drawn = fit.drawn(3000)
    spread = np.log(drawn["Isa-Pd"].hazard(1.0) / drawn["Pd"].hazard(1.0)).std()
    assert spread == pytest.approx(rows[2].error, rel=0.06)


@pytest.mark.slow
def test_restricted_means_quantiles_and_three_coefficients():
    true = FAMILIES["generalised_gamma"](2.0, 0.8, 0.6)
    rows = [published("restricted_mean", true.restricted_mean(20), standard_error=0.05, at=20)]
    rows += [published("quantile", true.quantile(p), standard_error=0.05, at=p) for p in (0.25, 0.75)]
    fit = fit_published("generalised_gamma", rows)
    assert list(fit.coefficients.values()) == pytest.approx([2.0, 0.8, 0.6], rel=1e-5)


def test_what_was_assumed_is_said():
    fit = fit_published("weibull", [published("median", 11.5, events=73)], held={"shape": 1.1})
    assert fit.notes == ("median: no interval; the error is assumed from 73 events", "shape held at 1.1")
    assert fit.coefficients["shape"] == 1.1
    open_ended = published("median", 11.5, 8.9, np.inf)
    assert "upper limit was not reached" in open_ended.notes[0]
    assert open_ended.error == pytest.approx(np.log(11.5 / 8.9) / 1.959964, rel=1e-6)


@pytest.mark.parametrize(
    ("family", "rows", "words"),
    [
        ("weibull", [MEDIAN], r"\(median\) cannot tell shape and scale of the weibull apart"),
        ("weibull", [MEDIAN, published("survival", 0.5, 0.4, 0.6, at=11.5)], "cannot tell shape and scale"),
        ("generalised_gamma", [MEDIAN, LANDMARK], "cannot tell mu and sigma and Q"),
        ("exponential", [published("hazard_ratio", 0.6, 0.4, 0.8, arm="A", against="B")] * 2, "cannot tell rate and A"),
        ("lognormal", [MEDIAN, MEDIAN, MEDIAN], "cannot tell meanlog and sdlog"),
        ("weibul", [MEDIAN], "Did you mean 'weibull'"),
        ("weibull", [], "summaries +is empty"),
    ],
)
def test_what_the_data_cannot_tell_is_refused(family, rows, words):
    with pytest.raises(InputError, match=words):
        fit_published(family, rows)


FAULTS = [
    (lambda: published("medain", 1, 0.5, 2), "Did you mean 'median'"),
    (lambda: published("median", -1, 0.5, 2), "value +is -1; it must be a number above 0"),
    (lambda: published("median", np.inf, 12, np.inf), "value +is not reached; give survival at a time"),
    (lambda: published("median", 3, 4, 5), "value +is 3, outside its interval 4 to 5"),
    (lambda: published("median", 3), "low +is missing, and so are"),
    (lambda: published("median", 3, 2, 5, at=4), "at +is 4, which a median does not have"),
    (lambda: published("survival", 48, 40, 56, at=12), "value +is 48: this looks like percent"),
    (lambda: published("survival", 0.48, 0.4, 0.56), "at +is missing; give the time"),
    (lambda: published("quantile", 3, 2, 5, at=25), "at +is 25; it must lie between 0 and 1"),
    (lambda: published("restricted_mean", 13, 11, 14, at=12), "a mean up to 12 is below 12"),
    (lambda: published("hazard_ratio", 0.6, 0.4, 0.8, arm="A"), "against +is missing"),
    (lambda: published("median", 3, 2, 5, arm="A", against="B"), "only a hazard_ratio compares"),
    (lambda: published("median", 3, events=0), "standard_error +is 0"),
    (lambda: fit_published("weibull", [MEDIAN], held={"rate": 1}), "'rate' is not a coefficient of weibull"),
    (lambda: fit_published("weibull", [MEDIAN], held={"shape": -1}), "shape +is -1; it must be above 0"),
    (lambda: fit_published("exponential", [MEDIAN], reference="X"), "reference +is 'X', which no summary"),
]


@pytest.mark.parametrize(("call", "words"), FAULTS)
def test_faults(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.slow
def test_a_family_that_cannot_be_near_is_said():
    """The hazard falls and rises again, which no generalised gamma between finite coefficients does."""
    rows = [published("median", 5, 4, 6), published("survival", 0.2, 0.15, 0.25, at=10)]
    rows.append(published("survival", 0.7, 0.6, 0.8, at=2))
    with pytest.raises(HeconError, match="no generalised_gamma agrees with the published summaries"):
        fit_published("generalised_gamma", rows)
