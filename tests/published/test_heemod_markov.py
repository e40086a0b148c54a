"""A three-state Markov model of the R package heemod, under its three ways of counting."""

import pytest
from published_models import by_strategy, data

import hecon as he

REFERENCE = data("heemod_models.json")["models"]["three_state"]
ACCRUAL = {"beginning": "start", "end": "end", "life-table": "life_table"}
STATES = ["A", "B", "D"]


def outcome(p, time):
    moves = {("A", "B"): p.worsening, ("A", "D"): p.dying, ("B", "D"): 0.15}
    state = he.markov(time, he.Transitions(STATES, moves), "A")
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


@pytest.mark.parametrize("method", ACCRUAL)
def test_totals(method):
    values = {
        "worsening": {"std": 0.12, "new": 0.08},
        "dying": {"std": 0.03, "new": 0.02},
        "care_cost_per_year": (("strategy", "state"), [[1000.0, 5000.0, 0.0], [4000.0, 5000.0, 0.0]]),
        "utility": ("state", [0.85, 0.5, 0.0]),
    }
    settings = {
        "horizons": [30],
        "cycle_unit": "year",
        "accrual": ACCRUAL[method],
        "discount_timing": "cycle_start",
        "discount_rate_cost": 0.035,
        "discount_rate_effect": 0.015,
    }
    labels = {"strategy": ["std", "new"], "state": STATES}
    result = he.run(he.Case(outcome, values, labels=labels, settings=settings))
    expected, totals = REFERENCE["results"][method]["totals"], by_strategy(result)
    assert (1000 * totals.cost).tolist() == pytest.approx(expected["cost"], rel=1e-9)
    assert (1000 * totals.qaly).tolist() == pytest.approx(expected["qaly"], rel=1e-9)
    assert (1000 * totals.undiscounted_life_years).tolist() == pytest.approx(expected["ly"], rel=1e-9)
    counts = REFERENCE["results"]["beginning"]["counts"]
    for place, strategy in enumerate(["std", "new"]):
        for state in STATES:
            ours = 1000 * result.occupancy.values[place, STATES.index(state), :-1]
            assert ours.tolist() == pytest.approx(counts[strategy][state], rel=1e-9, abs=1e-12)
