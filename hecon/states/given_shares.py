"""Shares of the cohort by state as they are given: a trace of another model, or curves and what is left of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import Fault, HeconError, InputError
from hecon.flows import DenseShares, FallShares, Shares
from hecon.frozen import frozen
from hecon.labels import DEAD_NAMES, EDGE, STATE, Axes, Value, axes_of, expand, join_axes, onto_axes
from hecon.states.occupancy import SAME_SUM, Occupancy, with_cohorts
from hecon.states.transitions import Remaining
from hecon.symbols.draft import named
from hecon.symbols.expression import is_symbolic
from hecon.timeline import Timeline


@frozen
class GivenShares(Occupancy):
    """Shares by state, each on `state_axes` and then edges. Who moves between them is not known, but for deaths."""

    time: Timeline
    states: tuple[str, ...]
    parts: tuple[np.ndarray, ...]
    state_axes: Axes
    dead: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        named_dead = tuple(state for state in self.states if state in DEAD_NAMES)
        object.__setattr__(self, "dead", named_dead or self.states[-1:])

    @property
    def axes(self) -> Axes:  # type: ignore[override]  # a field elsewhere, which dataclasses cannot say
        """Dimensions of the shares, and state last."""
        return Axes({**self.state_axes.labels, STATE: self.states})

    def values(self) -> np.ndarray:
        """Give the shares by state at each edge."""
        return named("Share", np.stack(self.parts, axis=-2), self.axes, EDGE)

    def within(self, state: str) -> Shares:
        """Shares of one state at each edge."""
        return DenseShares(self.parts[self.states.index(state)], self.state_axes)

    def entries(self, state: str) -> Shares:
        """Deaths, which are what the share dead grows by; who enters another state the shares do not say."""
        if state not in self.dead:
            raise HeconError(_UNKNOWN.format("enters", state))
        return FallShares(-self.parts[self.states.index(state)], self.state_axes)

    def exits(self, state: str) -> Shares:
        """Nobody leaves death; who leaves another state the shares do not say."""
        if state not in self.dead:
            raise HeconError(_UNKNOWN.format("leaves", state))
        return DenseShares(np.zeros((*self.state_axes.shape, self.time.cycles)), self.state_axes)

    def moved(self, origin: str, target: str) -> Shares:
        """Refuse: shares do not say who moves between two states."""
        raise HeconError(_UNKNOWN.format("moves", f"{origin}' to '{target}"))


_UNKNOWN = "shares by state alone do not say who {} '{}'; nested curves (he.partition) or transitions (he.markov) do"


def of_shares(time: Timeline, shares: Mapping[str, Any], cohorts: Value | None = None) -> GivenShares:
    """Lay given shares out on the edges of a timeline; checked: at least 0, 1 in sum, death never falling."""
    rest = [state for state, share in shares.items() if isinstance(share, Remaining)]
    if len(shares) < 2 or len(rest) > 1:
        what = f"are of {', '.join(shares) or 'no state'}; two states or more are needed"
        what = f"have {len(rest)} remainders ({', '.join(rest)}); one is allowed" if len(rest) > 1 else what
        raise InputError("the shares", [Fault("shares", what)])
    laid_out = {state: _at_edges(time, state, share) for state, share in shares.items() if state not in rest}
    axes, weights = with_cohorts(join_axes(*(own for _, own in laid_out.values())), cohorts)
    parts = {state: onto_axes(values, own, axes) for state, (values, own) in laid_out.items()}
    if rest:
        parts[rest[0]] = 1 - np.asarray(sum(parts.values()))
    whole = (*axes.shape, len(time.edges))
    arrays = {state: np.ascontiguousarray(np.broadcast_to(parts[state], whole)) for state in shares}
    _check(arrays, time, is_whole=bool(rest))
    if weights is not None:
        arrays = {state: array * weights[..., None] for state, array in arrays.items()}
    return GivenShares(time, tuple(shares), tuple(arrays.values()), axes)


def _at_edges(time: Timeline, state: str, share: Any) -> tuple[np.ndarray, Axes]:
    """Give one share on its own axes and the edges: of a curve, of values by edge, or of a constant."""
    if hasattr(share, "at_edges"):
        values, axes = share.at_edges(time.edges)
        return np.asarray(values), axes
    if isinstance(share, list | tuple | np.ndarray):
        share = xr.DataArray(np.asarray(share), dims=EDGE)
    axes = axes_of(share).without(EDGE)
    edges = share.sizes.get(EDGE) if isinstance(share, xr.DataArray) else None
    if edges is None:
        return expand(share, axes)[..., None], axes
    return time.on_edges(expand(share, Axes({**axes.labels, EDGE: edges}))), axes


def _check(arrays: Mapping[str, np.ndarray], time: Timeline, *, is_whole: bool) -> None:
    if is_symbolic(*arrays.values()):
        return
    for state, array in arrays.items():
        if not array.min() >= -SAME_SUM:
            year = time.edges[int(np.argmin(array.min(axis=tuple(range(array.ndim - 1)))))]
            what = f"its share is {array.min():.6g} at year {year:.4g}; a share is at least 0"
            raise InputError("the shares", [Fault(state, what)])
    total = np.asarray(sum(arrays.values()))
    if not is_whole and not np.abs(total - 1).max() <= SAME_SUM:
        found = total.ravel()[np.argmax(np.abs(total - 1))]
        what = f"sum to {found:.6g} over the states; they must sum to 1 (he.REMAINING marks what is left)"
        raise InputError("the shares", [Fault("shares", what)])
    for state in [state for state in arrays if state in DEAD_NAMES] or list(arrays)[-1:]:
        if np.diff(arrays[state], axis=-1).min(initial=0.0) < -SAME_SUM:
            raise InputError("the shares", [Fault(state, "its share falls; nobody leaves death")])
