"""Sumatriptan against caffeine with ergotamine for migraine (Evans and colleagues 1997)."""

import pytest
from published_models import by_strategy, model

import hecon as he

BRANCHES = ["lasting", "recurring", "endured", "relieved there", "admitted"]


def test_the_printed_results():
    values = {
        "relief": {"sumatriptan": 0.558, "caffeine": 0.379},
        "no_recurrence": {"sumatriptan": 0.594, "caffeine": 0.703},
        "emergency": 0.08,
        "admission": 0.002,
        "dose_cost": {"sumatriptan": 16.10, "caffeine": 1.32},
        "emergency_cost": 63.16,
        "admission_cost": 1093.0,
        "utility": ("branch", [1.0, 0.9, -0.3, 0.1, -0.3]),
        "attack_years": 1 / 365,
    }
    labels = {"strategy": ["sumatriptan", "caffeine"], "branch": BRANCHES}
    settings = {"horizons": [1], "cycle_unit": "year", "comparator": "caffeine"}
    result = he.run(he.Case(model("decision_tree"), values, labels=labels, settings=settings))
    totals = by_strategy(result)
    assert totals.cost.round(2).to_dict() == {"sumatriptan": 22.06, "caffeine": 4.71}
    assert (365 * totals.qaly).round(2).to_dict() == {"sumatriptan": 0.42, "caffeine": 0.20}
    # Printed from rounded increments.
    assert result.summary().set_index("strategy").icer["sumatriptan"] == pytest.approx(29366, rel=5e-4)
