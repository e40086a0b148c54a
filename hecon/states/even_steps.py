"""Steps of a chain by the same probabilities in every cycle: column by column, or by matrices where it is dense.

Nothing is stepped before it is asked for. What is asked for most are sums over time: some rows are then stepped some
edges at a time, which are added to the sums while they are in the processor's cache, and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np

from hecon.rows import TILE, Stepped
from hecon.scratch import scratch
from hecon.states.columns import weigh_tiles

#: Moves out of a state, on average, beyond which a cohort is stepped by matrices; rows whose matrices fit the cache.
_MANY, _TOGETHER = 3, 512
#: Edges that are summed together, and the numbers of all rows on these: about a megabyte.
_EDGES, _NUMBERS = 12, 163_840


class EvenSteps(Stepped):
    """Shares of a cohort on (rows, states, edges), from those at the start.

    `first`: shares at the start, (states, rows); `stays`: probabilities of staying, (states, rows); `moves`: those of
    moving by places (from, to), each on rows or one for all. Who is in no state of `first` has left for good.
    """

    def __init__(
        self, edges: int, first: np.ndarray, stays: np.ndarray, moves: Mapping[tuple[int, int], np.ndarray]
    ) -> None:
        states, rows = first.shape
        self.shape = (rows, states, edges)
        self._first, self._stays = first, stays
        self._moves = {pair: np.broadcast_to(probability, (rows,)) for pair, probability in moves.items()}
        self._dense = len(moves) > _MANY * states

    @property
    def is_whole(self) -> bool:
        """Whether every edge was asked for already."""
        return "whole" in self.__dict__

    @cached_property
    def whole(self) -> np.ndarray:
        """Shares at every edge, (edges, states, rows)."""
        rows, states, edges = self.shape
        held = scratch((edges, rows, states) if self._dense else (edges, states, rows))
        for place in self._places():
            next(self._stepped(place, held[:, place] if self._dense else held[..., place]))
        return held.swapaxes(1, 2) if self._dense else held

    def summed(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the edges, (edges, columns): gives (columns, rows, states), with equal bits whatever rows there are."""
        rows, states, _ = self.shape
        across = np.ascontiguousarray(weights.T)
        found = np.empty((len(across), states, rows))
        for place in self._places():
            count = place.stop - place.start
            own, size = (count, states) if self._dense else (states, count), count * states
            # Whole tiles, so that a row has the same bits wherever it stands.
            width = size + -size % TILE
            held, sums, work = scratch((_EDGES, width)), scratch((len(across), width)), scratch((len(across), width))
            held[:, size:] = sums[:] = 0.0
            last = 0
            for part in self._stepped(place, held[:, :size].reshape(_EDGES, *own)):
                first, last = last, last + len(part)
                used = np.flatnonzero(across[:, first:last].any(axis=1))
                weigh_tiles(held[: len(part)], across[used, first:last], out=work[: len(used)])
                for column, part_sums in zip(used, work, strict=False):
                    np.add(sums[column], part_sums, out=sums[column])
            by_place = sums[:, :size].reshape(len(sums), *own)
            found[..., place] = by_place.swapaxes(1, 2) if self._dense else by_place
        return found.swapaxes(1, 2)

    def _places(self) -> list[slice]:
        rows, states, _ = self.shape
        most = _TOGETHER if self._dense else max(1, _NUMBERS // (_EDGES * states))
        step = -(-rows // -(-rows // most))
        return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]

    def _stepped(self, place: slice, held: np.ndarray) -> Iterator[np.ndarray]:
        """Step some rows into `held` again and again, and give as much of it as was filled, up to the last edge."""
        fill = self._by_matrices(place) if self._dense else self._by_columns(place)
        first = self._first[:, place]
        held[0] = first.T if self._dense else first
        part = held[: self.shape[-1]]
        fill(held[0], part[1:])
        yield part
        for done in range(len(held), self.shape[-1], len(held)):
            part = held[: self.shape[-1] - done]
            fill(held[-1], part)
            yield part

    def _by_columns(self, place: slice) -> Callable[[np.ndarray, np.ndarray], None]:
        stays = np.ascontiguousarray(self._stays[:, place])
        moves = [(*pair, probability[place]) for pair, probability in self._moves.items()]
        work = np.empty(stays.shape[1])

        def fill(now: np.ndarray, edges: np.ndarray) -> None:
            for then in edges:
                np.multiply(now, stays, out=then)
                for origin, target, probability in moves:
                    into = then[target]
                    np.add(into, np.multiply(now[origin], probability, out=work), out=into)
                now = then

        return fill

    def _by_matrices(self, place: slice) -> Callable[[np.ndarray, np.ndarray], None]:
        """Each row is a vector times its own matrix, alone, and so has the same bits in any block."""
        stays = self._stays[:, place]
        states = len(stays)
        matrices = np.zeros((stays.shape[1], states, states))
        matrices[:, range(states), range(states)] = stays.T
        for (origin, target), probability in self._moves.items():
            matrices[:, origin, target] = probability[place]

        def fill(now: np.ndarray, edges: np.ndarray) -> None:
            for then in edges:
                np.matmul(now[:, None], matrices, out=then[:, None])
                now = then

        return fill
