"""A model as somebody outside writes it: it is read by a type checker against the installed package, and run."""

import numpy as np
import pandas as pd

import hecon as he


def outcome(p: he.Parameters, time: he.Timeline) -> he.Outcome:
    progression_free = he.Weibull(shape=p.pfs_shape, scale=p.pfs_scale)
    overall = he.HazardRatio(he.survival.Lognormal(meanlog=1.2, sdlog=0.9), p.hazard_ratio)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("End of life", he.entering(state, "dead"), 12_000),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


case = he.Case(
    outcome,
    values={
        "pfs_shape": 1.2,
        "pfs_scale": {"chemo": 3.4, "target": 4.7},
        "hazard_ratio": {"chemo": 1.0, "target": 0.74},
        "care_cost_per_year": {"progression_free": 12_000, "progressed": 24_000, "dead": 0},
        "utility": {"progression_free": 0.82, "progressed": 0.68, "dead": 0},
    },
    labels={"strategy": ["chemo", "target"], "state": ["progression_free", "progressed", "dead"]},
    settings={"horizons": (5.0, 20.0), "comparator": "chemo"},
)
base: he.Result = he.run(case)
summary: pd.DataFrame = base.summary()
cheaper = he.run(case.with_values(care_cost_per_year={"progressed": 12_000}), workers=1)
draws = np.random.default_rng(1).normal(1.0, 0.1, (200, 2))
levels = he.value.ceac(1e5 * draws, draws, [20_000, 50_000], ["chemo", "target"])
worth: pd.DataFrame = he.value.evpi(1e5 * draws, draws, 50_000, population=1_000)


def of_workbook(path: str) -> float:
    """Say what the analyses of a workbook are."""
    suite = he.run_suite(he.read_workbook(path), ["psa", "sobol"])
    if suite.psa is None or suite.sobol is None:
        return 0.0
    he.write_workbook(suite.base, "results.xlsx", **suite.analyses)
    return float(suite.psa.totals["cost"].mean()) + suite.sobol.runs


found = he.sensitivity.global_sensitivity(lambda x: x.sum(axis=1), ["a", "b"], n=64)
ranks: pd.DataFrame = found.ranked()
yearly = he.Transitions.from_matrix(["well", "dead"], {"chemo": np.array([[0.9, 0.1], [0.0, 1.0]])})
matrix = he.Transitions(["well", "dead"], {("well", "dead"): 0.1})
print(summary, levels, worth, cheaper.incremental(comparator="chemo"), matrix)
