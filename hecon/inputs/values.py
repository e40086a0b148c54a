"""Lay the rows of the parameter sheets out as labelled arrays, one for each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.inputs.cost_items import COST_ITEMS
from hecon.labels import Axes, wrap
from hecon.parameters import records_by

#: Columns of a parameter sheet that are not keys.
FIXED_COLUMNS = (
    "sheet", "cell", "parameter", "value", "unit", "low", "high", "se", "distribution",
    "sd", "n", "include",
    "coverage", "truncate_low", "truncate_high", "natural_1", "natural_2", "group", "confidential", "list_value",
    "status", "source", "note", "price_year",
)  # fmt: skip
_FAMILY = "family"


def keys_of(row: Mapping[Any, Any]) -> dict[str, str]:
    """Labels of a row by dimension: its key columns that are filled."""
    return {str(k): v for k, v in row.items() if k not in FIXED_COLUMNS and isinstance(v, str) and v}


def labelled_rows(
    parameters: pd.DataFrame, labels: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, xr.DataArray], dict[str, xr.DataArray]]:
    """Give the labels (with the survival families in use), the values and the price years of all parameters.

    A curve coefficient that is not given for some strategy, endpoint and family is NaN; the reader has checked that
    nothing else is missing, and `he.curve` refuses to use one. An item of the sheet Cost items is 0 where no row gives
    it. Price years are NaN where a row has none.
    """
    known = dict(labels)
    if _FAMILY in parameters and _FAMILY not in known:
        families = tuple(dict.fromkeys(name for name in parameters[_FAMILY] if isinstance(name, str) and name))
        known |= {_FAMILY: families} if families else {}
    places = {dim: {label: i for i, label in enumerate(names)} for dim, names in known.items()}
    values: dict[str, xr.DataArray] = {}
    years: dict[str, xr.DataArray] = {}
    for name, own in records_by(parameters, "parameter").items():
        axes = Axes({dim: known[dim] for dim in keys_of(own[0])})
        missing = 0.0 if own[0].get("sheet") == COST_ITEMS else np.nan
        value, year = np.full(axes.shape, missing), np.full(axes.shape, np.nan)
        for row in own:
            at = keys_of(row)
            place = tuple(places[dim][at[dim]] for dim in axes.dims)
            value[place], year[place] = float(row["value"]), float(row["price_year"])
        values[name] = wrap(value, axes)
        if np.isfinite(year).any():
            years[name] = wrap(year, axes)
    return known, values, years
