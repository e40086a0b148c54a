"""One sheet at a time: from a grid of cells to typed rows, by the headers in row 4.

A row keeps the address of each of its cells, so that every later check can say where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hecon.errors import Fault, did_you_mean
from hecon.excel.addresses import letters
from hecon.frozen import frozen
from hecon.inputs.cells import FAULTY, Cell, CellError, read
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.format import HEADER_ROW, OWN_PREFIX
from hecon.inputs.own_columns import is_own

#: Faults after which a sheet is read no further.
MOST_FAULTS_OF_SHEET = 1_000


@frozen(eq=True)
class Grid:
    """The cells of one sheet that hold something, by row and column from 1."""

    name: str
    cells: Mapping[tuple[int, int], Cell]
    merged: tuple[tuple[str, int], ...] = ()
    hidden: bool = False

    def row(self, number: int) -> dict[int, Cell]:
        """Cells of one row, by column."""
        return {column: cell for (row, column), cell in self.cells.items() if row == number}


@frozen(eq=True)
class Row:
    """A typed row: values by column name, FAULTY where the cell's fault has been reported.

    `blank` are the columns whose cell was blank and took what follows from the others, `elsewhere` the addresses of
    cells that stand on another sheet (Control).
    """

    sheet: str
    number: int
    values: Mapping[str, Any]
    letters: Mapping[str, str]
    blank: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def where(self, column: str = "") -> str:
        """Address of a cell of the row; of its first cell if the sheet does not have the column."""
        if column in self.elsewhere:
            return self.elsewhere[column]
        letter = self.letters.get(column) or next(iter(self.letters.values()), "A")
        return f"{self.sheet}!{letter}{self.number}"

    def sound(self, *columns: str) -> bool:
        """Whether none of these columns (or of all) holds a fault."""
        return all(self.values.get(column) is not FAULTY for column in (columns or self.values))


@dataclass
class Table:
    """The rows of one sheet, its columns in order, and what is wrong with its cells.

    `own` holds what the author keeps in columns beside the table, by header and by row; `formulas` the addresses of
    cells of the table that were calculated.
    """

    sheet: Sheet
    name: str
    columns: tuple[Column, ...] = ()
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own: dict[str, dict[int, Any]] = field(default_factory=dict)
    formulas: list[str] = field(default_factory=list)

    @property
    def keys(self) -> tuple[str, ...]:
        """Key columns: those that are not the format's own."""
        own = {column.name for column in self.sheet.columns}
        return tuple(column.name for column in self.columns if column.name not in own)


def read_sheet(grid: Grid, sheet: Sheet, labels: Mapping[str, Sequence[str]] | None) -> Table:
    """Read a sheet into typed rows; faults are collected, never raised."""
    table = Table(sheet, grid.name)
    if not grid.cells:
        return table
    places = _headers(grid, table, labels)
    if places is None:
        table.faults += _merged(grid, {})
        return table
    table.columns = tuple(sheet.column(name) for name in places)
    table.faults += _strays(grid, set(places.values()))
    by_row: dict[int, dict[int, Cell]] = {}
    for (number, column), cell in grid.cells.items():
        if number > HEADER_ROW:
            by_row.setdefault(number, {})[column] = cell
    table.own = _own_columns(grid)
    read_columns = set(places.values())
    table.formulas = [
        cell.where for (number, column), cell in sorted(grid.cells.items())
        if number > HEADER_ROW and column in read_columns and cell.is_formula
    ]  # fmt: skip
    filled = {
        number: {column: cell for column, cell in cells.items() if column in read_columns and not cell.is_blank}
        for number, cells in sorted(by_row.items())
    }
    headings = _headings(table, {number: cells for number, cells in filled.items() if cells}, places, labels)
    table.faults += _merged(grid, headings)
    if sheet.role != "control":  # whose headings are ours
        table.notes += [f"{cell.where}: '{cell.value}' is taken for a heading" for cell in headings.values()]
    own_letters = {name: letters(column - 1) for name, column in places.items()}
    for number, cells in filled.items():
        if len(table.faults) > MOST_FAULTS_OF_SHEET:
            rule = f"from row {number} on the sheet was not read, since {len(table.faults):,} things are wrong above it"
            table.faults.append(Fault(f"{table.name}!A{number}", rule))
            break
        if cells and number not in headings:
            table.rows.append(_row(table, number, by_row[number], places, own_letters, labels))
    table.faults += [*_duplicates(table), *_names_taken(table)]
    return table


def _headings(
    table: Table,
    filled: Mapping[int, Mapping[int, Cell]],
    places: Mapping[str, int],
    labels: Mapping[str, Sequence[str]] | None,
) -> dict[int, Cell]:
    """Find the rows that are headings: text in the first column, alone, that could not begin a row of the table."""
    name, place = min(places.items(), key=lambda item: item[1])
    column = table.sheet.column(name)
    firsts = [cells[place].value for cells in filled.values() if place in cells]
    found = {}
    for number, cells in filled.items():
        cell = cells.get(place)
        if cell is None or len(cells) > 1 or cell.is_formula or not isinstance(cell.value, str):
            continue
        if not any(other.required for other in table.columns if other.name != name):
            continue  # a row of this sheet may be as short as that
        try:
            value = read(cell, column, labels)
        except CellError:
            is_row = False
        else:
            is_row = column.kind != "name" and (column.kind != "text" or firsts.count(value) > 1)
            is_row = is_row or (column.kind == "name" and str(value).islower())
        if not is_row and not _near(cell.value, column, labels):
            found[number] = cell
    return found


def _near(word: str, column: Column, labels: Mapping[str, Sequence[str]] | None) -> bool:
    """Whether text that is no label looks as if one were meant."""
    return column.kind == "label" and bool(did_you_mean(word, (labels or {}).get(column.dimension, ())))


def _merged(grid: Grid, headings: Mapping[int, Cell]) -> Iterator[Fault]:
    rule = "cells of a table must not be merged; select them and choose Unmerge Cells"
    for area, last_row in grid.merged:
        first_row = int(re.sub(r"\D+", "", area.partition(":")[0]))
        if last_row >= HEADER_ROW and not (first_row == last_row and last_row in headings):
            yield Fault(f"{grid.name}!{area}", f"the cells {area} are merged; {rule}")


def _headers(grid: Grid, table: Table, labels: Mapping[str, Sequence[str]] | None) -> dict[str, int] | None:
    sheet, headers = table.sheet, grid.row(HEADER_ROW)
    required = {column.name for column in sheet.columns if column.required}
    found = {str(cell.value).strip().lower() for cell in headers.values()}
    if not required & found:
        elsewhere = _header_row(grid, required)
        where = f"they stand in row {elsewhere}: insert or delete rows above" if elsewhere else "there are none"
        rule = f"the headers ({', '.join(column.name for column in sheet.columns[:4])}, ...) belong in row {HEADER_ROW}"
        table.faults.append(Fault(f"{grid.name}!A{HEADER_ROW}", f"{rule}, and {where}"))
        return None
    own = [column.name for column in sheet.columns]
    free = sheet.free(labels or ())
    places: dict[str, int] = {}
    for column, cell in sorted(headers.items()):
        if is_own(cell.value):
            continue
        problem = _header_problem(cell, own, free, sheet.free_keys and labels is None, places)
        if problem:
            table.faults.append(Fault(cell.where, problem))
        else:
            places[cell.value] = column
    misspelt = {str(cell.value) for cell in headers.values() if not is_own(cell.value)} - set(places)
    for name in own:
        if name in required and name not in places and not any(did_you_mean(word, [name]) for word in misspelt):
            table.faults.append(Fault(f"{grid.name}!A{HEADER_ROW}", f"column '{name}' is missing from the headers"))
    return places


def _own_columns(grid: Grid) -> dict[str, dict[int, Any]]:
    """Give what the author's own columns hold, by header and by row."""
    headers = {column: str(cell.value).strip() for column, cell in grid.row(HEADER_ROW).items() if is_own(cell.value)}
    found: dict[str, dict[int, Any]] = {header: {} for header in headers.values()}
    for (number, column), cell in grid.cells.items():
        if number > HEADER_ROW and column in headers and not cell.is_blank:
            found[headers[column]][number] = cell.value
    return found


def _header_row(grid: Grid, required: set[str]) -> int | None:
    for number in sorted({row for row, _ in grid.cells if row <= 3 * HEADER_ROW}):
        words = {str(cell.value).strip().lower() for cell in grid.row(number).values()}
        if len(required & words) * 2 >= len(required):
            return number
    return None


def _header_problem(
    cell: Cell, own: Sequence[str], free: Sequence[str], any_key: bool, places: Mapping[str, int]
) -> str:
    name = cell.value
    if not isinstance(name, str):
        return f"the header is {name}; it must be one of {', '.join(own)}"
    if name != name.strip() and name.strip() in (*own, *free):
        return f"the header '{name}' has a stray space; write '{name.strip()}'"
    if name in places:
        return f"the header '{name}' stands twice"
    if name in own or name in free or any_key:
        return ""
    hint = did_you_mean(name, [*own, *free])
    allowed = ", ".join(own) + (f", or a dimension of the Labels sheet ({', '.join(free)})" if free else "")
    own_column = "" if hint else f" A column whose header begins with '{OWN_PREFIX}' is yours and is not read."
    return f"unknown column '{name}'; the columns are {allowed}.{hint}{own_column}"


def _strays(grid: Grid, places: set[int]) -> Iterator[Fault]:
    """Cells beside the table: one fault for each column without a header."""
    headed = places | {column for row, column in grid.cells if row == HEADER_ROW}
    reported = set()
    for (row, column), cell in sorted(grid.cells.items()):
        if row > HEADER_ROW and column not in headed and column not in reported:
            reported.add(column)
            rule = f"column {letters(column - 1)} has no header in row {HEADER_ROW}"
            cure = f"give it a header that begins with '{OWN_PREFIX}', or move it to a note or a sheet named Notes"
            yield Fault(cell.where, f"'{cell.value}' stands beside the table: {rule}; {cure}")


def _row(
    table: Table,
    number: int,
    cells: Mapping[int, Cell],
    places: Mapping[str, int],
    own_letters: Mapping[str, str],
    labels: Mapping[str, Sequence[str]] | None,
) -> Row:
    values: dict[str, Any] = {}
    for column in table.columns:
        cell = cells.get(places[column.name])
        if cell is None:
            cell = Cell(f"{table.name}!{own_letters[column.name]}{number}", None)
        try:
            values[column.name] = read(cell, column, labels, _subject(table, column, values))
        except CellError as error:
            table.faults.append(Fault(cell.where, str(error)))
            values[column.name] = FAULTY
    for column in table.sheet.columns:
        if column.name not in values:
            # the missing header has been reported; its rows are not to be faulted one by one
            values[column.name] = FAULTY if column.required else column.default
    blank = [column for column in table.sheet.columns if column.follows and values[column.name] is None]
    values |= {column.name: column.follows(values) for column in blank if column.follows}
    if table.sheet.named_by:
        values["parameter"] = _name(values, table.sheet.named_by)
    elsewhere = {
        column.name: cells[places[column.name]].where
        for column in table.columns
        if places[column.name] in cells and not cells[places[column.name]].where.startswith(f"{table.name}!")
    }
    return Row(table.name, number, values, own_letters, tuple(column.name for column in blank), elsewhere)


def _name(values: Mapping[str, Any], columns: Sequence[str]) -> Any:
    """Name of the parameter of a row without a column for it; FAULTY where there is none (a remaining transition)."""
    parts = [values.get(column) for column in columns]
    if values.get("kind") == "remaining" or not all(isinstance(part, str) for part in parts):
        return FAULTY
    return "_to_".join(re.sub(r"\W+", "_", str(part).lower()).strip("_") for part in parts)


def _names_taken(table: Table) -> Iterator[Fault]:
    """Rows without a column for their parameter whose labels differ, and whose names do not."""
    columns = table.sheet.named_by
    taken: dict[str, Row] = {}
    for row in table.rows if columns else []:
        if not isinstance(row["parameter"], str):
            continue
        first = taken.setdefault(row["parameter"], row)
        if [first[column] for column in columns] != [row[column] for column in columns]:
            ours, others = (" to ".join(f"'{one[column]}'" for column in columns) for one in (row, first))
            rule = f"{ours} would be called {row['parameter']}, and so is {others} (row {first.number})"
            yield Fault(row.where(columns[0]), f"{rule}; give labels that differ in a letter or a digit")


def _subject(table: Table, column: Column, values: Mapping[str, Any]) -> str:
    """What a message calls the cell: a parameter's value goes by the parameter's name."""
    name = values.get("parameter") if table.sheet.role == "parameters" else None
    if not isinstance(name, str) or column.name not in ("value", "low", "high", "se"):
        return column.name
    return name if column.name == "value" else f"{column.name} of {name}"


def _duplicates(table: Table) -> Iterator[Fault]:
    names = table.sheet.unique
    if table.sheet.free_keys and names:
        names = (*names, *table.keys)
    seen: dict[tuple[Any, ...], int] = {}
    for row in table.rows if names else []:
        key = tuple(row[name] for name in names)
        if not row.sound(*names):
            continue
        if key in seen:
            words = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in key if part is not None)
            yield Fault(row.where(names[0]), f"rows {seen[key]} and {row.number} are both about {words}; keep one")
        else:
            seen[key] = row.number
