"""Utility norms of the general population: read off by age and sex, and utilities that fall with age as they do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError
from hecon.labels import CYCLE, Value
from hecon.parameters import Parameters
from hecon.states.cycles import AGE, by_age
from hecon.timeline import Timeline

UTILITY_NORMS = "Utility norms"


def norm_at(norms: pd.DataFrame, sex: str, ages: np.ndarray) -> np.ndarray:
    """Give the norm of a sex at each age: that of the last age on the sheet which is reached.

    >>> norms = pd.DataFrame({"age": [25, 45], "sex": "both", "utility": [0.92, 0.88]})
    >>> norm_at(norms, "both", np.array([44.0, 45.0])).tolist()
    [0.92, 0.88]
    """
    steps = _steps(norms, sex)
    reached = np.searchsorted(steps.index.to_numpy(float), ages, side="right") - 1
    if reached.min() < 0:
        what = f"({sex}) begins at age {steps.index[0]:g}; the norm at {float(np.min(ages)):g} is asked for"
        raise InputError(UTILITY_NORMS, [Fault(UTILITY_NORMS, what)])
    return steps.to_numpy(float)[reached]


def age_adjustment(p: Parameters, time: Timeline) -> xr.DataArray:
    """Factor by which quality of life falls with age in each model cycle: norm(age now) / norm(age at the start).

    Multiplies utilities: ``he.qaly("Time in state", years, p.utility, he.states.age_adjustment(p, time))``. Reads the
    sheet Utility norms and the parameters ``age`` and, where the sheet has women and men, ``share_female``: their norms
    are mixed by the share at the start. Dimensions of these parameters, then ``cycle``; the age of a cycle is that at
    its start. Raises `InputError` where the sheet is missing or begins after the age.

    >>> from hecon.settings import Settings
    >>> norms = pd.DataFrame({"age": [60, 61], "sex": "both", "utility": [0.8, 0.76]})
    >>> settings = Settings(horizons=2, cycle_length=1, cycle_unit="year")
    >>> p = Parameters({"age": xr.DataArray(60.0)}, {}, settings, tables={UTILITY_NORMS: norms})
    >>> age_adjustment(p, Timeline.regular(settings)).values.round(6).tolist()
    [1.0, 0.95]

    Source: Ara and Wailoo 2011, NICE DSU technical support document 12 (multiplicative method).
    """
    table = p.tables[UTILITY_NORMS]
    sexes = set(table["sex"])
    if "both" in sexes and not ({"female", "male"} <= sexes and "share_female" in p):
        norm = _by_cycle(p, time, table, "both")
    elif {"female", "male"} <= sexes:
        share: Value = p.share_female
        norm = share * _by_cycle(p, time, table, "female") + (1 - share) * _by_cycle(p, time, table, "male")
    else:
        what = f"has rows for {' and '.join(sorted(sexes)) or 'nobody'}; give female and male, or both"
        raise InputError(p.source, [Fault(UTILITY_NORMS, what)])
    return (norm / norm.isel({CYCLE: 0})).transpose(..., CYCLE)


def _by_cycle(p: Parameters, time: Timeline, table: pd.DataFrame, sex: str) -> xr.DataArray:
    steps = _steps(table, sex)
    labels = [f"{age:g}" for age in steps.index]
    return by_age(time, xr.DataArray(steps.to_numpy(), dims=AGE, coords={AGE: labels}), p.age)


def _steps(norms: pd.DataFrame, sex: str) -> pd.Series:
    rows = norms[norms["sex"] == sex].sort_values("age")
    if rows.empty:
        raise InputError(UTILITY_NORMS, [Fault(UTILITY_NORMS, f"has no rows for sex {sex}")])
    return rows.set_index("age")["utility"]
