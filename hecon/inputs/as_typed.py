"""What is typed into cells: lists of numbers in one of them, and rows in which what follows is left blank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hecon.inputs.columns import Sheet
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


def as_typed(sheet: Sheet, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows in which what follows from other cells of its row is blank, as it was or may have been typed."""
    typed = []
    for row in rows:
        followed = [
            column.name
            for column in sheet.columns
            if column.follows and row.get(column.follows_where) and row.get(column.name) == column.follows(row)
        ]
        typed.append({**row, **dict.fromkeys(followed)})
    return typed
