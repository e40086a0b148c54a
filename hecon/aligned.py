"""Labelled arrays as a model is given them: where two have the same labels, numpy does the arithmetic at once.

xarray aligns the labels of both sides and joins their coordinates first, which takes twenty times as long as the
arithmetic of a run without draws. Parameters of a workbook share their coordinates, and need no look at the labels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from hecon.labels import DRAW

Array = TypeVar("Array", bound=xr.DataArray)
Made = TypeVar("Made")


class Aligned(xr.DataArray):  # type: ignore[no-untyped-call]  # xarray leaves it untyped
    """A labelled array that looks first whether there is anything to align.

    >>> share = xr.DataArray([0.5, 0.25], dims="strategy", coords={"strategy": ["A", "B"]})
    >>> (aligned(share) * aligned(share)).sel(strategy="B").item()
    0.0625
    """

    __slots__ = ()

    def _binary_op(self, other: Any, f: Callable[[Any, Any], Any], reflexive: bool = False) -> Any:
        if not (isinstance(other, xr.DataArray) and _is_plain(self) and _is_plain(other) and self.dims == other.dims):
            return super()._binary_op(other, f, reflexive)
        own, its = dict(self.coords.variables), dict(other.coords.variables)
        if own.keys() != its.keys() or any(its[name] is not coordinate for name, coordinate in own.items()):
            return super()._binary_op(other, f, reflexive)
        with np.errstate(all="ignore"):  # as xarray does
            values = f(other.values, self.values) if reflexive else f(self.values, other.values)
        variable = xr.Variable(self.dims, np.asarray(values), fastpath=True)
        return type(self)(variable, coords=own, indexes=dict(self.xindexes), fastpath=True)


def _is_plain(array: xr.DataArray) -> bool:
    """Whether an array holds numbers, and nothing but its labels beside them."""
    return array.dtype == float and array.name is None and not array.attrs


def aligned(array: xr.DataArray) -> xr.DataArray:
    """Give an array as a model is given it."""
    return as_kind(Aligned, array)


def as_kind(kind: type[Array], array: xr.DataArray) -> Array:
    """Give an array as one of another class; numbers and labels are shared."""
    return kind(array.variable, coords=dict(array.coords.variables), indexes=dict(array.xindexes), fastpath=True)


def once_of(make: Callable[..., Made], array: xr.DataArray, *rest: object) -> Made:
    """Give what is made of an array, and of the rest: once for the very same things, for most runs share most arrays.

    What has draws is made anew each time.
    """
    if DRAW in array.dims:
        return make(array, *rest)
    key, given = (make, id(array)), (array, *rest)
    known = _made.get(key)
    if known is None or any(one is not other for one, other in zip(known[0], given, strict=True)):
        if len(_made) >= _MOST:
            _made.clear()
        known = _made[key] = (given, make(*given))
    found: Made = known[1]
    return found


#: What was made of arrays, by their ids, with what it was made of: an id cannot pass to another while it is here.
_made: dict[tuple[Callable[..., Any], int], tuple[tuple[object, ...], Any]] = {}
_MOST = 1000
