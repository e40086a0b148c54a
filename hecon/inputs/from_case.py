"""A case built in Python as inputs: every analysis that takes a workbook takes it, too.

What a workbook says of its uncertainty on sheets, a case says in `Case(uncertainty=, correlation=, scenarios=)`; here
both become the same rows, so that no analysis knows which it was.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.inputs.case import Case, Inputs
from hecon.inputs.control import model_diagram
from hecon.inputs.format import SHEETS_BY_NAME
from hecon.inputs.input_names import DOT, find_input, input_names
from hecon.inputs.orderings import ORDER_COLUMNS, ORDERINGS
from hecon.inputs.quantities import FAMILY, KNOWN_BY_NAME
from hecon.inputs.tables import parameter_rows
from hecon.inputs.template import tables_of, write_inputs
from hecon.labels import axes_of

_P = ParamSpec("_P")
_R = TypeVar("_R")
_NOTE = "given in Python"


@dataclass(frozen=True)
class Uncertain:
    """How uncertain an input of a case is: what its row on a parameter sheet would say beside the value.

    `distribution` is one of normal, lognormal, gamma, beta, uniform, triangular, pert, or dirichlet with a `group`; its
    spread is `se`, or `low` and `high` (of the 95% interval, or of `coverage`; the ends of a uniform, triangular or
    pert), or its natural parameters. The mean is the value of the case. What is impossible raises `InputError` when an
    analysis begins, in the words of the sheets.

    >>> Uncertain("gamma", se=20).distribution
    'gamma'
    """

    distribution: str
    se: float = math.nan
    low: float = math.nan
    high: float = math.nan
    coverage: float = math.nan
    natural_1: float = math.nan
    natural_2: float = math.nan
    truncate_low: float = math.nan
    truncate_high: float = math.nan
    group: str = ""


def as_inputs(of: Inputs | Case) -> Inputs:
    """Give what an analysis works on: inputs as they are, a case as the inputs that it would be read from.

    Raises `HeconError` for a batch of draws, `UnknownNameError` for an uncertainty or scenario of what is not there.
    """
    if isinstance(of, Inputs):
        return of
    if not isinstance(of, Case):
        raise HeconError(f"give the inputs of a workbook, or a case, not {type(of).__name__}")
    if of.draws is not None:
        raise HeconError("give a base case: a batch of draws is one analysis already")
    listed = {name: array for name, array in of.values.items() if set(map(str, array.dims)) <= set(of.labels)}
    rows = _rows(of, listed)
    names = input_names(rows)
    _spread(of, rows, names)
    return Inputs(
        source=of.source,
        sha256=of.sha256,
        model=getattr(of.model, "__name__", "model"),
        settings=of.settings,
        labels=of.labels,
        parameters=rows,
        tables={
            **_with_values(of.tables, rows),
            **_correlations(of, names),
            **_order(of, names),
            **_scenarios(of, listed),
        },
        homes=of.homes,
        given_model=of.model,
        unlisted={name: array for name, array in of.values.items() if name not in listed},
    )


def takes_cases(
    analysis: Callable[Concatenate[Inputs, _P], _R],
) -> Callable[Concatenate[Inputs | Case, _P], _R]:
    """Let a function of the inputs of a workbook take a case that was built in Python, too."""
    first = next(iter(inspect.signature(analysis).parameters))
    call: Callable[..., Any] = analysis

    @functools.wraps(analysis)
    def taking(*given: Any, **options: Any) -> Any:
        if given:
            given = (as_inputs(given[0]), *given[1:])
        elif first in options:
            options[first] = as_inputs(options[first])
        return call(*given, **options)

    return taking


def write_case(case: Case, path: str | Path, model: str | None = None) -> Path:
    """Write an input workbook that reads back equal: values, labels, settings, tables, uncertainty, scenarios.

    `model` is the name of the model file that it names, by default the name of the workbook. Raises `HeconError` for
    values on dimensions without labels, such as one for each cycle, and for a case without values.

    >>> write_case(case, "inputs/my_model.xlsx")  # doctest: +SKIP
    PosixPath('inputs/my_model.xlsx')
    """
    inputs, path = as_inputs(case), Path(path)
    if not case.values:
        raise HeconError("this case has no values, so there is nothing that a workbook of inputs could hold")
    if inputs.unlisted:
        shown = ", ".join(f"'{name}' ({', '.join(map(str, array.dims))})" for name, array in inputs.unlisted.items())
        raise HeconError(f"a sheet has rows by label, and these values have dimensions without labels: {shown}")
    kept = {dim: names for dim, names in inputs.labels.items() if dim != FAMILY}
    tables, settings = tables_of(replace(inputs, labels=kept))
    named = model or path.stem.lower().replace("-", "_").replace(" ", "_")
    write_inputs(path, tables, {**settings, "model": named}, diagram=model_diagram(case))
    return path


def _with_values(tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables whose own values are parameters (Transitions, Cost items), with the values of the rows."""
    found = dict(tables)
    values = dict(zip(rows["cell"], rows["value"], strict=True))
    for name, table in tables.items():
        if name in SHEETS_BY_NAME and SHEETS_BY_NAME[name].named_by:
            own = [values.get(cell, value) for cell, value in zip(table["cell"], table["value"], strict=True)]
            found[name] = table.assign(value=own)
    return found


def _rows(case: Case, listed: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Rows of the parameter sheets: those that the case was read from, with its values, or new ones."""
    keys = [dim for dim in case.labels if any(dim in array.dims for array in listed.values())]
    known = {} if case.inputs is None else {
        _place(record, keys): record for record in case.inputs.to_dict("records")
    }  # fmt: skip
    records = []
    for name, array in listed.items():
        own = axes_of(array)
        years = case.price_years.get(name)
        for at in np.ndindex(array.shape):
            value = float(array.values[at])
            labels = dict(zip(own.dims, own.at(at), strict=True))
            if math.isnan(value):
                continue
            new = {**_new_row(name, labels), **dict.fromkeys(keys, ""), "parameter": name, **labels}
            record: dict[Any, Any] = {**known.get(_place(new, keys), new)}
            record["value"] = value
            if years is not None:
                record["price_year"] = float(years.values[at])
            records.append(record)
    return parameter_rows(keys, records)


def _place(record: Mapping[Any, Any], keys: list[str]) -> tuple[str, ...]:
    return (str(record["parameter"]), *(str(record.get(key) or "") for key in keys))


def _new_row(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    sheet = "Survival" if FAMILY in labels else KNOWN_BY_NAME[name].sheet if name in KNOWN_BY_NAME else "Parameters"
    if sheet == "Survival" and "endpoint" not in labels:
        sheet = "Parameters"  # the model's own, of no curve on Curves
    return {"sheet": sheet, "cell": "", "unit": "", "status": "assumed", "source": "", "note": _NOTE}


def _spread(case: Case, rows: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Write the uncertainty of a case into its rows: of one input by its name, of a parameter by label, or of all."""
    for name, given in case.uncertainty.items():
        for place, spread in _spreads(name, given, names):
            if not isinstance(spread, Uncertain):
                what = f"uncertainty of '{name}' is {type(spread).__name__}; give he.Uncertain(...)"
                raise HeconError(f"{what}, or a mapping of label to such")
            for column, value in asdict(spread).items():
                rows.loc[rows.index[place], column] = value


def _spreads(name: str, given: Any, names: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
    if isinstance(given, Mapping):
        for label, part in given.items():
            yield from _spreads(f"{name}{DOT}{label}", part, names)
        return
    whole = [place for place, known in enumerate(names) if known.split(DOT)[0] == name]
    for place in whole or [find_input(name, names)]:
        yield place, given


def _correlations(case: Case, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    if not case.correlation:
        return {}
    rows = [{"input_1": names[find_input(a, names)], "input_2": names[find_input(b, names)], "correlation": float(rho)}
            for (a, b), rho in case.correlation.items()]  # fmt: skip
    return {"Correlations": pd.DataFrame(rows)}


def _order(case: Case, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    if not case.order:
        return {}
    for pair in case.order:
        if isinstance(pair, str) or len(pair) != 2:
            raise HeconError(f"order: {pair!r} must be a pair of inputs, the higher one first")
    rows = [{column: names[find_input(name, names)] for column, name in zip(ORDER_COLUMNS, pair, strict=True)}
            for pair in case.order]  # fmt: skip
    return {ORDERINGS: pd.DataFrame(rows)}


def _scenarios(case: Case, listed: Mapping[str, xr.DataArray]) -> dict[str, pd.DataFrame]:
    """Scenarios of a case as rows: of settings, and of values by label, as `Case.with_values` takes them."""
    if not case.scenarios:
        return {}
    dims = [dim for dim in case.labels if dim != FAMILY]
    rows: list[dict[str, Any]] = []
    for scenario, changes in case.scenarios.items():
        for target, change in changes.items():
            blank = {"scenario": scenario, "target": target, **dict.fromkeys(dims, "")}
            if target in case.settings.as_dict():
                case.with_settings(**{target: change})
                rows.append({**blank, "value": change})
                continue
            if target not in listed:
                known = [*listed, *case.settings.as_dict()]
                raise UnknownNameError(f"scenario '{scenario}': there is no '{target}'.{did_you_mean(target, known)}")
            new, old = case.with_values(**{target: change}).values[target], listed[target]
            axes = axes_of(new)
            for at in np.ndindex(new.shape):
                if new.values[at] != old.values[at]:
                    labels = dict(zip(axes.dims, axes.at(at), strict=True))
                    rows.append({**blank, **labels, "value": float(new.values[at])})
    return {"Scenarios": pd.DataFrame(rows, columns=["scenario", "target", *dims, "value"])}
