"""Memory that is used again: large arrays of one block of draws take over the memory of the block before.

The system hands out fresh memory page by page, and for arrays of a few megabytes that costs more than the
arithmetic on them. Each thread keeps the buffers it has used; one that nothing refers to any more is handed out again.
"""

from __future__ import annotations

import math
import sys
import threading

import numpy as np

#: Arrays smaller than this (in numbers) come cheap from the system.
SMALL = 16_384
#: Numbers that several passes work on before the next ones are fetched: half a megabyte.
TILE = 65_536
#: Buffers a thread keeps at most.
MOST = 12

_own = threading.local()


def scratch(shape: tuple[int, ...]) -> np.ndarray:
    """Give an array of floats with any content, as `numpy.empty` does.

    >>> scratch((2, 3)).shape
    (2, 3)
    """
    size = math.prod(shape)
    if size < SMALL:
        return np.empty(shape)
    buffers: list[np.ndarray] = _own.__dict__.setdefault("buffers", [])
    for place in range(len(buffers)):
        # An array made of a buffer refers to it, so a buffer that only this list refers to is free.
        if buffers[place].size >= size and sys.getrefcount(buffers[place]) <= _ALONE:
            return buffers[place][:size].reshape(shape)
    buffer = np.empty(size)
    if len(buffers) >= MOST:
        buffers.pop(0)
    buffers.append(buffer)
    return buffer[:size].reshape(shape)


def tiles(rows: int, length: int) -> list[slice]:
    """Cut rows of some length into slices of at most `TILE` numbers, on which several passes stay in the cache.

    >>> tiles(3, TILE)
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    step = max(1, TILE // max(length, 1))
    return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]


def forget() -> None:
    """Give this thread's buffers back to the system."""
    _own.__dict__.pop("buffers", None)


def _references_of_a_listed_array() -> int:
    listed = [np.empty(1)]
    return sys.getrefcount(listed[0])


_ALONE = _references_of_a_listed_array()
