"""What plain numpy needs for the curves of the myeloma model, summed over time: the floor of that model.

Two lognormal evaluations (overall survival at cycle edges and on the days of doses) and two exponential ones
(progression-free survival, time on treatment), chunk by chunk in the cache, weighed by as many columns as the ledger's
lines have. Prices, utilities and labels are left out. A module of its own, so that other processes find it.

In this workbook doses fall on days with which a week begins, and patients are treated until progression, so that all is
known from two evaluations at the edges: what hecon finds, a core that is told so can do too (`at_edges`).
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from scipy import special

import hecon as he

WORKBOOK = Path(__file__).resolve().parents[2] / "inputs" / "isa_dara_pd_us.xlsx"
CHUNK, MONTHS = 64, 12
#: Days on which doses are paid, and the columns of drugs, of giving them and of premedication at three horizons.
DAYS, DOSE_COLUMNS = 135, 102


def batch(draws: int = 10_000) -> he.Case:
    """The draws of the workbook."""
    return he.read_workbook(WORKBOOK).draws(draws)


def curves(case: he.Case) -> dict[str, np.ndarray]:
    """Parameters of the curves, on draws and strategies; of the days of doses as many as the model has."""
    values = case.used_values()
    of = {"overall_survival": ("meanlog", "sdlog"), "progression_free_survival": ("rate",)}
    return {
        name: values[name].sel(endpoint=endpoint, family="lognormal" if len(names) > 1 else "exponential").values
        for endpoint, names in of.items()
        for name in names
    }


def seconds(
    own: dict[str, np.ndarray], edges: np.ndarray, horizons: tuple[float, ...], at_edges: bool = False
) -> tuple[float, np.ndarray]:
    """Time one run, and give discounted life years at the horizons, by draw and strategy.

    With `at_edges` the curves on the days of doses are read off those at the edges.
    """
    location, scale, rate = (own[name][..., None] for name in ("meanlog", "sdlog", "rate"))
    days = np.linspace(0, edges[-1], DAYS)
    middle, length = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    by_cycle = [np.where(middle < h, factor * length, 0.0) for factor in (1.03**-middle, 1.0) for h in horizons]
    of_edges = np.zeros((len(edges), 2 * len(horizons)))
    of_edges[:-1] += np.array(by_cycle).T / 2
    of_edges[1:] += np.array(by_cycle).T / 2
    twice = np.tile(of_edges, 2)  # time in states and events
    of_days = np.random.default_rng(1).random((location.shape[1], DAYS, DOSE_COLUMNS))
    places = np.linspace(0, len(edges) - 1, DAYS).astype(int)
    logs = [np.log(np.maximum(MONTHS * t, 1e-300)) for t in (edges, days)]
    begin, found = time.process_time(), []
    for first in range(0, len(location), CHUNK):
        part = slice(first, first + CHUNK)
        alive, *above = (special.ndtr((location[part] - log_t) / scale[part]) for log_t in logs[: 2 - at_edges])
        stable, *by_day = (np.exp(-MONTHS * rate[part] * t) for t in (edges, days)[: 2 - at_edges])
        np.minimum(stable, alive, out=stable)
        treated = stable[..., places] if at_edges else np.minimum(by_day[0], above[0], out=by_day[0])
        found.append((alive.reshape(-1, len(edges)) @ twice)[:, : len(horizons)])
        stable.reshape(-1, len(edges)) @ twice
        for place, weights in enumerate(of_days):
            treated[:, place] @ weights
    years = np.concatenate(found).reshape(*location.shape[:2], len(horizons))
    return time.process_time() - begin, years
