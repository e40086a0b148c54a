"""Steps of a chain by the same probabilities in every cycle: column by column, or by matrices where it is dense.

Nothing is stepped before it is asked for. What is asked for most are sums over time, and these need few of the edges.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise

import numpy as np

from hecon.products import SMALL_PRODUCT
from hecon.rows import TILE, Stepped
from hecon.scratch import scratch
from hecon.states.columns import weigh_tiles

#: Edges that are summed together, and numbers of the rows that are stepped together.
_EDGES, _NUMBERS = 16, 327_680
#: What the product of a row with its matrix takes beside multiplications, and a call for columns; in multiplications.
_OF_A_ROW, _OF_A_CALL = 60, 2000
#: How often a stride is doubled at most.
_DOUBLINGS = 6

_Moves = Mapping[tuple[int, int], np.ndarray]


class EvenSteps(Stepped):
    """Shares of a cohort on (rows, states, edges), from those at the start and the probabilities P of each row.

    Sums over time go in strides of n cycles. Of the shares x P^t at edge t, weighed by w, they are

        sum_t w_t x P^t  =  sum_j (sum_i w_(in+j) x P^(in)) P^j,    j = 0, ..., n - 1:

    the cohort is stepped by P^n only, and n steps by P put the sums within the brackets together.

    `first`: shares at the start, (states, rows); `stays`: probabilities of staying, (states, rows); `moves`: those of
    moving by places (from, to), each on rows or one for all. Who is in no state of `first` has left for good.
    """

    def __init__(self, edges: int, first: np.ndarray, stays: np.ndarray, moves: _Moves) -> None:
        states, rows = first.shape
        self.shape = (rows, states, edges)
        self._first, self._stays = first, stays
        self._moves = {pair: np.broadcast_to(probability, (rows,)) for pair, probability in moves.items()}

    @property
    def is_whole(self) -> bool:
        """Whether every edge was asked for already."""
        return "whole" in self.__dict__

    @cached_property
    def whole(self) -> np.ndarray:
        """Shares at every edge, (edges, states, rows)."""
        rows, states, edges = self.shape
        dense, _ = self._plan(1, 0)
        held = scratch((edges, rows, states) if dense else (edges, states, rows))
        for place in self._places(dense, 1):
            part = held[:, place] if dense else held[..., place]
            next(_stepped(self._step(place, dense), self._begin(place, dense), part, edges))
        return held.swapaxes(1, 2) if dense else held

    def summed(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the edges, (edges, columns): gives (columns, rows, states), with equal bits whatever rows there are."""
        rows, states, edges = self.shape
        columns = weights.shape[1]
        dense, doublings = self._plan(columns, _DOUBLINGS)
        stride = 2**doublings
        by_stride = np.zeros((-(-edges // stride), stride * columns))
        by_stride.reshape(-1, columns)[:edges] = weights
        found = np.empty((columns, states, rows))
        for place in self._places(dense, stride * columns):
            near = far = self._step(place, dense)
            for _ in range(doublings):
                far = far.squared()
            first = self._begin(place, dense)
            sums = _summed(far, first, by_stride).reshape(stride, columns, *first.shape)
            total = sums[-1]
            for part in sums[-2::-1]:
                total = near.taken(total)
                total += part
            found[..., place] = total.swapaxes(1, 2) if dense else total
        return found.swapaxes(1, 2)

    def _plan(self, columns: int, doublings: int) -> tuple[bool, int]:
        """Choose matrices or columns, and how often to double the stride: by the multiplications that it takes."""
        _, states, edges = self.shape
        pattern = np.eye(states, dtype=bool)
        for pair in self._moves:
            pattern[pair] = True
        near = {False: 2 * pattern.sum() - states, True: states**2 + _OF_A_ROW}
        kinds = (False, True) if states**3 <= SMALL_PRODUCT else (False,)
        squares = {False: 0, True: 0}
        found = []
        for number in range(doublings + 1):
            stride, far = 2**number, {**near, False: 2 * pattern.sum() - states}
            for dense in kinds:
                products = far[dense] * edges / stride + near[dense] * stride * columns + squares[dense]
                calls = 1 if dense else 1 + _OF_A_CALL / self._together(dense, stride * columns)
                found.append((products * calls, dense, number))
            squares = {
                False: squares[False] + 2 * (pattern.sum(axis=0) * pattern.sum(axis=1)).sum(),
                True: squares[True] + states**3,
            }
            pattern = pattern @ pattern
        _, dense, number = min(found)
        return dense, number

    def _together(self, dense: bool, columns: int) -> int:
        """Rows that are stepped together, while so many columns are summed."""
        states = self.shape[1]
        return max(TILE, _NUMBERS // (states * (_EDGES + 2 * columns + 2 * states * dense)))

    def _places(self, dense: bool, columns: int) -> list[slice]:
        """Cut the rows into parts of nearly the same size."""
        rows = self.shape[0]
        step = -(-rows // -(-rows // self._together(dense, columns)))
        return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]

    def _begin(self, place: slice, dense: bool) -> np.ndarray:
        return self._first[:, place].T if dense else self._first[:, place]

    def _step(self, place: slice, dense: bool) -> _Step:
        stays = np.ascontiguousarray(self._stays[:, place])
        moves = {pair: probability[place] for pair, probability in self._moves.items()}
        return _ByMatrices.of(stays, moves) if dense else _ByColumns(stays, moves)


def _stepped(step: _Step, first: np.ndarray, held: np.ndarray, edges: int) -> Iterator[np.ndarray]:
    """Step shares into `held` again and again, and give as much of it as was filled, up to the last edge."""
    held[0] = first
    for now, then in pairwise(held[:edges]):
        step.take(now, then)
    yield held[:edges]
    for done in range(len(held), edges, len(held)):
        now = held[-1]
        for then in held[: edges - done]:
            step.take(now, then)
            now = then
        yield held[: edges - done]


def _summed(step: _Step, first: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weigh the edges of some rows, (edges, columns): gives (columns, shares of an edge), while they are stepped."""
    columns, size = weights.shape[1], first.size
    # Whole tiles, so that a row has the same bits wherever it stands.
    width = size + -size % TILE
    held, sums, work = (scratch((count, width)) for count in (_EDGES, columns, columns))
    held[:, size:] = sums[:] = 0.0
    stepped = _stepped(step, first, held[:, :size].reshape(_EDGES, *first.shape), len(weights))
    for number, part in enumerate(stepped):
        some = weights[number * _EDGES :][: len(part)]
        used = np.flatnonzero(some.any(axis=0))
        weigh_tiles(held[: len(part)], np.ascontiguousarray(some[:, used].T), out=work[: len(used)])
        for column, more in zip(used, work, strict=False):
            np.add(sums[column], more, out=sums[column])
    return sums[:, :size]


class _Step(ABC):
    """Probabilities of some rows, by which their shares are stepped."""

    @abstractmethod
    def take(self, now: np.ndarray, then: np.ndarray) -> None:
        """Step shares, one or several of each row, into others."""

    @abstractmethod
    def squared(self) -> _Step:
        """Give two steps in one."""

    def taken(self, now: np.ndarray) -> np.ndarray:
        """Step shares."""
        then = scratch(now.shape)
        self.take(now, then)
        return then


class _ByColumns(_Step):
    """Shares on (states, rows): a product of vectors for each move."""

    def __init__(self, stays: np.ndarray, moves: _Moves) -> None:
        self._stays, self._moves = stays, moves
        self._work = np.empty(stays.shape[1])

    def take(self, now: np.ndarray, then: np.ndarray) -> None:
        """Step shares."""
        if self._work.shape != now[..., 0, :].shape:
            self._work = np.empty(now[..., 0, :].shape)
        np.multiply(now, self._stays, out=then)
        for (origin, target), probability in self._moves.items():
            into = then[..., target, :]
            np.add(into, np.multiply(now[..., origin, :], probability, out=self._work), out=into)

    def squared(self) -> _ByColumns:
        """Give two steps in one."""
        steps = {**{(place, place): stay for place, stay in enumerate(self._stays)}, **self._moves}
        found: dict[tuple[int, int], np.ndarray] = {}
        for (origin, between), one in steps.items():
            for (other, target), two in steps.items():
                if other == between:
                    pair, product = (origin, target), one * two
                    found[pair] = found[pair] + product if pair in found else product
        stays = np.stack([found.pop((place, place)) for place in range(len(self._stays))])
        return _ByColumns(stays, found)


class _ByMatrices(_Step):
    """Shares on (rows, states): each row is a vector times its own matrix, alone."""

    def __init__(self, matrices: np.ndarray) -> None:
        self._matrices = matrices

    @classmethod
    def of(cls, stays: np.ndarray, moves: _Moves) -> _ByMatrices:
        """Lay probabilities out, (rows, states, states)."""
        states, rows = stays.shape
        matrices = np.zeros((rows, states, states))
        matrices[:, range(states), range(states)] = stays.T
        for (origin, target), probability in moves.items():
            matrices[:, origin, target] = probability
        return cls(matrices)

    def take(self, now: np.ndarray, then: np.ndarray) -> None:
        """Step shares."""
        np.matmul(now[..., None, :], self._matrices, out=then[..., None, :])

    def squared(self) -> _ByMatrices:
        """Give two steps in one."""
        return _ByMatrices(np.matmul(self._matrices, self._matrices))
