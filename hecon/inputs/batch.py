"""Batches of values: what is uncertain in a workbook, drawn at random or mapped from a sample of the unit cube.

Every analysis builds its values here. A matrix of values (draw, row) becomes a case whose parameters have a leading
``draw`` dimension; the model never knows which analysis it is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError
from hecon.frozen import frozen
from hecon.inputs.input_names import find_input, input_names, key_columns, labels_of_rows
from hecon.inputs.joint import Single, Source
from hecon.inputs.quantities import INCLUDED_IN, PSA
from hecon.inputs.sources import read_sources
from hecon.inputs.streams import paged
from hecon.labels import DRAW, Axes, wrap


class HasRows(Protocol):
    """What a workbook says of its inputs: the rows of its parameter sheets, and its other tables."""

    @property
    def source(self) -> str:
        """Where it was read."""

    @property
    def parameters(self) -> pd.DataFrame:
        """Rows of the parameter sheets."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Rows of other sheets, by name."""


@frozen
class Uncertainty:
    """What is uncertain among the rows of the parameter sheets: independent `sources`, each moving some rows."""

    names: tuple[str, ...]
    values: np.ndarray
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """Places of the uncertain rows, in the order of the columns of every matrix of values."""
        return tuple(sorted(i for source in self.sources for i in source.members))

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Names of the uncertain inputs."""
        return tuple(self.names[i] for i in self.rows)

    @property
    def uniforms(self) -> int:
        """Numbers on [0, 1] that settle one draw."""
        return sum(source.uniforms for source in self.sources)

    def source_of(self, row: int) -> tuple[Source, int] | None:
        """Give the source that moves a row, and the row's place in it; None if the row is fixed."""
        return next(((source, source.members.index(row)) for source in self.sources if row in source.members), None)

    def without(self, rows: Sequence[int]) -> Uncertainty:
        """Give the same uncertainty less the sources that move none but these rows."""
        kept = tuple(source for source in self.sources if not set(source.members) <= set(rows))
        return replace(self, sources=kept)

    def draw(self, count: int, seed: int, start: int = 0) -> np.ndarray:
        """Draw values (draw, uncertain row), the first of them being draw `start` of the seed."""
        parts = [self._drawn(source, seed, start, start + count) for source in self.sources]
        return self._joined(parts, count)

    def _drawn(self, source: Source, seed: int, start: int, stop: int) -> np.ndarray:
        if isinstance(source, Single):
            return paged(partial(source.page, seed), start, stop)
        return paged(lambda number, _: source.page(seed, number), start, stop)

    def from_uniforms(self, uniforms: np.ndarray) -> np.ndarray:
        """Map a sample of the unit cube (draw, uniform) to values (draw, uncertain row), source by source.

        Designs repeat their numbers, most from one draw to the next, so each different number is mapped once.
        """
        parts, first = [], 0
        changes = uniforms[1:] != uniforms[:-1]
        for source in self.sources:
            own = slice(first, first + source.uniforms)
            first += source.uniforms
            begins = np.flatnonzero(np.append(True, changes[:, own].any(axis=1)))
            repeats = np.diff(begins, append=len(uniforms))
            mapped = _each_once(source, uniforms[begins, own])
            parts.append(np.repeat(mapped, repeats, axis=0))
        return self._joined(parts, len(uniforms))

    def _joined(self, parts: Sequence[np.ndarray], count: int) -> np.ndarray:
        column = {row: j for j, row in enumerate(self.rows)}
        values = np.empty((count, len(self.rows)))
        for source, part in zip(self.sources, parts, strict=True):
            values[:, [column[row] for row in source.members]] = part
        return values


def _each_once(source: Source, uniforms: np.ndarray) -> np.ndarray:
    """Quantiles of a source at uniforms (draw, uniform); those of a single number at each different one once."""
    if source.uniforms > 1:
        return source.quantile(uniforms)
    different, place = np.unique(uniforms, return_inverse=True)
    return source.quantile(different[:, None])[place.ravel()]


def uncertainty_of(inputs: HasRows, analysis: str | None = PSA) -> Uncertainty:
    """Read what is uncertain in a workbook. Raises `InputError` with every fault.

    For an `analysis` (psa or tornado) rows that column ``include`` keeps out of it are fixed; for None none is.
    """
    parameters = inputs.parameters
    names = input_names(parameters)
    faults: list[Fault] = []
    notes: list[str] = []
    sources = read_sources(parameters, names, labels_of_rows(parameters), inputs.tables, find_input, faults, notes)
    left_out = kept_out(parameters, analysis)
    for source in sources:
        out = [i for i in source.members if i in left_out]
        if out and len(out) < len(source.members):
            inside = next(names[i] for i in source.members if i not in left_out)
            what = f"include keeps {names[out[0]]} out, and it is drawn together with {inside}; keep both out or none"
            faults.append(Fault(str(parameters["cell"].iloc[out[0]]), what))
    if faults:
        raise InputError(inputs.source, faults)
    found = Uncertainty(names, parameters["value"].to_numpy(dtype=float), sources, tuple(notes))
    return found.without(left_out) if left_out else found


def kept_out(parameters: pd.DataFrame, analysis: str | None) -> tuple[int, ...]:
    """Places of the rows that column ``include`` keeps out of an analysis, psa or tornado."""
    if analysis is None or "include" not in parameters:
        return ()
    said = parameters["include"].tolist()
    return tuple(i for i, include in enumerate(said) if include in INCLUDED_IN and include != analysis)


def batch_of(
    known: Mapping[str, xr.DataArray], parameters: pd.DataFrame, rows: Sequence[int], values: np.ndarray
) -> dict[str, xr.DataArray]:
    """Give known values as a batch in which some rows of the parameter sheets take the values (draw, row)."""
    if not rows:
        return _any_as_batch(known, len(values))
    columns = key_columns(parameters)
    cells = {name: parameters[name].tolist() for name in ("parameter", *columns)}
    labels: dict[str, dict[str, tuple[str, ...]]] = {}
    own: dict[str, np.ndarray] = {}
    for j, row in enumerate(rows):
        name = cells["parameter"][row]
        if name not in own:
            old = known[name]
            dims = [str(dim) for dim in old.dims if dim != DRAW]
            labels[name] = {dim: tuple(old.get_index(dim).tolist()) for dim in dims}
            own[name] = np.broadcast_to(old.values, (len(values), *(old.sizes[dim] for dim in dims))).copy()
        place = [names.index(cells[dim][row]) for dim, names in labels[name].items() if dim in columns]
        index: tuple[Any, ...] = (slice(None), *place)
        own[name][index] = values[:, j]
    batch = {name: wrap(array, Axes({DRAW: len(values), **labels[name]})) for name, array in own.items()}
    return {**known, **batch}


def _any_as_batch(values: Mapping[str, xr.DataArray], count: int) -> dict[str, xr.DataArray]:
    """Give the same values for every draw: nothing is uncertain, and the batch says so."""
    name, array = next(iter(values.items()))
    return {**values, name: array.expand_dims({DRAW: count}).copy()}
