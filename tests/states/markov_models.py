"""Small pieces that the tests of Markov models share."""

import numpy as np
import xarray as xr

import hecon as he

STATES = ["well", "ill", "dead"]
MOVES = {("well", "ill"): 0.2, ("well", "dead"): 0.05, ("ill", "well"): 0.1, ("ill", "dead"): 0.3}


def timeline(*horizons, **settings):
    base = {"horizons": horizons or (8,), "cycle_length": 1, "cycle_unit": "year"}
    return he.Timeline.regular(he.Settings(**(base | settings)))


def shares(moves=MOVES, time=None, start="well", **options):
    time = time or timeline()
    return he.markov(time, he.Transitions(STATES, moves, **options), start)


def matrix(moves):
    """Matrix of probabilities (staying is the rest)."""
    result = np.zeros((3, 3))
    for (origin, target), value in moves.items():
        result[STATES.index(origin), STATES.index(target)] = value
    return result + np.diag(1 - result.sum(axis=1))


def generator(moves):
    """Matrix of rates whose rows sum to 0."""
    return matrix(moves) - np.eye(3)


def by_strategy(*values):
    return xr.DataArray(list(values), dims="strategy", coords={"strategy": ["A", "B"][: len(values)]})


def on(dims, values, **coords):
    return xr.DataArray(np.asarray(values, dtype=float), dims=dims, coords=coords)
