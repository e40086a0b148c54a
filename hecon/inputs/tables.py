"""From typed rows to the data frames of `Inputs`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hecon.inputs.cells import FAULTY
from hecon.inputs.columns import Column
from hecon.inputs.format import PARAMETER_SHEETS, RARE
from hecon.inputs.quantities import FAMILY
from hecon.inputs.rows import Table

if TYPE_CHECKING:
    import pandas as pd

_TEXTS = ("group", "include", "confidential")
_NUMBERS = ("value", "low", "high", "se", "price_year", *(name for name in RARE if name not in _TEXTS))
_FIRST = ("sheet", "cell", "parameter")
_LAST = ("value", "unit", "low", "high", "se", "distribution", *RARE, "status", "source", "note", "price_year")


def parameters_table(tables: Mapping[str, Table], labels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give every parameter row of every sheet: place, parameter, keys ("" where not given), value and the rest."""

    present = [tables[name] for name in PARAMETER_SHEETS if name in tables]
    used = {key for table in present for row in table.rows for key in table.keys if row[key] is not None}
    keys = [key for key in (*labels, FAMILY) if key in used]
    records = []
    for table in present:
        for row in table.rows:
            if row["parameter"] is FAULTY:  # a remaining transition: it has no value
                continue
            record: dict[str, Any] = {"sheet": table.sheet.name, "cell": row.where("value")}
            record |= {name: _filled(row[name], name in _NUMBERS) for name in ("parameter", *keys, *_LAST)}
            records.append(record)
    return parameter_rows(keys, records)


def parameter_rows(keys: Sequence[str], records: Sequence[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """Give rows of parameter sheets, typed; what a record does not say is blank."""
    columns = [*_FIRST, *keys, *_LAST]
    blank = {name: math.nan if name in _NUMBERS else "" for name in columns}
    return _frame(
        {name: [record.get(name, blank[name]) for record in records] for name in columns},
        {name: float if name in _NUMBERS else object for name in columns},
    )


def structure_table(table: Table) -> pd.DataFrame:
    """Give the rows of a structure sheet under its headers, typed, with the Excel row number in ``row``.

    The letters of the columns, which people may reorder, are in ``attrs["letters"]``: checks of several rows need them.
    """
    own = {column.name: column for column in table.sheet.columns}
    columns = [*own.values(), *(column for column in table.columns if column.name not in own)]
    cells = {
        column.name: [_filled(row[column.name], column.kind == "number") for row in table.rows] for column in columns
    }
    cells["row"] = [row.number for row in table.rows]
    frame = _frame(cells, {column.name: _dtype(column) for column in columns} | {"row": int})
    frame.attrs["letters"] = _Letters(table.rows[0].letters if table.rows else {})
    return frame


class _Letters(dict[str, str]):
    """Letters of the columns; never changed, so that one stands in every copy: pandas copies what hangs on a table for
    each column that it gives."""

    def __deepcopy__(self, _: object) -> _Letters:
        return self


def named_table(table: Table) -> pd.DataFrame:
    """Give the rows of a sheet that names parameters by other columns, with the parameter of each and its cell."""
    frame = structure_table(table)
    frame["parameter"] = ["" if row["parameter"] is FAULTY else row["parameter"] for row in table.rows]
    frame["cell"] = [row.where("value") for row in table.rows]
    return frame


def labels_table(table: Table) -> pd.DataFrame:
    """Give the Labels sheet as a table."""
    return structure_table(table)


def _frame(cells: Mapping[str, Sequence[Any]], dtypes: Mapping[str, type]) -> pd.DataFrame:
    """Make a table of columns of a known type, which pandas need not find out."""
    import numpy as np
    import pandas as pd

    rows = pd.RangeIndex(len(next(iter(cells.values()))))  # one for all columns, so that none is aligned

    def column(own: Sequence[Any], dtype: type) -> pd.Series:
        if dtype is object and own and isinstance(own[0], int | float):
            return pd.Series(own, rows).astype(object)  # of numbers alone, whole ones are written as the others are
        # a cell may hold a list, which is one thing
        return pd.Series(np.fromiter(own, dtype=dtype, count=len(own)), rows, dtype=dtype)

    return pd.DataFrame({name: column(own, dtypes[name]) for name, own in cells.items()}, rows, copy=False)


def _filled(value: Any, is_number: bool) -> Any:
    if value is None:
        return math.nan if is_number else ""
    return value


def _dtype(column: Column) -> type:
    if column.kind != "number":
        return object
    return int if column.whole and (column.required or column.default is not None) else float
