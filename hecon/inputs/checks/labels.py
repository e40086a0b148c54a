"""Labels that lack rows, by sheet, and rows that were copied for them and not looked at yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.cost_items import COST_ITEMS
from hecon.inputs.format import PARAMETER_SHEETS

#: How the note of a row begins that was copied from another and has not been looked at.
TO_BE_CHECKED = "to be checked"


def check_labels(book: TypedSheets) -> Iterator[Fault]:
    """Find labels that stand on Labels and lack rows on several sheets that other labels of the dimension have."""
    for dimension, names in (book.labels or {}).items():
        for name in names if len(names) > 1 else ():
            missing = _missing(book, dimension, name, names)
            if len(missing) < 2:
                continue  # what one sheet lacks, that sheet says
            where = next((row.where("label") for row in book.rows("Labels") if row["label"] == name), "Labels")
            shown = ", ".join(f"{sheet} ({count})" for sheet, count in missing.items())
            cure = f"hecon add {dimension} writes such rows like those of another {dimension}"
            yield Fault(where, f"{dimension} '{name}' has no rows yet on {shown}; {cure}")


def _missing(book: TypedSheets, dimension: str, name: str, names: Sequence[str]) -> dict[str, int]:
    """Rows that a label lacks altogether, by sheet: as many as the fullest other label has."""
    found: dict[str, int] = {}
    for sheet in (*PARAMETER_SHEETS, "Curves"):
        table = book.tables.get(sheet)
        if table is None or sheet == COST_ITEMS or (sheet != "Curves" and dimension not in table.keys):
            continue
        rows = [row for row in table.rows if row.sound(dimension) and row[dimension] is not None]
        counts = {other: sum(row[dimension] == other for row in rows) for other in names}
        if rows and not counts[name]:
            found[sheet] = max(counts.values())
    return found


def to_be_checked_notes(book: TypedSheets) -> list[str]:
    """Count the rows that were copied from others and still bear the mark, by sheet."""
    found: dict[str, list[str]] = {}
    for sheet, table in book.tables.items():
        for row in table.rows:
            for column in ("note", "description", "source"):
                text = row[column] if column in row.letters else None
                if isinstance(text, str) and text.startswith(TO_BE_CHECKED):
                    found.setdefault(sheet, []).append(row.where(column))
    if not found:
        return []
    shown = ", ".join(f"{sheet} ({len(cells)}, from {cells[0].split('!')[1]})" for sheet, cells in found.items())
    return [f"rows copied from others that are marked '{TO_BE_CHECKED}': {shown}; check them and clear the marks"]
