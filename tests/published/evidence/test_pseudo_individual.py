"""Reconstructed trials by their distance to the true data, and a figure that public packages reconstruct too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
from hecon.survival.fitting.pseudo_individual import pseudo_individual_data, reconstruction_report

REFERENCE = json.loads((Path(__file__).parent / "guyot.json").read_text())
CASES = REFERENCE["cases"]
#: Survival at readable times, by case: reading noise in the first, steep drops between points 0.3 apart in the second.
NEAR = {"grid": 0.01, "clicks": 0.02}


def rebuilt(case, arm, total):
    given = case["arms"][arm]
    table = dict(zip(given["risk_table"]["time"], given["risk_table"]["n_risk"], strict=True))
    points = given["points"]
    events = given["total_events"] if total else None
    return pseudo_individual_data(points["time"], points["surv"], at_risk=table, total_events=events)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("arm", ["control", "active"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["style"])
def test_against_the_true_data(case, arm, total):
    found, given = rebuilt(case, arm, total), case["arms"][arm]
    true, table = given["true"], given["risk_table"]
    assert found.estimate.at(table["time"])["at_risk"].tolist() == table["n_risk"]
    assert len(found.time) == true["n"]
    assert found.event.sum() == pytest.approx(true["events"], rel=0 if total else 0.03)
    survival = found.estimate.curve.survival(true["times"])
    assert np.abs(survival - true["km"]).max() < NEAR[case["style"]]
    assert np.abs(survival - true["km"]).max() < min(given["packages_largest_error"].values())
    assert found.estimate.median()[0] == pytest.approx(true["median"], abs=case["step"])
    everything = kaplan_meier(given["true_ipd"]["time"], given["true_ipd"]["status"]).curve
    grid = np.linspace(0, max(given["points"]["time"]), 300)
    assert np.abs(found.estimate.curve.survival(grid) - everything.survival(grid)).max() < 0.045


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["style"])
def test_hazard_ratio(case, total):
    arms = {arm: rebuilt(case, arm, total) for arm in ("control", "active")}
    report = reconstruction_report(arms, reference="control", hazard_ratio={"active": case["hr_true"]["hr"]})
    assert report["ratio_of_ratios"][0] == pytest.approx(1, abs=0.02)
    assert report["low"][0] == pytest.approx(case["hr_true"]["lower"], rel=0.04)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["style"])
def test_without_numbers_at_risk(case):
    for given in case["arms"].values():
        true, points = given["true"], given["points"]
        found = pseudo_individual_data(points["time"], points["surv"], patients=true["n"], total_events=true["events"])
        assert found.event.sum() == true["events"]
        assert np.abs(found.estimate.curve.survival(true["times"]) - true["km"]).max() < 0.025


def test_a_digitised_figure():
    given = REFERENCE["radiation"]
    table = dict(zip(given["risk_table"]["time"], given["risk_table"]["n_risk"], strict=True))
    found = pseudo_individual_data(given["time"], np.array(given["survival_percent"]) / 100, at_risk=table)
    report = found.report(median=14.8).set_index("measure")
    assert (report.loc["at_risk", "difference"] == 0).all()
    assert report.loc["curve_root_mean_square", "reconstructed"] < 0.005
    assert report.loc["median", "reconstructed"] == pytest.approx(14.8, abs=0.5)
    assert found.event.sum() == pytest.approx(given["packages"]["events"], abs=2)
    survival = found.estimate.curve.survival(given["packages"]["t"])
    for package in ("IPDfromKM", "survHE"):
        assert np.abs(survival - given["packages"][package]).max() < 0.025
    assert any("before time 0" in note for note in found.notes)
