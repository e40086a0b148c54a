"""Cohort Markov model of the R package hesim 0.5.5: 20 draws x 4 strategies, 260 weekly cycles."""

import numpy as np
import pytest
from price_steps import drug_by_edge
from published_models import data

import hecon as he

REFERENCE = data("hesim_markov.json")
DRAWS = data("hesim_partitioned.json")
STRATEGIES = ["1", "2", "3", "4"]
STATES = ["stable", "progressed", "dead"]
SUMS = {"trapz": "life_table", "riemann_left": "start", "riemann_right": "end"}


def outcome(p, time):
    moves = {(a, b): p[f"p{i}{j}"] for i, a in enumerate(STATES[:2], 1) for j, b in enumerate(STATES, 1) if j >= i}
    state = he.markov(time, he.Transitions(STATES, moves), "stable")
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("medical", years, p.care_cost_per_year),
            he.cost("drug", years, p.drug_cost_per_year),
            he.cost("start", he.at_start(time), p.starting_cost),
            he.qaly("qalys", years, p.utility),
            he.life_years("lys", years, he.alive(state)),
        ],
    )


def case(**settings):
    d = {name: np.array(column) for name, column in DRAWS["draws"].items()}
    probabilities = {
        name: (("draw", "strategy"), np.array(column).reshape(20, 4))
        for name, column in REFERENCE["probabilities"].items()
        if name in ("p11", "p12", "p13", "p22", "p23")
    }

    def states(first, second):
        return (("draw", "state"), np.stack([d[first], d[second], 0 * d[first]], axis=1))

    values = probabilities | {
        "utility": states("u_pf", "u_pd"),
        "care_cost_per_year": states("c_pf", "c_pd"),
        "drug_cost_per_year": (
            ("strategy", "state"),
            [[*row, 0.0] for row in DRAWS["drug_cost_per_year_strategy_state"]],
        ),
        "starting_cost": ("strategy", [1000, 2000, 3000, 4000]),
    }
    base = {
        "horizons": [5],
        "cycle_length": 1 / 52,
        "cycle_unit": "year",
        "discount_form": "continuous",
        "discount_timing": "edges",
    }
    return he.Case(outcome, values, labels={"strategy": STRATEGIES, "state": STATES}, settings=base | settings)


@pytest.mark.parametrize("rate", ["0", "0.03"])
@pytest.mark.parametrize("sums", SUMS)
def test_totals_by_state(sums, rate):
    expected = REFERENCE[f"{sums}_dr{rate}"]
    settings = {"discount_rate_cost": float(rate), "discount_rate_effect": float(rate), "accrual": SUMS[sums]}
    lines = {line.name: line for line in he.run(case(**settings)).lines}
    for name in ("qalys", "lys", "medical", "drug"):
        np.testing.assert_allclose(lines[name].discounted[..., :2, 0], expected[name], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(lines["start"].discounted[..., 0], np.array(expected["start"])[..., 0], rtol=1e-12)


@pytest.mark.parametrize("rate", ["0", "0.03"])
@pytest.mark.parametrize("sums", SUMS)
def test_a_value_at_grid_times(sums, rate):
    """hesim reads a value off at grid times (up to year 1 the drug, then a quarter): each edge has its own."""
    found = drug_by_edge(case(accrual=SUMS[sums], discount_rate_cost=float(rate)))
    np.testing.assert_allclose(found, REFERENCE[f"{sums}_dr{rate}"]["drug_tv"], rtol=1e-9)


def test_state_shares_of_the_first_draw():
    first = case()
    values = {name: array.isel(draw=0) if "draw" in array.dims else array for name, array in first.values.items()}
    shares = he.run(he.Case(first.model, values, labels=first.labels, settings=first.settings)).occupancy
    for place in range(4):
        expected = REFERENCE["stateprobs_sample1_t_every20"][f"strategy{place + 1}"]
        np.testing.assert_allclose(shares.values[place, :, ::20], expected, atol=1e-12)
