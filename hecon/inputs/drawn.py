"""What a batch drew: the table of its inputs that vary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.input_names import DOT, input_names
from hecon.labels import DRAW


def drawn_inputs(case: Case, drawn: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give the values of the inputs that vary, one row a draw; `drawn` holds them where the case does not."""
    if drawn is not None:
        return _that_vary(drawn, case)
    if case.draws is None:
        raise HeconError("a case without draws has no table of draws; build a batch with inputs.draws(...)")
    if case.inputs is None:
        return _table_of_values(case)
    columns: dict[str, np.ndarray] = {}
    for name, record in zip(input_names(case.inputs), case.inputs.to_dict("records"), strict=True):
        array = case.values[str(record["parameter"])]
        if DRAW not in array.dims:
            continue
        dims = [str(dim) for dim in array.dims if dim != DRAW]
        place = tuple(array.indexes[dim].get_loc(record[dim]) for dim in dims)
        values = array.values[(slice(None), *place)]
        if not (values == float(record["value"])).all():
            columns[name] = values
    return pd.DataFrame(columns, index=pd.RangeIndex(case.draws, name=DRAW))


def _that_vary(table: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Give the columns that differ from the value on the sheet in some draw."""
    assert case.inputs is not None
    known = dict(zip(input_names(case.inputs), case.inputs["value"].astype(float), strict=True))
    fixed = [name for name in map(str, table) if np.all(table[name].to_numpy() == known[name])]
    return table.drop(columns=fixed).rename_axis(DRAW)


def _table_of_values(case: Case) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for name, array in case.values.items():
        if DRAW not in array.dims:
            continue
        dims = [str(dim) for dim in array.dims if dim != DRAW]
        for place in np.ndindex(*(array.sizes[dim] for dim in dims)):
            labels = [str(array.coords[dim].values[i]) for dim, i in zip(dims, place, strict=True)]
            drawn = array.values[(slice(None), *place)]
            if np.ptp(drawn) > 0:
                columns[DOT.join([name, *labels])] = drawn
    return pd.DataFrame(columns, index=pd.RangeIndex(int(case.draws or 0), name=DRAW))
