"""What a number may be: one class for the cells of sheets, settings, curves, values given in Python, and draws."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence

import numpy as np
import xarray as xr

from hecon.errors import Fault
from hecon.frozen import frozen
from hecon.labels import DRAW, Value
from hecon.numerals import shown


@frozen(eq=True)
class Domain:
    """An interval of permitted numbers, which can say itself in words; only finite numbers are in any domain.

    >>> Domain(0, 1).words
    'lie between 0 and 1'
    >>> Domain(0, open_low=True).words
    'be above 0'
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    #: Why, to follow what must be.
    why: str = ""

    @property
    def words(self) -> str:
        """What is permitted, to follow 'must'."""
        if self.low == self.high:
            return f"be {self.low:g}{self.why and f', for {self.why}'}"
        if math.isinf(self.low):
            return "be a finite number" if math.isinf(self.high) else f"be at most {self.high:g}"
        low = f"above {self.low:g}" if self.open_low else f"at least {self.low:g}"
        if math.isinf(self.high):
            return f"be {low}"
        return f"be {low} and at most {self.high:g}" if self.open_low else f"lie between {self.low:g} and {self.high:g}"

    def within(self, other: Domain) -> Domain:
        """What both intervals permit."""
        low = max(self.low, other.low)
        is_open = any(domain.open_low for domain in (self, other) if domain.low == low)
        return Domain(low, min(self.high, other.high), is_open, self.why or other.why)

    def hold(self, number: float) -> bool:
        """Whether a number is permitted."""
        inside = (self.low < number if self.open_low else self.low <= number) and number <= self.high
        return inside and math.isfinite(number)

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of many numbers are permitted."""
        above = values > self.low if self.open_low else values >= self.low
        return above & (values <= self.high) & np.isfinite(values)

    def refused(self, values: np.ndarray) -> np.ndarray:
        """Which of many numbers no input may be: what is not permitted, and what is beyond `LARGEST`."""
        return ~self.contains(values) | (np.abs(values) > LARGEST)

    def rule(self, number: float) -> str:
        """What a refused number breaks, as a sentence.

        >>> Domain(0).rule(-1), Domain(0).rule(1e300)
        ('it must be at least 0', 'no number may be beyond 1e+15')
        """
        return f"no number may be beyond {LARGEST:g}" if LARGEST < abs(number) < math.inf else f"it must {self.words}"

    def percent(self, number: float) -> str:
        """Say which share a refused number would be if it were meant in percent; nothing where it cannot be.

        >>> Domain(0, 1).percent(62), Domain(0, 1).percent(-3), Domain(0).percent(62)
        (' (62 % is 0.62)', '', '')
        """
        share = (self.low, self.high) == (0, 1)
        return f" ({number:g} % is {number / 100:g})" if share and 2 <= number <= 100 else ""

    def number(self, value: object) -> float:
        """Read one number. Raises ValueError that says what it must be.

        >>> Domain(0, 1).number(62)
        Traceback (most recent call last):
        ValueError: must lie between 0 and 1
        """
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError("must be a number")
        number = float(value)
        if not self.hold(number):
            raise ValueError(f"must {self.words}")
        return number

    def whole_number(self, value: object) -> int:
        """Read one whole number. Raises ValueError that says what it must be."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not shown(float(value)).is_integer():
            raise ValueError("must be a whole number")
        return int(self.number(shown(float(value))))

    def fault(self, name: str, value: object) -> Fault | None:
        """Say what is wrong with a value, and at which labels; None where nothing is."""
        if type(value).__name__ == "Symbol":  # a cell of a live workbook, whose number is that of the sheet
            return None
        if not isinstance(value, numbers.Real | xr.DataArray) or isinstance(value, bool):
            return Fault(name, f"is {type(value).__name__}; it must {self.words}, or hold such numbers by label")
        values = value.values if isinstance(value, xr.DataArray) else np.asarray(value, dtype=float)
        if values.dtype == object:  # symbols have no number to check
            return None
        wrong = ~self.contains(values)
        if not wrong.any():
            return None
        place = tuple(np.argwhere(wrong)[0])
        where = _where(value, place) if isinstance(value, xr.DataArray) else ""
        return Fault(name, f"is {values[place]:g}{where}; it must {self.words}")


#: Beyond every cost, count, rate and threshold; sums of larger numbers lose their cents, and squares end in infinity.
LARGEST = 1e15
REAL = Domain()
POSITIVE = Domain(0, open_low=True)
AT_LEAST_0 = Domain(0)
SHARE = Domain(0, 1)
UTILITY = Domain(-1, 1)


def _where(array: xr.DataArray, place: Sequence[int]) -> str:
    """Name the labels at a place: `` for draw 3, strategy Isa-Pd``."""
    names = []
    for dim, index in zip(map(str, array.dims), place, strict=True):
        labelled = dim in array.coords and dim != DRAW
        names.append(f"{dim} {array.coords[dim].values[index] if labelled else index}")
    return f" for {', '.join(names)}" if names else ""


def parameter_in_words(value: Value) -> str:
    """Print a parameter in a sentence: a number, or the range of a labelled array and what it varies by.

    >>> parameter_in_words(0.94637)
    '0.9464'
    """
    if not isinstance(value, xr.DataArray):
        return f"{value:.4g}"
    if value.dtype == object:
        return ", ".join(map(str, value.values.ravel()))
    low, high = (float(least.reduce(value.values, axis=None)) for least in (np.fmin, np.fmax))
    if not value.ndim or low == high:
        return f"{low:.4g}"
    return f"{low:.4g} to {high:.4g} by {' and '.join(map(str, value.dims))}"
