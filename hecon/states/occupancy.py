"""What every model structure gives: the share of the cohort by state at each cycle edge.

Partitioned survival and Markov models both end as an `Occupancy`; ledger, analyses and exports serve
both without knowing which it was.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import xarray as xr

from hecon.errors import Fault, HeconError, InputError, expect
from hecon.flows import DenseShares, Flow, Shares, expect_time
from hecon.labels import DRAW, STATE, STRATEGY, Axes, Value, axes_of, expand, join_axes, one_of, wrap
from hecon.timeline import Timeline

#: Shares may miss 1 by this much: the rounding of a printed table is larger, that of a file smaller.
SAME_SUM = 1e-9


class Occupancy(Shares):
    """Shares by state at each cycle edge: laid out on draw, strategy, ..., state and then edge.

    They are shares of the population and sum to 1 over states, and over cohorts where there are several.
    """

    time: Timeline
    states: tuple[str, ...]
    dead: tuple[str, ...]
    #: What a reader of the result should know about where patients are.
    notes: tuple[str, ...] = ()

    @property
    def by_parts(self) -> bool:
        """Whether shares were summed over time some draws at a time, and never stood in memory as a whole."""
        return False

    @abstractmethod
    def entries(self, state: str) -> Shares:
        """Share of the cohort that enters a state in each cycle."""

    @abstractmethod
    def exits(self, state: str) -> Shares:
        """Share of the cohort that leaves a state in each cycle."""

    @abstractmethod
    def moved(self, origin: str, target: str) -> Shares:
        """Share of the cohort that moves from one state to another in each cycle; `HeconError` where nobody can."""

    def within(self, state: str) -> Shares:
        """Shares of one state at each edge."""
        values = np.ascontiguousarray(self.values()[..., self.states.index(state), :])
        return DenseShares(values, self.axes.without(STATE))

    def living(self) -> Shares:
        """Share alive at each edge."""
        alive = [self.within(state).values() for state in self.states if state not in self.dead]
        return DenseShares(np.asarray(sum(alive[1:], alive[0])), self.axes.without(STATE))

    def labelled(self) -> xr.DataArray:
        """Give the shares with their labels; the last dimension is ``edge``."""
        return wrap(self.values(), self.axes, edge=len(self.time.edges))


def with_cohorts(axes: Axes, cohorts: Value | None) -> tuple[Axes, np.ndarray | None]:
    """Join the shares of several cohorts to the dimensions of a model, and give them laid out on those; checked.

    What varies by another dimension than draw and strategy is followed for each cohort apart: each is counted by its
    share of the population, which must be known.
    """
    if cohorts is not None:
        axes = join_axes(axes, axes_of(cohorts))
    other = tuple(place for place, dim in enumerate(axes.dims) if dim not in (DRAW, STRATEGY))
    if cohorts is None:
        if other:
            dims = ", ".join(axes.dims[place] for place in other)
            what = f"the states vary by {dims}; give the share of each in the population: cohorts=p.share"
            raise InputError("the start", [Fault("cohorts", what)])
        return axes, None
    weights = expand(cohorts, axes)
    if weights.dtype != object:
        sums = np.broadcast_to(weights, axes.shape).sum(axis=other)
        if not (weights.min() >= 0 and np.abs(sums - 1).max() <= SAME_SUM):
            what = f"sum to {sums.ravel()[np.argmax(np.abs(sums - 1))]:.6g}; they are at least 0 and sum to 1"
            raise InputError("the start", [Fault("cohorts", what)])
    return axes, weights


def _expect_states(given: object) -> None:
    expect(given, Occupancy, "state", "what he.partition or he.markov gives")


def years_in(time: Timeline, shares: Shares, state: str | None = None) -> Flow:
    """Years spent in each state (or in one of them): the flow of costs per year and of utilities.

    How time accrues within a cycle is the setting ``accrual``. `shares` is what `partition` or a Markov model
    gives, or any shares at cycle edges.
    """
    expect_time(time)
    if not isinstance(shares, Shares):
        raise HeconError(
            f"years_in takes what he.partition or a Markov model gives, not {type(shares).__name__}; a curve alone "
            "makes two states, alive and dead: he.partition(time, overall=curve)"
        )
    if state is None:
        return Flow(time, "residence", shares, "Years")
    if not isinstance(shares, Occupancy):
        raise HeconError("years in one state are asked of a partition or a Markov model")
    return Flow(time, "residence", shares.within(one_of(state, shares.states, "state")), f"Years {state}", state)


def entering(occupancy: Occupancy, state: str) -> Flow:
    """Share of the cohort that enters a state in each cycle: the flow of costs and losses paid at an event.

    Counted when it happens: no half-cycle correction ever touches it. In a partition the deaths are exact;
    entries to a state between the first and death count every fall of the curve below it, see `partition`.
    """
    _expect_states(occupancy)
    one_of(state, occupancy.states, "state")
    return Flow(occupancy.time, "event", occupancy.entries(state), f"Entering {state}", state)


def leaving(occupancy: Occupancy, state: str) -> Flow:
    """Share of the cohort that leaves a state in each cycle, for any other: the flow of what an exit costs.

    Counted when it happens, as `entering` is. In a Markov model these are its moves; in a partition the falls of the
    curve of the state: whoever leaves it by progression or by death.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> state = he.partition(time, progression_free=he.Exponential(1.0), overall=he.Exponential(0.5))
    >>> leaving(state, "progression_free").values.round(4).tolist()
    [0.6321]
    """
    _expect_states(occupancy)
    one_of(state, occupancy.states, "state")
    return Flow(occupancy.time, "event", occupancy.exits(state), f"Leaving {state}")


def moving(occupancy: Occupancy, origin: str, target: str) -> Flow:
    """Share of the cohort that moves from one state to another in each cycle: the flow of what a transition costs.

    An event: never half-cycle corrected. In a Markov model it is exact with rates, moves that are followed by another
    within the cycle included. A partition knows moves to the next state only, and those count every fall of the curve
    between the two (see `partition`); others raise `HeconError`.
    """
    _expect_states(occupancy)
    for name in (origin, target):
        one_of(name, occupancy.states, "state")
    return Flow(occupancy.time, "event", occupancy.moved(origin, target), f"Moving {origin} to {target}", target)


def alive(occupancy: Occupancy) -> xr.DataArray:
    """Give 1 for each state in which patients are alive and 0 for death; dimension ``state``."""
    _expect_states(occupancy)
    flags: Sequence[float] = [0.0 if state in occupancy.dead else 1.0 for state in occupancy.states]
    return wrap(np.array(flags), Axes({STATE: occupancy.states}))
