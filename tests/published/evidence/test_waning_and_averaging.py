"""Waning in each shape, waning to another curve, and averages by AIC and BIC, against R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.survival.families import FAMILIES, coefficients

REFERENCE = json.loads((Path(__file__).parent / "waning_averaging.json").read_text())
SHAPES = {"linear_hr": "linear", "linear_log_hr": "log_linear", "immediate": "at_once"}
NAMES = {"exp": "exponential", "weibull": "weibull", "gompertz": "gompertz", "lnorm": "lognormal",
         "llogis": "loglogistic", "gamma": "gamma", "gengamma": "generalised_gamma"}  # fmt: skip
#: Coefficients that the fits give on the log scale, by place.
LOGS = {"exp": [0], "weibull": [0, 1], "gompertz": [1], "lnorm": [1], "llogis": [0, 1], "gamma": [0, 1],
        "gengamma": [1]}  # fmt: skip


def curve_of(given):
    family = NAMES[given["family"]]
    return FAMILIES[family](**{name: given[name] for name in coefficients(family)})


@pytest.mark.parametrize("case", REFERENCE["waning"], ids=lambda case: f"{case['baseline']['family']} {case['shape']}")
def test_waning(case):
    base = curve_of(case["baseline"])
    if case["shape"] == "none":
        curve = he.HazardRatio(base, case["hr"])
    else:
        curve = he.Waning(base, case["hr"], case["start"], case["end"], SHAPES[case["shape"]])
    times = np.array(case["t"])
    np.testing.assert_allclose(curve.survival(times), case["survival"], rtol=1e-11)
    np.testing.assert_allclose(curve.hazard(times[1:]) / base.hazard(times[1:]), case["hr_t"][1:], rtol=1e-12)
    means = [curve.restricted_mean(horizon) for horizon in case["horizon"]]
    np.testing.assert_allclose(means, case["rmst"], rtol=1e-10)


def test_waning_to_another_curve():
    case = REFERENCE["two_curves"]
    curve = he.WaningTo(curve_of(case["treated"]), curve_of(case["comparator"]), case["start"], case["end"])
    np.testing.assert_allclose(curve.survival(case["t"]), case["survival"], rtol=1e-11)


@pytest.mark.parametrize("by", ["by_aic", "by_bic", "equal"])
def test_averages(by):
    given = REFERENCE["averaging"]
    curves = {}
    for name in given["families"]:
        values = [np.exp(value) if place in LOGS[name] else value
                  for place, value in enumerate(given["coef_real"][name])]  # fmt: skip
        curves[name] = FAMILIES[NAMES[name]](*values)
    criteria = {"by_aic": given["aic"], "by_bic": given["bic"], "equal": None}[by]
    curve, expected = he.averaged(curves, criteria=criteria), given[by]
    np.testing.assert_allclose(curve.weights, [expected["weights"][name] for name in curves], rtol=1e-10)
    times = np.array(given["t"])
    np.testing.assert_allclose(curve.survival(times), expected["survival"], rtol=1e-8)
    np.testing.assert_allclose(curve.hazard(times), expected["hazard"], rtol=1e-6)
    assert curve.restricted_mean(expected["rmst_horizon"]) == pytest.approx(expected["rmst"], rel=1e-8)
