"""Labelled arrays that know their unit, and carry it through products, quotients and sums.

The model gets its parameters as such arrays once, when the units of its ledger lines are judged. What any other
operation gives has no known unit: an unknown unit is never guessed, and a line with one is not judged.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from hecon.aligned import Aligned, as_kind
from hecon.frozen import frozen
from hecon.units import MASS, QALY_UNIT, UTILITY_UNIT, Unit, years_in_unit

#: Times in days of which a plain number may be the ratio: 12 turns a cost a month into one a year.
_TIMES = (1 / 1_440, 1 / 24, 1.0, 7.0, 365.25 / 12, 365.25 / 4, 365.25 / 2, 365.25, 360.0)
_CYCLES = (14.0, 21.0, 28.0, 30.0)
_RATIOS = tuple(one / other for one, other in [*product(_TIMES, _TIMES), *product(_CYCLES, _TIMES)] if one != other)
#: How near a ratio a number is one: 52, 52.14 and 52.18 weeks in a year, 364 and 365 days.
_NEAR = 0.004


@frozen(eq=True)
class Measure:
    """What a value measures: its dimensions with their powers, and its size in years and milligrams.

    `text` names the parameters in it; `worth` says that it is a utility or QALYs; `number` is what plain numbers
    multiply to; `told` says that a unit was read, `sure` that no parameter without one was taken for a pure number;
    `clash` says which unlike things were added up.
    """

    powers: Mapping[str, int]
    size: float = 1.0
    number: float = 1.0
    text: str = ""
    worth: bool = False
    sure: bool = True
    told: bool = False
    clash: str = ""

    def power(self, dimension: str) -> int:
        """Power of a dimension; 0 where it is not in the unit."""
        return self.powers.get(dimension, 0)

    def times(self, other: Measure, sign: int = 1) -> Measure:
        """Give what a product (or with `sign` -1 a quotient) of the two measures."""
        names = {**self.powers, **other.powers}
        powers = {name: self.power(name) + sign * other.power(name) for name in names}
        return Measure(
            {name: power for name, power in powers.items() if power},
            self.size * other.size**sign,
            self.number * other.number**sign,
            f" {'x' if sign > 0 else '/'} ".join(text for text in (self.text, other.text) if text),
            self.worth or (sign > 0 and other.worth),
            self.sure and other.sure,
            self.told or other.told,
            self.clash or other.clash,
        )

    def plus(self, other: Measure) -> Measure | None:
        """Give what a sum of the two measures; None where that is not known."""
        if self.clash or other.clash:
            return self if self.clash else other
        text = " + ".join(dict.fromkeys(text for text in (self.text, other.text) if text))
        told = self.told or other.told
        joined = replace(self, text=text, worth=self.worth or other.worth, sure=self.sure and other.sure, told=told)
        alike = self.powers == other.powers
        if alike and (not self.powers or math.isclose(self.size, other.size, rel_tol=1e-9)):
            return joined
        return replace(joined, clash=text) if joined.sure else None


PURE = Measure({})


def measure_of_unit(name: str, unit: Unit | None, days_per_year: float) -> Measure | None:
    """Give what a parameter measures; without a unit it is a pure number. None for a logarithm and what is not read."""
    if unit is None:
        return Measure({}, text=name, sure=False)
    if unit.log or not unit.read:
        return None
    size = math.prod(years_in_unit(word, days_per_year) ** power for word, power in unit.times)
    if MASS in unit.powers:
        size *= unit.factor
    return Measure(
        dict(unit.powers), size, text=f"{name} ({unit.text})", worth=unit.kind in (UTILITY_UNIT, QALY_UNIT), told=True
    )


def is_conversion(number: float) -> bool:
    """Whether a plain number may turn one unit into another, so that what it multiplies has no known unit.

    >>> is_conversion(12), is_conversion(1 / 52), is_conversion(1.1)
    (True, True, False)
    """
    size = abs(number)
    if size == 1:
        return False
    return not 0.1 < size < 10 or any(abs(size * ratio**sign - 1) < _NEAR for ratio in _RATIOS for sign in (1, -1))


def measure_of(value: object) -> Measure | None:
    """Give what a value measures: an array's own unit, a number or zeros and ones nothing; None where not known."""
    if isinstance(value, Measured):
        return getattr(value, "measure", None)
    if isinstance(value, xr.DataArray):
        return PURE if value.dtype != object and np.isin(value.values, (0, 1)).all() else None
    if isinstance(value, numbers.Real):
        return None if is_conversion(float(value)) else replace(PURE, number=abs(float(value)))
    return None


class Measured(Aligned):  # type: ignore[no-untyped-call]  # xarray leaves it untyped
    """A labelled array with what it measures; `measure` is None where an operation gave something unknown."""

    __slots__ = ("measure",)

    def _of(self, array: Any, measure: Measure | None) -> Any:
        return measured(array, measure) if isinstance(array, xr.DataArray) else array

    def _times(self, array: Any, other: object) -> Any:
        own, its = measure_of(self), measure_of(other)
        return self._of(array, own.times(its) if own and its else None)

    def _sum(self, array: Any, other: object) -> Any:
        own, its = measure_of(self), measure_of(other)
        if isinstance(other, numbers.Real):
            return self._of(array, own)  # a number is in the unit of what it is added to
        return self._of(array, own.plus(its) if own and its else None)

    def __mul__(self, other: Any) -> Any:
        return self._times(super().__mul__(other), other)

    def __rmul__(self, other: Any) -> Any:
        return self._times(super().__rmul__(other), other)

    def __truediv__(self, other: Any) -> Any:
        own, its = measure_of(self), measure_of(other)
        return self._of(super().__truediv__(other), own.times(its, -1) if own and its else None)

    def __rtruediv__(self, other: Any) -> Any:
        own, its = measure_of(self), measure_of(other)
        return self._of(super().__rtruediv__(other), its.times(own, -1) if own and its else None)

    def __add__(self, other: Any) -> Any:
        return self._sum(super().__add__(other), other)

    def __radd__(self, other: Any) -> Any:
        return self._sum(super().__radd__(other), other)

    def __sub__(self, other: Any) -> Any:
        return self._sum(super().__sub__(other), other)

    def __rsub__(self, other: Any) -> Any:
        return self._sum(super().__rsub__(other), other)

    def __neg__(self) -> Any:
        return self._of(super().__neg__(), measure_of(self))

    def sel(self, *args: Any, **at: Any) -> Any:
        """Select labels, as xarray does; the unit stays."""
        return self._of(super().sel(*args, **at), measure_of(self))

    def isel(self, *args: Any, **at: Any) -> Any:
        """Select places, as xarray does; the unit stays."""
        return self._of(super().isel(*args, **at), measure_of(self))


def measured(array: xr.DataArray, measure: Measure | None) -> xr.DataArray:
    """Give an array that carries what it measures; the numbers are shared."""
    if measure is None and not isinstance(array, Measured):
        return array
    new = as_kind(Measured, array)
    new.measure = measure
    return new


def read_off(array: xr.DataArray, *origins: object) -> xr.DataArray:
    """Give an array the unit of what it was read off from, where all of it has one; numbers take that of the others."""
    found = [measure_of(value) for value in origins if not isinstance(value, numbers.Real)]
    if not any(isinstance(value, Measured) for value in origins):
        return array
    total = found[0]
    for other in found[1:]:
        total = total.plus(other) if total and other else None
    return measured(array, total)


def is_measured(value: object) -> bool:
    """Whether a value carries its unit, as the parameters do while the lines of a ledger are judged."""
    return isinstance(value, Measured)
