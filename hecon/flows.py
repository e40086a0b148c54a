"""Flows: shares of a cohort along model time, with the rule by which they accrue.

A flow is what a ledger line multiplies by a rate or a price: time spent in states (residence), a share
at the start of each cycle (start), events within each cycle (event), or everybody once at time 0
(once). A flow is not discounted and knows no horizon: `contracted` takes both as weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np
import xarray as xr

from hecon.errors import HeconError, as_given, expect
from hecon.labels import Axes, wrap
from hecon.timeline import DoseDays, Timeline

Rule = Literal["residence", "start", "event", "once"]

#: Heading of what is counted at the start.
ONCE = "Once, at the start"
#: Rows that one matrix product takes. Every product has the same shape whatever the number of draws, so a draw
#: has the same bits in any block.
TILE = 64
#: Multiplications in one product, at most: libraries of linear algebra share larger ones among threads, and so round by
#: the number of processors, and wait for each other more than they work.
SMALL_PRODUCT = 2**18
#: Rows that a product keeps at least; where they are still too many for `SMALL_PRODUCT`, the columns are split as well.
_FEWEST = 8


class SurvivalCurve(Protocol):
    """What states ask of a survival curve."""

    @property
    def axes(self) -> Axes:
        """Dimensions of the curve."""

    def at_edges(self, edges: np.ndarray) -> tuple[np.ndarray, Axes]:
        """Survival at times such as cycle edges (read-only) on some axes and then times, with those axes."""


def expect_curve(given: object, what: str) -> None:
    """Raise `HeconError` where something else stands in the place of a survival curve: a number, a family."""
    if isinstance(given, type) or not hasattr(given, "at_edges"):
        cure = "a survival curve, such as he.curve(p, 'overall_survival') or he.Exponential(0.2)"
        raise HeconError(f"{what} is {as_given(given)}; it must be {cure}")


def expect_time(given: object) -> None:
    """Raise `HeconError` where something else stands in the place of the timeline that a model is given."""
    expect(given, Timeline, "time", "the timeline that a model is given: def outcome(p, time)")


class Shares(ABC):
    """Shares of the cohort, laid out on `axes` (draw, strategy, state, ...) and then on cycle edges or cycles."""

    axes: Axes

    @abstractmethod
    def values(self) -> np.ndarray:
        """Give the shares, ``axes.shape + (edges or cycles,)``."""

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the shares: (edges or cycles, columns) -> ``axes.shape + (columns,)``."""
        return contract(self.values(), weights)


@dataclass(frozen=True, eq=False)
class DenseShares(Shares):
    """Shares held as one array."""

    array: np.ndarray
    axes: Axes

    def values(self) -> np.ndarray:
        """Give the array itself."""
        return self.array


class SharesAtTimes(Shares):
    """Shares of those still event-free: at the start of each cycle, and at any other times that are asked for."""

    time: Timeline

    @property
    def between_edges(self) -> bool:
        """Whether shares are known at cycle edges only, and lie on straight lines between them."""
        return False

    @abstractmethod
    def at(self, times: np.ndarray) -> np.ndarray:
        """Give the shares at times in years, ``axes.shape + (times,)``; worked out once for each array of times."""

    def values(self) -> np.ndarray:
        """Give the shares at every edge but the last."""
        return self.at(self.time.edges)[..., :-1]

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the edges; the last one weighs nothing."""
        return contract(self.at(self.time.edges), np.concatenate([weights, np.zeros((1, weights.shape[1]))]))


@dataclass(frozen=True, eq=False)
class FallShares(Shares):
    """Falls of a curve within each cycle: who leaves it."""

    at_edges: np.ndarray
    axes: Axes

    def values(self) -> np.ndarray:
        """Give S at the start of each cycle less S at its end."""
        return self.at_edges[..., :-1] - self.at_edges[..., 1:]

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the edges by differences of the weights (summation by parts), without forming the falls."""
        nought = np.zeros((1, weights.shape[1]))
        return contract(self.at_edges, np.concatenate([weights, nought]) - np.concatenate([nought, weights]))


@dataclass(frozen=True, eq=False)
class Flow:
    """Shares along time with the rule by which they accrue; what a ledger line multiplies."""

    time: Timeline
    rule: Rule
    shares: Shares
    #: What is counted, in words: the heading of its columns.
    name: str = ""
    #: The state that patients are counted in, or that they enter; empty where the flow knows none or tells them apart.
    state: str = ""
    #: Days on which it is counted, where it is not counted by cycle.
    days: DoseDays | None = None
    #: Whether its shares are by year, so that time in it leaves what happens once.
    by_year: bool = False

    @property
    def axes(self) -> Axes:
        """Dimensions of the flow, without time."""
        return self.shares.axes

    @cached_property
    def values(self) -> np.ndarray:
        """Shares on ``axes.shape`` and then edges (residence) or cycles."""
        return self.shares.values()

    def labelled(self) -> xr.DataArray:
        """Give the flow with its labels; the last dimension is ``edge`` or ``cycle``."""
        last = "edge" if self.rule == "residence" else "cycle"
        return wrap(self.values, self.axes, **{last: self.values.shape[-1]})


def contract(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Matrix product (..., n) with (n, columns), with equal bits for a row whatever rows stand around it.

    >>> contract(np.ones((3, 2)), np.array([[1.0], [2.0]])).ravel().tolist()
    [3.0, 3.0, 3.0]
    """
    if values.dtype == object or weights.dtype == object:
        return np.asarray(values @ weights)
    if values.ndim == 2 and values.strides[-1] == values.itemsize:
        rows = values
    else:
        rows = np.ascontiguousarray(values).reshape(-1, values.shape[-1])
    count, length = rows.shape
    columns = weights.shape[1]
    tile = TILE
    while tile > _FEWEST and tile * length * columns > SMALL_PRODUCT:
        tile //= 2
    whole = count - count % tile
    result = np.empty((count, columns))
    tiles = rows[:whole].reshape(-1, tile, length)
    padded = np.zeros((tile, length))
    padded[: count - whole] = rows[whole:]
    for part in _parts(columns, max(1, SMALL_PRODUCT // (tile * length))):
        own = np.ascontiguousarray(weights[:, part])
        if whole:
            np.matmul(tiles, own, out=result[:whole].reshape(-1, tile, columns)[:, :, part])
        if whole < count:
            result[whole:, part] = (padded @ own)[: count - whole]
    return result.reshape(*values.shape[:-1], columns)


def _parts(columns: int, most: int) -> list[slice]:
    """Cut columns into as few parts of at most `most` as there can be, all of nearly the same width."""
    edges = np.linspace(0, columns, -(-columns // most) + 1).astype(int).tolist()
    return [slice(first, last) for first, last in pairwise(edges)]


def at_start(time: Timeline, state: Shares | None = None) -> Flow:
    """Give everybody, once, at time 0: the flow of starting costs and of events counted per patient.

    With the `state` of a model, the shares in which its states and cohorts begin: for what differs between them.
    """
    expect_time(time)
    if state is None:
        return Flow(time, "once", DenseShares(np.ones(1), Axes({})), ONCE)
    expect(state, Shares, "state", "what he.partition or he.markov gives")
    first = np.zeros((len(time.edges), 1))
    first[0] = 1.0
    return Flow(time, "once", DenseShares(state.contracted(first), state.axes), ONCE)
