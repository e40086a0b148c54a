"""Memory that is used again: large arrays of one block of draws take over the memory of the block before.

The system hands out fresh memory page by page, and for arrays of a few megabytes that costs more than the
arithmetic on them. Each thread keeps the buffers it has used. A buffer is lent as an array of its own; when that array
and every view of it are gone, Python says so, and the buffer is lent again. No reference is counted, so this holds on
Pythons without a global lock too.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import threading
import weakref

import numpy as np

#: Arrays smaller than this (in numbers) come cheap from the system.
SMALL_ARRAY = 16_384
#: Numbers that several passes work on before the next ones are fetched: a megabyte.
_TILE = 131_072
#: Buffers a thread keeps at most.
_MOST = 12
#: Numbers that a thread keeps room for from one run to the next: 16 MB.
BETWEEN_RUNS = 2_000_000

_own = threading.local()


def scratch(shape: tuple[int, ...]) -> np.ndarray:
    """Give an array of floats with any content, as `numpy.empty` does.

    >>> scratch((2, 3)).shape
    (2, 3)
    """
    size = math.prod(shape)
    if size < SMALL_ARRAY:
        return np.empty(shape)
    free: list[np.ndarray] = _own.__dict__.setdefault("free", [])
    place = next((place for place, buffer in enumerate(free) if buffer.size >= size), None)
    buffer = np.empty(size) if place is None else free.pop(place)
    # Over a memoryview, views of the lent array hold on to that array and not to the buffer behind it.
    lent = np.frombuffer(buffer.data)
    weakref.finalize(lent, _take_back, free, buffer).atexit = False
    return lent[:size].reshape(shape)


def scratch_like(pattern: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Give an array of as many dimensions as `pattern`, in the same order in memory; where it has size 1, innermost.

    Small arrays, for which it does not matter, are laid out as they come.

    >>> scratch_like(np.ones((2, 30_000)).T, (30_000, 4)).strides
    (8, 240000)
    """
    if math.prod(shape) < SMALL_ARRAY:
        return np.empty(shape)
    order = sorted(range(len(shape)), key=lambda place: -abs(pattern.strides[place]) if pattern.shape[place] > 1 else 0)
    found = scratch(tuple(shape[place] for place in order))
    return found.transpose(np.argsort(order))


def _take_back(free: list[np.ndarray], buffer: np.ndarray) -> None:
    """Keep a buffer for its thread; called in whichever thread let go of it last."""
    free.append(buffer)
    del free[:-_MOST]


def tiles(rows: int, length: int) -> list[slice]:
    """Cut rows of some length into slices of at most `TILE` numbers, on which several passes stay in the cache.

    >>> tiles(3, _TILE)
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    step = max(1, _TILE // max(length, 1))
    return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]


def forget(but: int = 0) -> None:
    """Give this thread's buffers back to the system, `but` the smallest ones that have room for so many numbers."""
    free: list[np.ndarray] = _own.__dict__.get("free", [])
    rising = sorted(free, key=np.size)
    room = np.cumsum([buffer.size for buffer in rising])
    free[:] = rising[: int(np.searchsorted(room, but, side="right"))]


def give_back() -> None:
    """Give memory that nothing stands in back to the system, where the C library would keep it for what comes next.

    It keeps some for every thread that ever took any: a hundred megabytes after a few analyses.
    """
    forget()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another library than glibc has no such call
        ctypes.CDLL(None).malloc_trim(0)
