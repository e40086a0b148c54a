"""Matrices of transitions: arrays, frames and labelled arrays, for all strategies or each, as one labelled array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError, did_you_mean
from hecon.labels import CYCLE, FROM, STRATEGY, TO

OneMatrix = npt.ArrayLike | pd.DataFrame | xr.DataArray
#: A matrix of transitions, or one for each strategy.
GivenMatrix = OneMatrix | Mapping[str, OneMatrix]


def labelled_matrix(states: Sequence[str], matrix: GivenMatrix) -> xr.DataArray:
    """Give a matrix, or one for each strategy, its labels: dimensions ``from``, ``to`` and any others."""
    if isinstance(matrix, Mapping):
        if not matrix:
            _refuse("matrix", "is empty; give one for each strategy")
        parts = xr.broadcast(*(_one(states, part, f"the matrix of {name}") for name, part in matrix.items()))
        return xr.concat(parts, dim=pd.Index(list(matrix), name=STRATEGY))
    return _one(states, matrix, "the matrix")


def _one(states: Sequence[str], matrix: OneMatrix, name: str) -> xr.DataArray:
    if isinstance(matrix, pd.DataFrame):
        for axis, labels in (("rows", matrix.index.tolist()), ("columns", matrix.columns.tolist())):
            for label in labels:
                if label not in states:
                    known = ", ".join(states)
                    _refuse(name, f"has '{label}' among its {axis}: not a state ({known}).{_near(label, states)}")
            lacking = [state for state in states if state not in labels]
            if lacking or len(labels) != len(states):
                what = f"has no {', '.join(lacking)}" if lacking else "has a state twice"
                _refuse(name, f"{what} among its {axis}")
        return _of_array(states, matrix.loc[list(states), list(states)].to_numpy(dtype=float), name)
    if isinstance(matrix, xr.DataArray):
        return _labelled(states, matrix, name)
    return _of_array(states, matrix, name)


def _of_array(states: Sequence[str], matrix: npt.ArrayLike, name: str) -> xr.DataArray:
    """Label an array without labels: rows and columns are states in their order, a dimension before them is cycles."""
    array = np.asarray(matrix)
    if array.ndim not in (2, 3) or array.shape[-2:] != (len(states),) * 2:
        need = f"({len(states)}, {len(states)}), or with one matrix for each model cycle (cycles, ...)"
        _refuse(name, f"has shape {array.shape}; it must be {need}; more dimensions need names: an xarray DataArray")
    dims = (CYCLE, FROM, TO)[-array.ndim :]
    return xr.DataArray(array, dims=dims, coords={FROM: list(states), TO: list(states)})


def _labelled(states: Sequence[str], matrix: xr.DataArray, name: str) -> xr.DataArray:
    for dim in (FROM, TO):
        if dim not in matrix.dims:
            known = ", ".join(map(str, matrix.dims)) or "none"
            _refuse(name, f"has no dimension '{dim}' ({known})")
        if dim not in matrix.coords:
            if matrix.sizes[dim] != len(states):
                _refuse(name, f"has {matrix.sizes[dim]} places on '{dim}' for {len(states)} states")
            matrix = matrix.assign_coords({dim: list(states)})
    return matrix


def _near(label: object, states: Sequence[str]) -> str:
    return did_you_mean(str(label), states)


def _refuse(where: str, what: str) -> None:
    """Raise the fault of a matrix."""
    raise InputError("the transitions", [Fault(where, what)])
