"""Total hip replacement, as in Briggs, Claxton and Sculpher (2006), exercise 3.5."""

import pytest
from published_models import by_strategy, model

import hecon as he

STATES = ["primary", "success", "revision", "success_again", "dead"]
STRATEGIES = ["standard", "new"]
AGES = ["35", "45", "55", "65", "75", "85"]
FEMALE = [0.00099, 0.0026, 0.0067, 0.0193, 0.0535, 0.1548]
MALE = [0.00151, 0.00393, 0.0109, 0.0316, 0.0801, 0.1879]


def case(**values):
    base = {
        "age": 60.0,
        "male": 0.0,
        "log_hazard": -5.490935,
        "log_hazard_per_year_of_age": -0.0367022,
        "log_hazard_male": 0.768536,
        "log_shape": 0.3740968,
        "log_relative_risk": {"standard": 0.0, "new": -1.344474},
        "operative_mortality": 0.02,
        "failing_again": 0.04,
        "mortality": (("sex", "age"), [FEMALE, MALE]),
        "prosthesis_cost": {"standard": 394.0, "new": 579.0},
        "revision_cost": 5294.0,
        "utility": ("state", [0.0, 0.85, 0.3, 0.75, 0.0]),
    }
    labels = {"strategy": STRATEGIES, "state": STATES, "sex": ["female", "male"], "age": AGES}
    settings = {
        "horizons": [60],
        "cycle_unit": "year",
        "accrual": "end",
        "discount_timing": "cycle_end",
        "discount_rate_cost": 0.06,
        "discount_rate_effect": 0.015,
        "comparator": "standard",
    }
    return he.Case(model("hip_replacement"), base | values, labels=labels, settings=settings)


def test_the_printed_results():
    result = he.run(case())
    totals = by_strategy(result)
    assert totals.cost.round(2).tolist() == [512.43, 610.31]
    assert totals.qaly.round(3).tolist() == [14.653, 14.698]
    assert result.summary().set_index("strategy").icer["new"] == pytest.approx(2198.49, abs=0.005)


def test_a_man_dies_and_is_revised_more_often():
    woman, man = by_strategy(he.run(case())), by_strategy(he.run(case(male=1.0)))
    assert (man.qaly < woman.qaly).all()
    assert (man.cost > woman.cost).all()
