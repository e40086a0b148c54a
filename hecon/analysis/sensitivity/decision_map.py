"""A decision map: every combination of inputs and choices, and where in it a pattern over horizons holds.

Choices (scenarios, curve families, settings) span a few cases; in each of them the grid of numeric inputs is one batch.
Each cell is what `hecon.run` would give: run, or on a straight line between cells that were, where outcomes are
straight in an input as they are in a price (`hecon.analysis.sensitivity.straight`). The edges of a window along the
first numeric axis are closed in on by a search for the root, on that line or in runs of the model.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.needs import SEVERAL_STRATEGIES, given_as
from hecon.analysis.registry import Analysis, Need, Task
from hecon.analysis.sensitivity.map_axes import CaseChange, MapAxis, axis_of, case_of
from hecon.analysis.sensitivity.map_blocks import Blocks
from hecon.analysis.sensitivity.readings import MapReading, pattern_margin, readings_of
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, Model, with_rows
from hecon.inputs.from_case import takes_cases
from hecon.inputs.map_sheet import MAP, map_rows
from hecon.inputs.patterns import Pattern, read_pattern
from hecon.labels import HORIZON, STRATEGY, one_of, taken_at, with_data
from hecon.parameters import records_of

#: Cells of a map, at most: each holds some thirty numbers.
MOST_CASES = 1_000_000
#: What a cell may be: the pattern holds; else yes at every horizon, at none, or at some.
PROFILES = ("holds", "always", "never", "other")


@frozen
class DecisionMap:
    """A decision map: outcomes of two strategies in every cell, and what is asked of them.

    `outcomes` on the axes of the map, strategy (the one that is asked about, then the comparator) and horizon: cost,
    pre_progression_cost, life_years, progression_free_life_years, qaly, discounted; what the model has of them.
    `runs` of the cells were run; the others lie between them on the straight lines that outcomes are in every input
    named in `straight`, whatever the choices and the other inputs.
    `windows`, one row a window along the first numeric axis: reading, pattern, a column for each other axis, then
    input, low, high, open_low and open_high (whether the window reaches that end of the axis and may go on beyond).
    """

    inputs: Inputs
    axes: tuple[MapAxis, ...]
    outcomes: xr.Dataset
    readings: tuple[MapReading, ...]
    patterns: tuple[Pattern, ...]
    windows: pd.DataFrame
    runs: int
    straight: tuple[str, ...]
    model: Model | None = None

    @property
    def strategy(self) -> str:
        """The strategy that is asked about."""
        return str(self.outcomes[STRATEGY].values[0])

    @property
    def comparator(self) -> str:
        """The strategy that it is held against."""
        return str(self.outcomes[STRATEGY].values[1])

    @property
    def horizons(self) -> tuple[float, ...]:
        """Horizons, in years."""
        return tuple(map(float, self.outcomes[HORIZON].values))

    @property
    def cells(self) -> int:
        """Number of cells, each of them a case."""
        return int(np.prod([axis.size for axis in self.axes], dtype=int))

    @property
    def other_inputs(self) -> dict[str, int]:
        """Where the other inputs stand while one looks along the first: at the workbook's value, or next to it."""
        return {axis.name: axis.own_place for axis in [axis for axis in self.axes if not axis.is_choice][1:]}

    def yes(self, reading: str | MapReading) -> xr.DataArray:
        """Whether a reading says yes, on the axes of the map and horizon."""
        return self._array(self._signs(reading) > 0, HORIZON)

    def holds(self, pattern: str | Pattern, reading: str | MapReading) -> xr.DataArray:
        """Whether a pattern holds on a reading, on the axes of the map."""
        return self._array(self._holds(pattern, reading).copy())

    def _holds(self, pattern: str | Pattern, reading: str | MapReading) -> np.ndarray:
        """Whether a pattern holds on a reading, as plain numbers; worked out once."""
        key = pattern if isinstance(pattern, Pattern) else read_pattern(pattern, self.horizons), self._reading(reading)
        if key not in self._known_holds:
            self._known_holds[key] = pattern_margin(key[0], self.horizons, self._signs(key[1])) > 0
        return self._known_holds[key]

    @cached_property
    def _known_holds(self) -> dict[tuple[Pattern, MapReading], np.ndarray]:
        return {}

    def windows_of(self, pattern: Pattern, reading: MapReading) -> list[dict[str, Any]]:
        """Give the rows of `windows` for a pattern and reading, each by column."""
        return self._windows.get((pattern.words, reading.name), [])

    @cached_property
    def _windows(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in records_of(self.windows):
            found.setdefault((row["pattern"], row["reading"]), []).append(row)
        return found

    def profile(
        self, pattern: str | Pattern, reading: str | MapReading, at: Mapping[str, int] | None = None
    ) -> xr.DataArray:
        """Sort the cells into those where the pattern holds, and the rest by `PROFILES`, on the axes of the map.

        `at` names axes that are looked at in one place only, such as `other_inputs`.
        """
        holds, yes = self.holds(pattern, reading).isel(at), self.yes(reading).isel(at).values
        of = {profile: place for place, profile in enumerate(PROFILES)}
        rest = np.where(yes.all(axis=-1), of["always"], np.where(yes.any(axis=-1), of["other"], of["never"]))
        return holds.copy(data=np.array(PROFILES)[np.where(holds, of["holds"], rest)])

    @cached_property
    def table(self) -> pd.DataFrame:
        """Where the patterns hold: one row a reading, pattern and combination of choices.

        Columns: reading, pattern, a column for each choice, cells, holds (how many of them), share, and for the first
        numeric axis input, low and high (the ends of its windows; missing where there is none).
        """
        choices = [axis for axis in self.axes if axis.is_choice]
        inner = {place: axis.name for place, axis in enumerate(self.axes) if not axis.is_choice}
        names = [axis.name for axis in choices]
        ends = self._ends(self.windows, names)
        rows = []
        for reading, pattern in itertools.product(self.readings, self.patterns):
            counts = self._holds(pattern, reading).sum(axis=tuple(inner))
            size = self.cells // max(1, counts.size)
            places = itertools.product(*(axis.labels for axis in choices))
            for place, count in zip(places, counts.ravel().tolist(), strict=True):
                row: dict[str, Any] = {"reading": reading.name, "pattern": pattern.words}
                row |= dict(zip(names, place, strict=True)) | {"cells": size, "holds": count, "share": count / size}
                if inner:
                    low, high = ends.get((reading.name, pattern.words, *place), (np.nan, np.nan))
                    row |= {"input": next(iter(inner.values())), "low": low, "high": high}
                rows.append(row)
        return pd.DataFrame(rows)

    def _ends(self, windows: pd.DataFrame, choices: Sequence[str]) -> dict[tuple[str, ...], tuple[float, float]]:
        """Give the lowest and the highest end of windows by reading, pattern and choices."""
        if windows.empty:
            return {}
        found: dict[tuple[str, ...], tuple[float, float]] = {}
        for row in windows[["reading", "pattern", *choices, "low", "high"]].to_numpy(dtype=object).tolist():
            *key, low, high = row
            least, most = found.get(tuple(key), (low, high))
            found[tuple(key)] = (min(least, low), max(most, high))
        return found

    def share(self, pattern: str | Pattern, reading: str | MapReading) -> float:
        """Give the share of the map's cells in which a pattern holds on a reading."""
        return float(self._holds(pattern, reading).mean())

    def case(self, **at: str | float) -> Case:
        """Give the case of one cell, as `hecon.run` takes it: by axis, the label of a choice or the value of an input.

        Axes whose names are no Python names are given as ``case(**{"drug_price · daratumumab": 5.5})``.
        """
        for name in at:
            one_of(name, [axis.name for axis in self.axes], "axis")
        missing = [axis.name for axis in self.axes if axis.name not in at]
        if missing:
            raise HeconError(f"a cell has a place on every axis; '{missing[0]}' is not given")
        place = []
        for axis in self.axes:
            value = at[axis.name]
            place.append(axis.labels.index(one_of(str(value), axis.labels, axis.name)) if axis.is_choice else 0)
        case = case_of(self.inputs, self.axes, place, self.model)
        numeric = [axis for axis in self.axes if not axis.is_choice]
        if not numeric:
            return case
        values = np.array([[float(at[axis.name]) for axis in numeric]])
        return with_rows(case, [axis.row for axis in numeric], values)

    @cached_property
    def _numbers(self) -> dict[str, np.ndarray]:
        return {str(name): array.values for name, array in self.outcomes.items()}

    def _signs(self, reading: str | MapReading) -> np.ndarray:
        """Whether a reading says yes (1) or no (-1), on the axes of the map and horizon; worked out once."""
        own = self._reading(reading)
        if own not in self._known_signs:
            self._known_signs[own] = _signs(own.margin(self._numbers))
        return self._known_signs[own]

    @cached_property
    def _known_signs(self) -> dict[MapReading, np.ndarray]:
        return {}

    def _reading(self, reading: str | MapReading) -> MapReading:
        if isinstance(reading, MapReading):
            return reading
        levels = self.inputs.settings.willingness_to_pay
        found = readings_of([reading], levels, list(self._numbers))
        if len(found) > 1:
            known = ", ".join(one.name for one in found)
            raise HeconError(f"'{reading}' is a reading at each willingness to pay; name one of them: {known}")
        return found[0]

    def _array(self, values: np.ndarray, *last: str) -> xr.DataArray:
        return with_data(self._labels[len(last)], values)

    @cached_property
    def _labels(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Arrays with the labels of a cell, and of a cell and horizon."""
        by_horizon = taken_at(next(iter(self.outcomes.values())), STRATEGY, 0)
        return taken_at(by_horizon, HORIZON, 0), by_horizon


@takes_cases
def decision_map(
    inputs: Inputs,
    axes: Mapping[str, Mapping[str, CaseChange] | Sequence[float]] | None = None,
    patterns: str | Sequence[str] | None = None,
    readings: Sequence[str] | None = None,
    strategy: str | None = None,
    comparator: str | None = None,
    *,
    marked: Mapping[str, Sequence[float]] | None = None,
    model: Model | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DecisionMap:
    """Look at every combination of the `axes` and find where `patterns` over horizons hold.

    An axis is a choice, a mapping of names to changes (None for the workbook as it stands, the name of a scenario, a
    function of a case such as ``lambda case: case.with_curve(...)``, or a list of them), or the values of an input,
    which is named as in `one_way`. Changes are made in the order of the axes, so that a later one has the last word,
    and inputs after them.

    A pattern is like ``"1 yes, 3 yes, 5 no"``. It is asked of each of the `readings`: ``progression_free_life_years``,
    ``life_years``, ``qaly`` (more of it), ``saving``, ``worth_it`` (at each willingness to pay of the settings) or
    ``worth_it_at_100000``, ``average_cost_per_progression_free_month``, ``..._life_year``, ``..._qaly`` (lower than the
    comparator's; with ``_before_progression`` on those costs only), or several that must hold together:
    ``"qaly + saving"``. Without `readings`, all that the model tells. `marked` are values of inputs to point out.

    Without `axes`, everything is that of the sheet Map. Raises `HeconError` and `UnknownNameError` for what does not
    exist, and for more than a million cells.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> found = decision_map(  # doctest: +SKIP
    ...     inputs,
    ...     {"efficacy": {"unanchored": None, "equal": "No difference in efficacy"},
    ...      "drug_price · daratumumab": np.linspace(5.0, 6.0, 101)},
    ...     "1 yes, 3 yes, 5 no",
    ... )
    >>> found.share("1 yes, 3 yes, 5 no", "saving")  # doctest: +SKIP
    """
    if axes is None:
        asked = map_rows(inputs.tables[MAP]) if MAP in inputs.tables else None
        if asked is None:
            raise HeconError("the workbook has no sheet Map; give the axes of the map: axes={...}, patterns='1 yes'")
        axes, marked = asked.axes, asked.marked
        patterns, readings = patterns or asked.patterns, readings or asked.readings or None
    base = inputs.base_case(model)
    laid_out = tuple(axis_of(inputs, name, given, (marked or {}).get(name, ())) for name, given in axes.items())
    cells = int(np.prod([axis.size for axis in laid_out], dtype=int))
    if not laid_out or cells > MOST_CASES:
        raise HeconError(f"the map has {cells:,} cells; it must have an axis, and at most {MOST_CASES:,} cells")
    horizons = inputs.settings.horizons
    texts = [patterns] if isinstance(patterns, str) else list(patterns or ())
    if not texts:
        raise HeconError("a map needs a pattern to look for, such as '1 yes, 3 yes, 5 no'")
    own_patterns = tuple(read_pattern(text, horizons) for text in texts)
    pair = _pair(base, strategy, comparator)
    blocks = Blocks(inputs, laid_out, pair, base.model)
    outcomes = blocks.run(progress)
    own_readings = tuple(readings_of(readings, inputs.settings.willingness_to_pay, list(map(str, outcomes))))
    numbers = {str(name): array.values for name, array in outcomes.items()}
    margins = {reading: reading.margin(numbers) for reading in own_readings}
    windows = pd.DataFrame(list(blocks.windows(margins, own_patterns)), columns=blocks.window_columns)
    found = DecisionMap(
        inputs, laid_out, outcomes, own_readings, own_patterns, windows, blocks.runs, blocks.straight, model
    )
    found._known_signs.update({reading: _signs(margin) for reading, margin in margins.items()})
    return found


def _signs(margin: np.ndarray) -> np.ndarray:
    return np.sign(margin).astype(np.int8)


def _pair(base: Case, strategy: str | None, comparator: str | None) -> tuple[str, str]:
    names = base.labels[STRATEGY]
    against = one_of(comparator or base.comparator, names, "strategy")
    own = one_of(strategy, names, "strategy") if strategy else next((name for name in names if name != against), "")
    if own in ("", against):
        raise HeconError("a map compares two different strategies; name another strategy or comparator")
    return own, against


def _run(task: Task) -> DecisionMap:
    return decision_map(task.inputs, model=task.model, progress=task.progress)


ANALYSIS = Analysis(
    called="decision map",
    run=_run,
    tables={"decision_map": lambda found, _: found.table, "decision_map_windows": lambda found, _: found.windows},
    needs=(SEVERAL_STRATEGIES, Need("the model has no costs", lambda _, base: "cost" in base.totals)),
    asked=lambda inputs: MAP in inputs.tables,
    accept=given_as(DecisionMap, "map", "he.sensitivity.decision_map(inputs, ...)"),
    aside=True,
)
