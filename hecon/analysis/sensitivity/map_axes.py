"""Axes of a decision map: choices between changes of a case, and values of inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

import numpy as np

from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, Model
from hecon.inputs.input_names import find_input, input_in_words, input_names
from hecon.inputs.permitted import refuse_row_values
from hecon.labels import DRAW, HORIZON, STRATEGY, one_of

#: What a choice does to a case: nothing, a scenario of the workbook by name, a function of a case, or several of them.
CaseChange = None | str | Callable[[Case], Case] | Sequence[str | Callable[[Case], Case]]


@frozen
class MapAxis:
    """One axis of a map: a choice between named changes, or values of an input of the parameter sheets.

    `marked` are values of an input that a figure points out, such as a list price; `own` is that of the workbook.
    """

    name: str
    labels: tuple[str, ...] = ()
    changes: tuple[CaseChange, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    row: int = -1
    unit: str = ""
    marked: tuple[float, ...] = ()
    own: float = np.nan

    @property
    def is_choice(self) -> bool:
        """Whether it is a choice, and no input."""
        return bool(self.labels)

    @property
    def size(self) -> int:
        """Number of its places."""
        return len(self.labels) or len(self.values)

    @property
    def own_place(self) -> int:
        """Place of the value of an input that is nearest to that of the workbook."""
        return int(np.abs(self.values - self.own).argmin())

    @property
    def words(self) -> str:
        """The axis as a reader would say it."""
        return self.name if self.is_choice else input_in_words(self.name)


def axis_of(
    inputs: Inputs, name: str, given: Mapping[str, CaseChange] | Sequence[float], marked: Sequence[float] = ()
) -> MapAxis:
    """Check an axis and lay it out. Raises `HeconError` and `UnknownNameError` for what does not exist."""
    if name in (STRATEGY, HORIZON, DRAW):
        raise HeconError(f"an axis cannot be called '{name}'; a map has it already")
    if isinstance(given, Mapping):
        if not given:
            raise HeconError(f"axis '{name}' has no choices")
        for change in given.values():
            for one in _steps(change):
                if isinstance(one, str):
                    one_of(one, inputs.scenarios, "scenario")
        return MapAxis(name, tuple(map(str, given)), tuple(given.values()))
    row = find_input(name, names := input_names(inputs.parameters))
    values = np.asarray(given, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
        raise HeconError(f"the values of axis '{name}' must be a list of finite numbers that increase")
    record = inputs.parameters.iloc[row].to_dict()
    refuse_row_values(record, name, values)
    unit, own = record["unit"] or "", float(record["value"])
    return MapAxis(names[row], values=values, row=row, unit=unit, marked=tuple(map(float, marked)), own=own)


def _steps(change: CaseChange) -> tuple[str | Callable[[Case], Case], ...]:
    if change is None:
        return ()
    return (change,) if isinstance(change, str) or callable(change) else tuple(change)


def case_of(
    inputs: Inputs,
    axes: Sequence[MapAxis],
    place: Sequence[int],
    model: Model | None,
    known: dict[tuple[int, ...], Case] | None = None,
) -> Case:
    """Give the case of one combination of choices, at the horizons of the workbook.

    `known` keeps cases by their places on the first axes: combinations that begin alike have these changes in common.
    """
    known = {} if known is None else known
    if () not in known:
        known[()] = inputs.base_case(model)
    case = known[()]
    for count, axis in enumerate(axes, start=1):
        begins = tuple(place[:count])
        if begins not in known:
            known[begins] = _with_choice(inputs, case, axis, begins[-1])
        case = known[begins]
    same = case.settings.horizons == inputs.settings.horizons
    return case if same else case.with_settings(horizons=inputs.settings.horizons)


def _with_choice(inputs: Inputs, case: Case, axis: MapAxis, number: int) -> Case:
    for step in _steps(axis.changes[number]) if axis.is_choice else ():
        case = inputs.with_scenario(case, step) if isinstance(step, str) else step(case)
        if not isinstance(case, Case):
            raise HeconError(f"a change of axis '{axis.name}' gives {type(case).__name__}; it must give a case")
    return case
