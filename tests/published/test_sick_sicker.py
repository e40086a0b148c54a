"""Sick-Sicker: constant risks, mortality by age, and risks by time in state."""

from pathlib import Path

import numpy as np
import pytest
from published_models import by_strategy, data, model

import hecon as he

STATES = ["healthy", "sick", "sicker", "dead"]
STRATEGIES = ["Standard of care", "Strategy A", "Strategy B", "Strategy AB"]
REFERENCE = data("sick_sicker.json")
MORTALITY = data("us_mortality_2015.json")
AGES = [str(age) for age in MORTALITY["age"]]
VALUES = {
    "mortality_rate": 0.002,
    "hazard_ratio_sick": 3.0,
    "hazard_ratio_sicker": 10.0,
    "rate_falling_sick": 0.15,
    "rate_recovering": 0.5,
    "rate_worsening": 0.105,
    "hazard_ratio_b": 0.6,
    "gets_a": ("strategy", [0.0, 1.0, 0.0, 1.0]),
    "gets_b": ("strategy", [0.0, 0.0, 1.0, 1.0]),
    "treated": ("state", [0.0, 1.0, 1.0, 0.0]),
    "treatment_a_cost_per_year": 12000.0,
    "treatment_b_cost_per_year": 13000.0,
    "care_cost_per_year": ("state", [2000.0, 4000.0, 15000.0, 0.0]),
    "utility": ("state", [1.0, 0.75, 0.5, 0.0]),
    "utility_sick_on_a": 0.95,
}
BY_AGE = {
    "age": 25.0,
    "mortality_rate": ("age", MORTALITY["rate"]),
    "falling_sick_cost": 1000.0,
    "falling_sick_utility_loss": 0.01,
    "dying_cost": 2000.0,
}
BY_RESIDENCE = {"worsening_shape": 1.1, "worsening_rate": 0.08}


def case(name, values, **settings):
    labels = {"strategy": STRATEGIES, "state": STATES, "age": AGES}
    base = {
        "horizons": [75],
        "cycle_unit": "year",
        "discount_timing": "edges",
        "accrual": REFERENCE["results"]["Simpson1/3"]["wcc"],
        "comparator": STRATEGIES[0],
    }
    return he.Case(model(name), values, labels=labels, settings=base | settings)


def residence(**settings):
    values = {**VALUES, **BY_AGE, **BY_RESIDENCE}
    return case("sick_sicker_residence", {k: v for k, v in values.items() if k != "rate_worsening"}, **settings)


def residence_draws(count, seed=1):
    """Give a batch of draws of the model with time in state."""
    g = np.random.default_rng(seed)
    drawn = {
        "worsening_shape": g.normal(1.1, 0.05, count),
        "worsening_rate": g.gamma(100, 0.0008, count),
        "rate_falling_sick": g.gamma(30, 0.005, count),
        "rate_recovering": g.gamma(60, 1 / 120, count),
        "hazard_ratio_sick": g.lognormal(np.log(3), 0.01, count),
        "hazard_ratio_sicker": g.lognormal(np.log(10), 0.02, count),
        "hazard_ratio_b": g.lognormal(np.log(0.6), 0.02, count),
    }
    return residence().with_values(**{name: ("draw", values) for name, values in drawn.items()})


@pytest.mark.parametrize("correction", REFERENCE["results"])
def test_constant_risks_to_every_digit(correction):
    expected = REFERENCE["results"][correction]
    result = he.run(case("sick_sicker", VALUES, accrual=expected["wcc"]))
    totals = by_strategy(result)
    assert totals.cost.tolist() == pytest.approx(expected["cost"], rel=1e-9)
    assert totals.qaly.tolist() == pytest.approx(expected["qaly"], rel=1e-9)
    benefit = result.net_benefit([100_000]).net_monetary_benefit
    assert benefit.tolist() == pytest.approx(expected["nmb_wtp100000"], rel=1e-9)
    frontier = result.full_incremental().set_index("strategy")
    for name, status, icer in zip(*(expected["icers"][k] for k in ("Strategy", "Status", "ICER")), strict=True):
        assert frontier.status[name] == status
        if icer is not None:
            assert frontier.icer[name] == pytest.approx(icer, rel=1e-9)


def test_mortality_by_age_as_printed():
    totals = by_strategy(he.run(case("sick_sicker_age", VALUES | BY_AGE)))
    assert totals.cost.round(0).tolist() == [116374, 218789, 202536, 296300]
    assert totals.qaly.round(3).tolist() == [18.879, 19.636, 20.199, 21.097]


def unfolded(strategy):
    """Shares by state from a matrix of 78 states, one for every year somebody has been sick."""
    v = {**VALUES, **BY_AGE, **BY_RESIDENCE}
    tunnels, slowing = 75, 0.6 if "B" in strategy else 1.0
    rate = np.array(MORTALITY["rate"])
    u = np.arange(1, tunnels + 1)
    hazard = (u * v["worsening_rate"]) ** 1.1 - ((u - 1) * v["worsening_rate"]) ** 1.1
    worsening, recovering, falling = 1 - np.exp(-hazard * slowing), 1 - np.exp(-0.5), 1 - np.exp(-0.15)
    share, trace = np.zeros(tunnels + 3), []
    share[0] = 1
    for year in range(75):
        trace.append([share[0], share[1:-2].sum(), share[-2], share[-1]])
        die, die_sick, die_sicker = (1 - np.exp(-rate[year] * ratio) for ratio in (1, 3, 10))
        matrix = np.zeros((tunnels + 3, tunnels + 3))
        matrix[0, [0, 1, -1]] = (1 - die) * (1 - falling), (1 - die) * falling, die
        for place in range(1, tunnels + 1):
            on = min(place + 1, tunnels)
            matrix[place, 0] = (1 - die_sick) * recovering
            matrix[place, on] += (1 - die_sick) * (1 - recovering - worsening[place - 1])
            matrix[place, -2], matrix[place, -1] = (1 - die_sick) * worsening[place - 1], die_sick
        matrix[-2, [-2, -1]] = 1 - die_sicker, die_sicker
        matrix[-1, -1] = 1
        share = share @ matrix
    return np.array([*trace, [share[0], share[1:-2].sum(), share[-2], share[-1]]]).T


def test_time_in_state_equals_the_unfolded_matrix():
    shares = he.run(residence()).occupancy
    for place, strategy in enumerate(STRATEGIES):
        np.testing.assert_allclose(shares.values[place], unfolded(strategy), atol=1e-13)


def test_a_constant_hazard_in_state_is_the_model_without_time_in_state():
    constant = residence().with_values(worsening_shape=1.0, worsening_rate=0.105)
    tunnels, plain = by_strategy(he.run(constant)), by_strategy(he.run(case("sick_sicker_age", VALUES | BY_AGE)))
    assert tunnels.cost.tolist() == pytest.approx(plain.cost.tolist(), rel=1e-12)
    assert tunnels.qaly.tolist() == pytest.approx(plain.qaly.tolist(), rel=1e-12)


def test_draws_have_the_same_bits_in_any_block():
    batch = residence_draws(20)
    whole = he.run(batch, block=20).totals
    parts = he.run(batch, block=7, workers=2).totals
    assert (whole == parts).all()
    tenth = {name: array.isel(draw=9) if "draw" in array.dims else array for name, array in batch.values.items()}
    single = he.run(he.Case(batch.model, tenth, labels=batch.labels, settings=batch.settings)).totals
    np.testing.assert_array_equal(whole.cost.values[9], single.cost.values)


@pytest.mark.parametrize("name", ["sick_sicker_age", "sick_sicker_residence"])
def test_what_happens_on_arrival_costs_the_same_whatever_the_cycle(name):
    """A cost of arriving has no time in it: it is taken in any cycle, and its sum hardly depends on it."""
    case = he.read_workbook(Path(__file__).resolve().parents[2] / f"inputs/{name}.xlsx").base_case()
    years, months = (
        he.run(one).breakdown().query("kind == 'cost' and item == 'Falling sick'")["value"].to_numpy()
        for one in (case, case.with_settings(cycle_length=1, cycle_unit="month"))
    )
    np.testing.assert_allclose(months, years, rtol=0.2)
