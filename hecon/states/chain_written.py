"""The walk of a Markov chain as cells: the same steps as `chain` takes, each share written down before the next.

Everything is laid out on rows (strategy, cohort), as for numbers; a row is named by its labels on `axes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hecon.labels import CYCLE, STRATEGY, Axes
from hecon.states.cycles import Steps
from hecon.states.generator import Matrix
from hecon.states.time_in_state import longer
from hecon.symbols.draft import EDGE, CellColumn, Span, draft, named, span_of, total, total_of_products
from hecon.symbols.expression import is_symbolic

_IN_STATE = "in state"


def along_of(steps: Steps) -> tuple[str, str]:
    """What cells at the edges of steps, and those of the steps, run along: the model's own where these are the same."""
    return (f"{steps.count} steps",) * 2 if steps.cut else (EDGE, CYCLE)


def named_rows(title: str, values: np.ndarray, axes: Axes, along: str | None) -> np.ndarray:
    """Name values on (cells, rows), or on (rows,): rows of `axes`, or one for all of them."""
    rows = values.shape[-1]
    own = axes if rows == int(np.prod(axes.shape, dtype=int)) else Axes({})
    if along is None:
        return named(title, values.reshape(own.shape), own).reshape(rows)
    laid_out = np.ascontiguousarray(values.T).reshape(*own.shape, len(values))
    return named(title, laid_out, own, along).reshape(rows, len(values)).T


def cut_rows(title: str, columns: np.ndarray, axes: Axes, steps: Steps, *, edges: bool) -> np.ndarray:
    """Write columns on (edges or cells of steps, rows) down where a horizon cuts a step in two.

    What the cut step gives then refers to these cells, and no formula repeats what is in them.
    """
    if not steps.cut or not is_symbolic(columns):
        return columns
    return named_rows(title, columns, axes, along_of(steps)[0 if edges else 1])


def written_parts(title: str, part: np.ndarray, axes: Axes, steps: Steps) -> np.ndarray:
    """Write one factor of a transition down, on (cycles, time in state, rows), where it varies."""
    cycles, longest, _ = part.shape
    if cycles == 1 and longest == 1:
        return named_rows(title, part[0, 0], axes, None).reshape(part.shape)
    if longest == 1:
        return named_rows(title, part[:, 0], axes, along_of(steps)[1])[:, None]
    by_stay = [named_rows(title, one, axes, f"{longest} cycles {_IN_STATE}") for one in part]
    return np.stack(by_stay)


@dataclass(eq=False)
class Scribe:
    """Writes the walk of one chain: a column for each state and row, and one for each tunnel at each edge."""

    axes: Axes
    states: tuple[str, ...]
    steps: Steps
    _columns: dict[tuple[str, int, int], CellColumn] = field(default_factory=dict)

    def share(self, title: str, place: int, values: np.ndarray) -> np.ndarray:
        """Write the next cell of a state, for every row."""
        result = np.empty(len(values), dtype=object)
        for row, value in enumerate(values):
            key = (title, place, row)
            if key not in self._columns:
                strategy, labels = self._labels(row)
                labels = {"state": self.states[place], **labels}
                self._columns[key] = _open().grow(title, along_of(self.steps)[0], strategy, labels)
            result[row] = self._columns[key].add(value)
        return result

    def _labels(self, row: int) -> tuple[str, dict[str, str]]:
        places = [int(i) for i in np.unravel_index(row, self.axes.shape)] if self.axes.shape else []
        labels = dict(zip(self.axes.dims, self.axes.at(places), strict=True))
        return labels.pop(STRATEGY, ""), labels

    def tunnel(self, place: int, longest: int, first: np.ndarray) -> WrittenTunnel:
        """Begin the tunnel of a state."""
        return WrittenTunnel(self, place, longest, first)

    def write(self, title: str, matrix: Matrix, rows: int) -> Matrix:
        """Write a matrix of transitions down: entries on (cycles x rows), cycle by cycle or once for all."""
        found: Matrix = {}
        for (i, j), entry in matrix.items():
            by_cycle = (entry if entry.size > rows else np.broadcast_to(entry, (rows,))).reshape(-1, rows)
            name = f"{title}: {self.states[i]} to {self.states[j]}"
            along = (
                along_of(self.steps)[1] if len(by_cycle) == self.steps.count else f"{len(by_cycle)} lengths of cycle"
            )
            if len(by_cycle) == 1:
                found[i, j] = named_rows(name, by_cycle[0], self.axes, None)
            else:
                found[i, j] = named_rows(name, by_cycle, self.axes, along).reshape(-1)
        return found


class WrittenTunnel:
    """Shares of one state by time in it, as `time_in_state.Tunnel`: at each edge a column down the time in state."""

    def __init__(self, scribe: Scribe, place: int, longest: int, first: np.ndarray) -> None:
        self._scribe, self._place, self._longest = scribe, place, longest
        self._edge = 0
        self._now = [self._column(row, [value]) for row, value in enumerate(first)]

    @property
    def _reached(self) -> int:
        return len(self._now[0].cells)

    def weighed(self, values: np.ndarray) -> np.ndarray:
        """Sum of shares times values by time in state."""
        by_stay = longer(values, self._reached)
        result = np.empty(len(self._now), dtype=object)
        for row, column in enumerate(self._now):
            items = list(by_stay[:, row if by_stay.shape[1] > 1 else 0])
            if len(items) == 1:
                items = items * self._reached
            result[row] = self._sum(column, items, row)
        return result

    def _sum(self, column: CellColumn, items: list[Any], row: int) -> Any:
        if len(items) == 1:
            return column.cells[0] * items[0]
        if all(item is items[0] for item in items):
            return items[0] * total(Span(column, 0, len(items) - 1))
        strategy, _ = self._scribe._labels(row)
        title = f"Probability by time {_IN_STATE}, edge {self._edge}"
        return total_of_products(Span(column, 0, len(items) - 1), span_of(items, title, str(column.along), strategy))

    def step(self, stay: np.ndarray, entering: np.ndarray) -> np.ndarray:
        """Move on by one cycle and give the share that stayed, as a sum of cells."""
        stays = longer(stay, self._reached)
        self._edge += 1
        result = np.empty(len(self._now), dtype=object)
        after = []
        for row, column in enumerate(self._now):
            own = stays[:, row if stays.shape[1] > 1 else 0]
            stayed = [cell * own[u if len(own) > 1 else 0] for u, cell in enumerate(column.cells)]
            if len(stayed) == self._longest > 1:
                stayed[-2:] = [stayed[-2] + stayed[-1]]
            cells = [entering[row], *stayed] if self._longest > 1 else [entering[row] + stayed[0]]
            after.append(self._column(row, cells))
            last = len(cells) - 1
            result[row] = total(Span(after[-1], 1, last)) if last else stayed[0]
        self._now = after
        return result

    def _column(self, row: int, cells: list[Any]) -> CellColumn:
        strategy, labels = self._scribe._labels(row)
        state = self._scribe.states[self._place]
        column = _open().grow(f"Edge {self._edge}", f"{state}, cycles {_IN_STATE}", strategy, labels)
        for cell in cells:
            column.add(cell)
        return column


def rows_at_once(
    rates: Mapping[tuple[int, int], np.ndarray], lengths: np.ndarray, rows: int
) -> tuple[Matrix, np.ndarray]:
    """Lay rates on (cycles, rows) and the lengths of cycles out together, as vectors over cycles and rows."""
    cycles = max(len(values) for values in rates.values())
    laid_out = {pair: np.broadcast_to(values, (cycles, rows)).reshape(-1) for pair, values in rates.items()}
    if cycles == 1:
        laid_out = {pair: np.tile(values, len(lengths)) for pair, values in laid_out.items()}
    return laid_out, np.repeat(lengths, rows)


def _open() -> Any:
    open_ = draft()
    assert open_ is not None
    return open_
