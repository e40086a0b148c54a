"""Reading a workbook: the one reader of .xlsx.

Nothing in a workbook is run: formulas are read as the results Excel stored, links are not followed, macros are
ignored. Everything that is wrong is collected and raised once, by sheet and cell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hecon.errors import Fault, InputError, as_seen, did_you_mean, expect, unseen_difference
from hecon.excel.addresses import letters
from hecon.frozen import frozen
from hecon.inputs.cells import Cell
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.cost_items import check_cost_items
from hecon.inputs.checks.curve_weights import check_curve_weights
from hecon.inputs.checks.curves import check_curves
from hecon.inputs.checks.evidence import check_evidence
from hecon.inputs.checks.labels import check_labels, to_be_checked_notes
from hecon.inputs.checks.map import check_map
from hecon.inputs.checks.market import check_market
from hecon.inputs.checks.observed import check_observed
from hecon.inputs.checks.parameters import check_parameters, cost_of_death_notes, outside_range_notes
from hecon.inputs.checks.scenarios import check_scenarios
from hecon.inputs.checks.schedules import check_schedules, schedule_notes
from hecon.inputs.checks.studies import check_studies
from hecon.inputs.checks.transitions import check_transitions
from hecon.inputs.checks.units import blank_unit_notes, check_units
from hecon.inputs.control_columns import CONTROL
from hecon.inputs.files import lock_notes, open_workbook_file
from hecon.inputs.format import (
    CALCULATED_PREFIX,
    FREE_PREFIX,
    GUIDE,
    HEADER_ROW,
    RESERVED,
    SHEETS,
    SHEETS_BY_NAME,
)
from hecon.inputs.part_cells import SheetCells
from hecon.inputs.quantities import homes
from hecon.inputs.rows import Grid, Table, read_sheet
from hecon.inputs.settings_sheet import read_settings
from hecon.inputs.sheet_parts import plain_workbook
from hecon.inputs.switches import as_switched, own_switches, put_in_place
from hecon.inputs.tables import labels_table, named_table, parameters_table, structure_table
from hecon.place_names import in_letters
from hecon.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from hecon.inputs.case import Inputs

#: Labels of all dimensions together, at most.
MOST_LABELS = 2_000


@frozen
class RawInputs:
    """What a workbook says, checked: the arguments of `Inputs`."""

    source: str
    sha256: str
    model: str
    settings: Settings
    labels: dict[str, tuple[str, ...]]
    parameters: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    #: Every sheet as typed rows that know their cells, by the format's names.
    sheets: Mapping[str, Table] = field(default_factory=dict)


def read_workbook(path: str | Path, *, models: str | Path | None = None) -> Inputs:
    """Read an input workbook. Raises `InputError` with every fault, by sheet and cell.

    `models` is a folder to look for the model in first; without it, a model is one that comes with hecon or one of a
    project that `hecon new` made. What merely stands beside the workbook is never run.

    >>> inputs = read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    """
    expect(path, (str, Path), "path", "the path of an .xlsx file")
    return inputs_of(read_tables(path), path, models)


def inputs_of(raw: RawInputs, path: str | Path, models: str | Path | None = None) -> Inputs:
    """Give the inputs that the tables of a workbook make, checked as a whole."""
    from hecon.inputs.batch import uncertainty_of
    from hecon.inputs.case import Inputs

    inputs = Inputs(
        source=raw.source,
        sha256=raw.sha256,
        model=raw.model,
        settings=raw.settings,
        labels=raw.labels,
        parameters=raw.parameters,
        tables=raw.tables,
        homes=homes(),
        notes=raw.notes,
        path=Path(path),
        model_folder=str(models) if models is not None else None,
    )
    inputs = as_switched(inputs)
    # Rows that are drawn together can only be checked together.
    return replace(inputs, notes=(*inputs.notes, *uncertainty_of(inputs).notes, *_model_notes(inputs)))


def _model_notes(inputs: Inputs) -> list[str]:
    """Say so if another model of that name lies near the workbook, and is not the one that is run."""
    from hecon.inputs.model_files import model_folders, not_trusted

    folders = model_folders(inputs.path, inputs.model_folder)
    other = not_trusted(inputs.model, inputs.path, folders)
    run = next((folder for folder in folders if (folder / f"{inputs.model}.py").is_file()), None)
    if other is None or run is None:
        return []
    cure = f"--models {other.parent} would run it"
    return [f"the model '{inputs.model}' of {run} is run, not the other of that name in {other.parent}; {cure}"]


def read_tables(path: str | Path, *, to_fit: bool = False) -> RawInputs:
    """Read and check a workbook, without any model. Raises `InputError` with every fault, by sheet and cell.

    With `to_fit` its curves may lack what can be fitted to the evidence on its sheets.
    """
    path = Path(path)
    content = open_workbook_file(path)
    grids, notes, guide = _grids(path.name, content)
    faults: list[Fault] = []
    named = _match_sheets(grids, faults)
    gone = sorted(guide - set(named))
    guide_notes = [f"the Guide of this workbook lists a sheet '{name}', which is not in the file" for name in gone]
    tables = {name: read_sheet(grid, SHEETS_BY_NAME[name], None) for name, grid in named.items() if name == "Labels"}
    labels = _labels(tables["Labels"]) if "Labels" in tables else None
    if CONTROL in named:
        tables[CONTROL] = read_sheet(named[CONTROL], SHEETS_BY_NAME[CONTROL], labels)
        named = put_in_place(tables[CONTROL], named)
    for name, grid in named.items():
        if name not in tables:
            tables[name] = read_sheet(grid, SHEETS_BY_NAME[name], labels)
    model, settings = "", None
    if "Settings" in tables:
        model, settings = read_settings(tables["Settings"], labels, notes)
    book = TypedSheets(tables, labels, settings, to_fit)
    for check in _CHECKS:
        if not (to_fit and check is check_studies):  # whether a curve is uncertain is not known yet
            faults += check(book)
    faults += [fault for table in tables.values() for fault in table.faults]
    if faults or settings is None or labels is None:
        raise InputError(path.name, _in_order(faults, list(grids)))
    notes += [note for table in tables.values() for note in table.notes]
    notes += [*_order_notes(list(named)), *_labels_notes(tables["Labels"]), *guide_notes, *schedule_notes(book)]
    notes += [
        *outside_range_notes(book),
        *cost_of_death_notes(book),
        *blank_unit_notes(book),
        *to_be_checked_notes(book),
    ]
    structure = {
        name: structure_table(table) for name, table in tables.items() if table.sheet.role == "structure" and table.rows
    }
    if CONTROL in tables and len(own := own_switches(structure_table(tables[CONTROL]))):
        structure[CONTROL] = own
    structure |= {name: named_table(table) for name, table in tables.items() if table.sheet.named_by and table.rows}
    return RawInputs(
        source=in_letters(path.name),
        sha256=hashlib.sha256(content).hexdigest(),
        model=model,
        settings=settings,
        labels={dimension: tuple(names) for dimension, names in labels.items()},
        parameters=parameters_table(tables, labels),
        tables={"Labels": labels_table(tables["Labels"]), **structure},
        notes=(*lock_notes(path), *notes),
        sheets=tables,
    )


def read_values(path: str | Path) -> dict[str, dict[tuple[int, int], Any]]:
    """Read the cells of a workbook of any kind, by sheet and by row and column from 1. Raises `InputError`."""
    path = Path(path)
    plain = plain_workbook(open_workbook_file(path), path.name, lambda _: True, is_input=False)
    if plain.faults:
        raise InputError(path.name, plain.faults)
    return {
        sheet.name: {place: value for place, value in sheet.values.items() if value is not None and value != ""}
        for sheet in plain.sheets
    }


def free_sheets(path: str | Path) -> dict[str, list[str]]:
    """Give the text of the sheets that are the author's own, by name: one paragraph a row."""
    found: dict[str, list[str]] = {}
    for name, cells in read_values(path).items():
        if name.startswith(FREE_PREFIX):
            rows = sorted({row for row, _ in cells})
            found[name] = [" ".join(str(cells[place]) for place in sorted(cells) if place[0] == row) for row in rows]
    return found


# --- from the file to grids of cells ---


def _grids(source: str, content: bytes) -> tuple[dict[str, Grid], list[str], set[str]]:
    """Give every visible sheet that is the format's business, as cells that hold something.

    With what is to be noted about them, and the names of the sheets that the Guide of the workbook lists as present.
    """
    plain = plain_workbook(content, source, _is_read)
    if plain.faults:
        raise InputError(source, plain.faults)
    grids: dict[str, Grid] = {}
    notes: list[str] = []
    for sheet in plain.sheets:
        name = sheet.name
        if name == GUIDE:
            continue
        cells = {}
        for place, value in sheet.values.items():
            where = f"{name}!{letters(place[1] - 1)}{place[0]}"
            if place in sheet.formulas:
                cells[place] = Cell(where, value, is_formula=True, formula=sheet.formulas[place])
            elif value is not None and value != "":
                cells[place] = Cell(where, value)
        grids[name] = Grid(name, cells, tuple(sheet.merged.items()), hidden=sheet.hidden)
        rows = [str(row) for row in sorted(sheet.hidden_rows & _rows(cells))]
        notes += _hidden_notes(name, "hidden or filtered rows", rows)
        columns = {
            column
            for first, last in sheet.hidden_columns.items()
            for column in range(first, last + 1)
            if (HEADER_ROW, column) in cells
        }
        notes += _hidden_notes(name, "hidden columns", [letters(column - 1) for column in sorted(columns)])
    return grids, notes, _listed_in_guide(plain.sheets)


def _listed_in_guide(sheets: Sequence[SheetCells]) -> set[str]:
    """Names of the sheets that were there when the Guide was written."""
    guide = next((sheet.values for sheet in sheets if sheet.name == GUIDE), {})
    rows = [(value, guide.get((row, 2))) for (row, column), value in guide.items() if column == 1]
    return {name for name, about in rows if name in SHEETS_BY_NAME and about == SHEETS_BY_NAME[name].help}


def _rows(cells: Mapping[tuple[int, int], Cell]) -> set[int]:
    return {row for row, _ in cells}


def _hidden_notes(sheet: str, what: str, hidden: Sequence[str]) -> list[str]:
    shown = ", ".join(hidden[:8]) + (", ..." if len(hidden) > 8 else "")
    return [f"{sheet}: {what} are used too ({shown})"] if hidden else []


def _is_read(name: str) -> bool:
    """Whether a sheet of that name is read at all: notes and what is calculated are not."""
    return not name.startswith((FREE_PREFIX, CALCULATED_PREFIX))


# --- sheets, labels, settings ---


def _match_sheets(grids: Mapping[str, Grid], faults: list[Fault]) -> dict[str, Grid]:
    """Give the grids by the format's names; a misspelt sheet is reported and read under the name it means."""
    named: dict[str, Grid] = {}
    for name, grid in grids.items():
        if grid.hidden:
            rule = f"the sheet is hidden; unhide it, delete it, or rename it to {FREE_PREFIX}..."
            faults.append(Fault(name, rule))
        if name in SHEETS_BY_NAME:
            named[name] = grid
    for name, grid in grids.items():
        if name in SHEETS_BY_NAME or not grid.cells:
            continue
        missing = [sheet for sheet in SHEETS_BY_NAME if sheet not in named]
        hint = did_you_mean(name, missing)
        rule = f"there is no sheet '{name}' in the format.{hint}"
        cure = "" if hint else f" Rename it to {FREE_PREFIX}... if it is yours. Sheets: {', '.join(SHEETS_BY_NAME)}"
        faults.append(Fault(name, rule + cure))
        if hint:
            named[hint.split("'")[1]] = grid
    return named


def _check_present(book: TypedSheets) -> Iterator[Fault]:
    for sheet in SHEETS:
        table = book.tables.get(sheet.name)
        if sheet.required and table is None:
            yield Fault(sheet.name, f"sheet '{sheet.name}' is missing; every workbook needs it")
        elif sheet.required and table is not None and not table.rows and not table.faults:
            yield Fault(table.name, f"sheet '{sheet.name}' has no rows")
        for needed in sheet.needs if book.rows(sheet.name) else ():
            other = book.tables.get(needed)
            if other is None:
                yield Fault(needed, f"sheet '{needed}' is missing; sheet '{sheet.name}' needs it")
            elif not other.rows and not other.faults:
                yield Fault(other.name, f"sheet '{needed}' has no rows; sheet '{sheet.name}' needs it")


def _labels(table: Table) -> dict[str, tuple[str, ...]] | None:
    """Give the labels of each dimension; None if a cell of them is faulty."""
    found: dict[str, list[str]] = {}
    seen: dict[tuple[Any, str], str] = {}
    if len(table.rows) > MOST_LABELS:
        rule = f"there are {len(table.rows):,} labels; a workbook has at most {MOST_LABELS:,}"
        table.faults.append(Fault(table.rows[MOST_LABELS].where("label"), rule))
        return None
    for row in table.rows:
        dimension, label = row["dimension"], row["label"]
        if dimension in RESERVED:
            rule = f"'{dimension}' cannot be a dimension here: hecon uses the word itself"
            table.faults.append(Fault(row.where("dimension"), rule))
        elif isinstance(label, str) and not any(character.isalnum() for character in label):
            rule = f"the label is '{label}'; it must have a letter or a digit, so that results can be named by it"
            table.faults.append(Fault(row.where("label"), rule))
        elif row.sound("dimension", "label"):
            alike = seen.setdefault((dimension, as_seen(label)), label)
            if alike != label:
                rule = f"looks like '{alike}' but has {unseen_difference(label, alike)}; labels must look different"
                table.faults.append(Fault(row.where("label"), f"label '{label}' {rule}"))
            found.setdefault(dimension, []).append(label)
    if not table.faults and table.rows and "strategy" not in found:
        table.faults.append(Fault(table.name, "there are no labels of dimension strategy; name at least one"))
    return None if table.faults or not found else {name: tuple(labels) for name, labels in found.items()}


def _labels_notes(table: Table) -> list[str]:
    """Say where labels of one dimension do not follow each other: drop-downs show a run of them."""
    dimensions = [row["dimension"] for row in table.rows]
    runs = [row for row, before in zip(table.rows, [None, *dimensions], strict=False) if row["dimension"] != before]
    first = {row["dimension"]: row for row in reversed(runs)}
    return [
        f"{row.where('dimension')}: labels of {row['dimension']} stand apart from the others (from row "
        f"{first[row['dimension']].number} on); put them together, or drop-downs show the wrong ones"
        for row in runs
        if row is not first[row["dimension"]]
    ]


def _order_notes(names: Sequence[str]) -> list[str]:
    usual = [sheet.name for sheet in SHEETS if sheet.name in names]
    return (
        []
        if usual == list(names)
        else ["the sheets stand in another order than in a new workbook; they are read by name"]
    )


def _in_order(faults: Sequence[Fault], sheets: Sequence[str]) -> list[Fault]:
    """Sort faults by sheet as in the workbook, then by row and column."""

    def place(fault: Fault) -> tuple[int, int, int, str]:
        sheet, _, cell = fault.where.partition("!")
        match = re.match(r"([A-Z]+)(\d+)", cell)
        order = sheets.index(sheet) if sheet in sheets else len(sheets)
        if not match:
            return order, 0, 0, ""
        column = 0
        for character in match[1]:
            column = column * 26 + ord(character) - 64
        return order, int(match[2]), column, ""

    unique = list(dict.fromkeys(faults))
    return sorted(unique, key=place)


_CHECKS = (
    _check_present,
    check_labels,
    check_parameters,
    check_transitions,
    check_cost_items,
    check_curves,
    check_curve_weights,
    check_observed,
    check_evidence,
    check_schedules,
    check_scenarios,
    check_map,
    check_studies,
    check_units,
    check_market,
)
