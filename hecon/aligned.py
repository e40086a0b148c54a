"""Labelled arrays as a model is given them: where two have the same labels, numpy does the arithmetic at once.

xarray aligns the labels of both sides and joins their coordinates first, which takes twenty times as long as the
arithmetic of a run without draws. Parameters of a workbook share their coordinates, and need no look at the labels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from hecon.labels import is_plain

Array = TypeVar("Array", bound=xr.DataArray)


class Aligned(xr.DataArray):  # type: ignore[no-untyped-call]  # xarray leaves it untyped
    """A labelled array that looks first whether there is anything to align.

    >>> share = xr.DataArray([0.5, 0.25], dims="strategy", coords={"strategy": ["A", "B"]})
    >>> (aligned(share) * aligned(share)).sel(strategy="B").item()
    0.0625
    """

    __slots__ = ()

    def _binary_op(self, other: Any, f: Callable[[Any, Any], Any], reflexive: bool = False) -> Any:
        if not (isinstance(other, xr.DataArray) and is_plain(self) and is_plain(other) and self.dims == other.dims):
            return super()._binary_op(other, f, reflexive)
        own, its = dict(self.coords.variables), dict(other.coords.variables)
        if own.keys() != its.keys() or any(its[name] is not coordinate for name, coordinate in own.items()):
            return super()._binary_op(other, f, reflexive)
        with np.errstate(all="ignore"):  # as xarray does
            values = f(other.values, self.values) if reflexive else f(self.values, other.values)
        variable = xr.Variable(self.dims, np.asarray(values), fastpath=True)
        return type(self)(variable, coords=own, indexes=dict(self.xindexes), fastpath=True)


def aligned(array: xr.DataArray) -> xr.DataArray:
    """Give an array as a model is given it: its numbers are those of other runs too, and cannot be written to."""
    numbers = array.values.view()
    numbers.flags.writeable = False
    return _as_kind(Aligned, array, array.variable.copy(deep=False, data=numbers))


def as_kind(kind: type[Array], array: xr.DataArray) -> Array:
    """Give an array as one of another class; numbers and labels are shared."""
    return _as_kind(kind, array, array.variable)


def _as_kind(kind: type[Array], array: xr.DataArray, variable: xr.Variable) -> Array:
    return kind(variable, coords=dict(array.coords.variables), indexes=dict(array.xindexes), fastpath=True)
