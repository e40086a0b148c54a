"""Matrix products that sum shares over time: with equal bits for a row whatever rows stand around it.

Every product has the same shape whatever the number of rows, and is small enough for one thread.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from hecon.rows import TILE

#: Multiplications in one product, at most: libraries of linear algebra share larger ones among threads, and so round by
#: the number of processors, and wait for each other more than they work.
SMALL_PRODUCT = 2**18
#: Rows that a product keeps at least; where they are still too many for `SMALL_PRODUCT`, the columns are split as well.
_FEWEST = 8
#: Times to which the span that a column weighs is rounded, and up to which one is short: like ones go together.
_ABOUT, _SHORT = 8, 64
#: Numbers in all the weights that are kept cut, at most: 16 MB.
_MOST_KEPT = 2**21


def contract(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Matrix product (..., n) with (n, columns), with equal bits for a row whatever rows stand around it.

    >>> contract(np.ones((3, 2)), np.array([[1.0], [2.0]])).ravel().tolist()
    [3.0, 3.0, 3.0]
    """
    if values.dtype == object or weights.dtype == object:
        return np.asarray(values @ weights)
    found = np.zeros((weights.shape[1], *values.shape[:-1]))
    WeightMatrices(weights).put(values, found)
    return np.moveaxis(found, 0, -1)


def weight_matrices(weights: np.ndarray) -> WeightMatrices:
    """Cut weights (n, columns) into matrices, or give those of the same weights: the runs of a workbook weigh alike.

    >>> weight_matrices(np.ones((3, 2))) is weight_matrices(np.ones((3, 2)))
    True
    """
    if weights.dtype == object or weights.size > _MOST_KEPT // 2:
        return WeightMatrices(weights)
    key = weights.shape, float(weights.sum())
    known = _KNOWN.get(key)
    if known is None or not np.array_equal(known.weights, weights):
        while _KNOWN and sum(one.weights.size for one in list(_KNOWN.values())) + weights.size > _MOST_KEPT:
            _KNOWN.pop(next(iter(_KNOWN), key), None)
        known = _KNOWN[key] = WeightMatrices(weights)
    return known


class WeightMatrices:
    """Weights (n, columns), cut into matrices for products of always the same shape.

    Columns that weigh the same span of time make a matrix of their own, without the times that weigh nothing.
    """

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self._pieces: list[tuple[slice, slice, int, np.ndarray]] = []
        if weights.dtype == object:
            return
        for columns, span in _spans((weights != 0).tobytes(), weights.shape):
            own = weights[span, columns]
            length, count = own.shape
            tile = TILE
            while tile > _FEWEST and tile * length * count > SMALL_PRODUCT:
                tile //= 2
            for part in even_parts(count, max(1, SMALL_PRODUCT // (tile * length))):
                places = range(*columns.indices(weights.shape[1]))[part]
                piece = slice(places.start, places.stop, places.step)
                self._pieces.append((piece, span, tile, np.ascontiguousarray(own[:, part].T)))

    def put(self, values: np.ndarray, out: np.ndarray) -> None:
        """Sum `values` (..., n) into `out` (columns, ...), which is contiguous but for the columns, and all nought."""
        if values.dtype == object or self.weights.dtype == object:
            out[...] = np.moveaxis(np.asarray(values @ self.weights), -1, 0)
            return
        flat = values.ndim == 2 and values.strides[-1] == values.itemsize
        rows = values if flat else np.ascontiguousarray(values).reshape(-1, values.shape[-1])
        count = len(rows)
        summed = out.reshape(len(out), count)
        tiled: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for columns, span, tile, weights in self._pieces:
            whole = count - count % tile
            if whole:
                if tile not in tiled:
                    tiled[tile] = (
                        rows[:whole].reshape(-1, tile, rows.shape[1]).swapaxes(1, 2),
                        summed[:, :whole].reshape(len(out), -1, tile).swapaxes(0, 1),
                    )
                tiles, into = tiled[tile]
                np.matmul(weights, tiles[:, span], out=into[:, columns])
            if whole < count:
                padded = np.zeros((tile, weights.shape[1]))
                padded[: count - whole] = rows[whole:, span]
                summed[columns, whole:] = (weights @ padded.T)[:, : count - whole]


@lru_cache(maxsize=64)
def _spans(weighing: bytes, shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Columns of weights (n, columns) that weigh about the same span of time, in even steps, each with this span.

    `weighing` says which weights are not nought: they stay when a discount rate changes. Columns that weigh nothing may
    stand among them, or be left out.
    """
    used = np.ascontiguousarray(np.frombuffer(weighing, bool).reshape(shape).T)
    length, some = shape[0], np.flatnonzero(used.any(axis=1)).tolist()
    begin, end = used.argmax(axis=1).tolist(), (length - used[:, ::-1].argmax(axis=1)).tolist()
    own: dict[tuple[int, int], list[int]] = {}
    for column in some:
        own.setdefault((begin[column] // _ABOUT * _ABOUT, -(-end[column] // _ABOUT) * _ABOUT), []).append(column)
    groups: dict[tuple[int, int], list[int]] = {}
    for first, last in sorted(own, key=lambda span: span[0] - span[1]):  # the longest first
        like = [(low, high) for low, high in groups if low <= first and last <= high]
        near = [span for span in like if span[1] - span[0] <= max(2 * (last - first), _SHORT)]
        groups.setdefault(near[-1] if near else (first, last), []).extend(own[first, last])
    found, reached = [], 0
    for (first, last), columns in groups.items():
        columns.sort()
        step = math.gcd(*(after - before for before, after in pairwise(columns))) or 1
        even = range(columns[0], columns[-1] + 1, step)
        found.append((slice(even.start, even.stop, step), slice(first, min(last, length))))
        reached += len(set(even).intersection(some))
    # A column stands in one matrix only.
    return found if reached == len(some) else [(slice(0, shape[1]), slice(0, length))]


@cache
def even_parts(count: int, most: int) -> list[slice]:
    """Cut rows or columns into as few parts of at most `most` as there can be, all of nearly the same width.

    >>> even_parts(5, 2)
    [slice(0, 1, None), slice(1, 3, None), slice(3, 5, None)]
    """
    edges = np.linspace(0, count, -(-count // most) + 1).astype(int).tolist()
    return [slice(first, last) for first, last in pairwise(edges)]


_KNOWN: dict[tuple[tuple[int, ...], float], WeightMatrices] = {}
