"""The battery's checks of curves: right for curves by strategy and group, and what is not a curve of theirs is left."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hecon as he
from hecon.analysis.health import FAIL, PASS
from hecon.errors import HeconError
from hecon.survival.survival_table import SurvivalTable
from hecon.verification import curves

STRATEGIES = ("New", "Old")
RATES = xr.DataArray([0.1, 0.2], dims="strategy", coords={"strategy": list(STRATEGIES)})
GROUPS = RATES * xr.DataArray([1.0, 2.0, 3.0], dims="group", coords={"group": ["x", "y", "z"]})
CHECKS = (curves.falling, curves.slopes, curves.medians, curves._means)


def subject(curve, published=(), family="exponential"):
    place = {"strategy": "New", "endpoint": "overall_survival"}
    rows = [{**place, "time": float("nan"), "time_unit": "year", **row} for row in published]
    tables = {"Curves": pd.DataFrame([{**place, "family": family}]), "Published survival": pd.DataFrame(rows)}
    base = SimpleNamespace(curves={"overall_survival": curve}, time=SimpleNamespace(edges=np.linspace(0, 10, 41)))
    case = SimpleNamespace(settings=he.Settings(), tables=tables)
    found = {"base": base, "horizons": (5.0, 10.0), "strategies": STRATEGIES, "case": case}
    return SimpleNamespace(once=lambda _, make: make(), **found)


@pytest.mark.parametrize("rates", [0.1, RATES, GROUPS])
@pytest.mark.parametrize("check", CHECKS)
def test_a_curve_by_strategy_and_group_passes(check, rates):
    (finding,) = check(subject(he.Exponential(rates)))
    assert finding.verdict == PASS, finding.found


def test_a_median_that_is_never_reached_is_not_asked_back():
    cured = he.survival.MixtureCure(
        he.Exponential(RATES), xr.DataArray([0.6, 0.2], dims="strategy", coords=RATES.coords)
    )
    assert np.isinf(np.asarray(cured.median())).tolist() == [True, False]
    (finding,) = curves.medians(subject(cured))
    assert finding.verdict == PASS, finding.found


@pytest.mark.parametrize("check", CHECKS[1:])
def test_a_table_of_steps_has_no_slope_to_be_checked(check):
    table = SurvivalTable((0, 1, 2), (1.0, 0.8, 0.5))
    with pytest.raises(HeconError, match="there is nothing to compare"):
        check.ask(subject(table))


@pytest.mark.parametrize(
    ("row", "verdict", "words"),
    [
        ({"measure": "median", "value": np.log(2) / 0.1}, PASS, "median 6.93 years, published 6.93"),
        ({"measure": "median", "value": 20.0}, FAIL, "median 6.93 years, published 20"),
        ({"measure": "survival_at", "time": 5.0, "value": float(np.exp(-0.5))}, PASS, "0.607 at 5 years"),
        ({"measure": "survival_at", "time": 5.0, "value": 0.2}, FAIL, "0.607 at 5 years, published 0.2"),
    ],
)
def test_a_published_median_or_share_is_held_against_the_curve_of_its_strategy(row, verdict, words):
    others = [
        {"measure": "events", "value": 50.0},
        {"measure": "median", "value": 1.0, "strategy": "Third"},
        {"measure": "median", "value": 1.0, "endpoint": "progression_free_survival"},
    ]
    for curve in (he.Exponential(RATES), he.Exponential(0.1)):
        (finding,) = curves._published(subject(curve, [*others, row]))
        assert finding.verdict == verdict
        assert words in finding.found
