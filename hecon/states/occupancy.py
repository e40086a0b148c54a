"""What every model structure gives: the share of the cohort by state at each cycle edge.

Partitioned survival and Markov models both end as an `Occupancy`; ledger, analyses and exports serve
both without knowing which it was.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import xarray as xr

from hecon.flows import DenseShares, Flow, Shares
from hecon.labels import STATE, Axes, one_of, wrap
from hecon.timeline import Timeline


class Occupancy(Shares):
    """Shares by state at each cycle edge: laid out on draw, strategy, ..., state and then edge; they sum to 1."""

    time: Timeline
    states: tuple[str, ...]
    dead: tuple[str, ...]

    @abstractmethod
    def entries(self, state: str) -> Shares:
        """Share of the cohort that enters a state in each cycle."""

    def within(self, state: str) -> Shares:
        """Shares of one state at each edge."""
        values = np.ascontiguousarray(self.values()[..., self.states.index(state), :])
        return DenseShares(values, self.axes.without(STATE))

    def labelled(self) -> xr.DataArray:
        """Give the shares with their labels; the last dimension is ``edge``."""
        return wrap(self.values(), self.axes, edge=len(self.time.edges))


def years_in(time: Timeline, shares: Shares, state: str | None = None) -> Flow:
    """Years spent in each state (or in one of them): the flow of costs per year and of utilities.

    How time accrues within a cycle is the setting ``accrual``. `shares` is what `partition` or a Markov model
    gives, or any shares at cycle edges.
    """
    if state is None:
        return Flow(time, "residence", shares, "Years")
    if not isinstance(shares, Occupancy):
        raise TypeError("years in one state are asked of a partition or a Markov model")
    return Flow(time, "residence", shares.within(one_of(state, shares.states, "state")), f"Years {state}")


def entering(occupancy: Occupancy, state: str) -> Flow:
    """Share of the cohort that enters a state in each cycle: the flow of costs and losses paid at an event.

    Counted when it happens: no half-cycle correction ever touches it. In a partition the deaths are exact;
    entries to a state between the first and death count every fall of the curve below it, see `partition`.
    """
    one_of(state, occupancy.states, "state")
    return Flow(occupancy.time, "event", occupancy.entries(state), f"Entering {state}")


def alive(occupancy: Occupancy) -> xr.DataArray:
    """Give 1 for each state in which patients are alive and 0 for death; dimension ``state``."""
    flags: Sequence[float] = [0.0 if state in occupancy.dead else 1.0 for state in occupancy.states]
    return wrap(np.array(flags), Axes({STATE: occupancy.states}))
