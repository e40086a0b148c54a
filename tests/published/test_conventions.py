"""A two-arm partitioned survival example: its totals, and one arm under 13 conventions of accrual and discounting.

The numbers were computed from the inputs below by plain sums, and by quadrature for the exact integrals.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

import hecon as he

STATES = ["progression_free", "progressed", "dead"]
UTILITY = {"progression_free": 0.82, "progressed": 0.68, "dead": 0.0}


def outcome(p, time):
    progression_free = he.HazardRatio(he.Weibull(1.2, 40.3 / 12), p.hazard_ratio_pfs)
    overall = he.HazardRatio(he.Weibull(1.1, 70.4 / 12), p.hazard_ratio_os)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Drug", he.years_in(time, state, "progression_free"), he.per_month(p.drug_cost_per_month)),
            he.cost("Care", years, he.per_month(p.care_cost_per_month)),
            he.qaly("QALYs", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def case(**settings):
    values = {
        "hazard_ratio_pfs": {"chemo": 1, "target": 0.67},
        "hazard_ratio_os": {"chemo": 1, "target": 0.74},
        "drug_cost_per_month": {"chemo": 2000, "target": 10000},
        "care_cost_per_month": {"progression_free": 1000, "progressed": 2000, "dead": 0},
        "utility": UTILITY,
    }
    base = {"horizons": [20], "cycle_length": 1, "cycle_unit": "month", "comparator": "chemo"}
    return he.Case(outcome, values, labels={"strategy": ["chemo", "target"], "state": STATES}, settings=base | settings)


def test_the_example_to_every_digit():
    table = he.run(case(discount_timing="cycle_start")).summary().set_index("strategy")
    expected = {
        "life_years": (4.863829782, 6.027492335),
        "qaly": (3.717437171, 4.654098343),
        "cost": (151877.5935, 573113.9869),
    }
    for measure, (chemo, target) in expected.items():
        assert table.loc["chemo", measure] == pytest.approx(chemo, rel=1e-9)
        assert table.loc["target", measure] == pytest.approx(target, rel=1e-9)
    assert table.loc["target", "icer"] == pytest.approx(449721.2076, rel=1e-9)


@pytest.mark.parametrize(
    ("accrual", "timing", "form", "life_years", "qalys"),
    [
        ("life_table", "edges", "effective", 4.857890126, 3.712900385),
        ("life_table", "edges", "continuous", 4.848590438, 3.706122610),
        ("life_table", "cycle_start", "effective", 4.863829782, 3.717437171),
        ("life_table", "mid_cycle", "effective", 4.857843095, 3.712861531),
        ("life_table", "cycle_end", "effective", 4.851863777, 3.708291523),
        ("life_table", "annual_step", "effective", 4.927892995, 3.766258725),
        ("start", "cycle_start", "effective", 4.899067793, 3.746733880),
        ("start", "annual_step", "effective", 4.963601060, 3.795945764),
        ("end", "cycle_end", "effective", 4.816712460, 3.679066890),
        ("simpson", "edges", "effective", 4.857816981, 3.712839157),
    ],
)
def test_sums_by_setting(accrual, timing, form, life_years, qalys):
    result = he.run(case(accrual=accrual, discount_timing=timing, discount_form=form))
    chemo = result.summary().set_index("strategy").loc["chemo"]
    assert chemo.life_years == pytest.approx(life_years, abs=1e-8)
    assert chemo.qaly == pytest.approx(qalys, abs=1e-8)


def test_a_vector_of_weights_reproduces_a_published_swap_of_simpsons_weights():
    weights = np.ones(241) / 3
    weights[1:-1] = np.where(np.arange(1, 240) % 2 == 1, 2 / 3, 4 / 3)
    chemo = he.run(case(accrual=weights)).summary().set_index("strategy").loc["chemo"]
    assert chemo.life_years == pytest.approx(4.829859493, abs=1e-8)
    assert chemo.qaly == pytest.approx(3.689961721, abs=1e-8)


@pytest.mark.parametrize(
    ("form", "life_years", "qalys"),
    [("effective", 4.857822051, 3.712844108), ("continuous", 4.848522096, 3.706066116)],
)
def test_exact_integrals_by_quadrature_of_the_curves(form, life_years, qalys):
    overall, progression_free = he.Weibull(1.1, 70.4 / 12), he.Weibull(1.2, 40.3 / 12)
    # The curves cross within the first month: progression-free survival is capped at overall survival until then.
    crossed = brentq(lambda t: overall.cumulative_hazard(t) - progression_free.cumulative_hazard(t), 1e-6, 1.0)
    before = overall.restricted_mean(crossed, 0.03, form) - progression_free.restricted_mean(crossed, 0.03, form)
    alive = overall.restricted_mean(20, 0.03, form)
    stable = progression_free.restricted_mean(20, 0.03, form) + before
    assert alive == pytest.approx(life_years, abs=1e-8)
    total = UTILITY["progression_free"] * stable + UTILITY["progressed"] * (alive - stable)
    assert total == pytest.approx(qalys, abs=1e-8)
