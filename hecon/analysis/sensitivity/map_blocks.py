"""The cells of a decision map: combinations of choices, each a batch over the grid of inputs, and edges of windows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from hecon.analysis.measures import MEASURES
from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.analysis.sensitivity.map_axes import MapAxis, case_of
from hecon.analysis.sensitivity.measure import CHUNK
from hecon.analysis.sensitivity.readings import COST_BEFORE, MapReading, pattern_margin
from hecon.analysis.sensitivity.straight import OnGrid, combinations, on_grid
from hecon.analysis.sensitivity.threshold import find_roots
from hecon.analysis.value.average_ratios import pre_progression_cost
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, Model, with_rows
from hecon.inputs.patterns import Pattern
from hecon.labels import HORIZON, STRATEGY

#: How near a window's edge is to the root, relative to it.
PRECISION = 1e-9


@frozen
class Blocks:
    """The combinations of choices of a map, each a batch over the grid of its inputs."""

    inputs: Inputs
    axes: tuple[MapAxis, ...]
    pair: tuple[str, str]
    model: Model | None

    @cached_property
    def numeric(self) -> list[MapAxis]:
        """Axes that are inputs."""
        return [axis for axis in self.axes if not axis.is_choice]

    @cached_property
    def grid(self) -> np.ndarray:
        """Values of the inputs (cell, input), the last one fastest."""
        return combinations([axis.values for axis in self.numeric])

    def places(self) -> Iterator[tuple[int, ...]]:
        """Places of each combination of choices, 0 on the axes of inputs."""
        yield from itertools.product(*(range(axis.size) if axis.is_choice else (0,) for axis in self.axes))

    def run(self, progress: Callable[[int, int], None] | None) -> xr.Dataset:
        """Give the outcomes of every cell."""
        found: dict[str, np.ndarray] = {}
        places, shape = list(self.places()), tuple(axis.size for axis in self.axes)
        for done, place in enumerate(places, start=1):
            for name, values in self._cells(place).outcomes.items():
                whole = found.setdefault(name, np.empty((*shape, *values.shape[len(self.numeric) :])))
                where = tuple(n if axis.is_choice else slice(None) for n, axis in zip(place, self.axes, strict=True))
                whole[where] = values
            if progress:
                progress(done, len(places))
        dims = [*(axis.name for axis in self.axes), STRATEGY, HORIZON]
        labels = [list(axis.labels) if axis.is_choice else axis.values for axis in self.axes]
        coords = dict(zip(dims, [*labels, list(self.pair), list(self.inputs.settings.horizons)], strict=True))
        return xr.Dataset({name: (dims, values) for name, values in found.items()}, coords=coords)

    @property
    def runs(self) -> int:
        """How many cells were run so far."""
        return sum(cells.runs for cells in self._known.values())

    @property
    def straight(self) -> tuple[str, ...]:
        """Names of the inputs in which the outcomes of every combination of choices so far are straight."""
        common = [
            place for place in range(len(self.numeric)) if all(place in own.straight for own in self._known.values())
        ]
        return tuple(self.numeric[place].name for place in common)

    def case(self, place: Sequence[int]) -> Case:
        """Give the case of a combination of choices."""
        return case_of(self.inputs, self.axes, place, self.model, self._cases)

    def _cells(self, place: tuple[int, ...]) -> OnGrid:
        """Give the cells of a combination of choices; one that is made of the same as another is not run again."""
        key = self._key(place)
        if key not in self._known:
            case = self.case(place)
            sides = [axis.values for axis in self.numeric]
            self._known[key] = on_grid(lambda values: self.evaluate(case, values), sides)
        return self._known[key]

    def _key(self, place: tuple[int, ...]) -> object:
        """What a case is made of: choices that a later one overrules give the same case, which is run once."""
        if place not in self._keys:
            case = self.case(place)
            values = tuple((name, array.values.tobytes()) for name, array in case.values.items())
            tables = tuple(
                (name, repr(table.to_numpy().tolist()) if name == "Curves" else id(table))
                for name, table in case.tables.items()
            )
            self._keys[place] = id(case.model), case.settings, values, tables
        return self._keys[place]

    @cached_property
    def _cases(self) -> dict[tuple[int, ...], Case]:
        """Cases made so far: the cells and the ends of windows are of the same."""
        return {}

    @cached_property
    def _keys(self) -> dict[tuple[int, ...], object]:
        """What they are made of, by place."""
        return {}

    @cached_property
    def _known(self) -> dict[object, OnGrid]:
        """Cells found so far, by what their case is made of."""
        return {}

    def evaluate(self, case: Case, values: np.ndarray) -> dict[str, np.ndarray]:
        """Run values of the inputs (cell, input) and give the outcomes on cell, strategy and horizon."""
        rows = [axis.row for axis in self.numeric]
        parts = []
        for start in range(0, len(values), CHUNK):
            own = values[start : start + CHUNK]
            parts.append(self._outcomes(run(with_rows(case, rows, own) if rows else case)))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _outcomes(self, result: Result) -> dict[str, np.ndarray]:
        places = [result.strategies.index(name) for name in self.pair]
        found = {name: result.totals[name].values for name in MEASURES if name in result.totals}
        before = pre_progression_cost(result) if "cost" in found else None
        if before is not None:
            found[COST_BEFORE] = before
        return {name: np.atleast_3d(_with_draw(array))[:, places] for name, array in found.items()}

    # Windows along the first input.

    @cached_property
    def window_columns(self) -> list[str]:
        """Columns of the table of windows."""
        others = [axis.name for axis in self.axes if axis not in self.numeric[:1]]
        return ["reading", "pattern", *others, "input", "low", "high", "open_low", "open_high"]

    def windows(
        self, margins: Mapping[MapReading, np.ndarray], patterns: Sequence[Pattern]
    ) -> Iterator[dict[str, Any]]:
        """Find the windows along the first input in which the patterns hold, each edge by a search for the root.

        `margins` of the readings on the axes of the map and horizon.
        """
        if not self.numeric:
            return
        axis, horizons = self.numeric[0], self.inputs.settings.horizons
        known: dict[object, list[tuple[_Edge, float, float]]] = {}
        for place in self.places():
            key = self._key(place)
            if key not in known:
                where = tuple(n if own.is_choice else slice(None) for n, own in zip(place, self.axes, strict=True))
                known[key] = self._edges(place, {
                    (reading, pattern): pattern_margin(pattern, horizons, margin[where]).reshape(axis.size, -1)
                    for (reading, margin), pattern in itertools.product(margins.items(), patterns)
                })  # fmt: skip
            for edge, low, high in known[key]:
                yield {
                    "reading": edge.reading.name, "pattern": edge.pattern.words, **self._labels(place, edge.other),
                    "input": axis.name, "low": low, "high": high,
                    "open_low": bool(low == axis.values[0]), "open_high": bool(high == axis.values[-1]),
                }  # fmt: skip

    def _edges(
        self, place: tuple[int, ...], margins: Mapping[tuple[MapReading, Pattern], np.ndarray]
    ) -> list[tuple[_Edge, float, float]]:
        """Give the windows of one combination of choices: an edge of each, and its two ends."""
        edges: list[_Edge] = []
        for question, margin in margins.items():
            for other, first, last in _runs(margin > 0):
                edges += [_Edge(*question, other, first, -1), _Edge(*question, other, last, 1)]
        ends = self._ends(place, edges, margins)
        return list(zip(edges[::2], ends[::2], ends[1::2], strict=True))

    def _labels(self, place: Sequence[int], other: int) -> dict[str, object]:
        """Labels and values of every axis but the first input."""
        rest = iter(self.grid[other, 1:].tolist())
        return {
            axis.name: axis.labels[number] if axis.is_choice else next(rest)
            for number, axis in zip(place, self.axes, strict=True)
            if axis is not self.numeric[0]
        }

    def _ends(
        self, place: tuple[int, ...], edges: Sequence[_Edge], margins: Mapping[tuple[MapReading, Pattern], np.ndarray]
    ) -> list[float]:
        """Close in on the edges of windows, all of one combination of choices at once."""
        values, horizons = self.numeric[0].values, self.inputs.settings.horizons
        ends = [float(values[edge.at]) for edge in edges]
        inner = [n for n, edge in enumerate(edges) if 0 <= edge.at + edge.step < len(values)]
        if not inner:
            return ends
        case, cells, sought = self.case(place), self._cells(place), [edges[n] for n in inner]
        others = [edge.other for edge in sought]
        rest = self.grid[others, 1:]
        own = {
            question: np.array([n for n, edge in enumerate(sought) if (edge.reading, edge.pattern) == question])
            for question in dict.fromkeys((edge.reading, edge.pattern) for edge in sought)
        }

        def height(x: np.ndarray) -> np.ndarray:
            straight = 0 in cells.straight
            outcomes = cells.along_first(x, others) if straight else self.evaluate(case, np.column_stack([x, rest]))
            found = np.empty(len(x))
            for (reading, pattern), rows in own.items():
                here = {name: array[rows] for name, array in outcomes.items()}
                found[rows] = pattern_margin(pattern, horizons, reading.margin(here))
            return found

        def known(step: int) -> np.ndarray:
            return np.array([
                margins[edge.reading, edge.pattern][edge.at + step * edge.step, edge.other] for edge in sought
            ])  # fmt: skip

        low, high = (np.array([values[edge.at + step * edge.step] for edge in sought]) for step in (0, 1))
        roots, _ = find_roots(height, low, high, known(0), known(1), PRECISION)
        for n, root in zip(inner, roots, strict=True):
            ends[n] = float(root)
        return ends


@frozen(eq=True)
class _Edge:
    """The last place of a window on one side: along the first input, among the others, and which way it ends."""

    reading: MapReading
    pattern: Pattern
    other: int
    at: int
    step: int


def _with_draw(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 3 else array[None]


def _runs(holds: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Give the windows of (place, other): other, first and last place.

    >>> list(_runs(np.array([[False], [True], [True], [False]])))
    [(0, 1, 2)]
    """
    steps = np.diff(np.pad(holds.astype(int), ((1, 1), (0, 0))), axis=0).T
    (others, firsts), (_, beyond) = np.nonzero(steps == 1), np.nonzero(steps == -1)
    yield from zip(others.tolist(), firsts.tolist(), (beyond - 1).tolist(), strict=True)
