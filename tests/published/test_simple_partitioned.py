"""The smallest partitioned survival model, to every digit of its totals."""

import pytest
from published_models import by_strategy, model

import hecon as he

STATES = ["progression_free", "progressed", "dead"]
EXPECTED = {
    "life_years": (4.863829782, 6.027492335),
    "qaly": (3.717437171, 4.654098343),
    "cost": (151877.5935, 573113.9869),
}


def test_totals():
    values = {
        "pfs_shape": 1.2,
        "pfs_scale_months": 40.3,
        "os_shape": 1.1,
        "os_scale_months": 70.4,
        "hazard_ratio_pfs": {"chemotherapy": 1, "targeted": 0.67},
        "hazard_ratio_os": {"chemotherapy": 1, "targeted": 0.74},
        "drug_cost_per_month": {"chemotherapy": 2000, "targeted": 10000},
        "care_cost_per_month": {"progression_free": 1000, "progressed": 2000, "dead": 0},
        "utility": {"progression_free": 0.82, "progressed": 0.68, "dead": 0},
    }
    labels = {"strategy": ["chemotherapy", "targeted"], "state": STATES}
    settings = {"horizons": [20], "cycle_unit": "month", "comparator": "chemotherapy", "discount_timing": "cycle_start"}
    result = he.run(he.Case(model("simple_partitioned"), values, labels=labels, settings=settings))
    totals = by_strategy(result)
    for measure, expected in EXPECTED.items():
        assert totals[measure].tolist() == pytest.approx(expected, rel=1e-9)
    assert result.summary().set_index("strategy").icer["targeted"] == pytest.approx(449721.2076, rel=1e-9)
