"""Matching-adjusted and indirect comparisons against maicplus's example data and R's survival."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.fitting.comparison import RelativeEffect, indirect_comparison, relative_effect
from hecon.survival.fitting.cox import cox
from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
from hecon.survival.fitting.matching import anchored_comparison, matching_weights, unanchored_comparison

REFERENCE = json.loads((Path(__file__).parent / "maic_bucher.json").read_text())
DATA, TARGET, OTHER = REFERENCE["data"], REFERENCE["target"], REFERENCE["comparator"]
ARM, OTHER_ARM = np.array(list(DATA["arm"])), np.array(list(OTHER["arm"]))
TARGETS = {
    "AGE": {"mean": TARGET["age_mean"], "sd": TARGET["age_sd"]},
    "SEX_MALE": TARGET["sex_male"],
    "ECOG0": TARGET["ecog0"],
    "SMOKE": 58 / 300,  # printed as 0.2, matched as this
    "N_PR_THER": {"median": TARGET["n_pr_ther_median"]},
}


def of(rows, *names):
    return [np.array(DATA[name])[rows] for name in names]


def matched(rows):
    return matching_weights({name: np.array(DATA[name])[rows] for name in TARGETS}, TARGETS)


@pytest.mark.parametrize(("case", "rows"), [("unanchored", ARM == "A"), ("anchored", ARM != "")])
def test_weights_and_effective_sample_size(case, rows):
    found = matched(rows)
    np.testing.assert_allclose(found.weights, np.array(REFERENCE["weights"])[rows], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.coefficients, REFERENCE["alpha"], rtol=1e-8)
    assert found.effective_sample_size == pytest.approx(REFERENCE["ess"][case], rel=1e-9)
    np.testing.assert_allclose(found.balance["after"], found.balance["target"], rtol=1e-9)
    assert found.scaled_weights.mean() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("arm", ["A", "C"])
def test_weighted_kaplan_meier(arm):
    rows = arm == ARM
    time, event = of(rows, "time", "event")
    found = kaplan_meier(time, event, weights=matched(ARM != "").weights[rows])
    reference = REFERENCE["km_after"][arm]
    assert found.median() == pytest.approx([reference[key] for key in ("median", "lower", "upper")], rel=1e-10)
    np.testing.assert_allclose(found.curve.survival(reference["km_times"]), reference["km"], atol=1e-9)
    assert found.data.events == pytest.approx(reference["events_weighted"], rel=1e-9)


def test_unanchored():
    rows, other = ARM == "A", OTHER_ARM == "B"
    time, event = of(rows, "time", "event")
    beside = np.array(OTHER["time"])[other], np.array(OTHER["event"])[other]
    found = unanchored_comparison(matched(rows), time, event, *beside, names=("A", "B"))
    reference = REFERENCE["unanchored"]["after"]
    assert [found.log_ratio, found.standard_error] == pytest.approx(
        [reference["log_hr"], reference["se_robust"]], rel=1e-7
    )
    assert found.limits == pytest.approx((reference["lower"], reference["upper"]), rel=1e-7)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_unmatched_robust_and_naive_errors(ties):
    time = np.r_[of(ARM == "A", "time")[0], np.array(OTHER["time"])[OTHER_ARM == "B"]]
    event = np.r_[of(ARM == "A", "event")[0], np.array(OTHER["event"])[OTHER_ARM == "B"]]
    fit = cox(time, event, {"A": np.arange(len(time)) < 500}, robust=True, ties=ties)
    reference = REFERENCE["unanchored"]["before"]
    reference = reference if ties == "efron" else reference["breslow"]
    assert fit.coefficients[0] == pytest.approx(reference["log_hr"], rel=1e-9)
    assert fit.standard_errors[0] == pytest.approx(reference["se_robust"], rel=1e-9)
    assert np.sqrt(fit.naive_covariance[0, 0]) == pytest.approx(reference["se_naive"], rel=1e-9)


def test_anchored():
    reference = REFERENCE["anchored"]["after"]
    fit = cox(OTHER["time"], OTHER["event"], {"B": OTHER_ARM == "B"}, robust=True)
    published = RelativeEffect("B", "C", float(fit.coefficients[0]), float(fit.standard_errors[0]))
    assert published.log_ratio == pytest.approx(reference["B_vs_C"]["log_hr"], rel=1e-9)
    assert published.standard_error == pytest.approx(reference["B_vs_C"]["se_robust"], rel=1e-9)
    found = anchored_comparison(matched(ARM != ""), DATA["time"], DATA["event"], ARM, published, treatment="A")
    expected = reference["A_vs_B_bucher"]
    assert [found.log_ratio, found.standard_error] == pytest.approx(
        [expected["log_hr"], expected["se_both_robust"]], rel=1e-7
    )
    assert found.through == ("C",)


@pytest.mark.parametrize("case", REFERENCE["bucher"])
def test_bucher(case):
    sides = []
    for name in "AB":
        ratio, error = case[f"hr_{name}_vs_C"], case[f"se_log_{name}"]
        if f"ci_{name}" in case:
            sides.append(relative_effect(name, "C", ratio, *case[f"ci_{name}"]))
            assert sides[-1].standard_error == pytest.approx(error, rel=1e-12)
        else:
            sides.append(relative_effect(name, "C", ratio, standard_error=error))
    found = indirect_comparison(sides, "A", "B")
    values = [found.log_ratio, found.standard_error, found.ratio, *found.limits, found.p]
    expected = [case[key] for key in ("log_hr", "se", "hr", "lower", "upper", "p")]
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-12)
