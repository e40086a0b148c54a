"""Arrays that are worked out some draws at a time: curves, which are summed while they are in the processor's cache.

The curve of a block of draws takes megabytes. Written down whole, and read again for every sum, it goes through memory;
worked out for some draws, summed and forgotten, it never leaves the cache.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from hecon.scratch import scratch

#: Rows that one matrix product takes. Every product has the same shape whatever the number of draws, so a draw
#: has the same bits in any block.
TILE = 64
#: Numbers of an array that are worked out at a time: a megabyte.
_PART = 131_072


class InParts(ABC):
    """Floats of some `shape`, worked out when they are wanted: whole, or some of the first dimension at a time."""

    shape: tuple[int, ...]

    @abstractmethod
    def _fill(self, place: slice, out: np.ndarray, known: dict[int, np.ndarray]) -> None:
        """Work some of the first dimension out, into a contiguous array."""

    def part(self, place: slice, known: dict[int, np.ndarray]) -> np.ndarray:
        """Give some of the first dimension; `known` keeps what several arrays ask each other for at the same place."""
        if self.is_whole:
            return self.whole[place]
        if id(self) not in known:
            found = scratch((len(range(*place.indices(self.shape[0]))), *self.shape[1:]))
            self._fill(place, found, known)
            known[id(self)] = found
        return known[id(self)]

    @property
    def is_whole(self) -> bool:
        """Whether it was laid out whole already."""
        return "whole" in self.__dict__

    @cached_property
    def whole(self) -> np.ndarray:
        """Everything, read-only; from then on it is kept."""
        found = self.filled()
        found.flags.writeable = False
        return found

    def filled(self) -> np.ndarray:
        """Everything, in a new array."""
        found = scratch(self.shape)
        for place in places(self.shape):
            self._fill(place, found[place], {})
        return found


Laid = np.ndarray | InParts


def whole_of(values: Laid) -> np.ndarray:
    """Give an array that was laid out, whole.

    >>> whole_of(np.ones(2)).tolist()
    [1.0, 1.0]
    """
    return values.whole if isinstance(values, InParts) else values


def filled(values: Laid) -> np.ndarray:
    """Give a new array of what was laid out.

    >>> filled(np.ones(2)).tolist()
    [1.0, 1.0]
    """
    return values.filled() if isinstance(values, InParts) else values


def part_of(values: Laid, place: slice, known: dict[int, np.ndarray]) -> np.ndarray:
    """Give some of the first dimension of an array, whichever way it is laid out."""
    return values.part(place, known) if isinstance(values, InParts) else values[place]


def places(*shapes: tuple[int, ...]) -> list[slice]:
    """Cut the first dimension that arrays share so that a part of each stays in the cache.

    >>> places((3, 100_000), (3, 2))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    count, step = shapes[0][0], max(1, _PART // max(math.prod(shape[1:]) for shape in shapes))
    step -= step % TILE if step > TILE else 0
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]


class Stepped(ABC):
    """Floats of a `shape` that ends with the edges of cycles, each of which follows from the edge before.

    They are best summed as they are stepped.
    """

    shape: tuple[int, ...]

    @abstractmethod
    def summed(self, weights: np.ndarray) -> np.ndarray:
        """Sum over the edges with weights (edges, columns): gives the shape with columns in the place of edges."""


class Tiled(InParts):
    """Filled by ``passes(t, out, *columns)``; `columns` have a last dimension of size 1 for the times `t`."""

    def __init__(
        self,
        lead: tuple[int, ...],
        t: np.ndarray,
        columns: Sequence[np.ndarray],
        passes: Callable[..., object],
    ) -> None:
        self.shape = (*lead, len(t))
        self._t, self._passes = t, passes
        self._columns = [np.broadcast_to(column, (*lead, 1)) for column in columns]

    def _fill(self, place: slice, out: np.ndarray, known: dict[int, np.ndarray]) -> None:
        rows = out.reshape(-1, self.shape[-1])
        self._passes(self._t, rows, *(column[place].reshape(-1, 1) for column in self._columns))


class Smaller(InParts):
    """The smaller of two arrays."""

    def __init__(self, one: Laid, other: Laid) -> None:
        self.shape = one.shape
        self._one, self._other = one, other

    def _fill(self, place: slice, out: np.ndarray, known: dict[int, np.ndarray]) -> None:
        one, other = (part_of(values, place, known) for values in (self._one, self._other))
        np.minimum(one, other, out=out)
        self._seen(place, one, other)

    def _seen(self, place: slice, one: np.ndarray, other: np.ndarray) -> None:
        """Look at both, where something is to be counted."""


class Joined(InParts):
    """Several arrays side by side on one dimension, which is not the first: each with its places on it."""

    def __init__(self, shape: tuple[int, ...], dimension: int, parts: Sequence[tuple[slice | list[int], Laid]]) -> None:
        self.shape = shape
        self._before = (slice(None),) * dimension
        self._parts = parts

    def _fill(self, place: slice, out: np.ndarray, known: dict[int, np.ndarray]) -> None:
        for there, values in self._parts:
            out[(*self._before, there)] = part_of(values, place, known)
