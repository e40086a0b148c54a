"""The model of the benchmarks of size: two Weibull curves, eleven ledger lines, sixty uncertain inputs, as a workbook.

4 strategies, 261 weekly cycles, horizons of 1, 3 and 5 years. A module of its own, so that other processes find it.
"""

from __future__ import annotations

import functools

import numpy as np
import xarray as xr
from linear import build, rows

import hecon as he

STRATEGIES = ("A", "B", "C", "D")
DRUGS = ("x", "y", "z")
STATES = ("progression_free", "progressed", "dead")


def outcome(p, time):
    """Eleven lines."""
    progression_free, overall = he.Weibull(p.pfs_shape, p.pfs_scale), he.Weibull(p.os_shape, p.os_scale)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years, treated, once = he.years_in(time, state), he.share_at_start(time, progression_free), he.at_start(time)
    return he.Outcome(
        state,
        [
            he.cost("Drug", treated, doses(time.cycles), p.price),
            he.cost("Administration", treated, p.administration_cost),
            he.cost("Premedication", treated, p.premedication_cost),
            he.cost("Adverse events", once, p.adverse_event_cost),
            he.cost("Monitoring", he.years_in(time, state, "progression_free"), p.monitoring_cost_per_year),
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("Subsequent therapy", he.entering(state, "progressed"), p.subsequent_therapy_cost),
            he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Adverse events", once, -p.adverse_event_loss),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


@functools.cache
def doses(cycles):
    """Doses by strategy, drug and cycle, as a schedule gives them: counted once, as hecon counts its own."""
    given = np.zeros((4, 3, cycles))
    given[:, 0, ::2], given[:, 1, ::4], given[:, 2, :] = 1, 1, 1
    return xr.DataArray(
        given, dims=("strategy", "drug", "cycle"), coords={"strategy": list(STRATEGIES), "drug": list(DRUGS)}
    )


def inputs():
    """Sixty inputs with a distribution, and the costs and utilities of the dead, which have none."""
    found = []

    def add(parameter, value, spread, distribution, **labels):
        found.append({"parameter": parameter, "value": value, "se": spread * value, "distribution": distribution}
                     | labels)  # fmt: skip

    for i, strategy in enumerate(STRATEGIES):
        own = {"strategy": strategy}
        add("pfs_shape", 1.1, 0.05, "normal", **own)
        add("os_shape", 1.1 + 0.01 * i, 0.05, "normal", **own)
        add("pfs_scale", 1.0 + 0.1 * i, 0.1, "lognormal", **own)
        add("os_scale", 2.2 + 0.2 * i, 0.1, "lognormal", **own)
        for drug in DRUGS:
            add("price", 1000.0 + 300 * i, 0.2, "gamma", drug=drug, **own)
        for name, value in {"administration_cost": 100, "adverse_event_cost": 1000, "subsequent_therapy_cost": 10_000,
                            "end_of_life_cost": 10_000}.items():  # fmt: skip
            add(name, float(value), 0.2, "gamma", **own)
        add("adverse_event_loss", 0.02, 0.5, "beta", **own)
        for state, cost in zip(STATES, (10_000.0, 14_000.0, 0.0), strict=True):
            add("care_cost_per_year", cost, 0.2, "gamma" if cost else "fixed", state=state, **own)
    for state, value in zip(STATES, (0.8, 0.65, 0.0), strict=True):
        add("utility", value, 0.08, "beta" if value else "fixed", state=state)
    add("premedication_cost", 10.0, 0.2, "gamma")
    add("monitoring_cost_per_year", 2_000.0, 0.2, "gamma")
    frame = rows(*found).fillna({"strategy": "", "drug": "", "state": ""})
    settings = {"horizons": (1.0, 3.0, 5.0), "cycle_length": 1.0, "cycle_unit": "week", "comparator": "A",
                "willingness_to_pay": (50_000.0, 100_000.0)}  # fmt: skip
    return build(frame, labels={"strategy": STRATEGIES, "state": STATES, "drug": DRUGS}, **settings)
