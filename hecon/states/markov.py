"""Markov models: where a cohort is that moves between states by probabilities or rates.

The share of the cohort in state j at the end of a cycle is the sum over i of its share in i at the start times the
probability of moving from i to j. `markov` walks that sum over the cycles and gives an `Occupancy`, as `partition`
does: ledger, analyses and exports serve both. Shares are held as columns (state, edge, rows), with one row for each
draw, strategy and cohort, so that every step is a few products of contiguous vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError, expect
from hecon.flows import Flow, Shares, Weighed, expect_time
from hecon.frozen import frozen
from hecon.labels import CYCLE, IN_STATE, STATE, Axes, Value, axes_of, expand, join_axes, one_of
from hecon.states.chain import Chain
from hecon.states.chain_written import cut_rows
from hecon.states.columns import lay_out
from hecon.states.cycles import Steps
from hecon.states.occupancy import SAME_SUM, Occupancy, with_cohorts
from hecon.states.transitions import Remaining, Transitions
from hecon.states.walk import Columns, EnteredColumns, KnownColumns, StateColumns, Walk
from hecon.timeline import Timeline

Start = str | Mapping[str, Value | Remaining] | pd.Series | xr.DataArray


@dataclass(frozen=True, eq=False)
class Markov(Occupancy):
    """State shares of a Markov model, as columns on the edges of its steps."""

    time: Timeline
    transitions: Transitions
    row_axes: Axes
    chain: Chain
    walk: Walk
    notes: tuple[str, ...] = ()
    states: tuple[str, ...] = field(init=False)
    dead: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", tuple(self.transitions.states))
        object.__setattr__(self, "dead", tuple(self.transitions.dead or ()))

    @property
    def axes(self) -> Axes:  # type: ignore[override]  # a field elsewhere, which dataclasses cannot say
        """Dimensions of the cohort, and state last."""
        return Axes({**self.row_axes.labels, STATE: self.states})

    @property
    def steps(self) -> Steps:
        """Edges on which the chain steps."""
        return self.chain.steps

    def values(self) -> np.ndarray:
        """Give the shares by state at each edge."""
        parts = [self.within(state).values() for state in self.states]
        return np.stack(parts, axis=-2)

    @property
    def by_parts(self) -> bool:
        """Whether its shares never stood in memory as a whole."""
        return self.walk.by_parts

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh all states at once; the one that takes the rest of the cohort is weighed by difference."""
        if weights.ndim > 2:
            return super().weighed(weights)
        return _onto(self.walk.weighed(self.steps.at_edges(weights)), self.axes)

    def within(self, state: str) -> Shares:
        """Shares of one state at each edge."""
        columns = StateColumns(self.walk, self.states.index(state))
        return EdgeShares(columns, self.steps, self.row_axes, f"Share: {state}")

    def entries(self, state: str) -> StepShares:
        """Share of the cohort that enters a state in each cycle, from any other."""
        name, place = f"Entering {state}", self.states.index(state)
        if self.transitions.exits(state):
            pairs = [(origin, state) for origin in self.states if state in self.transitions.exits(origin)]
            return self._moving(pairs, name)
        if self.walk.is_lazy:
            return StepShares(EnteredColumns(self.walk, place), self.steps, self.row_axes, name)
        share = cut_rows(f"Share: {state}", self.walk.share(place), self.row_axes, self.steps, edges=True)
        return StepShares(KnownColumns(np.diff(share, axis=0)), self.steps, self.row_axes, name)

    def exits(self, state: str) -> StepShares:
        """Share of the cohort that leaves a state in each cycle, for any other."""
        return self._moving([(state, target) for target in self.transitions.exits(state)], f"Leaving {state}")

    def moved(self, origin: str, target: str) -> StepShares:
        """Share of the cohort that moves from one state to another in each cycle."""
        for name in (origin, target):
            one_of(name, self.states, "state")
        one_of(target, self.transitions.exits(origin), f"transition from '{origin}' to")
        return self._moving([(origin, target)], f"Moving {origin} to {target}")

    def _moving(self, pairs: Sequence[tuple[str, str]], name: str) -> StepShares:
        places = [(self.states.index(origin), self.states.index(target)) for origin, target in pairs]
        return StepShares(self.chain.moved(self.walk, places), self.steps, self.row_axes, name)


@frozen
class EdgeShares(Shares):
    """Columns at the edges of steps."""

    columns: Columns
    steps: Steps
    axes: Axes
    title: str = "Share"

    def values(self) -> np.ndarray:
        """Give the shares at the timeline's edges."""
        columns = cut_rows(self.title, self.columns.laid_out(), self.axes, self.steps, edges=True)
        spread = self.steps.spread(np.ascontiguousarray(columns.T))
        return spread.reshape(*self.axes.shape, spread.shape[-1])

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the columns."""
        if weights.ndim > 2:
            return super().weighed(weights)
        return _onto(self.columns.weighed(self.steps.at_edges(weights)), self.axes)


@frozen
class StepShares(Shares):
    """Columns of what happens within steps."""

    columns: Columns
    steps: Steps
    axes: Axes
    title: str = "Event"

    def values(self) -> np.ndarray:
        """Give what happens in each cycle of the timeline."""
        columns = cut_rows(self.title, self.columns.laid_out(), self.axes, self.steps, edges=False)
        shared = self.steps.shared(np.ascontiguousarray(columns.T))
        return shared.reshape(*self.axes.shape, shared.shape[-1])

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the columns."""
        if weights.ndim > 2:
            return super().weighed(weights)
        return _onto(self.columns.weighed(self.steps.within(weights)), self.axes)


def _onto(asked: Weighed, axes: Axes) -> Weighed:
    """Lay sums by row out on axes."""

    def then(parts: Sequence[np.ndarray]) -> np.ndarray:
        sums = asked.then(parts)
        return sums.reshape(*axes.shape, sums.shape[-1])

    return Weighed(asked.products, then)


def markov(
    time: Timeline,
    transitions: Transitions,
    start: Start,
    *,
    cohorts: Value | None = None,
) -> Markov:
    """Shares of the cohort by state at each cycle edge, from `transitions` and the state or states of the `start`.

    `start` is a state, or ``{state: share}`` that sums to 1 (`REMAINING` marks a complement), or a parameter by
    ``state``; shares may vary by draw, strategy or cohort. Several cohorts (ages, sexes, test results) stand on a
    dimension of their own that transitions or start vary by; `cohorts` gives their shares of the population on that
    dimension, which sum to 1, so that totals are those of the population. Probabilities are those of a model cycle,
    rates act over each cycle's own length.

    Raises `InputError` that names states, draw, strategy and cycle: a row of probabilities above 1, a start that does
    not sum to 1. A state that nobody can reach is said in the notes of the result.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))
    >>> transitions = Transitions(["well", "ill", "dead"], {("well", "ill"): 0.2, ("ill", "dead"): 0.5})
    >>> markov(time, transitions, "well").values().round(4).tolist()
    [[1.0, 0.8, 0.64], [0.0, 0.2, 0.26], [0.0, 0.0, 0.1]]
    """
    expect_time(time)
    expect(transitions, Transitions, "transitions", "he.Transitions(states, {('well', 'dead'): 0.1})")
    shares = _started(transitions, start)
    axes, weights = with_cohorts(join_axes(transitions.axes, axes_of(*shares.values())), cohorts)
    _check_start(shares, axes)
    chain = Chain.of(transitions, axes, time)
    weight = 1.0 if weights is None else weights
    count = int(np.prod(axes.shape, dtype=int))
    first = [
        np.broadcast_to(expand(shares.get(state, 0.0), axes) * weight, axes.shape).reshape(count)
        for state in transitions.states
    ]
    where = f"no transitions lead there from the start ({', '.join(shares)})"
    notes = tuple(
        f"{place}: nobody is ever in state '{state}', for {where}."
        if (place := transitions.where(state)) != state
        else f"Nobody is ever in state '{state}', for {where}."
        for state in transitions.unreachable(shares)
    )
    return Markov(time, transitions, axes, chain, chain.walk(first), notes)


def arriving(state: Markov, target: str, *, origin: str | None = None) -> Flow:
    """Share of the cohort that arrives in a state (from one other, or from any), counted at the edge it arrives at.

    Models that value an array of transitions by cycle of arrival weigh and discount an arrival as they do those present
    at that edge. `moving` and `entering` count the same people as events within the cycle, which is what they are.
    """
    one_of(target, state.states, "state")
    moving = state.entries(target) if origin is None else state.moved(origin, target)
    moves = moving.columns.laid_out()
    arrived = np.concatenate([np.zeros((1, moves.shape[1])), moves / state.time.settings.cycle_years])
    name = f"Arriving in {target}" + (f" from {origin}" if origin is not None else "")
    at_edges = EdgeShares(KnownColumns(arrived), state.steps, state.row_axes, name)
    return Flow(state.time, "residence", at_edges, name, target, by_year=True)


def years_by_time_in(state: Markov, name: str, worth: Value) -> Flow:
    """Years in one state, each multiplied by what it is worth after the time spent there: cost or utility a year.

    `worth` has a dimension ``in_state`` (cycles spent in the state so far, or since its clock began where states share
    one; the last value holds for longer) and any others: the flow is ``he.cost("Care",
    he.states.years_by_time_in(state, "sick", p.cost_by_year))``. What varies by ``cycle`` is a factor of the line.
    """
    one_of(name, state.states, "state")
    if state.transitions.kind == "rate":
        raise InputError("the worth", [Fault(IN_STATE, "time in state is known with probabilities, not with rates")])
    place = state.states.index(name)
    if IN_STATE not in axes_of(worth).labels:
        raise InputError(
            "the worth", [Fault(IN_STATE, "is not among its dimensions; multiply he.years_in(...) instead")]
        )
    if CYCLE in axes_of(worth).labels:
        what = "varies by it too; make that part a factor of the line: he.cost('Care', flow, p.cost_by_cycle)"
        raise InputError("the worth", [Fault(CYCLE, what)])
    rest = axes_of(worth).without(IN_STATE)
    axes = join_axes(state.row_axes, rest)
    extra = [dim for dim in rest.dims if dim not in state.row_axes.labels]
    if extra:
        what = f"varies by {', '.join(extra)}, which the states do not; multiply the flow by that part instead"
        raise InputError("the worth", [Fault(name, what)])
    worths = lay_out(worth, axes, state.steps, state.time.cycles, name)
    walked = state.chain.walked_again(state.walk, place, worths.longest)
    columns = np.stack([tunnel.weighed(worths.at(0)) for tunnel in walked])
    title = f"Worth of years {name}, by time there"
    return Flow(state.time, "residence", EdgeShares(KnownColumns(columns), state.steps, axes, title), title, name)


def _started(transitions: Transitions, start: Start) -> dict[str, Value]:
    if isinstance(start, str):
        start = {start: 1.0}
    elif isinstance(start, pd.Series):
        start = {str(name): share for name, share in start.items()}
    elif isinstance(start, xr.DataArray) and STATE in start.dims:
        start = {str(name): start.sel({STATE: name}, drop=True) for name in start.coords[STATE].values}
    if not isinstance(start, Mapping):
        what = f"is {type(start).__name__}; give a state, {{state: share}}, or shares labelled by '{STATE}'"
        raise InputError("the start", [Fault("start", what)])
    for state in start:
        one_of(state, transitions.states, "state")
    open_ = [state for state, share in start.items() if isinstance(share, Remaining)]
    if len(open_) > 1:
        raise InputError(
            "the start", [Fault(open_[1], f"is the second complement, after '{open_[0]}'; one is allowed")]
        )
    given = {state: share for state, share in start.items() if not isinstance(share, Remaining)}
    return {**given, **({open_[0]: 1 - sum(given.values())} if open_ else {})}


def _check_start(shares: Mapping[str, Value], axes: Axes) -> None:
    total = np.zeros(())
    for state, share in shares.items():
        values = expand(share, axes)
        if values.dtype == object:
            return
        if not values.min() >= -SAME_SUM:
            raise InputError("the start", [Fault(state, f"its share is {values.min():g}; it must be at least 0")])
        total = total + values
    if not np.abs(total - 1).max() <= SAME_SUM:
        found = total.ravel()[np.argmax(np.abs(total - 1))]
        raise InputError("the start", [Fault("shares", f"sum to {found:.6g} over the states; they must sum to 1")])
