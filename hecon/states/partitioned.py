"""Partitioned survival: state shares read off nested survival curves.

With curves S1 <= S2 <= ... <= SN (overall survival last), the share in state 1 is S1, in state k it is
Sk - S(k-1), and dead is 1 - SN (NICE DSU Technical Support Document 19, section 2). Fitted curves can cross; the
setting ``crossing`` says what is done then, and every result says how often and how far they did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any, overload

import numpy as np

from hecon.errors import AlignmentError, HeconError
from hecon.flows import (
    DenseShares,
    FallShares,
    Flow,
    Shares,
    SharesAtTimes,
    SumOverTime,
    SurvivalCurve,
    Weighed,
    expect_curve,
    expect_time,
    survival_at,
)
from hecon.frozen import frozen
from hecon.labels import DRAW, EDGE, STATE, Axes, Value, join_axes
from hecon.rows import AtPlaces, InParts, Laid, whole_of
from hecon.settings import CROSSINGS
from hecon.states.crossing import Capped, Crossings, nest, smaller
from hecon.states.given_shares import GivenShares, of_shares
from hecon.states.occupancy import Occupancy, with_cohorts
from hecon.symbols.draft import named, times_at
from hecon.timeline import Timeline


@frozen
class Partition(Occupancy):
    """State shares as differences of nested curves; only the curves are held.

    Where there are several cohorts the curves start from the share of each, which `whole` keeps.
    """

    time: Timeline
    states: tuple[str, ...]
    curves: tuple[Laid, ...]
    curve_axes: Axes
    counted: Sequence[Crossings | Capped]
    whole: np.ndarray | float = 1.0
    dead: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dead", self.states[-1:])

    @cached_property
    def crossings(self) -> Crossings:
        """How often and how far curves crossed."""
        each = [one.crossings if isinstance(one, Capped) else one for one in self.counted]
        return reduce(lambda one, other: one + other, each)

    @property
    def by_parts(self) -> bool:
        """Whether its curves were worked out some draws at a time all along."""
        return all(isinstance(curve, InParts) and not curve.is_whole for curve in self.curves)

    @property
    def axes(self) -> Axes:  # type: ignore[override]  # a field elsewhere, which dataclasses cannot say
        """Dimensions of the curves, and state last."""
        return Axes({**self.curve_axes.labels, STATE: self.states})

    def values(self) -> np.ndarray:
        """Give the shares by state at each edge."""
        curves = [whole_of(curve) for curve in self.curves]
        shares = _differences([*curves, np.broadcast_to(self.whole, curves[0].shape)], axis=-2)
        return named("Share", shares, self.axes, EDGE)

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the curves, then take differences: one matrix product a curve instead of one a state."""
        if weights.ndim > 2:
            return super().weighed(weights)

        def then(parts: Sequence[np.ndarray]) -> np.ndarray:
            whole = np.broadcast_to(self.whole * weights.sum(axis=0), parts[0].shape)
            return _differences([*parts, whole], axis=-2)

        return Weighed(tuple(SumOverTime(curve, weights) for curve in self.curves), then)

    def within(self, state: str) -> Shares:
        """Shares of one state: the curve above it less the curve below it."""
        place = self.states.index(state)
        inner = [self.curves[place - 1]] if place > 0 else []
        outer = [self.curves[place]] if place < len(self.curves) else []
        return _Between(inner, outer, self.curve_axes, self.whole)

    def entries(self, state: str) -> Shares:
        """Falls of the curve below the state: for death the deaths, for the first state nobody."""
        place = self.states.index(state)
        if place == 0:
            return DenseShares(np.zeros((*self.curve_axes.shape, self.time.cycles)), self.curve_axes)
        return FallShares(self.curves[place - 1], self.curve_axes)

    def exits(self, state: str) -> Shares:
        """Falls of the curve of the state; nobody leaves death."""
        place = self.states.index(state)
        if place == len(self.curves):
            return DenseShares(np.zeros((*self.curve_axes.shape, self.time.cycles)), self.curve_axes)
        return FallShares(self.curves[place], self.curve_axes)

    def moved(self, origin: str, target: str) -> Shares:
        """Falls of the curve between two states that follow each other; a partition knows no other moves."""
        place = self.states.index(origin)
        if target not in self.states[place + 1 : place + 2]:
            known = ", ".join(f"{a} to {b}" for a, b in pairwise(self.states))
            raise HeconError(f"a partition does not know who moves from '{origin}' to '{target}', only: {known}")
        return FallShares(self.curves[place], self.curve_axes)

    def living(self) -> Shares:
        """The outermost curve."""
        return _Between([], [self.curves[-1]], self.curve_axes, self.whole)


@frozen
class _Between(Shares):
    """Shares of one state of a partition: `outer` curve (`whole` if there is none) less the `inner` one (0 if none)."""

    inner: list[Laid]
    outer: list[Laid]
    axes: Axes
    whole: np.ndarray | float

    def values(self) -> np.ndarray:
        """Give the shares at each edge."""
        outer = whole_of(self.outer[0]) if self.outer else np.broadcast_to(self.whole, self.inner[0].shape)
        return outer - whole_of(self.inner[0]) if self.inner else outer

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the curves, then take the difference: the shares by edge are never formed."""

        def then(parts: Sequence[np.ndarray]) -> np.ndarray:
            outer = parts[0] if self.outer else self.whole * weights.sum(axis=-2)
            return outer - parts[-1] if self.inner else outer

        return Weighed(tuple(SumOverTime(curve, weights) for curve in (*self.outer, *self.inner)), then)


def _differences(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    return np.stack([parts[0], *(outer - inner for inner, outer in zip(parts, parts[1:], strict=False))], axis=axis)


@overload
def partition(
    time: Timeline,
    *,
    states: Sequence[str] | None = ...,
    crossing: str | None = ...,
    cohorts: Value | None = ...,
    **curves: SurvivalCurve,
) -> Partition: ...


@overload
def partition(time: Timeline, shares: Mapping[str, Value], *, cohorts: Value | None = ...) -> GivenShares: ...


def partition(
    time: Timeline,
    shares: Any = None,
    *,
    states: Sequence[str] | None = None,
    crossing: str | None = None,
    cohorts: Value | None = None,
    **curves: Any,
) -> Partition | GivenShares:
    """Shares of the cohort by state at each cycle edge, from nested survival curves, innermost first.

    `curves` are given in nested order, overall survival last: with two of them, ``progression_free=...,
    overall=...``, the states are the first curve's name, ``progressed`` and ``dead``; with more, `states` names
    them (one more than there are curves). `crossing` is the setting of that name unless given:
    ``cap_pfs`` lowers the inner curve to the outer one, ``raise_os`` raises the outer one, ``max_hazard`` gives the
    inner curve at least the outer one's hazard in every cycle, ``error`` raises `CrossingError`.

    Curves that vary by another dimension than draw and strategy (responders and others, age groups) need the share of
    each cohort in the population, `cohorts`, so that totals are those of the population.

    In the place of curves a mapping of state to its share: ``partition(time, {"stable": curve, "worse": [0, 0.1, ...],
    "dead": he.REMAINING})``. A share is a number, a curve, or values by edge (a list, or a labelled array with
    dimension ``edge``); they are at least 0 and sum to 1 at every edge, or `InputError` says where not; `REMAINING`
    marks what the others leave. Shares say who is where and who dies, but not who moves otherwise: `entering` any state
    but death, `leaving` and `moving` raise `HeconError`. Death is the state called so, or the last one.

    >>> from hecon import Exponential, Settings, Timeline
    >>> time = Timeline.regular(Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> shares = partition(time, progression_free=Exponential(1.0), overall=Exponential(0.5))
    >>> shares.values().sum(axis=0).round(12).tolist()
    [1.0, 1.0]
    >>> from hecon import REMAINING
    >>> partition(time, {"well": Exponential(1.0), "ill": [0, 0.3], "dead": REMAINING}).values()[:, 1].round(4).tolist()
    [0.3679, 0.3, 0.3321]
    """
    expect_time(time)
    if shares is not None:
        if states is not None or crossing is not None or curves:
            raise AlignmentError("a partition is given by curves, or by shares by state; these name their own states")
        return of_shares(time, shares, cohorts)
    rule = crossing or time.settings.crossing
    if rule not in CROSSINGS:
        raise AlignmentError(f"crossing is {rule!r}; it must be one of {', '.join(CROSSINGS)}")
    if states is None:
        states = _default_states(tuple(curves))
    if len(states) != len(curves) + 1:
        raise AlignmentError(f"{len(curves)} curves make {len(curves) + 1} states, but {len(states)} are named")
    for name, curve in curves.items():
        expect_curve(curve, name)
    given = [survival_at(curve, time.edges) for curve in curves.values()]
    axes, weights = with_cohorts(join_axes(*(own for _, own in given)), cohorts)
    arrays = [_spread(array, own, axes) for array, own in given]
    arrays, counted = nest(arrays, axes, rule, time, tuple(curves))
    if weights is None:
        return Partition(time, tuple(states), tuple(arrays), axes, counted)
    whole = weights[..., None]
    return Partition(time, tuple(states), tuple(whole_of(array) * whole for array in arrays), axes, counted, whole)


def share_at_start(
    time: Timeline, curve: SurvivalCurve, ceiling: SurvivalCurve | None = None, *, cohorts: Value | None = None
) -> Flow:
    """Share still event-free on `curve`: on the days of doses, and at the start of each cycle.

    A line of doses (``drug_cost``, ``administration_cost``, ``premedication_cost``) asks for the share on the days on
    which they are paid (see `hecon.timeline.DoseDays`); with any other factor the share at the start of each cycle
    counts.

    With a `ceiling` (overall survival for time on treatment), nobody is counted above it. `cohorts` are the shares of
    several cohorts, as in `partition`.
    """
    expect_time(time)
    expect_curve(curve, "curve")
    if ceiling is not None:
        expect_curve(ceiling, "ceiling")
    name = str(getattr(curve, "name", "") or "Share at the start of the cycle")
    axes = join_axes(curve.axes, *([ceiling.axes] if ceiling is not None else []))
    axes, weights = with_cohorts(axes, cohorts)
    return Flow(time, "start", _OnCurve(time, name, curve, ceiling, axes, weights), name)


@frozen
class _OnCurve(SharesAtTimes):
    """Shares on a curve below its `ceiling`; each cohort counts by its weight."""

    time: Timeline
    name: str
    curve: SurvivalCurve
    ceiling: SurvivalCurve | None
    axes: Axes
    weights: np.ndarray | None
    _known: list[tuple[np.ndarray, Laid]] = field(default_factory=list)

    @property
    def between_edges(self) -> bool:
        """Whether one of the curves is that of a model, known at cycle edges only."""
        return any(getattr(curve, "between_edges", False) for curve in (self.curve, self.ceiling))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Give the shares at times; several ledger lines ask for the same ones."""
        return whole_of(self.laid_out(times))

    def laid_out(self, times: np.ndarray) -> Laid:
        """Give the shares at times, worked out some draws at a time where the curves are."""
        for known, values in self._known:
            if known is times:
                return values
        self._known.append((times, self._at(times)))
        return self._known[-1][1]

    def _at(self, times: np.ndarray) -> Laid:
        edges, places = self.time.edges, self.time.edges_at(times)
        if times is not edges and places is not None and DRAW in self.axes.labels:
            # Whoever asks for days asks for edges as well: shares that are known there are not worked out again.
            at_edges = self.laid_out(edges)
            if isinstance(at_edges, InParts):
                return AtPlaces(at_edges, places)
        values, axes = survival_at(self.curve, times)
        along = times_at(times)[1]
        if self.ceiling is not None:
            above, above_axes = survival_at(self.ceiling, times)
            joint = join_axes(axes, above_axes)
            values = smaller(_spread(values, axes, joint), _spread(above, above_axes, joint))
            axes = joint
            if isinstance(values, np.ndarray):
                values = named(f"{self.name}, alive", values, axes, along)
        if self.weights is not None:
            spread = _spread(whole_of(values), axes, self.axes)
            values = named(f"{self.name}, by cohort", spread * self.weights[..., None], self.axes, along)
        return values


def _default_states(names: tuple[str, ...]) -> list[str]:
    if len(names) > 2:
        raise AlignmentError(f"a partition of {len(names)} curves needs states=[...] with {len(names) + 1} names")
    return [names[0], "progressed", "dead"] if len(names) == 2 else ["alive", "dead"]


@overload
def _spread(values: np.ndarray, own: Axes, axes: Axes) -> np.ndarray: ...


@overload
def _spread(values: Laid, own: Axes, axes: Axes) -> Laid: ...


def _spread(values: Laid, own: Axes, axes: Axes) -> Laid:
    """Broadcast a curve to the axes of all of them; a copy only where it must be."""
    if own.dims == axes.dims:
        return values
    array = whole_of(values)
    sizes = iter(array.shape[:-1])
    shape = [next(sizes) if dim in own.labels else 1 for dim in axes.dims]
    return np.ascontiguousarray(np.broadcast_to(array.reshape(*shape, array.shape[-1]), (*axes.shape, array.shape[-1])))
