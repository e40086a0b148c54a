"""Values of a case that take the place of others: some labels of a parameter, all of it, or cells of Curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import UnknownNameError, did_you_mean
from hecon.inputs.format import CURVE_TARGETS
from hecon.labels import DRAW, labelled, one_number, one_of, refuse_other_dimensions, text_label


def some_changed(old: xr.DataArray, change: Mapping[str, Any], name: str) -> xr.DataArray:
    """Give values of which some labels, nested for several dimensions, have others."""
    new = old.copy(deep=True)

    def apply(part: Mapping[str, Any], at: dict[str, str]) -> None:
        for label, value in part.items():
            text_label(label, name)
            homes = [
                d for d in map(str, old.dims) if d != DRAW and d not in at and label in old.coords[d].values.tolist()
            ]
            if not homes:
                known = [str(n) for d in map(str, old.dims) if d != DRAW for n in old.coords[d].values.tolist()]
                raise UnknownNameError(
                    f"'{name}' has no label '{label}' ({', '.join(known)}).{did_you_mean(label, known)}"
                )
            here = {**at, homes[0]: label}
            if isinstance(value, Mapping):
                apply(value, here)
            else:
                new.loc[here] = one_number(value, f"{name}: {', '.join(here.values())}")

    apply(change, {})
    return new


def whole_value(old: xr.DataArray, change: object, labels: Mapping[str, Sequence[str]], name: str) -> xr.DataArray:
    """Give a whole new value by the dimensions of the old one; a number stands for every label."""
    new = labelled(change, labels, name)
    refuse_other_dimensions(old, new, name)
    return old.copy(data=np.full(old.shape, float(new))) if new.ndim == 0 and DRAW not in old.dims else new


def curves_changed(table: pd.DataFrame, several: Iterable[tuple[str, str, Mapping[str, str]]]) -> pd.DataFrame:
    """Give the sheet Curves with several changes, each of an endpoint and strategy, in order."""
    places = list(zip(table["endpoint"].tolist(), table["strategy"].tolist(), strict=True))
    columns: dict[str, Any] = {}
    for endpoint, strategy, changes in several:
        rows = [row for row, place in enumerate(places) if place == (endpoint, strategy)]
        if not rows:
            raise UnknownNameError(f"sheet Curves has no row for {strategy}, {endpoint}")
        for column in changes:
            one_of(column, CURVE_TARGETS, "column to change on Curves:")
        blank: tuple[str, ...] = ()
        if changes.get("family"):
            blank = ("reference", "reference_endpoint", "effect", "waning")
        elif changes.get("reference") or changes.get("reference_endpoint"):
            blank = ("family",)
        blanked = {column: "" for column in blank if column in table or column in columns}
        for column, value in {**blanked, **changes}.items():
            if column not in columns:
                known = column in table
                columns[column] = table[column].to_numpy(copy=True) if known else np.full(len(table), "", dtype=object)
            columns[column][rows] = value
    return table.assign(**columns)
