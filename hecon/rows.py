"""Arrays that are worked out some draws at a time: curves, which are summed while they are in the processor's cache.

The curve of a block of draws takes megabytes. Written down whole, and read again for every sum, it goes through memory;
worked out for some draws, summed and forgotten, it never leaves the cache. Draws that follow each other with equal
curves, as most rows of a sensitivity analysis do, are worked out once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property

import numpy as np

from hecon.frozen import frozen
from hecon.scratch import scratch

#: Rows that one matrix product takes. Every product has the same shape whatever the number of draws, so a draw
#: has the same bits in any block.
TILE = 64
#: Numbers of an array that are worked out at a time: a megabyte.
_PART = 131_072


@frozen
class Stretch:
    """Draws from `start` up to `stop` of a first dimension: those `at` are worked out, each for itself and `repeats`.

    `repeats` are the draws that each stands for, itself and those after it that equal it; None where every draw stands
    for itself.
    """

    start: int
    stop: int
    at: slice | np.ndarray
    repeats: np.ndarray | None = None

    @property
    def size(self) -> int:
        """How many draws are worked out."""
        return self.stop - self.start if self.repeats is None else len(self.repeats)


#: Parts of arrays, by their keys.
WorkedOut = dict[Hashable, np.ndarray]


class InParts(ABC):
    """Floats of some `shape`, worked out when they are wanted: whole, or some of the first dimension at a time."""

    shape: tuple[int, ...]
    #: Whether it counts something as it is worked out, and so goes before others that are the same.
    counts = False

    @abstractmethod
    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        """Work some of the first dimension out, into a contiguous array."""

    @abstractmethod
    def made_of(self) -> list[np.ndarray]:
        """Arrays that share the first dimension and settle the values: draws equal in all of them are equal."""

    def part(self, part: Stretch, known: WorkedOut) -> np.ndarray:
        """Give some of the first dimension; `known` keeps what several arrays ask each other for of the same part."""
        if self.is_whole:
            return self.whole[part.at]
        if self.key not in known:
            found = scratch((part.size, *self.shape[1:]))
            self._fill(part, found, known)
            known[self.key] = found
        return known[self.key]

    @property
    def key(self) -> Hashable:
        """What arrays have in common that are the same, so that one of them is worked out."""
        return id(self)

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
        for part in _cut(self.shape[0], [self.shape]):
            self._fill(part, found[part.at], {})
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


def part_of(values: Laid, part: Stretch, known: WorkedOut) -> np.ndarray:
    """Give some of the first dimension of an array, whichever way it is laid out."""
    return values.part(part, known) if isinstance(values, InParts) else values[part.at]


def stretches(arrays: Sequence[InParts]) -> Iterator[Stretch]:
    """Cut the first dimension that arrays share so that a part of each stays in the cache.

    Of draws that follow each other and are equal, to the bit, in everything that the arrays are made of, one is worked
    out.

    >>> curve = Tiled((3,), np.arange(2.0), [np.array([[1.0], [1.0], [2.0]])], np.multiply)
    >>> [(part.at.tolist(), part.repeats.tolist()) for part in stretches([curve])]
    [([0, 2], [2, 1])]
    """
    shapes = [values.shape for values in arrays]
    count = shapes[0][0]
    first = np.flatnonzero(_unlike_the_one_before(count, arrays))
    if len(first) == count:
        yield from _cut(count, shapes)
        return
    ends = np.append(first[1:], count)
    for one in _cut(len(first), shapes):
        own, after = first[one.at], ends[one.at]
        yield Stretch(int(own[0]), int(after[-1]), own, after - own)


def _cut(count: int, shapes: Sequence[tuple[int, ...]]) -> Iterator[Stretch]:
    """Cut so many draws of arrays of these shapes."""
    step = max(1, _PART // max(math.prod(shape[1:]) for shape in shapes))
    step -= step % TILE if step > TILE else 0
    for first in range(0, count, step):
        last = min(first + step, count)
        yield Stretch(first, last, slice(first, last))


def _unlike_the_one_before(count: int, arrays: Sequence[InParts]) -> np.ndarray:
    """Say which draws differ from the one before; the first does."""
    unlike = np.zeros(count, dtype=bool)
    unlike[:1] = True
    different = {id(column): column for values in arrays for column in values.made_of()}
    for column in sorted(different.values(), key=np.size):  # parameters before what stands in memory by time
        if column.strides[0] and not unlike.all():
            bits = np.ascontiguousarray(column).view(np.int64).reshape(count, -1)
            unlike[1:] |= (bits[1:] != bits[:-1]).any(axis=1)
    return unlike


class Stepped(ABC):
    """Floats of a `shape` that ends with the edges of cycles, each of which follows from the edge before.

    They are best summed as they are stepped.
    """

    shape: tuple[int, ...]

    @abstractmethod
    def summed(self, weights: np.ndarray) -> np.ndarray:
        """Sum over the edges with weights (edges, columns): columns, and then the shape less the edges."""


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

    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        rows = out.reshape(-1, self.shape[-1])
        self._passes(self._t, rows, *(column[part.at].reshape(-1, 1) for column in self._columns))

    def made_of(self) -> list[np.ndarray]:
        """Its columns."""
        return self._columns


class Smaller(InParts):
    """The smaller of two arrays."""

    def __init__(self, one: Laid, other: Laid) -> None:
        self.shape = one.shape
        self._one, self._other = one, other

    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        one, other = (part_of(values, part, known) for values in (self._one, self._other))
        np.minimum(one, other, out=out)

    @property
    def key(self) -> Hashable:
        """Both: whoever caps the one by the other gets the same."""
        return id(self._one), id(self._other)

    def made_of(self) -> list[np.ndarray]:
        """What both are made of."""
        return _made_of([self._one, self._other])


class AtPlaces(InParts):
    """Some times of an array, by their places on its last dimension."""

    def __init__(self, values: InParts, places: np.ndarray) -> None:
        self.shape = (*values.shape[:-1], len(places))
        self._values, self._places = values, places

    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        np.take(self._values.part(part, known), self._places, axis=-1, out=out, mode="clip")  # others go by a copy

    def made_of(self) -> list[np.ndarray]:
        """What the array is made of."""
        return self._values.made_of()


class Joined(InParts):
    """Several arrays side by side on one dimension, which is not the first: each with its places on it."""

    def __init__(self, shape: tuple[int, ...], dimension: int, parts: Sequence[tuple[slice | list[int], Laid]]) -> None:
        self.shape = shape
        self._before = (slice(None),) * dimension
        self._parts = parts

    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        for there, values in self._parts:
            out[(*self._before, there)] = part_of(values, part, known)

    def made_of(self) -> list[np.ndarray]:
        """What all of them are made of."""
        return _made_of([values for _, values in self._parts])


def _made_of(several: Sequence[Laid]) -> list[np.ndarray]:
    """Give what arrays are made of, whichever way each is laid out."""
    return [one for values in several for one in (values.made_of() if isinstance(values, InParts) else [values])]
