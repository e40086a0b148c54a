from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

from hecon.errors import InputError
from hecon.survival.background import BackgroundMortality, LifeTable
from hecon.survival.exponential import Exponential
from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
from hecon.survival.fitting.plausibility import LANDMARKS, PLAUSIBILITY_COLUMNS, plausibility
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.lognormal import Lognormal
from hecon.survival.weibull import Weibull

POPULATION = LifeTable({age: 0.01 * 1.1 ** (age - 60) for age in range(60, 100)}, 60)


def value(table, measure, time=None, column="value", **where):
    rows = table[table["measure"] == measure]
    rows = rows if time is None else rows[rows["time"] == time]
    for name, label in where.items():
        rows = rows[rows[name] == label]
    assert len(rows) == 1
    return rows.iloc[0][column]


def test_landmarks_by_hand():
    curve = Weibull(1.4, 5.0)
    table = plausibility({"os": curve})
    assert list(table.columns) == PLAUSIBILITY_COLUMNS
    for before, time in zip(LANDMARKS, LANDMARKS[1:], strict=False):
        assert value(table, "survival", time) == curve.survival(time)
        kept = curve.survival(time) / curve.survival(before)
        assert value(table, "conditional_survival", time) == pytest.approx(kept, rel=1e-14)
        assert value(table, "hazard", time) == curve.hazard(time)
    assert value(table, "median") == curve.median()
    assert value(table, "restricted_mean", 10) == curve.restricted_mean(10)
    assert (table["note"] == "").all()


def test_a_hazard_below_the_population_is_said_and_a_bound_cures_it():
    curve = Lognormal(1.0, 1.5)
    table = plausibility({"os": curve}, population=POPULATION, times=[1, 5, 30])
    since = value(table, "hazard_below_population_from")
    assert curve.hazard(since) < POPULATION.hazard(since)
    assert curve.hazard(since - 0.1) > POPULATION.hazard(since - 0.1)
    assert "below the general population at 30" in value(table, "hazard_over_population", 30, "note")
    said = value(table, "hazard_below_population_from", column="note")
    assert said == f"its hazard is below that of the general population from time {since:.3g} on"
    rising = plausibility({"os": Weibull(2.0, 5.0)}, population=POPULATION, times=[1, 5, 30])
    assert re.fullmatch(r"its hazard is .* population until time 0\.\d+", value(
        rising, "hazard_below_population_from", column="note"))  # fmt: skip
    bounded = plausibility({"os": BackgroundMortality(curve, POPULATION)}, population=POPULATION, times=[1, 5, 30])
    assert "hazard_below_population_from" not in set(bounded["measure"])


def test_observed_against_fitted():
    time = np.random.default_rng(2).exponential(4, 300)
    estimate = kaplan_meier(np.minimum(time, 4.5), time < 4.5)
    curves = {"right": Exponential(0.25), "wrong": Exponential(0.6)}
    table = plausibility(curves, observed=dict.fromkeys(curves, estimate))
    assert value(table, "fitted_less_observed", 2, "note", curve="right") == ""
    assert "outside the interval of the data" in value(table, "fitted_less_observed", 2, "note", curve="wrong")
    assert sorted(set(table[table["measure"] == "observed_survival"]["time"])) == [1, 2, 3]
    row = estimate.at([3])
    assert value(table, "observed_survival", 3, curve="right") == row["survival"][0]
    assert value(table, "observed_survival", 3, "low", curve="right") == row["low"][0]


def test_strategies_and_draws():
    rates = xr.DataArray(
        np.random.default_rng(1).lognormal(-1, 0.2, (200, 2)),
        dims=("draw", "strategy"), coords={"strategy": ["A", "B"]},
    )  # fmt: skip
    curves = {"pfs": Weibull(0.5, 1.0), "os": Exponential(rates)}
    table = plausibility(curves, pairs=[("pfs", "os")], population=POPULATION)
    survival = np.exp(-2 * rates.sel(strategy="B"))
    assert value(table, "survival", 2, curve="os", labels="B") == pytest.approx(float(survival.mean()))
    assert value(table, "survival", 2, "low", curve="os", labels="B") == pytest.approx(np.quantile(survival, 0.025))
    note = value(table, "crossing_from", column="note", labels="A")
    assert note.startswith("pfs lies above os from ")
    assert note.endswith("% of draws")
    assert value(table, "crossing_widest", labels="A") > 0
    apart = plausibility(curves, pairs=[("os", "os")])
    assert apart[apart["measure"] == "crossing_widest"]["value"].tolist() == [0, 0]


def test_steps_have_no_hazard_and_no_tail():
    table = plausibility({"km": KaplanMeier([1, 2], [0.5, 0.2])}, population=POPULATION)
    assert not set(table["measure"]) & {"hazard", "hazard_over_population"}
    assert "the data end at 2: flat from there" in value(table, "survival", 3, "note")
    assert value(table, "survival", 2, "note") == ""


def test_nobody_left():
    table = plausibility({"km": KaplanMeier([1, 2], [0.5, 0.0])})
    assert np.isnan(value(table, "conditional_survival", 3))
    assert value(table, "conditional_survival", 3, "note") == "nobody left at 2"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"times": []}, "times +must be times above 0"),
        ({"times": [2, 1]}, "times +must be times above 0 that increase"),
        ({"pairs": [("os", "pfs")]}, "pairs +names 'pfs'; the curves are os"),
        ({"observed": {"pfs": None}}, "observed +names 'pfs'"),
    ],
)
def test_faults(options, words):
    with pytest.raises(InputError, match=words):
        plausibility({"os": Exponential(0.2)}, **options)
