"""What is switched on sheet Control, put in its place: the sheet it belongs to is then read as if it stood there.

Control is optional. A cell there that is blank leaves the sheet it belongs to as it is; one that is given holds where
the cell of that sheet refers to it, is blank, or says the same. Whoever types another value over the reference has
taken the cell out of Control's hands: what is typed there holds, and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from hecon.errors import Fault, not_one_of
from hecon.excel.addresses import letters
from hecon.inputs.cells import Cell
from hecon.inputs.control_columns import AS_IT_STANDS, CONTROL, IN_ALL, INCLUDE, INCLUDE_CHOICES, SCENARIO
from hecon.inputs.format import CURVE_TARGETS, FIRST_ROW, HEADER_ROW, PARAMETER_SHEETS
from hecon.inputs.quantities import NOWHERE
from hecon.inputs.rows import Grid, Row, Table
from hecon.inputs.scenario_inputs import scenario_inputs
from hecon.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from hecon.inputs.case import Inputs

_SETTINGS, _CURVES, _SCENARIOS = "Settings", "Curves", "Scenarios"
_Cells = dict[tuple[int, int], Cell]


def put_in_place(control: Table, grids: Mapping[str, Grid]) -> dict[str, Grid]:
    """Give the grids with the cells of sheet Control where they belong, on Settings and Curves.

    `control` is that sheet as it was read; what is wrong with it is added to its faults, what it does not hold to its
    notes.
    """
    own = grids[CONTROL].cells
    column = next((place for (row, place), cell in own.items() if row == HEADER_ROW and cell.value == "value"), 0)
    found = {name: dict(grids[name].cells) for name in (_SETTINGS, _CURVES) if name in grids}
    for row in control.rows:
        if not row.sound("switch", "sheet", "strategy", "endpoint"):
            continue
        cell = own.get((row.number, column), Cell(row.where("value"), None))
        if row["sheet"] in (_SETTINGS, _CURVES):
            control.faults += _put(row, cell, found, control.notes)
        else:
            control.faults += _refused(row, grids)
    return {**grids, **{name: replace(grids[name], cells=cells) for name, cells in found.items()}}


def _put(row: Row, own: Cell, grids: Mapping[str, _Cells], notes: list[str]) -> Iterator[Fault]:
    """Put a cell of Control in the place of the one it belongs to, or note that another value is typed there."""
    switch, sheet = row["switch"], row["sheet"]
    known = [spec.name for spec in fields(Settings)] if sheet == _SETTINGS else list(CURVE_TARGETS)
    if switch not in known:
        yield Fault(row.where("switch"), f"'{switch}', to be switched on {sheet}, {not_one_of(switch, known)}")
        return
    place = _place(row, grids.get(sheet, {}))
    if place is None:
        of = f" of {row['strategy']}, {row['endpoint']}" if sheet == _CURVES else ""
        yield Fault(
            row.where("sheet"), f"sheet '{sheet}' has no cell for {switch}{of}; add it there, or delete this row"
        )
        return
    cells, where = grids[sheet], f"{sheet}!{letters(place[1] - 1)}{place[0]}"
    there = cells.get(place, Cell(where, None))
    refers = f"{CONTROL}!" in there.formula.replace("'", "")
    if own.is_blank and not refers:
        return
    if not there.is_blank and not refers and not _alike(own.value, there.value):
        notes.append(
            f"{where}: {switch} {_said(there)} is typed there and holds; {own.where} says {_said(own)} and is without "
            f"effect (clear the cell on {sheet} and {CONTROL} holds again)"
        )
        return
    cells[place] = own


def _place(row: Row, cells: _Cells) -> tuple[int, int] | None:
    """Give row and column of the cell that a switch belongs to; a setting that has no row yet gets one."""
    columns = {str(cell.value): place for (number, place), cell in cells.items() if number == HEADER_ROW}
    named = {"setting": row["switch"]} if row["sheet"] == _SETTINGS else {
        "strategy": row["strategy"], "endpoint": row["endpoint"]
    }  # fmt: skip
    column = "value" if row["sheet"] == _SETTINGS else row["switch"]
    if not {*named, column} <= set(columns):
        return None
    numbers = sorted({number for number, _ in cells})
    for number in numbers:
        texts = {name: cells.get((number, columns[name])) for name in named}
        if number >= FIRST_ROW and all(cell and cell.value == named[name] for name, cell in texts.items()):
            return number, columns[column]
    if row["sheet"] != _SETTINGS:
        return None
    number = max(numbers) + 1
    cells[number, columns["setting"]] = Cell(row.where("switch"), row["switch"])
    return number, columns[column]


def _alike(one: object, other: object) -> bool:
    """Whether two cells say the same: equal numbers, or texts that differ in blanks alone.

    >>> _alike("1, 3, 5", "1,3,5"), _alike(3, "3"), _alike("1, 3", "1, 3, 5")
    (True, True, False)
    """
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-14)
    return _text(one) == _text(other)


def _text(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, int | float) else "".join(str(value).split())


def _said(cell: Cell) -> str:
    value = cell.value
    return "a formula" if value is None else f"'{value}'" if isinstance(value, str) else f"{value:.15g}"


def _refused(row: Row, grids: Mapping[str, Grid]) -> Iterator[Fault]:
    """Find what a switch that stands on Control alone cannot be."""
    switch, sheet, value = row["switch"], row["sheet"], row["value"]
    if (switch == SCENARIO) != (sheet == _SCENARIOS) or (switch == INCLUDE) != (sheet in PARAMETER_SHEETS):
        rule = (
            f"{switch} of sheet '{sheet}' cannot be switched: a setting belongs to {_SETTINGS}, a column of a curve to "
        )
        yield Fault(row.where("switch"), f"{rule}{_CURVES}, {SCENARIO} to {_SCENARIOS}, {INCLUDE} to a sheet of inputs")
    elif switch == INCLUDE and row.sound("value") and value not in (None, *INCLUDE_CHOICES):
        yield Fault(row.where("value"), f"{INCLUDE} '{value}' {not_one_of(str(value), INCLUDE_CHOICES)}")
    elif switch == SCENARIO and row.sound("value") and value not in (None, AS_IT_STANDS):
        known = [AS_IT_STANDS, *_scenarios(grids)]
        if value not in known:
            yield Fault(
                row.where("value"), f"{SCENARIO} '{value}' {not_one_of(str(value), known, 'on sheet Scenarios')}"
            )


def _scenarios(grids: Mapping[str, Grid]) -> list[str]:
    cells = grids[_SCENARIOS].cells if _SCENARIOS in grids else {}
    column = next((at for (number, at), cell in cells.items() if number == HEADER_ROW and cell.value == "scenario"), 0)
    names = [str(cell.value) for (number, at), cell in sorted(cells.items()) if number >= FIRST_ROW and at == column]
    return list(dict.fromkeys(names))


def own_switches(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of sheet Control, as a table, that stand nowhere else and switch something."""
    own = table["switch"].isin([SCENARIO, INCLUDE])
    return table[own & ~table["value"].isin(["", IN_ALL, AS_IT_STANDS]) & table["value"].notna()]


def as_switched(inputs: Inputs) -> Inputs:
    """Give inputs as sheet Control switches them: in its scenario, and varied where it says."""
    if CONTROL not in inputs.tables:
        return inputs
    tables = {name: table for name, table in inputs.tables.items() if name != CONTROL}
    switches = inputs.tables[CONTROL].to_dict("records")
    kept = {one["sheet"]: one["value"] for one in switches if one["switch"] == INCLUDE}
    pairs = zip(inputs.parameters["sheet"], inputs.parameters["include"], strict=True)
    included = [_both(row, kept.get(sheet, IN_ALL)) for sheet, row in pairs]
    found = replace(inputs, tables=tables, parameters=inputs.parameters.assign(include=included))
    for name in (one["value"] for one in switches if one["switch"] == SCENARIO):
        found = scenario_inputs(found, name)
        title = f"{found.settings.title}, scenario: {name}".removeprefix(", ")  # which every export begins with
        note = f"{CONTROL}: the base case is the scenario '{name}'"
        found = replace(found, settings=found.settings.with_changes(title=title), notes=(*found.notes, note))
    return found


def _both(row: str, sheet: str) -> str:
    """Which analyses vary a row: those that it and the switch of its sheet both name.

    >>> _both("", "psa"), _both("tornado", "psa"), _both("psa", "all")
    ('psa', 'no', 'psa')
    """
    said = [word for word in (row, sheet) if word not in ("", IN_ALL)]
    return "" if not said else said[0] if len(set(said)) == 1 else NOWHERE
