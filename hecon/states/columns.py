"""Values of transitions laid out for the walk: one row of numbers for each draw, strategy and cohort.

A column is an array on (cycles, time in state, rows), of size 1 where it does not vary. InParts stand last, so that
every step of a chain is a handful of products of contiguous vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import AlignmentError, Fault, InputError
from hecon.labels import CYCLE, IN_STATE, STRATEGY, Axes, expand
from hecon.products import SMALL_PRODUCT, even_parts
from hecon.rows import TILE
from hecon.states.chain_written import named_rows
from hecon.states.cycles import Steps
from hecon.states.occupancy import SAME_SUM
from hecon.states.time_in_state import longer
from hecon.states.transitions import Transitions, factors

#: Edges that one product takes at most.
_EDGES = 512


@dataclass(eq=False)
class StepColumn:
    """A product of arrays on (cycles, time in state, rows); `slots` says which slot of the first each step uses."""

    parts: tuple[np.ndarray, ...]
    slots: np.ndarray | None = None
    _known: tuple[int, np.ndarray] | None = field(default=None, init=False)

    @cached_property
    def by_cycle(self) -> bool:
        """Whether the value varies by cycle."""
        return any(len(part) > 1 for part in self.parts)

    @cached_property
    def longest(self) -> int:
        """Values by time in state; 1 if the value does not vary by it."""
        return max(part.shape[1] for part in self.parts)

    def at(self, step: int) -> np.ndarray:
        """Give the value in a step, on (time in state, rows).

        What varies by cycle is worked out for as long as somebody can have been in the state by then. It is remembered,
        for the row's complement asks for it, too.
        """
        if self._known is not None and (not self.by_cycle or self._known[0] == step):
            return self._known[1]
        places = _places(self, step)
        slot = step if self.slots is None else int(self.slots[step])
        value = longer(self.parts[0][slot if len(self.parts[0]) > 1 else 0], places)
        for part in self.parts[1:]:
            value = value * longer(part[slot if len(part) > 1 else 0], places)
        self._known = (step, value)
        return value


def lay_out(given: Any, axes: Axes, steps: Steps, cycles: int, where: str) -> StepColumn:
    """Lay a value out on rows of `axes`; `cycles` is the number of cycles of the timeline."""
    parts = []
    for part in factors(given):
        own = part.sizes if isinstance(part, xr.DataArray) else {}
        sizes = {dim: own.get(dim, 1) for dim in (CYCLE, IN_STATE)}
        array = expand(part, Axes({**sizes, **axes.labels}))
        if any(size > 1 for size in array.shape[2:]):
            array = np.broadcast_to(array, (*array.shape[:2], *axes.shape))
        array = np.ascontiguousarray(array).reshape(*array.shape[:2], -1)
        parts.append(_on_steps(array, steps, cycles, where) if CYCLE in own else array)
    return StepColumn(tuple(parts))


def _on_steps(array: np.ndarray, steps: Steps, cycles: int, where: str) -> np.ndarray:
    """Give a value for each step; one for each cycle of a timeline that cuts steps must not vary within a step."""
    if len(array) == steps.count:
        return array
    if len(array) == cycles:
        first = np.searchsorted(steps.of_cycle, np.arange(steps.count))
        taken = array[first]
        if (taken[steps.of_cycle] == array).all():
            return taken
        what = (
            "varies within a model cycle, which a horizon or a price step cuts in two; give one probability for each "
            "model cycle (he.states.probability_by_cycle(time, curve)), or rates with kind='rate'"
        )
        raise InputError("the transitions", [Fault(where, what)])
    raise AlignmentError(f"{where} has {len(array)} values by cycle; there are {steps.count} model cycles")


@dataclass(eq=False)
class Complement:
    """What the exits of a row leave: 1 less their sum, checked to be at least 0 (and equal to a stay that is given)."""

    state: str
    exits: Sequence[StepColumn]
    stay: StepColumn | None
    transitions: Transitions
    axes: Axes
    _known: tuple[int, np.ndarray] | None = field(default=None, init=False)

    @cached_property
    def by_cycle(self) -> bool:
        """Whether the value varies by cycle."""
        return any(column.by_cycle for column in (*self.exits, *([self.stay] if self.stay else [])))

    @cached_property
    def longest(self) -> int:
        """Values by time in state."""
        return max((column.longest for column in (*self.exits, *([self.stay] if self.stay else []))), default=1)

    def at(self, step: int) -> np.ndarray:
        """Give the value in a step, on (time in state, rows)."""
        if self._known is not None and (not self.by_cycle or self._known[0] == step):
            return self._known[1]
        value: np.ndarray = np.ones((1, 1))
        places = _places(self, step)
        for column in self.exits:
            value = longer(value, places) - longer(column.at(step), places)
        if value.dtype != object:
            value = self._checked(value, step)
        elif not self.by_cycle and self.longest == 1:
            title = f"Probability, {self.state}, remaining"
            value = named_rows(title, value[0], self.axes, None)[None]
        self._known = (step, value)
        return value

    def _checked(self, value: np.ndarray, step: int) -> np.ndarray:
        if not value.min() >= -SAME_SUM:
            self._refuse(value, 1 - value, step, ~(value >= -SAME_SUM), "; a row of probabilities sums to at most 1")
        if self.stay is not None:
            total = 1 - value + longer(self.stay.at(step), _places(self, step))
            if not np.abs(total - 1).max() <= SAME_SUM:
                wrong = ~(np.abs(total - 1) <= SAME_SUM)
                self._refuse(
                    total, total, step, wrong, ", with staying; it must be 1 (leave staying out to have the rest)"
                )
        return np.maximum(value, 0.0)

    def _refuse(self, value: np.ndarray, total: np.ndarray, step: int, wrong: np.ndarray, rule: str) -> None:
        stay, row = map(int, np.argwhere(wrong)[0])
        at = [int(i) for i in np.unravel_index(row, self.axes.shape)]
        named = dict(zip(self.axes.dims, self.axes.at(at), strict=True))
        if value.shape[1] == 1:
            named = {}
        said = [f"{dim} {label}" for dim, label in named.items()]
        said += [f"cycle {step + 1}"] if self.by_cycle else []
        said += [f"after {stay} cycles in it"] if value.shape[0] > 1 else []
        place = f" ({', '.join(said)})" if said else ""
        targets = list(self.transitions.exits(self.state) or (self.state,))
        where = self.transitions.where(self.state, targets[0], named.get(STRATEGY))
        what = (
            f"the probabilities from '{self.state}' to {', '.join(targets)} sum to {total[stay, row]:.6g}{place}{rule}"
        )
        raise InputError(self.transitions.source, [Fault(where, what)])


def _places(column: StepColumn | Complement, step: int) -> int:
    """Values by time in state that a step can need."""
    return min(column.longest, step + 1) if column.by_cycle else column.longest


def contract_columns(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weigh columns (n, rows) by (n, k): gives (rows, k), with equal bits for a row whatever rows stand around it.

    >>> contract_columns(np.ones((2, 3)), np.array([[1.0], [2.0]])).ravel().tolist()
    [3.0, 3.0, 3.0]
    """
    if columns.dtype == object or weights.dtype == object:
        return np.asarray((weights.T @ columns).T)
    length, rows = columns.shape
    whole = rows - rows % TILE
    rest = np.zeros((length, TILE if whole < rows else 0))
    rest[:, : rows - whole] = columns[:, whole:]
    sums = np.zeros((weights.shape[1], whole + rest.shape[1]))
    work = np.empty_like(sums)
    for part in even_parts(length, _EDGES):
        across = np.ascontiguousarray(weights[part].T)
        weigh_tiles(columns[part, :whole], across, out=work[:, :whole])
        weigh_tiles(rest[part], across, out=work[:, whole:])
        np.add(sums, work, out=sums)
    return sums[:, :rows].T


def weigh_tiles(columns: np.ndarray, across: np.ndarray, out: np.ndarray) -> None:
    """Weigh columns (n, rows) by `across` (k, n) into `out` (k, rows); rows come in whole tiles.

    Every product has the same shape, and so a row has the same bits whatever rows stand around it. None is so large
    that a library of linear algebra would share it among threads.
    """
    tiles, into = (array.reshape(len(array), -1, TILE).swapaxes(0, 1) for array in (columns, out))
    for part in even_parts(len(across), max(1, SMALL_PRODUCT // (TILE * len(columns)))):
        np.matmul(across[part], tiles, out=into[:, part])
