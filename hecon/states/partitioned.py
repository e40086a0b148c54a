"""Partitioned survival: state shares read off nested survival curves.

With curves S1 <= S2 <= ... <= SN (overall survival last), the share in state 1 is S1, in state k it is
Sk - S(k-1), and dead is 1 - SN (NICE DSU Technical Support Document 19, section 2). Fitted curves can cross; the
setting ``crossing`` says what is done then, and every result says how often and how far they did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, overload

import numpy as np

from hecon.errors import AlignmentError, CrossingError, HeconError
from hecon.flows import (
    DenseShares,
    FallShares,
    Flow,
    Shares,
    SharesAtTimes,
    SurvivalCurve,
    contract,
    expect_curve,
    expect_time,
)
from hecon.labels import CYCLE, EDGE, STATE, STRATEGY, Axes, Value, join_axes
from hecon.scratch import scratch, tiles
from hecon.settings import CROSSINGS
from hecon.states.given_shares import GivenShares, of_shares
from hecon.states.occupancy import Occupancy, with_cohorts
from hecon.symbols.draft import largest, named, running, span_of, times_at, watch
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import maximum, minimum, most_of, share_of
from hecon.timeline import Timeline

#: Curves closer than this have not crossed: it is rounding.
_SAME_SHARE = 1e-12


@dataclass(frozen=True)
class Crossings:
    """How often and how far an inner curve lay above an outer one, before the crossing rule acted.

    Arrays by strategy (length 1 where the curves do not differ by strategy): `draws` that crossed anywhere,
    `edges` (summed over draws) at which they did, the `widest` gap, and the `first` time in years.
    """

    rule: str
    draws: np.ndarray
    edges: np.ndarray
    widest: np.ndarray
    first: np.ndarray

    def __add__(self, other: Crossings) -> Crossings:
        """Join the counts of two blocks of draws, or of two pairs of curves."""
        return Crossings(
            self.rule,
            self.draws + other.draws,
            self.edges + other.edges,
            np.maximum(self.widest, other.widest),
            np.minimum(self.first, other.first),
        )


@dataclass(frozen=True, eq=False)
class Partition(Occupancy):
    """State shares as differences of nested curves; only the curves are held.

    Where there are several cohorts the curves start from the share of each, which `whole` keeps.
    """

    time: Timeline
    states: tuple[str, ...]
    curves: tuple[np.ndarray, ...]
    curve_axes: Axes
    crossings: Crossings
    whole: np.ndarray | float = 1.0
    dead: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dead", self.states[-1:])

    @property
    def axes(self) -> Axes:  # type: ignore[override]  # a field elsewhere, which dataclasses cannot say
        """Dimensions of the curves, and state last."""
        return Axes({**self.curve_axes.labels, STATE: self.states})

    def values(self) -> np.ndarray:
        """Give the shares by state at each edge."""
        shares = _differences([*self.curves, np.broadcast_to(self.whole, self.curves[0].shape)], axis=-2)
        return named("Share", shares, self.axes, EDGE)

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the curves, then take differences: one matrix product a curve instead of one a state."""
        parts = [contract(curve, weights) for curve in self.curves]
        whole = np.broadcast_to(self.whole * weights.sum(axis=0), parts[0].shape)
        return _differences([*parts, whole], axis=-2)

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
        return DenseShares(self.curves[-1], self.curve_axes)


@dataclass(frozen=True, eq=False)
class _Between(Shares):
    """Shares of one state of a partition: `outer` curve (`whole` if there is none) less the `inner` one (0 if none)."""

    inner: list[np.ndarray]
    outer: list[np.ndarray]
    axes: Axes
    whole: np.ndarray | float

    def values(self) -> np.ndarray:
        """Give the shares at each edge."""
        outer = self.outer[0] if self.outer else np.broadcast_to(self.whole, self.inner[0].shape)
        return outer - self.inner[0] if self.inner else outer

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the curves, then take the difference: the shares by edge are never formed."""
        outer = contract(self.outer[0], weights) if self.outer else self.whole * weights.sum(axis=0)
        return outer - contract(self.inner[0], weights) if self.inner else outer


def _differences(parts: list[np.ndarray], axis: int) -> np.ndarray:
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
    laid_out = [curve.at_edges(time.edges) for curve in curves.values()]
    axes, weights = with_cohorts(join_axes(*(own for _, own in laid_out)), cohorts)
    arrays = [_spread(array, own, axes) for array, own in laid_out]
    arrays, crossings = _nest(arrays, axes, rule, time, tuple(curves))
    if weights is None:
        return Partition(time, tuple(states), tuple(arrays), axes, crossings)
    whole = weights[..., None]
    return Partition(time, tuple(states), tuple(array * whole for array in arrays), axes, crossings, whole)


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


@dataclass(frozen=True, eq=False)
class _OnCurve(SharesAtTimes):
    """Shares on a curve below its `ceiling`; each cohort counts by its weight."""

    time: Timeline
    name: str
    curve: SurvivalCurve
    ceiling: SurvivalCurve | None
    axes: Axes
    weights: np.ndarray | None
    _known: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @property
    def between_edges(self) -> bool:
        """Whether one of the curves is that of a model, known at cycle edges only."""
        return any(getattr(curve, "between_edges", False) for curve in (self.curve, self.ceiling))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Give the shares at times; several ledger lines ask for the same ones."""
        for known, values in self._known:
            if known is times:
                return values
        self._known.append((times, self._at(times)))
        return self._known[-1][1]

    def _at(self, times: np.ndarray) -> np.ndarray:
        values, axes = self.curve.at_edges(times)
        along = times_at(times)[1]
        if self.ceiling is not None:
            above, above_axes = self.ceiling.at_edges(times)
            joint = join_axes(axes, above_axes)
            values = _smaller(_spread(values, axes, joint), _spread(above, above_axes, joint))
            axes = joint
            values = named(f"{self.name}, alive", values, axes, along)
        if self.weights is not None:
            spread = _spread(values, axes, self.axes)
            values = named(f"{self.name}, by cohort", spread * self.weights[..., None], self.axes, along)
        return values


def _default_states(names: tuple[str, ...]) -> list[str]:
    if len(names) > 2:
        raise AlignmentError(f"a partition of {len(names)} curves needs states=[...] with {len(names) + 1} names")
    return [names[0], "progressed", "dead"] if len(names) == 2 else ["alive", "dead"]


def _spread(array: np.ndarray, own: Axes, axes: Axes) -> np.ndarray:
    """Broadcast a curve to the axes of all of them; a copy only where it must be."""
    if own.dims == axes.dims:
        return array
    sizes = iter(array.shape[:-1])
    shape = [next(sizes) if dim in own.labels else 1 for dim in axes.dims]
    return np.ascontiguousarray(np.broadcast_to(array.reshape(*shape, array.shape[-1]), (*axes.shape, array.shape[-1])))


def _nest(
    arrays: list[np.ndarray], axes: Axes, rule: str, time: Timeline, names: tuple[str, ...]
) -> tuple[list[np.ndarray], Crossings]:
    by_strategy = int(np.prod(axes.only(STRATEGY).shape))
    none = np.zeros(by_strategy)
    crossings = Crossings(rule, none, none, none, np.full(by_strategy, np.inf))
    order = range(len(arrays) - 1) if rule == "raise_os" else range(len(arrays) - 2, -1, -1)
    for place in order:
        inner, outer = arrays[place], arrays[place + 1]
        numbers = number_of(inner), number_of(outer)
        counted, is_above = _crossed(*numbers, axes, rule, time)
        crossings = crossings + counted
        if rule == "error":
            if crossings.edges.any():
                raise CrossingError(_where(numbers[0] - numbers[1], axes, time, names[place], names[place + 1]))
            watch("curves cross, which the setting crossing forbids", _highest(inner, outer) > _SAME_SHARE)
        if rule == "cap_pfs" and (is_above or is_symbolic(inner, outer)):  # else the inner curve is the smaller one
            arrays[place] = _named(names[place], _smaller(inner, outer), axes)
        elif rule == "raise_os":
            arrays[place + 1] = _named(names[place + 1], _larger(inner, outer), axes)
        elif rule == "max_hazard":
            arrays[place] = _named(names[place], _at_least_hazard(inner, outer, axes), axes)
    return arrays, crossings


def _named(curve: str, values: np.ndarray, axes: Axes) -> np.ndarray:
    return named(f"{curve.replace('_', ' ').capitalize()}, without crossing", values, axes, EDGE)


def _smaller(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    return minimum(inner, outer) if is_symbolic(inner, outer) else np.minimum(inner, outer, out=scratch(inner.shape))


def _larger(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    return maximum(inner, outer) if is_symbolic(inner, outer) else np.maximum(inner, outer, out=scratch(inner.shape))


def _highest(inner: np.ndarray, outer: np.ndarray) -> Any:
    """Largest gap of one curve above another, as a formula; on numbers it has been looked at already."""
    if not is_symbolic(inner, outer):
        return 0.0
    gaps = (inner - outer).reshape(-1, inner.shape[-1])
    return most_of([largest(span_of(list(row), "Gap between the curves", EDGE)) for row in gaps])


def _at_least_hazard(inner: np.ndarray, outer: np.ndarray, axes: Axes) -> np.ndarray:
    """Survival whose conditional survival in each cycle is the smaller of both curves'."""
    if is_symbolic(inner, outer):
        kept = [share_of(curve[..., 1:], curve[..., :-1]) for curve in (inner, outer)]
        stay = named("Share staying through the cycle", minimum(*kept), axes, CYCLE)
        first = np.ones((*axes.shape, 1), dtype=object)
        return running("Survival at the higher hazard", np.concatenate([first, stay], axis=-1), axes, EDGE, np.multiply)
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = [np.nan_to_num(curve[..., 1:] / curve[..., :-1], nan=0.0, posinf=0.0) for curve in (inner, outer)]
    result = np.ones(inner.shape)
    np.cumprod(np.minimum(*stays), axis=-1, out=result[..., 1:])
    return result


def _crossed(inner: np.ndarray, outer: np.ndarray, axes: Axes, rule: str, time: Timeline) -> tuple[Crossings, bool]:
    """Count by strategy the draws and edges at which the inner curve is above, and say if it is, were it by rounding.

    Only rows that cross are kept.
    """
    names = axes.labels.get(STRATEGY, ("",))
    count = len(names) if isinstance(names, tuple) else names
    length = inner.shape[-1]
    inner_rows, outer_rows = inner.reshape(-1, length), outer.reshape(-1, length)
    gaps, numbers = [np.empty((0, length))], [np.empty(0, dtype=int)]
    is_above = False
    for tile in tiles(len(inner_rows), length):
        above = inner_rows[tile] > outer_rows[tile]
        if not above.any():
            continue
        is_above = True
        rows = np.flatnonzero(above.any(axis=-1)) + tile.start
        gap = inner_rows[rows] - outer_rows[rows]
        crosses = gap.max(axis=-1) > _SAME_SHARE
        gaps.append(gap[crosses])
        numbers.append(rows[crosses])
    crossing, row = np.concatenate(gaps), np.concatenate(numbers)
    which = np.unravel_index(row, axes.shape)[axes.dims.index(STRATEGY)] if STRATEGY in axes.dims else 0 * row
    above = crossing > _SAME_SHARE
    first = np.where(above.any(axis=-1), time.edges[above.argmax(axis=-1)], np.inf)
    counted = Crossings(rule, np.zeros(count), np.zeros(count), np.zeros(count), np.full(count, np.inf))
    np.add.at(counted.draws, which, 1.0)
    np.add.at(counted.edges, which, above.sum(axis=-1))
    np.maximum.at(counted.widest, which, crossing.max(axis=-1, initial=0.0))
    np.minimum.at(counted.first, which, first)
    return counted, is_above


def _where(gap: np.ndarray, axes: Axes, time: Timeline, inner: str, outer: str) -> str:
    place = tuple(map(int, np.unravel_index(int(np.argmax(gap)), gap.shape)))
    labels = [f"{dim} {label}" for dim, label in zip(axes.dims, axes.at(place[:-1]), strict=True)]
    return (
        f"the {inner} curve lies above the {outer} curve by {gap[place]:.4g} at year {time.edges[place[-1]]:.3f}"
        + (f" ({', '.join(labels)})" if labels else "")
        + "; the setting crossing is 'error'. Give other curves, or set crossing to cap_pfs, raise_os or max_hazard."
    )
