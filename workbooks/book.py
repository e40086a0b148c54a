"""A workbook as rows of cells by sheet, which changes find, change, add and drop by what stands in them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hecon.inputs.control import model_diagram
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import read_workbook

ROOT = Path(__file__).resolve().parents[1]
FORMER = ROOT / "workbooks" / "former"

Row = dict[str, Any]


@dataclass
class Book:
    """Sheets by name, settings, and free sheets of text as paragraphs."""

    tables: dict[str, list[Row]]
    settings: dict[str, Any]
    notes: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Book:
        """Read a workbook of ours; its free sheets are written anew."""
        return cls(*tables_of(read_workbook(path, models=ROOT / "models")))

    def write(self, path: Path) -> None:
        """Write the workbook as `hecon new` would: styles, drop-downs and Guide are those of the format."""
        notes = {
            name: [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, 112)]
            for name, paragraphs in self.notes.items()
        }
        write_inputs(path, self.tables, self.settings, notes=notes)
        diagram = model_diagram(read_workbook(path, models=ROOT / "models"))
        write_inputs(path, self.tables, self.settings, notes=notes, diagram=diagram)

    def rows(self, sheet: str, **where: Any) -> list[Row]:
        """Give the rows of a sheet in which these cells hold this."""
        return [row for row in self.tables[sheet] if all(_cell(row, name) == value for name, value in where.items())]

    def change(self, sheet: str, where: Mapping[str, Any], **cells: Any) -> None:
        """Change cells of the rows that `where` finds; it must find some."""
        found = self.rows(sheet, **where)
        if not found:
            raise KeyError(f"{sheet}: no row where {dict(where)}")
        for row in found:
            row.update(cells)

    def replaced(self, sheet: str, column: str, old: str, new: str, **where: Any) -> None:
        """Replace words in a column of the rows that `where` finds; they must be there."""
        found = [row for row in self.rows(sheet, **where) if old in (row[column] or "")]
        if not found:
            raise KeyError(f"{sheet}: '{old}' does not stand in {column} where {where}")
        for row in found:
            row[column] = row[column].replace(old, new)

    def add(self, sheet: str, *rows: Row, after: Mapping[str, Any] | None = None) -> None:
        """Add rows at the end, or after the last row that `after` finds."""
        table = self.tables.setdefault(sheet, [])
        place = len(table)
        if after is not None:
            place = max(number for number, row in enumerate(table) if row in self.rows(sheet, **after)) + 1
        table[place:place] = [dict(row) for row in rows]

    def drop(self, sheet: str, **where: Any) -> None:
        """Drop the rows that `where` finds; it must find some."""
        found = self.rows(sheet, **where)
        if not found:
            raise KeyError(f"{sheet}: no row where {where}")
        self.tables[sheet] = [row for row in self.tables[sheet] if row not in found]

    def scenario(self, name: str, description: str, *changes: Row, after: str | None = None) -> None:
        """Add a scenario: a change is target, value and the labels it is for."""
        rows = [{"scenario": name, **change} for change in changes]
        rows[0]["description"] = description
        self.add("Scenarios", *rows, after=None if after is None else {"scenario": after})


def _cell(row: Row, name: str) -> Any:
    return row.get(name) or (row.get(name) if row.get(name) == 0 else None)


def interval(share: float, patients: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, to three digits."""
    z2 = 1.959964**2
    middle = (share + z2 / (2 * patients)) / (1 + z2 / patients)
    half = (z2 * (share * (1 - share) / patients + z2 / (4 * patients**2))) ** 0.5 / (1 + z2 / patients)
    return round(middle - half, 3), round(middle + half, 3)


def around(value: float, share: float = 0.2, digits: int = 6) -> tuple[float, float]:
    """Give a range of plus and minus a share."""
    return float(f"{value * (1 - share):.{digits}g}"), float(f"{value * (1 + share):.{digits}g}")


def every(rows: list[Row], *names: str) -> Iterator[tuple[Any, ...]]:
    """Give some cells of every row."""
    return (tuple(row.get(name) for name in names) for row in rows)
