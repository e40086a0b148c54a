"""Where the cohort of a Markov chain was: shares by state at each edge, stepped already or when they are asked for.

What a ledger line multiplies is a column of these, or follows from some of them: who entered, who moved. Nearly all
lines want sums over time, and nothing else of a walk is then ever written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Protocol

import numpy as np

from hecon.flows import SumOverTime, Weighed, done
from hecon.frozen import frozen
from hecon.states.chain_written import WrittenTunnel
from hecon.states.columns import contract_columns
from hecon.states.even_steps import EvenSteps


@frozen
class Walk:
    """Shares of a cohort at the edges of the steps, less the state that takes the rest.

    They were stepped already, (edges, states, rows), or are when they are asked for. `places` says where each state is
    among them, None for the rest; `entered` holds, for states with time in them, who entered by each edge; `written`,
    on symbols, how their tunnels stand at each edge.
    """

    shares: np.ndarray | EvenSteps
    places: Sequence[int | None]
    total: np.ndarray
    entered: dict[int, np.ndarray] = field(default_factory=dict)
    written: dict[int, list[WrittenTunnel]] = field(default_factory=dict)
    #: Sums that were asked for, by their weights: lines that want several states by the same weights share them.
    _asked: dict[bytes, SumOverTime] = field(default_factory=dict)

    @property
    def is_lazy(self) -> bool:
        """Whether shares are stepped when they are asked for."""
        return isinstance(self.shares, EvenSteps)

    @property
    def by_parts(self) -> bool:
        """Whether nothing but sums over time was asked for, so that the shares never stood in memory."""
        return isinstance(self.shares, EvenSteps) and not self.shares.is_whole

    @property
    def held(self) -> np.ndarray:
        """Shares at every edge, (edges, states, rows)."""
        return self.shares.whole if isinstance(self.shares, EvenSteps) else self.shares

    @cached_property
    def columns(self) -> list[np.ndarray | None]:
        """Shares by state, (edges, rows)."""
        return [None if place is None else self.held[:, place] for place in self.places]

    def share(self, state: int) -> np.ndarray:
        """Shares of one state, (edges, rows)."""
        column = self.columns[state]
        if column is not None:
            return column
        return self.total - sum(other for other in self.columns if other is not None)

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the edges, (edges, columns): gives (rows, states, columns). The rest is weighed by difference."""
        if isinstance(self.shares, EvenSteps) and weights.dtype != object:
            product = self._asked.setdefault(weights.tobytes(), SumOverTime(self.shares, weights))
            return Weighed((product,), lambda parts: self._with_rest(parts[0], weights))
        edges, kept, rows = self.held.shape
        parts = contract_columns(self.held.reshape(edges, kept * rows), weights).reshape(kept, rows, -1)
        return done(self._with_rest(parts.swapaxes(0, 1), weights))

    def _with_rest(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        by_state = parts.transpose(2, 1, 0)
        rest = self.total * weights.sum(axis=0)[:, None] - by_state.sum(axis=1)
        found = [rest if place is None else by_state[:, place] for place in self.places]
        return np.stack(found, axis=2).transpose(1, 2, 0)


class Columns(Protocol):
    """Columns on (edges or steps, rows)."""

    def laid_out(self) -> np.ndarray:
        """Give them all."""

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh them, (edges or steps, columns): gives (rows, columns)."""


@frozen
class KnownColumns:
    """Columns as they are."""

    array: np.ndarray

    def laid_out(self) -> np.ndarray:
        """Give them all."""
        return self.array

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh them."""
        return done(contract_columns(self.array, weights))


@frozen
class StateColumns:
    """Shares of one state at each edge."""

    walk: Walk
    state: int

    def laid_out(self) -> np.ndarray:
        """Give them all."""
        return self.walk.share(self.state)

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh them."""
        if not self.walk.is_lazy:
            return done(contract_columns(self.laid_out(), weights))
        asked = self.walk.weighed(weights)
        return Weighed(asked.products, lambda parts: asked.then(parts)[:, self.state])


@frozen
class MovedColumns:
    """Who moves in each step: shares at its start, each times a factor (rows), added up."""

    walk: Walk
    factors: Mapping[int, np.ndarray]

    def laid_out(self) -> np.ndarray:
        """Give them all."""
        return np.sum([self.walk.share(state)[:-1] * factor for state, factor in self.factors.items()], axis=0)

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the shares at the start of each step; the last edge weighs nothing."""
        asked = self.walk.weighed(np.concatenate([weights, np.zeros((1, weights.shape[1]))]))

        def then(parts: Sequence[np.ndarray]) -> np.ndarray:
            sums = asked.then(parts)
            return np.sum([sums[:, state] * factor[:, None] for state, factor in self.factors.items()], axis=0)

        return Weighed(asked.products, then)


@frozen
class EnteredColumns:
    """Who enters a state that nobody leaves, in each step: how much larger its share becomes."""

    walk: Walk
    state: int

    def laid_out(self) -> np.ndarray:
        """Give them all."""
        return np.diff(self.walk.share(self.state), axis=0)

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the edges by differences of the weights (summation by parts), without forming the columns."""
        asked = self.walk.weighed(-np.diff(weights, axis=0, prepend=0.0, append=0.0))
        return Weighed(asked.products, lambda parts: asked.then(parts)[:, self.state])
