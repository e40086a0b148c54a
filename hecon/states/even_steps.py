"""Steps of a chain by the same probabilities in every cycle: column by column, or by matrices where it is dense."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Moves out of a state, on average, beyond which a cohort is stepped by matrices; rows whose matrices fit the cache.
_MANY, _TOGETHER = 3, 512


def step_evenly(held: np.ndarray, stays: np.ndarray, moves: Mapping[tuple[int, int], np.ndarray]) -> None:
    """Fill the shares of a cohort edge by edge, in place.

    `held`: shares (edges, states, rows), known at the first edge; `stays`: probabilities of staying (states, rows);
    `moves`: those of moving by places (from, to), each on rows. Who is in no state of `held` has left for good.
    """
    if len(moves) > _MANY * len(stays):
        _by_matrices(held, stays, moves)
    else:
        _by_columns(held, stays, moves)


def _by_columns(held: np.ndarray, stays: np.ndarray, moves: Mapping[tuple[int, int], np.ndarray]) -> None:
    work = np.empty(held.shape[-1])
    for now, then in zip(held[:-1], held[1:], strict=True):
        np.multiply(now, stays, out=then)
        for (origin, target), probability in moves.items():
            into = then[target]
            np.add(into, np.multiply(now[origin], probability, out=work), out=into)


def _by_matrices(held: np.ndarray, stays: np.ndarray, moves: Mapping[tuple[int, int], np.ndarray]) -> None:
    """Each row is a vector times its own matrix, alone, and so has the same bits in any block."""
    states, rows = stays.shape
    matrices = np.zeros((rows, states, states))
    matrices[:, range(states), range(states)] = stays.T
    for (origin, target), probability in moves.items():
        matrices[:, origin, target] = probability
    for first in range(0, rows, _TOGETHER):
        part = slice(first, first + _TOGETHER)
        share = held[0, :, part].T.copy(order="C")[:, None, :]
        then = np.empty_like(share)
        for columns in held[1:, :, part]:
            np.matmul(share, matrices[part], out=then)
            columns[:] = then[:, 0].T
            share, then = then, share
