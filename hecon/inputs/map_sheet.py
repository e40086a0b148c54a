"""From the rows of sheet Map to what a decision map is asked."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np
import pandas as pd

from hecon.frozen import frozen
from hecon.inputs.map_columns import MAP
from hecon.inputs.patterns import TOGETHER
from hecon.numerals import numbers_in

__all__ = ["MAP", "MapRows", "map_rows", "numbers_of"]

#: Values of an input where the sheet does not say how many.
POINTS = 101


@frozen(eq=True)
class MapRows:
    """The axes of a map in the order of the sheet, values to point out by input, patterns and readings."""

    axes: dict[str, Any] = field(default_factory=dict)
    marked: dict[str, tuple[float, ...]] = field(default_factory=dict)
    patterns: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)


def map_rows(table: pd.DataFrame) -> MapRows:
    """Read the rows of sheet Map: an axis stands where its first row does."""
    found = MapRows()
    for row in table.to_dict("records"):
        name = str(row["name"]).strip()
        if row["kind"] == "choice":
            steps = [part.strip() for part in str(row["scenario"]).split(TOGETHER) if part.strip()]
            found.axes.setdefault(row["axis"], {})[name] = steps
        elif row["kind"] == "input":
            points = POINTS if pd.isna(row["points"]) else int(row["points"])
            found.axes[name] = np.linspace(float(row["low"]), float(row["high"]), points)
            found.marked[name] = numbers_of(row["marked"])
        else:
            (found.patterns if row["kind"] == "pattern" else found.readings).append(name)
    return found


def numbers_of(value: str | float | None) -> tuple[float, ...]:
    """Give the numbers of a cell that holds one, several with commas, or none. Raises `ValueError` for other text.

    >>> numbers_of("5.5; 5.61"), numbers_of(5.307), numbers_of("")
    ((5.5, 5.61), (5.307,), ())
    """
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return ()
    return tuple(map(float, numbers_in(value))) if isinstance(value, str) else (float(value),)
