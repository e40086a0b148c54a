"""The map that the shipped workbooks ask for: its size and time, its window by a root search, its cells by runs."""

import time
from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.inputs.map_sheet import map_rows

ROOT = Path(__file__).resolve().parents[2]
PATTERN = "1 yes, 3 yes, 5 no"
PRICE, CAPSULE = "drug_price · daratumumab", "drug_price · pomalidomide"
MAPS = [f"isa_dara_{name}" for name in ("pd_us", "kd_us", "pd_sc_us", "kd_sc_us", "pd_uk", "kd_uk")]


def read(name):
    return he.read_workbook(ROOT / "inputs" / f"{name}.xlsx", models=ROOT / "models")


@pytest.fixture(scope="module")
def inputs():
    return read("isa_dara_pd_us")


@pytest.fixture(scope="module")
def found(inputs):
    return he.decision_map(inputs)


@pytest.mark.slow
def test_the_map_of_the_workbook_is_large_and_takes_seconds(inputs):
    before = time.process_time()
    found = he.decision_map(inputs)
    assert time.process_time() - before < 20  # of one processor: less on two
    assert found.cells >= 100_000
    assert found.horizons == (1.0, 3.0, 5.0)
    assert [axis.name for axis in found.axes] == ["Isa-Pd PFS", "Dara-Pd PFS", "efficacy", "treatment", PRICE, CAPSULE]
    assert len(found.readings) == 14
    assert found.axes[4].marked == (5.307, 5.61)


@pytest.mark.slow
def test_the_window_of_equal_efficacy_is_that_of_a_root_search(inputs, found):
    case = inputs.scenario("No difference in efficacy")
    windows = found.windows
    own = windows[
        (windows["Isa-Pd PFS"] == "exponential")
        & (windows["Dara-Pd PFS"] == "exponential")
        & (windows.efficacy == "equal")
        & (windows.treatment == "to progression")
        & (windows.reading == "saving")
    ]

    def saves(price, place):
        costs = he.run(case.with_values(drug_price={"daratumumab": price})).totals.cost
        return float(costs.sel(strategy="Dara-Pd")[place] - costs.sel(strategy="Isa-Pd")[place]) > 0

    def root(place):  # bisection, by nothing that the map uses
        low, high = 5.0, 6.0
        while high - low > 1e-5:
            middle = (low + high) / 2
            low, high = (low, middle) if saves(middle, place) else (middle, high)
        return low

    assert len(own) == found.axes[5].size  # equal regimens cost the same in pomalidomide
    at_1, at_3, at_5 = map(root, range(3))
    assert own.low.to_numpy() == pytest.approx(max(at_1, at_3), abs=0.001)
    assert own.high.to_numpy() == pytest.approx(at_5, abs=0.001)
    assert max(at_1, at_3) < at_5


@pytest.mark.slow
def test_two_hundred_cells_are_runs_of_their_cases(inputs, found):
    """Each is made of the scenarios on the sheet by their names, and run alone."""
    asked = map_rows(inputs.tables["Map"]).axes
    rng = np.random.default_rng(13)
    for _ in range(200):
        place = {axis.name: int(rng.integers(axis.size)) for axis in found.axes}
        case = inputs.base_case()
        for name in list(asked)[:4]:
            for scenario in list(asked[name].values())[place[name]]:
                case = inputs.with_scenario(case, scenario)
        prices = {
            drug: float(found.outcomes[name][place[name]])
            for name, drug in ((PRICE, "daratumumab"), (CAPSULE, "pomalidomide"))
        }
        result = he.run(case.with_values(drug_price=prices))
        cell, alone = found.outcomes.isel(place), result.totals.sel(strategy=["Isa-Pd", "Dara-Pd"])
        for measure in ("cost", "qaly", "life_years", "progression_free_life_years"):
            np.testing.assert_allclose(cell[measure].values, alone[measure].values, rtol=1e-9, atol=1e-9)
        ratios = he.average_ratios(result).set_index(["costs", "effect", "strategy", "horizon_years"]).average_cost
        yes = found.yes("average_cost_per_progression_free_month_before_progression").isel(place)
        for horizon in found.horizons:
            own, other = (
                ratios["pre_progression", "progression_free_month", arm, horizon] for arm in ("Isa-Pd", "Dara-Pd")
            )
            if abs(own / other - 1) > 1e-9:
                assert bool(yes.sel(horizon=horizon)) == (own < other)


@pytest.mark.slow
def test_choices_that_a_later_one_overrules_are_the_same_case(found):
    """Anchored or equal, Dara-Pd follows Isa-Pd, whatever its own family."""
    families = found.outcomes.sel(efficacy=["anchored", "equal"])
    np.testing.assert_array_equal(
        families.cost.sel({"Dara-Pd PFS": "exponential"}), families.cost.sel({"Dara-Pd PFS": "lognormal"})
    )
    unanchored = found.outcomes.cost.sel(efficacy="unanchored")
    assert (unanchored.sel({"Dara-Pd PFS": "exponential"}) != unanchored.sel({"Dara-Pd PFS": "lognormal"})).any()


@pytest.mark.slow
def test_the_published_pattern_comes_out_on_averages_with_both_families(found):
    """Isa-Pd exponential, Dara-Pd lognormal, treated to progression, unanchored: at the list price of 2020."""
    at = {
        "Isa-Pd PFS": "exponential",
        "Dara-Pd PFS": "lognormal",
        "efficacy": "unanchored",
        "treatment": "to progression",
    }
    both = found.readings[-1]
    assert both.names[0] == "progression_free_life_years"
    holds = found.holds(PATTERN, both).sel(at)
    assert bool(holds.sel({PRICE: 5.61, CAPSULE: 857}, method="nearest"))
    assert not bool(holds.sel({PRICE: 5.307, CAPSULE: 857}, method="nearest"))


@pytest.mark.parametrize("name", MAPS)
def test_every_workbook_names_choices_that_make_a_difference(name):
    inputs = read(name)
    asked = map_rows(inputs.tables["Map"])
    few = {
        axis: options if isinstance(options, dict) else options[[0, len(options) // 2, -1]]
        for axis, options in asked.axes.items()
    }
    found = he.decision_map(inputs, few, asked.patterns, ["saving", "worth_it"])
    for axis in found.axes:
        assert float(found.outcomes.cost.std(axis.name).max()) > 1, axis.name
