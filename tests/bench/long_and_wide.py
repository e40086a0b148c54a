"""A model of any length and width, as a workbook: strategies, years of weekly cycles, and uncertain inputs.

A module of its own, so that other processes find it.
"""

from __future__ import annotations

from linear import build, rows

import hecon as he

STATES = ("progression_free", "progressed", "dead")
#: Uncertain inputs of each strategy, beside its share of the others.
OF_A_STRATEGY = 4


def outcome(p, time):
    """Two curves, and six lines of which one is by visit."""
    progression_free, overall = he.Weibull(p.pfs_shape, p.pfs_scale), he.Weibull(p.os_shape, p.os_scale)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Treatment", he.share_at_start(time, progression_free), p.treatment_cost),
            he.cost("Visits", he.years_in(time, state, "progression_free"), p.visit_cost_per_year),
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def inputs(strategies=5, years=4.0, uncertain=50):
    """Inputs of which so many are uncertain: four by strategy, the others the costs of visits."""
    names = tuple(f"S{i}" for i in range(strategies))
    visits = tuple(f"V{i}" for i in range(max(1, uncertain - OF_A_STRATEGY * strategies)))
    found = []

    def add(parameter, value, spread, distribution, **labels):
        found.append({"parameter": parameter, "value": value, "se": spread * value, "distribution": distribution}
                     | labels)  # fmt: skip

    for i, strategy in enumerate(names):
        own = {"strategy": strategy}
        add("pfs_shape", 1.1, 0.05, "normal", **own)
        add("os_shape", 1.1, 0.05, "normal", **own)
        add("pfs_scale", 1.0 + 0.1 * i, 0.1, "lognormal", **own)
        add("os_scale", 2.2 + 0.2 * i, 0.1, "lognormal", **own)
        add("treatment_cost", 1000.0 + 10 * i, 0.0, "fixed", **own)
    for visit in visits:
        add("visit_cost_per_year", 1000.0 / len(visits), 0.2, "gamma", visit=visit)
    for state, cost, value in zip(STATES, (10_000.0, 14_000.0, 0.0), (0.8, 0.65, 0.0), strict=True):
        add("care_cost_per_year", cost, 0.0, "fixed", state=state)
        add("utility", value, 0.0, "fixed", state=state)
    add("end_of_life_cost", 10_000.0, 0.0, "fixed")
    frame = rows(*found).fillna({"strategy": "", "visit": "", "state": ""})
    settings = {"horizons": (years,), "cycle_length": 1.0, "cycle_unit": "week", "comparator": "S0",
                "willingness_to_pay": (50_000.0,)}  # fmt: skip
    return build(frame, labels={"strategy": names, "state": STATES, "visit": visits}, **settings)
