"""Where the formula of a curve is written: on which axes, under which heading, along which cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hecon.frozen import frozen
from hecon.labels import Axes, Value, expand
from hecon.symbols.draft import draft, named
from hecon.symbols.functions import greater, log, where

#: A cumulative hazard at which survival is 0 to every digit.
NOBODY_LEFT = 1000.0


@frozen(eq=True)
class Written:
    """The place of a curve's formula in a live workbook; on numbers it only lays parameters out.

    `name` heads the columns, `along` says what their cells run along.
    """

    axes: Axes
    name: str = ""
    along: str = "edge"

    def on(self, value: Value) -> np.ndarray:
        """Lay a parameter out on the axes with a last dimension of size 1 for time."""
        return np.ascontiguousarray(expand(value, self.axes)[..., None])

    def of(self, part: str) -> Written:
        """Give the same place for a part of the curve, with the part in the heading."""
        return replace(self, name=f"{self.name}, {part}" if self.name else part)

    def column(self, values: np.ndarray, part: str = "") -> np.ndarray:
        """Write results by time down in a column, and give references to it."""
        whole = np.broadcast_to(values, (*self.axes.shape, np.shape(values)[-1]))
        return named(self.of(part).name if part else self.name, whole, self.axes, self.along)

    def single(self, values: np.ndarray, part: str) -> np.ndarray:
        """Write results that do not vary by time (last dimension of size 1) down in single cells."""
        whole = np.broadcast_to(values, (*self.axes.shape, 1))
        return named(self.of(part).name, whole[..., 0], self.axes)[..., None]

    def points(self, along: str) -> Written:
        """Give the same place for other times than those of the curve."""
        return replace(self, along=along)


def in_unit(t: np.ndarray, years_per_unit: float, unit: str) -> np.ndarray:
    """Give times in another unit; on symbols in a column beside time."""
    open_ = draft()
    return t / years_per_unit if open_ is None else open_.in_unit(t, years_per_unit, unit)


def hazard_of(survival: np.ndarray) -> np.ndarray:
    """Give H = -log S; a large number where nobody is left."""
    return where(greater(survival, 0), -log(survival), NOBODY_LEFT)
