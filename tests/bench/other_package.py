"""One partitioned survival model twice: for pyheor, where it is installed, and for hecon, with the same conventions.

4 strategies x 261 weekly cycles, two Weibull curves; drug cost before progression, care costs and utilities by state.
Weeks are a 52nd of a year, the trapezoid within a cycle, a cycle discounted at its start.
"""

from __future__ import annotations

import numpy as np

import hecon as he

MODEL = "Partitioned survival, 4 strategies x 261 weekly cycles"
STRATEGIES = ("A", "B", "C", "D")
STATES = ("progression_free", "progressed", "dead")
CYCLES, WEEKS = 261, 52
SHAPES = {"pfs": 1.1, "os": 1.2}
SCALES = {"pfs": (1.0, 1.1, 1.2, 1.3), "os": (2.2, 2.4, 2.6, 2.8)}
DRUG = (20_000.0, 40_000.0, 60_000.0, 80_000.0)
CARE, UTILITY = (10_000.0, 14_000.0, 0.0), (0.8, 0.65, 0.0)


def outcome(p, time):
    """Drug before progression, care and utility by state."""
    pfs, overall = he.Weibull(p.pfs_shape, p.pfs_scale), he.Weibull(p.os_shape, p.os_scale)
    state = he.partition(time, progression_free=pfs, overall=overall)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Drug", he.years_in(time, state, "progression_free"), p.drug_cost_per_year),
            he.cost("Care", years, p.care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
        ],
    )


def our_case(draws=None, seed=1):
    """The model in hecon: single values, or a batch of draws with the spreads that the other one has."""
    g = np.random.default_rng(seed)

    def spread(values, draw, width):
        wide = np.array(values)
        return wide if draws is None or not width else draw(wide, width * wide, (draws, *wide.shape))

    def gamma(mean, sd, size):
        some = np.where(mean > 0, mean, 1.0)
        return np.where(mean > 0, g.gamma((some / np.where(sd > 0, sd, 1.0)) ** 2, sd**2 / some, size), 0.0)

    lead = () if draws is None else ("draw",)
    values = {
        "pfs_shape": SHAPES["pfs"],
        "os_shape": SHAPES["os"],
        "pfs_scale": ((*lead, "strategy"), spread(SCALES["pfs"], g.normal, 0.02)),
        "os_scale": ((*lead, "strategy"), spread(SCALES["os"], g.normal, 0.02)),
        "drug_cost_per_year": ((*lead, "strategy"), spread(DRUG, gamma, 0.2)),
        "care_cost_per_year": ((*lead, "state"), spread(CARE, gamma, 0.2)),
        "utility": ("state", np.array(UTILITY)),
    }
    settings = {"horizons": [CYCLES / WEEKS], "cycle_length": 1, "cycle_unit": "week", "days_per_year": 7 * WEEKS,
                "discount_timing": "cycle_start"}  # fmt: skip
    return he.Case(outcome, values, labels={"strategy": STRATEGIES, "state": STATES}, settings=settings)


def other_model():
    """The model in pyheor."""
    import pyheor as ph

    week = ph.Cycle(1, "week")
    rate = ph.rescale_discount_rate(0.03, ph.Cycle(1, "year"), week)
    model = ph.PSMModel(list(STATES), ["pfs", "os"], list(STRATEGIES), CYCLES, week, dr_cost=rate, dr_qaly=rate)
    for place, strategy in enumerate(STRATEGIES):
        for end in SHAPES:
            scale = SCALES[end][place]
            model.add_param(f"{end}_{strategy}", base=scale, dist=ph.Normal(mean=scale, sd=0.02 * scale))
            model.set_survival(
                strategy,
                end,
                lambda p, end=end, strategy=strategy: ph.Weibull(SHAPES[end], WEEKS * p[f"{end}_{strategy}"]),
            )
        cost = DRUG[place]
        model.add_param(f"drug_{strategy}", base=cost, dist=ph.Gamma(mean=cost, sd=0.2 * cost))
    for state, cost in zip(STATES[:2], CARE, strict=False):
        model.add_param(f"care_{state}", base=cost, dist=ph.Gamma(mean=cost, sd=0.2 * cost))
    model.set_state_cost("Drug", {strategy: {STATES[0]: _per_week(f"drug_{strategy}")} for strategy in STRATEGIES})
    model.set_state_cost("Care", {state: _per_week(f"care_{state}") for state in STATES[:2]})
    model.set_state_qaly("Utility", dict(zip(STATES[:2], (u / WEEKS for u in UTILITY[:2]), strict=True)))
    return model


def _per_week(name):
    return lambda p, cycle: p[name] / WEEKS
