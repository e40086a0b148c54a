"""Studies as they are written down: the rows of a table, or of the sheet Studies of a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.psa.draws import shows_its_forms
from hecon.analysis.value.survival_trial import SurvivalMeasurement
from hecon.analysis.value.trial import OF_STUDY, Measurement, PartOfStudy, Study
from hecon.errors import Fault, HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.batch import batch_of
from hecon.inputs.case import Case, Inputs
from hecon.inputs.curve_rows import rows_of_curve
from hecon.inputs.input_names import DOT, find_input, input_names
from hecon.inputs.likelihoods import DETAILS, SURVIVAL
from hecon.inputs.values import labelled_rows
from hecon.labels import DRAW, STRATEGY
from hecon.parameters import Parameters, records_of
from hecon.settings import years_per
from hecon.survival.choose import curve

#: The sheet of a workbook that holds its studies.
STUDIES = "Studies"
_FIXED = ("", "fixed")


@overload
def studies(inputs: Inputs | Case, /) -> list[Study]: ...
@overload
def studies(table: pd.DataFrame, /, source: str = "designs") -> list[Study]: ...
@shows_its_forms
def studies(asked: Any, /, *arguments: Any, **options: Any) -> list[Study]:
    """Read designs of studies, to look at, to change, or to value by `evsi`: one row a measurement.

    Of a workbook (`inputs`, or a case of it): those on the sheet Studies; parameters are named as in `parameter_table`.

    Of a `table` (its `source` stands in messages), rows of the same design belong together. Columns: design, parameter,
    likelihood, sample_size, and where needed arm, sd, follow_up, event_share; fixed_cost, cost_per_participant and
    delay, in one row of a design.

    Raises `HeconError` for a workbook that has none, `InputError` with every fault by row (the table's index).

    >>> row = {"design": "A", "parameter": "x", "likelihood": "normal", "sample_size": 50, "sd": 2.0}
    >>> studies(pd.DataFrame([row]))[0].size
    50
    """
    if isinstance(asked, Inputs | Case):
        return _of_sheet(asked, *arguments, **options)
    return _of_table(asked, *arguments, **options)


def _of_table(table: pd.DataFrame, source: str = "designs") -> list[Study]:
    faults = [
        Fault(column, "is a column that designs need")
        for column in ("design", "parameter", "likelihood", "sample_size")
        if column not in table
    ]
    if faults:
        raise InputError(source, faults)
    found: dict[str, list[Measurement]] = {}
    costs: dict[str, dict[str, Any]] = {}
    for place, row in zip(table.index, table.to_dict("records"), strict=True):
        given = {str(key): value for key, value in row.items() if not _blank(value)}
        where = f"row {place}, design '{given.get('design', '')}'"
        try:
            for name in ("design", "parameter"):
                if name not in given:
                    raise HeconError(f"has no {name}")
            details = [name for name in ("sd", "follow_up", "event_share") if name in given]
            numbers: dict[str, Any] = {name: float(given[name]) for name in details}
            size: Any = float(given.get("sample_size", 0))  # a part of a person is refused as a size
            likelihood, arm = str(given.get("likelihood", "")), str(given.get("arm", ""))
            one = Measurement(str(given["parameter"]), likelihood, size, arm=arm, **numbers)
            found.setdefault(str(given["design"]), []).append(one)
            own = costs.setdefault(str(given["design"]), {})
            for name in set(OF_STUDY) & set(given):
                if own.setdefault(name, float(given[name])) != float(given[name]):
                    raise HeconError(f"{name} is {given[name]}, and {own[name]:g} in a row before; give it once")
        except (HeconError, ValueError) as problem:
            faults.append(Fault(where, str(problem)))
    if faults:
        raise InputError(source, faults)
    return [replace(Study(name, measured), **costs[name]) for name, measured in found.items()]


def _blank(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _of_sheet(batch: Case | Inputs) -> list[Study]:
    parameters = batch.parameters if isinstance(batch, Inputs) else batch.inputs
    sheet = batch.tables.get(STUDIES)
    if sheet is None or parameters is None:
        raise HeconError(f"{batch.source} has no studies; they stand on the sheet {STUDIES}, one row a measurement")
    names = input_names(parameters)
    curves = _Curves(batch, parameters, names)
    found: dict[str, Study] = {}
    for row in records_of(sheet):
        size, arm = int(row["sample_size"]), str(row["arm"])
        details = {name: float(row[name]) for name in DETAILS if np.isfinite(row[name])}
        one: PartOfStudy
        if row["likelihood"] == SURVIVAL:
            one = curves.measured(str(row["input"]), size, details["follow_up"], arm)
        else:
            name = names[find_input(str(row["input"]), names)]
            one = Measurement(name, str(row["likelihood"]), size, arm=arm, **details)
        design = str(row["design"])
        study = found.get(design)
        given: dict[str, Any] = {name: float(row[name]) for name in OF_STUDY if np.isfinite(row[name])}
        own = (*study.measurements, one) if study else (one,)
        found[design] = replace(study or Study(design, own), measurements=own, **given)
    return list(found.values())


@frozen
class _Curves:
    """The curves of a workbook, as its model builds them whatever they are made of."""

    batch: Case | Inputs
    parameters: pd.DataFrame
    names: Sequence[str]

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return records_of(self.parameters)

    @cached_property
    def _curves(self) -> list[dict[str, Any]]:
        return records_of(self.batch.tables["Curves"])

    @cached_property
    def _known(self) -> tuple[dict[str, tuple[str, ...]], dict[str, xr.DataArray]]:
        return labelled_rows(self.parameters, self.batch.labels)[:2]

    def measured(self, name: str, size: int, follow_up: float, arm: str) -> SurvivalMeasurement:
        """Measure the curve of an endpoint and strategy."""
        words = [DOT.join([row["endpoint"], row["strategy"]]) for row in self._curves]
        place = find_input(name, words, "curve")
        endpoint, strategy = self._curves[place]["endpoint"], self._curves[place]["strategy"]
        read, unit = rows_of_curve(self._rows, self._curves, strategy, endpoint)
        rows = [row for row in read if self._rows[row]["distribution"] not in _FIXED]
        year = years_per(unit, self.batch.settings.days_per_year)
        labels, base = self._known

        def survival(drawn: pd.DataFrame, times: np.ndarray) -> np.ndarray:
            values = batch_of(base, self.parameters, rows, drawn.to_numpy())
            p = Parameters(values, labels, self.batch.settings, self.batch.tables, self.batch.source)
            whole = curve(p, endpoint)
            own = whole.select(**{STRATEGY: strategy}) if STRATEGY in whole.axes.labels else whole
            found = own.survival(times * year)
            if isinstance(found, xr.DataArray):
                found = found.transpose(DRAW, ...).values
            return np.broadcast_to(found, (len(drawn), len(times)))

        inputs = tuple(self.names[row] for row in rows)
        return SurvivalMeasurement(inputs, survival, size, follow_up, arm, f"the curve {words[place]}")
