"""What the author of a workbook keeps beside its tables, carried over to a new workbook or said to be left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hecon.inputs.rows import Table

#: Formulas that a sentence lists before it counts the rest.
_LISTED = 3
#: Made anew for every workbook; nothing of the author's is carried over.
_MADE_ANEW = ("Control", "Settings", "Fits")


def with_own_columns(
    content: Mapping[str, Sequence[Mapping[str, Any]]], sheets: Mapping[str, Table]
) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of each sheet with what the author's own columns hold beside them."""
    found = {name: [dict(row) for row in rows] for name, rows in content.items()}
    for name, rows in found.items():
        table = sheets.get(name)
        if table is None or name in _MADE_ANEW or len(rows) != len(table.rows):
            continue
        for row, typed in zip(rows, table.rows, strict=True):
            row |= {header: cells[typed.number] for header, cells in table.own.items() if typed.number in cells}
    return found


def not_carried_over(content: Mapping[str, Sequence[Mapping[str, Any]]], sheets: Mapping[str, Table]) -> Iterator[str]:
    """Say by sheet which cells of own columns the new workbook lacks, and which formulas are values now."""
    for name, table in sheets.items():
        for header, cells in table.own.items():
            kept = sum(row.get(header) is not None for row in content.get(name, ()))
            if kept < len(cells):
                lost = len(cells) - kept
                yield f"{name}: {lost} of {len(cells)} cells of your column '{header}' are not carried over"
        if table.formulas and name not in _MADE_ANEW:
            shown = ", ".join(where.rpartition("!")[2] for where in table.formulas[:_LISTED])
            more = ", ..." if len(table.formulas) > _LISTED else ""
            count = len(table.formulas)
            yield f"{name}: {count} formula{'s' if count > 1 else ''} became values in the new workbook ({shown}{more})"
