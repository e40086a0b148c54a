"""Batches of values: what is uncertain in a workbook, drawn at random or mapped from a sample of the unit cube.

Every analysis builds its values here. A matrix of values (draw, row) becomes a case whose parameters have a leading
``draw`` dimension; the model never knows which analysis it is in.
"""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, HeconError, InputError, UnknownNameError, did_you_mean
from hecon.inputs.joint import Source
from hecon.inputs.permitted import parts_of
from hecon.inputs.quantities import FAMILY_COEFFICIENTS
from hecon.inputs.sources import read_sources
from hecon.inputs.streams import paged
from hecon.labels import DRAW, Axes, wrap

if TYPE_CHECKING:
    from hecon.inputs.case import Case, Inputs

#: Between the parameter and its labels in the name of an input.
DOT = " · "


def key_columns(parameters: pd.DataFrame) -> list[str]:
    """Columns of the parameter sheets that say which label a row is about."""
    from hecon.inputs.values import FIXED_COLUMNS

    return [str(column) for column in parameters.columns if column not in FIXED_COLUMNS]


def _labels_of(parameters: pd.DataFrame) -> list[tuple[str, ...]]:
    """Labels of each row, in the order of the columns, without the blank ones."""
    columns = [parameters[column].tolist() for column in key_columns(parameters)]
    rows: Any = zip(*columns, strict=True) if columns else itertools.repeat((), len(parameters))
    return [tuple(label for label in row if isinstance(label, str) and label) for row in rows]


def input_names(parameters: pd.DataFrame) -> tuple[str, ...]:
    """Name every input: its parameter, then its labels.

    >>> input_names(pd.DataFrame({"parameter": ["drug_price"], "drug": ["daratumumab"], "value": [6.5]}))
    ('drug_price · daratumumab',)
    """
    return tuple(
        DOT.join([name, *labels]) for name, labels in zip(parameters["parameter"], _labels_of(parameters), strict=True)
    )


def input_in_words(name: str) -> str:
    """Give the name of an input as a reader would say it.

    >>> input_in_words("drug_price · daratumumab")
    'Drug price: daratumumab'
    >>> input_in_words("rate · Isa-Pd · progression_free_survival · exponential")
    'Progression-free survival, Isa-Pd: exponential rate'
    """
    parameter, *labels = name.split(DOT)
    if labels and labels[-1] in FAMILY_COEFFICIENTS:
        # the coefficient of a curve: what it is about comes first
        topics = sorted(labels[:-1], key=lambda label: label != label.lower())
        return f"{_sentence(', '.join(map(_spaced, topics)))}: {_spaced(labels[-1])} {_spaced(parameter)}"
    words = _sentence(_spaced(parameter))
    return f"{words}: {', '.join(map(_spaced, labels))}" if labels else words


def _spaced(label: str) -> str:
    return label.replace("progression_free", "progression-free").replace("_", " ")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def find_input(name: str, names: Sequence[str], what: str = "input") -> int:
    """Place of an input among `names`; a parameter of one row needs no labels. Raises `UnknownNameError`."""
    wanted = _parts(name)
    places = [i for i, known in enumerate(names) if _parts(known) == wanted]
    if not places and len(wanted) == 1:
        places = [i for i, known in enumerate(names) if _parts(known)[0] == wanted[0]]
    if len(places) == 1:
        return places[0]
    if places:
        shown = "; ".join(names[i] for i in places[:8])
        raise UnknownNameError(f"'{name}' has {len(places)} values; name one of them: {shown}")
    known = [*names, *(_parts(other)[0] for other in names)]
    raise UnknownNameError(f"there is no {what} '{name}'.{did_you_mean(name, known)}")


def _parts(name: str) -> tuple[str, ...]:
    first, labels = parts_of(name)
    return (first, *sorted(labels))


@dataclass(frozen=True, eq=False)
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
        return paged(lambda number: source.page(seed, number), start, stop)

    def from_uniforms(self, uniforms: np.ndarray) -> np.ndarray:
        """Map a sample of the unit cube (draw, uniform) to values (draw, uncertain row), source by source.

        Designs repeat their numbers, so each different row of a source is mapped once.
        """
        parts, first = [], 0
        for source in self.sources:
            own = uniforms[:, first : first + source.uniforms]
            first += source.uniforms
            if source.uniforms == 1:
                different, place = np.unique(own[:, 0], return_inverse=True)
                parts.append(source.quantile(different[:, None])[place.ravel()])
            else:
                parts.append(source.quantile(own))
        return self._joined(parts, len(uniforms))

    def _joined(self, parts: Sequence[np.ndarray], count: int) -> np.ndarray:
        column = {row: j for j, row in enumerate(self.rows)}
        values = np.empty((count, len(self.rows)))
        for source, part in zip(self.sources, parts, strict=True):
            values[:, [column[row] for row in source.members]] = part
        return values


def uncertainty_of(inputs: Inputs) -> Uncertainty:
    """Read what is uncertain in a workbook. Raises `InputError` with every fault."""
    parameters = inputs.parameters
    names = input_names(parameters)
    faults: list[Fault] = []
    notes: list[str] = []
    sources = read_sources(parameters, names, _labels_of(parameters), inputs.tables, find_input, faults, notes)
    if faults:
        raise InputError(inputs.source, faults)
    return Uncertainty(names, parameters["value"].to_numpy(dtype=float), sources, tuple(notes))


@dataclass(frozen=True, eq=False)
class RandomDraws:
    """Every random draw of a seed: any block of them as a case, with the same bits as in any other block."""

    base: Case
    uncertainty: Uncertainty
    seed: int

    def values(self, start: int, stop: int) -> np.ndarray:
        """Values (draw, uncertain row) of the draws `start` to `stop`."""
        return self.uncertainty.draw(stop - start, self.seed, start)

    def case(self, start: int, stop: int) -> Case:
        """Draws `start` to `stop` as a batch."""
        return with_rows(self.case_of(stop - start), self.uncertainty.rows, self.values(start, stop))

    def case_of(self, count: int) -> Case:
        """Give the base case under the name and settings of so many draws, without their values."""
        return self.base.with_settings(draws=count, seed=self.seed).named(f"{count:,} draws")


def all_draws(inputs: Inputs, seed: int | None = None, model: Any = None) -> RandomDraws:
    """Give all the draws of a seed (that of the settings, if not given); nothing is drawn yet."""
    return RandomDraws(inputs.base_case(model), uncertainty_of(inputs), checked_seed(inputs, seed))


def random_draws(inputs: Inputs, count: int | None = None, seed: int | None = None, model: Any = None) -> Case:
    """Give a batch of random draws of every uncertain input: the first `count` draws of the seed."""
    count, seed = checked_count(inputs, count), checked_seed(inputs, seed)
    return all_draws(inputs, seed, model).case(0, count)


def checked_count(inputs: Inputs, count: int | None) -> int:
    """Number of draws asked for, or that of the settings. Raises `HeconError` for none and for parts of one."""
    count = count if count is not None else inputs.settings.draws
    return _whole("draws", count, 1)


def checked_seed(inputs: Inputs, seed: int | None) -> int:
    """Seed asked for, or that of the settings. Raises `HeconError` for anything but a whole number from 0."""
    seed = seed if seed is not None else inputs.settings.seed
    return _whole("seed", seed, 0)


def _whole(name: str, number: Any, least: int) -> int:
    is_whole = isinstance(number, numbers.Integral) or (isinstance(number, float) and number.is_integer())
    if isinstance(number, bool) or not is_whole or number < least:
        raise HeconError(f"{name} is {number}; it must be a whole number of at least {least}")
    return int(number)


def with_rows(case: Case, rows: Sequence[int], values: np.ndarray) -> Case:
    """Give a case as a batch in which some rows of its parameter sheets take the values (draw, row)."""
    if case.inputs is None:
        raise HeconError("a case without parameter sheets has no rows to vary; build it from hecon.Inputs")
    return case._changed(values=batch_of(case.values, case.inputs, rows, values))


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
