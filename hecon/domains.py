"""What a parameter of a curve may be: its domain, declared once for checks, messages and tests."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from hecon.errors import Fault
from hecon.labels import DRAW, Value


@dataclass(frozen=True)
class Domain:
    """A set of permitted numbers and the words for it; only finite numbers are in any domain.

    >>> POSITIVE.words
    'a number above 0'
    """

    words: str
    contains: Callable[[np.ndarray], np.ndarray]

    def fault(self, name: str, value: object) -> Fault | None:
        """Say what is wrong with a value, and at which labels; None where nothing is."""
        if not isinstance(value, numbers.Real | xr.DataArray) or isinstance(value, bool):
            return Fault(name, f"is {type(value).__name__}; it must be {self.words}, or a labelled array of them")
        values = value.values if isinstance(value, xr.DataArray) else np.asarray(value, dtype=float)
        if values.dtype == object:  # symbols have no number to check
            return None
        wrong = ~(np.isfinite(values) & self.contains(values))
        if not wrong.any():
            return None
        place = tuple(np.argwhere(wrong)[0])
        where = _where(value, place) if isinstance(value, xr.DataArray) else ""
        return Fault(name, f"is {values[place]:g}{where}; it must be {self.words}")


REAL = Domain("a finite number", lambda x: np.isfinite(x))
POSITIVE = Domain("a number above 0", lambda x: x > 0)
AT_LEAST_0 = Domain("a number of at least 0", lambda x: x >= 0)
SHARE = Domain("a number between 0 and 1", lambda x: (x >= 0) & (x <= 1))


def _where(array: xr.DataArray, place: Sequence[int]) -> str:
    """Name the labels at a place: `` for draw 3, strategy Isa-Pd``."""
    names = []
    for dim, index in zip(map(str, array.dims), place, strict=True):
        labelled = dim in array.coords and dim != DRAW
        names.append(f"{dim} {array.coords[dim].values[index] if labelled else index}")
    return f" for {', '.join(names)}" if names else ""


def in_words(value: Value) -> str:
    """Print a parameter in a sentence: a number, or the range of a labelled array and what it varies by.

    >>> in_words(0.94637)
    '0.9464'
    """
    if not isinstance(value, xr.DataArray):
        return f"{value:.4g}"
    if value.dtype == object:
        return ", ".join(map(str, value.values.ravel()))
    low, high = float(value.min()), float(value.max())
    if not value.ndim or low == high:
        return f"{low:.4g}"
    return f"{low:.4g} to {high:.4g} by {' and '.join(map(str, value.dims))}"
