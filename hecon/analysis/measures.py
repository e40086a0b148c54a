"""What is measured: the parts of the ledger that make a total, for everyone and for a patient of each cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from hecon.costing.ledger import Settled
from hecon.labels import DRAW, STATE, STRATEGY, Axes

#: The state whose years are the progression-free life years.
PROGRESSION_FREE = "progression_free"
MEASURES = ("cost", "life_years", "progression_free_life_years", "qaly")


def sums_of_measure(lines: Sequence[Settled], measure: str) -> Iterator[tuple[np.ndarray, Axes]]:
    """Give the sums that a measure is made of, a line each, with their axes: 2 (discounted, not) and horizons last."""
    kind = "life_years" if measure == "progression_free_life_years" else measure
    for line in (line for line in lines if line.kind == kind):
        if measure == kind:
            yield line.sums, line.axes
            continue
        states = line.axes.labels.get(STATE, ())
        if isinstance(states, tuple) and PROGRESSION_FREE in states:
            place = line.axes.dims.index(STATE)
            yield line.sums.take([states.index(PROGRESSION_FREE)], axis=place), Axes({**line.axes.labels, STATE: 1})


def cohort_shares(occupancy: xr.DataArray, cohorts: Sequence[str], strategies: Sequence[str]) -> xr.DataArray:
    """Give the share of each cohort in the population at the start, on strategy and the dimensions of the cohorts."""
    start = occupancy.isel(edge=0).sum(STATE)
    if STRATEGY not in start.dims:
        start = start.expand_dims({STRATEGY: list(strategies)})
    return start.transpose(STRATEGY, *cohorts)


def for_each_patient(lines: Sequence[Settled], measure: str, shares: xr.DataArray, twin: int) -> np.ndarray | None:
    """Discounted (`twin` 0) or undiscounted (1) sums of a measure by strategy, cohorts and horizon; None without lines.

    A ledger counts each cohort by its share of the population: what is counted for one is divided by its share. A
    line that does not tell a dimension of cohorts apart is the same for a patient of each of them.
    """
    total: np.ndarray | None = None
    cohorts = [str(dim) for dim in shares.dims if dim != STRATEGY]
    for sums, axes in sums_of_measure(lines, measure):
        assert DRAW not in axes.labels
        own = [dim for dim in axes.dims if dim in cohorts]
        rest = tuple(place for place, dim in enumerate(axes.dims) if dim not in (STRATEGY, *own))
        values = sums[..., twin, :].sum(axis=rest)
        kept = [dim for dim in axes.dims if dim in (STRATEGY, *own)]
        part = xr.DataArray(values, dims=[*kept, "horizon"])
        weight = xr.DataArray(shares.values, dims=shares.dims).sum([dim for dim in cohorts if dim not in own])
        with np.errstate(invalid="ignore", divide="ignore"):
            each = part / weight if own else part
        whole = each.broadcast_like(
            xr.DataArray(np.zeros((*shares.shape, values.shape[-1])), dims=[*shares.dims, "horizon"])
        )
        laid_out = whole.transpose(*shares.dims, "horizon").values
        total = laid_out.copy() if total is None else total + laid_out
    return total
