"""Flows: shares of a cohort along model time, with the rule by which they accrue.

A flow is what a ledger line multiplies by a rate or a price: time spent in states (residence), a share
at the start of each cycle (start), events within each cycle (event), or everybody once at time 0
(once). A flow is not discounted and knows no horizon: `weighed` takes both as weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Literal, Protocol

import numpy as np
import xarray as xr

from hecon.errors import HeconError, as_given, expect
from hecon.frozen import frozen
from hecon.labels import Axes, wrap
from hecon.once import once_for_same
from hecon.products import WeightMatrices, weight_matrices
from hecon.rows import InParts, Laid, Stepped, Stretch, WorkedOut, stretches, whole_of
from hecon.timeline import DoseDays, Timeline

Rule = Literal["residence", "start", "event", "once"]

#: Heading of what is counted at the start.
ONCE = "Once, at the start"


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


def survival_at(curve: SurvivalCurve, times: np.ndarray) -> tuple[Laid, Axes]:
    """Survival at times as ``curve.at_edges`` gives it, or to be worked out some draws at a time, if the curve can."""
    by_parts = getattr(curve, "laid_out", curve.at_edges)
    values, axes = by_parts(times)
    return values, axes


@frozen
class SumOverTime:
    """`values` (..., n) to be summed over time with `weights` (n, columns); leading dimensions of these broadcast."""

    values: Laid | Stepped
    weights: np.ndarray


@frozen
class Weighed:
    """Shares summed over time, not worked out yet: some products, and what is made of them.

    `weigh` works out many of them at once: it goes over an array that several of them sum only once.
    """

    products: tuple[SumOverTime, ...]
    then: Callable[[Sequence[np.ndarray]], np.ndarray]


class Shares(ABC):
    """Shares of the cohort, laid out on `axes` (draw, strategy, state, ...) and then on cycle edges or cycles."""

    axes: Axes

    @abstractmethod
    def values(self) -> np.ndarray:
        """Give the shares, ``axes.shape + (edges or cycles,)``."""

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the shares: (edges or cycles, columns) -> ``axes.shape + (columns,)``.

        Weights that differ by some of the axes have a leading dimension for each axis, of size 1 where they do not.
        """
        return only(SumOverTime(self.values(), weights))

    def contracted(self, weights: np.ndarray) -> np.ndarray:
        """Weigh the shares, at once."""
        return weigh([self.weighed(weights)])[0]


@frozen
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

    def laid_out(self, times: np.ndarray) -> Laid:
        """Give the shares at times, to be worked out some draws at a time where they can be."""
        return self.at(times)

    def values(self) -> np.ndarray:
        """Give the shares at every edge but the last."""
        return self.at(self.time.edges)[..., :-1]

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the edges; the last one weighs nothing."""
        return only(SumOverTime(self.laid_out(self.time.edges), _at_edges(weights)))


@frozen
class FallShares(Shares):
    """Falls of a curve within each cycle: who leaves it."""

    at_edges: Laid
    axes: Axes

    def values(self) -> np.ndarray:
        """Give S at the start of each cycle less S at its end."""
        at_edges = whole_of(self.at_edges)
        return at_edges[..., :-1] - at_edges[..., 1:]

    def weighed(self, weights: np.ndarray) -> Weighed:
        """Weigh the edges by differences of the weights (summation by parts), without forming the falls."""
        return only(SumOverTime(self.at_edges, _of_falls(weights)))


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


def only(product: SumOverTime) -> Weighed:
    """Give one product as it is."""
    return Weighed((product,), lambda parts: parts[0])


def done(sums: np.ndarray) -> Weighed:
    """Give sums that are worked out already."""
    return Weighed((), lambda _: sums)


@once_for_same(16)
def _at_edges(weights: np.ndarray) -> np.ndarray:
    """Weights of cycles as those of the edges at their starts: the last edge weighs nothing."""
    return np.concatenate([weights, _nought(weights)], axis=-2)


@once_for_same(16)
def _of_falls(weights: np.ndarray) -> np.ndarray:
    """Weights of the edges that weigh the falls of each cycle."""
    nought = _nought(weights)
    return np.concatenate([weights, nought], axis=-2) - np.concatenate([nought, weights], axis=-2)


def _nought(weights: np.ndarray) -> np.ndarray:
    """One time more that weighs nothing."""
    return np.zeros((*weights.shape[:-2], 1, weights.shape[-1]))


def weigh(sums: Sequence[Weighed]) -> list[np.ndarray]:
    """Work out sums over time, going over each array once; over those that come by parts together, part by part.

    >>> one = DenseShares(np.ones((3, 2)), Axes({"strategy": ("A", "B", "C")}))
    >>> [part.tolist() for part in weigh([one.weighed(np.array([[1.0], [2.0]])), one.weighed(np.ones((2, 1)))])]
    [[[3.0], [3.0], [3.0]], [[2.0], [2.0], [2.0]]]
    """
    groups: dict[int, list[SumOverTime]] = {}
    for product in {id(product): product for one in sums for product in one.products}.values():
        groups.setdefault(id(product.values), []).append(product)
    stepped, stacks = [], []
    for group in groups.values():
        shares = group[0].values
        if isinstance(shares, Stepped):
            stepped.append(_as_stepped(shares, group))
        else:
            stacks.append(_Stack(shares, group))
    for stack in stacks:
        if isinstance(stack.values, np.ndarray):
            stack.put(stack.values)
    by_parts = [(stack, stack.values) for stack in stacks if isinstance(stack.values, InParts)]
    by_parts.sort(key=lambda each: not each[1].counts)
    for part in stretches([values for _, values in by_parts]) if by_parts else ():
        known: WorkedOut = {}
        for stack, values in by_parts:
            stack.put(values.part(part, known), part)
    each = chain(*(stack.parts() for stack in stacks), *stepped)
    found = {id(product): own for product, own in each}
    return [one.then([found[id(product)] for product in one.products]) for one in sums]


def _as_stepped(shares: Stepped, group: Sequence[SumOverTime]) -> Iterator[tuple[SumOverTime, np.ndarray]]:
    """Give each product with its sums, of shares that are summed as they are stepped."""
    sums = shares.summed(np.concatenate([product.weights for product in group], axis=1))
    return _split(sums, group)


def _split(sums: np.ndarray, group: Sequence[SumOverTime]) -> Iterator[tuple[SumOverTime, np.ndarray]]:
    """Split sums (columns, ...) of several products, side by side: (..., columns) each."""
    columns = np.moveaxis(sums, 0, -1)
    last = 0
    for product in group:
        first, last = last, last + product.weights.shape[-1]
        yield product, columns[..., first:last]


class _Stack:
    """Products of one array with the weights of all that sum it.

    Sums stand column by column in memory: what multiplies them goes along the draws of each.
    """

    def __init__(self, values: Laid, group: Sequence[SumOverTime]) -> None:
        self.values = values
        self._group = group
        size = len(self.values.shape) - 1
        lead, dtype, columns, self._products = _stacked(size, *(product.weights for product in group))
        self._common = [place for place in range(size) if lead[place] > 1]
        self._lead = [lead[place] for place in self._common]
        rest = [self.values.shape[place] for place in range(size) if lead[place] == 1]
        dtype = np.result_type(dtype, self.values if isinstance(self.values, np.ndarray) else float)
        self._summed = np.zeros((columns, *self._lead, *rest), dtype)

    def put(self, values: np.ndarray, part: Stretch | None = None) -> None:
        """Sum the array, or a part of it."""
        moved = np.moveaxis(values, self._common, range(len(self._common))) if self._common else values
        for at, product in self._products.items():
            place: tuple[Any, ...] = (slice(None), *at)
            summed = self._summed[place]
            if part is None:
                product.put(moved[at], summed)
            elif part.repeats is None:
                product.put(moved[at], summed[:, part.start : part.stop])
            else:
                different = np.zeros((len(summed), len(part.repeats), *summed.shape[2:]))
                product.put(moved[at], different)
                summed[:, part.start : part.stop] = np.repeat(different, part.repeats, axis=1)

    def parts(self) -> Iterator[tuple[SumOverTime, np.ndarray]]:
        """Give each product with its sums."""
        summed = np.moveaxis(self._summed, range(1, len(self._common) + 1), [place + 1 for place in self._common])
        return _split(summed, self._group)


@once_for_same(16)
def _stacked(
    size: int, *several: np.ndarray
) -> tuple[tuple[int, ...], np.dtype[Any], int, dict[tuple[int, ...], WeightMatrices]]:
    """Put weights of an array with so many leading dimensions side by side, and cut them.

    Leading dimensions by which weights differ come first: each of their labels is a product of its own.
    """
    lead = np.broadcast_shapes((1,) * size, *(weights.shape[:-2] for weights in several))
    spread = [np.broadcast_to(weights, (*lead, *weights.shape[-2:])) for weights in several]
    together = np.concatenate(spread, axis=-1) if len(spread) > 1 else spread[0]
    different = [count for count in lead if count > 1]
    by_lead = together.reshape(*different, *together.shape[-2:])
    products = {at: weight_matrices(by_lead[at]) for at in np.ndindex(*different)}
    return lead, together.dtype, together.shape[-1], products


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
