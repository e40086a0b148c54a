"""Lists of numbers as they are typed into one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hecon.inputs.format import DAYS_SEPARATOR
from hecon.settings import LISTS_SEPARATOR


def as_text(values: Sequence[Any]) -> str:
    """Write a list, a schedule of pairs, or lists of different lengths, as it is typed into a cell.

    >>> as_text((1.0, 3.0, 5.0)), as_text(((0, 0.035), (30, 0.03))), as_text(((0.5, 0.5), (0.5, 1, 0.5)))
    ('1, 3, 5', '0: 0.035, 30: 0.03', '0.5, 0.5 | 0.5, 1, 0.5')
    """
    if any(isinstance(value, list | tuple) and len(value) != 2 for value in values):
        return LISTS_SEPARATOR.join(map(as_text, values))
    return DAYS_SEPARATOR.join(
        ": ".join(map(_digits, value)) if isinstance(value, list | tuple) else _digits(value) for value in values
    )


def _digits(value: float) -> str:
    """Write a number with 12 digits, or with as many as it needs to be read back as it is."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(float(value))
