"""A whole model: cure, background mortality and waning in three arms, continuous and on monthly cycles, against R."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import hecon as he

REFERENCE = json.loads((Path(__file__).parent / "cure_background_waning.json").read_text())
GIVEN, RESULTS = REFERENCE["inputs"], REFERENCE["results"]
ARMS = list(RESULTS)
PERIODS = ["1", "5", "40"]


def population():
    table = GIVEN["life_table"]
    by_sex = []
    for sex in ("female", "male"):
        deaths = -np.expm1(-np.array(table[sex]))  # the table gives rates
        by_sex.append(he.LifeTable(dict(zip(table["age"], deaths, strict=True)), GIVEN["start_age"]))
    return he.Mix(by_sex, [GIVEN["share_female"], 1 - GIVEN["share_female"]])


def curves_with(ratio_overall, ratio_progression):
    """Overall and progression-free survival: cure, waning of the excess hazard, the population's mortality added."""
    month = 1 / 12
    start, end = (month * time for time in GIVEN["waning_start_end"])
    overall = he.Lognormal(GIVEN["os"]["meanlog"], GIVEN["os"]["sdlog"])
    progression = he.Weibull(GIVEN["pfs"]["shape"], GIVEN["pfs"]["scale"])
    found = []
    for disease, cured, ratio in (
        (overall, GIVEN["cure_os"], ratio_overall), (progression, GIVEN["cure_pfs"], ratio_progression)
    ):  # fmt: skip
        excess = he.Rescaled(he.MixtureCure(disease, cured), month, "months")
        found.append(he.BackgroundMortality(he.Waning(excess, ratio, start, end), population(), "add"))
    return found


@cache
def curves(arm):
    return curves_with(*GIVEN["hazard_ratios_os_pfs"][arm])


@pytest.mark.parametrize("arm", ARMS)
def test_curves(arm):
    overall, progression_free = curves(arm)
    given = RESULTS[arm]["curves"]
    years = np.array(given["t"]) / 12
    np.testing.assert_allclose(overall.survival(years), given["os"], rtol=1e-11)
    np.testing.assert_allclose(progression_free.survival(years), given["pfs_before_cap"], rtol=1e-11)
    np.testing.assert_allclose(population().survival(years), given["background"], rtol=1e-12)


@pytest.mark.parametrize(
    ("arm", "period"),
    [
        # each arm and each period once where there is little time
        pytest.param(arm, period, marks=[pytest.mark.slow] * (place != other))
        for place, arm in enumerate(ARMS)
        for other, period in enumerate(PERIODS)
    ],
)
def test_life_years(arm, period):
    overall, progression_free = curves(arm)
    expected = RESULTS[arm][period]
    for rate, given in ((0.0, expected["exact_undiscounted"]), (GIVEN["discount"], expected["exact_discounted"])):
        years = overall.restricted_mean(float(period), rate)
        free = progression_free.restricted_mean(float(period), rate)
        weights = GIVEN["utilities"]
        assert years == pytest.approx(given["ly"], rel=1e-9)
        assert free == pytest.approx(given["pf_ly"], rel=1e-9)
        assert weights[0] * free + weights[1] * (years - free) == pytest.approx(given["qaly"], rel=1e-9)


def outcome(p, time):
    overall, progression_free = curves_with(p.ratio_overall, p.ratio_progression)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    free = he.years_in(time, state, "progression_free")
    return he.Outcome(state, [
        he.cost("Drug", free, p.drug_cost_per_month, 12),
        he.cost("Death", he.entering(state, "dead"), p.death_cost),
        he.qaly("Time in state", years, p.utility),
        he.life_years("Life years", years, he.alive(state)),
        he.life_years("Progression-free", free, 1.0),
    ])  # fmt: skip


@cache
def result():
    states = ["progression_free", "progressed", "dead"]
    ratios = GIVEN["hazard_ratios_os_pfs"]
    case = he.Case(
        outcome,
        values={
            "ratio_overall": {arm: ratios[arm][0] for arm in ARMS},
            "ratio_progression": {arm: ratios[arm][1] for arm in ARMS},
            "drug_cost_per_month": {arm: GIVEN["cost_drug_per_month"][arm] for arm in ARMS},
            "death_cost": GIVEN["cost_death"],
            "utility": dict(zip(states, [*GIVEN["utilities"], 0.0], strict=True)),
        },
        labels={"strategy": ARMS, "state": states},
        settings={
            "horizons": [1, 5, 40], "cycle_length": 1, "cycle_unit": "month", "comparator": "comparator",
            "discount_rate_cost": GIVEN["discount"], "discount_rate_effect": GIVEN["discount"],
        },
    )  # fmt: skip
    return he.run(case)


@pytest.mark.parametrize("line", ["Drug", "Death", "Time in state", "Life years", "Progression-free"])
def test_monthly_cycles(line):
    names = {"Drug": "cost_drug", "Death": "cost_death", "Time in state": "qaly", "Life years": "ly",
             "Progression-free": "pf_ly"}  # fmt: skip
    given = [[RESULTS[arm][period]["monthly_life_table_mid_cycle_discount"][names[line]] for period in PERIODS]
             for arm in ARMS]  # fmt: skip
    table = result().breakdown()
    table = table[table["item"].str.split(":").str[0] == line]
    found = table.groupby(["strategy", "horizon_years"])["value"].sum()
    for arm, row in zip(ARMS, given, strict=True):
        np.testing.assert_allclose(found[arm], row, rtol=1e-9)
